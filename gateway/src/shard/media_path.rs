//! The media path: what the forwarding core is told, and what it says is done at once.

use std::time::{Duration, Instant};

use ::media::{Layer, RoomId, RtpTime, TrackId};
use prometheus_client::metrics::counter::Counter;
use sfu::{Input, ListenerId, Output as Decision, Rate, Sfu};
use transport::peer::Output;

use super::recording::Recorded;
use super::times::ShardClock;
use crate::connections::Connections;
use crate::egress::media_socket::MediaSocket;
use crate::egress::waiting::Waiting;
use crate::egress::{Egress, Moment, SendContext};
use crate::ids::ConnectionId;
use crate::lines::{Line, Lines};
use crate::metrics::Metrics;
use crate::pace::Pace;
use crate::tracks::Tracks;

/// Packets that wait for others before they are forwarded.
const GATHERED_MAX: usize = 256;
/// Decisions of a full burst in a large class.
const DECISIONS_KEPT: usize = 32 * 1024;

/// Everything that a packet meets on its way from its publisher to its listeners.
#[derive(Debug)]
pub(super) struct MediaPath {
    pub(super) clock: ShardClock,
    pub(super) connections: Connections,
    pub(super) tracks: Tracks,
    sfu: Sfu,
    pub(super) egress: Egress,
    pub(super) socket: MediaSocket,
    /// The access lines that listeners are behind.
    pub(super) lines: Lines,
    /// Packets that came and were not forwarded yet.
    pub(super) waiting: Waiting,
    /// What the core decides, for one input at a time.
    decisions: Vec<Decision>,
    pub(super) recorded: Recorded,
    /// Datagrams of nobody: looked up once, because a flood of them must cost little.
    pub(super) strangers: Counter,
    /// Trials of keys on strangers' packets.
    pub(super) trials: Pace,
    pub(super) metrics: Metrics,
}

impl MediaPath {
    pub(super) fn new(
        clock: ShardClock,
        (connections, socket): (Connections, MediaSocket),
        recorded: Recorded,
        (trials, lecture_hold): (Pace, Duration),
        metrics: Metrics,
    ) -> Self {
        Self {
            clock,
            connections,
            tracks: Tracks::default(),
            sfu: Sfu::default(),
            egress: Egress::new(&metrics),
            socket,
            lines: Lines::default(),
            waiting: Waiting::new(lecture_hold),
            decisions: vec![],
            recorded,
            strangers: metrics.dropped("stranger"),
            trials,
            metrics,
        }
    }

    /// Asks the core, and does what it says.
    pub(super) fn decide(&mut self, now: Instant, input: Input<'_>) {
        let mut decisions = std::mem::take(&mut self.decisions);
        let moment = self.moment(now);
        self.sfu.handle(moment.ms, input, &mut decisions);
        let Self { tracks, lines, socket, egress, connections, .. } = self;
        let mut context = SendContext { tracks, lines, socket };
        egress.forward(moment, &decisions, connections, &mut context);
        for decision in decisions.drain(..) {
            match decision {
                Decision::RequestKeyframe { track, layer } => {
                    self.request_keyframe(now, track, layer);
                }
                Decision::Report { listener, slot, ntp, time } => {
                    self.report(now, ConnectionId(listener.0), slot, ntp, time);
                }
                Decision::Dropped { listener, slot } => self.drop_waiting(listener, slot),
                Decision::Forward(_) | Decision::Resend(_) => {}
            }
        }
        // Kept for its memory, unless that was for something rare.
        if decisions.capacity() <= DECISIONS_KEPT {
            self.decisions = decisions;
        }
    }

    /// A moment on the clocks of sending.
    pub(super) fn moment(&self, now: Instant) -> Moment {
        Moment { ms: self.clock.ms(now), us: self.clock.us(now) }
    }

