//! Participants, by key and by signalling connection.

use std::collections::BTreeMap;
use std::time::Instant;

use session::{AccessToken, VideoGrant};

use super::audience::Audience;
use super::pulse::Pulse;
use super::rooms::Rooms;
use crate::ids::{ConnectionId, Numbering, ParticipantId, RoomId, SignalId};
use crate::pace::Pace;
use crate::words::participant::{Abilities, ParticipantInfo, ParticipantKind, Permission, State};
use crate::words::track::TrackInfo;

/// The most that one participant's own description, or a room's, may take, in bytes.
pub(crate) const DESCRIPTION_MAX: usize = 64 * 1024;

/// Who a participant is, as the others are told.
#[derive(Debug, Default)]
pub(crate) struct Profile {
    pub(crate) identity: String,
    pub(crate) name: String,
    pub(crate) metadata: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) role: String,
    pub(crate) site: String,
    pub(crate) abilities: Abilities,
    /// Whether it is a person's page or a device.
    pub(crate) kind: ParticipantKind,
    /// Younger than eighteen; not among what others are told.
    pub(crate) minor: bool,
    /// When its latest token was made, seconds since 1970.
    pub(crate) token_made_s: u64,
}

impl Profile {
    /// As a token says it.
    pub(crate) fn of(token: &AccessToken) -> Self {
        let own = token.own.clone().unwrap_or_default();
        Self {
            identity: token.identity.clone(),
            name: token.name.clone(),
            metadata: token.metadata.clone(),
            attributes: token.attributes.clone(),
            role: own.role.map(|role| role.to_string()).unwrap_or_default(),
            site: own.site.unwrap_or_default(),
            minor: own.minor == Some(true),
            token_made_s: token.made_s(),
            ..Self::default()
        }
    }

    /// Changes the description: empty texts stay as they were, an attribute without a value goes. `false`, and nothing
    /// changes, if that would be too long.
    pub(crate) fn describe(
        &mut self,
        name: &str,
        metadata: &str,
        attributes: &BTreeMap<String, String>,
    ) -> bool {
        let size = |map: &BTreeMap<String, String>| -> usize {
            map.iter().map(|(key, value)| key.len() + value.len()).sum()
        };
        let texts = metadata.len() + name.len();
        if texts + size(attributes) + size(&self.attributes) > DESCRIPTION_MAX {
            return false;
        }
        if !name.is_empty() {
            name.clone_into(&mut self.name);
        }
        if !metadata.is_empty() {
            metadata.clone_into(&mut self.metadata);
        }
        self.attributes.extend(attributes.clone());
        self.attributes.retain(|_, value| !value.is_empty());
        true
    }
}

/// How a participant's stay goes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stay {
    pub(crate) joined_ms: u64,
    pub(crate) state: State,
    /// Grows with each change that others are told of.
    pub(crate) version: u32,
    /// The others were told of it: it is there for them until they are told that it left.
    pub(crate) shown: bool,
    /// It was told what was written before it came.
    pub(crate) caught_up: bool,
}

/// How a client behaves.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ClientTraits {
    pub(crate) auto_subscribe: bool,
    pub(crate) reuses_sections: bool,
    pub(crate) finds_by_section: bool,
    /// It is told in data packets why it is sent less.
    pub(crate) reads_reasons: bool,
    /// Its answers call it the DTLS server whatever is offered.
    pub(crate) answers_passive: bool,
}

/// A participant's peer connections.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Paths {
    pub(crate) publisher: Option<ConnectionId>,
    pub(crate) subscriber: Option<ConnectionId>,
    /// Its client has closed the connection that it listens on: it leaves, and the word for that is on its way.
    pub(crate) closed: Option<(Instant, ConnectionId)>,
}

impl Paths {
    /// Each connection once.
    pub(crate) fn all(&self) -> impl Iterator<Item = ConnectionId> {
        let second = self.subscriber.filter(|connection| Some(*connection) != self.publisher);
        [self.publisher, second].into_iter().flatten()
    }
}

/// A fault that a participant ordered for itself and that waits for its moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ordered {
    /// The next resumed signalling connection ends before anything is said on it.
    DropBeforeWords,
    /// The next resumed signalling connection ends once everything is said.
    DropAfterWords,
    /// It is told then that it has fallen silent.
    SilentAt(Instant),
}

/// A participant's signalling connection.
#[derive(Debug)]
pub(crate) struct Signal {
    /// None for who came by HTTP, and while it is lost.
    pub(crate) id: Option<SignalId>,
    pub(crate) lost: Option<Instant>,
    pub(crate) pulse: Pulse,
    pub(crate) ordered: Option<Ordered>,
}

