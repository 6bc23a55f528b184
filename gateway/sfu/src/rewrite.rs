//! The numbers that a listener sees: one continuous stream, whatever layers it is cut from.

use alloc::vec::Vec;

use media::{Layer, MediaKind, Ms, Picture, RtpTime, extend};

use crate::history::Fact;
use crate::{Forward, ListenerId, Source, TrackId};

/// Packets that a listener may ask for again: 3 s of 1.5 Mbit/s.
const REMEMBERED: usize = 512;
/// Padding numbers remembered for packets that come late.
const PADDINGS: usize = 8;
/// A publisher's stream that jumps by more than this has begun anew.
const JUMP: u64 = 3_000;
/// The first number: high enough that a packet before it keeps a rollover counter of zero.
const FIRST: u64 = 1_000;

/// Differences between the publisher's layer and the listener's stream.
#[derive(Clone, Copy, Debug, Default)]
struct Shift {
    ticks: u32,
    picture: Picture,
}

/// What was done to a packet, so that it can be done again.
#[derive(Clone, Copy, Debug)]
struct Sent {
    number: u64,
    seq: u64,
    time: RtpTime,
    picture: Picture,
    layer: Layer,
}

/// A packet's place in the listener's stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) layer: Layer,
    pub(crate) seq: u64,
    pub(crate) number: u64,
    pub(crate) time: RtpTime,
    pub(crate) picture: Picture,
}

impl Place {
    /// The packet on its way to one listener.
    pub(crate) fn addressed(self, listener: ListenerId, slot: u16, track: TrackId) -> Forward {
        let Self { layer, seq, number, time, picture } = self;
        Forward { listener, slot, source: Source { track, layer, seq }, number, time, picture }
    }
}

/// Renumbers one listener's stream.
#[derive(Debug)]
pub(crate) struct Rewriter {
    kind: MediaKind,
    layer: Layer,
    /// Publisher's number minus ours.
    offset: u64,
    /// Where the present layer began, in the publisher's numbers.
    first: u64,
    /// The publisher's highest number so far.
    highest: u64,
    /// Our highest number so far.
    last: u64,
    last_time: RtpTime,
    last_picture: Picture,
    last_at: Option<Ms>,
    shift: Shift,
    paddings: [u64; PADDINGS],
    sent: Vec<Option<Sent>>,
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
            last_picture: Picture::default(),
            last_at: None,
            shift: Shift::default(),
            paddings: [0; PADDINGS],
            sent: alloc::vec![None; remembered],
        }
    }

    /// The stream goes on with `fact`, the first packet of `layer` or of a stream begun anew.
    pub(crate) fn start(&mut self, now: Ms, layer: Layer, fact: Fact) {
        let per_ms = self.kind.ticks_per_ms();
        let gap = self.last_at.map_or(0, |at| {
            u32::try_from(now.since(at)).unwrap_or(u32::MAX).wrapping_mul(per_ms).max(1)
        });
        self.layer = layer;
        self.first = fact.seq;
        self.highest = fact.seq;
        self.offset = fact.seq.wrapping_sub(self.last + 1);
        self.paddings = [0; PADDINGS];
        self.shift = Shift {
            ticks: fact.time.minus(self.last_time.plus(gap).0).0,
            picture: fact.picture.ahead_of(self.last_picture.next()),
        };
    }

    /// Has the publisher's stream begun anew, so that `seq` has no place after the last one?
    pub(crate) fn jumped(&self, seq: u64) -> bool {
        seq.abs_diff(self.highest) > JUMP
    }

    /// Padding took a number in the publisher's stream: later packets close the gap.
    pub(crate) fn skip(&mut self, seq: u64) {
        if seq == self.highest + 1 {
            self.highest = seq;
            self.offset = self.offset.wrapping_add(1);
            self.paddings.rotate_right(1);
            if let Some(newest) = self.paddings.first_mut() {
                *newest = seq;
            }
        }
    }

    /// The place of a packet of the present layer; `None` if it was placed before or lies before
    /// the layer's beginning.
    pub(crate) fn place(&mut self, now: Ms, fact: Fact) -> Option<Place> {
        if fact.seq < self.first {
            return None;
        }
        let closed_later = match fact.seq > self.highest {
            true => 0,
            false => self.paddings.iter().filter(|padding| **padding > fact.seq).count(),
        };
        let number = fact.seq.wrapping_sub(self.offset).wrapping_add(closed_later as u64);
        let time = fact.time.minus(self.shift.ticks);
        if let Some(sent) = self.sent.get_mut(number as usize % REMEMBERED) {
            if sent.is_some_and(|it| it.number >= number) {
                return None;
            }
            let (seq, layer, picture) = (fact.seq, self.layer, self.shift.picture);
            *sent = Some(Sent { number, seq, time, picture, layer });
        }
        self.highest = self.highest.max(fact.seq);
        if number > self.last {
            (self.last, self.last_time, self.last_at) = (number, time, Some(now));
            self.last_picture = fact.picture.ahead_of(self.shift.picture);
        }
        let picture = self.shift.picture;
        Some(Place { layer: self.layer, seq: fact.seq, number, time, picture })
    }

    /// What was sent under sequence number `low`, if it is remembered.
    pub(crate) fn sent(&self, low: u16) -> Option<Place> {
        let number = extend(self.last, low);
        let sent = (*self.sent.get(number as usize % REMEMBERED)?)?;
        let Sent { seq, time, picture, layer, .. } = sent;
        (sent.number == number).then_some(Place { layer, seq, number, time, picture })
    }

    /// A moment of the present layer in the listener's clock; `None` before the first packet.
    pub(crate) fn map_time(&self, time: RtpTime) -> Option<RtpTime> {
        self.last_at.map(|_| time.minus(self.shift.ticks))
    }
}
