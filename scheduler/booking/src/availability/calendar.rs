//! The days of a county as its calendars count them, and how its wall clocks stand to time.

use alloc::vec::Vec;

use crate::interval::{Interval, UnixS};

/// Seconds of a day on the wall.
pub(crate) const DAY_S: i64 = 86_400;

/// A civil day: how many days it lies after 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayNumber(pub u32);

impl DayNumber {
    /// The day of the week: 1970-01-01 was a Thursday.
    #[must_use]
    pub const fn weekday(self) -> Weekday {
        match self.0 % 7 {
            0 => Weekday::Thursday,
            1 => Weekday::Friday,
            2 => Weekday::Saturday,
            3 => Weekday::Sunday,
            4 => Weekday::Monday,
            5 => Weekday::Tuesday,
            _ => Weekday::Wednesday,
        }
    }
}

/// A day of the week, in the order of ISO 8601.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names of the days say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];
}

/// A way of counting months and their days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reckoning {
    /// The civil calendar.
    Solar,
    /// The Chinese farmers' calendar.
    Lunar,
    /// The Tibetan calendar.
    Tibetan,
    /// The calendar of Islam.
    Hijri,
}

/// A day within the year of some reckoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthDay {
    /// From 1.
    pub month: u8,
    /// From 1.
    pub day: u8,
    /// Whether it lies in a month that was put in: no festival is in it.
    pub leap: bool,
}

/// What the law makes of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Legal {
    /// Its weekday decides.
    #[default]
    Ordinary,
    /// A legal holiday.
    Holiday,
    /// A day of a weekend that is worked to make up for a holiday.
    Workday,
    /// The holidays of its year are not known yet: its weekday decides, and who asks is told.
    NotPublished,
}

/// One civil day, as the calendars count it. A reckoning that nobody asks for can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// In the civil calendar.
    pub solar: MonthDay,
    /// In the Chinese farmers' calendar.
    pub lunar: Option<MonthDay>,
    /// In the Tibetan calendar.
    pub tibetan: Option<MonthDay>,
    /// In the calendar of Islam.
    pub hijri: Option<MonthDay>,
    /// What the law makes of it.
    pub legal: Legal,
}

impl Day {
    /// The day as this reckoning counts it, if that is known.
    #[must_use]
    pub const fn by(&self, reckoning: Reckoning) -> Option<MonthDay> {
        match reckoning {
            Reckoning::Solar => Some(self.solar),
            Reckoning::Lunar => self.lunar,
            Reckoning::Tibetan => self.tibetan,
            Reckoning::Hijri => self.hijri,
        }
    }
}

/// How far the wall clocks are ahead of UTC from some point in time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// First second at which it holds.
    pub from: UnixS,
    /// Seconds east of Greenwich, less than a day either way.
    pub seconds: i32,
}

/// Some days one after the other, and the wall clock over them. Days and offsets are told; a day that was not told is
/// closed to everybody.
#[derive(Clone, Debug)]
pub struct Calendar {
    first: DayNumber,
    days: Vec<Day>,
    offsets: Vec<Offset>,
}

impl Calendar {
    /// The days from `first` on. `offsets` in the order of time; the first of them holds before its own beginning too,
    /// and without any the wall shows UTC.
    #[must_use]
    pub const fn new(first: DayNumber, days: Vec<Day>, offsets: Vec<Offset>) -> Self {
        Self { first, days, offsets }
    }

    /// Every day with its number, in order.
    pub fn days(&self) -> impl Iterator<Item = (DayNumber, &Day)> {
        (self.first.0..).map(DayNumber).zip(&self.days)
    }

    /// The parts of time at which the wall shows a second of `[from_s, to_s)` of this day: one as a rule, none if clocks
    /// are put forward over it, two if it comes twice.
    pub(crate) fn instants(
        &self,
        day: DayNumber,
        from_s: i64,
        to_s: i64,
    ) -> impl Iterator<Item = Interval> + '_ {
        let midnight = i64::from(day.0) * DAY_S;
        self.spans().filter_map(move |(seconds, since, until)| {
            let start = (midnight + from_s - seconds).max(since);
            let end = (midnight + to_s - seconds).min(until);
            let at = |instant: i64| u64::try_from(instant.max(0)).ok().map(UnixS);
            Interval::new(at(start)?, at(end)?).ok()
        })
    }

    /// Each offset with the first second at which it holds and the first at which it does not.
    fn spans(&self) -> impl Iterator<Item = (i64, i64, i64)> + '_ {
        let whole = self.offsets.is_empty().then_some((0, i64::MIN, i64::MAX));
        let begins = |offset: &Offset| i64::try_from(offset.from.0).unwrap_or(i64::MAX);
        let told = self.offsets.iter().enumerate().map(move |(at, offset)| {
            let since = if at == 0 { i64::MIN } else { begins(offset) };
            let until = self.offsets.get(at + 1).map_or(i64::MAX, begins);
            (i64::from(offset.seconds), since, until)
        });
        whole.into_iter().chain(told)
    }

    /// The first time from `point` on at which the wall shows a multiple of `step_s` since midnight.
    pub(crate) fn step_from(&self, point: UnixS, step_s: u64) -> Option<UnixS> {
        let (point, step_s) = (i64::try_from(point.0).ok()?, i64::try_from(step_s.max(1)).ok()?);
        let first = self.spans().filter(|(_, _, until)| *until > point).find_map(
            |(seconds, since, until)| {
                let from = point.max(since);
                let late = (from + seconds).rem_euclid(step_s);
                let found = if late == 0 { from } else { from.checked_add(step_s - late)? };
                (found < until).then_some(found)
            },
        )?;
        u64::try_from(first).ok().map(UnixS)
    }

    /// The last time up to `point` at which the wall shows a multiple of `step_s` since midnight.
    pub(crate) fn step_until(&self, point: UnixS, step_s: u64) -> Option<UnixS> {
        let (point, step_s) = (i64::try_from(point.0).ok()?, i64::try_from(step_s.max(1)).ok()?);
        let last = self.spans().filter(|(_, since, _)| *since <= point).filter_map(
            |(seconds, since, until)| {
                let from = point.min(until.saturating_sub(1));
                let found = from - (from + seconds).rem_euclid(step_s);
                (found >= since).then_some(found)
            },
        );
        last.max().and_then(|found| u64::try_from(found).ok()).map(UnixS)
    }
}
