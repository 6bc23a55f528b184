//! The queue of the link: how long it is, and how long it is to be.

/// The queue that a sender of 3 Mbit/s aims at, and how much more one of half the rate does.
const LEAST_US: f64 = 15_000.0;
const EACH_HALF_US: f64 = 14_000.0;
const FAST: f64 = 3e6;
/// No more than this, however slow.
const MOST_US: f64 = 80_000.0;

#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) us: f64,
    /// The longest of late.
    pub(crate) peak_us: f64,
    /// It runs over at not much more than this.
    pub(crate) roof_us: f64,
    /// What was sent before is not looked at.
    pub(crate) from_us: u64,
}

impl Queue {
    pub(crate) const fn new(now_us: u64) -> Self {
        Self { us: 0.0, peak_us: 0.0, roof_us: f64::MAX, from_us: now_us }
    }

    /// Whether it is as long as it gets.
    pub(crate) fn is_full(&self) -> bool {
        self.peak_us > 8e3 && self.us > 0.6 * self.peak_us
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds in microseconds")]
    pub(crate) fn look(&mut self, queue_us: u64, passed_us: u64) {
        self.us = queue_us.min(10_000_000) as f64;
        let passed = passed_us as f64 / 1e6;
        self.peak_us = (self.peak_us * (1.0 - 0.05 * passed)).max(self.us);
        self.roof_us = (self.roof_us * (1.0 + 0.03 * passed)).min(1e9);
    }
}

/// How long packets are to wait in the queue of a link on which somebody sends at `rate`: the slower, the longer, so that
/// those who share a queue come to the same rate.
pub(crate) fn aim_us(rate: f64) -> f64 {
    (LEAST_US + EACH_HALF_US * halvings(FAST / rate.max(1.0))).clamp(LEAST_US, MOST_US)
}

/// The binary logarithm of what is 1 and more, straight between powers of two; 0 for less.
pub(crate) fn halvings(ratio: f64) -> f64 {
    let (mut left, mut halvings) = (ratio.min(1e6), 0.0);
    while left >= 2.0 {
        left /= 2.0;
        halvings += 1.0;
    }
    halvings + (left - 1.0).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::aim_us;

    #[test]
    fn the_slower_wait_longer_within_bounds() {
        let aims = [1e9, 3e6, 1.5e6, 3e5, 5e4, 0.0].map(aim_us);
        assert!(aims.is_sorted(), "{aims:?}");
        assert_eq!(aims[1], 15_000.0);
        assert_eq!(aims[2], 29_000.0);
        assert_eq!(aims[5], 80_000.0);
    }
}
