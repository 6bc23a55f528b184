//! Tracks: announced, begun, mute, ended.

use std::time::Instant;

use archive::tap::{
    Body, Codec as TapCodec, Media as TapMedia, Source, TrackMuted, TrackPublished,
    TrackUnpublished,
};
use transport::payload::CodecKind;

use crate::Signalling;
use crate::effect::{Effect, Publish};
use crate::ids::{ParticipantId, RoomId, TrackId};
use crate::modes::within;
use crate::tables::publications::{Announced, Published, describe, fits, matches, prefix};
use crate::tell::NOT_CLEARED;
use crate::words::message::{Message, Refusal};
use crate::words::stream::Asks;
use crate::words::track::{Announcement, TrackSource};

impl Signalling {
    /// A participant says which track it will send.
    pub(crate) fn announce_track(&mut self, id: ParticipantId, announcement: &Announcement) {
        let Some(me) = self.roster.get(id) else { return };
        let source = announcement.source.word();
        if !me.grant.may_publish_source(source) {
            let why = match me.granted.may_publish_source(source) {
                true => NOT_CLEARED,
                false => "this token may not send such a track",
            };
            return self.decline(id, Refusal::NotAllowed, why);
        }
        if !fits(announcement) {
            return self.refuse(id, "the announcement of the track is too long");
        }
        if !matches(announcement) {
            return self.refuse(id, "a camera or a screen is video, a microphone is audio");
        }
        let waiting = self.publications.announced.get(&id).map_or(&[][..], Vec::as_slice);
        if let Some(again) =
            waiting.iter().find(|announced| announced.cids.contains(&announcement.cid))
        {
            let (cid, track) = (announcement.cid.clone(), Box::new(again.info.clone()));
            return self.say(id, Message::TrackPublished { cid, track });
        }
        let most = self.rules.limits.tracks_per_participant_max;
        if waiting.len() + self.publications.of(id).count() >= most {
            self.drop_one("tracks_full");
            let why = "too many tracks: end one first";
            return self.decline(id, Refusal::LimitExceeded, why);
        }
        let sid = self.rules.names.sid(prefix(announcement));
        let mut info = describe(announcement, sid.clone());
        let silenced = self.silenced(id, announcement.source);
        info.muted |= silenced;
        let codec =
            announcement.codecs.first().map(|codec| codec.codec.clone()).unwrap_or_default();
        let cid = announcement.cid.clone();
        let of_codecs = announcement.codecs.iter().map(|codec| codec.cid.clone());
        let cids = std::iter::once(cid.clone()).chain(of_codecs).filter(|named| !named.is_empty());
        let announced = Announced { cids: cids.collect(), codec, info: info.clone() };
        self.publications.announced.entry(id).or_default().push(announced);
        self.say(id, Message::TrackPublished { cid, track: Box::new(info) });
        if silenced {
            self.say(id, Message::Mute { sid });
        }
    }

    /// Begins a track that was announced; `publish` says how it comes.
    pub(crate) fn begin_track(
        &mut self,
        now: Instant,
        published: Published,
        publish: impl FnOnce(TrackId) -> Publish,
    ) -> TrackId {
        let track = self.publications.add(published);
        let publish = publish(track);
        self.effect(Effect::Publish(Box::new(publish)));
        self.tap_published(now, track);
        track
    }

