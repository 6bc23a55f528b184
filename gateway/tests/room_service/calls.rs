//! Calls in both forms, their grants and errors, and what the people in the room are told.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use gateway::Config;
use livekit_protocol as lk;
use prost::Message as _;
use serde_json::json;
use session::{Purpose, VideoGrant};
use tokio::time::timeout;
use tower::ServiceExt as _;

use crate::stage::{House, LONG, Page, ROOM};

#[tokio::test]
async fn rooms_are_made_listed_changed_and_deleted_in_both_forms() {
    let house = House::start(Config::default()).await;
    let ask = json!({ "name": ROOM, "emptyTimeout": 60, "maxParticipants": 2, "metadata": "m" });
    let made = house.done("CreateRoom", ask).await;
    assert_eq!((&made["name"], &made["metadata"]), (&json!(ROOM), &json!("m")));
    let again = house.done("CreateRoom", json!({ "name": ROOM, "departure_timeout": 5 })).await;
    assert_eq!((&again["sid"], &again["emptyTimeout"]), (&made["sid"], &json!(60)));
    assert_eq!(again["departureTimeout"], 5);

    let ask = lk::ListRoomsRequest { names: vec![ROOM.into(), "other".into()] };
    let (token, form) = (house.server(), "application/protobuf");
    let (status, body) = house.post(&token, "ListRooms", form, ask.encode_to_vec()).await;
    let rooms = lk::ListRoomsResponse::decode(&body[..]).unwrap().rooms;
    assert_eq!((status, rooms.len()), (StatusCode::OK, 1));
    assert_eq!((rooms[0].name.as_str(), rooms[0].max_participants), (ROOM, 2));
    assert_eq!(house.done("ListRooms", json!({ "names": ["other"] })).await, json!({}));

    let changed = house.done("UpdateRoomMetadata", json!({ "room": ROOM, "metadata": "n" })).await;
    assert_eq!(changed["metadata"], "n");
    assert_eq!(house.done("DeleteRoom", json!({ "room": ROOM })).await, json!({}));
    let gone = house.fault("DeleteRoom", json!({ "room": ROOM })).await;
    assert_eq!(gone, (404, "not_found".into()));
    house.gateway.stop().await;
}

