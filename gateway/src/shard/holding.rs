//! Reliable data for listeners who take it slowly: those who send are held back, and nobody is thrown out.

use std::time::Instant;

use super::Shard;
use crate::egress::backlog::{Readiness, takes_spare};
use crate::ids::ConnectionId;

/// A sender's reliable channel that is not read at present.
#[derive(Debug)]
pub(super) struct HeldSender {
    /// It has sent faster than it may.
    until: Instant,
    /// Listeners who have to catch up first, each once.
    slow: Vec<ConnectionId>,
}

/// What became of a reliable message.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    /// Listeners for whom much waits.
    pub(super) slow: Vec<ConnectionId>,
    /// Somebody did not get it.
    pub(super) missed: bool,
}

impl Shard {
    /// Reads no more of a sender's reliable channel until `until` and until these have caught up.
    pub(super) fn hold_back(&mut self, id: ConnectionId, until: Instant, slow: Vec<ConnectionId>) {
        let Some(connection) = self.media.connections.get_mut(id) else { return };
        let Some(channel) = connection.data.channels.reliable else { return };
        connection.peer.hold_channel(channel);
        let held = self.data.held.entry(id).or_insert_with(|| {
            self.metrics.held_back.inc();
            HeldSender { until, slow: vec![] }
        });
        held.until = held.until.max(until);
        for listener in slow {
            if !held.slow.contains(&listener) {
                held.slow.push(listener);
            }
        }
    }

    /// Reads the channels of those again who have waited long enough.
    pub(super) fn let_go(&mut self, now: Instant) {
        if self.data.held.is_empty() {
            return;
        }
        let mut held = std::mem::take(&mut self.data.held);
        let (mut free, mut missed) = (vec![], vec![]);
        held.retain(|id, message| {
            message.slow.retain(|listener| {
                let takes = self.takes(now, *listener);
                if takes == Readiness::Nothing {
                    missed.push(*id);
                }
                takes == Readiness::Slowly
            });
            let over = message.slow.is_empty() && message.until <= now;
            free.extend(over.then_some(*id));
            !over
        });
        self.data.held = held;
        missed.into_iter().for_each(|id| self.pending.skipped(id));
        for id in free {
            let Some(connection) = self.media.connections.get_mut(id) else { continue };
            let Some(channel) = connection.data.channels.reliable else { continue };
            let mut outputs = vec![];
            connection.peer.release_channel(now, channel, &mut outputs);
            self.media.connections.wake(id, now);
            self.pending.outputs(id, outputs);
        }
    }

    fn takes(&mut self, now: Instant, listener: ConnectionId) -> Readiness {
        let Some(connection) = self.media.connections.get_mut(listener) else {
            return Readiness::AtOnce;
        };
        let Some(channel) = connection.data.channels.reliable else { return Readiness::AtOnce };
        let waiting = connection.peer.buffered(channel);
        connection.data.backlog.look(now, waiting)
    }

    /// Queues a reliable message for one listener, unless something waits for it: nobody waits for its sake.
    pub(super) fn send_spare(&mut self, now: Instant, id: ConnectionId, message: &[u8]) {
        let Some(connection) = self.media.connections.get_mut(id) else { return };
        let channel = connection.data.channels.reliable;
        let waits = channel.map_or(0, |channel| connection.peer.buffered(channel));
        if !takes_spare(waits) {
            return self.metrics.drop_one("data_spare");
        }
        self.send_reliably(now, id, message, &mut Delivered::default());
    }

    /// Queues a reliable message for one listener.
    pub(super) fn send_reliably(
        &mut self,
        now: Instant,
        id: ConnectionId,
        message: &[u8],
        delivered: &mut Delivered,
    ) {
        if self.takes(now, id) == Readiness::Nothing {
            delivered.missed = true;
            return self.metrics.drop_one("data_skipped");
        }
        let Some(connection) = self.media.connections.get_mut(id) else { return };
        let Some(channel) = connection.data.channels.reliable else {
            return self.metrics.drop_one("data_not_sent");
        };
        let mut outputs = vec![];
        let sent = connection.peer.send_message(now, channel, false, message, &mut outputs);
        if sent.is_ok() {
            connection.data.backlog.queue(message.len());
        }
        self.media.connections.wake(id, now);
        match sent {
            Ok(()) => {
                self.metrics.data_packets.inc();
            }
            Err(_) => {
                delivered.missed = true;
                self.metrics.drop_one("data_not_sent");
            }
        }
        self.pending.outputs(id, outputs);
        if self.takes(now, id) == Readiness::Slowly {
            delivered.slow.push(id);
        }
    }
}
