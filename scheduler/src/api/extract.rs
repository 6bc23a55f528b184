//! What a request must bring: who asks (`caller`), and a body that is bounded in size and time.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::{
    FromRequest, FromRequestParts, OptionalFromRequest, OptionalFromRequestParts, Path, Query,
    Request,
};
use axum::http::header;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::App;
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

/// What does not parse is 400; what parses and is not what was asked for is 422, with the member's name in the detail.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| problem::bad_json(format!("the body cannot be read: {error}")))?;
    if !value.is_object() {
        return Err(problem::invalid("the body must be a JSON object"));
    }
    serde_json::from_value(value)
        .map_err(|error| problem::invalid(format!("the body does not fit: {error}")))
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
