//! A day of one site in one small answer, for who looks over a thin line.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use booking::{Interval, UnixS};
use serde::Deserialize;
use session::Language;

use super::day_wire::{DaySession, SiteDay};
use super::extract::{Caller, Params, Path};
use super::refusals::store_failed;
use super::sessions::not_a_day;
use super::{App, touching, wire};
use crate::civil::parse_day;
use crate::problem::{self, Problem};
use crate::store::FeedOwner;

/// Most bytes of the body, unpacked: with the headers of the answer 4 kB (4,096).
const BODY_BYTES_MAX: usize = 3_800;

#[derive(Debug, Deserialize)]
pub(super) struct DayParams {
    day: Option<String>,
    after: Option<String>,
    language: Option<String>,
}

/// The day of a site: every session in which somebody, a room or a terminal of it takes part, as short as it can be told. An answer has
/// at most 4 kB with its headers, unpacked: some 20 sessions; `next` leads to those that follow. For the schedulers of
/// the county and of the part of it in which the site lies, and for the people of the site.
#[utoipa::path(
    get, path = "/api/v1/organizations/{id}/day", tag = "sessions", security(("person" = []), ("login" = [])),
    params(
        ("id" = String, Path, description = "Organization id"),
        ("day" = Option<String>, Query, description = "YYYY-MM-DD in the county's zone; today if absent"),
        ("after" = Option<String>, Query, description = "`next` of the answer before"),
        ("language" = Option<String>, Query, description = "`en` for the English names of people, rooms and terminals that have one"),
    ),
    responses(
        (status = 200, body = SiteDay),
        (status = 400, description = "Not a day, or not a `next` of ours", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Neither a scheduler for this site nor of it", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn of_site(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    Params(DayParams { day, after, language }): Params<DayParams>,
) -> Result<Json<SiteDay>, Problem> {
    if person.organization.id != id && !touching::books_site(&app, &person, &id).await? {
        return Err(problem::forbidden(
            "only those who book for a site and its own people can see its day; ask yours",
        ));
    }
    let day = match day.as_deref() {
        None => app.zone.day_at(app.now()),
        Some(text) => parse_day(text).ok_or_else(not_a_day)?,
    };
    let bounds = app.zone.bounds(day).ok_or_else(not_a_day)?;
    let after = after.as_deref().map(place).transpose()?;
    let owner = FeedOwner::Organization(id.clone());
    let found = app.store.feed_sessions(&owner, bounds).await;
    let sessions = found.map_err(|error| store_failed(&error))?;
    let beyond = |at: Interval, id: &str| {
        after.as_ref().is_none_or(|(start, last)| (at.start(), id) > (*start, last.as_str()))
    };
    let sessions = sessions.iter().filter(|it| beyond(it.interval, &it.id));
    let language = language.and_then(|it| it.parse().ok()).unwrap_or(Language::Chinese);
    let mut told = SiteDay::new(&app.zone, day, bounds.start());
    for session in sessions {
        let one = DaySession::new(session, (&id, language), bounds.start());
        if !told.takes(one, BODY_BYTES_MAX) {
            break;
        }
    }
    Ok(Json(told))
}

/// A place in a day: `SECONDS.SESSION`.
fn place(text: &str) -> Result<(UnixS, String), Problem> {
    let parts = text.split_once('.').and_then(|(start, id)| {
        Some((UnixS(start.parse::<u32>().ok()?.into()), id.parse::<uuid::Uuid>().ok()?.to_string()))
    });
    parts.ok_or_else(|| {
        problem::bad_parameter("`after` must be the `next` of an answer; leave it out to begin")
    })
}
