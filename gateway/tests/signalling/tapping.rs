//! What a recorder hears.

use archive::tap::{Body, Decoder, Hello};
use futures_util::{SinkExt as _, StreamExt as _};
use livekit_protocol as lk;
use lk::signal_request::Message as Ask;
use lk::signal_response::Message as Said;
use session::{AccessToken, Purpose};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::clearing::{ask, cleared};
use crate::closing::call;
use crate::house::{Form, House, now_s, recorded, token, until, within};
use crate::line::Line;

fn recorder() -> AccessToken {
    AccessToken::for_service("recorder", now_s(), 60)
}

struct Recorder {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    hello: Hello,
}

/// Opens the tap; an error is the status of the answer.
async fn open(house: &House, bearer: Option<String>, query: &str) -> Result<Recorder, u16> {
    let url = format!("ws://{}/tap{query}", house.address);
    let mut request = url.into_client_request().unwrap();
    if let Some(bearer) = bearer {
        request.headers_mut().insert("authorization", bearer.parse().unwrap());
    }
    let socket = TcpStream::connect(&house.address).await.unwrap();
    match tokio_tungstenite::client_async(request, MaybeTlsStream::Plain(socket)).await {
        Ok((mut socket, _)) => match within("hello", socket.next()).await {
            Some(Ok(Message::Text(text))) => {
                Ok(Recorder { socket, hello: serde_json::from_str(&text).unwrap() })
            }
            other => panic!("{other:?}"),
        },
        Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(why) => panic!("{why}"),
    }
}

async fn tap(house: &House, query: &str) -> Recorder {
    let bearer = format!("Bearer {}", recorder().sign(&house.keys).unwrap());
    open(house, Some(bearer), query).await.unwrap()
}

/// A record in short: its number, its room and what it says.
type Short = (u64, u32, String);

fn short(body: &Body<'_>) -> String {
    match body {
        Body::RoomOpened(it) => format!("opened {}", it.name),
        Body::ParticipantJoined(it) => format!("joined {}", it.identity),
        Body::ParticipantLeft(it) => format!("left {} {}", it.identity, it.reason),
        Body::TrackPublished(it) => format!("published {} {:?}", it.identity, it.codec),
        Body::TrackMuted(it) => format!("muted {}", it.muted),
        Body::TrackUnpublished(_) => "unpublished".to_owned(),
        Body::Rtp(it) => format!("packet {}", String::from_utf8_lossy(&it.packet[12..])),
        Body::RoomClosed(_) => "closed".to_owned(),
        other => format!("{other:?}"),
    }
}

impl Recorder {
    /// Records up to the frame in which one says `last`.
    async fn until(&mut self, last: &str) -> Vec<Short> {
        let mut all = vec![];
        while !all.iter().any(|(_, _, said): &Short| said == last) {
            let frame = within(last, self.socket.next()).await;
            let Some(Ok(Message::Binary(frame))) = frame else { panic!("{frame:?} after {all:?}") };
            for record in Decoder::new(&frame) {
                let record = record.unwrap();
                all.push((record.seq, record.room, short(&record.body)));
            }
        }
        all
    }
}

fn said(records: &[Short]) -> Vec<&str> {
    records.iter().map(|(_, _, said)| said.as_str()).collect()
}

