//! The earliest times at which everything that is needed is free.

use alloc::vec;
use alloc::vec::Vec;

use super::blocking::{Blocker, Cause, blockers};
use super::known::{Ask, Known};
use super::matching::serve;
use super::wish::{Resource, Slot, Wish};
use crate::availability::Calendar;
use crate::interval::{Interval, UnixS};

/// How far is read ahead at first for one need.
const AHEAD_S: u64 = 4 * 3600;
/// Where that brought fewer claims than this, twice as much is read the next time.
const FEW_CLAIMS: usize = 300;
/// What is read beside the nearest time that may be free.
const BESIDE_S: u64 = 3 * 3600;

/// A wish, made ready to be looked for in a span of time. It knows what is open; when something is taken it asks for, piece
/// by piece, and no more than its answer rests on: whoever looks calls again after each [`Search::tell`].
#[derive(Debug)]
pub struct Search<'a> {
    wish: Wish<'a>,
    resources: &'a [Resource<'a>],
    calendar: &'a Calendar,
    span: Interval,
    known: Vec<Known>,
    /// The needs with how much of each is read ahead, in seconds; those that fewest can serve come first, as they rule out
    /// most for the least that is read.
    ahead: Vec<(usize, u64)>,
    /// No slot starts before this, but for those that were found.
    point: UnixS,
    found: Vec<Slot>,
}

