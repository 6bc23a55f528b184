use crate::metrics::{Health, Metrics};
use archive::tap::Recording;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::watch;

/// Rooms that are remembered as not recorded; a gateway holds fewer.
const MOST_ROOMS: usize = 4_000;

/// What is not recorded though it should be: open rooms without a take, and all of them while the
/// disk takes nothing. The gateway is told of every change, for it shows people whether they are
/// recorded.
#[derive(Debug)]
pub(super) struct Unrecorded {
    rooms: BTreeSet<u32>,
    metrics: Metrics,
    health: Arc<Health>,
    gateway: watch::Sender<Recording>,
}

impl Unrecorded {
    pub(super) const fn new(
        metrics: Metrics,
        health: Arc<Health>,
        gateway: watch::Sender<Recording>,
    ) -> Self {
        Self { rooms: BTreeSet::new(), metrics, health, gateway }
    }

    /// A room gets no take.
    pub(super) fn refuse(&mut self, room: u32) {
        if self.rooms.len() < MOST_ROOMS {
            self.rooms.insert(room);
        }
        self.metrics.refused_rooms.inc();
        self.tell();
    }

    /// A room has a take after all, or is over.
    pub(super) fn remove(&mut self, room: u32) {
        if self.rooms.remove(&room) {
            self.tell();
        }
    }

    /// Forgets all rooms for which `known` is false.
    pub(super) fn retain(&mut self, known: impl Fn(u32) -> bool) {
        self.rooms.retain(|room| known(*room));
        self.tell();
    }

    /// The journal of a take cannot be written, for this reason.
    pub(super) fn disk_fails(&self, reason: String) {
        self.health.disk(Some(reason));
        self.tell();
    }

    /// The disk takes everything again. Whether it did not before.
    pub(super) fn disk_holds(&self) -> bool {
        let failed = self.disk_has_failed();
        if failed {
            self.health.disk(None);
            self.tell();
        }
        failed
    }

    pub(super) fn disk_has_failed(&self) -> bool {
        self.health.disk_trouble().is_some()
    }

    fn tell(&self) {
        let refused = self.rooms.iter().copied().collect();
        let now = Recording { refused, stopped: self.disk_has_failed() };
        self.gateway.send_if_modified(|told| std::mem::replace(told, now.clone()) != now);
    }
}
