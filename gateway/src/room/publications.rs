//! What participants send: tracks announced by signalling, and tracks whose media has a section in
//! the publisher's connection.

use std::collections::BTreeMap;

use livekit_protocol as lk;
use media::{Layer, MediaKind};
use sfu::{RoomId, TrackId};
use transport::payload::CodecKind;
use transport::sdp::{Codec, Section};

use super::encodings::Encodings;
use super::quality::Arrived;
use super::roster::sid;
use super::scaling::Scaling;
use super::speakers::Voice;
use super::uses::Uses;
use crate::ids::{ConnectionId, ParticipantId};
use crate::ring::Ring;

/// Packets kept for retransmission: 3 s of 1.5 Mbit/s, and a second of sound.
const VIDEO_KEPT: usize = 512;
const AUDIO_KEPT: usize = 64;

/// A track that a participant has announced and not yet offered.
#[derive(Debug)]
pub(crate) struct Announced {
    pub(crate) cids: Vec<String>,
    /// The codec that it will be in, where the announcement says that.
    pub(crate) codec: String,
    pub(crate) info: lk::TrackInfo,
}

/// A track in the room.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) room: RoomId,
    pub(crate) owner: ParticipantId,
    pub(crate) connection: ConnectionId,
    /// The transport's number for it.
    pub(crate) ingress: usize,
    pub(crate) mid: String,
    pub(crate) kind: MediaKind,
    pub(crate) codec: CodecKind,
    /// As the publisher numbers it.
    pub(crate) payload_type: u8,
    pub(crate) info: lk::TrackInfo,
    /// A server has muted it: nothing of it is passed on, whatever its publisher sends.
    pub(crate) silenced: bool,
    pub(crate) layers: Vec<Ring>,
    pub(crate) encodings: Encodings,
    /// What the dependency descriptors of each layer say.
    pub(crate) scaling: Vec<Scaling>,
    /// Spatial layers within a single stream.
    pub(crate) spatial: u8,
    pub(crate) uses: Uses,
    /// Somebody has taken it, and its publisher was told.
    pub(crate) taken: bool,
    pub(crate) voice: Voice,
    /// Packets of all layers up to the last judgement of the line.
    pub(crate) arrived: Arrived,
}

impl Published {
    /// Rings for `layers` encodings.
    pub(crate) fn rings(kind: MediaKind, layers: usize) -> Vec<Ring> {
        let kept = if kind == MediaKind::Video { VIDEO_KEPT } else { AUDIO_KEPT };
        (0..layers).map(|_| Ring::new(kept)).collect()
    }

    /// How many sizes of the picture can be told apart: encodings, or spatial layers within the only one.
    pub(crate) fn qualities(&self) -> u8 {
        match self.layers.len() {
            0 | 1 => self.spatial.max(1),
            layers => u8::try_from(layers).unwrap_or(u8::MAX),
        }
    }

    /// A key picture of the only stream says how many spatial layers it has.
    pub(crate) fn note_spatial(&mut self, spatial: u8) {
        if self.layers.len() == 1 && self.spatial != spatial {
            self.spatial = spatial;
            self.uses = Uses::of(spatial);
        }
    }

    /// The lowest layer that fills a view of this size or quality; `None` for no video at all.
    pub(crate) fn layer_for(&self, settings: &lk::UpdateTrackSettings) -> Option<Layer> {
        if settings.disabled {
            return None;
        }
        let best = self.qualities().saturating_sub(1);
        let mut widths: Vec<(u8, u32)> =
            (0..=best).zip(self.announced_layers().iter().map(|layer| layer.width)).collect();
        widths.sort_by_key(|(_, width)| *width);
        let wanted = match settings.width {
            0 => u8::try_from(settings.quality).unwrap_or(best),
            wanted => widths.iter().find(|(_, width)| *width >= wanted).map_or(best, |(it, _)| *it),
        };
        Some(Layer(wanted.min(best)))
    }

    fn announced_layers(&self) -> &[lk::VideoLayer] {
        self.info.codecs.first().map_or(&[], |codec| codec.layers.as_slice())
    }

