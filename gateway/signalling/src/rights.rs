//! What people may do: by their token, by what servers decided about them, and by what publishers allow.

use std::time::Instant;

use session::{AccessToken, VideoGrant};

use crate::Signalling;
use crate::ids::{ParticipantId, RoomId, SignalId, TrackId};
use crate::tables::audience::Audience;
use crate::tables::decisions::{Decision, Removed};
use crate::tell::leave;
use crate::words::message::{Message, Refusal};
use crate::words::participant::{LeaveReason, Next, Permission, State};
use crate::words::request::{AudienceWish, Join};
use crate::words::track::TrackInfo;

impl Signalling {
    /// A room token as servers have left it.
    pub(crate) fn decided(&self, mut token: AccessToken) -> Result<AccessToken, Removed> {
        let name = token.room().unwrap_or_default();
        if self.door.withdrawn.refuses(name, &token.identity, token.made_s()) {
            return Err(Removed);
        }
        let room = token.room().and_then(|name| self.rooms.find(name));
        if let Some(room) = room {
            let identity = token.identity.clone();
            room.memory.decisions.apply(&identity, &mut token)?;
        }
        Ok(token)
    }

    /// Applies what servers decided to the token at the door; `None` if its bearer was removed, and has been told.
    pub(crate) fn held_against(
        &mut self,
        signal: SignalId,
        mut join: Box<Join>,
    ) -> Option<Box<Join>> {
        match self.decided(join.token) {
            Ok(token) => {
                join.token = token;
                Some(join)
            }
            Err(Removed) => {
                let told = leave(LeaveReason::ParticipantRemoved, Next::StayAway);
                self.turn_away(signal, "removed", told);
                None
            }
        }
    }

    /// Changes what is decided about somebody.
    pub(crate) fn decide_on(
        &mut self,
        room: RoomId,
        identity: &str,
        change: impl FnOnce(&mut Decision),
    ) {
        let Some(room) = self.rooms.get_mut(room) else { return };
        let members = &room.members;
        let decisions = &mut room.memory.decisions;
        let (decision, forgotten) = decisions.on(identity, |of| members.contains_key(of));
        change(decision);
        if forgotten {
            self.drop_one("decisions_full");
        }
    }

    /// A server permits somebody something: that it was removed or muted is over with it.
    pub(crate) fn permit(&mut self, now: Instant, id: ParticipantId, set: &Permission) {
        let Some(participant) = self.roster.get(id) else { return };
        let granted = set.onto(&participant.granted);
        self.grant(now, id, granted);
    }

    /// Gives a participant another grant. What it does and may no longer do ends.
    pub(crate) fn grant(&mut self, now: Instant, id: ParticipantId, granted: VideoGrant) {
        let Some(participant) = self.roster.get_mut(id) else { return };
        participant.granted = granted;
        self.weigh_grant(now, id);
    }

    /// Finds out what a participant may do of what it was granted, as its room is cleared now; whether that has changed.
    pub(crate) fn weigh_grant(&mut self, now: Instant, id: ParticipantId) -> bool {
        let Some(participant) = self.roster.get(id) else { return false };
        let Some(room) = self.rooms.get(participant.room) else { return false };
        let grant = room.leaves_of(&participant.granted);
        let changes = participant.grant != grant;
        if changes {
            self.change_grant(now, id, grant);
        }
        changes
    }

    fn change_grant(&mut self, now: Instant, id: ParticipantId, grant: VideoGrant) {
        let was_visible = self.is_visible(id);
        let Some(participant) = self.roster.get_mut(id) else { return };
        let before = std::mem::replace(&mut participant.grant, grant.clone());
        let room = participant.room;
        match (was_visible, self.is_visible(id)) {
            (true, false) => self.hide(id),
            (false, true) => self.announce(id),
            _ => {}
        }
        self.hide_state(now, id);
        let refused = |info: &TrackInfo| !grant.may_publish_source(info.source.word());
        if let Some(announced) = self.publications.announced.get_mut(&id) {
            announced.retain(|announced| !refused(&announced.info));
        }
        let own = self.publications.of(id).filter(|(_, published)| refused(&published.info));
        let over: Vec<(TrackId, String)> =
            own.map(|(track, published)| (track, published.info.sid.clone())).collect();
        for (track, sid) in over {
            self.end_track(now, track);
            self.say(id, Message::TrackUnpublished { sid });
        }
        match (before.may_subscribe(), grant.may_subscribe()) {
            (true, false) => {
                let heard = self.publications.in_room(room).map(|(track, _)| track);
                let heard: Vec<TrackId> = heard.collect();
                heard.into_iter().for_each(|track| self.unsubscribe(id, track));
            }
            (false, true) => self.subscribe_to_all(id),
            _ => {}
        }
        if self.visits.has(id) {
            self.consequences.marks.watched(room);
        }
    }

    /// To the others, somebody who hides has left.
    fn hide(&mut self, id: ParticipantId) {
        let Some(participant) = self.roster.get(id) else { return };
        let mut info = participant.info(vec![]);
        info.state = State::Disconnected;
        let room = participant.room;
        if let Some(room) = self.rooms.get_mut(room) {
            // Kept for clients that cannot be told now.
            room.memory.note_departure(&info);
        }
        let update = Message::Participants(vec![info]);
        let others = self.members(room).filter(|other| other.id != id);
        let others: Vec<ParticipantId> = others.map(|other| other.id).collect();
        others.into_iter().for_each(|to| self.say(to, update.clone()));
    }

    /// Takes a participant's wish who may have its tracks; what somebody has and may no longer have
    /// ends, and what was refused and is allowed now begins.
    pub(crate) fn limit_audience(&mut self, who: ParticipantId, wish: AudienceWish) {
        let Some(audience) = Audience::of(wish) else {
            self.drop_one("audience_too_long");
            let why = "the list of permissions is too long";
            return self.decline(who, Refusal::LimitExceeded, why);
        };
        let Some(me) = self.roster.get_mut(who) else { return };
        me.audience = audience;
        let room = me.room;
        let tracks: Vec<TrackId> = self.publications.of(who).map(|(track, _)| track).collect();
        let others = self.members(room).filter(|other| other.id != who);
        let others: Vec<ParticipantId> = others.map(|other| other.id).collect();
        for other in others {
            tracks.iter().for_each(|track| self.weigh(other, *track));
        }
        self.consequences.marks.watched(room);
    }
}
