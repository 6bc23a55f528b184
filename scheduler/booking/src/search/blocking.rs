//! What keeps one resource from a session.

use alloc::vec::Vec;

use super::known::Known;
use super::wish::Resource;
use crate::availability::Why;
use crate::interval::{Interval, UnixS};

/// What keeps a resource from a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// One of the things that it keeps to is closed.
    Shut {
        /// Which, by its place in [`Resource::openings`].
        opening: usize,
        /// Why.
        why: Why,
        /// When.
        shut: Interval,
    },
    /// Another session has it.
    Taken(Interval),
    /// Another session is so near that there is no time for the way.
    Travel(Interval),
    /// It is free, and other needs of the wish need it themselves.
    Shared,
}

/// One thing that keeps one resource from serving a need that nobody else serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// The need, by its place in the wish.
    pub need: usize,
    /// The resource, by its place in the list.
    pub resource: usize,
    /// What it is.
    pub cause: Cause,
    /// The first start from the wanted one on that this cause does not keep it from at once; `None` if it lasts to the end
    /// of the span.
    pub until: Option<UnixS>,
    /// The step nearest to the wanted start at which this resource is free, taken by itself; none of one that is shared:
    /// its way out is a slot of all of them.
    pub nearest: Option<UnixS>,
}

/// Every cause that keeps `resource` from `wanted`, and until when: what is closed, then what is taken in order of time;
/// `Shared` if there is none.
pub(super) fn blockers(
    resource: &Resource<'_>,
    known: &Known,
    wanted: Interval,
) -> Vec<(Cause, Option<UnixS>)> {
    let mut found = Vec::new();
    for (opening, keeps) in resource.openings.iter().enumerate() {
        let shut = keeps.shut().iter().filter(|shut| shut.interval.overlaps(wanted));
        found.extend(shut.map(|shut| {
            let open = keeps.open().iter().map(|open| open.start());
            let until = open.filter(|open| *open > shut.interval.start()).min();
            (Cause::Shut { opening, why: shut.why, shut: shut.interval }, until)
        }));
    }
    let between_s = resource.buffer.between_s();
    found.extend(known.near(wanted, between_s).map(|claim| {
        let cause = if claim.overlaps(wanted) { Cause::Taken(claim) } else { Cause::Travel(claim) };
        (cause, Some(claim.end().plus(between_s)))
    }));
    if found.is_empty() {
        found.push((Cause::Shared, None));
    }
    found
}
