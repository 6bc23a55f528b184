//! The end of a booked room: told, kept to, and not undone by an old token.

use axum::body::Body;
use axum::http::Request;
use livekit_protocol as lk;
use lk::DisconnectReason as Why;
use lk::signal_response::Message as Said;
use serde_json::{Value, json};
use session::{AccessToken, Own};
use tower::ServiceExt as _;

use crate::house::{Client, Form, House, head, now_s, print, sound, token};

/// A token of a booking that ends, and whose room closes, so many seconds from now.
pub(crate) fn booked(identity: &str, ends_s: u64, closes_s: u64) -> AccessToken {
    let (ends_s, closes_s) = (Some(now_s() + ends_s), Some(now_s() + closes_s));
    let own = Own { session: Some("ward".to_owned()), ends_s, closes_s, ..Own::default() };
    let mut token =
        AccessToken { own: Some(own), not_before_s: now_s() - 5, ..token("ward", identity) };
    token.video.room_admin = identity == "li";
    token
}

/// The scheduler's call; answers the status.
async fn set_closing(house: &House, ask: &Value, may: bool) -> u16 {
    call(house, "SetClosing", ask, may).await
}

/// A call of our own; answers the status.
pub(crate) async fn call(house: &House, method: &str, ask: &Value, may: bool) -> u16 {
    let mut server = AccessToken::for_service("scheduler", now_s(), 60);
    server.video.room_create = may;
    let request = Request::post(format!("/twirp/shanqiao.RoomService/{method}"))
        .header("authorization", format!("Bearer {}", server.sign(&house.keys).unwrap()))
        .header("content-type", "application/json")
        .body(Body::from(ask.to_string()))
        .unwrap();
    house.gateway.router().oneshot(request).await.unwrap().status().as_u16()
}

fn closes(room: &lk::Room) -> Value {
    let about: Value = serde_json::from_str(&room.metadata).unwrap();
    json!([about["closes"], about["why"]])
}

/// What the page is told next of when its room closes.
async fn told(client: &mut Client) -> Value {
    client
        .first(|said| if let Said::RoomUpdate(it) = said { it.room } else { None })
        .await
        .metadata
        .parse()
        .unwrap()
}

/// Why the page was sent away for good.
pub(crate) async fn sent_away(client: &mut Client) -> Why {
    let leave = client.first(|said| if let Said::Leave(it) = said { Some(it) } else { None }).await;
    assert_eq!(leave.action(), lk::leave_request::Action::Disconnect);
    leave.reason()
}

#[tokio::test]
async fn a_room_closes_at_its_time_and_its_tokens_with_it() {
    let house = House::start().await;
    let short = booked("li", 0, 3);
    let (mut li, joined) = house.join(Form::Json, &short).await;
    assert_eq!(
        closes(&joined.room.unwrap()),
        json!([short.own.as_ref().unwrap().closes_s, "ended"])
    );
    // A room that no booking has made lives on.
    let mut other = house.enter("other", "zhao").await;
    assert_eq!(sent_away(&mut li).await, Why::RoomClosed);
    other.settle().await;
    assert_eq!(house.metric("gateway_rooms"), 1);
    let refused = house.open(Form::Json, &short.sign(&house.keys).unwrap(), "").await;
    assert_eq!(refused.err(), Some(403));
    assert_eq!(house.refused("closed"), 1);
}

#[tokio::test]
async fn a_token_is_not_renewed_beyond_the_end_of_its_room() {
    let house = House::with(|config| config.renew_token_s = 1).await;
    for (token, latest_s) in [(booked("li", 20, 30), 30), (token("plain", "wang"), 3_600)] {
        let before_s = now_s();
        let mut client = house.join(Form::Json, &token).await.0;
        let text = client
            .first(|said| if let Said::RefreshToken(it) = said { Some(it) } else { None })
            .await;
        let renewed = AccessToken::read(&text, &house.keys, now_s()).unwrap();
        assert!(renewed.expires_s <= before_s + latest_s + 1, "{} {before_s}", renewed.expires_s);
        assert!(renewed.expires_s > now_s());
    }
}

