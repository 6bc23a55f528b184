//! What time it is, by the monotonic clock that the core is told.

use std::time::Instant;

/// The wall clock was set if it is so far from where it should be, microseconds.
const SET_US: u64 = 50_000;

/// The monotonic clock and the wall clock at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    began: Instant,
    began_us: u64,
    /// How far the wall clock is ahead of the times of what is recorded: it is set while the program runs.
    ahead_us: i64,
}

impl Clock {
    pub(crate) const fn new(began: Instant, began_us: u64) -> Self {
        Self { began, began_us, ahead_us: 0 }
    }

    /// A moment in the times of what is recorded, in microseconds since 1970 as it seemed at the start:
    /// they go on evenly whatever happens to the wall clock.
    pub(crate) fn record_us(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.began);
        self.began_us.saturating_add(u64::try_from(since.as_micros()).unwrap_or_default())
    }

    /// A moment as people know it, in milliseconds since 1970.
    pub(crate) fn wall_ms(&self, now: Instant) -> u64 {
        self.record_us(now).saturating_add_signed(self.ahead_us) / 1_000
    }

    /// The same in seconds.
    pub(crate) fn wall_s(&self, now: Instant) -> u64 {
        self.wall_ms(now) / 1_000
    }

    /// How far the wall clock is ahead of what is recorded, microseconds.
    pub(crate) const fn ahead_us(&self) -> i64 {
        self.ahead_us
    }

    /// Takes what the wall clock shows; by how many milliseconds it was set, if it was.
    pub(crate) fn set(&mut self, now: Instant, unix_us: u64) -> Option<i64> {
        let shown_us = self.record_us(now).saturating_add_signed(self.ahead_us);
        if shown_us.abs_diff(unix_us) < SET_US {
            return None;
        }
        let moved_us = unix_us.cast_signed().saturating_sub(shown_us.cast_signed());
        self.ahead_us = self.ahead_us.saturating_add(moved_us);
        Some(moved_us / 1_000)
    }
}
