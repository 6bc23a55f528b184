//! Who is asking: the ticket of a request.
//!
//! A ticket comes in a header. Media elements and images cannot send one: for them the page trades it for a cookie that
//! holds it, is sent to this one path, is not readable by scripts and ends with the ticket. No URL carries anything.

use crate::problem;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use problems::Problem;
use session::{AccessToken, Keys, Opens, Ticket, bearer};

const COOKIE: &str = "shanqiao-ticket";
/// How long a browser may show what it has fetched without asking again.
pub(crate) const CACHE: HeaderValue = HeaderValue::from_static("private, max-age=600");

/// What the ticket in the header opens.
pub(crate) fn opened(headers: &HeaderMap, keys: &Keys) -> Result<Opens, Problem> {
    read(bearer(headers).ok_or_else(nothing)?, keys).map(|it| it.opens)
}

/// As [`opened`], from the header or the cookie.
pub(crate) fn opened_by_any(headers: &HeaderMap, keys: &Keys) -> Result<Opens, Problem> {
    let text = bearer(headers).or_else(|| cookie(headers)).ok_or_else(nothing)?;
    read(text, keys).map(|it| it.opens)
}

/// The room that the token in the header opens, and whether its bearer may send.
pub(crate) fn room(headers: &HeaderMap, keys: &Keys) -> Result<(String, bool), Problem> {
    let text = bearer(headers).ok_or_else(nothing)?;
    let token =
        AccessToken::read(text, keys, now_s()).map_err(|it| unauthorized(it.to_string()))?;
    let room = token.room().ok_or_else(|| {
        Problem::new(
            StatusCode::FORBIDDEN,
            "/problems/no-room-token",
            "This token opens no room",
            "Join the session; what it answers holds the token to send.",
        )
    })?;
    Ok((room.to_owned(), token.video.may_publish()))
}

/// Answers that the ticket in the header is kept for this `path` as a cookie.
pub(crate) fn keep(headers: &HeaderMap, path: &str, keys: &Keys) -> Result<Response, Problem> {
    let text = bearer(headers).ok_or_else(nothing)?;
    let ticket = read(text, keys)?;
    keep_text(headers, path, text, ticket.expires_s)
}

/// Makes a ticket of the recorder's own and answers that it is kept for this `path` as a cookie.
pub(crate) fn grant(
    headers: &HeaderMap,
    path: &str,
    ticket: &Ticket,
    keys: &Keys,
) -> Result<Response, Problem> {
    let text = ticket.sign(keys).map_err(|it| problem::internal("make a ticket", &it))?;
    keep_text(headers, path, &text, ticket.expires_s)
}

fn keep_text(
    headers: &HeaderMap,
    path: &str,
    text: &str,
    expires_s: u64,
) -> Result<Response, Problem> {
    let seconds = expires_s.saturating_sub(now_s());
    // A page that came over TLS says so; then the cookie does not leave without it either.
    let origin = headers.get(header::ORIGIN).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let secure = if origin.starts_with("https:") { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={text}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    );
    let plain = path.bytes().all(|it| it.is_ascii_graphic() && it != b';' && it != b',');
    let cookie = HeaderValue::from_str(&cookie).ok().filter(|_| plain).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "/problems/no-such-place",
            "There is no such place",
            "Write the letters of the address that are none of a-z, 0-9, - and _ as %XX.",
        )
    })?;
    let kept = [
        (header::SET_COOKIE, cookie),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((StatusCode::NO_CONTENT, kept).into_response())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = lines.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, text)| text)
}

fn read(text: &str, keys: &Keys) -> Result<Ticket, Problem> {
    Ticket::read(text, keys, now_s()).map_err(|refused| match refused {
        session::Refused::Expired { .. } => {
            unauthorized("The ticket has ended. Open the page again.")
        }
        _ => unauthorized("This is no ticket. Open the replay from the list."),
    })
}

fn nothing() -> Problem {
    unauthorized("Open the replay from the list, or join the session again.")
}

fn unauthorized(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "/problems/token", "The ticket is not accepted", detail)
}

/// Seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "a request is the outermost loop: its ticket has a time"
)]
pub(crate) fn now_s() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map(|it| it.as_secs()).unwrap_or_default()
}