    /// Whether something of it comes many times a second: a screen that stands still sends nothing, nor does a camera
    /// whose publisher was told that nobody looks.
    pub(crate) fn flows(&self) -> bool {
        let wanted = self.qualities() == 1 || self.uses.told() > 0;
        let camera = self.info.source() == lk::TrackSource::Camera && wanted;
        !self.info.muted && (!self.video() || camera)
    }

    /// Whether it is a picture.
    pub(crate) fn video(&self) -> bool {
        self.kind == MediaKind::Video
    }
}

/// Everybody in the room is told what an announcement says, so it has a measure: names of 256
/// bytes, four codecs of four layers.
pub(crate) fn fits(request: &lk::AddTrackRequest) -> bool {
    let short = |text: &String| text.len() <= 256;
    let few =
        |layers: &[lk::VideoLayer]| layers.len() <= 4 && layers.iter().all(|it| short(&it.rid));
    let codecs = &request.simulcast_codecs;
    [&request.cid, &request.name, &request.stream, &request.sid].into_iter().all(short)
        && few(&request.layers)
        && request.audio_features.len() <= 16
        && codecs.len() <= 4
        && codecs.iter().all(|it| short(&it.codec) && short(&it.cid) && few(&it.layers))
}

/// Whether source and kind agree: a token that grants a microphone grants no picture.
pub(crate) fn matches(request: &lk::AddTrackRequest) -> bool {
    let audio = request.r#type() == lk::TrackType::Audio;
    match request.source() {
        lk::TrackSource::Camera | lk::TrackSource::ScreenShare => !audio,
        lk::TrackSource::Microphone | lk::TrackSource::ScreenShareAudio => audio,
        lk::TrackSource::Unknown => true,
    }
}

/// Whether a track may send nothing while it is silent (DTX).
fn sends_silence(info: &lk::TrackInfo) -> bool {
    !info.audio_features.contains(&lk::AudioTrackFeature::TfNoDtx.into())
}

/// Whether a track is sound in two channels.
pub(crate) fn in_stereo(info: &lk::TrackInfo) -> bool {
    info.audio_features.contains(&lk::AudioTrackFeature::TfStereo.into())
}

/// What an announcement becomes for the others.
#[expect(deprecated, reason = "older SDKs say neither silence nor two channels as a feature")]
pub(crate) fn describe(request: &lk::AddTrackRequest) -> lk::TrackInfo {
    let audio = request.r#type() == lk::TrackType::Audio;
    let prefix = match request.source() {
        lk::TrackSource::Camera => "TR_VC",
        lk::TrackSource::Microphone => "TR_AM",
        lk::TrackSource::ScreenShare => "TR_VS",
        lk::TrackSource::ScreenShareAudio => "TR_AS",
        lk::TrackSource::Unknown if audio => "TR_A",
        lk::TrackSource::Unknown => "TR_V",
    };
    let plain = i32::from(lk::encryption::Type::None);
    let mut audio_features = request.audio_features.clone();
    let said = [
        (request.disable_dtx, lk::AudioTrackFeature::TfNoDtx),
        (request.stereo, lk::AudioTrackFeature::TfStereo),
    ];
    for feature in said.into_iter().filter(|it| it.0).map(|it| i32::from(it.1)) {
        if !audio_features.contains(&feature) {
            audio_features.push(feature);
        }
    }
    let stereo = audio_features.contains(&lk::AudioTrackFeature::TfStereo.into());
    let stream = match request.source() {
        _ if !request.stream.is_empty() => request.stream.clone(),
        lk::TrackSource::ScreenShare | lk::TrackSource::ScreenShareAudio => "screen_share".into(),
        _ => "camera".into(),
    };
    lk::TrackInfo {
        sid: sid(prefix),
        r#type: request.r#type,
        name: request.name.clone(),
        muted: request.muted,
        width: request.width,
        height: request.height,
        source: request.source,
        // Where the blocks of RED end cannot be read in what is encrypted end to end.
        disable_red: request.disable_red || !audio || request.encryption != plain,
        encryption: request.encryption,
        stream,
        stereo,
        audio_features,
        backup_codec_policy: request.backup_codec_policy,
        ..Default::default()
    }
}

