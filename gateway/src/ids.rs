//! The keys into a shard's tables. No two shards of a gateway give the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sfu::ListenerId;
use signalling::ids::Numbering;
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

/// Which of the gateway's shards one is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ShardNumber {
    /// From 0.
    pub(crate) index: u8,
    /// How many there are, at least one.
    pub(crate) of: u8,
}

impl ShardNumber {
    /// The one shard of a gateway that has no other.
    #[cfg(any(test, feature = "readers"))]
    pub(crate) const ONLY: Self = Self { index: 0, of: 1 };

    /// How its signalling core numbers what it has.
    pub(crate) fn numbering(self) -> Numbering {
        Numbering { first: self.index.into(), of: self.of.into() }
    }

    /// The numbers of `count` shards.
    pub(crate) fn all(count: usize) -> impl Iterator<Item = Self> {
        let of = u8::try_from(count).unwrap_or(u8::MAX).max(1);
        (0..of).map(move |index| Self { index, of })
    }
}
