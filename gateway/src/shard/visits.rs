//! Requests of clients that came by HTTP (WHIP, RFC 9725, and WHEP).

use std::time::Instant;

use signalling::input::Input;
use signalling::words::visit::{Precondition, VisitFault, Want};

use super::Shard;
use super::effects::{Patch, VisitAnswer};
use super::media_path::MediaPath;
use super::said::VisitDone;

impl Shard {
    /// Carries out a request; one whose client has gone is carried out as well. `None` if the core has no answer.
    pub(super) fn visit(
        &mut self,
        now: Instant,
        want: Want,
    ) -> Option<Result<VisitDone, VisitFault>> {
        self.put(now, Input::Visit(Box::new(want)));
        let answer = self.answers.visited.take()?;
        Some(answer.and_then(|visit| match visit {
            VisitAnswer::Done(done) => Ok(done),
            VisitAnswer::Patch(patch) => self.media.patch(now, &patch),
        }))
    }
}

impl MediaPath {
    /// Candidates need nothing: an ICE-lite agent answers where the checks come from. A restart gives
    /// the ICE session new credentials (RFC 9725, section 4.4).
    fn patch(&mut self, now: Instant, patch: &Patch) -> Result<VisitDone, VisitFault> {
        let Patch { connection: id, lead, condition, fragment } = patch;
        let tag = self.tag(*id).ok_or(VisitFault::Unknown)?;
        let connection = self.connections.get_mut(*id).ok_or(VisitFault::Unknown)?;
        let known = &connection.agreed.remote_ufrag;
        let other = fragment.ufrag.as_ref().is_some_and(|ufrag| ufrag != known);
        match condition {
            Precondition::Missing => return Err(VisitFault::PreconditionMissing),
            Precondition::Tag(given) if *given != tag || other => {
                return Err(VisitFault::PreconditionFailed);
            }
            Precondition::Tag(_) => return Ok(VisitDone::Noted),
            Precondition::Any if !other => return Ok(VisitDone::Noted),
            Precondition::Any => {}
        }
        let (Some(ufrag), Some(pwd)) = (&fragment.ufrag, &fragment.pwd) else {
            return Err(VisitFault::FragmentIncomplete);
        };
        connection.agreed.remote_ufrag.clone_from(ufrag);
        connection.peer.meet(ufrag, pwd);
        self.connections.restart_ice(now, *id);
        let fragment = self.connections.fragment(*id, lead).ok_or(VisitFault::Internal)?;
        let tag = self.tag(*id).ok_or(VisitFault::Internal)?;
        Ok(VisitDone::Restarted { fragment, tag })
    }
}
