//! When people, rooms, terminals and sites can be used: hours by the wall clock, exceptions, holidays, market days, power.

mod calendar;
mod opening;
mod rules;

pub use calendar::{Calendar, Day, DayNumber, Legal, MonthDay, Offset, Reckoning, Weekday};
pub use opening::{Opening, Shut};
pub use rules::{DAY_MINUTES, Effect, NotAWindow, Overlay, Rules, Weekly, When, Why, Window};
