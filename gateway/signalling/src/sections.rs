//! The sections of a client's offer: each brings a track, carries what was agreed, or is refused in words.

use std::time::Instant;

use media::MediaKind;
use transport::sdp::{self, Codec, Kind, Media, Section};

use crate::Signalling;
use crate::effect::Publish;
use crate::ids::{ConnectionId, ParticipantId, TrackId};
use crate::seating::is_seat;
use crate::tables::dynacast::Dynacast;
use crate::tables::publications::{Encoded, Published, mime};
use crate::words::message::Refusal;

/// LiveKit's names of simulcast layers, smallest first.
const RIDS: [&str; 3] = ["q", "h", "f"];
/// So many sections of an offer that carry nothing are told one by one.
const TOLD_MAX: usize = 8;
/// Spatial layers that are expected of one stream, at most.
const SPATIAL_MAX: usize = 4;

/// Why a section carries nothing, and what the client can do.
type Declined = (Refusal, &'static str);

const GONE: Declined = (Refusal::NotFound, "belongs to nobody any more: join again");

/// What became of a section.
pub(crate) struct AnsweredSection {
    /// What the answer says of it.
    pub(crate) media: Media,
    /// The track that it began.
    pub(crate) begun: Option<TrackId>,
    declined: Option<Declined>,
}

impl AnsweredSection {
    const fn of(media: Media) -> Self {
        Self { media, begun: None, declined: None }
    }

    const fn declined(media: Media, why: Declined) -> Self {
        Self { media, begun: None, declined: Some(why) }
    }
}

impl Signalling {
    /// Carries out one section of an offer.
    pub(crate) fn take_section(
        &mut self,
        now: Instant,
        id: ParticipantId,
        connection: ConnectionId,
        section: &Section,
        claim: Option<&str>,
    ) -> AnsweredSection {
        let mid = section.mid.clone();
        if section.kind == Kind::Data {
            return AnsweredSection::of(Media::Data { mid });
        }
        let known = self
            .publications
            .of(id)
            .find(|(_, published)| published.connection == connection && published.mid == mid);
        let mut known = known.map(|(track, _)| track);
        if claim.is_some()
            && let Some(old) = known.take()
        {
            // The section is used again for another track.
            self.end_track(now, old);
        }
        if is_seat(section) && self.has_one_connection(id) {
            known.into_iter().for_each(|track| self.end_track(now, track));
            return AnsweredSection::of(self.seat(id, section));
        }
        let sends = section.sends && !section.rejected;
        let Some(codec) = self.publications.codec_of(id, known, claim, section) else {
            let reject = Media::Reject { mid, kind: section.kind };
            if !sends {
                return AnsweredSection::of(reject);
            }
            self.drop_one("track_codec");
            let why = "has no codec of ours: offer Opus, VP8, H.264, VP9 or AV1";
            return AnsweredSection::declined(reject, (Refusal::UnsupportedType, why));
        };
        let answer = |active: bool| Media::Receive {
            mid: mid.clone(),
            kind: section.kind,
            codec: codec.clone(),
            extensions: section.extensions_for(&codec),
            rids: section.rids.clone(),
            active,
        };
        match known {
            Some(track) if !sends => {
                self.end_track(now, track);
                AnsweredSection::of(answer(false))
            }
            Some(_) => AnsweredSection::of(answer(true)),
            None if !sends => AnsweredSection::of(answer(false)),
            None => match self.take_track(now, (id, connection), section, claim, &codec) {
                Ok(track) => {
                    AnsweredSection { begun: Some(track), ..AnsweredSection::of(answer(true)) }
                }
                Err(why) => AnsweredSection::declined(answer(false), why),
            },
        }
    }

    /// Begins the announced track that a section brings.
    fn take_track(
        &mut self,
        now: Instant,
        (id, connection): (ParticipantId, ConnectionId),
        section: &Section,
        claim: Option<&str>,
        codec: &Codec,
    ) -> Result<TrackId, Declined> {
        let Some(claim) = claim else {
            self.drop_one("track_unannounced");
            let why = "was not announced: send AddTrackRequest, then offer again";
            return Err((Refusal::Invalid, why));
        };
        let room = self.room_of(id).ok_or(GONE)?;
        let source = self.publications.claimed(id, Some(claim)).ok_or(GONE)?.info.source;
        let silenced = self.silenced(id, source);
        let mut rids = section.rids.clone();
        rids.sort_by_key(|rid| RIDS.iter().position(|name| name == rid));
        let limits = &self.rules.limits;
        let carried =
            self.publications.of(id).filter(|(_, published)| published.connection == connection);
        if carried.count() >= limits.tracks_per_connection_max || rids.len() > limits.layers_max {
            self.drop_one("tracks_full");
            let why = "is one too many for one connection: end a track first";
            return Err((Refusal::LimitExceeded, why));
        }
        let audio = section.kind == Kind::Audio;
        let mut info = self.publications.take_announced(id, claim).ok_or(GONE)?.info;
        info.mid.clone_from(&section.mid);
        mime(codec.kind.name(), audio).clone_into(&mut info.mime_type);
        info.codec_mime.clone_from(&info.mime_type);
        info.simulcast = rids.len() > 1;
        info.disable_red = codec.red.is_none();
        info.stereo = codec.says("stereo=1");
        info.features.stereo |= info.stereo;
        info.offered = true;
        let kind = if audio { MediaKind::Audio } else { MediaKind::Video };
        let extensions = section.extensions_for(codec);
        let layers = rids.len().max(1);
        let scalable = extensions.iter().any(|(_, uri)| uri == sdp::DEPENDENCY) && layers == 1;
        let spatial = if scalable { info.layers.len().clamp(1, SPATIAL_MAX) } else { 1 };
        let small = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
        let (layers, spatial) = (small(layers), small(spatial));
        let muted = info.muted;
        let published = Published {
            room,
            owner: id,
            connection,
            mid: section.mid.clone(),
            encoded: Encoded { kind, codec: codec.kind, payload_type: codec.pt, layers, spatial },
            info,
            silenced,
            dynacast: Dynacast::of(if layers == 1 { spatial } else { layers }),
            taken: false,
        };
        let (codec, ssrcs, mid) = (codec.clone(), section.ssrcs.clone(), section.mid.clone());
        Ok(self.begin_track(now, published, move |track| Publish {
            track,
            room,
            connection,
            mid,
            kind,
            codec,
            extensions,
            rids,
            ssrcs,
            muted,
            silenced,
        }))
    }

    /// Tells a client which sections of its offer carry nothing, and what it can do.
    pub(crate) fn tell_declined(
        &mut self,
        id: ParticipantId,
        taken: &[(&Section, AnsweredSection)],
    ) {
        let declined = taken.iter().filter_map(|(section, taken)| Some((section, taken.declined?)));
        for (section, (refusal, why)) in declined.clone().take(TOLD_MAX) {
            let (mid, kind) = (&section.mid, section.kind.name());
            self.decline(id, refusal, &format!("section {mid} ({kind}) {why}"));
        }
        let more = declined.count().saturating_sub(TOLD_MAX);
        if more > 0 {
            self.decline(id, Refusal::Invalid, &format!("{more} sections more carry nothing"));
        }
    }
}
