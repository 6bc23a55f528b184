//! What one connection has been sent. It ends with the connection, and sending alone writes it.

use super::kind::{Counts, TrafficKind};
use super::log::{Log, PacketStatus, SentPacket};
use crate::receipts::Received;

/// What one connection has been sent.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    counts: Counts,
    pub(super) log: Log,
    /// What came of it, as the client tells.
    pub(crate) received: Received,
}

impl Sent {
    /// Datagrams and bytes on the wire since the beginning, by kind.
    pub(crate) const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The packets of which the client tells one by one.
    pub(crate) const fn log(&self) -> &Log {
        &self.log
    }

    pub(super) fn add(&mut self, kind: TrafficKind, bytes: u64) {
        self.counts.add(kind, bytes);
        self.received.wire(bytes);
    }

    pub(super) fn take_back(&mut self, kind: TrafficKind, bytes: u64) {
        self.counts.take_back(kind, bytes);
        self.received.take_back(bytes);
    }

    /// A packet of a stream left under the next number of the connection, at `sent_us` on the clock of the lines; on the wire
    /// it carries `sequence`, which is one of the repair stream if `repair`.
    pub(super) fn log_packet(
        &mut self,
        sent_us: u64,
        (slot, number, (repair, sequence)): (u16, u64, (bool, u64)),
        (kind, bytes): (TrafficKind, usize),
    ) {
        let bytes = u16::try_from(bytes).unwrap_or(u16::MAX);
        let (status, number, sequence) = (PacketStatus::Nothing, number as u16, sequence as u16);
        let (repair, again) = (repair, false);
        self.log.push(SentPacket {
            sent_us,
            status,
            slot,
            number,
            sequence,
            repair,
            again,
            bytes,
            kind,
        });
    }
}
