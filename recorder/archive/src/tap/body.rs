use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The first frame after a connect, a TEXT frame: which run of the gateway speaks and what it still
/// has. Then come, under their own numbers, the rooms, people and tracks that were there before the
/// oldest record (if that is later than what was asked for), and then all records that are kept.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Hello {
    /// Name of this run of the gateway: a new one after every start, so that `seq` may restart.
    pub run: String,
    /// The oldest record still kept.
    pub oldest: u64,
    /// The number that the next record will get.
    pub next: u64,
    /// Every room that is open or of which records are kept. A take of another room is over, and its
    /// end is gone.
    pub rooms: Vec<KnownRoom>,
}

/// What a gateway still has of a room when a recorder comes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownRoom {
    /// The room's number.
    pub room: u32,
    /// All records of the room from this number on are kept: who has the one before lacks none.
    pub whole_from: u64,
    /// Whether it is open now.
    pub open: bool,
    /// The record in which it was last opened; 0 = not known.
    #[serde(default)]
    pub opened: u64,
}

/// What a record says. The numbers of the kinds are the wire's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Body<'a> {
    /// 1: a room that is to be recorded is open. Said again to a recorder that comes late.
    RoomOpened(RoomOpened),
    /// 2: a track exists. Said again to a recorder that comes late.
    TrackPublished(TrackPublished),
    /// 3: one received packet.
    Rtp(Rtp<'a>),
    /// 4: a sender report of RFC 3550 §6.4.1.
    SenderReport(SenderReport),
    /// 5: a participant is in the room. Said again to a recorder that comes late.
    ParticipantJoined(ParticipantJoined),
    /// 6: a participant left.
    ParticipantLeft(ParticipantLeft),
    /// 7: a data packet was sent to the room.
    Data(DataPacket),
    /// 8: a track was muted or unmuted.
    TrackMuted(TrackMuted),
    /// 9: a track ended.
    TrackUnpublished(TrackUnpublished),
    /// 10: the room is over.
    RoomClosed(RoomClosed),
    /// 11: the gateway's wall clock was set. Times of records go on as before, so that their order and
    /// distance hold.
    ClockSet(ClockSet),
    /// 200: records are missing here: the gateway lost them before the tap, or, as the recorder's own
    /// note in its journal, on the way.
    Missed(Missed),
    /// A kind that this version does not know, kept as it came.
    Other {
        /// The kind's number on the wire.
        kind: u8,
        /// The body as it came.
        bytes: &'a [u8],
    },
}

impl Body<'_> {
    /// The number on the wire.
    #[must_use]
    pub const fn kind(&self) -> u8 {
        match self {
            Self::RoomOpened(_) => 1,
            Self::TrackPublished(_) => 2,
            Self::Rtp(_) => 3,
            Self::SenderReport(_) => 4,
            Self::ParticipantJoined(_) => 5,
            Self::ParticipantLeft(_) => 6,
            Self::Data(_) => 7,
            Self::TrackMuted(_) => 8,
            Self::TrackUnpublished(_) => 9,
            Self::RoomClosed(_) => 10,
            Self::ClockSet(_) => 11,
            Self::Missed(_) => 200,
            Self::Other { kind, .. } => *kind,
        }
    }
}

/// A room that is to be recorded.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RoomOpened {
    /// Name of the gateway's run.
    pub run: String,
    /// Name of the room.
    pub name: String,
    /// Id of the booked session; empty if the room was not booked.
    pub session: String,
    /// `consultation`, `class`, `training` or `broadcast`; empty if not known.
    pub kind: String,
    /// Title for people.
    pub title: String,
    /// Whether the room is to be recorded.
    pub record: bool,
}

