//! The days of a person, a room or a site, page by page.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, assert_problem, consultation, tomorrow};
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn week(county: &County, query: &str) -> Value {
    let (status, week) = county.get("scheduler", &format!("/api/v1/schedule?{query}")).await;
    assert_eq!(status, StatusCode::OK, "{week}");
    week
}

fn titles(week: &Value) -> Vec<&str> {
    let sessions = week["sessions"].as_array().unwrap().iter();
    sessions.map(|it| it["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn each_sees_its_own_days_and_what_is_cancelled_is_not_there() {
    let county = County::start().await;
    let book = async |title: &str, at: (&str, &str), doctor: &str, rooms: Value| {
        let mut wish = consultation(at.0, at.1);
        wish["title"] = json!(title);
        wish["participants"][1]["personId"] = json!(doctor);
        wish["roomIds"] = rooms;
        let (status, made) = county.book(&wish).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        made
    };
    let (late, next) = ("2026-11-29T23:30:00+08:00", "2026-11-30T00:30:00+08:00");
    book("一", (&tomorrow(9, 0), &tomorrow(9, 30)), "dr-zhao", json!(["clinic-b-1"])).await;
    book("二", (&tomorrow(10, 0), &tomorrow(10, 30)), "dr-sun", json!(["clinic-b-1"])).await;
    let gone = book("三", (&tomorrow(11, 0), &tomorrow(11, 30)), "dr-zhao", json!([])).await;
    book("四", (late, next), "dr-zhao", json!([])).await;
    let cancel = format!("/api/v1/sessions/{}/cancel", gone["id"].as_str().unwrap());
    county.post("scheduler", &cancel, &json!({})).await;
    let days = "day=2026-11-24&days=6";
    let of = async |whose: &str| week(&county, &format!("{whose}&{days}")).await;
    assert_eq!(titles(&of("personId=dr-zhao").await), ["一", "四"]);
    assert_eq!(titles(&of("personId=dr-chen").await), ["一", "二", "四"]);
    assert_eq!(titles(&of("roomId=clinic-b-1").await), ["一", "二"]);
    let (_, me) = county.get("dr-zhao", "/api/v1/me").await;
    let site = me["person"]["organization"]["id"].as_str().unwrap();
    assert_eq!(titles(&of(&format!("organizationId={site}")).await), ["一", "二", "四"]);
    assert_eq!(titles(&of("personId=nobody").await), [""; 0]);
    // What goes on over midnight is in both days.
    let after = week(&county, "personId=dr-zhao&day=2026-11-30&days=1").await;
    assert_eq!((titles(&after), &after["next"]), (vec!["四"], &Value::Null));
    let before = week(&county, "personId=dr-zhao&day=2026-11-25").await;
    assert_eq!((&before["days"], titles(&before)), (&json!(7), vec!["四"]));
}

#[tokio::test]
async fn many_come_page_by_page_and_each_once() {
    let county = County::start().await;
    let wish = json!({
        "booking": consultation(&tomorrow(0, 0), &tomorrow(0, 5)), "rule": "FREQ=DAILY;COUNT=31"
    });
    for hour in 0..4 {
        let mut wish = wish.clone();
        wish["booking"]["startsAt"] = json!(tomorrow(hour, 0));
        wish["booking"]["endsAt"] = json!(tomorrow(hour, 5));
        let (status, made) = county.post("scheduler", "/api/v1/series", &wish).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
    }
    let query = "personId=dr-chen&day=2026-11-24&days=31";
    let first = week(&county, query).await;
    assert_eq!(first["sessions"].as_array().unwrap().len(), 100);
    let next = first["next"].as_str().unwrap();
    let rest = week(&county, &format!("{query}&after={next}")).await;
    assert_eq!((rest["sessions"].as_array().unwrap().len(), &rest["next"]), (24, &Value::Null));
    let all = [&first, &rest].map(|it| it["sessions"].as_array().unwrap().clone()).concat();
    let starts: Vec<&str> = all.iter().map(|it| it["startsAt"].as_str().unwrap()).collect();
    assert!(starts.is_sorted_by(|one, other| one < other), "{starts:?}");
}

#[tokio::test]
async fn a_question_that_names_no_days_says_what_is_missing() {
    let county = County::start().await;
    for query in [
        "",
        "?personId=dr-chen&roomId=clinic-b-1",
        "?personId=dr-chen&day=soon",
        "?personId=dr-chen&day=9999-12-31",
        "?personId=dr-chen&days=0",
        "?personId=dr-chen&days=32",
        "?personId=dr-chen&days=many",
        "?personId=dr-chen&after=there",
        "?personId=dr-chen&week=1",
    ] {
        let (status, problem) = county.get("scheduler", &format!("/api/v1/schedule{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}: {problem}");
        assert_problem(&problem, "bad-parameter", 400);
    }
    let (status, _) = county.get("dr-chen", "/api/v1/schedule?personId=dr-chen").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
