//! Data packets in: from a data channel to the signalling core, within the sender's rate.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use livekit_protocol as lk;
use lk::data_packet::Value;
use prost::Message as _;
use signalling::effect::ConnectionRole;
use signalling::input::{ConnectionEvent, Input};
use signalling::words::data::{DataPacket, UserData};

use super::Shard;
use super::holding::HeldSender;
use crate::ids::ConnectionId;
use crate::pace::Paces;

const RELIABLE: &str = "_reliable";
const LOSSY: &str = "_lossy";
/// A message counts once for so many bytes, in the sender's rate.
const DATA_UNIT: u32 = 16 * 1024;
/// Reliable messages above the rate are taken while they are no more than this ahead: their sender is held back.
const OVER_MAX: Duration = Duration::from_secs(5);

/// What a shard knows of data on its way.
#[derive(Debug)]
pub(super) struct DataPath {
    paces: Paces,
    /// Whose reliable data is not read at present.
    pub(super) held: BTreeMap<ConnectionId, HeldSender>,
    /// The packet that the signalling core is asked about, and on which connection it came.
    pub(super) at_hand: Option<(ConnectionId, lk::DataPacket)>,
}

impl DataPath {
    /// Each person may send so many packets a second.
    pub(super) fn new(per_s: u32) -> Self {
        Self { paces: Paces::new(per_s), held: BTreeMap::new(), at_hand: None }
    }
}

impl Shard {
    /// The gateway opens its half of LiveKit's channels to a listener.
    pub(super) fn channels_up(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.media.connections.get_mut(id) else { return };
        if connection.role != ConnectionRole::Subscriber
            || connection.data.channels.reliable.is_some()
        {
            return;
        }
        let mut outputs = vec![];
        let reliable = connection.peer.open_channel(now, RELIABLE, true, None, &mut outputs);
        let lossy = connection.peer.open_channel(now, LOSSY, false, Some(0), &mut outputs);
        connection.data.channels.reliable = reliable.ok();
        connection.data.channels.lossy = lossy.ok();
        self.pending.outputs(id, outputs);
        // From here on a message to it arrives.
        self.pending.event(id, ConnectionEvent::ChannelsOpen);
    }

    /// A client that sends opened a channel.
    pub(super) fn channel_open(&mut self, id: ConnectionId, stream: u16, label: &str) {
        let Some(connection) = self.media.connections.get_mut(id) else { return };
        if connection.role == ConnectionRole::Subscriber {
            return;
        }
        match label {
            RELIABLE => connection.data.channels.reliable = Some(stream),
            LOSSY => connection.data.channels.lossy = Some(stream),
            _ => return,
        }
        let (both, channels) = (connection.role == ConnectionRole::Both, connection.data.channels);
        if both && channels.reliable.is_some() && channels.lossy.is_some() {
            // From here on a message to it arrives.
            self.pending.event(id, ConnectionEvent::ChannelsOpen);
        }
    }

    /// A channel is no more.
    pub(super) fn channel_closed(&mut self, id: ConnectionId, stream: u16) {
        let Some(connection) = self.media.connections.get_mut(id) else { return };
        let channels = &mut connection.data.channels;
        for channel in [&mut channels.reliable, &mut channels.lossy] {
            *channel = channel.filter(|open| *open != stream);
        }
    }

    /// A message on a channel.
    pub(super) fn data(&mut self, now: Instant, id: ConnectionId, stream: u16, message: &[u8]) {
        let Some(connection) = self.media.connections.get(id) else { return };
        let channels = connection.data.channels;
        let reliable = channels.reliable == Some(stream);
        if !reliable && channels.lossy != Some(stream) {
            return self.metrics.drop_one("data_channel_unknown");
        }
        let most = if reliable { OVER_MAX } else { Duration::ZERO };
        let over = self.data.paces.owe(now, &connection.data.who, cost(message), most);
        let Some(over) = over else { return self.metrics.drop_one("data_rate") };
        if !over.is_zero() {
            self.hold_back(id, now + over, vec![]);
        }
        let Ok(packet) = lk::DataPacket::decode(message) else {
            return self.metrics.drop_one("data_unreadable");
        };
        let told = told(&packet);
        self.data.at_hand = Some((id, packet));
        self.put(now, Input::Data { from: id, reliable, packet: &told });
        self.data.at_hand = None;
    }
}

