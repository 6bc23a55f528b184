//! What a client has already is not sent again: every good answer in JSON has a tag, and who shows the same one is told
//! so and no more (RFC 9110, sections 8.8.3 and 13.1.2).

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::problem;

/// Stands among the extensions of an answer that tells the time as well: what its tag is made of instead of the whole body.
#[derive(Debug, Clone)]
pub(super) struct TaggedBy(pub(super) Vec<u8>);

/// Most tags of one `If-None-Match` that are read.
const TAGS_MAX: usize = 16;
/// Bytes of the hash that a tag holds.
const TAG_BYTES: usize = 12;

/// Tags the answer to a GET. An answer that has a tag already keeps it: that is the version of a session, which says nothing
/// of what comes and goes with who looks.
pub(super) async fn tagged(request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let known: Vec<HeaderValue> =
        request.headers().get_all(IF_NONE_MATCH).iter().cloned().collect();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK || !is_json_without_tag(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // The body was made here, and is as long as the bounds of each list allow.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return problem::internal("the answer could not be made; try again").into_response();
    };
    let told = parts.extensions.get::<TaggedBy>();
    let hash = Sha256::digest(told.map_or(bytes.as_ref(), |it| it.0.as_slice()));
    let text = URL_SAFE_NO_PAD.encode(hash.get(..TAG_BYTES).unwrap_or_default());
    // Weak: the body may be packed on the way.
    if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{text}\"")) {
        parts.headers.insert(ETAG, tag);
    }
    if known.iter().any(|line| names(line, &text)) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(CONTENT_TYPE);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn is_json_without_tag(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json")
        && !headers.contains_key(ETAG)
}

/// Whether a line of `If-None-Match` names this tag, by the weak comparison.
fn names(line: &HeaderValue, tag: &str) -> bool {
    let tags = line.to_str().unwrap_or_default().split(',').take(TAGS_MAX).map(str::trim);
    tags.map(|it| it.strip_prefix("W/").unwrap_or(it)).any(|it| {
        it == "*" || it.strip_prefix('"').and_then(|it| it.strip_suffix('"')) == Some(tag)
    })
}
