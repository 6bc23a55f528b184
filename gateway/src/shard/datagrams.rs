//! Datagrams in: to the peer that they belong to.

use std::net::SocketAddr;
use std::time::Instant;

use transport::peer::{Input, Output, Peer};

use super::Shard;

impl Shard {
    /// Takes one datagram; `seen` is the address that the client is told to have.
    pub(super) fn datagram(
        &mut self,
        now: Instant,
        (from, seen): (SocketAddr, SocketAddr),
        datagram: &mut [u8],
        outputs: &mut Vec<Output>,
    ) {
        let (media, pending, core) = (&mut self.media, &mut self.pending, &self.core);
        let found = media.connections.find(from, datagram);
        let Some(id) = found.or_else(|| media.hand_over(now, from, datagram, pending)) else {
            media.strangers.inc();
            return;
        };
        let bytes = media.socket.overhead(from).bytes(datagram.len());
        let Some(connection) = media.connections.get_mut(id) else { return };
        connection.usage.receive(bytes);
        let before = refused(&connection.peer);
        if connection.feed(now, Input::Carried(from, seen, datagram), outputs) {
            let due = connection.peer.poll_timeout();
            let sooner = due < connection.deadline();
            if matches!(datagram.first(), Some(0..=3)) && outputs.is_empty() {
                self.metrics.drop_one("stun_refused");
            } else if refused(&connection.peer) != before {
                self.metrics.drop_one("peer_refused");
            } else {
                connection.heard_at = now;
            }
            if sooner {
                media.connections.wake(id, due);
            }
            for output in outputs.drain(..) {
                match output {
                    Output::Media(packet) => {
                        media.take_media(now, id, (&packet, datagram), core, pending);
                    }
                    other => pending.output(id, other),
                }
            }
        } else {
            outputs.clear();
            media.peer_fault(now, id, pending);
        }
        self.settle(now);
    }
}

/// How many datagrams a peer has found to be forged, cut or of no track.
fn refused(peer: &Peer) -> u64 {
    let counters = peer.counters();
    counters.refused + counters.unknown
}
