//! A bucket that fills at a steady rate: how often somebody may ask for something.

use std::time::{Duration, Instant};

/// A client may send a burst of so many seconds' worth.
const BURST_S: u32 = 4;

/// A token bucket, told the time.
#[derive(Debug)]
pub struct Pace {
    /// What one message costs.
    turn: Duration,
    /// When the bucket would be empty of debt.
    paid_until: Instant,
}

impl Pace {
    /// A full bucket of `per_s` messages a second.
    #[must_use]
    pub fn new(now: Instant, per_s: u32) -> Self {
        Self { turn: Duration::from_secs(1) / per_s.max(1), paid_until: now }
    }

    /// Whether one more message, which costs as much as `cost` small ones, is within the rate.
    pub fn allow(&mut self, now: Instant, cost: u32) -> bool {
        self.owe(now, cost, Duration::ZERO).is_some()
    }

    /// Takes one more message all the same, and answers by how much it is over the rate; `None`, and nothing is taken,
    /// if that would be more than `most`.
    pub fn owe(&mut self, now: Instant, cost: u32, most: Duration) -> Option<Duration> {
        let next = self.paid_until.max(now) + cost * self.turn;
        let over = next.saturating_duration_since(now + Duration::from_secs(u64::from(BURST_S)));
        if over > most {
            return None;
        }
        self.paid_until = next;
        Some(over)
    }

    /// Whether it is as good as a new one.
    #[must_use]
    pub fn rested(&self, now: Instant) -> bool {
        self.paid_until <= now
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
