//! The replay library over HTTP: what there is, and its files by byte ranges.

use crate::gate::{bearer, person};
use crate::library::Library;
use crate::problem::Problem;
use archive::manifest::Manifest;
use axum::Json;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use session::Keys;
use std::sync::Arc;
use tower::ServiceExt as _;
use tower_http::services::ServeFile;

/// What the handlers need.
#[derive(Clone, Debug)]
pub(crate) struct Replay {
    pub(crate) library: Arc<Library>,
    pub(crate) keys: Keys,
}

/// `/replay/recordings...`
pub(crate) fn router(replay: Replay) -> Router {
    Router::new()
        .route("/replay/recordings", get(list))
        .route("/replay/recordings/{id}", get(one))
        .route("/replay/recordings/{id}/{file}", get(file))
        .with_state(replay)
}

/// Media elements cannot send a header, so a token may stand in the URL.
#[derive(Debug, Deserialize)]
struct Ask {
    access_token: Option<String>,
}

#[derive(Debug, Serialize)]
struct List {
    recordings: Vec<Manifest>,
}

async fn list(
    State(replay): State<Replay>,
    Query(ask): Query<Ask>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = bearer(&headers, ask.access_token.as_deref(), &replay.keys)?;
    let person = person(&token)?;
    let recordings = replay.library.list(|it| may_see(it, person));
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(List { recordings })).into_response())
}

async fn one(
    State(replay): State<Replay>,
    Path(id): Path<String>,
    Query(ask): Query<Ask>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let manifest = replay.open(&id, &ask, &headers)?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(manifest)).into_response())
}

async fn file(
    State(replay): State<Replay>,
    Path((id, file)): Path<(String, String)>,
    Query(ask): Query<Ask>,
    request: Request,
) -> Result<Response, Problem> {
    let manifest = replay.open(&id, &ask, request.headers())?;
    let url = format!("/replay/recordings/{id}/{file}");
    // Only what the manifest names is served, so a name cannot lead out of the folder.
    let form = manifest.forms.iter().find(|it| it.url == url).ok_or_else(no_recording)?;
    let path = replay.library.folder(&id).join(&file);
    let served = ServeFile::new(path).oneshot(request).await;
    let Ok(mut response) = served.map(|it| it.map(axum::body::Body::new));
    if response.status() == StatusCode::NOT_FOUND {
        return Err(no_recording());
    }
    if response.status().is_success()
        && let Ok(kind) = HeaderValue::from_str(&form.mime)
    {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    // Files are named by their content; not shared between people, as not all may see all.
    let cached = HeaderValue::from_static("private, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, cached);
    Ok(response)
}

impl Replay {
    fn open(&self, id: &str, ask: &Ask, headers: &HeaderMap) -> Result<Manifest, Problem> {
        let token = bearer(headers, ask.access_token.as_deref(), &self.keys)?;
        let person = person(&token)?;
        let manifest = self.library.get(id).ok_or_else(no_recording)?;
        if may_see(&manifest, person) {
            return Ok(manifest);
        }
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "/problems/not-a-participant",
            "This recording is not yours to see",
            "Consultations are open to those who took part. Ask one of them.",
        ))
    }
}

/// Lessons are for everybody; what touches a patient is for those who were there. A kind that is
/// not known is treated as the stricter.
fn may_see(manifest: &Manifest, person: &str) -> bool {
    matches!(manifest.kind.as_str(), "class" | "training" | "broadcast")
        || manifest.participants.iter().any(|it| it.identity == person)
}

fn no_recording() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "/problems/no-recording",
        "There is no such recording",
        "Look in the list of recordings; it appears there when its session has begun.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use archive::manifest::Person;

    #[test]
    fn a_consultation_is_for_those_who_were_there() {
        let who = Person { identity: "li".to_owned(), ..Person::default() };
        let of = |kind: &str| Manifest {
            kind: kind.to_owned(),
            participants: vec![who.clone()],
            ..Manifest::default()
        };
        assert!(may_see(&of("consultation"), "li") && !may_see(&of("consultation"), "wang"));
        assert!(may_see(&of("class"), "wang") && !may_see(&of(""), "wang"));
    }
}
