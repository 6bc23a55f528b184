//! The way from the shards to the disk: bounded, and no shard ever waits for it.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;
use tokio::task;

use super::outbox::{Bounds, Event, Outbox, OutboxError};
use super::receipt::Receipt;
use crate::metrics::Metrics;

/// Lists of receipts that wait for the disk: one list is what a shard has in ten seconds.
const QUEUED: usize = 256;

/// The outbox, as doors and disk share it.
#[derive(Clone, Debug)]
pub(crate) struct Kept(Arc<Mutex<Outbox>>);

impl Kept {
    /// Held while the disk is asked: not to be called where packets wait.
    pub(super) fn lock(&self) -> MutexGuard<'_, Outbox> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A shard's end.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    lists: mpsc::Sender<Vec<Receipt>>,
    metrics: Metrics,
}

impl Sender {
    /// Hands receipts over; where the disk is that far behind they are dropped and counted.
    pub(crate) fn send(&self, receipts: Vec<Receipt>) {
        let many = receipts.len() as u64;
        if many > 0 && self.lists.try_send(receipts).is_err() {
            self.metrics.dropped("receipts_queue").inc_by(many);
        }
    }
}

/// The end of the disk.
#[derive(Debug)]
pub(crate) struct Queue {
    kept: Kept,
    lists: mpsc::Receiver<Vec<Receipt>>,
    metrics: Metrics,
}

/// An outbox and the way to it; nothing where no receipts are kept.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    pub(crate) kept: Option<Kept>,
    /// To be run.
    pub(crate) queue: Option<Queue>,
    pub(crate) sender: Option<Sender>,
}

/// Opens the outbox in a folder.
pub(crate) fn open(folder: Option<&Path>, metrics: &Metrics) -> Result<Opened, OutboxError> {
    let Some(folder) = folder else { return Ok(Opened::default()) };
    let (outbox, unreadable) = Outbox::open(folder, Bounds::default())?;
    metrics.dropped("receipts_unreadable").inc_by(unreadable);
    metrics.receipts.set(i64::try_from(outbox.len()).unwrap_or(i64::MAX));
    let kept = Kept(Arc::new(Mutex::new(outbox)));
    let (sender, lists) = mpsc::channel(QUEUED);
    let queue = Queue { kept: kept.clone(), lists, metrics: metrics.clone() };
    let sender = Sender { lists: sender, metrics: metrics.clone() };
    Ok(Opened { kept: Some(kept), queue: Some(queue), sender: Some(sender) })
}

impl Queue {
    /// Writes what comes, until all shards have ended.
    pub(crate) async fn run(mut self) {
        while let Some(receipts) = self.lists.recv().await {
            let (kept, metrics) = (self.kept.clone(), self.metrics.clone());
            // A panic there would be a fault of the disk's library: the next list is tried again.
            let _ = task::spawn_blocking(move || write(&kept, &receipts, &metrics)).await;
        }
    }
}

fn write(kept: &Kept, receipts: &[Receipt], metrics: &Metrics) {
    let event = |it: &Receipt| Some((it.to_ms(), serde_json::to_string(it).ok()?));
    let events: Vec<Event> = receipts.iter().filter_map(event).collect();
    let mut outbox = kept.lock();
    match outbox.append(&events) {
        Ok(0) => {}
        Ok(over) => drop(metrics.dropped("receipts_bound").inc_by(over)),
        Err(why) => {
            tracing::warn!(%why, "receipts are not kept: look whether the disk is full");
            metrics.dropped("receipts_disk").inc_by(events.len() as u64);
        }
    }
    metrics.receipts.set(i64::try_from(outbox.len()).unwrap_or(i64::MAX));
}