#[tokio::test]
async fn a_cancelled_room_is_told_closed_and_stays_closed_to_old_tokens() {
    let house = House::start().await;
    let mut li = house.join(Form::Json, &booked("li", 1_000, 1_900)).await.0;
    let mut wang = house.join(Form::Protobuf, &booked("wang", 1_000, 1_900)).await.0;
    let (ends, closes) = (now_s() + 1_000, now_s() + 6);
    let ask = json!({ "room": "ward", "ends": ends, "closes": closes, "why": "cancelled" });
    assert_eq!(set_closing(&house, &ask, false).await, 403);
    assert_eq!(set_closing(&house, &ask, true).await, 200);
    for client in [&mut li, &mut wang] {
        // Two tokens of one booking may lie a second apart, and the later end is told then.
        let mut about = told(client).await;
        while about["why"] == json!("ended") {
            about = told(client).await;
        }
        assert_eq!((&about["closes"], &about["why"]), (&json!(closes), &json!("cancelled")));
    }
    // Said again it is not put off, nobody new comes in, and who was inside may come back.
    let again = json!({ "room": "ward", "ends": ends, "closes": closes + 60, "why": "cancelled" });
    assert_eq!(set_closing(&house, &again, true).await, 200);
    let mut late = house.knock(Form::Json, &booked("zhao", 1_000, 1_900)).await;
    assert_eq!(sent_away(&mut late).await, Why::RoomDeleted);
    let mut wang = house.join(Form::Json, &booked("wang", 1_000, 1_900)).await.0;
    for client in [&mut li, &mut wang] {
        assert_eq!(sent_away(client).await, Why::RoomDeleted);
    }
    let old = AccessToken { not_before_s: closes - 1, ..booked("li", 1_000, 1_900) };
    let mut old = house.knock(Form::Json, &old).await;
    assert_eq!(sent_away(&mut old).await, Why::RoomDeleted);
    assert_eq!(house.metric("gateway_rooms"), 0);
    assert_eq!(house.refused("closed"), 2);
    // Whom the scheduler has given a token since then may come in.
    let new = AccessToken { not_before_s: now_s() + 5, ..booked("li", 1_000, 1_900) };
    house.join(Form::Json, &new).await;
}

#[tokio::test]
async fn a_room_that_is_not_open_is_closed_to_the_tokens_of_its_cancelled_booking() {
    let house = House::start().await;
    let ask = json!({ "room": "ward", "ends": now_s() + 1_000, "closes": now_s() + 60, "why": "cancelled" });
    assert_eq!(set_closing(&house, &ask, true).await, 200);
    let mut late = house.knock(Form::Json, &booked("li", 1_000, 1_900)).await;
    assert_eq!(sent_away(&mut late).await, Why::RoomDeleted);
    // The booking holds after all.
    let ask = json!({ "room": "ward", "ends": now_s() + 1_000, "closes": now_s() + 1_900 });
    assert_eq!(set_closing(&house, &ask, true).await, 200);
    house.join(Form::Json, &booked("li", 1_000, 1_900)).await;
}

