//! A series is changed from one of its sessions on, or all of it: in one step, session by session, and nothing of it half.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, answer, assert_problem, consultation, tomorrow};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const DAY_S: u64 = 86_400;

/// Tuesdays at 09:00 for half an hour, from tomorrow, 2026-11-24, on.
async fn weekly(county: &County, count: u32) -> Value {
    let booking = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    let wish = json!({ "booking": booking, "rule": format!("FREQ=WEEKLY;COUNT={count}") });
    let (status, made) = county.post("scheduler", "/api/v1/series", &wish).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made
}

fn path(series: &Value) -> String {
    format!("/api/v1/series/{}", series["id"].as_str().unwrap())
}

async fn read(county: &County, series: &Value) -> Value {
    let (status, series) = county.get("scheduler", &path(series)).await;
    assert_eq!(status, StatusCode::OK, "{series}");
    series
}

/// Changes the version that `series` is.
async fn change(county: &County, series: &Value, wish: &Value) -> (StatusCode, Value) {
    let request = county.by("scheduler", Method::PATCH, &path(series));
    let tag = format!("\"{}\"", series["version"]);
    answer(request.header("If-Match", tag).json(wish)).await
}

async fn changed(county: &County, series: &Value, wish: &Value) -> (Value, Value) {
    let (status, done) = change(county, series, wish).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    (done["series"].clone(), done["results"].clone())
}

/// Number and result of each occurrence that a change was for.
fn told(results: &Value) -> Vec<(i64, &str)> {
    let results = results.as_array().unwrap().iter();
    results.map(|it| (it["number"].as_i64().unwrap(), it["result"].as_str().unwrap())).collect()
}

/// When the sessions of a series are, day and time, or what else there is.
fn stands(series: &Value) -> Vec<&str> {
    let all = series["occurrences"].as_array().unwrap().iter();
    let at = |it: &'static str| it;
    all.map(|it| match it["session"]["startsAt"].as_str() {
        Some(start) => start.get(5..16).unwrap(),
        None => at(match it["state"].as_str().unwrap() {
            "skipped" => "skipped",
            "cancelled" => "cancelled",
            _ => "other",
        }),
    })
    .collect()
}

fn session_id(series: &Value, at: usize) -> String {
    series["occurrences"][at]["session"]["id"].as_str().unwrap().to_owned()
}

async fn session(county: &County, series: &Value, at: usize) -> Value {
    county.get("scheduler", &format!("/api/v1/sessions/{}", session_id(series, at))).await.1
}

