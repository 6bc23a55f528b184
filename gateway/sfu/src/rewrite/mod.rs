//! The numbers that a listener sees: one continuous stream, whatever layers it is cut from.

use alloc::vec::Vec;

use media::{Layer, MediaKind, Ms, Picture, RtpTime, extend};

use crate::history::Fact;
use crate::left_out::LeftOut;
use crate::{Cut, Forward, ListenerId, Source, TrackId};

/// Packets that a listener may ask for again: 3 s of 1.5 Mbit/s.
const REMEMBERED: usize = 512;
/// A publisher's reports that differ from arrival by more than this are not believed.
const OUT_OF_STEP_MS: u32 = 1_000;
/// Frames that are past are told to a newcomer with one part in so many of the time between them, so that they play at
/// once and the newest is live.
const PRESSED: u32 = 64;
/// Packets of the past that come later than this are not in their frames' time any more.
const PAST_TICKS: i32 = 10 * 90_000;
/// The first number of every subscription, and its lowest: high enough that a packet before it keeps
/// a rollover counter of zero.
pub const FIRST: u64 = 1_000;

/// Differences between the publisher's layer and the listener's stream.
#[derive(Clone, Copy, Debug, Default)]
struct Shift {
    ticks: u32,
    picture: Picture,
}

/// A packet's place in the listener's stream, and what was done to it, so that it can be done again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Rewritten {
    pub(crate) layer: Layer,
    pub(crate) seq: u64,
    pub(crate) number: u64,
    pub(crate) time: RtpTime,
    pub(crate) picture: Picture,
    pub(crate) cut: Cut,
}

impl Rewritten {
    /// What is known of a packet when it gets its place in one listener's stream.
    pub(crate) fn addressed(self, listener: ListenerId, slot: u16, track: TrackId) -> Forward {
        let Self { layer, seq, number, time, picture, cut } = self;
        Forward { listener, slot, source: Source { track, layer, seq }, number, time, picture, cut }
    }
}

/// Renumbers one listener's stream.
#[derive(Debug)]
pub(crate) struct Rewriter {
    kind: MediaKind,
    pub(crate) layer: Layer,
    /// Publisher's number minus ours.
    offset: u64,
    /// The publisher's lowest number that still has a place.
    first: u64,
    /// The publisher's highest number so far.
    highest: u64,
    /// Our highest number so far.
    last: u64,
    last_time: RtpTime,
    /// Our highest number that is no filler's so far, and its picture.
    last_picture: (u64, Picture),
    last_at: Option<Ms>,
    shift: Shift,
    /// The publisher's time from which on the stream is live; what is before is pressed together.
    live_from: Option<RtpTime>,
    /// The publisher's lowest number seen from then on.
    live_seq: u64,
    left_out: LeftOut,
    /// Bit n: `last` minus n was sent. What sound has in place of `sent`.
    recent: u64,
    sent: Vec<Option<Rewritten>>,
}

impl Rewriter {
    pub(crate) fn new(kind: MediaKind) -> Self {
        let remembered = if kind == MediaKind::Video { REMEMBERED } else { 0 };
        Self {
            kind,
            layer: Layer(0),
            offset: 0,
            first: 0,
            highest: 0,
            last: FIRST - 1,
            last_time: RtpTime(0),
            last_picture: (0, Picture::default()),
            last_at: None,
            shift: Shift::default(),
            live_from: None,
            live_seq: 0,
            left_out: LeftOut::default(),
            recent: 0,
            sent: alloc::vec![None; remembered],
        }
    }

    /// Whether nothing has been sent.
    pub(crate) const fn is_new(&self) -> bool {
        self.last_at.is_none()
    }

    /// The stream goes on with `fact`, the first packet of `layer` or of a stream begun anew; at
    /// `exact` in the listener's clock, if that is known and agrees with the time that passed.
    pub(crate) fn start(&mut self, now: Ms, layer: Layer, fact: Fact, exact: Option<RtpTime>) {
        self.start_after(now, layer, fact, exact, 1);
    }

    /// The stream goes on with `first`, which is past, and all that followed it: the frames before
    /// `newest` take next to no time, and `newest` is when [`start`](Self::start) would have it.
    pub(crate) fn enter(
        &mut self,
        now: Ms,
        layer: Layer,
        (first, newest): (Fact, RtpTime),
        exact: Option<RtpTime>,
    ) {
        let span = pressed(newest.since(first.time));
        self.start_after(now, layer, Fact { time: newest, ..first }, exact, span + 1);
        (self.live_from, self.live_seq) = (Some(newest), u64::MAX);
    }

    fn start_after(
        &mut self,
        now: Ms,
        layer: Layer,
        fact: Fact,
        exact: Option<RtpTime>,
        least: u32,
    ) {
        let per_ms = self.kind.ticks_per_ms();
        let gap = self
            .last_at
            .map_or(0, |at| u32::try_from(now.since(at)).unwrap_or(u32::MAX).wrapping_mul(per_ms));
        let exact = exact.map(|exact| i64::from(exact.since(self.last_time)));
        let exact =
            exact.filter(|ticks| ticks.abs_diff(gap.into()) <= (OUT_OF_STEP_MS * per_ms).into());
        let gap = exact.map_or(gap, |exact| u32::try_from(exact).unwrap_or(0));
        // The very first packet has nothing before it to be after.
        let gap = gap.max(if self.last_at.is_some() { least } else { least - 1 });
        self.live_from = None;
        self.layer = layer;
        self.first = fact.seq;
        self.highest = fact.seq;
        self.offset = fact.seq.wrapping_sub(self.last + 1);
        self.left_out.clear();
        self.shift = Shift {
            ticks: fact.time.minus(self.last_time.plus(gap).0).0,
            picture: fact.picture.ahead_of(self.last_picture.1.next()),
        };
    }

