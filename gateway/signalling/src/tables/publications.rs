//! What participants send: tracks announced by signalling, and tracks whose media has a section in
//! the publisher's connection.

use std::collections::BTreeMap;

use media::{Layer, MediaKind};
use transport::payload::CodecKind;
use transport::sdp::{Codec, Section};

use super::dynacast::Dynacast;
use crate::ids::{ConnectionId, Numbering, ParticipantId, RoomId, TrackId};
use crate::words::request::TrackSettings;
use crate::words::track::{Announcement, TrackInfo, TrackSource, VideoLayer};

/// The longest name in an announcement, in bytes.
const NAME_MAX: usize = 256;
/// Codecs of one announcement, and layers of one codec.
const CODECS_MAX: usize = 4;
const LAYERS_MAX: usize = 4;
/// Features of sound in one announcement.
const FEATURES_MAX: usize = 16;

/// A track that a participant has announced and not yet offered.
#[derive(Debug)]
pub(crate) struct Announced {
    pub(crate) cids: Vec<String>,
    /// The codec that it will be in, where the announcement says that.
    pub(crate) codec: String,
    pub(crate) info: TrackInfo,
}

/// What is known of a track's media.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encoded {
    pub(crate) kind: MediaKind,
    pub(crate) codec: CodecKind,
    /// As the publisher numbers it.
    pub(crate) payload_type: u8,
    /// Encodings of the picture.
    pub(crate) layers: u8,
    /// Spatial layers within a single stream.
    pub(crate) spatial: u8,
}

/// A track in the room.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) room: RoomId,
    pub(crate) owner: ParticipantId,
    pub(crate) connection: ConnectionId,
    pub(crate) mid: String,
    pub(crate) encoded: Encoded,
    pub(crate) info: TrackInfo,
    /// A server has muted it: nothing of it is passed on, whatever its publisher sends.
    pub(crate) silenced: bool,
    pub(crate) dynacast: Dynacast,
    /// Somebody has taken it, and its publisher was told.
    pub(crate) taken: bool,
}

impl Published {
    /// How many sizes of the picture can be told apart: encodings, or spatial layers within the only one.
    pub(crate) fn qualities(&self) -> u8 {
        match self.encoded.layers {
            0 | 1 => self.encoded.spatial.max(1),
            layers => layers,
        }
    }

    /// A key picture of the only stream says how many spatial layers it has.
    pub(crate) fn note_spatial(&mut self, spatial: u8) {
        if self.encoded.layers == 1 && self.encoded.spatial != spatial {
            self.encoded.spatial = spatial;
            self.dynacast = Dynacast::of(spatial);
        }
    }

    /// The lowest layer that fills a view of this size or quality; `None` for no video at all.
    pub(crate) fn layer_for(&self, settings: &TrackSettings) -> Option<Layer> {
        if settings.disabled {
            return None;
        }
        let best = self.qualities().saturating_sub(1);
        let size = |layer: &VideoLayer| match settings.width {
            0 => layer.height,
            _ => layer.width,
        };
        let mut sizes: Vec<(u8, u32)> = (0..=best).zip(self.info.layers.iter().map(size)).collect();
        sizes.sort_by_key(|(_, size)| *size);
        let least = if settings.width > 0 { settings.width } else { settings.height };
        let wanted = match least {
            0 => u8::try_from(settings.quality).unwrap_or(best),
            wanted => {
                sizes.iter().find(|(_, size)| *size >= wanted).map_or(best, |(quality, _)| *quality)
            }
        };
        Some(Layer(wanted.min(best)))
    }

    /// Whether something of it comes many times a second: a screen that stands still sends nothing, nor does a camera
    /// whose publisher was told that nobody looks.
    pub(crate) fn flows(&self) -> bool {
        let wanted = self.qualities() == 1 || self.dynacast.told() > 0;
        let camera = self.info.source == TrackSource::Camera && wanted;
        !self.info.muted && (!self.video() || camera)
    }

