//! Series of sessions: book, read, make up what is owed, waive it.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use booking::{Interval, UnixS};
use serde_json::json;

use super::extract::{Body, IdempotencyKey, Scheduling};
use super::hours::override_reason;
use super::line_refusals::line_told;
use super::refusals::{
    REASON_CHARS_MAX, invalid, invalid_request, not_a_time, not_booked, store_failed,
};
use super::replayed::marked;
use super::series_hours::{all_refused, check_make_up, check_starts};
use super::series_members::template_of;
use super::series_times::{TimesWish, times};
use super::series_wire::{IfBlocked, MakeUpRequest, Series, SeriesRequest, WaiveRequest};
use super::versions::tag;
use super::{App, sessions, touching, wire};
use crate::civil::{Zone, parse_time};
use crate::hexadecimal::hexadecimal;
use crate::metrics::BookingOutcome;
use crate::problem::{self, Problem};
use crate::store::{
    self, Act, BookError, NewSeries, Outcome, Person, SeriesError, SeriesHours, Session, Template,
};

/// Books a series: each occurrence of its rule is a session of its own. Where somebody or something is taken or not open, that
/// occurrence is skipped and owed, or (`ifBlocked`: `refuse`) nothing is booked; the answer says of each what became of it.
/// If every one is blocked, nothing is booked. With `overrideReason` sessions go against hours. Schedulers only.
#[utoipa::path(
    post, path = "/api/v1/series", tag = "series", security(("person" = [])), request_body = SeriesRequest,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 visible ASCII characters. Sent again with the same key, a request goes on with the series that it made, where it was interrupted.")),
    responses(
        (status = 201, description = "Booked, as far as nothing was in the way", body = Series,
            headers(("Location" = String, description = "Path of the series"), ("Idempotency-Replayed" = String, description = "`true` if an earlier request made it"))),
        (status = 400, description = "Not JSON, or a bad key", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Nothing was booked: `occurrence` is the number of the first that is blocked, and `allBlocked` whether all are", body = wire::NotBooked, content_type = "application/problem+json"),
        (status = 413, description = "Over 64 KiB", body = wire::Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member; a start that is not in its rule comes with the nearest `before` and `after`", body = wire::Invalid, content_type = "application/problem+json"),
        (status = 503, description = "Busy; try again", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    key: Option<IdempotencyKey>,
    body: Body<SeriesRequest>,
) -> Result<Response, Problem> {
    let people = body.value.booking.participants.iter().map(|it| it.person_id.as_str());
    if !touching::books(&app, &person, &people.collect::<Vec<_>>()).await? {
        return Err(touching::elsewhere());
    }
    let (now, key) = (app.now(), key.map(|IdempotencyKey(key)| key));
    let reason = override_reason(body.value.booking.override_reason.as_deref())?;
    let sha256 = hexadecimal(&body.sha256);
    if let Some(before) = made_before(&app, &person.id, key.as_deref(), &sha256).await? {
        return go_on(&app, &before, (reason.as_deref(), now), true).await;
    }
    let interval = sessions::check(&app, &body.value.booking, now)
        .inspect_err(|_| app.metrics.booking(BookingOutcome::Refused))?;
    let times = times(&app, &TimesWish::of(&body.value), interval.start(), now)?;
    let if_blocked = body.value.if_blocked;
    let new = NewSeries {
        id: uuid::Uuid::now_v7().to_string(),
        booked_by: person.id.clone(),
        booked: now,
        template: template(body.value, interval.seconds()),
        time_zone: times.zone.name().to_owned(),
        rule: times.rule.to_string(),
        starts: times.starts,
        request_key: key.clone(),
        request_sha256: sha256.clone(),
    };
    let begun = match if_blocked {
        IfBlocked::Refuse => {
            let hours = whole_hours(&app, &new, (reason.as_deref(), now)).await?;
            app.store.book_whole_series(&new, &|at| month(&app, at), &hours.overrides).await
        }
        IfBlocked::Skip => app.store.begin_series(&new).await,
    };
    let when = (reason.as_deref(), now);
    let Err(error) = begun else { return go_on(&app, &new.id, when, false).await };
    // The same request may have come twice at once, and the other was first.
    match made_before(&app, &person.id, key.as_deref(), &sha256).await? {
        Some(before) => go_on(&app, &before, when, true).await,
        None => Err(refused(&app, error)),
    }
}

/// What hours say of a series that is to be booked whole: a refusal if one of its sessions is closed.
async fn whole_hours(
    app: &App,
    new: &NewSeries,
    (reason, now): (Option<&str>, UnixS),
) -> Result<SeriesHours, Problem> {
    let by = (new.booked_by.as_str(), now);
    let planned = (1..).zip(&new.starts).map(|(number, start)| (number, *start, ""));
    let held = check_starts(app, &new.template, planned, (reason, by)).await?;
    match held.first {
        Some(first) => Err(all_refused(app, first).member("allBlocked", false)),
        None => Ok(held.hours),
    }
}

/// The series that the same request made before.
async fn made_before(
    app: &App,
    person_id: &str,
    key: Option<&str>,
    sha256: &str,
) -> Result<Option<String>, Problem> {
    let Some(key) = key else { return Ok(None) };
    let found = app.store.series_of_request(person_id, key).await;
    match found.map_err(|error| store_failed(&error))? {
        Some((id, of)) if of == sha256 => Ok(Some(id)),
        Some(_) => Err(not_booked(app, BookError::KeyReused)),
        None => Ok(None),
    }
}

/// Tries what was not tried yet, and says what became of it all.
async fn go_on(
    app: &App,
    id: &str,
    (reason, now): (Option<&str>, UnixS),
    replayed: bool,
) -> Result<Response, Problem> {
    let (before, _) = find(app, id).await?;
    let untried = before.occurrences.iter().filter(|it| it.untried);
    let untried = untried.map(|it| (it.number, it.interval.start(), it.session_id.as_str()));
    let held =
        check_starts(app, &before.template, untried, (reason, (&before.booked_by, now))).await?;
    let month = |at| month(app, at);
    match app.store.try_occurrences(id, (now, &month), &held.hours).await {
        Ok(()) => {}
        Err(error) => {
            return Err(match (error, held.first) {
                (SeriesError::Closed { .. }, Some(first)) => {
                    all_refused(app, first).member("allBlocked", true)
                }
                (error, _) => refused(app, error),
            });
        }
    }
    let (series, sessions) = find(app, id).await?;
    if replayed {
        app.metrics.booking(BookingOutcome::Replayed);
    } else {
        count(app, &series);
        tracing::info!(series = %series.id, occurrences = series.occurrences.len(), "series.booked");
    }
    let location = [(header::LOCATION, format!("/api/v1/series/{id}"))];
    let tag = [tag(series.version)];
    let form = Json(seen(app, series, &sessions));
    Ok(marked((StatusCode::CREATED, location, tag, form).into_response(), replayed))
}

fn count(app: &App, series: &store::Series) {
    for occurrence in &series.occurrences {
        let closed = occurrence.blocked_by.as_ref().is_some_and(|by| by.closed.is_some());
        app.metrics.booking(match occurrence.outcome {
            Outcome::Skipped if closed => BookingOutcome::NotOpen,
            Outcome::Skipped => BookingOutcome::Clash,
            _ => BookingOutcome::Made,
        });
    }
}

fn template(request: SeriesRequest, seconds: u64) -> Template {
    let booking = request.booking;
    Template {
        kind: booking.kind,
        title: booking.title.trim().to_owned(),
        recording: booking.recording,
        rooms: booking.room_ids,
        terminals: booking.terminal_ids,
        participants: booking.participants.into_iter().map(store::Part::from).collect(),
        modes: booking.sites.into_iter().map(|site| (site.organization_id, site.mode)).collect(),
        seconds,
    }
}

/// The month of the county that a session's megabytes count in.
fn month(app: &App, at: UnixS) -> Option<Interval> {
    app.zone.month(app.zone.day_at(at))
}

fn refused(app: &App, error: SeriesError) -> Problem {
    match error {
        SeriesError::Blocked { number, all, why } => {
            app.metrics.booking(sessions::outcome(&why));
            let problem = of_one(app, *why);
            problem.member("occurrence", number).member("allBlocked", all)
        }
        // Told with its hours by who asked for them.
        SeriesError::Closed { .. } | SeriesError::Unknown => no_such_series(),
        SeriesError::NotOwed => problem::not_owed(
            "this occurrence is booked, made up, waived or cancelled with its series; nothing was changed",
        ),
        SeriesError::Book(error) => {
            app.metrics.booking(sessions::outcome(&error));
            of_one(app, error)
        }
    }
}

/// Why one session of a series was not booked. When its lines would carry it is not looked for.
fn of_one(app: &App, error: BookError) -> Problem {
    match error {
        BookError::Line(refused) => line_told(app, refused, None),
        error => not_booked(app, error),
    }
}

/// A series and what became of each of its occurrences. Schedulers only.
#[utoipa::path(
    get, path = "/api/v1/series/{id}", tag = "series", security(("person" = [])),
    params(("id" = String, Path, description = "Series id")),
    responses(
        (status = 200, body = Series, headers(("ETag" = String, description = "Version of the series, for `If-Match` of a change"))),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such series", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    path: Result<Path<String>, PathRejection>,
) -> Result<Tagged, Problem> {
    let Path(id) = path.map_err(|_| no_such_series())?;
    let (series, sessions) = find_own(&app, &person, &id).await?;
    Ok(([tag(series.version)], Json(seen(&app, series, &sessions))))
}

/// Books a session that stands for an owed occurrence, with the same people and rooms, as any booking within their hours or with a
/// reason. Schedulers only.
#[utoipa::path(
    post, path = "/api/v1/series/{id}/occurrences/{number}/make-up", tag = "series", security(("person" = [])),
    params(("id" = String, Path, description = "Series id"), ("number" = i64, Path, description = "Number of the occurrence, from 1")),
    request_body = MakeUpRequest,
    responses(
        (status = 200, body = Series),
        (status = 400, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such occurrence", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "A person or room is taken or not open, or the occurrence is not owed", body = wire::NotBooked, content_type = "application/problem+json"),
        (status = 422, description = "Not a time that can be booked", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make_up(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    path: Result<Path<(String, String)>, PathRejection>,
    body: Body<MakeUpRequest>,
) -> Result<Tagged, Problem> {
    let (id, number) = occurrence(path)?;
    let now = app.now();
    let text = &body.value.starts_at;
    let start = parse_time(text).ok_or_else(|| not_a_time("startsAt"))?;
    booking::check_start(start, &app.config.limits(), now)
        .map_err(|wrong| invalid_request(&[wrong]))?;
    let reason = override_reason(body.value.override_reason.as_deref())?;
    let (before, _) = find_own(&app, &person, &id).await?;
    let overrides = match before.occurrences.iter().find(|it| it.number == number && it.owed) {
        Some(owed) => {
            check_make_up(&app, template_of(&before, owed), start, (reason, &person.id, now))
                .await?
        }
        // The store says why not.
        None => None,
    };
    let made = app
        .store
        .make_up(&id, number, (start, &|at| month(&app, at)), (&person.id, now), overrides)
        .await;
    let session_id = made.map_err(|error| refused(&app, error))?;
    app.metrics.booking(BookingOutcome::Made);
    tracing::info!(session = %session_id, series = %id, "session.booked");
    told(&app, &id).await
}

/// What is owed of an occurrence is owed no more, for a reason. Schedulers only.
#[utoipa::path(
    post, path = "/api/v1/series/{id}/occurrences/{number}/waive", tag = "series", security(("person" = [])),
    params(("id" = String, Path, description = "Series id"), ("number" = i64, Path, description = "Number of the occurrence, from 1")),
    request_body = WaiveRequest,
    responses(
        (status = 200, body = Series),
        (status = 400, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such occurrence", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "The occurrence is not owed", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "No reason, or a long one", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn waive(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    path: Result<Path<(String, String)>, PathRejection>,
    body: Body<WaiveRequest>,
) -> Result<Tagged, Problem> {
    let (id, number) = occurrence(path)?;
    let reason = body.value.reason.trim();
    let chars = reason.chars().count();
    if !(1..=REASON_CHARS_MAX).contains(&chars) || reason.chars().any(char::is_control) {
        let detail =
            format!("`reason` must be one line of text, at most {REASON_CHARS_MAX} characters");
        let params = json!({ "most": REASON_CHARS_MAX });
        return Err(invalid("reason", "reason-missing", params, &detail));
    }
    find_own(&app, &person, &id).await?;
    let act = Act { by: &person.id, at: app.now(), reason: Some(reason) };
    let waived = app.store.waive(&id, number, &act).await;
    waived.map_err(|error| refused(&app, error))?;
    told(&app, &id).await
}

fn occurrence(
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<(String, i64), Problem> {
    let Path((id, number)) = path.map_err(|_| no_such_series())?;
    let number = number.parse().map_err(|_| no_such_series())?;
    Ok((id, number))
}

/// A series with the tag of its version.
type Tagged = ([(header::HeaderName, header::HeaderValue); 1], Json<Series>);

async fn told(app: &App, id: &str) -> Result<Tagged, Problem> {
    let (series, sessions) = find(app, id).await?;
    Ok(([tag(series.version)], Json(seen(app, series, &sessions))))
}

/// The series of this id with the sessions that stand for its occurrences, or 404.
pub(super) async fn find(app: &App, id: &str) -> Result<(store::Series, Vec<Session>), Problem> {
    let found = app.store.series_with_sessions(id).await.map_err(|error| store_failed(&error))?;
    found.ok_or_else(no_such_series)
}

/// The same, for who books what it prescribes.
pub(super) async fn find_own(
    app: &App,
    person: &Person,
    id: &str,
) -> Result<(store::Series, Vec<Session>), Problem> {
    let (series, sessions) = find(app, id).await?;
    if !touching::books_series(app, person, &series, [].iter()).await? {
        return Err(touching::elsewhere());
    }
    Ok((series, sessions))
}

pub(super) fn seen(app: &App, series: store::Series, sessions: &[Session]) -> Series {
    let zone = zone_of(app, &series);
    Series::new(series, sessions, &zone)
}

/// The zone in whose time the sessions of a series stay.
pub(super) fn zone_of(app: &App, series: &store::Series) -> Zone {
    Zone::named(&series.time_zone).unwrap_or_else(|| app.zone.clone())
}

pub(super) fn no_such_series() -> Problem {
    problem::not_found("there is no series or occurrence of this id; see the answer to its booking")
}
