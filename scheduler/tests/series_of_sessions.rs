//! A series is booked session by session: what is taken is skipped and owed, and nothing is lost on the way.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, answer, assert_problem, consultation, tomorrow};
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const DAY_S: u64 = 86_400;

/// Tomorrow, Tuesday 2026-11-24, from 09:00 to 09:30, and on.
fn weekly(rule: &str) -> Value {
    json!({ "booking": consultation(&tomorrow(9, 0), &tomorrow(9, 30)), "rule": rule })
}

async fn book(county: &County, wish: &Value) -> (StatusCode, Value) {
    county.post("scheduler", "/api/v1/series", wish).await
}

async fn series(county: &County, id: &str) -> Value {
    let (status, series) = county.get("scheduler", &format!("/api/v1/series/{id}")).await;
    assert_eq!(status, StatusCode::OK, "{series}");
    series
}

fn states(series: &Value) -> Vec<(&str, bool)> {
    let all = series["occurrences"].as_array().unwrap().iter();
    all.map(|it| (it["state"].as_str().unwrap(), it["owed"].as_bool().unwrap())).collect()
}

fn starts(series: &Value) -> Vec<&str> {
    let all = series["occurrences"].as_array().unwrap().iter();
    all.map(|it| it["startsAt"].as_str().unwrap()).collect()
}

fn id(series: &Value) -> String {
    series["id"].as_str().unwrap().to_owned()
}

