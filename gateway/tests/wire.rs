//! What is counted is what arrives: every datagram, by its bytes on the wire.

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

#[path = "signalling/house.rs"]
mod house;
#[path = "signalling/line.rs"]
mod line;

use livekit_protocol as lk;
use lk::signal_response::Message as Said;

use house::{Client, Form, House, accept, head, token};
use line::Line;

/// IPv4 and UDP.
const HEADERS: u64 = 20 + 8;
const KINDS: [&str; 9] = [
    "sound",
    "picture_0",
    "picture_1",
    "picture_2",
    "picture_3",
    "repair",
    "padding",
    "data",
    "control",
];
/// A VP8 keyframe of 320x240 (RFC 6386, section 9.1) behind its descriptor, and a frame after it.
const KEYFRAME: &[u8] = &[0x10, 0, 0, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xf0, 0, 1, 2, 3];
const FRAME: &[u8] = &[0x10, 1, 0, 0, 7, 7, 7];
const CAMERA: (u8, u32) = (96, 2002);

/// Datagrams and bytes of one kind.
fn sent(house: &House, kind: &str) -> (u64, u64) {
    let of = |what| house.metric(&format!("gateway_sent_{what}_total{{kind=\"{kind}\"}}"));
    (of("datagrams"), of("bytes"))
}

/// The sum over all kinds, and over what sockets have received, with the headers of each.
fn sums(house: &House, lines: &[&Line]) -> ((u64, u64), (u64, u64)) {
    let add = |a: (u64, u64), b: (u64, u64)| (a.0 + b.0, a.1 + b.1);
    let counted = KINDS.iter().map(|kind| sent(house, kind)).fold((0, 0), add);
    let received = lines.iter().map(|line| line.received).fold((0, 0), add);
    (counted, (received.0, received.1 + HEADERS * received.0))
}

/// The answer of a client that takes retransmission streams as well.
fn accept_repair(offer: &str, fingerprint: &str) -> String {
    let mut answer = accept(offer, fingerprint);
    for line in offer.lines().filter(|line| line.contains(" apt=")) {
        answer += &format!("{line}\r\n");
    }
    answer
}

/// Offers a camera and connects.
async fn film(house: &House, client: &mut Client) -> Line {
    let mut line = Line::new(house).await;
    client.add("camera", lk::TrackSource::Camera).await;
    let section = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:camera\r\n\
         a=sendonly\r\na=rtpmap:96 VP8/90000\r\na=msid:stream camera\r\na=ssrc:2002 cname:me\r\n";
    client.describe("offer", 1, &(head(&line.fingerprint) + section)).await;
    let answer =
        client.first(|said| if let Said::Answer(it) = said { Some(it) } else { None }).await;
    line.connect(&answer.sdp).await;
    line
}

#[tokio::test]
async fn every_byte_that_arrives_was_counted_once_and_by_its_kind() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let mut one = house.enter("ward", "one").await;
    let mut ear = Line::listen(&house, &mut one).await;
    let mut two = house.enter("ward", "two").await;
    let mut other = Line::listen(&house, &mut two).await;
    for word in 0..20u8 {
        voice.send(&[word; 50]).await;
        assert_eq!(ear.hear().await, [[word; 50]]);
    }
    ear.loses = 1;
    voice.send(b"lost").await;
    voice.send(b"").await;
    voice.send(b"comes").await;
    assert_eq!(ear.hear().await.last().unwrap(), b"comes");
    let lost = ear.lost.pop().unwrap();
    ear.ask_again(lost).await;
    assert_eq!(ear.hear().await, [b"lost"]);
    for line in [&mut voice, &mut ear, &mut other] {
        line.drain().await;
    }
    let (counted, received) = sums(&house, &[&voice, &ear, &other]);
    assert_eq!(counted, received, "{}", house.gateway.metrics());
    // 12 bytes of header and 16 of tag.
    assert_eq!(sent(&house, "sound"), (44, 40 * 50 + 2 * (4 + 5) + 44 * (28 + HEADERS)));
    assert_eq!(sent(&house, "repair"), (1, 4 + 28 + HEADERS));
    assert!(sent(&house, "control").0 >= 3 * 4, "checks and handshakes");
    assert_eq!(sent(&house, "data").0, 0);
}

#[tokio::test]
async fn pictures_count_by_their_layer_and_what_is_sent_again_as_repair() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    let mut camera = film(&house, &mut speaker).await;
    let mut one = house.enter("ward", "one").await;
    let mut eye = Line::new(&house).await;
    let offer = one.offer().await;
    one.describe("answer", offer.id, &accept_repair(&offer.sdp, &eye.fingerprint)).await;
    one.settle().await;
    eye.connect(&offer.sdp).await;
    camera.send_as(CAMERA, KEYFRAME).await;
    assert_eq!(eye.hear().await, [KEYFRAME]);
    eye.loses = 1;
    camera.send_as(CAMERA, FRAME).await;
    camera.send_as(CAMERA, FRAME).await;
    assert_eq!(eye.hear().await, [FRAME]);
    let (ssrc, number) = eye.lost.pop().unwrap();
    eye.ask_again((ssrc, number)).await;
    let again = eye.hear().await;
    assert_eq!(again, [[&number.to_be_bytes()[..], FRAME].concat()], "RFC 4588");
    for line in [&mut camera, &mut eye] {
        line.drain().await;
    }
    let (counted, received) = sums(&house, &[&camera, &eye]);
    assert_eq!(counted, received, "{}", house.gateway.metrics());
    let (datagrams, bytes) = sent(&house, "picture_0");
    let payload = (KEYFRAME.len() + 2 * FRAME.len()) as u64;
    assert_eq!((datagrams, bytes), (3, payload + 3 * (28 + HEADERS)));
    assert_eq!(sent(&house, "repair"), (1, 2 + FRAME.len() as u64 + 28 + HEADERS));
}
