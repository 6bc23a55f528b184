//! Terminals: the devices that stand in rooms are made, changed and retired by administrators, and listed for who pairs them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use booking::ResourceKind;
use policy::{Object, Permission, Place};

use super::extract::{Administrator, Body, Caller, Params, Path};
use super::refusals::store_failed;
use super::register::{Made, PageParams, make, page, put};
use super::register_wire::{RegisterEntry, RegisterPage, TerminalForm};
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::register::{Key, Table};
use crate::store::{Keeper, Person, Resource};

/// The terminals of the county, retired ones too, in the order of their ids. Who pairs devices in a part of the county is told of
/// those there, and a page may have fewer entries than it could.
#[utoipa::path(
    get, path = "/api/v1/terminals", tag = "register", security(("person" = [])),
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<usize>, Query, description = "Entries of a page, 1 to 500; 100 if absent")),
    responses(
        (status = 200, body = RegisterPage),
        (status = 400, description = "Not a limit", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Neither an administrator nor a scheduler", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Params(params): Params<PageParams>,
) -> Result<Json<RegisterPage>, Problem> {
    if !person.may_somewhere(Permission::PairDevices) {
        return Err(problem::forbidden(
            "only an administrator or a scheduler can do this; ask yours to do it for you",
        ));
    }
    let Json(mut page) = page(&app, Table::Terminal, params).await?;
    if !person.may(Permission::PairDevices, Object::County) {
        page.entries = paired_by(&app, &person, page.entries).await?;
    }
    Ok(Json(page))
}

/// Those of some terminals of which this person pairs devices.
async fn paired_by(
    app: &App,
    person: &Person,
    terminals: Vec<RegisterEntry>,
) -> Result<Vec<RegisterEntry>, Problem> {
    let room = |entry: &RegisterEntry| {
        let id = entry.room_id.clone().unwrap_or_default();
        Keeper::Resource(Resource { kind: ResourceKind::Room, id })
    };
    let rooms: Vec<Keeper> = terminals.iter().map(room).collect();
    let found = app.store.bookables(&rooms).await.map_err(|error| store_failed(&error))?;
    let sites: Vec<&str> = found.values().map(|it| it.organization_id.as_str()).collect();
    let places = app.store.places_of_sites(&sites).await.map_err(|error| store_failed(&error))?;
    let own = |place: &&Place| person.may(Permission::PairDevices, Object::Place(place));
    let own: Vec<&str> = places.iter().filter(own).map(|place| place.site.as_str()).collect();
    let is_own =
        |at: usize| found.get(&at).is_some_and(|it| own.contains(&it.organization_id.as_str()));
    let kept = terminals.into_iter().enumerate().filter(|(at, _)| is_own(*at));
    Ok(kept.map(|(_, entry)| entry).collect())
}

/// Makes a terminal in a room.
#[utoipa::path(
    post, path = "/api/v1/terminals", tag = "register", security(("person" = [])), request_body = TerminalForm,
    responses(
        (status = 201, body = RegisterEntry),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make_terminal(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    body: Body<TerminalForm>,
) -> Result<Made, Problem> {
    make(&app, &person.id, body.value.draft(Key::New)?).await
}

/// Changes a terminal, puts it into another room, retires it or takes it back.
#[utoipa::path(
    put, path = "/api/v1/terminals/{id}", tag = "register", security(("person" = [])), request_body = TerminalForm,
    params(("id" = String, Path, description = "Terminal id")),
    responses(
        (status = 200, body = RegisterEntry),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such terminal", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put_terminal(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    Path(id): Path<String>,
    body: Body<TerminalForm>,
) -> Result<Json<RegisterEntry>, Problem> {
    put(&app, &person.id, body.value.draft(Key::There(id))?).await
}
