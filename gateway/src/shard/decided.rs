//! What a server decided about a person is done, kept, and held against every token that comes.

use std::time::Instant;

use archive::tap::{Body, TrackMuted};
use livekit_protocol as lk;
use lk::DisconnectReason;
use lk::leave_request::Action;
use lk::participant_info::State;
use lk::signal_response::Message;
use session::{AccessToken, VideoGrant};
use sfu::{Input, RoomId, TrackId};

use super::join::leave;
use super::{JoinAsk, Shard, Ticket};
use crate::ids::ParticipantId;
use crate::room::decisions::{Decision, Removed, permitted};
use crate::room::roster::{Room, source_word};

impl Shard {
    /// A room token as servers have left it.
    pub(super) fn decided(&self, mut token: AccessToken) -> Result<AccessToken, Removed> {
        let room = token.room().and_then(|name| self.roster.find(name));
        if let Some(room) = room {
            let identity = token.identity.clone();
            room.decisions.apply(&identity, &mut token)?;
        }
        Ok(token)
    }

    /// Holds what was decided against the token at the door; `None` if its bearer was removed, and has been told.
    pub(super) fn held_against(&self, mut ask: JoinAsk) -> Option<JoinAsk> {
        match self.decided(ask.token) {
            Ok(token) => {
                ask.token = token;
                Some(ask)
            }
            Err(Removed) => {
                self.metrics.refuse("removed");
                let reason = DisconnectReason::ParticipantRemoved;
                // A full queue cannot be: nothing was said yet.
                let _ = ask.signal.try_send(Box::new(leave(reason, Action::Disconnect)));
                None
            }
        }
    }

    /// Changes what is decided about somebody.
    pub(super) fn decide_on(
        &mut self,
        room: RoomId,
        identity: &str,
        change: impl FnOnce(&mut Decision),
    ) {
        let Some(room) = self.roster.rooms.get_mut(&room) else { return };
        let members = &room.members;
        let (decision, forgotten) = room.decisions.on(identity, |it| members.contains_key(it));
        change(decision);
        if forgotten {
            self.metrics.drop_one("decisions_full");
        }
    }

    /// A server permits somebody something: that it was removed or muted is over with it.
    pub(super) fn permit(
        &mut self,
        now: Instant,
        id: ParticipantId,
        set: &lk::ParticipantPermission,
    ) {
        let Some(it) = self.roster.participants.get(&id) else { return };
        let grant = permitted(&it.grant, set);
        self.grant(now, id, grant);
    }

    /// Gives a participant another grant. What it does and may no longer do ends.
    pub(super) fn grant(&mut self, now: Instant, id: ParticipantId, grant: VideoGrant) {
        let Some(it) = self.roster.participants.get_mut(&id) else { return };
        if it.grant == grant {
            return;
        }
        let before = std::mem::replace(&mut it.grant, grant.clone());
        let room = it.room;
        if grant.hidden
            && !before.hidden
            && self.roster.rooms.get(&room).is_some_and(Room::may_hide)
        {
            self.hide(id);
        }
        let refused = |info: &lk::TrackInfo| !grant.may_publish_source(&source_word(info.source()));
        if let Some(announced) = self.publications.announced.get_mut(&id) {
            announced.retain(|it| !refused(&it.info));
        }
        let own = self.publications.of(id).filter(|(_, it)| refused(&it.info));
        let over: Vec<(TrackId, String)> =
            own.map(|(track, it)| (track, it.info.sid.clone())).collect();
        for (track, track_sid) in over {
            self.end_track(now, track);
            let told = lk::TrackUnpublishedResponse { track_sid };
            self.say(id, Message::TrackUnpublished(told));
        }
        match (before.may_subscribe(), grant.may_subscribe()) {
            (true, false) => {
                let heard: Vec<TrackId> =
                    self.publications.in_room(room).map(|(track, _)| track).collect();
                heard.into_iter().for_each(|track| self.unsubscribe(now, id, track));
                self.offer(now, id);
            }
            (false, true) => {
                self.subscribe_to_all(id);
                self.offer(now, id);
            }
            _ => {}
        }
        if self.visits.has(id) {
            self.show(now, room);
        }
    }

