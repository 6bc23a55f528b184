//! At which seconds something of a given length could start.

use alloc::vec::Vec;

use crate::availability::Calendar;
use crate::interval::{Interval, UnixS};

/// Stretches of seconds, first and last, at each of which it could start; in order and apart from each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Starts(Vec<(UnixS, UnixS)>);

impl Starts {
    /// Where `seconds` fit into `open`, in order and without overlaps, beside `taken`, in order of their starts.
    pub(super) fn of(open: &[Interval], taken: &[Interval], seconds: u64) -> Self {
        let free = without(open, taken);
        let long = free.iter().filter(|free| free.seconds() >= seconds);
        Self(long.map(|free| (free.start(), free.end().minus(seconds))).collect())
    }

    /// Whether it could start at this second.
    pub(super) fn has(&self, point: UnixS) -> bool {
        self.from(point) == Some(point)
    }

    /// The first at this second or later.
    pub(super) fn from(&self, point: UnixS) -> Option<UnixS> {
        let at = self.0.partition_point(|(_, last)| *last < point);
        self.0.get(at).map(|(first, _)| point.max(*first))
    }

    /// The last at this second or earlier.
    pub(super) fn until(&self, point: UnixS) -> Option<UnixS> {
        let after = self.0.partition_point(|(first, _)| *first <= point);
        self.0.get(after.checked_sub(1)?).map(|(_, last)| point.min(*last))
    }

    /// The one nearest to `point` at a step of the wall clock, the earlier of two that are as near.
    pub(super) fn nearest(&self, point: UnixS, calendar: &Calendar, step_s: u64) -> Option<UnixS> {
        let at = self.0.partition_point(|(_, last)| *last < point);
        let (earlier, later) = self.0.split_at_checked(at)?;
        let after = later.iter().find_map(|(first, last)| {
            calendar.step_from(point.max(*first), step_s).filter(|step| step <= last)
        });
        // The stretch that holds `point` lies among the later ones.
        let around =
            later.first().filter(|(first, _)| *first <= point).map(|(first, _)| (*first, point));
        let before = earlier.iter().copied().chain(around).rev().find_map(|(first, last)| {
            calendar.step_until(last, step_s).filter(|step| *step >= first)
        });
        match (before, after) {
            (Some(before), Some(after)) if after.since(point) < point.since(before) => Some(after),
            (before, after) => before.or(after),
        }
    }
}

/// What lies in a stretch of both; each in order and without overlaps.
pub(super) fn common(ones: &[Interval], others: &[Interval]) -> Vec<Interval> {
    let mut both = Vec::new();
    let (mut left, mut right) = (ones.iter().peekable(), others.iter().peekable());
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        both.extend(one.within(**other));
        if one.end() <= other.end() {
            left.next();
        } else {
            right.next();
        }
    }
    both
}

/// What is left of `open`, in order and without overlaps, without `taken`, in order of their starts.
fn without(open: &[Interval], taken: &[Interval]) -> Vec<Interval> {
    let mut left = Vec::with_capacity(open.len() + taken.len());
    let mut ahead = taken.iter().peekable();
    // How far what was taken reaches; stretches of it may overlap.
    let mut reached = UnixS(0);
    for stretch in open {
        let mut start = stretch.start().max(reached);
        while let Some(next) = ahead.peek().filter(|next| next.start() < stretch.end()) {
            left.extend(Interval::new(start, next.start()));
            reached = reached.max(next.end());
            start = start.max(reached);
            ahead.next();
        }
        left.extend(Interval::new(start, stretch.end()));
    }
    left
}
