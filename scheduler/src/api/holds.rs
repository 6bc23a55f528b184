//! Holding people, rooms and lines of a time while its booking is being made.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use booking::UnixS;
use serde_json::json;

use super::extract::{Body, IdempotencyKey, Path, Scheduling};
use super::holds_wire::{Extension, Held, HoldRequest};
use super::line_refusals::line_refused;
use super::refusals::{hold_refused, invalid, not_booked};
use super::replayed::marked;
use super::sessions::{KEEP_ANSWER_S, check, new_session};
use super::{App, touching, wire};
use crate::metrics::HoldOutcome;
use crate::problem::Problem;
use crate::store::{BookError, Booked, Bounds, Hold, HoldBounds, HoldRefused, Key};

const SECONDS_MIN: u32 = 60;
const SECONDS_MAX: u32 = 15 * 60;
const SECONDS_UNSAID: u32 = 5 * 60;
/// Longest life of a hold, however often it is extended.
const LIFE_S_MAX: u64 = 30 * 60;

/// Holds all people, rooms and terminals of a time, and what the booking would take of lines, or nothing, for a time that is told. To others
/// they are taken until then; `POST /api/v1/sessions` with `holdId` books over the hold in one step. Schedulers only.
#[utoipa::path(
    post, path = "/api/v1/holds", tag = "holds", security(("person" = []), ("login" = [])), request_body = HoldRequest,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 visible ASCII characters. The same request with the same key within 24 hours gives the first answer again and holds nothing more.")),
    responses(
        (status = 201, description = "Held", body = Held,
            headers(("Location" = String, description = "Path of the hold"), ("Idempotency-Replayed" = String, description = "`true` if it was made by an earlier request"))),
        (status = 400, description = "Not JSON, or a bad key", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "A person, an interpreter, a room or a terminal is taken or held (`/problems/slot-taken`), or a line is too full (`/problems/line-full`)", body = wire::NotBooked, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
        (status = 429, description = "As much is held already as may be (`/problems/too-many-holds`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy; try again", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    key: Option<IdempotencyKey>,
    body: Body<HoldRequest>,
) -> Result<Response, Problem> {
    let now = app.now();
    let asked = body.value;
    let people: Vec<&str> = asked.participants.iter().map(|it| it.person_id.as_str()).collect();
    if !touching::books(&app, &person, &people).await? {
        return Err(touching::elsewhere());
    }
    let seconds = lasting(asked.seconds)?;
    let wanted = booking_of(asked);
    let interval = check(&app, &wanted, now)?;
    let new = new_session(&app, wanted, interval, &person, now);
    let hold = Hold {
        id: new.id.clone(),
        held_by: person.id.clone(),
        interval,
        made: now,
        until: now.plus(seconds),
    };
    let told = Held::new(&app, &hold, LIFE_S_MAX);
    let answer = serde_json::to_string(&told).unwrap_or_default();
    let bounds =
        HoldBounds { of_person: app.config.holds_of_person_max, of_all: app.config.holds_max };
    let keep = Bounds { rows_max: app.config.idempotency_rows_max, keep_s: KEEP_ANSWER_S };
    // A space stands in no key that a client sends: those of holds and of bookings never meet.
    let key = key.map(|IdempotencyKey(key)| Key {
        person_id: person.id.clone(),
        key: format!("hold {key}"),
        request_sha256: body.sha256,
    });
    let key = key.as_ref().map(|key| (key, keep));
    let hold = || app.store.hold(&new, (hold.until, bounds), key, answer.clone());
    match app.store.explained(&new, hold).await {
        Ok(Booked::Made { session_id: id, answer, forgotten }) => {
            app.metrics.hold(HoldOutcome::Made);
            app.metrics.answers_forgotten.inc_by(forgotten);
            Ok(made(&id, answer, false))
        }
        Ok(Booked::Before { session_id: id, answer }) => {
            app.metrics.hold(HoldOutcome::Replayed);
            Ok(made(&id, answer, true))
        }
        Err(error) => {
            app.metrics.hold(outcome(&error));
            Err(match error {
                BookError::Line(refused) => line_refused(&app, &new, refused).await,
                error => not_booked(&app, error),
            })
        }
    }
}

/// The booking for which it is held, with whatever stands for a title.
fn booking_of(asked: HoldRequest) -> wire::BookingRequest {
    wire::BookingRequest {
        kind: asked.kind,
        title: "-".into(),
        starts_at: asked.starts_at,
        ends_at: asked.ends_at,
        room_ids: asked.room_ids,
        terminal_ids: asked.terminal_ids,
        participants: asked.participants,
        recording: false,
        sites: asked.sites,
        override_reason: None,
        hold_id: None,
    }
}

const fn outcome(error: &BookError) -> HoldOutcome {
    match error {
        BookError::Taken | BookError::Clash(_) | BookError::Line(_) => HoldOutcome::Clash,
        BookError::TooManyHolds { .. } => HoldOutcome::TooMany,
        BookError::Store(_) => HoldOutcome::Failed,
        _ => HoldOutcome::Refused,
    }
}

fn made(id: &str, answer: String, replayed: bool) -> Response {
    let form = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::LOCATION, format!("/api/v1/holds/{id}")),
    ];
    marked((StatusCode::CREATED, form, answer).into_response(), replayed)
}

