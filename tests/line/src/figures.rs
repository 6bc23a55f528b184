//! What a run of a closed loop came to.

use crate::closed::Trace;
use crate::shape::Shape;

/// How a flow did on a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// What came, of what the line carries and does not lose, from 5 s on.
    pub utilisation: f64,
    /// What was lost to queue and policer, of all that was sent.
    pub self_caused: f64,
    /// The wait that 95 of 100 packets do not pass, from 5 s on.
    pub queue_p95_ms: f64,
    /// From when on the estimate was, for a second, within 20 % of what the line carries.
    pub settled_s: Option<f64>,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let settled = self.settled_s.map_or_else(|| "never".to_owned(), |it| format!("{it:.1}"));
        write!(
            to,
            "{:6.1} {:6.2} {:6.0} {settled:>6}",
            100.0 * self.utilisation,
            100.0 * self.self_caused,
            self.queue_p95_ms
        )
    }
}

/// From when on what came and what waited is counted.
const FROM_US: u64 = 5_000_000;

impl Figures {
    /// Of the flow at `place`, on a line whose rate does not change.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "bits and packets of a minute")]
    pub fn of(trace: &Trace, down: &Shape, place: usize) -> Self {
        let policed = down.policer.map(|it| it.bits_per_second);
        let rate = down.bits_per_second.into_iter().chain(policed).min().unwrap_or(1) as f64;
        let length_s = trace.estimates.get(place).map_or(0, Vec::len) as f64 / 10.0;
        let own = trace.passed.iter().filter(|it| it.flow == place && it.at_us >= FROM_US);
        let bits: f64 = own.clone().map(|it| f64::from(it.bytes) * 8.0).sum();
        let counted_s = length_s - FROM_US as f64 / 1e6;
        let counts = trace.counts.get(place).copied().unwrap_or_default();
        Self {
            utilisation: bits / (counted_s * rate * (1.0 - down.loss)),
            self_caused: counts.self_caused() as f64 / counts.sent.max(1) as f64,
            queue_p95_ms: percentile(own.map(|it| it.waited_us).collect(), 95),
            settled_s: trace.estimates.get(place).and_then(|it| settled(it, rate)),
        }
    }
}

/// When an estimate came within 20 % of `rate`, and stayed for a second in the mean.
#[expect(clippy::cast_precision_loss, reason = "tenths of seconds of a minute")]
#[must_use]
pub fn settled(estimates: &[f64], rate: f64) -> Option<f64> {
    let near = |it: f64| (0.8 * rate..=1.2 * rate).contains(&it);
    let second = |it: &[f64]| it.iter().sum::<f64>() / it.len() as f64;
    let mut seconds = estimates.windows(10);
    seconds
        .position(|it| it.first().is_some_and(|first| near(*first)) && near(second(it)))
        .map(|it| it as f64 / 10.0)
}

/// The wait in milliseconds that so many of a hundred do not pass.
#[expect(clippy::cast_precision_loss, reason = "a wait")]
#[must_use]
pub fn percentile(mut waits_us: Vec<u64>, hundredth: usize) -> f64 {
    waits_us.sort_unstable();
    let place = waits_us.len() * hundredth / 100;
    waits_us.get(place).copied().unwrap_or_default() as f64 / 1e3
}

/// Jain's index of what flows got: 1 if all got the same.
#[expect(clippy::cast_precision_loss, reason = "a few flows")]
#[must_use]
pub fn jain(shares: &[f64]) -> f64 {
    let sum: f64 = shares.iter().sum();
    let squares: f64 = shares.iter().map(|it| it * it).sum();
    sum * sum / (shares.len() as f64 * squares).max(f64::MIN_POSITIVE)
}
