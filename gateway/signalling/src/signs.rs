//! What people see of each other beside picture and sound: who is there, who speaks, and whose line is bad.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use archive::tap::Recording;

use crate::Signalling;
use crate::effect::{Effect, Event};
use crate::ids::{ConnectionId, ParticipantId, RoomId, SignalId, TrackId};
use crate::input::ArrivalCount;
use crate::tables::quality::Qualities;
use crate::tables::rooms::Room;
use crate::tables::roster::Participant;
use crate::tables::speakers::{Change, Speakers};
use crate::tables::stills::Stills;
use crate::tables::weak::Weak;
use crate::words::message::{LineQuality, Message, Quality, Speaker};
use crate::words::participant::State;

/// What was told of everybody.
#[derive(Debug, Default)]
pub(crate) struct Signs {
    speakers: Speakers,
    pub(crate) lines: Qualities,
    /// Whose line is weak.
    pub(crate) weak: Weak,
    /// Still pictures that are under way.
    pub(crate) stills: Stills,
}

impl Signalling {
    /// The media path of a participant stands.
    pub(crate) fn active(&mut self, now: Instant, id: ParticipantId) {
        let now_ms = self.rules.clock.wall_ms(now);
        let Some(participant) = self.roster.get_mut(id) else { return };
        if participant.stay.state == State::Active {
            return;
        }
        participant.stay.state = State::Active;
        let took_ms = now_ms.saturating_sub(participant.stay.joined_ms);
        self.note(Event::Active { participant: id, took_ms });
        self.announce(id);
        self.present_signs(id);
    }

    /// Somebody has come in and sees how things are.
    fn present_signs(&mut self, id: ParticipantId) {
        let Some(room) = self.room_of(id) else { return };
        let people = || self.members(room).filter(|participant| !self.hides(participant));
        let speakers = people()
            .filter_map(|participant| self.speaker(self.signs.speakers.told(participant.id)?));
        let speakers: Vec<Speaker> = speakers.collect();
        let lines = people().filter_map(|participant| {
            Some(line(participant, self.signs.lines.told(participant.id)?))
        });
        let lines: Vec<LineQuality> = lines.collect();
        if !speakers.is_empty() {
            self.say(id, Message::Speakers(speakers));
        }
        if !lines.is_empty() {
            self.say(id, Message::Quality(lines));
        }
    }

    /// A listener says how a stream arrives.
    pub(crate) fn reported(&mut self, id: ConnectionId, lost_256: u8, round_trip_ms: Option<u32>) {
        let Some(owner) = self.connections.get(id).map(|connection| connection.owner) else {
            return;
        };
        let tells_packets = self.signs.weak.get(owner).is_some_and(|weak| weak.down.tells_packets);
        let line = self.signs.lines.of(owner);
        round_trip_ms.into_iter().for_each(|ms| line.round_trip(ms));
        // What a publisher's line loses is missing in the reports of all its listeners.
        if !tells_packets {
            line.loses(lost_256);
        }
    }

    /// A window of what publishers' lines lose has ended.
    pub(crate) fn tell_quality(&mut self, now: Instant, arrivals: &[ArrivalCount]) {
        let mut came: BTreeMap<ParticipantId, (u64, u64)> = BTreeMap::new();
        for arrival in arrivals {
            if let Some(published) = self.publications.get(arrival.track) {
                let owner = published.owner;
                self.signs.lines.of(owner).sends(arrival.expected, arrival.missing);
                let sum = came.entry(owner).or_default();
                *sum = (sum.0 + arrival.expected, sum.1 + arrival.missing);
            }
        }
        if self.signs.weak.judges(now) {
            let lost = |who: &ParticipantId| {
                self.roster.get(*who).is_some_and(|participant| participant.signal.pulse.lost)
            };
            for (who, arrived) in came.into_iter().filter(|(who, _)| !lost(who)) {
                self.signs.weak.of(who).up.arrive(now, arrived);
            }
        }
        let people =
            self.roster.iter().filter(|participant| participant.stay.state == State::Active);
        let people = people.map(|participant| (participant.id, participant.signal.pulse.lost));
        let changes = self.signs.lines.changes(people);
        self.tell_lines(changes);
    }

    /// Tells the rooms how the lines of these people are now.
    fn tell_lines(&mut self, changes: Vec<(ParticipantId, Quality)>) {
        let mut by_room: BTreeMap<RoomId, Vec<LineQuality>> = BTreeMap::new();
        for (who, quality) in changes {
            let participant = self.roster.get(who).filter(|participant| !self.hides(participant));
            let Some(participant) = participant else { continue };
            by_room.entry(participant.room).or_default().push(line(participant, quality));
        }
        for (room, lines) in by_room {
            self.say_all(room, &Message::Quality(lines));
        }
    }

