//! Other programs are told of every event: signed, in order, again until they take it, and again after a crash.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::{killed, receiver};
use std::sync::Arc;
use std::time::Duration;

use crate::county::database;
use crate::county::{County, NOW_S, answer, consultation, tomorrow};
use crate::receiver::{Answer, Receiver};
use reqwest::{Method, StatusCode};
use scheduler::Config;
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

async fn made(county: &County, url: &str, kinds: &[&str]) -> (String, String) {
    let wish = json!({ "name": "HIS", "url": url, "kinds": kinds });
    let (status, made) = county.post("scheduler", "/api/v1/webhooks", &wish).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&made["webhook"]["id"]), text(&made["secret"]))
}

async fn act(county: &County, id: &str, what: &str, body: &Value) -> Value {
    let path = format!("/api/v1/webhooks/{id}/{what}");
    let (status, done) = county.post("scheduler", &path, body).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    done
}

async fn change(county: &County, id: &str, change: &Value) -> Value {
    let path = format!("/api/v1/webhooks/{id}");
    let (status, done) = answer(county.by("scheduler", Method::PATCH, &path).json(change)).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    done
}

/// Waits until the webhook that was made first is as it is wanted to be.
async fn until(county: &County, wanted: impl Fn(&Value) -> bool) -> Value {
    until_of(county, 0, wanted).await
}

