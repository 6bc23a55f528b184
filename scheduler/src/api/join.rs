//! Trading a person token for a room token.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use booking::{Listener, UnixS};
use session::{AccessToken, Clearance, DataBudget, Megabytes, Mode, Own, Role, VideoGrant};

use super::audit::{self, ReadFrom};
use super::audit_wire::ReadAct;
use super::extract::{Caller, SessionId};
use super::minors::not_alone;
use super::refusals::store_failed;
use super::sessions::find;
use super::window::Window;
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{BookedLine, Person, Reception, Session, StoreError};

/// A room token for a participant, from 15 minutes before the start to 15 minutes after the end. Then the room closes.
#[utoipa::path(
    post, path = "/api/v1/sessions/{id}/join", tag = "sessions", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Session id")),
    responses(
        (status = 200, body = wire::Pass),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a participant, or an adult would be alone with a minor (`/problems/minor-alone`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Cancelled, too early (with `opensAt`) or over (with `closedAt`)", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn join(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    SessionId(id): SessionId,
    from: ReadFrom,
) -> Result<Json<wire::Pass>, Problem> {
    let session = find(&app, &id).await?;
    let Some(attendee) = session.attendee(&person.id) else {
        return Err(problem::forbidden(
            "you are not a participant of this session; ask the scheduler to add you to it",
        ));
    };
    let role = attendee.role;
    pass(&app, session, (&person, role), from).await.map(Json)
}

/// The way into the room of a session, now, for somebody in this role; who is not booked, a guest or the device of a terminal,
/// has no rights beyond speaking and being seen.
pub(super) async fn pass(
    app: &App,
    session: Session,
    (person, role): (&Person, Role),
    from: ReadFrom,
) -> Result<wire::Pass, Problem> {
    let trace = app.keys().trace_id(&session.id, &person.id);
    let span = tracing::info_span!("join", session = %session.id, participant.trace = %trace);
    let now = app.now();
    let closes = closing_time(app, &session, now)?;
    let company = not_alone(app, &session).await?;
    audit::note_clinical(app, person, (ReadAct::Room, &session), from).await?;
    let life_s = closes.since(now).min(app.config.room_token_s_max);
    let minor = company.has_minor(&person.id);
    let token = room_token(&session, role, (person, minor), (now, closes), life_s);
    let mut token = served(token, reception(app, &session, (person, role)).await?);
    let (clearance, case_id) = cleared(app, &session, person).await?;
    if let Some(own) = &mut token.own {
        own.clearance = clearance;
    }
    let text = token.sign(&app.keys()).map_err(|error| {
        tracing::error!(parent: &span, %error, "token.failed");
        problem::internal("the room token could not be made; tell the operator: the log says more")
    })?;
    app.metrics.joins.inc();
    tracing::info!(parent: &span, %role, life_s, "session.joined");
    Ok(wire::Pass {
        url: String::new(),
        token: text,
        expires_at: app.zone.print(UnixS(token.expires_s)),
        role,
        room: session.id,
        title: session.title,
        kind: session.kind,
        recording: session.recording,
        case_id,
    })
}

/// What the session may do now, if it has or had a case, and the case, for who cares for its patient.
async fn cleared(
    app: &App,
    session: &Session,
    person: &Person,
) -> Result<(Option<Clearance>, Option<String>), Problem> {
    let failed = |error: StoreError| store_failed(&error);
    let clearance = app.store.clearance(&session.id).await.map_err(failed)?;
    if clearance.is_none() {
        return Ok((None, None));
    }
    let case = app.store.case_of_session(&session.id).await.map_err(failed)?;
    let own = case.filter(|row| row.case.cares(&person.id));
    Ok((clearance, own.map(|row| row.id)))
}

/// When a session that can be joined now can be joined no more.
///
/// # Errors
/// It is cancelled, not open yet, or over.
pub(super) fn closing_time(app: &App, session: &Session, now: UnixS) -> Result<UnixS, Problem> {
    let Some(window) = Window::of(&app.config, session) else {
        return Err(problem::not_joinable(
            "the session was cancelled; ask the scheduler for a new time",
        ));
    };
    if now < window.opens() {
        let at = app.zone.print(window.opens());
        return Err(problem::not_joinable(format!("the session can be joined from {at}"))
            .member("opensAt", at));
    }
    if let Some(ended) = session.ended.filter(|ended| *ended <= now) {
        let at = app.zone.print(ended);
        let detail = format!(
            "whoever led the session ended it for all at {at}; ask the scheduler for a new time, or look in the replays"
        );
        return Err(problem::not_joinable(detail).member("closedAt", at));
    }
    if now >= window.closes() {
        let at = app.zone.print(window.closes());
        let detail = format!(
            "the session was open until {at}; ask the scheduler for a new time, or look in the replays"
        );
        return Err(problem::not_joinable(detail).member("closedAt", at));
    }
    Ok(window.closes())
}

/// What the role may do in the room, which `closes` some time after the booked end. Attributes are shown to the others; nobody may change their own, or a role could be
/// made up.
fn room_token(
    session: &Session,
    role: Role,
    (person, minor): (&Person, bool),
    (now, closes): (UnixS, UnixS),
    life_s: u64,
) -> AccessToken {
    let site = person.organization.names.zh();
    let booked = session.attendee(&person.id).is_some();
    let plain = AccessToken::for_room(&session.id, &person.id, person.names.zh(), now.0, life_s);
    let video = VideoGrant {
        room_admin: role.runs_the_room(),
        can_publish: Some(role.publishes()),
        can_subscribe: Some(true),
        can_publish_data: Some(true),
        can_publish_sources: sources(booked),
        ..plain.video.clone()
    };
    let metadata =
        serde_json::json!({ "names": person.names, "siteNames": person.organization.names });
    let attributes = [("role".to_owned(), role.to_string()), ("site".to_owned(), site.to_owned())];
    AccessToken {
        video,
        metadata: metadata.to_string(),
        attributes: attributes.into(),
        own: Some(Own {
            session: Some(session.id.clone()),
            kind: Some(session.kind),
            title: Some(session.title.clone()),
            role: Some(role),
            site: Some(site.to_owned()),
            ends_s: Some(session.interval.end().0),
            closes_s: Some(closes.0),
            record: Some(session.recording),
            person: booked.then(|| person.id.clone()),
            minor: minor.then_some(true),
            ..Own::default()
        }),
        ..plain
    }
}

/// What may be sent; empty = everything. Who is not booked shows no screen.
fn sources(booked: bool) -> Vec<String> {
    let guest = ["camera", "microphone"].map(str::to_owned);
    if booked { Vec::new() } else { guest.into() }
}

/// How the person's site is served in this session, and what its people have used in the month of the session, and the person
/// in it.
async fn reception(
    app: &App,
    session: &Session,
    (person, role): (&Person, Role),
) -> Result<(Reception, (u64, u64)), Problem> {
    let site = &person.organization.id;
    let failed = |error: StoreError| store_failed(&error);
    let reception = app.store.reception(site).await.map_err(failed)?;
    let booked = app.store.booked_line(&session.id, site).await.map_err(failed)?;
    let reception =
        booked.map_or(reception, |line| within(reception, line, session, (&person.id, role)));
    let Reception { session_mb, month_mb, .. } = reception;
    let month = app.zone.month(app.zone.day_at(session.interval.start()));
    let Some(month) = month.filter(|_| session_mb.or(month_mb).is_some()) else {
        return Ok((reception, (0, 0)));
    };
    let used = app.store.used(site, month, (&session.id, &person.id)).await;
    Ok((reception, used.map_err(failed)?))
}

/// No more than what was booked of the line, and shown before the booking was confirmed.
fn within(
    reception: Reception,
    line: BookedLine,
    session: &Session,
    (person_id, role): (&str, Role),
) -> Reception {
    let others = session.attendees.iter().filter(|it| it.person_id != person_id);
    let speakers = others.filter(|it| it.role.publishes()).count();
    let speakers = u32::try_from(speakers).unwrap_or(u32::MAX);
    let load = booking::taken(line.mode, Listener { speaks: role.publishes(), speakers });
    let own = booking::bound_mb(load, session.interval.seconds()).min(line.megabytes);
    Reception {
        mode: reception.mode.within(line.mode),
        mode_most: reception.mode_most.within(line.mode),
        session_mb: Some(reception.session_mb.map_or(own, |most| most.min(own))),
        ..reception
    }
}

/// The token says how its bearer's site is served, and what is left to it.
fn served(token: AccessToken, (reception, used): (Reception, (u64, u64))) -> AccessToken {
    let Reception { mode, mode_most, session_mb, month_mb } = reception;
    let bytes = |amount: u32| u64::from(amount) * 1_000_000;
    let session = session_mb.map(|it| Megabytes::of_bytes(bytes(it)));
    let left = |month: u32| Megabytes::of_bytes(bytes(month).saturating_sub(used.0));
    let month_left = month_mb.map(left);
    let bounded = session.or(month_left).is_some();
    let budget = DataBudget { session, month_left, used: Some(Megabytes::of_bytes(used.1)) };
    let less = |mode: Mode| (mode != Mode::Full).then_some(mode);
    let own = token.own.map(|own| Own {
        mode: less(mode),
        mode_most: less(mode_most),
        data_budget: bounded.then_some(budget),
        ..own
    });
    AccessToken { own, ..token }
}
