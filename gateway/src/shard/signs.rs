//! What people see of each other beside picture and sound: who speaks.

use std::collections::BTreeMap;
use std::time::Instant;

use livekit_protocol as lk;
use lk::signal_response::Message;
use sfu::RoomId;

use super::Shard;
use crate::ids::ParticipantId;
use crate::room::speakers::Change;

impl Shard {
    /// Looks at everything whose window has ended.
    pub(super) fn signs(&mut self, now: Instant) {
        if self.speakers.due(now) {
            self.tell_speakers();
        }
    }

    /// Somebody has come in and sees how things are.
    pub(super) fn present_signs(&mut self, id: ParticipantId) {
        let Some(room) = self.roster.participants.get(&id).map(|it| it.room) else { return };
        let people = self.roster.members(room).filter(|it| !it.grant.hidden);
        let told = people.filter_map(|it| self.speakers.told(it.id));
        let speakers: Vec<lk::SpeakerInfo> = told.filter_map(|it| self.speaker(it)).collect();
        if !speakers.is_empty() {
            self.say(id, Message::SpeakersChanged(lk::SpeakersChanged { speakers }));
        }
    }

    fn tell_speakers(&mut self) {
        let sound = self.publications.tracks.values_mut().filter(|it| !it.video());
        let voices = sound.map(|it| (it.owner, it.voice.end_window(it.info.muted)));
        let changes = self.speakers.changes(voices);
        let mut by_room: BTreeMap<RoomId, Vec<lk::SpeakerInfo>> = BTreeMap::new();
        for change in changes {
            let it = self.roster.participants.get(&change.who).filter(|it| !it.grant.hidden);
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