#[tokio::test]
async fn only_a_recorder_may_listen() {
    let house = House::start().await;
    let sign = |token: AccessToken| Some(format!("Bearer {}", token.sign(&house.keys).unwrap()));
    let with = |change: fn(&mut AccessToken)| {
        let mut token = recorder();
        change(&mut token);
        sign(token)
    };
    let good = sign(recorder()).unwrap();
    let wrong = [
        None,
        Some(String::new()),
        Some("Bearer a.b.c".to_owned()),
        Some(good.replace("Bearer", "Basic")),
        Some(format!("{good}x")),
        sign(token("ward", "li")),
        sign(recorded("ward", "li")),
        with(|it| it.video.recorder = false),
        with(|it| it.video.room_record = false),
        with(|it| it.expires_s = now_s() - 61),
        // What whoever has the API key can make, and what a person's key and a ticket's could.
        with(|it| it.purpose = Purpose::Room),
        with(|it| it.purpose = Purpose::Person),
        with(|it| it.purpose = Purpose::Ticket),
        // A recorder's pass to one room is no pass to all.
        with(|it| (it.video.room, it.video.room_join) = ("ward".to_owned(), true)),
        with(|it| it.video.room = "ward".to_owned()),
    ];
    let count = wrong.len() as u64;
    for bearer in wrong {
        assert_eq!(open(&house, bearer, "").await.err(), Some(401));
    }
    assert_eq!(house.refused("tap"), count);
    open(&house, Some(good), "").await.unwrap();
}

#[tokio::test]
async fn a_recorded_room_is_told_from_beginning_to_end() {
    let house = House::with(|config| config.empty_room_s = 0).await;
    let mut ear = tap(&house, "").await;
    assert_eq!(ear.hello.rooms, []);
    let mut secret = house.enter("not recorded", "li").await;
    let (mut li, joined) = house.join(Form::Json, &recorded("ward", "li")).await;
    let mut voice = Line::speak(&house, &mut li).await;
    voice.send(b"good morning").await;
    let told = ear.until("packet good morning").await;
    let opening = ["opened ward", "joined li", "published li Opus", "packet good morning"];
    assert_eq!(said(&told), opening);
    let sid = li.update_of("li").await.tracks[0].sid.clone();
    li.say(Ask::Mute(lk::MuteTrackRequest { sid, muted: true })).await;
    // People see that they are recorded.
    if !joined.room.unwrap().active_recording {
        let recording = |said| match said {
            Said::RoomUpdate(it) => it.room.filter(|it| it.active_recording).map(|_| ()),
            _ => None,
        };
        li.first(recording).await;
    }
    secret.say(Ask::Leave(lk::LeaveRequest::default())).await;
    li.say(Ask::Leave(lk::LeaveRequest::default())).await;
    let rest = ear.until("closed").await;
    assert_eq!(said(&rest), ["muted true", "unpublished", "left li client_initiated", "closed"]);
    let rooms: Vec<u32> = rest.iter().map(|(_, room, _)| *room).collect();
    assert!(rooms.windows(2).all(|pair| pair[0] == pair[1]));
    let numbers: Vec<u64> = rest.iter().map(|(seq, _, _)| *seq).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{numbers:?}");
    assert_eq!(numbers[0], 4, "one more than the last one before");
}

#[tokio::test]
async fn a_recording_that_is_withdrawn_hears_nothing_more_until_it_is_cleared_anew() {
    let house = House::start().await;
    let mut ear = tap(&house, "").await;
    let mut li = house.join(Form::Json, &cleared("li", 1, true, false)).await.0;
    let mut voice = Line::speak(&house, &mut li).await;
    for (version, word) in [(2, "on the record"), (4, "on it again")] {
        // What is sent before the recording begins, and after it has ended, is taken in meanwhile.
        let sent = house.metric("gateway_packets_in_total");
        voice.send(b"off the record").await;
        until("it came", || house.metric("gateway_packets_in_total") > sent).await;
        assert_eq!(call(&house, "SetClearance", &ask(version, true, true), true).await, 200);
        voice.send(word.as_bytes()).await;
        let packet = format!("packet {word}");
        let told = ear.until(&packet).await;
        let opening = ["opened ward", "joined li", "published li Opus", packet.as_str()];
        assert_eq!(said(&told), opening);
        assert_eq!(call(&house, "SetClearance", &ask(version + 1, true, false), true).await, 200);
        assert_eq!(said(&ear.until("closed").await), ["closed"]);
    }
}

