//! Data packets: from one participant's data channel to the others', under the sender's true name.

use std::time::{Duration, Instant};

use archive::tap::{Body, DataPacket as TapData};
use livekit_protocol as lk;
use lk::data_packet::Value;
use prost::Message as _;
use sfu::RoomId;

use super::Shard;
use super::holding::Delivered;
use crate::connections::Side;
use crate::ids::{ConnectionId, ParticipantId};
use crate::pace;
use crate::room::roster::Participant;

const RELIABLE: &str = "_reliable";
const LOSSY: &str = "_lossy";
/// Topic of the packets that turn pages.
const SLIDES: &str = "slides";
/// A message counts once for so many bytes, in the sender's rate.
const DATA_UNIT: u32 = 16 * 1024;
/// Reliable messages above the rate are taken while they are no more than this ahead: their sender is held back.
const OVER_MAX: Duration = Duration::from_secs(5);

impl Shard {
    /// The gateway opens its half of LiveKit's channels to a listener.
    pub(super) fn channels_up(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        if connection.side != Side::Subscriber || connection.channels.reliable.is_some() {
            return;
        }
        let mut outputs = vec![];
        let reliable = connection.peer.open_channel(now, RELIABLE, true, None, &mut outputs);
        let lossy = connection.peer.open_channel(now, LOSSY, false, Some(0), &mut outputs);
        connection.channels.reliable = reliable.ok();
        connection.channels.lossy = lossy.ok();
        let owner = connection.owner;
        self.outputs(now, id, outputs);
        // From here on a message to it arrives.
        self.active(now, owner);
    }

