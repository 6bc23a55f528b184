//! What cannot be brought about from outside, or only by waiting: the shard in virtual time.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use archive::tap::Body;
use livekit_protocol as lk;
use lk::data_packet::Value;
use prost::Message as _;
use session::{AccessToken, Own, VideoGrant};
use signalling::effect::{ConnectionRole, Describe, Meet, Open};
use signalling::ids::ParticipantId;
use signalling::words::call::{Answer, Call};
use signalling::words::message::Message;
use signalling::words::participant::Abilities;
use signalling::words::request::{Description, Join, Request};
use tokio::sync::mpsc;
use transport::sdp::{self, Media, Setup};

use super::*;
use crate::ids::{ConnectionId, SignalId};
use crate::tap::{Handed, Tap, TapContent as Tapped};
use std::time::Duration;

mod reporting;
mod states;

/// What the wall clock shows when a world begins: the box has no battery.
const BEGAN_US: u64 = 5_000_000;

struct World {
    shard: Shard,
    start: Instant,
    now: Instant,
    /// Of those who knocked, in order.
    said: Vec<mpsc::Receiver<Box<Said>>>,
    items: mpsc::Receiver<Handed>,
    _tap: Arc<Tap>,
}

/// What a client of today says as it comes in; `reads_reasons` as our page does.
pub(super) fn joining(token: AccessToken, reads_reasons: bool) -> Join {
    Join {
        token,
        auto_subscribe: true,
        resume: None,
        or_join: false,
        chosen_ms: None,
        reuses_sections: true,
        finds_by_section: true,
        reads_reasons,
        answers_passive: false,
        abilities: Abilities::default(),
        first: None,
        spent: vec![],
    }
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn new() -> Self {
        let now = Instant::now();
        let socket = MediaSocket::bind(&[IpAddr::V4(Ipv4Addr::LOCALHOST)], 0).unwrap();
        let metrics = Metrics::default();
        let (_tap, tap, items) = Tap::new("RUN".to_owned(), metrics.clone());
        let identity = Arc::new(Identity::generate().unwrap());
        let config = Config::default();
        let began = Began { now, wall_us: BEGAN_US, seed: [7; 32] };
        let shard = Shard::new(began, ShardNumber::ONLY, &config, socket, identity, tap, metrics);
        Self { shard, start: now, now, said: vec![], items, _tap }
    }

    /// Comes to the door of `room`, and is let in.
    fn join(
        &mut self,
        room: &str,
        identity: &str,
        change: impl FnOnce(&mut AccessToken),
    ) -> SignalId {
        let (id, mut admitted) = self.knock(room, identity, change);
        admitted.try_recv().unwrap();
        id
    }

    fn knock(
        &mut self,
        room: &str,
        identity: &str,
        change: impl FnOnce(&mut AccessToken),
    ) -> (SignalId, oneshot::Receiver<ParticipantId>) {
        let video = VideoGrant { room: room.to_owned(), room_join: true, ..VideoGrant::default() };
        let identity = identity.to_owned();
        let mut token = AccessToken { identity, video, ..AccessToken::default() };
        change(&mut token);
        let join = joining(token, true);
        let (said, hears) = mpsc::channel(SIGNALS_QUEUED);
        let (admitted, ticket) = oneshot::channel();
        self.said.push(hears);
        let id = SignalId(self.said.len() as u64);
        let way = SignalWay { said, probe: Arc::default(), admitted };
        self.shard.command(self.now, Command::Join(id, Box::new(join), way));
        (id, ticket)
    }

    /// A connection of nobody's, with an open reliable channel.
    fn channel(&mut self, number: u32, identity: &str) -> ConnectionId {
        let connection = ConnectionId(number);
        let open = Open {
            connection,
            owner: ParticipantId(number.into()),
            role: ConnectionRole::Publisher,
            room: "ward".to_owned(),
            identity: identity.to_owned(),
            site: String::new(),
        };
        self.shard.carry_out(self.now, Effect::Open(Box::new(open)));
        self.open_reliable(connection);
        connection
    }

    fn open_reliable(&mut self, id: ConnectionId) {
        let connection = self.shard.media.connections.get_mut(id).unwrap();
        connection.data.channels.reliable = Some(1);
    }

    /// The connection on which a client sends, by its offer of data channels; its reliable channel is open.
    fn sends(&mut self, id: SignalId) -> ConnectionId {
        let before = self.connections();
        let fingerprint = ["AB"; 32].join(":");
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 {fingerprint}\r\n\
             m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=setup:actpass\r\n\
             a=mid:0\r\na=ice-ufrag:abcdefgh\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"
        );
        let remote = Ok(Box::new(sdp::parse(&sdp).unwrap()));
        let offer = Request::Offer(Description { remote, number: 1 });
        self.shard.command(self.now, Command::Request(id, Box::new(offer)));
        let new = self.connections().into_iter().find(|it| !before.contains(it)).unwrap();
        self.open_reliable(new);
        new
    }

    fn connections(&self) -> Vec<ConnectionId> {
        self.shard.media.connections.heard().into_iter().map(|(id, _)| id).collect()
    }

    fn data(&mut self, id: ConnectionId, stream: u16, message: &[u8]) {
        self.shard.data(self.now, id, stream, message);
        self.shard.settle(self.now);
    }

    fn count(&self, line: &str) -> u64 {
        let text = self.shard.metrics.text();
        let found = text.lines().find_map(|it| it.strip_prefix(line)?.strip_prefix(' '));
        found.map_or(0, |value| value.parse().unwrap())
    }

    fn dropped(&self, reason: &str) -> u64 {
        self.count(&format!("gateway_dropped_total{{reason=\"{reason}\"}}"))
    }

    fn later(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.shard.tick(self.now);
    }
}

