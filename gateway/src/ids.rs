//! The keys into a shard's tables.

use sfu::ListenerId;

/// A participant, for as long as it is in a room; never used again.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct ParticipantId(pub(crate) u64);

/// One peer connection; never used again after it ended.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct ConnectionId(pub(crate) u32);

impl ConnectionId {
    /// The same connection, in the core's words.
    pub(crate) const fn listener(self) -> ListenerId {
        ListenerId(self.0)
    }
}
