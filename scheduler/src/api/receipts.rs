//! What participants of a session really received.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use super::audit::{self, ReadFrom};
use super::audit_wire::ReadAct;
use super::extract::{Caller, Params, SessionId};
use super::refusals::store_failed;
use super::{App, sessions, wire};
use crate::problem::{self, Problem};

/// Receipts in one answer: an hour and a quarter of one person.
const RECEIPTS_MAX: usize = 450;

#[derive(Debug, Deserialize)]
pub(super) struct After {
    after: Option<String>,
}

/// What everybody really received in a session, as their clients told: the sums of each person, and the receipts of some
/// ten seconds each, in the order in which they came. For its participants and schedulers.
///
/// Receipts come some 20 seconds after what they are of, later if the gateway was away. They are kept for 30 days; the sums
/// are kept as long as the session.
#[utoipa::path(
    get, path = "/api/v1/sessions/{id}/receipts", tag = "sessions", security(("person" = []), ("login" = [])),
    params(
        ("id" = String, Path, description = "Session id"),
        ("after" = Option<String>, Query, description = "`next` of the answer before")
    ),
    responses(
        (status = 200, body = wire::Receipts),
        (status = 400, description = "Not a `next` of ours", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not one's own session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    SessionId(id): SessionId,
    Params(After { after }): Params<After>,
    from: ReadFrom,
) -> Result<Json<wire::Receipts>, Problem> {
    let session = sessions::seen(&app, &person, &id).await?;
    audit::note_clinical(&app, &person, (ReadAct::Receipts, &session), from).await?;
    let after = after.as_deref().map(place).transpose()?.unwrap_or_default();
    let found = app.store.receipts(&id, after, RECEIPTS_MAX + 1).await;
    let mut found = found.map_err(|error| store_failed(&error))?;
    let more = found.len() > RECEIPTS_MAX;
    found.truncate(RECEIPTS_MAX);
    let next = found.last().map(|(place, _)| place.to_string()).filter(|_| more);
    let attendances = app.store.attendances(&id).await.map_err(|error| store_failed(&error))?;
    let receipts = found.into_iter().map(|(_, receipt)| receipt).collect();
    Ok(Json(wire::Receipts::new(&app, &session, attendances, (receipts, next))))
}

fn place(text: &str) -> Result<i64, Problem> {
    let place = text.parse().ok().filter(|place| *place >= 0);
    place.ok_or_else(|| {
        problem::bad_parameter("`after` must be the `next` of an answer; leave it out to begin")
    })
}
