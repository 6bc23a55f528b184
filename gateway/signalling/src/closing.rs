//! The end of a booked room: told beforehand, kept to, and not undone by an old token.

use std::time::Instant;

use session::AccessToken;

use crate::Signalling;
use crate::ids::RoomId;
use crate::tables::closing::Closing;
use crate::tables::rooms::Room;
use crate::words::call::{Answer, ClosingReason, Fault, FaultKind, SetClosing};
use crate::words::participant::LeaveReason;

/// Why a token does not open a room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NoPlace {
    /// It is no room token.
    WrongGrant,
    /// No more rooms can be open.
    RoomsFull,
    /// The room has no place.
    RoomFull,
    /// Its time is over, or its booking was cancelled.
    Closed(ClosingReason),
}

impl NoPlace {
    /// How it is counted.
    pub(crate) const fn counted(self) -> &'static str {
        match self {
            Self::WrongGrant => "wrong_grant",
            Self::RoomsFull => "rooms_full",
            Self::RoomFull => "room_full",
            Self::Closed(_) => "closed",
        }
    }

    /// What a client that comes is told.
    pub(crate) const fn told(self) -> LeaveReason {
        match self {
            Self::Closed(why) => left_by(why),
            _ => LeaveReason::JoinFailure,
        }
    }
}

/// The reason for which those leave who are in a room that closes.
const fn left_by(why: ClosingReason) -> LeaveReason {
    match why {
        ClosingReason::Ended => LeaveReason::RoomClosed,
        ClosingReason::Cancelled | ClosingReason::Moved => LeaveReason::RoomDeleted,
    }
}

impl Signalling {
    /// Whether a token may open or enter the room that it names.
    pub(crate) fn still_open(&self, now: Instant, token: &AccessToken) -> Result<(), NoPlace> {
        let name = token.room().unwrap_or_default();
        let room = self.rooms.find(name);
        let now_s = self.rules.clock.wall_s(now);
        let over = Closing::of(token).is_some_and(|closing| closing.closes_s <= now_s);
        let closed = self.door.closed.refuses(name, token.made_s());
        let said = room.and_then(|room| room.end.said()).map(|said| said.why);
        // Those who are inside, and those who were, may come back until it closes.
        let stranger = room.is_some_and(|room| {
            let inside = room.members.contains_key(&token.identity);
            let lately = room.memory.knows(&token.identity);
            said.is_some_and(ClosingReason::voids_tokens) && !inside && !lately
        });
        match over || closed.is_some() || stranger {
            true => Err(NoPlace::Closed(closed.or(said).unwrap_or_default())),
            false => Ok(()),
        }
    }

    /// Takes what is said of a room's end.
    pub(crate) fn hear_of_end(&mut self, now: Instant, id: RoomId, said: Option<Closing>) {
        let room = self.rooms.get_mut(id);
        if room.zip(said).is_some_and(|(room, said)| room.end.say(said)) {
            self.look_at_end(now, id, true);
        }
    }

    /// Finds out when a room closes, and tells it if that has `changed` or changes now.
    fn look_at_end(&mut self, now: Instant, id: RoomId, changed: bool) {
        let (now_s, unled_s) = (self.rules.clock.wall_s(now), self.rules.limits.unled_s);
        let led = self.members(id).any(|member| member.grant.room_admin);
        let Some(room) = self.rooms.get_mut(id) else { return };
        if room.end.look(now_s, led, unled_s) || changed {
            self.tell_room(id);
        }
    }

    /// The scheduler says when a room closes, whether it is open or not.
    pub(crate) fn set_closing(&mut self, now: Instant, ask: &SetClosing) -> Result<Answer, Fault> {
        if ask.room.is_empty() {
            return Err(Fault { kind: FaultKind::InvalidArgument, text: "name the room" });
        }
        let now_s = self.rules.clock.wall_s(now);
        let said = Closing {
            ends_s: ask.ends,
            closes_s: ask.closes,
            why: ask.why,
            said_s: now_s,
            called: true,
        };
        match self.rooms.find(&ask.room).map(|room| room.id) {
            Some(id) => self.hear_of_end(now, id, Some(said)),
            None if ask.why == ClosingReason::Ended && ask.closes > now_s => {
                self.door.closed.forget(&ask.room);
                self.door.kept.put_off(&ask.room, ask.closes);
            }
            // Nobody is inside who would have to be warned.
            None => self.note_closed(&ask.room, now_s, ask.why),
        }
        self.close_ended(now);
        Ok(Answer::Done)
    }

    /// Closes the rooms whose time is over, and tells those where it comes sooner or later than was told.
    pub(crate) fn close_ended(&mut self, now: Instant) {
        for room in self.rooms.which(|room| room.end.said().is_some()) {
            self.look_at_end(now, room, false);
        }
        let now_s = self.rules.clock.wall_s(now);
        let over = |room: &Room| room.end.closes_s().is_some_and(|at_s| at_s <= now_s);
        for room in self.rooms.which(over) {
            self.close_by_schedule(now, room);
        }
    }

    fn close_by_schedule(&mut self, now: Instant, id: RoomId) {
        let Some(room) = self.rooms.get(id) else { return };
        let why = room.end.said().map(|said| said.why).unwrap_or_default();
        let name = room.name.clone();
        self.clear_room(now, id, left_by(why), why.word());
        self.note_closed(&name, self.rules.clock.wall_s(now), why);
    }

    fn note_closed(&mut self, name: &str, now_s: u64, why: ClosingReason) {
        self.door.kept.forget(name);
        if !self.door.closed.note(name, now_s, why) {
            self.drop_one("closed_forgotten");
        }
    }
}
