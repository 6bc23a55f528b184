//! What WHIP and WHEP (RFC 9725) may ask of a shard; every request has one answer.

use livekit_protocol as lk;
use session::AccessToken;
use tokio::sync::oneshot;
use transport::payload::CodecKind;
use transport::sdp::{Kind, Remote};

/// What a client of a door wants.
#[derive(Debug)]
pub(crate) enum Want {
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
pub(crate) struct Resource {
    pub(crate) name: String,
    pub(crate) room: String,
    pub(crate) identity: String,
}

/// The header If-Match.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Precondition {
    Missing,
    /// `*`: the ICE session may be another one afterwards.
    Any,
    Tag(String),
}

/// What an `application/trickle-ice-sdpfrag` says of the client's ICE session.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Fragment {
    pub(crate) ufrag: Option<String>,
    pub(crate) pwd: Option<String>,
}

/// A request that was carried out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Done {
    /// The answer, the resource, its ICE session's tag, and where media can be relayed.
    Created { sdp: String, resource: String, tag: String, relays: Vec<lk::IceServer> },
    /// Candidates were taken note of.
    Noted,
    /// ICE began anew: our half of the fragment, and the new tag.
    Restarted { fragment: String, tag: String },
    /// It is over.
    Ended,
}

/// Why one section of an offer cannot work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flaw {
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
pub(crate) enum Fault {
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
    TooManyTracks,
    RoomsFull,
    RoomFull,
    /// The booked time is over, or the booking was cancelled.
    RoomClosed,
    TooManyWatchers,
    TooOften,
    Unknown,
    NotYours,
    PreconditionMissing,
    PreconditionFailed,
    /// A restart without both halves of the client's credentials.
    FragmentIncomplete,
    /// The system has no randomness.
    Internal,
}

/// A request with the way back.
#[derive(Debug)]
pub(crate) struct HttpAsk {
    pub(crate) want: Want,
    pub(crate) answer: oneshot::Sender<Result<Done, Fault>>,
}
