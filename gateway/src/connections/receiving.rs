//! Connections as those who write receipts see them.

use signalling::ids::ParticipantId;

use super::{Connection, Connections};
use crate::ids::ConnectionId;
use crate::receipts::{Owner, Received};

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
        let received = std::mem::take(&mut gone.sent.received);
        self.ended.push((gone.owner, gone.usage.owner(), received));
    }
}
