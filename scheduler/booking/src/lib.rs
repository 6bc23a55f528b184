//! Clashes and next free times of bookings. Pure: told the time, asks for nothing.
//!
//! A booking claims resources (people, rooms) for an [`Interval`] `[start, end)`. Two claims on one resource never
//! overlap; the store enforces that. [`next_free`] finds the way out of a clash, [`check`] says what is wrong with a
//! request before it costs a transaction. The line of a site carries several sessions at once: [`taken`] says what a person takes
//! of it, [`first_excess`] whether a session fits beside the others, [`Tariff`] what it costs.
#![no_std]

extern crate alloc;

mod free;
mod interval;
mod line;
mod request;

pub use free::next_free;
pub use interval::{EmptyInterval, Interval, UnixS};
pub use line::{
    Band, Capacity, ClockRun, Excess, LineClaim, LineSite, Listener, Load, Misfit, Offer, Tariff,
    TariffError, bound_mb, excesses, first_excess, peak, taken,
};
pub use request::{Limits, Param, Participant, Request, RequestError, check};
