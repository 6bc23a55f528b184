//! What a server may ask of a shard by LiveKit's room service, and what it is answered.

use std::ops::RangeInclusive;

use livekit_protocol as lk;
use serde::Deserialize;

use crate::room::closing::Why;

/// How many bytes the name of a room has that a server makes.
pub(crate) const NAME_BYTES: RangeInclusive<usize> = 1..=256;

/// One call.
#[derive(Debug)]
pub(crate) enum Call {
    CreateRoom(Box<lk::CreateRoomRequest>),
    ListRooms(lk::ListRoomsRequest),
    DeleteRoom(lk::DeleteRoomRequest),
    ListParticipants(lk::ListParticipantsRequest),
    GetParticipant(lk::RoomParticipantIdentity),
    RemoveParticipant(lk::RoomParticipantIdentity),
    MutePublishedTrack(lk::MuteRoomTrackRequest),
    UpdateParticipant(lk::UpdateParticipantRequest),
    UpdateSubscriptions(lk::UpdateSubscriptionsRequest),
    SendData(lk::SendDataRequest),
    UpdateRoomMetadata(lk::UpdateRoomMetadataRequest),
    SetClosing(ClosingAsk),
}

/// The one call that is not LiveKit's: when the room of a booking closes, and why. Times in seconds since 1970.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct ClosingAsk {
    pub(crate) room: String,
    /// When the booked time ends.
    pub(crate) ends: u64,
    /// When the room closes; now, if that is over.
    pub(crate) closes: u64,
    #[serde(default)]
    pub(crate) why: Why,
}

/// What it is answered.
#[derive(Debug)]
pub(crate) enum Answer {
    Room(lk::Room),
    Rooms(lk::ListRoomsResponse),
    Participant(lk::ParticipantInfo),
    Participants(lk::ListParticipantsResponse),
    Muted(lk::MuteRoomTrackResponse),
    /// Done, with nothing to say: every such response of LiveKit is an empty message.
    Done,
}

/// Why it is not done, in Twirp's words (Twirp wire protocol v7, error codes).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Code {
    BadRoute,
    Malformed,
    InvalidArgument,
    Unauthenticated,
    PermissionDenied,
    NotFound,
    FailedPrecondition,
    ResourceExhausted,
    Unimplemented,
    Unavailable,
}

/// A call that is not done.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    /// What the caller can do.
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Something that is not there.
    pub(crate) fn missing(message: &str) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// Something that may not be asked for in this form.
    pub(crate) fn unfit(message: &str) -> Self {
        Self::new(Code::InvalidArgument, message)
    }
}
