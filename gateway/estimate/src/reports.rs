//! Clients that tell nothing of single packets: receiver reports and REMB.

use alloc::collections::BTreeMap;

use crate::{MOST_BITS_PER_SECOND, PathId};

/// What grows from report to report, and what is left when a report says that too much is sent.
const GROWTH: f64 = 1.06;
const LEFT: f64 = 0.85;
/// A round trip this much over the least of the path is a queue.
const QUEUE_MS: u32 = 200;
/// Loss in 256 that is over the usual by more than this is taken to be ours.
const EXCESS: f64 = 13.0;

#[derive(Debug, Default)]
pub(crate) struct Reports {
    paths: BTreeMap<PathId, Reported>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Reported {
    least_trip_ms: Option<u32>,
    /// What is lost usually, in 256.
    usual: Option<f64>,
    reported_us: u64,
    remb: Option<u64>,
}

/// One report.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    pub(crate) lost_256: u8,
    pub(crate) round_trip_ms: Option<u32>,
    pub(crate) received_bits_per_second: Option<u64>,
}

impl Reports {
    /// The rate from now on, if `path` has a say: reports that come faster than four a second are not heeded.
    #[expect(clippy::cast_precision_loss, reason = "bits of a second")]
    pub(crate) fn report(
        &mut self,
        now_us: u64,
        path: PathId,
        said: Report,
        rate: f64,
        sending: f64,
    ) -> Option<f64> {
        let known = self.paths.entry(path).or_default();
        if known.reported_us > 0 && now_us.saturating_sub(known.reported_us) < 250_000 {
            return None;
        }
        known.reported_us = now_us.max(1);
        let lost = f64::from(said.lost_256);
        let usual = known.usual.unwrap_or(lost);
        let waits = said.round_trip_ms.is_some_and(|trip| {
            let least = known.least_trip_ms.map_or(trip, |it| it.min(trip));
            known.least_trip_ms = Some(least);
            trip > least.saturating_add(QUEUE_MS)
        });
        let over = lost > usual + EXCESS;
        // What goes on after we gave way is not ours.
        known.usual = Some(usual + (lost - usual) * if over { 0.2 } else { 0.1 });
        if !(waits || over) {
            return (sending > 0.8 * rate).then_some(rate * GROWTH);
        }
        let came = said.received_bits_per_second.map(|it| it as f64 / (1.0 - usual / 257.0));
        Some(came.unwrap_or(rate * LEFT).min(LEFT * rate).max(0.5 * rate))
    }

    pub(crate) fn remb(&mut self, path: PathId, bits_per_second: u64) {
        let known = self.paths.entry(path).or_default();
        known.remb = (bits_per_second > 0).then_some(bits_per_second);
    }

    /// What the receivers say that they bear.
    pub(crate) fn most_bits_per_second(&self) -> u64 {
        self.paths.values().filter_map(|it| it.remb).min().unwrap_or(MOST_BITS_PER_SECOND)
    }

    pub(crate) fn leave(&mut self, path: PathId) {
        self.paths.remove(&path);
    }
}
