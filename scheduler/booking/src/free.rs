//! The next time at which everything wanted is free.

use alloc::vec::Vec;

use crate::interval::{Interval, UnixS};

/// The earliest stretch of `seconds` that starts at `from` or later, ends by `until` and overlaps nothing in `busy`.
///
/// `busy` is in any order and may overlap itself: give the claims of all the wanted resources at once to find a time
/// when all of them are free. `None` if there is none by `until`, or if `seconds` is 0. O(n log n).
#[must_use]
pub fn next_free(busy: &[Interval], from: UnixS, seconds: u64, until: UnixS) -> Option<Interval> {
    let mut in_order: Vec<Interval> =
        busy.iter().copied().filter(|taken| taken.end() > from).collect();
    in_order.sort_unstable();
    let mut start = from;
    for taken in in_order {
        if taken.start() >= start.plus(seconds) {
            break;
        }
        start = start.max(taken.end());
    }
    let free = Interval::new(start, start.plus(seconds)).ok()?;
    // Saturation at the end of time would make a shorter stretch than was asked for.
    (free.seconds() == seconds && free.end() <= until).then_some(free)
}
