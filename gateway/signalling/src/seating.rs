//! One peer connection for both directions (LiveKit's `/rtc/v1`): the client makes every offer, and the
//! gateway sends in the sections that the client is ready to receive in.

use media::MediaKind;
use transport::sdp::{self, Codec, Kind, Media, Remote, Tells};

use crate::Signalling;
use crate::ids::ParticipantId;
use crate::tables::sections::{Agreed, Section};

/// Whether the client is ready to receive in a section, and sends nothing there.
pub(crate) const fn is_seat(section: &sdp::Section) -> bool {
    let receives = section.receives && !section.sends && !section.rejected;
    receives && !matches!(section.kind, Kind::Data)
}

/// Extensions are agreed for all sections of a kind or for none: browsers leave out of a new section
/// what an older one was refused, and simulcast cannot do without.
fn agree(mut media: Media, offered: &sdp::Section) -> Media {
    if let Media::Send { extensions, tells, .. } = &mut media {
        extensions.clone_from(&offered.extensions);
        *tells = offered.tells;
    }
    media
}

impl Signalling {
    /// What a section of ours says of what it carries.
    pub(crate) fn sending(&self, section: &Section, by_section: bool) -> Media {
        let published = self.publications.get(section.track);
        let published = published.filter(|_| section.agreed != Agreed::Idle);
        let owner = published.and_then(|published| self.roster.get(published.owner));
        let (stream, track) = match (published, owner) {
            // Stock clients take the track's id from the stream where the browser has an old one.
            (Some(published), Some(owner)) if section.reused && !by_section => {
                (format!("{}|{}", owner.sid, published.info.sid), published.info.sid.clone())
            }
            // What shares a stream name is played in step: a participant's voice and camera.
            (Some(published), Some(owner)) => {
                (format!("{}|{}", owner.sid, published.info.stream), published.info.sid.clone())
            }
            _ => (String::new(), String::new()),
        };
        let plain = published.is_none_or(|published| published.info.encryption != 0);
        let offered = || Codec::offered(section.codec).without_red(plain);
        let stereo = published.is_some_and(|published| published.info.features.stereo);
        let codec = section.said.clone().unwrap_or_else(offered).sent_in_stereo(stereo);
        let kind = if section.kind == MediaKind::Video { Kind::Video } else { Kind::Audio };
        Media::Send {
            mid: section.mid.clone(),
            kind,
            extensions: Codec::offered_extensions(codec.kind),
            tells: Tells::Nothing,
            codec,
            ssrc: section.ssrc,
            rtx_ssrc: section.repair_ssrc,
            active: !track.is_empty(),
            stream,
            track,
        }
    }

    /// Sections that the client has no more, or sends in now, carry nothing.
    pub(crate) fn clear_seats(&mut self, id: ParticipantId, remote: &Remote) {
        let Some(sections) = self.listening.get_mut(id).filter(|sections| sections.by_client)
        else {
            return;
        };
        let stays =
            |own: &Section| remote.sections.iter().any(|of| is_seat(of) && of.mid == own.mid);
        let over = sections.list.iter_mut().filter(|own| !own.mid.is_empty() && !stays(own));
        let over = over.map(|own| {
            own.mid.clear();
            own.is_used().then_some(own.track)
        });
        let over: Vec<_> = over.flatten().collect();
        for track in over {
            self.drop_one("section_refused");
            self.unsubscribe(id, track);
        }
    }

    /// What the gateway says to a section that the client receives in.
    pub(crate) fn seat(&mut self, id: ParticipantId, section: &sdp::Section) -> Media {
        let (mid, kind) = (section.mid.clone(), section.kind);
        let Some(first) = section.codecs.first().cloned() else {
            return Media::Reject { mid, kind };
        };
        let Some(sections) = self.listening.get_mut(id) else {
            return Media::Reject { mid, kind };
        };
        let Some(seat) = sections.seat(&mid, kind == Kind::Audio) else {
            self.drop_one("sections_full");
            return Media::Reject { mid, kind };
        };
        let wanted = seat.is_used().then_some(seat.codec);
        let codec = section.codecs.iter().find(|codec| Some(codec.kind) == wanted);
        match (wanted, codec) {
            (Some(_), Some(codec)) => {
                if seat.agreed == Agreed::Wanted {
                    seat.agreed = Agreed::Accepted;
                    seat.said = Some(codec.clone());
                    seat.takes.red = codec.red;
                    seat.takes.written = section.written();
                }
                let seat = seat.clone();
                agree(self.sending(&seat, false), section)
            }
            (Some(_), None) => {
                let track = seat.track;
                self.section_refused(id, track);
                agree(self.silent(id, mid, kind, first), section)
            }
            (None, _) => agree(self.silent(id, mid, kind, first), section),
        }
    }

    /// A section that carries nothing, as its client is told by this.
    fn silent(&mut self, id: ParticipantId, mid: String, kind: Kind, codec: Codec) -> Media {
        let sections = self.listening.get_mut(id);
        let seats = sections.into_iter().flat_map(|sections| &mut sections.list);
        seats.filter(|seat| seat.mid == mid).for_each(|seat| seat.told_idle = true);
        let (stream, track) = (String::new(), String::new());
        let (ssrc, rtx_ssrc, active, extensions) = (0, 0, false, vec![]);
        let tells = Tells::Nothing;
        Media::Send { mid, kind, codec, extensions, tells, ssrc, rtx_ssrc, stream, track, active }
    }
}
