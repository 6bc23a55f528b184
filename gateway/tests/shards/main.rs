//! A gateway with several shards is one gateway.
#![allow(
    missing_docs,
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panic; its names are its documentation; it lives in real time; it uses only a part of the house"
)]

#[path = "../links/bridge.rs"]
mod bridge;
#[path = "../signalling/house.rs"]
mod house;
#[path = "../signalling/line.rs"]
mod line;
mod spread;

use std::collections::BTreeSet;
use std::time::Duration;

use archive::tap::{Body, Decoder, Hello};
use bridge::Bridge;
use futures_util::StreamExt as _;
use house::{Client, Form, House, now_s, recorded, token, until, within};
use line::Line;
use livekit_protocol as lk;
use lk::signal_response::Message as Said;
use session::AccessToken;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

/// Each datagram comes to the socket that the system chooses by its address: of so many some come to each.
const ROOMS: usize = 6;

async fn house(shards: usize) -> House {
    House::with(|config| config.shards = shards).await
}

fn rooms_of(house: &House, shard: usize) -> u64 {
    house.metric(&format!("gateway_shard_rooms{{shard=\"{shard}\"}}"))
}

/// A speaker and a listener in a room of their own, both connected.
async fn pair(house: &House, room: &str) -> (Line, Line, [Client; 2]) {
    let (mut speaker, _) = house.join(Form::Json, &token(room, "speaker")).await;
    let voice = Line::speak(house, &mut speaker).await;
    let mut listener = house.enter(room, "listener").await;
    let ear = Line::listen(house, &mut listener).await;
    (voice, ear, [speaker, listener])
}

async fn heard(voice: &mut Line, ear: &mut Line, word: &str) {
    voice.send(word.as_bytes()).await;
    assert_eq!(ear.hear().await, [word.as_bytes()]);
}

#[tokio::test]
async fn sound_reaches_its_room_whatever_socket_it_comes_to() {
    for shards in [1, 2, 4] {
        let house = house(shards).await;
        let mut all = vec![];
        for room in 0..ROOMS {
            all.push(pair(&house, &format!("room {room}")).await);
        }
        for word in ["one", "two"] {
            for (room, (voice, ear, _)) in all.iter_mut().enumerate() {
                heard(voice, ear, &format!("{word} in {room}")).await;
            }
        }
        let spread: Vec<u64> = (0..shards).map(|shard| rooms_of(&house, shard)).collect();
        assert!(spread.iter().all(|it| (1..=ROOMS as u64).contains(it)), "{spread:?}");
        let (most, least) = (spread.iter().max().unwrap(), spread.iter().min().unwrap());
        assert!(most - least <= 1, "{spread:?}");
        assert_eq!(spread.iter().sum::<u64>(), house.metric("gateway_rooms"));
        assert_eq!(house.metric("gateway_participants"), 2 * ROOMS as u64);
        assert_eq!(house.metric("gateway_packets_in_total"), 2 * ROOMS as u64);
        assert_eq!((house.dropped("crossing_full"), house.dropped("routes_full")), (0, 0));
    }
}

#[tokio::test]
async fn a_voice_that_crosses_much_is_given_to_its_shard_by_the_system() {
    let house = house(2).await;
    let crossed = || house.metric("gateway_crossed_total");
    let mut others = vec![];
    let (mut voice, mut ear, _clients) = loop {
        assert!(others.len() < 40, "each comes to one of two sockets");
        let (mut voice, mut ear, clients) = pair(&house, &format!("room {}", others.len())).await;
        heard(&mut voice, &mut ear, "one").await;
        let before = crossed();
        heard(&mut voice, &mut ear, "two").await;
        if crossed() > before {
            break (voice, ear, clients);
        }
        others.push((voice, ear, clients));
    };
    for _ in 0..120 {
        heard(&mut voice, &mut ear, "much").await;
    }
    until("it is steered", || house.metric("gateway_steered") == 1).await;
    let before = crossed();
    for _ in 0..20 {
        heard(&mut voice, &mut ear, "more").await;
    }
    // Checks of the others may cross still.
    assert!(crossed() - before < 20);
    voice.move_away().await;
    heard(&mut voice, &mut ear, "from elsewhere").await;
    assert_eq!(house.dropped("steering_refused"), 0);
}

