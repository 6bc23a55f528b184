//! The peers of one shard, and which datagram belongs to which of them.

mod across;
mod deadlines;
mod listening;
mod receiving;
pub(crate) mod usage;

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sfu::TrackId;
use signalling::effect::{ConnectionRole, Meet, Open};
use signalling::ids::ParticipantId;
use transport::dtls::Identity;
use transport::error::Error;
use transport::peer::{Input, Output, Peer};
use transport::sdp::{self, Candidate, Carrier, Kind, Local, Media, Setup};

use deadlines::Deadlines;
use signalling::words::usage::Used;
use usage::Usage;

use crate::egress::backlog::ChannelBacklog;
use crate::egress::protection::Protection;
use crate::egress::sent::Sent;
use crate::egress::stream::Stream;
use crate::ids::ConnectionId;
use crate::lines::LineId;
use crate::links::path::Path;
use crate::pace::{self, Pace};
use crate::receipts::{Owner, Received};

/// LiveKit's two data channels.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Channels {
    pub(crate) reliable: Option<u16>,
    pub(crate) lossy: Option<u16>,
}

/// What the last descriptions agreed on.
#[derive(Debug)]
pub(crate) struct Negotiated {
    /// The client's ICE user fragment: another one means that ICE begins anew.
    pub(crate) remote_ufrag: String,
    /// Our part in the DTLS handshake, for our answers.
    setup: Setup,
    /// Version of our last description.
    version: u64,
}

/// How much a client may send and be sent again.
#[derive(Debug)]
pub(crate) struct PacketLimits {
    /// How many packets it may ask for again.
    pub(crate) resend: Pace,
    /// How many packets of media it may send. Only genuine ones are counted, or a stranger could spend another's.
    pub(crate) media: Pace,
}

/// The data channels of a connection.
#[derive(Debug)]
pub(crate) struct DataEnd {
    /// By whose rate what comes is counted.
    pub(crate) who: String,
    pub(crate) channels: Channels,
    /// How the client takes reliable data.
    pub(crate) backlog: ChannelBacklog,
}

/// One peer connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) peer: Peer,
    pub(crate) role: ConnectionRole,
    /// When something genuine last came from the client.
    pub(crate) heard_at: Instant,
    /// When its timers must be looked at, as it stands in the table of deadlines.
    deadline: Instant,
    pub(crate) agreed: Negotiated,
    pub(crate) budget: PacketLimits,
    /// Tracks by the transport's number.
    ingress: Vec<Option<TrackId>>,
    /// Streams by slot.
    pub(crate) streams: Vec<Option<Stream>>,
    pub(crate) data: DataEnd,
    /// What it has been sent.
    pub(crate) sent: Sent,
    /// Since when the path that it sends on has been gone.
    stranded: Option<Instant>,
    /// The copies of sound that it is sent.
    pub(crate) protection: Protection,
    pub(crate) owner: ParticipantId,
    /// Whose it is, and what that person has used on it.
    pub(crate) usage: Usage,
    /// The access line that it is behind.
    pub(crate) line: Option<LineId>,
}

impl Connection {
    /// Lets the transport take an input. `false` if a library that it rests on panicked: the
    /// connection is lost then, and nothing else.
    pub(crate) fn feed(&mut self, now: Instant, input: Input<'_>, out: &mut Vec<Output>) -> bool {
        let taken = catch_unwind(AssertUnwindSafe(|| self.peer.handle(now, input, out)));
        taken.is_ok()
    }

    /// What comes as the transport's number `ingress` is `track`.
    pub(crate) fn brings(&mut self, ingress: usize, track: TrackId) {
        if self.ingress.len() <= ingress {
            self.ingress.resize(ingress + 1, None);
        }
        self.ingress.get_mut(ingress).into_iter().for_each(|place| *place = Some(track));
    }

    /// The track that comes as the transport's number `ingress`.
    pub(crate) fn brought(&self, ingress: usize) -> Option<TrackId> {
        self.ingress.get(ingress).copied().flatten()
    }

    /// Nothing comes as the transport's number `ingress` any more.
    pub(crate) fn ends(&mut self, ingress: usize) {
        self.peer.remove_track(ingress);
        self.ingress.get_mut(ingress).into_iter().for_each(|place| *place = None);
    }

    /// Learns the client's end from its description; `true` if ICE begins anew at ours.
    pub(crate) fn meet(&mut self, meet: &Meet, out: &mut Vec<Output>) -> bool {
        let known = &self.agreed.remote_ufrag;
        let anew = meet.offered.is_some() && !known.is_empty() && *known != meet.ufrag;
        if anew {
            self.peer.restart_ice();
        }
        self.agreed.remote_ufrag.clone_from(&meet.ufrag);
        self.peer.meet(&meet.ufrag, &meet.pwd);
        self.peer.expect(&meet.fingerprint, out);
        if let Some(offered) = meet.offered {
            self.agreed.setup = self.part(offered);
        }
        anew
    }

