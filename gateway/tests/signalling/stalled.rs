//! Clients that stand in the door.

use std::net::SocketAddr;
use std::time::Duration;

use livekit_protocol as lk;
use lk::DisconnectReason;
use lk::leave_request::Action;
use lk::signal_request::Message as Ask;
use lk::signal_response::Message as Said;

use crate::house::{Form, House, token, until};
use crate::joining::farewell;
use crate::line::Line;

#[tokio::test]
async fn who_never_connects_his_media_gives_up_his_place() {
    let house = House::with(|config| config.connect_within_s = 1).await;
    let (mut stalled, _) = house.join(Form::Json, &token("ward", "stalled")).await;
    let (mut lives, _) = house.join(Form::Protobuf, &token("ward", "lives")).await;
    let _line = Line::listen(&house, &mut lives).await;
    let leave = farewell(&mut stalled).await;
    assert_eq!(leave, (DisconnectReason::ConnectionTimeout, Action::Reconnect));
    assert_eq!(house.dropped("join_stalled"), 1);
    lives.settle().await;
    assert_eq!(house.metric("gateway_participants"), 1);
}

/// The others' updates reset no clock: only the client's own words count.
#[tokio::test]
async fn who_says_nothing_is_gone_however_much_is_said_to_him() {
    let house = House::with(|config| (config.silent_s, config.resume_s) = (2, 1)).await;
    let mut talks = token("ward", "talks");
    talks.video.can_update_own_metadata = true;
    let (mut talks, _) = house.join(Form::Json, &talks).await;
    let _line = Line::listen(&house, &mut talks).await;
    let (mut silent, _) = house.join(Form::Json, &token("ward", "silent")).await;
    let mut talk = tokio::spawn(async move {
        for number in 0..400 {
            let name = format!("name {number}");
            let wish = lk::UpdateParticipantMetadata { name, ..Default::default() };
            talks.say(Ask::UpdateMetadata(wish)).await;
            talks.pong().await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    tokio::select! {
        heard = silent.rest() => assert!(heard.len() < 300, "{}", heard.len()),
        _ = &mut talk => panic!("the silent one is still there"),
    }
    until("the place is free", || house.metric("gateway_participants") == 1).await;
    talk.abort();
}

#[tokio::test]
async fn who_reads_nothing_is_cut_off_and_his_place_freed() {
    let house = House::with(|config| {
        config.signals_per_s_max = 100_000;
        // Long enough for a slow machine to fill the queue before.
        (config.stalled_s, config.resume_s) = (10, 1);
    })
    .await;
    let (mut talks, _) = house.join(Form::Protobuf, &token("ward", "talks")).await;
    let mut listens = house.enter("ward", "listens").await;
    // Joins, reads nothing from now on, and keeps its connection open.
    let deaf = house.knock(Form::Protobuf, &token("ward", "deaf")).await;
    until("three are there", || house.metric("gateway_participants") == 3).await;
    for number in 0..1_500u32 {
        // News of people are gathered; of the room they are not.
        house.rename("ward", &format!("{number} {}", "x".repeat(30_000))).await;
        let told = |said| if let Said::RoomUpdate(it) = said { Some(it) } else { None };
        talks.first(told).await;
        listens.first(told).await;
        // Its queue is full, or on a slow machine its time is up before that.
        if house.dropped("signal_queue") + house.dropped("signal_stalled") > 0 {
            break;
        }
    }
    assert!(house.dropped("signal_queue") + house.dropped("signal_stalled") > 0);
    until("the place is free", || house.metric("gateway_participants") == 2).await;
    until("its page is cut off", || house.dropped("signal_stalled") == 1).await;
    talks.settle().await;
    listens.settle().await;
    drop(deaf);
}

/// A request that never ends its handshake costs a connection and nothing else.
#[tokio::test]
async fn half_a_handshake_holds_no_place() {
    let house = House::start().await;
    let address: SocketAddr = house.address.parse().unwrap();
    let mut sockets = vec![];
    for _ in 0..50 {
        let socket = tokio::net::TcpStream::connect(address).await.unwrap();
        socket.writable().await.unwrap();
        let _ = socket.try_write(b"GET /rtc?access_token=x HTTP/1.1\r\nHost: x\r\nUpgr").unwrap();
        sockets.push(socket);
    }
    let mut client = house.enter("ward", "li").await;
    client.settle().await;
    assert_eq!(house.metric("gateway_participants"), 1);
}
