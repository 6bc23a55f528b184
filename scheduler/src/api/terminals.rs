//! Terminals: the devices that stand in rooms are made, changed and retired. Administrators only.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::extract::{Administrator, Body, Params, Path};
use super::register::{Made, PageParams, make, page, put};
use super::register_wire::{RegisterEntry, RegisterPage, TerminalForm};
use super::{App, wire};
use crate::problem::Problem;
use crate::register::{Key, Table};

/// The terminals of the county, retired ones too, in the order of their ids.
#[utoipa::path(
    get, path = "/api/v1/terminals", tag = "register", security(("person" = [])),
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
pub(super) async fn list(
    State(app): State<Arc<App>>,
    _: Administrator,
    Params(params): Params<PageParams>,
) -> Result<Json<RegisterPage>, Problem> {
    page(&app, Table::Terminal, params).await
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
    make(&app, &person.id, body.value.draft(Key::New)).await
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
    put(&app, &person.id, body.value.draft(Key::There(id))).await
}