impl<'a> Search<'a> {
    /// Looks in `span`, each day of which `calendar` tells: every slot lies in it whole. A need that names a place which no
    /// resource has goes without it.
    #[must_use]
    pub fn new(
        wish: Wish<'a>,
        resources: &'a [Resource<'a>],
        calendar: &'a Calendar,
        span: Interval,
    ) -> Self {
        let known = resources.iter().map(|resource| Known::of(resource, &wish, span)).collect();
        let mut ahead: Vec<(usize, u64)> = (0..wish.needs.len()).map(|it| (it, AHEAD_S)).collect();
        ahead.sort_by_key(|(need, _)| wish.needs.get(*need).map_or(0, Vec::len));
        let point = span.start();
        Self { wish, resources, calendar, span, known, ahead, point, found: Vec::new() }
    }

    /// Takes what `ask` wanted: places of resources in the list, each with one claim, in any order.
    pub fn tell(&mut self, ask: &Ask, claims: impl IntoIterator<Item = (usize, Interval)>) {
        let mut told: Vec<Vec<Interval>> = vec![Vec::new(); self.resources.len()];
        let mut count = 0;
        for (resource, claim) in claims {
            count += 1;
            told.get_mut(resource).into_iter().for_each(|of| of.push(claim));
        }
        for resource in &ask.resources {
            let both = self.known.get_mut(*resource).zip(told.get_mut(*resource));
            let between_s = self.resources.get(*resource).map_or(0, |it| it.buffer.between_s());
            if let Some((known, claims)) = both {
                known.tell(ask, core::mem::take(claims), (between_s, self.wish.seconds));
            }
        }
        let ahead = self.ahead.iter_mut().find(|(need, _)| ask.ahead == Some(*need));
        if let Some((_, seconds)) = ahead.filter(|_| count < FEW_CLAIMS) {
            *seconds = seconds.saturating_mul(2).min(self.span.seconds());
        }
    }

    /// The earliest slots that start at `from` or later, at most `most`, in order. A search looks once.
    pub fn earliest(&mut self, from: UnixS, most: usize) -> Result<Vec<Slot>, Ask> {
        self.point = self.point.max(from);
        while self.found.len() < most {
            match self.everybody_from(self.point) {
                Ok(Some(start)) => {
                    self.found.extend(self.matched(start));
                    self.point = start.plus(1);
                }
                Ok(None) => break,
                Err(ask) => {
                    // The need that asks has nobody before that.
                    self.point = self.point.max(ask.starts.0);
                    return Err(ask);
                }
            }
        }
        Ok(core::mem::take(&mut self.found))
    }

    /// The first step from `point` on at which each need has somebody, taken by itself.
    fn everybody_from(&self, point: UnixS) -> Result<Option<UnixS>, Ask> {
        let mut step = self.calendar.step_from(point, self.wish.step_s);
        while let Some(start) = step {
            let mut later = start;
            for (need, ahead_s) in &self.ahead {
                match self.somebody_from(*need, *ahead_s, later)? {
                    Some(free) => later = free,
                    None => return Ok(None),
                }
            }
            if later == start {
                return Ok((start.plus(self.wish.seconds) <= self.span.end()).then_some(start));
            }
            step = self.calendar.step_from(later, self.wish.step_s);
        }
        Ok(None)
    }

    /// The first start from `point` on at which somebody is free for this need. Nothing is read of times at which all are closed.
    fn somebody_from(&self, need: usize, ahead_s: u64, point: UnixS) -> Result<Option<UnixS>, Ask> {
        let mut point = point;
        loop {
            let could = self.choices(need).filter_map(|(_, known)| known.could.from(point)).min();
            let Some(open) = could else { return Ok(None) };
            point = open;
            let unread = self.choices(need).filter(|(_, it)| it.certain_until(point).is_none());
            let unread: Vec<usize> = unread.map(|(choice, _)| choice).collect();
            if !unread.is_empty() {
                let starts = (point, point.plus(ahead_s));
                return Err(self.ask(unread, starts, Some(need)));
            }
            let until =
                self.choices(need).filter_map(|(_, known)| known.certain_until(point)).min();
            let until = until.unwrap_or(point);
            let free = self.choices(need).filter_map(|(_, known)| known.free.from(point)).min();
            match free {
                Some(free) if free <= until => return Ok(Some(free)),
                _ => point = until.plus(1),
            }
        }
    }

    /// Whether each need has somebody or something that is open then, taken or not. Nothing is read for that.
    #[must_use]
    pub fn is_open(&self, start: UnixS) -> bool {
        let mut needs = 0..self.wish.needs.len();
        needs.all(|need| self.choices(need).any(|(_, known)| known.could.has(start)))
    }

    /// The slot that starts then, if everybody is free and no resource would serve two needs.
    pub fn slot(&self, start: UnixS) -> Result<Option<Slot>, Ask> {
        self.read_at(start)?;
        Ok(self.matched(start))
    }

    /// All that keeps a session from starting then; nothing if it can. Its whole length is to lie in the span.
    pub fn blocking(&self, start: UnixS) -> Result<Vec<Blocker>, Ask> {
        self.read_at(start)?;
        let Ok(wanted) = Interval::new(start, start.plus(self.wish.seconds)) else {
            return Ok(Vec::new());
        };
        let served = self.served(start);
        let unserved = served.iter().enumerate().filter(|(_, by)| by.is_none());
        let unserved = unserved.flat_map(|(need, _)| self.choices(need).map(move |it| (need, it)));
        let (mut found, mut unread, mut away_s) = (Vec::new(), Vec::new(), u64::MAX);
        for (need, (choice, known)) in unserved {
            let Some(resource) = self.resources.get(choice) else { continue };
            let causes = blockers(resource, known, wanted);
            let shared = causes.iter().all(|(cause, _)| *cause == Cause::Shared);
            let nearest = match known.nearest(start, self.calendar, self.wish.step_s) {
                _ if shared => None,
                Ok(nearest) => nearest,
                Err(away) => {
                    away_s = away_s.min(away);
                    unread.push(choice);
                    continue;
                }
            };
            let blocker =
                |(cause, until)| Blocker { need, resource: choice, cause, until, nearest };
            found.extend(causes.into_iter().map(blocker));
        }
        if unread.is_empty() {
            return Ok(found);
        }
        unread.sort_unstable();
        unread.dedup();
        let read_s = self.read_around(&unread, start);
        let around_s = away_s.saturating_add(BESIDE_S).max(read_s.saturating_mul(2));
        Err(self.ask(unread, (start.minus(around_s), start.plus(around_s)), None))
    }

    /// That all who could serve are read at this start.
    fn read_at(&self, start: UnixS) -> Result<(), Ask> {
        let needs = 0..self.wish.needs.len();
        let all = needs.flat_map(|need| self.choices(need));
        let unread = all.filter(|(_, known)| known.certain_until(start).is_none());
        let mut unread: Vec<usize> = unread.map(|(choice, _)| choice).collect();
        unread.sort_unstable();
        unread.dedup();
        if unread.is_empty() { Ok(()) } else { Err(self.ask(unread, (start, start), None)) }
    }

    fn read_around(&self, resources: &[usize], start: UnixS) -> u64 {
        let known = resources.iter().filter_map(|it| self.known.get(*it));
        known.map(|known| known.read_around(start)).max().unwrap_or(0)
    }

    /// What must be read to tell these starts.
    fn ask(
        &self,
        resources: Vec<usize>,
        (first, last): (UnixS, UnixS),
        ahead: Option<usize>,
    ) -> Ask {
        let longest = resources.iter().filter_map(|it| self.resources.get(*it));
        let between_s = longest.map(|it| it.buffer.between_s()).max().unwrap_or(0);
        let last = last.min(self.span.end().minus(self.wish.seconds)).max(first);
        let first = first.max(self.span.start()).min(last);
        let starts = (first, last);
        let within = Interval::new(first, last.plus(self.wish.seconds.max(1)));
        let within = within.unwrap_or(self.span).padded(between_s);
        Ask { resources, within, starts, ahead }
    }

    /// Who and what could serve a need.
    fn choices(&self, need: usize) -> impl Iterator<Item = (usize, &Known)> {
        let places = self.wish.needs.get(need).into_iter().flatten();
        places.filter_map(|place| Some((*place, self.known.get(*place)?)))
    }

    fn matched(&self, start: UnixS) -> Option<Slot> {
        let interval = Interval::new(start, start.plus(self.wish.seconds)).ok()?;
        let inside = self.span.start() <= start && interval.end() <= self.span.end();
        let served_by: Option<Vec<usize>> = self.served(start).into_iter().collect();
        inside.then_some(())?;
        Some(Slot { interval, served_by: served_by? })
    }

    fn served(&self, start: UnixS) -> Vec<Option<usize>> {
        let free = |choice: usize| self.known.get(choice).is_some_and(|it| it.free.has(start));
        serve(self.wish.needs, free)
    }
}
