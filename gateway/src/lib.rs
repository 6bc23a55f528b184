//! The gateway: a WebRTC SFU that speaks LiveKit's client protocol.
//!
//! # Reading order
//! [`Gateway`] (the room's face) → `signal` (clients knock at `/rtc`), `whip` (devices) and `service`
//! (servers, at `/twirp`) → `shard` (one thread: its
//! loop, the signalling core that it asks, and how the core's effects are carried out) → `tracks` (what is kept of
//! media) → `connections` and `udp` (whose datagram is this) → `links` (clients that come by TCP) → `egress` (packets to listeners) → `tap` (packets to the recorder).
//!
//! # Invariants
//! - A room and its peers live in one shard; nothing on the media path is shared or locked.
//! - Who is in which room, sends and hears what is decided in `signalling`; the shard does what it says.
//! - Decisions on who gets which packet are `sfu`'s; protocols of one peer are `transport`'s.
//! - Every queue is bounded, and what goes over is counted in `gateway_dropped_total`.

mod bell;
mod clock;
mod config;
mod connections;
mod crossing;
mod directory;
mod egress;
mod ids;
mod leases;
mod lines;
mod links;
mod metrics;
mod pace;
#[cfg(feature = "readers")]
#[doc(hidden)]
pub mod readers;
mod receipts;
mod ring;
mod service;
mod shard;
mod signal;
mod sources;
mod steering;
mod tap;
mod tracks;
mod udp;
mod whip;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use session::Keys;
use signalling::ids::Names;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle as Task;
use transport::dtls::Identity;

pub use config::Config;
use config::SHARDS_MAX;
use directory::Directory;
use egress::media_socket::MediaSocket;
use ids::SignalIds;
use links::door;
pub use links::door::LinkDoor;
use links::service::Service;
use metrics::{Labels, Metrics};
use pace::RateLimits;
use receipts::{Opened, ReceiptStore};
use shard::{Command, ShardSetup};
use tap::Tap;
pub use transport::framing::StreamProtocol;
use udp::{Port, UdpPort};

/// Why the gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The media port cannot be had.
    #[error(
        "cannot open port {port} for media (UDP and TCP): {source}. Is another gateway running? Choose another port with --media"
    )]
    MediaPort {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// The UDP port of TURN cannot be had.
    #[error(
        "cannot open UDP port {port} for TURN: {source}. Does another server use it, for HTTP/3 perhaps? Choose another port with --edge"
    )]
    TurnPort {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// More shards than can be.
    #[error("{0} shards are too many: set at most {SHARDS_MAX} with --shards, or 0 for one a core")]
    TooManyShards(usize),
    /// No address to tell clients.
    #[error("no media address: name at least one with --media-ip")]
    NoAddress,
    /// The certificate could not be made.
    #[error("cannot make the gateway's certificate: {0}")]
    Identity(String),
    /// Receipts cannot be kept.
    #[error("{0}. Set another `receipts_folder`, or make this one writable for this user")]
    Receipts(String),
    /// The media thread could not be started.
    #[error("cannot start the media thread: {0}")]
    Thread(io::Error),
}

/// What the doors of the gateway share.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) config: Arc<Config>,
    /// Those of now: they may be rotated.
    pub(crate) keys: watch::Receiver<Keys>,
    pub(crate) rooms: Arc<Directory>,
    pub(crate) tap: Arc<Tap>,
    /// What waits for the scheduler, if it is kept.
    pub(crate) receipts: Option<ReceiptStore>,
    pub(crate) metrics: Metrics,
    pub(crate) rates: RateLimits,
    pub(crate) signals: SignalIds,
}

/// A running gateway.
#[derive(Debug)]
pub struct Gateway {
    entry: Entry,
    media_port: u16,
    /// The shards' threads, and what each counts.
    threads: Vec<(JoinHandle<()>, Metrics)>,
    tap: Task<()>,
    receipts: Option<Task<()>>,
    links: LinkDoor,
    listening: Task<()>,
}

/// Tries for a port that is free for UDP and TCP, when any will do.
const PORTS_TRIED: usize = 16;

/// The media port, UDP and TCP on one number; by UDP it is bound once for each of the shards.
fn media_port(
    announced: &[IpAddr],
    port: u16,
    shards: usize,
) -> io::Result<(Vec<UdpPort>, u16, TcpListener)> {
    let mut tries = if port == 0 { PORTS_TRIED } else { 1 };
    loop {
        tries -= 1;
        let sockets = UdpPort::bind_shared(announced, port, shards)?;
        let bound = sockets.first().map(Port::local).ok_or(io::ErrorKind::AddrNotAvailable)?;
        match door::bind(bound) {
            Ok(listener) => return Ok((sockets, bound.port(), listener)),
            Err(_) if tries > 0 => {}
            Err(why) => return Err(why),
        }
    }
}

fn media_socket(port: UdpPort) -> MediaSocket {
    MediaSocket::of(Box::new(port))
}

fn no_thread() -> StartError {
    StartError::Thread(io::Error::other("there is none"))
}

impl Gateway {
    /// Opens the media port and starts the media thread.
    ///
    /// # Errors
    /// [`StartError`], with what the person can do.
    pub async fn start(config: Config, keys: Keys) -> Result<Self, StartError> {
        Self::start_following(config, watch::channel(keys).1).await
    }