    /// A window of who is loud has ended.
    pub(crate) fn tell_speakers(&mut self, levels: &[(TrackId, f32)]) {
        let voices = levels.iter().filter_map(|(track, level)| {
            let published = self.publications.get(*track)?;
            Some((published.owner, if published.info.muted { 0.0 } else { *level }))
        });
        let voices: Vec<(ParticipantId, f32)> = voices.collect();
        self.pass_floor(&voices);
        let changes = self.signs.speakers.changes(voices.into_iter());
        let mut by_room: BTreeMap<RoomId, Vec<Speaker>> = BTreeMap::new();
        for change in changes {
            let participant =
                self.roster.get(change.who).filter(|participant| !self.hides(participant));
            let (Some(participant), Some(speaker)) = (participant, self.speaker(change)) else {
                continue;
            };
            by_room.entry(participant.room).or_default().push(speaker);
        }
        for (room, speakers) in by_room {
            self.say_all(room, &Message::Speakers(speakers));
        }
    }

    /// A speaker may get the floor of its room, unless it is hidden: nobody could look at it.
    fn pass_floor(&mut self, voices: &[(ParticipantId, f32)]) {
        let mut by_room: BTreeMap<RoomId, Vec<(ParticipantId, f32)>> = BTreeMap::new();
        for (who, level) in voices.iter().filter(|(_, level)| *level > 0.0) {
            let seen = self.roster.get(*who).filter(|participant| !self.hides(participant));
            if let Some(room) = seen.map(|participant| participant.room) {
                by_room.entry(room).or_default().push((*who, *level));
            }
        }
        for room in self.rooms.iter_mut() {
            let mut speaking = by_room.remove(&room.id).unwrap_or_default();
            speaking.sort_by(|a, b| b.1.total_cmp(&a.1));
            let speaking: Vec<ParticipantId> = speaking.into_iter().map(|(who, _)| who).collect();
            room.floor.hear(&speaking);
        }
    }

    fn speaker(&self, change: Change) -> Option<Speaker> {
        let sid = self.roster.get(change.who)?.sid.clone();
        Some(Speaker { sid, level: change.level })
    }

    /// A client has said something, or answered that it is there.
    pub(crate) fn alive(&mut self, now: Instant, signal: SignalId) {
        let id = self.roster.speaking(signal);
        if let Some(participant) = id.and_then(|id| self.roster.get_mut(id)) {
            participant.signal.pulse.says(now);
        }
    }

    /// Looks for those who have fallen silent, and for those who are back.
    pub(crate) fn heard(&mut self, now: Instant, heard: &[(ConnectionId, Instant)]) {
        for (connection, at) in heard {
            let owner = self.connections.get(*connection).map(|connection| connection.owner);
            if let Some(participant) = owner.and_then(|owner| self.roster.get_mut(owner)) {
                participant.signal.pulse.sends(*at);
            }
        }
        let flowing = self.publications.tracks.values().filter(|track| track.flows());
        let sending: BTreeSet<ParticipantId> = flowing.map(|track| track.owner).collect();
        let (mut asked, mut turned) = (vec![], vec![]);
        for participant in
            self.roster.iter_mut().filter(|participant| participant.stay.state == State::Active)
        {
            let id = participant.id;
            let device = self.visits.has(id);
            let felt = participant.signal.pulse.feel(now, device, sending.contains(&id));
            asked.extend(participant.signal.id.filter(|_| felt.ask));
            turned.extend(felt.turned.map(|lost| (id, lost)));
        }
        for signal in asked {
            self.effect(Effect::Probe(signal));
        }
        let lines = &mut self.signs.lines;
        let changes = turned.into_iter().map(|(who, lost)| (who, lines.turn(who, lost)));
        let changes = changes.collect();
        self.tell_lines(changes);
        self.end_closed(now);
    }

    /// People must see whether they are recorded: only while a recorder listens and takes their
    /// room.
    pub(crate) fn watch_recorder(&mut self, listens: bool, says: Option<Recording>) {
        self.recorder.hear(listens, says);
        let recorded = self.rooms.which(Room::recorded);
        for room in self.recorder.changes(&recorded) {
            self.tell_room(room);
        }
    }

    /// Looks where the wall clock is: a machine without a battery starts in 1970 and is set right
    /// later. What was said of people and rooms moves with it; what is recorded keeps its times, and
    /// the recorder is told how far they are off.
    pub(crate) fn set_wall(&mut self, now: Instant, unix_us: u64) {
        let Some(moved_ms) = self.rules.clock.set(now, unix_us) else { return };
        self.note(Event::ClockSet(moved_ms));
        for participant in self.roster.iter_mut() {
            let joined_ms = &mut participant.stay.joined_ms;
            *joined_ms = joined_ms.saturating_add_signed(moved_ms);
        }
        for room in self.rooms.iter_mut() {
            room.created_ms = room.created_ms.saturating_add_signed(moved_ms);
        }
        for room in self.rooms.which(|_| true) {
            self.tap_clock(now, room);
        }
    }
}

fn line(of: &Participant, quality: Quality) -> LineQuality {
    LineQuality { sid: of.sid.clone(), quality }
}
