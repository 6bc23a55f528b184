//! How every HTTP door of the house refuses a request: a problem of RFC 9457, whose detail says what the person can do.
//!
//! ```
//! use axum::http::StatusCode;
//! use axum::response::IntoResponse as _;
//! use problems::Problem;
//!
//! let detail = "Try again when somebody has left.";
//! let full = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "/problems/room-full", "The room is full", detail);
//! let answer = full.retry_after_s(30).into_response();
//! assert_eq!(answer.headers()["content-type"], "application/problem+json");
//! assert_eq!(answer.headers()["retry-after"], "30");
//! ```

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

/// A refused request.
///
/// Boxed, so that the good answers are not made as large as the rare bad ones.
#[derive(Clone, Debug)]
pub struct Problem(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    members: Map<String, Value>,
    headers: HeaderMap,
}

/// Stands among the extensions of an answer that is a problem, so that it can be counted on the way out: its `type`.
#[derive(Clone, Copy, Debug)]
pub struct ProblemKind(pub &'static str);

/// The member that holds the values of [`Problem::param`].
const PARAMS: &str = "params";

impl Problem {
    /// A problem of this `type` (`kind`, a relative URI such as `/problems/room-full`). A 401 asks for a bearer token, as
    /// RFC 9110, section 15.5.2, wants it.
    #[must_use]
    pub fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let mut headers = HeaderMap::new();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let (detail, members) = (detail.into(), Map::new());
        Self(Box::new(Parts { status, kind, title, detail, members, headers }))
    }

    /// Adds a member of its own, an extension by RFC 9457, section 3.2.
    #[must_use]
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a value of the detail to `params`, from which a page makes the sentence in words of its own.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Into<Value>) -> Self {
        let params = self.0.members.entry(PARAMS).or_insert_with(|| Map::new().into());
        if let Value::Object(params) = params {
            params.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Adds a header that goes with the status.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.0.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// Says after how many seconds it is worth trying again.
    #[must_use]
    pub fn retry_after_s(mut self, seconds: u32) -> Self {
        self.0.headers.insert(header::RETRY_AFTER, seconds.into());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Parts { status, kind, title, detail, members, mut headers } = *self.0;
        let mut body = members;
        body.insert("type".into(), kind.into());
        body.insert("title".into(), title.into());
        body.insert("status".into(), status.as_u16().into());
        body.insert("detail".into(), detail.into());
        let form = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, form);
        let mut response = (status, headers, Value::Object(body).to_string()).into_response();
        response.extensions_mut().insert(ProblemKind(kind));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn body(problem: Problem) -> Value {
        let body = axum::body::to_bytes(problem.into_response().into_body(), 1_000).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[tokio::test]
    async fn a_problem_holds_what_the_standard_names_and_its_own_members() {
        let taken = Problem::new(StatusCode::CONFLICT, "/problems/slot-taken", "Taken", "Choose.")
            .member("status", 200)
            .member("takenUntil", "10:00")
            .param("page", 2)
            .param("font", "SimSun");
        let expected = serde_json::json!({
            "type": "/problems/slot-taken", "title": "Taken", "status": 409, "detail": "Choose.",
            "takenUntil": "10:00", "params": { "page": 2, "font": "SimSun" },
        });
        assert_eq!(body(taken).await, expected);
    }

    #[test]
    fn the_answer_says_its_form_its_kind_and_how_to_go_on() {
        let unknown = Problem::new(StatusCode::UNAUTHORIZED, "/problems/token", "Who?", "Sign in.");
        let answer = unknown.header(header::ALLOW, "POST").retry_after_s(2).into_response();
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        assert_eq!(
            (&answer.headers()["allow"], &answer.headers()["retry-after"]),
            (&"POST".parse().unwrap(), &"2".parse().unwrap())
        );
        assert_eq!(answer.extensions().get::<ProblemKind>().unwrap().0, "/problems/token");
    }
}
