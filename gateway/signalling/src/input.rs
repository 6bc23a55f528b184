//! Everything that can come in.

use std::time::Instant;

use archive::tap::Recording;
use session::AccessToken;

use crate::ids::{ConnectionId, SignalId, TrackId};
use crate::words::call::Call;
use crate::words::data::DataPacket;
use crate::words::request::{Join, Request};
use crate::words::stream::Streamed;
use crate::words::usage::Used;
use crate::words::visit::Want;
use crate::words::way::SecondReport;

/// What becomes of a peer connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConnectionEvent {
    /// Its path stands.
    Connected,
    /// Data can be sent to its client.
    ChannelsOpen,
    /// Its client said that it closes it.
    ClosedByClient,
    /// It broke.
    Failed,
    /// Its way is gone: what carried it has ended.
    Stranded,
    /// A library panicked on what its client sent.
    Fault,
    /// Its client sends from another address.
    Moved,
}

/// What was counted of a track since it was last reported.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ArrivalCount {
    /// Which track.
    pub track: TrackId,
    /// So many packets there must have been.
    pub expected: u64,
    /// So many of them did not come at first.
    pub missing: u64,
}

/// One input.
#[derive(Debug)]
pub enum Input<'a> {
    /// Somebody is at the door.
    Join(SignalId, Box<Join>),
    /// A client says something.
    Request(SignalId, Request),
    /// A client is there, and said nothing that needs an answer.
    Alive(SignalId),
    /// A signalling connection has ended, or takes nothing.
    SignalLost(SignalId),
    /// A fresh token is wanted for somebody who is in the room.
    Renew(SignalId, Box<AccessToken>),
    /// A server asks something.
    Call(Box<Call>),
    /// A client that came by HTTP asks something.
    Visit(Box<Want>),
    /// Something became of a connection.
    Connection(ConnectionId, ConnectionEvent),
    /// A data packet came on a connection; it was found to be within the sender's rate.
    Data {
        /// On which one.
        from: ConnectionId,
        /// On the reliable channel.
        reliable: bool,
        /// What it says.
        packet: &'a DataPacket,
    },
    /// What a connection's client sends does not reach everybody it is for.
    Skipped(ConnectionId),
    /// A listener reports a stream (RTCP RR).
    Report {
        /// On which connection.
        connection: ConnectionId,
        /// The part that it lost, in 1/256.
        fraction_lost: u8,
        /// The round trip, milliseconds.
        round_trip_ms: Option<u32>,
    },
    /// When something genuine last came on each connection; to be given every [`crate::PULSES_EVERY`].
    Heard(&'a [(ConnectionId, Instant)]),
    /// How loud each track of sound was, 0 to 1; to be given every [`crate::LEVELS_EVERY`].
    Levels(&'a [(TrackId, f32)]),
    /// How well tracks arrived; to be given every [`crate::ARRIVALS_EVERY`].
    Arrived(&'a [ArrivalCount]),
    /// How many layers of each picture of several, from the smallest up, its publisher's line brings whole, `u8::MAX` = all; to
    /// be given every second.
    Fed(&'a [(TrackId, u8)]),
    /// How the lines of people did, and the caller itself; to be given every second.
    Ways(SecondReport<'a>),
    /// A picture's only stream turns out to have so many spatial layers.
    SpatialLayers(TrackId, u8),
    /// How much comes to listeners, where that has changed; what is told already may be given again.
    Streams(&'a [Streamed]),
    /// What people have used since it was last told; to be given every second, also if that is nothing.
    Used(&'a [Used]),
    /// Whether a recorder listens, and what it says of itself if that has changed.
    Recorder {
        /// Whether one does.
        listens: bool,
        /// What it says.
        says: Option<Recording>,
    },
    /// What the wall clock shows, microseconds since 1970; to be given every second.
    Wall(u64),
    /// Time has passed; to be given some 200 times a second.
    Tick,
    /// The gateway stops: everybody is told to come back.
    Shutdown,
}
