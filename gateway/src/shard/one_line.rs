//! One peer connection for both directions (LiveKit's `/rtc/v1`): the client makes every offer, and the
//! gateway sends in the sections that the client is ready to receive in.

use std::time::Instant;

use livekit_protocol as lk;
use lk::signal_response::Message;
use transport::sdp::{self, Codec, Kind, Media, Remote};

use super::Shard;
use super::command::First;
use crate::ids::ParticipantId;
use crate::room::sections::{Agreed, Section};

/// Whether the client is ready to receive in a section, and sends nothing there.
pub(super) const fn is_seat(section: &sdp::Section) -> bool {
    let receives = section.receives && !section.sends && !section.rejected;
    receives && !matches!(section.kind, Kind::Data)
}

/// Extensions are agreed for all sections of a kind or for none: browsers leave out of a new section
/// what an older one was refused, and simulcast cannot do without.
fn agree(media: Media, offered: &[(u8, String)]) -> Media {
    match media {
        Media::Send { mid, kind, codec, ssrc, rtx_ssrc, stream, track, active, .. } => {
            let extensions = offered.to_vec();
            Media::Send { mid, kind, codec, extensions, ssrc, rtx_ssrc, stream, track, active }
        }
        other => other,
    }
}

impl Shard {
    /// Whether both directions of a participant share one peer connection.
    pub(super) fn has_one_line(&self, id: ParticipantId) -> bool {
        self.sections.get(&id).is_some_and(|it| it.by_client)
    }

    /// What a client said of itself as it knocked.
    pub(super) fn first_wishes(&mut self, now: Instant, id: ParticipantId, first: First) {
        let First { offer, tracks, metadata, attributes } = first;
        let described = !metadata.is_empty() || !attributes.is_empty();
        if let Some(me) = self.roster.participants.get_mut(&id)
            && described
            && !(me.grant.can_update_own_metadata
                && me.describe(String::new(), metadata, attributes))
        {
            self.metrics.drop_one("description_refused");
        }
        let most = self.config.tracks_per_participant_max;
        tracks.iter().take(most).for_each(|track| self.announce_track(id, track));
        if let Some(offer) = offer {
            self.offered(now, id, &offer);
        }
    }

    /// Sections that the client has no more, or sends in now, carry nothing.
    pub(super) fn clear_seats(&mut self, now: Instant, id: ParticipantId, remote: &Remote) {
        let Some(sections) = self.sections.get_mut(&id).filter(|it| it.by_client) else { return };
        let stays = |it: &Section| remote.sections.iter().any(|of| is_seat(of) && of.mid == it.mid);
        let over = sections.list.iter_mut().filter(|it| !it.mid.is_empty() && !stays(it));
        let over = over.map(|it| {
            it.mid.clear();
            (it.agreed != Agreed::Idle).then_some(it.track)
        });
        let over: Vec<_> = over.flatten().collect();
        for track in over {
            self.metrics.drop_one("section_refused");
            self.unsubscribe(now, id, track);
        }
    }

    /// What the gateway says to a section that the client receives in.
    pub(super) fn seat(
        &mut self,
        now: Instant,
        id: ParticipantId,
        section: &sdp::Section,
    ) -> Media {
        let (mid, kind) = (section.mid.clone(), section.kind);
        let Some(first) = section.codecs.first().cloned() else {
            return Media::Reject { mid, kind };
        };
        let Some(sections) = self.sections.get_mut(&id) else { return Media::Reject { mid, kind } };
        let Some(seat) = sections.seat(&mid, kind == Kind::Audio) else {
            self.metrics.drop_one("sections_full");
            return Media::Reject { mid, kind };
        };
        let wanted = (seat.agreed != Agreed::Idle).then_some(seat.codec);
        let codec = section.codecs.iter().find(|it| Some(it.kind) == wanted);
        match (wanted, codec) {
            (Some(_), Some(codec)) => {
                if seat.agreed == Agreed::Wanted {
                    seat.agreed = Agreed::Accepted;
                    seat.said = Some(codec.clone());
                    seat.red = codec.red;
                    seat.written = section.written();
                }
                let seat = seat.clone();
                agree(self.sending(&seat, false), &section.extensions)
            }
            (Some(_), None) => {
                let track = seat.track;
                self.section_refused(now, id, track);
                agree(self.silent(id, mid, kind, first), &section.extensions)
            }
            (None, _) => agree(self.silent(id, mid, kind, first), &section.extensions),
        }
    }

    /// A section that carries nothing, as its client is told by this.
    fn silent(&mut self, id: ParticipantId, mid: String, kind: Kind, codec: Codec) -> Media {
        let sections = self.sections.get_mut(&id);
        let seats = sections.into_iter().flat_map(|it| &mut it.list);
        seats.filter(|it| it.mid == mid).for_each(|it| it.told_idle = true);
        let (stream, track) = (String::new(), String::new());
        let (ssrc, rtx_ssrc, active, extensions) = (0, 0, false, vec![]);
        Media::Send { mid, kind, codec, extensions, ssrc, rtx_ssrc, stream, track, active }
    }

    /// The client's offer was answered: tracks that have their seats now begin, others ask for one.
    pub(super) fn settle_seats(&mut self, now: Instant, id: ParticipantId) {
        let Some(sections) = self.sections.get_mut(&id).filter(|it| it.by_client) else { return };
        sections.offered();
        self.expect(now, id);
        self.flow(now, id);
        self.offer(now, id);
    }

    /// Asks the client for an offer, with as many new sections as are missing.
    pub(super) fn ask_sections(&mut self, now: Instant, id: ParticipantId) {
        let Some(sections) = self.sections.get_mut(&id) else { return };
        if sections.begin_offer(now).is_some() {
            let (num_audios, num_videos) = sections.missing();
            let ask = lk::MediaSectionsRequirement { num_audios, num_videos };
            self.say(id, Message::MediaSectionsRequirement(ask));
        }
    }
}
