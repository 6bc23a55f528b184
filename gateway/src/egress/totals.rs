//! What a shard has sent, by kind, for `/metrics`.

use prometheus_client::metrics::counter::Counter;

use super::kind::{Counts, NAMES, TrafficKind, WireCount};
use super::log::ReportOutcome;
use crate::metrics::Metrics;

/// What clients tell of packets: that they arrived, that they were lost, or what nothing can be made of.
pub(crate) const FATES: [&str; 3] = ["arrived", "lost", "unusable"];

/// Whoever asks for `/metrics` reads the counters from another thread, so they are touched once a burst.
#[derive(Debug)]
pub(super) struct Totals {
    /// Datagrams and bytes, in the order of [`NAMES`].
    counters: [(Counter, Counter); NAMES.len()],
    /// What was sent since they were touched.
    unsaid: Counts,
    /// Packets of which clients have told, in the order of [`FATES`].
    told: [Counter; FATES.len()],
}

impl Totals {
    pub(super) fn new(metrics: &Metrics) -> Self {
        Self {
            counters: NAMES.map(|kind| metrics.sent(kind)),
            unsaid: Counts::default(),
            told: FATES.map(|fate| metrics.told(fate)),
        }
    }

    pub(super) fn add(&mut self, kind: TrafficKind, bytes: u64) {
        self.unsaid.add(kind, bytes);
    }

    pub(super) fn take_back(&mut self, kind: TrafficKind, bytes: u64) {
        self.unsaid.take_back(kind, bytes);
    }

    /// Messages that others have written, all of one kind.
    pub(super) fn add_all(&mut self, kind: TrafficKind, datagrams: u64, bytes: u64) {
        self.unsaid.add_all(kind, datagrams, bytes);
    }

    pub(super) fn told(&self, outcome: ReportOutcome) {
        let ReportOutcome { arrived, lost, unusable } = outcome;
        let told = self.told.iter().zip([arrived, lost, unusable]);
        told.for_each(|(counter, packets)| _ = counter.inc_by(packets));
    }

    pub(super) fn publish(&mut self) {
        let unsaid = std::mem::take(&mut self.unsaid);
        let both = self.counters.iter().zip(unsaid.all());
        for ((datagrams, bytes), WireCount { datagrams: more, bytes: longer }) in both {
            if *more > 0 {
                datagrams.inc_by(*more);
                bytes.inc_by(*longer);
            }
        }
    }
}
