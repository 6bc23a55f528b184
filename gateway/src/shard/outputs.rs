//! What a peer's transport wants done.

use std::time::Instant;

use ::media::{Layer, RtpTime};
use archive::tap::SenderReport;
use sfu::{Feedback, Input};
use signalling::input::{ConnectionEvent, Input as Told};
use transport::peer::{CloseReason, Output};

use super::Shard;
use super::media_path::MediaPath;
use crate::egress::{SendContext, Telling};
use crate::ids::{ConnectionId, listener};
use crate::links::path::Path;
use crate::tap::TapContent;

impl Shard {
    /// Does one thing that connection `id` wants.
    pub(super) fn output(&mut self, now: Instant, id: ConnectionId, output: Output) {
        let media = &mut self.media;
        match output {
            Output::Send(..) => media.send(now, id, &[output]),
            Output::Checked(from) => {
                media.connections.learn_address(from, id);
                media.socket.port.keep(from);
                if let Some(path) = Path::of(from) {
                    media.socket.links.prove(path);
                }
            }
            Output::UfragRetired(ufrag) => media.connections.retire_ufrag(&ufrag),
            Output::Connected => {
                media.place_behind_line(now, id);
                self.pending.event(id, ConnectionEvent::Connected);
            }
            Output::KeyframeWanted { ssrc } => media.keyframe_wanted(now, id, ssrc),
            Output::Lost { ssrc, seqs } => media.lost(now, id, ssrc, seqs),
            Output::Feedback(told) => media.told(now, id, Telling::Connection(&told)),
            Output::StreamFeedback(told) => media.told(now, id, Telling::Streams(&told)),
            Output::Estimate { bits_per_second } => media.remb(now, id, bits_per_second),
            Output::SenderReport { track, layer, ntp, rtp_ts, .. } => {
                media.sender_report(now, id, (track, layer), ntp, rtp_ts);
            }
            Output::ChannelsUp => self.channels_up(now, id),
            Output::ChannelOpen(stream, label) => self.channel_open(id, stream, &label),
            Output::ChannelMessage(stream, _, message) => self.data(now, id, stream, &message),
            Output::ChannelClosed(stream) => self.channel_closed(id, stream),
            Output::Closed(why) => self.closed(id, why),
            Output::ReceiverReport {
                ssrc,
                fraction_lost,
                cumulative_lost,
                highest,
                round_trip_ms,
                ..
            } => {
                let lost = cumulative_lost;
                media.account_report(now, id, (ssrc, highest, lost), round_trip_ms);
                if media.arrives(now, id, (ssrc, fraction_lost, round_trip_ms)) {
                    let report = Told::Report { connection: id, fraction_lost, round_trip_ms };
                    self.pending.input(report);
                }
            }
            Output::Media(_) | Output::Moved(_) => {}
        }
    }

    fn closed(&mut self, id: ConnectionId, why: CloseReason) {
        tracing::info!(connection.id = id.0, %why, "a peer connection ended");
        let event = match why {
            CloseReason::ClosedByClient => ConnectionEvent::ClosedByClient,
            _ => ConnectionEvent::Failed,
        };
        self.pending.event(id, event);
    }
}

impl MediaPath {
    fn keyframe_wanted(&mut self, now: Instant, id: ConnectionId, ssrc: u32) {
        if let Some((room, track)) = self.heard_as(id, ssrc) {
            let listener = listener(id);
            self.decide(now, Input::KeyframeWanted { room, track, listener });
        }
    }

    /// A listener misses packets.
    fn lost(&mut self, now: Instant, id: ConnectionId, ssrc: u32, mut seqs: Vec<u16>) {
        let moment = self.moment(now);
        let Some((room, track)) = self.heard_as(id, ssrc) else { return };
        let Some(connection) = self.connections.get_mut(id) else { return };
        // One that asks for more than its share again gets the first of it.
        let asked = seqs.len();
        seqs.retain(|_| connection.budget.resend.allow(now, 1));
        let over = asked - seqs.len();
        if over > 0 {
            self.metrics.dropped("resend_budget").inc_by(over as u64);
        }
        let asked = seqs.len();
        let mut streams = connection.streams.iter_mut().flatten();
        let Some(stream) = streams.find(|stream| stream.ssrc == ssrc) else { return };
        seqs.retain(|seq| stream.again.due(moment.ms, *seq));
        let early = asked - seqs.len();
        if early > 0 {
            self.metrics.dropped("resend_early").inc_by(early as u64);
        }
        let Self { tracks, lines, socket, egress, connections, .. } = self;
        let mut context = SendContext { tracks, lines, socket };
        if egress.again(moment, (id, connections), (ssrc, &seqs), &mut context) {
            return;
        }
        // As the forwarding core numbers what the listener saw.
        if let Some(stream) =
            self.connections.get(id).and_then(|connection| connection.stream(ssrc))
        {
            seqs.iter_mut().for_each(|seq| *seq = stream.splice.heard(*seq));
        }
        let listener = listener(id);
        self.decide(now, Input::Lost { room, track, listener, numbers: &seqs });
    }

    /// A listener says how a stream arrives; `false` if it is none of its own.
    fn arrives(
        &mut self,
        now: Instant,
        id: ConnectionId,
        (ssrc, lost_256, round_trip_ms): (u32, u8, Option<u32>),
    ) -> bool {
        let ms = self.clock.ms(now);
        let Some(connection) = self.connections.get_mut(id) else { return false };
        let mut streams = connection.streams.iter_mut().flatten();
        let Some(stream) = streams.find(|stream| stream.ssrc == ssrc) else { return false };
        round_trip_ms.into_iter().for_each(|trip_ms| stream.again.round_trip(trip_ms));
        if let Some((packets, part)) = stream.reported(lost_256) {
            connection.protection.report(ms, packets, part);
        }
        if let Some((room, track)) = self.heard_as(id, ssrc) {
            let feedback = Feedback::Report { track, lost_256, round_trip_ms };
            self.decide(now, Input::Feedback { room, listener: listener(id), feedback });
        }
        true
    }

    fn sender_report(
        &mut self,
        now: Instant,
        id: ConnectionId,
        (track, layer): (usize, usize),
        ntp: u64,
        rtp_ts: u32,
    ) {
        let Some(track) = self.connections.get(id).and_then(|connection| connection.brought(track))
        else {
            return;
        };
        let Some(room) = self.tracks.get(track).map(|track| track.room) else { return };
        let layer = u8::try_from(layer).unwrap_or(u8::MAX);
        let time = RtpTime(rtp_ts);
        self.decide(now, Input::SenderReport { room, track, layer: Layer(layer), ntp, time });
        let said = TapContent::Report(SenderReport { track: track.0, layer, ntp, rtp_ts });
        self.recorded.media(room, self.clock.record_us(now), said);
    }
}
