//! What several shards must know of each other's connections.

use std::net::SocketAddr;
use std::time::Instant;

use super::Connections;
use crate::ids::ShardNumber;

impl Connections {
    /// From now on user fragments name this shard.
    pub(crate) const fn belong_to(&mut self, shard: ShardNumber) {
        self.tag = shard.index;
    }

    /// A connection was checked at this address.
    pub(crate) fn knows(&self, address: SocketAddr) -> bool {
        self.by_address.contains_key(&address)
    }

    /// Something genuine came from this address just `now`.
    pub(crate) fn vouches(&self, now: Instant, address: SocketAddr) -> bool {
        let own = self.by_address.get(&address).and_then(|id| self.by_id.get(id));
        own.is_some_and(|connection| connection.heard_at == now)
    }

    /// Another shard's client is at this address now.
    pub(crate) fn forget_address(&mut self, address: SocketAddr) {
        self.by_address.remove(&address);
    }
}
