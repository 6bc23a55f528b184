//! How long it takes until what was sent is told of.

#[derive(Debug, Default)]
pub(crate) struct Trips {
    /// From sending to the feedback on it, smoothed.
    response_us: f64,
    least_us: Option<u64>,
    before_us: Option<u64>,
    turned_us: u64,
}

impl Trips {
    #[expect(clippy::cast_precision_loss, reason = "seconds in microseconds")]
    pub(crate) fn heard(&mut self, now_us: u64, trip_us: u64) {
        let trip = trip_us.min(3_000_000) as f64 + 60e3;
        let weight = if self.least_us.is_none() { 1.0 } else { 0.1 };
        self.response_us += (trip - self.response_us) * weight;
        if now_us.saturating_sub(self.turned_us) > 10_000_000 {
            self.turned_us = now_us;
            self.before_us = self.least_us;
            self.least_us = Some(trip_us);
        }
        self.least_us = Some(self.least_us.map_or(trip_us, |least_us| least_us.min(trip_us)));
    }

    /// The mean of late, in microseconds, and what feedback waits for.
    pub(crate) const fn response_us(&self) -> f64 {
        self.response_us
    }

    /// The shortest of the last ten to twenty seconds.
    pub(crate) fn least_us(&self) -> Option<u64> {
        self.least_us.map(|least_us| least_us.min(self.before_us.unwrap_or(least_us)))
    }
}
