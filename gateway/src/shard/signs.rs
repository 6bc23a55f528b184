//! What people see of each other beside picture and sound: who speaks, and whose line is bad.

use std::collections::BTreeMap;
use std::time::Instant;

use livekit_protocol as lk;
use lk::participant_info::State;
use lk::signal_response::Message;
use sfu::{Feedback, Input, RoomId};

use super::Shard;
use crate::ids::{ConnectionId, ParticipantId};
use crate::room::pulse::LOOK;
use crate::room::quality::{Arrived, score};
use crate::room::roster::Participant;
use crate::room::speakers::Change;

impl Shard {
    /// Looks at everything whose window has ended.
    pub(super) fn signs(&mut self, now: Instant) {
        if self.speakers.due(now) {
            self.tell_speakers();
        }
        if self.lines.due(now) {
            self.tell_quality();
        }
        if now >= self.next_pulses {
            self.next_pulses = now + LOOK;
            self.feel_pulses(now);
            self.end_closed(now);
        }
    }

    /// Somebody has come in and sees how things are.
    pub(super) fn present_signs(&mut self, id: ParticipantId) {
        let Some(room) = self.roster.participants.get(&id).map(|it| it.room) else { return };
        let people = self.roster.members(room).filter(|it| !self.hides(it));
        let told = people.filter_map(|it| self.speakers.told(it.id));
        let speakers: Vec<lk::SpeakerInfo> = told.filter_map(|it| self.speaker(it)).collect();
        if !speakers.is_empty() {
            self.say(id, Message::SpeakersChanged(lk::SpeakersChanged { speakers }));
        }
        let people = self.roster.members(room).filter(|it| !self.hides(it));
        let updates: Vec<lk::ConnectionQualityInfo> =
            people.filter_map(|it| Some(quality_info(it, self.lines.told(it.id)?))).collect();
        if !updates.is_empty() {
            self.say(id, Message::ConnectionQuality(lk::ConnectionQualityUpdate { updates }));
        }
    }

    /// A listener says how a stream arrives.
    pub(super) fn arrives(
        &mut self,
        now: Instant,
        id: ConnectionId,
        (ssrc, lost, way_ms): (u32, u8, Option<u32>),
    ) {
        let now_ms = self.connections.now;
        let Some(connection) = self.connections.get_mut(id) else { return };
        if connection.stream(ssrc).is_none() {
            return;
        }
        connection.losing.report(now_ms, lost);
        self.lines.of(connection.owner).report(lost, way_ms);
        if let Some((room, track)) = self.heard_as(id, ssrc) {
            let (listener, round_trip_ms) = (id.listener(), way_ms);
            let feedback = Feedback::Report { track, lost_256: lost, round_trip_ms };
            self.decide(now, Input::Feedback { room, listener, feedback });
        }
    }

    fn tell_quality(&mut self) {
        for it in self.publications.tracks.values_mut() {
            let Some(connection) = self.connections.get(it.connection) else { continue };
            let mut tracks = connection.peer.tracks();
            let Some((_, track)) = tracks.find(|(number, _)| *number == it.ingress) else {
                continue;
            };
            let mut arrived = Arrived::default();
            for layer in &track.layers {
                let (expected, received) = layer.counted();
                arrived.expected += expected;
                arrived.received += received;
                arrived.repaired += layer.recovered;
            }
            let (sent, missing) = arrived.since(&it.arrived);
            it.arrived = arrived;
            self.lines.of(it.owner).sends(sent, missing);
        }
        let people = self.roster.participants.values().filter(|it| it.state == State::Active);
        let changes = self.lines.changes(people.map(|it| (it.id, it.pulse.lost)));
        self.tell_lines(changes);
    }

    /// Tells the rooms how the lines of these people are now.
    pub(super) fn tell_lines(&mut self, changes: Vec<(ParticipantId, lk::ConnectionQuality)>) {
        let mut by_room: BTreeMap<RoomId, Vec<lk::ConnectionQualityInfo>> = BTreeMap::new();
        for (who, quality) in changes {
            let it = self.roster.participants.get(&who).filter(|it| !self.hides(it));
            let Some(it) = it else { continue };
            by_room.entry(it.room).or_default().push(quality_info(it, quality));
        }
        for (room, updates) in by_room {
            let update = lk::ConnectionQualityUpdate { updates };
            self.tell_all(room, &Message::ConnectionQuality(update));
        }
    }

    fn tell_speakers(&mut self) {
        let sound = self.publications.tracks.values_mut().filter(|it| !it.video());
        let voices = sound.map(|it| (it.owner, it.voice.end_window(it.info.muted)));
        let changes = self.speakers.changes(voices);
        let mut by_room: BTreeMap<RoomId, Vec<lk::SpeakerInfo>> = BTreeMap::new();
        for change in changes {
            let it = self.roster.participants.get(&change.who).filter(|it| !self.hides(it));
            let (Some(it), Some(info)) = (it, self.speaker(change)) else { continue };
            by_room.entry(it.room).or_default().push(info);
        }
        for (room, speakers) in by_room {
            self.tell_all(room, &Message::SpeakersChanged(lk::SpeakersChanged { speakers }));
        }
    }

    fn speaker(&self, change: Change) -> Option<lk::SpeakerInfo> {
        let sid = self.roster.participants.get(&change.who)?.sid.clone();
        Some(lk::SpeakerInfo { sid, level: change.level, active: change.level > 0.0 })
    }

    /// Says something to everybody in a room.
    pub(super) fn tell_all(&mut self, room: RoomId, message: &Message) {
        let members: Vec<ParticipantId> = self.roster.members(room).map(|it| it.id).collect();
        members.into_iter().for_each(|member| self.say(member, message.clone()));
    }
}

fn quality_info(of: &Participant, quality: lk::ConnectionQuality) -> lk::ConnectionQualityInfo {
    let (participant_sid, score) = (of.sid.clone(), score(quality));
    lk::ConnectionQualityInfo { participant_sid, quality: quality.into(), score }
}
