//! Whether a layer has too few pictures to be worth sending.
//!
//! Behind a thin line an encoder gives its smallest layers all that they ask for, and what is left to the largest one,
//! which drops pictures then. A small picture that moves says more than a large one that jumps. So a layer that brings
//! far fewer pictures than a smaller one is not sent to anybody until it has kept up with it for a while, and for long
//! if it fell behind again soon after.

use media::{Ms, RtpTime};

/// Pictures are counted in slots of so many ms, and in so many of them: over 2 s.
const SLOT_MS: u64 = 250;
const SLOTS: usize = 8;
const WINDOW_MS: u64 = SLOT_MS * SLOTS as u64;
/// Pictures that are told apart from others that come late: what is sent again is of one of these.
const KNOWN: usize = 16;
/// Fewer pictures of the smaller layer than these in a window say nothing: a screen that stands still, or one whose
/// smaller layer is a slow preview.
const TELLING: u32 = 10;
/// A layer is starved below so many hundredths of the pictures of the smaller one, and has kept up from so many on.
const STARVED_BELOW: u32 = 70;
const KEEPS_UP_FROM: u32 = 88;
/// It is worth sending again when it has kept up for so long; for so long where it was starved again within a minute.
const PROOF_MS: u64 = 3_000;
const LONG_PROOF_MS: u64 = 60_000;
const RELAPSE_MS: u64 = 60_000;
/// The proof is short again so long after the last fall.
const FORGIVEN_MS: u64 = 120_000;
/// A layer that its publisher gives up so soon after it began comes and goes, and is starved as well.
const BRIEF_MS: u64 = 20_000;
/// One that has just begun is spared for so long: its encoder waits for what the browser finds that the line carries.
const BEGINS_MS: u64 = 5_000;
/// One that nothing came of for so long may have been turned off: its pictures are not too few, there are none.
const OFF_MS: u64 = 500;

/// Counts the pictures of one layer by their times, whatever order their packets come in.
#[derive(Debug, Default)]
struct Pictures {
    /// The last times, the newest at `place`.
    known: [Option<RtpTime>; KNOWN],
    place: usize,
    counts: [u8; SLOTS],
    /// The number of the slot that was counted into last.
    slot: u64,
    /// When the layer began to be sent, and when its last packet came.
    sent: Option<(Ms, Ms)>,
}

impl Pictures {
    /// A packet with media came.
    fn note(&mut self, now: Ms, time: RtpTime) {
        let began = self.sent.filter(|(_, last)| now.since(*last) < WINDOW_MS);
        self.sent = Some((began.map_or(now, |(began, _)| began), now));
        let newest = self.known.get(self.place).copied().flatten();
        if newest == Some(time) || self.known.contains(&Some(time)) {
            return;
        }
        self.place = (self.place + 1) % KNOWN;
        self.known.get_mut(self.place).into_iter().for_each(|known| *known = Some(time));
        let slot = (now.0 / SLOT_MS).max(self.slot);
        for empty in (self.slot + 1..=slot).rev().take(SLOTS) {
            self.counts.get_mut(empty as usize % SLOTS).into_iter().for_each(|count| *count = 0);
        }
        self.slot = slot;
        let count = self.counts.get_mut(slot as usize % SLOTS);
        count.into_iter().for_each(|count| *count = count.saturating_add(1));
    }

    /// Pictures of the whole slots that ended before `now`, over nearly 2 s.
    fn lately(&self, now: Ms) -> u32 {
        let slot = now.0 / SLOT_MS;
        let kept = (slot.saturating_sub(SLOTS as u64 - 1)..slot).filter(|slot| {
            // What was counted into this place is of that slot.
            *slot <= self.slot && self.slot - slot < SLOTS as u64
        });
        kept.map(|slot| self.counts.get(slot as usize % SLOTS).copied().map_or(0, u32::from)).sum()
    }

    /// For how long it has been sent without a pause; `None` while it is not.
    fn sent_ms(&self, now: Ms) -> Option<u64> {
        let (began, last) = self.sent?;
        (now.since(last) < WINDOW_MS).then(|| now.since(began))
    }

    fn may_be_off(&self, now: Ms) -> bool {
        self.sent.is_none_or(|(_, last)| now.since(last) >= OFF_MS)
    }
}

/// Whether one layer is starved.
#[derive(Clone, Copy, Debug, Default)]
struct Starved {
    starved: bool,
    /// Since when it has kept up with the smaller one.
    keeps_up: Option<Ms>,
    /// When it was found to be worth sending again, and when it fell last.
    back_at: Option<Ms>,
    fell_at: Option<Ms>,
    /// It fell again soon after it was back.
    relapsed: bool,
    /// For how long it had been sent when it was last looked at.
    sent_ms: Option<u64>,
}

