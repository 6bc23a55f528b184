//! The shard, the lines and the clients, in virtual time.
//!
//! What is said on signalling connections comes at once: it goes beside the lines. So does a handshake, because the length
//! of its messages is a matter of chance; everything from the keys on goes over the lines, data channels too.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use allocation::Demand;
use estimate::Estimate;
use line::Line;
use session::{AccessToken, VideoGrant};
use signalling::input::Input;
use signalling::words::call::{Call, SendData};
use signalling::words::message::Message;
use signalling::words::request::{Description, Request};
use tokio::sync::{mpsc, oneshot};
use transport::sdp;

use super::super::tests::joining;
use super::super::{Began, Command, Described, SIGNALS_QUEUED, Said, Shard, SignalWay};
use super::announcing::announcements;
use super::connection::{Connection, Role};
use super::descriptions::{accept, value};
use super::listening::Listener;
use super::people::Person;
use super::security::{identity, is_handshake};
use super::speaking::{Published, Speaker};
use super::trace::Trace;
use super::wire::Wire;
use crate::config::Config;
use crate::egress::media_socket::MediaSocket;
use crate::ids::{ShardNumber, SignalId};
use crate::lines::Line as ShardLine;
use crate::metrics::Metrics;
use crate::tap::{Handed, Tap};
use crate::udp::Inbox;

/// The grain of the shard's timers and of the clients'.
const TICK_US: u64 = 5_000;
/// Clients have theirs at another time.
const CLIENTS_US: u64 = 1_700;
const ALIVE_US: u64 = 5_000_000;
/// IPv4 and UDP.
const AROUND_BYTES: usize = 28;
const BEGAN_US: u64 = 1_795_420_800_000_000;

/// An access link: both ways of it.
#[derive(Debug)]
struct Link {
    down: Line<(usize, Vec<u8>)>,
    up: Line<(usize, Vec<u8>)>,
}

/// A room on a shard of its own.
pub(super) struct World {
    shard: Shard,
    wire: Wire,
    inbox: Inbox,
    start: Instant,
    pub(super) now_us: u64,
    due_us: [u64; 3],
    seed: u64,
    links: Vec<Link>,
    people: Vec<Person>,
    connections: Vec<Connection>,
    by_address: BTreeMap<SocketAddr, usize>,
    pub(super) trace: Trace,
    _tap: (Arc<Tap>, mpsc::Receiver<Handed>),
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    pub(super) fn new(seed: u64) -> Self {
        let (now, wire) = (Instant::now(), Wire::default());
        let socket = MediaSocket::of(Box::new(wire.port()));
        let metrics = Metrics::default();
        let (tap, sender, items) = Tap::new("RUN".to_owned(), metrics.clone());
        let began = Began { now, wall_us: BEGAN_US, seed: [seed as u8; 32] };
        let config = Config::default();
        let only = ShardNumber::ONLY;
        Self {
            shard: Shard::new(began, only, &config, socket, identity(), sender, metrics),
            wire,
            inbox: Inbox::default(),
            start: now,
            now_us: 0,
            due_us: [0, CLIENTS_US, 0],
            seed,
            links: vec![],
            people: vec![],
            connections: vec![],
            by_address: BTreeMap::new(),
            trace: Trace::EMPTY,
            _tap: (tap, items),
        }
    }

    /// An access link of these shapes; its number.
    pub(super) fn link(&mut self, down: &str, up: &str) -> usize {
        let seed = self.seed.wrapping_mul(1_000) + 2 * self.links.len() as u64;
        self.links.push(Link {
            down: Line::new(down.parse().expect("a shape"), seed),
            up: Line::new(up.parse().expect("a shape"), seed + 1),
        });
        self.links.len() - 1
    }

    fn now(&self) -> Instant {
        self.start + Duration::from_micros(self.now_us)
    }

    /// Somebody comes in from behind a link, and publishes or only listens; the number of that person.
    pub(super) fn join(&mut self, link: usize, published: Option<Published>) -> usize {
        let place = self.people.len();
        let room = "ward".to_owned();
        let video = VideoGrant { room, room_join: true, ..VideoGrant::default() };
        let identity = format!("person {place}");
        let token = AccessToken { identity, video, ..AccessToken::default() };
        let join = joining(token, false);
        let (said, hears) = mpsc::channel(SIGNALS_QUEUED);
        let (admitted, _ticket) = oneshot::channel();
        let signal = SignalId(place as u64 + 1);
        let way = SignalWay { said, probe: Arc::default(), admitted };
        // All behind one link have one address, as behind a router.
        let address = SocketAddr::from(([198, 51, 100, link as u8 + 1], 4_000 + 2 * place as u16));
        let (at, paused) = ((address, link), vec![]);
        self.people.push(Person {
            signal,
            hears,
            at,
            published,
            speaks: None,
            listens: None,
            paused,
        });
        let now = self.now();
        self.shard.command(now, Command::Join(signal, Box::new(join), way));
        if let Some(published) = self.people[place].published.clone() {
            announcements(&published).into_iter().for_each(|it| self.request(signal, it));
        }
        self.settle();
        place
    }

