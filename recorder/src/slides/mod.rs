//! Slide decks: a PDF comes in, images of its pages go out.
//!
//! A deck's id is the hash of its PDF: the same PDF twice is one deck. Who is in the room that it
//! was uploaded in sees it, by a ticket for that room. Drawing is done by poppler and libwebp in the
//! sandbox, one deck at a time: a PDF is a program from a stranger.

mod draw;
mod incoming;
mod letters;
mod page;
mod refusal;
mod shelf;

use crate::config::{Config, DeckConfig};
use crate::gate::{self, CACHE};
use crate::metrics::Metrics;
use crate::problem;
use crate::sandbox::Sandbox;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use draw::draw;
use incoming::Upload;
use problems::Problem;
use serde::{Deserialize, Serialize};
use session::{Keys, Opens, Ticket};
pub(crate) use shelf::Shelf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt as _;
use tower_http::services::ServeFile;

/// Uploads that may be under way at the same time.
const UPLOADS: usize = 8;
/// Longest title, characters.
const TITLE: usize = 120;
/// How long the decks of a room are open to one who showed its token, seconds; the page asks again
/// before.
const ROOM_S: u64 = 15 * 60;

/// The decks and who may put one in.
#[derive(Clone, Debug)]
pub(crate) struct Decks {
    shelf: Shelf,
    limits: DeckConfig,
    keys: watch::Receiver<Keys>,
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
struct UploadedDeck {
    #[serde(flatten)]
    deck: Deck,
    /// With `{page}` from 1.
    page_url: String,
}

#[derive(Debug, Deserialize)]
struct UploadQuery {
    #[serde(default)]
    room: String,
    #[serde(default)]
    name: String,
}

impl Decks {
    /// The decks in the data folder; what an upload that was cut off left behind is removed.
    pub(crate) fn new(
        config: &Config,
        keys: watch::Receiver<Keys>,
        metrics: Metrics,
        sandbox: Sandbox,
    ) -> std::io::Result<Self> {
        let folder = config.decks();
        std::fs::create_dir_all(&folder)?;
        incoming::sweep(&folder)?;
        Ok(Self {
            shelf: Shelf::new(folder),
            limits: config.deck.clone(),
            keys,
            metrics,
            sandbox,
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            drawing: Arc::new(Semaphore::new(1)),
            counter: Arc::default(),
        })
    }

    /// The decks on disk.
    pub(crate) const fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Whether the bearer may show slides in this room.
    fn allow(&self, headers: &HeaderMap, room: &str) -> Result<(), Problem> {
        let (own, may_publish) = gate::room(headers, &self.keys.borrow())?;
        if own == room && may_publish {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "/problems/may-not-present",
            "You may not show slides here",
            "Join the session as someone who may speak, then upload the slides.",
        ))
    }

    async fn take(&self, ask: &UploadQuery, request: Request) -> Result<Response, Problem> {
        self.allow(request.headers(), &ask.room)?;
        let busy = || {
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "/problems/slides-busy",
                "Other slides are being prepared",
                "Try again in half a minute.",
            )
            .retry_after_s(30)
        };
        let _upload = self.uploads.try_acquire().map_err(|_| busy())?;
        let turn = self.counter.fetch_add(1, Ordering::Relaxed);
        let incoming = Upload::receive(self.shelf.root(), turn, &self.limits, request).await?;
        let title = title(&ask.name);
        if let Some(known) = self.known(&incoming.deck, &ask.room).await? {
            return Ok(taken(Deck { title, ..known }, &ask.room));
        }
        let wait = Duration::from_secs(self.limits.waiting_seconds.into());
        let drawing = tokio::time::timeout(wait, self.drawing.acquire()).await;
        let Ok(Ok(_drawing)) = drawing else { return Err(busy()) };
        if let Some(known) = self.known(&incoming.deck, &ask.room).await? {
            return Ok(taken(Deck { title, ..known }, &ask.room));
        }
        let drawn = draw(&incoming, &self.limits, self.sandbox).await?;
        let deck = Deck {
            deck: incoming.deck.clone(),
            title,
            pages: drawn.pages,
            width: drawn.width,
            height: drawn.height,
        };
        incoming.keep(&self.shelf.deck(&deck.deck), &deck).await?;
        self.metrics.decks.inc();
        self.show(&deck.deck, &ask.room).await?;
        Ok(taken(deck, &ask.room))
    }

    /// A deck that was drawn before, now shown in this room too.
    async fn known(&self, deck: &str, room: &str) -> Result<Option<Deck>, Problem> {
        if !self.show(deck, room).await? {
            return Ok(None);
        }
        let text = tokio::fs::read(self.shelf.deck(deck).join("deck.json")).await;
        Ok(text.ok().and_then(|it| serde_json::from_slice(&it).ok()))
    }

    async fn show(&self, deck: &str, room: &str) -> Result<bool, Problem> {
        let (shelf, deck, room) = (self.shelf.clone(), deck.to_owned(), room.to_owned());
        let shown = tokio::task::spawn_blocking(move || shelf.show(&deck, &room)).await;
        let shown = shown.map_err(|it| problem::internal("keep slides", &it))?;
        shown.map_err(|it| problem::internal("keep slides", &it))
    }
}

