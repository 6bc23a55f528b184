//! Guests: patients and pupils whom somebody in the session, or who books, asks in without a login.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::json;
use session::{Kind, Role};

use super::extract::{Body, Caller, Path, SessionId};
use super::faults::Faults;
use super::guests_wire::{Guest, GuestTicket, Guests, NewGuest};
use super::minors::not_alone_with;
use super::refusals::store_failed;
use super::sessions::seen;
use super::touching::books_session;
use super::{App, wire};
use crate::access::{Digits, Secret};
use crate::problem::{self, Problem};
use crate::store::{self, MadeGuest, Person, Session};

/// Most guests of one session, those that were revoked as well.
const GUESTS_MAX: i64 = 100;
/// How often other digits are drawn because somebody has these.
const DRAWN_MAX: usize = 20;

/// The guests of a session. For schedulers, and who may ask them in.
#[utoipa::path(
    get, path = "/api/v1/sessions/{id}/guests", tag = "guests", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Session id")),
    responses(
        (status = 200, body = Guests),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not at the side of the guests", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    SessionId(id): SessionId,
) -> Result<Json<Guests>, Problem> {
    let session = of_guests(&app, &person, &id).await?;
    Ok(Json(Guests { guests: guests_of(&app, &session.id).await? }))
}

async fn guests_of(app: &App, session_id: &str) -> Result<Vec<Guest>, Problem> {
    let found = app.store.guests(session_id).await.map_err(|error| store_failed(&error))?;
    Ok(found.into_iter().map(|row| Guest::new(app, row)).collect())
}

/// The session, for who may ask guests in: schedulers, and those in it who are at the side of the guests.
async fn of_guests(app: &App, person: &Person, id: &str) -> Result<Session, Problem> {
    let session = seen(app, person, id).await?;
    let asks = session.attendee(&person.id).is_some_and(|it| it.role.asks_guests());
    if asks || books_session(app, person, &session).await? {
        return Ok(session);
    }
    Err(problem::forbidden(
        "only the village doctor or a teacher of the session, or a scheduler, asks guests in; ask them to do it",
    ))
}

/// Makes a ticket for a guest: a link, and six digits for who has no camera to read it. Both are told once, work from some
/// minutes before the start until the end, and for the first browser that comes. For schedulers, and the village doctor or
/// a teacher in the session.
#[utoipa::path(
    post, path = "/api/v1/sessions/{id}/guests", tag = "guests", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Session id")), request_body = NewGuest,
    responses(
        (status = 201, body = GuestTicket),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not at the side of the guests, or an adult would be alone with the pupil", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Cancelled, over, or it has as many guests as it may have", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "A name that is none, or a role that does not go with the session", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    SessionId(id): SessionId,
    body: Body<NewGuest>,
) -> Result<(StatusCode, Json<GuestTicket>), Problem> {
    let session = of_guests(&app, &person, &id).await?;
    still_to_come(&app, &session)?;
    let NewGuest { name, role } = body.value;
    let mut faults = Faults::default();
    let name = faults.called("name", &name);
    if !guests_of_kind(session.kind).contains(&role) {
        let detail = "`role` must be `patient` in a consultation and `pupil` in a class; other sessions have no guests";
        faults.add("role", "role-not-of-kind", json!({ "kind": session.kind }), detail);
    }
    faults.or(())?;
    if role == Role::Pupil {
        not_alone_with(&app, &session, &name).await?;
    }
    let organization_id = site(&app, &session, &person).await?;
    let (secret, now) = (Secret::random(), app.now());
    let mut new = store::NewGuest {
        id: uuid::Uuid::now_v7().to_string(),
        session_id: session.id.clone(),
        organization_id,
        name,
        role,
        made_by: person.id.clone(),
        made: now,
        link_sha256: secret.sha256(),
        digits_mac: String::new(),
    };
    for _ in 0..DRAWN_MAX {
        let digits = Digits::random();
        new.digits_mac = digits.mac(&app.keys());
        let made = app.store.make_guest(&new, GUESTS_MAX).await;
        match made.map_err(|error| store_failed(&error))? {
            MadeGuest::Made => {
                tracing::debug!(by = person.id, of = new.id, "guest.made");
                let ticket = ticket(&app, &session, &new.id, (&secret, &digits)).await?;
                return Ok((StatusCode::CREATED, Json(ticket)));
            }
            MadeGuest::DigitsTaken => {}
            MadeGuest::TooMany => {
                let detail = format!(
                    "{GUESTS_MAX} guests were asked into this session; no more can be, revoked ones count as well"
                );
                return Err(problem::too_many_guests(detail));
            }
        }
    }
    Err(problem::busy("no digits are free at the moment; try again in a minute").retry_after_s(60))
}

