//! A request that carries an Idempotency-Key is carried out once, however often it is sent.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, answer, assert_problem, consultation, is_problem, tomorrow};
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use scheduler::Config;
use serde_json::{Value, json};

async fn send(county: &County, key: &str, wish: &Value) -> (StatusCode, bool, Value) {
    let request = county
        .by("scheduler", Method::POST, "/api/v1/sessions")
        .header("Idempotency-Key", key)
        .json(wish);
    let response = request.send().await.unwrap();
    assert_eq!(is_problem(&response), !response.status().is_success());
    let replayed = response.headers().contains_key("idempotency-replayed");
    (response.status(), replayed, response.json().await.unwrap())
}

fn wish() -> Value {
    consultation(&tomorrow(9, 0), &tomorrow(9, 30))
}

#[tokio::test]
async fn the_first_answer_is_given_again() {
    let county = County::start().await;
    let (status, replayed, first) = send(&county, "a", &wish()).await;
    assert_eq!((status, replayed), (StatusCode::CREATED, false));
    assert_eq!(send(&county, "a", &wish()).await, (StatusCode::CREATED, true, first));
    assert_eq!(
        send(&county, "b", &wish()).await.0,
        StatusCode::CONFLICT,
        "another key is another request"
    );
}

#[tokio::test]
async fn many_at_once_with_one_key_book_once_and_all_get_the_same_answer() {
    let county = County::start().await;
    let wish = wish();
    let answers = join_all((0..16).map(|_| send(&county, "a", &wish))).await;
    assert!(
        answers
            .iter()
            .all(|(status, _, body)| *status == StatusCode::CREATED && *body == answers[0].2)
    );
    assert_eq!(answers.iter().filter(|(_, replayed, _)| !replayed).count(), 1);
}

#[tokio::test]
async fn a_key_used_for_another_request_is_refused() {
    let county = County::start().await;
    send(&county, "a", &wish()).await;
    let (status, _, problem) =
        send(&county, "a", &consultation(&tomorrow(10, 0), &tomorrow(10, 30))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_problem(&problem, "idempotency-key-reused", 422);
}

#[tokio::test]
async fn a_refused_request_may_be_sent_again_with_its_key() {
    let county = County::start().await;
    let (_, made) = county.book(&wish()).await;
    assert_eq!(send(&county, "a", &wish()).await.0, StatusCode::CONFLICT);
    county
        .post(
            "scheduler",
            &format!("/api/v1/sessions/{}/cancel", made["id"].as_str().unwrap()),
            &json!({}),
        )
        .await;
    let (status, replayed, _) = send(&county, "a", &wish()).await;
    assert_eq!((status, replayed), (StatusCode::CREATED, false));
}

#[tokio::test]
async fn an_answer_is_kept_a_day() {
    let county = County::start().await;
    send(&county, "a", &wish()).await;
    county.set_clock(NOW_S + 24 * 3600);
    assert!(send(&county, "a", &wish()).await.1);
    county.set_clock(NOW_S + 24 * 3600 + 1);
    assert_eq!(
        send(&county, "a", &wish()).await.0,
        StatusCode::CONFLICT,
        "forgotten, so it is tried anew"
    );
}

#[tokio::test]
async fn over_the_bound_the_oldest_answer_goes_and_is_counted() {
    let county = County::start_with(Config { idempotency_rows_max: 2, ..Config::default() }).await;
    for (key, hour) in [("a", 9), ("b", 10), ("c", 11)] {
        let (status, ..) =
            send(&county, key, &consultation(&tomorrow(hour, 0), &tomorrow(hour, 30))).await;
        assert_eq!(status, StatusCode::CREATED);
    }
    assert!(send(&county, "c", &consultation(&tomorrow(11, 0), &tomorrow(11, 30))).await.1);
    assert!(send(&county, "b", &consultation(&tomorrow(10, 0), &tomorrow(10, 30))).await.1);
    assert_eq!(send(&county, "a", &wish()).await.0, StatusCode::CONFLICT);
    assert!(
        county.scheduler.metrics().contains("idempotency_answers_forgotten_total 1"),
        "{}",
        county.scheduler.metrics()
    );
}

#[tokio::test]
async fn a_bad_key_is_refused() {
    let county = County::start().await;
    for key in ["", "two words", &"k".repeat(129)] {
        let request =
            county.by("scheduler", Method::POST, "/api/v1/sessions").header("Idempotency-Key", key);
        let (status, problem) = answer(request.json(&wish())).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{key:?}");
        assert_problem(&problem, "bad-parameter", 400);
    }
}
