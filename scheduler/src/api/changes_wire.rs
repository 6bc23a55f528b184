//! The forms of what is to be changed of a session.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem_schemas::Problem;
use super::wire::{RequestedParticipant, Session};

/// What is to be changed of a session; a member that is absent or null stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Change)]
pub(super) struct ChangeRequest {
    /// One line, at most 120 characters.
    pub(super) title: Option<String>,
    /// RFC 3339 with an offset. What has begun keeps its start.
    pub(super) starts_at: Option<String>,
    /// RFC 3339 with an offset; still to come.
    pub(super) ends_at: Option<String>,
    /// All rooms that it is to have.
    pub(super) room_ids: Option<Vec<String>>,
    /// All terminals that it is to have.
    pub(super) terminal_ids: Option<Vec<String>>,
    /// All people that it is to have.
    pub(super) participants: Option<Vec<RequestedParticipant>>,
    /// Whether to record it; stays as it is from 15 minutes before the start on.
    pub(super) recording: Option<bool>,
    /// Why, for the people who are booked; one line, at most 200 characters.
    pub(super) reason: Option<String>,
    /// Why it must be then although somebody or something is not open, or has no time for the way; one line, at most 200
    /// characters, and kept with the event. Without it such a change is refused (`/problems/not-open`).
    pub(super) override_reason: Option<String>,
}

/// Why a session is cancelled.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Cancellation {
    /// For the people who are booked; one line, at most 200 characters.
    pub(super) reason: Option<String>,
}

/// The problem of a change of a version that is not the latest.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChangedMeanwhile {
    #[serde(flatten)]
    problem: Problem,
    /// The session as it is now.
    session: Session,
}
