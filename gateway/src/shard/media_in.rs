//! Packets of media in: kept for their listeners, and noted for the forwarding core.

use std::time::Instant;

use ::media::{Layer, Packet as Fact, RoomId, RtpTime, TrackId};
use sfu::Input;
use signalling::Signalling;
use signalling::input::Input as Told;
use transport::ingress::MediaPacket;
use transport::payload::{CodecKind, Counters, keyframe, red};

use super::media_path::MediaPath;
use super::pending::Pending;
use crate::egress;
use crate::egress::waiting::may_wait;
use crate::ids::ConnectionId;
use crate::ring::Stored;
use crate::tap::TapContent;
use crate::tracks::copies;
use crate::tracks::scaling::DescriptorReading;

impl MediaPath {
    /// Keeps a packet for its listeners and notes it for the burst.
    pub(super) fn take_media(
        &mut self,
        now: Instant,
        id: ConnectionId,
        (packet, datagram): (&MediaPacket, &[u8]),
        core: &Signalling,
        pending: &mut Pending,
    ) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        if !connection.budget.media.allow(now, 1) {
            return self.metrics.drop_one("packet_rate");
        }
        let Some(track) = connection.brought(packet.track) else {
            return self.metrics.drop_one("no_track");
        };
        let (start, end) = packet.payload;
        if !packet.red || start == end {
            return self.take(now, track, (packet, datagram), core, pending);
        }
        let blocks = datagram.get(start..end).and_then(|payload| red::read(payload, packet.pt));
        let Some(blocks) = blocks else { return self.metrics.drop_one("red_unreadable") };
        let ring = self.tracks.get(track).and_then(|track| track.layers.get(packet.layer));
        let found = ring.map(|ring| copies::missing(ring, packet, &blocks.copies));
        for copy in found.unwrap_or_default() {
            let peer = self.connections.get_mut(id).map(|connection| &mut connection.peer);
            if peer.is_some_and(|peer| peer.recover(copy.track, copy.layer, copy.seq)) {
                self.metrics.recovered.inc();
                self.take(now, track, (&copy, datagram), core, pending);
            }
        }
        let primary = MediaPacket { payload: (start + blocks.primary, end), ..*packet };
        self.take(now, track, (&primary, datagram), core, pending);
    }

    /// The same for a packet that is no RED any more.
    fn take(
        &mut self,
        now: Instant,
        track: TrackId,
        (packet, datagram): (&MediaPacket, &[u8]),
        core: &Signalling,
        pending: &mut Pending,
    ) {
        let Some(state) = self.tracks.get_mut(track) else { return };
        let (start, end) = packet.payload;
        let Some(payload) = datagram.get(start..end) else { return };
        // As padding, so that its numbers have no hole when it is heard again.
        let payload = if state.silenced { &[] } else { payload };
        self.metrics.packets_in.inc();
        let counters = Counters::of(state.codec, payload);
        let dependency = packet.dependency.and_then(|(start, end)| datagram.get(start..end));
        let (time, dependency) = (RtpTime(packet.ts), dependency.unwrap_or_default());
        let layer = u8::try_from(packet.layer).unwrap_or(u8::MAX);
        let marker = packet.marker;
        let stored = Stored { time, marker, counters, payload, dependency };
        let ring = state.layers.get_mut(packet.layer);
        if !payload.is_empty() && !ring.is_some_and(|ring| ring.put(packet.seq, stored)) {
            return self.metrics.drop_one("too_long");
        }
        let order = state.sizes.encodings.note(now, packet.layer, state.codec, payload);
        if let Some(level) = packet.audio_level.filter(|_| !state.silenced) {
            state.voice.hear(level);
        }
        let (room, video) = (state.room, state.video());
        if !payload.is_empty() && self.recorded.takes(room) {
            let at_us = self.clock.record_us(now);
            let packet = plain(packet, stored.payload);
            self.recorded.media(
                room,
                at_us,
                TapContent::Rtp { track: track.0, layer, video, packet },
            );
        }
        if let Some(layers) = order {
            self.decide(now, Input::Order { room, track, layers: &layers });
        }
        let held = may_wait(video, stored.marker, || core.members_of(room));
        if let Some(spatial) = self.tell((now, held), (room, track), (layer, packet.seq), stored) {
            pending.input(Told::SpatialLayers(track, spatial));
        }
    }

    /// Notes a packet for the burst as soon as it is known what it is, and with it those that waited
    /// for it to be known. Gives how many spatial layers the track has, if that is new.
    fn tell(
        &mut self,
        (now, held): (Instant, bool),
        (room, track): (RoomId, TrackId),
        place: (u8, u64),
        stored: Stored<'_>,
    ) -> Option<u8> {
        let state = self.tracks.get_mut(track)?;
        let (codec, (layer, seq)) = (state.codec, place);
        let scaling = state.sizes.scaling.get_mut(usize::from(layer))?;
        let told = match stored.payload.is_empty() {
            true => DescriptorReading::Nothing,
            false => scaling.tell(seq, stored.dependency),
        };
        if told == DescriptorReading::Unreadable {
            self.metrics.drop_one("dependency_unreadable");
            return None;
        }
        let first = fact(codec, place, stored, told);
        let (mut later, mut spatial) = (vec![], None);
        if matches!(told, DescriptorReading::Frame(_, true)) {
            let ring = state.layers.get(usize::from(layer));
            for seq in scaling.waited() {
                let Some(stored) = ring.and_then(|ring| ring.get(seq)) else { continue };
                let told = scaling.tell(seq, stored.dependency);
                later.extend(fact(codec, (layer, seq), stored, told));
            }
            let layers = scaling.spatial_layers();
            spatial = state.sizes.note_spatial(layers);
        }
        for fact in first.into_iter().chain(later) {
            self.waiting.note(now, room, (track, fact), held);
        }
        spatial
    }
}

/// What the core is told of packet `seq` of a layer; `None` while it is not known what it is.
fn fact(
    codec: CodecKind,
    place: (u8, u64),
    stored: Stored<'_>,
    told: DescriptorReading,
) -> Option<Fact> {
    let (frame, keyframe) = match told {
        DescriptorReading::Nothing => (None, keyframe(codec, stored.payload)),
        DescriptorReading::Frame(frame, begins) => (Some(frame), begins),
        DescriptorReading::Waits | DescriptorReading::Unreadable => return None,
    };
    let (time, picture, (layer, seq)) = (stored.time, egress::picture(stored), place);
    let bytes = u16::try_from(stored.payload.len()).unwrap_or(u16::MAX);
    let (layer, temporal) = (Layer(layer), stored.counters.temporal(stored.payload));
    Some(Fact { seq, time, layer, keyframe, picture, frame, temporal, bytes })
}

/// The packet as the tap wants it: a fixed header (RFC 3550 §5.1) and the payload.
fn plain(packet: &MediaPacket, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(12 + payload.len());
    bytes.extend_from_slice(&[0x80, packet.pt | u8::from(packet.marker) << 7]);
    bytes.extend_from_slice(&(packet.seq as u16).to_be_bytes());
    bytes.extend_from_slice(&packet.ts.to_be_bytes());
    bytes.extend_from_slice(&packet.ssrc.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}