async fn until_of(county: &County, place: usize, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut webhook = Value::Null;
    for _ in 0..400 {
        let (_, list) = county.get("scheduler", "/api/v1/webhooks").await;
        webhook = list["webhooks"][place].clone();
        if wanted(&webhook) {
            return webhook;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it never came: {webhook}");
}

async fn tries(county: &County, id: &str) -> Vec<Value> {
    let (_, told) = county.get("scheduler", &format!("/api/v1/webhooks/{id}/deliveries")).await;
    let told = told["tries"].as_array().unwrap().iter();
    told.map(|it| json!([it["number"], it["status"], it["failure"]])).collect()
}

async fn booked(county: &County, hour: u32) -> String {
    let (status, session) =
        county.book(&consultation(&tomorrow(hour, 0), &tomorrow(hour, 30))).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    session["id"].as_str().unwrap().to_owned()
}

async fn latest(county: &County) -> i64 {
    let (_, page) = county.get("scheduler", "/api/v1/changes?since=latest").await;
    page["next"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn every_event_comes_signed_and_in_order_to_who_wants_its_kind() {
    let county = County::start_with(settings()).await;
    let (mut all, mut some) = (Receiver::start().await, Receiver::start().await);
    let (_, secret) = made(&county, &all.url, &[]).await;
    let (_, other_secret) = made(&county, &some.url, &["session.cancelled"]).await;
    let before = latest(&county).await;
    let sessions = [booked(&county, 9).await, booked(&county, 10).await];
    let path = format!("/api/v1/sessions/{}", sessions[0]);
    let moved = json!({ "startsAt": tomorrow(14, 0), "endsAt": tomorrow(14, 45), "title": "张三的会诊", "reason": "医生有手术" });
    let request = county.by("scheduler", Method::PATCH, &path).header("If-Match", "*").json(&moved);
    assert_eq!(answer(request).await.0, StatusCode::OK);
    let gone = format!("{path}/cancel");
    assert_eq!(county.post("scheduler", &gone, &json!({})).await.0, StatusCode::OK);
    let came = all.next_of(4).await;
    for message in &came {
        assert_eq!(message.good(&secret), [0], "{message:?}");
        assert_eq!(message.good(&other_secret), [0; 0]);
        assert_eq!(message.headers["webhook-timestamp"], NOW_S.to_string());
        assert_eq!(message.headers["content-type"], "application/json");
        assert!(message.text.len() < 1024, "{} bytes", message.text.len());
        for secret_of_people in ["张三", "皮肤科", "手术", "dr-chen", "周调度"] {
            assert!(!message.text.contains(secret_of_people), "{}", message.text);
        }
    }
    let numbers: Vec<i64> = came.iter().map(receiver::Came::number).collect();
    assert_eq!(numbers, (before + 1..=before + 4).collect::<Vec<_>>());
    let kinds: Vec<&Value> = came.iter().map(|message| &message.body["type"]).collect();
    assert_eq!(kinds, ["session.booked", "session.booked", "session.changed", "session.cancelled"]);
    let expected = json!({
        "type": "session.changed", "timestamp": "2026-11-23T08:00:00+08:00",
        "data": {
            "number": before + 3, "sessionId": sessions[0], "sessionKind": "consultation", "version": 2, "kind": "changed",
            "startsAt": tomorrow(14, 0), "endsAt": tomorrow(14, 45), "changed": ["title", "startsAt", "endsAt"],
        },
    });
    assert_eq!(came[2].body, expected);
    // The other one wanted one of them, and knows it by an id of its own.
    let alone = some.next().await;
    assert_eq!((alone.number(), &alone.body), (before + 4, &came[3].body));
    assert_eq!(alone.good(&other_secret), [0]);
    assert_ne!(alone.id(), came[3].id());
    // What is not wanted is passed over.
    for place in 0..2 {
        until_of(&county, place, |webhook| webhook["waiting"] == json!(0)).await;
    }
    assert!(all.is_quiet() && some.is_quiet());
}

#[tokio::test]
async fn what_fails_is_tried_again_later_and_what_follows_waits() {
    let county = County::start_with(settings()).await;
    let mut receiver = Receiver::start().await;
    let (id, secret) = made(&county, &receiver.url, &[]).await;
    let answers = [Answer::Status(500), Answer::Silence, Answer::With(503, "retry-after: 300")];
    receiver.answer(answers.into_iter().chain([Answer::With(302, "location: /elsewhere")]));
    let (first, second) = (latest(&county).await + 1, latest(&county).await + 2);
    booked(&county, 9).await;
    booked(&county, 10).await;
    let mut now_s = NOW_S;
    let mut ids = vec![];
    for (tries, least_s, most_s) in [(1, 4, 5), (2, 8, 10), (3, 300, 300), (4, 30, 40)] {
        let came = receiver.next().await;
        assert_eq!((came.number(), came.good(&secret)), (first, vec![0]));
        assert_eq!(came.headers["webhook-timestamp"], now_s.to_string(), "signed anew");
        ids.push(came.id().to_owned());
        let webhook = until(&county, |webhook| webhook["failedTries"] == json!(tries)).await;
        let next: jiff::Timestamp = webhook["nextTryAt"].as_str().unwrap().parse().unwrap();
        let next_s = u64::try_from(next.as_second()).unwrap();
        assert!((least_s..=most_s).contains(&(next_s - now_s)), "{tries}: {}", next_s - now_s);
        county.set_clock(next_s - 1);
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(receiver.is_quiet(), "{tries}: not a second sooner");
        now_s = next_s;
        county.set_clock(now_s);
    }
    let came = receiver.next_of(2).await;
    assert_eq!((came[0].number(), came[1].number()), (first, second));
    ids.push(came[0].id().to_owned());
    ids.dedup();
    assert_eq!(ids.len(), 1, "the same id each time");
    assert_ne!(came[1].id(), came[0].id());
    let webhook = until(&county, |webhook| webhook["waiting"] == json!(0)).await;
    assert_eq!((&webhook["failedTries"], &webhook["nextTryAt"]), (&json!(0), &json!(null)));
    assert_eq!(webhook["lastFailure"]["failure"], "redirect", "{webhook}");
    let expected = [
        json!([second, 200, null]),
        json!([first, 200, null]),
        json!([first, 302, "redirect"]),
        json!([first, 503, "status"]),
        json!([first, null, "timeout"]),
        json!([first, 500, "status"]),
    ];
    assert_eq!(tries(&county, &id).await, expected);
    let metrics = county.scheduler.metrics();
    for (outcome, count) in [("taken", 2), ("status", 2), ("timeout", 1), ("redirect", 1)] {
        let line = format!("webhook_tries_total{{outcome=\"{outcome}\"}} {count}");
        assert!(metrics.contains(&line), "{line}");
    }
}

#[tokio::test]
async fn who_wants_no_more_or_takes_nothing_for_three_days_is_paused_and_loses_nothing() {
    let county = County::start_with(settings()).await;
    let mut receiver = Receiver::start().await;
    let (id, _) = made(&county, &receiver.url, &[]).await;
    receiver.answer([Answer::Status(410)]);
    booked(&county, 9).await;
    let first = receiver.next().await;
    let webhook = until(&county, |webhook| webhook["paused"] == json!("gone")).await;
    assert_eq!(webhook["lastFailure"]["status"], 410);
    booked(&county, 10).await;
    receiver.answer([Answer::Status(500), Answer::Status(500)]);
    change(&county, &id, &json!({ "paused": false })).await;
    assert_eq!(receiver.next().await.id(), first.id());
    until(&county, |webhook| webhook["failedTries"] == json!(1)).await;
    county.set_clock(NOW_S + 3 * 86_400);
    assert_eq!(receiver.next().await.id(), first.id());
    let webhook = until(&county, |webhook| webhook["paused"] == json!("given-up")).await;
    assert_eq!((&webhook["waiting"], &webhook["nextTryAt"]), (&json!(2), &json!(null)));
    assert_eq!(webhook["pausedAt"], "2026-11-26T08:00:00+08:00");
    // A pause is told as well as counted.
    let (_, told) = county.get("scheduler", "/api/v1/register/events").await;
    let told: Vec<Value> = told["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["kind"] == "webhook")
        .map(|it| json!([it["act"], it["byId"], it["details"]["why"]]))
        .collect();
    let expected = [
        json!(["made", "scheduler", null]),
        json!(["paused", "webhooks", "gone"]),
        json!(["changed", "scheduler", null]),
        json!(["paused", "webhooks", "given-up"]),
    ];
    assert_eq!(told, expected);
    let metrics = county.scheduler.metrics();
    assert!(metrics.contains("webhooks_paused_total{why=\"gone\"} 1"), "{metrics}");
    assert!(metrics.contains("webhooks_paused_total{why=\"given-up\"} 1"));
    change(&county, &id, &json!({ "paused": false })).await;
    let came = receiver.next_of(2).await;
    assert_eq!((came[0].id(), came[1].number()), (first.id(), first.number() + 1));
    // By hand, all that happens waits as well.
    until(&county, |webhook| webhook["waiting"] == json!(0)).await;
    assert_eq!(change(&county, &id, &json!({ "paused": true })).await["paused"], "by-hand");
    county.set_clock(NOW_S);
    booked(&county, 11).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(receiver.is_quiet());
    change(&county, &id, &json!({ "paused": false })).await;
    assert_eq!(receiver.next().await.number(), first.number() + 2);
}

#[tokio::test]
async fn a_secret_is_exchanged_while_both_sign() {
    let county = County::start_with(settings()).await;
    let mut receiver = Receiver::start().await;
    let (id, first) = made(&county, &receiver.url, &[]).await;
    let told = act(&county, &id, "secret", &json!({ "overlapS": 600 })).await;
    let second = told["secret"].as_str().unwrap();
    assert_eq!(told["webhook"]["oldSecretUntil"], "2026-11-23T08:10:00+08:00");
    booked(&county, 9).await;
    let came = receiver.next().await;
    assert_eq!((came.good(second), came.good(&first)), (vec![0], vec![1]));
    county.set_clock(NOW_S + 600);
    booked(&county, 10).await;
    let came = receiver.next().await;
    assert_eq!((came.good(second), came.good(&first)), (vec![0], vec![]));
    // One that was seen by others ends at once.
    let told = act(&county, &id, "secret", &json!({ "overlapS": 0 })).await;
    booked(&county, 11).await;
    let came = receiver.next().await;
    assert_eq!((came.good(told["secret"].as_str().unwrap()), came.good(second)), (vec![0], vec![]));
    assert_eq!(came.headers["webhook-signature"].split(' ').count(), 1);
    let path = format!("/api/v1/webhooks/{id}/secret");
    let (status, _) = county.post("scheduler", &path, &json!({ "overlapS": 604_801 })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    // No answer but those two tells a secret, and the store does not know it.
    let (_, list) = county.get("scheduler", "/api/v1/webhooks").await;
    assert!(!list.to_string().contains("whsec_"));
    let folder = county.stop().await.unwrap();
    let pool = database::pool_in(folder.path()).await;
    let row: (String, String, i64) =
        sqlx::query_as("SELECT id, url, generation FROM webhook").fetch_one(&pool).await.unwrap();
    assert_eq!((row.0, row.2), (id, 3));
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in [first.as_str(), second] {
            let bare = &secret.as_bytes()["whsec_".len()..];
            assert!(!bytes.windows(bare.len()).any(|window| window == bare));
        }
    }
}

#[tokio::test]
async fn messages_come_again_from_a_cursor_under_the_same_ids_and_others_are_passed_over() {
    let county = County::start_with(settings()).await;
    let mut receiver = Receiver::start().await;
    let (id, _) = made(&county, &receiver.url, &[]).await;
    for hour in 9..13 {
        booked(&county, hour).await;
    }
    let first = receiver.next_of(4).await;
    let since = first[1].number().to_string();
    act(&county, &id, "replay", &json!({ "since": since })).await;
    let again = receiver.next_of(2).await;
    let ids =
        |came: &[receiver::Came]| came.iter().map(|it| it.id().to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&first[2..]));
    // From an event before the webhook was made, too.
    act(&county, &id, "replay", &json!({ "since": "0" })).await;
    assert_eq!(receiver.next().await.number(), 1);
    receiver.next_of(usize::try_from(first[3].number()).unwrap() - 1).await;
    // While a message is under way, the outcome of that one moves nothing.
    until(&county, |webhook| webhook["waiting"] == json!(0)).await;
    receiver.answer([Answer::Silence]);
    booked(&county, 14).await;
    let stuck = receiver.next().await;
    act(&county, &id, "replay", &json!({ "since": first[2].number().to_string() })).await;
    let again = receiver.next_of(2).await;
    assert_eq!((again[0].id(), again[1].id()), (first[3].id(), stuck.id()));
    assert!(county.scheduler.metrics().contains("webhook_tries_overtaken_total 1"));
    receiver.answer([Answer::Status(500)]);
    booked(&county, 15).await;
    receiver.next().await;
    until(&county, |webhook| webhook["failedTries"] == json!(1)).await;
    let passed = act(&county, &id, "replay", &json!({ "since": "latest" })).await;
    assert_eq!((&passed["waiting"], &passed["failedTries"]), (&json!(0), &json!(0)));
    for since in ["-1", "x", "99999999", "1.5", ""] {
        let path = format!("/api/v1/webhooks/{id}/replay");
        let (status, problem) = county.post("scheduler", &path, &json!({ "since": since })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{since}");
        assert_eq!(problem["errors"][0]["field"], "since", "{problem}");
    }
}

/// Not a test of its own: the process that is killed.
#[tokio::test(flavor = "multi_thread")]
async fn the_one_that_is_killed() {
    let Some(told) = killed::told() else { return };
    let (url, folder) = told.split_once(' ').unwrap();
    let county = County::start_in(folder.as_ref(), settings()).await;
    made(&county, url, &[]).await;
    booked(&county, 9).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_when_the_program_was_killed_is_sent_again_under_its_id() {
    let folder = TempDir::new().unwrap();
    let mut receiver = Receiver::start().await;
    // The message is there, and nobody has written that down.
    receiver.answer([Answer::Silence]);
    let told = format!("{} {}", receiver.url, folder.path().display());
    let mut other = killed::other_process("webhooks", &told);
    let first = receiver.next().await;
    other.kill().unwrap();
    other.wait().unwrap();
    let county = County::start_in(folder.path(), settings()).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(receiver.is_quiet(), "who was killed alone might send, for a minute");
    county.set_clock(NOW_S + 60);
    assert_eq!(receiver.next().await.id(), first.id());
    booked(&county, 10).await;
    assert_eq!(receiver.next().await.number(), first.number() + 1);
    // Who is stopped in between leaves nothing behind that has to be waited for.
    receiver.answer([Answer::Silence]);
    booked(&county, 11).await;
    let third = receiver.next().await;
    county.stop().await;
    let county = County::start_in(folder.path(), settings()).await;
    assert_eq!(receiver.next().await.id(), third.id());
    until(&county, |webhook| webhook["waiting"] == json!(0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_programs_on_one_store_one_sends() {
    let folder = TempDir::new().unwrap();
    let mut receiver = Receiver::start().await;
    let one = County::start_in(folder.path(), settings()).await;
    let other = County::start_in(folder.path(), settings()).await;
    let (id, secret) = made(&one, &receiver.url, &[]).await;
    let before = latest(&one).await;
    let counties = [Arc::new(one), Arc::new(other)];
    for hour in 0..12 {
        booked(&counties[hour as usize % 2], 8 + hour).await;
    }
    let came = receiver.next_of(12).await;
    let numbers: Vec<i64> = came.iter().map(receiver::Came::number).collect();
    assert_eq!(numbers, (before + 1..=before + 12).collect::<Vec<_>>(), "once each, in order");
    assert!(came.iter().all(|message| message.good(&secret) == [0]));
    until(&counties[1], |webhook| webhook["waiting"] == json!(0)).await;
    assert!(receiver.is_quiet());
    assert_eq!(tries(&counties[0], &id).await.len(), 12);
}