/// For how long, in seconds.
fn lasting(seconds: Option<u32>) -> Result<u64, Problem> {
    let seconds = seconds.unwrap_or(SECONDS_UNSAID);
    if (SECONDS_MIN..=SECONDS_MAX).contains(&seconds) {
        return Ok(seconds.into());
    }
    let detail = format!("`seconds` must be from {SECONDS_MIN} to {SECONDS_MAX}");
    let bounds = json!({ "least": SECONDS_MIN, "most": SECONDS_MAX });
    Err(invalid("seconds", "out-of-range", bounds, &detail))
}

/// Holds on for a time from now, but for no longer than half an hour in all; never shorter than it is held already.
#[utoipa::path(
    post, path = "/api/v1/holds/{id}/extend", tag = "holds", security(("person" = []), ("login" = [])),
    request_body = Option<Extension>,
    params(("id" = String, Path, description = "Hold id")),
    responses(
        (status = 200, body = Held),
        (status = 400, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Another person's hold", body = wire::Problem, content_type = "application/problem+json"),
        (status = 410, description = "It has run out, was given back or was booked (`/problems/hold-over`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn extend(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    Path(id): Path<String>,
    body: Option<Body<Extension>>,
) -> Result<Json<Held>, Problem> {
    let now = app.now();
    let seconds = lasting(body.map(|body| body.value).unwrap_or_default().seconds)?;
    let until = |hold: &Hold| -> UnixS { now.plus(seconds).min(hold.made.plus(LIFE_S_MAX)) };
    match app.store.extend_hold(&id, (&person.id, now), until).await {
        Ok(hold) => {
            app.metrics.hold(HoldOutcome::Extended);
            Ok(Json(Held::new(&app, &hold, LIFE_S_MAX)))
        }
        Err(refused) => {
            app.metrics.hold(HoldOutcome::Refused);
            Err(hold_refused(&refused))
        }
    }
}

/// Gives a hold back: its people, rooms and lines are free at once. Twice is the same as once, and one that has run out is given
/// back already.
#[utoipa::path(
    delete, path = "/api/v1/holds/{id}", tag = "holds", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Hold id")),
    responses(
        (status = 204, description = "Nothing is held by it any more"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Another person's hold", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn release(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    match app.store.release_hold(&id, (&person.id, app.now())).await {
        Ok(()) => app.metrics.hold(HoldOutcome::Released),
        Err(HoldRefused::Over) => {}
        Err(refused) => {
            app.metrics.hold(HoldOutcome::Refused);
            return Err(hold_refused(&refused));
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
