//! How much data people use.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use session::Mode;

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

/// What is kept of one person when a room, or the gateway, ends: it counts as used if the person comes again.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Spent {
    /// Who.
    pub identity: String,
    /// The site that its token named; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub site: String,
    /// Bytes on the wire, both ways.
    pub used: u64,
    /// The mode that it chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Mode>,
}

/// The people of a room in which somebody has a data budget, or has chosen a mode.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RoomSpent {
    /// The room's name.
    pub room: String,
    /// When its booked time ends, seconds since 1970.
    pub ends_s: Option<u64>,
    /// All of whom anything is known.
    pub people: Vec<Spent>,
}
