//! When something can be used, as its people say it: hours on the wall, and what changes them.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::calendar::{Day, DayNumber, Legal, Reckoning, Weekday};

/// Minutes of a day on the wall.
pub const DAY_MINUTES: u16 = 1_440;

/// A window that closes before it opens, or after midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a window must close after it opens, and at 24:00 at the latest")]
pub struct NotAWindow;

/// A part of a day by the wall clock, in minutes since midnight, the closing minute not in it. What goes past midnight
/// is two windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    opens: u16,
    closes: u16,
}

impl Window {
    /// All of a day.
    pub const DAY: Self = Self { opens: 0, closes: DAY_MINUTES };

    /// From minute `opens` up to minute `closes`.
    pub const fn new(opens: u16, closes: u16) -> Result<Self, NotAWindow> {
        if opens < closes && closes <= DAY_MINUTES {
            Ok(Self { opens, closes })
        } else {
            Err(NotAWindow)
        }
    }

    /// First minute in it.
    #[must_use]
    pub const fn opens(self) -> u16 {
        self.opens
    }

    /// First minute after it.
    #[must_use]
    pub const fn closes(self) -> u16 {
        self.closes
    }

    /// Whether this minute is in it.
    #[must_use]
    pub const fn has(self, minute: u16) -> bool {
        self.opens <= minute && minute < self.closes
    }
}

/// The windows of each day of a week. They may overlap: what is in one of them is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weekly(BTreeMap<Weekday, Vec<Window>>);

impl Weekly {
    /// Adds a window to a weekday.
    pub fn add(&mut self, weekday: Weekday, window: Window) {
        self.0.entry(weekday).or_default().push(window);
    }

    /// The windows of this weekday; none if it is closed all day.
    #[must_use]
    pub fn on(&self, weekday: Weekday) -> &[Window] {
        self.0.get(&weekday).map_or(&[], Vec::as_slice)
    }
}

/// A time that comes again, or some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// Spans of days, first and last of each: terms, exam weeks, harvest.
    Days(Vec<(DayNumber, DayNumber)>),
    /// Days of the month by their last digit, such as every 3rd, 6th and 9th: market days.
    Digits {
        /// Which month.
        reckoning: Reckoning,
        /// Bit `n` is set for days whose last digit is `n`.
        digits: u16,
    },
    /// The days from the one to the other of one month of the year: festivals.
    Yearly {
        /// Which year.
        reckoning: Reckoning,
        /// From 1.
        month: u8,
        /// Day of the month that is the first, from 1.
        first: u8,
        /// Day of the month that is the last.
        last: u8,
    },
    /// Windows of the week: power, a satellite.
    Hours(Weekly),
}

impl When {
    /// Whether a day is one of them; `None` of hours, which are no days. A day that is not known in the reckoning is none.
    #[must_use]
    pub fn on_day(&self, number: DayNumber, day: &Day) -> Option<bool> {
        match self {
            Self::Days(spans) => {
                Some(spans.iter().any(|(first, last)| *first <= number && number <= *last))
            }
            Self::Digits { reckoning, digits } => {
                Some(day.by(*reckoning).is_some_and(|it| digits & (1 << (it.day % 10)) != 0))
            }
            Self::Yearly { reckoning, month, first, last } => {
                let there = day.by(*reckoning).is_some_and(|it| {
                    !it.leap && it.month == *month && (*first..=*last).contains(&it.day)
                });
                Some(there)
            }
            Self::Hours(_) => None,
        }
    }
}

/// What an overlay does to who has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Closed then.
    Closed,
    /// Closed at all other times.
    Only,
}

/// A time at which hours do not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// When.
    pub when: When,
    /// What it does.
    pub effect: Effect,
}

/// When something can be used. The first that applies decides the hours of a day: an exception; a make-up workday of
/// its own; a legal holiday; an overlay by days; the weekday. Overlays by hours hold on every day: where there is no
/// power there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Hours by weekday; open day and night if absent.
    pub weekly: Option<Weekly>,
    /// Days with hours of their own; closed if without a window.
    pub exceptions: BTreeMap<DayNumber, Vec<Window>>,
    /// Days on which the hours of another weekday hold.
    pub workdays: BTreeMap<DayNumber, Weekday>,
    /// Whether it is closed on legal holidays and open on the workdays that make up for them: a Saturday then has the
    /// hours of Friday, a Sunday those of Monday.
    pub keeps_holidays: bool,
    /// What else changes its hours.
    pub overlays: Vec<Overlay>,
}

/// Why something is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is outside of the hours of that weekday.
    Hours,
    /// It is outside of the hours that this day has of its own.
    Exception,
    /// The day is a legal holiday.
    Holiday,
    /// An overlay, by its place in the list.
    Overlay(usize),
}

impl Rules {
    /// The windows of a day before overlays by hours, and why it is closed outside of them.
    pub(crate) fn hours(&self, number: DayNumber, day: &Day) -> (&[Window], Why) {
        if let Some(windows) = self.exceptions.get(&number) {
            return (windows, Why::Exception);
        }
        if let Some(like) = self.workdays.get(&number) {
            return (self.of_week(*like), Why::Hours);
        }
        if self.keeps_holidays && day.legal == Legal::Holiday {
            return (&[], Why::Holiday);
        }
        let shut = self.overlays.iter().position(|overlay| {
            let there = overlay.when.on_day(number, day);
            there.is_some_and(|there| there == (overlay.effect == Effect::Closed))
        });
        if let Some(place) = shut {
            return (&[], Why::Overlay(place));
        }
        let weekday = match number.weekday() {
            Weekday::Saturday if self.makes_up(day) => Weekday::Friday,
            Weekday::Sunday if self.makes_up(day) => Weekday::Monday,
            other => other,
        };
        (self.of_week(weekday), Why::Hours)
    }

    fn makes_up(&self, day: &Day) -> bool {
        self.keeps_holidays && day.legal == Legal::Workday
    }

    fn of_week(&self, weekday: Weekday) -> &[Window] {
        self.weekly.as_ref().map_or(&[Window::DAY], |weekly| weekly.on(weekday))
    }

    /// Overlays by hours: place in the list, windows of this weekday, effect.
    pub(crate) fn by_hours(
        &self,
        weekday: Weekday,
    ) -> impl Iterator<Item = (usize, &[Window], Effect)> {
        self.overlays.iter().enumerate().filter_map(move |(place, overlay)| match &overlay.when {
            When::Hours(weekly) => Some((place, weekly.on(weekday), overlay.effect)),
            When::Days(_) | When::Digits { .. } | When::Yearly { .. } => None,
        })
    }
}