fn word() -> Vec<u8> {
    let user = lk::UserPacket { payload: b"word".to_vec(), ..Default::default() };
    lk::DataPacket { value: Some(Value::User(user)), ..Default::default() }.encode_to_vec()
}

#[test]
fn data_is_taken_within_the_rate_and_reliable_data_above_it_is_held_back() {
    let (mut world, packet) = (World::new(), word());
    let own = world.channel(1_000_001, "free");
    world.data(own, 2, &packet);
    world.data(own, 1, b"\xff\xff");
    assert_eq!((world.dropped("data_channel_unknown"), world.dropped("data_unreadable")), (1, 1));
    let per_s = u64::from(Config::default().data_packets_per_s_max);
    (0..4 * per_s - 1).for_each(|_| world.data(own, 1, &packet));
    assert_eq!((world.dropped("data_rate"), world.count("gateway_data_held_back_total")), (0, 0));
    // What is reliable is not dropped but held back, as long as its sender waits.
    (0..5 * per_s + 7).for_each(|_| world.data(own, 1, &packet));
    assert_eq!((world.dropped("data_rate"), world.count("gateway_data_held_back_total")), (7, 1));
    // The rate is the person's and not the connection's.
    let again = world.channel(1_000_002, "free");
    let connection = world.shard.media.connections.get_mut(again).unwrap();
    connection.data.channels.lossy = Some(2);
    world.data(again, 2, &packet);
    assert_eq!(world.dropped("data_rate"), 8);
    let other = world.channel(1_000_003, "other");
    world.data(other, 1, &packet);
    assert_eq!((world.dropped("data_rate"), world.shard.data.held.len()), (8, 1));
    (0..3).for_each(|_| world.later(2));
    assert!(world.shard.data.held.is_empty(), "it is read again");
}