    /// Tells the tap of a track.
    pub(crate) fn tap_published(&mut self, now: Instant, track: TrackId) {
        let Some(published) = self.publications.get(track) else { return };
        let Some(owner) = self.roster.get(published.owner) else { return };
        let (room, info, encoded) = (published.room, &published.info, &published.encoded);
        let body = Body::TrackPublished(TrackPublished {
            track: track.0,
            sid: info.sid.clone(),
            identity: owner.profile.identity.clone(),
            name: info.name.clone(),
            source: match info.source {
                TrackSource::Camera => Source::Camera,
                TrackSource::Microphone => Source::Microphone,
                TrackSource::ScreenShare => Source::ScreenShare,
                TrackSource::ScreenShareAudio => Source::ScreenShareAudio,
                TrackSource::Unknown => Source::Unknown,
            },
            media: if published.video() { TapMedia::Video } else { TapMedia::Audio },
            codec: match encoded.codec {
                CodecKind::Opus => TapCodec::Opus,
                CodecKind::Vp8 => TapCodec::Vp8,
                CodecKind::H264 => TapCodec::H264,
                CodecKind::Vp9 => TapCodec::Vp9,
                CodecKind::Av1 => TapCodec::Av1,
            },
            clock_rate: 1_000 * encoded.kind.ticks_per_ms(),
            payload_type: encoded.payload_type,
            layers: encoded.layers,
        });
        self.tap(now, room, body);
    }

    /// Everybody who wants everything hears a new track.
    pub(crate) fn spread(&mut self, owner: ParticipantId, track: TrackId) {
        let Some(room) = self.room_of(owner) else { return };
        let listeners = self
            .members(room)
            .filter(|participant| participant.id != owner && participant.client.auto_subscribe);
        let listeners: Vec<ParticipantId> = listeners.map(|participant| participant.id).collect();
        listeners.into_iter().for_each(|listener| self.subscribe(listener, track));
    }

    /// Ends a track: listeners are told, its memory is freed.
    pub(crate) fn end_track(&mut self, now: Instant, track: TrackId) {
        let Some(published) = self.publications.get(track) else { return };
        let (room, owner) = (published.room, published.owner);
        let listeners: Vec<ParticipantId> =
            self.members(room).map(|participant| participant.id).collect();
        for listener in listeners {
            self.unsubscribe(listener, track);
        }
        self.leave_seats_of(room, track);
        self.effect(Effect::Unpublish(room, track));
        self.publications.tracks.remove(&track);
        self.consequences.marks.watched(room);
        self.tap(now, room, Body::TrackUnpublished(TrackUnpublished { track: track.0 }));
        self.announce(owner);
    }

    /// No screen carries a track any more.
    fn leave_seats_of(&mut self, room: RoomId, track: TrackId) {
        let mut left = vec![];
        for (id, visit) in self.visits.list.iter_mut().filter(|(_, visit)| visit.room == room) {
            for seat in visit.seats.iter_mut().filter(|seat| seat.track == Some(track)) {
                seat.track = None;
                left.push(*id);
            }
        }
        for id in left {
            if let Some(connection) = self.subscriber_of(id) {
                self.effect(Effect::Unsubscribe { room, track, connection, slot: None });
            }
        }
    }

    /// A track is muted or heard again, by its publisher's wish or a server's.
    pub(crate) fn mute(&mut self, now: Instant, id: ParticipantId, sid: &str, muted: bool) {
        let mut source = None;
        let waiting = self.publications.announced.get_mut(&id).into_iter().flatten();
        for announced in waiting.filter(|announced| announced.info.sid == sid) {
            announced.info.muted = muted;
            source = Some(announced.info.source);
        }
        let found = self.publications.find(sid).filter(|(_, published)| published.owner == id);
        let found = found.map(|(track, published)| (track, published.room, published.info.source));
        let source = source.or(found.map(|(_, _, source)| source));
        let Some(source) = source else { return self.drop_one("track_unknown") };
        if !muted {
            self.unmuted(id, source, found.map(|(track, ..)| track));
        }
        let Some((track, room, _)) = found else { return };
        let Some(published) = self.publications.tracks.get_mut(&track) else { return };
        if published.info.muted == muted {
            return;
        }
        published.info.muted = muted;
        self.effect(Effect::Mute(room, track, muted));
        self.tap(now, room, Body::TrackMuted(TrackMuted { track: track.0, muted }));
        self.announce(id);
    }

