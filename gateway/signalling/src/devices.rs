//! One person, several devices: the one chosen last stays, whatever the others do by themselves.

use std::time::Instant;

use crate::Signalling;
use crate::ids::RoomId;
use crate::words::request::Join;

impl Signalling {
    /// When the person chose this device, in milliseconds since 1970: now, unless it comes back by itself. A
    /// device cannot claim a choice that is still to come.
    pub(crate) fn chosen_ms(&self, now: Instant, join: &Join) -> u64 {
        let now_ms = self.rules.clock.wall_ms(now);
        join.chosen_ms.map_or(now_ms, |claimed| claimed.min(now_ms))
    }

    /// Whether a client that comes by itself belongs to a person who has chosen another device since. Our own page
    /// says when it was chosen; a stock client that resumes is known by the stay that it wants to go on with.
    pub(crate) fn chosen_elsewhere(&self, join: &Join) -> bool {
        let room = join.token.room().and_then(|name| self.rooms.find(name));
        let identity = &join.token.identity;
        room.is_some_and(|room| match (join.chosen_ms, join.resume.as_deref()) {
            (Some(chosen_ms), _) => room.memory.choices.passed(identity, chosen_ms),
            (None, Some(sid)) => room.is_replaced(sid, identity),
            (None, None) => false,
        })
    }

    /// Keeps when the person chose the device on which it is here.
    pub(crate) fn note_choice(&mut self, room: RoomId, identity: &str, chosen_ms: u64) {
        let room = self.rooms.get_mut(room);
        if room.is_some_and(|room| !room.memory.choices.note(identity, chosen_ms)) {
            self.drop_one("choices_full");
        }
    }
}
