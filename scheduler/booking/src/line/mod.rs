//! The access line of a site as something that is booked: kilobits a second at once, megabytes, and money by the hour.
//!
//! Unlike a person or a room a line carries several sessions at the same time, as long as the sum of what their people take
//! is within its [`Capacity`] at every second.

mod capacity;
mod load;
mod site;
mod taken;
mod tariff;

pub use capacity::{Excess, LineClaim, excesses, first_excess, peak};
pub use load::{Capacity, Load};
pub use site::{LineSite, Misfit, Offer};
pub use taken::{Listener, MEGABYTES_MAX, bound_mb, taken};
pub use tariff::{Band, ClockRun, Tariff, TariffError};
