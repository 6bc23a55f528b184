//! A rule from its start on: which instants it has.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::days::Days;
use crate::rule::{Rule, RuleEnd};

/// Most intervals of a rule that are looked at, and with them the time that an impossible rule takes: 109 years of days.
const INTERVALS_MAX: usize = 40_000;
/// How far before and after a start that is not in its rule the nearest day is looked for: a leap year's day is within.
const NEAREST_DAYS: i32 = 366 * 8;

/// Why a rule cannot begin with a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The start is not in its own rule. Programs differ in whether it is an occurrence, so it is none here.
    #[error("the start is not a day of its own rule")]
    NotInRule {
        /// The nearest start before it that is in the rule, within eight years.
        before: Option<DateTime>,
        /// The nearest start after it that is in the rule, within eight years; with neither, the rule has no day at all.
        after: Option<DateTime>,
    },
    /// The rule ends before it begins.
    #[error("the rule ends before its start")]
    EndsBeforeStart,
    /// No instant of the zone is near: the calendar's end.
    #[error("the start is beyond the calendar")]
    BeyondCalendar,
}

/// How much of a recurrence is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// No occurrence at this time or later.
    pub until: Timestamp,
    /// Most occurrences.
    pub occurrences_max: usize,
}

/// One occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// Local time as the rule says it.
    pub local: DateTime,
    /// When that is. In an hour that the clock skips it is as late as it would be without the skip, and of two it is the
    /// first (section 3.3.5).
    pub at: Timestamp,
}

/// Where the occurrences of an [`Expansion`] end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// These are all there are.
    Rule,
    /// There may be others at [`Bounds::until`] or later.
    Until,
    /// There are more than [`Bounds::occurrences_max`].
    Full,
    /// So many intervals of the rule were looked at that it was given up.
    GivenUp,
}

/// The occurrences of a recurrence within bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// In order, none twice.
    pub occurrences: Vec<Occurrence>,
    /// Why there are no more.
    pub end: End,
}

/// A rule with its start, its zone, and what was added to it and taken from it.
#[derive(Debug, Clone)]
pub struct Recurrence {
    start: DateTime,
    zone: TimeZone,
    rule: Rule,
    added: Vec<DateTime>,
    excluded: Vec<DateTime>,
}

impl Recurrence {
    /// `rule` from `start` on, in the local time of `zone`. Refused if the start is not in its own rule.
    pub fn new(start: DateTime, zone: TimeZone, rule: Rule) -> Result<Self, StartError> {
        if !starts(&rule, start.date()) {
            let nearest = |direction| nearest(&rule, start, direction);
            return Err(StartError::NotInRule { before: nearest(-1), after: nearest(1) });
        }
        let at = instant(&zone, start).ok_or(StartError::BeyondCalendar)?;
        if matches!(rule.end, RuleEnd::Until(until) if until < at) {
            return Err(StartError::EndsBeforeStart);
        }
        Ok(Self { start, zone, rule, added: Vec::new(), excluded: Vec::new() })
    }

    /// With further occurrences (RDATE), in local time. They do not count for COUNT.
    #[must_use]
    pub fn with_added(mut self, added: Vec<DateTime>) -> Self {
        self.added = added;
        self
    }

    /// Without the occurrences at these local times (EXDATE), whether the rule has them or they were added. For COUNT they
    /// count.
    #[must_use]
    pub fn with_excluded(mut self, excluded: Vec<DateTime>) -> Self {
        self.excluded = excluded;
        self
    }

    /// The start, in local time.
    #[must_use]
    pub const fn start(&self) -> DateTime {
        self.start
    }

    /// The occurrences within `bounds`. Ends for every rule.
    #[must_use]
    pub fn expand(&self, bounds: &Bounds) -> Expansion {
        // One more than fits, to know whether there are more; an exception may take each of its own away.
        let most = bounds.occurrences_max.saturating_add(self.excluded.len()).saturating_add(1);
        let (mut found, mut end) = self.by_rule(bounds.until, most);
        for local in &self.added {
            match instant(&self.zone, *local) {
                Some(at) if at < bounds.until => {
                    found.entry(at).or_insert(*local);
                }
                _ => end = if end == End::Rule { End::Until } else { end },
            }
        }
        for local in &self.excluded {
            if let Some(at) = instant(&self.zone, *local) {
                found.remove(&at);
            }
        }
        if found.len() > bounds.occurrences_max {
            end = End::Full;
        }
        let occurrences = found.into_iter().map(|(at, local)| Occurrence { local, at });
        Expansion { occurrences: occurrences.take(bounds.occurrences_max).collect(), end }
    }

    fn by_rule(&self, until: Timestamp, most: usize) -> (BTreeMap<Timestamp, DateTime>, End) {
        let days = Days::new(&self.rule, self.start.date());
        let mut found = BTreeMap::new();
        let mut counted = 0_u32;
        let mut interval = days.first(self.start.date());
        for _ in 0..INTERVALS_MAX {
            let Some(first) = interval else { return (found, End::Rule) };
            match instant(&self.zone, first.to_datetime(self.start.time())) {
                None => return (found, End::Rule),
                Some(at) if self.ended(at, counted) => return (found, End::Rule),
                Some(at) if at >= until => return (found, End::Until),
                Some(_) => {}
            }
            for day in days.of(first).into_iter().filter(|day| *day >= self.start.date()) {
                let local = day.to_datetime(self.start.time());
                let Some(at) = instant(&self.zone, local) else { return (found, End::Rule) };
                if self.ended(at, counted) {
                    return (found, End::Rule);
                }
                if at >= until {
                    return (found, End::Until);
                }
                if found.len() >= most {
                    return (found, End::Full);
                }
                counted = counted.saturating_add(1);
                found.insert(at, local);
            }
            interval = days.next(first);
        }
        (found, End::GivenUp)
    }

    fn ended(&self, at: Timestamp, counted: u32) -> bool {
        match self.rule.end {
            RuleEnd::Never => false,
            RuleEnd::Count(count) => counted >= count,
            RuleEnd::Until(until) => at > until,
        }
    }
}

/// Whether a rule can begin with this day: whether it has the day, counted from it.
fn starts(rule: &Rule, day: Date) -> bool {
    Days::new(rule, day).contains(day)
}

fn nearest(rule: &Rule, start: DateTime, direction: i32) -> Option<DateTime> {
    let day = |distance: i32| start.date().checked_add((distance * direction).days()).ok();
    let mut days = (1..=NEAREST_DAYS).map_while(day);
    days.find(|day| starts(rule, *day)).map(|day| day.to_datetime(start.time()))
}

/// Section 3.3.5: a local time that the clock skips is read with the offset before the gap; of two the first is meant.
fn instant(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(local).compatible().ok()
}