    /// The same with keys that are rotated while it runs. Credentials of the TURN server stay under the root of the start.
    ///
    /// # Errors
    /// [`StartError`], with what the person can do.
    pub async fn start_following(
        config: Config,
        keys: watch::Receiver<Keys>,
    ) -> Result<Self, StartError> {
        if config.media_ip.is_empty() {
            return Err(StartError::NoAddress);
        }
        if config.shards > SHARDS_MAX {
            return Err(StartError::TooManyShards(config.shards));
        }
        let (port, shards) = (config.media_port, config.shard_count());
        let (sockets, media_port, listener) = media_port(&config.media_ip, port, shards)
            .map_err(|source| StartError::MediaPort { port, source })?;
        let turn_ports = match config.edge_port {
            Some(port) => UdpPort::bind_shared(&config.media_ip, port, shards)
                .map_err(|source| StartError::TurnPort { port, source })?,
            None => vec![],
        };
        let turn_ports = turn_ports.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
        let sockets = sockets.into_iter().map(media_socket).zip(turn_ports).collect();
        let identity = Identity::generate().map_err(|why| StartError::Identity(why.to_string()))?;
        let (identity, metrics) = (Arc::new(identity), Metrics::default());
        let run = Names::new(rand::random()).sid("RUN_");
        let (tap, said, items) = Tap::new(run, metrics.clone());
        let folder = config.receipts_folder.as_deref();
        let Opened { kept, queue, sender } = receipts::open(folder, &metrics)
            .map_err(|why| StartError::Receipts(why.to_string()))?;
        let told = config.advertised(media_port);
        let turn = Service::new(&config, told, &keys.borrow(), identity.clone(), metrics.clone());
        let turn = Arc::new(turn);
        let start = ShardSetup {
            config: config.clone(),
            identity,
            turn: Arc::clone(&turn),
            tap: said,
            receipts: sender,
            metrics: metrics.clone(),
            sockets,
        };
        let spawned = shard::spawn(start).map_err(StartError::Thread)?;
        let landings = spawned.iter().map(|shard| shard.landing.clone()).collect();
        let links = LinkDoor::new(&config, landings, turn, metrics.clone());
        let listening = tokio::spawn(links.clone().listen(listener));
        let task = tokio::spawn(Arc::clone(&tap).run(items));
        let queue = queue.map(|queue| tokio::spawn(queue.run()));
        let (handles, threads): (Vec<_>, Vec<_>) =
            spawned.into_iter().map(|shard| (shard.handle, (shard.thread, shard.metrics))).unzip();
        let (first, others) = handles.split_first().ok_or_else(no_thread)?;
        let rooms = Arc::new(Directory::new(&config, first.clone(), others.to_vec()));
        let config = Arc::new(config);
        let rates = RateLimits::new(&config);
        let signals = SignalIds::default();
        let entry = Entry { config, keys, rooms, tap, receipts: kept, metrics, rates, signals };
        Ok(Self { entry, media_port, threads, tap: task, receipts: queue, links, listening })
    }

    /// `/rtc`, `/rtc/v1`, both with `/validate`, `/twirp/livekit.RoomService`, `/whip`, `/whep`, `/tap` and `/receipts`.
    pub fn router(&self) -> Router {
        let entry = || self.entry.clone();
        let people = signal::router(entry()).merge(whip::router(entry()));
        let servers = service::router(entry()).merge(receipts::router(entry()));
        people.merge(servers).merge(tap::router(entry()))
    }

    /// Where connections that carry media are brought which another listener took.
    #[must_use]
    pub fn link_door(&self) -> LinkDoor {
        self.links.clone()
    }

    /// The port of media, UDP and TCP.
    #[must_use]
    pub const fn media_port(&self) -> u16 {
        self.media_port
    }

    /// Whether clients can be served, or why not.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn ready(&self) -> Result<(), String> {
        match self.threads.iter().any(|(thread, _)| thread.is_finished()) {
            false => Ok(()),
            true => Err("a media thread has ended; restart the gateway".to_owned()),
        }
    }

    /// Counters in Prometheus' text form.
    #[must_use]
    pub fn metrics(&self) -> String {
        let shards: Vec<Metrics> =
            self.threads.iter().map(|(_, metrics)| metrics.clone()).collect();
        let labels = Labels { kinds: &egress::kind::NAMES, fates: &egress::FATES };
        self.entry.metrics.text_with(&shards, labels)
    }

    /// Tells every client to come back later, and ends.
    pub async fn stop(self) {
        self.listening.abort();
        let mut stopping = vec![];
        for shard in self.entry.rooms.all() {
            let (done, ended) = oneshot::channel();
            if shard.send(Command::Stop(done)).await {
                stopping.push(ended);
            }
        }
        for ended in stopping {
            // An error means that the thread had ended already.
            let _ = ended.await;
        }
        // The shard's end of the tap is gone: what was said is taken in, then the task ends.
        let _ = self.tap.await;
        if let Some(receipts) = self.receipts {
            // What was received last is on the disk then.
            let _ = receipts.await;
        }
    }
}
