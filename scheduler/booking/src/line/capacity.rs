//! Whether what is booked on a line is within its capacity, second by second.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::load::{Capacity, Load};
use crate::interval::{Interval, UnixS};

/// What one session takes of a line, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineClaim {
    /// When the session is.
    pub interval: Interval,
    /// What the people of the site take of the line in it, together.
    pub load: Load,
}

/// A stretch in which a line would have to carry more than it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess {
    /// From the first second that is too much until the first one that is not.
    pub interval: Interval,
    /// By how much at the worst of it, each way for itself.
    pub over: Load,
}

/// The most that the claims take at once in `within`, each way for itself. O(n log n).
#[must_use]
pub fn peak(claims: &[LineClaim], within: Interval) -> Load {
    let none = Load::default();
    steps(claims, within).iter().fold(none, |most, (_, load)| most.most(*load))
}

/// Every stretch of `within` in which the claims and `load` together are over the capacity, earliest first, none of them
/// touching the next. O(n log n).
///
/// They are to [`crate::next_free`] what the claims on a room are: give them to it to find when the line carries `load`.
#[must_use]
pub fn excesses(
    claims: &[LineClaim],
    load: Load,
    capacity: Capacity,
    within: Interval,
) -> Vec<Excess> {
    let mut found: Vec<Excess> = Vec::new();
    for (stretch, taken) in steps(claims, within) {
        let Some(over) = capacity.over(taken.plus(load)) else { continue };
        if let Some(last) = found.last_mut()
            && last.interval.end() == stretch.start()
            && let Ok(interval) = Interval::new(last.interval.start(), stretch.end())
        {
            *last = Excess { interval, over: last.over.most(over) };
            continue;
        }
        found.push(Excess { interval: stretch, over });
    }
    found
}

/// The first stretch in which `wish` does not fit beside the claims; `None` where it fits at every second of its interval.
#[must_use]
pub fn first_excess(claims: &[LineClaim], wish: LineClaim, capacity: Capacity) -> Option<Excess> {
    excesses(claims, wish.load, capacity, wish.interval).into_iter().next()
}

/// The stretches of `within` between one begin or end of a claim and the next, and what is taken in each; they cover it.
fn steps(claims: &[LineClaim], within: Interval) -> Vec<(Interval, Load)> {
    // What begins and what ends at each second; sums of 2^31 claims fit.
    let mut changes: BTreeMap<UnixS, [i64; 2]> = BTreeMap::from([(within.start(), [0, 0])]);
    let mut change = |at: UnixS, sign: i64, load: Load| {
        let [down, up] = changes.entry(at).or_default();
        *down = down.saturating_add(sign * i64::from(load.down_kbps));
        *up = up.saturating_add(sign * i64::from(load.up_kbps));
    };
    for claim in claims.iter().filter(|claim| claim.interval.overlaps(within)) {
        change(claim.interval.start().max(within.start()), 1, claim.load);
        if claim.interval.end() < within.end() {
            change(claim.interval.end(), -1, claim.load);
        }
    }
    let ends = changes.keys().skip(1).copied().chain([within.end()]);
    let (mut down, mut up) = (0i64, 0i64);
    let kbps = |sum: i64| u32::try_from(sum.max(0)).unwrap_or(u32::MAX);
    let mut steps = Vec::with_capacity(changes.len());
    for ((start, [down_by, up_by]), end) in changes.iter().zip(ends) {
        (down, up) = (down.saturating_add(*down_by), up.saturating_add(*up_by));
        if let Ok(stretch) = Interval::new(*start, end) {
            steps.push((stretch, Load { down_kbps: kbps(down), up_kbps: kbps(up) }));
        }
    }
    steps
}
