//! An adult is never alone with a minor: not when a session is booked or changed, and not when somebody comes in.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, answer, assert_problem, keys, tomorrow};
use crate::visitor::with_account;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use session::AccessToken;

/// A pupil and the pupil's mother.
async fn family(county: &County) -> (String, String) {
    let mut ids = Vec::new();
    for name in ["小明", "小明妈妈"] {
        let body = json!({ "names": { "zh": name }, "organizationId": "village-a" });
        let (status, made) = county.post("scheduler", "/api/v1/people", &body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    let (pupil, mother) = (ids[0].clone(), ids[1].clone());
    let body = json!({ "bornOn": "2015-05-01", "guardianIds": [mother] });
    let (status, told) = say(county, &pupil, &body).await;
    assert_eq!((status, &told), (StatusCode::OK, &body));
    (pupil, mother)
}

async fn say(county: &County, person: &str, body: &Value) -> (StatusCode, Value) {
    let path = format!("/api/v1/people/{person}/minor");
    answer(county.by("scheduler", Method::PUT, &path).json(body)).await
}

/// A training of these people, tomorrow from nine on or now.
fn training(people: &[(&str, &str)], starts_at: &str, ends_at: &str) -> Value {
    let people: Vec<Value> =
        people.iter().map(|(id, role)| json!({ "personId": id, "role": role })).collect();
    json!({ "kind": "training", "title": "辅导", "startsAt": starts_at, "endsAt": ends_at, "roomIds": [],
            "participants": people, "recording": true })
}

fn at_nine(people: &[(&str, &str)]) -> Value {
    training(people, &tomorrow(9, 0), &tomorrow(9, 30))
}

fn assert_alone(status: StatusCode, problem: &Value) {
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let fault = &problem["errors"][0];
    assert_eq!((&fault["field"], &fault["code"]), (&json!("participants"), &json!("minor-alone")));
    assert_eq!(fault["params"]["names"]["zh"], "小明");
    assert!(fault["detail"].as_str().unwrap().contains("guardian"), "{fault}");
}

#[tokio::test]
async fn a_lesson_of_one_adult_and_a_pupil_is_booked_with_a_second_adult_or_a_guardian_only() {
    let county = County::start().await;
    let (pupil, mother) = family(&county).await;
    let (pupil, mother) = (pupil.as_str(), mother.as_str());
    let teacher = ("teacher-wu", "lead_teacher");
    let (status, problem) = county.book(&at_nine(&[teacher, (pupil, "observer")])).await;
    assert_alone(status, &problem);
    // A second adult who answers for nobody, with one who does not either.
    let (status, problem) = county
        .book(&at_nine(&[
            ("reader", "observer"),
            (mother, "observer"),
            (pupil, "observer"),
            teacher,
        ]))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{problem}");
    let with = [(mother, "observer"), (pupil, "observer"), ("dr-sun", "village_doctor")];
    assert_eq!(
        county.book(&training(&with, &tomorrow(11, 0), &tomorrow(12, 0))).await.0,
        StatusCode::CREATED
    );
    let two = [("teacher-zhang", "lead_teacher"), ("reader", "observer"), (pupil, "observer")];
    assert_eq!(
        county.book(&training(&two, &tomorrow(13, 0), &tomorrow(14, 0))).await.0,
        StatusCode::CREATED
    );
    // Grown up by then.
    let (status, _) = say(&county, pupil, &json!({ "bornOn": "2008-11-24" })).await;
    assert_eq!(status, StatusCode::OK);
    let alone = [("teacher-zhang", "lead_teacher"), (pupil, "observer")];
    let later = training(&alone, &tomorrow(15, 0), &tomorrow(16, 0));
    assert_eq!(county.book(&later).await.0, StatusCode::CREATED);
    let (status, _) = say(&county, pupil, &json!({ "bornOn": "2008-11-25" })).await;
    assert_eq!(status, StatusCode::OK);
    let later = training(&alone, &tomorrow(17, 0), &tomorrow(18, 0));
    let (status, problem) = county.book(&later).await;
    assert_alone(status, &problem);
}

#[tokio::test]
async fn a_change_that_would_leave_an_adult_alone_with_a_pupil_is_refused_and_changes_nothing() {
    let county = County::start().await;
    let (pupil, mother) = family(&county).await;
    let people = [
        ("teacher-wu", "lead_teacher"),
        (pupil.as_str(), "observer"),
        (mother.as_str(), "observer"),
    ];
    let (status, session) = county.book(&at_nine(&people)).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    let path = format!("/api/v1/sessions/{}", session["id"].as_str().unwrap());
    let without = json!({ "participants": [
        { "personId": "teacher-wu", "role": "lead_teacher" }, { "personId": pupil, "role": "observer" }] });
    let change = county.by("scheduler", Method::PATCH, &path).header("if-match", "\"1\"");
    let (status, problem) = answer(change.json(&without)).await;
    assert_alone(status, &problem);
    let (_, after) = county.get("scheduler", &path).await;
    assert_eq!(after["participants"], session["participants"]);
}

#[tokio::test]
async fn nobody_comes_in_while_the_second_adult_cannot_come() {
    let county = County::start().await;
    let (pupil, _) = family(&county).await;
    with_account(&county, "teacher-zhang").await;
    let people = [
        ("teacher-wu", "lead_teacher"),
        ("teacher-zhang", "observer"),
        (pupil.as_str(), "observer"),
    ];
    county.set_clock(NOW_S + 86_400 + 3_600);
    let (status, session) = county.book(&at_nine(&people)).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    let path = format!("/api/v1/sessions/{}/join", session["id"].as_str().unwrap());
    let join = async |who: &str| county.post(who, &path, &json!({})).await;
    assert_eq!(join("teacher-wu").await.0, StatusCode::OK);
    let switch = async |enabled: bool| {
        let body = json!({ "enabled": enabled });
        answer(county.by("scheduler", Method::PUT, "/api/v1/accounts/teacher-zhang").json(&body))
            .await
            .0
    };
    assert_eq!(switch(false).await, StatusCode::OK);
    for who in ["teacher-wu", pupil.as_str()] {
        let (status, problem) = join(who).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{who}");
        assert_problem(&problem, "minor-alone", 403);
        assert_eq!(
            (&problem["rule"], &problem["params"]["names"]["zh"]),
            (&json!("minor-alone"), &json!("小明"))
        );
    }
    assert_eq!(switch(true).await, StatusCode::OK);
    // The gateway lets no private word pass between the two.
    for (who, minor) in [("teacher-wu", None), (pupil.as_str(), Some(true))] {
        let (status, pass) = join(who).await;
        assert_eq!(status, StatusCode::OK, "{pass}");
        let text = pass["token"].as_str().unwrap();
        let token = AccessToken::read(text, &keys(), NOW_S + 86_400 + 3_600).unwrap();
        assert_eq!(token.own.unwrap().minor, minor, "{who}");
    }
}

#[tokio::test]
async fn no_role_opens_it() {
    let county = County::start().await;
    let (pupil, _) = family(&county).await;
    let (_, table) = county.get("scheduler", "/api/v1/roles").await;
    let roles = table["roles"].as_array().unwrap().iter().map(|row| row["role"].as_str().unwrap());
    let wish = at_nine(&[("teacher-wu", "lead_teacher"), (pupil.as_str(), "observer")]);
    for (role, kind) in roles.flat_map(|role| [(role, "county"), (role, "home")]) {
        let body = json!({ "role": role, "scope": { "kind": kind } });
        let _ = county.post("scheduler", "/api/v1/people/teacher-wu/assignments", &body).await;
        for by in ["scheduler", "teacher-wu"] {
            let (status, problem) = county.post(by, "/api/v1/sessions", &wish).await;
            assert!(!status.is_success(), "{by} with {role}");
            if by == "scheduler" {
                assert_alone(status, &problem);
            }
        }
    }
}

#[tokio::test]
async fn what_is_said_of_a_minor_is_checked_and_told_to_administrators_alone() {
    let county = County::start().await;
    let (pupil, mother) = family(&county).await;
    for (body, field, code) in [
        (json!({ "bornOn": "2015-02-30" }), "bornOn", "not-a-day"),
        (json!({ "bornOn": "2027-01-01" }), "bornOn", "not-a-day"),
        (
            json!({ "bornOn": "2015-05-01", "guardianIds": ["nobody"] }),
            "guardianIds",
            "person-unknown",
        ),
        (
            json!({ "bornOn": "2015-05-01", "guardianIds": [pupil] }),
            "guardianIds",
            "guardian-is-minor",
        ),
        (
            json!({ "bornOn": "2015-05-01", "guardianIds": (0..11).map(|nth| nth.to_string()).collect::<Vec<_>>() }),
            "guardianIds",
            "too-many",
        ),
    ] {
        let (status, problem) = say(&county, &mother, &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let fault = &problem["errors"][0];
        let expected =
            if body["guardianIds"] == json!([pupil]) { "guardian-is-minor" } else { code };
        assert_eq!((&fault["field"], &fault["code"]), (&json!(field), &json!(expected)));
    }
    let path = format!("/api/v1/people/{pupil}/minor");
    let (status, told) = county.get("scheduler", &path).await;
    assert_eq!((status, &told["bornOn"]), (StatusCode::OK, &json!("2015-05-01")));
    assert_eq!(county.get("teacher-wu", &path).await.0, StatusCode::FORBIDDEN);
    let path = "/api/v1/people/dr-li/minor";
    assert_eq!(county.get("scheduler", path).await.0, StatusCode::NOT_FOUND);
}
