//! A scheduler of a township plans within it what a scheduler of the county plans everywhere: series, slots, lines, devices.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, answer, consultation, tomorrow};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const TOWNSHIP: &str = "610527102";
const SERIES: &str = "/api/v1/series";
const SLOTS: &str = "/api/v1/slots:search";

async fn send(
    county: &County,
    person: &str,
    method: Method,
    path: &str,
    body: &Value,
) -> (StatusCode, Value) {
    answer(county.by(person, method, path).json(body)).await
}

async fn give(county: &County, person: &str, role: &str, scope: &Value) {
    let path = format!("/api/v1/people/{person}/assignments");
    let (status, given) =
        county.post("scheduler", &path, &json!({ "role": role, "scope": scope })).await;
    assert_eq!(status, StatusCode::CREATED, "{given}");
}

/// A county with a township in which clinic-b lies, and clinic-c in another one; `reader` books for the first.
async fn two_townships() -> County {
    let county = County::start().await;
    let areas = [
        ("61", "陕西省"),
        ("6105", "渭南市"),
        ("610527", "白水县"),
        (TOWNSHIP, "林皋镇"),
        ("610527103", "尧禾镇"),
    ];
    for (code, name) in areas {
        let path = format!("/api/v1/areas/{code}");
        let (status, area) =
            send(&county, "scheduler", Method::PUT, &path, &json!({ "name": name })).await;
        assert_eq!(status, StatusCode::OK, "{area}");
    }
    for (id, name, code) in
        [("clinic-b", "林皋镇卫生院", TOWNSHIP), ("clinic-c", "尧禾镇卫生院", "610527103")]
    {
        let site = json!({ "names": { "zh": name }, "kind": "health", "areaCode": code });
        let path = format!("/api/v1/organizations/{id}");
        let (status, site) = send(&county, "scheduler", Method::PUT, &path, &site).await;
        assert_eq!(status, StatusCode::OK, "{site}");
    }
    give(&county, "reader", "scheduler", &json!({ "kind": "area", "id": TOWNSHIP })).await;
    county
}

/// A consultation of the other township.
fn elsewhere(starts_at: &str, ends_at: &str) -> Value {
    let mut wish = consultation(starts_at, ends_at);
    wish["participants"][1]["personId"] = json!("dr-sun");
    wish["roomIds"] = json!(["hospital-2", "clinic-c-1"]);
    wish
}

fn refused_elsewhere((status, problem): &(StatusCode, Value)) {
    assert_eq!(*status, StatusCode::FORBIDDEN, "{problem}");
    assert_eq!(problem["rule"], "elsewhere", "{problem}");
}

fn path(series: &Value) -> String {
    format!("{SERIES}/{}", series["id"].as_str().unwrap())
}

/// Changes the version that `series` is.
async fn change(
    county: &County,
    person: &str,
    series: &Value,
    wish: &Value,
) -> (StatusCode, Value) {
    let request = county.by(person, Method::PATCH, &path(series));
    answer(request.header("If-Match", format!("\"{}\"", series["version"])).json(wish)).await
}

#[tokio::test]
async fn series_of_the_township_are_planned_and_those_of_others_are_not_seen() {
    let county = two_townships().await;
    let weekly = |booking: Value| json!({ "booking": booking, "rule": "FREQ=WEEKLY;COUNT=3" });
    let own = weekly(consultation(&tomorrow(9, 0), &tomorrow(9, 30)));
    let (status, own) = county.post("reader", SERIES, &own).await;
    assert_eq!((status, &own["booked"]), (StatusCode::CREATED, &json!(3)), "{own}");
    let other = weekly(elsewhere(&tomorrow(10, 0), &tomorrow(10, 30)));
    refused_elsewhere(&county.post("reader", SERIES, &other).await);
    let (status, other) = county.post("scheduler", SERIES, &other).await;
    assert_eq!(status, StatusCode::CREATED, "{other}");
    assert_eq!(county.get("reader", &path(&own)).await.1, own);
    refused_elsewhere(&county.get("reader", &path(&other)).await);
    let (status, changed) = change(&county, "reader", &own, &json!({ "startTime": "11:00" })).await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    let own = changed["series"].clone();
    let people = |series: &Value| json!({ "participants": series["participants"], "roomIds": [] });
    refused_elsewhere(&change(&county, "reader", &other, &json!({ "startTime": "12:00" })).await);
    refused_elsewhere(&change(&county, "reader", &other, &people(&own)).await);
    refused_elsewhere(&change(&county, "reader", &own, &people(&other)).await);
    // One session was given to others by the county: it is none of the township's any more.
    let second = own["occurrences"][1]["session"]["id"].as_str().unwrap();
    let given = json!({ "participants": other["participants"], "roomIds": [] });
    let request = county.by("scheduler", Method::PATCH, &format!("/api/v1/sessions/{second}"));
    let (status, given) = answer(request.header("If-Match", "*").json(&given)).await;
    assert_eq!(status, StatusCode::OK, "{given}");
    let (_, own) = county.get("reader", &path(&own)).await;
    refused_elsewhere(&change(&county, "reader", &own, &json!({ "title": "新题目" })).await);
    let (status, later) =
        change(&county, "reader", &own, &json!({ "title": "新题目", "from": 3 })).await;
    assert_eq!(status, StatusCode::OK, "{later}");
    let cancel = |series: &Value| format!("{}/cancel", path(series));
    refused_elsewhere(&county.post("reader", &cancel(&own), &json!({})).await);
    refused_elsewhere(&county.post("reader", &cancel(&other), &json!({})).await);
    let (status, left) = county.post("reader", &cancel(&own), &json!({ "from": 3 })).await;
    assert_eq!((status, &left["booked"]), (StatusCode::OK, &json!(2)), "{left}");
}

