//! Datagrams in: to the peer that they belong to, and media on to the rooms.

use std::net::SocketAddr;
use std::time::Instant;

use ::media::{Layer, Packet as Fact, RtpTime};
use sfu::{Input, Output as Decision, RoomId, TrackId};
use transport::ingress::Packet;
use transport::payload::{CodecKind, Counters, keyframe, red};
use transport::peer::{Input as Event, Output, Peer};

use super::Shard;
use crate::egress;
use crate::egress::waiting::may_wait;
use crate::ids::ConnectionId;
use crate::links::path::Path;
use crate::ring::Stored;
use crate::room::scaling::Told;
use crate::tap::{Item, Said};
use crate::udp::Inbox;

/// Decisions of a full burst in a large class.
const DECISIONS_KEPT: usize = 32 * 1024;

impl Shard {
    /// Takes the datagrams of one receive call; the media among them waits to be forwarded.
    pub(super) fn datagrams(&mut self, now: Instant, inbox: &mut Inbox, received: usize) {
        let mut outputs = vec![];
        for (from, to, datagram) in inbox.datagrams(received) {
            self.metrics.datagrams.inc();
            self.socket.port.came(from, to);
            if Path::of(from).is_some() {
                // An address that stands for a link comes from no network.
                self.metrics.drop_one("stranger");
                continue;
            }
            self.datagram(now, (from, from), datagram, &mut outputs);
        }
    }

    /// Takes one datagram; `seen` is the address that the client is told to have.
    pub(super) fn datagram(
        &mut self,
        now: Instant,
        (from, seen): (SocketAddr, SocketAddr),
        datagram: &mut [u8],
        outputs: &mut Vec<Output>,
    ) {
        let found = self.connections.find(from, datagram);
        let Some(id) = found.or_else(|| self.hand_over(now, from, datagram)) else {
            self.strangers.inc();
            return;
        };
        let Some(connection) = self.connections.get_mut(id) else { return };
        let before = refused(&connection.peer);
        if !connection.feed(now, Event::Carried(from, seen, datagram), outputs) {
            outputs.clear();
            return self.peer_fault(now, id);
        }
        connection.deadline = connection.deadline.min(connection.peer.poll_timeout());
        if matches!(datagram.first(), Some(0..=3)) && outputs.is_empty() {
            self.metrics.drop_one("stun_refused");
        } else if refused(&connection.peer) != before {
            self.metrics.drop_one("peer_refused");
        } else {
            connection.heard_at = now;
        }
        for output in outputs.drain(..) {
            match output {
                Output::Media(packet) => self.take_media(now, id, &packet, datagram),
                other => self.output(now, id, other),
            }
        }
    }

