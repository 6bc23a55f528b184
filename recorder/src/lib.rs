//! Takes the tap, keeps the journal, assembles and serves the replay; keeps slide decks.
//!
//! # Reading order
//! `tap` (the client of the gateway) → `journal` (one thread that writes, syncs and seals; what a
//! crash left is mended at start) → `attempt` (one thread that has takes assembled, each by a child
//! in the `sandbox`) → `assemble` (that child: sealed journal to files that play) → `library`
//! (what is there) → `replay` and `slides` (HTTP).
//!
//! # Invariants
//! - What the gateway says is on disk (`fdatasync`) within a second, or it is counted.
//! - A sealed segment is never written again; everything else can be made from the journal anew.
//! - GStreamer is no part of recording: a fault in it costs no second of a session.

mod assemble;
mod attempt;
mod config;
mod deletion;
mod gate;
mod journal;
mod library;
mod metrics;
mod problem;
mod replay;
mod sandbox;
mod slides;
mod tap;

pub use config::{Config, DeckConfig};

use archive::tap::Recording;
use attempt::Attempts;
use axum::Router;
use deletion::Bin;
use journal::{Message, Queue, Writer};
use library::Library;
use metrics::{Health, Metrics};
use sandbox::Sandbox;
use session::Keys;
use slides::Decks;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};

/// A recorder that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data folder cannot be made or read.
    #[error("the data folder {folder} cannot be used: {error}")]
    Data {
        /// The folder.
        folder: std::path::PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Parts of GStreamer are missing.
    #[error(
        "parts of GStreamer that replays need are missing on this machine: run `apt-get install {0}` as root (or deploy/install.sh), then start again"
    )]
    Plugins(String),
    /// GStreamer cannot start.
    #[error("GStreamer cannot start: {0}")]
    Gstreamer(String),
    /// A thread could not be started.
    #[error("a thread cannot be started: {0}")]
    Thread(std::io::Error),
}

/// A running recorder.
#[derive(Debug)]
pub struct Recorder {
    library: Arc<Library>,
    metrics: Metrics,
    health: Arc<Health>,
    decks: Decks,
    bin: Bin,
    keys: watch::Receiver<Keys>,
    stop: Option<oneshot::Sender<()>>,
    threads: mpsc::Receiver<()>,
}

impl Recorder {
    /// Mends what a crash left, begins to listen to the gateway's tap and to assemble.
    ///
    /// # Errors
    /// [`Error`] if the data folder cannot be used. A gateway that is not there is no error: see
    /// [`ready`](Self::ready).
    pub async fn start(config: Config, keys: Keys) -> Result<Self, Error> {
        Self::start_following(config, watch::channel(keys).1).await
    }

    /// The same with keys that are rotated while it runs.
    ///
    /// # Errors
    /// [`Error`] if the data folder cannot be used.
    pub async fn start_following(
        config: Config,
        keys: watch::Receiver<Keys>,
    ) -> Result<Self, Error> {
        prove_plugins().await?;
        let metrics = Metrics::default();
        let sandbox = find_sandbox(&metrics).await?;
        let health = Arc::new(Health::default());
        health.tap(Some("the recorder does not hear the gateway yet".to_owned()));
        let library = Arc::new(Library::new(config.recordings()));
        let data = |error| Error::Data { folder: config.data.clone(), error };
        let decks = Decks::new(&config, keys.clone(), metrics.clone(), sandbox).map_err(data)?;
        let (told, telling) = watch::channel(Recording::default());
        let opened = {
            let (config, keys, library) = (config.clone(), keys.clone(), library.clone());
            let (metrics, health) = (metrics.clone(), health.clone());
            tokio::task::spawn_blocking(move || {
                Writer::new(config, keys, library, metrics, health, told)
            })
            .await
        };
        let (writer, position) =
            opened.map_err(|it| data(std::io::Error::other(it))).and_then(|it| it.map_err(data))?;
        let bin = Bin::new(config.deleted(), library.clone(), decks.shelf().clone());
        empty(bin.clone());
        let limit = usize::try_from(config.memory_megabytes).unwrap_or_default() * 1_000_000;
        let (feed, queue) = Queue::new(limit, metrics.clone());
        let (ended, threads) = mpsc::channel(2);
        let attempts = Attempts {
            library: library.clone(),
            config: config.clone(),
            metrics: metrics.clone(),
            sandbox,
        };
        start_threads(writer, queue, attempts, &ended)?;
        let (stop, stopped) = oneshot::channel();
        let mut client = tap::Client {
            url: config.tap_url.clone(),
            keys: keys.clone(),
            position,
            feed,
            metrics: metrics.clone(),
            health: health.clone(),
            telling,
        };
        tokio::spawn(async move {
            tokio::select! {
                () = client.run() => {}
                _ = stopped => {}
            }
            client.feed.send(Message::Stop).await;
        });
        Ok(Self { library, metrics, health, decks, bin, keys, stop: Some(stop), threads })
    }