    /// The place of a packet of the present layer; `None` if it has none: padding, placed before,
    /// or before the layer's beginning.
    pub(crate) fn place(&mut self, now: Ms, fact: Fact) -> Option<Rewritten> {
        self.cut(now, fact, Cut::AsItCame)
    }

    /// Leaves a packet out. One that comes after packets with higher numbers has a number already; its
    /// place is filled.
    pub(crate) fn leave_out(&mut self, now: Ms, fact: Fact) -> Option<Rewritten> {
        if fact.seq > self.highest {
            self.skip(fact.seq);
            return None;
        }
        self.cut(now, fact, Cut::Filler)
    }

    /// As [`place`](Self::place), for a packet that goes out as `cut` says.
    pub(crate) fn cut(&mut self, now: Ms, fact: Fact, cut: Cut) -> Option<Rewritten> {
        self.put(now, fact, cut, 0)
    }

    /// As [`place`](Self::place), for a packet of a picture before which so many pictures were left out.
    pub(crate) fn close_up(&mut self, now: Ms, fact: Fact, left_out: u16) -> Option<Rewritten> {
        self.put(now, fact, Cut::AsItCame, left_out)
    }

    fn put(&mut self, now: Ms, fact: Fact, cut: Cut, left_out: u16) -> Option<Rewritten> {
        if fact.padding {
            self.skip(fact.seq);
            return None;
        }
        if fact.seq < self.first || self.left_out.has(fact.seq) {
            return None;
        }
        let left_out_later = self.left_out.above(fact.seq);
        let number = fact.seq.wrapping_sub(self.offset).wrapping_add(left_out_later);
        let (seq, layer, picture) = (fact.seq, self.layer, self.shift.picture.later(left_out));
        let time = self.told(fact);
        let place = Rewritten { layer, seq, number, time, picture, cut };
        let new = match self.kind {
            MediaKind::Audio => self.note_recent(number),
            MediaKind::Video => self.note_sent(place),
        };
        if !new {
            return None;
        }
        self.highest = self.highest.max(seq);
        if number > self.last {
            (self.last, self.last_time, self.last_at) = (number, time, Some(now));
        }
        // A filler has a number that is the last, and no picture.
        if cut != Cut::Filler && number >= self.last_picture.0 {
            self.last_picture = (number, fact.picture.ahead_of(picture));
        }
        Some(place)
    }

    /// A moment of the publisher's as the listener is told it.
    fn told(&mut self, fact: Fact) -> RtpTime {
        let live = fact.time.minus(self.shift.ticks);
        let Some(live_from) = self.live_from else { return live };
        let past = live_from.since(fact.time);
        if past > 0 {
            return live.plus(past as u32).minus(pressed(past));
        }
        self.live_seq = self.live_seq.min(fact.seq);
        if past < -PAST_TICKS {
            // What is still missing of the past would be told a wrong time.
            (self.live_from, self.first) = (None, self.first.max(self.live_seq));
        }
        live
    }

    /// What took a number in the publisher's stream is left out: later packets close the gap. The gap of
    /// padding that comes after them stays, because they have their numbers already.
    fn skip(&mut self, seq: u64) {
        if seq <= self.highest {
            return;
        }
        self.highest = seq;
        self.offset = self.offset.wrapping_add(1);
        // What came before a number that is forgotten would get a wrong one.
        self.first = self.first.max(self.left_out.close(seq).unwrap_or_default());
    }

    fn note_recent(&mut self, number: u64) -> bool {
        if number > self.last {
            let ahead = u32::try_from(number - self.last).unwrap_or(u32::MAX);
            self.recent = self.recent.checked_shl(ahead).unwrap_or(0) | 1;
            return true;
        }
        let behind = u32::try_from(self.last - number).unwrap_or(u32::MAX);
        let bit = 1_u64.checked_shl(behind).unwrap_or(0);
        let new = bit != 0 && self.recent & bit == 0;
        self.recent |= bit;
        new
    }

    fn note_sent(&mut self, place: Rewritten) -> bool {
        let slot = self.sent.get_mut(place.number as usize % REMEMBERED);
        let Some(sent) = slot else { return false };
        let new = sent.is_none_or(|sent| sent.number < place.number);
        if new {
            *sent = Some(place);
        }
        new
    }

    /// Nothing that was sent up to now is sent again.
    pub(crate) fn forget(&mut self) {
        self.sent.fill(None);
    }

    /// What was sent under sequence number `low`, if it is remembered.
    pub(crate) fn sent(&self, low: u16) -> Option<Rewritten> {
        let number = extend(self.last, low);
        (*self.sent.get(number as usize % REMEMBERED)?).filter(|sent| sent.number == number)
    }

    /// A moment of the present layer in the listener's clock; `None` before the first packet.
    pub(crate) fn map_time(&self, time: RtpTime) -> Option<RtpTime> {
        self.last_at.map(|_| time.minus(self.shift.ticks))
    }
}

/// Ticks between frames that are past, as a newcomer is told them.
const fn pressed(ticks: i32) -> u32 {
    if ticks > 0 { ticks as u32 / PRESSED + 1 } else { 0 }
}

#[cfg(test)]
mod tests;
