//! How rooms and people look at present, to whom. Nothing is changed here.

use std::collections::BTreeSet;

use session::Clearance;

use crate::Signalling;
use crate::ids::{ConnectionId, ParticipantId, RoomId, TrackId};
use crate::tables::rooms::Room;
use crate::tables::roster::Participant;
use crate::words::participant::{ParticipantInfo, State};
use crate::words::request::Forced;
use crate::words::room::RoomInfo;
use crate::words::track::{TrackInfo, TrackSource};

impl Signalling {
    pub(crate) fn members(&self, room: RoomId) -> impl Iterator<Item = &Participant> {
        self.roster.members(&self.rooms, room)
    }

    pub(crate) fn room_of(&self, id: ParticipantId) -> Option<RoomId> {
        self.roster.get(id).map(|participant| participant.room)
    }

    /// Whether the others are not shown that somebody is there: its token wants it so, and the room's terms allow it.
    pub(crate) fn hides(&self, of: &Participant) -> bool {
        of.grant.hidden && self.rooms.get(of.room).is_some_and(Room::may_hide)
    }

    /// A participant is there for the others from the moment its media path stands, or that it
    /// publishes.
    pub(crate) fn visible(&self, of: &Participant) -> bool {
        let publishes = || self.publications.of(of.id).next().is_some();
        let there = of.stay.state == State::Active || of.stay.shown || publishes();
        there && !self.hides(of)
    }

    pub(crate) fn is_visible(&self, id: ParticipantId) -> bool {
        self.roster.get(id).is_some_and(|participant| self.visible(participant))
    }

    /// How somebody is described.
    pub(crate) fn info(&self, id: ParticipantId) -> Option<ParticipantInfo> {
        Some(self.roster.get(id)?.info(self.publications.infos(id)))
    }

    /// Everybody else in the room, as `id` may see them.
    pub(crate) fn others(&self, id: ParticipantId) -> Vec<ParticipantInfo> {
        let Some(room) = self.room_of(id) else { return vec![] };
        let others = self.members(room).filter(|other| other.id != id && self.visible(other));
        others.map(|other| other.info(self.publications.infos(other.id))).collect()
    }

    /// What a room looks like to its members: its state stands in its metadata.
    pub(crate) fn room_seen(&self, room: &Room) -> RoomInfo {
        let mut seen = self.room_info(room);
        if let Some(with_state) = with_state(&seen.metadata, room) {
            seen.metadata = with_state;
        }
        seen
    }

    /// What a room looks like to servers.
    pub(crate) fn room_info(&self, room: &Room) -> RoomInfo {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let configured = u32::try_from(self.rules.limits.empty_room_s).unwrap_or(u32::MAX);
        let own = room.terms.departure_timeout_s;
        RoomInfo {
            sid: room.sid.clone(),
            name: room.name.clone(),
            created_ms: room.created_ms,
            metadata: room.terms.metadata.clone().unwrap_or_else(|| booked_metadata(room)),
            empty_timeout_s: room.terms.waits_s(),
            departure_timeout_s: if own > 0 { own } else { configured },
            max_participants: room.terms.max_participants,
            publishers: count(self.publishers(room.id)),
            participants: count(
                self.members(room.id).filter(|participant| !self.hides(participant)).count(),
            ),
            recording: room.recorded() && self.recorder.takes(room.id),
        }
    }

    fn publishers(&self, room: RoomId) -> usize {
        let owners = self.publications.in_room(room).map(|(_, published)| published.owner);
        let hides = |id: &ParticipantId| {
            self.roster.get(*id).is_some_and(|participant| self.hides(participant))
        };
        owners.filter(|owner| !hides(owner)).collect::<BTreeSet<ParticipantId>>().len()
    }

    /// Whether both directions of a participant share one peer connection.
    pub(crate) fn has_one_connection(&self, id: ParticipantId) -> bool {
        self.listening.get(id).is_some_and(|sections| sections.by_client)
    }

    /// The connection that somebody listens on.
    pub(crate) fn subscriber_of(&self, id: ParticipantId) -> Option<ConnectionId> {
        self.roster.get(id)?.paths.subscriber
    }

