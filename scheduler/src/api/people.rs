//! Who asks, and who can be booked.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};

use policy::Permission;
use serde::Deserialize;

use super::directory_wire::place;
use super::extract::{Caller, Params};
use super::freshness::TaggedBy;
use super::refusals::store_failed;
use super::{App, changes, sessions, wire};
use crate::problem::{self, Problem};
use crate::store::{DirectoryPart, DirectoryPlace};

/// The home page of the person who asks: who it is, the time, today's sessions and whatever can be joined now, and
/// one's own of the week after, what others have changed of one's own, and whether one is reminded of anything. Its tag is of all but the time: who is told that
/// nothing has changed takes the time from `Date`.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "people", security(("person" = []), ("login" = [])),
    responses(
        (status = 200, body = wire::Me),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn me(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
) -> Result<(Extension<TaggedBy>, Json<wire::Me>), Problem> {
    let now = app.now();
    let today = sessions::of_today(&app, &person, now).await?;
    let soon = sessions::soon(&app, &person, now).await?;
    let news = changes::news(&app, &person, now).await?;
    let reception = app.store.reception(&person.organization.id).await;
    let reception = reception.map_err(|error| store_failed(&error))?;
    let reminded = app.store.is_reminded(&person.id, now).await;
    let reminded = reminded.map_err(|error| store_failed(&error))?;
    let me = wire::Me::new(&app, (person, reception), now, (today, soon), (news, reminded));
    Ok((Extension(me.tagged_by()), Json(me)))
}

/// Most entries of a page of the directory.
const PAGE_MAX: usize = 1_000;

#[derive(Debug, Deserialize)]
pub(super) struct DirectoryParams {
    after: Option<String>,
    limit: Option<usize>,
}

/// Everybody and everything that can be booked, page by page: organizations, then rooms, terminals and people, each in the order
/// of their ids. For schedulers and administrators.
#[utoipa::path(
    get, path = "/api/v1/directory", tag = "people", security(("person" = []), ("login" = [])),
    params(
        ("after" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<usize>, Query, description = "Entries of a page, of all parts together, 1 to 1000; 1000 if absent"),
    ),
    responses(
        (status = 200, body = wire::Directory),
        (status = 400, description = "Not a limit, or not a `next` of ours", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Neither a scheduler nor an administrator", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn directory(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Params(DirectoryParams { after, limit }): Params<DirectoryParams>,
) -> Result<Json<wire::Directory>, Problem> {
    let for_whom =
        [Permission::Book, Permission::Configure, Permission::KeepKeys, Permission::GiveRoles];
    if !for_whom.into_iter().any(|permission| person.may_somewhere(permission)) {
        return Err(problem::forbidden(
            "only a scheduler or an administrator can do this; ask yours to do it for you",
        ));
    }
    let most = limit.unwrap_or(PAGE_MAX);
    if !(1..=PAGE_MAX).contains(&most) {
        return Err(problem::bad_parameter(format!("`limit` must be 1 to {PAGE_MAX}")));
    }
    let first = DirectoryPlace { part: DirectoryPart::Organizations, after: String::new() };
    let from = after.map_or(Some(first), |text| place(&text)).ok_or_else(|| {
        problem::bad_parameter("`after` must be the `next` of an answer; leave it out to begin")
    })?;
    let directory = app.store.directory(&from, most).await.map_err(|error| store_failed(&error))?;
    Ok(Json(directory.into()))
}
