//! The words of media: extended sequence numbers, RTP time, layers, packets.
//!
//! Every crate that touches media speaks these words, so that a number cannot be
//! mistaken for another kind of number. No state, no I/O; `no_std` makes the
//! compiler keep that promise.
//!
//! ```
//! use media::{RtpTime, extend};
//!
//! assert_eq!(extend(65_534, 1), 65_537, "the counter wrapped once");
//! assert_eq!(RtpTime(5).since(RtpTime(u32::MAX)), 6);
//! ```

#![no_std]

mod packet;
mod time;

pub use packet::{Layer, MediaKind, Packet, Picture};
pub use time::{Ms, RtpTime};

/// The number nearest to `highest` whose low 16 bits are `low` (RFC 3550, appendix A.1): turns the
/// wrapping sequence number of the wire into a counter that only grows.
#[must_use]
pub const fn extend(highest: u64, low: u16) -> u64 {
    let distance = low.wrapping_sub(highest as u16) as i16;
    highest.wrapping_add_signed(distance as i64)
}
