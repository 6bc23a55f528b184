//! Everything that can be asked of the caller.

use std::collections::BTreeMap;

use archive::tap::Body;
use media::{Layer, MediaKind};
use session::AccessToken;
use transport::sdp::{Codec, Kind, Media, Setup, Ssrcs, Written};

use crate::ids::{ConnectionId, ParticipantId, RoomId, SignalId, TrackId};
use crate::words::call;
use crate::words::data::Signature;
use crate::words::message::Message;
use crate::words::participant::LeaveReason;
use crate::words::request::Forced;
use crate::words::track::TrackSource;
use crate::words::visit::{Fragment, Precondition, VisitFault};

/// What a connection is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConnectionRole {
    /// The client sends on it and makes the offers.
    Publisher,
    /// The client listens on it and the gateway makes the offers.
    Subscriber,
    /// The client sends and listens on it and makes the offers.
    Both,
}

/// A connection to be made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Open {
    /// Its key.
    pub connection: ConnectionId,
    /// Whose it is.
    pub owner: ParticipantId,
    /// What it is for.
    pub role: ConnectionRole,
    /// The owner's room and identity: rates hold for a person and not for a connection.
    pub room: String,
    /// The same.
    pub identity: String,
    /// The site that the owner's token named (attribute `site`), empty for none: all who come from one site are behind
    /// one access line.
    pub site: String,
}

/// What a client's description says of the client's end of a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Meet {
    /// Which connection.
    pub connection: ConnectionId,
    /// The client's ICE user fragment. Another one than before means that ICE begins anew, if `offered`.
    pub ufrag: String,
    /// The client's ICE password.
    pub pwd: String,
    /// The hash of the client's certificate.
    pub fingerprint: String,
    /// The client's part in the DTLS handshake, where it made the offer.
    pub offered: Option<Setup>,
}

/// Our description of a connection, for an offer or an answer.
#[derive(Clone, Debug)]
pub struct Describe {
    /// Which connection.
    pub connection: ConnectionId,
    /// Its sections.
    pub sections: Vec<Media>,
    /// An offer leaves the client no choice of its part in the DTLS handshake.
    pub passive: bool,
    /// Only candidates over TCP.
    pub over_tcp: bool,
    /// The number of the offer.
    pub number: u32,
    /// The track's id by the section that carries it.
    pub tracks: BTreeMap<String, String>,
}

/// A track that a client will send.
#[derive(Clone, Debug)]
pub struct Publish {
    /// Its key.
    pub track: TrackId,
    /// Its room.
    pub room: RoomId,
    /// The connection that brings it.
    pub connection: ConnectionId,
    /// Its section.
    pub mid: String,
    /// Sound or picture.
    pub kind: MediaKind,
    /// Its codec, as the client numbers it.
    pub codec: Codec,
    /// Header extensions, with the client's numbers.
    pub extensions: Vec<(u8, String)>,
    /// Names of its encodings, smallest first; empty = there is one.
    pub rids: Vec<String>,
    /// Streams that the section announces by number.
    pub ssrcs: Vec<Ssrcs>,
    /// Its publisher says that it sends nothing.
    pub muted: bool,
    /// A server has muted it: nothing of it is passed on.
    pub silenced: bool,
}

/// A track that a listener is sent from now on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subscribe {
    /// The room of both.
    pub room: RoomId,
    /// Which track.
    pub track: TrackId,
    /// The connection that it is sent on.
    pub connection: ConnectionId,
    /// The place of the stream in that connection.
    pub slot: u16,
    /// Sound or picture.
    pub kind: MediaKind,
    /// Where it comes from.
    pub source: TrackSource,
    /// The best layer that the listener has a use for.
    pub top: Option<Layer>,
    /// The number of the stream.
    pub ssrc: u32,
    /// Its payload type.
    pub payload_type: u8,
    /// Payload type of packets with copies of those before them, where the listener takes such.
    pub red: Option<u8>,
    /// The listener's numbers for the header extensions of its packets.
    pub written: Written,
    /// Number and payload type of what is sent again (RFC 4588).
    pub repair: Option<(u32, u8)>,
    /// What the slot carried before goes on under the next numbers (a stream that was answered once).
    pub continues: bool,
}

