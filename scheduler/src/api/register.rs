//! The register: organizations, rooms and people are made, changed and retired. Administrators only.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::areas_wire::AreaFound;
use super::extract::{Administrator, Body, Params, Path};
use super::refusals::{faulty_form, store_failed};
use super::register_wire::{OrganizationForm, PersonForm, RegisterEntry, RegisterPage, RoomForm};
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::register::{Draft, Entry, Key, Outcome, Rules, Table, What, named_areas, plan};
use crate::store::BookedAhead;

/// Entries of a page, if the request says nothing, and at most.
const PAGE: usize = 100;
const PAGE_MAX: usize = 500;
/// Most sessions that are told of one who is to be retired; their number is told in full.
const AHEAD_MAX: usize = 20;

#[derive(Debug, Deserialize)]
pub(super) struct PageParams {
    after: Option<String>,
    limit: Option<usize>,
}

pub(super) async fn page(
    app: &App,
    table: Table,
    params: PageParams,
) -> Result<Json<RegisterPage>, Problem> {
    let most = params.limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&most) {
        return Err(problem::bad_parameter(format!("`limit` must be 1 to {PAGE_MAX}")));
    }
    let after = params.after.unwrap_or_default();
    let found = app.store.entries(table, &after, most + 1).await;
    let mut entries = found.map_err(|error| store_failed(&error))?;
    let more = entries.len() > most;
    entries.truncate(most);
    let next = entries.last().filter(|_| more).map(|entry| entry.id.clone());
    let codes: BTreeSet<&str> = entries.iter().filter_map(area_code).collect();
    let codes = codes.into_iter().map(str::to_owned).collect();
    let areas = app.store.areas_of(codes).await.map_err(|error| store_failed(&error))?;
    let areas = areas.into_iter().map(AreaFound::from).collect();
    let entries = entries.into_iter().map(RegisterEntry::from).collect();
    Ok(Json(RegisterPage { entries, areas, next }))
}

fn area_code(entry: &Entry) -> Option<&str> {
    match &entry.what {
        What::Organization { area_code, .. } => area_code.as_deref(),
        _ => None,
    }
}

/// Carries out one draft for `by`.
pub(super) async fn put(app: &App, by: &str, draft: Draft) -> Result<Json<RegisterEntry>, Problem> {
    let rules = Rules { by: Some(by), entries_max: app.config.register_entries_max };
    let mut new_id = || uuid::Uuid::now_v7().to_string();
    let meant = match &draft.key {
        Key::There(id) => Some((draft.table, id.clone())),
        _ => None,
    };
    let table = draft.table;
    let lines = vec![(0, Ok(draft))];
    let areas = named_areas(&lines);
    let change = app.store.change_register((by, app.now()), &areas, |register| {
        plan(register, lines, rules, &mut new_id)
    });
    let plan = change.await.map_err(|error| store_failed(&error))?;
    let faults = match plan.lines.into_iter().next() {
        Some((_, Outcome::Faulty(unread))) => unread.faults,
        Some((_, outcome)) => {
            let nothing = || problem::internal("nothing was changed; try again");
            return outcome.into_entry().map(|entry| Json(entry.into())).ok_or_else(nothing);
        }
        None => Vec::new(),
    };
    let refused = faulty_form(table, &faults);
    match meant.filter(|_| faults.iter().any(|fault| fault.code == "still-booked")) {
        Some((table, id)) => Err(refused.member("sessions", ahead(app, table, &id).await?)),
        None => Err(refused),
    }
}

/// The sessions that need one who is to be retired, earliest first.
async fn ahead(app: &App, table: Table, id: &str) -> Result<Vec<Value>, Problem> {
    let found = app.store.booked_ahead((table, id), app.now(), AHEAD_MAX).await;
    let (_, sessions) = found.map_err(|error| store_failed(&error))?;
    let told = |session: BookedAhead| {
        let BookedAhead { session_id, title, starts, ends } = session;
        let (starts, ends) = (app.zone.print(starts), app.zone.print(ends));
        json!({ "id": session_id, "title": title, "startsAt": starts, "endsAt": ends })
    };
    Ok(sessions.into_iter().map(told).collect())
}

pub(super) type Made = (StatusCode, Json<RegisterEntry>);

pub(super) async fn make(app: &App, by: &str, draft: Draft) -> Result<Made, Problem> {
    Ok((StatusCode::CREATED, put(app, by, draft).await?))
}

