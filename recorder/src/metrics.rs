//! What is counted, and what is well.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The recorder's numbers. A clone counts into the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) records: Counter,
    pub(crate) journal_bytes: Counter,
    pub(crate) journal_errors: Counter,
    pub(crate) journal_faults: Counter,
    pub(crate) late_syncs: Counter,
    pub(crate) dropped_video: Counter,
    pub(crate) dropped_all: Counter,
    pub(crate) foreign: Counter,
    pub(crate) refused_rooms: Counter,
    pub(crate) missed: Counter,
    pub(crate) malformed: Counter,
    pub(crate) connects: Counter,
    pub(crate) open_takes: Gauge,
    pub(crate) assembled: Counter,
    pub(crate) failed: Counter,
    pub(crate) assembly_crashes: Counter,
    pub(crate) decks: Counter,
    pub(crate) decks_refused: Counter,
    pub(crate) sandboxed: Gauge,
    pub(crate) deleted: Counter,
}

impl Metrics {
    /// Prometheus text form.
    pub(crate) fn text(&self) -> String {
        let mut registry = Registry::with_prefix("recorder");
        let counters: &[(&str, &str, &Counter)] = &[
            ("records", "Tap records taken into a journal", &self.records),
            ("journal_bytes", "Bytes written to journals", &self.journal_bytes),
            ("journal_errors", "Failed writes and syncs of journals", &self.journal_errors),
            (
                "journal_faults",
                "Parts of journals found not to be as they were written",
                &self.journal_faults,
            ),
            (
                "late_syncs",
                "Times when what was said was on disk after more than a second",
                &self.late_syncs,
            ),
            (
                "dropped_video",
                "Picture packets dropped because disk or queue is full",
                &self.dropped_video,
            ),
            ("dropped_all", "Other packets dropped because memory is full", &self.dropped_all),
            ("foreign_records", "Tap records of rooms that are not recorded", &self.foreign),
            ("refused_rooms", "Rooms that should be recorded and are not", &self.refused_rooms),
            ("missed_records", "Tap records that never came", &self.missed),
            ("malformed_frames", "Tap frames that could not be read", &self.malformed),
            ("tap_connects", "Connections made to the gateway's tap", &self.connects),
            ("assembled", "Takes that became a replay", &self.assembled),
            ("assembly_failures", "Takes that could not be assembled", &self.failed),
            (
                "assembly_crashes",
                "Assemblies that crashed or were stopped for memory or time",
                &self.assembly_crashes,
            ),
            ("decks", "Slide decks taken", &self.decks),
            ("decks_refused", "Slide decks refused", &self.decks_refused),
            ("deleted", "Recordings deleted by people", &self.deleted),
        ];
        for (name, help, counter) in counters {
            registry.register(*name, *help, Counter::clone(counter));
        }
        registry.register("open_takes", "Takes that are being recorded", self.open_takes.clone());
        registry.register(
            "sandboxed",
            "Whether strangers' files are read behind walls (bubblewrap)",
            self.sandboxed.clone(),
        );
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &registry);
        text
    }
}

/// What is wrong now, if anything.
#[derive(Debug, Default)]
pub(crate) struct Health {
    disk: Mutex<Option<String>>,
    tap: Mutex<Option<String>>,
}

impl Health {
    pub(crate) fn disk(&self, trouble: Option<String>) {
        *lock(&self.disk) = trouble;
    }

    pub(crate) fn tap(&self, trouble: Option<String>) {
        *lock(&self.tap) = trouble;
    }

    /// What is wrong with the disk.
    pub(crate) fn disk_trouble(&self) -> Option<String> {
        lock(&self.disk).clone()
    }

    pub(crate) fn ready(&self) -> Result<(), String> {
        let troubles: Vec<String> =
            [&self.disk, &self.tap].into_iter().filter_map(|it| lock(it).clone()).collect();
        if troubles.is_empty() { Ok(()) } else { Err(troubles.join("; ")) }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
