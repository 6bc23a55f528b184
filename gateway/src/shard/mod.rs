//! A shard: one OS thread that owns its socket, its rooms and its peers. No lock on the media path.

mod admission;
mod audience;
mod calls;
mod carriers;
mod choices;
mod closing;
mod command;
mod data;
mod decided;
mod drills;
mod fit;
mod holding;
pub(crate) mod http;
mod join;
mod leave;
mod linked;
mod listen;
mod media_in;
mod moves;
mod news;
mod offers;
mod one_line;
mod outputs;
#[cfg(test)]
mod presence_tests;
mod publish;
mod pulses;
mod recorder;
mod requests;
mod service;
mod signs;
#[cfg(feature = "readers")]
mod stage;
#[cfg(test)]
mod tests;
mod thread;
mod ticks;
mod uses;
mod watch;
mod whip;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::media::Ms;
use archive::tap::Recording;
use livekit_protocol::signal_response::Message;
use prometheus_client::metrics::counter::Counter;
use sfu::{Output, RoomId, Sfu};
use tokio::sync::mpsc;
use transport::dtls::Identity;
use transport::sdp::{Candidate, Carrier};

use admission::Admission;
pub(crate) use calls::{Answer, Call, Code, Fault, NAME_BYTES};
pub(crate) use command::{Command, First, JoinAsk, SIGNALS_QUEUED, ShardHandle, Ticket};
use holding::Held;
#[cfg(feature = "readers")]
pub(crate) use stage::Stage;
pub(crate) use thread::spawn;

use crate::clock;
use crate::config::Config;
use crate::connections::Connections;
use crate::egress::Egress;
use crate::egress::media_socket::MediaSocket;
use crate::egress::waiting::Waiting;
use crate::ids::{ConnectionId, ParticipantId};
use crate::metrics::Metrics;
use crate::pace::{Pace, Paces};
use crate::room::closing::Closed;
use crate::room::publications::Publications;
use crate::room::quality::Lines;
use crate::room::roster::Roster;
use crate::room::sections::Sections;
use crate::room::speakers::Speakers;
use crate::room::visits::Visits;
use crate::tap::TapSender;

/// Packets that wait for others before they are forwarded.
const GATHERED_MAX: usize = 256;

/// Everything that a shard owns. Each file of this module adds the verbs of one subject.
pub(crate) struct Shard {
    config: Config,
    metrics: Metrics,
    /// Datagrams of nobody: looked up once, because a flood of them must cost little.
    strangers: Counter,
    socket: MediaSocket,
    egress: Egress,
    candidates: Vec<Candidate>,
    connections: Connections,
    roster: Roster,
    publications: Publications,
    sections: BTreeMap<ParticipantId, Sections>,
    data_paces: Paces,
    /// Whose reliable data is not read at present.
    held: BTreeMap<ConnectionId, Held>,
    visits: Visits,
    closed: Closed,
    admission: Admission,
    /// Trials of keys on strangers' packets.
    trials: Pace,
    sfu: Sfu,
    tap: TapSender,
    /// Packets that came and were not forwarded yet.
    waiting: Waiting,
    /// What the core decides, for one input at a time.
    decisions: Vec<Output>,
    /// The monotonic clock and the wall clock at one moment: the times of what is recorded.
    began: (Instant, u64),
    /// How far the wall clock is ahead of those times: it is set while the program runs.
    ahead_us: i64,
    /// When the core looks at what is waited for.
    next_look: Instant,
    next_second: Instant,
    /// Seconds since the start.
    seconds: u64,
    recorder_seen: bool,
    /// What the recorder says of itself.
    recording: Recording,
    /// Whether the members of a recorded room were told that it is.
    lamps: BTreeMap<RoomId, bool>,
    speakers: Speakers,
    lines: Lines,
    next_pulses: Instant,
    next_uses: Instant,
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

impl Shard {
    fn new(
        now: Instant,
        config: Config,
        socket: MediaSocket,
        identity: Arc<Identity>,
        tap: TapSender,
        metrics: Metrics,
    ) -> Self {
        let candidates = candidates(&config, socket.local().port());
        let lecture_hold = Duration::from_millis(config.lecture_hold_ms);
        Self {
            next_look: now,
            next_second: now,
            seconds: 0,
            began: (now, clock::unix_us()),
            ahead_us: 0,
            candidates,
            connections: Connections::new(identity, config.packets_per_s_max),
            data_paces: Paces::new(config.data_packets_per_s_max),
            held: BTreeMap::new(),
            config,
            strangers: metrics.dropped("stranger"),
            egress: Egress::new(&metrics),
            metrics,
            socket,
            roster: Roster::default(),
            publications: Publications::default(),
            sections: BTreeMap::new(),
            visits: Visits::default(),
            closed: Closed::default(),
            admission: Admission::default(),
            trials: Pace::new(now, moves::TRIALS_PER_S),
            sfu: Sfu::default(),
            tap,
            waiting: Waiting::new(lecture_hold),
            decisions: vec![],
            recorder_seen: false,
            recording: Recording::default(),
            lamps: BTreeMap::new(),
            speakers: Speakers::default(),
            lines: Lines::default(),
            next_pulses: now,
            next_uses: now,
        }
    }

    fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::Join(ask) => self.join(now, *ask),
            Command::Signal(ticket, message) => {
                self.alive(now, ticket);
                self.request(now, ticket, *message);
            }
            Command::Alive(ticket) => self.alive(now, ticket),
            Command::SignalLost(ticket) => self.signal_lost(now, ticket),
            Command::Serve(call, done) => {
                // Nobody may be waiting for the answer any more.
                let _ = done.send(self.serve(now, *call));
            }
            Command::Http(ask) => self.http(now, *ask),
            Command::Renew(ticket, token, done) => {
                // Dropped without an answer if it is not there any more.
                if let Some(token) = self.renewed(ticket, *token) {
                    // Nobody may be waiting for the answer any more.
                    let _ = done.send(token);
                }
            }
            Command::Stop(_) => {}
        }
    }

    /// A moment in the core's words.
    fn ms(&self, now: Instant) -> Ms {
        let since = now.saturating_duration_since(self.began.0);
        Ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// A moment as people know it, in milliseconds since 1970.
    fn wall_ms(&self, now: Instant) -> u64 {
        self.record_us(now).saturating_add_signed(self.ahead_us) / 1_000
    }

    /// A moment in the times of what is recorded, in microseconds since 1970 as it seemed at the start:
    /// they go on evenly whatever happens to the wall clock.
    fn record_us(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.began.0);
        self.began.1 + u64::try_from(since.as_micros()).unwrap_or_default()
    }

    /// Says something to one participant's page. One that takes nothing is cut off by its own task
    /// when its queue ends here.
    fn say(&mut self, to: ParticipantId, message: Message) {
        let Some(participant) = self.roster.participants.get_mut(&to) else { return };
        if participant.signal_lost.is_none()
            && let Err(mpsc::error::TrySendError::Full(_)) =
                participant.signal.try_send(Box::new(message))
        {
            self.metrics.drop_one("signal_queue");
            participant.hang_up(clock::now());
        }
    }
}