    fn request(&mut self, signal: SignalId, request: Request) {
        let now = self.now();
        self.shard.command(now, Command::Request(signal, Box::new(request)));
    }

    /// Goes on until then.
    pub(super) fn run_until(&mut self, until_us: u64) {
        while self.now_us < until_us {
            let lines = self.links.iter().flat_map(|it| [it.down.next_us(), it.up.next_us()]);
            let due_us = lines.flatten().chain(self.due_us).min().unwrap_or(until_us);
            self.now_us = due_us.clamp(self.now_us, until_us);
            self.step();
        }
    }

    /// What is due happens.
    fn step(&mut self) {
        let now_us = self.now_us;
        for place in 0..self.links.len() {
            while let Some(it) = self.links[place].down.take(now_us) {
                self.deliver(it.payload.0, it.payload.1);
            }
            while let Some(it) = self.links[place].up.take(now_us) {
                self.wire.bring(self.connections[it.payload.0].address, it.payload.1);
            }
        }
        if self.due_us[1] <= now_us {
            self.due_us[1] += TICK_US;
            for place in 0..self.connections.len() {
                let now = self.now();
                let said = self.connections[place].tick((now, now_us));
                said.into_iter().for_each(|it| self.send(place, it));
            }
        }
        self.receive();
        if self.due_us[0] <= now_us {
            self.due_us[0] += TICK_US;
            let now = self.now();
            if self.shard.tick(now) {
                self.shard.put(now, Input::Wall(BEGAN_US + now_us));
                self.shard.settle(now);
            }
        }
        if self.due_us[2] <= now_us {
            self.due_us[2] += ALIVE_US;
            let (now, all) = (self.now(), self.people.iter());
            all.for_each(|it| self.shard.command(now, Command::Alive(it.signal)));
        }
        self.settle();
    }

    /// The shard takes what has come to its port, as its loop does where little is to do.
    fn receive(&mut self) {
        let now = self.now();
        loop {
            let received = self.shard.media.socket.port.receive(&mut self.inbox);
            if received == 0 {
                break;
            }
            self.shard.datagrams(now, &mut self.inbox, received);
            self.shard.media.forward_burst(now);
        }
    }

    /// A datagram comes to a client.
    fn deliver(&mut self, place: usize, datagram: Vec<u8>) {
        let now = (self.now(), self.now_us);
        let said = self.connections[place].take(now, datagram);
        said.into_iter().for_each(|it| self.send(place, it));
    }

    /// A client sends a datagram.
    fn send(&mut self, place: usize, datagram: Vec<u8>) {
        let it = &self.connections[place];
        if is_handshake(&datagram) || !it.connected() {
            return self.wire.bring(it.address, datagram);
        }
        let (link, bytes) = (it.link, datagram.len() + AROUND_BYTES);
        self.trace.note(self.now_us, (place, 1), &datagram);
        let payload = (place, datagram);
        self.links[link].up.send(self.now_us, place as u32, bytes as u32, payload);
    }

    /// Everything that follows from what has happened: what the shard sent and said, until nothing is left.
    fn settle(&mut self) {
        loop {
            let mut more = false;
            while let Some((to, datagram)) = self.wire.sent() {
                more = true;
                let Some(place) = self.by_address.get(&to).copied() else { continue };
                let it = &self.connections[place];
                if is_handshake(&datagram) || !it.connected() {
                    self.deliver(place, datagram);
                    continue;
                }
                let (link, bytes) = (it.link, datagram.len() + AROUND_BYTES);
                self.trace.note(self.now_us, (place, 0), &datagram);
                let payload = (place, datagram);
                self.links[link].down.send(self.now_us, place as u32, bytes as u32, payload);
            }
            self.receive();
            for place in 0..self.people.len() {
                while let Ok(said) = self.people[place].hears.try_recv() {
                    more = true;
                    self.said(place, *said);
                }
            }
            if !more {
                break;
            }
        }
    }

