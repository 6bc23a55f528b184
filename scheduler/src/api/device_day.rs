//! What a device of a terminal sees and may do: its own day, and to join the classes of its room.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use booking::Interval;
use serde::Deserialize;
use session::{Kind, Role};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::audit::ReadFrom;
use super::caller::not_foreign;
use super::device_entry::revoked;
use super::devices_wire::{DeviceDay, DeviceSession};
use super::extract::{Params, SessionId, no_such_session};
use super::freshness::TaggedBy;
use super::join::pass;
use super::refusals::store_failed;
use super::{App, wire};
use crate::access::{Secret, device_cookie_secret};
use crate::problem::{self, Problem};
use crate::store::{Device, DeviceBy, Person, Session, Whose};

/// Sessions of the terminal's room, and of its site, in one answer.
const ROOM_MAX: usize = 30;
const SITE_MAX: usize = 30;
/// What begins so soon after midnight is shown before, seconds.
const BEYOND_MIDNIGHT_S: u64 = 2 * 3600;
/// The longest that a device waits to be told what changes, seconds: proxies end what is quiet for a minute.
const WAIT_S_MAX: u64 = 25;
/// How often it is looked meanwhile whether the device is revoked, and every how many looks what its day is.
const LOOK: Duration = Duration::from_millis(300);
const LOOKS_A_DAY: u32 = 10;
/// How often it is noted that a device is there.
const SEEN_EVERY_S: u64 = 300;

/// The device that asks, and the secret that it has.
pub(super) struct Bearer {
    device: Device,
    login: Secret,
}

impl FromRequestParts<Arc<App>> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            not_foreign(app, &parts.headers)?;
        }
        let login = device_cookie_secret(&parts.headers).ok_or_else(login_over)?;
        let device = known(app, &login).await?;
        let now = app.now();
        if now.since(device.seen) >= SEEN_EVERY_S
            && let Err(error) = app.store.device_seen(&device.id, now).await
        {
            tracing::debug!(%error, "device.not_noted");
        }
        Ok(Self { device, login })
    }
}

/// The device that came in with this secret, if that works now.
async fn known(app: &App, login: &Secret) -> Result<Device, Problem> {
    let found = app.store.device(DeviceBy::Login(&login.sha256())).await;
    let device = found.map_err(|error| store_failed(&error))?.ok_or_else(login_over)?;
    if device.revoked.is_some() || device.terminal.retired {
        return Err(revoked());
    }
    let works = device.login_ends.is_some_and(|ends| app.now() < ends);
    works.then_some(device).ok_or_else(login_over)
}

