//! Session descriptions (RFC 8866, 8829): what is read from a client's, and one renderer for answers and for the
//! gateway's own offers.
//!
//! The gateway is always the DTLS server: it offers `actpass` and answers `passive`.

mod parse;
mod render;
#[cfg(test)]
mod tests;
mod written;

use std::fmt;
use std::net::SocketAddr;

pub use crate::payload::CodecKind;
pub use parse::parse;
pub use render::{fragment, render};
pub use written::{SectionName, Tells, Written};

use crate::ice::Credentials;

/// Header extension that names the m-section (RFC 9143).
pub const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
/// Header extension that names the simulcast layer (RFC 8852).
pub const RID: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
/// Header extension that names the layer a retransmission belongs to (RFC 8852).
pub const REPAIRED_RID: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
/// Transport-wide sequence number, for the sender's bandwidth estimation.
pub const TRANSPORT_CC: &str =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
/// Loudness of an audio packet (RFC 6464).
pub const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

/// Which frame a packet is a piece of and what that is decoded from (AV1 RTP payload 1.0, appendix A).
pub const DEPENDENCY: &str =
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";
/// Its number in the gateway's own offers.
pub const DEPENDENCY_ID: u8 = 8;

/// The number of [`TRANSPORT_CC`] in the gateway's own offers.
pub const TRANSPORT_CC_ID: u8 = 3;

/// Longest description that is read, in bytes.
pub const MAX_SDP: usize = 512 * 1024;
/// Most m-sections in a description.
pub const MAX_SECTIONS: usize = 512;
/// Most simulcast layers of one section.
pub const MAX_LAYERS: usize = 4;
/// Most codecs that are kept of one section.
pub const MAX_CODECS: usize = 16;

/// What an m-section carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Kind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
    /// Data channels (or anything else that is not sound or picture).
    Data,
}

impl Kind {
    /// The word in the m-line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Data => "application",
        }
    }
}

/// Who begins the DTLS handshake (RFC 4145, section 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Setup {
    /// This side begins.
    Active,
    /// The other side begins.
    Passive,
    /// Either; only in an offer.
    ActPass,
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::ActPass => "actpass",
        })
    }
}

/// A codec with its payload types in one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codec {
    /// Which one it is.
    pub kind: CodecKind,
    /// Encoding as in `a=rtpmap`: "VP8/90000", "opus/48000/2".
    pub encoding: String,
    /// Payload type, 0-127.
    pub pt: u8,
    /// Payload type of its retransmissions (RFC 4588).
    pub rtx: Option<u8>,
    /// Payload type of its packets with copies of those before them (RED, RFC 2198); audio only.
    pub red: Option<u8>,
    /// Parameters as in `a=fmtp`; empty when there are none.
    pub fmtp: String,
}

impl Codec {
    /// The codec with the payload types that the gateway gives it in its own offers.
    pub fn offered(kind: CodecKind) -> Self {
        let (encoding, pt, rtx, fmtp) = match kind {
            CodecKind::Opus => ("opus/48000/2", 111, None, "minptime=10;useinbandfec=1"),
            CodecKind::Vp8 => ("VP8/90000", 96, Some(97), ""),
            CodecKind::H264 => (
                "H264/90000",
                102,
                Some(103),
                "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
            ),
            CodecKind::Vp9 => ("VP9/90000", 98, Some(99), "profile-id=0"),
            CodecKind::Av1 => ("AV1/90000", 45, Some(46), ""),
        };
        let red = (kind == CodecKind::Opus).then_some(63);
        Self { kind, encoding: encoding.to_owned(), pt, rtx, red, fmtp: fmtp.to_owned() }
    }

    /// The codec without RED, where `plain`.
    #[must_use]
    pub fn without_red(self, plain: bool) -> Self {
        Self { red: self.red.filter(|_| !plain), ..self }
    }

    /// Opus of which silence is wanted as silence: the sender may stop (`usedtx`, RFC 7587, section 6.1).
    #[must_use]
    pub fn with_silence(mut self, wanted: bool) -> Self {
        if wanted && self.kind == CodecKind::Opus && !self.fmtp.contains("usedtx=") {
            let more = if self.fmtp.is_empty() { "" } else { ";" };
            self.fmtp = format!("{}{more}usedtx=1", self.fmtp);
        }
        self
    }

