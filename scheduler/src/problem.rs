//! What goes wrong, as RFC 9457 problems: the detail says what the person can do.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

/// An answer that is not what was asked for.
///
/// Boxed, so that the good answers are not made as large as the rare bad ones.
#[derive(Debug, Clone)]
pub(crate) struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    /// Last part of `type`, such as `slot-taken` in `/problems/slot-taken`.
    kind: &'static str,
    title: &'static str,
    detail: String,
    members: Map<String, Value>,
    header: Option<(header::HeaderName, HeaderValue)>,
}

/// Marks a response as a problem, so that it can be counted on the way out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProblemKind(pub(crate) &'static str);

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident: $status:ident, $kind:literal, $title:literal;)*) => {
        impl Problem {
            $($(#[$doc])* pub(crate) fn $name(detail: impl Into<String>) -> Self {
                Self(Box::new(Parts {
                    status: StatusCode::$status,
                    kind: $kind,
                    title: $title,
                    detail: detail.into(),
                    members: Map::new(),
                    header: None,
                }))
            })*
        }
    };
}

problems! {
    bad_json: BAD_REQUEST, "bad-json", "The body is not JSON";
    bad_parameter: BAD_REQUEST, "bad-parameter", "A parameter of the request is wrong";
    token_refused: UNAUTHORIZED, "token-refused", "Who is asking is not known";
    forbidden: FORBIDDEN, "forbidden", "Not allowed";
    not_found: NOT_FOUND, "not-found", "Not found";
    method_not_allowed: METHOD_NOT_ALLOWED, "method-not-allowed", "Not that method";
    too_slow: REQUEST_TIMEOUT, "too-slow", "The request did not arrive in time";
    slot_taken: CONFLICT, "slot-taken", "Somebody or something is taken then";
    not_joinable: CONFLICT, "not-joinable", "The session cannot be joined now";
    too_late: CONFLICT, "too-late", "The session is over";
    too_large: PAYLOAD_TOO_LARGE, "too-large", "The request is too large";
    not_json: UNSUPPORTED_MEDIA_TYPE, "not-json", "The body must be JSON";
    invalid: UNPROCESSABLE_ENTITY, "invalid", "The request cannot be carried out as it is";
    key_reused: UNPROCESSABLE_ENTITY, "idempotency-key-reused", "The Idempotency-Key was used for another request";
    internal: INTERNAL_SERVER_ERROR, "internal", "The scheduler failed";
    busy: SERVICE_UNAVAILABLE, "busy", "The scheduler is busy";
    disk: INSUFFICIENT_STORAGE, "disk-full", "The scheduler cannot store anything";
}

impl Problem {
    /// Adds a member of its own.
    pub(crate) fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(member.to_owned(), value.into());
        self
    }

    /// Adds the header that goes with the status.
    pub(crate) fn header(mut self, name: header::HeaderName, value: &'static str) -> Self {
        self.0.header = Some((name, HeaderValue::from_static(value)));
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let parts = *self.0;
        let mut body = Map::new();
        body.insert("type".into(), format!("/problems/{}", parts.kind).into());
        body.insert("title".into(), parts.title.into());
        body.insert("status".into(), parts.status.as_u16().into());
        body.insert("detail".into(), parts.detail.into());
        body.extend(parts.members);
        let form = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (parts.status, form, Value::Object(body).to_string()).into_response();
        if let Some((name, value)) = parts.header {
            response.headers_mut().insert(name, value);
        }
        response.extensions_mut().insert(ProblemKind(parts.kind));
        response
    }
}
