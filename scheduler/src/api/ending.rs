//! Ending a session for all.

use std::sync::Arc;

use axum::extract::State;
use booking::UnixS;

use super::extract::{Caller, SessionId, no_such_session};
use super::join::closing_time;
use super::refusals::store_failed;
use super::sessions::find;
use super::versions::{Tagged, tagged};
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{Act, Ended, Person, Session};

/// How often it is tried anew because somebody else changes the session at the same time.
const TRIES_MAX: usize = 3;

/// Ends a session for all who are in its room, at once; nobody joins it any more. Only whoever leads it, from its start until its
/// room closes;
/// twice is the same as once. Its people and places are free from then
/// on; its times stay as they were planned.
#[utoipa::path(
    post, path = "/api/v1/sessions/{id}/end", tag = "sessions", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Session id")),
    responses(
        (status = 200, body = wire::Session, headers(("ETag" = String, description = "Version of the session"))),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not specialist or lead teacher of this session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Cancelled, too early (with `opensAt`) or over (with `closedAt`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy; try again", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn end(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    SessionId(id): SessionId,
) -> Result<Tagged, Problem> {
    let now = app.now();
    let act = Act { by: &person.id, at: now, reason: None };
    for _ in 0..TRIES_MAX {
        let session = find(&app, &id).await?;
        check(&app, &person, &session, now)?;
        let ended = app.store.end_session((&id, session.version), &act).await;
        match ended.map_err(|error| store_failed(&error))? {
            Ended::Done(session) => {
                app.booking_changed(&id);
                tracing::info!(session = %id, "session.ended");
                return Ok(tagged(&app, *session, &person, now));
            }
            Ended::Meanwhile => {}
            Ended::Cancelled => {
                return Err(problem::not_joinable(
                    "the session was cancelled; nothing was changed",
                ));
            }
            Ended::Unknown => return Err(no_such_session()),
        }
    }
    Err(problem::busy("others change this session all the time; try again").retry_after_s(1))
}

/// Whether this person may end the session now.
fn check(app: &App, person: &Person, session: &Session, now: UnixS) -> Result<(), Problem> {
    if !session.is_led_by(&person.id) {
        return Err(problem::forbidden(
            "only the specialist or lead teacher of a session ends it for all; you can leave it, or ask the scheduler to cancel it",
        ));
    }
    if session.ended.is_some() {
        return Ok(());
    }
    closing_time(app, session, now)?;
    let start = session.interval.start();
    if now < start {
        let at = app.zone.print(start);
        let detail = format!(
            "the session begins at {at} only; leave it, or ask the scheduler to cancel or move it"
        );
        return Err(problem::not_joinable(detail).member("opensAt", at));
    }
    Ok(())
}