    /// A client is told something.
    fn said(&mut self, place: usize, said: Said) {
        match said {
            Said::Offer(it) => self.offered(place, it),
            Said::Answer(it) => self.answered(place, &it),
            Said::Message(Message::LayersUsed { layers, .. }) => {
                let speaks = self.people[place].speaks;
                let role = speaks.map(|it| &mut self.connections[it].role);
                if let Some(Role::Speaks(speaker)) = role {
                    speaker.used(layers.into());
                }
            }
            Said::Message(Message::Streams(words)) => {
                let told = words.iter().map(|it| (self.now_us, it.paused));
                self.people[place].paused.extend(told);
            }
            Said::Message(_) | Said::Welcome(..) => {}
        }
    }

    fn offered(&mut self, place: usize, it: Described) {
        let remote = sdp::parse(&it.sdp).expect("the gateway's offer can be read");
        let connection = match self.people[place].listens {
            Some(known) => known,
            None => {
                let role = Role::Listens(Box::default());
                let new = self.connection(place, 0, role, &it.sdp);
                self.people[place].listens = Some(new);
                new
            }
        };
        if let Role::Listens(listener) = &mut self.connections[connection].role {
            listener.describe(&remote);
        }
        let answer = sdp::parse(&accept(&it.sdp)).expect("the answer can be read");
        let description = Description { remote: Ok(Box::new(answer)), number: it.number };
        self.request(self.people[place].signal, Request::Answer(description));
        self.begin(connection);
    }

    fn answered(&mut self, place: usize, it: &Described) {
        let (seed, now_us) = (self.seed + 77 * place as u64, self.now_us);
        let Some(published) = self.people[place].published.clone() else { return };
        if self.people[place].speaks.is_none() {
            let role = Role::Speaks(Box::new(Speaker::new(published, now_us, seed)));
            let new = self.connection(place, 1, role, &it.sdp);
            self.people[place].speaks = Some(new);
            self.begin(new);
        }
    }

    /// A connection of a person, not begun; `port` tells its two apart.
    fn connection(&mut self, place: usize, port: u16, role: Role, sdp: &str) -> usize {
        let (mut address, link) = self.people[place].at;
        address.set_port(address.port() + port);
        let credentials = (value(sdp, "ice-ufrag"), value(sdp, "ice-pwd"));
        self.connections.push(Connection::new((address, link), role, credentials));
        self.by_address.insert(address, self.connections.len() - 1);
        self.connections.len() - 1
    }

    /// Begins the handshake of a connection that has not.
    fn begin(&mut self, place: usize) {
        if !self.connections[place].connected() {
            let now = self.now();
            let said = self.connections[place].begin(now);
            said.into_iter().for_each(|it| self.send(place, it));
        }
    }

    /// A server sends everybody a page of slides in two messages of so many bytes.
    pub(super) fn send_page(&mut self, bytes: usize) {
        for _ in 0..2 {
            let (room, payload) = ("ward".to_owned(), vec![7; bytes]);
            let data = SendData { room, reliable: true, payload, ..SendData::default() };
            let call = Box::new(Call::SendData(Box::new(data)));
            let now = self.now();
            self.shard.command(now, Command::Call(call, oneshot::channel().0));
        }
        self.settle();
    }

    /// What a person's listening connection has received.
    pub(super) fn listener(&self, place: usize) -> &Listener {
        let connection = self.people[place].listens.expect("it has been offered something");
        match &self.connections[connection].role {
            Role::Listens(it) => it,
            Role::Speaks(_) => panic!("a connection to speak on"),
        }
    }

    /// When a person was told that a track is paused, or goes on.
    pub(super) fn paused(&self, place: usize) -> &[(u64, bool)] {
        &self.people[place].paused
    }

    /// Bytes that came down to a person.
    pub(super) fn bytes_down(&self, place: usize) -> u64 {
        let connection = self.people[place].listens.unwrap_or_default();
        let link = self.connections[connection].link;
        self.links[link].down.counts(connection as u32).delivered_bytes
    }

    /// The line of a person, as the shard has it.
    fn line(&self, place: usize) -> Option<&ShardLine> {
        let address = self.connections[self.people[place].listens?].address;
        let media = &self.shard.media;
        let mut all = media.connections.iter();
        let (_, connection) = all.find(|(_, it)| it.peer.selected() == Some(address))?;
        media.lines.get(connection.line?)
    }

    /// What the shard takes the line of a person to carry.
    pub(super) fn estimate(&self, place: usize) -> Option<Estimate> {
        self.line(place)?.estimate()
    }

    /// What those behind the line of a person ask of it.
    pub(super) fn demand(&self, place: usize) -> Option<Demand> {
        self.line(place).map(ShardLine::demand)
    }

    /// How long what is sent down to a person waits on its line.
    pub(super) fn waits_us(&self, place: usize) -> u64 {
        self.links[self.people[place].at.1].down.backlog_us()
    }
}
