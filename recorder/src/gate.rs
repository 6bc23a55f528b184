//! Who is asking: the token of a request.

use crate::problem::Problem;
use axum::http::{HeaderMap, StatusCode, header};
use session::{AccessToken, Keys};

/// The bearer of a token, in the header or, for media elements that cannot send one, in the query.
pub(crate) fn bearer(
    headers: &HeaderMap,
    in_query: Option<&str>,
    keys: &Keys,
) -> Result<AccessToken, Problem> {
    let in_header = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let text = in_header.and_then(|it| it.strip_prefix("Bearer ")).or(in_query);
    let text = text.ok_or_else(|| {
        unauthorized("Send the token of your personal link as Authorization: Bearer.")
    })?;
    AccessToken::read(text, keys, now_s()).map_err(|it| unauthorized(it.to_string()))
}

/// The person who bears a person token.
pub(crate) fn person(token: &AccessToken) -> Result<&str, Problem> {
    token.person().ok_or_else(|| {
        Problem::new(
            StatusCode::FORBIDDEN,
            "/problems/not-a-person",
            "This token is not a person's",
            "Open your personal link; a link to one session does not open recordings.",
        )
    })
}

fn unauthorized(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "/problems/token", "The token is not accepted", detail)
}

/// Seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "a request is the outermost loop: its token has a time"
)]
pub(crate) fn now_s() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map(|it| it.as_secs()).unwrap_or_default()
}
