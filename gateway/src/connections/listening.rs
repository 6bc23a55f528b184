//! Connections as those who send see them.

use std::time::Instant;

use super::{Connection, Connections};
use crate::egress::stream::Stream;
use crate::egress::{Listener, Listeners};
use crate::ids::ConnectionId;

impl Connection {
    /// The connection as those who send see it.
    pub(crate) fn listener(&mut self) -> Listener<'_> {
        let Self { peer, streams, protection, sent, line, .. } = self;
        Listener { peer, streams, protection, sent, line: *line }
    }

    /// The stream with this SSRC.
    pub(crate) fn stream(&self, ssrc: u32) -> Option<&Stream> {
        self.streams.iter().flatten().find(|stream| stream.ssrc == ssrc)
    }
}

impl Listeners for Connections {
    fn listener(&mut self, id: ConnectionId) -> Option<Listener<'_>> {
        self.by_id.get_mut(&id).map(Connection::listener)
    }
}

impl Connections {
    /// Packets that are remembered of all connections, for feedback.
    pub(crate) fn logged(&self) -> usize {
        self.by_id.values().map(|connection| connection.sent.log().len()).sum()
    }

    /// When something genuine last came on each.
    pub(crate) fn heard(&self) -> Vec<(ConnectionId, Instant)> {
        self.by_id.iter().map(|(id, connection)| (*id, connection.heard_at)).collect()
    }
}