    /// Is this one of the parameters, as in "stereo=1"?
    pub fn says(&self, parameter: &str) -> bool {
        self.fmtp.split(';').any(|part| part.trim() == parameter)
    }

    /// Opus that is to be sent in two channels or, unless `wanted`, in one (RFC 7587, section 6.1). What the other side
    /// says of what it receives or sends is taken out.
    #[must_use]
    pub fn asked_in_stereo(mut self, wanted: bool) -> Self {
        if self.kind == CodecKind::Opus {
            let says =
                |part: &&str| !part.starts_with("stereo=") && !part.starts_with("sprop-stereo=");
            let others =
                self.fmtp.split(';').map(str::trim).filter(|part| !part.is_empty()).filter(says);
            let stereo = wanted.then_some("stereo=1");
            self.fmtp = others.chain(stereo).collect::<Vec<_>>().join(";");
        }
        self
    }

    /// Opus that comes in two channels, where `stereo`: the receiver is asked to keep them apart.
    #[must_use]
    pub fn sent_in_stereo(self, stereo: bool) -> Self {
        if !stereo || self.kind != CodecKind::Opus {
            return self;
        }
        let asked = self.asked_in_stereo(true);
        Self { fmtp: format!("{};sprop-stereo=1", asked.fmtp), ..asked }
    }

    /// The header extensions that the gateway writes beside the codec in its own offers. All packets are numbered for the
    /// whole connection: the 8 bytes tell what the line does to sound within a tenth of a second, where browsers report
    /// on sound once in five seconds.
    pub fn offered_extensions(kind: CodecKind) -> Vec<(u8, String)> {
        let scalable = kind.scalable().then(|| (DEPENDENCY_ID, DEPENDENCY.to_owned()));
        [(TRANSPORT_CC_ID, TRANSPORT_CC.to_owned())].into_iter().chain(scalable).collect()
    }

    /// RTP ticks a second.
    pub const fn clock_rate(&self) -> u32 {
        match self.kind {
            CodecKind::Opus => 48_000,
            CodecKind::Vp8 | CodecKind::H264 | CodecKind::Vp9 | CodecKind::Av1 => 90_000,
        }
    }
}

/// A stream that a section announces by number (RFC 5576).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ssrcs {
    /// The stream itself.
    pub ssrc: u32,
    /// Its retransmissions, from an FID group.
    pub rtx: Option<u32>,
}

/// One m-section of a client's description, reduced to what the gateway uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The section's name; empty when the client gave none.
    pub mid: String,
    /// What it carries.
    pub kind: Kind,
    /// Codecs that the gateway can forward, in the client's order.
    pub codecs: Vec<Codec>,
    /// Number and URI of each header extension that the gateway knows.
    pub extensions: Vec<(u8, String)>,
    /// What it can tell of the packets that it gets.
    pub tells: Tells,
    /// Names of the simulcast layers that the client sends, in its order; empty without simulcast.
    pub rids: Vec<String>,
    /// Does the client send here?
    pub sends: bool,
    /// Does the client receive here?
    pub receives: bool,
    /// Do RTP and RTCP share one path (`a=rtcp-mux`)?
    pub muxed: bool,
    /// Is it named, by a name of its own, in the `a=group:BUNDLE` of the description?
    pub bundled: bool,
    /// Port 0 without `bundle-only`: the section is refused or stopped for good.
    pub rejected: bool,
    /// Stream name from `a=msid`.
    pub stream: Option<String>,
    /// Track name from `a=msid`: the id of the client's MediaStreamTrack.
    pub track: Option<String>,
    /// Streams announced by number, retransmissions folded into their stream.
    pub ssrcs: Vec<Ssrcs>,
}

