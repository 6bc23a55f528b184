//! Streams to listeners: begun, limited and ended.

use std::time::Instant;

use ::media::{Layer, MediaKind, RoomId, Target, TrackId};
use sfu::Input;
use signalling::effect::Subscribe;
use signalling::words::track::TrackSource;

use super::media_path::MediaPath;
use crate::egress::again::Again;
use crate::egress::copies::Redundant;
use crate::egress::resend_buffer::ResendBuffer;
use crate::egress::splice::Splice;
use crate::egress::stream::{Accounted, Stream};
use crate::ids::{ConnectionId, listener};
use crate::receipts::Medium;

impl MediaPath {
    /// Somebody will soon begin to be sent a track.
    pub(super) fn expect(&mut self, now: Instant, room: RoomId, track: TrackId) {
        self.decide(now, Input::Expect { room, track });
    }

    /// Somebody is sent a track from now on.
    pub(super) fn subscribe(&mut self, now: Instant, asked: &Subscribe) {
        let us = self.clock.us(now);
        let Some(connection) = self.connections.get_mut(asked.connection) else { return };
        let place = usize::from(asked.slot);
        if connection.streams.len() <= place {
            connection.streams.resize(place + 1, None);
        }
        let Some(stream) = connection.streams.get_mut(place) else { return };
        // Behind a line whose estimate is known a picture begins small.
        let held = asked.kind == MediaKind::Video && asked.written.is_told();
        let allowed = if held { Target::up_to(Layer(0)) } else { Target::ALL };
        let (want, allowed) = (asked.top.map(Target::up_to), Some(allowed));
        match stream {
            Some(stream) if asked.continues => {
                // The numbers of what was sent before must not come again.
                stream.track = asked.track;
                stream.allowed = allowed;
                stream.accounted.medium = medium(asked.kind, asked.source);
                stream.accounted.paused = None;
                stream.splice.change();
            }
            _ => *stream = Some(Stream { allowed, ..begun(us, asked) }),
        }
        self.lines.ask();
        let (room, track, listener) = (asked.room, asked.track, listener(asked.connection));
        let slot = asked.slot;
        let subscribe = sfu::Subscribe { room, track, listener, slot, want, allow: allowed };
        self.decide(now, Input::Subscribe(subscribe));
    }

    /// Somebody is not sent a track any more; its stream, if that ends with it, is in `slot`.
    pub(super) fn unsubscribe(
        &mut self,
        now: Instant,
        (room, track): (RoomId, TrackId),
        connection: ConnectionId,
        slot: Option<u16>,
    ) {
        if let Some(slot) = slot
            && let Some(listening) = self.connections.get_mut(connection)
            && let Some(stream) = listening.streams.get_mut(usize::from(slot))
        {
            *stream = None;
        }
        let listener = listener(connection);
        self.decide(now, Input::Unsubscribe { room, track, listener });
    }

    /// The best layer that a listener has a use for.
    pub(super) fn want(
        &mut self,
        now: Instant,
        (room, track): (RoomId, TrackId),
        connection: ConnectionId,
        top: Option<Layer>,
    ) {
        let top = top.map(Target::up_to);
        self.lines.ask();
        let listener = listener(connection);
        self.decide(now, Input::Want { room, track, listener, top });
    }
}

fn begun(now_us: u64, subscribe: &Subscribe) -> Stream {
    Stream {
        track: subscribe.track,
        ssrc: subscribe.ssrc,
        payload_type: subscribe.payload_type,
        redundant: subscribe.red.map(Redundant::new),
        written: subscribe.written,
        repair: subscribe.repair,
        repair_index: 1,
        kept: subscribe.repair.is_none().then(|| ResendBuffer::new(subscribe.kind)),
        again: Again::default(),
        packets: 0,
        octets: 0,
        splice: Splice::NEW,
        allowed: None,
        accounted: Accounted::of(now_us, medium(subscribe.kind, subscribe.source)),
    }
}

/// What a track of this kind and from this source is to its listener.
pub(super) const fn medium(kind: MediaKind, source: TrackSource) -> Medium {
    match (kind, source) {
        (MediaKind::Audio, _) => Medium::Sound,
        (MediaKind::Video, TrackSource::ScreenShare) => Medium::Screen,
        (MediaKind::Video, _) => Medium::Picture,
    }
}

#[cfg(test)]
mod tests {
    use transport::sdp::{self, Tells, Written};

    use super::*;

    #[test]
    fn packets_say_their_section_until_the_client_reports_on_them_or_has_got_many() {
        let numbers = [(4, sdp::MID.to_owned())];
        let written = Written::among(&numbers, Tells::Nothing, "video-1");
        let subscribe = Subscribe {
            room: RoomId(1),
            track: TrackId(1),
            connection: ConnectionId(1),
            slot: 0,
            kind: MediaKind::Video,
            source: TrackSource::ScreenShare,
            top: None,
            ssrc: 70,
            payload_type: 96,
            red: None,
            written,
            repair: None,
            continues: false,
        };
        let mut stream = begun(0, &subscribe);
        assert_eq!(stream.section().name(), b"video-1");
        stream.packets = 255;
        assert_eq!(stream.section().number(), 4);
        stream.packets = 256;
        assert_eq!(stream.section().number(), 0);
        let mut stream = begun(0, &subscribe);
        stream.packets = 1;
        stream.came(1_000_000, 1, 0);
        assert_eq!(stream.section().number(), 0, "the client knows the stream");
    }
}