    /// When its timers must be looked at.
    pub(crate) const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Our part in the DTLS handshake with a client that offers `setup`: one that waits for us is begun with.
    const fn part(&mut self, setup: Setup) -> Setup {
        match setup {
            Setup::Passive => {
                self.peer.begin_handshake();
                Setup::Active
            }
            Setup::Active | Setup::ActPass => Setup::Passive,
        }
    }
}

/// All peer connections of a shard.
#[derive(Debug)]
pub(crate) struct Connections {
    pub(crate) identity: Arc<Identity>,
    by_id: BTreeMap<ConnectionId, Connection>,
    deadlines: Deadlines,
    by_ufrag: HashMap<String, ConnectionId>,
    by_address: HashMap<SocketAddr, ConnectionId>,
    /// Where clients find the gateway.
    candidates: Vec<Candidate>,
    /// Names the shard in user fragments.
    tag: u8,
    packets_per_s: u32,
    /// What connections that have ended had used when that was last told; emptied every second.
    used_by_gone: Vec<Used>,
    /// What those have received that ended since it was asked for last.
    ended: Vec<(ParticipantId, Owner, Received)>,
}

/// Addresses that one connection may have at a time; a client with more loses one that is not in use.
const ADDRESSES_MAX: usize = 16;

/// Connections whose keys are tried on one packet from an unknown address.
const SUSPECTS_MAX: usize = 16;

/// Packets that one listener may be sent again in a second: a third of 1.5 Mbit/s.
const RESENT_PER_S: u32 = 60;

impl Connections {
    /// No connections yet; each may send so many packets of media a second to one of `candidates`.
    pub(crate) fn new(
        identity: Arc<Identity>,
        packets_per_s: u32,
        candidates: Vec<Candidate>,
    ) -> Self {
        Self {
            identity,
            packets_per_s,
            candidates,
            by_id: BTreeMap::new(),
            deadlines: Deadlines::default(),
            by_ufrag: HashMap::new(),
            by_address: HashMap::new(),
            tag: 0,
            used_by_gone: vec![],
            ended: vec![],
        }
    }

    /// A new connection, not yet negotiated; an error only if the system has no randomness.
    pub(crate) fn open(&mut self, now: Instant, open: &Open) -> Result<(), Error> {
        let peer = Peer::new(now, Arc::clone(&self.identity), self.tag)?;
        let connection = Connection {
            peer,
            role: open.role,
            heard_at: now,
            deadline: now,
            agreed: Negotiated { remote_ufrag: String::new(), setup: Setup::Passive, version: 0 },
            budget: PacketLimits {
                resend: Pace::new(now, RESENT_PER_S),
                media: Pace::new(now, self.packets_per_s),
            },
            ingress: vec![],
            streams: vec![],
            data: DataEnd {
                who: pace::name_of(&open.room, &open.identity),
                channels: Channels::default(),
                backlog: ChannelBacklog::default(),
            },
            sent: Sent::default(),
            stranded: None,
            protection: Protection::default(),
            owner: open.owner,
            usage: Usage::of(open),
            line: None,
        };
        let before = self.by_id.insert(open.connection, connection).map(|old| old.deadline);
        self.deadlines.set(open.connection, before, now);
        self.index_ufrags(open.connection);
        Ok(())
    }

    /// Our next description of a connection: an offer, or an answer with the part in the DTLS handshake that the
    /// client's offer left us.
    pub(crate) fn describe(
        &mut self,
        id: ConnectionId,
        offers: Option<Setup>,
        over_tcp: bool,
        media: &[Media],
    ) -> Option<String> {
        let connection = self.by_id.get_mut(&id)?;
        let mut candidates = self.candidates.clone();
        candidates.retain(|candidate| !over_tcp || candidate.carrier == Carrier::Tcp);
        connection.agreed.version += 1;
        let local = Local {
            credentials: connection.peer.credentials(),
            fingerprint: &self.identity.fingerprint,
            candidates: &candidates,
            session: u64::from(id.0),
            version: connection.agreed.version,
            setup: offers.unwrap_or(connection.agreed.setup),
        };
        Some(sdp::render(&local, media))
    }

    /// Our half of a restarted ICE session, for a client that came by HTTP.
    pub(crate) fn fragment(&self, id: ConnectionId, lead: &(String, Kind)) -> Option<String> {
        let connection = self.by_id.get(&id)?;
        Some(sdp::fragment(connection.peer.credentials(), &self.candidates, lead))
    }

    /// ICE begins anew at our end.
    pub(crate) fn restart_ice(&mut self, now: Instant, id: ConnectionId) {
        if let Some(connection) = self.by_id.get_mut(&id) {
            connection.peer.restart_ice();
            self.wake(id, now);
            self.index_ufrags(id);
        }
    }

