//! That somebody knows of a session: said by the person, or by who told the person.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::json;

use super::extract::{Body, Caller, Path, SessionId};
use super::refusals::{invalid, store_failed};
use super::reminders::{keeps_calls, not_a_keeper};
use super::reminders_wire::{AcknowledgedBy, Acknowledgement, Reach};
use super::sessions::find;
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{Acknowledged, Answered, HowTold, Person, ReachWish, Session};

/// Fewest and most digits of a phone number (ITU-T E.164 has 15 at most).
const DIGITS: std::ops::RangeInclusive<usize> = 5..=15;

/// Says that one knows of a session, or that one has told somebody: nobody is reminded of it any more then. The first answer stays;
/// a session that is moved asks again. For the people of the session, and for who keeps the call list of the other one's site.
#[utoipa::path(
    post, path = "/api/v1/sessions/{id}/acknowledgement", tag = "reminders", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Session id")), request_body = Acknowledgement,
    responses(
        (status = 200, body = AcknowledgedBy),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Neither in the session nor keeper of the call list", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session, or nobody of this id in it", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Cancelled, or it has begun", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn acknowledge(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    SessionId(id): SessionId,
    body: Body<Acknowledgement>,
) -> Result<Json<AcknowledgedBy>, Problem> {
    let Acknowledgement { person_id, how } = body.value;
    let session = find(&app, &id).await?;
    let person_id = person_id.unwrap_or_else(|| person.id.clone());
    let how = match person_id == person.id {
        true => HowTold::Oneself,
        false => how.map_or(HowTold::InPerson, HowTold::from),
    };
    if person_id == person.id {
        if session.attendee(&person.id).is_none() {
            return Err(problem::forbidden(
                "this is not your session; name in `personId` whom you told of it",
            ));
        }
    } else {
        may_tell(&app, &person, (&session, &person_id)).await?;
    }
    if session.cancelled {
        return Err(problem::cancelled("the session is cancelled; nobody need come"));
    }
    if session.interval.start() <= app.now() {
        return Err(problem::too_late("the session has begun; join it"));
    }
    let answered =
        Answered { session_id: &id, person_id: &person_id, by: &person.id, how, at: app.now() };
    let done = app.store.acknowledge(&answered).await.map_err(|error| store_failed(&error))?;
    match done {
        Acknowledged::Done => Ok(Json(AcknowledgedBy { session_id: id, person_id })),
        Acknowledged::Unasked => Err(nobody()),
    }
}

fn nobody() -> Problem {
    problem::not_found("nobody of this id is in the session; read the call list again")
}

/// Who tells somebody of a session keeps the call list of that one's site.
async fn may_tell(
    app: &App,
    person: &Person,
    (session, person_id): (&Session, &str),
) -> Result<(), Problem> {
    let site = match session.attendee(person_id) {
        Some(_) => {
            let found = app.store.person(person_id).await.map_err(|error| store_failed(&error))?;
            found.map(|found| found.organization.id)
        }
        None => {
            let guests =
                app.store.guests(&session.id).await.map_err(|error| store_failed(&error))?;
            let guest = guests.into_iter().find(|it| it.identity() == person_id);
            guest.filter(|it| it.revoked.is_none()).map(|guest| guest.organization.id)
        }
    };
    let Some(site) = site else {
        // Who is in a session is told to nobody who could not read it.
        let own = session.attendee(&person.id).is_some();
        let books = super::touching::books_session(app, person, session).await?;
        return Err(if own || books { nobody() } else { not_a_keeper() });
    };
    if keeps_calls(app, person, &site).await? { Ok(()) } else { Err(not_a_keeper()) }
}

/// By what a person is reminded. For the person, and who keeps the call list of the person's site.
#[utoipa::path(
    get, path = "/api/v1/people/{id}/reminders", tag = "reminders", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Person id")),
    responses(
        (status = 200, body = Reach),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Neither the person nor keeper of the call list", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is nobody of this id", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read_reach(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
) -> Result<Json<Reach>, Problem> {
    may_set(&app, &person, &id).await?;
    reach(&app, &id).await
}

/// Says by what a person is reminded, from now on and of what is booked already: steps that were taken stay. For the person, and who
/// keeps the call list of the person's site.
#[utoipa::path(
    put, path = "/api/v1/people/{id}/reminders", tag = "reminders", security(("person" = []), ("login" = [])), request_body = Reach,
    params(("id" = String, Path, description = "Person id")),
    responses(
        (status = 200, body = Reach),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Neither the person nor keeper of the call list", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is nobody of this id", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a phone number", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put_reach(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    body: Body<Reach>,
) -> Result<Json<Reach>, Problem> {
    may_set(&app, &person, &id).await?;
    let Reach { app: page, phone, sms, voice } = body.value;
    if !phone.as_deref().is_none_or(is_phone) {
        let detail = "`phone` must be 5 to 15 digits, with a + before the code of a country if it has one; leave spaces out";
        return Err(invalid("phone", "not-a-phone", json!({}), detail));
    }
    let wish = ReachWish { app: page, phone, sms, voice };
    let put = app.store.put_reach_wish(&id, &wish, (&person.id, app.now())).await;
    put.map_err(|error| store_failed(&error))?;
    reach(&app, &id).await
}

fn is_phone(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    DIGITS.contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
}

async fn reach(app: &App, id: &str) -> Result<Json<Reach>, Problem> {
    let wish = app.store.reach_wish(id).await.map_err(|error| store_failed(&error))?;
    let ReachWish { app, phone, sms, voice } = wish;
    Ok(Json(Reach { app, phone, sms, voice }))
}

async fn may_set(app: &App, person: &Person, id: &str) -> Result<(), Problem> {
    if person.id == id {
        return Ok(());
    }
    let found = app.store.person(id).await.map_err(|error| store_failed(&error))?;
    let Some(found) = found else {
        // Who is there is told to those alone who keep a list.
        return Err(
            match person.may_somewhere(policy::Permission::KeepCallList)
                || person.may_somewhere(policy::Permission::Book)
            {
                true => {
                    problem::not_found("there is nobody of this id; choose one of the directory")
                }
                false => not_a_keeper(),
            },
        );
    };
    match keeps_calls(app, person, &found.organization.id).await? {
        true => Ok(()),
        false => Err(not_a_keeper()),
    }
}
