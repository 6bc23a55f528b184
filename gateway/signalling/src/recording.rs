//! What the recorder is told of a room: that its recording begins or ends, and who is in it.

use std::time::Instant;

use archive::tap::{Body, ClockSet, ParticipantJoined, RoomClosed, RoomOpened};
use session::Own;

use crate::Signalling;
use crate::effect::Effect;
use crate::ids::{ParticipantId, RoomId, TrackId};

impl Signalling {
    /// Somebody joins whose token asks for a recording of a room that was opened without one.
    pub(crate) fn record_from_now(&mut self, now: Instant, id: RoomId, own: Own) {
        let Some(room) = self.rooms.get_mut(id) else { return };
        if room.own.record == Some(true) || own.record != Some(true) {
            return;
        }
        room.own = own;
        if room.recorded() {
            self.record_those_inside(now, id);
        }
        self.tell_room(id);
    }

    /// The recording begins of a room in which people are already.
    pub(crate) fn record_those_inside(&mut self, now: Instant, id: RoomId) {
        self.begin_recording(now, id);
        let members: Vec<ParticipantId> = self.members(id).map(|member| member.id).collect();
        members.into_iter().for_each(|member| self.tap_joined(now, member));
        let tracks: Vec<TrackId> = self.publications.in_room(id).map(|(track, _)| track).collect();
        for track in tracks {
            self.publications.stir(track);
            self.tap_published(now, track);
            let published = self.publications.get(track);
            if published.is_some_and(|published| published.video() && !published.info.muted) {
                // The recording shows nothing of a picture before its next keyframe.
                self.effect(Effect::Keyframe(id, track));
            }
        }
    }

    /// The recording of a room ends, which goes on: nothing that is said in it from here on goes to the recorder.
    pub(crate) fn end_recording(&mut self, now: Instant, id: RoomId, why: &str) {
        self.tap(now, id, Body::RoomClosed(RoomClosed { reason: why.to_owned() }));
        self.effect(Effect::StopRecording(id));
        let tracks: Vec<TrackId> = self.publications.in_room(id).map(|(track, _)| track).collect();
        tracks.into_iter().for_each(|track| self.publications.stir(track));
    }

    /// Tells the recorder of a room that is to be recorded.
    pub(crate) fn begin_recording(&mut self, now: Instant, id: RoomId) {
        let Some(room) = self.rooms.get(id).filter(|room| room.recorded()) else { return };
        let own = &room.own;
        let body = Body::RoomOpened(RoomOpened {
            run: String::new(),
            name: room.name.clone(),
            session: own.session.clone().unwrap_or_default(),
            kind: own.kind.map(|kind| kind.to_string()).unwrap_or_default(),
            title: own.title.clone().unwrap_or_default(),
            record: true,
        });
        self.effect(Effect::Record(id));
        self.tap(now, id, body);
        if self.rules.clock.ahead_us() != 0 {
            self.tap_clock(now, id);
        }
        self.tap_slides(now, id);
        self.recorder.begin(id);
    }

    /// Tells the recorder of a room how far its times are off.
    pub(crate) fn tap_clock(&mut self, now: Instant, room: RoomId) {
        let ahead_us = self.rules.clock.ahead_us();
        self.tap(now, room, Body::ClockSet(ClockSet { ahead_us }));
    }

    /// Tells the tap of somebody who came in.
    pub(crate) fn tap_joined(&mut self, now: Instant, id: ParticipantId) {
        let Some(participant) = self.roster.get(id) else { return };
        let (room, profile) = (participant.room, &participant.profile);
        let body = Body::ParticipantJoined(ParticipantJoined {
            identity: profile.identity.clone(),
            name: profile.name.clone(),
            role: profile.role.clone(),
            site: profile.site.clone(),
            at_ms: participant.stay.joined_ms,
        });
        self.tap(now, room, body);
    }
}
