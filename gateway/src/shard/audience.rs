//! Publishers say who may have their tracks.

use std::time::Instant;

use livekit_protocol as lk;
use lk::request_response::Reason;
use lk::signal_response::Message;
use sfu::TrackId;

use super::Shard;
use crate::ids::ParticipantId;
use crate::room::audience::Audience;

impl Shard {
    /// Takes a participant's wish who may have its tracks; what somebody has and may no longer have
    /// ends, and what was refused and is allowed now begins.
    pub(super) fn limit_audience(
        &mut self,
        now: Instant,
        who: ParticipantId,
        wish: lk::SubscriptionPermission,
    ) {
        let Some(audience) = Audience::of(wish) else {
            self.metrics.drop_one("audience_too_long");
            return self.decline(who, Reason::LimitExceeded, "the list of permissions is too long");
        };
        let Some(me) = self.roster.participants.get_mut(&who) else { return };
        me.audience = audience;
        let room = me.room;
        let tracks: Vec<TrackId> = self.publications.of(who).map(|(track, _)| track).collect();
        let others = self.roster.members(room).filter(|it| it.id != who);
        let others: Vec<ParticipantId> = others.map(|it| it.id).collect();
        for other in others {
            tracks.iter().for_each(|track| self.weigh(now, other, *track));
            self.offer(now, other);
        }
        self.show(now, room);
    }

    fn weigh(&mut self, now: Instant, listener: ParticipantId, track: TrackId) {
        let admitted = self.admitted(listener, track);
        let Some(sections) = self.sections.get_mut(&listener) else { return };
        if !admitted && sections.place(track).is_some() {
            self.unsubscribe(now, listener, track);
            self.refuse_subscription(listener, track);
        } else if admitted && sections.refused.remove(&track) {
            self.tell_admitted(listener, track, true);
            self.subscribe(listener, track);
        }
    }

    /// Whether the track's publisher lets `listener` have it.
    pub(super) fn admitted(&self, listener: ParticipantId, track: TrackId) -> bool {
        let (Some(it), Some(published)) =
            (self.roster.participants.get(&listener), self.publications.tracks.get(&track))
        else {
            return false;
        };
        // A screen is there for the one whose token it has.
        let of_screen = self.visits.list.get(&listener).map(|visit| visit.identity.as_str());
        let identity = of_screen.unwrap_or(&it.identity);
        let owner = self.roster.participants.get(&published.owner);
        owner.is_none_or(|of| of.audience.admits(identity, &it.sid, &published.info.sid))
    }

    /// Keeps that a listener wanted a track, and says why it does not come.
    pub(super) fn refuse_subscription(&mut self, listener: ParticipantId, track: TrackId) {
        let Some(sections) = self.sections.get_mut(&listener) else { return };
        sections.refused.insert(track);
        self.tell_admitted(listener, track, false);
    }

    fn tell_admitted(&mut self, listener: ParticipantId, track: TrackId, allowed: bool) {
        let Some(published) = self.publications.tracks.get(&track) else { return };
        let Some(owner) = self.roster.participants.get(&published.owner) else { return };
        let (participant_sid, track_sid) = (owner.sid.clone(), published.info.sid.clone());
        let update = lk::SubscriptionPermissionUpdate { participant_sid, track_sid, allowed };
        self.say(listener, Message::SubscriptionPermissionUpdate(update));
    }
}
