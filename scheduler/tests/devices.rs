//! A terminal joins by itself: a device is paired once by a code, and comes back by what it signs with a key of its own.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use std::time::Duration;

use crate::county::{County, NOW_S, answer, assert_problem, consultation, keys, tomorrow};
use crate::paired::{CHALLENGE, Device, LOGIN, PAIR, code_of, paired, terminal_in};
use crate::visitor::{Visitor, counted};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use session::{AccessToken, Role};
use tokio::time::timeout;

/// Tomorrow 09:00 in the county; the class ends at 09:30.
const START_S: u64 = NOW_S + 25 * 3600;
const END_S: u64 = START_S + 1_800;
const DAY: &str = "/api/v1/device/day";
/// Who is told within this was told before a wait of 20 s or more was over.
const BEFORE_THE_WAIT_IS_OVER: Duration = Duration::from_secs(15);

async fn devices_of(county: &County, terminal: &str) -> Value {
    county.get("scheduler", &format!("/api/v1/terminals/{terminal}/devices")).await.1
}

async fn revoke(county: &County, terminal: &str, device: &Value) -> (StatusCode, Value) {
    let device = device.as_str().unwrap();
    let path = format!("/api/v1/terminals/{terminal}/devices/{device}");
    answer(county.by("scheduler", Method::DELETE, &path)).await
}

