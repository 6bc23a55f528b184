//! How much data people use.

use std::sync::Arc;

/// What one person's connections have used since that was last told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Used {
    /// The room's name.
    pub room: Arc<str>,
    /// Who.
    pub identity: Arc<str>,
    /// Bytes on the wire, both ways, IP and UDP or TCP headers included.
    pub bytes: u64,
}
