//! What is said, counted and noted: the only file that appends effects of that kind.

use std::time::Instant;

use archive::tap::Body;

use crate::Signalling;
use crate::effect::{Counted, Deliver, Effect, Event};
use crate::ids::{ConnectionId, ParticipantId, RoomId, SignalId};
use crate::marks::Marks;
use crate::words::call::SendData;
use crate::words::data::Signature;
use crate::words::message::{Message, Refusal};
use crate::words::participant::{LeaveReason, Next};

/// What the present call has brought about, and what is to be drained at its end.
#[derive(Debug)]
pub(crate) struct Consequences {
    pub(crate) out: Vec<Effect>,
    pub(crate) marks: Marks,
}

/// Why nobody sends sound or pictures in a room that is not cleared for it.
pub(crate) const NOT_CLEARED: &str = "nobody may send sound or pictures now: the patient's identity and consent are not noted, or were withdrawn; wait here until they are";

/// Says why somebody is sent away.
pub(crate) const fn leave(reason: LeaveReason, next: Next) -> Message {
    Message::Leave { reason, next }
}

impl Signalling {
    pub(crate) fn effect(&mut self, effect: Effect) {
        self.consequences.out.push(effect);
    }

    pub(crate) fn drop_one(&mut self, reason: &'static str) {
        self.effect(Effect::Count(Counted::Dropped(reason)));
    }

    /// Somebody may not come in: it is counted, told, and its signalling connection ends.
    pub(crate) fn turn_away(&mut self, signal: SignalId, counted: &'static str, told: Message) {
        self.effect(Effect::Count(Counted::Refused(counted)));
        self.effect(Effect::Say(signal, told));
        self.effect(Effect::HangUp(signal));
    }

    pub(crate) fn note(&mut self, event: Event) {
        self.effect(Effect::Event(event));
    }

    /// Says something to one participant's page.
    pub(crate) fn say(&mut self, to: ParticipantId, message: Message) {
        if let Some(signal) = self.roster.get(to).and_then(|participant| participant.signal.id) {
            self.effect(Effect::Say(signal, message));
        }
    }

    /// Says something to everybody in a room.
    pub(crate) fn say_all(&mut self, room: RoomId, message: &Message) {
        let members = self.roster.members(&self.rooms, room);
        let signals: Vec<SignalId> = members.filter_map(|member| member.signal.id).collect();
        for signal in signals {
            self.effect(Effect::Say(signal, message.clone()));
        }
    }

    /// Says something to somebody's page in a data packet, if it is one of ours, which reads such.
    pub(crate) fn say_to_page(&mut self, to: ParticipantId, topic: &str, payload: Vec<u8>) {
        let Some(participant) =
            self.roster.get(to).filter(|participant| participant.client.reads_reasons)
        else {
            return;
        };
        let Some(connection) = participant.paths.subscriber else { return };
        let identity = participant.profile.identity.clone();
        self.say_on(connection, identity, topic, payload);
    }

    /// Says something to one person alone, in a data packet on this connection.
    pub(crate) fn say_on(
        &mut self,
        connection: ConnectionId,
        identity: String,
        topic: &str,
        payload: Vec<u8>,
    ) {
        let meant = vec![identity];
        let said = SendData {
            to: meant.clone(),
            reliable: true,
            topic: Some(topic.to_owned()),
            payload,
            ..SendData::default()
        };
        let (signature, to) = (Signature::default(), vec![connection]);
        let said = Some(Box::new(said));
        let deliver = Deliver { signature, meant, to, reliable: true, spare: false, said };
        self.effect(Effect::Deliver(Box::new(deliver)));
    }

    /// Tells a client that a request was not understood; nothing else changes.
    pub(crate) fn refuse(&mut self, id: ParticipantId, why: &str) {
        self.drop_one("request_invalid");
        self.decline(id, Refusal::Invalid, why);
    }

    /// Tells a client that a request is not carried out.
    pub(crate) fn decline(&mut self, id: ParticipantId, refusal: Refusal, why: &str) {
        self.say(id, Message::Response { request: 0, refusal, text: why.to_owned() });
    }

    /// Says something to the tap if the room is recorded.
    pub(crate) fn tap(&mut self, now: Instant, room: RoomId, body: Body<'static>) {
        if self.rooms.get(room).is_some_and(|room| room.recorded()) {
            let at_us = self.rules.clock.record_us(now);
            self.effect(Effect::Tap { room, at_us, body });
        }
    }
}
