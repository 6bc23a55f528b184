//! The doors for devices: WHIP in (`/whip/{room}`, RFC 9725) and WHEP out (`/whep/{room}`). One
//! request brings the offer, its answer is the session; PATCH and DELETE go to the session's address.

mod fragment;
mod problem;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, OriginalUri, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, options};
use serde::Deserialize;
use session::AccessToken;
use signalling::words::visit::{Precondition, Resource, VisitFault, Want};
use tokio::sync::oneshot;
use transport::sdp::{self, Remote};

use crate::Entry;
use crate::clock::now;
use crate::directory::Full;
use crate::links::IceServer;
use crate::pace;
use crate::shard::{Command, VisitDone};
#[cfg(feature = "readers")]
pub(crate) use fragment::read as read_fragment;
use problem::Problem;

const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";
/// Longest body, in bytes: a browser's offer with every codec has some 8 KiB.
const BODY_MAX: usize = 64 * 1024;

/// What a door is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum WhipDirection {
    In,
    Out,
}

#[derive(Debug, Deserialize)]
struct Address {
    room: String,
    resource: String,
}

/// `/whip` and `/whep`.
pub(crate) fn router(entry: Entry) -> Router {
    let door = |direction: WhipDirection| -> MethodRouter<Entry> {
        let post = async move |entry: State<Entry>, room, uri, headers: HeaderMap, body| {
            begin(direction, entry, room, uri, headers, body).await
        };
        options(async || StatusCode::NO_CONTENT).post(post).fallback(wrong_method)
    };
    let session =
        || options(async || StatusCode::NO_CONTENT).patch(patch).delete(end).fallback(wrong_method);
    Router::new()
        .route("/whip/{room}", door(WhipDirection::In))
        .route("/whip/{room}/{resource}", session())
        .route("/whep/{room}", door(WhipDirection::Out))
        .route("/whep/{room}/{resource}", session())
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(map_response(any_page))
        .with_state(entry)
}

/// Pages of any origin may ask: the token decides, not the page.
async fn any_page(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "POST, PATCH, DELETE, OPTIONS"),
        ("access-control-allow-headers", "Authorization, Content-Type, If-Match"),
        (
            "access-control-expose-headers",
            "Location, ETag, Link, Accept-Patch, Retry-After, WWW-Authenticate",
        ),
        ("access-control-max-age", "86400"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if response.status() == StatusCode::NO_CONTENT {
        let headers = response.headers_mut();
        headers.insert("accept-post", HeaderValue::from_static(SDP));
        headers.insert("accept-patch", HeaderValue::from_static(FRAGMENT));
    }
    response
}

async fn wrong_method(method: Method, uri: OriginalUri) -> Response {
    let session = uri.path().trim_matches('/').split('/').count() > 2;
    let allowed = if session { "PATCH, DELETE, OPTIONS" } else { "POST, OPTIONS" };
    let detail = format!("{method} is not for this address: use {allowed}.");
    let (status, title) = (StatusCode::METHOD_NOT_ALLOWED, "Wrong method");
    let problem = Problem::new(status, "/problems/wrong-method", title, detail);
    ([(header::ALLOW, allowed)], problem).into_response()
}

/// The token, if it opens `room`.
fn admit(entry: &Entry, headers: &HeaderMap, room: &str) -> Result<AccessToken, Problem> {
    let token = crate::signal::read_token(entry, session::bearer(headers).unwrap_or_default());
    let token = token.map_err(|(status, detail)| {
        let title = "The token does not open this door";
        Problem::new(status, "/problems/not-admitted", title, detail)
    })?;
    if token.room() != Some(room) {
        entry.metrics.refuse("wrong_room");
        let detail = "The token is for another room: use the address of its own room.";
        return Err(not_granted("The token is for another room", detail));
    }
    Ok(token)
}

fn not_granted(title: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "/problems/not-granted", title, detail)
}

fn expect(headers: &HeaderMap, form: &str) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if given.eq_ignore_ascii_case(form) {
        return Ok(());
    }
    let (status, detail) =
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("Send Content-Type: {form}."));
    let problem = Problem::new(status, "/problems/wrong-form", "Wrong content type", detail);
    let (post, patch) =
        (HeaderName::from_static("accept-post"), HeaderName::from_static("accept-patch"));
    Err(problem.header(post, SDP).header(patch, FRAGMENT))
}

fn text(body: Result<Bytes, BytesRejection>) -> Result<String, Problem> {
    let body = body.map_err(|why| match why.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!("Send at most {BODY_MAX} bytes: leave out codecs.");
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            Problem::new(status, "/problems/too-large", "The body is too long", detail)
        }
        status => {
            Problem::new(status, "/problems/bad-body", "The body broke off", "Send it again.")
        }
    })?;
    let bad = |_| bad_offer("The body is not UTF-8.".to_owned());
    String::from_utf8(body.into()).map_err(bad)
}

