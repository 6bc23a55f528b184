//! What the people of a site are sent is set by schedulers, and stands in the tokens of that site's people.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, answer, assert_problem, consultation, keys, tomorrow};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use session::{AccessToken, Megabytes, Mode, Own};

const CLINIC: &str = "/api/v1/organizations/clinic-a/reception";

async fn put(county: &County, person: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    answer(county.by(person, Method::PUT, path).json(body)).await
}

/// What the token of a doctor of the clinic says.
async fn own(county: &County, path: &str, person: &str) -> Own {
    let (status, pass) = county.post(person, path, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{pass}");
    let text = pass["token"].as_str().unwrap();
    AccessToken::read(text, &keys(), NOW_S + 25 * 3600).unwrap().own.unwrap()
}

#[tokio::test]
async fn a_site_is_served_as_its_scheduler_says_and_the_others_as_before() {
    let county = County::start().await;
    let (status, session) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    let join = format!("/api/v1/sessions/{}/join", session["id"].as_str().unwrap());
    let people = session["participants"].as_array().unwrap();
    let id = |role: &str| {
        let one = people.iter().find(|it| it["role"] == role).unwrap();
        one["personId"].as_str().unwrap().to_owned()
    };
    let (village, specialist) = (id("village_doctor"), id("specialist"));
    let (_, me) = county.get(&village, "/api/v1/me").await;
    let whole = json!({ "mode": "full", "modeMost": "full", "sessionMb": null, "monthMb": null });
    assert_eq!(me["reception"], whole);
    let site = me["person"]["organization"]["id"].as_str().unwrap();
    let path = format!("/api/v1/organizations/{site}/reception");
    let said = json!({ "mode": "voice", "modeMost": "small", "sessionMb": 60, "monthMb": 500 });
    assert_eq!(put(&county, "scheduler", &path, &said).await, (StatusCode::OK, said.clone()));
    assert_eq!(county.get("scheduler", &path).await, (StatusCode::OK, said.clone()));
    assert_eq!(county.get(&village, "/api/v1/me").await.1["reception"], said);
    county.set_clock(NOW_S + 25 * 3600);
    let own_of = own(&county, &join, &village).await;
    assert_eq!((own_of.mode, own_of.mode_most), (Some(Mode::Voice), Some(Mode::Small)));
    let budget = own_of.data_budget.unwrap();
    let bytes = |it: Option<Megabytes>| it.map(Megabytes::bytes);
    assert_eq!(
        [bytes(budget.session), bytes(budget.month_left)],
        [Some(60_000_000), Some(500_000_000)]
    );
    let other = own(&county, &join, &specialist).await;
    assert_eq!((other.mode, other.mode_most, other.data_budget), (None, None, None));
}

#[tokio::test]
async fn what_is_no_mode_or_no_amount_is_refused_and_changes_nothing() {
    let county = County::start().await;
    let good = json!({ "mode": "small", "modeMost": "full", "sessionMb": 60, "monthMb": null });
    assert_eq!(put(&county, "scheduler", CLINIC, &good).await.0, StatusCode::OK);
    for (member, value) in [
        ("mode", json!("hd")),
        ("modeMost", json!("voice")),
        ("sessionMb", json!(-1)),
        ("sessionMb", json!(1_000_001)),
        ("monthMb", json!("NaN")),
        ("monthMb", serde_json::from_str("18446744073709551616").unwrap()),
        ("other", json!(1)),
    ] {
        let mut body = good.clone();
        body[member] = value;
        let (status, problem) = put(&county, "scheduler", CLINIC, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_problem(&problem, "invalid", 422);
    }
    assert_eq!(county.get("scheduler", CLINIC).await.1, good);
    let nowhere = CLINIC.replace("clinic-a", "nowhere");
    assert_eq!(put(&county, "scheduler", &nowhere, &good).await.0, StatusCode::NOT_FOUND);
    for method in [Method::GET, Method::PUT] {
        let (status, _) = answer(county.by("dr-chen", method, CLINIC).json(&good)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "only who books");
    }
}
