//! The sections of a client's offer: each brings a track, carries what was agreed, or is refused in words.

use std::time::Instant;

use livekit_protocol as lk;
use lk::request_response::Reason;
use sfu::{Input, TrackId};
use transport::sdp::{self, Codec, Kind, Media, Section};

use super::Shard;
use super::one_line::is_seat;
use crate::ids::{ConnectionId, ParticipantId};
use crate::room::encodings::Encodings;
use crate::room::publications::{Published, in_stereo, mime};
use crate::room::quality::Arrived;
use crate::room::scaling::Scaling;
use crate::room::speakers::Voice;
use crate::room::uses::Uses;

/// LiveKit's names of simulcast layers, smallest first.
const RIDS: [&str; 3] = ["q", "h", "f"];
/// So many sections of an offer that carry nothing are told one by one.
const TOLD_MAX: usize = 8;

/// Why a section carries nothing, and what the client can do.
type Declined = (Reason, &'static str);

/// What became of a section.
pub(super) struct TakenSection {
    /// What the answer says of it.
    pub(super) media: Media,
    /// The track that it began.
    pub(super) begun: Option<TrackId>,
    declined: Option<Declined>,
}

impl TakenSection {
    fn of(media: Media) -> Self {
        Self { media, begun: None, declined: None }
    }

    fn declined(media: Media, why: Declined) -> Self {
        Self { media, begun: None, declined: Some(why) }
    }
}

impl Shard {
    /// Carries out one section of an offer.
    pub(super) fn take_section(
        &mut self,
        now: Instant,
        id: ParticipantId,
        connection: ConnectionId,
        section: &Section,
        claim: Option<&str>,
    ) -> TakenSection {
        let mid = section.mid.clone();
        if section.kind == Kind::Data {
            return TakenSection::of(Media::Data { mid });
        }
        let known =
            self.publications.of(id).find(|(_, it)| it.connection == connection && it.mid == mid);
        let mut known = known.map(|(track, _)| track);
        if claim.is_some() {
            // The section is used again for another track.
            known.take().into_iter().for_each(|old| self.end_track(now, old));
        }
        if is_seat(section) && self.has_one_line(id) {
            known.into_iter().for_each(|track| self.end_track(now, track));
            return TakenSection::of(self.seat(now, id, section));
        }
        let reject = Media::Reject { mid: mid.clone(), kind: section.kind };
        let sends = section.sends && !section.rejected;
        let Some(codec) = self.publications.codec_of(id, known, claim, section) else {
            if !sends {
                return TakenSection::of(reject);
            }
            self.metrics.drop_one("track_codec");
            let why = "has no codec of ours: offer Opus, VP8, H.264, VP9 or AV1";
            return TakenSection::declined(reject, (Reason::UnsupportedType, why));
        };
        let codec = &codec;
        let answer = |active: bool, codec: &Codec| Media::Receive {
            mid: mid.clone(),
            kind: section.kind,
            codec: codec.clone(),
            extensions: section.extensions_for(codec),
            rids: section.rids.clone(),
            active,
        };
        match known {
            Some(track) if !sends => {
                self.end_track(now, track);
                TakenSection::of(answer(false, codec))
            }
            Some(_) => TakenSection::of(answer(true, codec)),
            None if !sends => TakenSection::of(answer(false, codec)),
            None => match self.begin_track(now, id, connection, section, claim, codec) {
                Ok(track) => {
                    TakenSection { begun: Some(track), ..TakenSection::of(answer(true, codec)) }
                }
                Err(why) => TakenSection::declined(answer(false, codec), why),
            },
        }
    }

    #[expect(deprecated, reason = "older SDKs read layers and simulcast of the track itself")]
    fn begin_track(
        &mut self,
        now: Instant,
        id: ParticipantId,
        connection: ConnectionId,
        section: &Section,
        claim: Option<&str>,
        codec: &Codec,
    ) -> Result<TrackId, Declined> {
        const GONE: Declined = (Reason::NotFound, "belongs to nobody any more: join again");
        let audio = section.kind == Kind::Audio;
        let Some(claim) = claim else {
            self.metrics.drop_one("track_unannounced");
            let why = "was not announced: send AddTrackRequest, then offer again";
            return Err((Reason::InvalidRequest, why));
        };
        let room = self.roster.participants.get(&id).ok_or(GONE)?.room;
        let source = self.publications.claimed(id, Some(claim)).ok_or(GONE)?.info.source;
        let silenced = self.silenced(id, source);
        let mut rids = section.rids.clone();
        rids.sort_by_key(|rid| RIDS.iter().position(|name| name == rid));
        let own = self.connections.get_mut(connection).ok_or(GONE)?;
        let codecs = std::slice::from_ref(codec);
        let (mid, extensions) = (&section.mid, section.extensions_for(codec));
        let Ok(ingress) = own.peer.add_track(mid, section.kind, codecs, &extensions, &rids) else {
            self.metrics.drop_one("tracks_full");
            let why = "is one too many for one connection: end a track first";
            return Err((Reason::LimitExceeded, why));
        };
        own.peer.announce(ingress, &section.ssrcs);
        let mut info = self.publications.take_announced(id, claim).ok_or(GONE)?.info;
        info.mid.clone_from(&section.mid);
        info.mime_type = mime(codec.kind.name(), audio);
        info.simulcast = rids.len() > 1;
        info.disable_red = codec.red.is_none();
        if let Some(first) = info.codecs.first_mut() {
            first.mime_type.clone_from(&info.mime_type);
            first.mid.clone_from(&section.mid);
        }
        info.stereo = codec.says("stereo=1");
        if info.stereo && !in_stereo(&info) {
            info.audio_features.push(lk::AudioTrackFeature::TfStereo.into());
        }
        info.layers = info.codecs.first().map(|it| it.layers.clone()).unwrap_or_default();
        let kind = if audio { ::media::MediaKind::Audio } else { ::media::MediaKind::Video };
        let layers = rids.len().max(1);
        let scalable = extensions.iter().any(|it| it.1 == sdp::DEPENDENCY);
        let spatial = if scalable && layers == 1 { info.layers.len().clamp(1, 4) as u8 } else { 1 };
        let uses = Uses::of(if layers == 1 { spatial } else { layers as u8 });
        let track = self.publications.add(Published {
            room,
            owner: id,
            connection,
            ingress,
            mid: section.mid.clone(),
            kind,
            codec: codec.kind,
            payload_type: codec.pt,
            info,
            silenced,
            layers: Published::rings(kind, layers),
            encodings: Encodings::of(layers),
            taken: false,
            scaling: (0..layers).map(|_| Scaling::default()).collect(),
            spatial,
            uses,
            voice: Voice::default(),
            arrived: Arrived::default(),
        });
        own.brings(ingress, track);
        self.begin_forwarding(now, track);
        self.tap_published(now, track);
        Ok(track)
    }

    /// Tells the core of a track.
    fn begin_forwarding(&mut self, now: Instant, track: TrackId) {
        let Some(it) = self.publications.tracks.get(&track) else { return };
        let (room, kind, muted) = (it.room, it.kind, it.info.muted);
        let layers = u8::try_from(it.layers.len()).unwrap_or(u8::MAX);
        self.decide(now, Input::Publish { room, track, kind, layers });
        self.decide(now, Input::Mute { room, track, muted });
    }

    /// Tells a client which sections of its offer carry nothing, and what it can do.
    pub(super) fn tell_declined(&mut self, id: ParticipantId, taken: &[(&Section, TakenSection)]) {
        let declined = taken.iter().filter_map(|(it, taken)| Some((it, taken.declined?)));
        for (section, (reason, why)) in declined.clone().take(TOLD_MAX) {
            let (mid, kind) = (&section.mid, section.kind.name());
            self.decline(id, reason, &format!("section {mid} ({kind}) {why}"));
        }
        let more = declined.count().saturating_sub(TOLD_MAX);
        if more > 0 {
            let why = format!("{more} sections more carry nothing");
            self.decline(id, Reason::InvalidRequest, &why);
        }
    }
}
