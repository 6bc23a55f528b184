//! Peer connections: made, met and ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use signalling::effect::{Meet, Open};
use signalling::input::ConnectionEvent;

use super::media_path::MediaPath;
use super::pending::Pending;
use crate::ids::ConnectionId;

impl MediaPath {
    /// Makes a connection.
    pub(super) fn open(&mut self, now: Instant, open: &Open, pending: &mut Pending) {
        let (connection, participant) = (open.connection.0, open.owner.0);
        tracing::info!(
            connection.id = connection,
            participant.id = participant,
            "a connection is made"
        );
        if let Err(why) = self.connections.open(now, open) {
            tracing::error!(%why, "no peer connection can be made");
            pending.event(open.connection, ConnectionEvent::Failed);
        }
    }

    /// Learns the client's end of a connection.
    pub(super) fn meet(&mut self, now: Instant, meet: &Meet, pending: &mut Pending) {
        let Some(connection) = self.connections.get_mut(meet.connection) else { return };
        let mut outputs = vec![];
        if connection.meet(meet, &mut outputs) {
            self.connections.index_ufrags(meet.connection);
        }
        self.connections.wake(meet.connection, now);
        pending.outputs(meet.connection, outputs);
    }

    /// Ends a connection: nothing of it is left.
    pub(super) fn close(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        let mut outputs = vec![];
        connection.peer.close(&mut outputs);
        self.send(now, id, &outputs);
        self.leave_line(now, id);
        if let Some(gone) = self.connections.close(id) {
            tracing::info!(connection.id = id.0, sent = %gone.sent.counts(), "a connection closed");
        }
    }

    /// A library panicked on what a client sent: the client alone loses its connection.
    pub(super) fn peer_fault(&mut self, now: Instant, id: ConnectionId, pending: &mut Pending) {
        self.metrics.drop_one("peer_fault");
        self.leave_line(now, id);
        tracing::error!(connection.id = id.0, "a peer's transport panicked; the peer is cut off");
        let Some(lost) = self.connections.close(id) else { return };
        // Its state is not to be trusted, not even by its own end.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(lost)));
        pending.event(id, ConnectionEvent::Fault);
    }
}
