//! Webhooks are made, tested and deleted by administrators, as many as there may be, and nothing is sent where it must not go.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county;
use std::sync::atomic::Ordering;

use crate::county::{County, NOW_S, answer, assert_problem, consultation, tomorrow};
use crate::receiver::{Answer, Receiver};
use reqwest::{Method, StatusCode};
use scheduler::{Clock, Config, Scheduler, StartError};
use serde_json::{Value, json};
use tempfile::TempDir;

fn settings() -> Config {
    Config {
        webhook_private_targets: true,
        webhook_look_ms: 20,
        webhook_answer_s: 1,
        ..Config::default()
    }
}

async fn make(county: &County, url: &str) -> (StatusCode, Value) {
    county.post("scheduler", "/api/v1/webhooks", &json!({ "name": "省平台", "url": url })).await
}

async fn made(county: &County, url: &str) -> String {
    let (status, made) = make(county, url).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made["webhook"]["id"].as_str().unwrap().to_owned()
}

async fn tested(county: &County, id: &str) -> Value {
    let path = format!("/api/v1/webhooks/{id}/test");
    let (status, tried) = county.post("scheduler", &path, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{tried}");
    json!([tried["number"], tried["status"], tried["failure"]])
}

#[tokio::test]
async fn addresses_that_lead_inside_are_refused_at_the_field() {
    let county = County::start().await;
    for (url, code) in [
        ("http://hooks.example.org/", "url-not-https"),
        ("https://127.0.0.1/", "url-forbidden"),
        ("https://2130706433/", "url-forbidden"),
        ("https://[::ffff:10.0.0.1]/", "url-forbidden"),
        ("https://169.254.169.254/latest/", "url-forbidden"),
        ("https://[64:ff9b::a9fe:a9fe]/", "url-forbidden"),
        // The names of this machine, whatever its resolver says of them.
        ("https://localhost/", "url-forbidden"),
        ("https://localhost.localdomain.localhost/", "url-forbidden"),
        ("https://a:b@8.8.8.8/", "url-has-user"),
        ("https://8.8.8.8:25/", "url-port"),
        ("none", "url-unreadable"),
    ] {
        let (status, problem) = make(&county, url).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{url}: {problem}");
        let error = &problem["errors"][0];
        assert_eq!((&error["field"], &error["code"]), (&json!("url"), &json!(code)), "{url}");
    }
    let id = made(&county, "https://8.8.8.8/").await;
    let path = format!("/api/v1/webhooks/{id}");
    let inside = json!({ "url": "https://10.0.0.1/" });
    let (status, problem) =
        answer(county.by("scheduler", Method::PATCH, &path).json(&inside)).await;
    assert_eq!(
        (status, &problem["errors"][0]["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("url-forbidden"))
    );
}

#[tokio::test]
async fn what_the_operator_does_not_allow_any_more_is_not_sent_to() {
    let folder = TempDir::new().unwrap();
    let plain = Receiver::start().await;
    let (secure, _) = Receiver::start_secure().await;
    let county = County::start_in(folder.path(), settings()).await;
    let ids = [made(&county, &plain.url).await, made(&county, &secure.url).await];
    county.stop().await;
    let strict = Config { webhook_private_targets: false, ..settings() };
    let county = County::start_in(folder.path(), strict).await;
    for id in &ids {
        assert_eq!(tested(&county, id).await, json!([null, null, "forbidden"]));
    }
    let wish = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    assert_eq!(county.book(&wish).await.0, StatusCode::CREATED);
    let forbidden = "webhook_tries_total{outcome=\"forbidden\"} 4";
    for _ in 0..400 {
        if county.scheduler.metrics().contains(forbidden) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert!(county.scheduler.metrics().contains(forbidden), "{}", county.scheduler.metrics());
    for receiver in [&plain, &secure] {
        assert_eq!(receiver.connections.load(Ordering::SeqCst), 0, "nobody was connected to");
    }
}

#[tokio::test]
async fn a_receiver_behind_tls_must_be_vouched_for() {
    let folder = TempDir::new().unwrap();
    let (mut receiver, pem) = Receiver::start_secure().await;
    let ca_file = folder.path().join("authority.pem");
    std::fs::write(&ca_file, pem).unwrap();
    let county = County::start_with(settings()).await;
    let id = made(&county, &receiver.url).await;
    assert_eq!(tested(&county, &id).await, json!([null, null, "unreachable"]));
    assert!(receiver.is_quiet());
    let vouched = Config { webhook_ca_file: Some(ca_file), ..settings() };
    let county = County::start_with(vouched).await;
    let (_, told) = make(&county, &receiver.url).await;
    let id = told["webhook"]["id"].as_str().unwrap();
    assert_eq!(tested(&county, id).await, json!([null, 200, null]));
    let came = receiver.next().await;
    assert_eq!(came.good(told["secret"].as_str().unwrap()), [0]);
    let expected = json!({ "type": "webhook.test", "timestamp": "2026-11-23T08:00:00+08:00", "data": { "webhookId": id } });
    assert_eq!(came.body, expected);
    let nowhere = Config {
        webhook_ca_file: Some("/none".into()),
        data: folder.path().join("a"),
        ..settings()
    };
    let clock = Clock::told(std::sync::Arc::new(NOW_S.into()));
    let refused = Scheduler::start_by(nowhere, county::keys(), clock).await.unwrap_err();
    assert!(matches!(refused, StartError::Webhooks(why) if why.contains("/none")));
}

#[tokio::test]
async fn a_test_is_tried_once_and_moves_nothing_and_the_latest_hundred_tries_are_kept() {
    let county = County::start_with(settings()).await;
    let mut receiver = Receiver::start().await;
    let id = made(&county, &receiver.url).await;
    let answers = [Answer::Status(410), Answer::Status(500), Answer::Silence];
    receiver.answer(answers.into_iter().chain([Answer::With(307, "location: http://127.0.0.1/")]));
    let mut ids = std::collections::BTreeSet::new();
    for expected in [
        (json!(410), "gone"),
        (json!(500), "status"),
        (json!(null), "timeout"),
        (json!(307), "redirect"),
    ] {
        assert_eq!(tested(&county, &id).await, json!([null, expected.0, expected.1]));
        ids.insert(receiver.next().await.id().to_owned());
    }
    assert_eq!(ids.len(), 4);
    let webhook = &county.get("scheduler", "/api/v1/webhooks").await.1["webhooks"][0];
    let told =
        json!([webhook["paused"], webhook["failedTries"], webhook["lastFailure"]["failure"]]);
    assert_eq!(told, json!([null, 0, "redirect"]));
    for _ in 0..100 {
        assert_eq!(tested(&county, &id).await, json!([null, 200, null]));
    }
    let (_, kept) = county.get("scheduler", &format!("/api/v1/webhooks/{id}/deliveries")).await;
    let kept = kept["tries"].as_array().unwrap();
    assert_eq!(kept.len(), 100);
    assert!(kept.iter().all(|tried| tried["status"] == json!(200)), "the oldest are forgotten");
}

#[tokio::test]
async fn there_are_so_many_and_administrators_alone_keep_them() {
    let county = County::start().await;
    let first = made(&county, "https://8.8.8.8/0").await;
    for number in 1..16 {
        made(&county, &format!("https://8.8.8.8/{number}")).await;
    }
    let (status, problem) = make(&county, "https://8.8.8.8/16").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "too-many-webhooks", 409);
    let counted = "problems_total{kind=\"too-many-webhooks\"} 1";
    assert!(county.scheduler.metrics().contains(counted));
    let (_, list) = county.get("scheduler", "/api/v1/webhooks").await;
    assert_eq!((list["webhooks"].as_array().unwrap().len(), &list["most"]), (16, &json!(16)));
    for (method, path) in [
        (Method::GET, "/api/v1/webhooks".to_owned()),
        (Method::POST, "/api/v1/webhooks".to_owned()),
        (Method::PATCH, format!("/api/v1/webhooks/{first}")),
        (Method::DELETE, format!("/api/v1/webhooks/{first}")),
        (Method::POST, format!("/api/v1/webhooks/{first}/test")),
        (Method::POST, format!("/api/v1/webhooks/{first}/secret")),
        (Method::POST, format!("/api/v1/webhooks/{first}/replay")),
        (Method::GET, format!("/api/v1/webhooks/{first}/deliveries")),
    ] {
        let request = county.by("dr-chen", method.clone(), &path).json(&json!({}));
        assert_eq!(answer(request).await.0, StatusCode::FORBIDDEN, "{method} {path}");
        let unknown = path.replace(&first, "0192f8a0-0000-7000-8000-000000000000");
        if unknown != path {
            let body = json!({ "since": "0" });
            let body = if path.ends_with("replay") { body } else { json!({}) };
            let request = county.by("scheduler", method.clone(), &unknown).json(&body);
            assert_eq!(answer(request).await.0, StatusCode::NOT_FOUND, "{method} {unknown}");
        }
    }
    let path = format!("/api/v1/webhooks/{first}");
    let (status, left) = answer(county.by("scheduler", Method::DELETE, &path)).await;
    assert_eq!((status, left["webhooks"].as_array().unwrap().len()), (StatusCode::OK, 15));
    made(&county, "https://8.8.8.8/16").await;
}

#[tokio::test]
async fn what_is_wrong_with_a_webhook_is_said_member_by_member() {
    let county = County::start().await;
    let wish =
        json!({ "name": " ", "url": "https://10.0.0.1/", "kinds": ["session.booked", "nothing"] });
    let (status, problem) = county.post("scheduler", "/api/v1/webhooks", &wish).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let codes: Vec<Value> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| json!([it["field"], it["code"]]))
        .collect();
    let expected = [
        json!(["name", "not-a-name"]),
        json!(["kinds", "kind-unknown"]),
        json!(["url", "url-forbidden"]),
    ];
    assert_eq!(codes, expected);
    let id = made(&county, "https://8.8.8.8/a#b").await;
    let path = format!("/api/v1/webhooks/{id}");
    let to = json!({ "name": "HIS", "kinds": ["session.cancelled", "session.booked", "session.booked"] });
    let (_, webhook) = answer(county.by("scheduler", Method::PATCH, &path).json(&to)).await;
    assert_eq!((&webhook["name"], &webhook["url"]), (&json!("HIS"), &json!("https://8.8.8.8/a")));
    assert_eq!(webhook["kinds"], json!(["session.booked", "session.cancelled"]));
}
