//! Facts from the other rooms are taken once each, from a service token only.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

mod county;

use county::{County, NOW_S, answer, assert_problem, keys};
use reqwest::{Method, StatusCode};
use scheduler::Config;
use serde_json::{Value, json};
use session::AccessToken;

fn joined(source: &str, sequence: u64) -> Value {
    json!({ "source": source, "sequence": sequence, "atMs": NOW_S * 1000, "type": "joined", "room": "r", "identity": "dr-li" })
}

async fn send(county: &County, events: Value) -> (StatusCode, Value) {
    let token = AccessToken::for_service("gateway", NOW_S, 60).sign(&keys()).unwrap();
    answer(
        county
            .bare(Method::POST, "/api/v1/events")
            .bearer_auth(token)
            .json(&json!({ "events": events })),
    )
    .await
}

#[tokio::test]
async fn an_event_is_stored_once_however_often_it_is_sent() {
    let county = County::start().await;
    let left = json!({ "source": "gateway/1", "sequence": 1, "atMs": 1, "type": "left", "room": "r", "identity": "dr-li", "reason": "leave" });
    let ready = json!({ "source": "recorder", "sequence": 0, "atMs": 1, "type": "recording_ready", "room": "r", "recording": "r-1", "durationMs": 9 });
    let batch = json!([joined("gateway/1", 0), left, ready]);
    assert_eq!(
        send(&county, batch.clone()).await,
        (StatusCode::OK, json!({ "stored": 3, "known": 0 }))
    );
    assert_eq!(send(&county, batch).await.1, json!({ "stored": 0, "known": 3 }));
    let overlapping =
        json!([joined("gateway/1", 1), joined("gateway/1", 2), joined("gateway/2", 0)]);
    assert_eq!(send(&county, overlapping).await.1, json!({ "stored": 2, "known": 1 }));
    assert_eq!(send(&county, json!([])).await.1, json!({ "stored": 0, "known": 0 }));
    assert!(county.scheduler.metrics().contains("shanqiao_scheduler_events_total 5"));
}

#[tokio::test]
async fn what_is_no_event_is_refused_and_nothing_of_its_batch_is_stored() {
    let county = County::start().await;
    let mut unknown = joined("g", 1);
    unknown["type"] = json!("exploded");
    let mut huge = joined("g", 1);
    huge["sequence"] = json!(u64::MAX);
    let mut nowhere = joined("g", 1);
    nowhere["room"] = json!("");
    let too_many: Vec<Value> = (0..101).map(|n| joined("g", n)).collect();
    let bad = [
        json!([joined("g", 0), unknown]),
        json!([joined("g", 0), huge]),
        json!([joined("g", 0), nowhere]),
        json!([joined("", 0)]),
        json!(too_many),
        json!(7),
    ];
    for events in bad {
        let (status, problem) = send(&county, events).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_problem(&problem, "invalid", 422);
    }
    assert_eq!(send(&county, json!([joined("g", 0)])).await.1, json!({ "stored": 1, "known": 0 }));
}

#[tokio::test]
async fn a_person_cannot_report_events() {
    let county = County::start().await;
    let (status, problem) =
        county.post("scheduler", "/api/v1/events", &json!({ "events": [joined("g", 0)] })).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_problem(&problem, "forbidden", 403);
}

#[tokio::test]
async fn a_full_table_says_so_and_still_knows_what_it_has() {
    let county = County::start_with(Config { event_rows_max: 2, ..Config::default() }).await;
    assert_eq!(send(&county, json!([joined("g", 0), joined("g", 1)])).await.0, StatusCode::OK);
    let (status, problem) = send(&county, json!([joined("g", 2)])).await;
    assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE);
    assert_problem(&problem, "disk-full", 507);
    assert_eq!(send(&county, json!([joined("g", 1)])).await.1, json!({ "stored": 0, "known": 1 }));
}
