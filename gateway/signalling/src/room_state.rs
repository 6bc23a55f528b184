//! The state of a room: who may change what of it, and who is told.
//!
//! It goes to everybody in the room's metadata, at join and at each change, so that any LiveKit client reads it. Writes
//! come in data packets of a topic that the gateway owns: they go to nobody else.

use std::time::Instant;

use archive::tap::{Body, DataPacket as TapData};
use serde_json::{Value, json};

use crate::Signalling;
use crate::ids::{ParticipantId, RoomId};
use crate::tables::room_state::{Changed, StateWriter, Unfit};
use crate::tables::rooms::Room;
use crate::tables::roster::Participant;
use crate::words::data::UserData;
use crate::words::message::{Message, Refusal};
use crate::words::room_state::{StateChange, Write};

/// Topic of the packets that write to the state of their room.
pub(crate) const ROOM_STATE: &str = "room-state";
/// Topic under which the recorder hears of pages, as it did when pages said it to each other.
pub(crate) const SLIDES: &str = "slides";
/// Writes of one participant in a second, on average.
pub(crate) const WRITES_PER_S: u32 = 5;

impl Signalling {
    /// Somebody writes to the state of its room. Who numbers the writes is answered before the room is told: what is told
    /// after that has the write in it.
    pub(crate) fn write_state(&mut self, now: Instant, from: ParticipantId, said: &UserData) {
        let (request, made) = match Write::read(&said.payload) {
            Ok(write) => (write.request, self.written(now, from, write)),
            Err((request, why)) => (request, Err((Refusal::Invalid, why))),
        };
        let (refusal, text) = made.err().unwrap_or_default();
        if refusal != Refusal::None {
            self.drop_one("room_state_refused");
        } else if request == 0 {
            return;
        }
        self.say(from, Message::Response { request, refusal, text: text.to_owned() });
    }

    fn written(
        &mut self,
        now: Instant,
        from: ParticipantId,
        write: Write,
    ) -> Result<(), (Refusal, &'static str)> {
        let at_ms = self.rules.clock.wall_ms(now);
        let me = self.roster.get_mut(from).ok_or((Refusal::NotFound, "you are not in the room"))?;
        if !me.writes.allow(now, 1) {
            return Err((Refusal::LimitExceeded, "too many writes: send it again in a second"));
        }
        let Some(me) = self.roster.get(from) else { return Ok(()) };
        self.may_write(me, &write.change)?;
        let (room, identity) = (me.room, me.profile.identity.clone());
        let identity = if self.hides(me) { String::new() } else { identity };
        if let StateChange::Call(of) = &write.change
            && !self.rooms.get(room).is_some_and(|room| room.members.contains_key(of))
        {
            return Err((Refusal::NotFound, "nobody of that identity is in the room"));
        }
        let Some(state) = self.rooms.get_mut(room).map(|room| &mut room.memory.state) else {
            return Ok(());
        };
        let writer = StateWriter { identity: &identity, at_ms };
        let changed =
            state.change(writer, write.seen, write.change).map_err(|unfit| match unfit {
                Unfit::Stale => (Refusal::NotFound, "that has changed meanwhile: look again"),
                Unfit::Down => (Refusal::NotFound, "that hand is not up any more"),
                Unfit::Full => (Refusal::LimitExceeded, "as many hands are up as can be: wait"),
            })?;
        self.state_changed(now, room, &identity, changed);
        Ok(())
    }

    /// Everybody has the own hand; pages, and others' hands, are for who leads.
    fn may_write(
        &self,
        me: &Participant,
        change: &StateChange,
    ) -> Result<(), (Refusal, &'static str)> {
        match change {
            // Whoever is not shown to the others has no hand that they could see.
            StateChange::Raise if self.hides(me) => {
                Err((Refusal::NotAllowed, "who is hidden has no hand to raise"))
            }
            StateChange::Raise | StateChange::Lower(None) => Ok(()),
            StateChange::Lower(Some(of)) if *of == me.profile.identity => Ok(()),
            StateChange::Slides(_) | StateChange::Lower(_) | StateChange::Call(_)
                if self.leads(me) =>
            {
                Ok(())
            }
            _ => Err((Refusal::NotAllowed, "this is for who leads the room")),
        }
    }