#[tokio::test]
async fn what_a_series_of_the_township_owes_is_made_up_or_waived_by_its_scheduler() {
    let county = two_townships().await;
    for wish in [
        consultation(&tomorrow(9, 0), &tomorrow(9, 30)),
        elsewhere(&tomorrow(10, 0), &tomorrow(10, 30)),
    ] {
        let is_own = wish["participants"][1]["personId"] == "dr-zhao";
        let (status, made) = county
            .post("scheduler", SERIES, &json!({ "booking": wish, "rule": "FREQ=WEEKLY;COUNT=3" }))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        for number in [0, 1] {
            let session = made["occurrences"][number]["session"]["id"].as_str().unwrap();
            county
                .post("scheduler", &format!("/api/v1/sessions/{session}/cancel"), &json!({}))
                .await;
        }
        let up = county
            .post(
                "reader",
                &format!("{}/occurrences/1/make-up", path(&made)),
                &json!({ "startsAt": "2026-11-26T09:00:00+08:00" }),
            )
            .await;
        let waived = county
            .post(
                "reader",
                &format!("{}/occurrences/2/waive", path(&made)),
                &json!({ "reason": "集市日" }),
            )
            .await;
        if is_own {
            assert_eq!((up.0, waived.0), (StatusCode::OK, StatusCode::OK), "{} {}", up.1, waived.1);
        } else {
            refused_elsewhere(&up);
            refused_elsewhere(&waived);
        }
    }
}

#[tokio::test]
async fn slots_are_searched_for_what_can_be_booked_there() {
    let county = two_townships().await;
    let one = |kind: &str, ids: &[&str]| {
        let any: Vec<Value> = ids.iter().map(|id| json!({ "kind": kind, "id": id })).collect();
        json!({ "anyOf": any })
    };
    let search = |needs: Value| json!({ "needs": needs, "minutes": 30, "most": 1 });
    let specialist = one("person", &["dr-chen", "dr-wang"]);
    for own in [one("person", &["dr-zhao"]), one("room", &["clinic-b-1"])] {
        let asked = search(json!([specialist, own]));
        let (status, found) = county.post("reader", SLOTS, &asked).await;
        assert_eq!(
            (status, found["slots"].as_array().map(Vec::len)),
            (StatusCode::OK, Some(1)),
            "{found}"
        );
    }
    for other in [
        one("person", &["dr-sun"]),
        one("person", &["dr-zhao", "dr-sun"]),
        one("room", &["clinic-c-1"]),
    ] {
        refused_elsewhere(&county.post("reader", SLOTS, &search(json!([specialist, other]))).await);
    }
    let (status, _) = county.post("dr-zhao", SLOTS, &search(json!([specialist]))).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "a doctor is no scheduler");
}

