//! How many messages one client may send: a bucket that fills at a steady rate.

use std::time::{Duration, Instant};

/// A client may send a burst of so many seconds' worth.
const BURST_S: u32 = 4;

/// A token bucket, told the time.
#[derive(Debug)]
pub(crate) struct Pace {
    per_s: u32,
    /// When the bucket would be empty of debt.
    paid_until: Instant,
}

impl Pace {
    /// A full bucket of `per_s` messages a second.
    pub(crate) fn new(now: Instant, per_s: u32) -> Self {
        Self { per_s: per_s.max(1), paid_until: now }
    }

    /// Whether one more message, which costs as much as `cost` small ones, is within the rate.
    pub(crate) fn allow(&mut self, now: Instant, cost: u32) -> bool {
        let start = self.paid_until.max(now);
        let next = start + cost * (Duration::from_secs(1) / self.per_s);
        let allowed = next <= now + Duration::from_secs(u64::from(BURST_S));
        if allowed {
            self.paid_until = next;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn a_burst_passes_and_then_the_rate_holds() {
        let start = Instant::now();
        let mut pace = Pace::new(start, 10);
        assert_eq!((0..100).filter(|_| pace.allow(start, 1)).count(), 40);
        let later = start + Duration::from_secs(1);
        assert_eq!((0..100).filter(|_| pace.allow(later, 3)).count(), 3);
        assert!(pace.allow(later, 1), "what a long message could not have is still there");
    }
}
