//! Facts that a room of the house reports to the scheduler.

use serde::{Deserialize, Serialize};

/// One fact. `(source, sequence)` names it for ever: the same pair sent twice is the same fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Who reports, such as `gateway/<run id>`; a new run is a new source, so that a sequence can start at 0 again.
    pub source: String,
    /// Place in this source's order, from 0, without holes.
    pub sequence: u64,
    /// When it happened, UTC milliseconds since 1970, by the reporter's clock.
    pub at_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened; `type` on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum What {
    /// Somebody came into a room.
    Joined {
        /// Room name = session id.
        room: String,
        /// Identity = person id.
        identity: String,
    },
    /// Somebody left a room.
    Left {
        /// Room name = session id.
        room: String,
        /// Identity = person id.
        identity: String,
        /// Why, in the gateway's words, such as `leave`, `line_lost`, `replaced`.
        reason: String,
    },
    /// A recording can be watched.
    RecordingReady {
        /// Room name = session id.
        room: String,
        /// Recording id, `<session id>-<take>`.
        recording: String,
        /// Length of the recording, milliseconds.
        duration_ms: u64,
    },
}

impl What {
    /// The room the fact is about (= session id).
    #[must_use]
    pub fn room(&self) -> &str {
        match self {
            Self::Joined { room, .. }
            | Self::Left { room, .. }
            | Self::RecordingReady { room, .. } => room,
        }
    }

    /// The word in `type`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Joined { .. } => "joined",
            Self::Left { .. } => "left",
            Self::RecordingReady { .. } => "recording_ready",
        }
    }
}
