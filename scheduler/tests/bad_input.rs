//! Whatever is sent, the answer is a problem that says what to do, and the room goes on.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use std::time::Duration;

use crate::county::{County, NOW_S, answer, assert_problem, consultation, keys, tomorrow};
use reqwest::{Method, StatusCode, header};
use scheduler::Config;
use serde_json::{Value, json};
use session::{AccessToken, Keys, Purpose};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SESSIONS: &str = "/api/v1/sessions";

fn wish() -> Value {
    consultation(&tomorrow(9, 0), &tomorrow(9, 30))
}

async fn send_text(county: &County, body: impl Into<reqwest::Body>) -> (StatusCode, Value) {
    let request = county
        .by("scheduler", Method::POST, SESSIONS)
        .header(header::CONTENT_TYPE, "application/json");
    answer(request.body(body)).await
}

/// A person's token as it was when one key signed everything, and as whoever has the API key can make it.
fn by_the_api_key(person: &str) -> String {
    let token = AccessToken::for_person(person, "", NOW_S, 60);
    AccessToken { purpose: Purpose::Room, ..token }.sign(&keys()).unwrap()
}

/// The same token with another signature.
fn changed(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    format!("{signed}.{}", signature.replacen(|_| true, other, 1))
}

#[tokio::test]
async fn a_bad_token_is_refused_with_its_reason() {
    let county = County::start().await;
    let other = Keys::new("county", keys().secret(), "another-root-of-at-least-32-bytes").unwrap();
    let elsewhere = Keys::new("elsewhere", "another-secret-of-at-least-32-bytes", other.secret());
    let elsewhere = elsewhere.unwrap();
    let person =
        |now_s, keys: &Keys| AccessToken::for_person("dr-li", "", now_s, 60).sign(keys).unwrap();
    let cases = [
        (person(NOW_S - 3600, &keys()), "expired"),
        (person(NOW_S + 3600, &keys()), "not-yet"),
        (changed(&person(NOW_S, &keys())), "forged"),
        (person(NOW_S, &other), "unknown-key"),
        (by_the_api_key("dr-li"), "unknown-key"),
        (person(NOW_S, &elsewhere), "unknown-key"),
        ("rubbish".into(), "malformed"),
        ("x".repeat(9000), "too-long"),
        (
            AccessToken::for_service("recorder", NOW_S, 60).sign(&keys()).unwrap(),
            "not-a-person-token",
        ),
        (
            AccessToken::for_room("r", "dr-li", "", NOW_S, 60).sign(&keys()).unwrap(),
            "not-a-person-token",
        ),
        (AccessToken::for_person("nobody", "", NOW_S, 60).sign(&keys()).unwrap(), "unknown-person"),
        (
            AccessToken::for_person("' OR 1=1 --", "", NOW_S, 60).sign(&keys()).unwrap(),
            "unknown-person",
        ),
    ];
    for (token, reason) in cases {
        let request = county.bare(Method::GET, "/api/v1/me").bearer_auth(token);
        let response = request.try_clone().unwrap().send().await.unwrap();
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
        let (status, problem) = answer(request).await;
        assert_eq!(
            (status, &problem["reason"]),
            (StatusCode::UNAUTHORIZED, &json!(reason)),
            "{problem}"
        );
        assert_problem(&problem, "token-refused", 401);
    }
}

#[tokio::test]
async fn every_path_asks_who_is_there() {
    let county = County::start().await;
    let id = "0192f8a0-0000-7000-8000-000000000000";
    let session = format!("{SESSIONS}/{id}");
    let paths = [
        (Method::GET, "/api/v1/me".to_owned()),
        (Method::GET, "/api/v1/directory".into()),
        (Method::GET, SESSIONS.into()),
        (Method::POST, SESSIONS.into()),
        (Method::GET, session.clone()),
        (Method::POST, format!("{session}/cancel")),
        (Method::POST, format!("{session}/join")),
    ];
    for (method, path) in paths {
        for authorization in
            [None, Some(""), Some("Basic ZHI6bGk="), Some("Bearer"), Some("Bearer ")]
        {
            let mut request = county.bare(method.clone(), &path).json(&wish());
            if let Some(authorization) = authorization {
                request = request.header(header::AUTHORIZATION, authorization);
            }
            let (status, problem) = answer(request).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path} {authorization:?}");
            assert_problem(&problem, "token-refused", 401);
        }
    }
}