    /// What each part of a track takes that is sent at present.
    pub(super) fn rates(&self, now: Instant, room: RoomId, track: TrackId) -> Vec<Rate> {
        self.sfu.rates(self.clock.ms(now), room, track)
    }

    /// How many layers of each picture of several its publisher's line brings whole.
    pub(super) fn fed(&self) -> Vec<(TrackId, u8)> {
        let layered =
            self.tracks.iter().filter(|(_, track)| track.video() && track.layers.len() > 1);
        layered.map(|(id, track)| (id, self.sfu.fed(track.room, id))).collect()
    }

    /// What waits of a stream is not sent any more.
    fn drop_waiting(&mut self, listener: ListenerId, slot: u16) {
        let id = ConnectionId(listener.0);
        self.line_of(id).into_iter().for_each(|line| line.pacer.drop_stream(id, slot));
    }

    /// The access line that a connection is behind.
    pub(super) fn line_of(&mut self, id: ConnectionId) -> Option<&mut Line> {
        let line = self.connections.get(id)?.line?;
        self.lines.get_mut(line)
    }

    /// Forwards what has come as one burst a room.
    pub(super) fn forward_burst(&mut self, now: Instant) {
        self.forward_waiting(now, true);
    }

    /// The same if no more may be gathered: more would push each other out of the rings. Tells whether it was so.
    pub(super) fn forward_if_full(&mut self, now: Instant) -> bool {
        let full = self.waiting.count() >= GATHERED_MAX;
        if full {
            self.forward_burst(now);
        }
        full
    }

    /// The same for what is not held.
    pub(super) fn forward_free(&mut self, now: Instant) {
        self.forward_waiting(now, false);
    }

    fn forward_waiting(&mut self, now: Instant, all: bool) {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.forward(all, |room, packets| self.decide(now, Input::Packets { room, packets }));
        self.waiting = waiting;
    }

    /// Asks a publisher for a keyframe; when, is for the core alone to say.
    fn request_keyframe(&mut self, now: Instant, track: TrackId, layer: Layer) {
        let Some(origin) = self.tracks.get(track).map(|track| track.origin) else { return };
        let mut outputs = vec![];
        if let Some(connection) = self.connections.get_mut(origin.connection) {
            self.metrics.keyframe_requests.inc();
            let layer = usize::from(layer.0);
            connection.peer.request_keyframe(origin.ingress, layer, &mut outputs);
        }
        self.send(now, origin.connection, &outputs);
    }

    /// Tells a listener which wall time its stream has (RTCP SR), so that lips and voice agree.
    fn report(&mut self, now: Instant, id: ConnectionId, slot: u16, ntp: u64, time: RtpTime) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        let Some(Some(stream)) = connection.streams.get(usize::from(slot)) else { return };
        let (packets, octets, time) = (stream.packets, stream.octets, stream.splice.time(time));
        let report = transport::rtp::sender_report(stream.ssrc, ntp, time.0, packets, octets);
        let mut outputs = vec![];
        connection.peer.send_rtcp(now, &report, &mut outputs);
        self.send(now, id, &outputs);
    }

    /// Sends the datagrams among `outputs` of a connection; RTCP has nothing else.
    pub(super) fn send(&mut self, now: Instant, id: ConnectionId, outputs: &[Output]) {
        let moment = self.moment(now);
        let Self { tracks, lines, socket, egress, connections, .. } = self;
        let mut context = SendContext { tracks, lines, socket };
        for output in outputs {
            if let Output::Send(to, datagram, carries) = output {
                let said = (*to, &datagram[..], *carries);
                egress.datagram(moment, id, connections, said, &mut context);
            }
        }
    }

    /// The room and track that a listener hears under `ssrc`.
    pub(super) fn heard_as(&self, id: ConnectionId, ssrc: u32) -> Option<(RoomId, TrackId)> {
        let connection = self.connections.get(id)?;
        let track = connection.stream(ssrc)?.track;
        Some((self.tracks.get(track)?.room, track))
    }
}