    /// Whether it is a picture.
    pub(crate) fn video(&self) -> bool {
        self.encoded.kind == MediaKind::Video
    }

    /// Whether it has layers that can be left out.
    pub(crate) fn layered(&self) -> bool {
        self.video() && self.qualities() > 1
    }
}

/// Everybody in the room is told what an announcement says, so it has a measure.
pub(crate) fn fits(announcement: &Announcement) -> bool {
    let short = |text: &String| text.len() <= NAME_MAX;
    let few = |layers: &[VideoLayer]| {
        layers.len() <= LAYERS_MAX && layers.iter().all(|layer| short(&layer.rid))
    };
    let codecs = &announcement.codecs;
    [&announcement.cid, &announcement.name, &announcement.stream].into_iter().all(short)
        && few(&announcement.layers)
        && announcement.features.others.len() <= FEATURES_MAX
        && codecs.len() <= CODECS_MAX
        && codecs.iter().all(|codec| short(&codec.codec) && short(&codec.cid) && few(&codec.layers))
}

/// Whether source and kind agree: a token that grants a microphone grants no picture.
pub(crate) fn matches(announcement: &Announcement) -> bool {
    let audio = announcement.kind == MediaKind::Audio;
    match announcement.source {
        TrackSource::Camera | TrackSource::ScreenShare => !audio,
        TrackSource::Microphone | TrackSource::ScreenShareAudio => audio,
        TrackSource::Unknown => true,
    }
}

/// How the ids of such tracks begin.
pub(crate) const fn prefix(announcement: &Announcement) -> &'static str {
    match (announcement.source, announcement.kind) {
        (TrackSource::Camera, _) => "TR_VC",
        (TrackSource::Microphone, _) => "TR_AM",
        (TrackSource::ScreenShare, _) => "TR_VS",
        (TrackSource::ScreenShareAudio, _) => "TR_AS",
        (TrackSource::Unknown, MediaKind::Audio) => "TR_A",
        (TrackSource::Unknown, MediaKind::Video) => "TR_V",
    }
}

/// What an announcement becomes for the others, under the id `sid`.
pub(crate) fn describe(announcement: &Announcement, sid: String) -> TrackInfo {
    let audio = announcement.kind == MediaKind::Audio;
    let stream = match announcement.source {
        _ if !announcement.stream.is_empty() => announcement.stream.clone(),
        TrackSource::ScreenShare | TrackSource::ScreenShareAudio => "screen_share".to_owned(),
        _ => "camera".to_owned(),
    };
    let codec = announcement.codecs.first().map_or("", |codec| codec.codec.as_str());
    TrackInfo {
        sid,
        kind: announcement.kind,
        source: announcement.source,
        name: announcement.name.clone(),
        muted: announcement.muted,
        width: announcement.width,
        height: announcement.height,
        simulcast: false,
        // Where the blocks of RED end cannot be read in what is encrypted end to end.
        disable_red: announcement.disable_red || !audio || announcement.encryption != 0,
        encryption: announcement.encryption,
        stream,
        stereo: announcement.features.stereo,
        features: announcement.features.clone(),
        backup_codec_policy: announcement.backup_codec_policy,
        mime_type: String::new(),
        mid: String::new(),
        cid: announcement.cid.clone(),
        codec_mime: mime(codec, audio).to_owned(),
        layers: layers(announcement),
        offered: false,
    }
}

/// The layers of an announcement, smallest first.
fn layers(announcement: &Announcement) -> Vec<VideoLayer> {
    let first = announcement.codecs.first().map(|codec| codec.layers.clone());
    let first = first.filter(|layers| !layers.is_empty());
    let mut layers = first.unwrap_or_else(|| announcement.layers.clone());
    layers.sort_by_key(|layer| layer.quality);
    layers
}

/// The media type of a codec; what is not known is VP8, which every client has.
pub(crate) fn mime(codec: &str, audio: bool) -> &'static str {
    match (codec.to_ascii_lowercase().as_str(), audio) {
        (_, true) => "audio/opus",
        ("h264", false) => "video/H264",
        ("vp9", false) => "video/VP9",
        ("av1", false) => "video/AV1",
        _ => "video/VP8",
    }
}

