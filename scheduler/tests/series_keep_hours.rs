//! The sessions of a series keep hours as single bookings do: what is closed is skipped with its reason, and owed.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, answer, assert_problem, consultation, tomorrow};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SERIES: &str = "/api/v1/series";

async fn put(county: &County, path: &str, body: &Value) {
    let (status, said) = answer(county.by("scheduler", Method::PUT, path).json(body)).await;
    assert_eq!(status, StatusCode::OK, "{said}");
}

/// Sets when somebody or something can be used.
async fn set(county: &County, of: &str, body: &Value) {
    put(county, &format!("/api/v1/availability/{of}"), body).await;
}

fn weekdays(from: &str, to: &str) -> Value {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    json!([{ "days": days, "from": from, "to": to }])
}

/// A series whose first session is from `day` 09:00 to 09:30.
fn from_day(day: &str, rule: &str) -> Value {
    let (starts, ends) = (format!("{day}T09:00:00+08:00"), format!("{day}T09:30:00+08:00"));
    json!({ "booking": consultation(&starts, &ends), "rule": rule })
}

async fn book(county: &County, wish: &Value) -> (StatusCode, Value) {
    county.post("scheduler", SERIES, wish).await
}

async fn booked(county: &County, wish: &Value) -> Value {
    let (status, made) = book(county, wish).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made
}

/// Changes the version that `series` is.
async fn change(county: &County, series: &Value, wish: &Value) -> (StatusCode, Value) {
    let path = format!("{SERIES}/{}", series["id"].as_str().unwrap());
    let tag = format!("\"{}\"", series["version"]);
    let request = county.by("scheduler", Method::PATCH, &path).header("If-Match", tag);
    answer(request.json(wish)).await
}

/// Day of each occurrence and what became of it: its state, or why it is skipped.
fn became(series: &Value) -> Vec<(&str, &str)> {
    let all = series["occurrences"].as_array().unwrap().iter();
    all.map(|it| {
        let word = match it["state"].as_str().unwrap() {
            "skipped" => it["blockedBy"]["cause"].as_str().unwrap(),
            state => state,
        };
        (it["startsAt"].as_str().unwrap().get(5..10).unwrap(), word)
    })
    .collect()
}

/// Result of each occurrence that a change was for, and what was in its way.
fn results(answer: &Value) -> Vec<(&str, &str)> {
    let all = answer["results"].as_array().unwrap().iter();
    all.map(|it| {
        let cause = it["blockedBy"]["cause"].as_str();
        (it["result"].as_str().unwrap(), cause.unwrap_or_default())
    })
    .collect()
}

/// The hospital has weekdays and keeps legal holidays, of which 2027 is published; the clinic has a market on the 5th.
async fn over_new_year() -> County {
    let county = County::start().await;
    let hours = json!({ "weekly": weekdays("08:00", "18:00"), "keepsHolidays": true });
    set(&county, "organization/hospital", &hours).await;
    let market = json!([{ "name": "赶集", "effect": "closed", "monthDays": { "reckoning": "solar", "digits": [5] } }]);
    set(&county, "organization/clinic-b", &json!({ "overlays": market })).await;
    let holidays = json!([{ "from": "2027-01-01", "to": "2027-01-03", "names": { "zh": "元旦", "en": "New Year's Day" } }]);
    let year = json!({ "holidays": holidays, "workdays": ["2027-01-09"] });
    put(&county, "/api/v1/holidays/2027", &year).await;
    county
}