    /// To the others, somebody who hides has left.
    fn hide(&mut self, id: ParticipantId) {
        let Some(it) = self.roster.participants.get(&id) else { return };
        let mut info = it.info(vec![]);
        info.state = State::Disconnected.into();
        let update = Message::Update(lk::ParticipantUpdate { participants: vec![info] });
        let others = self.roster.members(it.room).filter(|other| other.id != id);
        let others: Vec<ParticipantId> = others.map(|other| other.id).collect();
        others.into_iter().for_each(|to| self.say(to, update.clone()));
    }

    /// Whether servers have muted what a participant sends from this source.
    pub(super) fn silenced(&self, id: ParticipantId, source: i32) -> bool {
        let it = self.roster.participants.get(&id);
        let room = it.and_then(|it| self.roster.rooms.get(&it.room));
        it.zip(room).is_some_and(|(it, room)| room.decisions.mutes(&it.identity, source))
    }

    /// A track is muted or heard again, by its publisher's wish or a server's.
    pub(super) fn mute(&mut self, now: Instant, id: ParticipantId, wish: &lk::MuteTrackRequest) {
        let waiting = self.publications.announced.get_mut(&id).into_iter().flatten();
        let mut source = None;
        for it in waiting.filter(|it| it.info.sid == wish.sid) {
            it.info.muted = wish.muted;
            source = Some(it.info.source);
        }
        let found = self.publications.find(&wish.sid).filter(|(_, it)| it.owner == id);
        let found = found.map(|(track, it)| (track, it.room, it.info.source));
        let source = source.or(found.map(|(_, _, source)| source));
        let Some(source) = source else { return self.metrics.drop_one("track_unknown") };
        if !wish.muted {
            self.unmuted(now, id, source, found.map(|(track, ..)| track));
        }
        let Some((track, room, _)) = found else { return };
        let Some(it) = self.publications.tracks.get_mut(&track) else { return };
        if it.info.muted == wish.muted {
            return;
        }
        it.info.muted = wish.muted;
        self.decide(now, Input::Mute { room, track, muted: wish.muted });
        let muted = TrackMuted { track: track.0, muted: wish.muted };
        self.tap_event(now, room, Body::TrackMuted(muted));
        self.announce(id);
    }

    /// Whose track it is opens it, which nobody else does: that a server muted it is over.
    fn unmuted(&mut self, now: Instant, id: ParticipantId, source: i32, track: Option<TrackId>) {
        let it = self.roster.participants.get(&id);
        if let Some(it) = it
            && let Some(room) = self.roster.rooms.get_mut(&it.room)
        {
            room.decisions.unmuted(&it.identity, source);
        }
        let Some(track) = track else { return };
        let Some(it) = self.publications.tracks.get_mut(&track) else { return };
        if std::mem::take(&mut it.silenced) && it.video() {
            let room = it.room;
            self.decide(now, Input::Refresh { room, track });
        }
    }

    /// Tells somebody who may have missed it what servers have muted: its page would tell it otherwise.
    pub(super) fn repeat_mutes(&mut self, id: ParticipantId) {
        let waiting = self.publications.announced.get(&id).into_iter().flatten();
        let own = self.publications.of(id).map(|(_, it)| &it.info);
        let own = own.chain(waiting.map(|it| &it.info));
        let muted: Vec<String> = own
            .filter(|it| it.muted && self.silenced(id, it.source))
            .map(|it| it.sid.clone())
            .collect();
        for sid in muted {
            self.say(id, Message::Mute(lk::MuteTrackRequest { sid, muted: true }));
        }
    }

    /// A token for somebody who is in the room, as it is there now; `None` if it is not there any more.
    pub(super) fn renewed(&self, ticket: Ticket, token: AccessToken) -> Option<AccessToken> {
        let it = self.roster.participants.get(&ticket.who).filter(|it| it.turn == ticket.turn)?;
        let end = self.roster.rooms.get(&it.room).and_then(|room| room.end.said());
        let token = AccessToken {
            name: it.name.clone(),
            metadata: it.metadata.clone(),
            attributes: it.attributes.clone().into_iter().collect(),
            video: it.grant.clone(),
            ..token
        };
        Some(match end {
            Some(end) => end.bound(token),
            None => token,
        })
    }
}
