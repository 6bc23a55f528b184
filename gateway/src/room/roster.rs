//! Who is in which room.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Instant;

use livekit_protocol as lk;
use lk::participant_info::State;
use lk::signal_response::Message;
use session::{AccessToken, Own, VideoGrant};
use sfu::RoomId;
use tokio::sync::mpsc;

use super::audience::Audience;
use super::carriers::Carriers;
use super::choices::Choices;
use super::closing::End;
use super::decisions::Decisions;
use super::news::News;
use super::pulse::Pulse;
use super::terms::Terms;
use crate::ids::{ConnectionId, ParticipantId};

/// The most that one participant's own description, or a room's, may take, in bytes.
pub(crate) const DESCRIPTION_MAX: usize = 64 * 1024;
/// Departures kept of one room; over it the oldest is forgotten.
const DEPARTED_MAX: usize = 300;
/// A longer name or description of somebody who left is not kept, in bytes.
const DEPARTED_TEXT_MAX: usize = 256;

/// One room.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) id: RoomId,
    pub(crate) sid: String,
    pub(crate) name: String,
    pub(crate) created_ms: u64,
    /// What the token of the first to join says of the session.
    pub(crate) own: Own,
    pub(crate) members: BTreeMap<String, ParticipantId>,
    pub(crate) empty_since: Option<Instant>,
    pub(crate) terms: Terms,
    /// Who left, for those who resume or come later.
    pub(crate) departed: VecDeque<lk::ParticipantInfo>,
    pub(crate) choices: Choices,
    /// What its members are to be told of each other.
    pub(crate) news: News,
    pub(crate) carriers: Carriers,
    /// What servers decided about people, who may come and go.
    pub(crate) decisions: Decisions,
    /// When it closes, if it is a booked one.
    pub(crate) end: End,
}

impl Room {
    /// Whether its packets go to the tap.
    pub(crate) fn recorded(&self) -> bool {
        self.own.record == Some(true)
    }

    /// Whether a token may hide its bearer: not in a session that was booked, where people are told who listens.
    pub(crate) fn may_hide(&self) -> bool {
        self.own.session.is_none()
    }

    /// Keeps that somebody left.
    pub(crate) fn note_departure(&mut self, gone: &lk::ParticipantInfo) {
        let kept = |text: &String| match text.len() {
            0..=DEPARTED_TEXT_MAX => text.clone(),
            _ => String::new(),
        };
        if self.departed.len() >= DEPARTED_MAX {
            self.departed.pop_front();
        }
        let info = lk::ParticipantInfo {
            sid: gone.sid.clone(),
            identity: gone.identity.clone(),
            name: kept(&gone.name),
            metadata: kept(&gone.metadata),
            state: gone.state,
            version: gone.version,
            disconnect_reason: gone.disconnect_reason,
            ..Default::default()
        };
        self.departed.push_back(info);
    }

    /// Those who left and have not come back, each as it went the last time.
    pub(crate) fn gone(&self) -> Vec<lk::ParticipantInfo> {
        let mut known = BTreeSet::new();
        let last = self.departed.iter().rev().filter(|it| known.insert(&it.identity));
        last.filter(|it| !self.members.contains_key(&it.identity)).cloned().collect()
    }

    /// Whether this was somebody's stay that the same person has ended by coming in on another device.
    pub(crate) fn is_replaced(&self, sid: &str, identity: &str) -> bool {
        let duplicate = i32::from(lk::DisconnectReason::DuplicateIdentity);
        let elsewhere = self.members.contains_key(identity);
        self.departed.iter().any(|it| {
            it.sid == sid
                && it.identity == identity
                && (elsewhere || it.disconnect_reason == duplicate)
        })
    }
}

/// A fault that a participant ordered for itself and that waits for its moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Drill {
    /// The next resumed signalling connection ends before anything is said on it.
    DropBeforeWords,
    /// The next resumed signalling connection ends once everything is said.
    DropAfterWords,
    /// It is told then that it has fallen silent.
    SilentAt(Instant),
}

/// What a client can do, as it says itself; the others are told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Abilities {
    /// LiveKit's number of what clients say to each other.
    pub(crate) protocol: i32,
    /// LiveKit's list of capabilities.
    pub(crate) list: Vec<i32>,
}

