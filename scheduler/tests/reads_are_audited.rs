//! Who reads what is of patients is written down, and an auditor alone reads that.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, answer, assert_problem};
use crate::visitor::counted;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// The county with an auditor, and its open consultation and class.
async fn audited() -> (County, String, String) {
    let county = County::start().await;
    let body = json!({ "role": "auditor", "scope": { "kind": "county" } });
    let (status, _) = county.post("scheduler", "/api/v1/people/reader/assignments", &body).await;
    assert_eq!(status, StatusCode::CREATED);
    let (_, me) = county.get("scheduler", "/api/v1/me").await;
    let id = |kind: &str| {
        let found = me["today"].as_array().unwrap().iter().find(|it| it["kind"] == kind);
        found.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (consultation, class) = (id("consultation"), id("class"));
    (county, consultation, class)
}

async fn log(county: &County) -> Vec<Value> {
    let (status, page) = county.get("reader", "/api/v1/audit").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["entries"].as_array().unwrap().clone()
}

/// Who did what with what, first to last, without reads of the log itself.
async fn told(county: &County) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut entries = log(county).await;
    entries.retain(|entry| entry["act"] != "audit");
    entries
        .iter()
        .rev()
        .map(|it| (text(&it["personId"]), text(&it["act"]), text(&it["object"])))
        .collect()
}

#[tokio::test]
async fn every_read_of_a_consultation_is_one_entry_and_none_of_a_class() {
    let (county, consultation, class) = audited().await;
    let recording = format!("{consultation}-1");
    for session in [&class, &consultation] {
        let get =
            [format!("/api/v1/sessions/{session}"), format!("/api/v1/sessions/{session}/receipts")];
        for path in get {
            assert_eq!(county.get("scheduler", &path).await.0, StatusCode::OK, "{path}");
        }
        for path in [
            format!("/api/v1/recordings/{session}-1/ticket"),
            format!("/api/v1/recordings/{session}-1/deletion"),
        ] {
            assert_eq!(
                county.post("scheduler", &path, &json!({})).await.0,
                StatusCode::OK,
                "{path}"
            );
        }
    }
    assert_eq!(county.get("scheduler", "/api/v1/recordings").await.0, StatusCode::OK);
    let join = format!("/api/v1/sessions/{consultation}/join");
    assert_eq!(county.post("dr-li", &join, &json!({})).await.0, StatusCode::OK);
    let expected = [
        ("scheduler", "session", consultation.as_str()),
        ("scheduler", "receipts", consultation.as_str()),
        ("scheduler", "recording", recording.as_str()),
        ("scheduler", "recording-deletion", recording.as_str()),
        ("scheduler", "all-recordings", ""),
        ("dr-li", "room", consultation.as_str()),
    ];
    let expected = expected.map(|(who, act, of)| (who.to_owned(), act.to_owned(), of.to_owned()));
    assert_eq!(told(&county).await, expected);
    assert_eq!(counted(&county, "shanqiao_scheduler_audited", ""), 6 + 1);
}

#[tokio::test]
async fn an_entry_says_from_where_and_why_and_who_is_refused_leaves_none() {
    let (county, consultation, _) = audited().await;
    let path = format!("/api/v1/sessions/{consultation}");
    let with_reason = format!("{path}?reason=%E5%A4%8D%E8%AF%8A%E6%A0%B8%E5%AF%B9");
    let asked =
        county.by("dr-li", Method::GET, &with_reason).header("x-forwarded-for", "2001:db8:1:2::3");
    assert_eq!(answer(asked).await.0, StatusCode::OK);
    assert_eq!(county.get("dr-sun", &path).await.0, StatusCode::FORBIDDEN);
    let (status, problem) =
        county.get("dr-li", &format!("{path}?reason={}", "x".repeat(501))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let entries = log(&county).await;
    let [own, read] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!(
        (&read["personId"], &read["names"]["en"], &read["address"], &read["reason"]),
        (&json!("dr-li"), &json!("Dr Li"), &json!("2001:db8:1:2::/64"), &json!("复诊核对"))
    );
    assert_eq!(
        (&own["act"], &own["personId"], &own["address"]),
        (&json!("audit"), &json!("reader"), &json!("127.0.0.1"))
    );
}

#[tokio::test]
async fn nobody_but_an_auditor_reads_the_log_and_who_administers_is_none() {
    let (county, _, _) = audited().await;
    for who in ["scheduler", "dr-li", "teacher-zhang"] {
        for path in ["/api/v1/audit", "/api/v1/audit/chain"] {
            let (status, problem) = county.get(who, path).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{who} {path}");
            assert_problem(&problem, "forbidden", 403);
        }
    }
    // A role more does not open it for who administers, and closes it for the auditor who comes to administer.
    let give = async |who: &str, role: &str| {
        let body = json!({ "role": role, "scope": { "kind": "county" } });
        county.post("scheduler", &format!("/api/v1/people/{who}/assignments"), &body).await.0
    };
    assert_eq!(give("scheduler", "auditor").await, StatusCode::CREATED);
    let (status, problem) = county.get("scheduler", "/api/v1/audit").await;
    assert_eq!((status, &problem["rule"]), (StatusCode::FORBIDDEN, &json!("roles-apart")));
    assert_eq!(give("reader", "administrator").await, StatusCode::CREATED);
    assert_eq!(county.get("reader", "/api/v1/audit").await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_log_is_read_in_pages_and_its_chain_is_whole() {
    let (county, consultation, _) = audited().await;
    let path = format!("/api/v1/sessions/{consultation}");
    for _ in 0..120 {
        assert_eq!(county.get("dr-wang", &path).await.0, StatusCode::OK);
    }
    let (mut numbers, mut at) = (Vec::new(), "/api/v1/audit".to_owned());
    loop {
        let (status, page) = county.get("reader", &at).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let entries = page["entries"].as_array().unwrap();
        numbers.extend(entries.iter().map(|entry| entry["number"].as_i64().unwrap()));
        let Some(next) = page["next"].as_str() else { break };
        at = format!("/api/v1/audit?before={next}");
    }
    let all: Vec<i64> = (1..=121).rev().collect();
    assert_eq!(numbers, all, "each once; the first read of the log is the 121st entry");
    let (_, chain) = county.get("reader", "/api/v1/audit/chain").await;
    assert_eq!(
        (&chain["first"], &chain["latest"], &chain["brokenAt"]),
        (&json!(1), &json!(122), &Value::Null)
    );
    for before in ["0", "-1", "x"] {
        let (status, _) = county.get("reader", &format!("/api/v1/audit?before={before}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{before}");
    }
}
