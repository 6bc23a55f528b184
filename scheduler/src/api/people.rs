//! Who asks, and who can be booked.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};

use policy::Permission;

use super::extract::Caller;
use super::freshness::TaggedBy;
use super::refusals::store_failed;
use super::{App, changes, sessions, wire};
use crate::problem::{self, Problem};

/// The home page of the person who asks: who it is, the time, today's sessions and whatever can be joined now, and
/// one's own of the week after, and what others have changed of one's own. Its tag is of all but the time: who is told that
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
    let me = wire::Me::new(&app, (person, reception), now, (today, soon), news);
    Ok((Extension(me.tagged_by()), Json(me)))
}

/// Everybody and everything that can be booked. For schedulers and administrators.
#[utoipa::path(
    get, path = "/api/v1/directory", tag = "people", security(("person" = []), ("login" = [])),
    responses(
        (status = 200, body = wire::Directory),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Neither a scheduler nor an administrator", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn directory(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
) -> Result<Json<wire::Directory>, Problem> {
    let for_whom =
        [Permission::Book, Permission::Configure, Permission::KeepKeys, Permission::GiveRoles];
    if !for_whom.into_iter().any(|permission| person.may_somewhere(permission)) {
        return Err(problem::forbidden(
            "only a scheduler or an administrator can do this; ask yours to do it for you",
        ));
    }
    let directory = app.store.directory().await.map_err(|error| store_failed(&error))?;
    Ok(Json(directory.into()))
}
