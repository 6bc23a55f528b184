//! Participants who came by HTTP (WHIP and WHEP): the resource that each has, and the streams that
//! a watcher was promised.

use std::collections::BTreeMap;

use media::MediaKind;
use sfu::{RoomId, TrackId};
use transport::sdp::{Codec, Kind};

use crate::ids::ParticipantId;
use crate::pace::Pace;

/// One stream of a watcher: answered once, then given to one track after another.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) kind: MediaKind,
    /// With the watcher's own payload types.
    pub(crate) codec: Codec,
    /// Header extensions that its packets may have, with the watcher's own numbers.
    pub(crate) extensions: Vec<(u8, String)>,
    pub(crate) ssrc: u32,
    pub(crate) repair_ssrc: u32,
    /// What it carries at present.
    pub(crate) track: Option<TrackId>,
}

/// One visit.
#[derive(Debug)]
pub(crate) struct Visit {
    /// The last part of its address: 128 random bits.
    pub(crate) resource: String,
    pub(crate) room: RoomId,
    /// As the token says it; a watcher's identity in the roster is longer.
    pub(crate) identity: String,
    /// The first section of its offer, under which candidates are named.
    pub(crate) lead: (String, Kind),
    /// None for a publisher.
    pub(crate) seats: Vec<Seat>,
    /// How often it may ask for something.
    pub(crate) pace: Pace,
}

impl Visit {
    /// Whether it is a screen.
    pub(crate) fn watches(&self) -> bool {
        !self.seats.is_empty()
    }
}

/// All visits of a shard. Bounded by the places in the rooms.
#[derive(Debug, Default)]
pub(crate) struct Visits {
    pub(crate) list: BTreeMap<ParticipantId, Visit>,
}

impl Visits {
    /// Whose resource this is.
    pub(crate) fn find(&self, resource: &str) -> Option<ParticipantId> {
        self.list.iter().find(|(_, it)| it.resource == resource).map(|(id, _)| *id)
    }

    /// Whether a participant came by HTTP: it has no signalling connection.
    pub(crate) fn has(&self, id: ParticipantId) -> bool {
        self.list.contains_key(&id)
    }

    /// The screens that watch a room with the token of `identity`.
    pub(crate) fn screens_of(
        &self,
        room: RoomId,
        identity: &str,
    ) -> impl Iterator<Item = ParticipantId> {
        let own = move |it: &Visit| it.room == room && it.identity == identity && it.watches();
        self.list.iter().filter(move |(_, it)| own(it)).map(|(id, _)| *id)
    }

    /// The watchers of a room.
    pub(crate) fn watchers(&self, room: RoomId) -> Vec<ParticipantId> {
        let own = self.list.iter().filter(|(_, it)| it.room == room && !it.seats.is_empty());
        own.map(|(id, _)| *id).collect()
    }
}
