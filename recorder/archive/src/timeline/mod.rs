//! From received packets to a timeline: order, no doubles, holes, and the wall time of each.
//!
//! A [`Stream`] takes one SSRC's packets as they came in and gives them back in sending order.
//! [`captured`] says when each was captured: the gateway's own clock bounds it, the RTP clock orders it.
//! [`in_step`] lets sender reports put the streams of one publisher in step. [`frames`] joins video
//! packets to whole frames; [`unit`] makes of one what a container wants.

mod clock;
mod frame;
mod payload;
mod report;
mod stream;
mod unit;

pub use clock::captured;
pub use frame::{Frame, Frames, frames};
pub use payload::Part;
pub use report::{Ahead, Report, in_step};
pub use stream::{Entry, Extent, Stream};
pub use unit::unit;

/// Microseconds since 1970 (UTC), or a span of them.
pub type Us = i64;

/// Whole milliseconds of a span, 0 if it is negative.
pub(crate) fn ms(us: Us) -> u64 {
    u64::try_from(us / 1_000).unwrap_or_default()
}
