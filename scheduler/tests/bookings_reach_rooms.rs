//! A booking that is cancelled or over reaches the room: by a word at once, and by looking again and again.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::county::{County, NOW_S, answer, consultation, keys, tomorrow};
use crate::paired::{paired, terminal_in};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Json, Router, routing::post};
use reqwest::Method;
use scheduler::Config;
use serde_json::{Value, json};
use session::AccessToken;
use tokio::sync::mpsc;

/// Tomorrow 09:00 in the county.
const START_S: u64 = NOW_S + 25 * 3600;
const LONG: Duration = Duration::from_secs(20);

/// What stands for the gateway: the rooms that it has open, and what it is told.
#[derive(Clone)]
struct Peer {
    rooms: Arc<Mutex<Value>>,
    answer: Arc<Mutex<StatusCode>>,
    now_s: Arc<AtomicU64>,
    /// How often it was asked for its rooms.
    looks: Arc<AtomicU64>,
    calls: mpsc::UnboundedSender<Value>,
}

async fn call(
    State(peer): State<Peer>,
    Path(method): Path<String>,
    headers: HeaderMap,
    Json(ask): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let bearer = headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap();
    let token = AccessToken::read(bearer, &keys(), peer.now_s.load(Ordering::Relaxed)).unwrap();
    assert!(token.is_service() && token.video.room_list && token.video.room_create);
    let status = *peer.answer.lock().unwrap();
    if method == "ListRooms" {
        peer.looks.fetch_add(1, Ordering::Relaxed);
        return (status, Json(json!({ "rooms": *peer.rooms.lock().unwrap() })));
    }
    match method.as_str() {
        "SetClosing" => peer.calls.send(ask).unwrap(),
        "WithdrawTokens" => peer.calls.send(json!({ "withdrawn": ask })).unwrap(),
        other => panic!("{other}"),
    }
    (status, Json(json!({})))
}

