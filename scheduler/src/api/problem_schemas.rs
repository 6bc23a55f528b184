//! What the description says of problems; they are made by [`crate::problem`].

use serde::Serialize;
use utoipa::ToSchema;

use super::names_wire::NamesSchema;
use session::Names;

/// An RFC 9457 problem, `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// A relative URI, such as `/problems/slot-taken`.
    #[schema(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    /// What the person can do.
    detail: String,
}

/// The problem of a request that cannot be carried out as it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Invalid {
    #[serde(flatten)]
    problem: Problem,
    /// Everything that is wrong; never empty.
    errors: Vec<InvalidMember>,
}

/// One thing that is wrong with a request.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InvalidMember {
    /// The member to change, such as `startsAt`.
    field: String,
    /// What is wrong, in a word that never changes, such as `role-missing`.
    code: String,
    /// The params of the sentence: numbers (`most`, `minutes`, `hours`, `days`) and words (`kind`, `role`, `id`).
    #[schema(value_type = Object)]
    params: serde_json::Map<String, serde_json::Value>,
    /// The sentence in English: what the person can do.
    detail: String,
}

/// Who or what is taken.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Taken)]
pub(super) struct TakenResource {
    /// `person`, `room`, `terminal` or `interpreter`, who is a person.
    kind: String,
    id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
}

/// The problem of a clash.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SlotTaken {
    #[serde(flatten)]
    problem: Problem,
    resource: TakenResource,
    /// When that resource is free again, RFC 3339.
    taken_until: String,
    /// When everything that was asked for is free, RFC 3339; null if not within 31 days.
    #[schema(required = true)]
    next_free: Option<String>,
    /// For a session that has begun and keeps its start: the latest end for which everything is free, RFC 3339; else null.
    #[schema(required = true)]
    free_until: Option<String>,
    /// If that resource is only held for a booking that somebody is making: when that runs out, RFC 3339; else null.
    #[schema(required = true)]
    held_until: Option<String>,
}