impl Starved {
    /// Compares a layer with the most pictures that any smaller one has; to be called several times a second. `asked`:
    /// somebody asks for it, so that its publisher was not told to turn it off.
    fn look(&mut self, now: Ms, own: &Pictures, most: u32, asked: bool) {
        let sent = own.sent_ms(now);
        let before = core::mem::replace(&mut self.sent_ms, sent);
        let Some(sent_ms) = sent else {
            self.keeps_up = None;
            let brief = before.is_some_and(|sent| sent < BRIEF_MS);
            if !self.starved && asked && brief && most >= TELLING {
                self.fall(now);
            }
            return;
        };
        let pictures = own.lately(now);
        if sent_ms < WINDOW_MS {
            return;
        }
        if most == 0 {
            // Nothing better is sent; where nothing is sent at all, that says nothing.
            self.starved &= pictures == 0;
        } else if pictures * 100 >= most * KEEPS_UP_FROM {
            let since = *self.keeps_up.get_or_insert(now);
            if self.starved && now.since(since) >= self.proof_ms(now) {
                *self = Self { starved: false, back_at: Some(now), ..*self };
            }
        } else {
            self.keeps_up = None;
            let few = pictures * 100 < most * STARVED_BELOW && most >= TELLING;
            let sent_long = sent_ms >= BEGINS_MS && !own.may_be_off(now);
            if few && sent_long && !self.starved {
                self.fall(now);
            }
        }
    }

    fn fall(&mut self, now: Ms) {
        let relapsed = self.back_at.is_some_and(|at| now.since(at) < RELAPSE_MS);
        *self = Self { starved: true, keeps_up: None, fell_at: Some(now), relapsed, ..*self };
    }

    fn proof_ms(&self, now: Ms) -> u64 {
        let forgiven = self.fell_at.is_none_or(|at| now.since(at) >= FORGIVEN_MS);
        if self.relapsed && !forgiven { LONG_PROOF_MS } else { PROOF_MS }
    }
}

/// The pictures of one layer, and what follows from them.
#[derive(Debug, Default)]
pub(crate) struct LayerFlow {
    pictures: Pictures,
    starved: Starved,
}

impl LayerFlow {
    /// A packet with media came.
    pub(crate) fn note(&mut self, now: Ms, time: RtpTime) {
        self.pictures.note(now, time);
    }

    pub(crate) const fn is_starved(&self) -> bool {
        self.starved.starved
    }