/// Changes one session alone.
async fn alone(county: &County, series: &Value, at: usize, wish: &Value) {
    let path = format!("/api/v1/sessions/{}", session_id(series, at));
    let request = county.by("scheduler", Method::PATCH, &path).header("If-Match", "*");
    let (status, body) = answer(request.json(wish)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

#[tokio::test]
async fn this_and_following_get_another_time_and_length_and_those_before_stay() {
    let county = County::start().await;
    let made = weekly(&county, 4).await;
    let wish = json!({ "from": 3, "startTime": "14:00", "minutes": 45, "title": "下午会诊", "reason": "门诊改到下午" });
    let (after, results) = changed(&county, &made, &wish).await;
    assert_eq!(told(&results), [(3, "moved"), (4, "moved")]);
    assert_eq!(stands(&after), ["11-24T09:00", "12-01T09:00", "12-08T14:00", "12-15T14:00"]);
    let states: Vec<&Value> =
        after["occurrences"].as_array().unwrap().iter().map(|it| &it["state"]).collect();
    assert_eq!(states, ["booked"; 4], "that is when the series has them now");
    let third = session(&county, &after, 2).await;
    assert_eq!((&third["title"], &third["version"]), (&json!("下午会诊"), &json!(2)));
    assert_eq!(third["endsAt"], "2026-12-08T14:45:00+08:00");
    assert_eq!(session(&county, &after, 0).await["title"], "皮肤科会诊");
    // Who, when and why, for each, and for who is booked.
    let path = format!("/api/v1/sessions/{}/events", session_id(&after, 2));
    let (_, events) = county.get("scheduler", &path).await;
    let last = events["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["kind"], &last["reason"]), (&json!("changed"), &json!("门诊改到下午")));
    assert_eq!(last["by"]["id"], "scheduler");
    let (_, me) = county.get("dr-zhao", "/api/v1/me").await;
    assert_eq!(me["news"].as_array().unwrap().len(), 2, "{}", me["news"]);
    // What is to come is as the later part, what was before as the earlier one.
    assert_eq!(after["title"], "下午会诊");
    let all = json!({ "recording": false });
    let (after, results) = changed(&county, &after, &all).await;
    assert_eq!(told(&results), [(1, "changed"), (2, "changed"), (3, "changed"), (4, "changed")]);
    assert_eq!(session(&county, &after, 1).await["title"], "皮肤科会诊");
    assert!(after["occurrences"].as_array().unwrap().iter().all(|it| it["own"] == json!([])));
}

#[tokio::test]
async fn what_is_in_the_way_of_one_leaves_that_one_as_it_was_and_says_so() {
    let county = County::start().await;
    let made = weekly(&county, 3).await;
    let other = consultation("2026-12-01T14:15:00+08:00", "2026-12-01T15:00:00+08:00");
    assert_eq!(county.book(&other).await.0, StatusCode::CREATED);
    let wish = json!({ "startTime": "14:00", "ifBlocked": "refuse" });
    let (status, problem) = change(&county, &made, &wish).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "slot-taken", 409);
    assert_eq!(problem["occurrence"], 2);
    assert_eq!(read(&county, &made).await, made, "nothing was changed");
    let (after, results) = changed(&county, &made, &json!({ "startTime": "14:00" })).await;
    assert_eq!(told(&results), [(1, "moved"), (2, "skipped"), (3, "moved")]);
    assert_eq!(results[1]["blockedBy"]["id"], "dr-chen");
    assert_eq!(results[1]["blockedBy"]["takenUntil"], "2026-12-01T15:00:00+08:00");
    assert_eq!(stands(&after), ["11-24T14:00", "12-01T09:00", "12-08T14:00"]);
    let second = &after["occurrences"][1];
    assert_eq!((&second["state"], &second["own"]), (&json!("moved"), &json!(["time"])));
    // What was given up for the change that did not come about is still held.
    let taken = consultation("2026-12-01T09:00:00+08:00", "2026-12-01T09:30:00+08:00");
    assert_eq!(county.book(&taken).await.0, StatusCode::CONFLICT);
    let freed = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    assert_eq!(county.book(&freed).await.0, StatusCode::CREATED);
}

async fn daily(county: &County) -> Value {
    let booking = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    let wish = json!({ "booking": booking, "rule": "FREQ=DAILY;COUNT=5" });
    let (status, made) = county.post("scheduler", "/api/v1/series", &wish).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made
}

#[tokio::test]
async fn a_series_is_not_in_its_own_way() {
    let county = County::start().await;
    let made = daily(&county).await;
    // The third stands where the second is to go, and goes away itself.
    let at =
        json!({ "startsAt": "2026-11-25T14:00:00+08:00", "endsAt": "2026-11-25T14:30:00+08:00" });
    alone(&county, &made, 2, &at).await;
    let now = read(&county, &made).await;
    let wish = json!({ "startTime": "14:00", "changedAlone": "replace" });
    let (after, results) = changed(&county, &now, &wish).await;
    let moved: Vec<(i64, &str)> = (1..=5).map(|number| (number, "moved")).collect();
    assert_eq!(told(&results), moved, "{results}");
    let days = ["11-24T14:00", "11-25T14:00", "11-26T14:00", "11-27T14:00", "11-28T14:00"];
    assert_eq!(stands(&after), days);
}

#[tokio::test]
async fn what_has_to_stay_is_in_the_way_of_what_wants_its_place() {
    let county = County::start().await;
    let made = daily(&county).await;
    let at =
        json!({ "startsAt": "2026-11-26T14:00:00+08:00", "endsAt": "2026-11-26T14:30:00+08:00" });
    alone(&county, &made, 1, &at).await;
    let other = consultation("2026-11-25T14:00:00+08:00", "2026-11-25T15:00:00+08:00");
    assert_eq!(county.book(&other).await.0, StatusCode::CREATED);
    let now = read(&county, &made).await;
    let wish = json!({ "startTime": "14:00", "changedAlone": "replace" });
    let (after, results) = changed(&county, &now, &wish).await;
    let wanted = [(1, "moved"), (2, "skipped"), (3, "skipped"), (4, "moved"), (5, "moved")];
    assert_eq!(told(&results), wanted, "{results}");
    assert_eq!(results[1]["lost"], json!([]), "it has kept its own time");
    let days = ["11-24T14:00", "11-26T14:00", "11-26T09:00", "11-27T14:00", "11-28T14:00"];
    assert_eq!(stands(&after), days);
    let (_, day) = county.get("scheduler", "/api/v1/sessions?day=2026-11-26").await;
    assert_eq!(day["sessions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_changed_of_one_alone_it_keeps_unless_told_otherwise() {
    let county = County::start().await;
    let made = weekly(&county, 4).await;
    let at =
        json!({ "startsAt": "2026-12-01T16:00:00+08:00", "endsAt": "2026-12-01T16:30:00+08:00" });
    alone(&county, &made, 1, &at).await;
    alone(&county, &made, 2, &json!({ "title": "只这一次" })).await;
    let (status, problem) = change(&county, &made, &json!({ "title": "新题目" })).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED, "the sessions are a part of what was read");
    assert_problem(&problem, "changed-meanwhile", 412);
    assert_eq!(problem["series"]["occurrences"][1]["own"], json!(["time"]));
    let now = read(&county, &made).await;
    assert_eq!(problem["series"], now);
    let wish = json!({ "title": "新题目", "startTime": "10:00" });
    let (after, results) = changed(&county, &now, &wish).await;
    assert_eq!(told(&results), [(1, "moved"), (2, "changed"), (3, "moved"), (4, "moved")]);
    assert_eq!((&results[1]["kept"], &results[2]["kept"]), (&json!(["time"]), &json!(["title"])));
    assert_eq!(stands(&after), ["11-24T10:00", "12-01T16:00", "12-08T10:00", "12-15T10:00"]);
    assert_eq!(session(&county, &after, 1).await["title"], "新题目");
    assert_eq!(session(&county, &after, 2).await["title"], "只这一次");
    let wish = json!({ "title": "新题目", "startTime": "10:00", "changedAlone": "replace" });
    let (after, results) = changed(&county, &after, &wish).await;
    assert_eq!(told(&results), [(1, "unchanged"), (2, "moved"), (3, "changed"), (4, "unchanged")]);
    assert_eq!((&results[1]["lost"], &results[2]["lost"]), (&json!(["time"]), &json!(["title"])));
    assert_eq!(stands(&after)[1], "12-01T10:00");
}

#[tokio::test]
async fn another_rule_moves_what_it_can_and_cancels_and_books_the_rest() {
    let county = County::start().await;
    let made = weekly(&county, 4).await;
    let first = session_id(&made, 1);
    // From the second on Thursdays, and two more of them.
    let rule = json!({ "from": 2, "rule": "FREQ=WEEKLY;BYDAY=TH;COUNT=5" });
    let (status, problem) = change(&county, &made, &rule).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let fault = &problem["errors"][0];
    assert_eq!(
        (&fault["field"], &fault["code"]),
        (&json!("startDay"), &json!("start-not-in-rule"))
    );
    assert_eq!(fault["params"]["after"], "2026-12-03T09:00:00+08:00");
    let rule = json!({ "from": 2, "rule": "FREQ=WEEKLY;BYDAY=TH;COUNT=5", "ifOutOfRule": "snap" });
    let (after, results) = changed(&county, &made, &rule).await;
    let wanted = [(2, "moved"), (3, "moved"), (4, "moved"), (5, "booked"), (6, "booked")];
    assert_eq!(told(&results), wanted);
    let days =
        ["11-24T09:00", "12-03T09:00", "12-10T09:00", "12-17T09:00", "12-24T09:00", "12-31T09:00"];
    assert_eq!(stands(&after), days);
    assert_eq!(session_id(&after, 1), first, "moved, and not cancelled and booked anew");
    assert_eq!(after["rule"], "FREQ=WEEKLY;BYDAY=TH;COUNT=5");
    // Every other week: what keeps its day stays untouched, the rest is cancelled and not owed.
    let rule = json!({ "from": 2, "rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;COUNT=3" });
    let (after, results) = changed(&county, &after, &rule).await;
    let wanted =
        [(2, "unchanged"), (3, "cancelled"), (4, "unchanged"), (5, "cancelled"), (6, "unchanged")];
    assert_eq!(told(&results), wanted);
    assert_eq!((&after["booked"], &after["owed"]), (&json!(4), &json!(0)));
    assert_eq!(session(&county, &after, 3).await["version"], 2);
}

#[tokio::test]
async fn the_same_change_sent_twice_is_made_once() {
    let county = County::start().await;
    let made = weekly(&county, 3).await;
    let wish = json!({ "startTime": "11:00" });
    let (after, _) = changed(&county, &made, &wish).await;
    let (again, results) = changed(&county, &made, &wish).await;
    assert_eq!(again, after, "with the old tag, as its answer may have been lost");
    assert_eq!(told(&results), [(1, "unchanged"), (2, "unchanged"), (3, "unchanged")]);
    let (status, problem) = change(&county, &made, &json!({ "startTime": "12:00" })).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED, "{problem}");
    let request = county.by("scheduler", Method::PATCH, &path(&made)).json(&wish);
    let (status, problem) = answer(request).await;
    assert_eq!(status, StatusCode::PRECONDITION_REQUIRED);
    assert_problem(&problem, "version-missing", 428);
}

#[tokio::test]
async fn what_has_begun_stays_and_what_is_owed_is_tried_again() {
    let county = County::start().await;
    let other = consultation("2026-12-08T09:15:00+08:00", "2026-12-08T10:00:00+08:00");
    assert_eq!(county.book(&other).await.0, StatusCode::CREATED);
    let made = weekly(&county, 4).await;
    assert_eq!(stands(&made)[2], "skipped");
    county.set_clock(NOW_S + 2 * DAY_S);
    let cancel = format!("/api/v1/sessions/{}/cancel", session_id(&made, 3));
    county.post("scheduler", &cancel, &json!({})).await;
    let now = read(&county, &made).await;
    let (now, results) = changed(&county, &now, &json!({ "title": "新题目" })).await;
    assert_eq!(told(&results), [(2, "changed"), (3, "unchanged"), (4, "unchanged")]);
    let (after, results) = changed(&county, &now, &json!({ "startTime": "15:00" })).await;
    assert_eq!(told(&results), [(2, "moved"), (3, "booked"), (4, "unchanged")]);
    assert_eq!(stands(&after), ["11-24T09:00", "12-01T15:00", "12-08T15:00", "cancelled"]);
    assert_eq!(session(&county, &after, 2).await["title"], "新题目");
    county.set_clock(NOW_S + 60 * DAY_S);
    let (status, problem) = change(&county, &after, &json!({ "startTime": "16:00" })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "too-late", 409);
}

#[tokio::test]
async fn people_and_rooms_of_all_are_exchanged() {
    let county = County::start().await;
    let made = weekly(&county, 3).await;
    let people = json!([
        { "personId": "dr-wang", "role": "specialist" }, { "personId": "dr-zhao", "role": "village_doctor" }
    ]);
    let wish = json!({ "from": 2, "participants": people, "roomIds": [] });
    let (after, results) = changed(&county, &made, &wish).await;
    assert_eq!(told(&results), [(2, "changed"), (3, "changed")]);
    assert_eq!((&after["participants"], &after["roomIds"]), (&people, &json!([])));
    let second = session(&county, &after, 1).await;
    assert_eq!(second["participants"][0]["personId"], "dr-wang");
    assert_eq!(second["rooms"], json!([]));
    // The one who was taken out is free again, and is told.
    let free = consultation("2026-12-01T09:00:00+08:00", "2026-12-01T09:30:00+08:00");
    let mut free = free;
    free["participants"][1]["personId"] = json!("dr-sun");
    assert_eq!(county.book(&free).await.0, StatusCode::CREATED);
    let (_, me) = county.get("dr-chen", "/api/v1/me").await;
    assert_eq!(me["news"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn every_fault_names_its_member_and_changes_nothing() {
    let county = County::start().await;
    let made = weekly(&county, 3).await;
    for (wish, field, code) in [
        (json!({ "startTime": "9 Uhr" }), "startTime", "not-a-time-of-day"),
        (json!({ "minutes": 0 }), "minutes", "bad-length"),
        (json!({ "minutes": 721 }), "minutes", "bad-length"),
        (json!({ "minutes": u64::MAX }), "minutes", "bad-length"),
        (json!({ "title": " " }), "title", "title-missing"),
        (json!({ "participants": [] }), "participants", "role-missing"),
        (json!({ "roomIds": ["clinic-b-1", "clinic-b-1"] }), "roomIds", "room-twice"),
        (json!({ "roomIds": ["nowhere"] }), "roomIds", "room-unknown"),
        (json!({ "startDay": "2026-12-01" }), "startDay", "rule-missing"),
        (json!({ "rule": "FREQ=WEEKLY" }), "rule", "rule-never-ends"),
        (json!({ "rule": "FREQ=DAILY;COUNT=201" }), "rule", "too-many-occurrences"),
        (json!({ "rule": "FREQ=WEEKLY;COUNT=3", "startDay": "soon" }), "startDay", "not-a-day"),
        (json!({ "rule": "FREQ=MONTHLY;COUNT=20" }), "rule", "too-far-ahead"),
        (json!({ "title": "a", "reason": "长".repeat(201) }), "reason", "reason-too-long"),
    ] {
        let (status, problem) = change(&county, &made, &wish).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wish}: {problem}");
        let fault = &problem["errors"][0];
        assert_eq!((&fault["field"], &fault["code"]), (&json!(field), &json!(code)), "{problem}");
    }
    let (status, _) = change(&county, &made, &json!({ "from": 9, "title": "a" })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = change(&county, &made, &json!({ "scope": "all" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(read(&county, &made).await, made);
    let request = county.by("dr-chen", Method::PATCH, &path(&made)).header("If-Match", "*");
    assert_eq!(answer(request.json(&json!({ "title": "a" }))).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_cancellation_of_another_version_changes_nothing() {
    let county = County::start().await;
    let made = weekly(&county, 3).await;
    alone(&county, &made, 1, &json!({ "title": "只这一次" })).await;
    let cancel = format!("{}/cancel", path(&made));
    let tag = format!("\"{}\"", made["version"]);
    let request = county.by("scheduler", Method::POST, &cancel).header("If-Match", tag);
    let (status, problem) = answer(request.json(&json!({ "from": 2 }))).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    let tag = format!("\"{}\"", problem["series"]["version"]);
    let request = county.by("scheduler", Method::POST, &cancel).header("If-Match", tag);
    let (status, left) = answer(request.json(&json!({ "from": 2, "reason": "停课" }))).await;
    assert_eq!(status, StatusCode::OK, "{left}");
    assert_eq!(stands(&left), ["11-24T09:00", "cancelled", "cancelled"]);
    assert_eq!(left["occurrences"][2]["reason"], "停课");
    let (_, me) = county.get("dr-zhao", "/api/v1/me").await;
    assert_eq!(me["news"][0]["reason"], "停课");
}
