//! Sessions: list, read, book, cancel.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use booking::{Interval, UnixS};
use policy::Permission;
use serde::Deserialize;

use super::audit::{self, ReadFrom};
use super::audit_wire::ReadAct;
use super::changes_wire::{Cancellation, ChangedMeanwhile};
use super::extract::{
    Body, Caller, IdempotencyKey, Params, Scheduling, SessionId, no_such_session,
};
use super::hours::{check_hours, override_reason};
use super::line_refusals::line_refused;
use super::line_terms::{check_sites, terms};
use super::place::Place;
use super::refusals::{invalid_request, not_a_time, not_booked, reason_given, store_failed};
use super::replayed::marked;
use super::versions::{IfMatch, Tagged, meanwhile, tag, tagged};
use super::{App, touching, wire};
use crate::civil::{parse_day, parse_time};
use crate::metrics::BookingOutcome;
use crate::problem::{self, Problem};
use crate::store::{
    Act, BookError, Booked, Bounds, Cancelled, HoldRefused, Key, LineRefused, NewSession, Part,
    Person, Session,
};

/// How long an answer is kept for its Idempotency-Key.
pub(super) const KEEP_ANSWER_S: u64 = 24 * 3600;

#[derive(Debug, Deserialize)]
pub(super) struct DayParam {
    day: Option<String>,
    after: Option<String>,
}

