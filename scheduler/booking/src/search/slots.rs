//! The earliest times at which everything that is needed is free.

use alloc::vec::Vec;

use super::blocking::{Blocker, Cause, blockers};
use super::matching::serve;
use super::starts::Starts;
use super::wish::{Resource, Slot, Wish};
use crate::availability::Calendar;
use crate::interval::{Interval, UnixS};

/// A wish, made ready to be looked for in a span of time. O(n log n) in openings and claims to make.
#[derive(Debug)]
pub struct Search<'a> {
    wish: Wish<'a>,
    resources: &'a [Resource<'a>],
    calendar: &'a Calendar,
    span: Interval,
    /// Of each resource that some need names.
    starts: Vec<Starts>,
}

impl<'a> Search<'a> {
    /// Looks in `span`: every slot lies in it whole. A need that names a place which no resource has goes without it.
    #[must_use]
    pub fn new(
        wish: Wish<'a>,
        resources: &'a [Resource<'a>],
        calendar: &'a Calendar,
        span: Interval,
    ) -> Self {
        let starts = resources.iter().map(|resource| Starts::of(resource, &wish, span)).collect();
        Self { wish, resources, calendar, span, starts }
    }

    /// The earliest slots that start at `from` or later, at most `most`, in order.
    #[must_use]
    pub fn earliest(&self, from: UnixS, most: usize) -> Vec<Slot> {
        let of_need = |choices: &Vec<usize>| {
            Starts::of_any(choices.iter().filter_map(|choice| self.starts.get(*choice)))
        };
        let of_needs: Vec<Starts> = self.wish.needs.iter().map(of_need).collect();
        let mut slots = Vec::new();
        let mut point = self.span.start().max(from);
        while slots.len() < most {
            let Some(start) = self.everybody_from(&of_needs, point) else { break };
            slots.extend(self.slot(start));
            point = start.plus(1);
        }
        slots
    }

    /// The first step from `point` on at which each need has somebody, taken by itself.
    fn everybody_from(&self, of_needs: &[Starts], point: UnixS) -> Option<UnixS> {
        let mut start = self.calendar.step_from(point, self.wish.step_s)?;
        loop {
            let mut later = start;
            for starts in of_needs {
                later = starts.from(later)?;
            }
            if later == start {
                return (start.plus(self.wish.seconds) <= self.span.end()).then_some(start);
            }
            start = self.calendar.step_from(later, self.wish.step_s)?;
        }
    }

    /// The slot that starts then, if everybody is free and no resource would serve two needs.
    #[must_use]
    pub fn slot(&self, start: UnixS) -> Option<Slot> {
        let interval = Interval::new(start, start.plus(self.wish.seconds)).ok()?;
        let inside = self.span.start() <= start && interval.end() <= self.span.end();
        let served_by: Option<Vec<usize>> = self.served(start).into_iter().collect();
        inside.then_some(())?;
        Some(Slot { interval, served_by: served_by? })
    }

    /// All that keeps a session from starting then; nothing if it can. Its whole length is to lie in the span.
    #[must_use]
    pub fn blocking(&self, start: UnixS) -> Vec<Blocker> {
        let Ok(wanted) = Interval::new(start, start.plus(self.wish.seconds)) else {
            return Vec::new();
        };
        let served = self.served(start);
        let unserved = self.wish.needs.iter().zip(&served).enumerate();
        let unserved = unserved.filter(|(_, (_, by))| by.is_none());
        let choices =
            unserved.flat_map(|(need, (choices, _))| choices.iter().map(move |it| (need, *it)));
        let mut found = Vec::new();
        for (need, choice) in choices {
            let both = self.resources.get(choice).zip(self.starts.get(choice));
            let Some((resource, starts)) = both else { continue };
            for (cause, until) in blockers(resource, wanted) {
                let nearest = match cause {
                    Cause::Shared => None,
                    _ => starts.nearest(start, self.calendar, self.wish.step_s),
                };
                found.push(Blocker { need, resource: choice, cause, until, nearest });
            }
        }
        found
    }

    fn served(&self, start: UnixS) -> Vec<Option<usize>> {
        let free = |choice: usize| self.starts.get(choice).is_some_and(|starts| starts.has(start));
        serve(self.wish.needs, free)
    }
}
