//! What a data budget leaves: told every second what was used, it says in which mode the rest lasts until the booked end.
//!
//! Two rules, and the stricter one holds. By the part that is used up: from four fifths on one small picture, from 95 % on
//! sound alone, and nothing but text once all is used. And by the pace: whatever mode would use up what is left before the
//! booked end is left for a lesser one. The pace alone never takes sound away.

use session::Mode;

/// How long what a mode takes is measured before it counts, and how often the pace is looked at.
const WINDOW_S: u64 = 10;
/// More is given again at the earliest so long after the last change.
const EASE_S: u64 = 60;
/// More is given where it takes no more than this part of what is left.
const EASE_PART: (u64, u64) = (4, 5);
/// From these parts of the budget on, percent.
const SMALL_FROM: u64 = 80;
const VOICE_FROM: u64 = 95;
/// What modes take both ways until that is measured, in bytes a second: one face in full size, one small, a screen that
/// changes now and then, a voice each way.
const TYPICAL: [u64; 4] = [140_000, 46_000, 12_000, 9_000];

/// What a budget is held to, as of one second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    /// So many bytes may be used in all; `None` = as many as one likes.
    pub(crate) bytes: Option<u64>,
    /// Seconds until the booked end; `None` if there is none, or it has passed.
    pub(crate) left_s: Option<u64>,
}

/// What one person has used of a session, and what is left of that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spending {
    /// Bytes on the wire, both ways.
    used: u64,
    /// What the part that is used up leaves.
    by_part: Mode,
    /// What the pace leaves.
    by_pace: Mode,
    /// What the modes with sound take, in bytes a second, as last measured.
    rates: [u64; TYPICAL.len()],
    /// Bytes and seconds in this mode that do not count yet.
    window: (u64, u64, Mode),
    /// Seconds since the pace changed.
    settled_s: u64,
    /// The pace was looked at once.
    begun: bool,
}

impl Default for Spending {
    fn default() -> Self {
        let (by_part, by_pace) = (Mode::Full, Mode::Full);
        let (rates, window) = (TYPICAL, (0, 0, Mode::Full));
        Self { used: 0, by_part, by_pace, rates, window, settled_s: EASE_S, begun: false }
    }
}

impl Spending {
    /// So many bytes were used.
    pub(crate) const fn used(&self) -> u64 {
        self.used
    }

    /// No less than this was used: a token tells of it that was made while another gateway counted.
    pub(crate) fn heard(&mut self, used: u64) {
        self.used = self.used.max(used);
    }

    /// The most that the budget leaves.
    pub(crate) fn leaves(&self) -> Mode {
        self.by_part.within(self.by_pace)
    }

    /// Bytes were used.
    pub(crate) const fn spend(&mut self, bytes: u64) {
        self.used = self.used.saturating_add(bytes);
        self.window.0 = self.window.0.saturating_add(bytes);
    }

    /// A second is over, which was spent in `mode`.
    pub(crate) fn pass(&mut self, mode: Mode, bound: Bound) {
        let due = self.measure(mode) || !self.begun;
        self.settled_s = self.settled_s.saturating_add(1);
        let Some(most) = bound.bytes else {
            (self.by_part, self.by_pace) = (Mode::Full, Mode::Full);
            return;
        };
        self.begun = true;
        let percent = self.used.saturating_mul(100);
        self.by_part = match () {
            () if self.used >= most => Mode::Stills,
            () if percent >= most.saturating_mul(VOICE_FROM) => Mode::Voice,
            () if percent >= most.saturating_mul(SMALL_FROM) => Mode::Small,
            () => Mode::Full,
        };
        if due {
            self.keep_pace(most.saturating_sub(self.used), bound.left_s.unwrap_or(0));
        }
    }

    /// Counts a second in `mode`; `true` if that ends a window.
    fn measure(&mut self, mode: Mode) -> bool {
        let (bytes, seconds, of) = self.window;
        if of != mode {
            self.window = (0, 0, mode);
            return false;
        }
        self.window.1 = seconds + 1;
        if self.window.1 < WINDOW_S {
            return false;
        }
        self.window = (0, 0, mode);
        if let Some(rate) = self.rates.get_mut(mode as usize) {
            *rate = u64::midpoint(*rate, bytes / WINDOW_S);
        }
        true
    }

