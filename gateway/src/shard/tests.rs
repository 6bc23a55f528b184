//! What cannot be brought about from outside, or only by waiting: the shard in virtual time.

use std::net::{IpAddr, Ipv4Addr};

use livekit_protocol as lk;
use lk::data_packet::Value;
use prost::Message as _;
use session::{AccessToken, VideoGrant};
use tokio::sync::oneshot;

use super::*;
use crate::connections::Side;
use crate::ids::ConnectionId;
use crate::tap::Tap;
use std::time::Duration;

pub(super) struct World {
    pub(super) shard: Shard,
    pub(super) now: Instant,
    /// What the next to knock says of its person's choice.
    pub(super) chosen_ms: Option<u64>,
    pub(super) said: Vec<mpsc::Receiver<Box<Message>>>,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    pub(super) fn new() -> Self {
        let now = Instant::now();
        let socket = MediaSocket::bind(&[IpAddr::V4(Ipv4Addr::LOCALHOST)], 0).unwrap();
        let metrics = Metrics::default();
        let (_tap, tap, _items) = Tap::new("RUN".to_owned(), metrics.clone());
        let identity = Arc::new(Identity::generate().unwrap());
        let shard = Shard::new(now, Config::default(), socket, identity, tap, metrics);
        Self { shard, now, chosen_ms: None, said: vec![] }
    }

    pub(super) fn join(&mut self, identity: &str, change: impl FnOnce(&mut VideoGrant)) -> Ticket {
        self.knock(identity, change, None).try_recv().unwrap()
    }

    /// Comes to the door, anew or with the `sid` that it had and `or_join`.
    pub(super) fn knock(
        &mut self,
        identity: &str,
        change: impl FnOnce(&mut VideoGrant),
        sid: Option<&str>,
    ) -> oneshot::Receiver<Ticket> {
        let mut video =
            VideoGrant { room: "ward".to_owned(), room_join: true, ..VideoGrant::default() };
        change(&mut video);
        let (signal, said) = mpsc::channel(SIGNALS_QUEUED);
        let (admitted, ticket) = oneshot::channel();
        let identity = identity.to_owned();
        let ask = JoinAsk {
            token: AccessToken { identity, video, ..AccessToken::default() },
            auto_subscribe: true,
            resume: sid.map(str::to_owned),
            or_join: sid.is_some(),
            chosen_ms: self.chosen_ms.take(),
            reuses_sections: true,
            finds_by_section: true,
            answers_passive: false,
            abilities: Default::default(),
            first: None,
            ask: Arc::default(),
            signal,
            admitted,
        };
        self.shard.command(self.now, Command::Join(Box::new(ask)));
        self.said.push(said);
        ticket
    }

    /// A publishing connection with an open channel.
    pub(super) fn channel(&mut self, ticket: Ticket) -> ConnectionId {
        let connections = &mut self.shard.connections;
        let id = connections.open(self.now, ticket.who, Side::Publisher).unwrap();
        connections.get_mut(id).unwrap().channels.reliable = Some(1);
        self.shard.roster.participants.get_mut(&ticket.who).unwrap().publisher = Some(id);
        id
    }

    pub(super) fn count(&self, line: &str) -> u64 {
        let text = self.shard.metrics.text();
        let found = text.lines().find_map(|it| it.strip_prefix(line)?.strip_prefix(' '));
        found.map_or(0, |value| value.parse().unwrap())
    }

    pub(super) fn dropped(&self, reason: &str) -> u64 {
        self.count(&format!("gateway_dropped_total{{reason=\"{reason}\"}}"))
    }

    pub(super) fn later(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.shard.tick(self.now);
    }
}

