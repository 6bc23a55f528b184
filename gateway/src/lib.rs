//! The gateway: a WebRTC SFU that speaks LiveKit's client protocol.
//!
//! # Reading order
//! [`Gateway`] (the room's face) → `signal` (clients knock at `/rtc`), `whip` (devices) and `service`
//! (servers, at `/twirp`) → `shard` (one thread: its
//! loop and, file by file, what it can do) → `room` (its tables) → `connections` and `udp` (whose
//! datagram is this) → `egress` (packets to listeners) → `tap` (packets to the recorder).
//!
//! # Invariants
//! - A room and its peers live in one shard; nothing on the media path is shared or locked.
//! - Decisions on who gets which packet are `sfu`'s; protocols of one peer are `transport`'s.
//! - Every queue is bounded, and what goes over is counted in `gateway_dropped_total`.

mod carry;
mod clock;
mod config;
mod connections;
mod egress;
mod ids;
mod metrics;
mod pace;
mod ring;
mod room;
mod service;
mod shard;
mod signal;
mod tap;
mod udp;
mod whip;

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use session::Keys;
use tokio::sync::oneshot;
use tokio::task::JoinHandle as Task;
use transport::dtls::Identity;

pub use config::Config;
use metrics::Metrics;
use shard::{Command, ShardHandle};
use tap::Tap;
use udp::MediaSocket;

/// Why the gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The media port cannot be had.
    #[error(
        "cannot open UDP port {port} for media: {source}. Is another gateway running? Choose another port with --media"
    )]
    MediaPort {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// No address to tell clients.
    #[error("no media address: name at least one with --media-ip")]
    NoAddress,
    /// The certificate could not be made.
    #[error("cannot make the gateway's certificate: {0}")]
    Identity(String),
    /// The media thread could not be started.
    #[error("cannot start the media thread: {0}")]
    Thread(io::Error),
}

/// What the doors of the gateway share.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) config: Arc<Config>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) shard: ShardHandle,
    pub(crate) tap: Arc<Tap>,
    pub(crate) metrics: Metrics,
}

/// A running gateway.
#[derive(Debug)]
pub struct Gateway {
    entry: Entry,
    media_port: u16,
    thread: JoinHandle<()>,
    tap: Task<()>,
}

impl Gateway {
    /// Opens the media port and starts the media thread.
    ///
    /// # Errors
    /// [`StartError`], with what the person can do.
    pub async fn start(config: Config, keys: Keys) -> Result<Self, StartError> {
        if config.media_ip.is_empty() {
            return Err(StartError::NoAddress);
        }
        let port = config.media_port;
        let socket = MediaSocket::bind(&config.media_ip, port)
            .map_err(|source| StartError::MediaPort { port, source })?;
        let media_port = socket.port();
        let identity = Identity::generate().map_err(|why| StartError::Identity(why.to_string()))?;
        let metrics = Metrics::default();
        let run = room::roster::sid("RUN_");
        let (tap, said, items) = Tap::new(run, metrics.clone());
        let spawned =
            shard::spawn(config.clone(), socket, Arc::new(identity), said, metrics.clone());
        let (shard, thread) = spawned.map_err(StartError::Thread)?;
        let task = tokio::spawn(Arc::clone(&tap).run(items));
        let (config, keys) = (Arc::new(config), Arc::new(keys));
        let entry = Entry { config, keys, shard, tap, metrics };
        Ok(Self { entry, media_port, thread, tap: task })
    }

    /// `/rtc`, `/rtc/validate`, `/twirp/livekit.RoomService`, `/whip`, `/whep` and `/tap`.
    pub fn router(&self) -> Router {
        let entry = || self.entry.clone();
        let people = signal::router(entry()).merge(whip::router(entry()));
        people.merge(service::router(entry())).merge(tap::router(entry()))
    }

    /// The UDP port of media.
    #[must_use]
    pub const fn media_port(&self) -> u16 {
        self.media_port
    }

    /// Whether clients can be served, or why not.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn ready(&self) -> Result<(), String> {
        match self.thread.is_finished() {
            false => Ok(()),
            true => Err("the media thread has ended; restart the gateway".to_owned()),
        }
    }

    /// Counters in Prometheus' text form.
    #[must_use]
    pub fn metrics(&self) -> String {
        self.entry.metrics.text()
    }

    /// Tells every client to come back later, and ends.
    pub async fn stop(self) {
        let (done, ended) = oneshot::channel();
        if self.entry.shard.send(Command::Stop(done)).await {
            // An error means that the thread had ended already.
            let _ = ended.await;
        }
        // The shard's end of the tap is gone: what was said is taken in, then the task ends.
        let _ = self.tap.await;
    }
}
