//! What people use: every datagram of their connections, both ways, as it is on the wire.

use std::sync::Arc;

use signalling::effect::Open;
use signalling::words::usage::Used;

use super::{Connection, Connections};
use crate::receipts::Owner;

/// Whose a connection is, and what it has used.
#[derive(Debug)]
pub(crate) struct Usage {
    room: Arc<str>,
    identity: Arc<str>,
    /// The site that the owner's token names; empty for none.
    pub(crate) site: String,
    /// Bytes that came from the client.
    received: u64,
    /// Bytes of both ways that were told.
    told: u64,
}

impl Usage {
    pub(super) fn of(open: &Open) -> Self {
        let (room, identity) = (open.room.as_str().into(), open.identity.as_str().into());
        Self { room, identity, site: open.site.clone(), received: 0, told: 0 }
    }

    /// Whose it is, as receipts name it.
    pub(crate) fn owner(&self) -> Owner {
        let (room, identity) = (self.room.to_string(), self.identity.to_string());
        Owner { room, identity, site: self.site.clone() }
    }

    /// Bytes on the wire that came from the client since the beginning.
    pub(crate) const fn received(&self) -> u64 {
        self.received
    }

    /// A datagram came that took so many bytes on the wire.
    pub(crate) const fn receive(&mut self, bytes: usize) {
        self.received = self.received.wrapping_add(bytes as u64);
    }
}

impl Connection {
    /// What was used since this was asked last; `None` if that is nothing.
    fn used(&mut self) -> Option<Used> {
        let all = self.sent.counts().bytes().wrapping_add(self.usage.received);
        // What did not leave after all is taken back: it is made up for by what is sent next.
        let bytes = all.checked_sub(self.usage.told).filter(|bytes| *bytes > 0)?;
        self.usage.told = all;
        let (room, identity) = (Arc::clone(&self.usage.room), Arc::clone(&self.usage.identity));
        Some(Used { room, identity, bytes })
    }
}

impl Connections {
    /// What people have used since this was asked last, on connections that have ended as well.
    pub(crate) fn used(&mut self) -> Vec<Used> {
        let mut used = std::mem::take(&mut self.used_by_gone);
        used.extend(self.by_id.values_mut().filter_map(Connection::used));
        used
    }

    /// A connection ends: what it has used is still to be told.
    pub(super) fn keep_use(&mut self, gone: &mut Connection) {
        self.used_by_gone.extend(gone.used());
    }
}