/// One participant.
#[derive(Debug)]
pub(crate) struct Participant {
    pub(crate) id: ParticipantId,
    pub(crate) room: RoomId,
    pub(crate) sid: String,
    pub(crate) profile: Profile,
    /// What its token and servers grant it.
    pub(crate) granted: VideoGrant,
    /// What it may do at present: the room's clearance may withhold a part of that.
    pub(crate) grant: VideoGrant,
    pub(crate) stay: Stay,
    pub(crate) client: ClientTraits,
    pub(crate) paths: Paths,
    pub(crate) signal: Signal,
    /// Who may have its tracks.
    pub(crate) audience: Audience,
    /// The number of its last reliable data message, by which repeats are known.
    pub(crate) last_sequence: u32,
    /// How often it may write to the state of its room.
    pub(crate) writes: Pace,
}

impl Participant {
    /// What others are told of it.
    pub(crate) fn info(&self, tracks: Vec<TrackInfo>) -> ParticipantInfo {
        let profile = &self.profile;
        ParticipantInfo {
            sid: self.sid.clone(),
            identity: profile.identity.clone(),
            name: profile.name.clone(),
            metadata: profile.metadata.clone(),
            attributes: profile.attributes.clone(),
            state: self.stay.state,
            joined_ms: self.stay.joined_ms,
            version: self.stay.version,
            kind: profile.kind,
            abilities: profile.abilities.clone(),
            permission: Some(Permission::of(&self.grant)),
            tracks,
            left: None,
        }
    }
}

/// All participants of a core.
#[derive(Debug)]
pub(crate) struct Roster {
    list: BTreeMap<ParticipantId, Participant>,
    by_signal: BTreeMap<SignalId, ParticipantId>,
    numbering: Numbering,
    last: u32,
}

impl Roster {
    pub(crate) const fn new(numbering: Numbering) -> Self {
        Self { list: BTreeMap::new(), by_signal: BTreeMap::new(), numbering, last: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Entries in both tables.
    pub(crate) fn entries(&self) -> usize {
        self.list.len() + self.by_signal.len()
    }

    pub(crate) fn get(&self, id: ParticipantId) -> Option<&Participant> {
        self.list.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ParticipantId) -> Option<&mut Participant> {
        self.list.get_mut(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Participant> {
        self.list.values()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Participant> {
        self.list.values_mut()
    }

    /// The keys of the participants that `fits` picks.
    pub(crate) fn which(&self, fits: impl Fn(&Participant) -> bool) -> Vec<ParticipantId> {
        self.list
            .values()
            .filter(|participant| fits(participant))
            .map(|participant| participant.id)
            .collect()
    }

    /// The next participant's key.
    pub(crate) fn next(&mut self) -> ParticipantId {
        let id = ParticipantId(u64::from(self.numbering.nth(self.last)));
        self.last = self.last.wrapping_add(1);
        id
    }

    /// Who speaks on a signalling connection.
    pub(crate) fn speaking(&self, signal: SignalId) -> Option<ParticipantId> {
        self.by_signal.get(&signal).copied()
    }

    /// Gives a participant a signalling connection, or takes it away; the one that it had before.
    pub(crate) fn connect(
        &mut self,
        id: ParticipantId,
        signal: Option<SignalId>,
    ) -> Option<SignalId> {
        let participant = self.list.get_mut(&id)?;
        let before = std::mem::replace(&mut participant.signal.id, signal);
        if let Some(before) = before {
            self.by_signal.remove(&before);
        }
        if let Some(signal) = signal {
            self.by_signal.insert(signal, id);
        }
        before
    }

    /// Adds a participant to its room.
    pub(crate) fn add(&mut self, rooms: &mut Rooms, participant: Participant) {
        if let Some(room) = rooms.get_mut(participant.room) {
            room.members.insert(participant.profile.identity.clone(), participant.id);
            room.empty_since = None;
            room.terms.visited = true;
            room.end.enter(participant.grant.room_admin);
        }
        if let Some(signal) = participant.signal.id {
            self.by_signal.insert(signal, participant.id);
        }
        self.list.insert(participant.id, participant);
    }

    /// Takes a participant out of its room.
    pub(crate) fn remove(
        &mut self,
        rooms: &mut Rooms,
        now: Instant,
        id: ParticipantId,
    ) -> Option<Participant> {
        let participant = self.list.remove(&id)?;
        if let Some(signal) = participant.signal.id {
            self.by_signal.remove(&signal);
        }
        if let Some(room) = rooms.get_mut(participant.room) {
            if room.members.get(&participant.profile.identity) == Some(&id) {
                room.members.remove(&participant.profile.identity);
            }
            room.empty_since = room.members.is_empty().then_some(now);
        }
        Some(participant)
    }

    /// Everybody in a room.
    pub(crate) fn members<'a>(
        &'a self,
        rooms: &'a Rooms,
        room: RoomId,
    ) -> impl Iterator<Item = &'a Participant> {
        let ids = rooms.get(room).into_iter().flat_map(|room| room.members.values());
        ids.filter_map(|id| self.list.get(id))
    }
}
