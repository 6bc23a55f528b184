//! What clients that come by HTTP (WHIP, RFC 9725, and WHEP) may ask.

use session::AccessToken;
use transport::payload::CodecKind;
use transport::sdp::{Kind, Remote};

/// What a client of a door wants.
#[derive(Clone, Debug)]
pub enum Want {
    /// Sends what the offer names.
    Publish(AccessToken, Box<Remote>),
    /// Is sent what the offer has sections for.
    Watch(AccessToken, Box<Remote>),
    /// Candidates, or a restart of ICE.
    Patch(Resource, Precondition, Fragment),
    /// Ends.
    End(Resource),
}

/// Whose session, and who asks.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The last part of its address.
    pub name: String,
    /// The room's name.
    pub room: String,
    /// Who asks.
    pub identity: String,
}

/// The header If-Match.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Precondition {
    /// There is none.
    Missing,
    /// `*`: the ICE session may be another one afterwards.
    Any,
    /// The ICE session must be this one.
    Tag(String),
}

/// What an `application/trickle-ice-sdpfrag` says of the client's ICE session.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Fragment {
    /// The user fragment.
    pub ufrag: Option<String>,
    /// The password.
    pub pwd: Option<String>,
}

/// Why one section of an offer cannot work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flaw {
    /// Its reports would come another way.
    NotMuxed,
    /// It would want a path of its own, or its name is missing or somebody else's.
    NotBundled,
    /// It is offered to be received where it is to be sent, or the other way round.
    WrongWay,
    /// None that can be passed on.
    NoCodec,
    /// What the room shows is in this one.
    OtherCodec(CodecKind),
    /// Another section of its kind is before it.
    OneTooMany,
    /// The token does not grant it.
    NotGranted,
}

/// Why a request was not carried out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VisitFault {
    /// The offer is not from a full ICE agent.
    Unfit,
    /// Data channels from a client that does not begin the DTLS handshake.
    ChannelsPassive,
    /// The section at this place cannot work.
    Section(usize, Kind, Flaw),
    /// No section to be used.
    NothingOffered,
    /// A server has taken away the right to see and hear.
    WatchingRefused,
    /// A server has removed whoever has this identity.
    Removed,
    /// More than one participant may publish.
    TooManyTracks,
    /// No more rooms can be open.
    RoomsFull,
    /// The room has no place.
    RoomFull,
    /// The booked time is over, or the booking was cancelled.
    RoomClosed,
    /// The room is not cleared for media.
    NotCleared,
    /// Too many screens watch with one person's token.
    TooManyWatchers,
    /// Too many requests a second.
    TooOften,
    /// There is no such session.
    Unknown,
    /// It is somebody else's.
    NotYours,
    /// A condition is needed.
    PreconditionMissing,
    /// The condition does not hold.
    PreconditionFailed,
    /// A restart without both halves of the client's credentials.
    FragmentIncomplete,
    /// The system has no randomness.
    Internal,
}