    /// Whether servers have muted what a participant sends from this source.
    pub(crate) fn silenced(&self, id: ParticipantId, source: TrackSource) -> bool {
        let Some(participant) = self.roster.get(id) else { return false };
        let room = self.rooms.get(participant.room);
        room.is_some_and(|room| room.memory.decisions.mutes(&participant.profile.identity, source))
    }

    /// Whether the track's publisher lets `listener` have it.
    pub(crate) fn admitted(&self, listener: ParticipantId, track: TrackId) -> bool {
        let (Some(me), Some(published)) = (self.roster.get(listener), self.publications.get(track))
        else {
            return false;
        };
        // A screen is shown only to the person whose token it uses.
        let of_screen = self.visits.list.get(&listener).map(|visit| visit.identity.as_str());
        let identity = of_screen.unwrap_or(&me.profile.identity);
        let owner = self.roster.get(published.owner);
        owner.is_none_or(|of| {
            // An adult and a minor do not speak for each other alone.
            let private = of.audience.is_named() && of.profile.minor != me.profile.minor;
            !private && of.audience.admits(identity, &me.sid, &published.info.sid)
        })
    }

    /// The one carrier that somebody's client ordered.
    pub(crate) fn forced(&self, id: ParticipantId) -> Option<Forced> {
        let me = self.roster.get(id)?;
        self.rooms.get(me.room)?.memory.carriers.of(&me.profile.identity)
    }

    /// A track of a participant, announced or in the room.
    pub(crate) fn track_info(&self, id: ParticipantId, sid: &str) -> Option<TrackInfo> {
        self.all_tracks(id).find(|info| info.sid == sid).cloned()
    }

    /// All tracks of a participant, announced or in the room.
    pub(crate) fn all_tracks(&self, id: ParticipantId) -> impl Iterator<Item = &TrackInfo> {
        let waiting = self.publications.announced.get(&id).into_iter().flatten();
        let own = self.publications.of(id).map(|(_, published)| &published.info);
        own.chain(waiting.map(|announced| &announced.info))
    }

    /// Which of two tracks a screen shows: a camera of those who lead, then a camera, then the older.
    pub(crate) fn rank(&self, track: TrackId) -> (bool, bool, TrackId) {
        let published = self.publications.get(track);
        let owner = published.and_then(|published| self.roster.get(published.owner));
        let leads = owner
            .is_some_and(|of| matches!(of.profile.role.as_str(), "lead_teacher" | "specialist"));
        let main = published.is_some_and(|published| {
            matches!(published.info.source, TrackSource::Camera | TrackSource::Microphone)
        });
        (!leads, !main, track)
    }
}

/// A room's metadata with its state as the member `state`; `None` before there is any, and where a text of a server's is no
/// JSON object, which has no place for that.
fn with_state(metadata: &str, room: &Room) -> Option<String> {
    let state = room.memory.state.to_json()?;
    let mut about: serde_json::Map<String, serde_json::Value> = match metadata.is_empty() {
        true => serde_json::Map::new(),
        false => serde_json::from_str(metadata).ok()?,
    };
    about.insert("state".to_owned(), state);
    Some(serde_json::Value::Object(about).to_string())
}

/// What a room's metadata says unless a server has set them: what is booked, when it closes, and what it is cleared for.
fn booked_metadata(room: &Room) -> String {
    let word = |word: Option<String>| word.unwrap_or_default();
    let kind = word(room.own.kind.map(|kind| kind.to_string()));
    let title = word(room.own.title.clone());
    let mut about = serde_json::json!({ "title": title, "kind": kind });
    if let (Some(about), Some(said)) = (about.as_object_mut(), room.end.said()) {
        let closes_s = room.end.closes_s().unwrap_or(said.closes_s);
        about.insert("ends".to_owned(), said.ends_s.into());
        about.insert("closes".to_owned(), closes_s.into());
        about.insert("why".to_owned(), said.why.word().into());
    }
    if let (Some(about), Some(cleared)) = (about.as_object_mut(), room.clearance) {
        let Clearance { version, media, recording } = cleared;
        let told =
            serde_json::json!({ "version": version, "media": media, "recording": recording });
        about.insert("clearance".to_owned(), told);
    }
    about.to_string()
}