#[tokio::test]
async fn a_recorder_that_broke_off_goes_on_where_it_was() {
    let house = House::start().await;
    let mut ear = tap(&house, "").await;
    let run = ear.hello.run.clone();
    let _li = house.join(Form::Json, &recorded("ward", "li")).await;
    let heard = ear.until("joined li").await;
    drop(ear);
    let mut wang = house.join(Form::Json, &recorded("ward", "wang")).await.0;
    wang.say(Ask::Leave(lk::LeaveRequest::default())).await;
    wang.rest().await;
    let last = heard.last().unwrap().0;
    let mut ear = tap(&house, &format!("?after={last}&run={run}")).await;
    assert_eq!(ear.hello.run, run);
    let known: Vec<_> = ear.hello.rooms.iter().map(|it| (it.whole_from, it.open)).collect();
    assert_eq!(known, [(0, true)]);
    let more = ear.until("left wang client_initiated").await;
    assert_eq!(said(&more), ["joined wang", "left wang client_initiated"]);
    assert_eq!(more[0].0, last + 1);
}

#[tokio::test]
async fn a_recorder_whose_place_makes_no_sense_hears_all_that_is_kept() {
    let house = House::start().await;
    let mut ear = tap(&house, "").await;
    let run = ear.hello.run.clone();
    let _li = house.join(Form::Json, &recorded("ward", "li")).await;
    let mut wang = house.join(Form::Json, &recorded("ward", "wang")).await.0;
    wang.say(Ask::Leave(lk::LeaveRequest::default())).await;
    ear.until("left wang client_initiated").await;
    let queries = [1_000, u64::MAX - 1, u64::MAX].map(|after| format!("?after={after}&run={run}"));
    // Another run's number means nothing here.
    for query in queries.into_iter().chain(["?after=1&run=RUN_other".to_owned(), String::new()]) {
        let told = tap(&house, &query).await.until("left wang client_initiated").await;
        let all = ["opened ward", "joined li", "joined wang", "left wang client_initiated"];
        assert_eq!((said(&told), told[0].0), (all.to_vec(), 0), "{query}");
    }
}

#[tokio::test]
async fn a_tap_query_that_makes_no_sense_is_refused() {
    let house = House::start().await;
    let bearer = || Some(format!("Bearer {}", recorder().sign(&house.keys).unwrap()));
    for query in ["?after=-1", "?after=x", "?after=99999999999999999999"] {
        assert_eq!(open(&house, bearer(), query).await.err(), Some(400));
    }
    house.enter("ward", "li").await.settle().await;
}

#[tokio::test]
async fn people_see_what_the_recorder_says_of_their_room() {
    let house = House::start().await;
    let mut ear = tap(&house, "").await;
    let (mut li, joined) = house.join(Form::Json, &recorded("ward", "li")).await;
    let room = ear.until("joined li").await[0].1;
    let lamp = |lit: bool| {
        move |said| match said {
            Said::RoomUpdate(it) => it.room.filter(|it| it.active_recording == lit).map(|_| ()),
            _ => None,
        }
    };
    if !joined.room.unwrap().active_recording {
        li.first(lamp(true)).await;
    }
    for (said, lit) in [
        (format!(r#"{{"refused":[{room}]}}"#), false),
        (r#"{"refused":[999]}"#.to_owned(), true),
        (r#"{"refused":[],"stopped":true}"#.to_owned(), false),
        ("nonsense".to_owned(), false),
        (r#"{"refused":[],"stopped":false}"#.to_owned(), true),
    ] {
        ear.socket.send(Message::Text(said.clone().into())).await.unwrap();
        if said == "nonsense" {
            until("it is counted", || house.dropped("tap_unreadable") == 1).await;
            continue;
        }
        let told = tokio::time::timeout(std::time::Duration::from_secs(2), li.first(lamp(lit)));
        told.await.unwrap_or_else(|_| panic!("within 2 s after {said}"));
    }
    drop(ear);
    li.first(lamp(false)).await;
}
