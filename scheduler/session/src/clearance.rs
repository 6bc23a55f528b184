//! What may happen in a room now.

use serde::{Deserialize, Serialize};

/// What the session of a case is cleared for: before its patient is known and has consented nothing is sent, and nothing is
/// recorded without a consent of its own. It changes while people are in the room; of two, the higher version holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Clearance {
    /// Grows with each change of the session's clearance.
    pub version: u64,
    /// Whether sound, picture and stills may be sent.
    pub media: bool,
    /// Whether it may be recorded.
    pub recording: bool,
}
