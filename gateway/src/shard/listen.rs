//! Listening: who is subscribed to what, and the offers that say so to the client.

use std::collections::HashMap;
use std::time::Instant;

use ::media::{MediaKind, Target};
use livekit_protocol as lk;
use lk::signal_response::Message;
use sfu::{Input, Subscribe, TrackId};
use transport::sdp::{self, Codec, Kind, Media, Setup};

use super::Shard;
use super::join::leave;
use crate::egress::carry::Carry;
use crate::egress::kept::Kept;
use crate::egress::stream::Stream;
use crate::ids::ParticipantId;
use crate::room::publications::in_stereo;
use crate::room::sections::{Agreed, Patience, SECTIONS_MAX, Section, Sections};

/// The data channels' section, the first of every offer.
const DATA_MID: &str = "0";

impl Shard {
    /// A newcomer hears everything that is there, if it asked for that.
    pub(super) fn subscribe_to_all(&mut self, id: ParticipantId) {
        let Some(me) = self.roster.participants.get(&id) else { return };
        if !me.auto_subscribe {
            return;
        }
        let tracks = self.publications.in_room(me.room).filter(|(_, it)| it.owner != id);
        let tracks: Vec<TrackId> = tracks.map(|(track, _)| track).collect();
        tracks.into_iter().for_each(|track| self.subscribe(id, track));
    }

    /// Gives a track a section in a listener's next offer.
    pub(super) fn subscribe(&mut self, id: ParticipantId, track: TrackId) {
        let Some(me) = self.roster.participants.get(&id) else { return };
        let Some(published) = self.publications.tracks.get(&track) else { return };
        if !me.grant.may_subscribe() || published.owner == id || published.room != me.room {
            return;
        }
        if !self.admitted(id, track) {
            return self.refuse_subscription(id, track);
        }
        let Some(sections) = self.sections.get_mut(&id) else { return };
        if sections.place(track).is_some() {
            return;
        }
        if sections.carry(track, published.codec, me.reuses_sections).is_none() {
            self.metrics.drop_one("sections_full");
            self.tell_failed(id, track, lk::SubscriptionError::SeUnknown);
        }
        self.publications.stir(track);
    }

    /// Tells a listener that a track does not come to it.
    fn tell_failed(&mut self, id: ParticipantId, track: TrackId, why: lk::SubscriptionError) {
        let Some(published) = self.publications.tracks.get(&track) else { return };
        let (track_sid, err) = (published.info.sid.clone(), why.into());
        let failed = lk::SubscriptionResponse { track_sid, err };
        self.say(id, Message::SubscriptionResponse(failed));
    }

    /// Ends the subscription of a client that does not take the track's codec.
    pub(super) fn section_refused(&mut self, now: Instant, id: ParticipantId, track: TrackId) {
        self.metrics.drop_one("section_refused");
        self.tell_failed(id, track, lk::SubscriptionError::SeCodecUnsupported);
        self.unsubscribe(now, id, track);
    }

    /// Ends a subscription.
    pub(super) fn unsubscribe(&mut self, now: Instant, id: ParticipantId, track: TrackId) {
        let Some(me) = self.roster.participants.get(&id) else { return };
        let (room, subscriber) = (me.room, me.subscriber);
        let Some(sections) = self.sections.get_mut(&id) else { return };
        sections.refused.remove(&track);
        let Some(place) = sections.place(track) else { return };
        sections.release(track);
        self.publications.stir(track);
        let Some(subscriber) = subscriber else { return };
        let stream = self.connections.get_mut(subscriber).and_then(|it| it.streams.get_mut(place));
        stream.into_iter().for_each(|stream| *stream = None);
        self.decide(now, Input::Unsubscribe { room, track, listener: subscriber.listener() });
    }

    /// Makes an offer if something has changed and none is out, after the news of those whose tracks it names.
    pub(super) fn offer(&mut self, now: Instant, id: ParticipantId) {
        if !self.awaits_news(now, id) {
            self.offer_at_once(now, id);
        }
    }