#[tokio::test]
async fn a_room_that_nobody_comes_to_ends_after_its_own_time() {
    let house = House::start(Config::default()).await;
    house.done("CreateRoom", json!({ "name": "short", "emptyTimeout": 1 })).await;
    house.done("CreateRoom", json!({ "name": "long", "emptyTimeout": 100 })).await;
    let open = || async {
        let rooms = house.done("ListRooms", json!({})).await;
        let names = rooms["rooms"].as_array().cloned().unwrap_or_default();
        names.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(open().await, ["short", "long"]);
    let ended = async {
        while open().await.len() > 1 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(LONG, ended).await.expect("the room ends");
    assert_eq!(open().await, ["long"]);
}

#[tokio::test]
async fn a_call_needs_its_grant() {
    let house = House::start(Config::default()).await;
    house.done("CreateRoom", json!({ "name": ROOM })).await;
    let none = || VideoGrant::default();
    let create = VideoGrant { room_create: true, ..none() };
    let list = VideoGrant { room_list: true, ..none() };
    let admin = |room: &str| VideoGrant { room_admin: true, room: room.into(), ..none() };
    let join = VideoGrant { room_join: true, room: ROOM.into(), ..none() };
    let cases = [
        ("CreateRoom", create.clone(), 200),
        ("CreateRoom", admin(ROOM), 403),
        ("DeleteRoom", admin(ROOM), 403),
        ("ListRooms", list.clone(), 200),
        ("ListRooms", create, 403),
        ("ListParticipants", admin(ROOM), 200),
        ("ListParticipants", admin("other"), 403),
        ("ListParticipants", list, 403),
        ("SendData", join, 403),
        ("UpdateRoomMetadata", admin(""), 403),
        ("RemoveParticipant", admin(ROOM), 404),
    ];
    for (method, video, expected) in cases {
        let token = house.token("server", video.clone());
        let (status, body) =
            house.json(&token, method, json!({ "room": ROOM, "name": ROOM })).await;
        assert_eq!(status.as_u16(), expected, "{method} with {video:?}: {body}");
    }
    let of = |purpose| house.token_of(purpose, "server", VideoGrant { room_list: true, ..none() });
    let (person, ticket) = (of(Purpose::Person), of(Purpose::Ticket));
    for token in ["", "no.such.token", &person, &ticket] {
        let (status, body) = house.json(token, "ListRooms", json!({})).await;
        assert_eq!((status.as_u16(), &body["code"]), (401, &json!("unauthenticated")));
    }
    let (status, _) = house.json(&of(Purpose::Service), "ListRooms", json!({})).await;
    assert_eq!(status.as_u16(), 200, "another room of the house");
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_in_twirps_words() {
    let house = House::start(Config { rooms_max: 1, ..Config::default() }).await;
    house.done("CreateRoom", json!({ "name": ROOM })).await;
    let long = "x".repeat(70_000);
    let cases = [
        ("CreateRoom", json!({ "name": "second" }), (429, "resource_exhausted")),
        ("CreateRoom", json!({ "name": "" }), (400, "invalid_argument")),
        ("CreateRoom", json!({ "name": ROOM, "roomPreset": "p" }), (501, "unimplemented")),
        ("CreateRoom", json!({ "name": ROOM, "metadata": long }), (400, "invalid_argument")),
        ("CreateRoom", json!({ "name": 7 }), (400, "malformed")),
        ("SendData", json!({ "room": "other" }), (403, "permission_denied")),
        ("GetParticipant", json!({ "room": ROOM, "identity": "x" }), (404, "not_found")),
        ("MoveParticipant", json!({ "room": ROOM }), (501, "unimplemented")),
        ("NoSuchCall", json!({}), (404, "bad_route")),
        ("ListRooms", json!({ "names": ["y".repeat(300_000)] }), (400, "invalid_argument")),
    ];
    for (method, ask, (status, code)) in cases {
        assert_eq!(house.fault(method, ask).await, (status, code.to_owned()), "{method}");
    }
    let (status, _) = house.post(&house.server(), "ListRooms", "text/plain", vec![]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let get = Request::get("/twirp/livekit.RoomService/ListRooms").body(Body::empty()).unwrap();
    let response = house.router.clone().oneshot(get).await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn people_are_listed_muted_described_and_removed() {
    let house = House::start(Config::default()).await;
    let at = house.serve().await;
    let (mut pupil, mut teacher) =
        (house.join(&at, "pupil").await, house.join(&at, "teacher").await);
    let room = json!({ "room": ROOM });
    let people = house.done("ListParticipants", room.clone()).await;
    assert_eq!(people["participants"].as_array().unwrap().len(), 2);

    let sid = pupil.announce().await;
    let mut ask = json!({ "room": ROOM, "identity": "pupil", "trackSid": sid, "muted": true });
    let muted = house.done("MutePublishedTrack", ask.clone()).await;
    assert_eq!(muted["track"]["muted"], true);
    assert_eq!(pupil.hear("mute").await, json!({ "sid": sid, "muted": true }));
    ask["muted"] = json!(false);
    let opened = house.fault("MutePublishedTrack", ask.clone()).await;
    assert_eq!(opened, (412, "failed_precondition".into()));
    ask["identity"] = json!("teacher");
    assert_eq!(house.fault("MutePublishedTrack", ask).await.0, 404);

    let permission = json!({ "canSubscribe": true, "canPublishData": true });
    let ask = json!({ "room": ROOM, "identity": "pupil", "name": "小王", "metadata": "seat 3",
        "attributes": { "hand": "1" }, "permission": permission });
    let told = house.done("UpdateParticipant", ask).await;
    assert_eq!((&told["name"], &told["attributes"]["hand"]), (&json!("小王"), &json!("1")));
    assert_eq!(told["permission"].get("canPublish"), None);
    let update = pupil.hear("update").await;
    assert_eq!(update["participants"][0]["metadata"], "seat 3");
    let track = json!({ "cid": "c2", "type": "AUDIO", "source": "MICROPHONE" });
    pupil.say(json!({ "addTrack": track })).await;
    assert_eq!(pupil.hear("requestResponse").await["reason"], "NOT_ALLOWED");

    house.done("UpdateRoomMetadata", json!({ "room": ROOM, "metadata": "page 2" })).await;
    assert_eq!(teacher.hear("roomUpdate").await["room"]["metadata"], "page 2");
    house.done("SendData", json!({ "room": ROOM, "data": "aGk=", "topic": "chat" })).await;

    house.done("RemoveParticipant", json!({ "room": ROOM, "identity": "pupil" })).await;
    let leave = pupil.hear("leave").await;
    assert_eq!(leave["reason"], "PARTICIPANT_REMOVED");
    pupil.ends().await;
    let people = house.done("ListParticipants", room.clone()).await;
    assert_eq!(people["participants"][0]["identity"], "teacher");
    let gone = json!({ "room": ROOM, "identity": "pupil" });
    assert_eq!(house.fault("GetParticipant", gone).await.0, 404);

    house.done("DeleteRoom", room.clone()).await;
    assert_eq!(teacher.hear("leave").await["reason"], "ROOM_DELETED");
    teacher.ends().await;
    assert_eq!(house.fault("ListParticipants", room).await.0, 404);
}

#[tokio::test]
async fn a_room_made_beforehand_is_joined_within_its_places() {
    let house = House::start(Config::default()).await;
    let at = house.serve().await;
    let made = house.done("CreateRoom", json!({ "name": ROOM, "maxParticipants": 1 })).await;
    let _page = house.join(&at, "one").await;
    let rooms = house.done("ListRooms", json!({})).await;
    assert_eq!(
        (&rooms["rooms"][0]["sid"], &rooms["rooms"][0]["numParticipants"]),
        (&made["sid"], &json!(1))
    );
    let video = VideoGrant { room: ROOM.into(), room_join: true, ..VideoGrant::default() };
    let url = format!("ws://{at}/rtc?access_token={}&frames=json", house.token("two", video));
    let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    assert_eq!(Page(socket).hear("leave").await["reason"], "JOIN_FAILURE");
}