async fn ticket(
    app: &App,
    session: &Session,
    guest_id: &str,
    (secret, digits): (&Secret, &Digits),
) -> Result<GuestTicket, Problem> {
    let rows = app.store.guests(&session.id).await.map_err(|error| store_failed(&error))?;
    let row = rows.into_iter().find(|row| row.id == guest_id).ok_or_else(no_such_guest)?;
    Ok(GuestTicket {
        guest: Guest::new(app, row),
        once: secret.as_str().to_owned(),
        digits: digits.as_str().to_owned(),
        opens_at: app.zone.print(session.interval.start().minus(app.config.join_early_s)),
        ends_at: app.zone.print(session.interval.end()),
    })
}

fn still_to_come(app: &App, session: &Session) -> Result<(), Problem> {
    if session.cancelled {
        return Err(problem::cancelled("the session is cancelled; nobody is asked into it"));
    }
    if session.interval.end() <= app.now() || session.ended.is_some() {
        return Err(problem::too_late("the session is over; nobody is asked into it any more"));
    }
    Ok(())
}

/// What guests of a session of this kind are.
const fn guests_of_kind(kind: Kind) -> &'static [Role] {
    match kind {
        Kind::Consultation => &[Role::Patient],
        // A class has a teacher and a classroom: two adults, so that none is alone with a child.
        Kind::Class => &[Role::Pupil],
        Kind::Training | Kind::Broadcast => &[],
    }
}

/// Where a guest takes part: at the site of who asks the guest in, or else of somebody at the guests' side.
async fn site(app: &App, session: &Session, person: &Person) -> Result<String, Problem> {
    if session.attendee(&person.id).is_none() {
        let beside = session.attendees.iter().find(|it| it.role.asks_guests());
        if let Some(beside) = beside {
            let found = app.store.person(&beside.person_id).await;
            if let Some(found) = found.map_err(|error| store_failed(&error))? {
                return Ok(found.organization.id);
            }
        }
    }
    Ok(person.organization.id.clone())
}

/// Lets a guest in no more: who is inside is sent away within seconds, and neither link nor digits open anything. For
/// schedulers, and the village doctor or a teacher in the session.
#[utoipa::path(
    delete, path = "/api/v1/sessions/{id}/guests/{guest}", tag = "guests", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Session id"), ("guest" = String, Path, description = "Guest id")),
    responses(
        (status = 200, body = Guests),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not at the side of the guests", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session, or no such guest of it", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path((id, guest_id)): Path<(String, String)>,
) -> Result<Json<Guests>, Problem> {
    let session = of_guests(&app, &person, &id).await?;
    let revoked = app.store.revoke_guest(&session.id, &guest_id, app.now()).await;
    if !revoked.map_err(|error| store_failed(&error))? {
        return Err(no_such_guest());
    }
    tracing::debug!(by = person.id, of = guest_id, "guest.revoked");
    app.booking_changed(&session.id);
    Ok(Json(Guests { guests: guests_of(&app, &session.id).await? }))
}

fn no_such_guest() -> Problem {
    problem::not_found("this session has no such guest; read its list again")
}