    fn keep_pace(&mut self, left: u64, left_s: u64) {
        let fits = |most: u64| {
            let modes = Mode::ALL.iter().zip(&self.rates);
            let mut fits = modes.filter(|(_, rate)| rate.saturating_mul(left_s) <= most);
            fits.next().map_or(Mode::Voice, |(mode, _)| *mode)
        };
        let (now, eased) = (fits(left), fits(left / EASE_PART.1 * EASE_PART.0));
        if now > self.by_pace {
            (self.by_pace, self.settled_s) = (now, 0);
        } else if eased < self.by_pace && self.settled_s >= EASE_S {
            (self.by_pace, self.settled_s) = (eased, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a second takes in each mode, bytes.
    type Takes = [u64; 5];
    const USUAL: Takes = [130_000, 30_000, 8_000, 5_000, 300];

    /// Spends a session of so many seconds; what it was in each second.
    fn run(
        takes: Takes,
        bytes: u64,
        seconds: u64,
        chosen: impl Fn(u64) -> Mode,
    ) -> (Spending, Vec<Mode>) {
        let (mut it, mut modes) = (Spending::default(), vec![]);
        let bound = |second: u64| Bound { bytes: Some(bytes), left_s: Some(seconds - second) };
        it.pass(chosen(0), bound(0));
        for second in 0..seconds {
            let mode = chosen(second).within(it.leaves());
            it.spend(takes[mode as usize]);
            it.pass(mode, bound(second + 1));
            modes.push(mode);
        }
        (it, modes)
    }

    #[test]
    fn a_budget_that_is_enough_changes_nothing() {
        let (it, modes) = run(USUAL, 130_000 * 2_400 * 13 / 10, 2_400, |_| Mode::Full);
        assert!(modes.iter().all(|mode| *mode == Mode::Full), "{}", it.used());
    }

    #[test]
    fn the_session_ends_inside_its_budget_and_sound_lasts_to_the_end() {
        for megabytes in [16, 20, 40, 60, 100, 200, 300] {
            let bytes = megabytes * 1_000_000;
            let (it, modes) = run(USUAL, bytes, 2_400, |_| Mode::Full);
            assert!(it.used() <= bytes, "{megabytes}: {}", it.used());
            assert!(modes.iter().all(|mode| mode.has_sound()), "{megabytes}");
            let changes = modes.windows(2).filter(|two| two[0] != two[1]).count();
            assert!(changes <= 40, "{megabytes}: {changes} changes in 40 minutes");
            if megabytes >= 20 {
                assert!(
                    it.used() >= bytes / 2,
                    "{megabytes}: {} is left unused",
                    bytes - it.used()
                );
            }
        }
    }

    #[test]
    fn it_steps_down_at_four_fifths_and_at_95_percent_and_is_out_at_the_end() {
        let mut it = Spending::default();
        let bound = Bound { bytes: Some(1_000), left_s: None };
        for (used, leaves) in [
            (0, Mode::Full),
            (799, Mode::Full),
            (800, Mode::Small),
            (949, Mode::Small),
            (950, Mode::Voice),
            (999, Mode::Voice),
            (1_000, Mode::Stills),
        ] {
            it.spend(used - it.used());
            it.pass(Mode::Full, bound);
            assert_eq!(it.leaves(), leaves, "{used}");
        }
        it.pass(Mode::Stills, Bound { bytes: Some(2_000), ..bound });
        assert_eq!(it.leaves(), Mode::Full, "a larger budget");
        it.pass(Mode::Full, Bound { bytes: None, ..bound });
        assert_eq!(it.leaves(), Mode::Full);
        it.pass(Mode::Full, Bound { bytes: Some(0), ..bound });
        assert_eq!(it.leaves(), Mode::Stills, "nothing may be used");
        it.spend(u64::MAX);
        it.pass(Mode::Full, Bound { bytes: Some(u64::MAX), left_s: Some(u64::MAX) });
        assert_eq!(it.leaves(), Mode::Stills);
    }

    #[test]
    fn what_is_told_of_use_elsewhere_counts_once() {
        let mut it = Spending::default();
        it.spend(500);
        it.heard(700);
        it.heard(600);
        assert_eq!(it.used(), 700);
    }

    fn mode() -> impl Strategy<Value = Mode> {
        prop::sample::select(Mode::ALL)
    }

    proptest! {
        /// Whatever modes take and are chosen: no more is used than the budget and what one second of the last mode and
        /// text took; sound ends when all is used and not before.
        #[test]
        fn a_budget_is_exceeded_by_a_second_at_most(
            takes in prop::array::uniform5(0_u64..200_000),
            bytes in 0_u64..400_000_000,
            seconds in 1_u64..4_000,
            choices in prop::collection::vec(mode(), 1..20),
        ) {
            let takes = [takes[0], takes[1], takes[2], takes[3], takes[4] % 300];
            let chosen = |second: u64| choices[usize::try_from(second / 60).unwrap() % choices.len()];
            let (mut used, mut most) = (0, 0);
            let (it, modes) = run(takes, bytes, seconds, chosen);
            for (second, mode) in (0..).zip(&modes) {
                prop_assert!(*mode >= chosen(second));
                if *mode == Mode::Stills && chosen(second) != Mode::Stills {
                    prop_assert!(used >= bytes, "sound was cut with {} left", bytes - used);
                }
                if used >= bytes {
                    prop_assert_eq!(*mode, Mode::Stills);
                } else {
                    most = bytes + takes[*mode as usize];
                }
                used += takes[*mode as usize];
            }
            prop_assert!(used <= most + takes[4] * seconds, "{} of {}", used, bytes);
            prop_assert_eq!(it.used(), used);
        }
    }
}