#[test]
fn data_goes_from_those_who_may_send_it_to_the_others() {
    let (mut world, packet) = (World::new(), word());
    let mute = world.join("ward", "mute", |it| it.video.can_publish_data = Some(false));
    let free = world.join("ward", "free", |_| {});
    let (mute, free) = (world.sends(mute), world.sends(free));
    world.data(mute, 1, &packet);
    assert_eq!((world.dropped("data_not_allowed"), world.dropped("data_not_sent")), (1, 0));
    world.data(free, 1, &packet);
    // The other one has no channel yet: it was on its way to him.
    assert_eq!((world.dropped("data_not_allowed"), world.dropped("data_not_sent")), (1, 1));
}

#[test]
fn keys_are_tried_on_strangers_packets_within_a_budget() {
    let mut world = World::new();
    world.channel(1_000_001, "li");
    let (stranger, packet) = (SocketAddr::from(([127, 0, 0, 1], 9)), [0x80; 60]);
    let datagram = |world: &mut World| {
        world.shard.datagram(world.now, (stranger, stranger), &mut packet.clone(), &mut vec![]);
    };
    (0..10_000).for_each(|_| datagram(&mut world));
    assert_eq!(world.dropped("stranger"), 10_000);
    let allowed = u64::from(4 * moves::TRIALS_PER_S);
    assert_eq!(world.count("gateway_untried_total"), 10_000 - allowed);
    world.now += Duration::from_secs(1);
    datagram(&mut world);
    let tried = world.count("gateway_untried_total");
    assert_eq!(tried, 10_000 - allowed, "there is a new one every second");
}

#[test]
fn what_comes_from_port_0_is_a_strangers() {
    let mut world = World::new();
    let id = world.channel(1_000_001, "li");
    let (odd, plain) = ([127, 0, 0, 1], [128; 20]);
    let connections = &mut world.shard.media.connections;
    for port in [0, 9] {
        connections.learn_address(SocketAddr::from((odd, port)), id);
    }
    assert_eq!(connections.find(SocketAddr::from((odd, 0)), &plain), None);
    assert_eq!(connections.find(SocketAddr::from((odd, 9)), &plain), Some(id));
    world.shard.carry_out(world.now, Effect::Close(id));
    assert_eq!(world.shard.media.connections.find(SocketAddr::from((odd, 9)), &plain), None);
}

#[test]
fn who_takes_nothing_is_cut_off_once() {
    let mut world = World::new();
    let (deaf, _) = world.knock("ward", "deaf", |_| {});
    for _ in 0..2 * SIGNALS_QUEUED {
        let word = Message::TrackUnpublished { sid: "TR_1".to_owned() };
        world.shard.carry_out(world.now, Effect::Say(deaf, word));
    }
    world.shard.settle(world.now);
    assert_eq!((world.dropped("signal_queue"), world.shard.signals.len()), (1, 0));
    let heard = std::iter::from_fn(|| world.said[0].try_recv().ok()).count();
    assert_eq!(heard, SIGNALS_QUEUED);
}

#[test]
fn with_the_times_as_they_are_set_a_stalled_join_ends_and_its_room_after_it() {
    let mut world = World::new();
    world.join("ward", "stalled", |_| {});
    world.later(29);
    assert_eq!(world.count("gateway_participants"), 1);
    world.later(1);
    assert_eq!((world.count("gateway_participants"), world.dropped("join_stalled")), (0, 1));
    assert_eq!(world.count("gateway_rooms"), 1, "a page may be loading again");
    world.later(1);
    world.later(Config::default().empty_room_s);
    assert_eq!(world.count("gateway_rooms"), 0);
    world.shard.command(world.now, Command::SignalLost(SignalId(1)));
    assert_eq!(world.shard.entries(), 0);
}

