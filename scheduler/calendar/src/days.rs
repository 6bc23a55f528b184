//! The days that a rule has in one of its intervals.

use alloc::vec::Vec;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::rule::{ByDay, Frequency, Rule};

/// A rule together with what it leaves to its start: the weekday, the day of the month, the month.
pub(crate) struct Days<'a> {
    rule: &'a Rule,
    weekday: Option<Weekday>,
    month_day: Option<i8>,
    month: Option<i8>,
}

impl<'a> Days<'a> {
    pub(crate) fn new(rule: &'a Rule, start: Date) -> Self {
        let open = rule.week_days.is_empty() && rule.month_days.is_empty();
        let by_month_day = matches!(rule.frequency, Frequency::Monthly | Frequency::Yearly);
        let by_month = rule.frequency == Frequency::Yearly && rule.months.is_empty();
        Self {
            rule,
            weekday: (open && rule.frequency == Frequency::Weekly).then(|| start.weekday()),
            month_day: (open && by_month_day).then(|| start.day()),
            month: (open && by_month).then(|| start.month()),
        }
    }

    /// The first day of the interval that `day` is in; none before the calendar begins.
    pub(crate) fn first(&self, day: Date) -> Option<Date> {
        match self.rule.frequency {
            Frequency::Daily => Some(day),
            Frequency::Weekly => {
                let into = day.weekday().since(self.rule.week_start);
                day.checked_sub(i64::from(into).days()).ok()
            }
            Frequency::Monthly => Some(day.first_of_month()),
            Frequency::Yearly => Some(day.first_of_year()),
        }
    }

    /// The first day of the next interval that counts, after the one that begins with `first`.
    pub(crate) fn next(&self, first: Date) -> Option<Date> {
        self.step(first, i64::from(self.rule.interval))
    }

    fn step(&self, first: Date, intervals: i64) -> Option<Date> {
        let span = match self.rule.frequency {
            Frequency::Daily => intervals.days(),
            Frequency::Weekly => intervals.weeks(),
            Frequency::Monthly => intervals.months(),
            Frequency::Yearly => intervals.years(),
        };
        first.checked_add(span).ok()
    }

    /// The days of the interval that begins with `first`, in order. All the parts but BYSETPOS say something of a single
    /// day, wherever the standard calls them expanding or limiting.
    pub(crate) fn of(&self, first: Date) -> Vec<Date> {
        let end = self.step(first, 1).unwrap_or(Date::MAX);
        let all = first.series(1.day()).take_while(|day| *day < end);
        let set: Vec<Date> = all.filter(|day| self.has(*day)).collect();
        if self.rule.positions.is_empty() {
            return set;
        }
        let count = set.len();
        let chosen = set.into_iter().enumerate().filter(|(at, _)| self.chooses(*at, count));
        chosen.map(|(_, day)| day).collect()
    }

    /// Whether `day` would be an occurrence if the rule counted from the interval it is in.
    pub(crate) fn contains(&self, day: Date) -> bool {
        self.has(day)
            && (self.rule.positions.is_empty()
                || self.first(day).is_some_and(|first| self.of(first).contains(&day)))
    }

    fn chooses(&self, at: usize, count: usize) -> bool {
        self.rule.positions.iter().any(|position| {
            let wanted = usize::from(position.unsigned_abs());
            if *position > 0 { at + 1 == wanted } else { count - at == wanted }
        })
    }

    fn has(&self, day: Date) -> bool {
        let rule = self.rule;
        let from_end = day.day() - day.days_in_month() - 1;
        let is_month = |month: &i8| *month == day.month();
        let is_day = |wanted: &i8| *wanted == day.day() || *wanted == from_end;
        self.month.is_none_or(|month| is_month(&month))
            && self.month_day.is_none_or(|wanted| wanted == day.day())
            && self.weekday.is_none_or(|weekday| weekday == day.weekday())
            && (rule.months.is_empty() || rule.months.iter().any(is_month))
            && (rule.month_days.is_empty() || rule.month_days.iter().any(is_day))
            && (rule.week_days.is_empty()
                || rule.week_days.iter().any(|it| self.is_by_day(it, day)))
    }

    /// A number before a weekday counts within the month, and within the year if the rule is yearly and names no month.
    fn is_by_day(&self, wanted: &ByDay, day: Date) -> bool {
        if wanted.weekday != day.weekday() {
            return false;
        }
        let Some(ordinal) = wanted.ordinal else { return true };
        let whole_year = self.rule.frequency == Frequency::Yearly && self.rule.months.is_empty();
        let (at, of) = if whole_year {
            (day.day_of_year(), day.days_in_year())
        } else {
            (i16::from(day.day()), i16::from(day.days_in_month()))
        };
        let ordinal = i16::from(ordinal);
        if ordinal > 0 { (at - 1) / 7 + 1 == ordinal } else { (of - at) / 7 + 1 == -ordinal }
    }
}