fn login_over() -> Problem {
    problem::token_refused("sign a new challenge with the key of the device")
        .member("reason", "device-login-over")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DayParams {
    seen: Option<String>,
    wait: Option<u64>,
}

/// The day of a terminal: the sessions of its room, and those of its site. With `seen` and `wait` the answer comes when
/// something else is to be shown, when the device is revoked, or when the wait is over.
#[utoipa::path(
    get, path = "/api/v1/device/day", tag = "devices", security(("device" = [])),
    params(
        ("seen" = Option<String>, Query, description = "`tag` of the answer before"),
        ("wait" = Option<u64>, Query, description = "For how many seconds the answer may wait, 0 to 25; 0 if absent"),
    ),
    responses(
        (status = 200, body = DeviceDay),
        (status = 400, description = "Not a wait", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "The device is to sign again, or was revoked: `reason` says which", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn day(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Params(DayParams { seen, wait }): Params<DayParams>,
) -> Result<Response, Problem> {
    let wait_s = wait.unwrap_or_default();
    if wait_s > WAIT_S_MAX {
        let detail = format!("`wait` must be 0 to {WAIT_S_MAX} seconds");
        return Err(problem::bad_parameter(detail));
    }
    let mut found = day_of(&app, &bearer.device).await?;
    if wait_s > 0 && seen.as_deref() == Some(found.tag.as_str()) {
        match app.access.wait() {
            Some(_place) => found = changed(&app, &bearer.login, found, wait_s).await?,
            None => {
                app.metrics.access.device_not_waited.inc();
            }
        }
    }
    let tagged = TaggedBy(found.tag.clone().into_bytes());
    Ok((Extension(tagged), Json(found)).into_response())
}

/// Waits until something else is to be shown. Each look asks the store: another program may have changed what is there.
async fn changed(
    app: &App,
    login: &Secret,
    shown: DeviceDay,
    wait_s: u64,
) -> Result<DeviceDay, Problem> {
    let until = Instant::now() + Duration::from_secs(wait_s);
    let mut looks = 0_u32;
    loop {
        tokio::time::sleep(LOOK).await;
        looks = looks.wrapping_add(1);
        let device = known(app, login).await?;
        let over = Instant::now() >= until;
        if over || looks.is_multiple_of(LOOKS_A_DAY) {
            let found = day_of(app, &device).await?;
            if over || found.tag != shown.tag {
                return Ok(found);
            }
        }
    }
}

async fn day_of(app: &App, device: &Device) -> Result<DeviceDay, Problem> {
    let now = app.now();
    let terminal = &device.terminal;
    let today = app.zone.bounds(app.zone.day_at(now));
    let soon = now.plus(BEYOND_MIDNIGHT_S);
    let (begin, end) = today.map_or((now, soon), |day| (day.start(), day.end().max(soon)));
    let within = Interval::new(begin, end)
        .map_err(|_| problem::internal("this day has no length; tell the operator"))?;
    let of = async |whose: Whose<'_>, most: usize| {
        let found = app.store.sessions_of(whose, within, None, most).await;
        found.map_err(|error| store_failed(&error))
    };
    let mut sessions = of(Whose::Room(&terminal.room.id), ROOM_MAX).await?;
    let own = of(Whose::Terminal(&terminal.id), ROOM_MAX).await?;
    let site = of(Whose::Organization(&terminal.site.id), ROOM_MAX + SITE_MAX).await?;
    for session in own.into_iter().chain(site) {
        if sessions.len() < ROOM_MAX + SITE_MAX && sessions.iter().all(|it| it.id != session.id) {
            sessions.push(session);
        }
    }
    sessions.sort_by(|a, b| (a.interval.start(), &a.id).cmp(&(b.interval.start(), &b.id)));
    let told = |session: &Session| {
        let opens = session.interval.start().minus(app.config.join_early_s);
        DeviceSession::new(app, session, (opens, joins(device, session)))
    };
    let mut day = DeviceDay {
        device: device.name.clone(),
        room: terminal.room.clone().into(),
        site: terminal.site.clone().into(),
        sessions: sessions.iter().map(told).collect(),
        time_zone: app.zone.name().to_owned(),
        tag: String::new(),
        now: String::new(),
    };
    let body = serde_json::to_vec(&day).unwrap_or_default();
    let hash = Sha256::digest(body);
    day.tag = URL_SAFE_NO_PAD.encode(hash.get(..12).unwrap_or_default());
    day.now = app.zone.print(now);
    Ok(day)
}

/// A device joins classes in the room of its terminal, and those that its terminal is booked for: a consultation has nobody in
/// it who is not known.
fn joins(device: &Device, session: &Session) -> bool {
    let here = session.rooms.iter().any(|room| room.id == device.terminal.room.id);
    let booked = session.terminals.iter().any(|it| it.id == device.terminal.id);
    (here || booked) && session.kind == Kind::Class && !session.cancelled && session.ended.is_none()
}

/// A room token for the device, from 15 minutes before the start of a class in its room or with its terminal to 15 minutes after the end.
#[utoipa::path(
    post, path = "/api/v1/device/sessions/{id}/join", tag = "devices", security(("device" = [])),
    params(("id" = String, Path, description = "Session id")),
    responses(
        (status = 200, body = wire::Pass),
        (status = 401, description = "The device is to sign again, or was revoked: `reason` says which", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a class in the room of the terminal or with it", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Cancelled, too early (with `opensAt`) or over (with `closedAt`)", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn join(
    State(app): State<Arc<App>>,
    Bearer { device, .. }: Bearer,
    SessionId(id): SessionId,
    from: ReadFrom,
) -> Result<Json<wire::Pass>, Problem> {
    let found = app.store.session(&id).await.map_err(|error| store_failed(&error))?;
    let session = found.ok_or_else(no_such_session)?;
    if !session.cancelled && session.ended.is_none() && !joins(&device, &session) {
        return Err(problem::forbidden(
            "this device joins classes in its own room only; ask the scheduler to book its room or its terminal for this session",
        ));
    }
    // The answer before what it notes: a session that cannot be joined is no entry.
    let person = as_person(&device);
    let pass = pass(&app, session, (&person, Role::Classroom), from).await?;
    let entered = app.store.device_enters(&device.id, &id, app.now()).await;
    if !entered.map_err(|error| store_failed(&error))? {
        return Err(revoked());
    }
    Ok(Json(pass))
}

/// A device as who is let in by a pass: in no directory, called as its room is.
fn as_person(device: &Device) -> Person {
    let room = &device.terminal.room;
    Person::unlisted(device.identity(), room.names.clone(), &device.terminal.site)
}
