//! Errors in Twirp's words (Twirp wire protocol v7, error codes).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use signalling::words::call::{Fault, FaultKind};

/// Twirp's name of what went wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Code {
    BadRoute,
    Malformed,
    InvalidArgument,
    Unauthenticated,
    PermissionDenied,
    NotFound,
    FailedPrecondition,
    ResourceExhausted,
    Unimplemented,
    Unavailable,
}

/// A call that is not done.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct CallRefusal {
    code: Code,
    /// What the caller can do.
    message: String,
}

impl CallRefusal {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// JSON, in whatever form the call was, with the status that Twirp gives its code.
    pub(super) fn response(&self) -> Response {
        let (code, status) = match self.code {
            Code::BadRoute => ("bad_route", StatusCode::NOT_FOUND),
            Code::Malformed => ("malformed", StatusCode::BAD_REQUEST),
            Code::InvalidArgument => ("invalid_argument", StatusCode::BAD_REQUEST),
            Code::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED),
            Code::PermissionDenied => ("permission_denied", StatusCode::FORBIDDEN),
            Code::NotFound => ("not_found", StatusCode::NOT_FOUND),
            Code::FailedPrecondition => ("failed_precondition", StatusCode::PRECONDITION_FAILED),
            Code::ResourceExhausted => ("resource_exhausted", StatusCode::TOO_MANY_REQUESTS),
            Code::Unimplemented => ("unimplemented", StatusCode::NOT_IMPLEMENTED),
            Code::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
        };
        let body = axum::Json(serde_json::json!({ "code": code, "msg": self.message }));
        (status, body).into_response()
    }
}

impl From<Fault> for CallRefusal {
    fn from(fault: Fault) -> Self {
        let code = match fault.kind {
            FaultKind::InvalidArgument => Code::InvalidArgument,
            FaultKind::NotFound => Code::NotFound,
            FaultKind::FailedPrecondition => Code::FailedPrecondition,
            FaultKind::ResourceExhausted => Code::ResourceExhausted,
            FaultKind::Unimplemented => Code::Unimplemented,
        };
        Self::new(code, fault.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_core_refuses_has_twirps_status() {
        let status =
            |kind| CallRefusal::from(Fault { kind, text: "why" }).response().status().as_u16();
        let all = [
            (FaultKind::InvalidArgument, 400),
            (FaultKind::NotFound, 404),
            (FaultKind::FailedPrecondition, 412),
            (FaultKind::ResourceExhausted, 429),
            (FaultKind::Unimplemented, 501),
        ];
        for (kind, expected) in all {
            assert_eq!(status(kind), expected, "{kind:?}");
        }
    }
}