#[test]
fn the_part_in_the_handshake_is_what_the_other_end_leaves() {
    let mut world = World::new();
    for (number, offered, answered) in [
        (1_000_001, Setup::ActPass, "a=setup:passive"),
        (1_000_002, Setup::Active, "a=setup:passive"),
        (1_000_003, Setup::Passive, "a=setup:active"),
    ] {
        let connection = world.channel(number, "li");
        let described = |over_tcp: bool, passive: bool| Describe {
            connection,
            sections: vec![Media::Data { mid: "0".to_owned() }],
            passive,
            over_tcp,
            number: 7,
            tracks: BTreeMap::new(),
        };
        let meet = Meet {
            connection,
            ufrag: "abcdefgh".to_owned(),
            pwd: "abcdefghijklmnopqrstuvwx".to_owned(),
            fingerprint: ["AB"; 32].join(":"),
            offered: Some(offered),
        };
        world.shard.carry_out(world.now, Effect::Meet(Box::new(meet.clone())));
        let first = world.shard.media.tag(connection).unwrap();
        world.shard.carry_out(world.now, Effect::Meet(Box::new(meet.clone())));
        assert_eq!(world.shard.media.tag(connection).unwrap(), first, "the same ICE session");
        let answer = world.shard.media.answer(described(false, false)).unwrap();
        assert!(answer.sdp.contains(answered) && answer.sdp.contains(" udp "), "{}", answer.sdp);
        // Pion calls itself the DTLS server in every answer, and is the client if the offer leaves it no choice.
        for (passive, said) in [(true, "a=setup:passive"), (false, "a=setup:actpass")] {
            let offer = world.shard.media.offer(described(true, passive)).unwrap();
            assert!(offer.sdp.contains(said) && offer.number == 7, "{}", offer.sdp);
            assert!(!offer.sdp.contains(" udp ") && offer.sdp.contains(" tcp "), "{}", offer.sdp);
        }
        let other = Meet { ufrag: "ijklmnop".to_owned(), ..meet };
        world.shard.carry_out(world.now, Effect::Meet(Box::new(other)));
        assert_ne!(world.shard.media.tag(connection).unwrap(), first, "ICE began anew");
    }
}

#[test]
fn the_wall_clock_is_followed_and_what_is_recorded_keeps_its_times() {
    let mut world = World::new();
    let second = |number: u64| world.start + Duration::from_secs(number);
    let at = [9, 10, 11, 12].map(second);
    let recorded = |it: &mut AccessToken| {
        it.own = Some(Own { record: Some(true), ..Own::default() });
    };
    world.join("early", "li", recorded);
    // Set right, and a second later nothing new.
    let right_us = 1_795_420_800_000_000;
    let shown = [14_010_000, right_us, right_us + 1_000_000];
    for (at, shown_us) in at.into_iter().zip(shown) {
        world.shard.put(at, Input::Wall(shown_us));
    }
    world.now = at[3];
    world.join("late", "li", recorded);
    let (done, mut answered) = oneshot::channel();
    world.shard.command(world.now, Command::Call(Box::new(Call::ListRooms(vec![])), done));
    let Ok(Ok(Answer::Rooms(rooms))) = answered.try_recv() else { panic!("no rooms") };
    let created: BTreeMap<_, _> = rooms.iter().map(|it| (&*it.name, it.created_ms)).collect();
    let right_ms = right_us / 1_000;
    assert_eq!(created, [("early", right_ms - 10_000), ("late", right_ms + 2_000)].into());
    let ahead_us = right_us.cast_signed() - 15_000_000;
    let mut heard = Vec::new();
    while let Ok((_, item)) = world.items.try_recv() {
        match item.said {
            Tapped::Event(Body::RoomOpened(it)) => heard.push((item.at_us, it.name)),
            Tapped::Event(Body::ClockSet(it)) => {
                heard.push((item.at_us, format!("{}", it.ahead_us - ahead_us)));
            }
            _ => {}
        }
    }
    let heard: Vec<_> = heard.iter().map(|(at, what)| (*at, what.as_str())).collect();
    let (early_us, set_us, late_us) = (BEGAN_US, 15_000_000, 17_000_000);
    assert_eq!(heard, [(early_us, "early"), (set_us, "0"), (late_us, "late"), (late_us, "0")]);
}
