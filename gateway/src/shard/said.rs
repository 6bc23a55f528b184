//! What a shard says to clients and answers to doors.

use std::collections::BTreeMap;

use signalling::words::message::Message;

use crate::links::IceServer;

/// A description of one of a client's connections.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Described {
    pub(crate) sdp: String,
    /// The number of the offer.
    pub(crate) number: u32,
    /// The track's id by the section that carries it.
    pub(crate) tracks: BTreeMap<String, String>,
}

/// Something that is said to a client.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    Message(Message),
    /// It is in a room, anew or again, and media can be relayed there for its stay.
    Welcome(Message, Vec<IceServer>),
    Offer(Described),
    Answer(Described),
}

/// A request of a client that came by HTTP was carried out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum VisitDone {
    /// The answer, the resource, its ICE session's tag, and where media can be relayed.
    Created { sdp: String, resource: String, tag: String, relays: Vec<IceServer> },
    /// Candidates were taken note of.
    Noted,
    /// ICE began anew: our half of the fragment, and the new tag.
    Restarted { fragment: String, tag: String },
    /// It is over.
    Ended,
}
