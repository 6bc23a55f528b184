//! Data packets: from one participant to the others, under the sender's true name.

use std::time::Instant;

use archive::tap::{Body, DataPacket as TapData};

use crate::Signalling;
use crate::chat::CHAT_LOG;
use crate::effect::{Deliver, Effect};
use crate::ids::{ConnectionId, ParticipantId, RoomId};
use crate::room_state::{ROOM_STATE, SLIDES};
use crate::sides::UPLINK;
use crate::stills::STILL;
use crate::tables::rooms::Room;
use crate::tables::roster::Participant;
use crate::tell::NOT_CLEARED;
use crate::words::data::{DataPacket, Signature, UserData};
use crate::words::message::Refusal;

/// What a packet is about.
fn topic_of(packet: &DataPacket) -> Option<&str> {
    packet.user.as_ref().and_then(|user| user.topic.as_deref())
}

/// Whether a packet shows somebody, or may: a still, or what is not to be read here.
fn is_picture(packet: &DataPacket) -> bool {
    packet.opaque || topic_of(packet) == Some(STILL)
}

impl Signalling {
    /// A data packet came on a connection.
    pub(crate) fn data(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        reliable: bool,
        packet: &DataPacket,
    ) {
        let Some(from) = self.connections.get(connection).map(|connection| connection.owner) else {
            return;
        };
        let Some(sender) = self.roster.get(from) else { return };
        let room = sender.room;
        if !sender.grant.may_publish_data() || packet.servers_only || !self.may_say(sender, packet)
        {
            if topic_of(packet) == Some(ROOM_STATE) {
                self.decline(from, Refusal::NotAllowed, "this token may not send data");
            }
            return self.drop_one("data_not_allowed");
        }
        if is_picture(packet) && self.rooms.get(room).is_some_and(Room::withholds_media) {
            self.decline(from, Refusal::NotAllowed, NOT_CLEARED);
            return self.drop_one("data_not_cleared");
        }
        if reliable && self.repeated(from, packet.sequence) {
            return self.drop_one("data_repeated");
        }
        if let Some(said) = &packet.user
            && self.taken_in(now, from, said)
        {
            return;
        }
        let Some(meant) = self.meant(room, packet) else {
            return self.drop_one("data_for_nobody");
        };
        let Some(sender) = self.roster.get(from) else { return };
        if self.is_private_with_minor(sender, &meant) {
            let why = "an adult and a minor say nothing to each other alone: send it to everybody in the room";
            self.decline(from, Refusal::NotAllowed, why);
            return self.drop_one("data_private_with_minor");
        }
        let Some(sender) = self.roster.get(from) else { return };
        let signature = self.signature(sender);
        self.tap_data(now, room, &signature, &meant, packet);
        if let Some(said) = packet.user.as_ref().filter(|_| meant.is_empty()) {
            self.keep_chat(now, (room, from), &signature, said);
        }
        let to = self.listeners_of(room, Some(from), &meant);
        let deliver = Deliver { signature, meant, to, reliable, spare: false, said: None };
        self.effect(Effect::Deliver(Box::new(deliver)));
    }

    /// Takes a message to the gateway itself, or one that passes through it only to those who asked for it; returns
    /// whether it was such.
    fn taken_in(&mut self, now: Instant, from: ParticipantId, said: &UserData) -> bool {
        let signature =
            self.roster.get(from).map(|sender| self.signature(sender)).unwrap_or_default();
        // Other clients may mean something else by our page's own topics.
        let ours = self.roster.get(from).is_some_and(|sender| sender.client.reads_reasons);
        match said.topic.as_deref() {
            Some(ROOM_STATE) => self.write_state(now, from, said),
            Some(UPLINK) if ours => self.note_uplink(from, said),
            Some(STILL) if ours => self.pass_still(now, (from, signature), said),
            _ => return false,
        }
        true
    }

    /// Whether a reliable message was there before: after a resume a client sends again what it does
    /// not know to have arrived. Older clients do not number.
    fn repeated(&mut self, from: ParticipantId, number: u32) -> bool {
        let Some(sender) = self.roster.get_mut(from) else { return false };
        if number != 0 && number <= sender.last_sequence {
            return true;
        }
        sender.last_sequence = sender.last_sequence.max(number);
        false
    }

    /// Pages of a booked session are turned by those who run it; what was written before is told by the gateway alone.
    fn may_say(&self, sender: &Participant, packet: &DataPacket) -> bool {
        match topic_of(packet) {
            Some(SLIDES) => {
                sender.grant.room_admin || !self.rooms.get(sender.room).is_some_and(Room::booked)
            }
            topic => topic != Some(CHAT_LOG),
        }
    }

    /// Whether a packet for some is between minors and adults. What everybody in the room reads is not private, nor what minors say
    /// among themselves, or adults.
    fn is_private_with_minor(&self, sender: &Participant, meant: &[String]) -> bool {
        let mut members = self.members(sender.room);
        members.any(|member| {
            meant.contains(&member.profile.identity) && member.profile.minor != sender.profile.minor
        })
    }

    /// Identity and stay under which a sender's packets go out: none for one who hides.
    fn signature(&self, sender: &Participant) -> Signature {
        match self.hides(sender) {
            true => Signature::default(),
            false => {
                Signature { identity: sender.profile.identity.clone(), sid: sender.sid.clone() }
            }
        }
    }

    /// Identities that a packet is for, empty if it is for all; `None` if it is for people who are not here: it must not
    /// become one for all.
    fn meant(&self, room: RoomId, packet: &DataPacket) -> Option<Vec<String>> {
        if !packet.to.is_empty() || packet.to_sids.is_empty() {
            return Some(packet.to.clone());
        }
        let members = self.members(room).filter(|member| packet.to_sids.contains(&member.sid));
        let meant: Vec<String> = members.map(|member| member.profile.identity.clone()).collect();
        (!meant.is_empty()).then_some(meant)
    }

    fn tap_data(
        &mut self,
        now: Instant,
        room: RoomId,
        signature: &Signature,
        meant: &[String],
        packet: &DataPacket,
    ) {
        // What is meant for some is not for the archive.
        let Some(user) = packet.user.as_ref().filter(|_| meant.is_empty()) else { return };
        // The recorder follows the pages of the room's state.
        if user.topic.as_deref() == Some(SLIDES) {
            return;
        }
        let body = Body::Data(TapData {
            identity: signature.identity.clone(),
            topic: user.topic.clone().unwrap_or_default(),
            payload: user.payload.clone(),
        });
        self.tap(now, room, body);
    }

    /// The connections of those that a packet is meant for; `from` does not hear itself.
    pub(crate) fn listeners_of(
        &self,
        room: RoomId,
        from: Option<ParticipantId>,
        meant: &[String],
    ) -> Vec<ConnectionId> {
        let is_meant = |participant: &Participant| {
            meant.is_empty() || meant.contains(&participant.profile.identity)
        };
        let others = self
            .members(room)
            .filter(|participant| Some(participant.id) != from && is_meant(participant));
        // A participant that came by HTTP has no data channels.
        let others = others.filter(|participant| !self.visits.has(participant.id));
        others.filter_map(|participant| participant.paths.subscriber).collect()
    }

    /// Tells a sender that somebody does not get what it sends.
    pub(crate) fn skipped(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        let owner = connection.owner;
        if connection.tells_skipped(now) {
            let why = "somebody's line does not take the data that you send: it goes to the others only; send it again later";
            self.decline(owner, Refusal::LimitExceeded, why);
        }
    }
}
