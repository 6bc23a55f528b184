//! ICE over TCP on the media port (RFC 6544).

use livekit_protocol as lk;
use lk::leave_request::Action;
use lk::signal_response::Message as Said;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::bridge::Bridge;
use crate::house::{Form, House, token, until};
use crate::line::Line;

#[tokio::test]
async fn sound_goes_from_one_connection_to_another() {
    let mut house = House::start().await;
    let gateway = house.media;
    let (speaking, listening) = (Bridge::to(gateway).await, Bridge::to(gateway).await);
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    house.media = speaking.address;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let mut listener = house.enter("ward", "listener").await;
    house.media = listening.address;
    let mut ear = Line::listen(&house, &mut listener).await;
    voice.send(b"over TCP").await;
    assert_eq!(ear.hear().await, [b"over TCP"]);
    assert_eq!(house.metric("gateway_links"), 2);
    // A datagram is counted with its length and the headers of IPv4 and TCP.
    voice.drain().await;
    ear.drain().await;
    let (datagrams, bytes) = (voice.received.0 + ear.received.0, voice.received.1 + ear.received.1);
    let counted = house.metric("gateway_sent_bytes_total{kind=\"control\"}")
        + house.metric("gateway_sent_bytes_total{kind=\"sound\"}");
    assert_eq!(counted, bytes + (2 + 20 + 20) * datagrams);
    // What ends leaves nothing.
    speaking.cut();
    until("one is gone", || house.metric("gateway_links") == 1).await;
}

#[tokio::test]
async fn who_loses_the_connection_is_told_to_come_in_anew() {
    let mut house = House::start().await;
    let (staying, breaking) = (Bridge::to(house.media).await, Bridge::to(house.media).await);
    let mut other = house.enter("ward", "other").await;
    house.media = staying.address;
    let _path = Line::listen(&house, &mut other).await;
    let mut listener = house.enter("ward", "listener").await;
    house.media = breaking.address;
    let _path = Line::listen(&house, &mut listener).await;
    breaking.cut();
    let left = listener.first(|said| match said {
        Said::Leave(leave) => Some(leave.action()),
        _ => None,
    });
    assert_eq!(left.await, Action::Reconnect);
    assert_eq!(house.dropped("link_lost"), 1);
    other.settle().await;
    assert_eq!(house.metric("gateway_participants"), 1);
}

#[tokio::test]
async fn the_description_names_the_port_for_tcp_as_well() {
    let house = House::start().await;
    let mut client = house.enter("ward", "anybody").await;
    let offer = client.offer().await.sdp;
    let port = house.gateway.media_port();
    let tcp = format!("127.0.0.1 {port} typ host tcptype passive");
    assert!(offer.lines().any(|line| line.starts_with("a=candidate:") && line.ends_with(&tcp)));
}

#[tokio::test]
async fn what_nobody_here_speaks_is_cut_off_and_counted() {
    let house = House::start().await;
    for words in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\x80nonsense", b"\x16\x03\x01\x02\0\x01\0\x01"]
    {
        let mut stream = TcpStream::connect(house.media).await.unwrap();
        stream.write_all(words).await.unwrap();
        let mut heard = vec![];
        // A reset is an end as well.
        let _ = stream.read_to_end(&mut heard).await;
        assert!(heard.is_empty());
    }
    until("all are counted", || house.dropped("link_unknown") == 3).await;
    until("all are gone", || house.metric("gateway_links") == 0).await;
}

#[tokio::test]
async fn one_address_and_all_together_have_a_bound() {
    for (links_max, links_per_address_max) in [(2, 100), (100, 2)] {
        let house = House::with(|config| {
            config.links_max = links_max;
            config.links_per_address_max = links_per_address_max;
        })
        .await;
        let mut streams = vec![];
        for number in 1..=2 {
            streams.push(TcpStream::connect(house.media).await.unwrap());
            until("it is taken", || house.metric("gateway_links") == number).await;
        }
        let mut third = TcpStream::connect(house.media).await.unwrap();
        let mut heard = vec![];
        let _ = third.read_to_end(&mut heard).await;
        assert_eq!(house.dropped("links_full"), 1);
        streams.pop();
        until("a place is free", || house.metric("gateway_links") == 1).await;
        let _fourth = TcpStream::connect(house.media).await.unwrap();
        until("it is taken", || house.metric("gateway_links") == 2).await;
    }
}