    /// `/replay/...` and `/slides...`.
    pub fn router(&self) -> Router {
        let replay = replay::Replay::new(
            self.library.clone(),
            self.decks.shelf().clone(),
            self.bin.clone(),
            self.keys.clone(),
            self.metrics.clone(),
        );
        replay::router(replay).merge(slides::router(self.decks.clone()))
    }

    /// Whether it can record now.
    ///
    /// # Errors
    /// What is wrong, for people: the gateway is not heard, or the disk takes nothing.
    pub fn ready(&self) -> Result<(), String> {
        self.health.ready()
    }

    /// Its numbers in Prometheus text form.
    #[must_use]
    pub fn metrics(&self) -> String {
        self.metrics.text()
    }

    /// Stops: what was received is written and synced; open takes are gone on with, or closed, at
    /// the next start; an assembly under way is done again then.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // The client may have ended already.
            let _ = stop.send(());
        }
        self.library.close();
        while self.threads.recv().await.is_some() {}
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.library.close();
    }
}

/// What this host can do to keep strangers' files apart; the operator is told if it is little.
async fn find_sandbox(metrics: &Metrics) -> Result<Sandbox, Error> {
    let found = tokio::task::spawn_blocking(Sandbox::find).await;
    let found = found.map_err(|it| Error::Thread(std::io::Error::other(it)))?;
    let sandbox = found.unwrap_or_else(|(bare, why)| {
        tracing::warn!(
            why,
            "slides and recordings are read without a sandbox: a hostile file could reach keys and recordings. Install bubblewrap and allow user namespaces"
        );
        bare
    });
    metrics.sandboxed.set(sandbox.has_walls().into());
    Ok(sandbox)
}

/// Removes what was being deleted as the last run ended; meanwhile the recorder works.
fn empty(bin: Bin) {
    tokio::task::spawn_blocking(move || {
        if let Err(error) = bin.empty() {
            tracing::error!(%error, "files of deleted recordings are left");
        }
    });
}

/// Looks for what an assembly takes; the first look on a machine reads every plugin.
async fn prove_plugins() -> Result<(), Error> {
    let found = tokio::task::spawn_blocking(assemble::missing).await;
    match found.map_err(|it| Error::Gstreamer(it.to_string()))? {
        Ok(packages) if packages.is_empty() => Ok(()),
        Ok(packages) => Err(Error::Plugins(packages.join(" "))),
        Err(why) => Err(Error::Gstreamer(why)),
    }
}

fn start_threads(
    writer: Writer,
    queue: Queue,
    attempts: Attempts,
    ended: &mpsc::Sender<()>,
) -> Result<(), Error> {
    let guard = ended.clone();
    let journal = std::thread::Builder::new().name("journal".to_owned()).spawn(move || {
        writer.run(&queue);
        drop(guard);
    });
    let guard = ended.clone();
    let assembly = std::thread::Builder::new().name("assembly".to_owned()).spawn(move || {
        attempts.work();
        drop(guard);
    });
    journal.and(assembly).map(drop).map_err(Error::Thread)
}

/// Assembles the take whose task lies in the working directory: what the recorder starts as its
/// child. True if it is done.
#[must_use]
pub fn assemble() -> bool {
    assemble::work(std::path::Path::new("."))
}