#[test]
fn data_is_passed_on_for_those_who_may_send_it_and_within_the_rate() {
    let mut world = World::new();
    let mute = world.join("mute", |it| it.can_publish_data = Some(false));
    let free = world.join("free", |_| {});
    let user = lk::UserPacket { payload: b"word".to_vec(), ..Default::default() };
    let packet = lk::DataPacket { value: Some(Value::User(user)), ..Default::default() };
    let packet = packet.encode_to_vec();
    let now = world.now;
    let own = world.channel(mute);
    world.shard.data(now, own, 1, &packet);
    assert_eq!((world.dropped("data_not_allowed"), world.dropped("data_not_sent")), (1, 0));
    let own = world.channel(free);
    world.shard.data(now, own, 1, &packet);
    world.shard.data(now, own, 2, &packet);
    world.shard.data(now, own, 1, b"\xff\xff");
    // The other one has no channel yet: it was on its way to him.
    assert_eq!(world.dropped("data_not_sent"), 1);
    assert_eq!(world.dropped("data_channel_unknown"), 1);
    assert_eq!(world.dropped("data_unreadable"), 1);
    let per_s = u64::from(world.shard.config.data_packets_per_s_max);
    (0..4 * per_s - 2).for_each(|_| world.shard.data(now, own, 1, &packet));
    assert_eq!((world.dropped("data_rate"), world.count("gateway_data_held_back_total")), (0, 0));
    // What is reliable is not dropped but held back, as long as its sender waits.
    (0..5 * per_s + 7).for_each(|_| world.shard.data(now, own, 1, &packet));
    assert_eq!((world.dropped("data_rate"), world.count("gateway_data_held_back_total")), (7, 1));
    world.shard.connections.get_mut(own).unwrap().channels.lossy = Some(2);
    world.shard.data(now, own, 2, &packet);
    assert_eq!(world.dropped("data_rate"), 8);
    assert_eq!(world.shard.held.len(), 1);
    (0..3).for_each(|_| world.later(2));
    assert!(world.shard.held.is_empty(), "it is read again");
}

#[test]
fn a_reliable_message_that_is_sent_again_is_passed_on_once() {
    let mut world = World::new();
    let sender = world.join("li", |_| {});
    world.join("other", |_| {});
    let own = world.channel(sender);
    for (sequence, passed, repeated) in
        [(0, 1, 0), (1, 2, 0), (2, 3, 0), (1, 3, 1), (2, 3, 2), (3, 4, 2), (0, 5, 2)]
    {
        let value = Some(Value::User(lk::UserPacket::default()));
        let packet = lk::DataPacket { sequence, value, ..Default::default() };
        world.shard.data(world.now, own, 1, &packet.encode_to_vec());
        // The other one has no channel yet: it was on its way to him.
        let counted = (world.dropped("data_not_sent"), world.dropped("data_repeated"));
        assert_eq!(counted, (passed, repeated), "{sequence}");
    }
    assert_eq!(world.shard.roster.participants[&sender.who].last_said, 3, "what a resume tells");
}

#[test]
fn with_the_times_as_they_are_set_a_stalled_join_ends_and_its_room_after_it() {
    let mut world = World::new();
    world.join("stalled", |_| {});
    world.later(29);
    assert_eq!(world.count("gateway_participants"), 1);
    world.later(1);
    assert_eq!((world.count("gateway_participants"), world.dropped("join_stalled")), (0, 1));
    assert_eq!(world.count("gateway_rooms"), 1, "a page may be loading again");
    world.later(1);
    world.later(world.shard.config.empty_room_s);
    assert_eq!(world.count("gateway_rooms"), 0);
    assert!(world.shard.connections.find(SocketAddr::from(([127, 0, 0, 1], 9)), &[128]).is_none());
}

/// Everybody comes back after a restart.
#[test]
fn a_storm_of_joins_is_let_in_at_the_pace_that_media_bears() {
    let mut world = World::new();
    let mut tickets: Vec<_> = (0..3_000)
        .map(|it| world.knock(&format!("pupil {it}"), |_| {}, Some("PA_before")))
        .collect();
    let there = |world: &World| world.count("gateway_participants");
    let pace = u64::from(world.shard.config.joins_per_s_max);
    assert_eq!(there(&world), pace / 2 + 1, "half a second's worth at once");
    let refused = world.count("gateway_refused_total{reason=\"join_queue\"}");
    assert_eq!(refused, 3_000 - 2_048 - there(&world));
    let Message::Leave(told) = *world.said[2_999].try_recv().unwrap() else { panic!("not told") };
    assert_eq!(told.action(), lk::leave_request::Action::Reconnect);
    world.now += Duration::from_millis(500);
    world.shard.tick(world.now);
    assert_eq!(there(&world), pace + 1);
    let next = usize::try_from(there(&world)).unwrap();
    tickets.drain(next..next + 10); // they went away
    world.now += Duration::from_millis(500);
    world.shard.tick(world.now);
    assert_eq!(there(&world), pace + 1 + pace / 2, "and cost no turn");
    let last = usize::try_from(there(&world)).unwrap() - 1;
    assert!(tickets[last].try_recv().is_ok() && tickets[last + 1].try_recv().is_err());
    assert_eq!(world.count("gateway_joins_waited_total"), 2_048);
}

