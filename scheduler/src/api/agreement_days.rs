//! Days of agreements: civil days of the county, and the month around each.

use booking::{DayNumber, Interval, UnixS};
use consultation::Day;
use jiff::civil::Date;

use super::App;
use crate::almanac::{day_number, day_of};
use crate::problem::{self, Problem};
use crate::store::Cover;

/// YYYY-MM-DD of a day.
pub(super) fn written(day: Day) -> String {
    day_of(DayNumber(day)).to_string()
}

/// A day as agreements count it; none before 1970.
pub(super) fn counted(day: Date) -> Option<Day> {
    day_number(day).map(|it| it.0)
}

/// The month that a time lies in, in the county's zone.
pub(super) fn month(app: &App, at: UnixS) -> Result<Interval, Problem> {
    app.zone.month(app.zone.day_at(at)).ok_or_else(|| {
        problem::bad_parameter("the time is too far ahead for the calendar; choose another one")
    })
}

/// What is to be covered of a consultation that begins then.
pub(super) fn cover(app: &App, at: UnixS) -> Result<Cover, Problem> {
    let day = counted(app.zone.day_at(at)).unwrap_or_default();
    Ok(Cover { at, day, month: month(app, at)? })
}