/// A client's description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// SHA-256 of the client's certificate: upper-case hex pairs joined by colons.
    pub fingerprint: String,
    /// The client's DTLS role.
    pub setup: Setup,
    /// Does the client claim to be an ICE-lite agent? Two lite agents never connect.
    pub ice_lite: bool,
    /// The client's ICE user fragment: a new one in a later description is an ICE restart.
    pub ice_ufrag: String,
    /// The client's ICE password, with which it signs its answers.
    pub ice_pwd: String,
    /// The m-sections in order.
    pub sections: Vec<Section>,
}

impl Section {
    /// A section that neither sends nor receives anything, on the path that all share.
    #[must_use]
    pub const fn silent(mid: String, kind: Kind) -> Self {
        Self {
            mid,
            kind,
            codecs: vec![],
            extensions: vec![],
            tells: Tells::Nothing,
            rids: vec![],
            sends: false,
            receives: false,
            muxed: true,
            bundled: true,
            rejected: false,
            stream: None,
            track: None,
            ssrcs: vec![],
        }
    }

    /// The extensions that serve with `codec`: what tells layers apart costs bytes in vain where there are none.
    pub fn extensions_for(&self, codec: &Codec) -> Vec<(u8, String)> {
        let serves = |extension: &&(u8, String)| extension.1 != DEPENDENCY || codec.kind.scalable();
        self.extensions.iter().filter(serves).cloned().collect()
    }

    /// The client's numbers for what the gateway writes.
    pub fn written(&self) -> Written {
        Written::among(&self.extensions, self.tells, &self.mid)
    }
}

impl Remote {
    /// Can the client be the DTLS client of an ICE-full agent, as the gateway needs?
    pub fn fits(&self) -> bool {
        self.setup != Setup::Passive && !self.ice_lite
    }
}

/// What the gateway says about one m-section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Media {
    /// The client sends, with the chosen codec.
    Receive {
        /// Section name, from the offer.
        mid: String,
        /// Audio or video.
        kind: Kind,
        /// The one codec that the client may send.
        codec: Codec,
        /// Extensions that the gateway reads.
        extensions: Vec<(u8, String)>,
        /// Simulcast layers that the gateway takes.
        rids: Vec<String>,
        /// False: `a=inactive`, the client has stopped the track.
        active: bool,
    },
    /// The gateway sends.
    Send {
        /// Section name.
        mid: String,
        /// Audio or video.
        kind: Kind,
        /// The codec of the stream.
        codec: Codec,
        /// Extensions that the gateway may write.
        extensions: Vec<(u8, String)>,
        /// What the client said that it can tell; agreed to where there is no transport-wide feedback.
        tells: Tells,
        /// The stream.
        ssrc: u32,
        /// Its retransmissions; left out when the codec has none.
        rtx_ssrc: u32,
        /// MediaStream id at the client: what is heard and seen in step shares it.
        stream: String,
        /// MediaStreamTrack id at the client.
        track: String,
        /// False: `a=inactive`, the track has ended but keeps its m-line.
        active: bool,
    },
    /// Data channels.
    Data {
        /// Section name.
        mid: String,
    },
    /// Refused, port 0; keeps its place.
    Reject {
        /// Section name.
        mid: String,
        /// As offered.
        kind: Kind,
    },
}

/// An address at which the gateway can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Address and port.
    pub address: SocketAddr,
    /// What carries datagrams there.
    pub carrier: Carrier,
}

/// What carries datagrams to a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// UDP.
    Udp,
    /// A TCP connection that the client opens (RFC 6544, section 4.1: passive candidate).
    Tcp,
}

/// The gateway's half of a description, the same for every section.
#[derive(Clone, Copy, Debug)]
pub struct Local<'a> {
    /// From `Peer::credentials`.
    pub credentials: &'a Credentials,
    /// From `dtls::Identity`.
    pub fingerprint: &'a str,
    /// Where the gateway can be reached, best first of each carrier.
    pub candidates: &'a [Candidate],
    /// Session number of the `o=` line, constant for a peer.
    pub session: u64,
    /// Version of the `o=` line, +1 for each description.
    pub version: u64,
    /// [`Setup::ActPass`] in an offer, [`Setup::Passive`] in an answer.
    pub setup: Setup,
}
