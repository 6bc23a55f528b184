//! Rooms over shards, as servers see and bound them.

use serde_json::{Value, json};
use session::VideoGrant;

use crate::house::{House, token, until};
use crate::rooms_of;

/// What a server is answered.
async fn call(house: &House, method: &str, body: Value) -> (u16, Value) {
    let mut server = token("", "server");
    server.video = VideoGrant { room_create: true, room_list: true, ..VideoGrant::default() };
    let request = axum::http::Request::post(format!("/twirp/shanqiao.RoomService/{method}"))
        .header("authorization", format!("Bearer {}", server.sign(&house.keys).unwrap()))
        .header("content-type", "application/json");
    let request = request.body(axum::body::Body::from(body.to_string())).unwrap();
    let answer = tower::ServiceExt::oneshot(house.gateway.router(), request).await.unwrap();
    let status = answer.status().as_u16();
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

async fn names(house: &House) -> Vec<String> {
    let (status, answer) = call(house, "ListRooms", json!({})).await;
    assert_eq!(status, 200);
    let rooms = answer["rooms"].as_array().cloned().unwrap_or_default();
    rooms.iter().map(|room| room["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn two_hundred_rooms_are_spread_over_four_shards_and_the_bound_is_one_for_all() {
    let house = House::with(|config| (config.shards, config.rooms_max) = (4, 200)).await;
    for room in 0..200 {
        let (status, _) = call(&house, "CreateRoom", json!({ "name": format!("{room:03}") })).await;
        assert_eq!(status, 200);
    }
    assert_eq!((0..4).map(|shard| rooms_of(&house, shard)).collect::<Vec<_>>(), [50; 4]);
    let mut listed = names(&house).await;
    listed.sort();
    let all: Vec<String> = (0..200).map(|room| format!("{room:03}")).collect();
    assert_eq!(listed, all);
    let more = || call(&house, "CreateRoom", json!({ "name": "one more" }));
    assert_eq!((more().await.0, house.dropped("rooms_full")), (429, 1));
    for room in 0..100 {
        let (status, _) = call(&house, "DeleteRoom", json!({ "room": format!("{room:03}") })).await;
        assert_eq!(status, 200);
    }
    assert_eq!((names(&house).await.len(), house.metric("gateway_rooms")), (100, 100));
    assert_eq!(more().await.0, 200);
    until("it is counted", || house.metric("gateway_rooms") == 101).await;
}

#[tokio::test]
async fn a_room_that_was_closed_is_closed_for_old_tokens_in_every_shard() {
    let house = House::with(|config| config.shards = 4).await;
    let now_s = crate::house::now_s();
    // Closed while it was open, and closed before anybody came.
    let _inside = house.enter("open", "li").await;
    for room in ["open", "never"] {
        let closing = json!({ "room": room, "ends": now_s - 1, "closes": now_s - 1 });
        assert_eq!(call(&house, "SetClosing", closing).await.0, 200);
    }
    until("it is over", || house.metric("gateway_rooms") == 0).await;
    // What is opened meanwhile makes another shard the next to be chosen.
    for room in 0..5 {
        assert_eq!(call(&house, "CreateRoom", json!({ "name": room.to_string() })).await.0, 200);
        for old in ["open", "never"] {
            let mut token = token(old, "li");
            token.own = Some(session::Own { closes_s: Some(now_s + 600), ..Default::default() });
            token.not_before_s = now_s - 60;
            let mut client = house.knock(crate::house::Form::Json, &token).await;
            assert!(matches!(
                client.next().await,
                livekit_protocol::signal_response::Message::Leave(_)
            ));
        }
    }
    assert_eq!(house.refused("closed"), 10);
}

#[tokio::test]
async fn more_shards_than_can_be_are_refused_with_what_to_set() {
    let config = gateway::Config { media_port: 0, shards: 65, ..gateway::Config::default() };
    let keys = session::Keys::new(
        "test",
        "a secret that is long enough for HS256",
        "a root that nobody is given, long enough",
    );
    let refused = gateway::Gateway::start(config, keys.unwrap()).await.unwrap_err().to_string();
    assert!(refused.contains("--shards") && refused.contains("64"), "{refused}");
}