#[tokio::test]
async fn holidays_and_market_days_are_skipped_and_owed_and_make_up_workdays_are_booked() {
    let county = over_new_year().await;
    let made = booked(&county, &from_day("2026-12-30", "FREQ=DAILY;COUNT=12")).await;
    let wanted = [
        ("12-30", "booked"),
        ("12-31", "booked"),
        ("01-01", "holiday"),
        ("01-02", "holiday"),
        ("01-03", "holiday"),
        ("01-04", "booked"),
        ("01-05", "overlay"),
        ("01-06", "booked"),
        ("01-07", "booked"),
        ("01-08", "booked"),
        ("01-09", "booked"),
        ("01-10", "hours"),
    ];
    assert_eq!(became(&made), wanted);
    assert_eq!((&made["booked"], &made["owed"]), (&json!(7), &json!(5)));
    let by = &made["occurrences"][2]["blockedBy"];
    assert_eq!((&by["kind"], &by["id"]), (&json!("person"), &json!("dr-chen")));
    assert_eq!((&by["what"], &by["of"]["id"]), (&json!("元旦"), &json!("hospital")));
    assert_eq!(by["of"]["names"]["zh"].as_str().map(str::is_empty), Some(false), "{by}");
    assert_eq!(by["from"], "2027-01-01T00:00:00+08:00");
    assert_eq!(by["takenUntil"], "2027-01-04T08:00:00+08:00");
    assert_eq!(by["nextFree"], "2027-01-04T08:00:00+08:00");
    let by = &made["occurrences"][6]["blockedBy"];
    assert_eq!((&by["what"], &by["of"]["kind"]), (&json!("赶集"), &json!("organization")));
    let path = format!("{SERIES}/{}", made["id"].as_str().unwrap());
    assert_eq!(county.get("scheduler", &path).await.1, made, "it is kept as it was told");
    let counted = county.scheduler.metrics();
    assert!(counted.contains(r#"bookings_total{outcome="NotOpen"} 5"#), "{counted}");
}

#[tokio::test]
async fn a_series_that_must_be_whole_is_refused_by_the_first_that_is_closed() {
    let county = over_new_year().await;
    let mut wish = from_day("2026-12-30", "FREQ=DAILY;COUNT=4");
    wish["ifBlocked"] = json!("refuse");
    let (status, problem) = book(&county, &wish).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "not-open", 409);
    assert_eq!((&problem["occurrence"], &problem["allBlocked"]), (&json!(3), &json!(false)));
    assert_eq!(problem["blocking"][0]["cause"], "holiday");
    assert_eq!(problem["nextFree"], "2027-01-04T08:00:00+08:00");
    let (_, day) = county.get("scheduler", "/api/v1/sessions?day=2026-12-30").await;
    assert_eq!(day["sessions"], json!([]), "nothing of it was booked");
    wish["rule"] = json!("FREQ=DAILY;COUNT=2");
    assert_eq!(booked(&county, &wish).await["booked"], 2);
}

#[tokio::test]
async fn a_series_that_is_closed_all_along_leaves_nothing_and_goes_against_hours_with_a_reason() {
    let county = over_new_year().await;
    let mut wish = from_day("2027-01-01", "FREQ=DAILY;COUNT=3");
    let (status, problem) = book(&county, &wish).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "not-open", 409);
    assert_eq!((&problem["occurrence"], &problem["allBlocked"]), (&json!(1), &json!(true)));
    for how in ["skip", "refuse"] {
        wish["ifBlocked"] = json!(how);
        wish["booking"]["overrideReason"] = json!("元旦义诊");
        let made = booked(&county, &wish).await;
        assert_eq!((&made["booked"], &made["owed"]), (&json!(3), &json!(0)));
        let session = made["occurrences"][1]["session"]["id"].as_str().unwrap();
        let path = format!("/api/v1/sessions/{session}/events");
        let (_, told) = county.get("scheduler", &path).await;
        assert_eq!(told["events"][0]["overrideReason"], "元旦义诊");
        let path = format!("{SERIES}/{}/cancel", made["id"].as_str().unwrap());
        assert_eq!(county.post("scheduler", &path, &json!({})).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn what_is_owed_is_made_up_within_hours_or_with_a_reason() {
    let county = over_new_year().await;
    let made = booked(&county, &from_day("2026-12-31", "FREQ=DAILY;COUNT=2")).await;
    assert_eq!(became(&made), [("12-31", "booked"), ("01-01", "holiday")]);
    let path = format!("{SERIES}/{}/occurrences/2/make-up", made["id"].as_str().unwrap());
    let mut at = json!({ "startsAt": "2027-01-02T09:00:00+08:00" });
    let (status, problem) = county.post("scheduler", &path, &at).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "not-open", 409);
    assert_eq!(problem["nextFree"], "2027-01-04T08:00:00+08:00");
    at["overrideReason"] = json!("病人等不了");
    let (status, now) = county.post("scheduler", &path, &at).await;
    assert_eq!((status, became(&now)[1].1), (StatusCode::OK, "made-up"), "{now}");
    let session = now["occurrences"][1]["session"]["id"].as_str().unwrap();
    let (_, told) = county.get("scheduler", &format!("/api/v1/sessions/{session}/events")).await;
    assert_eq!(told["events"][0]["overrideReason"], "病人等不了");
}

#[tokio::test]
async fn the_way_to_another_session_counts_also_one_of_the_same_series() {
    let county = County::start().await;
    set(&county, "person/dr-zhao", &json!({ "beforeMinutes": 20 })).await;
    let other = consultation("2026-12-01T08:20:00+08:00", "2026-12-01T08:50:00+08:00");
    assert_eq!(county.book(&other).await.0, StatusCode::CREATED);
    let mut wish = from_day("2026-11-24", "FREQ=WEEKLY;COUNT=3");
    wish["rdates"] = json!(["2026-12-08T09:40:00+08:00", "2026-12-08T10:00:00+08:00"]);
    let made = booked(&county, &wish).await;
    let wanted = [
        ("11-24", "booked"),
        ("12-01", "travel"),
        ("12-08", "booked"),
        ("12-08", "travel"),
        ("12-08", "booked"),
    ];
    assert_eq!(became(&made), wanted);
    // The same series at another time is not in its own way.
    let (status, after) = change(&county, &made, &json!({ "from": 3, "minutes": 35 })).await;
    assert_eq!(status, StatusCode::OK, "{after}");
    assert_eq!(results(&after)[0], ("moved", ""));
    let (_, after) = change(&county, &after["series"], &json!({ "startTime": "09:10" })).await;
    assert_eq!(results(&after)[..2], [("moved", ""), ("booked", "")], "{after}");
}

#[tokio::test]
async fn whoever_interpreted_and_is_to_be_the_doctor_is_not_in_the_way_of_the_same_human() {
    let county = County::start().await;
    let form = json!({
        "names": { "zh": "孙医生" }, "organizationId": "clinic-c", "roles": ["village_doctor"], "interprets": ["bo-zh"]
    });
    put(&county, "/api/v1/people/dr-sun", &form).await;
    set(&county, "person/dr-sun", &json!({ "beforeMinutes": 20 })).await;
    let mut wish = from_day("2026-11-24", "FREQ=WEEKLY;COUNT=2");
    let interpreter = json!({ "personId": "dr-sun", "role": "interpreter" });
    wish["booking"]["participants"].as_array_mut().unwrap().push(interpreter);
    let made = booked(&county, &wish).await;
    let people = json!([
        { "personId": "dr-chen", "role": "specialist" }, { "personId": "dr-sun", "role": "village_doctor" }
    ]);
    let (status, after) =
        change(&county, &made, &json!({ "startTime": "09:40", "participants": people })).await;
    assert_eq!(status, StatusCode::OK, "{after}");
    assert_eq!(results(&after), [("moved", ""), ("moved", "")], "{after}");
}

#[tokio::test]
async fn a_change_leaves_what_would_be_closed_as_it_was_and_says_why() {
    let county = County::start().await;
    let away = json!({ "exceptions": [{ "day": "2026-12-01", "windows": [{ "from": "08:00", "to": "12:00" }] }] });
    let made = booked(&county, &from_day("2026-11-24", "FREQ=WEEKLY;COUNT=3")).await;
    set(&county, "person/dr-chen", &away).await;
    let mut wish = json!({ "startTime": "14:00", "ifBlocked": "refuse" });
    let (status, problem) = change(&county, &made, &wish).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "not-open", 409);
    assert_eq!(
        (&problem["occurrence"], &problem["blocking"][0]["cause"]),
        (&json!(2), &json!("exception"))
    );
    wish["ifBlocked"] = json!("skip");
    let (status, after) = change(&county, &made, &wish).await;
    assert_eq!(status, StatusCode::OK, "{after}");
    assert_eq!(results(&after), [("moved", ""), ("skipped", "exception"), ("moved", "")]);
    let by = &after["results"][1]["blockedBy"];
    assert_eq!((&by["id"], &by["of"]["id"]), (&json!("dr-chen"), &json!("dr-chen")));
    assert_eq!(by["nextFree"], "2026-12-02T00:00:00+08:00");
    let session = |series: &Value| series["occurrences"][1]["session"].clone();
    assert_eq!(session(&after["series"])["startsAt"], "2026-12-01T09:00:00+08:00");
    let taken = consultation("2026-12-01T09:00:00+08:00", "2026-12-01T09:30:00+08:00");
    assert_problem(&county.book(&taken).await.1, "slot-taken", 409);
    // With a reason it moves, and where nothing moves nobody is asked.
    wish["changedAlone"] = json!("replace");
    wish["overrideReason"] = json!("陈医生下午加班");
    let (_, after) = change(&county, &after["series"], &wish).await;
    assert_eq!(results(&after), [("unchanged", ""), ("moved", ""), ("unchanged", "")], "{after}");
    let path =
        format!("/api/v1/sessions/{}/events", session(&after["series"])["id"].as_str().unwrap());
    let (_, told) = county.get("scheduler", &path).await;
    assert_eq!(
        told["events"].as_array().unwrap().last().unwrap()["overrideReason"],
        "陈医生下午加班"
    );
    let (_, after) = change(&county, &after["series"], &json!({ "title": "新题目" })).await;
    assert_eq!(results(&after), [("changed", ""); 3], "{after}");
    let people = json!([{ "personId": "dr-wang", "role": "specialist" }, { "personId": "dr-zhao", "role": "village_doctor" }]);
    set(&county, "person/dr-wang", &away).await;
    let (_, after) = change(&county, &after["series"], &json!({ "participants": people })).await;
    assert_eq!(results(&after), [("changed", ""), ("skipped", "exception"), ("changed", "")]);
}

#[tokio::test]
async fn another_rule_books_and_moves_only_into_open_days() {
    let county = over_new_year().await;
    let made = booked(&county, &from_day("2026-12-29", "FREQ=WEEKLY;COUNT=3")).await;
    assert_eq!(became(&made), [("12-29", "booked"), ("01-05", "overlay"), ("01-12", "booked")]);
    let rule = json!({ "rule": "FREQ=WEEKLY;BYDAY=FR;COUNT=4", "ifOutOfRule": "snap", "startDay": "2026-12-29" });
    let (status, after) = change(&county, &made, &rule).await;
    assert_eq!(status, StatusCode::OK, "{after}");
    let wanted = [("skipped", "holiday"), ("booked", ""), ("skipped", "overlay"), ("booked", "")];
    assert_eq!(results(&after), wanted, "{after}");
    assert_eq!(after["results"][0]["blockedBy"]["what"], "元旦");
    assert_eq!(
        after["series"]["occurrences"][0]["session"]["startsAt"],
        "2026-12-29T09:00:00+08:00"
    );
}

#[tokio::test]
async fn a_series_keeps_the_hours_of_its_terminal() {
    let county = County::start().await;
    let table = "类别,编号,名称,终端类型,房间\n终端,screen-b,教室大屏,大屏,clinic-b-1\n";
    let request = county.by("scheduler", Method::POST, "/api/v1/imports");
    let (status, report) = answer(request.header("content-type", "text/csv").body(table)).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    let repair = json!([{ "name": "送修", "effect": "closed", "days": [{ "from": "2026-12-01", "to": "2026-12-02" }] }]);
    set(&county, "terminal/screen-b", &json!({ "overlays": repair })).await;
    let mut wish = from_day("2026-11-30", "FREQ=DAILY;COUNT=4");
    wish["booking"]["terminalIds"] = json!(["screen-b"]);
    let made = booked(&county, &wish).await;
    let wanted =
        [("11-30", "booked"), ("12-01", "overlay"), ("12-02", "overlay"), ("12-03", "booked")];
    assert_eq!(became(&made), wanted);
    let by = &made["occurrences"][1]["blockedBy"];
    assert_eq!(
        (&by["kind"], &by["id"], &by["what"]),
        (&json!("terminal"), &json!("screen-b"), &json!("送修"))
    );
    assert_eq!(by["of"]["kind"], "terminal");
    assert_eq!(by["nextFree"], "2026-12-03T00:00:00+08:00");
    let (status, changed) = change(&county, &made, &json!({ "terminalIds": [] })).await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    let (status, back) = change(
        &county,
        &changed["series"],
        &json!({ "terminalIds": ["screen-b"], "startTime": "10:00" }),
    )
    .await;
    assert_eq!(status, StatusCode::OK, "{back}");
    assert_eq!(results(&back)[0], ("moved", ""));
}

#[tokio::test]
async fn a_request_that_was_carried_out_is_told_again_though_hours_have_changed() {
    let county = County::start().await;
    let send = async || {
        let request = county.by("scheduler", Method::POST, SERIES).header("Idempotency-Key", "one");
        answer(request.json(&from_day("2026-11-24", "FREQ=WEEKLY;COUNT=3"))).await
    };
    let (_, first) = send().await;
    assert_eq!(first["booked"], 3);
    set(&county, "person/dr-zhao", &json!({ "weekly": weekdays("14:00", "17:00") })).await;
    let (status, again) = send().await;
    assert_eq!((status, &again), (StatusCode::CREATED, &first));
    let late = consultation(&tomorrow(10, 0), &tomorrow(10, 30));
    assert_problem(&county.book(&late).await.1, "not-open", 409);
}

/// `cargo test --test series_keep_hours measure -- --ignored --nocapture`: a series as long as one may be, of nobody with hours, of
/// people with hours and ways, and one that is closed nearly always.
#[tokio::test]
#[ignore = "it measures"]
#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it measures")]
async fn measure_a_series_of_two_hundred() {
    for (name, hours) in [
        ("no hours", json!({})),
        ("hours", json!({ "weekly": weekdays("08:00", "18:00"), "keepsHolidays": true })),
        ("ways", json!({ "weekly": weekdays("08:00", "18:00"), "beforeMinutes": 20 })),
        (
            "closed but once a week",
            json!({ "weekly": [{ "days": ["monday"], "from": "08:00", "to": "18:00" }] }),
        ),
        (
            "closed but once a week, ways",
            json!({ "weekly": [{ "days": ["monday"], "from": "08:00", "to": "18:00" }], "beforeMinutes": 20 }),
        ),
    ] {
        let county = County::start().await;
        for of in ["person/dr-chen", "person/dr-zhao", "room/hospital-2", "organization/hospital"] {
            if name == "no hours" {
                continue;
            }
            let mut hours = hours.clone();
            if of.starts_with("organization") {
                hours["beforeMinutes"] = json!(0);
            }
            set(&county, of, &hours).await;
        }
        let began = std::time::Instant::now();
        let made = booked(&county, &from_day("2026-11-24", "FREQ=DAILY;COUNT=200")).await;
        let took = began.elapsed().as_millis();
        println!("{name}: {} booked, {} skipped, {took} ms", made["booked"], made["owed"]);
        let began = std::time::Instant::now();
        let (status, after) = change(&county, &made, &json!({ "startTime": "10:00" })).await;
        assert_eq!(status, StatusCode::OK, "{after}");
        println!("  moved in {} ms", began.elapsed().as_millis());
    }
}