    /// Keeps a packet for its listeners and notes it for the burst.
    fn take_media(&mut self, now: Instant, id: ConnectionId, packet: &Packet, datagram: &[u8]) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        if !connection.media.allow(now, 1) {
            return self.metrics.drop_one("packet_rate");
        }
        let track = connection.ingress.get(packet.track).copied().flatten();
        let Some(track) = track else { return self.metrics.drop_one("no_track") };
        let Some(published) = self.publications.tracks.get_mut(&track) else { return };
        let (start, end) = packet.payload;
        let Some(payload) = datagram.get(start..end) else { return };
        // As padding, so that its numbers have no hole when it is heard again.
        let payload = if published.silenced { &[] } else { payload };
        self.metrics.packets_in.inc();
        let counters = Counters::of(published.codec, payload);
        let dependency = packet.dependency.and_then(|(start, end)| datagram.get(start..end));
        let (time, dependency) = (RtpTime(packet.ts), dependency.unwrap_or_default());
        let layer = u8::try_from(packet.layer).unwrap_or(u8::MAX);
        let primary = match packet.red && !payload.is_empty() {
            true => red::primary(payload, packet.pt),
            false => Some(0),
        };
        let Some(primary) = primary else { return self.metrics.drop_one("red_unreadable") };
        let (marker, primary) = (packet.marker, u16::try_from(primary).unwrap_or(u16::MAX));
        let stored = Stored { time, marker, counters, primary, payload, dependency };
        let ring = published.layers.get_mut(packet.layer);
        if !payload.is_empty() && !ring.is_some_and(|ring| ring.put(packet.seq, stored)) {
            return self.metrics.drop_one("too_long");
        }
        let order = published.encodings.note(now, packet.layer, published.codec, payload);
        if let Some(level) = packet.audio_level.filter(|_| !published.silenced) {
            published.voice.hear(level);
        }
        let (room, video) = (published.room, published.video());
        if !payload.is_empty() && self.roster.rooms.get(&room).is_some_and(|it| it.recorded()) {
            let at_us = self.record_us(now);
            let packet = plain(packet, stored.plain().payload);
            let said = Said::Rtp { track: track.0, layer, video, packet };
            self.tap.say(Item { room: room.0, at_us, said });
        }
        if let Some(layers) = order {
            self.decide(now, Input::Order { room, track, layers: &layers });
        }
        self.tell(now, (room, track), (layer, packet.seq), stored);
    }

    /// Notes a packet for the burst as soon as it is known what it is, and with it those that waited
    /// for it to be known.
    fn tell(
        &mut self,
        now: Instant,
        (room, track): (RoomId, TrackId),
        place: (u8, u64),
        stored: Stored<'_>,
    ) {
        let Some(published) = self.publications.tracks.get_mut(&track) else { return };
        let (codec, (layer, seq)) = (published.codec, place);
        let Some(scaling) = published.scaling.get_mut(usize::from(layer)) else { return };
        let told = match stored.payload.is_empty() {
            true => Told::Nothing,
            false => scaling.tell(seq, stored.dependency),
        };
        if told == Told::Unreadable {
            return self.metrics.drop_one("dependency_unreadable");
        }
        let first = fact(codec, place, stored, told);
        let mut later = vec![];
        if matches!(told, Told::Frame(_, true)) {
            let ring = published.layers.get(usize::from(layer));
            for seq in scaling.waited() {
                let Some(stored) = ring.and_then(|ring| ring.get(seq)) else { continue };
                let told = scaling.tell(seq, stored.dependency);
                later.extend(fact(codec, (layer, seq), stored, told));
            }
            let spatial = scaling.spatial_layers();
            spatial.into_iter().for_each(|layers| published.note_spatial(layers));
        }
        let members = self.roster.rooms.get(&room).map_or(0, |it| it.members.len());
        let held = may_wait(members, published.video(), stored.marker);
        for fact in first.into_iter().chain(later) {
            self.waiting.note(now, room, (track, fact), held);
        }
    }

    /// Forwards what has come as one burst a room.
    pub(super) fn forward_burst(&mut self, now: Instant) {
        self.forward_waiting(now, true);
    }

    /// The same for what is not held.
    pub(super) fn forward_free(&mut self, now: Instant) {
        self.forward_waiting(now, false);
    }

    fn forward_waiting(&mut self, now: Instant, all: bool) {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.forward(all, |room, packets| self.decide(now, Input::Packets { room, packets }));
        waiting.retain(|room| self.roster.rooms.contains_key(&room));
        self.waiting = waiting;
    }

    /// Asks the core, and does what it says.
    pub(super) fn decide(&mut self, now: Instant, input: Input<'_>) {
        let mut decisions = std::mem::take(&mut self.decisions);
        self.sfu.handle(self.ms(now), input, &mut decisions);
        let (at, publications) = (self.ms(now), &self.publications);
        self.connections.now = at;
        self.egress.forward(
            (now, at),
            &decisions,
            &mut self.connections,
            publications,
            &self.socket,
        );
        for decision in decisions.drain(..) {
            match decision {
                Decision::RequestKeyframe { track, layer } => {
                    self.request_keyframe(now, track, layer);
                }
                Decision::Report { listener, slot, ntp, time } => {
                    self.report(now, ConnectionId(listener.0), slot, ntp, time);
                }
                Decision::Forward(_) | Decision::Resend(_) => {}
            }
        }
        // Kept for its memory, unless that was for something rare.
        if decisions.capacity() <= DECISIONS_KEPT {
            self.decisions = decisions;
        }
    }

    /// Asks a publisher for a keyframe; when, is for the core alone to say.
    fn request_keyframe(&mut self, now: Instant, track: TrackId, layer: Layer) {
        let Some(published) = self.publications.tracks.get(&track) else { return };
        let (id, ingress) = (published.connection, published.ingress);
        let mut outputs = vec![];
        if let Some(connection) = self.connections.get_mut(id) {
            self.metrics.keyframe_requests.inc();
            connection.peer.request_keyframe(ingress, usize::from(layer.0), &mut outputs);
        }
        self.outputs(now, id, outputs);
    }

    /// Tells a listener which wall time its stream has (RTCP SR), so that lips and voice agree.
    fn report(&mut self, now: Instant, id: ConnectionId, slot: u16, ntp: u64, time: RtpTime) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        let Some(Some(stream)) = connection.streams.get(usize::from(slot)) else { return };
        let (packets, octets, time) = (stream.packets, stream.octets, stream.carry.time(time));
        let report = transport::rtp::sender_report(stream.ssrc, ntp, time.0, packets, octets);
        let mut outputs = vec![];
        connection.peer.send_rtcp(now, &report, &mut outputs);
        self.outputs(now, id, outputs);
    }
}

/// How many datagrams a peer has found to be forged, cut or of no track.
fn refused(peer: &Peer) -> u64 {
    let counters = peer.counters();
    counters.refused + counters.unknown
}

/// What the core is told of packet `seq` of a layer; `None` while it is not known what it is.
fn fact(codec: CodecKind, place: (u8, u64), stored: Stored<'_>, told: Told) -> Option<Fact> {
    let (frame, keyframe) = match told {
        Told::Nothing => (None, keyframe(codec, stored.payload)),
        Told::Frame(frame, begins) => (Some(frame), begins),
        Told::Waits | Told::Unreadable => return None,
    };
    let (time, picture, (layer, seq)) = (stored.time, egress::picture(stored), place);
    let bytes = u16::try_from(stored.payload.len()).unwrap_or(u16::MAX);
    let (layer, temporal) = (Layer(layer), stored.counters.temporal(stored.payload));
    Some(Fact { seq, time, layer, keyframe, picture, frame, temporal, bytes })
}

/// The packet as the tap wants it: a fixed header (RFC 3550 §5.1) and the payload.
fn plain(packet: &Packet, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(12 + payload.len());
    bytes.extend_from_slice(&[0x80, packet.pt | u8::from(packet.marker) << 7]);
    bytes.extend_from_slice(&(packet.seq as u16).to_be_bytes());
    bytes.extend_from_slice(&packet.ts.to_be_bytes());
    bytes.extend_from_slice(&packet.ssrc.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}
