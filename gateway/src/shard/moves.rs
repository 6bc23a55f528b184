//! Clients that come from another address in mid-call: a router has forgotten them, or they changed the network.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::Shard;
use crate::connections::Side;
use crate::ids::{ConnectionId, ParticipantId};
use crate::links::path::Path;

/// Searches and trials of keys in a second, for all strangers together: some milliseconds of processor time.
pub(super) const TRIALS_PER_S: u32 = 250;
/// The listening path of one participant is renewed at most so often.
const RENEWED: Duration = Duration::from_secs(5);

impl Shard {
    /// Whose packet of media from an unknown address this is: whoever's key opens it. Its connection is there from now
    /// on, some seconds before the client's next check would say so.
    pub(super) fn hand_over(
        &mut self,
        now: Instant,
        from: SocketAddr,
        packet: &[u8],
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
            connection.is_some_and(|it| it.peer.follow(from, packet))
        })?;
        self.metrics.handed_over.inc();
        self.connections.learn_address(from, id);
        self.socket.port.keep(from);
        self.moved(now, id);
        Some(id)
    }

    /// What listens says little, and would be found late: who was found by its voice is asked for a new path for its
    /// ears.
    fn moved(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        let lately = connection.moved_at.is_some_and(|at| now < at + RENEWED);
        let (owner, side) = (connection.owner, connection.side);
        if side == Side::Publisher && !lately {
            connection.moved_at = Some(now);
            if !self.has_one_line(owner) {
                self.renew_path(now, owner);
            }
        }
    }

    /// Offers the listening connection with new ICE credentials: the client looks for a path at once.
    pub(super) fn renew_path(&mut self, now: Instant, id: ParticipantId) {
        let subscriber = self.roster.participants.get(&id).and_then(|it| it.subscriber);
        // Where the client makes the offers, its own begins ICE anew.
        if let Some(subscriber) = subscriber.filter(|_| !self.has_one_line(id))
            && let Some(connection) = self.connections.get_mut(subscriber)
        {
            connection.peer.restart_ice();
            connection.deadline = now;
            self.connections.index_ufrags(subscriber);
        }
        if let Some(sections) = self.sections.get_mut(&id) {
            sections.forget_offer();
        }
        self.offer(now, id);
    }
}
