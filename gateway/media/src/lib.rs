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

mod frame;
mod ids;
mod layer;
mod packet;
mod time;

pub use frame::{Frame, NEEDS_MAX, Target, Targets};
pub use ids::{ListenerId, RoomId, TrackId};
pub use layer::Layer;
pub use packet::{MediaKind, Packet, Picture, Temporal};
pub use time::{Ms, RtpTime};

/// The number nearest to `highest` whose low 16 bits are `low` (RFC 3550, appendix A.1): turns the
/// wrapping sequence number of the wire into a counter that only grows. Near 0, where the nearest one
/// would be negative, it is the one with the same low bits that exists.
#[must_use]
pub const fn extend(highest: u64, low: u16) -> u64 {
    let distance = low.wrapping_sub(highest as u16) as i16;
    match highest.checked_add_signed(distance as i64) {
        Some(number) => number,
        None => highest & !0xffff | low as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_extended_to_the_nearest_one() {
        for (highest, low, number) in [
            (65_534, 1, 65_537),
            (65_537, 65_534, 65_534),
            (0x2_0000, 0, 0x2_0000),
            (100, 100 + 32_767, 32_867),
            (0x1_0064, 100 + 32_768, 0x8064),
        ] {
            assert_eq!(extend(highest, low), number, "{highest} {low}");
        }
    }

    #[test]
    fn a_number_before_zero_or_after_the_last_there_is_stays_in_reach() {
        for (highest, low, number) in
            [(0, 65_535, 65_535), (3, 65_000, 65_000), (u64::MAX, 2, u64::MAX - 0xffff + 2)]
        {
            assert_eq!(extend(highest, low), number, "{highest} {low}");
        }
    }
}