/// All tracks of a core.
#[derive(Debug, Default)]
pub(crate) struct Publications {
    pub(crate) announced: BTreeMap<ParticipantId, Vec<Announced>>,
    pub(crate) tracks: BTreeMap<TrackId, Published>,
    numbering: Numbering,
    last: u32,
}

impl Publications {
    pub(crate) fn new(numbering: Numbering) -> Self {
        Self { numbering, ..Self::default() }
    }

    /// Somebody's wish for a track has changed.
    pub(crate) fn stir(&mut self, track: TrackId) {
        if let Some(published) = self.tracks.get_mut(&track) {
            published.dynacast.stirred = true;
        }
    }

    /// Adds a track.
    pub(crate) fn add(&mut self, track: Published) -> TrackId {
        let id = TrackId(self.numbering.nth(self.last));
        self.last = self.last.wrapping_add(1);
        self.tracks.insert(id, track);
        id
    }

    /// The codec of an offered section: the one that the track has already, or that was announced, or
    /// else the client's first; with RED and DTX if the announcement does not forbid them, in stereo if either says so.
    pub(crate) fn codec_of(
        &self,
        owner: ParticipantId,
        known: Option<TrackId>,
        claim: Option<&str>,
        section: &Section,
    ) -> Option<Codec> {
        let known = known.and_then(|track| self.tracks.get(&track));
        let present = known.map(|published| published.encoded.codec.name());
        let waiting = self.claimed(owner, claim);
        let wanted =
            present.or(waiting.map(|announced| announced.codec.as_str())).unwrap_or_default();
        let fits = |codec: &&Codec| codec.kind.name().eq_ignore_ascii_case(wanted);
        let info =
            known.map(|published| &published.info).or(waiting.map(|announced| &announced.info));
        let plain = info.is_none_or(|info| info.disable_red);
        let codec = section.codecs.iter().find(fits).or_else(|| section.codecs.first())?;
        let silent = info.is_some_and(|info| !info.features.no_dtx);
        // What a client says of `stereo` is what it can hear, and nothing of its microphone.
        let stereo = info.is_some_and(|info| info.features.stereo) || codec.says("sprop-stereo=1");
        let codec = codec.clone().asked_in_stereo(stereo);
        Some(codec.without_red(plain).with_silence(silent))
    }

    /// Takes an announcement that a section claims.
    pub(crate) fn take_announced(&mut self, owner: ParticipantId, sid: &str) -> Option<Announced> {
        let waiting = self.announced.get_mut(&owner)?;
        let place = waiting.iter().position(|announced| announced.info.sid == sid)?;
        Some(waiting.remove(place))
    }

    /// An announcement that a section claims.
    pub(crate) fn claimed(&self, owner: ParticipantId, sid: Option<&str>) -> Option<&Announced> {
        self.announced
            .get(&owner)?
            .iter()
            .find(|announced| Some(announced.info.sid.as_str()) == sid)
    }

    pub(crate) fn get(&self, track: TrackId) -> Option<&Published> {
        self.tracks.get(&track)
    }

    /// The track with this id in signalling.
    pub(crate) fn find(&self, sid: &str) -> Option<(TrackId, &Published)> {
        self.tracks
            .iter()
            .find(|(_, published)| published.info.sid == sid)
            .map(|(id, published)| (*id, published))
    }

    /// Tracks of one participant.
    pub(crate) fn of(&self, owner: ParticipantId) -> impl Iterator<Item = (TrackId, &Published)> {
        self.tracks
            .iter()
            .filter(move |(_, published)| published.owner == owner)
            .map(|(id, published)| (*id, published))
    }

    /// What others are told of one participant's tracks.
    pub(crate) fn infos(&self, owner: ParticipantId) -> Vec<TrackInfo> {
        self.of(owner).map(|(_, published)| published.info.clone()).collect()
    }

