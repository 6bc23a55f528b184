//! Publishing: announcements, the client's offers, mute and the end of a track.

use std::time::Instant;

use archive::tap::{
    Body, Codec as TapCodec, Media as TapMedia, Source, TrackPublished, TrackUnpublished,
};
use livekit_protocol as lk;
use lk::request_response::Reason;
use lk::signal_response::Message;
use sfu::{Input, TrackId};
use transport::payload::CodecKind;
use transport::peer::Output;
use transport::sdp;

use super::Shard;
use crate::connections::Side;
use crate::ids::{ConnectionId, ParticipantId};
use crate::room::publications::{Announced, describe, fits, layers, matches, mime};

/// An offer that was carried out.
pub(super) struct Taken {
    pub(super) sdp: String,
    connection: ConnectionId,
    outputs: Vec<Output>,
    /// Tracks that it began.
    pub(super) fresh: Vec<TrackId>,
}

impl Shard {
    /// A participant says which track it will send.
    pub(super) fn announce_track(&mut self, id: ParticipantId, request: &lk::AddTrackRequest) {
        let Some(me) = self.roster.participants.get(&id) else { return };
        let source = match request.source() {
            lk::TrackSource::Camera => "camera",
            lk::TrackSource::Microphone => "microphone",
            lk::TrackSource::ScreenShare => "screen_share",
            lk::TrackSource::ScreenShareAudio => "screen_share_audio",
            lk::TrackSource::Unknown => "unknown",
        };
        if !me.grant.may_publish_source(source) {
            return self.decline(id, Reason::NotAllowed, "this token may not send such a track");
        }
        if !fits(request) {
            return self.refuse(id, "the announcement of the track is too long");
        }
        if !matches(request) {
            return self.refuse(id, "a camera or a screen is video, a microphone is audio");
        }
        let waiting = self.publications.announced.entry(id).or_default();
        if let Some(again) = waiting.iter().find(|it| it.cids.contains(&request.cid)) {
            let (cid, track) = (request.cid.clone(), Some(again.info.clone()));
            return self
                .say(id, Message::TrackPublished(lk::TrackPublishedResponse { cid, track }));
        }
        let waiting_now = waiting.len();
        if waiting_now + self.publications.of(id).count() >= self.config.tracks_per_participant_max
        {
            self.metrics.drop_one("tracks_full");
            return self.decline(id, Reason::LimitExceeded, "too many tracks: end one first");
        }
        let mut info = describe(request);
        let silenced = self.silenced(id, request.source);
        info.muted |= silenced;
        let codec = request.simulcast_codecs.first().map(|it| it.codec.clone()).unwrap_or_default();
        let cid = request.cid.clone();
        info.codecs = vec![lk::SimulcastCodecInfo {
            mime_type: mime(&codec, info.r#type() == lk::TrackType::Audio),
            cid: cid.clone(),
            layers: layers(request),
            ..Default::default()
        }];
        let of_codecs = request.simulcast_codecs.iter().map(|it| it.cid.clone());
        let cids = std::iter::once(cid.clone()).chain(of_codecs).filter(|it| !it.is_empty());
        let announced = Announced { cids: cids.collect(), codec, info: info.clone() };
        self.publications.announced.entry(id).or_default().push(announced);
        let (sid, track) = (info.sid.clone(), Some(info));
        self.say(id, Message::TrackPublished(lk::TrackPublishedResponse { cid, track }));
        if silenced {
            self.say(id, Message::Mute(lk::MuteTrackRequest { sid, muted: true }));
        }
    }

    /// The client's offer of what it sends.
    pub(super) fn offered(
        &mut self,
        now: Instant,
        id: ParticipantId,
        offer: &lk::SessionDescription,
    ) {
        let remote = match sdp::parse(&offer.sdp) {
            Ok(remote) if remote.fits() => remote,
            Ok(_) => {
                return self.refuse(id, "the offer must be from a full ICE agent, DTLS client");
            }
            Err(why) => return self.refuse(id, &why.to_string()),
        };
        let Some(taken) = self.take_offer(now, id, &remote) else { return };
        let (sdp, r#type) = (taken.sdp.clone(), "answer".to_owned());
        let sections = self.sections.get(&id).filter(|it| it.by_client);
        let mid_to_track_id = sections.map(|it| self.carried_by(it)).unwrap_or_default();
        let answer = lk::SessionDescription { r#type, sdp, id: offer.id, mid_to_track_id };
        if self.has_one_line(id) {
            self.tell_before_answer(now, id);
        }
        self.say(id, Message::Answer(answer));
        self.settle_offer(now, id, taken);
    }

    /// Carries out an offer; the answer is to be given before [`Self::settle_offer`].
    pub(super) fn take_offer(
        &mut self,
        now: Instant,
        id: ParticipantId,
        remote: &sdp::Remote,
    ) -> Option<Taken> {
        let connection = self.publisher(now, id, remote)?;
        self.clear_seats(now, id, remote);
        let claims = self.publications.claims(id, connection, &remote.sections);
        let mut sections = vec![];
        for (section, claim) in remote.sections.iter().zip(&claims) {
            let taken = self.take_section(now, id, connection, section, claim.as_deref());
            sections.push((section, taken));
        }
        self.tell_declined(id, &sections);
        let fresh = sections.iter().filter_map(|(_, it)| it.begun).collect();
        let media: Vec<_> = sections.into_iter().map(|(_, it)| it.media).collect();
        let mut outputs = vec![];
        let own = self.connections.get_mut(connection)?;
        own.deadline = now;
        own.peer.expect(&remote.fingerprint, &mut outputs);
        let setup = own.part(remote.setup);
        let candidates = self.candidates_for(id);
        let sdp = self.connections.describe(connection, &candidates, setup, &media)?;
        Some(Taken { sdp, connection, outputs, fresh })
    }

    /// What follows from an offer that was answered.
    pub(super) fn settle_offer(&mut self, now: Instant, id: ParticipantId, taken: Taken) {
        let Taken { connection, outputs, fresh, .. } = taken;
        self.outputs(now, connection, outputs);
        if !fresh.is_empty() {
            self.announce(id);
        }
        fresh.into_iter().for_each(|track| self.spread(now, id, track));
        if let Some(room) = self.roster.participants.get(&id).map(|it| it.room) {
            self.show(now, room);
        }
        self.settle_seats(now, id);
    }

    /// The publishing connection that an offer belongs to: the present one, restarted if ICE began
    /// anew, or a new one if the client made a new peer connection.
    fn publisher(
        &mut self,
        now: Instant,
        id: ParticipantId,
        remote: &sdp::Remote,
    ) -> Option<ConnectionId> {
        let present = self.roster.participants.get(&id)?.publisher;
        let present = present.filter(|it| self.connections.get(*it).is_some());
        let same = present.and_then(|it| self.connections.get(it));
        let known = same.map(|it| it.remote_fingerprint.as_str());
        // One that was made for the client as it knocked knows none yet.
        let same = known.is_some_and(|it| it.is_empty() || it == remote.fingerprint);
        let connection = match present.filter(|_| same) {
            Some(present) => {
                let own = self.connections.get_mut(present)?;
                if !own.remote_ufrag.is_empty() && own.remote_ufrag != remote.ice_ufrag {
                    own.peer.restart_ice();
                    self.connections.index_ufrags(present);
                }
                present
            }
            None => {
                present.into_iter().for_each(|old| self.connection_ended(now, old));
                // Without its only connection it had to go.
                self.roster.participants.get(&id)?;
                self.connections.open(now, id, Side::Publisher).ok()?
            }
        };
        let own = self.connections.get_mut(connection)?;
        own.deadline = now;
        own.remote_ufrag.clone_from(&remote.ice_ufrag);
        own.peer.meet(&remote.ice_ufrag, &remote.ice_pwd);
        own.remote_fingerprint.clone_from(&remote.fingerprint);
        self.roster.participants.get_mut(&id)?.publisher = Some(connection);
        Some(connection)
    }

    /// Tells the tap of a track.
    pub(super) fn tap_published(&mut self, now: Instant, track: TrackId) {
        let Some(it) = self.publications.tracks.get(&track) else { return };
        let Some(me) = self.roster.participants.get(&it.owner) else { return };
        let (room, info) = (it.room, &it.info);
        let body = Body::TrackPublished(TrackPublished {
            track: track.0,
            sid: info.sid.clone(),
            identity: me.identity.clone(),
            name: info.name.clone(),
            source: match info.source() {
                lk::TrackSource::Camera => Source::Camera,
                lk::TrackSource::Microphone => Source::Microphone,
                lk::TrackSource::ScreenShare => Source::ScreenShare,
                lk::TrackSource::ScreenShareAudio => Source::ScreenShareAudio,
                lk::TrackSource::Unknown => Source::Unknown,
            },
            media: if it.video() { TapMedia::Video } else { TapMedia::Audio },
            codec: match it.codec {
                CodecKind::Opus => TapCodec::Opus,
                CodecKind::Vp8 => TapCodec::Vp8,
                CodecKind::H264 => TapCodec::H264,
                CodecKind::Vp9 => TapCodec::Vp9,
                CodecKind::Av1 => TapCodec::Av1,
            },
            clock_rate: 1_000 * it.kind.ticks_per_ms(),
            payload_type: it.payload_type,
            layers: u8::try_from(it.layers.len()).unwrap_or(u8::MAX),
        });
        self.tap_event(now, room, body);
    }

    /// Everybody who wants everything hears a new track.
    fn spread(&mut self, now: Instant, owner: ParticipantId, track: TrackId) {
        let Some(room) = self.roster.participants.get(&owner).map(|it| it.room) else { return };
        let listeners = self.roster.members(room).filter(|it| it.id != owner && it.auto_subscribe);
        let listeners: Vec<ParticipantId> = listeners.map(|it| it.id).collect();
        for listener in listeners {
            self.subscribe(listener, track);
            self.offer(now, listener);
        }
    }

    /// Ends a track: listeners are told, its memory is freed.
    pub(super) fn end_track(&mut self, now: Instant, track: TrackId) {
        let Some(published) = self.publications.tracks.get(&track) else { return };
        let (room, owner) = (published.room, published.owner);
        let (connection, ingress) = (published.connection, published.ingress);
        let listeners: Vec<ParticipantId> = self.roster.members(room).map(|it| it.id).collect();
        for listener in listeners {
            self.unsubscribe(now, listener, track);
            self.offer(now, listener);
        }
        self.decide(now, Input::Unpublish { room, track });
        self.publications.tracks.remove(&track);
        self.show(now, room);
        if let Some(own) = self.connections.get_mut(connection) {
            own.peer.remove_track(ingress);
            own.ingress.get_mut(ingress).into_iter().for_each(|place| *place = None);
        }
        self.tap_event(now, room, Body::TrackUnpublished(TrackUnpublished { track: track.0 }));
        self.announce(owner);
    }
}
