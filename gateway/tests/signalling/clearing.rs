//! The scheduler clears a room for media and a recording, and takes that back.

use axum::body::Body;
use axum::http::Request;
use livekit_protocol as lk;
use lk::request_response::Reason;
use lk::signal_response::Message as Said;
use serde_json::{Value, json};
use session::{AccessToken, Clearance};
use tower::ServiceExt as _;

use crate::closing::call;
use crate::house::{Client, Form, House, head, now_s, print, recorded, sound};

/// A token of a session that is to be recorded, as it is cleared in this version.
pub(crate) fn cleared(identity: &str, version: u64, media: bool, recording: bool) -> AccessToken {
    let mut token = recorded("ward", identity);
    let own = token.own.get_or_insert_default();
    own.clearance = Some(Clearance { version, media, recording });
    token
}

pub(crate) fn ask(version: u64, media: bool, recording: bool) -> Value {
    let clearance = json!({ "version": version, "media": media, "recording": recording });
    json!({ "room": "ward", "clearance": clearance })
}

/// What the room's metadata say of its clearance.
fn of(metadata: &str) -> Value {
    serde_json::from_str::<Value>(metadata).unwrap()["clearance"].clone()
}

/// What servers read of the room's clearance.
async fn listed(house: &House) -> Value {
    let mut server = AccessToken::for_service("scheduler", now_s(), 60);
    server.video.room_list = true;
    let request = Request::post("/twirp/livekit.RoomService/ListRooms")
        .header("authorization", format!("Bearer {}", server.sign(&house.keys).unwrap()))
        .header("content-type", "application/json")
        .body(Body::from("{}"))
        .unwrap();
    let answer = house.gateway.router().oneshot(request).await.unwrap();
    let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
    let rooms: Value = serde_json::from_slice(&body).unwrap();
    of(rooms["rooms"][0]["metadata"].as_str().unwrap())
}

/// Waits until somebody is told whether it may publish.
async fn permitted(client: &mut Client, identity: &str, may: bool) {
    client
        .first(|said| {
            let Said::Update(update) = said else { return None };
            let mut people = update.participants.into_iter();
            let me = people.find(|it| it.identity == identity)?;
            me.permission.filter(|it| it.can_publish == may).map(drop)
        })
        .await;
}

/// Waits for the next clearance that the room's people are told.
async fn told(client: &mut Client) -> Value {
    let room = client.first(|said| if let Said::RoomUpdate(it) = said { it.room } else { None });
    of(&room.await.metadata)
}

#[tokio::test]
async fn people_wait_until_the_scheduler_clears_their_room_and_send_until_it_withdraws_that() {
    let house = House::with(|config| config.shards = 2).await;
    let (mut li, joined) = house.join(Form::Json, &cleared("li", 1, false, false)).await;
    let waiting = json!({ "version": 1, "media": false, "recording": false });
    assert_eq!(of(&joined.room.unwrap().metadata), waiting);
    assert!(!joined.participant.unwrap().permission.unwrap().can_publish);
    li.announce("voice", lk::TrackSource::Microphone).await;
    assert_eq!(li.refusal().await, Reason::NotAllowed);
    assert_eq!(call(&house, "SetClearance", &ask(2, true, false), false).await, 403);
    assert_eq!(listed(&house).await, waiting);
    assert_eq!(call(&house, "SetClearance", &ask(2, true, false), true).await, 200);
    permitted(&mut li, "li", true).await;
    assert_eq!(told(&mut li).await["media"], json!(true));
    li.publish("voice", &print()).await;
    // Neither an old word nor an old token changes anything.
    assert_eq!(call(&house, "SetClearance", &ask(1, false, false), true).await, 200);
    house.join(Form::Protobuf, &cleared("wang", 1, false, false)).await;
    assert_eq!(listed(&house).await["version"], json!(2));
    assert_eq!(call(&house, "SetClearance", &ask(3, false, false), true).await, 200);
    li.first(|said| matches!(said, Said::TrackUnpublished(_)).then_some(())).await;
    permitted(&mut li, "li", false).await;
    assert_eq!(listed(&house).await, json!({ "version": 3, "media": false, "recording": false }));
}

#[tokio::test]
async fn a_room_that_is_not_open_is_not_opened_to_what_was_withdrawn_in_any_shard() {
    let house = House::with(|config| config.shards = 4).await;
    assert_eq!(call(&house, "SetClearance", &ask(3, false, false), true).await, 200);
    let offer = head(&print()).replace("t=0 0", "t=0 0\r\na=group:BUNDLE 0");
    let offer = offer + &sound("0") + "a=rtcp-mux\r\n";
    let token = cleared("camera", 2, true, true).sign(&house.keys).unwrap();
    let request = Request::post("/whip/ward")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/sdp")
        .body(Body::from(offer))
        .unwrap();
    let answer = house.gateway.router().oneshot(request).await.unwrap();
    let (status, retry) = (answer.status(), answer.headers()["retry-after"].clone());
    let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
    let problem: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status.as_u16(), &problem["type"]), (403, &json!("/problems/not-cleared")));
    assert_eq!(retry, "30");
    let (_li, joined) = house.join(Form::Json, &cleared("li", 2, true, true)).await;
    assert_eq!(of(&joined.room.unwrap().metadata)["version"], json!(3));
    assert!(!joined.participant.unwrap().permission.unwrap().can_publish);
}

#[tokio::test]
async fn what_is_no_call_is_refused() {
    let house = House::start().await;
    for ask in [
        json!({ "room": "", "clearance": {} }),
        json!({ "room": "x".repeat(257), "clearance": {} }),
        json!({ "room": "ward" }),
        json!({ "room": "ward", "clearance": { "version": -1 } }),
        json!({ "room": "ward", "clearance": { "version": 1, "media": "yes" } }),
    ] {
        assert_eq!(call(&house, "SetClearance", &ask, true).await, 400, "{ask:.80}");
    }
}