#[tokio::test]
async fn what_is_not_json_is_400() {
    let county = County::start().await;
    let deep = "[".repeat(20_000);
    for body in ["", "{", "{\"kind\":", "not json", "\u{feff}{}", "{'kind':1}", &deep] {
        let (status, problem) = send_text(&county, body.to_owned()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body:.20}");
        assert_problem(&problem, "bad-json", 400);
    }
    let (status, _) = send_text(&county, vec![0xff, 0xfe, 0x00]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn json_of_another_form_is_422_and_names_the_member() {
    let county = County::start().await;
    let cases = [
        (json!(null), ""),
        (json!([1, 2]), ""),
        (json!({}), "kind"),
        (with("kind", json!("lecture")), "lecture"),
        (with("kind", json!(7)), ""),
        (with("title", json!(null)), ""),
        (with("participants", json!("dr-li")), ""),
        (with("participants", json!([{ "personId": "dr-li" }])), "role"),
        (with("participants", json!([{ "personId": "dr-li", "role": "king" }])), "king"),
        (with("roomIds", json!([1])), ""),
        (with("recording", json!("yes")), ""),
        (with("recordings", json!(true)), "recordings"),
    ];
    for (body, named) in cases {
        let (status, problem) = county.book(&body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_problem(&problem, "invalid", 422);
        assert!(problem["detail"].as_str().unwrap().contains(named), "{problem}");
    }
}

fn with(member: &str, value: Value) -> Value {
    let mut wish = wish();
    wish[member] = value;
    wish
}

#[tokio::test]
async fn a_faulty_wish_is_422_and_lists_every_fault() {
    let county = County::start().await;
    let doctor = json!({ "personId": "dr-zhao", "role": "village_doctor" });
    let specialist = |id: &str| json!({ "personId": id, "role": "specialist" });
    let (chen, nobody, li) = (specialist("dr-chen"), specialist("nobody"), specialist("dr-li"));
    let (at, past) = (consultation, "start-in-the-past");
    let cases = [
        (with("title", json!("")), "title", "title-missing"),
        (with("title", json!("会".repeat(121))), "title", "title-too-long"),
        (with("startsAt", json!("tomorrow")), "startsAt", "not-a-time"),
        (with("startsAt", json!("2026-11-24T09:00:00")), "startsAt", "not-a-time"),
        (with("endsAt", json!("1969-01-01T00:00:00Z")), "endsAt", "not-a-time"),
        (with("endsAt", json!(tomorrow(9, 0))), "endsAt", "end-before-start"),
        (with("endsAt", json!(tomorrow(21, 1))), "endsAt", "too-long"),
        (at("2026-11-23T06:00:00+08:00", "2026-11-23T07:00:00+08:00"), "startsAt", past),
        (at("2026-11-23T07:54:00+08:00", "2026-11-23T08:30:00+08:00"), "startsAt", past),
        (at("2027-11-25T08:00:00+08:00", "2027-11-25T09:00:00+08:00"), "startsAt", "too-far-ahead"),
        (at("9999-12-30T08:00:00Z", "9999-12-30T09:00:00Z"), "startsAt", "too-far-ahead"),
        (with("participants", json!([])), "participants", "role-missing"),
        (with("participants", json!([doctor])), "participants", "role-missing"),
        (with("participants", json!([doctor, doctor, chen])), "participants", "person-twice"),
        (with("participants", json!([doctor, nobody])), "participants", "person-unknown"),
        (with("participants", json!([doctor, li])), "participants", "role-not-held"),
        (with("roomIds", json!(["hospital-1", "hospital-1"])), "roomIds", "room-twice"),
        (with("roomIds", json!(["'; DROP TABLE room; --"])), "roomIds", "room-unknown"),
        (with("roomIds", json!(vec!["hospital-1"; 11])), "roomIds", "too-many-rooms"),
    ];
    for (body, field, code) in cases {
        let (status, problem) = county.book(&body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_problem(&problem, "invalid", 422);
        let error = &problem["errors"][0];
        assert_eq!((&error["field"], &error["code"]), (&json!(field), &json!(code)), "{problem}");
        assert!(error["params"].is_object(), "{problem}");
    }
    let (status, _) = county.book(&wish()).await;
    assert_eq!(status, StatusCode::CREATED, "nothing of all that was taken");
}

#[tokio::test]
async fn over_64_kib_is_413_whether_the_length_is_told_or_not() {
    let county = County::start().await;
    let big = json!({ "title": "x".repeat(65 * 1024) }).to_string();
    let (status, problem) = send_text(&county, big.clone()).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_problem(&problem, "too-large", 413);
    let pieces = futures_util::stream::iter(vec![Ok::<_, std::io::Error>(big.clone()), Ok(big)]);
    let (status, problem) = send_text(&county, reqwest::Body::wrap_stream(pieces)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_problem(&problem, "too-large", 413);
}

#[tokio::test]
async fn a_body_that_never_arrives_is_408() {
    let county = County::start_with(Config { body_s_max: 1, ..Config::default() }).await;
    let token = AccessToken::for_person("scheduler", "", NOW_S, 60).sign(&keys()).unwrap();
    let mut stream =
        tokio::net::TcpStream::connect(county.base.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST {SESSIONS} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut text = vec![0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut text))
        .await
        .unwrap()
        .unwrap();
    assert!(String::from_utf8_lossy(&text[..read]).starts_with("HTTP/1.1 408"));
}

#[tokio::test]
async fn another_media_type_is_415() {
    let county = County::start().await;
    for media in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        let request =
            county.by("scheduler", Method::POST, SESSIONS).header(header::CONTENT_TYPE, media);
        let (status, problem) = answer(request.body(wish().to_string())).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media}");
        assert_problem(&problem, "not-json", 415);
    }
    let request = county
        .by("scheduler", Method::POST, SESSIONS)
        .header(header::CONTENT_TYPE, "Application/JSON; charset=utf-8");
    assert_eq!(answer(request.body(wish().to_string())).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_day_that_is_none_is_400() {
    let county = County::start().await;
    for day in
        ["", "today", "2026-02-30", "2026-1-1", "9999-12-31", "2026-11-23%00", "-000001-01-01"]
    {
        let (status, problem) = county.get("dr-li", &format!("{SESSIONS}?day={day}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{day}");
        assert_problem(&problem, "bad-parameter", 400);
    }
    let (status, problem) =
        county.get("dr-li", &format!("{SESSIONS}?day=2026-11-23&day=2026-11-24")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_problem(&problem, "bad-parameter", 400);
}

#[tokio::test]
async fn an_unknown_session_is_404() {
    let county = County::start().await;
    let ids = [
        "0192f8a0-0000-7000-8000-000000000000",
        "0192F8A0-0000-7000-8000-000000000000",
        "nothing",
        "%ff",
        "..%2f..%2fetc",
    ];
    for id in ids {
        let path = format!("{SESSIONS}/{id}");
        let mut answers = vec![county.get("scheduler", &path).await];
        answers.push(county.post("scheduler", &format!("{path}/cancel"), &json!({})).await);
        answers.push(county.post("scheduler", &format!("{path}/join"), &json!({})).await);
        for (status, problem) in answers {
            assert_eq!(status, StatusCode::NOT_FOUND, "{id}");
            assert_problem(&problem, "not-found", 404);
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_404_and_an_unknown_method_405() {
    let county = County::start().await;
    for path in ["/api", "/api/", "/api/v1", "/api/v2/me", "/api/v1/me/", "/api/v1/sessions/a/b/c"]
    {
        let (status, problem) = answer(county.bare(Method::GET, path)).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert_problem(&problem, "not-found", 404);
    }
    for (method, path) in [
        (Method::DELETE, SESSIONS),
        (Method::PUT, "/api/v1/me"),
        (Method::POST, "/api/v1/directory"),
    ] {
        let (status, problem) = answer(county.bare(method, path)).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_problem(&problem, "method-not-allowed", 405);
    }
}

#[tokio::test]
async fn only_a_scheduler_books() {
    let county = County::start().await;
    for person in ["dr-wang", "dr-li", "teacher-zhang", "reader"] {
        let (status, problem) = county.post(person, SESSIONS, &wish()).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert_problem(&problem, "forbidden", 403);
    }
}

#[tokio::test]
async fn problems_are_counted_by_their_type() {
    let county = County::start().await;
    county.get("dr-li", "/api/v1/nothing").await;
    county.book(&json!({})).await;
    let text = county.scheduler.metrics();
    assert!(text.contains("shanqiao_scheduler_problems_total{kind=\"not-found\"} 1"), "{text}");
    assert!(text.contains("shanqiao_scheduler_problems_total{kind=\"invalid\"} 1"), "{text}");
    assert!(!text.contains("# EOF"), "the rooms' texts stand one after the other");
}
