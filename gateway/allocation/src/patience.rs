//! When a line is trusted with more: after it has carried that for a while, the longer the oftener it gave way.

use media::Ms;

/// What is carried for so long is carried.
const HOLD_MS: u64 = 3_000;
/// The time doubles so often at most: 48 s.
const DOUBLINGS: u32 = 4;
/// Somebody who has to be given less within this time after being given more was given too much.
const TRIAL_MS: u64 = 20_000;
/// A line that gives way again so soon has given way in a row; so often at most.
const ROW_MS: u64 = 30_000;
const ROW: u64 = 3;
/// After so long without having given way the line is trusted as a new one is.
const FORGIVEN_MS: u64 = 60_000;

/// What a line did of late.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    /// When somebody was last given more, or less.
    moved: Option<Ms>,
    /// When more was given.
    raised: Option<Ms>,
    /// When the line last gave way, and how often in a row.
    gave_way: Option<Ms>,
    times: u64,
    failures: u32,
}

impl Patience {
    /// For how long the line must carry more before it is trusted with that, in milliseconds.
    pub(crate) fn hold_ms(&self) -> u64 {
        HOLD_MS << self.failures.min(DOUBLINGS)
    }

    /// Whether the line gave way of late after it was trusted with more.
    pub(crate) const fn has_failed(&self) -> bool {
        self.failures > 0
    }

    /// Whether somebody may be given more.
    pub(crate) fn is_open(&self, now: Ms) -> bool {
        self.moved.is_none_or(|at| now.since(at) >= self.hold_ms())
    }

    /// The line gives way. Returns what part of the trust in what it carried of late is left: less each time in a row,
    /// so that a picture is not taken down by many small steps.
    pub(crate) fn give_way(&mut self, now: Ms, carried: u64) -> u64 {
        let again = self.gave_way.replace(now).is_some_and(|at| now.since(at) < ROW_MS);
        self.times = if again { (self.times + 1).min(ROW) } else { 1 };
        carried - carried / 10 * self.times
    }

    /// Somebody was given more.
    pub(crate) fn raise(&mut self, now: Ms) {
        (self.moved, self.raised) = (Some(now), Some(now));
        if self.gave_way.is_some_and(|at| now.since(at) >= FORGIVEN_MS) {
            (self.gave_way, self.failures) = (None, 0);
        }
    }

    /// Somebody was given less: because the line carries less, or for another's sake.
    pub(crate) fn lower(&mut self, now: Ms, line: bool) {
        self.moved = Some(now);
        if !line {
            return;
        }
        if self.raised.take().is_some_and(|at| now.since(at) < TRIAL_MS) {
            self.failures = (self.failures + 1).min(DOUBLINGS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_doubles_the_time_and_a_good_minute_forgives() {
        let mut patience = Patience::default();
        assert!(patience.is_open(Ms(0)));
        let mut now = 0;
        for hold_s in [3, 6, 12, 24, 48, 48] {
            assert_eq!(patience.hold_ms(), hold_s * 1_000);
            patience.raise(Ms(now));
            assert!(!patience.is_open(Ms(now)));
            patience.give_way(Ms(now + 500), 0);
            patience.lower(Ms(now + 500), true);
            now += 500 + patience.hold_ms();
            assert!(patience.is_open(Ms(now)) && !patience.is_open(Ms(now - 1)));
        }
        patience.raise(Ms(now));
        patience.raise(Ms(now + 60_000));
        assert_eq!(patience.hold_ms(), 3_000);
    }

    #[test]
    fn what_gives_way_in_a_row_loses_more_each_time() {
        let mut patience = Patience::default();
        let left = [0, 100, 200, 300, 40_000].map(|at| patience.give_way(Ms(at), 1_000));
        assert_eq!(left, [900, 800, 700, 700, 900]);
    }

    #[test]
    fn only_what_fails_soon_and_by_the_lines_doing_failed() {
        let mut patience = Patience::default();
        patience.raise(Ms(0));
        patience.lower(Ms(100), false);
        assert_eq!(patience.hold_ms(), 3_000, "for another's sake");
        patience.raise(Ms(0));
        patience.lower(Ms(20_000), true);
        assert_eq!(patience.hold_ms(), 3_000, "it had stood");
        patience.lower(Ms(20_100), true);
        assert_eq!(patience.hold_ms(), 3_000, "the same fall");
    }
}