    /// Learns the user fragments that a connection answers to, after it was made or restarted.
    pub(crate) fn index_ufrags(&mut self, id: ConnectionId) {
        let Some(connection) = self.by_id.get(&id) else { return };
        for ufrag in connection.peer.ufrags() {
            self.by_ufrag.insert(ufrag.to_owned(), id);
        }
    }

    /// Forgets a user fragment that has ended.
    pub(crate) fn retire_ufrag(&mut self, ufrag: &str) {
        self.by_ufrag.remove(ufrag);
    }

    /// An authenticated check of this connection came from `address`.
    pub(crate) fn learn_address(&mut self, address: SocketAddr, id: ConnectionId) {
        if self.by_address.insert(address, id) == Some(id) {
            return;
        }
        let selected = self.by_id.get(&id).and_then(|connection| connection.peer.selected());
        let own = self.by_address.iter().filter(|(_, of)| **of == id).map(|(address, _)| *address);
        let own: Vec<SocketAddr> = own.collect();
        if own.len() > ADDRESSES_MAX {
            let spare = own.iter().find(|other| Some(**other) != selected && **other != address);
            if let Some(spare) = spare {
                self.by_address.remove(spare);
            }
        }
    }

    /// A link has ended: nothing comes from its addresses any more.
    pub(crate) fn forget_link(&mut self, link: u64) {
        self.by_address.retain(|from, _| Path::of(*from).is_none_or(|path| path.link != link));
    }

    /// Whose packet of media from an unknown address this could be, without proof: the first few.
    pub(crate) fn suspects(&self, packet: &[u8]) -> Vec<ConnectionId> {
        let may = self.by_id.iter().filter(|(_, connection)| connection.peer.may_own(packet));
        may.map(|(id, _)| *id).take(SUSPECTS_MAX).collect()
    }

    /// Whose datagram this is: STUN by the user fragment that it names, all else by its address.
    pub(crate) fn find(&self, from: SocketAddr, datagram: &[u8]) -> Option<ConnectionId> {
        // Nothing can be sent to port 0: the system's refusal would end segmentation for all.
        match (from.port(), datagram.first()) {
            (0, _) => None,
            (_, Some(0..=3)) if transport::ice::is_answer(datagram) => {
                self.by_address.get(&from).copied()
            }
            (_, Some(0..=3)) => {
                let ufrag = transport::ice::local_ufrag(datagram)?;
                self.by_ufrag.get(ufrag).copied()
            }
            // DTLS and RTP (RFC 7983); all else is not worth a look into the table.
            (_, Some(20..=63 | 128..=191)) => self.by_address.get(&from).copied(),
            _ => None,
        }
    }

    /// Entries in all tables.
    pub(crate) fn entries(&self) -> usize {
        self.by_id.len() + self.by_ufrag.len() + self.by_address.len()
    }

    pub(crate) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.by_id.get(&id)
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ConnectionId, &Connection)> {
        self.by_id.iter().map(|(id, connection)| (*id, connection))
    }

    pub(crate) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.by_id.get_mut(&id)
    }

    /// Ends a connection: nothing of it is left.
    pub(crate) fn close(&mut self, id: ConnectionId) -> Option<Connection> {
        self.by_ufrag.retain(|_, of| *of != id);
        self.by_address.retain(|_, of| *of != id);
        let mut gone = self.by_id.remove(&id)?;
        self.keep_use(&mut gone);
        self.deadlines.remove(id, gone.deadline);
        self.keep_received(&mut gone);
        Some(gone)
    }

    /// Connections that have been without a path for `patience`; `gone` tells which paths do not stand any more.
    pub(crate) fn stranded(
        &mut self,
        now: Instant,
        patience: Duration,
        gone: impl Fn(SocketAddr) -> bool,
    ) -> Vec<ConnectionId> {
        let mut given_up = vec![];
        for (id, connection) in &mut self.by_id {
            let lost = connection.peer.selected().is_some_and(&gone);
            connection.stranded = lost.then(|| connection.stranded.unwrap_or(now));
            if connection.stranded.is_some_and(|at| now.saturating_duration_since(at) >= patience) {
                given_up.push(*id);
            }
        }
        given_up
    }

    /// The connections on which clients send, with a reliable channel as stream 1: a fuzz target speaks no SCTP.
    #[cfg(feature = "readers")]
    pub(crate) fn open_channels_of_senders(&mut self) -> Vec<ConnectionId> {
        let sends = |connection: &Connection| connection.role != ConnectionRole::Subscriber;
        let senders = self.by_id.iter_mut().filter(|(_, connection)| sends(connection));
        let opened = senders.map(|(id, connection)| {
            connection.data.channels.reliable = Some(1);
            *id
        });
        opened.collect()
    }
}