/// The organizations of the county, retired ones too, in the order of their ids.
#[utoipa::path(
    get, path = "/api/v1/organizations", tag = "register", security(("person" = [])),
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<usize>, Query, description = "Entries of a page, 1 to 500; 100 if absent")),
    responses(
        (status = 200, body = RegisterPage),
        (status = 400, description = "Not a limit", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn organizations(
    State(app): State<Arc<App>>,
    _: Administrator,
    Params(params): Params<PageParams>,
) -> Result<Json<RegisterPage>, Problem> {
    page(&app, Table::Organization, params).await
}

/// Makes an organization.
#[utoipa::path(
    post, path = "/api/v1/organizations", tag = "register", security(("person" = [])), request_body = OrganizationForm,
    responses(
        (status = 201, body = RegisterEntry),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make_organization(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    body: Body<OrganizationForm>,
) -> Result<Made, Problem> {
    make(&app, &person.id, body.value.draft(Key::New)?).await
}

/// Changes an organization, retires it or takes it back.
#[utoipa::path(
    put, path = "/api/v1/organizations/{id}", tag = "register", security(("person" = [])), request_body = OrganizationForm,
    params(("id" = String, Path, description = "Organization id")),
    responses(
        (status = 200, body = RegisterEntry),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such organization", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put_organization(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    Path(id): Path<String>,
    body: Body<OrganizationForm>,
) -> Result<Json<RegisterEntry>, Problem> {
    put(&app, &person.id, body.value.draft(Key::There(id))?).await
}

/// The rooms of the county, retired ones too, in the order of their ids.
#[utoipa::path(
    get, path = "/api/v1/rooms", tag = "register", security(("person" = [])),
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<usize>, Query, description = "Entries of a page, 1 to 500; 100 if absent")),
    responses(
        (status = 200, body = RegisterPage),
        (status = 400, description = "Not a limit", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn rooms(
    State(app): State<Arc<App>>,
    _: Administrator,
    Params(params): Params<PageParams>,
) -> Result<Json<RegisterPage>, Problem> {
    page(&app, Table::Room, params).await
}

/// Makes a room.
#[utoipa::path(
    post, path = "/api/v1/rooms", tag = "register", security(("person" = [])), request_body = RoomForm,
    responses(
        (status = 201, body = RegisterEntry),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make_room(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    body: Body<RoomForm>,
) -> Result<Made, Problem> {
    make(&app, &person.id, body.value.draft(Key::New)?).await
}

/// Changes a room, retires it or takes it back. A room that is booked is not retired: `still-booked`, with the first 20 `sessions`
/// that need another.
#[utoipa::path(
    put, path = "/api/v1/rooms/{id}", tag = "register", security(("person" = [])), request_body = RoomForm,
    params(("id" = String, Path, description = "Room id")),
    responses(
        (status = 200, body = RegisterEntry),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such room", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put_room(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    Path(id): Path<String>,
    body: Body<RoomForm>,
) -> Result<Json<RegisterEntry>, Problem> {
    put(&app, &person.id, body.value.draft(Key::There(id))?).await
}

/// The people of the county, retired ones too, in the order of their ids.
#[utoipa::path(
    get, path = "/api/v1/people", tag = "register", security(("person" = [])),
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<usize>, Query, description = "Entries of a page, 1 to 500; 100 if absent")),
    responses(
        (status = 200, body = RegisterPage),
        (status = 400, description = "Not a limit", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn people(
    State(app): State<Arc<App>>,
    _: Administrator,
    Params(params): Params<PageParams>,
) -> Result<Json<RegisterPage>, Problem> {
    page(&app, Table::Person, params).await
}

/// Makes a person.
#[utoipa::path(
    post, path = "/api/v1/people", tag = "register", security(("person" = [])), request_body = PersonForm,
    responses(
        (status = 201, body = RegisterEntry),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make_person(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    body: Body<PersonForm>,
) -> Result<Made, Problem> {
    make(&app, &person.id, body.value.draft(Key::New)?).await
}

/// Changes a person, retires it or takes it back. Who is retired cannot be booked any more, and no link of theirs opens
/// anything from then on. Who is booked is not retired: `still-booked`, with the first 20 `sessions` that need another.
#[utoipa::path(
    put, path = "/api/v1/people/{id}", tag = "register", security(("person" = [])), request_body = PersonForm,
    params(("id" = String, Path, description = "Person id")),
    responses(
        (status = 200, body = RegisterEntry),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such person", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put_person(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    Path(id): Path<String>,
    body: Body<PersonForm>,
) -> Result<Json<RegisterEntry>, Problem> {
    put(&app, &person.id, body.value.draft(Key::There(id))?).await
}
