//! From received packets to a timeline: order, no doubles, holes, and the wall time of each.
//!
//! A [`Stream`] takes one SSRC's packets as they came in and gives them back in sending order. A
//! [`Clock`] says when each was captured, by the publisher's sender reports and, where there are
//! none, by the least delayed arrivals. [`frames`] joins video packets to whole frames; [`unit`] makes
//! of one what a container wants.

mod clock;
mod frame;
mod payload;
mod stream;
mod unit;

pub use clock::{Clock, Report, delay_of};
pub use frame::{Frame, Frames, frames};
pub use payload::Part;
pub use stream::{Entry, Place, Stream};
pub use unit::unit;

/// Microseconds since 1970 (UTC), or a span of them.
pub type Us = i64;
