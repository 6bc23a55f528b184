//! What a part is reckoned to take: a little more than it was measured to take of late.
//!
//! Measured rates waver, and a plan that follows them wavers with them. So a figure rises as soon as more is measured,
//! by a margin above it, and falls only when for a whole [`RECENT_MS`] everything measured was far below.

use alloc::vec::Vec;

use media::{Ms, Target};

use crate::wish::{PARTS_MAX, Part};

/// For how long a peak counts.
const RECENT_MS: u64 = 10_000;
/// A figure falls when the margin above the recent peak comes to less than so many eighths of it.
const FALLS_BELOW_EIGHTHS: u64 = 6;

/// How much more is kept for a part than it was measured to take.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Margin {
    /// A tenth: of a picture that takes more than is kept for it something is lost, or late.
    Tenth,
    /// Half of that: sound leaves before all else, and is measured over a longer time.
    Twentieth,
}

impl Margin {
    const fn above(self, measured: u64) -> u64 {
        match self {
            Self::Tenth => measured.saturating_add(measured / 10),
            Self::Twentieth => measured.saturating_add(measured / 20),
        }
    }
}

/// One part of one subscription.
#[derive(Clone, Copy, Debug)]
struct Reckoned {
    target: Target,
    bits_per_second: u64,
    /// The peak since `from`.
    recent: u64,
    from: Ms,
}

impl Reckoned {
    fn note(&mut self, now: Ms, measured: u64, margin: Margin) {
        self.recent = self.recent.max(measured);
        if measured > self.bits_per_second {
            self.bits_per_second = margin.above(measured);
        }
        if now.since(self.from) < RECENT_MS {
            return;
        }
        let peak = margin.above(self.recent);
        if peak < self.bits_per_second / 8 * FALLS_BELOW_EIGHTHS {
            self.bits_per_second = peak;
        }
        (self.recent, self.from) = (measured, now);
    }
}

/// The parts of one subscription.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    list: Vec<Reckoned>,
}

impl Rates {
    /// Takes what was measured, and answers what is reckoned with.
    pub(crate) fn reckon(&mut self, now: Ms, part: &Part, margin: Margin) -> u64 {
        let (target, measured) = (part.target, part.bits_per_second);
        if let Some(known) = self.list.iter_mut().find(|rate| rate.target == target) {
            known.note(now, measured, margin);
            return known.bits_per_second;
        }
        let bits_per_second = margin.above(measured);
        if self.list.len() >= PARTS_MAX {
            // Parts that are not there any more make room.
            self.list.clear();
        }
        self.list.push(Reckoned { target, bits_per_second, recent: measured, from: now });
        bits_per_second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(bits_per_second: u64) -> Part {
        Part { target: Target::default(), bits_per_second, silent: false }
    }

    #[test]
    fn more_counts_at_once_and_much_less_after_ten_seconds() {
        let mut rates = Rates::default();
        for (at, measured, reckoned) in [
            (0, 1_000, 1_100),
            (1, 1_050, 1_100),
            (2, 1_200, 1_320),
            (3, 500, 1_320),
            // The peak of the first ten seconds.
            (10_000, 500, 1_320),
            (19_999, 500, 1_320),
            (20_000, 500, 550),
            // Less, but not much.
            (40_000, 450, 550),
            (60_000, 450, 550),
        ] {
            assert_eq!(rates.reckon(Ms(at), &part(measured), Margin::Tenth), reckoned, "{at}");
        }
    }

    #[test]
    fn sound_is_reckoned_nearer_to_what_was_measured() {
        let mut rates = Rates::default();
        for (at, measured, reckoned) in [(0, 1_000, 1_050), (1, 1_060, 1_113), (9_000, 500, 1_113)]
        {
            assert_eq!(rates.reckon(Ms(at), &part(measured), Margin::Twentieth), reckoned, "{at}");
        }
    }

    #[test]
    fn the_largest_figure_there_is_stays_that() {
        let mut rates = Rates::default();
        let mut reckon = |at, measured| rates.reckon(Ms(at), &part(measured), Margin::Tenth);
        assert_eq!(reckon(0, u64::MAX), u64::MAX);
        assert_eq!(reckon(u64::MAX, 0), u64::MAX);
        assert_eq!(reckon(0, 0), u64::MAX, "a clock that runs back stands");
    }

    #[test]
    fn no_more_parts_are_kept_than_a_track_has() {
        let mut rates = Rates::default();
        for place in 0..=u8::MAX {
            let target = Target { spatial: place / 8, temporal: place % 8 };
            let part = Part { target, bits_per_second: 1, silent: false };
            rates.reckon(Ms(0), &part, Margin::Tenth);
            assert!(rates.list.len() <= PARTS_MAX);
        }
    }
}
