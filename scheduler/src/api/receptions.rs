//! What the people of a site are sent, and how much data that may take: read and set by schedulers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use booking::MEGABYTES_MAX;

use super::extract::{Body, Booker, Path};
use super::refusals::{bad_amount, mode_above_most, store_failed};
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::Reception;

/// How the people of an organization are served. Schedulers only.
#[utoipa::path(
    get, path = "/api/v1/organizations/{id}/reception", tag = "people", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Organization id")),
    responses(
        (status = 200, body = wire::Reception),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(app): State<Arc<App>>,
    _: Booker,
    Path(id): Path<String>,
) -> Result<Json<wire::Reception>, Problem> {
    let reception = app.store.reception(&id).await.map_err(|error| store_failed(&error))?;
    Ok(Json(reception.into()))
}

/// Serves the people of an organization like this, from the next time that they join a session. Schedulers only.
#[utoipa::path(
    put, path = "/api/v1/organizations/{id}/reception", tag = "people", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Organization id")),
    request_body = wire::Reception,
    responses(
        (status = 200, body = wire::Reception),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such organization", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "A mode above the most, or an amount that is none", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(
    State(app): State<Arc<App>>,
    _: Booker,
    Path(id): Path<String>,
    body: Body<wire::Reception>,
) -> Result<Json<wire::Reception>, Problem> {
    let reception = Reception::from(body.value);
    for (field, amount) in [("sessionMb", reception.session_mb), ("monthMb", reception.month_mb)] {
        if amount.is_some_and(|megabytes| megabytes > MEGABYTES_MAX) {
            return Err(bad_amount(field, MEGABYTES_MAX));
        }
    }
    if reception.mode < reception.mode_most {
        return Err(mode_above_most());
    }
    let known =
        app.store.put_reception(&id, reception).await.map_err(|error| store_failed(&error))?;
    if !known {
        return Err(problem::not_found(
            "there is no organization of this id; choose one from the directory",
        ));
    }
    Ok(Json(reception.into()))
}
