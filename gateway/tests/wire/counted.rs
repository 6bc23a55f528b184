//! What is counted is what arrives: every datagram, by its bytes on the wire.

use livekit_protocol as lk;
use lk::signal_response::Message as Said;

use crate::house::{Client, Form, House, head, token, until};
use crate::line::Line;
use crate::{HEADERS, NUMBERED};
use transport::rtp::{ReportBlock, receiver_report};

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
/// Words of an offer.
const REPAIR: &str = " apt=";

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
    let mut eye = Line::taking(&house, &mut one, &[REPAIR]).await;
    let number = loses_one(&mut camera, &mut eye).await;
    let again = eye.hear().await;
    assert_eq!(again, [[&number.to_be_bytes()[..], FRAME].concat()], "RFC 4588");
    for line in [&mut camera, &mut eye] {
        line.drain().await;
    }
    let (counted, received) = sums(&house, &[&camera, &eye]);
    assert_eq!(counted, received, "{}", house.gateway.metrics());
    let (pictures, others) = (sent(&house, "picture_0").0, sent(&house, "padding").0);
    assert_eq!((pictures + 1, others), (eye.numbers.len() as u64, 0));
    assert_eq!(sent(&house, "repair"), (1, 2 + FRAME.len() as u64 + 28 + HEADERS));
}

/// A listener sees a picture, loses the next one, sees the one after that, and asks for what it lost, which has this number.
async fn loses_one(camera: &mut Line, eye: &mut Line) -> u16 {
    camera.send_as(CAMERA, KEYFRAME).await;
    assert_eq!(eye.hear().await, [KEYFRAME]);
    report(eye).await;
    eye.loses = 1;
    camera.send_as(CAMERA, FRAME).await;
    camera.send_as(CAMERA, FRAME).await;
    assert_eq!(eye.hear().await, [FRAME]);
    let (ssrc, number) = eye.lost.pop().unwrap();
    eye.ask_again((ssrc, number)).await;
    number
}

/// A listener reports its stream: what it was sent at the beginning is not sent once more.
async fn report(line: &mut Line) {
    let (ssrc, _) = line.numbers[0];
    let block = ReportBlock {
        ssrc,
        fraction_lost: 0,
        cumulative_lost: 0,
        highest: 0,
        jitter: 0,
        last_report: 0,
        delay: 0,
    };
    line.say(&receiver_report(&[block])).await;
}

/// Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01) in one chunk of two bits each.
fn feedback(first: u16, came: &[bool]) -> Vec<u8> {
    let bits = (0..)
        .zip(came)
        .fold(0xc000u16, |bits, (at, came)| bits | u16::from(*came) << (12 - 2 * at));
    let mut body = vec![0, 0, 0, 1, 0, 0, 0, 2];
    body.extend_from_slice(&first.to_be_bytes());
    body.extend_from_slice(&u16::try_from(came.len()).unwrap().to_be_bytes());
    body.extend_from_slice(&[0, 0, 1, 0]);
    body.extend_from_slice(&bits.to_be_bytes());
    body.extend(came.iter().filter(|came| **came).map(|_| 4));
    transport::rtp::rtcp(15, 205, &body)
}

#[tokio::test]
async fn pictures_are_numbered_for_those_who_tell_what_becomes_of_them() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    let mut camera = film(&house, &mut speaker).await;
    let (mut one, mut two) = (house.enter("ward", "one").await, house.enter("ward", "two").await);
    let mut eye = Line::taking(&house, &mut one, &[REPAIR, NUMBERED]).await;
    let mut plain = Line::taking(&house, &mut two, &[REPAIR]).await;
    loses_one(&mut camera, &mut eye).await;
    eye.hear().await;
    plain.hear().await;
    report(&mut plain).await;
    for line in [&mut camera, &mut eye, &mut plain] {
        line.drain().await;
    }
    let sent = u16::try_from(eye.numbers.len()).unwrap();
    assert!(sent >= 4, "a keyframe, two frames, and one of them again");
    let numbers = eye.numbers.iter().map(|(_, number)| *number);
    assert!(numbers.eq((0..sent).map(Some)), "{:?}", eye.numbers);
    assert!(plain.numbers.iter().all(|(_, number)| number.is_none()));
    let (counted, received) = sums(&house, &[&camera, &eye, &plain]);
    assert_eq!(counted, received, "{}", house.gateway.metrics());
    let told = |fate| house.metric(&format!("gateway_told_packets_total{{fate=\"{fate}\"}}"));
    let all = || [told("arrived"), told("lost"), told("unusable")];
    eye.say(&feedback(0, &[true, false, true])).await;
    until("it is taken in", || all() == [2, 1, 0]).await;
    eye.say(&feedback(sent - 2, &[true, true, true])).await;
    // The last two packets, of which one may be told already, and one that was never sent.
    until("it is taken in", || all().iter().sum::<u64>() == 6 && told("unusable") > 0).await;
    let before = told("unusable");
    plain.say(&feedback(0, &[true, false])).await;
    until("it is taken in", || told("unusable") == before + 2).await;
    // Packets that are sent early once more, now that somebody tells of them, are remembered as well.
    until("its size is told", || house.metric("gateway_logged_packets") >= u64::from(sent)).await;
    let refused = house.dropped("peer_refused");
    let mut empty = feedback(0, &[true; 7]);
    empty[15] = 0;
    eye.say(&empty).await;
    until("it is refused", || house.dropped("peer_refused") == refused + 1).await;
}