#[test]
fn who_is_known_goes_on_and_takes_no_turn() {
    let mut world = World::new();
    let ticket = world.join("li", |_| {});
    let sid = world.shard.roster.participants[&ticket.who].sid.clone();
    for turn in 1..100 {
        let again = world.knock("li", |_| {}, Some(&sid)).try_recv().unwrap();
        assert_eq!((again.who, again.turn), (ticket.who, turn));
    }
    let anew = world.knock("li", |_| {}, Some("PA_other")).try_recv().unwrap();
    assert_ne!(anew.who, ticket.who);
    assert_eq!(world.count("gateway_participants"), 1, "no ghost of the one before");
}

#[test]
fn keys_are_tried_on_strangers_packets_within_a_budget() {
    let mut world = World::new();
    world.join("li", |_| {});
    let (stranger, packet) = (SocketAddr::from(([127, 0, 0, 1], 9)), [0x80; 60]);
    (0..10_000).for_each(|_| assert_eq!(world.shard.hand_over(world.now, stranger, &packet), None));
    let allowed = u64::from(4 * moves::TRIALS_PER_S);
    assert_eq!(world.count("gateway_untried_total"), 10_000 - allowed);
    world.now += Duration::from_secs(1);
    assert_eq!(world.shard.hand_over(world.now, stranger, &packet), None);
    assert_eq!(
        world.count("gateway_untried_total"),
        10_000 - allowed,
        "there is a new one every second"
    );
}

#[test]
fn what_comes_from_port_0_is_a_strangers() {
    let mut world = World::new();
    let ticket = world.join("li", |_| {});
    let id = world.channel(ticket);
    let (odd, plain) = ([127, 0, 0, 1], [128; 20]);
    for port in [0, 9] {
        world.shard.connections.learn_address(SocketAddr::from((odd, port)), id);
    }
    assert_eq!(world.shard.connections.find(SocketAddr::from((odd, 0)), &plain), None);
    assert_eq!(world.shard.connections.find(SocketAddr::from((odd, 9)), &plain), Some(id));
}

#[test]
fn a_queue_that_is_full_is_closed_once_and_the_others_are_told() {
    let mut world = World::new();
    let deaf = world.join("deaf", |_| {});
    for _ in 0..2 * SIGNALS_QUEUED {
        world.shard.say(deaf.who, Message::Pong(1));
    }
    assert_eq!(world.dropped("signal_queue"), 1);
    let mut heard = 0;
    while world.said[0].try_recv().is_ok() {
        heard += 1;
    }
    assert_eq!(heard, SIGNALS_QUEUED);
}