/// One participant.
#[derive(Debug)]
pub(crate) struct Participant {
    pub(crate) id: ParticipantId,
    pub(crate) room: RoomId,
    pub(crate) sid: String,
    pub(crate) identity: String,
    pub(crate) name: String,
    pub(crate) metadata: String,
    pub(crate) attributes: HashMap<String, String>,
    pub(crate) grant: VideoGrant,
    pub(crate) role: String,
    pub(crate) site: String,
    pub(crate) joined_ms: u64,
    pub(crate) abilities: Abilities,
    pub(crate) state: State,
    pub(crate) version: u32,
    pub(crate) auto_subscribe: bool,
    pub(crate) reuses_sections: bool,
    pub(crate) finds_by_section: bool,
    /// Its answers call it the DTLS server whatever is offered.
    pub(crate) answers_passive: bool,
    /// Whether it is a person's page or a device.
    pub(crate) kind: lk::participant_info::Kind,
    pub(crate) publisher: Option<ConnectionId>,
    pub(crate) subscriber: Option<ConnectionId>,
    /// The way to its page; a new one after a resume.
    pub(crate) signal: mpsc::Sender<Box<Message>>,
    /// Counts the signalling connections, so that an old one's end is told from the present one's.
    pub(crate) turn: u32,
    pub(crate) signal_lost: Option<Instant>,
    pub(crate) pulse: Pulse,
    /// Its client has closed the connection that it listens on: it leaves, and the word for that is on its way.
    pub(crate) closed: Option<(Instant, ConnectionId)>,
    /// Who may have its tracks.
    pub(crate) audience: Audience,
    /// The number of its last reliable data message, by which repeats are known.
    pub(crate) last_said: u32,
    pub(crate) drill: Option<Drill>,
}

impl Participant {
    /// A participant as its token describes it.
    pub(crate) fn from_token(
        id: ParticipantId,
        room: RoomId,
        token: AccessToken,
        joined_ms: u64,
        signal: mpsc::Sender<Box<Message>>,
        pulse: Pulse,
    ) -> Self {
        let own = token.own.unwrap_or_default();
        Self {
            id,
            room,
            sid: sid("PA_"),
            identity: token.identity,
            name: token.name,
            metadata: token.metadata,
            attributes: token.attributes.into_iter().collect(),
            grant: token.video,
            role: own.role.map(|role| role.to_string()).unwrap_or_default(),
            site: own.site.unwrap_or_default(),
            joined_ms,
            abilities: Abilities::default(),
            state: State::Joining,
            version: 0,
            auto_subscribe: true,
            reuses_sections: false,
            finds_by_section: false,
            answers_passive: false,
            kind: lk::participant_info::Kind::Standard,
            publisher: None,
            subscriber: None,
            signal,
            turn: 0,
            signal_lost: None,
            pulse,
            closed: None,
            audience: Audience::default(),
            last_said: 0,
            drill: None,
        }
    }

    /// Ends the signalling connection: its task ends with the last sender of its queue, and the page
    /// may then resume.
    pub(crate) fn hang_up(&mut self, now: Instant) {
        let (closed, _) = mpsc::channel(1);
        self.signal = closed;
        self.signal_lost = Some(now);
    }

    /// Changes how it describes itself: empty texts stay as they were, an attribute without a
    /// value goes. `false`, and nothing changes, if that would be too long.
    pub(crate) fn describe(
        &mut self,
        name: String,
        metadata: String,
        attributes: HashMap<String, String>,
    ) -> bool {
        let size = |map: &HashMap<String, String>| -> usize {
            map.iter().map(|(key, value)| key.len() + value.len()).sum()
        };
        let texts = metadata.len() + name.len();
        if texts + size(&attributes) + size(&self.attributes) > DESCRIPTION_MAX {
            return false;
        }
        if !name.is_empty() {
            self.name = name;
        }
        if !metadata.is_empty() {
            self.metadata = metadata;
        }
        self.attributes.extend(attributes);
        self.attributes.retain(|_, value| !value.is_empty());
        true
    }