#[tokio::test]
async fn devices_and_screens_are_kept_out_as_well() {
    let house = House::start().await;
    let over = booked("li", 0, 0).sign(&house.keys).unwrap();
    let old = booked("li", 1_000, 1_900).sign(&house.keys).unwrap();
    let ask = json!({ "room": "ward", "ends": now_s() + 1_000, "closes": now_s() + 60, "why": "cancelled" });
    assert_eq!(set_closing(&house, &ask, true).await, 200);
    let head = head(&print()).replace("t=0 0", "t=0 0\r\na=group:BUNDLE 0");
    let sends = head + &sound("0") + "a=rtcp-mux\r\n";
    for (path, offer) in
        [("/whip/ward", sends.clone()), ("/whep/ward", sends.replace("sendonly", "recvonly"))]
    {
        for (token, problem) in [(&over, "/problems/not-admitted"), (&old, "/problems/room-closed")]
        {
            let request = Request::post(path)
                .header("authorization", format!("Bearer {token}"))
                .header("content-type", "application/sdp")
                .body(Body::from(offer.clone()))
                .unwrap();
            let answer = house.gateway.router().oneshot(request).await.unwrap();
            let status = answer.status();
            let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((status.as_u16(), &body["type"]), (403, &json!(problem)), "{path}: {body}");
        }
    }
    assert_eq!(house.metric("gateway_rooms"), 0);
}

#[tokio::test]
async fn a_booking_that_moves_takes_its_room_along() {
    let house = House::start().await;
    let (mut li, _) = house.join(Form::Json, &booked("li", 1_000, 1_900)).await;
    let (ends, closes) = (now_s() + 4_000, now_s() + 4_900);
    let ask = json!({ "room": "ward", "ends": ends, "closes": closes });
    assert_eq!(set_closing(&house, &ask, true).await, 200);
    assert_eq!(told(&mut li).await["closes"], json!(closes));
    // An older token does not take that back; who comes is told what holds.
    let older = AccessToken { not_before_s: now_s() - 60, ..booked("wang", 1_000, 1_900) };
    let (_, joined) = house.join(Form::Json, &older).await;
    assert_eq!(self::closes(&joined.room.unwrap()), json!([closes, "ended"]));
}

#[tokio::test]
async fn a_room_of_a_session_that_moved_to_another_time_is_told_and_closes_to_its_tokens() {
    let house = House::start().await;
    let mut li = house.join(Form::Json, &booked("li", 1_000, 1_900)).await.0;
    let (ends, closes) = (now_s() + 90_000, now_s() + 2);
    let ask = json!({ "room": "ward", "ends": ends, "closes": closes, "why": "moved" });
    assert_eq!(set_closing(&house, &ask, true).await, 200);
    let about = told(&mut li).await;
    assert_eq!(
        json!([about["ends"], about["closes"], about["why"]]),
        json!([ends, closes, "moved"])
    );
    assert_eq!(sent_away(&mut li).await, Why::RoomDeleted);
    let mut old = house.knock(Form::Json, &booked("li", 1_000, 1_900)).await;
    assert_eq!(sent_away(&mut old).await, Why::RoomDeleted);
    let new = AccessToken { not_before_s: now_s() + 5, ..booked("li", 90_000, 90_900) };
    house.join(Form::Json, &new).await;
}

#[tokio::test]
async fn a_terminal_that_stays_on_closes_soon_after_the_booked_end() {
    let house = House::with(|config| config.unled_s = 2).await;
    let mut teacher = house.join(Form::Json, &booked("li", 2, 1_000)).await.0;
    let mut terminal = house.join(Form::Json, &booked("class-a", 2, 1_000)).await.0;
    let began_s = now_s();
    teacher.say(lk::signal_request::Message::Leave(lk::LeaveRequest::default())).await;
    let about = told(&mut terminal).await;
    assert!(about["closes"].as_u64().unwrap() <= began_s + 5, "{about}");
    assert_eq!(sent_away(&mut terminal).await, Why::RoomClosed);
    assert!(now_s() >= began_s + 3, "it has the time that it was told");
}

#[tokio::test]
async fn what_is_no_call_is_refused_in_words() {
    let house = House::start().await;
    for ask in [
        json!({}),
        json!({ "room": "", "ends": 1, "closes": 1 }),
        json!({ "room": "ward", "ends": -1, "closes": 1 }),
        json!({ "room": "ward", "ends": 1, "closes": 1, "why": "because" }),
    ] {
        assert_eq!(set_closing(&house, &ask, true).await, 400, "{ask}");
    }
}
