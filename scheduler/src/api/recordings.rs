//! Who may see and delete recordings: tickets for the recorder, which asks nobody.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use booking::UnixS;
use consultation::recording_retained_until_s;
use serde::Deserialize;
use session::{Kind, Opens, Ticket};

use super::audit::{self, ReadFrom};
use super::audit_wire::ReadAct;
use super::extract::{Caller, Params};
use super::place::Place;
use super::refusals::store_failed;
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{Person, Recorded, Session, StoreError};

/// Sessions that one ticket names; with more it would not fit a header.
const SESSIONS_MAX: usize = 60;
/// How long a ticket to see is valid, seconds; a page that plays asks for the next one before.
const SEE_S: u64 = 10 * 60;
/// How long a ticket to delete is valid, seconds: it is used at once.
const DELETE_S: u64 = 60;
const ID_BYTES_MAX: usize = 128;

#[derive(Debug, Deserialize)]
pub(super) struct After {
    after: Option<String>,
}

/// A ticket for the recorder's list (`GET /replay/recordings`): the recordings that the person may see.
///
/// These are the recordings of one's own sessions, of lessons in which one's organization took part, and for a
/// scheduler all. A ticket names at most 60 sessions, the latest first; `next` leads to the ones before.
#[utoipa::path(
    get, path = "/api/v1/recordings", tag = "recordings", security(("person" = []), ("login" = [])),
    params(("after" = Option<String>, Query, description = "`next` of the answer before")),
    responses(
        (status = 200, body = wire::ListTicket),
        (status = 400, description = "Not a `next` of ours", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Params(After { after }): Params<After>,
    from: ReadFrom,
) -> Result<Json<wire::ListTicket>, Problem> {
    let after = after.as_deref().map(Place::read).transpose()?;
    let after = after.map(|it| Recorded { start: it.start, session_id: it.id });
    let (opens, next) = if person.is_scheduler() {
        audit::note(&app, &person, (ReadAct::AllRecordings, ""), from).await?;
        (Opens::AllRecordings, None)
    } else {
        let latest = app.now().plus(app.config.join_early_s);
        let found = app.store.recorded_sessions(&person, latest, after.as_ref(), SESSIONS_MAX + 1);
        let mut found = found.await.map_err(|error| store_failed(&error))?;
        let more = found.len() > SESSIONS_MAX;
        found.truncate(SESSIONS_MAX);
        let last = found.last().filter(|_| more);
        let next = last.map(|it| Place { start: it.start, id: it.session_id.clone() }.print());
        let sessions = found.into_iter().map(|it| it.session_id).collect();
        (Opens::Sessions(sessions), next)
    };
    let (ticket, expires_at) = signed(&app, opens, SEE_S)?;
    Ok(Json(wire::ListTicket { ticket, expires_at, next }))
}

/// A ticket to see one recording: what is told of it, its files and its slides, for ten minutes. Who plays for longer
/// asks again.
#[utoipa::path(
    post, path = "/api/v1/recordings/{id}/ticket", tag = "recordings", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Recording id: session id, `-`, number of the take")),
    responses(
        (status = 200, body = wire::RecordingTicket),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not to be seen by this person, or not any more: its patient has withdrawn the consent (`/problems/consent-withdrawn`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn see(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    RecordingId(id): RecordingId,
    from: ReadFrom,
) -> Result<Json<wire::RecordingTicket>, Problem> {
    let session = session_of(&app, &id, &person).await?;
    let sees = person.is_scheduler()
        || app
            .store
            .sees_recordings(&person, session_name(&id))
            .await
            .map_err(|error| store_failed(&error))?;
    if !sees {
        return Err(problem::forbidden(
            "this recording is for those who took part; ask one of them, or the scheduler",
        ));
    }
    let retention = retention(&app, session.as_ref()).await?;
    if matches!(retention, Retention::Withdrawn { .. }) {
        return Err(problem::consent_withdrawn(
            "the patient has withdrawn the consent to this recording: it is not played any more; a scheduler or the person who led the session can delete it",
        ));
    }
    note_if_clinical(&app, &person, (ReadAct::Recording, &id, session.as_ref()), from).await?;
    let kept = matches!(retention, Retention::Until(_));
    let can_delete = !kept && may_delete(&person, session.as_ref());
    let (ticket, expires_at) = signed(&app, Opens::Recording(id), SEE_S)?;
    Ok(Json(wire::RecordingTicket { ticket, expires_at, can_delete }))
}

/// A ticket to delete one recording (`DELETE /replay/recordings/{id}`), for a minute. For schedulers and for those who
/// led the session.
#[utoipa::path(
    post, path = "/api/v1/recordings/{id}/deletion", tag = "recordings", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Recording id")),
    responses(
        (status = 200, body = wire::DeletionTicket),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Neither a scheduler nor who led the session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Of the consultation of a case, and to be kept for longer (`/problems/still-kept`, with `retainUntil`)", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    RecordingId(id): RecordingId,
    from: ReadFrom,
) -> Result<Json<wire::DeletionTicket>, Problem> {
    let session = session_of(&app, &id, &person).await?;
    if !may_delete(&person, session.as_ref()) {
        return Err(problem::forbidden(
            "only a scheduler or the person who led the session can delete its recording; ask one of them",
        ));
    }
    let kept = match retention(&app, session.as_ref()).await? {
        Retention::Until(until) | Retention::Withdrawn { kept: true, until } => Some(until),
        Retention::Free | Retention::Withdrawn { kept: false, .. } => None,
    };
    if let Some(until) = kept.filter(|until| app.now() < *until) {
        let until = app.zone.print(until);
        let detail = format!(
            "what was recorded of the consultation of a case is kept until {until}, unless its patient withdraws the consent to it"
        );
        return Err(problem::still_kept(detail).member("retainUntil", until));
    }
    note_if_clinical(&app, &person, (ReadAct::Deletion, &id, session.as_ref()), from).await?;
    tracing::info!(recording = id, "recording.deletion_allowed");
    let (ticket, expires_at) = signed(&app, Opens::Deletion(id), DELETE_S)?;
    Ok(Json(wire::DeletionTicket { ticket, expires_at }))
}

/// For how long a recording is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Retention {
    /// Until somebody deletes it.
    Free,
    /// It is of a patient, and kept until then.
    Until(UnixS),
    /// A patient in it has withdrawn the consent; `kept` if it is of another one as well.
    Withdrawn { kept: bool, until: UnixS },
}

async fn retention(app: &App, session: Option<&Session>) -> Result<Retention, Problem> {
    let failed = |error: StoreError| store_failed(&error);
    let Some(session) = session else { return Ok(Retention::Free) };
    if app.store.clearance(&session.id).await.map_err(failed)?.is_none() {
        return Ok(Retention::Free);
    }
    let until = UnixS(recording_retained_until_s(session.interval.end().0));
    let (withdrawn, cases) = app.store.recordings_withdrawn(&session.id).await.map_err(failed)?;
    Ok(match app.now() < until {
        _ if withdrawn > 0 => Retention::Withdrawn { kept: withdrawn < cases, until },
        true => Retention::Until(until),
        false => Retention::Free,
    })
}

/// A recording of a room that nobody booked may be of a patient.
async fn note_if_clinical(
    app: &App,
    person: &Person,
    (act, id, session): (ReadAct, &str, Option<&Session>),
    from: ReadFrom,
) -> Result<(), Problem> {
    if session.is_some_and(|session| session.kind != Kind::Consultation) {
        return Ok(());
    }
    audit::note(app, person, (act, id), from).await
}

fn may_delete(person: &Person, session: Option<&Session>) -> bool {
    person.is_scheduler() || session.is_some_and(|session| session.is_led_by(&person.id))
}

/// The session of a recording. Rooms that nobody booked are recorded as well if their token says so: these are for
/// schedulers.
async fn session_of(app: &App, id: &str, person: &Person) -> Result<Option<Session>, Problem> {
    let found = app.store.session(session_name(id)).await.map_err(|error| store_failed(&error))?;
    if found.is_none() && !person.is_scheduler() {
        return Err(no_such_recording());
    }
    Ok(found)
}

/// A recording's id without the number of the take.
fn session_name(id: &str) -> &str {
    id.rsplit_once('-').map_or(id, |(session, _)| session)
}

fn no_such_recording() -> Problem {
    problem::not_found("there is no recording of this id; go to the list of replays and choose one")
}

fn signed(app: &App, opens: Opens, life_s: u64) -> Result<(String, String), Problem> {
    let expires = app.now().plus(life_s);
    let ticket = Ticket { opens, expires_s: expires.0 };
    let text = ticket.sign(&app.keys()).map_err(|error| {
        tracing::error!(%error, "ticket.failed");
        problem::internal("the ticket could not be made; tell the operator: the log says more")
    })?;
    Ok((text, app.zone.print(expires)))
}

/// The recording id in the path.
pub(super) struct RecordingId(String);

impl FromRequestParts<Arc<App>> for RecordingId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = <Path<String> as FromRequestParts<_>>::from_request_parts(parts, app).await;
        let plain = |id: &String| {
            id.len() <= ID_BYTES_MAX
                && id.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'))
        };
        path.ok().map(|Path(id)| id).filter(plain).map(Self).ok_or_else(no_such_recording)
    }
}
