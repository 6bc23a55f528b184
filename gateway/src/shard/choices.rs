//! One person, several devices: the one chosen last stays, whatever the others do by themselves.

use std::time::Instant;

use livekit_protocol as lk;
use lk::DisconnectReason;
use lk::leave_request::Action;
use lk::signal_response::Message;
use sfu::RoomId;

use super::join::leave;
use super::{JoinAsk, Shard};
use crate::ids::ParticipantId;

impl Shard {
    /// When the person chose this device, in milliseconds since 1970: now, unless it comes back by itself. A
    /// device cannot claim a choice that is still to come.
    pub(super) fn chosen_ms(&self, now: Instant, ask: &JoinAsk) -> u64 {
        let now_ms = self.wall_ms(now);
        ask.chosen_ms.map_or(now_ms, |claimed| claimed.min(now_ms))
    }

    /// Whether a client that comes by itself belongs to a person who has chosen another device since. Our own page
    /// says when it was chosen; a stock client that resumes is known by the stay that it wants to go on with.
    pub(super) fn chosen_elsewhere(&self, ask: &JoinAsk) -> bool {
        let room = ask.token.room().and_then(|name| self.roster.find(name));
        let identity = &ask.token.identity;
        room.is_some_and(|room| match (ask.chosen_ms, ask.resume.as_deref()) {
            (Some(chosen_ms), _) => room.choices.passed(identity, chosen_ms),
            (None, Some(sid)) => room.is_replaced(sid, identity),
            (None, None) => false,
        })
    }

    /// Tells a client that its person is here on another device, and not to come back by itself.
    pub(super) fn turn_away(&self, ask: &JoinAsk) {
        self.metrics.refuse("chosen_elsewhere");
        // A full queue cannot be: nothing was said yet.
        let told = Box::new(leave(DisconnectReason::DuplicateIdentity, Action::Disconnect));
        let _ = ask.signal.try_send(told);
    }

    /// Keeps when the person chose the device on which it is here.
    pub(super) fn note_choice(&mut self, room: RoomId, identity: &str, chosen_ms: u64) {
        let room = self.roster.rooms.get_mut(&room);
        if room.is_some_and(|room| !room.choices.note(identity, chosen_ms)) {
            self.metrics.drop_one("choices_full");
        }
    }

    /// Tells somebody who has just come who was here before.
    pub(super) fn tell_departed(&mut self, id: ParticipantId, room: RoomId) {
        let participants = self.roster.rooms.get(&room).map(|it| it.gone()).unwrap_or_default();
        if !participants.is_empty() {
            self.say(id, Message::Update(lk::ParticipantUpdate { participants }));
        }
    }
}
