//! Which announced track a section of an offer brings, and what is said of one that brings none.

use livekit_protocol as lk;
use lk::request_response::Reason;
use lk::signal_response::Message as Said;

use crate::house::{Client, Form, House, head, print, token};

/// A section in which sound or pictures are sent; `more` are lines of its own.
fn sends(kind: &str, mid: &str, more: &str) -> String {
    let codec = if kind == "audio" { "opus/48000/2" } else { "VP8/90000" };
    format!(
        "m={kind} 9 UDP/TLS/RTP/SAVPF 100\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na=sendonly\r\n\
         a=rtpmap:100 {codec}\r\n{more}"
    )
}

/// Offers and gives the answer, with what was said before it.
async fn offer(client: &mut Client, sections: &str) -> (String, Vec<Said>) {
    client.describe("offer", 1, &(head(&print()) + sections)).await;
    let mut before = vec![];
    loop {
        match client.next().await {
            Said::Answer(it) => return (it.sdp, before),
            said => before.push(said),
        }
    }
}

/// Names of the tracks of `identity`, each with its section, as the room sees them.
async fn tracks(client: &mut Client, identity: &str, count: usize) -> Vec<(String, String)> {
    loop {
        let told = client.update_of(identity).await;
        if told.tracks.len() == count {
            let mut all: Vec<_> = told.tracks.into_iter().map(|it| (it.mid, it.name)).collect();
            all.sort();
            return all;
        }
    }
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(mid, name)| ((*mid).to_owned(), (*name).to_owned())).collect()
}

#[tokio::test]
async fn a_section_that_names_no_announced_track_brings_the_oldest_of_its_kind() {
    let house = House::start().await;
    for (number, msid) in [
        "a=msid:stream {5d1f8d54-8e3c-4c0e-a9b0-6f2d6e2c54a1}\r\n",
        "a=msid:- {5d1f8d54-8e3c-4c0e-a9b0-6f2d6e2c54a1}\r\n",
        "a=msid:stream\r\n",
        "a=msid:-\r\n",
        "a=ssrc:77 cname:me\r\n",
        "a=ssrc:77 msid:stream another\r\n",
        "",
    ]
    .into_iter()
    .enumerate()
    {
        let room = format!("ward {number}");
        let mut sees = house.enter(&room, "sees").await;
        let mut li = house.enter(&room, "li").await;
        li.add("voice", lk::TrackSource::Microphone).await;
        li.add("camera", lk::TrackSource::Camera).await;
        li.add("screen", lk::TrackSource::ScreenShare).await;
        let sections = sends("audio", "0", msid) + &sends("video", "1", msid);
        let (answer, before) = offer(&mut li, &sections).await;
        assert_eq!(answer.matches("a=recvonly").count(), 2, "{msid} {answer}");
        assert!(!before.iter().any(|it| matches!(it, Said::RequestResponse(_))), "{before:?}");
        let expected = pairs(&[("0", "voice"), ("1", "camera")]);
        assert_eq!(tracks(&mut sees, "li", 2).await, expected, "{msid}");
        // What waits still comes with the next section, and the others stay as they are.
        let (answer, _) = offer(&mut li, &(sections + &sends("video", "2", msid))).await;
        assert_eq!(answer.matches("a=recvonly").count(), 3, "{answer}");
        let expected = pairs(&[("0", "voice"), ("1", "camera"), ("2", "screen")]);
        assert_eq!(tracks(&mut sees, "li", 3).await, expected);
    }
    assert_eq!(house.dropped("track_unannounced"), 0);
}

#[tokio::test]
async fn the_track_beside_an_ssrc_is_a_name_as_well() {
    let house = House::start().await;
    let mut sees = house.enter("ward", "sees").await;
    let mut li = house.enter("ward", "li").await;
    li.add("camera", lk::TrackSource::Camera).await;
    li.add("screen", lk::TrackSource::ScreenShare).await;
    let (_, _) = offer(&mut li, &sends("video", "0", "a=ssrc:7 msid:stream screen\r\n")).await;
    assert_eq!(tracks(&mut sees, "li", 1).await, pairs(&[("0", "screen")]));
}

#[tokio::test]
async fn a_section_that_names_its_track_has_it_whatever_the_order() {
    let house = House::start().await;
    let mut sees = house.enter("ward", "sees").await;
    let mut li = house.enter("ward", "li").await;
    for cid in ["first", "second", "third"] {
        li.add(cid, lk::TrackSource::Camera).await;
    }
    let sections = sends("video", "0", "a=msid:- {another}\r\n")
        + &sends("video", "1", "a=msid:- first\r\n")
        + &sends("video", "2", "a=msid:- {one more}\r\n");
    let (_, _) = offer(&mut li, &sections).await;
    let expected = pairs(&[("0", "second"), ("1", "first"), ("2", "third")]);
    assert_eq!(tracks(&mut sees, "li", 3).await, expected);
}