fn bad_offer(detail: String) -> Problem {
    let title = "The session description cannot be used";
    Problem::new(StatusCode::BAD_REQUEST, "/problems/bad-offer", title, detail)
}

async fn begin(
    direction: WhipDirection,
    State(entry): State<Entry>,
    Path(room): Path<String>,
    uri: OriginalUri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let token = admit(&entry, &headers, &room)?;
    expect(&headers, SDP)?;
    if !entry.rates.join(now(), &pace::name_of(&room, &token.identity)) {
        entry.metrics.refuse("join_rate");
        return Err(problem::of(VisitFault::TooOften));
    }
    let remote: Remote = sdp::parse(&text(body)?).map_err(|why| bad_offer(format!("{why}.")))?;
    let remote = Box::new(remote);
    let want = match direction {
        WhipDirection::In => Want::Publish(token, remote),
        WhipDirection::Out => Want::Watch(token, remote),
    };
    let base = uri.path().trim_end_matches('/').to_owned();
    Ok(said(ask(&entry, want).await?, &base))
}

async fn patch(
    State(entry): State<Entry>,
    Path(Address { room, resource }): Path<Address>,
    uri: OriginalUri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let identity = admit(&entry, &headers, &room)?.identity;
    expect(&headers, FRAGMENT)?;
    let fragment = fragment::read(&text(body)?).ok_or_else(|| {
        let detail = "Send lines of the form x=value, as RFC 8840 has them.";
        let (status, title) = (StatusCode::BAD_REQUEST, "The fragment cannot be read");
        Problem::new(status, "/problems/bad-fragment", title, detail)
    })?;
    let condition = match headers.get(header::IF_MATCH).map(|value| value.to_str()) {
        None => Precondition::Missing,
        Some(Ok("*")) => Precondition::Any,
        Some(value) => Precondition::Tag(value.unwrap_or_default().trim().to_owned()),
    };
    let resource = Resource { name: resource, room, identity };
    Ok(said(ask(&entry, Want::Patch(resource, condition, fragment)).await?, uri.path()))
}

async fn end(
    State(entry): State<Entry>,
    Path(Address { room, resource }): Path<Address>,
    uri: OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let identity = admit(&entry, &headers, &room)?.identity;
    let resource = Resource { name: resource, room, identity };
    Ok(said(ask(&entry, Want::End(resource)).await?, uri.path()))
}

async fn ask(entry: &Entry, want: Want) -> Result<VisitDone, Problem> {
    let (answer, answered) = oneshot::channel();
    let shard = match &want {
        Want::Publish(token, _) | Want::Watch(token, _) => entry.rooms.enter(now(), token),
        Want::Patch(resource, ..) | Want::End(resource) => Ok(entry.rooms.find(&resource.room)),
    };
    let shard = shard.map_err(|Full| {
        entry.metrics.refuse("rooms_full");
        problem::of(VisitFault::RoomsFull)
    })?;
    if !shard.send(Command::Visit(Box::new(want), answer)).await {
        return Err(problem::stopping());
    }
    let answered = answered.await.map_err(|_| problem::stopping())?;
    answered.map_err(|fault| {
        entry.metrics.refuse("http_fault");
        problem::of(fault)
    })
}

/// Where media can be relayed, one header an address (RFC 9725, section 4.6).
fn links(relay: &IceServer) -> impl Iterator<Item = HeaderValue> {
    let IceServer { urls, username, credential } = relay;
    let link = move |url: &String| {
        let login = format!("username=\"{username}\"; credential=\"{credential}\"");
        let text = format!("<{url}>; rel=\"ice-server\"; {login}; credential-type=\"password\"");
        HeaderValue::from_str(&text).ok()
    };
    urls.iter().filter_map(link)
}

fn said(done: VisitDone, base: &str) -> Response {
    match done {
        VisitDone::Created { sdp, resource, tag, relays } => {
            let headers = [
                (header::LOCATION, format!("{base}/{resource}")),
                (header::ETAG, tag),
                (header::CONTENT_TYPE, SDP.to_owned()),
                (HeaderName::from_static("accept-patch"), FRAGMENT.to_owned()),
            ];
            let mut response = (StatusCode::CREATED, headers, sdp).into_response();
            for link in relays.iter().flat_map(links) {
                response.headers_mut().append(header::LINK, link);
            }
            response
        }
        VisitDone::Noted => StatusCode::NO_CONTENT.into_response(),
        VisitDone::Restarted { fragment, tag } => {
            let headers = [(header::ETAG, tag), (header::CONTENT_TYPE, FRAGMENT.to_owned())];
            (StatusCode::OK, headers, fragment).into_response()
        }
        VisitDone::Ended => StatusCode::OK.into_response(),
    }
}
