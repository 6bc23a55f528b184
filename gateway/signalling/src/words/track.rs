//! Tracks as they are announced and described.

use media::MediaKind;

/// Where a track comes from.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum TrackSource {
    /// It was not said.
    #[default]
    Unknown,
    /// A camera.
    Camera,
    /// A microphone.
    Microphone,
    /// A shared screen.
    ScreenShare,
    /// The sound of a shared screen.
    ScreenShareAudio,
}

impl TrackSource {
    const ALL: [Self; 5] =
        [Self::Unknown, Self::Camera, Self::Microphone, Self::ScreenShare, Self::ScreenShareAudio];

    /// The word for it in a grant.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Camera => "camera",
            Self::Microphone => "microphone",
            Self::ScreenShare => "screen_share",
            Self::ScreenShareAudio => "screen_share_audio",
        }
    }

    /// The source that a grant calls `word`, in any case of letters.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word().eq_ignore_ascii_case(word))
    }
}

/// What is said of sound beside its codec.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AudioFeatures {
    /// Two channels.
    pub stereo: bool,
    /// Silence is sent as sound (no DTX).
    pub no_dtx: bool,
    /// Others, as clients number them.
    pub others: Vec<i32>,
}

/// One layer of a picture, as its publisher announces it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct VideoLayer {
    /// Its rank as clients number it: 0 is the smallest.
    pub quality: i32,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bits a second.
    pub bitrate_bps: u32,
    /// Its stream, if it is told by number.
    pub ssrc: u32,
    /// Its place within one stream.
    pub spatial_layer: i32,
    /// Its name in the offer.
    pub rid: String,
    /// The stream of what is sent again.
    pub repair_ssrc: u32,
}

/// A codec that a track will be sent in.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AnnouncedCodec {
    /// Its name.
    pub codec: String,
    /// The client's id of the track in it.
    pub cid: String,
    /// Its layers.
    pub layers: Vec<VideoLayer>,
}

/// A client says that it will send a track.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// The client's own id of it.
    pub cid: String,
    /// The name that is shown.
    pub name: String,
    /// Sound or picture.
    pub kind: MediaKind,
    /// Where it comes from.
    pub source: TrackSource,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// It begins mute.
    pub muted: bool,
    /// Its layers, where no codec names its own.
    pub layers: Vec<VideoLayer>,
    /// Its codecs, the first one first.
    pub codecs: Vec<AnnouncedCodec>,
    /// What it is played in step with; empty = by its source.
    pub stream: String,
    /// No copies of earlier sound (RED, RFC 2198).
    pub disable_red: bool,
    /// Encryption from end to end, as clients number it; 0 = none.
    pub encryption: i32,
    /// What the sound is.
    pub features: AudioFeatures,
    /// What is done for listeners without the codec, as clients number it.
    pub backup_codec_policy: i32,
}

impl Announcement {
    /// A track of which nothing else is said.
    #[must_use]
    pub const fn new(cid: String, kind: MediaKind, source: TrackSource) -> Self {
        Self {
            cid,
            name: String::new(),
            kind,
            source,
            width: 0,
            height: 0,
            muted: false,
            layers: vec![],
            codecs: vec![],
            stream: String::new(),
            disable_red: false,
            encryption: 0,
            features: AudioFeatures { stereo: false, no_dtx: false, others: vec![] },
            backup_codec_policy: 0,
        }
    }
}

/// What others are told of a track.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackInfo {
    /// Its id.
    pub sid: String,
    /// Sound or picture.
    pub kind: MediaKind,
    /// Where it comes from.
    pub source: TrackSource,
    /// The name that is shown.
    pub name: String,
    /// Nothing of it is heard or seen at present.
    pub muted: bool,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// It comes in several encodings.
    pub simulcast: bool,
    /// No copies of earlier sound (RED).
    pub disable_red: bool,
    /// Encryption from end to end, as clients number it; 0 = none.
    pub encryption: i32,
    /// What it is played in step with.
    pub stream: String,
    /// Sound in two channels, by its section or its features.
    pub stereo: bool,
    /// What the sound is.
    pub features: AudioFeatures,
    /// What is done for listeners without the codec, as clients number it.
    pub backup_codec_policy: i32,
    /// The codec, as a media type; empty before it is offered.
    pub mime_type: String,
    /// Its section in the publisher's connection; empty before it is offered.
    pub mid: String,
    /// The client's own id of it.
    pub cid: String,
    /// The media type of the first codec that was announced.
    pub codec_mime: String,
    /// Its layers, smallest first.
    pub layers: Vec<VideoLayer>,
    /// It is in the room: layers are told of the track itself too.
    pub offered: bool,
}
