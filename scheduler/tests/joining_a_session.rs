//! A person token is traded for a room token, for participants and in the session's time only.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county;
use crate::county::{County, NOW_S, assert_problem, consultation, keys, tomorrow};
use reqwest::StatusCode;
use serde_json::{Value, json};
use session::{AccessToken, Kind, Role};

/// Tomorrow 09:00 in the county.
const START_S: u64 = NOW_S + 25 * 3600;

async fn booked(county: &County, wish: &Value) -> String {
    let (status, session) = county.book(wish).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    format!("/api/v1/sessions/{}/join", session["id"].as_str().unwrap())
}

fn half_an_hour() -> Value {
    consultation(&tomorrow(9, 0), &tomorrow(9, 30))
}

#[tokio::test]
async fn a_participant_gets_a_token_for_this_room() {
    let county = County::start().await;
    let path = booked(&county, &half_an_hour()).await;
    county.set_clock(START_S);
    let (status, pass) = county.post("dr-chen", &path, &json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&pass["url"], &pass["role"], &pass["title"]),
        (&json!(""), &json!("specialist"), &json!("皮肤科会诊"))
    );
    assert_eq!((&pass["kind"], &pass["recording"]), (&json!("consultation"), &json!(true)));
    let token = AccessToken::read(pass["token"].as_str().unwrap(), &keys(), START_S).unwrap();
    assert_eq!(
        (token.room(), token.identity.as_str(), token.name.as_str()),
        (pass["room"].as_str(), "dr-chen", "陈医生")
    );
    assert_eq!(
        (token.attributes["role"].as_str(), token.attributes["site"].as_str()),
        ("specialist", "白水县人民医院")
    );
    assert!(
        token.video.room_admin && token.video.may_publish() && !token.video.can_update_own_metadata
    );
    assert!(!token.video.room_record && !token.video.recorder && !token.video.room_create);
    let own = token.own.unwrap();
    assert_eq!(
        (own.session.as_deref(), own.kind, own.role),
        (pass["room"].as_str(), Some(Kind::Consultation), Some(Role::Specialist))
    );
    assert_eq!(
        (own.title.as_deref(), own.record, own.person.as_deref()),
        (Some("皮肤科会诊"), Some(true), Some("dr-chen"))
    );
    assert_eq!(token.expires_s, START_S + 45 * 60, "as long as the session can be joined");
}

#[tokio::test]
async fn a_role_decides_who_publishes_and_who_runs_the_room() {
    let county = County::start().await;
    let mut wish = half_an_hour();
    wish["kind"] = json!("class");
    wish["participants"] = json!([
        { "personId": "teacher-wu", "role": "lead_teacher" }, { "personId": "class-a", "role": "classroom" },
        { "personId": "dr-sun", "role": "observer" }
    ]);
    wish["recording"] = json!(false);
    let path = booked(&county, &wish).await;
    county.set_clock(START_S);
    for (person, admin, publishes) in
        [("teacher-wu", true, true), ("class-a", false, true), ("dr-sun", false, false)]
    {
        let (_, pass) = county.post(person, &path, &json!({})).await;
        let token = AccessToken::read(pass["token"].as_str().unwrap(), &keys(), START_S).unwrap();
        assert_eq!(
            (token.video.room_admin, token.video.can_publish),
            (admin, Some(publishes)),
            "{person}"
        );
        assert_eq!(token.own.unwrap().record, Some(false));
    }
}

#[tokio::test]
async fn a_session_is_open_from_a_quarter_of_an_hour_before_to_one_after() {
    let county = County::start().await;
    let path = booked(&county, &half_an_hour()).await;
    let (opens, closes) = (START_S - 15 * 60, START_S + 45 * 60);
    for (now_s, open) in
        [(opens - 1, false), (opens, true), (START_S, true), (closes - 1, true), (closes, false)]
    {
        county.set_clock(now_s);
        let (status, body) = county.post("dr-zhao", &path, &json!({})).await;
        assert_eq!(status == StatusCode::OK, open, "{now_s}: {body}");
        let (_, seen) = county.get("dr-zhao", path.trim_end_matches("/join")).await;
        assert_eq!(seen["joinable"], open);
        if now_s < opens {
            assert_problem(&body, "not-joinable", 409);
            assert_eq!(body["opensAt"], tomorrow(8, 45));
        } else if !open {
            assert_problem(&body, "not-joinable", 409);
            assert_eq!(body["closedAt"], tomorrow(9, 45));
        }
    }
}

#[tokio::test]
async fn a_room_token_lives_six_hours_at_most() {
    let county = County::start().await;
    let path = booked(&county, &consultation(&tomorrow(9, 0), &tomorrow(21, 0))).await;
    county.set_clock(START_S);
    let (_, pass) = county.post("dr-chen", &path, &json!({})).await;
    let token = AccessToken::read(pass["token"].as_str().unwrap(), &keys(), START_S).unwrap();
    assert_eq!(token.expires_s, START_S + 6 * 3600);
    assert_eq!(pass["expiresAt"], tomorrow(15, 0));
}

#[tokio::test]
async fn nobody_else_gets_in_not_even_the_scheduler() {
    let county = County::start().await;
    let path = booked(&county, &half_an_hour()).await;
    county.set_clock(START_S);
    for person in ["dr-wang", "scheduler", "reader"] {
        let (status, problem) = county.post(person, &path, &json!({})).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{person}");
        assert_problem(&problem, "forbidden", 403);
    }
}

#[tokio::test]
async fn a_cancelled_session_cannot_be_joined() {
    let county = County::start().await;
    let path = booked(&county, &half_an_hour()).await;
    county.post("scheduler", &path.replace("/join", "/cancel"), &json!({})).await;
    county.set_clock(START_S);
    let (status, problem) = county.post("dr-chen", &path, &json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "not-joinable", 409);
}

#[tokio::test]
async fn a_room_token_is_no_login() {
    let county = County::start().await;
    let path = booked(&county, &half_an_hour()).await;
    county.set_clock(START_S);
    let (_, pass) = county.post("dr-chen", &path, &json!({})).await;
    let request = county
        .bare(reqwest::Method::GET, "/api/v1/me")
        .bearer_auth(pass["token"].as_str().unwrap());
    let (status, problem) = county::answer(request).await;
    assert_eq!(
        (status, &problem["reason"]),
        (StatusCode::UNAUTHORIZED, &json!("not-a-person-token"))
    );
}