/// Something else of the same doctor in the second week.
async fn taken_in_the_second_week(county: &County) {
    let other = consultation("2026-12-01T09:15:00+08:00", "2026-12-01T10:00:00+08:00");
    assert_eq!(county.book(&other).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn what_is_taken_is_skipped_and_owed_and_the_rest_is_booked() {
    let county = County::start().await;
    taken_in_the_second_week(&county).await;
    let (status, made) = book(&county, &weekly("FREQ=WEEKLY;COUNT=3")).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(states(&made), [("booked", false), ("skipped", true), ("booked", false)]);
    assert_eq!((&made["booked"], &made["owed"]), (&json!(2), &json!(1)));
    let skipped = &made["occurrences"][1];
    assert_eq!(skipped["startsAt"], "2026-12-01T09:00:00+08:00");
    assert_eq!(skipped["blockedBy"]["id"], "dr-chen");
    assert_eq!(skipped["blockedBy"]["takenUntil"], "2026-12-01T10:00:00+08:00");
    assert_eq!(skipped["blockedBy"]["nextFree"], "2026-12-01T10:00:00+08:00");
    assert_eq!(series(&county, &id(&made)).await, made, "it is kept as it was told");
    for number in [0, 2] {
        let session = made["occurrences"][number]["session"]["id"].as_str().unwrap();
        let path = format!("/api/v1/sessions/{session}");
        assert_eq!(county.get("dr-chen", &path).await.0, StatusCode::OK);
    }
    let counted = county.scheduler.metrics();
    assert!(counted.contains(r#"bookings_total{outcome="Clash"} 1"#), "{counted}");
}

#[tokio::test]
async fn a_series_that_must_be_whole_is_refused_whole() {
    let county = County::start().await;
    taken_in_the_second_week(&county).await;
    let mut wish = weekly("FREQ=WEEKLY;COUNT=3");
    wish["ifBlocked"] = json!("refuse");
    let (status, problem) = book(&county, &wish).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "slot-taken", 409);
    assert_eq!((&problem["occurrence"], &problem["allBlocked"]), (&json!(2), &json!(false)));
    let (_, day) = county.get("scheduler", "/api/v1/sessions?day=2026-11-24").await;
    assert_eq!(day["sessions"], json!([]), "nothing of it was booked");
    wish["rule"] = json!("FREQ=WEEKLY;INTERVAL=2;COUNT=3");
    let (status, made) = book(&county, &wish).await;
    assert_eq!((status, &made["booked"]), (StatusCode::CREATED, &json!(3)));
}

#[tokio::test]
async fn a_series_of_which_nothing_can_be_booked_leaves_nothing() {
    let county = County::start().await;
    let (_, first) = book(&county, &weekly("FREQ=WEEKLY;COUNT=2")).await;
    let request = county.by("scheduler", Method::POST, "/api/v1/series");
    let again = request.header("Idempotency-Key", "a").json(&weekly("FREQ=WEEKLY;COUNT=2"));
    let (status, problem) = answer(again).await;
    assert_eq!((status, &problem["allBlocked"]), (StatusCode::CONFLICT, &json!(true)));
    let path = format!("/api/v1/series/{}/cancel", id(&first));
    assert_eq!(county.post("scheduler", &path, &json!({})).await.0, StatusCode::OK);
    let request = county.by("scheduler", Method::POST, "/api/v1/series");
    let again = request.header("Idempotency-Key", "a").json(&weekly("FREQ=WEEKLY;COUNT=2"));
    assert_eq!(answer(again).await.0, StatusCode::CREATED, "the key is free again");
}

#[tokio::test]
async fn lessons_stay_at_their_local_time_and_exceptions_are_left_out() {
    let county = County::start().await;
    let mut wish = weekly("FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20261210T155959Z");
    wish["exdates"] = json!(["2026-12-01", "2026-12-08"]);
    wish["rdates"] = json!(["2026-12-02T14:00:00+08:00"]);
    let (status, made) = book(&county, &wish).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let wanted = [
        "2026-11-24T09:00:00+08:00",
        "2026-11-26T09:00:00+08:00",
        "2026-12-02T14:00:00+08:00",
        "2026-12-03T09:00:00+08:00",
        "2026-12-10T09:00:00+08:00",
    ];
    assert_eq!(starts(&made), wanted);
    assert_eq!(made["rule"], "FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20261210T155959Z");
    let mut abroad = weekly("FREQ=MONTHLY;BYMONTHDAY=24;COUNT=6");
    abroad["booking"] = consultation("2026-11-24T17:00:00Z", "2026-11-24T17:30:00Z");
    abroad["timeZone"] = json!("Europe/London");
    let (status, made) = book(&county, &abroad).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(starts(&made)[4], "2027-03-24T17:00:00+00:00");
    assert_eq!(starts(&made)[5], "2027-04-24T17:00:00+01:00", "after the clocks changed");
}

#[tokio::test]
async fn a_start_that_is_not_in_its_rule_is_refused_with_the_nearest_or_snapped() {
    let county = County::start().await;
    let mut wish = weekly("FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=3");
    let (status, problem) = book(&county, &wish).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_problem(&problem, "invalid", 422);
    let fault = &problem["errors"][0];
    assert_eq!(
        (&fault["field"], &fault["code"]),
        (&json!("startsAt"), &json!("start-not-in-rule"))
    );
    let near =
        json!({ "before": "2026-11-23T09:00:00+08:00", "after": "2026-11-25T09:00:00+08:00" });
    assert_eq!(fault["params"], near);
    wish["ifOutOfRule"] = json!("snap");
    let (status, made) = book(&county, &wish).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(starts(&made)[0], "2026-11-25T09:00:00+08:00");
}

#[tokio::test]
async fn every_fault_names_its_member_and_books_nothing() {
    let county = County::start().await;
    let good = weekly("FREQ=WEEKLY;COUNT=3");
    for (member, value, field, code) in [
        ("rule", json!("FREQ=WEEKLY"), "rule", "rule-never-ends"),
        ("rule", json!("FREQ=DAILY;COUNT=201"), "rule", "too-many-occurrences"),
        ("rule", json!("FREQ=MONTHLY;COUNT=20"), "rule", "too-far-ahead"),
        ("rule", json!("FREQ=HOURLY;COUNT=2"), "rule", "rule-value"),
        ("rule", json!("FREQ=DAILY;BYHOUR=9;COUNT=2"), "rule", "rule-unsupported"),
        ("rule", json!("FREQ=DAILY;UNTIL=20260101T000000Z"), "rule", "rule-ends-before-start"),
        (
            "rule",
            json!("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1"),
            "startsAt",
            "start-not-in-rule",
        ),
        ("timeZone", json!("Mars/Olympus"), "timeZone", "zone-unknown"),
        ("exdates", json!(["tomorrow"]), "exdates", "not-a-day"),
        ("exdates", json!(["2026-11-25"]), "exdates", "exdate-not-in-rule"),
        ("exdates", json!(["2026-11-24", "2026-12-01", "2026-12-08"]), "exdates", "nothing-left"),
        ("rdates", json!(["soon"]), "rdates", "not-a-time"),
        ("rdates", json!(["2026-11-22T09:00:00+08:00"]), "rdates", "start-in-the-past"),
        ("rdates", json!(vec!["2026-11-25T09:00:00+08:00"; 201]), "rdates", "too-many-occurrences"),
    ] {
        let mut wish = good.clone();
        wish[member] = value;
        let (status, problem) = book(&county, &wish).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wish}");
        assert_problem(&problem, "invalid", 422);
        let fault = &problem["errors"][0];
        assert_eq!((&fault["field"], &fault["code"]), (&json!(field), &json!(code)), "{problem}");
    }
    let mut stranger = good.clone();
    stranger["booking"]["participants"][0]["personId"] = json!("nobody");
    let (status, problem) = book(&county, &stranger).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["code"], "person-unknown");
    let (_, day) = county.get("scheduler", "/api/v1/sessions?day=2026-11-24").await;
    assert_eq!(day["sessions"], json!([]));
    let (status, _) = county.post("dr-chen", "/api/v1/series", &good).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn this_and_following_are_cancelled_one_alone_is_owed() {
    let county = County::start().await;
    let (_, made) = book(&county, &weekly("FREQ=WEEKLY;COUNT=5")).await;
    let session = |number: usize| made["occurrences"][number]["session"]["id"].as_str().unwrap();
    let one = format!("/api/v1/sessions/{}/cancel", session(1));
    assert_eq!(county.post("scheduler", &one, &json!({})).await.0, StatusCode::OK);
    let path = format!("/api/v1/series/{}/cancel", id(&made));
    let wanted = [
        ("booked", false),
        ("cancelled", true),
        ("booked", false),
        ("cancelled", false),
        ("cancelled", false),
    ];
    for _ in 0..2 {
        let (status, left) = county.post("scheduler", &path, &json!({ "from": 4 })).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(states(&left), wanted, "twice is the same as once");
    }
    county.set_clock(NOW_S + 2 * DAY_S);
    let (_, left) = county.post("scheduler", &path, &json!({ "reason": "学期结束" })).await;
    assert_eq!(states(&left)[0], ("booked", false), "what has been stays");
    assert_eq!(states(&left)[1..], [("cancelled", false); 4]);
    let (_, again) = county.get("scheduler", &format!("/api/v1/sessions/{}", session(4))).await;
    assert_eq!(again["state"], "cancelled");
    let (status, _) = county.post("scheduler", &path, &json!({ "from": 9 })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(county.get("scheduler", "/api/v1/series/none").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_owed_is_made_up_or_waived_once() {
    let county = County::start().await;
    taken_in_the_second_week(&county).await;
    let (_, made) = book(&county, &weekly("FREQ=WEEKLY;COUNT=3")).await;
    let path = |number: u32, what: &str| {
        format!("/api/v1/series/{}/occurrences/{number}/{what}", id(&made))
    };
    let at = json!({ "startsAt": "2026-12-02T09:00:00+08:00" });
    let taken = json!({ "startsAt": "2026-12-01T09:30:00+08:00" });
    let (status, problem) = county.post("scheduler", &path(2, "make-up"), &taken).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "slot-taken", 409);
    let tries = join_all((0..4).map(|day| {
        let at = json!({ "startsAt": format!("2026-12-0{}T09:00:00+08:00", day + 2) });
        let (county, path) = (&county, path(2, "make-up"));
        async move { county.post("scheduler", &path, &at).await.0 }
    }));
    let mut tries = tries.await;
    tries.sort();
    assert_eq!(tries, [200, 409, 409, 409].map(|it| StatusCode::from_u16(it).unwrap()));
    let now = series(&county, &id(&made)).await;
    assert_eq!((states(&now)[1], &now["owed"]), (("made-up", false), &json!(0)));
    let (status, problem) = county.post("scheduler", &path(1, "make-up"), &at).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "not-owed", 409);
    let session = now["occurrences"][1]["session"]["id"].as_str().unwrap();
    let cancel = format!("/api/v1/sessions/{session}/cancel");
    county.post("scheduler", &cancel, &json!({})).await;
    assert_eq!(states(&series(&county, &id(&made)).await)[1], ("skipped", true), "owed again");
    for reason in [json!(" "), json!("a\nb"), json!("长".repeat(201))] {
        let said = json!({ "reason": reason });
        let (status, _) = county.post("scheduler", &path(2, "waive"), &said).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let said = json!({ "reason": "集市日" });
    let (status, now) = county.post("scheduler", &path(2, "waive"), &said).await;
    assert_eq!((status, states(&now)[1]), (StatusCode::OK, ("waived", false)));
    assert_eq!(now["occurrences"][1]["reason"], "集市日");
    let (status, _) = county.post("scheduler", &path(2, "waive"), &said).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (status, _) = county.post("scheduler", &path(9, "waive"), &said).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

/// The lines of a feed, put together again where they were folded.
async fn feed(county: &County, path: &str) -> Vec<String> {
    let response = county.bare(Method::GET, path).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/calendar; charset=utf-8");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let text = response.text().await.unwrap();
    text.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn a_calendar_program_reads_the_sessions_of_a_person_and_of_a_site_at_a_secret_address() {
    let county = County::start().await;
    let (_, made) = book(&county, &weekly("FREQ=WEEKLY;COUNT=2")).await;
    let session = |number: usize| made["occurrences"][number]["session"]["id"].as_str().unwrap();
    let cancel = format!("/api/v1/sessions/{}/cancel", session(1));
    let (status, address) = county.post("dr-chen", "/api/v1/calendar", &json!({})).await;
    assert_eq!(status, StatusCode::CREATED);
    let own = address["path"].as_str().unwrap();
    let count = |lines: &[String], wanted: &str| lines.iter().filter(|it| *it == wanted).count();
    let before = feed(&county, own).await;
    let uid = format!("UID:{}@shanqiao", id(&made));
    assert_eq!(count(&before, &uid), 3, "the series, and each of its sessions");
    assert_eq!(count(&before, "RDATE:20261201T010000Z"), 1);
    assert_eq!(count(&before, "DTSTART:20261201T010000Z"), 1);
    let (_, alone) = county.book(&consultation(&tomorrow(15, 0), &tomorrow(15, 30))).await;
    county.post("scheduler", &cancel, &json!({})).await;
    let sequence = series(&county, &id(&made)).await["version"].as_i64().unwrap() - 1;
    assert!(sequence > 0);
    let (_, me) = county.get("dr-zhao", "/api/v1/me").await;
    let site = me["person"]["organization"]["id"].as_str().unwrap();
    let path = format!("/api/v1/organizations/{site}/calendar");
    let (status, address) = county.post("scheduler", &path, &json!({})).await;
    assert_eq!(status, StatusCode::CREATED);
    for path in [own, address["path"].as_str().unwrap()] {
        let lines = feed(&county, path).await;
        assert_eq!(count(&lines, &uid), 3);
        let alone = format!("UID:{}@shanqiao", alone["id"].as_str().unwrap());
        assert_eq!(count(&lines, &alone), 1, "what is of no series has a UID of its own");
        let at = lines.iter().position(|line| *line == "RECURRENCE-ID:20261201T010000Z").unwrap();
        let rest: Vec<&str> = lines[at..].iter().map(String::as_str).collect();
        let end = rest.iter().position(|line| *line == "END:VEVENT").unwrap();
        let sequence = format!("SEQUENCE:{sequence}");
        assert!(rest[..end].contains(&"STATUS:CANCELLED"), "{rest:?}");
        assert!(rest[..end].contains(&sequence.as_str()), "{rest:?}");
        assert!(rest[..end].contains(&"SUMMARY:皮肤科会诊"), "{rest:?}");
        assert_eq!(count(&lines, "STATUS:CANCELLED"), 1);
    }
    county.post("dr-chen", "/api/v1/calendar", &json!({})).await;
    for gone in [own, "/api/v1/calendar/none.ics", "/api/v1/calendar/%ff"] {
        let (status, problem) = answer(county.bare(Method::GET, gone)).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{gone}");
        assert_problem(&problem, "not-found", 404);
    }
    assert_eq!(county.post("dr-chen", &path, &json!({})).await.0, StatusCode::FORBIDDEN);
    let nowhere = "/api/v1/organizations/nowhere/calendar";
    assert_eq!(county.post("scheduler", nowhere, &json!({})).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_request_that_is_sent_again_goes_on_with_its_series() {
    let county = County::start().await;
    let send = async |rule: &str| {
        let request = county.by("scheduler", Method::POST, "/api/v1/series");
        let request = request.header("Idempotency-Key", "a").json(&weekly(rule));
        let response = request.send().await.unwrap();
        let replayed = response.headers().contains_key("idempotency-replayed");
        (response.status(), replayed, response.json::<Value>().await.unwrap())
    };
    let all = join_all((0..6).map(|_| send("FREQ=WEEKLY;COUNT=4"))).await;
    for (status, _, made) in &all {
        assert_eq!((*status, &made["booked"]), (StatusCode::CREATED, &json!(4)), "{made}");
        assert_eq!(made["id"], all[0].2["id"]);
    }
    let (status, _, problem) = send("FREQ=WEEKLY;COUNT=5").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_problem(&problem, "idempotency-key-reused", 422);
}
