//! The only place where this room reads the clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The monotonic clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the outermost loops of the room read the clock here"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Microseconds since 1970, UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "the outermost loops of the room read the clock here"
)]
pub(crate) fn unix_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Seconds since 1970, UTC.
pub(crate) fn unix_s() -> u64 {
    unix_us() / 1_000_000
}
