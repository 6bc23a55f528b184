//! One peer connection for both directions: `/rtc/v1`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use livekit_protocol as lk;
use lk::signal_request::Message as Ask;
use lk::signal_response::Message as Said;
use prost::Message as _;
use session::AccessToken;

use crate::house::{Client, Form, House, head, print, sound, token, value};
use crate::line::Line;

const DATA: &str =
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:data\r\n";

/// A section in which the client can hear.
fn seat(mid: &str) -> String {
    format!(
        "m=audio 9 UDP/TLS/RTP/SAVPF 109\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na=recvonly\r\n\
         a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=rtpmap:109 opus/48000/2\r\n"
    )
}

fn request(fingerprint: &str, sections: &str) -> lk::JoinRequest {
    let sdp = head(fingerprint) + DATA + sections;
    let r#type = "offer".to_owned();
    let client = lk::ClientInfo { client_protocol: 2, capabilities: vec![2], ..Default::default() };
    let settings = lk::ConnectionSettings { auto_subscribe: true, ..Default::default() };
    lk::JoinRequest {
        client_info: Some(client),
        connection_settings: Some(settings),
        publisher_offer: Some(lk::SessionDescription { r#type, sdp, id: 1, ..Default::default() }),
        ..Default::default()
    }
}

fn wrap(request: &lk::JoinRequest) -> String {
    let join_request = request.encode_to_vec();
    URL_SAFE.encode(lk::WrappedJoinRequest { compression: 0, join_request }.encode_to_vec())
}

async fn join(
    house: &House,
    token: &AccessToken,
    request: &lk::JoinRequest,
) -> (Client, lk::JoinResponse) {
    let text = token.sign(&house.keys).unwrap();
    let mut client = house.open_v1(&text, &wrap(request)).await.unwrap();
    let Said::Join(joined) = client.next().await else { panic!("no join response first") };
    (client, joined)
}

async fn answer(client: &mut Client) -> lk::SessionDescription {
    client.first(|said| if let Said::Answer(it) = said { Some(it) } else { None }).await
}

async fn offer(
    client: &mut Client,
    id: u32,
    fingerprint: &str,
    sections: &str,
) -> lk::SessionDescription {
    client.describe("offer", id, &(head(fingerprint) + DATA + sections)).await;
    let answer = answer(client).await;
    assert_eq!(answer.id, id);
    answer
}

/// How many sections of sound and of pictures the gateway asks for.
async fn asked(client: &mut Client) -> (u32, u32) {
    let pick = |said| match said {
        Said::MediaSectionsRequirement(it) => Some((it.num_audios, it.num_videos)),
        Said::Offer(_) => panic!("the client makes the offers"),
        _ => None,
    };
    client.first(pick).await
}

#[tokio::test]
async fn a_client_hears_in_the_sections_that_it_made() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Protobuf, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let mut line = Line::new(&house).await;
    let fingerprint = line.fingerprint.clone();
    let seats = seat("0") + &seat("1");
    let (mut li, joined) = join(&house, &token("ward", "li"), &request(&fingerprint, &seats)).await;
    assert!(!joined.subscriber_primary);
    let track = joined.other_participants[0].tracks[0].sid.clone();
    let first = answer(&mut li).await;
    assert_eq!(first.mid_to_track_id.get("0"), Some(&track));
    for part in
        ["m=audio 9 UDP/TLS/RTP/SAVPF 109\r\n", "a=sendonly", "a=inactive", "m=application 9"]
    {
        assert!(first.sdp.contains(part), "{part} in {}", first.sdp);
    }
    assert_eq!(
        first.sdp.matches("a=extmap:4 ").count(),
        2,
        "extensions are agreed for all or none"
    );
    line.connect(&first.sdp).await;
    voice.send(b"a word").await;
    assert_eq!(line.hear().await, [b"a word"]);

    // It speaks on the same connection, and the others hear of it and of what it can do.
    li.add("mine", lk::TrackSource::Microphone).await;
    let more = seats.clone() + &sound("mine");
    let second = offer(&mut li, 2, &fingerprint, &more).await;
    assert_eq!(value(&first.sdp, "ice-ufrag"), value(&second.sdp, "ice-ufrag"));
    assert!(second.sdp.contains("a=recvonly"), "{}", second.sdp);
    let told = speaker.update_of("li").await;
    assert_eq!((told.client_protocol, told.capabilities), (2, vec![2]));
    line.send(b"another").await;
    let mut ear = Line::listen(&house, &mut speaker).await;
    line.send(b"and another").await;
    assert_eq!(ear.hear().await, [b"and another"]);

    // What it does not want any more goes at its next offer, which it is asked for.
    let track_sids = vec![track];
    let wish = lk::UpdateSubscription { track_sids, subscribe: false, ..Default::default() };
    li.say(Ask::Subscription(wish)).await;
    assert_eq!(asked(&mut li).await, (0, 0));
    let third = offer(&mut li, 3, &fingerprint, &more).await;
    assert!(!third.sdp.contains("a=sendonly") && third.mid_to_track_id.is_empty(), "{}", third.sdp);
}

#[tokio::test]
async fn a_client_is_asked_for_the_sections_that_are_missing() {
    let house = House::start().await;
    let mut li = join(&house, &token("ward", "li"), &request(&print(), &seat("0"))).await.0;
    answer(&mut li).await;
    let mut speakers = vec![];
    for (name, asks) in [("one", (0, 0)), ("other", (1, 0))] {
        let (mut speaker, _) = house.join(Form::Json, &token("ward", name)).await;
        speaker.publish("voice", &print()).await;
        assert_eq!(asked(&mut li).await, asks, "{name}");
        let seats = if name == "one" { seat("0") } else { seat("0") + &seat("1") };
        let answer = offer(&mut li, 2, &print(), &seats).await;
        let carried = answer.sdp.matches("a=sendonly").count();
        assert_eq!((carried, answer.mid_to_track_id.len()), (carried, carried));
        assert_eq!(carried, if name == "one" { 1 } else { 2 });
        // It stays.
        speakers.push(speaker);
    }
}

#[tokio::test]
async fn a_section_that_the_client_gives_up_carries_nothing_more() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    speaker.publish("voice", &print()).await;
    let mut li = join(&house, &token("ward", "li"), &request(&print(), &seat("0"))).await.0;
    assert!(answer(&mut li).await.sdp.contains("a=sendonly"));
    let none = seat("0").replace("a=recvonly", "a=inactive");
    let answer = offer(&mut li, 2, &print(), &none).await;
    assert!(answer.sdp.contains("a=inactive") && answer.mid_to_track_id.is_empty());
    assert_eq!(house.dropped("section_refused"), 1);
}

