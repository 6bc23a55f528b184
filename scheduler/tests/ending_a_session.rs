//! Whoever leads a session ends it for all: nobody joins it any more, and what it was booked for stays.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, answer, consultation, tomorrow};
use axum::http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

/// Tomorrow 09:00 in the county.
const START_S: u64 = NOW_S + 25 * 3600;

async fn booked() -> (County, String) {
    let county = County::start().await;
    let (status, session) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    (county, session["id"].as_str().unwrap().to_owned())
}

async fn act(county: &County, person: &str, id: &str, word: &str) -> (StatusCode, Value) {
    county.post(person, &format!("/api/v1/sessions/{id}/{word}"), &json!({})).await
}

#[tokio::test]
async fn who_leads_ends_it_once_and_nobody_joins_it_any_more() {
    let (county, id) = booked().await;
    county.set_clock(START_S + 600);
    let (status, session) = act(&county, "dr-chen", &id, "end").await;
    assert_eq!(status, StatusCode::OK, "{session}");
    assert_eq!(session["endedAt"], tomorrow(9, 10));
    assert_eq!(
        [&session["endsAt"], &session["state"]],
        [&json!(tomorrow(9, 30)), &json!("scheduled")]
    );
    assert_eq!([&session["joinable"], &session["version"]], [&json!(false), &json!(2)]);
    // A second press, or the first one whose answer was lost.
    county.set_clock(START_S + 700);
    assert_eq!(act(&county, "dr-chen", &id, "end").await, (StatusCode::OK, session));
    for person in ["dr-chen", "dr-zhao"] {
        let (status, refused) = act(&county, person, &id, "join").await;
        assert_eq!(status, StatusCode::CONFLICT, "{refused}");
        assert_eq!(refused["closedAt"], tomorrow(9, 10));
        assert!(refused["detail"].as_str().unwrap().contains("ended it for all"), "{refused}");
    }
    let (_, events) = county.get("scheduler", &format!("/api/v1/sessions/{id}/events")).await;
    let last = events["events"].as_array().unwrap().last().unwrap();
    assert_eq!([&last["kind"], &last["by"]["id"]], [&json!("changed"), &json!("dr-chen")]);
    assert_eq!(last["after"], json!({ "endedAt": tomorrow(9, 10) }));
    let (_, me) = county.get("dr-zhao", "/api/v1/me").await;
    assert_eq!(me["news"], json!([]), "who was there has seen it");
    county.stop().await;
}

#[tokio::test]
async fn what_was_ended_is_neither_changed_nor_cancelled() {
    let (county, id) = booked().await;
    county.set_clock(START_S + 600);
    act(&county, "dr-chen", &id, "end").await;
    let (status, refused) = act(&county, "scheduler", &id, "cancel").await;
    assert_eq!(
        [json!(status.as_u16()), refused["type"].clone()],
        [json!(409), json!("/problems/too-late")]
    );
    let path = format!("/api/v1/sessions/{id}");
    let change = county.by("scheduler", Method::PATCH, &path).header("If-Match", "*");
    let (status, refused) = answer(change.json(&json!({ "endsAt": tomorrow(10, 0) }))).await;
    assert_eq!(
        [json!(status.as_u16()), refused["type"].clone()],
        [json!(409), json!("/problems/too-late")]
    );
    county.stop().await;
}

#[tokio::test]
async fn only_who_leads_ends_it_and_only_while_it_can_be_joined() {
    let (county, id) = booked().await;
    let (status, refused) = act(&county, "dr-chen", &id, "end").await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    assert_eq!(refused["opensAt"], tomorrow(8, 45));
    // What has not begun is cancelled or moved, of which those are told who are booked.
    county.set_clock(START_S - 300);
    let (status, refused) = act(&county, "dr-chen", &id, "end").await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    assert_eq!(refused["opensAt"], tomorrow(9, 0));
    county.set_clock(START_S + 600);
    for person in ["dr-zhao", "scheduler", "dr-wang"] {
        let (status, refused) = act(&county, person, &id, "end").await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{person}: {refused}");
    }
    county.set_clock(START_S + 1_800 + 900);
    let (status, refused) = act(&county, "dr-chen", &id, "end").await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    assert_eq!(refused["closedAt"], tomorrow(9, 45));
    let nowhere = act(&county, "dr-chen", "0198c5a0-0000-7000-8000-000000000000", "end").await;
    assert_eq!(nowhere.0, StatusCode::NOT_FOUND);
    county.set_clock(NOW_S);
    act(&county, "scheduler", &id, "cancel").await;
    county.set_clock(START_S + 600);
    assert_eq!(act(&county, "dr-chen", &id, "end").await.0, StatusCode::CONFLICT);
    county.stop().await;
}