/// Data to be sent to listeners.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Deliver {
    /// Under whose name.
    pub signature: Signature,
    /// Identities that it is meant for; empty = everybody.
    pub meant: Vec<String>,
    /// On these connections.
    pub to: Vec<ConnectionId>,
    /// On the reliable channel.
    pub reliable: bool,
    /// Left out for whom something waits, and nobody is held back for it.
    pub spare: bool,
    /// What a server says; `None` = the packet that is at hand.
    pub said: Option<Box<call::SendData>>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Counted {
    /// Something was not done, for this reason.
    Dropped(&'static str),
    /// Somebody was not let in, for this reason.
    Refused(&'static str),
    /// A join waits for its turn.
    JoinWaits,
}

/// What an operator may want to follow; ids say nothing of people.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// A room is open.
    RoomOpened(RoomId),
    /// A room is over.
    RoomClosed(RoomId),
    /// Somebody came in.
    Joined {
        /// Where.
        room: RoomId,
        /// Its key.
        participant: ParticipantId,
        /// Its stay.
        sid: String,
    },
    /// Its media path stands.
    Active {
        /// Its key.
        participant: ParticipantId,
        /// How long that took, milliseconds.
        took_ms: u64,
    },
    /// Somebody left.
    Left {
        /// Where.
        room: RoomId,
        /// Its key.
        participant: ParticipantId,
        /// Its stay.
        sid: String,
        /// Why.
        reason: LeaveReason,
    },
    /// The wall clock was set by so many milliseconds.
    ClockSet(i64),
}

/// What a client that came by HTTP is answered.
#[derive(Clone, Debug)]
pub enum Visited {
    /// The answer to its offer is this description; its session has this name.
    Created {
        /// The description.
        describe: Box<Describe>,
        /// The last part of the session's address.
        resource: String,
        /// The stay: credentials of the relay are made for it.
        sid: String,
        /// The one carrier that its client ordered.
        forced: Option<Forced>,
    },
    /// It may change its ICE session, which the caller has: the caller does that, and answers.
    Patch {
        /// Its connection.
        connection: ConnectionId,
        /// The first section of its offer, under which candidates are named.
        lead: (String, Kind),
        /// The condition.
        condition: Precondition,
        /// What it says.
        fragment: Fragment,
    },
    /// It is over.
    Ended,
}

/// One effect. They are carried out in their order.
#[derive(Clone, Debug)]
pub enum Effect {
    /// A signalling connection belongs to somebody who is in a room now.
    Admit(SignalId, ParticipantId),
    /// Something is said to a client.
    Say(SignalId, Message),
    /// The client is asked for a sign of life.
    Probe(SignalId),
    /// A signalling connection ends, once everything is said.
    HangUp(SignalId),
    /// An offer is made.
    Offer(SignalId, Box<Describe>),
    /// An offer is answered.
    Answer(SignalId, Box<Describe>),
    /// A connection is made.
    Open(Box<Open>),
    /// The client's end of a connection is known.
    Meet(Box<Meet>),
    /// ICE begins anew at our end.
    RestartIce(ConnectionId),
    /// A connection ends.
    Close(ConnectionId),
    /// A track is published.
    Publish(Box<Publish>),
    /// A track has ended.
    Unpublish(RoomId, TrackId),
    /// A track is mute by its publisher's word, or not any more.
    Mute(RoomId, TrackId, bool),
    /// Nothing of a track is passed on by a server's word, or it is again.
    Silence(TrackId, bool),
    /// Somebody will soon begin to be sent a track.
    Expect(RoomId, TrackId),
    /// Somebody is sent a track.
    Subscribe(Box<Subscribe>),
    /// Somebody is not sent a track any more.
    Unsubscribe {
        /// The room of both.
        room: RoomId,
        /// Which track.
        track: TrackId,
        /// The connection that it was sent on.
        connection: ConnectionId,
        /// The place of the stream, if it ends with it.
        slot: Option<u16>,
    },
    /// The best layer that a listener has a use for.
    Want {
        /// The room of both.
        room: RoomId,
        /// Which track.
        track: TrackId,
        /// The listener's connection.
        connection: ConnectionId,
        /// Nothing at all for a while if `None`.
        top: Option<Layer>,
    },
    /// A track is to give a keyframe in every encoding.
    Keyframe(RoomId, TrackId),
    /// The room's packets go to the recorder from now on.
    Record(RoomId),
    /// They do not any more, while the room goes on.
    StopRecording(RoomId),
    /// A room is over.
    CloseRoom(RoomId),
    /// Something is said to the recorder; the time is in microseconds since 1970 as it seemed at the start.
    Tap {
        /// Of which room.
        room: RoomId,
        /// When.
        at_us: u64,
        /// What.
        body: Body<'static>,
    },
    /// Data is sent.
    Deliver(Box<Deliver>),
    /// The answer to a call.
    Called(Result<call::Answer, call::Fault>),
    /// The answer to a client that came by HTTP.
    Visited(Result<Visited, VisitFault>),
    /// The token that was asked for.
    Renewed(Box<AccessToken>),
    /// Something is counted.
    Count(Counted),
    /// Something that an operator may want to follow.
    Event(Event),
}
