//! What a peer answers.

use bytes::BytesMut;
use std::fmt;
use std::net::SocketAddr;
use std::time::Instant;

use crate::ice::CheckOutcome;
use crate::ingress::MediaPacket;
use crate::rtp::{StreamFeedback, TransportFeedback};

/// One consequence of an input.
#[derive(Debug)]
pub enum Output {
    /// A datagram to be sent, and what is in it.
    Send(SocketAddr, Vec<u8>, Carries),
    /// A packet of media from the client.
    Media(MediaPacket),
    /// An authenticated check came from this address: datagrams from it belong to this peer.
    Checked(SocketAddr),
    /// The selected address is now this one.
    Moved(SocketAddr),
    /// This user fragment is not answered any more.
    UfragRetired(String),
    /// The keys are there and belong to the expected certificate.
    Connected,
    /// The client asks for a key frame of a stream that the gateway sends.
    KeyframeWanted {
        /// The stream.
        ssrc: u32,
    },
    /// The client misses packets of a stream that the gateway sends.
    Lost {
        /// The stream.
        ssrc: u32,
        /// Sequence numbers as on the wire, at most [`crate::rtp::MAX_NACKED`].
        seqs: Vec<u16>,
    },
    /// What became of packets that the gateway numbered for the whole connection.
    Feedback(TransportFeedback),
    /// What became of packets of streams, by their own numbers (RFC 8888).
    StreamFeedback(Vec<StreamFeedback>),
    /// What the client takes its line to carry, all streams together (draft-alvestrand-rmcat-remb-03).
    Estimate {
        /// Bits a second.
        bits_per_second: u64,
    },
    /// How a stream that the gateway sends arrives at the client.
    ReceiverReport {
        /// The stream.
        ssrc: u32,
        /// Share lost since the last report, in 1/256.
        fraction_lost: u8,
        /// Packets lost since the beginning; negative when duplicates arrived.
        cumulative_lost: i32,
        /// Highest sequence number received, with the number of its cycles above it.
        highest: u32,
        /// Interarrival jitter in RTP ticks.
        jitter: u32,
        /// Round-trip time in milliseconds, once a sender report has made the way.
        round_trip_ms: Option<u32>,
    },
    /// The client tells which wall-clock time an RTP timestamp of a layer is.
    SenderReport {
        /// The track.
        track: usize,
        /// The layer.
        layer: usize,
        /// The client's NTP time, 32.32 fixed point seconds.
        ntp: u64,
        /// RTP timestamp of the same instant.
        rtp_ts: u32,
        /// When the report arrived.
        at: Instant,
    },
    /// Data channels can be opened.
    ChannelsUp,
    /// A data channel can be used: stream and label.
    ChannelOpen(u16, String),
    /// A message: stream, whether it is text, the message.
    ChannelMessage(u16, bool, BytesMut),
    /// The client closed a data channel.
    ChannelClosed(u16),
    /// The end; the peer has freed its state.
    Closed(CloseReason),
}

/// What a datagram of the transport is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// What keeps the connection going: STUN, DTLS, RTCP, and SCTP without data.
    Control,
    /// Pieces of messages of data channels.
    Data,
}

impl Output {
    /// What an answer to a request of ours leads to.
    pub(super) const fn answered(answered: CheckOutcome, from: SocketAddr) -> Self {
        match answered {
            CheckOutcome::Moved => Self::Moved(from),
            CheckOutcome::Prompted => Self::Checked(from),
        }
    }
}

/// Why a peer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// No check ever arrived.
    NeverConnected,
    /// The client's checks stopped for [`crate::ice::CONSENT`].
    ConsentLost,
    /// The DTLS handshake was not finished in time.
    HandshakeFailed,
    /// The client's certificate is not the one that signalling promised.
    WrongFingerprint,
    /// The client said close_notify.
    ClosedByClient,
    /// The data channel association broke or the client broke its bounds.
    ChannelsLost,
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeverConnected => "no connectivity check arrived",
            Self::ConsentLost => "connectivity checks stopped",
            Self::HandshakeFailed => "DTLS handshake not finished in time",
            Self::WrongFingerprint => "certificate does not match its fingerprint",
            Self::ClosedByClient => "closed by the client",
            Self::ChannelsLost => "data channels lost",
        })
    }
}
