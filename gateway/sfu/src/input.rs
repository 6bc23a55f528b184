//! What can happen to the core.

use media::{Layer, ListenerId, MediaKind, Packet, RoomId, RtpTime, Target, TrackId};

/// A subscription of one listener to one track.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Subscribe {
    /// The room of both.
    pub room: RoomId,
    /// The track to be heard.
    pub track: TrackId,
    /// The connection that hears it.
    pub listener: ListenerId,
    /// The shell's own place for this stream; comes back in every [`Forward`]. Numbers begin anew
    /// with each subscription, and with another slot for the same one: give each its own SSRC, or
    /// an SRTP key and number are used twice.
    pub slot: u16,
    /// What the client asks for, as in [`Input::Want`].
    pub want: Option<Target>,
    /// What its line carries, as in [`Input::Allow`].
    pub allow: Option<Target>,
}

/// Everything that can happen to the core.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A participant offers a track of `layers` encodings (1..=8). A track that is published again
    /// (a publisher came back, its numbers begin anew) keeps its subscriptions: they go on at its
    /// next keyframe, under the listener's next numbers.
    Publish {
        /// Where it is offered.
        room: RoomId,
        /// The new track.
        track: TrackId,
        /// Sound or picture.
        kind: MediaKind,
        /// How many encodings.
        layers: u8,
    },
    /// A track ends; its subscriptions end with it, and a room ends with its last track.
    Unpublish {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
    },
    /// The publisher says that it sends nothing of a track, or that it does again. While it does not, nobody is asked
    /// for a keyframe, and newcomers are not shown what was sent before. A source that only stands still is not muted.
    Mute {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// Whether nothing is sent.
        muted: bool,
    },
    /// A connection will begin to hear a track soon, when its path stands: time to ask for a keyframe,
    /// if the last one is old.
    Expect {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
    },
    /// A connection begins to hear a track. It begins at once where the last keyframe is young enough,
    /// with what followed it pressed together in time.
    Subscribe(Subscribe),
    /// A connection stops hearing a track.
    Unsubscribe {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The connection.
        listener: ListenerId,
    },
    /// Which of a track's layers are the larger ones turns out to be otherwise than their numbers say.
    Order {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// All its layers, the smallest first; without effect if one is missing.
        layers: &'a [Layer],
    },
    /// What a client asks for: it has no use for a layer above `top`, or for nothing at all for a while (`None`). What
    /// is sent is the smaller of this and of what is allowed.
    Want {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The connection.
        listener: ListenerId,
        /// The best layers that it has a use for, counted from the smallest, which is 0.
        top: Option<Target>,
    },
    /// What a listener's line carries: no layer above `top`, or nothing of this track (`None`).
    Allow {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The connection.
        listener: ListenerId,
        /// The best layers that fit, counted from the smallest, which is 0.
        top: Option<Target>,
    },
    /// A line carries less than it did: a layer above what is allowed is left at once, and not at the next keyframe of one
    /// that is not, so that what the line cannot take does not wait before it.
    Leave {
        /// The room of both.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The connection.
        listener: ListenerId,
    },
    /// Packets that were forwarded last did not leave, and will not: the stream goes on at the next keyframe.
    Skip {
        /// The room of both.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The connection.
        listener: ListenerId,
    },
    /// Packets that came in one go, in their order of arrival, repaired ones among them.
    Packets {
        /// The room of all of them.
        room: RoomId,
        /// Track and facts of each.
        packets: &'a [(TrackId, Packet)],
    },
    /// The publisher says which wall time a timestamp of a layer stands for (RTCP SR).
    SenderReport {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The layer.
        layer: Layer,
        /// Wall time, 32.32 fixed-point seconds since 1900.
        ntp: u64,
        /// The same moment in the layer's RTP clock.
        time: RtpTime,
    },
    /// A listener's decoder cannot go on without a keyframe (RTCP PLI or FIR).
    KeyframeWanted {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The connection.
        listener: ListenerId,
    },
    /// What a listener's end reports of what it was sent (RTCP). A first report on a track's stream says that its
    /// decoder is there: until then what the stream began with may have come too early, and is sent again where the
    /// source stands still.
    Feedback {
        /// Its room.
        room: RoomId,
        /// The connection.
        listener: ListenerId,
        /// What it says.
        feedback: Feedback<'a>,
    },
    /// A keyframe of every layer is needed, though no listener asked: a recording is to be entered here, or a picture
    /// that a server silenced is shown again. While the track is muted the request is kept until it is not.
    Refresh {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
    },
    /// A listener misses packets (RTCP generic NACK).
    Lost {
        /// Its room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// The connection.
        listener: ListenerId,
        /// Sequence numbers as the listener saw them.
        numbers: &'a [u16],
    },
    /// The room is over: everything in it is forgotten.
    Close {
        /// The room.
        room: RoomId,
    },
    /// Time has passed; to be given some 20 times a second.
    Tick,
}

/// What a listener's end reports.
#[derive(Clone, Copy, Debug)]
pub enum Feedback<'a> {
    /// A block of a receiver report on one stream (RFC 3550 §6.4.1).
    Report {
        /// The track that the stream carries.
        track: TrackId,
        /// The part of its packets that was lost since the report before, in 1/256.
        lost_256: u8,
        /// The round trip that the block shows, measured by when the gateway sent the sender report that it answers:
        /// the clocks of publishers have no part in it. `None` where it answers none.
        round_trip_ms: Option<u32>,
    },
    /// Feedback on all packets of the connection (transport-wide congestion control, RFC 8888), in their order.
    Transport {
        /// What became of each packet that it covers.
        packets: &'a [Arrival],
    },
}

/// What became of one packet, as transport-wide feedback says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Arrival {
    /// The number under which the shell sent it on this connection, extended.
    pub number: u64,
    /// When it came, in microseconds of the listener's clock; `None` if it has not.
    pub came_us: Option<u64>,
}
