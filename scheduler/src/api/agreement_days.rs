//! Days of agreements: civil days of the county, and the month around each.

use booking::{DayNumber, Interval, UnixS};
use consultation::Day;
use jiff::civil::Date;
use session::Kind;

use super::App;
use crate::almanac::{day_number, day_of};
use crate::civil::Zone;
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
    app.zone.month(app.zone.day_at(at)).ok_or_else(beyond_the_calendar)
}

fn beyond_the_calendar() -> Problem {
    problem::bad_parameter("the time is too far ahead for the calendar; choose another one")
}

/// What is to be covered of a consultation that begins then.
pub(super) fn cover(app: &App, at: UnixS) -> Result<Cover, Problem> {
    on(&app.zone, at).ok_or_else(beyond_the_calendar)
}

/// The same of a session that is moved to another day of the county; within a day nothing is asked again.
pub(super) fn cover_of_move(zone: &Zone, kind: Kind, (from, to): (UnixS, UnixS)) -> Option<Cover> {
    let moved = kind == Kind::Consultation && zone.day_at(from) != zone.day_at(to);
    let cover = moved.then(|| on(zone, to))??;
    let within = cover.month.start() <= from && from < cover.month.end();
    Some(Cover { takes_one: !within, ..cover })
}

fn on(zone: &Zone, at: UnixS) -> Option<Cover> {
    let day = zone.day_at(at);
    let (day, month) = (counted(day).unwrap_or_default(), zone.month(day)?);
    Some(Cover { at, day, month, takes_one: true })
}
