//! Clashes and next free times of bookings. Pure: told the time, asks for nothing.
//!
//! A booking claims resources (people, rooms) for an [`Interval`] `[start, end)`. Two claims on one resource never
//! overlap; the store enforces that. [`next_free`] finds the way out of a clash, [`check`] says what is wrong with a
//! request before it costs a transaction, and [`Standing::check_change`] of one that changes a booking. The line of a site carries several sessions at once: [`taken`] says what a person takes
//! of it, [`first_excess`] whether a session fits beside the others, [`Tariff`] what it costs. [`Search`] finds the earliest
//! times at which several resources are free together, each by its [`Rules`], and says what is in the way of a time that is
//! wished for. [`pair_days`] says which session of a series becomes which when its rule is another.
#![no_std]

extern crate alloc;

mod availability;
mod change;
mod free;
mod interval;
mod line;
mod request;
mod resource;
mod search;
mod series;

pub use availability::{
    Calendar, DAY_MINUTES, Day, DayNumber, Effect, Legal, MonthDay, NotAWindow, Offset, Opening,
    Overlay, Reckoning, Rules, Shut, Weekday, Weekly, When, Why, Window,
};

pub use change::Standing;
pub use free::next_free;
pub use interval::{EmptyInterval, Interval, UnixS};
pub use line::{
    Band, Capacity, ClockRun, Excess, LineClaim, LineSite, Listener, Load, MEGABYTES_MAX, Misfit,
    Offer, Tariff, TariffError, bound_mb, excesses, first_excess, peak, taken,
};
pub use request::{Limits, Param, Participant, Request, RequestError, check, check_start};
pub use resource::{NoResourceKind, ResourceKind};
pub use search::{Ask, Blocker, Buffer, Cause, Resource, Search, Slot, Wish};
pub use series::pair_days;
