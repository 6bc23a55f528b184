//! Devices of terminals, for who pairs them where they stand: pairing codes, who is in, and who is not any more.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use policy::{Area, Object, Permission, Place};

use super::devices_wire::{Named, NewPairing, PairingCode, TerminalDevice, TerminalDevices};
use super::extract::{Body, Caller, Path};
use super::faults::Faults;
use super::refusals::store_failed;
use super::{App, wire};
use crate::access::{Digits, PAIRING_DIGITS_LIFE_S, PAIRING_LINK_LIFE_S, Secret};
use crate::problem::{self, Problem};
use crate::store::{self, Act, Person, Terminal};

/// How often other digits are drawn because another code has these.
const DRAWN_MAX: usize = 20;

/// The devices of a terminal, revoked ones too. For administrators and schedulers of the county, or of where the
/// terminal stands.
#[utoipa::path(
    get, path = "/api/v1/terminals/{id}/devices", tag = "devices", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Terminal id")),
    responses(
        (status = 200, body = TerminalDevices),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Neither an administrator nor a scheduler there", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such terminal", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
) -> Result<Json<TerminalDevices>, Problem> {
    let terminal = kept_by(&app, &person, &id).await?;
    devices_of(&app, terminal).await.map(Json)
}

/// Makes a pairing code of a terminal: a link that works for a day, and six digits that work for ten minutes. Both are told
/// once and bring one device in; the terminal's code before it works no more. For administrators and schedulers of the county,
/// or of where the terminal stands.
#[utoipa::path(
    post, path = "/api/v1/terminals/{id}/pairing", tag = "devices", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Terminal id")), request_body = NewPairing,
    responses(
        (status = 201, body = PairingCode),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Neither an administrator nor a scheduler there", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such terminal", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "The terminal is retired", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "A name that is none", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make_code(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    body: Body<NewPairing>,
) -> Result<(StatusCode, Json<PairingCode>), Problem> {
    let terminal = kept_by(&app, &person, &id).await?;
    if terminal.retired {
        return Err(problem::terminal_retired(
            "this terminal is retired; take it back in the register first",
        ));
    }
    let mut faults = Faults::default();
    let name = match body.value.name.as_deref().map(str::trim) {
        None | Some("") => terminal.names.zh().to_owned(),
        Some(typed) => faults.called("name", typed),
    };
    faults.or(())?;
    let (secret, now) = (Secret::random(), app.now());
    let mut pairing = store::NewPairing {
        terminal_id: terminal.id,
        name,
        link_sha256: secret.sha256(),
        link_ends: now.plus(PAIRING_LINK_LIFE_S),
        digits_mac: String::new(),
        digits_ends: now.plus(PAIRING_DIGITS_LIFE_S),
    };
    let act = Act { by: &person.id, at: now, reason: None };
    for _ in 0..DRAWN_MAX {
        let digits = Digits::random();
        pairing.digits_mac = digits.mac(&app.keys());
        let made = app.store.make_pairing(&pairing, &act).await;
        if made.map_err(|error| store_failed(&error))? {
            tracing::debug!(by = person.id, of = pairing.terminal_id, "device.code_made");
            let code = PairingCode {
                once: secret.as_str().to_owned(),
                digits: digits.as_str().to_owned(),
                link_ends_at: app.zone.print(pairing.link_ends),
                digits_end_at: app.zone.print(pairing.digits_ends),
                name: pairing.name,
            };
            return Ok((StatusCode::CREATED, Json(code)));
        }
    }
    Err(problem::internal("no six digits were free; try again in ten minutes"))
}

/// Lets a device in no more: at once in no page, and within seconds in no room. For administrators and schedulers of the
/// county, or of where the terminal stands.
#[utoipa::path(
    delete, path = "/api/v1/terminals/{id}/devices/{device}", tag = "devices", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Terminal id"), ("device" = String, Path, description = "Device id")),
    responses(
        (status = 200, body = TerminalDevices),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Neither an administrator nor a scheduler there", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such terminal or device", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path((id, device)): Path<(String, String)>,
) -> Result<Json<TerminalDevices>, Problem> {
    let terminal = kept_by(&app, &person, &id).await?;
    let act = Act { by: &person.id, at: app.now(), reason: None };
    let revoked = app.store.revoke_device((&id, &device), &act).await;
    let sessions = revoked.map_err(|error| store_failed(&error))?.ok_or_else(|| {
        problem::not_found("this terminal has no device of this id; look at its list again")
    })?;
    tracing::debug!(by = person.id, of = device, "device.revoked");
    for session in &sessions {
        app.booking_changed(session);
    }
    devices_of(&app, terminal).await.map(Json)
}

/// The terminal, for who pairs devices where it stands.
async fn kept_by(app: &App, person: &Person, id: &str) -> Result<Terminal, Problem> {
    let found = app.store.terminal(id).await.map_err(|error| store_failed(&error))?;
    let place = found.as_ref().map(|terminal| Place {
        site: terminal.site.id.clone(),
        area: terminal.area_code.as_deref().and_then(Area::read),
    });
    // Who pairs none there is not told which terminals there are.
    let object = place.as_ref().map_or(Object::County, Object::Place);
    if !person.may(Permission::PairDevices, object) {
        return Err(problem::forbidden(
            "only an administrator or a scheduler of where the terminal stands can do this; ask yours to do it for you",
        ));
    }
    found.ok_or_else(|| {
        problem::not_found("there is no terminal of this id; look at the register again")
    })
}

async fn devices_of(app: &App, terminal: Terminal) -> Result<TerminalDevices, Problem> {
    let devices = app.store.devices(&terminal.id).await;
    let code_ends = app.store.pairing_ends(&terminal.id, app.now()).await;
    Ok(TerminalDevices {
        devices: devices
            .map_err(|error| store_failed(&error))?
            .into_iter()
            .map(|device| TerminalDevice::new(app, device))
            .collect(),
        code_ends_at: code_ends.map_err(|error| store_failed(&error))?.map(|at| app.zone.print(at)),
        room: terminal.room.into(),
        site: terminal.site.into(),
        terminal: Named { id: terminal.id, names: terminal.names },
    })
}