/// A county whose scheduler looks every second, the gateway's stand-in, and its calls.
async fn county(look_s: u64) -> (County, Peer, mpsc::UnboundedReceiver<Value>) {
    let (calls, called) = mpsc::unbounded_channel();
    let rooms = Arc::new(Mutex::new(json!([])));
    let (now_s, looks) = (Arc::new(AtomicU64::new(START_S)), Arc::default());
    let peer = Peer { rooms, answer: Arc::new(Mutex::new(StatusCode::OK)), now_s, looks, calls };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway_url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/twirp/shanqiao.RoomService/{method}", post(call))
        .with_state(peer.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let config = Config { gateway_url, gateway_look_s: look_s, ..Config::default() };
    let county = County::start_with(config).await;
    county.set_clock(START_S);
    (county, peer, called)
}

async fn next(calls: &mut mpsc::UnboundedReceiver<Value>) -> Value {
    let told = tokio::time::timeout(LONG, calls.recv()).await;
    told.unwrap().unwrap()
}

async fn booked(county: &County) -> String {
    county.set_clock(NOW_S);
    let (status, session) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    county.set_clock(START_S);
    session["id"].as_str().unwrap().to_owned()
}

async fn cancel(county: &County, id: &str) {
    let path = format!("/api/v1/sessions/{id}/cancel");
    let (status, body) = county.post("scheduler", &path, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

/// The clock of both sides: tokens of calls are read by it.
fn set_clock(county: &County, peer: &Peer, seconds: u64) {
    county.set_clock(seconds);
    peer.now_s.store(seconds, Ordering::Relaxed);
}

fn room(name: &str, about: &Value) -> Value {
    json!({ "name": name, "metadata": about.to_string() })
}

const ENDS_S: u64 = START_S + 1_800;

fn cancelled(id: &str) -> Value {
    json!({ "room": id, "ends": ENDS_S, "closes": START_S + 60, "why": "cancelled" })
}

#[tokio::test]
async fn a_cancellation_is_told_at_once() {
    let (county, _, mut calls) = county(3_600).await;
    let id = booked(&county).await;
    cancel(&county, &id).await;
    assert_eq!(next(&mut calls).await, cancelled(&id));
    county.stop().await;
}

#[tokio::test]
async fn open_rooms_are_held_against_their_bookings() {
    let (county, peer, mut calls) = county(1).await;
    let (kept, gone) = (booked(&county).await, uuid());
    // Its people know; a stranger's room and one of no booking are none of ours.
    let known = json!({ "title": "t", "ends": ENDS_S, "closes": ENDS_S + 900, "why": "ended" });
    let told_early = json!({ "ends": ENDS_S - 600, "closes": ENDS_S + 300, "why": "ended" });
    let rooms = [room(&kept, &known), room("plain", &json!({})), room(&gone, &json!({}))];
    *peer.rooms.lock().unwrap() = json!(rooms);
    while peer.looks.load(Ordering::Relaxed) < 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(calls.try_recv().is_err());
    // A booking that has moved, and one whose room knows nothing: a gateway without our tokens' claim, or other metadata.
    for about in [told_early, json!({}), json!("a server's own words")] {
        *peer.rooms.lock().unwrap() = json!([room(&kept, &about)]);
        let ended = json!({ "room": kept, "ends": ENDS_S, "closes": ENDS_S + 900, "why": "ended" });
        assert_eq!(next(&mut calls).await, ended);
    }
    // The word of its cancellation was lost.
    *peer.rooms.lock().unwrap() = json!([]);
    cancel(&county, &kept).await;
    while next(&mut calls).await != cancelled(&kept) {}
    *peer.rooms.lock().unwrap() = json!([room(&kept, &known)]);
    assert_eq!(next(&mut calls).await, cancelled(&kept));
    county.stop().await;
}

#[tokio::test]
async fn a_room_beyond_its_time_gets_a_minute() {
    let (county, peer, mut calls) = county(1).await;
    let id = booked(&county).await;
    county.set_clock(ENDS_S + 3_600);
    peer.now_s.store(ENDS_S + 3_600, Ordering::Relaxed);
    *peer.rooms.lock().unwrap() = json!([room(&id, &json!({}))]);
    let ended = json!({ "room": id, "ends": ENDS_S, "closes": ENDS_S + 3_660, "why": "ended" });
    assert_eq!(next(&mut calls).await, ended);
    county.stop().await;
}

#[tokio::test]
async fn a_room_that_hides_what_it_was_told_is_not_put_off() {
    let (county, peer, mut calls) = county(1).await;
    let id = booked(&county).await;
    county.set_clock(ENDS_S + 3_600);
    peer.now_s.store(ENDS_S + 3_600, Ordering::Relaxed);
    *peer.rooms.lock().unwrap() = json!([room(&id, &json!("a server's own words"))]);
    let first = next(&mut calls).await;
    county.set_clock(ENDS_S + 3_650);
    peer.now_s.store(ENDS_S + 3_650, Ordering::Relaxed);
    assert_eq!((next(&mut calls).await, next(&mut calls).await), (first.clone(), first));
    county.stop().await;
}

#[tokio::test]
async fn a_gateway_that_is_away_holds_nobody_up_and_is_told_later() {
    let (county, peer, mut calls) = county(1).await;
    let id = booked(&county).await;
    *peer.answer.lock().unwrap() = StatusCode::SERVICE_UNAVAILABLE;
    cancel(&county, &id).await;
    next(&mut calls).await;
    next(&mut calls).await;
    assert!(county.scheduler.metrics().contains("gateway_calls_total{answered=\"no\"}"));
    *peer.answer.lock().unwrap() = StatusCode::OK;
    next(&mut calls).await;
    while !county.scheduler.metrics().contains("gateway_calls_total{answered=\"yes\"}") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    county.stop().await;
}

#[tokio::test]
async fn without_a_gateway_bookings_are_made_all_the_same() {
    // A port that nobody listens on.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gateway_url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let county = County::start_with(Config { gateway_url, ..Config::default() }).await;
    let id = booked(&county).await;
    // More than wait to be told.
    for _ in 0..200 {
        cancel(&county, &id).await;
    }
    county.stop().await;
}

#[tokio::test]
async fn a_room_token_tells_when_the_room_closes() {
    let (county, _, _calls) = county(3_600).await;
    let id = booked(&county).await;
    let path = format!("/api/v1/sessions/{id}/join");
    let (_, pass) = county.post("dr-chen", &path, &json!({})).await;
    let token = AccessToken::read(pass["token"].as_str().unwrap(), &keys(), START_S).unwrap();
    let own = token.own.unwrap();
    assert_eq!((own.ends_s, own.closes_s), (Some(ENDS_S), Some(ENDS_S + 900)));
    assert!(token.expires_s <= ENDS_S + 900);
    county.stop().await;
}

#[tokio::test]
async fn who_leads_ends_the_room_for_all_at_once() {
    let (county, _, mut calls) = county(3_600).await;
    let id = booked(&county).await;
    let (status, _) =
        county.post("dr-chen", &format!("/api/v1/sessions/{id}/end"), &json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let ended = json!({ "room": id, "ends": START_S, "closes": START_S, "why": "ended" });
    assert_eq!(next(&mut calls).await, ended);
    county.stop().await;
}

async fn change(county: &County, id: &str, wish: &Value) -> Value {
    let path = format!("/api/v1/sessions/{id}");
    let request = county.by("scheduler", Method::PATCH, &path).header("If-Match", "*").json(wish);
    let (status, session) = answer(request).await;
    assert_eq!(status, StatusCode::OK, "{session}");
    session
}

fn parts(specialist: &str) -> Value {
    json!([
        { "personId": specialist, "role": "specialist" },
        { "personId": "dr-zhao", "role": "village_doctor" },
    ])
}

#[tokio::test]
async fn a_running_room_is_told_its_new_end() {
    let (county, peer, mut calls) = county(3_600).await;
    let id = booked(&county).await;
    set_clock(&county, &peer, START_S + 600);
    for (hour, minute, ends_s) in [(10, 0, START_S + 3_600), (9, 11, START_S + 660)] {
        change(&county, &id, &json!({ "endsAt": tomorrow(hour, minute) })).await;
        let ended = json!({ "room": id, "ends": ends_s, "closes": ends_s + 900, "why": "ended" });
        assert_eq!(next(&mut calls).await, ended);
    }
    county.stop().await;
}

#[tokio::test]
async fn a_room_whose_session_moves_to_another_time_closes_and_a_session_of_that_time_has_its_room()
{
    let (county, peer, mut calls) = county(1).await;
    let id = booked(&county).await;
    set_clock(&county, &peer, START_S - 600);
    let (start, end) = (tomorrow(14, 0), tomorrow(14, 30));
    change(&county, &id, &json!({ "startsAt": start, "endsAt": end })).await;
    let ends_s = START_S + 5 * 3_600 + 1_800;
    let moved = json!({ "room": id, "ends": ends_s, "closes": START_S - 540, "why": "moved" });
    assert_eq!(next(&mut calls).await, moved);
    // A room that knows is told no more; one that an old token has opened is.
    let known = json!({ "ends": ends_s, "closes": START_S - 540, "why": "moved" });
    *peer.rooms.lock().unwrap() = json!([room(&id, &known)]);
    let looks = peer.looks.load(Ordering::Relaxed);
    while peer.looks.load(Ordering::Relaxed) < looks + 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(calls.try_recv().is_err());
    let old = json!({ "ends": ENDS_S, "closes": ENDS_S + 900, "why": "ended" });
    *peer.rooms.lock().unwrap() = json!([room(&id, &old)]);
    assert_eq!(next(&mut calls).await, moved);
    *peer.rooms.lock().unwrap() = json!([]);
    // Its own time has come.
    set_clock(&county, &peer, ends_s - 1_800 - 900);
    let path = format!("/api/v1/sessions/{id}/join");
    let (status, _) = county.post("dr-chen", &path, &json!({})).await;
    assert_eq!(status, StatusCode::OK);
    county.stop().await;
}

#[tokio::test]
async fn who_is_taken_out_of_a_running_session_is_told_to_the_gateway_at_once_and_again() {
    let (county, peer, mut calls) = county(1).await;
    let id = booked(&county).await;
    set_clock(&county, &peer, START_S + 600);
    change(&county, &id, &json!({ "participants": parts("dr-wang") })).await;
    let ended = json!({ "room": id, "ends": ENDS_S, "closes": ENDS_S + 900, "why": "ended" });
    assert_eq!(next(&mut calls).await, ended);
    let people = json!([{ "identity": "dr-chen", "until": START_S + 600 }]);
    let withdrawn = json!({ "withdrawn": { "room": id, "people": people } });
    assert_eq!(next(&mut calls).await, withdrawn);
    // A gateway that was started anew is told when the room is open.
    let known = json!({ "ends": ENDS_S, "closes": ENDS_S + 900, "why": "ended" });
    *peer.rooms.lock().unwrap() = json!([room(&id, &known)]);
    assert_eq!(next(&mut calls).await, withdrawn);
    let path = format!("/api/v1/sessions/{id}/join");
    assert_eq!(county.post("dr-chen", &path, &json!({})).await.0, StatusCode::FORBIDDEN);
    assert_eq!(county.post("dr-wang", &path, &json!({})).await.0, StatusCode::OK);
    county.stop().await;
}

#[tokio::test]
async fn a_guest_whose_ticket_is_revoked_is_told_to_the_gateway_at_once_and_again() {
    let (county, peer, mut calls) = county(1).await;
    let id = booked(&county).await;
    set_clock(&county, &peer, START_S + 60);
    let guests = format!("/api/v1/sessions/{id}/guests");
    let wish = json!({ "name": "王大爷", "role": "patient" });
    let (_, unused) = county.post("dr-zhao", &guests, &wish).await;
    let (_, made) = county.post("dr-zhao", &guests, &wish).await;
    let join = county.bare(Method::POST, "/api/v1/guest/join");
    let join = join.header("cookie", format!("shanqiao_guest={}", "A".repeat(43)));
    let (status, pass) = answer(join.json(&json!({ "once": made["once"] }))).await;
    assert_eq!(status, StatusCode::OK, "{pass}");
    set_clock(&county, &peer, START_S + 600);
    for guest in [&unused["guest"], &made["guest"]] {
        let path = format!("{guests}/{}", guest["id"].as_str().unwrap());
        assert_eq!(answer(county.by("dr-zhao", Method::DELETE, &path)).await.0, StatusCode::OK);
    }
    let identity = format!("guest-{}", made["guest"]["id"].as_str().unwrap());
    let people = json!([{ "identity": identity, "until": START_S + 600 }]);
    let withdrawn = json!({ "withdrawn": { "room": id, "people": people } });
    // Who never came in is nobody there.
    while next(&mut calls).await != withdrawn {}
    let known = json!({ "ends": ENDS_S, "closes": ENDS_S + 900, "why": "ended" });
    *peer.rooms.lock().unwrap() = json!([room(&id, &known)]);
    while next(&mut calls).await != withdrawn {}
    county.stop().await;
}

#[tokio::test]
async fn a_device_that_is_revoked_or_stands_elsewhere_is_told_to_the_gateway() {
    let (county, peer, mut calls) = county(1).await;
    county.set_clock(NOW_S);
    let wish = json!({ "kind": "class", "title": "x", "startsAt": tomorrow(9, 0), "endsAt": tomorrow(9, 30),
        "roomIds": ["village-b-1"], "recording": false,
        "participants": [{ "personId": "teacher-wu", "role": "lead_teacher" }, { "personId": "class-b", "role": "classroom" }] });
    let (status, class) = county.book(&wish).await;
    assert_eq!(status, StatusCode::CREATED, "{class}");
    let id = class["id"].as_str().unwrap();
    set_clock(&county, &peer, START_S + 60);
    let (first, second) =
        (terminal_in(&county, "village-b-1").await, terminal_in(&county, "village-b-1").await);
    let mut identities = Vec::new();
    for terminal in [&first, &second] {
        let mut device = paired(&county, terminal).await;
        let (status, pass) = device.join(&county, id).await;
        assert_eq!(status, StatusCode::OK, "{pass}");
        let token = pass["token"].as_str().unwrap();
        identities.push(AccessToken::read(token, &keys(), START_S + 60).unwrap().identity);
    }
    set_clock(&county, &peer, START_S + 600);
    let device = identities[0].strip_prefix("device-").unwrap();
    let path = format!("/api/v1/terminals/{first}/devices/{device}");
    assert_eq!(answer(county.by("scheduler", Method::DELETE, &path)).await.0, StatusCode::OK);
    let person = |identity: &str| json!({ "identity": identity, "until": START_S + 600 });
    let revoked = json!([person(&identities[0])]);
    while next(&mut calls).await != json!({ "withdrawn": { "room": id, "people": revoked } }) {}
    // The other terminal is carried into another room: the next look finds that.
    let form = json!({ "names": { "zh": "大屏二" }, "roomId": "village-a-1", "kind": "screen" });
    let path = format!("/api/v1/terminals/{second}");
    let moved = answer(county.by("scheduler", Method::PUT, &path).json(&form)).await;
    assert_eq!(moved.0, StatusCode::OK, "{}", moved.1);
    let known = json!({ "ends": ENDS_S, "closes": ENDS_S + 900, "why": "ended" });
    *peer.rooms.lock().unwrap() = json!([room(id, &known)]);
    let both = json!([person(&identities[0]), person(&identities[1])]);
    while next(&mut calls).await != json!({ "withdrawn": { "room": id, "people": both } }) {}
    county.stop().await;
}

#[tokio::test]
async fn a_change_long_before_the_time_is_no_concern_of_the_gateway() {
    let (county, peer, mut calls) = county(3_600).await;
    let id = booked(&county).await;
    set_clock(&county, &peer, NOW_S);
    change(&county, &id, &json!({ "participants": parts("dr-wang") })).await;
    // What is told next is the cancellation.
    cancel(&county, &id).await;
    assert_eq!(next(&mut calls).await["why"], "cancelled");
    county.stop().await;
}

fn uuid() -> String {
    "0198f2a0-0000-7000-8000-000000000000".to_owned()
}
