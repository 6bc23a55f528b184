//! What is known of when one resource is taken, and what has to be read first.

use alloc::vec::Vec;

use super::starts::{Starts, common};
use super::wish::{Resource, Wish};
use crate::availability::Calendar;
use crate::interval::{Interval, UnixS};

/// What a search has to be told before it can go on: when resources are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// By their places in the list.
    pub resources: Vec<usize>,
    /// Every claim is wanted that overlaps this.
    pub within: Interval,
    /// First and last of the starts that can then be told.
    pub(super) starts: (UnixS, UnixS),
    /// The need that looks ahead.
    pub(super) ahead: Option<usize>,
}

/// One resource as far as it was read.
#[derive(Debug)]
pub(super) struct Known {
    /// When it is open, whether it is taken or not.
    open: Vec<Interval>,
    /// The starts that it would have if it were never taken.
    pub(super) could: Starts,
    claims: Vec<Interval>,
    /// First and last start of those that can be told; none before anything was read.
    certain: Option<(UnixS, UnixS)>,
    /// Those of them at which it is free.
    pub(super) free: Starts,
}

impl Known {
    /// Nothing is read yet.
    pub(super) fn of(resource: &Resource<'_>, wish: &Wish<'_>, span: Interval) -> Self {
        let mut open: Vec<Interval> = [span].into();
        for opening in &resource.openings {
            open = common(&open, opening.open());
        }
        let could = Starts::of(&open, &[], wish.seconds);
        Self { open, could, claims: Vec::new(), certain: None, free: Starts::default() }
    }

    /// Takes the claims that `ask` wanted of it. What was known before is kept where both touch, and forgotten elsewhere.
    pub(super) fn tell(
        &mut self,
        ask: &Ask,
        claims: Vec<Interval>,
        (between_s, seconds): (u64, u64),
    ) {
        let (first, last) = ask.starts;
        let touching = self.certain.filter(|(known_first, known_last)| {
            *known_first <= last.plus(1) && first <= known_last.plus(1)
        });
        if touching.is_none() {
            self.claims.clear();
        }
        let (first, last) = touching.map_or((first, last), |(known_first, known_last)| {
            (first.min(known_first), last.max(known_last))
        });
        self.claims.extend(claims);
        self.claims.sort_unstable();
        self.claims.dedup();
        self.certain = Some((first, last));
        let padded: Vec<Interval> =
            self.claims.iter().map(|claim| claim.padded(between_s)).collect();
        let told = Interval::new(first, last.plus(seconds));
        let open = told.map_or_else(|_| Vec::new(), |told| common(&self.open, &[told]));
        self.free = Starts::of(&open, &padded, seconds);
    }

    /// The last start from `point` on up to which all can be told; `None` if `point` itself cannot.
    pub(super) fn certain_until(&self, point: UnixS) -> Option<UnixS> {
        let (first, last) = self.certain?;
        (first <= point && point <= last).then_some(last)
    }

    /// The claims that were told and lie nearer to `wanted` than `between_s`, in order.
    pub(super) fn near(&self, wanted: Interval, between_s: u64) -> impl Iterator<Item = Interval> {
        let near = move |claim: &Interval| claim.padded(between_s).overlaps(wanted);
        self.claims.iter().copied().filter(near)
    }

    /// The step of the wall clock nearest to `point` at which it is free. An error where something nearer or as near might
    /// be found by reading more: how far away, in seconds.
    pub(super) fn nearest(
        &self,
        point: UnixS,
        calendar: &Calendar,
        step_s: u64,
    ) -> Result<Option<UnixS>, u64> {
        let found = self.free.nearest(point, calendar, step_s);
        let away = |other: UnixS| point.since(other).max(other.since(point));
        let (first, last) = self.certain.unwrap_or((point, point));
        let earlier = (first > UnixS(0)).then(|| self.could.until(first.minus(1))).flatten();
        let later = self.could.from(last.plus(1));
        let unread = [earlier, later].into_iter().flatten().map(away).min();
        match unread {
            Some(unread) if found.is_none_or(|found| unread <= away(found)) => Err(unread),
            _ => Ok(found),
        }
    }

    /// How far from `point` it was read, in seconds.
    pub(super) fn read_around(&self, point: UnixS) -> u64 {
        let (first, last) = self.certain.unwrap_or((point, point));
        point.since(first).max(last.since(point))
    }
}
