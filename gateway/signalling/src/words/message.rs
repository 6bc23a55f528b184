//! What a client is told on its signalling connection.

use super::participant::{LeaveReason, Next, ParticipantInfo};
use super::request::Forced;
use super::room::RoomInfo;
use super::track::TrackInfo;

/// Everything that somebody who comes in is told at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    /// The room.
    pub room: RoomInfo,
    /// Itself.
    pub participant: ParticipantInfo,
    /// Everybody else, as it may see them.
    pub others: Vec<ParticipantInfo>,
    /// One connection serves both directions.
    pub one_connection: bool,
    /// The one carrier that its client ordered.
    pub forced: Option<Forced>,
}

/// Why a request is not carried out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Refusal {
    /// It is.
    #[default]
    None,
    /// What it is about is not there.
    NotFound,
    /// It may not do that.
    NotAllowed,
    /// It would be too much.
    LimitExceeded,
    /// It cannot be of that kind.
    UnsupportedType,
    /// It is not understood.
    Invalid,
}

/// Why a track does not come to a listener.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SubscriptionFailure {
    /// It has no place.
    Unknown,
    /// It does not take the codec.
    Codec,
}

/// Who speaks, and how loudly.
#[derive(Clone, Debug, PartialEq)]
pub struct Speaker {
    /// Whose stay.
    pub sid: String,
    /// 0 to 1; 0 = stopped speaking.
    pub level: f32,
}

/// How good somebody's line is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Quality {
    /// Nothing at all is heard of it.
    Lost,
    /// Talking becomes hard.
    Poor,
    /// It can be repaired.
    Good,
    /// Nothing is missed.
    Excellent,
}

/// Whose line, and how good it is.
#[derive(Clone, Debug, PartialEq)]
pub struct LineQuality {
    /// Whose stay.
    pub sid: String,
    /// The word for it.
    pub quality: Quality,
}

/// Whether a track is paused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StreamWord {
    /// Its publisher's stay.
    pub participant_sid: String,
    /// Which track.
    pub track_sid: String,
    /// Whether nothing of it comes.
    pub paused: bool,
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// It is in the room.
    Joined(Box<Joined>),
    /// It goes on where it was.
    Resumed {
        /// Its stay: credentials of the relay are made for it.
        sid: String,
        /// The number of its last reliable data message that came.
        last_sequence: u32,
        /// The one carrier that its client ordered.
        forced: Option<Forced>,
    },
    /// How people are now.
    Participants(Vec<ParticipantInfo>),
    /// How the room is now.
    Room(RoomInfo),
    /// A track that it announced is taken note of.
    TrackPublished {
        /// The client's own id of it.
        cid: String,
        /// How the others will see it.
        track: Box<TrackInfo>,
    },
    /// A track of its own has ended, by the gateway's doing.
    TrackUnpublished {
        /// Which one.
        sid: String,
    },
    /// Somebody has taken a track of its own, for the first time.
    TrackSubscribed {
        /// Which one.
        sid: String,
    },
    /// A track of its own was muted by a server.
    Mute {
        /// Which one.
        sid: String,
    },
    /// A track does not come.
    SubscriptionFailed {
        /// Which one.
        sid: String,
        /// Why.
        why: SubscriptionFailure,
    },
    /// A track's publisher lets it have it, or does not.
    SubscriptionPermission {
        /// The publisher's stay.
        participant_sid: String,
        /// Which track.
        track_sid: String,
        /// Whether it does.
        allowed: bool,
    },
    /// Who speaks.
    Speakers(Vec<Speaker>),
    /// How good people's lines are.
    Quality(Vec<LineQuality>),
    /// Which tracks are paused because the line carries no more, and which come again.
    Streams(Vec<StreamWord>),
    /// How many layers of a track of its own, from the smallest up, anybody uses (dynacast).
    LayersUsed {
        /// Which track.
        sid: String,
        /// Its codec's name.
        codec: String,
        /// How many.
        layers: u8,
    },
    /// An offer is wanted with so many more sections that it can receive in.
    SectionsWanted {
        /// Of sound.
        audio: u32,
        /// Of pictures.
        video: u32,
    },
    /// What became of a request.
    Response {
        /// The client's number of it; 0 = it does not number.
        request: u32,
        /// Why it is not carried out.
        refusal: Refusal,
        /// What the client can do.
        text: String,
    },
    /// It is not in the room any more.
    Leave {
        /// Why.
        reason: LeaveReason,
        /// What it is to do.
        next: Next,
    },
}