/// The layers of a request, smallest first.
pub(crate) fn layers(request: &lk::AddTrackRequest) -> Vec<lk::VideoLayer> {
    let first = request.simulcast_codecs.first().map(|codec| codec.layers.clone());
    let mut layers = first.filter(|it| !it.is_empty()).unwrap_or_else(|| request.layers.clone());
    layers.sort_by_key(|layer| layer.quality);
    layers
}

/// The name of a codec in signalling; what is not known is VP8, which every client has.
pub(crate) fn mime(codec: &str, audio: bool) -> String {
    match (codec.to_ascii_lowercase().as_str(), audio) {
        (_, true) => "audio/opus",
        ("h264", false) => "video/H264",
        ("vp9", false) => "video/VP9",
        ("av1", false) => "video/AV1",
        _ => "video/VP8",
    }
    .to_owned()
}

/// All tracks of a shard.
#[derive(Debug, Default)]
pub(crate) struct Publications {
    pub(crate) announced: BTreeMap<ParticipantId, Vec<Announced>>,
    pub(crate) tracks: BTreeMap<TrackId, Published>,
    last: u32,
}

impl Publications {
    /// Somebody's wish for a track has changed.
    pub(crate) fn stir(&mut self, track: TrackId) {
        self.tracks.get_mut(&track).into_iter().for_each(|it| it.uses.stirred = true);
    }

    /// Adds a track.
    pub(crate) fn add(&mut self, track: Published) -> TrackId {
        self.last += 1;
        let id = TrackId(self.last);
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
        let present = known.map(|it| it.codec.name());
        let waiting = self.claimed(owner, claim);
        let wanted = present.or(waiting.map(|it| it.codec.as_str())).unwrap_or_default();
        let fits = |it: &&Codec| it.kind.name().eq_ignore_ascii_case(wanted);
        let info = known.map(|it| &it.info).or(waiting.map(|it| &it.info));
        let plain = info.is_none_or(|it| it.disable_red);
        let codec = section.codecs.iter().find(fits).or_else(|| section.codecs.first())?;
        let silent = info.is_some_and(sends_silence);
        // What a client says of `stereo` is what it can hear, and nothing of its microphone.
        let stereo = info.is_some_and(in_stereo) || codec.says("sprop-stereo=1");
        let codec = codec.clone().asked_in_stereo(stereo);
        Some(codec.without_red(plain).with_silence(silent))
    }

    /// The track with this id in signalling.
    pub(crate) fn find(&self, sid: &str) -> Option<(TrackId, &Published)> {
        self.tracks.iter().find(|(_, it)| it.info.sid == sid).map(|(id, it)| (*id, it))
    }

    /// Tracks of one participant.
    pub(crate) fn of(&self, owner: ParticipantId) -> impl Iterator<Item = (TrackId, &Published)> {
        self.tracks.iter().filter(move |(_, it)| it.owner == owner).map(|(id, it)| (*id, it))
    }

    /// What others are told of one participant's tracks.
    pub(crate) fn infos(&self, owner: ParticipantId) -> Vec<lk::TrackInfo> {
        self.of(owner).map(|(_, it)| it.info.clone()).collect()
    }

    /// Tracks of one room.
    pub(crate) fn in_room(&self, room: RoomId) -> impl Iterator<Item = (TrackId, &Published)> {
        self.tracks.iter().filter(move |(_, it)| it.room == room).map(|(id, it)| (*id, it))
    }
}

#[cfg(test)]
mod tests {
    use transport::sdp::Kind;

    use super::*;

    fn sending(kind: Kind, codecs: Vec<Codec>) -> Section {
        Section {
            mid: "1".to_owned(),
            kind,
            codecs,
            extensions: vec![],
            rids: vec![],
            sends: true,
            receives: false,
            muxed: true,
            bundled: true,
            rejected: false,
            stream: None,
            track: None,
            ssrcs: vec![],
        }
    }

