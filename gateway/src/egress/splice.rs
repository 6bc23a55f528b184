//! One stream on the wire that carries one track after another: its numbers go on where the core's
//! begin anew, so that no number is sealed twice under one SSRC.

use media::{Ms, Picture, RtpTime};
use sfu::{FIRST_NUMBER, Forward};

/// The last packet that was sent.
#[derive(Clone, Copy, Debug)]
struct Edge {
    number: u64,
    time: RtpTime,
    at: Ms,
}

/// What is added to the core's numbers. Nothing while the stream carries its first track.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Splice {
    numbers: u64,
    ticks: u32,
    picture: Picture,
    /// The present track has not sent yet: its time is not yet placed.
    fresh: bool,
    /// The core's last number of the present track that was left out: no number is left for those up to it.
    left_out: Option<u64>,
    last: Option<Edge>,
    last_picture: Picture,
}

impl Splice {
    /// A stream that has sent nothing.
    pub(crate) const NEW: Self = Self {
        numbers: 0,
        ticks: 0,
        picture: Picture { id: 0, tl0: 0, frame: 0 },
        fresh: false,
        left_out: None,
        last: None,
        last_picture: Picture { id: 0, tl0: 0, frame: 0 },
    };

    /// The stream carries another track from here on.
    pub(crate) fn change(&mut self) {
        if self.last.is_none() {
            return;
        }
        // Any packet of the new track may be the first: the core's lowest number follows the last one that was sent.
        self.numbers = self.numbers();
        self.picture = self.last_picture;
        self.fresh = true;
        self.left_out = None;
    }

    /// A packet as it goes out; `None` if the core numbered it below its own beginning, or if it comes after a later one
    /// was left out.
    pub(crate) fn place(
        &mut self,
        now: Ms,
        ticks_per_ms: u32,
        forward: &Forward,
    ) -> Option<Forward> {
        if forward.number < FIRST_NUMBER
            || self.left_out.is_some_and(|number| forward.number <= number)
        {
            return None;
        }
        if let Some(last) = self.last.filter(|_| std::mem::take(&mut self.fresh)) {
            let passed = u32::try_from(now.since(last.at)).unwrap_or(u32::MAX);
            let passed = passed.wrapping_mul(ticks_per_ms).max(1);
            self.ticks = last.time.plus(passed).minus(forward.time.0).0;
        }
        let number = forward.number.wrapping_add(self.numbers);
        let (time, picture) = (self.time(forward.time), forward.picture.ahead_of(self.picture));
        Some(Forward { number, time, picture, ..*forward })
    }

    /// The packet that is placed at `placed` is not sent by itself: the next one takes its number. `false` if it is not newer
    /// than all that were sent; then it has to be sent.
    pub(crate) fn leave_out(&mut self, placed: &Forward) -> bool {
        let newest = self.last.is_some_and(|last| placed.number > last.number);
        if newest {
            self.left_out = Some(placed.number.wrapping_sub(self.numbers));
            self.numbers = self.numbers.wrapping_sub(1);
        }
        newest
    }

    /// Remembers what was sent; `picture` as the listener sees it.
    pub(crate) fn sent(&mut self, now: Ms, forward: &Forward, picture: Picture) {
        if self.last.is_none_or(|last| forward.number > last.number) {
            self.last = Some(Edge { number: forward.number, time: forward.time, at: now });
            self.last_picture = picture;
        }
    }

    /// When a packet of this time left first, by the last one that left.
    pub(crate) fn left_at(&self, ticks_per_ms: u32, time: RtpTime) -> Ms {
        let Some(last) = self.last else { return Ms(0) };
        let before = u32::try_from(last.time.since(time)).unwrap_or(0) / ticks_per_ms.max(1);
        Ms(last.at.0.saturating_sub(before.into()))
    }

    /// How many numbers the stream has had.
    pub(crate) fn numbers(&self) -> u64 {
        self.last.map_or(0, |last| (last.number + 1).saturating_sub(FIRST_NUMBER))
    }

    /// The core's sequence number for one that the listener saw.
    pub(crate) const fn heard(&self, seq: u16) -> u16 {
        seq.wrapping_sub(self.numbers as u16)
    }

