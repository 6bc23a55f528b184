//! What one connection has been sent. It ends with the connection, and sending alone writes it.

use std::time::Instant;

use super::kind::{Counts, Kind};
use super::log::{Log, Packet, Told};

/// What one connection has been sent.
#[derive(Debug)]
pub(crate) struct Sent {
    counts: Counts,
    pub(super) log: Log,
    opened: Instant,
}

impl Sent {
    /// Nothing yet of a connection that is opened now.
    pub(crate) fn new(opened: Instant) -> Self {
        Self { counts: Counts::default(), log: Log::default(), opened }
    }

    /// Datagrams and bytes on the wire since the beginning, by kind.
    pub(crate) const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The packets that carried a number of the whole connection.
    pub(crate) const fn log(&self) -> &Log {
        &self.log
    }

    pub(super) fn add(&mut self, kind: Kind, bytes: u64) {
        self.counts.add(kind, bytes);
    }

    pub(super) fn take_back(&mut self, kind: Kind, bytes: u64) {
        self.counts.take_back(kind, bytes);
    }

    /// A packet of a stream left under the next number of the connection.
    pub(super) fn log_packet(
        &mut self,
        now: Instant,
        (slot, number): (u16, u64),
        (kind, bytes): (Kind, usize),
    ) {
        let since = now.saturating_duration_since(self.opened);
        let sent_us = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
        let bytes = u16::try_from(bytes).unwrap_or(u16::MAX);
        let (told, number) = (Told::Nothing, number as u16);
        self.log.push(Packet { sent_us, told, slot, number, bytes, kind });
    }
}
