//! The forms of the tickets that open the recorder.

use serde::Serialize;
use utoipa::ToSchema;

/// What opens the recorder's list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListTicket {
    /// For `Authorization: Bearer` at the recorder.
    pub(super) ticket: String,
    /// When the ticket ends, RFC 3339.
    pub(super) expires_at: String,
    /// `after` of the request for the sessions before these; null if these are all.
    #[schema(required = true)]
    pub(super) next: Option<String>,
}

/// What opens one recording.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecordingTicket {
    /// For `Authorization: Bearer` at the recorder.
    pub(super) ticket: String,
    /// When the ticket ends, RFC 3339.
    pub(super) expires_at: String,
    /// Whether the person who asks may delete it.
    pub(super) can_delete: bool,
}

/// What deletes one recording.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeletionTicket {
    /// For `Authorization: Bearer` at the recorder.
    pub(super) ticket: String,
    /// When the ticket ends, RFC 3339.
    pub(super) expires_at: String,
}