    /// A publisher opened a channel.
    pub(super) fn channel_open(
        &mut self,
        now: Instant,
        id: ConnectionId,
        stream: u16,
        label: &str,
    ) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        if connection.side == Side::Subscriber {
            return;
        }
        match label {
            RELIABLE => connection.channels.reliable = Some(stream),
            LOSSY => connection.channels.lossy = Some(stream),
            _ => return,
        }
        let (owner, both, channels) =
            (connection.owner, connection.side == Side::Both, connection.channels);
        if both && channels.reliable.is_some() && channels.lossy.is_some() {
            // From here on a message to it arrives.
            self.active(now, owner);
        }
    }

    /// A channel is no more.
    pub(super) fn channel_closed(&mut self, id: ConnectionId, stream: u16) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        let channels = &mut connection.channels;
        for channel in [&mut channels.reliable, &mut channels.lossy] {
            *channel = channel.filter(|it| *it != stream);
        }
    }

    /// A message on a channel.
    pub(super) fn data(&mut self, now: Instant, id: ConnectionId, stream: u16, message: &[u8]) {
        let Some(connection) = self.connections.get(id) else { return };
        let (from, channels) = (connection.owner, connection.channels);
        let reliable = channels.reliable == Some(stream);
        if !reliable && channels.lossy != Some(stream) {
            return self.metrics.drop_one("data_channel_unknown");
        }
        let Some(sender) = self.roster.participants.get(&from) else { return };
        if !sender.grant.may_publish_data() {
            return self.metrics.drop_one("data_not_allowed");
        }
        let room = self.roster.rooms.get(&sender.room).map_or("", |it| it.name.as_str());
        let who = pace::name_of(room, &sender.identity);
        let over = self.data_paces.owe(
            now,
            &who,
            cost(message),
            if reliable { OVER_MAX } else { Duration::ZERO },
        );
        let Some(over) = over else { return self.metrics.drop_one("data_rate") };
        if !over.is_zero() {
            self.hold_back(id, now + over, vec![]);
        }
        let Ok(mut packet) = lk::DataPacket::decode(message) else {
            return self.metrics.drop_one("data_unreadable");
        };
        if !from_people(&packet) || !self.may_say(from, &packet) {
            return self.metrics.drop_one("data_not_allowed");
        }
        if reliable && self.repeated(from, packet.sequence) {
            return self.metrics.drop_one("data_repeated");
        }
        if !self.sign(from, &mut packet) {
            return self.metrics.drop_one("data_for_nobody");
        }
        self.tap_data(now, from, &packet);
        let Some(room) = self.roster.participants.get(&from).map(|it| it.room) else { return };
        let Delivered { slow, missed } = self.deliver(now, room, Some(from), reliable, &packet);
        if !slow.is_empty() {
            self.hold_back(id, now, slow);
        }
        if missed {
            self.tell_skipped(now, id);
        }
    }

    /// Whether a reliable message was there before: after a resume a client sends again what it does
    /// not know to have arrived. Older clients do not number.
    fn repeated(&mut self, from: ParticipantId, number: u32) -> bool {
        let Some(sender) = self.roster.participants.get_mut(&from) else { return false };
        if number != 0 && number <= sender.last_said {
            return true;
        }
        sender.last_said = sender.last_said.max(number);
        false
    }

    /// Pages are turned, for everybody and for the replay, by those who run a booked session.
    fn may_say(&self, from: ParticipantId, packet: &lk::DataPacket) -> bool {
        let Some(Value::User(user)) = packet.value.as_ref() else { return true };
        let Some(sender) = self.roster.participants.get(&from) else { return false };
        let room = self.roster.rooms.get(&sender.room);
        let booked = room.is_some_and(|room| room.own.session.is_some());
        user.topic.as_deref() != Some(SLIDES) || !booked || sender.grant.room_admin
    }

    /// Identity and id under which a sender's packets go out: none for one who hides.
    fn signature<'a>(&self, sender: &'a Participant) -> (&'a str, &'a str) {
        if self.hides(sender) { ("", "") } else { (&sender.identity, &sender.sid) }
    }

    /// Puts the sender's true name on a packet, whatever it claimed, and names those it is for.
    /// `false` if it is for people who are not here: it must not become one for all.
    #[expect(deprecated, reason = "older SDKs read the names inside the user packet")]
    pub(super) fn sign(&self, from: ParticipantId, packet: &mut lk::DataPacket) -> bool {
        let Some(sender) = self.roster.participants.get(&from) else { return false };
        let (identity, sid) = self.signature(sender);
        identity.clone_into(&mut packet.participant_identity);
        sid.clone_into(&mut packet.participant_sid);
        if let Some(Value::User(user)) = &mut packet.value {
            identity.clone_into(&mut user.participant_identity);
            sid.clone_into(&mut user.participant_sid);
            if packet.destination_identities.is_empty() {
                packet.destination_identities.append(&mut user.destination_identities);
            }
            let sids = std::mem::take(&mut user.destination_sids);
            if packet.destination_identities.is_empty() && !sids.is_empty() {
                let members = self.roster.members(sender.room).filter(|it| sids.contains(&it.sid));
                packet.destination_identities = members.map(|it| it.identity.clone()).collect();
                return !packet.destination_identities.is_empty();
            }
        }
        true
    }

    fn tap_data(&mut self, now: Instant, from: ParticipantId, packet: &lk::DataPacket) {
        // What is meant for some is not for the archive.
        let Some(Value::User(user)) = packet.value.as_ref() else { return };
        let Some(sender) = self.roster.participants.get(&from) else { return };
        if !packet.destination_identities.is_empty() {
            return;
        }
        let body = Body::Data(TapData {
            identity: self.signature(sender).0.to_owned(),
            topic: user.topic.clone().unwrap_or_default(),
            payload: user.payload.clone(),
        });
        let room = sender.room;
        self.tap_event(now, room, body);
    }

    /// Sends a packet to those that it is meant for; `from` does not hear itself.
    pub(super) fn deliver(
        &mut self,
        now: Instant,
        room: RoomId,
        from: Option<ParticipantId>,
        reliable: bool,
        packet: &lk::DataPacket,
    ) -> Delivered {
        let to = &packet.destination_identities;
        let meant = |identity: &String| to.is_empty() || to.contains(identity);
        let others = self.roster.members(room);
        let others = others.filter(|it| Some(it.id) != from && meant(&it.identity));
        // Who came by HTTP has no data channels.
        let others = others.filter(|it| !self.visits.has(it.id));
        let others: Vec<ConnectionId> = others.filter_map(|it| it.subscriber).collect();
        let (message, mut delivered) = (packet.encode_to_vec(), Delivered::default());
        for id in others {
            match reliable {
                true => self.send_reliably(now, id, &message, &mut delivered),
                false => self.send_lossy(now, id, &message),
            }
        }
        delivered
    }

    fn send_lossy(&mut self, now: Instant, id: ConnectionId, message: &[u8]) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        let mut outputs = vec![];
        let channel = connection.channels.lossy;
        let sent =
            channel.map(|it| connection.peer.send_message(now, it, false, message, &mut outputs));
        connection.deadline = now;
        match matches!(sent, Some(Ok(()))) {
            true => drop(self.metrics.data_packets.inc()),
            false => self.metrics.drop_one("data_not_sent"),
        }
        self.outputs(now, id, outputs);
    }
}

/// What a message costs of a sender's rate.
fn cost(message: &[u8]) -> u32 {
    1 + u32::try_from(message.len()).unwrap_or(u32::MAX) / DATA_UNIT
}

/// What only a server says is not passed on in its name.
#[expect(deprecated, reason = "older SDKs believe it")]
const fn from_people(packet: &lk::DataPacket) -> bool {
    !matches!(packet.value, None | Some(Value::Speaker(_)))
}
