//! From what the store and the booking rules say to what a person is told.

use booking::Fault;
use serde_json::json;

use super::App;
use crate::problem::Problem;
use crate::store::{BookError, Clash, StoreError};

/// A store that could not answer: told to the log in full, to the caller as what to do.
pub(super) fn store_failed(error: &StoreError) -> Problem {
    match error {
        StoreError::Busy => {
            Problem::busy("many are writing at once; send the request again in a few seconds")
                .header(axum::http::header::RETRY_AFTER, "2")
        }
        StoreError::Disk(_) => {
            tracing::error!(%error, "store.failed");
            Problem::disk(
                "nothing was changed; tell the operator that the scheduler's disk is full or read-only",
            )
        }
        StoreError::Unreadable(_) | StoreError::Other(_) => {
            tracing::error!(%error, "store.failed");
            Problem::internal(
                "nothing was changed; try again, and tell the operator if it stays: the log says more",
            )
        }
    }
}

/// Everything that is wrong with a booking request: `errors` names the members to change.
pub(super) fn faulty(faults: &[Fault]) -> Problem {
    let details: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let errors: Vec<_> = faults
        .iter()
        .map(|fault| json!({ "field": fault.field(), "detail": fault.to_string() }))
        .collect();
    Problem::invalid(details.join("; ")).with("errors", errors)
}

/// Why nothing was booked.
pub(super) fn not_booked(app: &App, error: BookError) -> Problem {
    match error {
        BookError::Clash(clash) => taken(app, &clash),
        BookError::Unknown(resource) => {
            let field = if resource.kind == "room" { "roomIds" } else { "participants" };
            let detail = format!(
                "there is no {} `{}`; choose one from the directory",
                resource.kind, resource.id
            );
            Problem::invalid(detail.clone())
                .with("errors", json!([{ "field": field, "detail": detail }]))
        }
        BookError::NotHeld { person_id, role } => {
            let detail = format!(
                "`{person_id}` is not registered as {role}; choose another role or another person"
            );
            Problem::invalid(detail.clone())
                .with("errors", json!([{ "field": "participants", "detail": detail }]))
        }
        BookError::KeyReused => Problem::key_reused("use a new Idempotency-Key for a new request"),
        BookError::Store(error) => store_failed(&error),
    }
}

fn taken(app: &App, clash: &Clash) -> Problem {
    let until = app.zone.print(clash.taken_until);
    let next = clash.next_free.map(|free| app.zone.print(free.start()));
    let name = &clash.name;
    let detail = match &next {
        Some(next) => {
            format!("{name} is taken until {until}; all that you chose is free from {next}")
        }
        None => format!(
            "{name} is taken until {until}; within 31 days there is no time when all that you chose is free"
        ),
    };
    let resource = &clash.resource;
    let resource =
        json!({ "kind": resource.kind, "id": resource.id, "name": name, "nameEn": clash.name_en });
    Problem::slot_taken(detail)
        .with("resource", resource)
        .with("takenUntil", until)
        .with("nextFree", next)
}