#[tokio::test]
async fn lines_of_the_township_are_described_and_what_a_session_of_it_takes_is_quoted() {
    let county = two_townships().await;
    let line = |site: &str| format!("/api/v1/organizations/{site}/line");
    let thin = json!({ "downKbps": 600, "upKbps": 700, "tariff": [] });
    let (status, kept) = send(&county, "reader", Method::PUT, &line("clinic-b"), &thin).await;
    assert_eq!((status, &kept), (StatusCode::OK, &thin));
    assert_eq!(county.get("reader", &line("clinic-b")).await, (StatusCode::OK, thin.clone()));
    for other in ["clinic-c", "hospital", "nowhere"] {
        refused_elsewhere(&county.get("reader", &line(other)).await);
        refused_elsewhere(&send(&county, "reader", Method::PUT, &line(other), &thin).await);
    }
    let quote = "/api/v1/sessions/quote";
    let (status, told) =
        county.post("reader", quote, &consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(
        (status, told["sites"].as_array().map(Vec::len)),
        (StatusCode::OK, Some(2)),
        "{told}"
    );
    refused_elsewhere(
        &county.post("reader", quote, &elsewhere(&tomorrow(9, 0), &tomorrow(9, 30))).await,
    );
}

#[tokio::test]
async fn devices_are_paired_where_their_terminal_stands() {
    let county = two_townships().await;
    let mut terminals = Vec::new();
    for room in ["clinic-b-1", "clinic-c-1"] {
        let form = json!({ "names": { "zh": "大屏" }, "roomId": room, "kind": "screen" });
        let (status, made) = county.post("scheduler", "/api/v1/terminals", &form).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        terminals.push(made["id"].as_str().unwrap().to_owned());
    }
    // An administrator of a township pairs as its scheduler does.
    give(&county, "dr-li", "administrator", &json!({ "kind": "area", "id": TOWNSHIP })).await;
    for person in ["reader", "dr-li"] {
        let (status, list) = county.get(person, "/api/v1/terminals").await;
        assert_eq!(status, StatusCode::OK, "{list}");
        let told: Vec<&str> = list["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["id"].as_str().unwrap())
            .collect();
        assert_eq!(told, [terminals[0].as_str()]);
        for (terminal, wanted) in terminals.iter().zip([StatusCode::CREATED, StatusCode::FORBIDDEN])
        {
            let path = format!("/api/v1/terminals/{terminal}");
            let (status, code) = county.post(person, &format!("{path}/pairing"), &json!({})).await;
            assert_eq!(status, wanted, "{person} {code}");
            let (status, _) = county.get(person, &format!("{path}/devices")).await;
            assert_eq!(status == StatusCode::OK, wanted == StatusCode::CREATED);
        }
        let form = json!({ "names": { "zh": "另一块" }, "roomId": "clinic-b-1", "kind": "screen" });
        let (status, _) = county.post(person, "/api/v1/terminals", &form).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "to make one is the register's");
    }
    assert_eq!(county.get("dr-zhao", "/api/v1/terminals").await.0, StatusCode::FORBIDDEN);
    let (_, all) = county.get("scheduler", "/api/v1/terminals").await;
    assert!(all["entries"].as_array().unwrap().len() >= 2);
}

#[tokio::test]
async fn the_schedule_of_anybody_shows_what_touches_the_township() {
    let county = two_townships().await;
    let (_, own) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    let (_, other) = county.book(&elsewhere(&tomorrow(10, 0), &tomorrow(10, 30))).await;
    let week = "/api/v1/schedule?personId=dr-chen&day=2026-11-24&days=1";
    let ids = |told: &Value| -> Vec<Value> {
        told["sessions"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect()
    };
    let (status, told) = county.get("reader", week).await;
    assert_eq!((status, ids(&told)), (StatusCode::OK, vec![own["id"].clone()]));
    let (_, told) = county.get("scheduler", week).await;
    assert_eq!(ids(&told), [own["id"].clone(), other["id"].clone()]);
    assert_eq!(county.get("dr-zhao", week).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_day_of_a_site_of_the_township_is_shown_to_its_scheduler_and_that_of_another_is_not() {
    let county = two_townships().await;
    let wish = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    assert_eq!(county.post("reader", "/api/v1/sessions", &wish).await.0, StatusCode::CREATED);
    let day = |site: &str| format!("/api/v1/organizations/{site}/day?day=2026-11-24");
    let (status, own) = county.get("reader", &day("clinic-b")).await;
    assert_eq!(
        (status, own["sessions"].as_array().map(Vec::len)),
        (StatusCode::OK, Some(1)),
        "{own}"
    );
    assert_eq!(county.get("reader", &day("clinic-c")).await.0, StatusCode::FORBIDDEN);
}
