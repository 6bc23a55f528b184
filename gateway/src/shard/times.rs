//! The monotonic clock and the wall clock at one moment: the times of what is recorded, of the forwarding core and of
//! access lines.

use std::time::Instant;

use ::media::Ms;

/// When a shard began.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShardClock {
    began: Instant,
    wall_us: u64,
}

impl ShardClock {
    /// It is `now`, and the wall clock shows `wall_us` microseconds since 1970.
    pub(super) const fn new(now: Instant, wall_us: u64) -> Self {
        Self { began: now, wall_us }
    }

    /// A moment in the forwarding core's words.
    pub(super) fn ms(self, now: Instant) -> Ms {
        let since = now.saturating_duration_since(self.began);
        Ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// A moment on the clock of the lines: microseconds since the shard began.
    pub(super) fn us(self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.began);
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }

    /// When the shard began, in microseconds since 1970, as it seemed then.
    pub(super) const fn epoch_us(self) -> u64 {
        self.wall_us
    }

    /// A moment in the times of what is recorded, in microseconds since 1970 as it seemed at the start:
    /// they go on evenly whatever happens to the wall clock.
    pub(super) fn record_us(self, now: Instant) -> u64 {
        self.wall_us.saturating_add(self.us(now))
    }
}