    #[test]
    fn a_voice_is_answered_with_copies_and_silence_unless_it_is_announced_without() {
        let answered = |request: lk::AddTrackRequest| {
            let mut publications = Publications::default();
            let info = describe(&request);
            let announced = Announced { cids: vec![], codec: String::new(), info };
            publications.announced.insert(ParticipantId(1), vec![announced]);
            let section = sending(Kind::Audio, vec![Codec::offered(CodecKind::Opus)]);
            let owner = ParticipantId(1);
            let claims =
                publications.claims(owner, ConnectionId(1), std::slice::from_ref(&section));
            let codec = publications.codec_of(owner, None, claims[0].as_deref(), &section).unwrap();
            (codec.red, codec.fmtp.contains("usedtx=1"))
        };
        let r#type = lk::TrackType::Audio.into();
        let request = lk::AddTrackRequest { r#type, ..Default::default() };
        assert_eq!(answered(request.clone()), (Some(63), true));
        let plain = lk::AddTrackRequest { disable_red: true, ..request.clone() };
        assert_eq!(answered(plain), (None, true));
        let encryption = lk::encryption::Type::Gcm.into();
        assert_eq!(answered(lk::AddTrackRequest { encryption, ..request.clone() }), (None, true));
        let audio_features = vec![lk::AudioTrackFeature::TfNoDtx.into()];
        assert_eq!(
            answered(lk::AddTrackRequest { audio_features, ..request.clone() }),
            (Some(63), false)
        );
        #[expect(deprecated, reason = "older SDKs say it so")]
        let old = lk::AddTrackRequest { disable_dtx: true, ..request };
        assert_eq!(answered(old), (Some(63), false));
    }

    #[test]
    fn two_channels_are_asked_of_who_announces_or_sends_them_and_of_nobody_else() {
        let answered = |request: lk::AddTrackRequest, fmtp: &str| {
            let mut publications = Publications::default();
            let info = describe(&request);
            let announced = Announced { cids: vec![], codec: String::new(), info };
            publications.announced.insert(ParticipantId(1), vec![announced]);
            let codec = Codec { fmtp: fmtp.to_owned(), ..Codec::offered(CodecKind::Opus) };
            let section = sending(Kind::Audio, vec![codec]);
            let owner = ParticipantId(1);
            let claims =
                publications.claims(owner, ConnectionId(1), std::slice::from_ref(&section));
            publications.codec_of(owner, None, claims[0].as_deref(), &section).unwrap().fmtp
        };
        let voice =
            lk::AddTrackRequest { r#type: lk::TrackType::Audio.into(), ..Default::default() };
        let music = lk::AddTrackRequest {
            audio_features: vec![
                lk::AudioTrackFeature::TfStereo.into(),
                lk::AudioTrackFeature::TfNoDtx.into(),
            ],
            ..voice.clone()
        };
        #[expect(deprecated, reason = "older SDKs say it so")]
        let old = lk::AddTrackRequest { stereo: true, disable_dtx: true, ..voice.clone() };
        let plain = "minptime=10;useinbandfec=1";
        assert_eq!(answered(voice.clone(), plain), "minptime=10;useinbandfec=1;usedtx=1");
        assert_eq!(answered(voice.clone(), "stereo=1"), "usedtx=1", "it can hear two");
        assert_eq!(answered(voice, "sprop-stereo=1"), "stereo=1;usedtx=1", "it sends two");
        for said in [music, old] {
            let given = answered(said.clone(), "maxaveragebitrate=128000");
            assert_eq!(given, "maxaveragebitrate=128000;stereo=1");
            assert_eq!(answered(said, "stereo=1; cbr=1"), "cbr=1;stereo=1");
        }
    }

    #[test]
    fn a_source_is_sound_or_picture_and_not_the_other() {
        let of = |source: lk::TrackSource, r#type: lk::TrackType| {
            let (source, r#type) = (source.into(), r#type.into());
            matches(&lk::AddTrackRequest { source, r#type, ..Default::default() })
        };
        let (audio, video) = (lk::TrackType::Audio, lk::TrackType::Video);
        for source in [lk::TrackSource::Camera, lk::TrackSource::ScreenShare] {
            assert!(of(source, video) && !of(source, audio));
        }
        for source in [lk::TrackSource::Microphone, lk::TrackSource::ScreenShareAudio] {
            assert!(of(source, audio) && !of(source, video));
        }
        assert!(of(lk::TrackSource::Unknown, audio) && of(lk::TrackSource::Unknown, video));
    }
}