/// The sessions of a day: one's own, for a scheduler all. Without a day, today's and whatever can be joined now: shortly
/// before midnight that may be a session of tomorrow, shortly after it one of yesterday.
#[utoipa::path(
    get, path = "/api/v1/sessions", tag = "sessions", security(("person" = []), ("login" = [])), 
    params(
        ("day" = Option<String>, Query, description = "YYYY-MM-DD in the county's zone; today if absent"),
        ("after" = Option<String>, Query, description = "`next` of the answer before"),
    ),
    responses(
        (status = 200, body = wire::Day),
        (status = 400, description = "Not a day, or not a `next` of ours", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Params(DayParam { day, after }): Params<DayParam>,
) -> Result<Json<wire::Day>, Problem> {
    let now = app.now();
    let after = after.as_deref().map(Place::read).transpose()?;
    let (day, (sessions, next)) = match day.as_deref() {
        None => {
            let bounds = today(&app, now)?;
            (app.zone.day_at(now), during(&app, &person, (bounds, after), now).await?)
        }
        Some(text) => {
            let day = parse_day(text).ok_or_else(not_a_day)?;
            let bounds = app.zone.bounds(day).ok_or_else(not_a_day)?;
            (day, during(&app, &person, (bounds, after), now).await?)
        }
    };
    let time_zone = app.zone.name().to_owned();
    let (more, next) = (next.is_some(), next.as_ref().map(Place::print));
    Ok(Json(wire::Day { day: day.to_string(), time_zone, sessions, more, next }))
}

pub(super) fn not_a_day() -> Problem {
    problem::bad_parameter(
        "`day` must be a day of the calendar written YYYY-MM-DD, such as 2026-11-23",
    )
}

/// The first sessions of today and of those that can be joined now, on whichever day they are.
pub(super) async fn of_today(
    app: &App,
    person: &Person,
    now: UnixS,
) -> Result<Vec<wire::Session>, Problem> {
    Ok(during(app, person, (today(app, now)?, None), now).await?.0)
}

/// Today, and when sessions begin or end that can be joined now.
fn today(app: &App, now: UnixS) -> Result<Interval, Problem> {
    let day = app.zone.bounds(app.zone.day_at(now)).ok_or_else(not_a_day)?;
    let from = day.start().min(now.minus(app.config.join_late_s));
    let until = day.end().max(now.plus(app.config.join_early_s).plus(1));
    Interval::new(from, until).map_err(|_| not_a_day())
}

/// Sessions, and where the list goes on if there are more than it holds.
type Listed = (Vec<wire::Session>, Option<Place>);

/// The sessions within these bounds and after a place that this person may see.
async fn during(
    app: &App,
    person: &Person,
    (bounds, after): (Interval, Option<Place>),
    now: UnixS,
) -> Result<Listed, Problem> {
    // Who books for a part of the county is told of that part.
    let only = (!person.may_somewhere(Permission::Book)).then_some(person.id.as_str());
    let after = after.as_ref().map(|it| (it.start, it.id.as_str()));
    let found = app.store.sessions_during(bounds, only, after);
    let (sessions, more) = found.await.map_err(|error| store_failed(&error))?;
    // Of those that were read, whether this person may see the last of them or not.
    let last = sessions.last().filter(|_| more);
    let next = last.map(|it| Place { start: it.interval.start(), id: it.id.clone() });
    let sessions = touching::only_seen(app, person, sessions).await?;
    let seen =
        sessions.into_iter().map(|session| wire::Session::new(app, session, &person.id, now));
    Ok((seen.collect(), next))
}

/// Days after today of which a person is told on the home page, and most sessions that are told.
const SOON_DAYS: i64 = 7;
const SOON_MAX: usize = 10;

/// The person's own sessions that begin in the days after today, earliest first; cancelled ones are left out.
pub(super) async fn soon(
    app: &App,
    person: &Person,
    now: UnixS,
) -> Result<Vec<wire::Session>, Problem> {
    let week = app.zone.days_after(app.zone.day_at(now), SOON_DAYS).ok_or_else(not_a_day)?;
    let found = app.store.sessions_during(week, Some(&person.id), None).await;
    let (sessions, _) = found.map_err(|error| store_failed(&error))?;
    let told = |session: &Session| !session.cancelled && session.interval.start() >= week.start();
    let sessions = sessions.into_iter().filter(told).take(SOON_MAX);
    Ok(sessions.map(|session| wire::Session::new(app, session, &person.id, now)).collect())
}

/// One session, for its participants and schedulers.
#[utoipa::path(
    get, path = "/api/v1/sessions/{id}", tag = "sessions", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Session id")),
    responses(
        (status = 200, body = wire::Session, headers(("ETag" = String, description = "Version of the session, for `If-Match` of a change"))),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not one's own session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    SessionId(id): SessionId,
    from: ReadFrom,
) -> Result<Tagged, Problem> {
    let session = seen(&app, &person, &id).await?;
    audit::note_clinical(&app, &person, (ReadAct::Session, &session), from).await?;
    Ok(tagged(&app, session, &person, app.now()))
}

/// The session of this id, if this person may see it.
pub(super) async fn seen(app: &App, person: &Person, id: &str) -> Result<Session, Problem> {
    let session = find(app, id).await?;
    let own = session.attendee(&person.id).is_some();
    if !own && !touching::books_session(app, person, &session).await? {
        return Err(problem::forbidden(
            "this is not your session; ask the scheduler to add you to it",
        ));
    }
    Ok(session)
}

/// The session of this id, or 404.
pub(super) async fn find(app: &App, id: &str) -> Result<Session, Problem> {
    let session = app.store.session(id).await.map_err(|error| store_failed(&error))?;
    session.ok_or_else(no_such_session)
}

/// Books a session with all its people, rooms and terminals, or nothing. Schedulers only.
#[utoipa::path(
    post, path = "/api/v1/sessions", tag = "sessions", security(("person" = []), ("login" = [])), request_body = wire::BookingRequest,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 visible ASCII characters. The same request with the same key within 24 hours gives the first answer again and books nothing; a refused request has booked nothing and is tried anew.")),
    responses(
        (status = 201, description = "Booked", body = wire::Session,
            headers(("Location" = String, description = "Path of the session"), ("ETag" = String, description = "Version of the session, for `If-Match` of a change"), ("Idempotency-Replayed" = String, description = "`true` if it was booked by an earlier request"))),
        (status = 400, description = "Not JSON, or a bad key", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler, or the hold is another person's", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "A person, an interpreter, a room or a terminal is taken or not open (`/problems/not-open`), or a line is too full (`/problems/line-full`)", body = wire::NotBooked, content_type = "application/problem+json"),
        (status = 410, description = "The hold of `holdId` has run out, was given back or was booked (`/problems/hold-over`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 413, description = "Over 64 KiB", body = wire::Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
        (status = 503, description = "Busy; try again", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    key: Option<IdempotencyKey>,
    body: Body<wire::BookingRequest>,
) -> Result<Response, Problem> {
    let now = app.now();
    let people: Vec<&str> =
        body.value.participants.iter().map(|it| it.person_id.as_str()).collect();
    if !touching::books(&app, &person, &people).await? {
        return Err(touching::elsewhere());
    }
    let interval = check(&app, &body.value, now)
        .inspect_err(|_| app.metrics.booking(BookingOutcome::Refused))?;
    let reason = override_reason(body.value.override_reason.as_deref())?;
    let mut new = new_session(&app, body.value, interval, &person, now);
    let bounds = Bounds { rows_max: app.config.idempotency_rows_max, keep_s: KEEP_ANSWER_S };
    let key = key.map(|IdempotencyKey(key)| Key {
        person_id: person.id.clone(),
        key,
        request_sha256: body.sha256,
    });
    match check_hours(&app, &new, (None, reason), (&person.id, now)).await {
        Ok(overrides) => new.overrides = overrides,
        // What was booked by this request before is told again, whatever the hours are by now.
        Err(refused) => {
            let known = match &key {
                Some(key) => app.store.is_answered(key).await.map_err(|it| store_failed(&it))?,
                None => false,
            };
            if !known {
                app.metrics.booking(BookingOutcome::NotOpen);
                return Err(refused);
            }
        }
    }
    let render = |session: &Session| {
        let seen = wire::Session::new(&app, session.clone(), &person.id, now);
        serde_json::to_string(&seen).unwrap_or_default()
    };
    let key = key.as_ref().map(|key| (key, bounds));
    match app.store.explained(&new, || app.store.book(&new, key, &render)).await {
        Ok(Booked::Made { session_id, answer, forgotten }) => {
            app.metrics.booking(BookingOutcome::Made);
            app.metrics.answers_forgotten.inc_by(forgotten);
            tracing::info!(session = %session_id, kind = %new.kind, "session.booked");
            Ok(created(&session_id, answer, false))
        }
        Ok(Booked::Before { session_id, answer }) => {
            app.metrics.booking(BookingOutcome::Replayed);
            Ok(created(&session_id, answer, true))
        }
        Err(error) => {
            app.metrics.booking(outcome(&error));
            Err(match error {
                BookError::Line(refused) => line_refused(&app, &new, refused).await,
                error => not_booked(&app, error),
            })
        }
    }
}

pub(super) const fn outcome(error: &BookError) -> BookingOutcome {
    match error {
        BookError::Taken | BookError::Clash(_) => BookingOutcome::Clash,
        BookError::Line(LineRefused::Full(_)) => BookingOutcome::LineFull,
        BookError::Line(LineRefused::Store(_)) => BookingOutcome::Failed,
        BookError::Unknown(_)
        | BookError::NotHeld { .. }
        | BookError::NotInterpreting { .. }
        | BookError::MinorAlone(_)
        | BookError::NotCovered { .. }
        | BookError::KeyReused
        | BookError::TooManyHolds { .. }
        | BookError::Line(_) => BookingOutcome::Refused,
        BookError::Hold(HoldRefused::Over) => BookingOutcome::HoldOver,
        BookError::Hold(HoldRefused::OfOther) => BookingOutcome::Refused,
        BookError::Hold(HoldRefused::Store(_)) | BookError::Store(_) => BookingOutcome::Failed,
    }
}

fn created(session_id: &str, answer: String, replayed: bool) -> Response {
    let form = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::LOCATION, format!("/api/v1/sessions/{session_id}")),
    ];
    marked((StatusCode::CREATED, form, [tag(1)], answer).into_response(), replayed)
}

/// The interval of what could be booked now, or all that is wrong with it.
pub(super) fn check(
    app: &App,
    request: &wire::BookingRequest,
    now: UnixS,
) -> Result<Interval, Problem> {
    check_sites(&request.sites)?;
    let time = |field: &str, text: &str| parse_time(text).ok_or_else(|| not_a_time(field));
    let rooms: Vec<&str> = request.room_ids.iter().map(String::as_str).collect();
    let terminals: Vec<&str> = request.terminal_ids.iter().map(String::as_str).collect();
    let participants: Vec<_> = request
        .participants
        .iter()
        .map(|wanted| booking::Participant { person: &wanted.person_id, role: wanted.role })
        .collect();
    let checked = booking::Request {
        kind: request.kind,
        title: &request.title,
        start: time("startsAt", &request.starts_at)?,
        end: time("endsAt", &request.ends_at)?,
        rooms: &rooms,
        terminals: &terminals,
        participants: &participants,
    };
    booking::check(&checked, &app.config.limits(), now).map_err(|errors| invalid_request(&errors))
}

pub(super) fn new_session(
    app: &App,
    request: wire::BookingRequest,
    interval: Interval,
    person: &Person,
    now: UnixS,
) -> NewSession {
    NewSession {
        id: uuid::Uuid::now_v7().to_string(),
        kind: request.kind,
        title: request.title.trim().to_owned(),
        interval,
        recording: request.recording,
        rooms: request.room_ids,
        terminals: request.terminal_ids,
        participants: request.participants.into_iter().map(Part::from).collect(),
        booked_by: person.id.clone(),
        booked: now,
        lines: terms(app, request.sites, interval),
        overrides: None,
        hold: request.hold_id,
    }
}

/// Cancels a session that is not over and frees its people and rooms. Schedulers only; twice is the same as once. People who
/// are in its room are told, and sent away a minute later; the reason, if there is one, is shown to all who are booked.
#[utoipa::path(
    post, path = "/api/v1/sessions/{id}/cancel", tag = "sessions", security(("person" = []), ("login" = [])),
    request_body = Option<Cancellation>,
    params(
        ("id" = String, Path, description = "Session id"),
        ("If-Match" = Option<String>, Header, description = "Cancel it only if this is its ETag"),
    ),
    responses(
        (status = 200, body = wire::Session, headers(("ETag" = String, description = "Version of the session"))),
        (status = 400, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "The session is over", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile", body = ChangedMeanwhile, content_type = "application/problem+json"),
        (status = 422, description = "The reason is too long", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    SessionId(id): SessionId,
    meant: Option<IfMatch>,
    body: Option<Body<Cancellation>>,
) -> Result<Tagged, Problem> {
    let now = app.now();
    if !touching::books_session(&app, &person, &find(&app, &id).await?).await? {
        return Err(touching::elsewhere());
    }
    let said = body.map(|body| body.value).unwrap_or_default();
    let reason = reason_given(said.reason.as_deref())?;
    let act = Act { by: &person.id, at: now, reason };
    let fits = |version| meant.as_ref().is_none_or(|meant| meant.fits(version));
    match app.store.cancel(&id, fits, &act).await.map_err(|error| store_failed(&error))? {
        Cancelled::Done(session) => {
            app.booking_changed(&id);
            Ok(tagged(&app, *session, &person, now))
        }
        Cancelled::Meanwhile(session) => Err(meanwhile(&app, *session, &person, now)),
        Cancelled::TooLate => Err(problem::too_late(
            "a session that is over cannot be cancelled; nothing was changed",
        )),
        Cancelled::Unknown => Err(no_such_session()),
    }
}
