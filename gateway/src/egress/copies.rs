//! Copies of sound that a packet carries: of packets before it that the same listener was sent, as the publisher's ring
//! still has them.

use media::RtpTime;
use sfu::{Forward, Source, TrackId};
use transport::payload::red;

use super::redundancy::{COPIES_MAX, Distances};
use crate::ring::{Ring, Stored};

/// A copy from further back comes when nobody waits for it any more, in ticks of 48 kHz: 120 ms. The nearest copy is
/// worth its bytes anyhow.
const LATE_TICKS: u32 = 5_760;
/// A packet with copies has at most so many bytes of payload: it must pass every line in one piece.
const PAYLOAD_MAX: usize = 1_100;

/// Sound in longer pieces than this many ticks of 48 kHz has few headers as it is: 20 ms.
const SHORT_TICKS: u32 = 960;
/// A silent speaker's client sends few and small packets (DTX): the next one may be long in coming.
const SILENCE_BYTES: usize = 16;
/// Sound in larger pieces has few headers as it is, and two pieces must fit into one packet.
const BUNDLED_BYTES: usize = 400;
/// One that was left out is carried by one of so many that follow it.
const CARRIED_BY: u64 = 3;

/// Copies and how many ticks before the packet they lie, the oldest first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Copies<'a>([Option<(u32, &'a [u8])>; COPIES_MAX]);

impl<'a> Copies<'a> {
    /// No copies.
    pub(super) const NONE: Self = Self([None; COPIES_MAX]);

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &'a [u8])> + Clone + use<'a> {
        self.0.into_iter().flatten()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// Bytes of a payload with these copies.
    pub(super) fn length(&self, primary: usize) -> usize {
        red::length(self.iter().map(|(_, sound)| sound.len()), primary)
    }
}

/// A stream of sound to a listener who takes copies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Redundant {
    /// Payload type of packets with copies.
    pub(crate) payload_type: u8,
    stretch: Option<Stretch>,
    /// Numbers that the stream had had when the client reported last, and packets sent under them.
    reported: (u64, u32),
    /// The last packet that the client told of was lost.
    pub(crate) after_loss: bool,
    /// The publisher's number and time of the packet that was sent last, and the number of one that was left out after it.
    last: Option<(u64, RtpTime)>,
    left_out: Option<u64>,
}

/// Packets of one track whose distance in time is the same for the listener as it was for the publisher.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    track: TrackId,
    /// The listener's time less the publisher's.
    ticks: u32,
    /// The publisher's first number.
    first: u64,
}

impl Redundant {
    pub(crate) const fn new(payload_type: u8) -> Self {
        let (stretch, reported, last, left_out) = (None, (0, 0), None, None);
        Self { payload_type, stretch, reported, after_loss: false, last, left_out }
    }

    /// Whether a packet can be left out, because the next one carries it: half of the headers are half of a thin line. It
    /// must follow the last one that was sent, and sound must go on.
    pub(super) fn can_wait(&self, forward: &Forward, stored: Stored<'_>) -> bool {
        let Source { track, seq, .. } = forward.source;
        let ticks = forward.time.minus(stored.time.0).0;
        let same =
            self.stretch.is_some_and(|stretch| stretch.track == track && stretch.ticks == ticks);
        let follows = self.last.is_some_and(|(last, time)| {
            last.checked_add(1) == Some(seq) && stored.time.minus(time.0).0 <= SHORT_TICKS
        });
        let size = SILENCE_BYTES + 1..=BUNDLED_BYTES;
        same && follows && self.left_out.is_none() && size.contains(&stored.payload.len())
    }

    /// A packet is left out: the next one carries it.
    pub(super) const fn leave_out(&mut self, source: Source) {
        self.left_out = Some(source.seq);
    }

