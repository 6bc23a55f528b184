//! What participants really received comes from the gateway, is kept once, and is shown to who may see the session.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county;

use crate::county::{County, NOW_S, assert_problem, consultation, keys, tomorrow};
use crate::outbox::{Outbox, START_S};
use axum::http::StatusCode;
use scheduler::Config;
use serde_json::{Value, json};
use session::AccessToken;

fn config(gateway_url: String) -> Config {
    Config { gateway_url, gateway_look_s: 1, ..Config::default() }
}

async fn booked(county: &County) -> String {
    county.set_clock(NOW_S);
    let (status, session) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    county.set_clock(START_S);
    session["id"].as_str().unwrap().to_owned()
}

/// The receipt of the `nth` ten seconds of somebody who hears ten seconds less those missed.
fn receipt(room: &str, identity: &str, site: &str, nth: u64, missed: u64) -> Value {
    let from_ms = START_S * 1_000 + nth * 10_000;
    json!({
        "room": room, "identity": identity, "site": site, "fromMs": from_ms, "toMs": from_ms + 10_000, "told": true,
        "sound": { "receivedS": 10 - missed, "missedS": missed, "packets": 450, "bytes": 60_000, "lostPackets": 50 },
        "picture": { "receivedS": 4, "pausedS": 5, "awayS": 1, "packets": 0, "bytes": 0, "layerBytes": [] },
        "wireBytes": 100_000, "upBytes": 20_000, "lossPercent": 10.0, "roundTripMs": 100 + nth, "opinion": 4.0, "mode": "full",
        "reason": "line",
        "line": { "bitsPerSecond": 300_000 + nth, "lossPercent": 5.5, "roundTripMs": 120 }
    })
}

