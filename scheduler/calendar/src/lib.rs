//! What iCalendar (RFC 5545) says of series of events, and the text of a feed. Pure: told zone and time, asks for nothing.
//!
//! A [`Rule`] is read from text such as `FREQ=WEEKLY;BYDAY=MO,WE;COUNT=20`. A [`Recurrence`] is a rule with a start in
//! local time, a zone, additions (RDATE) and exceptions (EXDATE); [`Recurrence::expand`] gives its instants. A start that
//! is not in its own rule is refused: programs differ in what they make of one (RFC 5545 leaves it undefined). [`feed`]
//! writes events for the calendar programs of people, [`invitation`] one event or series of them for one person's mail (RFC 5546).
//!
//! ```
//! use jiff::{civil::date, tz::TimeZone};
//! let rule = "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3".parse().unwrap();
//! let monday = date(2026, 11, 23).at(9, 30, 0, 0);
//! let lessons = calendar::Recurrence::new(monday, TimeZone::UTC, rule).unwrap();
//! let bounds = calendar::Bounds { until: "2027-01-01T00:00:00Z".parse().unwrap(), occurrences_max: 100 };
//! let days: Vec<_> = lessons.expand(&bounds).occurrences.iter().map(|it| it.local.date().to_string()).collect();
//! assert_eq!(days, ["2026-11-23", "2026-11-25", "2026-11-30"]);
//! ```
#![no_std]

extern crate alloc;

mod days;
mod feed;
mod invitation;
mod lines;
mod parse;
mod recurrence;
mod rule;

pub use feed::{Event, Place, feed, uid};
pub use invitation::{
    Attendance, Instance, Invitation, Method, Party, Repeated, Repetition, Times, invitation,
};
pub use parse::RuleError;
pub use recurrence::{Bounds, End, Expansion, Occurrence, Recurrence, StartError};
pub use rule::{ByDay, Frequency, RULE_BYTES_MAX, Rule, RuleEnd};
