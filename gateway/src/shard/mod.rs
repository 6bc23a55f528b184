//! A shard: one OS thread that owns its socket, its rooms and its peers. No lock on the media path.
//!
//! Everything that comes in is told to the signalling core (`turn`), and what the core asks for is done (`effects`).
//! Transports answer to that, and what they answer waits until all of it is done (`pending`, `settle`): nothing is called
//! back. Media (`datagrams`, `media_in`, `media_path`) meets the forwarding core alone.

mod across;
mod budget;
mod command;
mod data;
mod datagrams;
mod deliver;
mod describe;
mod effects;
mod holding;
mod lines;
mod linked;
mod media_in;
mod media_path;
mod moves;
mod outputs;
mod peers;
mod pending;
mod receipts;
mod recording;
mod reports;
mod said;
mod settle;
mod signals;
#[cfg(test)]
mod simulation;
#[cfg(feature = "readers")]
mod stage;
mod streams;
#[cfg(test)]
mod tests;
mod thread;
mod ticks;
mod times;
mod tracks;
mod turn;
mod visits;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use signalling::Signalling;
use signalling::effect::Effect;
use signalling::input::Input;
use signalling::limits::Limits;
use tokio::sync::oneshot;
use transport::dtls::Identity;
use transport::sdp::{Candidate, Carrier};

pub(crate) use command::{Command, SIGNALS_QUEUED, ShardHandle, SignalWay};
use data::DataPath;
use effects::CommandAnswers;
use media_path::MediaPath;
use pending::Pending;
use receipts::Receipts;
use recording::Recorded;
use reports::ReportTimers;
pub(crate) use said::{Described, Said, VisitDone};
use signals::Signals;
#[cfg(feature = "readers")]
pub(crate) use stage::Stage;
pub(crate) use thread::{ShardSetup, spawn};
use ticks::ShardTimers;
use times::ShardClock;

use crate::config::Config;
use crate::connections::Connections;
use crate::crossing::Crossings;
use crate::egress::media_socket::MediaSocket;
use crate::ids::ShardNumber;
use crate::metrics::Metrics;
use crate::pace::Pace;
use crate::tap::TapSender;

/// Everything that a shard owns. Each file of this module adds the verbs of one subject.
pub(crate) struct Shard {
    /// Who is in which room, sends and hears what.
    core: Signalling,
    /// What the core asks for, for one input at a time.
    effects: Vec<Effect>,
    pending: Pending,
    answers: CommandAnswers,
    signals: Signals,
    media: MediaPath,
    data: DataPath,
    timers: ShardTimers,
    reports: ReportTimers,
    receipts: Receipts,
    metrics: Metrics,
    /// The ways to the other shards; none if there is no other.
    crossings: Option<Crossings>,
}

/// What a shard is told as it begins.
#[derive(Clone, Copy, Debug)]
struct Began {
    now: Instant,
    /// The wall clock, microseconds since 1970.
    wall_us: u64,
    /// What its signalling core makes names and stream numbers of.
    seed: [u8; 32],
}

/// Where clients find the gateway: by UDP, or by TCP if nothing else gets through.
fn candidates(config: &Config, port: u16) -> Vec<Candidate> {
    let mut ways = vec![(port, Carrier::Udp), (port, Carrier::Tcp)];
    ways.extend(config.edge_port.map(|edge| (edge, Carrier::Tcp)));
    let every = |(port, carrier)| {
        let ips = config.media_ip.iter();
        ips.map(move |ip| Candidate { address: SocketAddr::new(*ip, port), carrier })
    };
    ways.into_iter().flat_map(every).collect()
}

/// What the signalling core of one shard is held to.
fn limits(config: &Config) -> Limits {
    Limits {
        rooms_max: config.rooms_max,
        participants_per_room_max: config.participants_per_room_max,
        // Each shard's handshakes take the time of its own core.
        joins_per_s_max: config.joins_per_s_max,
        tracks_per_participant_max: config.tracks_per_participant_max,
        tracks_per_connection_max: transport::ingress::MAX_TRACKS,
        layers_max: transport::sdp::MAX_LAYERS,
        connect_within: Duration::from_secs(config.connect_within_s),
        resume: Duration::from_secs(config.resume_s),
        empty_room_s: config.empty_room_s,
        unled_s: config.unled_s,
        recorded_keyframe_s: config.recorded_keyframe_s,
        relay_over_tls: config.edge_port.is_some(),
    }
}

impl Shard {
    fn new(
        Began { now, wall_us, seed }: Began,
        shard: ShardNumber,
        config: &Config,
        socket: MediaSocket,
        identity: Arc<Identity>,
        tap: TapSender,
        metrics: Metrics,
    ) -> Self {
        let candidates = candidates(config, config.advertised(socket.local().port()));
        let mut connections = Connections::new(identity, config.packets_per_s_max, candidates);
        connections.belong_to(shard);
        let numbering = shard.numbering();
        let media = MediaPath::new(
            ShardClock::new(now, wall_us),
            (connections, socket),
            Recorded::new(tap),
            (Pace::new(now, moves::TRIALS_PER_S), Duration::from_millis(config.lecture_hold_ms)),
            metrics.clone(),
        );
        Self {
            core: Signalling::new(now, wall_us, seed, numbering, limits(config)),
            effects: vec![],
            pending: Pending::default(),
            answers: CommandAnswers::default(),
            signals: Signals::default(),
            media,
            data: DataPath::new(config.data_packets_per_s_max),
            timers: ShardTimers::new(now),
            reports: ReportTimers::new(now),
            receipts: Receipts::default(),
            metrics,
            crossings: None,
        }
    }

    fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::Join(id, join, way) => {
                self.signals.add(id, way);
                self.put(now, Input::Join(id, join));
            }
            Command::Request(id, request) => self.put(now, Input::Request(id, *request)),
            Command::Alive(id) => self.put(now, Input::Alive(id)),
            Command::SignalLost(id) => {
                self.signals.end(id);
                self.put(now, Input::SignalLost(id));
            }
            Command::Renew(id, token, done) => {
                self.put(now, Input::Renew(id, token));
                answer(done, self.answers.renewed.take().map(|token| *token));
            }
            Command::Call(call, done) => {
                self.put(now, Input::Call(call));
                answer(done, self.answers.called.take());
            }
            Command::Visit(want, done) => answer(done, self.visit(now, *want)),
            Command::Stop(_) => {}
        }
        self.settle(now);
    }
}

/// Answers a door; a door that gets no answer sees its channel close.
fn answer<T>(done: oneshot::Sender<T>, answer: Option<T>) {
    if let Some(answer) = answer {
        // Nobody may be waiting for it any more.
        let _ = done.send(answer);
    }
}
