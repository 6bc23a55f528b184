//! The forms of holds, camelCase JSON.

use serde::{Deserialize, Serialize};
use session::Kind;
use utoipa::ToSchema;

use super::App;
use super::lines_wire::SiteMode;
use super::wire::RequestedParticipant;
use super::word_schemas::kind_schema;
use crate::store;

/// What is to be held for a booking that is about to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct HoldRequest {
    #[schema(schema_with = kind_schema)]
    pub(super) kind: Kind,
    /// RFC 3339 with an offset; parts of a second are dropped.
    #[schema(example = "2026-11-23T09:30:00+08:00")]
    pub(super) starts_at: String,
    /// RFC 3339 with an offset; at most 12 hours after the start.
    #[schema(example = "2026-11-23T10:00:00+08:00")]
    pub(super) ends_at: String,
    /// Rooms to be held, at most 10.
    #[serde(default)]
    pub(super) room_ids: Vec<String>,
    /// Terminals to be held, at most 20.
    #[serde(default)]
    pub(super) terminal_ids: Vec<String>,
    /// People to be held, at most 50; as in a booking.
    pub(super) participants: Vec<RequestedParticipant>,
    /// Sites whose people are to take part in a lesser mode than they may.
    #[serde(default)]
    pub(super) sites: Vec<SiteMode>,
    /// How long it is held, 60 to 900; 300 if absent.
    #[serde(default)]
    pub(super) seconds: Option<u32>,
}

/// How much longer something is to be held.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Extension {
    /// From now on, 60 to 900; 300 if absent.
    #[serde(default)]
    pub(super) seconds: Option<u32>,
}

/// What is held for whoever asked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Held {
    /// `holdId` of the booking.
    id: String,
    /// RFC 3339 in the county's zone.
    starts_at: String,
    /// RFC 3339 in the county's zone.
    ends_at: String,
    /// From this second on it is in nobody's way, RFC 3339.
    expires_at: String,
    /// The latest to which it can be extended, RFC 3339.
    expires_latest: String,
}

impl Held {
    pub(super) fn new(app: &App, hold: &store::Hold, seconds_most: u64) -> Self {
        Self {
            id: hold.id.clone(),
            starts_at: app.zone.print(hold.interval.start()),
            ends_at: app.zone.print(hold.interval.end()),
            expires_at: app.zone.print(hold.until),
            expires_latest: app.zone.print(hold.made.plus(seconds_most)),
        }
    }
}
