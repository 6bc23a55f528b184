//! What the line has carried: the least that it was thought to carry, over any of the last [`KEPT_S`] seconds.

use media::Ms;

/// How far back is known.
pub(crate) const KEPT_S: usize = 65;
const SLOT_MS: u64 = 1_000;

/// A line is trusted with less than it has shown at least, by so many thousandths, the more the more figures waver.
const MARGIN_LEAST: u64 = 20;
const MARGIN_MOST: u64 = 100;
/// Fewer figures than these say nothing of how far they waver.
const FIGURES_MIN: u64 = 10;

/// Figures that differ by no more than this part of the least are steady.
const STEADY_PART: u64 = 12;

const fn thousandths(of: u64, count: u64) -> u64 {
    of / 1_000 * count + of % 1_000 * count / 1_000
}

/// What was thought within one second.
#[derive(Clone, Copy, Debug)]
struct LineSecond {
    second: u64,
    least: u64,
    most: u64,
    figures: u64,
}

/// The least figure of each second; the place of each is its number modulo their count.
#[derive(Debug)]
pub(crate) struct LineHistory {
    slots: [LineSecond; KEPT_S],
    newest: u64,
}

impl Default for LineHistory {
    fn default() -> Self {
        Self {
            slots: [LineSecond { second: 0, least: u64::MAX, most: 0, figures: 0 }; KEPT_S],
            newest: 0,
        }
    }
}

impl LineHistory {
    /// The line is thought to carry so much.
    pub(crate) fn note(&mut self, now: Ms, bits_per_second: u64) {
        self.newest = self.newest.max(now.0 / SLOT_MS);
        let second = self.newest;
        if let Some(slot) = self.slots.get_mut(second as usize % KEPT_S) {
            *slot = match *slot {
                LineSecond { second: same, least, most, figures } if same == second => LineSecond {
                    second,
                    least: least.min(bits_per_second),
                    most: most.max(bits_per_second),
                    figures: figures + 1,
                },
                _ => {
                    LineSecond { second, least: bits_per_second, most: bits_per_second, figures: 1 }
                }
            };
        }
    }

    /// The least figure of the last `ms`, and of as much more time as it takes to have enough figures; `None` while
    /// there are not so many.
    pub(crate) fn least(&self, ms: u64) -> Option<u64> {
        self.range(ms).map(|(least, _)| least)
    }

    /// What the line has shown to carry in that time: the least, less a margin. 0 while there are too few figures.
    pub(crate) fn shown(&self, ms: u64) -> u64 {
        let range = self.range(ms);
        let least = range.map_or(0, |(least, _)| least);
        least - thousandths(least, margin(range))
    }

    /// The same where it has hardly wavered in that time; else 0.
    pub(crate) fn steady(&self, ms: u64) -> u64 {
        let steady = |(least, most): &(u64, u64)| most - least <= least / STEADY_PART;
        if self.range(ms).as_ref().is_some_and(steady) { self.shown(ms) } else { 0 }
    }

    /// What it must show in that time to be trusted with so much.
    pub(crate) fn needed(&self, ms: u64, bits_per_second: u64) -> u64 {
        let margin = margin(self.range(ms));
        bits_per_second
            .saturating_add(thousandths(bits_per_second, 1_000 * margin / (1_000 - margin) + 1))
            .saturating_add(2)
    }

    fn range(&self, ms: u64) -> Option<(u64, u64)> {
        let mut slots = self.slots.map(|slot| (self.newest - slot.second, slot));
        slots.sort_unstable_by_key(|(age, _)| *age);
        let (mut least, mut most, mut figures) = (u64::MAX, 0, 0);
        for (age, slot) in slots.iter().filter(|(_, slot)| slot.figures > 0) {
            if *age > ms.div_ceil(SLOT_MS) && figures >= FIGURES_MIN {
                break;
            }
            (least, most) = (least.min(slot.least), most.max(slot.most));
            figures += slot.figures;
        }
        (figures >= FIGURES_MIN).then_some((least, most))
    }
}

/// In thousandths: half of how far the figures waver between their least and their most.
fn margin(range: Option<(u64, u64)>) -> u64 {
    let wavers = range.map(|(least, most)| (most - least) / (least / 500).max(1));
    wavers.map_or(MARGIN_MOST, |margin| margin.clamp(MARGIN_LEAST, MARGIN_MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_a_time_is_told_once_there_are_figures_enough() {
        let mut line = LineHistory::default();
        for figure in (1..10).rev() {
            line.note(Ms(0), figure * 100);
            assert_eq!(line.least(60_000), None);
        }
        line.note(Ms(2_000), 500);
        assert_eq!(line.least(0), Some(100), "one figure is too few");
        (0..9).for_each(|_| line.note(Ms(2_900), 600));
        assert_eq!(
            (line.least(0), line.least(1_000), line.least(1_001)),
            (Some(500), Some(500), Some(100))
        );
    }

    #[test]
    fn a_line_that_wavers_is_not_steady() {
        let noted = |figures: [u64; 2]| {
            let mut line = LineHistory::default();
            (0..10).for_each(|at| line.note(Ms(0), figures[at % 2]));
            line.steady(1_000)
        };
        assert_eq!(
            (noted([1_000, 1_000]), noted([1_200, 1_290]), noted([1_000, 1_090])),
            (980, 1_146, 0)
        );
    }

    #[test]
    fn what_is_too_old_is_forgotten_and_a_clock_that_runs_back_stands() {
        let mut line = LineHistory::default();
        (0..20).for_each(|_| line.note(Ms(0), 1));
        (0..10).for_each(|_| line.note(Ms(KEPT_S as u64 * 1_000), 50));
        assert_eq!(line.least(u64::MAX), Some(50), "its place is taken");
        line.note(Ms(0), 40);
        assert_eq!(line.least(0), Some(40));
        (0..10).for_each(|_| line.note(Ms(u64::MAX), u64::MAX));
        assert_eq!(line.least(0), Some(u64::MAX));
    }
}