/// `/slides...`
pub(crate) fn router(decks: Decks) -> Router {
    Router::new()
        .route("/slides", post(put))
        .route("/slides/{room}/open", post(open))
        .route("/slides/{room}/{deck}/{file}", get(page))
        .with_state(decks)
}

async fn put(
    State(decks): State<Decks>,
    Query(ask): Query<UploadQuery>,
    request: Request,
) -> Result<Response, Problem> {
    let done = decks.take(&ask, request).await;
    if done.is_err() {
        decks.metrics.decks_refused.inc();
    }
    done
}

/// Trades the token of a room for the cookie that its slides are fetched with.
async fn open(
    State(decks): State<Decks>,
    Path(room): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (own, _) = gate::room(&headers, &decks.keys.borrow())?;
    if own != room {
        return Err(another_room());
    }
    let ticket = Ticket { opens: Opens::Decks(room), expires_s: gate::now_s() + ROOM_S };
    // As the client wrote it: it compares the letters.
    let path = uri.path().strip_suffix("/open").unwrap_or_default();
    gate::grant(&headers, path, &ticket, &decks.keys.borrow())
}

async fn page(
    State(decks): State<Decks>,
    Path((room, deck, file)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    match gate::opened_by_any(request.headers(), &decks.keys.borrow())? {
        Opens::Decks(own) if own == room => {}
        _ => return Err(another_room()),
    }
    if archive::plan::is_deck_id(&deck) && !decks.shelf.is_shown_in(&deck, &room) {
        return Err(no_slide());
    }
    serve_page(&decks.shelf, &deck, &file, request).await
}

/// Answers with a page of a deck; who may see it was asked before.
pub(crate) async fn serve_page(
    shelf: &Shelf,
    deck: &str,
    file: &str,
    request: Request,
) -> Result<Response, Problem> {
    let number = file.strip_suffix(".webp").and_then(|it| it.parse::<u32>().ok());
    let (Some(number), true) = (number, archive::plan::is_deck_id(deck)) else {
        return Err(no_slide());
    };
    let path = shelf.page(deck, number);
    let Ok(mut response) =
        ServeFile::new(path).oneshot(request).await.map(|it| it.map(axum::body::Body::new));
    if response.status() == StatusCode::NOT_FOUND {
        return Err(no_slide());
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, CACHE);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/webp"));
    Ok(response)
}

fn no_slide() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "/problems/no-slide",
        "There is no such slide",
        "The presenter may have to upload the slides again.",
    )
}

fn another_room() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "/problems/another-room",
        "These slides are shown in another room",
        "Join the session in which they are shown.",
    )
}

fn taken(deck: Deck, room: &str) -> Response {
    let room = written(room);
    let page_url = format!("/slides/{room}/{}/{{page}}.webp", deck.deck);
    (StatusCode::CREATED, Json(UploadedDeck { deck, page_url })).into_response()
}

/// A room's name as part of a URL's path (RFC 3986, section 2.1).
fn written(room: &str) -> String {
    let letter = |it: u8| match it {
        b'-' | b'.' | b'_' | b'~' => char::from(it).to_string(),
        it if it.is_ascii_alphanumeric() => char::from(it).to_string(),
        it => format!("%{it:02X}"),
    };
    room.bytes().map(letter).collect()
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
