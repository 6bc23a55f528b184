//! Whoever leads a session that runs asks a third person in, without waiting for a scheduler.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, consultation, tomorrow};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Tomorrow 09:00 in the county.
const START_S: u64 = NOW_S + 25 * 3600;

async fn booked() -> (County, String) {
    let county = County::start().await;
    let id = book(&county, &consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    (county, id)
}

async fn book(county: &County, wish: &Value) -> String {
    let (status, session) = county.book(wish).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    session["id"].as_str().unwrap().to_owned()
}

/// A consultation of the other specialist.
async fn book_other(county: &County, start: String, end: String) -> String {
    let mut wish = consultation(&start, &end);
    wish["roomIds"] = json!([]);
    wish["participants"] = json!([{ "personId": "dr-wang", "role": "specialist" }, { "personId": "dr-li", "role": "village_doctor" }]);
    book(county, &wish).await
}

async fn ask(county: &County, by: &str, id: &str, who: &Value) -> (StatusCode, Value) {
    county.post(by, &format!("/api/v1/sessions/{id}/participants"), who).await
}

async fn candidates(county: &County, by: &str, id: &str) -> (StatusCode, Value) {
    county.get(by, &format!("/api/v1/sessions/{id}/candidates?role=specialist")).await
}

fn wang() -> Value {
    json!({ "personId": "dr-wang", "role": "specialist" })
}

#[tokio::test]
async fn a_specialist_who_is_asked_in_joins_and_all_are_told() {
    let (county, id) = booked().await;
    county.set_clock(START_S + 600);
    let (status, list) = candidates(&county, "dr-chen", &id).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    let free = |list: &Value| {
        let people = list["people"].as_array().unwrap();
        people.iter().find(|it| it["personId"] == "dr-wang").map(|it| it["free"].clone())
    };
    assert_eq!(free(&list), Some(json!(true)));
    for (text, some) in [("王", true), ("DR WANG", true), ("%", false), ("x_x", false)] {
        let path = format!("/api/v1/sessions/{id}/candidates?text={text}");
        let found = county.get("dr-chen", &path).await.1;
        assert_eq!(free(&found).is_some(), some, "{text}: {found}");
    }
    let join = format!("/api/v1/sessions/{id}/join");
    assert_eq!(county.post("dr-wang", &join, &json!({})).await.0, StatusCode::FORBIDDEN);

    let mut who = wang();
    who["reason"] = json!("心电图请王主任一起看");
    let (status, session) = ask(&county, "dr-chen", &id, &who).await;
    assert_eq!(status, StatusCode::OK, "{session}");
    assert_eq!(session["participants"].as_array().unwrap().len(), 3);
    assert_eq!(ask(&county, "dr-chen", &id, &who).await, (StatusCode::OK, session));
    let (status, pass) = county.post("dr-wang", &join, &json!({})).await;
    assert_eq!([json!(status.as_u16()), pass["role"].clone()], [json!(200), json!("specialist")]);
    assert_eq!(
        free(&candidates(&county, "dr-chen", &id).await.1),
        None,
        "who is there is not asked"
    );
    let (_, events) = county.get("scheduler", &format!("/api/v1/sessions/{id}/events")).await;
    let last = events["events"].as_array().unwrap().last().unwrap();
    assert_eq!(last["by"]["id"], "dr-chen");
    assert_eq!(last["reason"], "心电图请王主任一起看");
    county.stop().await;
}

#[tokio::test]
async fn who_was_elsewhere_before_comes_and_who_is_to_be_elsewhere_soon_does_not() {
    let (county, id) = booked().await;
    book_other(&county, tomorrow(8, 40), tomorrow(9, 10)).await;
    county.set_clock(START_S + 300);
    let (status, refused) = ask(&county, "dr-chen", &id, &wang()).await;
    assert_eq!(
        [json!(status.as_u16()), refused["type"].clone()],
        [json!(409), json!("/problems/slot-taken")]
    );
    let (_, list) = candidates(&county, "dr-chen", &id).await;
    let here = list["people"].as_array().unwrap().iter().find(|it| it["personId"] == "dr-wang");
    assert_eq!(here.unwrap()["free"], false);
    county.set_clock(START_S + 600);
    let (status, session) = ask(&county, "dr-chen", &id, &wang()).await;
    assert_eq!(status, StatusCode::OK, "{session}");

    // What is booked for after now is kept from: the person is taken until the end.
    let mut wish = consultation(&tomorrow(9, 20), &tomorrow(9, 50));
    wish["roomIds"] = json!([]);
    wish["participants"] = json!([{ "personId": "dr-wang", "role": "specialist" }, { "personId": "dr-li", "role": "village_doctor" }]);
    let (status, refused) = county.book(&wish).await;
    assert_eq!(
        [json!(status.as_u16()), refused["type"].clone()],
        [json!(409), json!("/problems/slot-taken")]
    );
    // A session that is ended frees its people.
    county.post("dr-chen", &format!("/api/v1/sessions/{id}/end"), &json!({})).await;
    assert_eq!(county.book(&wish).await.0, StatusCode::CREATED);
    county.stop().await;
}

#[tokio::test]
async fn only_who_leads_asks_only_while_it_can_be_joined_and_only_who_is_booked() {
    let (county, id) = booked().await;
    assert_eq!(ask(&county, "dr-chen", &id, &wang()).await.0, StatusCode::CONFLICT);
    assert_eq!(candidates(&county, "dr-chen", &id).await.0, StatusCode::CONFLICT);
    county.set_clock(START_S + 600);
    for by in ["dr-zhao", "dr-wang", "scheduler"] {
        assert_eq!(ask(&county, by, &id, &wang()).await.0, StatusCode::FORBIDDEN, "{by}");
        assert_eq!(candidates(&county, by, &id).await.0, StatusCode::FORBIDDEN, "{by}");
    }
    for (who, status) in [
        (json!({ "personId": "dr-wang", "role": "patient" }), 422),
        (json!({ "personId": "dr-wang", "role": "observer" }), 422),
        (json!({ "personId": "dr-wang", "role": "interpreter" }), 422),
        (json!({ "personId": "nobody", "role": "specialist" }), 422),
        (json!({ "personId": "dr-chen", "role": "village_doctor" }), 403),
        (json!({ "personId": "dr-wang" }), 422),
    ] {
        let (refused, body) = ask(&county, "dr-chen", &id, &who).await;
        assert_eq!(refused.as_u16(), status, "{who}: {body}");
    }
    for role in ["patient", "nonsense", ""] {
        let path = format!("/api/v1/sessions/{id}/candidates?role={role}");
        assert_eq!(county.get("dr-chen", &path).await.0, StatusCode::BAD_REQUEST, "{role}");
    }
    // Over, but people are still inside: it is to be prolonged first.
    county.set_clock(START_S + 1_800 + 60);
    assert_eq!(ask(&county, "dr-chen", &id, &wang()).await.0, StatusCode::CONFLICT);
    assert_eq!(candidates(&county, "dr-chen", &id).await.0, StatusCode::CONFLICT);
    county.set_clock(START_S + 1_800 + 900);
    assert_eq!(ask(&county, "dr-chen", &id, &wang()).await.0, StatusCode::CONFLICT);
    county.stop().await;
}
