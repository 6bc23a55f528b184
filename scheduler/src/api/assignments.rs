//! Which roles people hold, and where: given and taken by who keeps the accounts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use policy::{Scope, StandingRole};
use serde::Deserialize;
use serde_json::json;

use super::assignments_wire::{Assignments, NewAssignment, RoleTable, ScopeForm};
use super::extract::{Body, Caller, Params, Path, RoleGiver};
use super::faults::Faults;
use super::refusals::{reason_given, store_failed};
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{ASSIGNMENTS_MAX, Act, Given, Taken};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct TakenParams {
    role: String,
    scope_kind: String,
    #[serde(default)]
    scope_id: String,
    reason: Option<String>,
}

/// Every standing role, and what it may do on which level of area.
#[utoipa::path(
    get, path = "/api/v1/roles", tag = "access", security(("person" = []), ("login" = [])),
    responses(
        (status = 200, body = RoleTable),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn roles(_: Caller) -> Json<RoleTable> {
    Json(RoleTable::new())
}

/// The roles of a person, and where the person holds them. For those who give roles.
#[utoipa::path(
    get, path = "/api/v1/people/{id}/assignments", tag = "access", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Person id")),
    responses(
        (status = 200, body = Assignments),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not one who gives roles", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such person", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn of_person(
    State(app): State<Arc<App>>,
    _: RoleGiver,
    Path(id): Path<String>,
) -> Result<Json<Assignments>, Problem> {
    if app.store.person(&id).await.map_err(|error| store_failed(&error))?.is_none() {
        return Err(nobody());
    }
    told(&app, &id).await
}

/// Gives a person a role somewhere; given twice it is given once. For those who give roles.
#[utoipa::path(
    post, path = "/api/v1/people/{id}/assignments", tag = "access", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Person id")), request_body = NewAssignment,
    responses(
        (status = 201, description = "All roles of the person", body = Assignments),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not one who gives roles", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such person", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "No such role, no such place, or a role that may do nothing there", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn give(
    State(app): State<Arc<App>>,
    RoleGiver(by): RoleGiver,
    Path(id): Path<String>,
    body: Body<NewAssignment>,
) -> Result<(StatusCode, Json<Assignments>), Problem> {
    let NewAssignment { role, scope, reason } = body.value;
    let reason = reason_given(reason.as_deref())?;
    let (role, scope) = meant(&role, &scope)?;
    let act = Act { by: &by.id, at: app.now(), reason };
    let given = app.store.give(&id, (role, &scope), &act).await;
    let mut faults = Faults::default();
    match given.map_err(|error| store_failed(&error))? {
        Given::Done => tracing::debug!(by = by.id, of = id, %role, "role.given"),
        Given::NoSuchPerson => return Err(nobody()),
        Given::NoSuchPlace => no_such_scope(&mut faults),
        Given::TooMany => {
            let detail =
                format!("one person holds at most {ASSIGNMENTS_MAX} roles; take one first");
            faults.add("role", "too-many", json!({ "most": ASSIGNMENTS_MAX }), &detail);
        }
    }
    faults.or(())?;
    Ok((StatusCode::CREATED, told(&app, &id).await?))
}

/// Takes a role from a person. The last one who can give roles, or keep the county, keeps that. For those who give roles.
#[utoipa::path(
    delete, path = "/api/v1/people/{id}/assignments", tag = "access", security(("person" = []), ("login" = [])),
    params(
        ("id" = String, Path, description = "Person id"),
        ("role" = String, Query, description = "The role"),
        ("scope-kind" = String, Query, description = "`county`, `home`, `area` or `site`"),
        ("scope-id" = Option<String>, Query, description = "The code of the area or the id of the organization"),
        ("reason" = Option<String>, Query, description = "Why, for the log; at most 200 characters"),
    ),
    responses(
        (status = 200, description = "The roles that are left", body = Assignments),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not one who gives roles", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person does not hold it", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Nobody else holds it", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "No such role or place", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn take(
    State(app): State<Arc<App>>,
    RoleGiver(by): RoleGiver,
    Path(id): Path<String>,
    Params(params): Params<TakenParams>,
) -> Result<Json<Assignments>, Problem> {
    let TakenParams { role, scope_kind, scope_id, reason } = params;
    let reason = reason_given(reason.as_deref())?;
    let (role, scope) = read(&role, &ScopeForm { kind: scope_kind, id: scope_id })?;
    let act = Act { by: &by.id, at: app.now(), reason };
    let taken = app.store.take(&id, (role, &scope), &act).await;
    match taken.map_err(|error| store_failed(&error))? {
        Taken::Done => tracing::debug!(by = by.id, of = id, %role, "role.taken"),
        Taken::NotHeld => {
            return Err(problem::not_found(
                "the person does not hold this role there; read the list again",
            ));
        }
        Taken::LastOne => {
            return Err(problem::last_administrator(
                "nobody else could do it any more; give the role to another person first",
            ));
        }
    }
    told(&app, &id).await
}

async fn told(app: &App, id: &str) -> Result<Json<Assignments>, Problem> {
    let held = app.store.assignments_of(id).await.map_err(|error| store_failed(&error))?;
    Ok(Json(Assignments::new(app, held)))
}

/// The role and the scope of these words.
fn read(role: &str, scope: &ScopeForm) -> Result<(StandingRole, Scope), Problem> {
    let mut faults = Faults::default();
    let known = role.parse::<StandingRole>().ok();
    if known.is_none() {
        let detail = "this is no role; choose one of /api/v1/roles";
        faults.add("role", "role-unknown", json!({ "id": shown(role) }), detail);
    }
    let place = scope.scope();
    if place.is_none() {
        no_such_scope(&mut faults);
    }
    match (known, place) {
        (Some(role), Some(scope)) => faults.or((role, scope)),
        _ => Err(faults.problem()),
    }
}

/// The same, if the role may do anything there. Where a site is, is looked at when it is asked for.
fn meant(role: &str, scope: &ScopeForm) -> Result<(StandingRole, Scope), Problem> {
    let (role, scope) = read(role, scope)?;
    let level = match &scope {
        Scope::County => Some(policy::Level::County),
        Scope::Area(area) => Some(area.level()),
        Scope::Home | Scope::Site(_) => None,
    };
    let mut faults = Faults::default();
    if level.is_some_and(|level| policy::cell(role, level).is_empty()) {
        let detail =
            "this role may do nothing on that level of area; choose a narrower or a wider one";
        faults.add("scope", "role-without-rights", json!({}), detail);
    }
    faults.or((role, scope))
}

fn no_such_scope(faults: &mut Faults) {
    let detail = "there is no such place: say `county` or `home`, or `area` with a code of 2, 4, 6, 9 or 12 digits, or `site` with the id of an organization";
    faults.add("scope", "scope-unknown", json!({}), detail);
}

fn shown(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).take(60).collect()
}

fn nobody() -> Problem {
    problem::not_found("there is nobody of this id; choose one from the directory")
}