    /// The copies that the packet `forward` carries; what lies before its stretch was of another source, or never sent.
    pub(super) fn copies<'a>(
        &mut self,
        forward: &Forward,
        (ring, stored): (&'a Ring, Stored<'_>),
        distances: Distances,
    ) -> Copies<'a> {
        let first = self.goes_on(forward.source, forward.time, stored.time);
        let seq = forward.source.seq;
        self.last = Some((seq, stored.time));
        let distances = match self.left_out.take().and_then(|left| seq.checked_sub(left)) {
            Some(back @ 1..=CARRIED_BY) => Distances::back(back as u8),
            _ => distances,
        };
        let mut copies = Copies::NONE;
        let mut length = copies.length(stored.payload.len());
        for (distance, place) in distances.farthest_first().zip(&mut copies.0) {
            let seq = forward.source.seq.checked_sub(distance).filter(|seq| *seq >= first);
            let Some(before) = seq.and_then(|seq| ring.get(seq)) else { continue };
            let offset = stored.time.minus(before.time.0).0;
            let (late, more) =
                (offset > LATE_TICKS && distance > 1, before.payload.len() + red::BLOCK_HEADER);
            if red::fits(offset, before.payload.len()) && !late && length + more <= PAYLOAD_MAX {
                *place = Some((offset, before.payload));
                length += more;
            }
        }
        copies
    }

    /// The first number of the stretch that a packet belongs to.
    fn goes_on(&mut self, source: Source, told: RtpTime, time: RtpTime) -> u64 {
        let Source { track, seq, .. } = source;
        let ticks = told.minus(time.0).0;
        let same = self.stretch.filter(|stretch| stretch.track == track && stretch.ticks == ticks);
        let first = same.map_or(seq, |stretch| stretch.first);
        self.stretch = Some(Stretch { track, ticks, first });
        first
    }

    /// The client reports that it lost a part of the stream, in 1/256, which has had so many numbers and packets so far:
    /// how many packets the report is of, and which part of them was lost on the way. What was never sent was not.
    pub(crate) fn reported(&mut self, lost_256: u8, numbers: u64, packets: u32) -> (u64, f64) {
        let before = std::mem::replace(&mut self.reported, (numbers, packets));
        let span = numbers.saturating_sub(before.0);
        let sent = u64::from(packets.wrapping_sub(before.1)).min(span);
        if sent == 0 {
            return (0, 0.0);
        }
        let lost = span.saturating_mul(lost_256.into()) / 256;
        (sent, lost.saturating_sub(span - sent) as f64 / sent as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::{Layer, Picture};
    use proptest::prelude::*;
    use sfu::{Cut, ListenerId};
    use std::collections::BTreeMap;
    use transport::payload::Counters;

    fn forward(track: u32, seq: u64, time: u32) -> Forward {
        let source = Source { track: TrackId(track), layer: Layer(0), seq };
        let (listener, picture, cut) = (ListenerId(1), Picture::default(), Cut::AsItCame);
        Forward { listener, slot: 0, source, number: seq, time: RtpTime(time), picture, cut }
    }

    fn stored(time: u32, payload: &[u8]) -> Stored<'_> {
        let (time, counters, dependency) = (RtpTime(time), Counters::NONE, &[][..]);
        Stored { time, marker: false, counters, payload, dependency }
    }

    fn both() -> Distances {
        super::super::redundancy::redundancy(
            super::super::redundancy::Loss { part: 0.3, burst: 1.0 },
            None,
            0,
        )
    }

    /// Sends a packet to the listener and reads it there: its time and sound, and those of the copies.
    fn send(
        it: &mut Redundant,
        ring: &Ring,
        forward: &Forward,
        distances: Distances,
    ) -> Vec<(u32, Vec<u8>)> {
        let stored = ring.get(forward.source.seq).unwrap();
        let copies = it.copies(forward, (ring, stored), distances);
        let mut payload = vec![0; copies.length(stored.payload.len())];
        red::write(&mut payload, 111, copies.iter(), stored.payload).unwrap();
        let read = red::read(&payload, 111).unwrap();
        let copies = read
            .copies
            .iter()
            .map(|it| (it.offset, it.place))
            .chain([(0, (read.primary, payload.len()))]);
        copies
            .map(|(offset, (a, b))| (forward.time.minus(offset).0, payload[a..b].to_vec()))
            .collect()
    }

    #[test]
    fn a_packet_carries_the_two_before_it() {
        let (mut ring, mut it) = (Ring::new(8), Redundant::new(63));
        (10..13).for_each(|seq| assert!(ring.put(seq, stored(960 * seq as u32, &[seq as u8]))));
        let sent = |it: &mut Redundant, seq: u64| {
            send(it, &ring, &forward(1, seq, 960 * seq as u32 + 5), both())
                .into_iter()
                .map(|it| it.1[0])
                .collect::<Vec<_>>()
        };
        assert_eq!(
            [10, 11, 12].map(|seq| sent(&mut it, seq)),
            [vec![10], vec![10, 11], vec![10, 11, 12]]
        );
    }

    #[test]
    fn a_packet_that_is_left_out_comes_with_the_next_and_no_two_in_a_row() {
        let (mut ring, mut it) = (Ring::new(16), Redundant::new(63));
        let sound = |seq: u64| [seq as u8; 40];
        (10..20).for_each(|seq| assert!(ring.put(seq, stored(960 * seq as u32, &sound(seq)))));
        let mut heard = vec![];
        for seq in [10, 11, 12, 13, 14, 16, 17] {
            let (told, stored) = (forward(1, seq, 960 * seq as u32), ring.get(seq).unwrap());
            if it.can_wait(&told, stored) {
                it.leave_out(told.source);
                continue;
            }
            let read = send(&mut it, &ring, &told, Distances::NONE);
            heard.push(read.into_iter().map(|it| u64::from(it.1[0])).collect::<Vec<_>>());
        }
        // 15 was lost on the way up.
        assert_eq!(heard, [vec![10], vec![11, 12], vec![13, 14], vec![16]]);
        assert_eq!(it.left_out, Some(17));
        let told = forward(1, 19, 960 * 19);
        assert_eq!(send(&mut it, &ring, &told, Distances::NONE).len(), 2, "17 comes with 19");
    }

    #[test]
    fn long_pieces_silence_and_another_source_are_not_left_out() {
        let can_wait = |track, step: u32, bytes: usize| {
            let (mut ring, mut it, sound) = (Ring::new(8), Redundant::new(63), vec![1; bytes]);
            (1..3).for_each(|seq| assert!(ring.put(seq, stored(step * seq as u32, &sound))));
            send(&mut it, &ring, &forward(1, 1, step), Distances::NONE);
            it.can_wait(&forward(track, 2, 2 * step), ring.get(2).unwrap())
        };
        assert!(can_wait(1, 960, 40));
        assert!(!can_wait(1, 2_880, 40) && !can_wait(1, 960, 8) && !can_wait(2, 960, 40));
        assert!(can_wait(1, 960, 400) && !can_wait(1, 960, 401), "music");
    }

    #[test]
    fn nothing_is_copied_from_before_a_silence_or_of_what_is_too_large() {
        let (mut ring, mut it) = (Ring::new(8), Redundant::new(63));
        let large = [1; 1_100];
        for (seq, time, sound) in
            [(10, 0, &[1][..]), (11, 16_384, &[2]), (12, 17_344, &large), (13, 18_304, &[3])]
        {
            ring.put(seq, stored(time, sound));
        }
        let mut count =
            |seq: u64, time: u32| send(&mut it, &ring, &forward(1, seq, time), both()).len() - 1;
        assert_eq!(
            [count(10, 0), count(11, 16_384), count(12, 17_344), count(13, 18_304)],
            [0, 0, 0, 1]
        );
    }

    #[test]
    fn what_lies_too_far_back_is_not_copied_but_for_the_nearest() {
        let (mut ring, mut it) = (Ring::new(8), Redundant::new(63));
        let ticks = LATE_TICKS / 2 + 1;
        (0..3).for_each(|seq| assert!(ring.put(seq, stored(ticks * seq as u32, &[1]))));
        let mut count =
            |seq: u64| send(&mut it, &ring, &forward(1, seq, ticks * seq as u32), both()).len();
        assert_eq!([0, 1, 2].map(&mut count), [1, 2, 2]);
    }

    #[test]
    fn what_the_publisher_never_sent_is_not_lost_on_the_way() {
        let mut it = Redundant::new(63);
        assert_eq!(it.reported(26, 100, 90), (90, 0.0), "ten of a hundred had never come");
        assert_eq!(it.reported(51, 200, 190), (100, 0.19));
        assert_eq!(it.reported(255, 200, 190), (0, 0.0), "nothing was sent");
        let (packets, part) = it.reported(255, 300, 290);
        assert!(packets == 100 && part <= 1.0);
    }

    proptest! {
        /// Whatever is lost or late on the way up, begun anew, or carried after another: each copy is, in time and sound,
        /// a packet that this listener was sent.
        #[test]
        fn who_reads_copies_reads_what_was_sent(
            steps in prop::collection::vec((0u8..12, 1u32..20_000, prop::collection::vec(any::<u8>(), 1..1_030)), 1..120),
            wide: bool,
        ) {
            let mut rings = [Ring::new(16), Ring::new(16)];
            let mut it = Redundant::new(63);
            let (mut track, mut seq, mut time, mut shift) = (0usize, 100u64, 7u32, 3u32);
            let mut sent: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
            let mut late = vec![];
            for (fate, step, sound) in steps {
                (seq, time) = (seq + 1, time.wrapping_add(if wide { step } else { 960 }));
                match fate {
                    // Lost on the way up; late; another source; the listener's clock goes on otherwise.
                    0 => continue,
                    1 => {
                        late.push((track, shift, seq, time, sound));
                        continue;
                    }
                    2 => (track, shift) = (1 - track, shift.wrapping_add(1_000_000)),
                    3 => shift = shift.wrapping_add(1_000_000),
                    _ => {}
                }
                let mut now = vec![(seq, time, sound)];
                let goes_on = |it: &(usize, u32, u64, u32, Vec<u8>)| (it.0, it.1) == (track, shift);
                now.extend(late.drain(..).filter(goes_on).map(|it| (it.2, it.3, it.4)));
                for (seq, time, sound) in now {
                    if !rings[track].put(seq, stored(time, &sound)) {
                        continue;
                    }
                    let told = forward(track as u32, seq, time.wrapping_add(shift));
                    let read = send(&mut it, &rings[track], &told, both());
                    sent.insert(told.time.0, sound);
                    for (time, sound) in read {
                        prop_assert_eq!(Some(&sound), sent.get(&time), "at {}", time);
                    }
                }
            }
        }
    }
}