    /// Looks at a layer of which no smaller one has more than `most` pictures; gives how many any one up to it has.
    /// `asked`: somebody asks for it.
    pub(crate) fn look(&mut self, now: Ms, most: u32, asked: bool) -> u32 {
        self.starved.look(now, &self.pictures, most, asked);
        most.max(self.pictures.lately(now))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    /// Two layers whose pictures come at these rates, in tenths of a second's count, and when the larger one turned.
    #[derive(Default)]
    struct Pair {
        now: u64,
        count: u32,
        small: LayerFlow,
        large: LayerFlow,
        /// Nobody asks for the large one.
        unasked: bool,
        turned: Vec<(u64, bool)>,
    }

    impl Pair {
        /// For `ms`, every picture of 20 a second that `small` and `large` let through.
        fn film(&mut self, ms: u64, small: impl Fn(u32) -> bool, large: impl Fn(u32) -> bool) {
            for _ in 0..ms / 50 {
                self.now += 50;
                self.count += 1;
                let (now, time) = (Ms(self.now), RtpTime(self.count * 4_500));
                if small(self.count) {
                    self.small.note(now, time);
                }
                if large(self.count) {
                    self.large.note(now, time);
                    self.large.note(now, time);
                }
                let before = self.large.is_starved();
                let most = self.small.look(now, 0, true);
                self.large.look(now, most, !self.unasked);
                if self.large.is_starved() != before {
                    self.turned.push((self.now, !before));
                }
                assert!(!self.small.is_starved());
            }
        }
    }

    const ALL: fn(u32) -> bool = |_| true;
    const NONE: fn(u32) -> bool = |_| false;
    const HALF: fn(u32) -> bool = |count: u32| count.is_multiple_of(2);
    const MOST: fn(u32) -> bool = |count: u32| !count.is_multiple_of(5);

    #[test]
    fn a_layer_with_half_the_pictures_is_starved_until_it_has_kept_up_for_three_seconds() {
        let mut pair = Pair::default();
        pair.film(10_000, ALL, ALL);
        assert_eq!(pair.turned, []);
        pair.film(2_000, ALL, HALF);
        assert!(matches!(pair.turned[..], [(10_500..=11_500, true)]), "{:?}", pair.turned);
        pair.film(4_000, ALL, MOST);
        assert!(pair.large.is_starved(), "80 % is neither");
        pair.film(3_000, ALL, ALL);
        assert!(pair.large.is_starved());
        pair.film(2_500, ALL, ALL);
        assert!(!pair.large.is_starved());
    }

    #[test]
    fn one_that_falls_again_within_a_minute_has_to_keep_up_for_one() {
        let mut pair = Pair::default();
        pair.film(4_900, ALL, HALF);
        assert_eq!(pair.turned, [], "it has just begun");
        pair.film(1_000, ALL, HALF);
        pair.film(8_000, ALL, ALL);
        pair.film(2_000, ALL, HALF);
        assert_eq!(pair.turned.len(), 3);
        pair.film(55_000, ALL, ALL);
        assert!(pair.large.is_starved());
        pair.film(8_000, ALL, ALL);
        assert!(!pair.large.is_starved());
    }

    #[test]
    fn few_pictures_of_both_starve_nobody() {
        let mut pair = Pair::default();
        let second = |count: u32| count.is_multiple_of(20);
        pair.film(20_000, second, |count: u32| count.is_multiple_of(60));
        pair.film(10_000, second, second);
        assert_eq!(pair.turned, [], "a still screen");
        pair.film(10_000, |count: u32| count.is_multiple_of(5), ALL);
        assert_eq!(pair.turned, [], "a slow preview");
    }

    #[test]
    fn one_that_is_turned_off_and_on_is_not_starved_unless_it_was_sent_for_moments_only() {
        let mut pair = Pair::default();
        pair.film(30_000, ALL, ALL);
        pair.film(30_000, ALL, NONE);
        pair.film(10_000, ALL, ALL);
        assert_eq!(pair.turned, []);
        pair.film(3_000, ALL, NONE);
        assert!(pair.large.is_starved(), "it was sent for 10 s");
        let mut pair = Pair::default();
        pair.film(10_000, ALL, ALL);
        pair.unasked = true;
        pair.film(3_000, ALL, NONE);
        assert_eq!(pair.turned, [], "its publisher was told to turn it off");
    }

    #[test]
    fn an_outage_of_all_changes_nothing_and_the_only_one_that_is_sent_is_taken() {
        let mut pair = Pair::default();
        pair.film(6_000, ALL, HALF);
        pair.film(5_000, NONE, NONE);
        assert_eq!(pair.turned.len(), 1);
        pair.film(5_000, ALL, HALF);
        assert_eq!(pair.turned.len(), 1);
        pair.film(4_000, NONE, HALF);
        assert!(!pair.large.is_starved());
    }

    #[test]
    fn what_comes_late_and_out_of_order_is_counted_once() {
        let mut pictures = Pictures::default();
        for n in 0..40_u32 {
            let now = Ms(u64::from(n) * 50);
            for late in [0, 3, 0, 2] {
                pictures.note(now, RtpTime(n.saturating_sub(late) * 4_500));
            }
        }
        assert_eq!(pictures.lately(Ms(2_000)), 35, "seven slots of five");
        assert_eq!(pictures.lately(Ms(60_000)), 0);
        assert_eq!(pictures.lately(Ms(0)), 0, "a clock that goes back");
    }

    proptest! {
        /// However the rate of the larger layer wavers and whatever is lost of both, it turns at most 4 times in a minute.
        #[test]
        fn nothing_flaps(spans in proptest::collection::vec((100_u64..12_000, 0_u32..=20, 0_u32..5), 1..60)) {
            let mut pair = Pair::default();
            for (ms, twentieths, lost) in spans {
                let chance = |count: u32, salt: u32| (count.wrapping_mul(2_654_435_761) ^ salt) >> 7;
                pair.film(
                    ms,
                    |count| chance(count, 1) % 20 >= lost,
                    |count| chance(count, 77) % 20 < twentieths,
                );
            }
            for (at, _) in &pair.turned {
                let minute = pair.turned.iter().filter(|(it, _)| (*at..at + 60_000).contains(it));
                prop_assert!(minute.count() <= 4, "{:?}", pair.turned);
            }
        }
    }
}
