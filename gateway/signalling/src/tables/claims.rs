//! Which announcement each section of a client's offer fulfils.

use media::MediaKind;
use transport::sdp::{Kind, Section};

use super::publications::{Announced, Publications};
use crate::ids::{ConnectionId, ParticipantId};

impl Publications {
    /// The id of the announced track that each section brings, in the order of the sections. A section whose
    /// `a=msid` names an announcement has that one. Browsers may name there a track that nobody announced, or none:
    /// those take, one after another, the oldest announcement of their kind that no section names.
    pub(crate) fn claims(
        &self,
        owner: ParticipantId,
        connection: ConnectionId,
        sections: &[Section],
    ) -> Vec<Option<String>> {
        let waiting = self.announced.get(&owner).map_or(&[][..], Vec::as_slice);
        let mut taken = vec![false; waiting.len()];
        let mut take = |fits: &dyn Fn(&Announced) -> bool| {
            let free = waiting.iter().zip(&mut taken);
            let (found, mark) =
                free.into_iter().find(|(announced, taken)| !**taken && fits(announced))?;
            *mark = true;
            Some(found.info.sid.clone())
        };
        let begun = |section: &Section| {
            let mut own = self.of(owner).map(|(_, published)| published);
            own.find(|published| published.connection == connection && published.mid == section.mid)
        };
        let mut claims: Vec<Option<String>> = sections
            .iter()
            .map(|section| {
                let named = section.track.as_deref().filter(|_| brings(section))?;
                // If the section is known to carry another track, the name says nothing.
                if begun(section).is_some_and(|published| published.info.cid == named) {
                    return None;
                }
                take(&|announced| {
                    announced.cids.iter().any(|cid| cid == named) && of_kind(announced, section)
                })
            })
            .collect();
        for (claim, section) in claims.iter_mut().zip(sections) {
            if claim.is_none() && brings(section) && begun(section).is_none() {
                *claim = take(&|announced| of_kind(announced, section));
            }
        }
        claims
    }
}

/// Whether media of a codec that the gateway can carry will come in a section.
fn brings(section: &Section) -> bool {
    section.kind != Kind::Data && section.sends && !section.rejected && !section.codecs.is_empty()
}

fn of_kind(announced: &Announced, section: &Section) -> bool {
    (announced.info.kind == MediaKind::Audio) == (section.kind == Kind::Audio)
}