/// A track that exists from now on.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackPublished {
    /// Number given by the gateway, unique within the room and run.
    pub track: u32,
    /// The track's id in signalling (`TR_...`).
    #[serde(default)]
    pub sid: String,
    /// Who publishes it.
    pub identity: String,
    /// Name given by the publisher.
    #[serde(default)]
    pub name: String,
    /// What it shows.
    #[serde(default)]
    pub source: Source,
    /// Sound or picture.
    pub media: Media,
    /// How it is coded.
    pub codec: Codec,
    /// Ticks of its RTP clock in a second.
    pub clock_rate: u32,
    /// The payload type that its packets bear on the tap.
    pub payload_type: u8,
    /// Simulcast layers; 1 without simulcast.
    #[serde(default = "one")]
    pub layers: u8,
}

const fn one() -> u8 {
    1
}

/// What a track shows.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Source {
    Camera,
    Microphone,
    ScreenShare,
    ScreenShareAudio,
    #[default]
    #[serde(other)]
    Unknown,
}

/// Sound or picture.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Media {
    #[default]
    Audio,
    Video,
}

/// How a track is coded.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Codec {
    Opus,
    Vp8,
    H264,
    Vp9,
    Av1,
    /// One that a recording cannot show yet: kept in the journal, left out of the replay.
    #[default]
    #[serde(other)]
    Other,
}

/// One packet as it came from the publisher, decrypted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rtp<'a> {
    /// The track's number.
    pub track: u32,
    /// Simulcast layer, 0 is the smallest picture.
    pub layer: u8,
    /// RFC 3550 header of 12 bytes (no CSRC, no extension) and the payload.
    pub packet: &'a [u8],
}

/// The part of a sender report that ties media time to the sender's wall clock.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SenderReport {
    /// The track's number.
    pub track: u32,
    /// Simulcast layer.
    pub layer: u8,
    /// NTP timestamp, 32.32 fixed point seconds since 1900.
    pub ntp: u64,
    /// RTP timestamp of the same instant.
    pub rtp_ts: u32,
}

/// A participant who is in the room.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantJoined {
    /// Who: the person's id.
    pub identity: String,
    /// Name for people.
    #[serde(default)]
    pub name: String,
    /// Role in the session, such as `lead_teacher`.
    #[serde(default)]
    pub role: String,
    /// Where they sit.
    #[serde(default)]
    pub site: String,
    /// When they joined, milliseconds since 1970 (UTC).
    #[serde(default)]
    pub at_ms: u64,
}

/// A participant who left.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantLeft {
    /// Who.
    pub identity: String,
    /// Why, for the log.
    #[serde(default)]
    pub reason: String,
}

/// A data packet to the room.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataPacket {
    /// Who sent it.
    pub identity: String,
    /// What it is about: `chat`, `slides`, `hand`, ...
    #[serde(default)]
    pub topic: String,
    /// The payload; base64 on the wire.
    #[serde(with = "payload")]
    pub payload: Vec<u8>,
}

/// A track was muted or unmuted.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackMuted {
    /// The track's number.
    pub track: u32,
    /// Whether it is muted now.
    pub muted: bool,
}

/// A track ended.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackUnpublished {
    /// The track's number.
    pub track: u32,
}

/// The room is over.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomClosed {
    /// Why, for the log and the manifest.
    #[serde(default)]
    pub reason: String,
}

/// How far the wall clock and the records' times are apart.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClockSet {
    /// Microseconds that the wall clock is ahead of the records' times; negative: behind.
    pub ahead_us: i64,
}

/// What a recorder tells its gateway whenever it changes, as a text frame: people must see whether
/// they are recorded.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Recording {
    /// Numbers of rooms that are open and not recorded.
    pub refused: Vec<u32>,
    /// Whether nothing is recorded now: the disk takes nothing.
    pub stopped: bool,
}

/// Records of a room that are known to be missing.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Missed {
    /// When the hole begins, microseconds since 1970 (UTC).
    pub from_us: u64,
    /// When it ends.
    pub to_us: u64,
    /// How many records are missing, if that is known.
    #[serde(default)]
    pub records: u64,
    /// Why, for the manifest.
    #[serde(default)]
    pub reason: String,
}

mod payload {
    use alloc::string::String;
    use alloc::vec::Vec;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text.as_bytes()).map_err(de::Error::custom)
    }
}
