//! Participants who came by HTTP (WHIP and WHEP): the resource that each has, and the streams that
//! a watcher was promised.

use std::collections::BTreeMap;
use std::time::Instant;

use media::MediaKind;
use transport::sdp::{Codec, Kind, Media, Section, Tells};

use crate::ids::{ParticipantId, RoomId, TrackId};
use crate::pace::Pace;

/// Requests a second that one resource takes, on average.
pub(crate) const REQUESTS_PER_S: u32 = 5;

/// One stream of a watcher: answered once, then given to one track after another.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) kind: MediaKind,
    /// The name of its section.
    pub(crate) mid: String,
    /// With the watcher's own payload types.
    pub(crate) codec: Codec,
    /// Header extensions that its packets may have, with the watcher's own numbers.
    pub(crate) extensions: Vec<(u8, String)>,
    /// What the watcher tells of its packets.
    pub(crate) tells: Tells,
    pub(crate) ssrc: u32,
    pub(crate) repair_ssrc: u32,
    /// What it carries at present.
    pub(crate) track: Option<TrackId>,
    /// It has carried something.
    pub(crate) begun: bool,
}

impl Seat {
    /// A stream that nobody has yet; its numbers are made from a random one.
    pub(crate) fn new(
        section: &Section,
        (kind, codec): (MediaKind, Codec),
        extensions: Vec<(u8, String)>,
        random: u32,
    ) -> Self {
        // An odd number and the one before it: two seats never share one.
        let low = if kind == MediaKind::Audio { 1 } else { 3 };
        let (ssrc, repair_ssrc) = (random & !3 | low, random & !3 | (low - 1));
        let (mid, tells) = (section.mid.clone(), section.tells);
        Self { kind, mid, codec, extensions, tells, ssrc, repair_ssrc, track: None, begun: false }
    }

    /// What the answer says of it.
    pub(crate) fn offered(&self, kind: Kind) -> Media {
        Media::Send {
            mid: self.mid.clone(),
            kind,
            codec: self.codec.clone(),
            extensions: self.extensions.clone(),
            tells: self.tells,
            ssrc: self.ssrc,
            rtx_ssrc: self.repair_ssrc,
            stream: "room".to_owned(),
            track: kind.name().to_owned(),
            active: true,
        }
    }
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
    pub(crate) requests: Pace,
}

impl Visit {
    /// Whether it is a screen.
    pub(crate) const fn watches(&self) -> bool {
        !self.seats.is_empty()
    }

    /// Whether it may ask for something now.
    pub(crate) fn allow(&mut self, now: Instant) -> bool {
        self.requests.allow(now, 1)
    }
}

/// All visits of a core. Bounded by the places in the rooms.
#[derive(Debug, Default)]
pub(crate) struct Visits {
    pub(crate) list: BTreeMap<ParticipantId, Visit>,
}

impl Visits {
    /// Whose resource this is.
    pub(crate) fn find(&self, resource: &str) -> Option<ParticipantId> {
        self.list.iter().find(|(_, visit)| visit.resource == resource).map(|(id, _)| *id)
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
        let own = move |visit: &Visit| {
            visit.room == room && visit.identity == identity && visit.watches()
        };
        self.list.iter().filter(move |(_, visit)| own(visit)).map(|(id, _)| *id)
    }

    /// The watchers of a room.
    pub(crate) fn watchers(&self, room: RoomId) -> Vec<ParticipantId> {
        let own = self.list.iter().filter(|(_, visit)| visit.room == room && visit.watches());
        own.map(|(id, _)| *id).collect()
    }
}
