//! The end of a booked room: told beforehand, kept to, and not undone by an old token.

use std::time::Instant;

use livekit_protocol as lk;
use lk::leave_request::Action;
use lk::signal_response::Message;
use lk::{DisconnectReason, RoomUpdate};
use session::AccessToken;
use sfu::RoomId;

use super::Shard;
use super::calls::{Answer, ClosingAsk, Fault};
use super::join::leave;
use crate::room::closing::{Closing, Why};
use crate::room::roster::Room;

impl Shard {
    /// A moment as wall time, in seconds since 1970.
    pub(super) fn wall_s(&self, now: Instant) -> u64 {
        self.wall_ms(now) / 1_000
    }

    /// Whether a token may open or enter the room that it names; an error is the reason why not.
    pub(super) fn still_open(
        &self,
        now: Instant,
        token: &AccessToken,
        room: Option<&Room>,
    ) -> Result<(), &'static str> {
        let over = Closing::of(token).is_some_and(|it| it.closes_s <= self.wall_s(now));
        let name = token.room().unwrap_or_default();
        let closed = self.closed.refuses(name, token.made_s()).is_some();
        // Those who are inside, and those who were, may come back until it closes.
        let stranger = room.is_some_and(|room| {
            let cancelled = room.end.said().is_some_and(|it| it.why == Why::Cancelled);
            let inside = room.members.contains_key(&token.identity);
            let lately = room.departed.iter().any(|info| info.identity == token.identity);
            cancelled && !inside && !lately
        });
        if over || closed || stranger { Err("closed") } else { Ok(()) }
    }

    /// Takes what is said of a room's end.
    pub(super) fn hear_of_end(&mut self, now: Instant, id: RoomId, said: Option<Closing>) {
        let room = self.roster.rooms.get_mut(&id);
        if room.zip(said).is_some_and(|(room, said)| room.end.say(said)) {
            self.look_at_end(now, id, true);
        }
    }

    /// Finds out when a room closes, and tells it if that has `changed` or changes now.
    fn look_at_end(&mut self, now: Instant, id: RoomId, changed: bool) {
        let (now_s, unled_s) = (self.wall_s(now), self.config.unled_s);
        let led = self.roster.members(id).any(|it| it.grant.room_admin);
        let Some(room) = self.roster.rooms.get_mut(&id) else { return };
        if room.end.look(now_s, led, unled_s) || changed {
            self.tell_room(id);
        }
    }

    /// The scheduler says when a room closes, whether it is open or not.
    pub(super) fn set_closing(&mut self, now: Instant, ask: &ClosingAsk) -> Result<Answer, Fault> {
        if ask.room.is_empty() {
            return Err(Fault::unfit("name the room"));
        }
        let now_s = self.wall_s(now);
        let said = Closing {
            ends_s: ask.ends,
            closes_s: ask.closes,
            why: ask.why,
            said_s: now_s,
            called: true,
        };
        match self.roster.find(&ask.room).map(|room| room.id) {
            Some(id) => self.hear_of_end(now, id, Some(said)),
            None if ask.why == Why::Ended && ask.closes > now_s => self.closed.forget(&ask.room),
            // Nobody is inside who would have to be warned.
            None => self.note_closed(&ask.room, now_s, ask.why),
        }
        self.close_ended(now);
        Ok(Answer::Done)
    }

    /// Closes the rooms whose time is over, and tells those where it comes sooner or later than was told.
    pub(super) fn close_ended(&mut self, now: Instant) {
        let booked = self.roster.rooms.values().filter(|room| room.end.said().is_some());
        let booked: Vec<RoomId> = booked.map(|room| room.id).collect();
        booked.into_iter().for_each(|room| self.look_at_end(now, room, false));
        let now_s = self.wall_s(now);
        let over = |room: &&Room| room.end.closes_s().is_some_and(|at_s| at_s <= now_s);
        let over: Vec<RoomId> = self.roster.rooms.values().filter(over).map(|it| it.id).collect();
        over.into_iter().for_each(|room| self.close_by_schedule(now, room));
    }

    fn close_by_schedule(&mut self, now: Instant, id: RoomId) {
        let Some(room) = self.roster.rooms.get(&id) else { return };
        let why = room.end.said().map(|it| it.why).unwrap_or_default();
        let name = room.name.clone();
        self.clear_room(now, id, left_by(why), why.word());
        self.note_closed(&name, self.wall_s(now), why);
    }

    fn note_closed(&mut self, name: &str, now_s: u64, why: Why) {
        if !self.closed.note(name, now_s, why) {
            self.metrics.drop_one("closed_forgotten");
        }
    }

    /// What somebody is told who may not come in for this reason.
    pub(super) fn sent_away(&self, reason: &str, token: &AccessToken) -> Message {
        let room = token.room().unwrap_or_default();
        let known = self.closed.refuses(room, token.made_s());
        let open = self.roster.find(room).and_then(|room| room.end.said()).map(|it| it.why);
        let told = match reason {
            "closed" => left_by(known.or(open).unwrap_or_default()),
            _ => DisconnectReason::JoinFailure,
        };
        leave(told, Action::Disconnect)
    }

    /// Tells everybody in a room how the room is now.
    pub(super) fn tell_room(&mut self, id: RoomId) {
        let room = self.roster.rooms.get(&id).map(|room| self.room_info(room));
        self.tell_all(id, &Message::RoomUpdate(RoomUpdate { room }));
    }

    /// What a room's metadata says unless a server has set them: what is booked, and when it closes.
    pub(super) fn booked_metadata(&self, room: &Room) -> String {
        let word = |word: Option<String>| word.unwrap_or_default();
        let kind = word(room.own.kind.map(|kind| kind.to_string()));
        let title = word(room.own.title.clone());
        let mut about = serde_json::json!({ "title": title, "kind": kind });
        if let (Some(about), Some(said)) = (about.as_object_mut(), room.end.said()) {
            let closes_s = room.end.closes_s().unwrap_or(said.closes_s);
            about.insert("ends".to_owned(), said.ends_s.into());
            about.insert("closes".to_owned(), closes_s.into());
            about.insert("why".to_owned(), said.why.word().into());
        }
        about.to_string()
    }
}

/// LiveKit's word for being in a room that closes.
const fn left_by(why: Why) -> DisconnectReason {
    match why {
        Why::Ended => DisconnectReason::RoomClosed,
        Why::Cancelled => DisconnectReason::RoomDeleted,
    }
}
