//! Administrators make accounts, make links to set passwords, and disable whoever shall not come in.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, answer, assert_problem};
use crate::visitor::{PASSWORD, Visitor, with_account};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn switch(county: &County, person: &str, enabled: bool) -> (StatusCode, Value) {
    let path = format!("/api/v1/accounts/{person}");
    answer(county.by("scheduler", Method::PUT, &path).json(&json!({ "enabled": enabled }))).await
}

async fn make(county: &County, person: &str, name: &str) -> (StatusCode, Value) {
    county
        .post("scheduler", "/api/v1/accounts", &json!({ "personId": person, "loginName": name }))
        .await
}

#[tokio::test]
async fn a_person_of_the_directory_comes_in_by_the_account_that_was_made() {
    let county = County::start().await;
    let (status, link) = make(&county, "dr-li", "13900000001").await;
    assert_eq!(status, StatusCode::CREATED, "{link}");
    assert_eq!(
        (&link["loginName"], &link["endsAt"]),
        (&json!("13900000001"), &json!("2026-11-26T08:00:00+08:00"))
    );
    let mut doctor = Visitor::default();
    let (_, looked) = doctor.post(&county, "/api/v1/links", &json!({ "once": link["once"] })).await;
    assert_eq!(
        (&looked["purpose"], &looked["loginName"]),
        (&json!("password"), &json!("13900000001"))
    );
    let body = json!({ "once": link["once"], "password": PASSWORD });
    assert_eq!(doctor.post(&county, "/api/v1/password", &body).await.0, StatusCode::OK);
    assert_eq!(doctor.get(&county, "/api/v1/me").await.1["person"]["id"], "dr-li");
    let (status, again) = Visitor::default().post(&county, "/api/v1/password", &body).await;
    assert_eq!((status, &again["reason"]), (StatusCode::GONE, &json!("password-used")));
    let (_, list) = county.get("scheduler", "/api/v1/accounts").await;
    assert_eq!(list["next"], Value::Null);
    let account = json!({ "personId": "dr-li", "names": { "zh": "李医生", "en": "Dr Li" }, "loginName": "13900000001",
        "enabled": true, "hasPassword": true });
    assert_eq!(list["accounts"], json!([account]));
}

#[tokio::test]
async fn what_cannot_be_made_says_why() {
    let county = County::start().await;
    assert_eq!(make(&county, "dr-li", "li").await.0, StatusCode::CREATED);
    for (person, name, code) in [
        ("dr-wang", "LI", "login-name-taken"),
        ("dr-wang", "王", "not-a-login-name"),
        ("dr-nobody", "nobody", "person-unknown"),
    ] {
        let (status, problem) = make(&county, person, name).await;
        assert_eq!(
            (status, &problem["errors"][0]["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(code))
        );
    }
    let (status, problem) = make(&county, "dr-li", "another").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "has-account", 409);
    for (method, path) in
        [(Method::PUT, "/api/v1/accounts/dr-wang"), (Method::POST, "/api/v1/accounts/dr-wang/link")]
    {
        let (status, _) =
            answer(county.by("scheduler", method, path).json(&json!({ "enabled": true }))).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_disabled_person_is_out_with_the_next_request_by_cookie_and_by_link_and_back_when_enabled()
 {
    let county = County::start().await;
    let doctor = with_account(&county, "dr-li").await;
    let (_, link) = county.post("scheduler", "/api/v1/accounts/dr-li/link", &json!({})).await;
    assert!(doctor.is_in(&county).await);
    let (status, account) = switch(&county, "dr-li", false).await;
    assert_eq!((status, &account["enabled"]), (StatusCode::OK, &json!(false)));
    assert!(!doctor.is_in(&county).await);
    let (status, problem) = county.get("dr-li", "/api/v1/me").await;
    assert_eq!(
        (status, &problem["reason"]),
        (StatusCode::UNAUTHORIZED, &json!("account-disabled"))
    );
    let mut again = Visitor::default();
    assert_eq!(again.log_in(&county, "dr-li", "wrong password").await.0, StatusCode::UNAUTHORIZED);
    let (status, problem) = again.log_in(&county, "dr-li", PASSWORD).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_problem(&problem, "account-disabled", 403);
    let body = json!({ "once": link["once"], "password": PASSWORD });
    assert_eq!(again.post(&county, "/api/v1/password", &body).await.0, StatusCode::GONE);
    assert_eq!(switch(&county, "dr-li", true).await.0, StatusCode::OK);
    assert!(!doctor.is_in(&county).await, "the login of before has ended");
    assert_eq!(again.log_in(&county, "dr-li", PASSWORD).await.0, StatusCode::OK);
    assert_eq!(county.get("dr-li", "/api/v1/me").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_new_link_ends_the_one_before_and_three_days_end_it() {
    let county = County::start().await;
    let doctor = with_account(&county, "dr-li").await;
    let link = || county.post("scheduler", "/api/v1/accounts/dr-li/link", &Value::Null);
    let (first, second) = (link().await.1, link().await.1);
    let mut visitor = Visitor::default();
    let body = |link: &Value| json!({ "once": link["once"], "password": "another bridge" });
    let (status, problem) = visitor.post(&county, "/api/v1/password", &body(&first)).await;
    assert_eq!((status, &problem["reason"]), (StatusCode::GONE, &json!("password-over")));
    assert!(doctor.is_in(&county).await, "until it is used all is as it was");
    county.set_clock(NOW_S + 3 * 86_400);
    assert_eq!(visitor.post(&county, "/api/v1/password", &body(&second)).await.0, StatusCode::GONE);
    let third = link().await.1;
    assert_eq!(visitor.post(&county, "/api/v1/password", &body(&third)).await.0, StatusCode::OK);
    assert!(!doctor.is_in(&county).await, "whoever had the old password is out");
}

#[tokio::test]
async fn only_administrators_do_any_of_it_and_the_last_one_stays() {
    let county = County::start().await;
    with_account(&county, "scheduler").await;
    with_account(&county, "dr-li").await;
    for (method, path, body) in [
        (Method::GET, "/api/v1/accounts", json!({})),
        (Method::POST, "/api/v1/accounts", json!({ "personId": "dr-wang", "loginName": "wang" })),
        (Method::PUT, "/api/v1/accounts/dr-li", json!({ "enabled": false })),
        (Method::POST, "/api/v1/accounts/dr-li/link", json!({})),
    ] {
        let (status, problem) = answer(county.by("dr-li", method.clone(), path).json(&body)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}");
        assert_problem(&problem, "forbidden", 403);
        let (status, _) = answer(county.bare(method.clone(), path).json(&body)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
    }
    let (status, problem) = switch(&county, "scheduler", false).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "last-administrator", 409);
    assert_eq!(county.get("scheduler", "/api/v1/me").await.0, StatusCode::OK);
}

#[tokio::test]
async fn many_accounts_are_read_in_parts() {
    let county = County::start().await;
    for person in ["dr-li", "dr-wang", "teacher-wu"] {
        assert_eq!(make(&county, person, person).await.0, StatusCode::CREATED);
    }
    let (_, rest) = county.get("scheduler", "/api/v1/accounts?after=dr-li").await;
    let ids: Vec<&Value> =
        rest["accounts"].as_array().unwrap().iter().map(|it| &it["personId"]).collect();
    assert_eq!(ids, ["dr-wang", "teacher-wu"]);
}
