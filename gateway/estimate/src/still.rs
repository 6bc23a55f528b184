//! A delay that stays as it is, whatever is sent.

/// It stays while it moves by less than this, and this part of itself.
const STILL_US: f64 = 12e3;
const STILL_PART: f64 = 0.1;

#[derive(Debug)]
pub(crate) struct Still {
    since_us: u64,
    least_us: f64,
    most_us: f64,
}

impl Still {
    pub(crate) const fn new(now_us: u64) -> Self {
        Self { since_us: now_us, least_us: 0.0, most_us: 0.0 }
    }

    /// Packets wait for so long now.
    pub(crate) fn look(&mut self, now_us: u64, queue_us: f64) {
        self.least_us = self.least_us.min(queue_us);
        self.most_us = self.most_us.max(queue_us);
        if self.most_us - self.least_us > still_us(self.most_us) {
            *self = Self { since_us: now_us, least_us: queue_us, most_us: queue_us };
        }
    }

    /// Since when it has not moved.
    pub(crate) const fn since_us(&self) -> u64 {
        self.since_us
    }
}

/// By how much less a delay like this moves while it stays.
pub(crate) fn still_us(delay_us: f64) -> f64 {
    STILL_US + STILL_PART * delay_us
}

#[cfg(test)]
mod tests {
    use super::Still;

    #[test]
    fn a_delay_that_wavers_a_little_stays_and_one_that_falls_does_not() {
        let mut still = Still::new(0);
        for (now_us, queue_us, since_us) in
            [(1, 70e3, 1), (2, 60e3, 1), (3, 75e3, 1), (4, 40e3, 4), (5, 30e3, 4), (6, 0.0, 6)]
        {
            still.look(now_us, queue_us);
            assert_eq!(still.since_us(), since_us, "{queue_us}");
        }
    }
}
