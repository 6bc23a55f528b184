//! What a server may ask by the room service, and what it is answered.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::Deserialize;
use session::Clearance;

use super::participant::{ParticipantInfo, Permission};
use super::room::RoomInfo;
use super::track::TrackInfo;

/// How many bytes the name of a room has that a server makes.
pub const NAME_BYTES: RangeInclusive<usize> = 1..=256;

/// Why a room closes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum ClosingReason {
    /// The booked time is over.
    #[default]
    Ended,
    /// The booking was cancelled: nobody new comes in.
    Cancelled,
    /// The booking was moved to a time whose doors are not open yet: nobody new comes in.
    Moved,
}

impl ClosingReason {
    /// The word that pages and the recorder are told.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Cancelled => "cancelled",
            Self::Moved => "moved",
        }
    }

    /// Whether nothing is booked now: people who are inside are warned and sent away, and tokens from before open
    /// nothing.
    #[must_use]
    pub const fn voids_tokens(self) -> bool {
        matches!(self, Self::Cancelled | Self::Moved)
    }
}

/// When the room of a booking closes, and why. Times in seconds since 1970.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct SetClosing {
    /// The room's name.
    pub room: String,
    /// When the booked time ends.
    pub ends: u64,
    /// When the room closes; now, if that is over.
    pub closes: u64,
    /// Why.
    #[serde(default)]
    pub why: ClosingReason,
}

/// People whose room tokens from before do not hold any more: they are not booked, or in another role.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct WithdrawTokens {
    /// The room's name.
    pub room: String,
    /// Whose.
    pub people: Vec<Withdrawn>,
}

/// One person of [`WithdrawTokens`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Withdrawn {
    /// As the tokens name the person.
    pub identity: String,
    /// The last second of those tokens, since 1970; a later one holds.
    pub until: u64,
}

/// What a room is cleared for now.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct SetClearance {
    /// The room's name.
    pub room: String,
    /// Of two, the one with the higher version holds.
    pub clearance: Clearance,
}

/// What a room is to be.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CreateRoom {
    /// Its name.
    pub name: String,
    /// Seconds that it waits for the first to come; 0 = as it is.
    pub empty_timeout_s: u32,
    /// Seconds that it waits after the last has left; 0 = as it is.
    pub departure_timeout_s: u32,
    /// Most participants; 0 = as it is.
    pub max_participants: u32,
    /// Free text; empty = as it is.
    pub metadata: String,
    /// It asks for something that this gateway does not do.
    pub beyond: bool,
}

/// How somebody is to be described, and what it may do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct UpdateParticipant {
    /// The room's name.
    pub room: String,
    /// Who.
    pub identity: String,
    /// Empty = as it is.
    pub name: String,
    /// Empty = as it is.
    pub metadata: String,
    /// Those without a value go.
    pub attributes: BTreeMap<String, String>,
    /// `None` = as it is.
    pub permission: Option<Permission>,
}

/// Data for people in a room.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SendData {
    /// The room's name.
    pub room: String,
    /// Whom it is for; both lists empty = everybody.
    pub to: Vec<String>,
    /// The same by their stays.
    pub to_sids: Vec<String>,
    /// Repeated until it has come, and in order.
    pub reliable: bool,
    /// What it is about.
    pub topic: Option<String>,
    /// The bytes.
    pub payload: Vec<u8>,
    /// By which a client knows that it has it already.
    pub nonce: Vec<u8>,
}

/// One call.
#[derive(Clone, Debug)]
pub enum Call {
    /// Opens a room, or changes what was set for it.
    CreateRoom(CreateRoom),
    /// Rooms of these names, or all.
    ListRooms(Vec<String>),
    /// Closes a room.
    DeleteRoom(String),
    /// Everybody in a room.
    ListParticipants(String),
    /// One participant, by room and identity.
    GetParticipant(String, String),
    /// Removes one, by room and identity.
    RemoveParticipant(String, String),
    /// Mutes a track.
    Mute {
        /// The room's name.
        room: String,
        /// Whose.
        identity: String,
        /// Which track.
        track: String,
        /// Opening one from afar is refused.
        muted: bool,
    },
    /// Describes somebody.
    UpdateParticipant(Box<UpdateParticipant>),
    /// Gives somebody tracks, or takes them away.
    UpdateSubscriptions {
        /// The room's name.
        room: String,
        /// Who.
        identity: String,
        /// Which tracks.
        tracks: Vec<String>,
        /// Whether it gets them.
        wanted: bool,
    },
    /// Data for people in a room.
    SendData(Box<SendData>),
    /// The room's free text, by its name.
    UpdateRoomMetadata(String, String),
    /// When the room of a booking closes.
    SetClosing(SetClosing),
    /// Whose tokens do not hold any more.
    WithdrawTokens(WithdrawTokens),
    /// Whether people send in a room, and whether it may be recorded.
    SetClearance(SetClearance),
}

/// What it is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A room.
    Room(Box<RoomInfo>),
    /// Rooms.
    Rooms(Vec<RoomInfo>),
    /// Somebody.
    Participant(Box<ParticipantInfo>),
    /// People.
    Participants(Vec<ParticipantInfo>),
    /// The track that is mute now.
    Muted(Option<Box<TrackInfo>>),
    /// Done, with nothing to say.
    Done,
}

/// Of which kind a fault is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FaultKind {
    /// It may not be asked for in this form.
    InvalidArgument,
    /// It is not there.
    NotFound,
    /// It cannot be at present.
    FailedPrecondition,
    /// There is no more of it.
    ResourceExhausted,
    /// This gateway does not do that.
    Unimplemented,
}

/// A call that is not done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// Of which kind.
    pub kind: FaultKind,
    /// What the caller can do.
    pub text: &'static str,
}
