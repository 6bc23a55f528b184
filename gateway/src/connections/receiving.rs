//! Connections as those who write receipts see them.

use signalling::ids::ParticipantId;

use super::{Connection, Connections};
use crate::egress::kind::TrafficKind;
use crate::ids::ConnectionId;
use crate::receipts::{FromClient, Owner, Received};

impl Connection {
    /// What has come from the client so far.
    pub(crate) fn client_sent(&mut self) -> FromClient {
        let channels = [self.data.channels.reliable, self.data.channels.lossy];
        let waits =
            channels.into_iter().flatten().map(|channel| self.peer.buffered(channel) as u64);
        let sent = self.sent.counts().of(TrafficKind::Data).bytes;
        let acknowledged = sent.saturating_sub(waits.sum());
        FromClient { acknowledged, wire: self.usage.received() }
    }

    /// All that it has received, which is not asked for again.
    pub(crate) fn take_received(&mut self) -> Received {
        let from_client = self.client_sent();
        let mut received = std::mem::take(&mut self.sent.received);
        received.client_sent(from_client);
        received
    }
}

impl Connections {
    /// All of them, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (ConnectionId, &mut Connection)> {
        self.by_id.iter_mut().map(|(id, connection)| (*id, connection))
    }

    /// What those have received that ended since this was asked for last: no more than there were.
    pub(crate) fn take_ended(&mut self) -> Vec<(ParticipantId, Owner, Received)> {
        std::mem::take(&mut self.ended)
    }

    /// A connection ends: what it has received is still to be written down.
    pub(super) fn keep_received(&mut self, gone: &mut Connection) {
        let received = gone.take_received();
        self.ended.push((gone.owner, gone.usage.owner(), received));
    }
}
