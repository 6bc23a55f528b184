//! A booking is changed.

use std::sync::Arc;

use axum::extract::State;
use booking::{Interval, Standing, UnixS};

use super::agreement_days::cover_of_move;
use super::changes_wire::{ChangeRequest, ChangedMeanwhile};
use super::extract::{Body, Scheduling, SessionId};
use super::hours::{check_hours, override_reason};
use super::line_refusals::line_refused;
use super::line_terms::terms;
use super::lines_wire::NotChanged;
use super::refusals::{invalid_request, not_a_time, not_booked, reason_given, store_failed};
use super::sessions::{find, outcome};
use super::versions::{IfMatch, Tagged, VERSIONS_MAX, meanwhile, tagged};
use super::window::Window;
use super::{App, touching, wire};
use crate::civil::parse_time;
use crate::metrics::BookingOutcome;
use crate::problem::{self, Problem};
use crate::store::{
    Act, BookError, ChangeError, LineTerms, NewSession, Part, Person, Revision, Session, Terms,
};

/// Changes a session that is not over: title, time, rooms, people, recording, all of it or nothing. Schedulers only. What
/// has begun keeps its start and can be prolonged or shortened. The same change sent twice is made once: the second answer
/// is the session as it is. People who are not in it any more are out of its room at once.
#[utoipa::path(
    patch, path = "/api/v1/sessions/{id}", tag = "sessions", security(("person" = []), ("login" = [])), request_body = ChangeRequest,
    params(
        ("id" = String, Path, description = "Session id"),
        ("If-Match" = String, Header, description = "The ETag of the session as it was read"),
    ),
    responses(
        (status = 200, description = "Changed, or so already", body = wire::Session,
            headers(("ETag" = String, description = "Version of the session"))),
        (status = 400, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "A person or room is taken or not open, or a line is too full; or the session is over, cancelled, or was changed 1,000 times", body = NotChanged, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile: the session as it is now", body = ChangedMeanwhile, content_type = "application/problem+json"),
        (status = 413, description = "Over 64 KiB", body = wire::Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
        (status = 428, description = "No If-Match", body = wire::Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy; try again", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    SessionId(id): SessionId,
    meant: IfMatch,
    body: Body<ChangeRequest>,
) -> Result<Tagged, Problem> {
    let now = app.now();
    let before = find(&app, &id).await?;
    let people = body.value.participants.iter().flatten().map(|it| it.person_id.as_str());
    let people: Vec<&str> = people.collect();
    // Who books for a part of the county neither changes what is another's nor gives it away.
    let gives_away = !people.is_empty() && !touching::books(&app, &person, &people).await?;
    if gives_away || !touching::books_session(&app, &person, &before).await? {
        return Err(touching::elsewhere());
    }
    let reason = reason_given(body.value.reason.as_deref())?.map(str::to_owned);
    let override_reason = override_reason(body.value.override_reason.as_deref())?;
    let standing = Terms::of(&before);
    let wanted = wanted(&standing, body.value)?;
    // Already so: this request, or the same one of another scheduler, has been carried out (RFC 9110, section 13.1.1).
    if wanted == standing && !before.cancelled {
        return Ok(tagged(&app, before, &person, now));
    }
    if !meant.fits(before.version) {
        app.metrics.booking(BookingOutcome::Refused);
        return Err(meanwhile(&app, before, &person, now));
    }
    let why = (reason.as_deref(), override_reason);
    match carry_out(&app, (&person, now), (&before, wanted), why).await? {
        Some(after) => Ok(tagged(&app, after, &person, now)),
        None => {
            app.metrics.booking(BookingOutcome::Refused);
            Err(meanwhile(&app, find(&app, &id).await?, &person, now))
        }
    }
}

/// Makes of a session what is wanted, or says what is in the way; `None` if somebody else has changed it meanwhile.
pub(super) async fn carry_out(
    app: &App,
    (person, now): (&Person, UnixS),
    (before, wanted): (&Session, Terms),
    (reason, override_reason): (Option<&str>, Option<String>),
) -> Result<Option<Session>, Problem> {
    let id = &before.id;
    let interval = allowed(app, before, &wanted, now)
        .inspect_err(|_| app.metrics.booking(BookingOutcome::Refused))?;
    let mut wanted = new_terms(app, before, wanted, interval, now).await?;
    let comes = what_comes(before, &wanted, now);
    match check_hours(app, &comes, (Some(id), override_reason), (&person.id, now)).await {
        Ok(overrides) => wanted.overrides = overrides,
        Err(refused) => {
            app.metrics.booking(BookingOutcome::NotOpen);
            return Err(refused);
        }
    }
    let moved = (before.interval.start(), wanted.interval.start());
    let cover = cover_of_move(&app.zone, before.kind, moved);
    let revision = Revision { version: before.version, wanted, cover };
    let act = Act { by: &person.id, at: now, reason };
    match app.store.change_session(&revision, &act).await {
        Ok(after) => {
            app.metrics.booking(BookingOutcome::Changed);
            tracing::info!(session = %id, version = after.version, "session.changed");
            tell_room(app, before, &after, now);
            Ok(Some(after))
        }
        Err(ChangeError::Meanwhile) => Ok(None),
        Err(ChangeError::Refused(error)) => {
            app.metrics.booking(outcome(&error));
            Err(match error {
                BookError::Line(refused) => line_refused(app, &revision.wanted, refused).await,
                error => not_booked(app, error),
            })
        }
    }
}

/// What the session is to be: what the request names, and all else as it is.
fn wanted(standing: &Terms, request: ChangeRequest) -> Result<Terms, Problem> {
    let time = |field: &str, text: Option<String>, else_s: u64| match text {
        Some(text) => parse_time(&text).map(|at| at.0).ok_or_else(|| not_a_time(field)),
        None => Ok(else_s),
    };
    let ChangeRequest { title, starts_at, ends_at, participants, recording, .. } = request;
    let (rooms, terminals) = (request.room_ids, request.terminal_ids);
    let parts = |list: Vec<wire::RequestedParticipant>| -> Vec<Part> {
        list.into_iter().map(Part::from).collect()
    };
    Ok(Terms {
        title: title.map_or_else(|| standing.title.clone(), |it| it.trim().to_owned()),
        starts_s: time("startsAt", starts_at, standing.starts_s)?,
        ends_s: time("endsAt", ends_at, standing.ends_s)?,
        recording: recording.unwrap_or(standing.recording),
        rooms: rooms.unwrap_or_else(|| standing.rooms.clone()),
        terminals: terminals.unwrap_or_else(|| standing.terminals.clone()),
        participants: participants.map_or_else(|| standing.participants.clone(), parts),
        ended_s: standing.ended_s,
    })
}

/// The interval of a change that may be made, or why it may not.
fn allowed(app: &App, before: &Session, wanted: &Terms, now: UnixS) -> Result<Interval, Problem> {
    let Some(window) = Window::of(&app.config, before) else {
        return Err(problem::cancelled("a cancelled session cannot be changed; book a new one"));
    };
    let (interval, recording) = (before.interval, before.recording);
    let standing = Standing { interval, recording, opens: window.opens() };
    if standing.is_over(now) || before.ended.is_some() {
        return Err(problem::too_late("a session that is over cannot be changed; book a new one"));
    }
    if before.version >= VERSIONS_MAX {
        let detail = format!(
            "this session was changed {VERSIONS_MAX} times and cannot be changed again; cancel it and book a new one"
        );
        return Err(problem::changed_too_often(detail));
    }
    let rooms: Vec<&str> = wanted.rooms.iter().map(String::as_str).collect();
    let terminals: Vec<&str> = wanted.terminals.iter().map(String::as_str).collect();
    let participants: Vec<_> = wanted.participants.iter().map(Part::asked).collect();
    let request = booking::Request {
        kind: before.kind,
        title: &wanted.title,
        start: UnixS(wanted.starts_s),
        end: UnixS(wanted.ends_s),
        rooms: &rooms,
        terminals: &terminals,
        participants: &participants,
    };
    standing
        .check_change(&request, wanted.recording, &app.config.limits(), now)
        .map_err(|errors| invalid_request(&errors))
}

/// All of the session as it is to be; the sites that stay keep the modes in which they are booked.
async fn new_terms(
    app: &App,
    before: &Session,
    wanted: Terms,
    interval: Interval,
    now: UnixS,
) -> Result<NewSession, Problem> {
    let modes = app.store.modes_booked(&before.id, &wanted.participants).await;
    let modes = modes.map_err(|error| store_failed(&error))?;
    Ok(NewSession {
        id: before.id.clone(),
        kind: before.kind,
        title: wanted.title,
        interval,
        recording: wanted.recording,
        rooms: wanted.rooms,
        terminals: wanted.terminals,
        participants: wanted.participants,
        // Who booked it is not written by a change.
        booked_by: String::new(),
        booked: now,
        lines: LineTerms { modes, ..terms(app, vec![], interval) },
        overrides: None,
        hold: None,
    })
}

/// Who and what is held against hours: all of a session that is moved, of another one whom and what it did not have, from now on
/// if it has begun.
pub(super) fn what_comes(before: &Session, wanted: &NewSession, now: UnixS) -> NewSession {
    let mut comes = wanted.clone();
    if wanted.interval == before.interval {
        comes.interval = wanted.interval.rest(now);
        comes.participants.retain(|it| before.attendee(&it.person_id).is_none());
        comes.rooms.retain(|id| !before.rooms.iter().any(|room| room.id == *id));
        comes.terminals.retain(|id| !before.terminals.iter().any(|it| it.id == *id));
    }
    comes
}

/// Room tokens are given out from some time before the start on: only then is there anything that a room has to know.
fn tell_room(app: &App, before: &Session, after: &Session, now: UnixS) {
    let opened = |session: &Session| {
        Window::of(&app.config, session).is_some_and(|window| window.opens() <= now)
    };
    if opened(before) || opened(after) {
        app.booking_changed(&after.id);
    }
}
