//! Peer connections, as far as signalling must know them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::effect::ConnectionRole;
use crate::ids::{ConnectionId, Numbering, ParticipantId};

/// The listening path of one participant is renewed at most so often.
const RENEWED: Duration = Duration::from_secs(5);
/// A sender is told so often, at most, that somebody does not get what it sends.
const SKIPPED_TOLD: Duration = Duration::from_secs(5);

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) owner: ParticipantId,
    pub(crate) role: ConnectionRole,
    /// Since when its path stands.
    pub(crate) connected_at: Option<Instant>,
    /// The client's certificate, once it is known: another one means another peer connection of the client.
    pub(crate) fingerprint: String,
    renewed_at: Option<Instant>,
    skipped_told_at: Option<Instant>,
}

impl Connection {
    /// Whether the client, which sends from another address, is to be offered a new path now.
    pub(crate) fn renews(&mut self, now: Instant) -> bool {
        due(&mut self.renewed_at, now, RENEWED)
    }

    /// Whether the client is to be told now that somebody does not get what it sends.
    pub(crate) fn tells_skipped(&mut self, now: Instant) -> bool {
        due(&mut self.skipped_told_at, now, SKIPPED_TOLD)
    }
}

fn due(last: &mut Option<Instant>, now: Instant, every: Duration) -> bool {
    let due = last.is_none_or(|at| now.saturating_duration_since(at) >= every);
    if due {
        *last = Some(now);
    }
    due
}

/// All connections of a core.
#[derive(Debug)]
pub(crate) struct Connections {
    list: BTreeMap<ConnectionId, Connection>,
    numbering: Numbering,
    last: u32,
}

impl Connections {
    pub(crate) const fn new(numbering: Numbering) -> Self {
        Self { list: BTreeMap::new(), numbering, last: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.list.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.list.get_mut(&id)
    }

    /// Whether the path of a connection stands.
    pub(crate) fn stands(&self, id: ConnectionId) -> bool {
        self.list.get(&id).is_some_and(|connection| connection.connected_at.is_some())
    }

    /// Adds a connection.
    pub(crate) fn open(&mut self, owner: ParticipantId, role: ConnectionRole) -> ConnectionId {
        let id = ConnectionId(self.numbering.nth(self.last));
        self.last = self.last.wrapping_add(1);
        let connection = Connection {
            owner,
            role,
            connected_at: None,
            fingerprint: String::new(),
            renewed_at: None,
            skipped_told_at: None,
        };
        self.list.insert(id, connection);
        id
    }

    /// Forgets a connection; `false` if there is none.
    pub(crate) fn close(&mut self, id: ConnectionId) -> bool {
        self.list.remove(&id).is_some()
    }
}
