//! What a peer's transport wants done.

use std::time::Instant;

use ::media::{Layer, RtpTime};
use archive::tap::SenderReport;
use sfu::{Input, RoomId, TrackId};
use transport::peer::{CloseReason, Output};

use super::Shard;
use crate::connections::Side;
use crate::ids::ConnectionId;
use crate::links::path::Path;
use crate::tap::{Item, Said};

impl Shard {
    /// Does everything that connection `id` wants.
    pub(super) fn outputs(&mut self, now: Instant, id: ConnectionId, outputs: Vec<Output>) {
        for output in outputs {
            self.output(now, id, output);
        }
    }

    pub(super) fn output(&mut self, now: Instant, id: ConnectionId, output: Output) {
        match output {
            Output::Send(to, datagram, carries) => {
                let said = (to, &datagram[..], carries);
                self.egress.datagram(id, &mut self.connections, said, &self.socket);
            }
            Output::Checked(from) => {
                self.connections.learn_address(from, id);
                self.socket.port.keep(from);
                if let Some(path) = Path::of(from) {
                    self.socket.links.prove(path);
                }
            }
            Output::UfragRetired(ufrag) => self.connections.retire_ufrag(&ufrag),
            Output::Connected => self.connected(now, id),
            Output::KeyframeWanted { ssrc } => {
                if let Some((room, track)) = self.heard_as(id, ssrc) {
                    let listener = id.listener();
                    self.decide(now, Input::KeyframeWanted { room, track, listener });
                }
            }
            Output::Lost { ssrc, mut seqs } => {
                if let Some((room, track)) = self.heard_as(id, ssrc) {
                    self.within_budget(now, id, &mut seqs);
                    if self.again_as_it_was(id, ssrc, &seqs) {
                        return;
                    }
                    let listener = id.listener();
                    self.as_numbered(id, ssrc, &mut seqs);
                    self.decide(now, Input::Lost { room, track, listener, numbers: &seqs });
                }
            }
            Output::Feedback(feedback) => {
                self.egress.told(id, &mut self.connections, &feedback);
            }
            Output::SenderReport { track, layer, ntp, rtp_ts, .. } => {
                self.sender_report(now, id, track, layer, ntp, rtp_ts);
            }
            Output::ChannelsUp => self.channels_up(now, id),
            Output::ChannelOpen(stream, label) => self.channel_open(now, id, stream, &label),
            Output::ChannelMessage(stream, _, message) => self.data(now, id, stream, &message),
            Output::Closed(why) => {
                tracing::debug!(connection.id = id.0, %why, "a peer connection ended");
                match why {
                    CloseReason::ClosedByClient => self.connection_closed(now, id),
                    _ => self.connection_failed(now, id),
                }
            }
            Output::ChannelClosed(stream) => self.channel_closed(id, stream),
            Output::ReceiverReport { ssrc, fraction_lost, round_trip_ms, .. } => {
                self.arrives(now, id, (ssrc, fraction_lost, round_trip_ms));
            }
            Output::Media(_) | Output::Moved(_) => {}
        }
    }

    fn connected(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        connection.connected_at = Some(now);
        let (who, side) = (connection.owner, connection.side);
        if side != Side::Publisher {
            self.flow(now, who);
            self.follow(now, who);
        }
        // Who came by HTTP has no data channels to wait for.
        if self.visits.has(who) {
            self.active(now, who);
        }
    }

    /// A listener that asks for more than its share again gets the first of it.
    fn within_budget(&mut self, now: Instant, id: ConnectionId, seqs: &mut Vec<u16>) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        let asked = seqs.len();
        seqs.retain(|_| connection.resend.allow(now, 1));
        (seqs.len()..asked).for_each(|_| self.metrics.drop_one("resend_budget"));
    }

    /// Sends packets again where the listener takes no repair stream.
    fn again_as_it_was(&mut self, id: ConnectionId, ssrc: u32, seqs: &[u16]) -> bool {
        self.egress.again(id, &mut self.connections, (ssrc, seqs), &self.socket)
    }

    /// The room and track that a listener hears under `ssrc`.
    pub(super) fn heard_as(&self, id: ConnectionId, ssrc: u32) -> Option<(RoomId, TrackId)> {
        let connection = self.connections.get(id)?;
        let track = connection.stream(ssrc)?.track;
        let room = self.publications.tracks.get(&track)?.room;
        Some((room, track))
    }

    /// Turns sequence numbers that a listener saw into the core's.
    fn as_numbered(&self, id: ConnectionId, ssrc: u32, seqs: &mut [u16]) {
        if let Some(stream) = self.connections.get(id).and_then(|it| it.stream(ssrc)) {
            seqs.iter_mut().for_each(|seq| *seq = stream.carry.heard(*seq));
        }
    }

    fn sender_report(
        &mut self,
        now: Instant,
        id: ConnectionId,
        track: usize,
        layer: usize,
        ntp: u64,
        rtp_ts: u32,
    ) {
        let track =
            self.connections.get(id).and_then(|it| it.ingress.get(track).copied().flatten());
        let Some(track) = track else { return };
        let Some(room) = self.publications.tracks.get(&track).map(|it| it.room) else { return };
        let layer = u8::try_from(layer).unwrap_or(u8::MAX);
        let time = RtpTime(rtp_ts);
        self.decide(now, Input::SenderReport { room, track, layer: Layer(layer), ntp, time });
        if self.roster.rooms.get(&room).is_some_and(|it| it.recorded()) {
            let said = Said::Report(SenderReport { track: track.0, layer, ntp, rtp_ts });
            self.tap.say(Item { room: room.0, at_us: self.record_us(now), said });
        }
    }
}