    /// Whose track it is opens it, which nobody else does: that a server muted it is over.
    fn unmuted(&mut self, id: ParticipantId, source: TrackSource, track: Option<TrackId>) {
        if let Some(participant) = self.roster.get(id)
            && let Some(room) = self.rooms.get_mut(participant.room)
        {
            room.memory.decisions.unmuted(&participant.profile.identity, source);
        }
        let Some(track) = track else { return };
        let Some(published) = self.publications.tracks.get_mut(&track) else { return };
        if !std::mem::take(&mut published.silenced) {
            return;
        }
        let (room, video) = (published.room, published.video());
        self.effect(Effect::Silence(track, false));
        if video {
            self.effect(Effect::Keyframe(room, track));
        }
    }

    /// Tells a participant what servers have muted: its page may have missed it, and shows otherwise.
    pub(crate) fn repeat_mutes(&mut self, id: ParticipantId) {
        let muted = self.all_tracks(id).filter(|info| info.muted && self.silenced(id, info.source));
        let muted: Vec<String> = muted.map(|info| info.sid.clone()).collect();
        for sid in muted {
            self.say(id, Message::Mute { sid });
        }
    }

    /// A picture's only stream turns out to have so many spatial layers.
    pub(crate) fn note_spatial(&mut self, track: TrackId, layers: u8) {
        if let Some(published) = self.publications.tracks.get_mut(&track) {
            published.note_spatial(layers);
        }
    }

    /// The lines of publishers bring so many layers of their pictures, from the smallest up.
    pub(crate) fn note_fed(&mut self, now: Instant, fed: &[(TrackId, u8)]) {
        for (track, layers) in fed {
            let Some(wanted) = self.layers_wanted(*track) else { continue };
            let published = self.publications.tracks.get_mut(track);
            published
                .into_iter()
                .for_each(|published| published.dynacast.feed(now, *layers, wanted));
        }
    }

    /// Counts anew where a wish has changed how many layers of a picture anybody uses (dynacast).
    pub(crate) fn count_layers(&mut self, now: Instant) {
        let open = |published: &&Published| published.layered() && published.dynacast.open();
        let tracks = self.publications.tracks.iter().filter(|(_, published)| open(published));
        let tracks: Vec<TrackId> = tracks.map(|(track, _)| *track).collect();
        for track in tracks {
            let Some(wanted) = self.layers_wanted(track) else { continue };
            let Some(published) = self.publications.tracks.get_mut(&track) else { continue };
            if published.dynacast.count(now, wanted).is_some() {
                self.tell_layers(track);
            }
        }
    }

    /// How many layers of a track, from the lowest up, somebody has a use for. A recording takes
    /// the best there is.
    fn layers_wanted(&self, track: TrackId) -> Option<u8> {
        let published = self.publications.get(track)?;
        // A publisher that pays by the megabyte pays for what it sends as well.
        let sends = within(self.mode_of(published.owner), Asks::ALL, (published, true)).top;
        let layers = sends.map_or(0, |top| top.0.saturating_add(1)).min(published.qualities());
        if self.rooms.get(published.room).is_some_and(|room| room.recorded()) {
            return Some(layers);
        }
        let tops = self.members(published.room).filter_map(|member| {
            let sections = self.listening.get(member.id)?;
            sections.list.get(sections.place(track)?)?.portion.gets.top
        });
        Some(tops.map(|top| top.0.saturating_add(1)).max().unwrap_or(0).min(layers))
    }

    fn tell_layers(&mut self, track: TrackId) {
        let Some(published) = self.publications.get(track) else { return };
        let (owner, layers) = (published.owner, published.dynacast.told());
        let codec = published.encoded.codec.name().to_ascii_lowercase();
        let sid = published.info.sid.clone();
        self.say(owner, Message::LayersUsed { sid, codec, layers });
    }

    /// A page that lost its connection may have missed what it was told.
    pub(crate) fn repeat_layers(&mut self, id: ParticipantId) {
        let own = self.publications.of(id).filter(|(_, published)| published.layered());
        let own: Vec<TrackId> = own.map(|(track, _)| track).collect();
        own.into_iter().for_each(|track| self.tell_layers(track));
    }
}
