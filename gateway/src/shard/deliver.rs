//! Data packets out: under the sender's true name, to those that the signalling core names.

use std::time::Instant;

use livekit_protocol as lk;
use lk::data_packet::Value;
use prost::Message as _;
use signalling::effect::Deliver;
use signalling::words::call::SendData;
use signalling::words::data::Signature;

use super::Shard;
use super::holding::Delivered;
use crate::ids::ConnectionId;

impl Shard {
    /// Sends the packet that is at hand, or one of a server's.
    pub(super) fn deliver(&mut self, now: Instant, delivery: Deliver) {
        let Deliver { signature, meant, to, reliable, spare, said } = delivery;
        let (from, packet) = match (said, self.data.at_hand.take()) {
            (Some(said), at_hand) => {
                self.data.at_hand = at_hand;
                (None, of_server(*said, meant, reliable))
            }
            (None, Some((from, mut packet))) => {
                sign(&mut packet, signature, meant);
                (Some(from), packet)
            }
            (None, None) => return,
        };
        let (message, mut delivered) = (packet.encode_to_vec(), Delivered::default());
        for id in to {
            match reliable {
                true if spare => self.send_spare(now, id, &message),
                true => self.send_reliably(now, id, &message, &mut delivered),
                false => self.send_lossy(now, id, &message),
            }
        }
        let Some(from) = from else { return };
        if !delivered.slow.is_empty() {
            self.hold_back(from, now, delivered.slow);
        }
        if delivered.missed {
            self.pending.skipped(from);
        }
    }

    fn send_lossy(&mut self, now: Instant, id: ConnectionId, message: &[u8]) {
        let Some(connection) = self.media.connections.get_mut(id) else { return };
        let (channel, mut outputs) = (connection.data.channels.lossy, vec![]);
        let sent = channel.map(|channel| {
            connection.peer.send_message(now, channel, false, message, &mut outputs)
        });
        self.media.connections.wake(id, now);
        match matches!(sent, Some(Ok(()))) {
            true => drop(self.metrics.data_packets.inc()),
            false => self.metrics.drop_one("data_not_sent"),
        }
        self.pending.outputs(id, outputs);
    }
}

/// Puts the sender's true name on a packet, whatever it claimed, and names those it is for.
#[expect(deprecated, reason = "older SDKs read the names inside the user packet")]
fn sign(packet: &mut lk::DataPacket, signature: Signature, meant: Vec<String>) {
    let Signature { identity, sid } = signature;
    if let Some(Value::User(user)) = &mut packet.value {
        user.participant_identity.clone_from(&identity);
        user.participant_sid.clone_from(&sid);
        user.destination_sids.clear();
        if packet.destination_identities.is_empty() {
            user.destination_identities.clear();
        }
    }
    packet.participant_identity = identity;
    packet.participant_sid = sid;
    packet.destination_identities = meant;
}

/// What a server says, as a packet.
#[expect(deprecated, reason = "older SDKs read the names inside the user packet")]
fn of_server(said: SendData, meant: Vec<String>, reliable: bool) -> lk::DataPacket {
    let SendData { payload, topic, nonce, .. } = said;
    let destination_identities = meant.clone();
    let user =
        lk::UserPacket { payload, topic, nonce, destination_identities, ..Default::default() };
    let kind = match reliable {
        true => lk::data_packet::Kind::Reliable,
        false => lk::data_packet::Kind::Lossy,
    };
    lk::DataPacket {
        kind: kind.into(),
        destination_identities: meant,
        value: Some(Value::User(user)),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(deprecated, reason = "older SDKs read the names inside the user packet")]
    fn a_packet_goes_out_under_the_name_that_the_core_gives() {
        let claimed = || "somebody else".to_owned();
        let user = lk::UserPacket {
            participant_identity: claimed(),
            participant_sid: claimed(),
            destination_identities: vec!["li".to_owned()],
            destination_sids: vec!["PA_li".to_owned()],
            ..Default::default()
        };
        let mut packet = lk::DataPacket {
            participant_identity: claimed(),
            value: Some(Value::User(user)),
            ..Default::default()
        };
        let signature = Signature { identity: "wang".to_owned(), sid: "PA_wang".to_owned() };
        sign(&mut packet, signature, vec!["li".to_owned()]);
        let Some(Value::User(user)) = &packet.value else { panic!("no user packet") };
        let names = (&*packet.participant_identity, &*packet.participant_sid);
        assert_eq!(names, ("wang", "PA_wang"));
        assert_eq!((&*user.participant_identity, &*user.participant_sid), names);
        assert_eq!(packet.destination_identities, ["li"]);
        assert!(user.destination_identities.is_empty() && user.destination_sids.is_empty());
        sign(&mut packet, Signature::default(), vec![]);
        assert_eq!((packet.participant_identity, packet.participant_sid), Default::default());
    }
}