    /// Tracks of one room.
    pub(crate) fn in_room(&self, room: RoomId) -> impl Iterator<Item = (TrackId, &Published)> {
        self.tracks
            .iter()
            .filter(move |(_, published)| published.room == room)
            .map(|(id, published)| (*id, published))
    }
}

#[cfg(test)]
mod tests {
    use transport::sdp::Kind;

    use super::*;
    use crate::words::track::AudioFeatures;

    fn sending(kind: Kind, codecs: Vec<Codec>) -> Section {
        Section { codecs, sends: true, ..Section::silent("1".to_owned(), kind) }
    }

    fn announcement(kind: MediaKind) -> Announcement {
        Announcement::new(String::new(), kind, TrackSource::Unknown)
    }

    fn answered(announcement: &Announcement, fmtp: Option<&str>) -> Codec {
        let mut publications = Publications::default();
        let info = describe(announcement, "TR_A".to_owned());
        let announced = Announced { cids: vec![], codec: String::new(), info };
        let owner = ParticipantId(1);
        publications.announced.insert(owner, vec![announced]);
        let mut codec = Codec::offered(CodecKind::Opus);
        if let Some(fmtp) = fmtp {
            fmtp.clone_into(&mut codec.fmtp);
        }
        let section = sending(Kind::Audio, vec![codec]);
        let claims = publications.claims(owner, ConnectionId(1), std::slice::from_ref(&section));
        publications.codec_of(owner, None, claims[0].as_deref(), &section).unwrap()
    }

    #[test]
    fn a_voice_is_answered_with_copies_and_silence_unless_it_is_announced_without() {
        let said = |announcement: &Announcement| {
            let codec = answered(announcement, None);
            (codec.red, codec.fmtp.contains("usedtx=1"))
        };
        let voice = announcement(MediaKind::Audio);
        assert_eq!(said(&voice), (Some(63), true));
        assert_eq!(said(&Announcement { disable_red: true, ..voice.clone() }), (None, true));
        assert_eq!(said(&Announcement { encryption: 1, ..voice.clone() }), (None, true));
        let features = AudioFeatures { no_dtx: true, ..AudioFeatures::default() };
        assert_eq!(said(&Announcement { features, ..voice }), (Some(63), false));
    }

    #[test]
    fn two_channels_are_asked_of_who_announces_or_sends_them_and_of_nobody_else() {
        let said =
            |announcement: &Announcement, fmtp: &str| answered(announcement, Some(fmtp)).fmtp;
        let voice = announcement(MediaKind::Audio);
        let features = AudioFeatures { stereo: true, no_dtx: true, others: vec![] };
        let music = Announcement { features, ..voice.clone() };
        let plain = "minptime=10;useinbandfec=1";
        assert_eq!(said(&voice, plain), "minptime=10;useinbandfec=1;usedtx=1");
        assert_eq!(said(&voice, "stereo=1"), "usedtx=1", "it can hear two");
        assert_eq!(said(&voice, "sprop-stereo=1"), "stereo=1;usedtx=1", "it sends two");
        let given = said(&music, "maxaveragebitrate=128000");
        assert_eq!(given, "maxaveragebitrate=128000;stereo=1");
        assert_eq!(said(&music, "stereo=1; cbr=1"), "cbr=1;stereo=1");
    }

    #[test]
    fn a_source_is_sound_or_picture_and_not_the_other() {
        let of = |source: TrackSource, kind: MediaKind| {
            matches(&Announcement { source, ..announcement(kind) })
        };
        let (audio, video) = (MediaKind::Audio, MediaKind::Video);
        for source in [TrackSource::Camera, TrackSource::ScreenShare] {
            assert!(of(source, video) && !of(source, audio));
        }
        for source in [TrackSource::Microphone, TrackSource::ScreenShareAudio] {
            assert!(of(source, audio) && !of(source, video));
        }
        assert!(of(TrackSource::Unknown, audio) && of(TrackSource::Unknown, video));
    }
}
