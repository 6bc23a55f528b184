//! The numbers that a listener sees: one continuous stream, whatever layers it is cut from.

use alloc::vec::Vec;

use media::{Layer, MediaKind, Ms, Picture, RtpTime, extend};

use crate::history::Fact;
use crate::{Forward, ListenerId, Source, TrackId};

/// Packets that a listener may ask for again: 3 s of 1.5 Mbit/s.
const REMEMBERED: usize = 512;
/// Padding numbers remembered for packets that come late.
const PADDINGS: usize = 8;
/// A publisher's reports that differ from arrival by more than this are not believed.
const OUT_OF_STEP_MS: u32 = 1_000;
/// What a newcomer is told of the time between the frames that are past: one part in so many, so that
/// they play at once and the newest is live.
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
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
    last_picture: Picture,
    last_at: Option<Ms>,
    shift: Shift,
    /// The publisher's time from which on the stream is live; what is before is pressed together.
    live_from: Option<RtpTime>,
    /// Newest first; 0 stands for none.
    paddings: [u64; PADDINGS],
    /// Bit n: `last` minus n was sent. What sound has in place of `sent`.
    recent: u64,
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
            live_from: None,
            paddings: [0; PADDINGS],
            recent: 0,
            sent: alloc::vec![None; remembered],
        }
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
        self.live_from = Some(newest);
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
        let exact = exact.filter(|it| it.abs_diff(gap.into()) <= (OUT_OF_STEP_MS * per_ms).into());
        let gap = exact.map_or(gap, |exact| u32::try_from(exact).unwrap_or(0));
        // The very first packet has nothing before it to be after.
        let gap = gap.max(if self.last_at.is_some() { least } else { least - 1 });
        self.live_from = None;
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

    /// The place of a packet of the present layer; `None` if it has none: padding, placed before,
    /// or before the layer's beginning.
    pub(crate) fn place(&mut self, now: Ms, fact: Fact) -> Option<Place> {
        if fact.padding {
            self.skip(fact.seq);
            return None;
        }
        if fact.seq < self.first {
            return None;
        }
        let closed_later = match fact.seq > self.highest {
            true => 0,
            false => self.paddings.iter().filter(|padding| **padding > fact.seq).count(),
        };
        let number = fact.seq.wrapping_sub(self.offset).wrapping_add(closed_later as u64);
        let (seq, layer, picture) = (fact.seq, self.layer, self.shift.picture);
        let time = self.told(fact.time);
        let place = Place { layer, seq, number, time, picture };
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
            self.last_picture = fact.picture.ahead_of(picture);
        }
        Some(place)
    }

    /// A moment of the publisher's as the listener is told it.
    fn told(&mut self, time: RtpTime) -> RtpTime {
        let live = time.minus(self.shift.ticks);
        let Some(live_from) = self.live_from else { return live };
        let past = live_from.since(time);
        if past < -PAST_TICKS {
            self.live_from = None;
        }
        if past > 0 { live.plus(past as u32).minus(pressed(past)) } else { live }
    }

    /// Padding took a number in the publisher's stream: later packets close the gap. The gap of
    /// padding that comes after them stays, because they have their numbers already.
    fn skip(&mut self, seq: u64) {
        if seq <= self.highest {
            return;
        }
        self.highest = seq;
        self.offset = self.offset.wrapping_add(1);
        self.paddings.rotate_right(1);
        if let Some(newest) = self.paddings.first_mut() {
            // What came before padding that is forgotten would get a wrong number.
            self.first = self.first.max(*newest);
            *newest = seq;
        }
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

    fn note_sent(&mut self, place: Place) -> bool {
        let Place { layer, seq, number, time, picture } = place;
        let Some(sent) = self.sent.get_mut(number as usize % REMEMBERED) else { return false };
        let new = sent.is_none_or(|it| it.number < number);
        if new {
            *sent = Some(Sent { number, seq, time, picture, layer });
        }
        new
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

/// Ticks between frames that are past, as a newcomer is told them.
const fn pressed(ticks: i32) -> u32 {
    if ticks > 0 { ticks as u32 / PRESSED + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(seq: u64) -> Fact {
        let picture = Picture { id: (seq & 0x7fff) as u16, tl0: seq as u8 };
        Fact { seq, time: RtpTime(seq as u32).plus(77), picture, padding: false }
    }

    fn padding(seq: u64) -> Fact {
        Fact { padding: true, ..fact(seq) }
    }

    fn begun(kind: MediaKind, seq: u64) -> Rewriter {
        let mut rewriter = Rewriter::new(kind);
        rewriter.start(Ms(0), Layer(0), fact(seq), None);
        rewriter.place(Ms(0), fact(seq)).expect("the first");
        rewriter
    }

    fn number(rewriter: &mut Rewriter, fact: Fact) -> Option<u64> {
        rewriter.place(Ms(1), fact).map(|it| it.number)
    }

    #[test]
    fn the_first_packet_gets_the_first_numbers() {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            for seq in [0, 7, 65_536, u64::MAX] {
                let mut rewriter = Rewriter::new(kind);
                rewriter.start(Ms(9), Layer(2), fact(seq), None);
                let place = rewriter.place(Ms(9), fact(seq)).expect("the first");
                assert_eq!((place.number, place.time), (1_000, RtpTime(0)), "{kind:?} {seq}");
                let picture = fact(seq).picture.ahead_of(place.picture);
                assert_eq!(picture, Picture { id: 1, tl0: 1 });
            }
        }
    }

    #[test]
    fn a_packet_is_placed_once_in_any_order() {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            let mut it = begun(kind, 10);
            let places = [11, 13, 13, 12, 12, 11, 10, 9].map(|seq| number(&mut it, fact(seq)));
            let want = [Some(1_001), Some(1_003), None, Some(1_002), None, None, None, None];
            assert_eq!(places, want, "{kind:?}");
        }
    }

    #[test]
    fn sound_that_is_too_old_to_tell_from_a_copy_has_no_place() {
        let mut it = begun(MediaKind::Audio, 10);
        assert_eq!(number(&mut it, fact(200)), Some(1_190));
        assert_eq!(number(&mut it, fact(136)), None, "64 behind");
        assert_eq!(number(&mut it, fact(137)), Some(1_127));
        assert_eq!(number(&mut it, fact(137)), None);
    }

    #[test]
    fn padding_closes_its_gap_for_packets_after_it() {
        let mut it = begun(MediaKind::Video, 10);
        for (fact, want) in [
            (padding(11), None),
            (fact(12), Some(1_001)),
            (padding(15), None),
            (fact(16), Some(1_004)),
            (fact(13), Some(1_002)),
            (fact(14), Some(1_003)),
            (padding(15), None),
            (fact(17), Some(1_005)),
        ] {
            assert_eq!(number(&mut it, fact), want, "{fact:?}");
        }
    }

    #[test]
    fn a_packet_before_padding_that_is_forgotten_has_no_place() {
        let mut it = begun(MediaKind::Video, 10);
        assert!((20..29).all(|seq| number(&mut it, padding(seq)).is_none()));
        assert_eq!(number(&mut it, fact(19)), None, "before all nine");
        assert_eq!(number(&mut it, fact(29)), Some(1_010));
    }

    #[test]
    fn a_late_packet_beside_a_gap_gets_no_number_of_another() {
        let mut it = begun(MediaKind::Video, 10);
        assert_eq!(number(&mut it, fact(1_500)), Some(2_490));
        assert_eq!(number(&mut it, fact(11)), Some(1_001), "its place in the ring was free");
        assert_eq!(number(&mut it, fact(11 + 512)), Some(1_513));
        assert_eq!(number(&mut it, fact(11)), None);
    }

    #[test]
    fn a_new_layer_goes_on_from_the_last_number_time_and_picture() {
        let mut it = begun(MediaKind::Video, 10);
        let last = it.place(Ms(40), fact(11)).expect("placed");
        let key = Fact { time: RtpTime(5), picture: Picture { id: 3, tl0: 250 }, ..fact(90_000) };
        it.start(Ms(60), Layer(1), key, None);
        let place = it.place(Ms(60), key).expect("placed");
        assert_eq!((place.number, place.layer), (last.number + 1, Layer(1)));
        assert_eq!(place.time.since(last.time), 20 * 90);
        let before = fact(11).picture.ahead_of(last.picture);
        assert_eq!(key.picture.ahead_of(place.picture), before.next());
    }

    #[test]
    fn time_grows_at_a_switch_within_one_burst() {
        let mut it = begun(MediaKind::Video, 10);
        it.start(Ms(0), Layer(1), fact(500), None);
        assert_eq!(it.place(Ms(0), fact(500)).map(|it| it.time), Some(RtpTime(1)));
    }

    #[test]
    fn a_switch_takes_the_time_of_the_reports_if_it_agrees_with_arrival() {
        for (exact, elapsed) in [
            (Some(3_600), 3_600),
            (Some(93_600), 93_600),
            (Some(93_601), 3_600),
            (Some(-86_400), 1),
            (Some(-86_401), 3_600),
            (Some(0), 1),
            (None, 3_600),
        ] {
            let mut it = begun(MediaKind::Video, 10);
            let exact = exact.map(|it: i32| RtpTime(it as u32));
            it.start(Ms(40), Layer(1), fact(500), exact);
            let place = it.place(Ms(40), fact(500)).expect("placed");
            assert_eq!(place.time, RtpTime(elapsed), "{exact:?}");
        }
    }

    #[test]
    fn what_was_sent_is_remembered_as_it_was() {
        let mut it = begun(MediaKind::Video, 10);
        let old = it.place(Ms(1), fact(11)).expect("placed");
        it.start(Ms(2), Layer(2), fact(7_000), None);
        assert!((7_000..7_510).all(|seq| number(&mut it, fact(seq)).is_some()));
        assert_eq!(it.sent(1_001), Some(old));
        assert_eq!(it.sent(999), None, "never sent");
        assert_eq!(it.sent(1_512), None, "not sent yet");
        assert_eq!(number(&mut it, fact(7_511)), Some(1_513));
        assert_eq!(it.sent(1_001), None, "overwritten");
        assert_eq!(it.sent(1_512), None, "its place holds an older one");
    }

    #[test]
    fn numbers_go_on_past_16_bits() {
        let mut it = begun(MediaKind::Video, 10);
        assert!((11..70_000).all(|seq| number(&mut it, fact(seq)).is_some()));
        assert_eq!(it.sent(((69_999_u64 + 990) & 0xffff) as u16).map(|it| it.number), Some(70_989));
    }

    #[test]
    fn a_moment_is_told_in_the_listeners_clock() {
        assert_eq!(Rewriter::new(MediaKind::Audio).map_time(RtpTime(5)), None);
        let it = begun(MediaKind::Audio, 10);
        assert_eq!(it.map_time(RtpTime(10 + 77 + 480)), Some(RtpTime(480)));
    }
}