/// A class tomorrow in this room.
async fn class_in(county: &County, room: &str) -> String {
    let wish = json!({ "kind": "class", "title": "水的循环", "startsAt": tomorrow(9, 0), "endsAt": tomorrow(9, 30),
        "roomIds": [room], "recording": true,
        "participants": [{ "personId": "teacher-wu", "role": "lead_teacher" }, { "personId": "class-b", "role": "classroom" }] });
    let (status, session) = county.book(&wish).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    session["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_device_is_paired_sees_its_own_day_and_joins_the_class_of_its_room() {
    let county = County::start().await;
    let class = class_in(&county, "village-b-1").await;
    let terminal = terminal_in(&county, "village-b-1").await;
    let mut device = paired(&county, &terminal).await;
    for part in ["shanqiao_device=", "HttpOnly", "SameSite=Lax", "Path=/api/v1/device"] {
        assert!(device.browser.set.contains(part), "{}", device.browser.set);
    }
    county.set_clock(START_S - 15 * 60);
    assert_eq!(device.day(&county).await.1["reason"], "device-login-over", "an hour is over");
    let (status, back) = device.log_in(&county).await;
    assert_eq!((status, &back["name"]), (StatusCode::OK, &json!("讲台电脑")));
    let (status, day) = device.day(&county).await;
    assert_eq!(status, StatusCode::OK, "{day}");
    assert_eq!(day["room"]["id"], "village-b-1");
    let shown = &day["sessions"].as_array().unwrap()[0];
    assert_eq!((&shown["id"], &shown["joins"]), (&json!(class), &json!(true)));
    assert_eq!(
        (&shown["title"], &shown["leaderNames"]["zh"]),
        (&json!("水的循环"), &json!("吴老师"))
    );
    let (status, pass) = device.join(&county, &class).await;
    assert_eq!((status, &pass["role"]), (StatusCode::OK, &json!("classroom")), "{pass}");
    let now_s = START_S - 15 * 60;
    let token = AccessToken::read(pass["token"].as_str().unwrap(), &keys(), now_s).unwrap();
    let list = devices_of(&county, &terminal).await;
    let id = list["devices"][0]["id"].as_str().unwrap();
    assert_eq!(
        (token.room(), token.identity.as_str(), token.name.as_str()),
        (Some(class.as_str()), format!("device-{id}").as_str(), "石泉村教室")
    );
    assert!(
        token.video.may_publish_source("camera") && token.video.may_publish_source("microphone")
    );
    assert!(!token.video.may_publish_source("screen_share") && !token.video.room_admin);
    assert_eq!(token.attributes["site"], "石泉村教学点");
    let own = token.own.unwrap();
    assert_eq!((own.role, own.person), (Some(Role::Classroom), None));
    assert_eq!(own.closes_s, Some(END_S + 900));
    // Neither the cookie nor the room token opens a page of people, of guests or of other devices.
    for path in ["/api/v1/me", "/api/v1/sessions", &format!("/api/v1/terminals/{terminal}/devices")]
    {
        assert_eq!(device.browser.get(&county, path).await.0, StatusCode::UNAUTHORIZED, "{path}");
        let bearer = county.bare(Method::GET, path).bearer_auth(pass["token"].as_str().unwrap());
        assert_eq!(answer(bearer).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
    let bearer = county.bare(Method::GET, DAY).bearer_auth(pass["token"].as_str().unwrap());
    assert_eq!(answer(bearer).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_code_brings_one_device_in_and_the_one_before_it_none() {
    let county = County::start().await;
    let terminal = terminal_in(&county, "village-b-1").await;
    let before = code_of(&county, &terminal).await;
    let code = code_of(&county, &terminal).await;
    for old in [json!({ "once": before["once"] }), json!({ "once": "A".repeat(43) }), json!({})] {
        let (status, refused) = Device::new().pair_by(&county, &old).await;
        assert_eq!(status, StatusCode::GONE, "{old}");
        assert_problem(&refused, "link-over", 410);
    }
    let shown = json!({ "digits": code["digits"] });
    let mut devices: Vec<Device> = (0..6).map(|_| Device::new()).collect();
    let tries = devices.iter_mut().map(|it| it.pair_by(&county, &shown));
    let answers = futures_util::future::join_all(tries).await;
    let came = answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count();
    assert_eq!(came, 1, "{answers:?}");
    let (status, _) = Device::new().pair_by(&county, &json!({ "once": code["once"] })).await;
    assert_eq!(status, StatusCode::GONE, "the digits used the link as well");
    let list = devices_of(&county, &terminal).await;
    assert_eq!(list["devices"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&list["devices"][0]["name"], &list["codeEndsAt"]),
        (&json!("讲台电脑"), &json!(null))
    );
    // A lost answer changes nothing: the device has its key, and comes in by that.
    let at = answers.iter().position(|(status, _)| *status == StatusCode::CREATED).unwrap();
    devices[at].browser = Visitor::default();
    assert_eq!(devices[at].log_in(&county).await.0, StatusCode::OK);
}

#[tokio::test]
async fn digits_work_for_ten_minutes_and_the_link_for_a_day() {
    let county = County::start().await;
    let terminal = terminal_in(&county, "village-b-1").await;
    let code = code_of(&county, &terminal).await;
    let (digits, once) = (json!({ "digits": code["digits"] }), json!({ "once": code["once"] }));
    county.set_clock(NOW_S + 600);
    let (status, refused) = Device::new().pair_by(&county, &digits).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{refused}");
    assert_problem(&refused, "digits-unknown", 404);
    county.set_clock(NOW_S + 24 * 3600);
    assert_eq!(Device::new().pair_by(&county, &once).await.0, StatusCode::GONE);
    county.set_clock(NOW_S + 24 * 3600 - 1);
    assert_eq!(Device::new().pair_by(&county, &once).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn wrong_digits_rest_an_address_and_are_counted_and_links_and_guests_go_on() {
    let county = County::start().await;
    let terminal = terminal_in(&county, "village-b-1").await;
    let code = code_of(&county, &terminal).await;
    let wrong = if code["digits"] == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let (status, _) = Device::new().pair_by(&county, &json!({ "digits": wrong })).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    let (status, held) = Device::new().pair_by(&county, &json!({ "digits": code["digits"] })).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{held}");
    assert_problem(&held, "too-many-tries", 429);
    assert_eq!(held["params"]["minutes"], 15);
    let name = "shanqiao_scheduler_pairing_digits_total";
    assert_eq!((counted(&county, name, "Wrong"), counted(&county, name, "HeldAddress")), (5, 1));
    let look = json!({ "digits": "123456" });
    let (status, _) = Visitor::default().post(&county, "/api/v1/guest/look", &look).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "digits of guests are counted apart");
    let (status, _) = Device::new().pair_by(&county, &json!({ "once": code["once"] })).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_challenge_is_for_one_key_one_use_one_origin_one_time_and_a_minute() {
    let county = County::start().await;
    let terminal = terminal_in(&county, "village-b-1").await;
    let mut device = paired(&county, &terminal).await;
    let mut other = paired(&county, &terminal).await;
    let challenge = device.challenge(&county, "login").await;
    let signed =
        json!({ "challenge": challenge, "signature": device.sign(&county.base, &challenge) });
    assert_eq!(device.browser.post(&county, LOGIN, &signed).await.0, StatusCode::OK);
    let mut refused = async |body: &Value, reason: &str| {
        let (status, refused) = other.browser.post(&county, LOGIN, body).await;
        assert_eq!(
            (status, &refused["reason"]),
            (StatusCode::UNAUTHORIZED, &json!(reason)),
            "{refused}"
        );
    };
    refused(&signed, "challenge-used").await;
    // Another device's signature, and another page's.
    let fresh = device.challenge(&county, "login").await;
    let by_other = Device::new().sign(&county.base, &fresh);
    refused(&json!({ "challenge": fresh, "signature": by_other }), "signature-wrong").await;
    let elsewhere = device.sign("https://elsewhere.example", &fresh);
    refused(&json!({ "challenge": fresh, "signature": elsewhere }), "signature-wrong").await;
    refused(&json!({ "challenge": fresh, "signature": "" }), "signature-wrong").await;
    // One for pairing opens no login, and a forged or an old one nothing.
    let to_pair = device.challenge(&county, "pair").await;
    let signature = device.sign(&county.base, &to_pair);
    refused(&json!({ "challenge": to_pair, "signature": signature }), "challenge-over").await;
    refused(&json!({ "challenge": format!("x{fresh}"), "signature": "" }), "challenge-over").await;
    let signature = device.sign(&county.base, &fresh);
    county.set_clock(NOW_S + 61);
    refused(&json!({ "challenge": fresh, "signature": signature }), "challenge-over").await;
    // A challenge that was made for a page of another origin.
    let wish = json!({ "key": device.key(), "for": "login" });
    let proxy = |request: reqwest::RequestBuilder| {
        request.header("origin", "https://a.example").header("x-forwarded-host", "a.example")
    };
    let asked = proxy(device.browser.ask(&county, Method::POST, CHALLENGE)).json(&wish);
    let made: Value = asked.send().await.unwrap().json().await.unwrap();
    let there = made["challenge"].as_str().unwrap();
    let body = json!({ "challenge": there, "signature": device.sign("https://a.example", there) });
    refused(&body, "challenge-over").await;
    let answer = proxy(device.browser.ask(&county, Method::POST, LOGIN)).json(&body);
    assert_eq!(answer.send().await.unwrap().status(), StatusCode::OK, "there it is good");
    // A key that nobody has paired.
    let (status, unknown) = Device::new().log_in(&county).await;
    assert_eq!((status, &unknown["reason"]), (StatusCode::UNAUTHORIZED, &json!("device-unknown")));
    let name = "shanqiao_scheduler_devices_total";
    assert_eq!((counted(&county, name, "Replayed"), counted(&county, name, "Forged")), (1, 3));
}

#[tokio::test]
async fn a_device_that_comes_back_too_often_is_told_to_wait() {
    let county = County::start().await;
    let terminal = terminal_in(&county, "village-b-1").await;
    let mut device = paired(&county, &terminal).await;
    for _ in 0..19 {
        assert_eq!(device.log_in(&county).await.0, StatusCode::OK);
    }
    let (status, held) = device.log_in(&county).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_problem(&held, "too-many-tries", 429);
    county.set_clock(NOW_S + 61);
    assert_eq!(device.log_in(&county).await.0, StatusCode::OK);
}

#[tokio::test]
async fn another_rooms_class_a_consultation_and_a_time_that_has_not_come_are_refused() {
    let county = County::start().await;
    let class = class_in(&county, "village-b-1").await;
    let (_, booked) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    let consultation = booked["id"].as_str().unwrap();
    let mut elsewhere = paired(&county, &terminal_in(&county, "village-a-1").await).await;
    let mut clinic = paired(&county, &terminal_in(&county, "clinic-b-1").await).await;
    let mut here = paired(&county, &terminal_in(&county, "village-b-1").await).await;
    county.set_clock(START_S - 15 * 60 - 1);
    for device in [&mut elsewhere, &mut clinic, &mut here] {
        assert_eq!(device.log_in(&county).await.0, StatusCode::OK);
    }
    let (status, early) = here.join(&county, &class).await;
    assert_eq!((status, &early["opensAt"]), (StatusCode::CONFLICT, &json!(tomorrow(8, 45))));
    county.set_clock(START_S);
    assert_eq!(elsewhere.join(&county, &class).await.0, StatusCode::FORBIDDEN);
    assert_eq!(clinic.join(&county, consultation).await.0, StatusCode::FORBIDDEN);
    let (_, day) = clinic.day(&county).await;
    let shown = day["sessions"].as_array().unwrap();
    assert_eq!(shown.len(), 1, "{day}");
    assert_eq!((&shown[0]["title"], &shown[0]["joins"]), (&json!(null), &json!(false)));
    assert!(!day.to_string().contains("皮肤科"), "what it is about is not on a screen");
    assert!(!day.to_string().contains("医生"), "nor who is in it: {day}");
    assert_eq!(elsewhere.day(&county).await.1["sessions"], json!([]));
    for path in ["00000000-0000-0000-0000-000000000000", "nothing"] {
        assert_eq!(here.join(&county, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    county.set_clock(END_S + 900);
    assert_eq!(here.log_in(&county).await.0, StatusCode::OK);
    assert_eq!(here.join(&county, &class).await.0, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_revoked_device_that_waits_is_out_at_once_and_stays_out() {
    let county = County::start().await;
    let class = class_in(&county, "village-b-1").await;
    let terminal = terminal_in(&county, "village-b-1").await;
    county.set_clock(START_S);
    let mut device = paired(&county, &terminal).await;
    let mut other = paired(&county, &terminal).await;
    assert_eq!(device.join(&county, &class).await.0, StatusCode::OK);
    let list = devices_of(&county, &terminal).await;
    let id = &list["devices"][0]["id"];
    let (_, day) = device.day(&county).await;
    let waiting = format!("{DAY}?wait=20&seen={}", day["tag"].as_str().unwrap());
    let revoked = async {
        tokio::task::yield_now().await;
        for _ in 0..2 {
            let (status, list) = revoke(&county, &terminal, id).await;
            assert_eq!(status, StatusCode::OK, "{list}");
            assert_eq!(list["devices"][0]["revokedAt"], tomorrow(9, 0));
        }
    };
    let told = timeout(BEFORE_THE_WAIT_IS_OVER, device.browser.get(&county, &waiting));
    let (told, ()) = tokio::join!(told, revoked);
    let (status, out) = told.unwrap();
    assert_eq!((status, &out["reason"]), (StatusCode::UNAUTHORIZED, &json!("device-revoked")));
    let (status, refused) = device.join(&county, &class).await;
    assert_eq!((status, &refused["reason"]), (StatusCode::UNAUTHORIZED, &json!("device-revoked")));
    let (status, refused) = device.log_in(&county).await;
    assert_eq!((status, &refused["reason"]), (StatusCode::UNAUTHORIZED, &json!("device-revoked")));
    assert_eq!(other.join(&county, &class).await.0, StatusCode::OK, "the other goes on");
    // Its key is burnt: a new code wants a new one.
    let code = code_of(&county, &terminal).await;
    let (status, refused) = device.pair_by(&county, &json!({ "once": code["once"] })).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{refused}");
    let (_, events) = county.get("scheduler", "/api/v1/register/events").await;
    let events = events["events"].as_array().unwrap().iter();
    let of_devices: Vec<&str> = events
        .filter(|event| event["kind"] == "device" && event["subjectId"] == terminal.as_str())
        .map(|event| event["act"].as_str().unwrap())
        .collect();
    assert_eq!(of_devices, ["code-made", "paired", "code-made", "paired", "revoked", "code-made"]);
    assert_eq!(revoke(&county, &terminal, &json!("nobody")).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_waits_is_told_what_changes_and_otherwise_when_the_wait_is_over() {
    let county = County::start().await;
    let terminal = terminal_in(&county, "village-b-1").await;
    county.set_clock(START_S - 3600);
    let device = paired(&county, &terminal).await;
    let (_, day) = device.day(&county).await;
    let path = |wait: u32, tag: &Value| format!("{DAY}?wait={wait}&seen={}", tag.as_str().unwrap());
    let (status, same) = device.browser.get(&county, &path(1, &day["tag"])).await;
    assert_eq!((status, &same["tag"]), (StatusCode::OK, &day["tag"]));
    let waited = path(25, &day["tag"]);
    let told = timeout(BEFORE_THE_WAIT_IS_OVER, device.browser.get(&county, &waited));
    let (told, class) = tokio::join!(told, class_in(&county, "village-b-1"));
    assert_eq!(told.unwrap().1["sessions"][0]["id"], class.as_str());
    let (status, refused) = device.browser.get(&county, &path(26, &day["tag"])).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
}

#[tokio::test]
async fn a_terminal_has_five_devices_and_a_retired_one_none() {
    let county = County::start().await;
    let terminal = terminal_in(&county, "village-b-1").await;
    let mut devices = Vec::new();
    for _ in 0..5 {
        devices.push(paired(&county, &terminal).await);
    }
    let code = code_of(&county, &terminal).await;
    let shown = json!({ "once": code["once"] });
    let (status, refused) = Device::new().pair_by(&county, &shown).await;
    assert_eq!((status, &refused["params"]["most"]), (StatusCode::CONFLICT, &json!(5)));
    assert_problem(&refused, "too-many-devices", 409);
    let list = devices_of(&county, &terminal).await;
    assert_eq!(revoke(&county, &terminal, &list["devices"][0]["id"]).await.0, StatusCode::OK);
    assert_eq!(Device::new().pair_by(&county, &shown).await.0, StatusCode::CREATED);
    let form = json!({ "names": { "zh": "大屏" }, "roomId": "village-b-1", "kind": "screen", "retired": true });
    let path = format!("/api/v1/terminals/{terminal}");
    let (status, _) = answer(county.by("scheduler", Method::PUT, &path).json(&form)).await;
    assert_eq!(status, StatusCode::OK);
    let (status, refused) = devices[1].day(&county).await;
    assert_eq!((status, &refused["reason"]), (StatusCode::UNAUTHORIZED, &json!("device-revoked")));
    let path = format!("/api/v1/terminals/{terminal}/pairing");
    let (status, refused) = county.post("scheduler", &path, &json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&refused, "terminal-retired", 409);
}

#[tokio::test]
async fn who_keeps_no_register_there_makes_no_code_and_sees_no_device() {
    let county = County::start().await;
    let terminal = terminal_in(&county, "village-b-1").await;
    paired(&county, &terminal).await;
    let list = devices_of(&county, &terminal).await;
    let device = list["devices"][0]["id"].as_str().unwrap();
    let base = format!("/api/v1/terminals/{terminal}");
    for person in ["class-b", "teacher-wu", "dr-chen", "reader"] {
        assert_eq!(county.get(person, &format!("{base}/devices")).await.0, StatusCode::FORBIDDEN);
        let (status, _) = county.post(person, &format!("{base}/pairing"), &json!({})).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{person}");
        let path = format!("{base}/devices/{device}");
        assert_eq!(answer(county.by(person, Method::DELETE, &path)).await.0, StatusCode::FORBIDDEN);
        let nowhere = county.get(person, "/api/v1/terminals/nothing/devices").await;
        assert_eq!(nowhere.0, StatusCode::FORBIDDEN);
    }
    let nowhere = county.get("scheduler", "/api/v1/terminals/nothing/devices").await;
    assert_eq!(nowhere.0, StatusCode::NOT_FOUND);
    let path = format!("{base}/pairing");
    let (status, refused) = county.post("scheduler", &path, &json!({ "name": "a\nb" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused["errors"][0]["code"], "not-a-name");
    for (path, body) in [
        (CHALLENGE, json!({ "key": "short", "for": "login" })),
        (CHALLENGE, json!({ "key": "A".repeat(43), "for": "anything" })),
        (PAIR, json!({ "publicKey": "A".repeat(87), "challenge": "", "signature": "" })),
    ] {
        let (status, refused) = Visitor::default().post(&county, path, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
    }
    // Another site's page gets nothing.
    let foreign = county.bare(Method::POST, LOGIN).header("sec-fetch-site", "cross-site");
    let (status, _) = answer(foreign.json(&json!({ "challenge": "", "signature": "" }))).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
