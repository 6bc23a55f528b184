//! Who is taken when: the no-overlap rule in plain words, the model that `next_free` and the store are tested against.
#![allow(dead_code, reason = "every test uses a part of it")]

use std::collections::BTreeMap;

use booking::{Interval, UnixS, next_free};

/// Why a claim was refused: this resource is taken then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clash<R> {
    /// The first of the wanted resources that is taken.
    pub(crate) resource: R,
    /// Its earliest claim that overlaps the wanted interval.
    pub(crate) taken: Interval,
}

/// The claims on every resource. Claims on one resource never overlap.
#[derive(Debug, Clone)]
pub(crate) struct Calendar<R> {
    /// By resource, start -> end.
    claims: BTreeMap<R, BTreeMap<UnixS, UnixS>>,
}

impl<R> Default for Calendar<R> {
    fn default() -> Self {
        Self { claims: BTreeMap::new() }
    }
}

impl<R: Ord + Clone> Calendar<R> {
    /// Claims all of `resources` for `wanted`, or none of them.
    pub(crate) fn claim(&mut self, resources: &[R], wanted: Interval) -> Result<(), Clash<R>> {
        if let Some(clash) = self.first_clash(resources, wanted) {
            return Err(clash);
        }
        for resource in resources {
            self.claims.entry(resource.clone()).or_default().insert(wanted.start(), wanted.end());
        }
        Ok(())
    }

    /// Gives back the claims of `resources` that are exactly `held`.
    pub(crate) fn release(&mut self, resources: &[R], held: Interval) {
        for resource in resources {
            let Some(taken) = self.claims.get_mut(resource) else { continue };
            if taken.get(&held.start()) == Some(&held.end()) {
                taken.remove(&held.start());
            }
        }
    }

    /// The first of `resources`, in the given order, that is taken during `wanted`.
    pub(crate) fn first_clash(&self, resources: &[R], wanted: Interval) -> Option<Clash<R>> {
        resources.iter().find_map(|resource| {
            let taken = self.busy(resource).find(|taken| taken.overlaps(wanted))?;
            Some(Clash { resource: resource.clone(), taken })
        })
    }

    /// The earliest stretch of `seconds` from `from` on, ending by `until`, when all of `resources` are free.
    pub(crate) fn next_free(
        &self,
        resources: &[R],
        from: UnixS,
        seconds: u64,
        until: UnixS,
    ) -> Option<Interval> {
        let busy: Vec<Interval> =
            resources.iter().flat_map(|resource| self.busy(resource)).collect();
        next_free(&busy, from, seconds, until)
    }

    /// The claims on `resource`, earliest first.
    pub(crate) fn busy(&self, resource: &R) -> impl Iterator<Item = Interval> + '_ {
        let taken = self.claims.get(resource).into_iter().flatten();
        taken.filter_map(|(start, end)| Interval::new(*start, *end).ok())
    }
}
