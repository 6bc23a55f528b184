//! Clients whose packets come from another address in mid-call: a router gave them another port, or they changed the
//! network.

use std::net::SocketAddr;
use std::time::Instant;

use signalling::input::ConnectionEvent;

use super::media_path::MediaPath;
use super::pending::Pending;
use crate::ids::ConnectionId;
use crate::links::path::Path;

/// Searches and trials of keys in a second, for all strangers together: some milliseconds of processor time.
pub(super) const TRIALS_PER_S: u32 = 250;

impl MediaPath {
    /// Finds the connection that a packet of media from an unknown address belongs to: the one whose key opens it. The
    /// connection is at that address from now on, some seconds before the client's next ICE check would say so.
    pub(super) fn hand_over(
        &mut self,
        now: Instant,
        from: SocketAddr,
        packet: &[u8],
        pending: &mut Pending,
    ) -> Option<ConnectionId> {
        // A TCP connection is never a known client's before its check.
        let datagrams = from.port() != 0 && Path::of(from).is_none();
        if !datagrams || !matches!(packet.first(), Some(128..=191)) {
            return None;
        }
        if !self.trials.allow(now, 1) {
            self.metrics.untried.inc();
            return None;
        }
        let suspects = self.connections.suspects(packet);
        let id = suspects.into_iter().find(|id| {
            let tried = self.trials.allow(now, 1);
            let connection = self.connections.get_mut(*id).filter(|_| tried);
            connection.is_some_and(|connection| connection.peer.follow(from, packet))
        })?;
        self.metrics.handed_over.inc();
        self.connections.learn_address(from, id);
        self.socket.port.keep(from);
        pending.event(id, ConnectionEvent::Moved);
        Some(id)
    }
}
