//! Areas, to choose one's own, and those that a county adds itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::areas_wire::AreaFound;
use super::extract::{Administrator, Body, Caller, Params, Path};
use super::refusals::store_failed;
use super::register::put as put_entry;
use super::register_wire::{AreaForm, RegisterEntry};
use super::{App, wire};
use crate::areas::{level, plain};
use crate::problem::{self, Problem};
use crate::register::Key;

/// Areas of one answer, if the request says nothing, and at most.
const AREAS: usize = 20;
const AREAS_MAX: usize = 200;
/// Most characters of a word that is looked for.
const WORD_CHARS_MAX: usize = 60;

#[derive(Debug, Deserialize)]
pub(super) struct AreaParams {
    q: Option<String>,
    within: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// Areas that were found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AreasFound {
    areas: Vec<AreaFound>,
    /// `after` of the request for the next page of a list; null if this is the last one, or if a word was looked for.
    #[schema(required = true)]
    next: Option<String>,
}

/// Looks for areas: with `q` those whose name, spoken name (pinyin without tones), first letters or code begin so, wide ones
/// first; without it those right below `within`, in the order of their codes.
#[utoipa::path(
    get, path = "/api/v1/areas", tag = "register", security(("person" = [])),
    params(
        ("q" = Option<String>, Query, description = "Beginning of a name, of its pinyin, of its first letters, or of a code"),
        ("within" = Option<String>, Query, description = "Code of an area in which they lie"),
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<usize>, Query, description = "1 to 200; 20 if absent")),
    responses(
        (status = 200, body = AreasFound),
        (status = 400, description = "Not a limit, a code or a word", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn find(
    State(app): State<Arc<App>>,
    _: Caller,
    Params(params): Params<AreaParams>,
) -> Result<Json<AreasFound>, Problem> {
    let AreaParams { q, within, after, limit } = params;
    let (within, after) = (within.unwrap_or_default(), after.unwrap_or_default());
    let most = limit.unwrap_or(AREAS);
    if !(1..=AREAS_MAX).contains(&most) {
        return Err(problem::bad_parameter(format!("`limit` must be 1 to {AREAS_MAX}")));
    }
    if [&within, &after].into_iter().any(|code| !code.is_empty() && level(code).is_none()) {
        return Err(problem::bad_parameter("the code of an area has 2, 4, 6, 9 or 12 digits"));
    }
    let word = plain(q.as_deref().unwrap_or_default());
    if word.chars().count() > WORD_CHARS_MAX {
        return Err(problem::bad_parameter(format!(
            "`q` must have at most {WORD_CHARS_MAX} characters"
        )));
    }
    let failed = |error| store_failed(&error);
    if !word.is_empty() {
        let found = app.store.find_areas(&word, &within, most).await.map_err(failed)?;
        let areas = found.into_iter().map(AreaFound::from).collect();
        return Ok(Json(AreasFound { areas, next: None }));
    }
    let mut found = app.store.areas_below(&within, &after, most + 1).await.map_err(failed)?;
    let more = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| more).map(|found| found.area.code.clone());
    Ok(Json(AreasFound { areas: found.into_iter().map(AreaFound::from).collect(), next }))
}

/// Makes the area of this code, or gives it another name; the areas that it lies in need not be there. Administrators only.
#[utoipa::path(
    put, path = "/api/v1/areas/{id}", tag = "register", security(("person" = [])), request_body = AreaForm,
    params(("id" = String, Path, description = "Its code: 2, 4, 6, 9 or 12 digits")),
    responses(
        (status = 200, body = RegisterEntry),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    Path(code): Path<String>,
    body: Body<AreaForm>,
) -> Result<Json<RegisterEntry>, Problem> {
    put_entry(&app, &person.id, body.value.draft(Key::Id(code))).await
}
