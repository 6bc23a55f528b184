//! The keys into a shard's tables.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sfu::ListenerId;
pub(crate) use signalling::ids::{ConnectionId, SignalId};

/// The same connection, in the forwarding core's words.
pub(crate) const fn listener(id: ConnectionId) -> ListenerId {
    ListenerId(id.0)
}

/// Numbers signalling connections, for all doors and shards.
#[derive(Clone, Debug, Default)]
pub(crate) struct SignalIds(Arc<AtomicU64>);

impl SignalIds {
    /// A number that was not given before.
    pub(crate) fn next(&self) -> SignalId {
        SignalId(self.0.fetch_add(1, Ordering::Relaxed))
    }
}
