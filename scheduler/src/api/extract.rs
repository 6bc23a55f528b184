//! What a request must bring: who asks (`caller`), and a body that is bounded in size and time.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::{
    FromRequest, FromRequestParts, OptionalFromRequest, OptionalFromRequestParts, Query, Request,
};
use axum::http::header;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::App;
use super::refusals::invalid;
use crate::problem::{self, Problem};

pub(super) use super::caller::Caller;
pub(super) use super::permitted::{
    AccountKeeper, Administrator, Auditor, Booker, RoleGiver, Scheduling,
};

/// The client's name for this request, so that it can be sent twice and is carried out once.
pub(super) struct IdempotencyKey(pub(super) String);

const KEY_BYTES_MAX: usize = 128;

impl OptionalFromRequestParts<Arc<App>> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Option<Self>, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(None) };
        let good = |text: &&str| {
            (1..=KEY_BYTES_MAX).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let key = value.to_str().ok().filter(good).ok_or_else(|| {
            problem::bad_parameter(
                "Idempotency-Key must be 1 to 128 visible ASCII characters, such as a UUID",
            )
        })?;
        Ok(Some(Self(key.to_owned())))
    }
}

/// A JSON body and the SHA-256 of its bytes.
pub(super) struct Body<T> {
    pub(super) value: T,
    pub(super) sha256: [u8; 32],
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(is_json);
        if !json {
            return Err(problem::not_json(
                "send the body as JSON with `Content-Type: application/json`",
            ));
        }
        let bytes = bytes_within(request, app.config.body_bytes_max, app.config.body_s_max).await?;
        let value = parse(&bytes)?;
        Ok(Self { value, sha256: Sha256::digest(&bytes).into() })
    }
}

/// The body of a request, at most `most` bytes, within so many seconds.
pub(super) async fn bytes_within(
    request: Request,
    most: usize,
    seconds: u64,
) -> Result<Bytes, Problem> {
    let too_large = || problem::too_large(format!("the body may have at most {most} bytes"));
    let told = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if told.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > most) {
        return Err(too_large());
    }
    let patience = Duration::from_secs(seconds);
    match tokio::time::timeout(patience, to_bytes(request.into_body(), most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_large(&error) => Err(too_large()),
        Ok(Err(_)) => Err(problem::bad_json("the body ended too early; send the request again")),
        Err(_) => Err(problem::too_slow("the body did not arrive in time; send the request again")),
    }
}

impl<T: DeserializeOwned> OptionalFromRequest<Arc<App>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Option<Self>, Problem> {
        let headers = request.headers();
        let nothing = headers.get(header::CONTENT_LENGTH).is_none_or(|length| length == "0");
        let said = [header::CONTENT_TYPE, header::TRANSFER_ENCODING];
        if nothing && !said.iter().any(|name| headers.contains_key(name)) {
            return Ok(None);
        }
        <Self as FromRequest<_>>::from_request(request, app).await.map(Some)
    }
}

fn is_json(content_type: &str) -> bool {
    let media = content_type.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/json")
}

fn is_too_large(error: &axum::Error) -> bool {
    std::error::Error::source(error)
        .is_some_and(|source| source.to_string().contains("length limit exceeded"))
}

/// What does not parse is 400; what parses and is not what was asked for is 422, with the member.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| problem::bad_json(format!("the body cannot be read: {error}")))?;
    if !value.is_object() {
        return Err(invalid("", "not-an-object", json!({}), "the body must be a JSON object"));
    }
    if let Some(member) = with_null_character(&value, "") {
        let detail = "take the character U+0000 out of it: no text can hold it";
        return Err(invalid(&member, "null-character", json!({}), detail));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let place = error.path().to_string();
        let member = if place == "." { "" } else { &place };
        let detail = format!("the body does not fit: {}", error.inner());
        invalid(member, "does-not-fit", json!({}), &detail)
    })
}

/// The first member with a text that no store can keep.
fn with_null_character(value: &Value, place: &str) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(|| place.to_owned()),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .find_map(|(at, value)| with_null_character(value, &format!("{place}[{at}]"))),
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            let dot = if place.is_empty() { "" } else { "." };
            with_null_character(value, &format!("{place}{dot}{name}"))
                .or_else(|| name.contains('\0').then(|| place.to_owned()))
        }),
        _ => None,
    }
}

/// What stands in the path. What is no text names nothing.
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<App>> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let nothing = || {
            problem::not_found(
                "there is nothing at this address; see /api/openapi.json for what there is",
            )
        };
        let found =
            <axum::extract::Path<T> as FromRequestParts<_>>::from_request_parts(parts, app).await;
        found.map(|axum::extract::Path(found)| Self(found)).map_err(|_| nothing())
    }
}

/// Parameters after `?`.
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        let query = Query::try_from_uri(&parts.uri)
            .map_err(|error| problem::bad_parameter(error.body_text()))?;
        Ok(Self(query.0))
    }
}

/// The session id in the path.
pub(super) struct SessionId(pub(super) String);

impl FromRequestParts<Arc<App>> for SessionId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = <Path<String> as FromRequestParts<_>>::from_request_parts(parts, app).await;
        // Ids have one written form; anything else is not the id of anything.
        path.ok()
            .and_then(|Path(id)| {
                id.parse::<uuid::Uuid>().ok().filter(|uuid| uuid.to_string() == id)
            })
            .map(|id| Self(id.to_string()))
            .ok_or_else(no_such_session)
    }
}

pub(super) fn no_such_session() -> Problem {
    problem::not_found("there is no session of this id; go back to your home page and choose one")
}
