//! The forms of availability and of holidays, camelCase JSON. What was said is kept in the same form.

use booking::{Effect, Reckoning, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::names_wire::{NamesForm, NamesSchema};

/// When a person, a room or all of a site can be used, by the wall clock of the county. The first that applies decides the
/// hours of a day: an exception; a make-up workday of its own; a legal holiday; an overlay by days; the weekday. Overlays by
/// hours hold on every day.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Availability {
    /// Hours by weekday, at most 60; null = day and night.
    pub(super) weekly: Option<Vec<Hours>>,
    /// Days with hours of their own, at most 400; closed if without a window.
    pub(super) exceptions: Vec<Exception>,
    /// Days on which the hours of another weekday hold, at most 60.
    pub(super) workdays: Vec<Workday>,
    /// Closed on legal holidays, and open on the weekends that make up for them: a Saturday then has the hours of Friday, a
    /// Sunday those of Monday.
    pub(super) keeps_holidays: bool,
    /// What else changes its hours, at most 20.
    pub(super) overlays: Vec<Overlay>,
    /// Minutes that are needed before each of its sessions, such as the way there, at most 720.
    pub(super) before_minutes: u32,
    /// Minutes that are needed after each of its sessions, at most 720.
    pub(super) after_minutes: u32,
}

/// A part of a day.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DayWindow)]
pub(super) struct Window {
    #[schema(example = "08:00")]
    pub(super) from: String,
    /// Not in it any more; `24:00` is midnight.
    #[schema(example = "12:00")]
    pub(super) to: String,
}

/// A part of some days of the week.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Hours {
    /// At least one.
    pub(super) days: Vec<DayOfWeek>,
    #[schema(example = "08:00")]
    pub(super) from: String,
    /// Not in it any more; `24:00` is midnight.
    #[schema(example = "12:00")]
    pub(super) to: String,
}

/// A day with hours of its own.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Exception {
    /// YYYY-MM-DD.
    pub(super) day: String,
    /// At most 8; none = closed.
    #[serde(default)]
    pub(super) windows: Vec<Window>,
}

/// A day with the hours of another weekday.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Workday {
    /// YYYY-MM-DD.
    pub(super) day: String,
    pub(super) like: DayOfWeek,
}

/// A time at which hours do not hold: exactly one of `days`, `monthDays`, `yearly` and `hours`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Overlay {
    /// As people call it, one line of at most 60 characters.
    #[schema(example = "赶集")]
    pub(super) name: String,
    /// Closed then, or only then not.
    pub(super) effect: OverlayEffect,
    /// Spans of days, at most 60: terms, exam weeks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) days: Option<Vec<Days>>,
    /// Market days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) month_days: Option<MonthDays>,
    /// A festival.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) yearly: Option<Yearly>,
    /// Hours of the week, at most 60: power, a satellite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hours: Option<Vec<Hours>>,
}

/// Days in a row.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Days {
    /// YYYY-MM-DD.
    pub(super) from: String,
    /// The last of them.
    pub(super) to: String,
}

/// Days of the month by their last digit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MonthDays {
    pub(super) reckoning: MonthReckoning,
    /// Each from 0 to 9: 3, 6 and 9 are the days 3, 6, 9, 13, 16, 19, 23, 26 and 29.
    pub(super) digits: Vec<u8>,
}

/// Days of one month of the year.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Yearly {
    pub(super) reckoning: MonthReckoning,
    /// From 1 to 12.
    pub(super) month: u8,
    /// The first day, from 1.
    pub(super) from: u8,
    /// The last day, at most 31.
    pub(super) to: u8,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum DayOfWeek {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<DayOfWeek> for Weekday {
    fn from(day: DayOfWeek) -> Self {
        match day {
            DayOfWeek::Monday => Self::Monday,
            DayOfWeek::Tuesday => Self::Tuesday,
            DayOfWeek::Wednesday => Self::Wednesday,
            DayOfWeek::Thursday => Self::Thursday,
            DayOfWeek::Friday => Self::Friday,
            DayOfWeek::Saturday => Self::Saturday,
            DayOfWeek::Sunday => Self::Sunday,
        }
    }
}

/// A way of counting months: the civil one, the Chinese farmers', the Tibetan, that of Islam (by its tables).
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum MonthReckoning {
    Solar,
    Lunar,
    Tibetan,
    Hijri,
}

impl From<MonthReckoning> for Reckoning {
    fn from(reckoning: MonthReckoning) -> Self {
        match reckoning {
            MonthReckoning::Solar => Self::Solar,
            MonthReckoning::Lunar => Self::Lunar,
            MonthReckoning::Tibetan => Self::Tibetan,
            MonthReckoning::Hijri => Self::Hijri,
        }
    }
}

/// What an overlay does.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum OverlayEffect {
    /// Closed then.
    Closed,
    /// Closed at all other times.
    Only,
}

impl From<OverlayEffect> for Effect {
    fn from(effect: OverlayEffect) -> Self {
        match effect {
            OverlayEffect::Closed => Self::Closed,
            OverlayEffect::Only => Self::Only,
        }
    }
}

/// The years of which the legal holidays are known.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HolidayYears {
    /// In order; a year that is not among them is not published yet.
    pub(super) published: Vec<i16>,
}

/// The legal holidays of a year.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HolidayYear)]
pub(super) struct HolidayYearTold {
    pub(super) year: i16,
    /// Whether they are known. If not, weekdays alone decide.
    pub(super) published: bool,
    /// Where they come from: `county`, or a package by its name.
    #[schema(required = true)]
    pub(super) source: Option<String>,
    #[serde(flatten)]
    pub(super) days: HolidayDays,
}

/// Holidays and the workdays that make up for them.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HolidayDays {
    /// At most 60 spans.
    pub(super) holidays: Vec<Holiday>,
    /// Days of weekends that are worked, YYYY-MM-DD, at most 60.
    pub(super) workdays: Vec<String>,
}

/// Days in a row of one holiday.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Holiday {
    /// YYYY-MM-DD.
    pub(super) from: String,
    /// The last of them.
    pub(super) to: String,
    #[schema(value_type = NamesSchema)]
    pub(super) names: NamesForm,
}