    /// What others are told of it.
    pub(crate) fn info(&self, tracks: Vec<lk::TrackInfo>) -> lk::ParticipantInfo {
        let grant = &self.grant;
        let joined_ms = i64::try_from(self.joined_ms).unwrap_or_default();
        lk::ParticipantInfo {
            sid: self.sid.clone(),
            identity: self.identity.clone(),
            name: self.name.clone(),
            metadata: self.metadata.clone(),
            attributes: self.attributes.clone(),
            state: self.state.into(),
            joined_at: joined_ms / 1_000,
            joined_at_ms: joined_ms,
            version: self.version,
            kind: self.kind.into(),
            is_publisher: !tracks.is_empty(),
            client_protocol: self.abilities.protocol,
            capabilities: self.abilities.list.clone(),
            permission: Some(lk::ParticipantPermission {
                can_subscribe: grant.may_subscribe(),
                can_publish: grant.may_publish(),
                can_publish_data: grant.may_publish_data(),
                hidden: grant.hidden,
                can_update_metadata: grant.can_update_own_metadata,
                can_publish_sources: grant
                    .can_publish_sources
                    .iter()
                    .filter_map(|it| source(it))
                    .collect(),
                ..Default::default()
            }),
            tracks,
            ..Default::default()
        }
    }
}

/// LiveKit's word for a source in a grant.
pub(crate) fn source_word(source: lk::TrackSource) -> String {
    source.as_str_name().to_ascii_lowercase()
}

fn source(word: &str) -> Option<i32> {
    lk::TrackSource::from_str_name(&word.to_ascii_uppercase()).map(i32::from)
}

/// A random id in LiveKit's form.
pub(crate) fn sid(prefix: &str) -> String {
    const CHARS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let random: u64 = rand::random();
    let chars = (0..12).filter_map(|place| CHARS.get((random >> (5 * place)) as usize & 31));
    prefix.chars().chain(chars.map(|byte| char::from(*byte))).collect()
}

/// All rooms and participants of a shard.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    pub(crate) rooms: BTreeMap<RoomId, Room>,
    pub(crate) participants: BTreeMap<ParticipantId, Participant>,
    by_name: HashMap<String, RoomId>,
    last_room: u32,
    last_participant: u64,
}

impl Roster {
    /// The room of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Room> {
        self.rooms.get(self.by_name.get(name)?)
    }

    /// Makes a room.
    pub(crate) fn open(&mut self, name: &str, own: Own, created_ms: u64) -> RoomId {
        self.last_room += 1;
        let id = RoomId(self.last_room);
        let (sid, name) = (sid("RM_"), name.to_owned());
        self.by_name.insert(name.clone(), id);
        let room = Room {
            id,
            sid,
            name,
            created_ms,
            own,
            members: BTreeMap::new(),
            empty_since: None,
            terms: Terms::default(),
            departed: VecDeque::new(),
            choices: Choices::default(),
            news: News::default(),
            carriers: Carriers::default(),
            decisions: Decisions::default(),
            end: End::default(),
        };
        self.rooms.insert(id, room);
        id
    }

    /// Forgets a room that nobody is in.
    pub(crate) fn close(&mut self, id: RoomId) -> Option<Room> {
        let room = self.rooms.remove(&id)?;
        self.by_name.remove(&room.name);
        Some(room)
    }

    /// The next participant's key.
    pub(crate) fn next_participant(&mut self) -> ParticipantId {
        self.last_participant += 1;
        ParticipantId(self.last_participant)
    }

    /// Adds a participant to its room.
    pub(crate) fn add(&mut self, participant: Participant) {
        if let Some(room) = self.rooms.get_mut(&participant.room) {
            room.members.insert(participant.identity.clone(), participant.id);
            room.empty_since = None;
            room.terms.visited = true;
            room.end.enter(participant.grant.room_admin);
        }
        self.participants.insert(participant.id, participant);
    }

    /// Takes a participant out of its room.
    pub(crate) fn remove(&mut self, now: Instant, id: ParticipantId) -> Option<Participant> {
        let participant = self.participants.remove(&id)?;
        if let Some(room) = self.rooms.get_mut(&participant.room) {
            if room.members.get(&participant.identity) == Some(&id) {
                room.members.remove(&participant.identity);
            }
            room.empty_since = room.members.is_empty().then_some(now);
        }
        Some(participant)
    }

    /// Everybody in a room.
    pub(crate) fn members(&self, room: RoomId) -> impl Iterator<Item = &Participant> {
        let ids = self.rooms.get(&room).into_iter().flat_map(|room| room.members.values());
        ids.filter_map(|id| self.participants.get(id))
    }
}