    /// A moment of the core's stream on the wire.
    pub(crate) const fn time(&self, time: RtpTime) -> RtpTime {
        time.plus(self.ticks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::Layer;
    use proptest::prelude::*;
    use sfu::{ListenerId, Source, TrackId};
    use std::collections::BTreeSet;

    fn forward(number: u64, time: u32) -> Forward {
        let source = Source { track: TrackId(1), layer: Layer(0), seq: number };
        let (listener, picture) = (ListenerId(1), Picture::default());
        let (time, cut) = (RtpTime(time), sfu::Cut::AsItCame);
        Forward { listener, slot: 0, source, number, time, picture, cut }
    }

    fn send(splice: &mut Splice, now: Ms, it: &Forward) -> Option<Forward> {
        let placed = splice.place(now, 90, it)?;
        splice.sent(now, &placed, Picture { id: 7, tl0: 7, frame: 7 });
        Some(placed)
    }

    #[test]
    fn the_first_track_goes_as_the_core_says() {
        let mut splice = Splice::NEW;
        splice.change();
        let it = forward(1_000, 5);
        assert_eq!(send(&mut splice, Ms(0), &it), Some(it));
        assert_eq!(splice.heard(1_000), 1_000);
    }

    #[test]
    fn the_next_track_goes_on_in_number_time_and_picture() {
        let mut splice = Splice::NEW;
        send(&mut splice, Ms(0), &forward(1_000, 0)).unwrap();
        send(&mut splice, Ms(10), &forward(1_001, 900)).unwrap();
        splice.change();
        let next = send(&mut splice, Ms(30), &forward(1_000, 0)).unwrap();
        assert_eq!((next.number, next.time), (1_002, RtpTime(900 + 20 * 90)));
        let shown = Picture { id: 1, tl0: 1, frame: 1 }.ahead_of(next.picture);
        assert_eq!(shown, Picture { id: 8, tl0: 8, frame: 8 });
        assert_eq!(splice.heard(1_002), 1_000);
        assert_eq!(splice.time(RtpTime(900)), RtpTime(900 + 20 * 90 + 900));
    }

    #[test]
    fn the_next_packet_takes_the_number_of_one_that_is_left_out() {
        let mut splice = Splice::NEW;
        send(&mut splice, Ms(0), &forward(1_000, 0)).unwrap();
        let placed = splice.place(Ms(20), 48, &forward(1_001, 960)).unwrap();
        assert!(splice.leave_out(&placed));
        assert_eq!(splice.place(Ms(21), 48, &forward(1_000, 0)), None, "no number is left for it");
        let next = send(&mut splice, Ms(40), &forward(1_002, 1_920)).unwrap();
        assert_eq!((next.number, next.time), (1_001, RtpTime(1_920)));
        let older = splice.place(Ms(41), 48, &forward(1_002, 1_920)).unwrap();
        assert!(!splice.leave_out(&older), "it was sent");
        assert_eq!((splice.numbers(), splice.heard(1_001)), (2, 1_002));
    }

    #[test]
    fn when_a_packet_left_follows_from_its_time() {
        let mut splice = Splice::NEW;
        assert_eq!(splice.left_at(90, RtpTime(5)), Ms(0));
        send(&mut splice, Ms(5_000), &forward(1_000, 90_000)).unwrap();
        let left_at = |time| splice.left_at(90, RtpTime(time));
        assert_eq!([90_000, 45_000, 180_000].map(left_at), [Ms(5_000), Ms(4_500), Ms(5_000)]);
    }

    proptest! {
        /// Numbers of any stage lie above those of all stages before, also when its first packets
        /// were never sent and come late, and whichever are left out.
        #[test]
        fn no_number_is_used_twice(
            stages in prop::collection::vec(
                prop::collection::btree_set(0u64..70_000, 0..20).prop_flat_map(|set|
                    Just(Vec::from_iter(set)).prop_shuffle()), 1..6),
            leave_out in prop::collection::vec(prop::bool::weighted(0.3), 120),
        ) {
            let (mut splice, mut used) = (Splice::NEW, BTreeSet::new());
            let mut leave_out = leave_out.into_iter();
            for stage in stages {
                let (before, mut last_left_out) = (used.last().copied(), None);
                splice.change();
                for number in stage {
                    let it = forward(FIRST_NUMBER + number, 0);
                    let placed = splice.place(Ms(0), 90, &it);
                    prop_assert_eq!(placed.is_none(), last_left_out.is_some_and(|last| number <= last));
                    let Some(placed) = placed else { continue };
                    if leave_out.next().unwrap_or(false) && splice.leave_out(&placed) {
                        last_left_out = Some(number);
                        continue;
                    }
                    splice.sent(Ms(0), &placed, Picture::default());
                    prop_assert!(before.is_none_or(|it| placed.number > it));
                    prop_assert!(used.insert(placed.number));
                }
            }
        }
    }

    #[test]
    fn a_number_below_the_beginning_has_no_place() {
        let mut splice = Splice::NEW;
        assert_eq!(splice.place(Ms(0), 90, &forward(999, 0)), None);
    }
}