#[tokio::test]
async fn a_voice_that_moves_to_another_shards_socket_is_followed() {
    for shards in [1, 2, 4] {
        let house = house(shards).await;
        let (mut voice, mut ear, _clients) = pair(&house, "ward").await;
        heard(&mut voice, &mut ear, "from home").await;
        for step in 1..=8 {
            voice.move_away().await;
            heard(&mut voice, &mut ear, &format!("word {step}")).await;
            heard(&mut voice, &mut ear, "and the next").await;
            assert_eq!(house.metric("gateway_handed_over_total"), step);
        }
        assert_eq!(house.dropped("stranger"), 0);
    }
}

#[tokio::test]
async fn who_comes_by_tcp_lands_in_the_shard_of_its_room() {
    let mut house = house(4).await;
    let gateway = house.media;
    for room in 0..4 {
        let (speaking, listening) = (Bridge::to(gateway).await, Bridge::to(gateway).await);
        let (mut speaker, _) = house.join(Form::Json, &token(&room.to_string(), "speaker")).await;
        house.media = speaking.address;
        let mut voice = Line::speak(&house, &mut speaker).await;
        let mut listener = house.enter(&room.to_string(), "listener").await;
        house.media = listening.address;
        let mut ear = Line::listen(&house, &mut listener).await;
        heard(&mut voice, &mut ear, "over TCP").await;
        // Who listens is told when its connection breaks, by the shard that has it.
        listening.cut();
        let left = |said| matches!(said, Said::Leave(_)).then_some(());
        listener.first(left).await;
        until("it is gone", || house.metric("gateway_participants") == room + 1).await;
    }
}

#[tokio::test]
async fn who_comes_back_finds_its_room_where_it_was() {
    let house = house(4).await;
    let mut sids = vec![];
    for room in 0..8 {
        let (client, joined) = house.join(Form::Json, &token(&room.to_string(), "li")).await;
        sids.push(joined.participant.unwrap().sid);
        drop(client);
    }
    for (room, sid) in sids.iter().enumerate() {
        let again = token(&room.to_string(), "li").sign(&house.keys).unwrap();
        let more = format!("&reconnect=1&sid={sid}");
        let mut client = house.open(Form::Json, &again, &more).await.unwrap();
        assert!(matches!(client.next().await, Said::Reconnect(_)), "room {room}");
    }
    assert_eq!((house.metric("gateway_rooms"), house.refused("resume_unknown")), (8, 0));
}

#[tokio::test]
async fn the_tap_tells_rooms_of_all_shards_apart() {
    let house = house(4).await;
    let bearer = AccessToken::for_service("recorder", now_s(), 60).sign(&house.keys).unwrap();
    let mut request = format!("ws://{}/tap", house.address).into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {bearer}").parse().unwrap());
    let (mut tap, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let Some(Ok(Message::Text(hello))) = tap.next().await else { panic!("a hello") };
    let hello: Hello = serde_json::from_str(&hello).unwrap();
    let mut clients = vec![];
    for room in 0..8 {
        clients.push(house.join(Form::Json, &recorded(&room.to_string(), "li")).await);
    }
    let (mut numbers, mut records, mut joined) = (BTreeSet::new(), 0, BTreeSet::new());
    while joined.len() < 8 {
        let Some(Ok(Message::Binary(frame))) = within("records", tap.next()).await else {
            panic!("the tap ended")
        };
        for record in Decoder::new(&frame).map(Result::unwrap) {
            assert_eq!(record.seq, records, "one numbering for all shards");
            records += 1;
            match record.body {
                Body::RoomOpened(it) => {
                    assert_eq!(it.run, hello.run);
                    assert!(numbers.insert(record.room), "{} again", record.room);
                }
                Body::ParticipantJoined(_) => _ = joined.insert(record.room),
                _ => {}
            }
        }
    }
    assert_eq!(numbers, joined);
    assert_eq!((0..4).map(|shard| rooms_of(&house, shard)).collect::<Vec<_>>(), [2; 4]);
}

#[tokio::test]
async fn all_shards_are_ready_and_all_end() {
    let house = house(4).await;
    let mut clients = vec![];
    for room in 0..8 {
        clients.push(house.enter(&room.to_string(), "li").await);
    }
    house.gateway.ready().unwrap();
    let House { gateway, .. } = house;
    within("the end", gateway.stop()).await;
    for client in &mut clients {
        let left = |said| match said {
            Said::Leave(it) => Some(it.action()),
            _ => None,
        };
        let action = tokio::time::timeout(Duration::from_secs(20), client.first(left)).await;
        assert_eq!(action.unwrap(), lk::leave_request::Action::Reconnect);
    }
}
