//! The replay library over HTTP: what there is, its files by byte ranges, and deletion.
//!
//! Every request brings a ticket (see [`crate::gate`]): the scheduler has decided what it opens.

mod wire;

use crate::deletion::Bin;
use crate::gate::{self, CACHE, opened, opened_by_any};
use crate::library::Library;
use crate::metrics::Metrics;
use crate::problem;
use crate::slides::{Shelf, serve_page};
use archive::manifest::{Manifest, State as Progress};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use problems::Problem;
use serde::Deserialize;
use session::{Keys, Opens};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tower::ServiceExt as _;
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeFile;
use wire::{Detail, List, RecordingSummary};

/// Recordings in one part of the list, unless fewer are asked for.
const PART: usize = 60;

/// What the handlers need.
#[derive(Clone, Debug)]
pub(crate) struct Replay {
    library: Arc<Library>,
    decks: Shelf,
    bin: Bin,
    keys: watch::Receiver<Keys>,
    metrics: Metrics,
    /// Bytes of slides by recording, for those that are ready: pages of a deck do not change.
    slide_bytes: Arc<Mutex<BTreeMap<String, u64>>>,
}

/// `/replay/recordings...`
pub(crate) fn router(replay: Replay) -> Router {
    Router::new()
        .route("/replay/recordings", get(list))
        .route("/replay/recordings/{id}", get(one).delete(delete))
        .layer(CompressionLayer::new())
        .route("/replay/recordings/{id}/open", post(open))
        .route("/replay/recordings/{id}/{file}", get(file))
        .route("/replay/recordings/{id}/slides/{deck}/{page}", get(slide))
        .with_state(replay)
}

#[derive(Debug, Deserialize)]
struct PageQuery {
    limit: Option<usize>,
    after: Option<String>,
}

async fn list(
    State(replay): State<Replay>,
    part: Result<Query<PageQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let sessions: Option<BTreeSet<String>> = match opened(&headers, &replay.keys.borrow())? {
        Opens::AllRecordings => None,
        Opens::Sessions(ids) => Some(ids.into_iter().collect()),
        _ => return Err(another()),
    };
    let Query(part) = part.map_err(|_| not_a_part())?;
    let after = part.after.as_deref().map(|it| it.split_once('~').ok_or_else(not_a_part));
    let after = after.transpose()?;
    let limit = part.limit.unwrap_or(PART);
    if !(1..=PART).contains(&limit) {
        return Err(not_a_part());
    }
    let mut ids = replay.library.order(|it| {
        sessions.as_ref().is_none_or(|sessions| sessions.contains(&it.session_id))
            && after.is_none_or(|after| (it.started_at.as_str(), it.id.as_str()) < after)
    });
    let more = ids.len() > limit;
    ids.truncate(limit);
    let mut recordings = Vec::new();
    let mut next = None;
    for id in ids {
        let Some(manifest) = replay.library.get(&id) else { continue };
        next = Some(format!("{}~{id}", manifest.started_at)).filter(|_| more);
        let slide_bytes = replay.slide_bytes(&manifest).await?;
        recordings.push(RecordingSummary::new(&manifest, slide_bytes));
    }
    Ok(fresh(Json(List { recordings, next })))
}

async fn one(
    State(replay): State<Replay>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let manifest = replay.seen(&id, opened(&headers, &replay.keys.borrow())?)?;
    let slide_bytes = replay.slide_bytes(&manifest).await?;
    Ok(fresh(Json(Detail::new(manifest.as_ref().clone(), slide_bytes))))
}

/// Trades a ticket for the cookie that files and slides of this recording are fetched with.
async fn open(
    State(replay): State<Replay>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    replay.seen(&id, opened(&headers, &replay.keys.borrow())?)?;
    gate::keep(&headers, &format!("/replay/recordings/{id}"), &replay.keys.borrow())
}

async fn file(
    State(replay): State<Replay>,
    Path((id, file)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let manifest = replay.seen(&id, opened_by_any(request.headers(), &replay.keys.borrow())?)?;
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
    response.headers_mut().insert(header::CACHE_CONTROL, CACHE);
    Ok(response)
}

/// A page of a deck that this recording shows.
async fn slide(
    State(replay): State<Replay>,
    Path((id, deck, page)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let manifest = replay.seen(&id, opened_by_any(request.headers(), &replay.keys.borrow())?)?;
    if !manifest.slides.iter().any(|it| it.deck == deck) {
        return Err(no_recording());
    }
    serve_page(&replay.decks, &deck, &page, request).await
}

async fn delete(
    State(replay): State<Replay>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    match opened(&headers, &replay.keys.borrow())? {
        Opens::Deletion(named) if named == id => {}
        _ => return Err(may_not_delete()),
    }
    let manifest = replay.library.get(&id).ok_or_else(no_recording)?;
    if matches!(manifest.state, Progress::Recording | Progress::Assembling) {
        return Err(unfinished());
    }
    let (bin, named) = (replay.bin.clone(), id.clone());
    let done = tokio::task::spawn_blocking(move || bin.delete(&named)).await;
    let done = done.map_err(|it| problem::internal("delete a recording", &it))?;
    if !done.map_err(|it| problem::internal("delete a recording", &it))? {
        return Err(unfinished());
    }
    replay.known_bytes().remove(&id);
    replay.metrics.deleted.inc();
    Ok(StatusCode::NO_CONTENT)
}

impl Replay {
    pub(crate) fn new(
        library: Arc<Library>,
        decks: Shelf,
        bin: Bin,
        keys: watch::Receiver<Keys>,
        metrics: Metrics,
    ) -> Self {
        Self { library, decks, bin, keys, metrics, slide_bytes: Arc::default() }
    }

    /// The recording, if the ticket is for it.
    fn seen(&self, id: &str, opens: Opens) -> Result<Arc<Manifest>, Problem> {
        match opens {
            Opens::Recording(named) if named == id => self.library.get(id).ok_or_else(no_recording),
            _ => Err(another()),
        }
    }

    async fn slide_bytes(&self, manifest: &Manifest) -> Result<u64, Problem> {
        if manifest.state != Progress::Ready || manifest.slides.is_empty() {
            return Ok(0);
        }
        if let Some(bytes) = self.known_bytes().get(&manifest.id) {
            return Ok(*bytes);
        }
        let (decks, pages) = (self.decks.clone(), wire::pages(manifest));
        let found = tokio::task::spawn_blocking(move || decks.bytes(&pages)).await;
        let bytes = found.map_err(|it| problem::internal("measure slides", &it))?;
        self.known_bytes().insert(manifest.id.clone(), bytes);
        Ok(bytes)
    }

    fn known_bytes(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, u64>> {
        self.slide_bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that nobody keeps: it holds names, and it changes.
fn fresh(body: impl axum::response::IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], body).into_response()
}

fn no_recording() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "/problems/no-recording",
        "There is no such recording",
        "Look in the list of recordings; it appears there when its session has begun.",
    )
}

fn another() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "/problems/another-ticket",
        "This ticket is for something else",
        "Open the replay from the list: the page then asks the scheduler for the right ticket.",
    )
}

fn may_not_delete() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "/problems/may-not-delete",
        "This recording is not yours to delete",
        "A scheduler or the person who led the session can delete it. Ask one of them.",
    )
}

fn unfinished() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "/problems/recording-unfinished",
        "The recording is not finished",
        "Wait until its session has ended and it is prepared, some minutes; then delete it.",
    )
}

fn not_a_part() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "/problems/bad-parameter",
        "This is no part of the list",
        format!("`limit` is 1 to {PART}; `after` is the `next` of the answer before."),
    )
}
