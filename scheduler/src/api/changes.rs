//! What happened to sessions: of one, and of all that a person may see, from a cursor on.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use booking::UnixS;
use serde::Deserialize;

use super::events_wire::{Events, Reader, SessionEvent};
use super::extract::{Caller, Params, Scheduling, SessionId};
use super::refusals::store_failed;
use super::sessions::find;
use super::{App, touching, wire};
use crate::problem::{self, Problem};
use crate::store::{Person, Which};

/// Most events of one answer.
const PAGE: usize = 100;

/// How long the home page tells of a change, most changes that it tells, and most that are looked at for that.
const NEWS_S: u64 = 7 * 86_400;
const NEWS_MAX: usize = 10;
const NEWS_READ_MAX: usize = 50;

#[derive(Debug, Deserialize)]
pub(super) struct Since {
    since: Option<String>,
}

/// What happened to the sessions that the person who asks takes part in, or did; for a scheduler to all. In order, without
/// gaps: who asks again with `next` misses nothing and gets nothing twice.
#[utoipa::path(
    get, path = "/api/v1/changes", tag = "sessions", security(("person" = []), ("login" = [])),
    params(("since" = Option<String>, Query,
        description = "`next` of the answer before; `latest` for the cursor of now and no events; from the first event if absent")),
    responses(
        (status = 200, body = Events),
        (status = 400, description = "Not a cursor", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn changes(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Params(Since { since }): Params<Since>,
) -> Result<Json<Events>, Problem> {
    let which = if person.is_scheduler() { Which::All } else { Which::OfPerson(&person.id) };
    page(&app, which, &person, since.as_deref()).await
}

/// What happened to one session, first to last. Schedulers only.
#[utoipa::path(
    get, path = "/api/v1/sessions/{id}/events", tag = "sessions", security(("person" = []), ("login" = [])),
    params(
        ("id" = String, Path, description = "Session id"),
        ("since" = Option<String>, Query, description = "`next` of the answer before; from the first event if absent"),
    ),
    responses(
        (status = 200, body = Events),
        (status = 400, description = "Not a cursor", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn of_session(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    SessionId(id): SessionId,
    Params(Since { since }): Params<Since>,
) -> Result<Json<Events>, Problem> {
    if !touching::books_session(&app, &person, &find(&app, &id).await?).await? {
        return Err(touching::elsewhere());
    }
    page(&app, Which::OfSession(&id), &person, since.as_deref()).await
}

async fn page(
    app: &App,
    which: Which<'_>,
    person: &Person,
    since: Option<&str>,
) -> Result<Json<Events>, Problem> {
    let failed = |error| store_failed(&error);
    let latest = app.store.latest_event().await.map_err(failed)?;
    let since = match since {
        None => 0,
        Some("latest") => latest,
        // A cursor that is ahead is of another store: what it was to follow is not known here.
        Some(text) => text.parse().ok().filter(|it| (0..=latest).contains(it)).ok_or_else(|| {
            problem::bad_parameter(
                "`since` must be `next` of an answer that you had from here; leave it out to begin at the first event",
            )
        })?,
    };
    let mut found = app.store.events_after(which, since, PAGE + 1).await.map_err(failed)?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().map_or(since, |event| event.number).to_string();
    // Who may ask for the events of one session sees all of them.
    let all = person.is_scheduler() || matches!(which, Which::OfSession(_));
    let reader = Reader { person_id: &person.id, all };
    let events = found.into_iter().filter_map(|event| SessionEvent::new(app, event, reader));
    Ok(Json(Events { events: events.collect(), next, more }))
}

/// What others have changed lately of the person's own sessions that are not over, latest first.
pub(super) async fn news(
    app: &App,
    person: &Person,
    now: UnixS,
) -> Result<Vec<SessionEvent>, Problem> {
    let found = app.store.news_of(&person.id, now.minus(NEWS_S), NEWS_READ_MAX).await;
    let found = found.map_err(|error| store_failed(&error))?;
    let to_come = found.into_iter().filter(|event| {
        // Who was in it has seen that it was ended; nobody else needs to know.
        if event.after.as_ref().is_some_and(|terms| terms.ended_s.is_some()) {
            return false;
        }
        let both = [&event.before, &event.after].into_iter().flatten();
        both.map(|terms| terms.ends_s).max().is_some_and(|ends_s| ends_s > now.0)
    });
    let reader = Reader { person_id: &person.id, all: false };
    let told = to_come.filter_map(|event| SessionEvent::new(app, event, reader));
    Ok(told.take(NEWS_MAX).collect())
}