/// What a message costs of a sender's rate.
fn cost(message: &[u8]) -> u32 {
    1 + u32::try_from(message.len()).unwrap_or(u32::MAX) / DATA_UNIT
}

/// What the signalling core must know of a packet.
#[expect(deprecated, reason = "older SDKs name people inside the user packet")]
fn told(packet: &lk::DataPacket) -> DataPacket {
    let mut told = DataPacket {
        sequence: packet.sequence,
        to: packet.destination_identities.clone(),
        // Older SDKs believe what a speaker packet says.
        servers_only: matches!(packet.value, None | Some(Value::Speaker(_))),
        opaque: is_opaque(packet),
        ..DataPacket::default()
    };
    if let Some(Value::User(user)) = &packet.value {
        if told.to.is_empty() {
            told.to.clone_from(&user.destination_identities);
        }
        told.to_sids.clone_from(&user.destination_sids);
        told.user = Some(UserData { topic: user.topic.clone(), payload: user.payload.clone() });
    }
    told
}

/// Whether what a packet carries may be a picture: a part of a stream, of which a chunk does not say what it is, or what is
/// encrypted for others.
const fn is_opaque(packet: &lk::DataPacket) -> bool {
    matches!(
        packet.value,
        Some(
            Value::StreamHeader(_)
                | Value::StreamChunk(_)
                | Value::StreamTrailer(_)
                | Value::EncryptedPacket(_)
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(deprecated, reason = "older SDKs name people inside the user packet")]
    fn whom_a_packet_is_for_is_read_where_the_client_says_it() {
        let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let user = lk::UserPacket {
            destination_identities: names(&["li"]),
            destination_sids: names(&["PA_li"]),
            topic: Some("slides".to_owned()),
            ..Default::default()
        };
        let mut packet = lk::DataPacket { value: Some(Value::User(user)), ..Default::default() };
        let read = told(&packet);
        assert_eq!((read.to, read.to_sids), (names(&["li"]), names(&["PA_li"])));
        assert_eq!(read.user.unwrap().topic.as_deref(), Some("slides"));
        packet.destination_identities = names(&["wang"]);
        assert_eq!(told(&packet).to, names(&["wang"]), "the packet's own word goes before");
    }

    #[test]
    #[expect(deprecated, reason = "older SDKs believe it")]
    fn what_only_servers_say_is_told_apart() {
        let of = |value| lk::DataPacket { value, ..Default::default() };
        assert!(told(&of(None)).servers_only);
        assert!(told(&of(Some(Value::Speaker(lk::ActiveSpeakerUpdate::default())))).servers_only);
        assert!(!told(&of(Some(Value::User(lk::UserPacket::default())))).servers_only);
    }

    #[test]
    fn what_is_not_to_be_read_here_is_told_apart_from_what_is_typed() {
        let opaque =
            |value| told(&lk::DataPacket { value: Some(value), ..Default::default() }).opaque;
        assert!(opaque(Value::StreamHeader(lk::data_stream::Header::default())));
        assert!(opaque(Value::StreamChunk(lk::data_stream::Chunk::default())));
        assert!(opaque(Value::StreamTrailer(lk::data_stream::Trailer::default())));
        assert!(opaque(Value::EncryptedPacket(lk::EncryptedPacket::default())));
        assert!(!opaque(Value::User(lk::UserPacket::default())));
        assert!(!opaque(Value::ChatMessage(lk::ChatMessage::default())));
    }

    #[test]
    fn a_long_message_costs_as_much_as_several() {
        let unit = usize::try_from(DATA_UNIT).unwrap();
        let cost = |len: usize| cost(&vec![0; len]);
        assert_eq!((cost(0), cost(unit - 1), cost(unit), cost(3 * unit)), (1, 1, 2, 4));
    }
}
