//! How a device of a terminal comes in: by a pairing code the first time, and then by what it signs with its key.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use booking::UnixS;

use super::access_refusals::tried_too_often;
use super::caller::{ClientAddress, not_foreign};
use super::devices_wire::{ChallengeMade, ChallengeWish, DeviceIn, DeviceLogin, Pairing};
use super::extract::Body;
use super::faults::Faults;
use super::refusals::store_failed;
use super::{App, wire};
use crate::access::{
    Address, Challenge, ChallengeFor, DEVICE_LOGIN_LIFE_S, DeviceKey, DeviceOutcome, Digits,
    DigitsOf, DigitsOutcome, Secret, is_key_sha256, is_secure, origin_of, set_device_cookie,
};
use crate::problem::{self, Problem};
use crate::store::{CameIn, DeviceBounds, DeviceBy, NewDevice, PairingBy, SignedIn, StoreError};

/// Devices of a terminal that are not revoked; and challenges that one may sign in a minute.
const BOUNDS: DeviceBounds = DeviceBounds { devices: 5, challenges: 20 };
/// Longest origin for which a challenge is made, bytes: that of the longest name of a host, and its port.
const ORIGIN_MAX: usize = 300;

/// A challenge for a device with this key, to be signed within a minute. Nothing is kept of it, and nothing is said of whether
/// there is such a device.
#[utoipa::path(
    post, path = "/api/v1/device/challenge", tag = "devices", request_body = ChallengeWish,
    responses(
        (status = 200, body = ChallengeMade),
        (status = 403, description = "Another site's page sent this", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not what a key is known by", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn challenge(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body<ChallengeWish>,
) -> Result<Json<ChallengeMade>, Problem> {
    not_foreign(&app, &headers)?;
    let ChallengeWish { key, wanted } = body.value;
    let origin = origin_of(&headers);
    let mut faults = Faults::default();
    if !is_key_sha256(&key) || origin.len() > ORIGIN_MAX {
        let detail =
            "`key` must be the SHA-256 of the device's public key, base64url without padding";
        faults.add("key", "not-a-key", serde_json::Value::Null, detail);
    }
    faults.or(())?;
    let made = Challenge::new(key, origin, wanted, app.now());
    let ends_at = app.zone.print(UnixS(made.ends));
    Ok(Json(ChallengeMade { challenge: made.text(&app.keys()), ends_at }))
}

/// Brings a device in by a pairing code, and its public key: the code is used by that, and the cookie names the device.
#[utoipa::path(
    post, path = "/api/v1/device/pair", tag = "devices", request_body = Pairing,
    responses(
        (status = 201, body = DeviceIn),
        (status = 401, description = "The challenge is over or was used, or the key did not sign it: `reason` says which", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Another site's page sent this", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "These digits open nothing now", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "The terminal has as many devices as it may have", body = wire::Problem, content_type = "application/problem+json"),
        (status = 410, description = "The link was used, or its time is over", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a public key", body = wire::Invalid, content_type = "application/problem+json"),
        (status = 429, description = "Too many wrong digits from the address, or in all", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn pair(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    body: Body<Pairing>,
) -> Result<Response, Problem> {
    not_foreign(&app, &headers)?;
    let shown = body.value;
    let Some(key) = DeviceKey::read(&shown.public_key) else {
        let mut faults = Faults::default();
        let detail =
            "`publicKey` must be an uncompressed point of P-256, base64url without padding";
        faults.add("publicKey", "not-a-key", serde_json::Value::Null, detail);
        return Err(faults.problem());
    };
    let challenge = checked(&app, &headers, (&shown.challenge, ChallengeFor::Pair))?;
    if challenge.key != key.sha256() {
        return Err(refused(&app, DeviceOutcome::Challenge));
    }
    if !key.signed(&challenge.origin, &shown.challenge, &shown.signature) {
        return Err(refused(&app, DeviceOutcome::Forged));
    }
    let code = code(&app, &shown, address).await?;
    let device = NewDevice {
        id: uuid::Uuid::now_v7().to_string(),
        key_sha256: key.sha256(),
        public_key: key.as_str().to_owned(),
    };
    let (secret, signed) = signed_in(&app, &challenge);
    let came = app.store.pair_device(&code, &device, &signed, (app.now(), BOUNDS)).await;
    match came.map_err(|error| store_failed(&error))? {
        CameIn::In => {
            app.metrics.access.device(DeviceOutcome::Paired);
            tracing::debug!(of = device.id, "device.paired");
        }
        other => return Err(not_in(&app, other)),
    }
    let answer = welcome(&app, &headers, (&device.key_sha256, &secret)).await?;
    Ok((StatusCode::CREATED, answer).into_response())
}

/// Lets a device come back that has signed a challenge: the cookie names it for an hour.
#[utoipa::path(
    post, path = "/api/v1/device/login", tag = "devices", request_body = DeviceLogin,
    responses(
        (status = 200, body = DeviceIn),
        (status = 401, description = "Revoked, never paired, the challenge is over or was used, or the key did not sign it: `reason` says which", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Another site's page sent this", body = wire::Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many challenges in a minute", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn login(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body<DeviceLogin>,
) -> Result<Response, Problem> {
    not_foreign(&app, &headers)?;
    let DeviceLogin { challenge: text, signature } = body.value;
    let challenge = checked(&app, &headers, (&text, ChallengeFor::Login))?;
    let found = app.store.device(DeviceBy::Key(&challenge.key)).await;
    let found = found.map_err(|error| store_failed(&error))?;
    let device = found.ok_or_else(|| refused(&app, DeviceOutcome::Unknown))?;
    // That a device was revoked is told to nobody but the device.
    let key = DeviceKey::read(&device.public_key);
    if !key.is_some_and(|key| key.signed(&challenge.origin, &text, &signature)) {
        return Err(refused(&app, DeviceOutcome::Forged));
    }
    if device.terminal.retired {
        return Err(refused(&app, DeviceOutcome::Revoked));
    }
    let (secret, signed) = signed_in(&app, &challenge);
    let came = app.store.device_comes_back(&device.id, &signed, (app.now(), BOUNDS)).await;
    match came.map_err(|error| store_failed(&error))? {
        CameIn::In => app.metrics.access.device(DeviceOutcome::In),
        other => return Err(not_in(&app, other)),
    }
    welcome(&app, &headers, (&challenge.key, &secret)).await
}

/// The challenge in `text`, if it was made for this use and for the page that sends it.
fn checked(
    app: &App,
    headers: &HeaderMap,
    (text, wanted): (&str, ChallengeFor),
) -> Result<Challenge, Problem> {
    let read = Challenge::read(text, &app.keys(), app.now());
    let ours = |it: &Challenge| it.wanted == wanted && it.origin == origin_of(headers);
    read.filter(ours).ok_or_else(|| refused(app, DeviceOutcome::Challenge))
}

/// A new secret for the cookie, and what the store is told of it and of the challenge.
fn signed_in(app: &App, challenge: &Challenge) -> (Secret, SignedIn) {
    let secret = Secret::random();
    let signed = SignedIn {
        nonce: challenge.nonce.clone(),
        ends: UnixS(challenge.ends),
        login_sha256: secret.sha256(),
        login_ends: app.now().plus(DEVICE_LOGIN_LIFE_S),
    };
    (secret, signed)
}

async fn welcome(
    app: &App,
    headers: &HeaderMap,
    (key_sha256, secret): (&str, &Secret),
) -> Result<Response, Problem> {
    let found = app.store.device(DeviceBy::Key(key_sha256)).await;
    let found = found.map_err(|error| store_failed(&error))?;
    let name = found.map(|device| device.name).unwrap_or_default();
    let cookie = set_device_cookie(secret, DEVICE_LOGIN_LIFE_S, is_secure(headers));
    let ends_at = app.zone.print(app.now().plus(DEVICE_LOGIN_LIFE_S));
    Ok(([(header::SET_COOKIE, cookie)], Json(DeviceIn { name, ends_at })).into_response())
}

/// What of a pairing code is shown, if it works now. Digits that open nothing are a wrong try.
async fn code(app: &App, shown: &Pairing, address: Option<Address>) -> Result<PairingBy, Problem> {
    match (&shown.once, &shown.digits) {
        (Some(once), _) => {
            let secret = Secret::read(once).ok_or_else(|| not_in(app, CameIn::NoCode))?;
            Ok(PairingBy::Link(secret.sha256()))
        }
        (None, Some(digits)) => by_digits(app, digits, address).await,
        (None, None) => Err(not_in(app, CameIn::NoCode)),
    }
}

async fn by_digits(app: &App, typed: &str, address: Option<Address>) -> Result<PairingBy, Problem> {
    let now = app.now();
    let counted = |outcome| app.metrics.access.digits(DigitsOf::Device, outcome);
    let open = app.store.pairings_awaited(now).await.map_err(|error| store_failed(&error))?;
    let tried = (address, open);
    app.access.begin_guess(DigitsOf::Device, tried, now).map_err(|(stopped, wait_s)| {
        counted(stopped.into());
        too_many_guesses(wait_s)
    })?;
    app.metrics.access.tries_forgotten.inc_by(app.access.forgotten());
    let found = of_digits(app, typed).await.map_err(|error| {
        app.access.right_guess(DigitsOf::Device, tried);
        store_failed(&error)
    })?;
    if let Some(by) = found {
        counted(DigitsOutcome::Right);
        app.access.right_guess(DigitsOf::Device, tried);
        return Ok(by);
    }
    counted(DigitsOutcome::Wrong);
    Err(problem::digits_unknown(
        "these digits pair no device now: they work once and for ten minutes; ask your administrator for a new code",
    ))
}

/// What these digits open now, by the keys of now or of when they were given.
async fn of_digits(app: &App, typed: &str) -> Result<Option<PairingBy>, StoreError> {
    let (now, digits) = (app.now(), Digits::read(typed));
    let macs = digits.map(|digits| digits.macs(&app.keys(), now)).unwrap_or_default();
    for by in macs.into_iter().map(PairingBy::Digits) {
        if app.store.pairing_works(&by, now).await? {
            return Ok(Some(by));
        }
    }
    Ok(None)
}

fn too_many_guesses(wait_s: u64) -> Problem {
    tried_too_often(wait_s, |minutes| {
        format!(
            "too many wrong digits were typed; try again in {minutes} minutes, or open the link of the code on this device"
        )
    })
}

/// Why a device did not come in, counted.
fn not_in(app: &App, came: CameIn) -> Problem {
    match came {
        CameIn::In | CameIn::NoCode => {
            app.metrics.access.device(DeviceOutcome::Code);
            problem::link_over(
                "this pairing code was used, or its time is over, or a part of its link was lost; ask your administrator for a new one",
            )
        }
        CameIn::TooMany => {
            app.metrics.access.device(DeviceOutcome::TooMany);
            let most = BOUNDS.devices;
            problem::too_many_devices(format!(
                "this terminal has {most} devices, as many as it may have; ask your administrator to revoke one first"
            ))
            .param("most", most)
        }
        CameIn::KeyTaken => refused(app, DeviceOutcome::Challenge),
        CameIn::Revoked => refused(app, DeviceOutcome::Revoked),
        CameIn::Replayed => refused(app, DeviceOutcome::Replayed),
        CameIn::TooOften => {
            app.metrics.access.device(DeviceOutcome::TooOften);
            problem::too_many_tries("this device came back too often; wait a minute")
                .param("minutes", 1)
                .retry_after_s(60)
        }
    }
}

/// Why it is not known which device this is, counted.
fn refused(app: &App, outcome: DeviceOutcome) -> Problem {
    app.metrics.access.device(outcome);
    let (reason, detail) = match outcome {
        DeviceOutcome::Revoked => return revoked(),
        DeviceOutcome::Unknown => (
            "device-unknown",
            "no device has this key; pair this one by a new code of your administrator",
        ),
        DeviceOutcome::Replayed => {
            ("challenge-used", "this challenge was signed before; ask for a new one")
        }
        DeviceOutcome::Forged => {
            ("signature-wrong", "the device's key did not sign this; ask for a new challenge")
        }
        _ => (
            "challenge-over",
            "the challenge is over, or was made for something else; ask for a new one",
        ),
    };
    problem::token_refused(detail).member("reason", reason)
}

/// What a device is told that comes in no more.
pub(super) fn revoked() -> Problem {
    problem::token_refused(
        "this device was revoked; an administrator can pair it anew by a new code",
    )
    .member("reason", "device-revoked")
}
