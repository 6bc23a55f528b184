//! Who is not booked any more is out of the room, and its tokens from before do not bring it back.

use axum::body::Body;
use axum::http::Request;
use livekit_protocol::DisconnectReason as Why;
use serde_json::{Value, json};
use session::AccessToken;
use tower::ServiceExt as _;

use crate::closing::{booked, call, sent_away};
use crate::house::{Form, House, head, now_s, print, sound};

fn withdrawn(identity: &str, until: u64) -> Value {
    json!({ "room": "ward", "people": [{ "identity": identity, "until": until }] })
}

#[tokio::test]
async fn who_is_inside_is_sent_away_and_comes_back_by_a_later_token_only() {
    let house = House::start().await;
    let mut li = house.join(Form::Json, &booked("li", 1_000, 1_900)).await.0;
    let mut wang = house.join(Form::Protobuf, &booked("wang", 1_000, 1_900)).await.0;
    let ask = withdrawn("wang", now_s());
    assert_eq!(call(&house, "WithdrawTokens", &ask, false).await, 403);
    assert_eq!(call(&house, "WithdrawTokens", &ask, true).await, 200);
    assert_eq!(sent_away(&mut wang).await, Why::ParticipantRemoved);
    let mut again = house.knock(Form::Json, &booked("wang", 1_000, 1_900)).await;
    assert_eq!(sent_away(&mut again).await, Why::ParticipantRemoved);
    assert_eq!(house.refused("removed"), 1);
    // Booked again, with a token from after; the same word said again does not concern it.
    let later = AccessToken { not_before_s: now_s() + 5, ..booked("wang", 1_000, 1_900) };
    let mut wang = house.join(Form::Json, &later).await.0;
    assert_eq!(call(&house, "WithdrawTokens", &ask, true).await, 200);
    wang.settle().await;
    li.settle().await;
    assert_eq!(house.metric("gateway_participants"), 2);
}

#[tokio::test]
async fn a_room_that_is_not_open_is_not_opened_by_a_withdrawn_token_nor_by_a_device_with_it() {
    let house = House::start().await;
    assert_eq!(call(&house, "WithdrawTokens", &withdrawn("li", now_s()), true).await, 200);
    let old = booked("li", 1_000, 1_900);
    let mut page = house.knock(Form::Json, &old).await;
    assert_eq!(sent_away(&mut page).await, Why::ParticipantRemoved);
    let head = head(&print()).replace("t=0 0", "t=0 0\r\na=group:BUNDLE 0");
    let sends = head + &sound("0") + "a=rtcp-mux\r\n";
    for (path, offer) in
        [("/whip/ward", sends.clone()), ("/whep/ward", sends.replace("sendonly", "recvonly"))]
    {
        let token = old.sign(&house.keys).unwrap();
        let request = Request::post(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/sdp")
            .body(Body::from(offer))
            .unwrap();
        assert_eq!(house.gateway.router().oneshot(request).await.unwrap().status(), 403, "{path}");
    }
    assert_eq!(house.metric("gateway_rooms"), 0);
    house.join(Form::Json, &booked("zhao", 1_000, 1_900)).await;
}

#[tokio::test]
async fn what_is_no_call_is_refused() {
    let house = House::start().await;
    let many: Vec<Value> =
        (0..257).map(|it| json!({ "identity": it.to_string(), "until": 1 })).collect();
    for ask in [
        json!({ "room": "", "people": [] }),
        json!({ "room": "ward" }),
        json!({ "room": "ward", "people": [{ "identity": "li" }] }),
        json!({ "room": "ward", "people": many }),
    ] {
        assert_eq!(call(&house, "WithdrawTokens", &ask, true).await, 400, "{ask:.80}");
    }
}
