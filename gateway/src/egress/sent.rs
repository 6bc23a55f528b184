//! What one connection has been sent. It ends with the connection, and sending alone writes it.

use super::kind::{Counts, Kind};

/// What one connection has been sent.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    counts: Counts,
}

impl Sent {
    /// Datagrams and bytes on the wire since the beginning, by kind.
    pub(crate) const fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(super) fn add(&mut self, kind: Kind, bytes: u64) {
        self.counts.add(kind, bytes);
    }

    pub(super) fn take_back(&mut self, kind: Kind, bytes: u64) {
        self.counts.take_back(kind, bytes);
    }
}
