//! Rooms, by key and by name.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Instant;

use session::{Clearance, Own, VideoGrant};

use super::carriers::Carriers;
use super::chat::Chat;
use super::choices::Choices;
use super::closing::RoomEnd;
use super::decisions::Decisions;
use super::floor::Floor;
use super::news::News;
use super::receptions::Receptions;
use super::room_state::RoomState;
use super::terms::RoomTerms;
use crate::ids::{Names, Numbering, ParticipantId, RoomId};
use crate::words::participant::{LeaveReason, ParticipantInfo};

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
    /// What it is cleared for; absent = for everything.
    pub(crate) clearance: Option<Clearance>,
    pub(crate) members: BTreeMap<String, ParticipantId>,
    pub(crate) empty_since: Option<Instant>,
    pub(crate) terms: RoomTerms,
    /// When it closes, if it is a booked one.
    pub(crate) end: RoomEnd,
    /// What its members are to be told of each other.
    pub(crate) news: News,
    pub(crate) memory: Memory,
    /// Who has the floor.
    pub(crate) floor: Floor,
}

/// What a room keeps of people who may come and go.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// The people who left, for those who resume or come later.
    departed: VecDeque<ParticipantInfo>,
    pub(crate) choices: Choices,
    pub(crate) carriers: Carriers,
    /// What servers decided about people.
    pub(crate) decisions: Decisions,
    /// How much people are sent, and what they have used.
    pub(crate) receptions: Receptions,
    /// What everybody sees whoever comes.
    pub(crate) state: RoomState,
    /// What was written to everybody.
    pub(crate) chat: Chat,
}

impl Memory {
    /// Keeps that somebody left.
    pub(crate) fn note_departure(&mut self, gone: &ParticipantInfo) {
        let kept = |text: &String| match text.len() {
            0..=DEPARTED_TEXT_MAX => text.clone(),
            _ => String::new(),
        };
        if self.departed.len() >= DEPARTED_MAX {
            self.departed.pop_front();
        }
        let info = ParticipantInfo {
            sid: gone.sid.clone(),
            identity: gone.identity.clone(),
            name: kept(&gone.name),
            metadata: kept(&gone.metadata),
            state: gone.state,
            version: gone.version,
            left: gone.left,
            ..ParticipantInfo::default()
        };
        self.departed.push_back(info);
    }

    /// Whether somebody of this identity was here lately.
    pub(crate) fn knows(&self, identity: &str) -> bool {
        self.departed.iter().any(|info| info.identity == identity)
    }
}

impl Room {
    /// Whether its packets go to the tap: that was booked, and it is cleared for it.
    pub(crate) fn recorded(&self) -> bool {
        self.own.record == Some(true) && self.clearance.is_none_or(|cleared| cleared.recording)
    }

    /// Whether nobody may send sound, picture or stills.
    pub(crate) fn withholds_media(&self) -> bool {
        self.clearance.is_some_and(|cleared| !cleared.media)
    }

    /// What somebody may do here of what it was granted.
    pub(crate) fn leaves_of(&self, granted: &VideoGrant) -> VideoGrant {
        let mut left = granted.clone();
        if self.withholds_media() {
            left.can_publish = Some(false);
        }
        left
    }

    /// Whether a session was booked for it.
    pub(crate) const fn booked(&self) -> bool {
        self.own.session.is_some()
    }

    /// Whether a token may hide its bearer: not in a session that was booked, where people are told who listens.
    pub(crate) const fn may_hide(&self) -> bool {
        !self.booked()
    }

    /// Those who left and have not come back, each as it went the last time.
    pub(crate) fn gone(&self) -> Vec<ParticipantInfo> {
        self.gone_but(|id| self.members.contains_key(id))
    }

    /// Those who left, each as it went the last time, but for those whose identity `is_here`.
    pub(crate) fn gone_but(&self, is_here: impl Fn(&str) -> bool) -> Vec<ParticipantInfo> {
        let mut known = BTreeSet::new();
        let last = self.memory.departed.iter().rev().filter(|info| known.insert(&info.identity));
        last.filter(|info| !is_here(&info.identity)).cloned().collect()
    }

    /// Whether this was somebody's stay that the same person has ended by coming in on another device.
    pub(crate) fn is_replaced(&self, sid: &str, identity: &str) -> bool {
        let elsewhere = self.members.contains_key(identity);
        self.memory.departed.iter().any(|info| {
            info.sid == sid
                && info.identity == identity
                && (elsewhere || info.left == Some(LeaveReason::DuplicateIdentity))
        })
    }
}

/// All rooms of a core.
#[derive(Debug)]
pub(crate) struct Rooms {
    list: BTreeMap<RoomId, Room>,
    by_name: HashMap<String, RoomId>,
    numbering: Numbering,
    opened: u32,
}

impl Rooms {
    pub(crate) fn new(numbering: Numbering) -> Self {
        Self { list: BTreeMap::new(), by_name: HashMap::new(), numbering, opened: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, id: RoomId) -> Option<&Room> {
        self.list.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: RoomId) -> Option<&mut Room> {
        self.list.get_mut(&id)
    }

    /// All rooms, in the order in which they were opened.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Room> {
        self.list.values()
    }

    /// The same, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Room> {
        self.list.values_mut()
    }

    /// The keys of the rooms that `fits` picks.
    pub(crate) fn which(&self, fits: impl Fn(&Room) -> bool) -> Vec<RoomId> {
        self.list.values().filter(|room| fits(room)).map(|room| room.id).collect()
    }

    /// The room of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Room> {
        self.list.get(self.by_name.get(name)?)
    }

    /// Makes a room.
    pub(crate) fn open(
        &mut self,
        name: &str,
        own: Own,
        created_ms: u64,
        names: &mut Names,
    ) -> RoomId {
        let id = RoomId(self.numbering.nth(self.opened));
        self.opened = self.opened.wrapping_add(1);
        self.by_name.insert(name.to_owned(), id);
        let room = Room {
            id,
            sid: names.sid("RM_"),
            name: name.to_owned(),
            created_ms,
            own,
            clearance: None,
            members: BTreeMap::new(),
            empty_since: None,
            terms: RoomTerms::default(),
            end: RoomEnd::default(),
            news: News::default(),
            memory: Memory::default(),
            floor: Floor::default(),
        };
        self.list.insert(id, room);
        id
    }

    /// Forgets a room that nobody is in.
    pub(crate) fn close(&mut self, id: RoomId) -> Option<Room> {
        let room = self.list.remove(&id)?;
        self.by_name.remove(&room.name);
        Some(room)
    }
}