async fn receipts(county: &County, id: &str, more: &str) -> Value {
    let (status, body) =
        county.get("dr-chen", &format!("/api/v1/sessions/{id}/receipts{more}")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

#[tokio::test]
async fn receipts_are_taken_once_summed_and_forgotten_at_the_gateway() {
    let outbox = Outbox::default();
    let county = County::start_with(config(outbox.serve().await)).await;
    let id = booked(&county).await;
    let (_, seen) = county.get("dr-chen", &format!("/api/v1/sessions/{id}")).await;
    let clinic = seen["participants"][1]["organizationNames"]["zh"].as_str().unwrap().to_owned();
    assert_eq!(seen["participants"][1]["line"], Value::Null, "nobody has listened there yet");
    // The first answers to what was kept are lost: the gateway gives it again.
    outbox.0.lock().unwrap().deaf = 2;
    let list = (0..7).map(|nth| receipt(&id, "dr-zhao", &clinic, nth, u64::from(nth == 3) * 8));
    let stranger = receipt("a room of nobody", "dr-zhao", "", 1, 0);
    outbox.begin("one", list.chain([stranger]).collect());
    outbox.empty().await;
    let body = receipts(&county, &id, "").await;
    assert_eq!(body["receipts"].as_array().unwrap().len(), 7);
    assert_eq!(body["receipts"][3]["sound"]["missedS"], 8);
    assert_eq!(body["next"], Value::Null);
    let sums = &body["participants"][0];
    assert_eq!((&sums["personId"], &sums["role"]), (&json!("dr-zhao"), &json!("village_doctor")));
    assert_eq!(sums["organizationNames"]["zh"], clinic.as_str());
    assert_eq!((&sums["sound"]["receivedS"], &sums["sound"]["missedS"]), (&json!(62), &json!(8)));
    assert_eq!((&sums["picture"]["pausedS"], &sums["wireBytes"]), (&json!(35), &json!(700_000)));
    assert_eq!(sums["picture"]["awayS"], 7);
    assert_eq!(sums["upBytes"], 140_000);
    assert_eq!(body["receipts"][3]["interrupted"], false);
    assert_eq!((&sums["lossPercent"], &sums["opinion"]), (&json!(10.0), &json!(4.0)));
    assert_eq!(sums["roundTripMs"], 103);
    let metrics = county.scheduler.metrics();
    for line in [
        "shanqiao_scheduler_receipts_total{outcome=\"kept\"} 7",
        "shanqiao_scheduler_receipts_total{outcome=\"unbooked\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    assert!(!metrics.contains("shanqiao_scheduler_receipts_away_total 0"), "{metrics}");

    // The line of the site is shown where a session with it is listed.
    let (_, seen) = county.get("dr-chen", &format!("/api/v1/sessions/{id}")).await;
    let line = &seen["participants"][1]["line"];
    assert_eq!((&line["bitsPerSecond"], &line["lossPercent"]), (&json!(300_006), &json!(5.5)));
    assert_eq!(line["at"], "2026-11-24T09:01:10+08:00");
    county.stop().await;
}

#[tokio::test]
async fn a_restart_on_either_side_loses_nothing_and_counts_nothing_twice() {
    let outbox = Outbox::default();
    let config = config(outbox.serve().await);
    let county = County::start_with(config.clone()).await;
    let id = booked(&county).await;
    let of = |from: u64, to: u64| (from..to).map(|nth| receipt(&id, "dr-zhao", "", nth, 0));
    outbox.begin("one", of(0, 5).collect());
    outbox.empty().await;
    let folder = county.stop().await.unwrap();
    // The gateway forgot that it had been told, and has more.
    outbox.begin("one", of(0, 8).collect());
    let county = County::start_in(folder.path(), config.clone()).await;
    county.set_clock(START_S);
    outbox.empty().await;
    assert_eq!(receipts(&county, &id, "").await["receipts"].as_array().unwrap().len(), 8);
    assert_eq!(outbox.0.lock().unwrap().asked[0], 5, "it goes on where it was");
    // Another disk of the gateway: its numbers begin anew.
    outbox.begin("other", of(8, 10).collect());
    outbox.empty().await;
    let body = receipts(&county, &id, "").await;
    assert_eq!(body["receipts"].as_array().unwrap().len(), 10);
    assert_eq!(body["participants"][0]["sound"]["receivedS"], 100);
    county.stop().await;
}

#[tokio::test]
async fn long_lists_come_in_parts_and_old_receipts_go_while_their_sums_stay() {
    let outbox = Outbox::default();
    let county = County::start_with(config(outbox.serve().await)).await;
    let id = booked(&county).await;
    outbox.begin("one", (0..460).map(|nth| receipt(&id, "dr-zhao", "", nth, 0)).collect());
    outbox.empty().await;
    let first = receipts(&county, &id, "").await;
    assert_eq!(first["receipts"].as_array().unwrap().len(), 450);
    let next = first["next"].as_str().unwrap();
    let rest = receipts(&county, &id, &format!("?after={next}")).await;
    assert_eq!(rest["receipts"].as_array().unwrap().len(), 10);
    assert_eq!(
        (&rest["next"], &rest["receipts"][0]["fromMs"]),
        (&Value::Null, &json!((START_S + 4_500) * 1_000))
    );
    // A month later one more comes.
    let later = NOW_S + 32 * 86_400;
    let mut last = receipt(&id, "dr-zhao", "", 0, 0);
    last["toMs"] = json!(later * 1_000);
    outbox.0.lock().unwrap().now_s = Some(later);
    county.set_clock(later);
    outbox.begin("two", vec![last]);
    outbox.empty().await;
    let body = receipts(&county, &id, "").await;
    assert_eq!(body["receipts"].as_array().unwrap().len(), 1);
    assert_eq!(body["participants"][0]["sound"]["receivedS"], 4_610);
    county.stop().await;
}

#[tokio::test]
async fn who_may_not_see_a_session_sees_no_receipts_of_it() {
    let county = County::start().await;
    let id = booked(&county).await;
    let path = format!("/api/v1/sessions/{id}/receipts");
    for person in ["dr-chen", "dr-zhao", "scheduler"] {
        let (status, body) = county.get(person, &path).await;
        assert_eq!((status, &body["participants"]), (StatusCode::OK, &json!([])), "{person}");
    }
    let (status, body) = county.get("dr-wang", &path).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_problem(&body, "forbidden", 403);
    for after in ["x", "-1", "99999999999999999999", ""] {
        let (_, body) = county.get("dr-chen", &format!("{path}?after={after}")).await;
        assert_problem(&body, "bad-parameter", 400);
    }
    let (_, body) = county.get("dr-chen", "/api/v1/sessions/none/receipts").await;
    assert_problem(&body, "not-found", 404);
    county.stop().await;
}

#[tokio::test]
async fn what_a_site_was_sent_and_sent_itself_is_taken_off_its_month_in_new_tokens() {
    let outbox = Outbox::default();
    let county = County::start_with(config(outbox.serve().await)).await;
    let id = booked(&county).await;
    county.set_clock(NOW_S);
    let (_, later) = county.book(&consultation(&tomorrow(10, 0), &tomorrow(10, 30))).await;
    county.set_clock(START_S);
    let later = later["id"].as_str().unwrap();
    let of = |room: &str, person: &str, many: u64| {
        let all = (0..many).map(|nth| receipt(room, person, "", nth, 0));
        all.collect::<Vec<Value>>()
    };
    let own = [of(&id, "dr-chen", 3), of(later, "dr-wang", 1)];
    // What others of the site use in the same session is for the gateway to count; the clinic has a budget of its own.
    let others = [of(&id, "dr-wang", 2), of(&id, "dr-zhao", 1), of(later, "dr-zhao", 4)];
    outbox.begin("first", [own.concat(), others.concat()].concat());
    outbox.empty().await;
    let site = "/api/v1/organizations/hospital/reception";
    let budget = json!({ "mode": "full", "modeMost": "full", "sessionMb": 60, "monthMb": 1 });
    let put = county.by("scheduler", reqwest::Method::PUT, site).json(&budget);
    assert_eq!(county::answer(put).await.0, StatusCode::OK);
    let (_, pass) =
        county.post("dr-chen", &format!("/api/v1/sessions/{id}/join"), &json!({})).await;
    let token = AccessToken::read(pass["token"].as_str().unwrap(), &keys(), START_S).unwrap();
    let budget = token.own.unwrap().data_budget.unwrap();
    let bytes = |it: Option<session::Megabytes>| it.map(session::Megabytes::bytes);
    assert_eq!(bytes(budget.session), Some(60_000_000));
    assert_eq!([bytes(budget.month_left), bytes(budget.used)], [Some(520_000), Some(360_000)]);
}