/// Pion calls itself the DTLS server in every answer to an ICE-lite agent, and is the client if the
/// offer leaves it no choice.
#[test]
fn who_always_answers_passive_is_offered_passive_and_believed_only_then() {
    let mut world = World::new();
    for (place, answers_passive, offered, accepted) in
        [(0, true, "a=setup:passive", true), (1, false, "a=setup:actpass", false)]
    {
        let ticket = world.join(&format!("client {place}"), |_| {});
        let it = world.shard.roster.participants.get_mut(&ticket.who).unwrap();
        it.answers_passive = answers_passive;
        world.shard.sections.get_mut(&ticket.who).unwrap().forget_offer();
        world.shard.offer(world.now, ticket.who);
        let said = &mut world.said[place];
        let offers = std::iter::from_fn(|| said.try_recv().ok()).filter_map(|it| match *it {
            Message::Offer(offer) => Some(offer),
            _ => None,
        });
        let offer = offers.last().unwrap();
        assert!(offer.sdp.contains(offered), "{}", offer.sdp);
        let fingerprint = ["AB"; 32].join(":");
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 {fingerprint}\r\n\
             m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=setup:passive\r\n\
             a=mid:0\r\na=ice-ufrag:abcdefgh\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"
        );
        let (r#type, id) = ("answer".to_owned(), offer.id);
        let answer = lk::SessionDescription { r#type, sdp, id, ..Default::default() };
        world.shard.answered(world.now, ticket.who, &answer);
        let waits = world.shard.sections[&ticket.who].outstanding.is_some();
        assert_eq!(!waits, accepted, "{offered}");
    }
}

#[test]
fn pages_of_a_booked_session_are_turned_by_who_runs_it() {
    let mut world = World::new();
    let teacher = world.join("teacher", |it| it.room_admin = true);
    let pupil = world.join("pupil", |_| {});
    let topic = Some("slides".to_owned());
    let user = lk::UserPacket { payload: b"{}".to_vec(), topic, ..Default::default() };
    let packet = lk::DataPacket { value: Some(Value::User(user)), ..Default::default() };
    let packet = packet.encode_to_vec();
    let (now, room) = (world.now, world.shard.roster.find("ward").unwrap().id);
    for (who, booked, refused) in
        [(pupil, false, 0), (pupil, true, 1), (teacher, true, 1), (pupil, true, 2)]
    {
        let own = &mut world.shard.roster.rooms.get_mut(&room).unwrap().own;
        own.session = booked.then(|| "s".to_owned());
        let line = world.channel(who);
        world.shard.data(now, line, 1, &packet);
        assert_eq!(world.dropped("data_not_allowed"), refused);
    }
}

#[test]
fn who_hides_is_in_no_count_and_signs_nothing() {
    let mut world = World::new();
    world.join("seen", |_| {});
    let hidden = world.join("hidden", |it| it.hidden = true);
    let room = world.shard.roster.find("ward").unwrap();
    assert_eq!(world.shard.room_info(room).num_participants, 1);
    let user = lk::UserPacket { payload: b"word".to_vec(), ..Default::default() };
    let mut packet = lk::DataPacket { value: Some(Value::User(user)), ..Default::default() };
    packet.participant_identity = "somebody else".to_owned();
    assert!(world.shard.sign(hidden.who, &mut packet));
    assert_eq!((packet.participant_identity, packet.participant_sid), Default::default());
}

#[test]
fn a_school_that_comes_in_at_once_is_told_in_few_messages() {
    let mut world = World::new();
    world.shard.config.joins_per_s_max = 100_000;
    let school: Vec<Ticket> = (0..150).map(|n| world.join(&format!("class {n}"), |_| {})).collect();
    let now = world.now;
    for it in &school {
        world.shard.active(now, it.who);
        // And each mutes or turns its camera a few times.
        (0..3).for_each(|_| world.shard.announce(it.who));
        world.shard.tell_news(now);
    }
    world.now += crate::room::news::GATHER;
    world.shard.tick(world.now);
    assert_eq!(world.dropped("signal_queue"), 0);
    for said in &mut world.said {
        let updates = std::iter::from_fn(|| said.try_recv().ok()).filter_map(|it| match *it {
            Message::Update(it) => Some(it.participants),
            _ => None,
        });
        let updates: Vec<_> = updates.collect();
        assert!(updates.len() <= 5, "{} messages", updates.len());
        let mut known: Vec<_> = updates.concat().into_iter().map(|it| it.identity).collect();
        known.sort();
        known.dedup();
        assert_eq!(known.len(), 150);
    }
}

#[test]
fn who_leaves_is_told_after_what_was_told_before_and_offers_wait_for_the_news() {
    let mut world = World::new();
    let (stays, goes) = (world.join("stays", |_| {}), world.join("goes", |_| {}));
    let now = world.now;
    [stays, goes].iter().for_each(|it| world.shard.active(now, it.who));
    world.shard.tick(now);
    while world.said[0].try_recv().is_ok() {}
    world.shard.announce(goes.who);
    world.shard.remove(now, goes.who, lk::DisconnectReason::ClientInitiated);
    let again = world.join("goes", |_| {});
    world.shard.active(now, again.who);
    world.shard.sections.get_mut(&stays.who).unwrap().forget_offer();
    world.shard.offer(now, stays.who);
    assert!(world.said[0].try_recv().is_err(), "told a moment ago");
    world.now += crate::room::news::GATHER;
    world.shard.tick(world.now);
    let Message::Update(update) = *world.said[0].try_recv().unwrap() else { panic!("no update") };
    let states: Vec<_> = update.participants.iter().map(|it| (&*it.identity, it.state())).collect();
    let (gone, here) =
        (lk::participant_info::State::Disconnected, lk::participant_info::State::Active);
    assert_eq!(states, [("goes", gone), ("goes", here)]);
    assert!(matches!(*world.said[0].try_recv().unwrap(), Message::Offer(_)));
}

#[test]
fn who_answers_no_offer_is_asked_twice_and_then_sent_to_come_in_anew() {
    let mut world = World::new();
    let silent = world.join("silent", |_| {});
    let mut waited = 0;
    while world.shard.roster.participants.contains_key(&silent.who) && waited < 300 {
        world.later(1);
        // Its media stands, so that it is not this that ends it.
        world.shard.roster.participants.values_mut().for_each(|it| it.joined_ms = u64::MAX);
        waited += 1;
    }
    assert_eq!(world.dropped("offer_unanswered"), 2);
    let said = std::iter::from_fn(|| world.said[0].try_recv().ok());
    assert!(said.into_iter().any(|it| matches!(*it, Message::Leave(it) if it.can_reconnect)));
}