    /// Whether somebody leads its room: by the grant where a session was booked, else by the role; a token without a role is
    /// one that an administrator minted.
    fn leads(&self, me: &Participant) -> bool {
        let booked = self.rooms.get(me.room).is_some_and(Room::booked);
        let role = matches!(me.profile.role.as_str(), "" | "lead_teacher" | "specialist");
        me.grant.room_admin || (!booked && role)
    }

    fn state_changed(&mut self, now: Instant, room: RoomId, by: &str, changed: Changed) {
        let (topic, identity, told) = match changed {
            Changed::Nothing => return,
            Changed::Slides => {
                self.consequences.marks.state(room);
                return self.tap_slides(now, room);
            }
            Changed::Hand(of, raised) => ("hand", of, json!({ "raised": raised })),
            Changed::Called(of) => ("called", by.to_owned(), json!({ "identity": of })),
        };
        self.consequences.marks.state(room);
        self.tap_state(now, room, (topic, identity), &told);
    }

    /// Somebody who hides has no hand that others could see.
    pub(crate) fn hide_state(&mut self, now: Instant, id: ParticipantId) {
        if let Some(me) = self.roster.get(id).filter(|me| self.hides(me)) {
            let (room, identity) = (me.room, me.profile.identity.clone());
            self.leave_state(now, room, &identity);
        }
    }

    /// Somebody has come in, perhaps again.
    pub(crate) fn welcome_state(&mut self, now: Instant, id: ParticipantId) {
        let Some(me) = self.roster.get(id) else { return };
        let (room, identity) = (me.room, &me.profile.identity);
        let state = self.rooms.get_mut(room).map(|room| &mut room.memory.state);
        if state.is_some_and(|state| state.welcome(identity, now)) {
            self.consequences.marks.state(room);
        }
    }

    /// Somebody has left: its hand is down.
    pub(crate) fn leave_state(&mut self, now: Instant, room: RoomId, identity: &str) {
        let Some(state) = self.rooms.get_mut(room).map(|room| &mut room.memory.state) else {
            return;
        };
        let was_up = state.forget(identity, now);
        self.consequences.marks.state(room);
        if was_up {
            let hand = ("hand", identity.to_owned());
            self.tap_state(now, room, hand, &json!({ "raised": false }));
        }
    }

    /// Everybody has left a booked room, which is not over yet: who comes back finds what it showed.
    pub(crate) fn keep_state(&mut self, now: Instant, id: RoomId) {
        let now_s = self.rules.clock.wall_s(now);
        let Some(room) = self.rooms.get_mut(id) else { return };
        let Some(session) = room.own.session.clone() else { return };
        let (state, chat) =
            (std::mem::take(&mut room.memory.state), std::mem::take(&mut room.memory.chat));
        if state.is_new() && chat.is_empty() {
            return;
        }
        let (name, closes_s) = ((room.name.clone(), session), room.end.closes_s());
        let left = (state.without_people(), chat);
        if !self.door.kept.keep(name, left, closes_s, now_s) {
            self.drop_one("room_state_forgotten");
        }
    }

    /// Gives a room that opens again what it showed before.
    pub(crate) fn restore_state(&mut self, id: RoomId) {
        let Some(room) = self.rooms.get_mut(id) else { return };
        let Some(session) = &room.own.session else { return };
        if let Some((state, chat)) = self.door.kept.take(&room.name, session) {
            (room.memory.state, room.memory.chat) = (state, chat);
        }
    }

    /// Tells the recorder which page is shown, if any is.
    pub(crate) fn tap_slides(&mut self, now: Instant, room: RoomId) {
        let state = self.rooms.get(room).map(|room| &room.memory.state);
        let Some((slides, by)) = state.and_then(|state| state.slides()) else { return };
        let (told, by) = (Value::Object(slides.to_json()), by.to_owned());
        self.tap_state(now, room, (SLIDES, by), &told);
    }

    fn tap_state(
        &mut self,
        now: Instant,
        room: RoomId,
        (topic, identity): (&str, String),
        told: &Value,
    ) {
        let payload = told.to_string().into_bytes();
        self.tap(now, room, Body::Data(TapData { identity, topic: topic.to_owned(), payload }));
    }

    /// Tells a room its state if that is due.
    pub(crate) fn tell_state(&mut self, now: Instant, room: RoomId) {
        let Some(state) = self.rooms.get_mut(room).map(|room| &mut room.memory.state) else {
            return;
        };
        if state.due(now) {
            state.tell(now);
            self.tell_room(room);
        }
    }
}
