//! How the rate is raised while the queue is empty.

/// What the first round with an empty queue adds; each one after it twice as much.
pub(crate) const GROWTH: f64 = 0.05;
/// For so long no rate above a policer's is tried, at first and later.
const CEILING_US: u64 = 10_000_000;
const CEILING_MOST_US: u64 = 20_000_000;

#[derive(Debug)]
pub(crate) struct Growing {
    /// What the next round adds.
    pub(crate) part: f64,
    /// When the rate was last raised: what was sent before tells nothing of it.
    pub(crate) since_us: u64,
    /// What a policer lets through.
    pub(crate) ceiling: Option<Ceiling>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Ceiling {
    rate: f64,
    until_us: u64,
    length_us: u64,
}

impl Growing {
    pub(crate) const fn new(now_us: u64, part: f64) -> Self {
        Self { part, since_us: now_us, ceiling: None }
    }

    /// The rate of the next round, which adds at most the part `most`.
    pub(crate) fn raise(&mut self, now_us: u64, rate: f64, most: f64) -> f64 {
        let mut raised = rate * (1.0 + self.part);
        if let Some(ceiling) = self.ceiling {
            if now_us < ceiling.until_us {
                raised = raised.min(ceiling.rate.max(rate));
            } else if raised > 1.5 * ceiling.rate {
                self.ceiling = None;
            }
        }
        self.part = (2.0 * self.part).min(most);
        self.since_us = now_us;
        raised
    }

    /// A policer lets through no more than `rate`: that is not passed for a while, and each time longer.
    pub(crate) fn police(&mut self, now_us: u64, rate: f64) {
        let length_us =
            self.ceiling.map_or(CEILING_US, |ceiling| (2 * ceiling.length_us).min(CEILING_MOST_US));
        let until_us = now_us.saturating_add(length_us);
        self.ceiling = Some(Ceiling { rate, until_us, length_us });
    }

    /// Whether a policer is known to let through no more.
    pub(crate) fn is_capped(&self, now_us: u64) -> bool {
        self.ceiling.is_some_and(|ceiling| now_us < ceiling.until_us)
    }

    pub(crate) fn policed_until_us(&self) -> u64 {
        self.ceiling.map_or(0, |ceiling| ceiling.until_us)
    }
}