#[tokio::test]
async fn a_client_that_makes_another_connection_must_come_in_anew() {
    let house = House::start().await;
    let mut li = join(&house, &token("ward", "li"), &request(&print(), &seat("0"))).await.0;
    answer(&mut li).await;
    let other = vec!["CD"; 32].join(":");
    li.describe("offer", 2, &(head(&other) + DATA + &seat("0"))).await;
    let said = li.rest().await;
    let again = said.iter().any(|it| matches!(it, Said::Leave(it) if it.can_reconnect));
    assert!(again, "{said:?}");
    assert_eq!(house.metric("gateway_participants"), 0);
}

#[tokio::test]
async fn a_broken_line_is_taken_up_again_with_the_same_connection() {
    let house = House::start().await;
    let li = token("ward", "li");
    let (mut client, joined) = join(&house, &li, &request(&print(), &seat("0"))).await;
    let before = answer(&mut client).await;
    drop(client);
    let participant_sid = joined.participant.unwrap().sid;
    let back = lk::JoinRequest { reconnect: true, participant_sid, ..Default::default() };
    let text = li.sign(&house.keys).unwrap();
    let mut client = house.open_v1(&text, &wrap(&back)).await.unwrap();
    let Said::Reconnect(_) = client.next().await else { panic!("no reconnect response") };
    let restarted = (head(&print()) + DATA + &seat("0")).replace("ufrag:mine", "ufrag:anew");
    client.describe("offer", 2, &restarted).await;
    let after = answer(&mut client).await;
    assert_ne!(value(&before.sdp, "ice-ufrag"), value(&after.sdp, "ice-ufrag"));
    assert_eq!(house.metric("gateway_participants"), 1);
}

#[tokio::test]
async fn what_is_said_at_the_door_is_within_the_grant() {
    let house = House::start().await;
    let mut request = request(&print(), &seat("0"));
    request.metadata = "m".to_owned();
    request.add_track_requests =
        vec![lk::AddTrackRequest { cid: "voice".to_owned(), ..Default::default() }];
    let (mut client, _) = join(&house, &token("ward", "may not"), &request).await;
    client.first(|said| matches!(said, Said::TrackPublished(_)).then_some(())).await;
    client.settle().await;
    assert_eq!(house.dropped("description_refused"), 1);
    let mut may = token("ward", "may");
    may.video.can_update_own_metadata = true;
    let _client = join(&house, &may, &request).await;
    assert_eq!(house.dropped("description_refused"), 1);
}

#[tokio::test]
async fn a_join_request_that_cannot_be_used_opens_nothing() {
    let house = House::start().await;
    let text = token("ward", "li").sign(&house.keys).unwrap();
    let long = request(&print(), &"a=x\r\n".repeat(1_001));
    for bad in ["", "%25", "AAAA", &wrap(&long)] {
        assert_eq!(house.open_v1(&text, bad).await.err(), Some(400), "{bad}");
    }
    assert_eq!(house.refused("bad_join_request"), 4);
    let good = wrap(&request(&print(), &seat("0")));
    assert_eq!(house.open_v1("x", &good).await.err(), Some(401));
}
