//! Slide decks: a PDF comes in, images of its pages go out.
//!
//! A deck's id is the hash of its PDF: the same PDF twice is one deck, and nobody guesses the id
//! of a deck that they do not have. Drawing is done by poppler and libwebp in the sandbox, one deck
//! at a time: a PDF is a program from a stranger.

mod draw;
mod incoming;
mod letters;
mod page;
mod refusal;

use crate::config::{Config, DeckConfig};
use crate::gate::bearer;
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::sandbox::Sandbox;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use draw::draw;
use incoming::Incoming;
use serde::{Deserialize, Serialize};
use session::Keys;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;
use tower_http::services::ServeFile;

/// Uploads that may be under way at the same time.
const UPLOADS: usize = 8;
/// Longest title, characters.
const TITLE: usize = 120;

/// The decks and who may put one in.
#[derive(Clone, Debug)]
pub(crate) struct Decks {
    folder: PathBuf,
    limits: DeckConfig,
    keys: Keys,
    metrics: Metrics,
    sandbox: Sandbox,
    uploads: Arc<Semaphore>,
    drawing: Arc<Semaphore>,
    counter: Arc<AtomicU64>,
}

/// What the presenter's page is told of a deck; also kept as `deck.json`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Deck {
    deck: String,
    title: String,
    pages: u32,
    width: u32,
    height: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Taken {
    #[serde(flatten)]
    deck: Deck,
    /// With `{page}` from 1.
    page_url: String,
}

#[derive(Debug, Deserialize)]
struct Ask {
    #[serde(default)]
    room: String,
    #[serde(default)]
    name: String,
}

impl Decks {
    /// The decks in the data folder; what an upload that was cut off left behind is removed.
    pub(crate) fn new(
        config: &Config,
        keys: Keys,
        metrics: Metrics,
        sandbox: Sandbox,
    ) -> std::io::Result<Self> {
        let folder = config.decks();
        std::fs::create_dir_all(&folder)?;
        incoming::sweep(&folder)?;
        Ok(Self {
            folder,
            limits: config.deck.clone(),
            keys,
            metrics,
            sandbox,
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            drawing: Arc::new(Semaphore::new(1)),
            counter: Arc::default(),
        })
    }

    fn deck_folder(&self, deck: &str) -> PathBuf {
        self.folder.join(deck)
    }

    /// Whether the bearer may show slides: in this room, or anybody who is a person of the house.
    fn allow(&self, headers: &HeaderMap, room: &str) -> Result<(), Problem> {
        let token = bearer(headers, None, &self.keys)?;
        let in_room = token.room().is_some_and(|it| it == room) && token.video.may_publish();
        if in_room || token.person().is_some() {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "/problems/may-not-present",
            "You may not show slides here",
            "Join the session as someone who may speak, then upload the slides.",
        ))
    }

    async fn take(&self, ask: &Ask, request: Request) -> Result<Response, Problem> {
        self.allow(request.headers(), &ask.room)?;
        let busy = || {
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "/problems/slides-busy",
                "Other slides are being prepared",
                "Try again in half a minute.",
            )
            .retry_after(30)
        };
        let _upload = self.uploads.try_acquire().map_err(|_| busy())?;
        let turn = self.counter.fetch_add(1, Ordering::Relaxed);
        let incoming = Incoming::receive(&self.folder, turn, &self.limits, request).await?;
        let title = title(&ask.name);
        if let Some(known) = self.known(&incoming.deck).await {
            return Ok(taken(Deck { title, ..known }));
        }
        let wait = Duration::from_secs(self.limits.waiting_seconds.into());
        let drawing = tokio::time::timeout(wait, self.drawing.acquire()).await;
        let Ok(Ok(_drawing)) = drawing else { return Err(busy()) };
        if let Some(known) = self.known(&incoming.deck).await {
            return Ok(taken(Deck { title, ..known }));
        }
        let drawn = draw(&incoming, &self.limits, self.sandbox).await?;
        let deck = Deck {
            deck: incoming.deck.clone(),
            title,
            pages: drawn.pages,
            width: drawn.width,
            height: drawn.height,
        };
        incoming.keep(&self.deck_folder(&deck.deck), &deck).await?;
        self.metrics.decks.inc();
        Ok(taken(deck))
    }

    async fn known(&self, deck: &str) -> Option<Deck> {
        let text = tokio::fs::read(self.deck_folder(deck).join("deck.json")).await.ok()?;
        serde_json::from_slice(&text).ok()
    }
}

/// `/slides...`
pub(crate) fn router(decks: Decks) -> Router {
    Router::new()
        .route("/slides", post(put))
        .route("/slides/{deck}/{file}", get(page))
        .with_state(decks)
}

async fn put(
    State(decks): State<Decks>,
    Query(ask): Query<Ask>,
    request: Request,
) -> Result<Response, Problem> {
    let done = decks.take(&ask, request).await;
    if done.is_err() {
        decks.metrics.decks_refused.inc();
    }
    done
}

async fn page(
    State(decks): State<Decks>,
    Path((deck, file)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let none = || {
        Problem::new(
            StatusCode::NOT_FOUND,
            "/problems/no-slide",
            "There is no such slide",
            "The presenter may have to upload the slides again.",
        )
    };
    let number = file.strip_suffix(".webp").and_then(|it| it.parse::<u32>().ok());
    let (Some(number), true) = (number, archive::plan::is_deck_id(&deck)) else {
        return Err(none());
    };
    let path = decks.deck_folder(&deck).join(format!("{number}.webp"));
    let Ok(mut response) =
        ServeFile::new(path).oneshot(request).await.map(|it| it.map(axum::body::Body::new));
    if response.status() == StatusCode::NOT_FOUND {
        return Err(none());
    }
    let headers = response.headers_mut();
    let cached = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(header::CACHE_CONTROL, cached);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/webp"));
    Ok(response)
}

fn taken(deck: Deck) -> Response {
    let page_url = format!("/slides/{}/{{page}}.webp", deck.deck);
    let first = format!("/slides/{}/1.webp", deck.deck);
    let place = [(header::LOCATION, first)];
    (StatusCode::CREATED, place, Json(Taken { deck, page_url })).into_response()
}

/// A title from a file's name.
fn title(name: &str) -> String {
    let name = name.trim();
    let cut = name.len().saturating_sub(4);
    let ending = name.get(cut..).is_some_and(|it| it.eq_ignore_ascii_case(".pdf"));
    let stem = if ending { name.get(..cut).unwrap_or(name) } else { name };
    let title: String = stem.chars().filter(|it| !it.is_control()).take(TITLE).collect();
    if title.is_empty() { "Slides".to_owned() } else { title }
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn a_title_is_the_name_without_its_ending() {
        assert_eq!(title("光合作用.PDF"), "光合作用");
        assert_eq!(title(" a\nb.pdf "), "ab");
        assert_eq!(title("课"), "课");
        assert_eq!(title(".pdf"), "Slides");
        assert_eq!(title(&"长".repeat(500)).chars().count(), 120);
    }
}