#[tokio::test]
async fn a_section_that_goes_on_keeps_its_track_and_one_that_is_used_again_has_another() {
    let house = House::start().await;
    let mut sees = house.enter("ward", "sees").await;
    let mut li = house.enter("ward", "li").await;
    li.add("camera", lk::TrackSource::Camera).await;
    offer(&mut li, &sends("video", "0", "a=msid:- camera\r\n")).await;
    assert_eq!(tracks(&mut sees, "li", 1).await, pairs(&[("0", "camera")]));
    li.add("screen", lk::TrackSource::ScreenShare).await;
    // Another name in the same section is no other track: `replaceTrack`.
    let (answer, _) = offer(&mut li, &sends("video", "0", "a=msid:- {another}\r\n")).await;
    assert!(answer.contains("a=recvonly"), "{answer}");
    assert!(!li.settle().await.iter().any(|it| matches!(it, Said::Update(_))));
    // The name of one that waits is.
    offer(&mut li, &sends("video", "0", "a=msid:- screen\r\n")).await;
    loop {
        let told = sees.update_of("li").await;
        if told.tracks.iter().any(|it| it.name == "screen") {
            assert_eq!(told.tracks.len(), 1, "the camera has ended");
            break;
        }
    }
}

#[tokio::test]
async fn a_section_that_carries_nothing_is_told_with_what_to_do() {
    let house = House::start().await;
    let (mut li, _) = house.join(Form::Json, &token("ward", "li")).await;
    li.add("camera", lk::TrackSource::Camera).await;
    let g722 = sends("audio", "5", "").replace("opus/48000/2", "G722/8000");
    let sections = sends("video", "0", "") + &sends("video", "more", "") + &g722;
    let (answer, before) = offer(&mut li, &sections).await;
    assert_eq!(answer.matches("a=recvonly").count(), 1, "{answer}");
    let told: Vec<_> = before
        .into_iter()
        .filter_map(|it| match it {
            Said::RequestResponse(it) => Some((it.reason(), it.message)),
            _ => None,
        })
        .collect();
    let [(unannounced, first), (codec, second)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((unannounced, codec), (&Reason::InvalidRequest, &Reason::UnsupportedType));
    assert!(first.contains("section more (video)") && first.contains("AddTrackRequest"), "{first}");
    assert!(second.contains("section 5 (audio)") && second.contains("Opus"), "{second}");
    assert_eq!((house.dropped("track_unannounced"), house.dropped("track_codec")), (1, 1));
}

#[tokio::test]
async fn many_sections_that_carry_nothing_are_told_in_few_words() {
    let house = House::start().await;
    let (mut li, _) = house.join(Form::Json, &token("ward", "li")).await;
    let (_, before) = offer(&mut li, &sends("video", "0", "").repeat(400)).await;
    let told = before.iter().filter_map(|it| match it {
        Said::RequestResponse(it) => Some(it.message.as_str()),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    assert_eq!((told.len(), told.last()), (9, Some(&"392 sections more carry nothing")));
}

#[tokio::test]
async fn clients_are_told_the_port_that_stands_before_the_media_port() {
    const TOLD: u16 = 61_234;
    let told = std::num::NonZeroU16::new(TOLD);
    let house = House::with(|it| it.media_port_advertised = told).await;
    assert_ne!(house.media.port(), TOLD);
    let token = token("ward", "li").sign(&house.keys).unwrap();
    let mut client = house.open(Form::Protobuf, &token, "").await.unwrap();
    let joined = client.first(|said| match said {
        Said::Join(it) => Some(it),
        _ => None,
    });
    let urls: Vec<_> = joined.await.ice_servers.into_iter().flat_map(|it| it.urls).collect();
    assert_eq!(urls, [format!("turn:127.0.0.1:{TOLD}?transport=tcp")]);
    let offer = client.offer().await;
    let candidates = offer.sdp.lines().filter(|it| it.starts_with("a=candidate:"));
    let ports: Vec<_> = candidates.filter_map(|it| it.split(' ').nth(5)).collect();
    assert_eq!(ports, [TOLD.to_string(), TOLD.to_string()], "by UDP and by TCP");
}
