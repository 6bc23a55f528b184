//! The days of a person, a room or a site, as one who books sees them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use booking::UnixS;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Params, Scheduling};
use super::refusals::store_failed;
use super::{App, touching, wire};
use crate::civil::parse_day;
use crate::problem::{self, Problem};
use crate::store::{After, Session, Whose};

/// Most days of one request.
const DAYS_MAX: i64 = 31;
/// Most sessions of one answer; `next` leads on.
const PAGE_MAX: usize = 100;

/// Whose days, which, and after which session.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WeekParams {
    person_id: Option<String>,
    room_id: Option<String>,
    organization_id: Option<String>,
    day: Option<String>,
    days: Option<i64>,
    after: Option<String>,
}

/// What somebody has in some days.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Week {
    /// YYYY-MM-DD in the county's zone: the first of the days.
    day: String,
    /// How many.
    days: i64,
    /// The county's zone by its IANA name, such as `Asia/Shanghai`.
    time_zone: String,
    /// Earliest first, at most 100, without those that are cancelled.
    sessions: Vec<wire::Session>,
    /// `after` of the request for those that follow; null if these are all.
    next: Option<String>,
}

/// The sessions of a person, a room or a site in some days, page by page. Schedulers only.
#[utoipa::path(
    get, path = "/api/v1/schedule", tag = "sessions", security(("person" = []), ("login" = [])),
    params(
        ("personId" = Option<String>, Query, description = "Of this person; exactly one of the three is given"),
        ("roomId" = Option<String>, Query, description = "Of this room"),
        ("organizationId" = Option<String>, Query, description = "Of the people and rooms of this site"),
        ("day" = Option<String>, Query, description = "The first day, YYYY-MM-DD in the county's zone; today if absent"),
        ("days" = Option<i64>, Query, description = "How many, 1 to 31; 7 if absent"),
        ("after" = Option<String>, Query, description = "`next` of the answer before"),
    ),
    responses(
        (status = 200, body = Week),
        (status = 400, description = "Not a day, not a number of days, or not exactly one of person, room and organization", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn schedule(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    Params(params): Params<WeekParams>,
) -> Result<Json<Week>, Problem> {
    let whose = whose(&params)?;
    let now = app.now();
    let day = match params.day.as_deref() {
        None => app.zone.day_at(now),
        Some(text) => parse_day(text).ok_or_else(not_a_day)?,
    };
    let days = params.days.unwrap_or(7);
    if !(1..=DAYS_MAX).contains(&days) {
        let detail = format!("`days` must be a number from 1 to {DAYS_MAX}, such as 7");
        return Err(problem::bad_parameter(detail));
    }
    let within = app.zone.days_from(day, days).ok_or_else(not_a_day)?;
    let after =
        params.after.as_deref().map(|text| after(text).ok_or_else(not_after)).transpose()?;
    let found = app.store.sessions_of(whose, within, after.as_ref(), PAGE_MAX + 1).await;
    let mut sessions = found.map_err(|error| store_failed(&error))?;
    let more = sessions.len() > PAGE_MAX;
    sessions.truncate(PAGE_MAX);
    let next = sessions.last().filter(|_| more).map(cursor);
    let sessions = touching::only_seen(&app, &person, sessions).await?;
    let seen = |session| wire::Session::new(&app, session, &person.id, now);
    Ok(Json(Week {
        day: day.to_string(),
        days,
        time_zone: app.zone.name().to_owned(),
        sessions: sessions.into_iter().map(seen).collect(),
        next,
    }))
}

fn whose(params: &WeekParams) -> Result<Whose<'_>, Problem> {
    let WeekParams { person_id, room_id, organization_id, .. } = params;
    match (person_id, room_id, organization_id) {
        (Some(id), None, None) => Ok(Whose::Person(id)),
        (None, Some(id), None) => Ok(Whose::Room(id)),
        (None, None, Some(id)) => Ok(Whose::Organization(id)),
        _ => Err(problem::bad_parameter(
            "name exactly one of `personId`, `roomId` and `organizationId`",
        )),
    }
}

fn cursor(session: &Session) -> String {
    format!("{}.{}", session.interval.start().0, session.id)
}

fn after(text: &str) -> Option<After> {
    let (starts, id) = text.split_once('.')?;
    Some(After { starts: UnixS(starts.parse().ok()?), id: id.to_owned() })
}

fn not_a_day() -> Problem {
    problem::bad_parameter(
        "`day` must be a day of the calendar written YYYY-MM-DD, such as 2026-11-23",
    )
}

fn not_after() -> Problem {
    problem::bad_parameter("`after` must be the `next` of an answer; leave it out to begin")
}
