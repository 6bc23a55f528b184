//! What the core asks of the shell.

use media::{Layer, Picture, RtpTime, Target};

use crate::{ListenerId, TrackId};

/// One packet of a publisher.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Source {
    /// The track.
    pub track: TrackId,
    /// The layer.
    pub layer: Layer,
    /// Extended sequence number in that layer.
    pub seq: u64,
}

/// How a packet goes out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Cut {
    /// As it came.
    #[default]
    AsItCame,
    /// With the marker: the larger layers of its picture are left out.
    EndsPicture,
    /// Without its payload, as padding: it is left out, and came too late for its number to be.
    Filler,
}

/// A packet goes to a listener under these numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Forward {
    /// Where it goes.
    pub listener: ListenerId,
    /// The shell's place for the stream.
    pub slot: u16,
    /// Which packet.
    pub source: Source,
    /// Its number in the listener's stream: low 16 bits are the sequence number, the rest the
    /// rollover counter of SRTP (RFC 3711 §3.3.1).
    pub number: u64,
    /// Its timestamp in the listener's stream.
    pub time: RtpTime,
    /// To be taken off the counters of its descriptors.
    pub picture: Picture,
    /// How it goes out.
    pub cut: Cut,
}

/// Everything that the core can ask of the shell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Output {
    /// Send a packet. Consecutive ones of one burst are grouped by listener.
    Forward(Forward),
    /// Send a packet again, as RTX (RFC 4588), under the number that it had.
    Resend(Forward),
    /// Packets of a stream that wait to be sent are not to be sent any more.
    Dropped {
        /// The connection.
        listener: ListenerId,
        /// The shell's place for the stream.
        slot: u16,
    },
    /// Tell a listener which wall time a timestamp of its stream stands for.
    Report {
        /// The connection.
        listener: ListenerId,
        /// The shell's place for the stream.
        slot: u16,
        /// Wall time of the publisher.
        ntp: u64,
        /// The same moment in the listener's stream.
        time: RtpTime,
    },
    /// Ask the publisher for a keyframe of a layer (RTCP PLI).
    RequestKeyframe {
        /// The track.
        track: TrackId,
        /// The layer.
        layer: Layer,
    },
}

/// What a listener that has one part of a track is sent, as measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    /// The part, as [`Input::Want`](crate::Input::Want) and [`Input::Allow`](crate::Input::Allow) name it: the whole of
    /// it is measured, with all that it is decoded from.
    pub part: Target,
    /// The encoding that it is cut from.
    pub layer: Layer,
    /// Bits of payload a second, over the last 2 s, with keyframes spread over 8 s. While nothing is sent this is what
    /// it was: it will be as much when the picture moves again.
    pub bits_per_second: u64,
    /// Packets a second, rounded up: each has headers beside its payload.
    pub packets_per_second: u64,
    /// Pictures a second; of sound it is how often packets come.
    pub pictures_per_second: u64,
    /// For how long nothing of the encoding has come, in milliseconds.
    pub silent_ms: u64,
}