    /// The same to somebody who knows everybody.
    pub(super) fn offer_at_once(&mut self, now: Instant, id: ParticipantId) {
        if self.has_one_line(id) {
            return self.ask_sections(now, id);
        }
        let Some(sections) = self.sections.get_mut(&id) else { return };
        let Some(number) = sections.begin_offer(now) else { return };
        let Some(sections) = self.sections.get(&id) else { return };
        let Some(me) = self.roster.participants.get(&id) else { return };
        let mid_to_track_id = self.carried_by(sections);
        let mut media = vec![Media::Data { mid: DATA_MID.to_owned() }];
        let by_section = me.finds_by_section;
        media.extend(sections.list.iter().map(|it| self.sending(it, by_section)));
        let Some(sdp) = self.describe(id, &media) else { return };
        let r#type = "offer".to_owned();
        let offer = lk::SessionDescription { r#type, sdp, id: number, mid_to_track_id };
        self.say(id, Message::Offer(offer));
        self.expect(now, id);
    }

    /// While the answer is on its way and the path is made, publishers make a keyframe.
    pub(super) fn expect(&mut self, now: Instant, id: ParticipantId) {
        let Some(room) = self.roster.participants.get(&id).map(|it| it.room) else { return };
        let Some(sections) = self.sections.get(&id) else { return };
        let soon = [Agreed::Offered, Agreed::Accepted];
        let comes = |it: &&Section| soon.contains(&it.agreed) && it.top.is_some();
        let video = sections.list.iter().filter(comes).filter(|it| it.kind == MediaKind::Video);
        let tracks: Vec<TrackId> = video.map(|it| it.track).collect();
        tracks.into_iter().for_each(|track| self.decide(now, Input::Expect { room, track }));
    }

    /// Which track each section carries, by the names that the client knows.
    pub(super) fn carried_by(&self, sections: &Sections) -> HashMap<String, String> {
        let carried = |it: &&Section| it.agreed != Agreed::Idle && !it.mid.is_empty();
        let named = sections.list.iter().filter(carried).filter_map(|section| {
            let published = self.publications.tracks.get(&section.track)?;
            Some((section.mid.clone(), published.info.sid.clone()))
        });
        named.collect()
    }

    pub(super) fn sending(&self, section: &Section, by_section: bool) -> Media {
        let published = self.publications.tracks.get(&section.track);
        let published = published.filter(|_| section.agreed != Agreed::Idle);
        let owner = published.and_then(|it| self.roster.participants.get(&it.owner));
        let (stream, track) = match (published, owner) {
            // Stock clients take the track's id from the stream where the browser has an old one.
            (Some(it), Some(owner)) if section.reused && !by_section => {
                (format!("{}|{}", owner.sid, it.info.sid), it.info.sid.clone())
            }
            // What shares a stream name is played in step: a participant's voice and camera.
            (Some(it), Some(owner)) => {
                (format!("{}|{}", owner.sid, it.info.stream), it.info.sid.clone())
            }
            _ => (String::new(), String::new()),
        };
        let plain = published.is_none_or(|it| it.info.disable_red);
        let offered = || Codec::offered(section.codec).without_red(plain);
        let stereo = published.is_some_and(|it| in_stereo(&it.info));
        let codec = section.said.clone().unwrap_or_else(offered).sent_in_stereo(stereo);
        let kind = if section.kind == MediaKind::Video { Kind::Video } else { Kind::Audio };
        Media::Send {
            mid: section.mid.clone(),
            kind,
            extensions: Codec::offered_extensions(codec.kind),
            codec,
            ssrc: section.ssrc,
            rtx_ssrc: section.repair_ssrc,
            active: !track.is_empty(),
            stream,
            track,
        }
    }

    fn describe(&mut self, id: ParticipantId, media: &[Media]) -> Option<String> {
        let me = self.roster.participants.get(&id)?;
        let subscriber = me.subscriber?;
        // Pion becomes the DTLS client only if the offer leaves it no choice, though it says otherwise.
        let setup = if me.answers_passive { Setup::Passive } else { Setup::ActPass };
        let candidates = self.candidates_for(id);
        self.connections.describe(subscriber, &candidates, setup, media)
    }

    /// The client's answer to our offer.
    pub(super) fn answered(
        &mut self,
        now: Instant,
        id: ParticipantId,
        answer: &lk::SessionDescription,
    ) {
        let Some(subscriber) = self.roster.participants.get(&id).and_then(|it| it.subscriber)
        else {
            return;
        };
        let says_passive = self.roster.participants.get(&id).is_some_and(|it| it.answers_passive);
        let remote = match sdp::parse(&answer.sdp) {
            Ok(remote) if remote.fits() || (says_passive && !remote.ice_lite) => remote,
            Ok(_) => {
                return self.refuse(id, "the answer must be from a full ICE agent, DTLS client");
            }
            Err(why) => return self.refuse(id, &why.to_string()),
        };
        let Some(sections) = self.sections.get_mut(&id) else { return };
        if !sections.answered(answer.id) {
            return self.metrics.drop_one("answer_unasked");
        }
        let mut refused = vec![];
        for section in sections.list.iter_mut().filter(|it| it.agreed == Agreed::Accepted) {
            let said = remote.sections.iter().find(|it| it.mid == section.mid);
            section.written = said.map(sdp::Section::written).unwrap_or_default();
            let mut codecs = said.into_iter().flat_map(|it| &it.codecs);
            let codec = codecs.find(|it| it.kind == section.codec);
            section.red = codec.and_then(|it| it.red);
            section.rtx = codec.and_then(|it| it.rtx);
            if said.is_none_or(|it| it.rejected || !it.receives) {
                refused.push(section.track);
            }
        }
        let mut outputs = vec![];
        if let Some(connection) = self.connections.get_mut(subscriber) {
            connection.peer.meet(&remote.ice_ufrag, &remote.ice_pwd);
            connection.remote_ufrag = remote.ice_ufrag;
            connection.peer.expect(&remote.fingerprint, &mut outputs);
            connection.deadline = now;
        }
        self.outputs(now, subscriber, outputs);
        for track in refused {
            self.section_refused(now, id, track);
        }
        self.flow(now, id);
        self.offer(now, id);
    }

    /// An offer that nobody answers would keep everything after it waiting.
    pub(super) fn repeat_offers(&mut self, now: Instant) {
        let late = self.sections.iter_mut().map(|(id, it)| (*id, it.unanswered(now)));
        let late: Vec<_> = late.filter(|(_, patience)| *patience != Patience::Wait).collect();
        for (id, patience) in late {
            self.metrics.drop_one("offer_unanswered");
            if patience == Patience::GiveUp {
                let reason = lk::DisconnectReason::StateMismatch;
                self.say(id, leave(reason, lk::leave_request::Action::Reconnect));
                self.remove(now, id, reason);
                continue;
            }
            if let Some(sections) = self.sections.get_mut(&id) {
                sections.forget_offer();
            }
            self.offer(now, id);
        }
    }

    /// Lets media flow in the sections that the client has accepted, once its path stands. Not
    /// before: the first keyframe would be wasted.
    pub(super) fn flow(&mut self, now: Instant, id: ParticipantId) {
        let Some(me) = self.roster.participants.get(&id) else { return };
        let (room, Some(subscriber)) = (me.room, me.subscriber) else { return };
        let connection = self.connections.get_mut(subscriber).filter(|it| it.connected());
        let (Some(connection), Some(sections)) = (connection, self.sections.get_mut(&id)) else {
            return;
        };
        let listener = subscriber.listener();
        let mut begun = vec![];
        for (slot, section) in (0u16..).zip(&mut sections.list) {
            if section.agreed != Agreed::Accepted {
                continue;
            }
            section.agreed = Agreed::Flowing;
            let codec = section.said.clone().unwrap_or_else(|| Codec::offered(section.codec));
            // The client's answer to our offer says whether it takes what we offered.
            let rtx = if section.said.is_some() { codec.rtx } else { section.rtx };
            let repair = rtx.map(|payload_type| (section.repair_ssrc, payload_type));
            let stream = Stream {
                track: section.track,
                ssrc: section.ssrc,
                payload_type: codec.pt,
                red: section.red,
                written: section.written,
                repair,
                repair_index: 1,
                kept: repair.is_none().then(|| Kept::new(section.kind)),
                packets: 0,
                octets: 0,
                carry: Carry::NEW,
            };
            let place = usize::from(slot);
            if connection.streams.len() <= place {
                connection.streams.resize(place + 1, None);
            }
            if let Some(free) = connection.streams.get_mut(place) {
                *free = Some(stream);
            }
            let (track, top) = (section.track, section.top);
            let (want, allow) = (top.map(Target::up_to), Some(Target::ALL));
            begun.push(Subscribe { room, track, listener, slot, want, allow });
        }
        for subscribe in begun {
            self.tell_taken(subscribe.track);
            self.decide(now, Input::Subscribe(subscribe));
        }
    }

    /// The publisher hears once that somebody takes its track.
    fn tell_taken(&mut self, track: TrackId) {
        let Some(published) = self.publications.tracks.get_mut(&track) else { return };
        if !std::mem::replace(&mut published.taken, true) {
            let (owner, track_sid) = (published.owner, published.info.sid.clone());
            self.say(owner, Message::TrackSubscribed(lk::TrackSubscribed { track_sid }));
        }
    }

    /// What the listener has a use for: size of the view, or nothing while it is hidden.
    pub(super) fn settings(
        &mut self,
        now: Instant,
        id: ParticipantId,
        settings: &lk::UpdateTrackSettings,
    ) {
        let Some(me) = self.roster.participants.get(&id) else { return };
        let (room, Some(subscriber)) = (me.room, me.subscriber) else { return };
        for sid in settings.track_sids.iter().take(SECTIONS_MAX) {
            let Some((track, published)) = self.publications.find(sid) else {
                self.metrics.drop_one("track_unknown");
                continue;
            };
            let top = published.layer_for(settings);
            let Some(section) = self.sections.get_mut(&id).and_then(|it| it.carrying(track)) else {
                continue;
            };
            section.top = top;
            self.publications.stir(track);
            let listener = subscriber.listener();
            let top = top.map(Target::up_to);
            self.decide(now, Input::Want { room, track, listener, top });
        }
    }

    /// Subscribes or unsubscribes by name.
    pub(super) fn subscription(
        &mut self,
        now: Instant,
        id: ParticipantId,
        wish: &lk::UpdateSubscription,
    ) {
        let by_people = wish.participant_tracks.iter().flat_map(|it| &it.track_sids);
        for sid in wish.track_sids.iter().chain(by_people).take(SECTIONS_MAX) {
            let Some(track) = self.publications.find(sid).map(|(track, _)| track) else {
                self.metrics.drop_one("track_unknown");
                continue;
            };
            match wish.subscribe {
                true => self.subscribe(id, track),
                false => self.unsubscribe(now, id, track),
            }
        }
        self.offer(now, id);
    }
}
