//! Errors as people and programs read them: RFC 9457.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

/// A refused request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    params: Map<String, Value>,
    retry_after_s: Option<u32>,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self { status, kind, title, detail: detail.into(), params: Map::new(), retry_after_s: None }
    }

    /// A value in the detail, named for pages that tell it in words of their own.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// A fault of ours; what went wrong goes to the log and not to the caller.
    pub(crate) fn internal(doing: &'static str, error: &dyn std::fmt::Display) -> Self {
        tracing::error!(doing, %error, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "/problems/internal",
            "The recorder has a fault",
            "Try again in a minute; if it stays, tell the operator the time of this message.",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::json!({
            "type": self.kind,
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "params": self.params,
        });
        let form = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, form, Json(body)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
