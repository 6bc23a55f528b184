//! A class is carried to its attendance: what each place received, which groups of pupils attend there, and how many were counted.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use std::time::Duration;

use crate::county::database::pool_in;
use crate::county::{County, NOW_S, answer, assert_problem, keys, tomorrow};
use crate::outbox::{Outbox, START_S};
use crate::paired::{paired, terminal_in};
use reqwest::{Method, StatusCode};
use scheduler::Config;
use serde_json::{Value, json};
use session::AccessToken;

const GROUPS: &str = "/api/v1/learning-groups";
/// The end of the class.
const END_S: u64 = START_S + 40 * 60;
const DAY_S: u64 = 86_400;

/// A class of teacher-wu for both villages tomorrow from 9:00 to 9:40, seen by a doctor.
fn class() -> Value {
    json!({
        "kind": "class", "title": "三年级音乐", "startsAt": tomorrow(9, 0), "endsAt": tomorrow(9, 40), "roomIds": [],
        "participants": [
            { "personId": "teacher-wu", "role": "lead_teacher" }, { "personId": "class-a", "role": "classroom" },
            { "personId": "class-b", "role": "classroom" }, { "personId": "dr-sun", "role": "observer" },
        ],
    })
}

async fn booked(county: &County) -> String {
    let (status, session) = county.book(&class()).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    session["id"].as_str().unwrap().to_owned()
}

fn group(site: &str, name: &str, pupils: u32, teacher: &str) -> Value {
    json!({ "siteId": site, "name": name, "pupils": pupils, "teacherId": teacher })
}

async fn made(county: &County, form: &Value) -> Value {
    let (status, group) = county.post("scheduler", GROUPS, form).await;
    assert_eq!(status, StatusCode::CREATED, "{group}");
    group
}

async fn change(county: &County, of: &Value, body: &Value) -> (StatusCode, Value) {
    let path = format!("{GROUPS}/{}", of["id"].as_str().unwrap());
    let request = county.by("scheduler", Method::PATCH, &path);
    answer(request.header("If-Match", format!("\"{}\"", of["version"])).json(body)).await
}

async fn put(county: &County, person: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    answer(county.by(person, Method::PUT, path).json(body)).await
}

async fn name(county: &County, id: &str, site: &str, groups: &[&Value]) -> (StatusCode, Value) {
    let ids: Vec<&Value> = groups.iter().map(|it| &it["id"]).collect();
    let path = format!("/api/v1/sessions/{id}/groups/{site}");
    put(county, "scheduler", &path, &json!({ "groupIds": ids })).await
}

async fn counts(
    county: &County,
    (person, id, site): (&str, &str, &str),
    count: u64,
) -> (StatusCode, Value) {
    let path = format!("/api/v1/sessions/{id}/headcounts/{site}");
    put(county, person, &path, &json!({ "count": count })).await
}

async fn seen(county: &County, person: &str, id: &str) -> (StatusCode, Value) {
    county.get(person, &format!("/api/v1/sessions/{id}/attendance")).await
}

/// The places of a class as the scheduler sees them.
async fn places(county: &County, id: &str) -> Vec<Value> {
    let (status, told) = seen(county, "scheduler", id).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    told["places"].as_array().unwrap().clone()
}

/// Receipts of somebody from one minute of the class until before another, in each ten seconds of which so many were heard.
fn receipts(id: &str, identity: &str, minutes: (u64, u64), heard_s: u64) -> Vec<Value> {
    let windows = minutes.0 * 6..minutes.1 * 6;
    let receipt = |nth: u64| {
        let from_ms = START_S * 1_000 + nth * 10_000;
        json!({
            "room": id, "identity": identity, "site": "", "fromMs": from_ms, "toMs": from_ms + 10_000, "told": true,
            "sound": { "receivedS": heard_s, "missedS": 10 - heard_s, "packets": 450, "bytes": 60_000 },
            "wireBytes": 100_000, "upBytes": 20_000, "mode": "full",
        })
    };
    windows.map(receipt).collect()
}

/// A county whose gateway keeps receipts, and a class that is over.
async fn over(outbox: &Outbox) -> (County, String) {
    let gateway_url = outbox.serve().await;
    let config = Config { gateway_url, gateway_look_s: 1, ..Config::default() };
    let county = County::start_with(config).await;
    let id = booked(&county).await;
    outbox.set_clock(&county, END_S);
    (county, id)
}

fn in_short(place: &Value) -> (&str, u64, u64) {
    let seconds = |member: &str| place[member].as_u64().unwrap();
    (place["attendance"].as_str().unwrap(), seconds("receivedS"), seconds("unknownS"))
}

#[tokio::test]
async fn a_place_is_what_it_received_of_the_lead() {
    let outbox = Outbox::default();
    let (county, id) = over(&outbox).await;
    // What the clinic's observer hears is nobody's attendance; before the teacher comes nothing of hers is heard.
    let lead = receipts(&id, "teacher-wu", (2, 40), 10);
    let first = receipts(&id, "class-a", (0, 26), 10);
    let second = receipts(&id, "class-b", (10, 20), 5);
    let observer = receipts(&id, "dr-sun", (0, 40), 10);
    outbox.begin("one", [lead, first, second, observer].concat());
    outbox.empty().await;
    let told = places(&county, &id).await;
    assert_eq!(
        (&told[0]["siteId"], told[0]["plannedS"].as_u64()),
        (&json!("village-a"), Some(2_400))
    );
    assert_eq!(in_short(&told[0]), ("present", 24 * 60, 0));
    assert_eq!(in_short(&told[1]), ("partial", 5 * 60, 0));
    assert_eq!((&told[0]["headcount"], &told[0]["pupils"]), (&Value::Null, &Value::Null));
    county.stop().await;
}

#[tokio::test]
async fn who_was_not_there_is_absent_and_an_outage_is_unknown() {
    let outbox = Outbox::default();
    let (county, id) = over(&outbox).await;
    let nothing = places(&county, &id).await;
    assert_eq!(nothing.iter().map(in_short).collect::<Vec<_>>(), [("unknown", 0, 2_400); 2]);
    // Of the last quarter of an hour nothing was kept.
    let lead = receipts(&id, "teacher-wu", (0, 25), 10);
    let first = receipts(&id, "class-a", (0, 25), 10);
    outbox.begin("one", [lead, first].concat());
    outbox.empty().await;
    let told = places(&county, &id).await;
    assert_eq!(in_short(&told[0]), ("present", 1_500, 900), "what is known decides");
    assert_eq!(in_short(&told[1]), ("unknown", 0, 900), "it may have come after that");
    let rest = receipts(&id, "teacher-wu", (25, 40), 10);
    outbox.begin("two", rest);
    outbox.empty().await;
    let told = places(&county, &id).await;
    assert_eq!(in_short(&told[1]), ("absent", 0, 0), "the gateway kept receipts, and none of it");
    county.stop().await;
}

/// Nobody came at all, so that there are no receipts: the looks at the gateway tell that they were kept.
#[tokio::test]
async fn a_class_that_nobody_came_to_is_absent_where_the_gateway_was_looked_at() {
    let outbox = Outbox::default();
    let gateway_url = outbox.serve().await;
    let config = Config { gateway_url, gateway_look_s: 1, ..Config::default() };
    let county = County::start_with(config).await;
    let two_minutes = |hour: u32| {
        let mut wish = class();
        (wish["startsAt"], wish["endsAt"]) = (json!(tomorrow(hour, 0)), json!(tomorrow(hour, 2)));
        wish
    };
    let (_, watched) = county.book(&two_minutes(9)).await;
    let (_, missed) = county.book(&two_minutes(10)).await;
    // What is looked at is good for what was 20 seconds before.
    for after_s in [20, 80, 140] {
        outbox.set_clock(&county, START_S + after_s);
        outbox.looked_at().await;
    }
    outbox.set_clock(&county, START_S + 3_600 + 200);
    outbox.looked_at().await;
    for (class, told) in [(watched, ("absent", 0, 0)), (missed, ("unknown", 0, 120))] {
        let places = places(&county, class["id"].as_str().unwrap()).await;
        assert_eq!(places.iter().map(in_short).collect::<Vec<_>>(), [told; 2]);
    }
    county.stop().await;
}

#[tokio::test]
async fn a_device_of_a_place_receives_for_that_place() {
    let outbox = Outbox::default();
    let gateway_url = outbox.serve().await;
    let config = Config { gateway_url, gateway_look_s: 1, ..Config::default() };
    let county = County::start_with(config).await;
    let screen = terminal_in(&county, "village-b-1").await;
    let mut wish = class();
    wish["terminalIds"] = json!([screen]);
    let (status, session) = county.book(&wish).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    let id = session["id"].as_str().unwrap();
    outbox.set_clock(&county, START_S);
    let mut device = paired(&county, &screen).await;
    let (status, pass) = device.join(&county, id).await;
    assert_eq!(status, StatusCode::OK, "{pass}");
    let token = AccessToken::read(pass["token"].as_str().unwrap(), &keys(), START_S).unwrap();
    outbox.set_clock(&county, END_S);
    let lead = receipts(id, "teacher-wu", (0, 40), 10);
    // The teacher's own computer hears the first fifteen minutes, and the screen fifteen that overlap them.
    let teacher = receipts(id, "class-b", (0, 15), 10);
    let screen = receipts(id, &token.identity, (10, 25), 10);
    outbox.begin("one", [lead, teacher, screen].concat());
    outbox.empty().await;
    let told = places(&county, id).await;
    assert_eq!(in_short(&told[0]), ("absent", 0, 0));
    assert_eq!(in_short(&told[1]), ("present", 25 * 60, 0));
    county.stop().await;
}

/// Changes who takes part in a class, from its latest version on.
async fn replace(county: &County, id: &str, people: &[(&str, &str)]) {
    let path = format!("/api/v1/sessions/{id}");
    let people: Vec<Value> =
        people.iter().map(|(id, role)| json!({ "personId": id, "role": role })).collect();
    let request = county.by("scheduler", Method::PATCH, &path).header("If-Match", "*");
    let (status, session) = answer(request.json(&json!({ "participants": people }))).await;
    assert_eq!(status, StatusCode::OK, "{session}");
}

/// Makes somebody a person of a site who may be booked as a classroom.
async fn moves(county: &County, person: &str, site: &str, roles: &[&str]) {
    let form = json!({ "names": { "zh": person }, "organizationId": site, "roles": roles });
    let path = format!("/api/v1/people/{person}");
    let (status, told) = put(county, "scheduler", &path, &form).await;
    assert!(status.is_success(), "{told}");
}

#[tokio::test]
async fn who_is_replaced_in_the_class_stays_evidence_of_it() {
    let outbox = Outbox::default();
    let gateway_url = outbox.serve().await;
    let config = Config { gateway_url, gateway_look_s: 1, ..Config::default() };
    let county = County::start_with(config).await;
    let id = booked(&county).await;
    moves(&county, "reader", "village-a", &["classroom"]).await;
    // Who was replaced before the class began was never in it.
    let before = [("teacher-zhang", "lead_teacher"), ("class-a", "classroom")];
    replace(&county, &id, &before).await;
    let first =
        [("teacher-wu", "lead_teacher"), ("class-a", "classroom"), ("class-b", "classroom")];
    replace(&county, &id, &first).await;
    outbox.set_clock(&county, START_S + 20 * 60);
    let second =
        [("teacher-zhang", "lead_teacher"), ("reader", "classroom"), ("class-b", "classroom")];
    replace(&county, &id, &second).await;
    outbox.set_clock(&county, END_S);
    let leads =
        [receipts(&id, "teacher-wu", (0, 20), 10), receipts(&id, "teacher-zhang", (20, 40), 10)];
    let rooms = [receipts(&id, "class-a", (0, 20), 10), receipts(&id, "reader", (20, 30), 10)];
    let other = receipts(&id, "class-b", (0, 40), 10);
    outbox.begin("one", [leads.concat(), rooms.concat(), other].concat());
    outbox.empty().await;
    let told = places(&county, &id).await;
    assert_eq!(in_short(&told[0]), ("present", 30 * 60, 0));
    assert_eq!(in_short(&told[1]), ("present", 40 * 60, 0));
    let classrooms = told[0]["classrooms"].as_array().unwrap();
    assert_eq!((classrooms.len(), &classrooms[0]["personId"]), (1, &json!("reader")));
    let (_, told) = seen(&county, "scheduler", &id).await;
    assert_eq!(told["lead"]["personId"], "teacher-zhang");
    county.stop().await;
}

#[tokio::test]
async fn a_place_stays_where_it_was_when_its_classroom_moves() {
    let outbox = Outbox::default();
    let (county, id) = over(&outbox).await;
    let mut later = class();
    (later["startsAt"], later["endsAt"]) = (json!(tomorrow(14, 0)), json!(tomorrow(14, 40)));
    let (_, later) = county.book(&later).await;
    let third = made(&county, &group("village-a", "三年级", 18, "class-a")).await;
    name(&county, &id, "village-a", &[&third]).await;
    counts(&county, ("class-a", &id, "village-a"), 17).await;
    let lead = receipts(&id, "teacher-wu", (0, 40), 10);
    outbox.begin("one", [lead, receipts(&id, "class-a", (0, 40), 10)].concat());
    outbox.empty().await;
    moves(&county, "class-a", "clinic-a", &["classroom"]).await;
    moves(&county, "class-a", "village-b", &["classroom"]).await;
    let told = places(&county, &id).await;
    let sites: Vec<&Value> = told.iter().map(|it| &it["siteId"]).collect();
    assert_eq!(sites, ["village-a", "village-b"]);
    assert_eq!(in_short(&told[0]), ("present", 40 * 60, 0));
    assert_eq!((&told[0]["headcount"]["count"], &told[0]["pupils"]), (&json!(17), &json!(18)));
    // A class to come has them where they are.
    let told = places(&county, later["id"].as_str().unwrap()).await;
    assert_eq!((told.len(), &told[0]["siteId"]), (1, &json!("village-b")));
    county.stop().await;
}

#[tokio::test]
async fn a_device_at_a_site_of_lead_and_classroom_is_of_the_classroom() {
    let outbox = Outbox::default();
    let gateway_url = outbox.serve().await;
    let config = Config { gateway_url, gateway_look_s: 1, ..Config::default() };
    let county = County::start_with(config).await;
    moves(&county, "reader", "village-b", &["lead_teacher"]).await;
    let screen = terminal_in(&county, "village-b-1").await;
    let mut wish = class();
    wish["terminalIds"] = json!([screen]);
    wish["participants"][0]["personId"] = json!("reader");
    let (status, session) = county.book(&wish).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    let id = session["id"].as_str().unwrap();
    outbox.set_clock(&county, START_S);
    let mut device = paired(&county, &screen).await;
    let (status, pass) = device.join(&county, id).await;
    assert_eq!(status, StatusCode::OK, "{pass}");
    let token = AccessToken::read(pass["token"].as_str().unwrap(), &keys(), START_S).unwrap();
    outbox.set_clock(&county, END_S);
    let screen = receipts(id, &token.identity, (0, 40), 10);
    let village = receipts(id, "class-a", (0, 40), 10);
    outbox.begin("one", [screen, village].concat());
    outbox.empty().await;
    let told = places(&county, id).await;
    assert_eq!(told.iter().map(in_short).collect::<Vec<_>>(), [("absent", 0, 0); 2]);
    let (_, told) = seen(&county, "reader", id).await;
    assert_eq!(told["lead"]["personId"], "reader", "the lead alone never came");
    county.stop().await;
}

#[tokio::test]
async fn what_a_place_was_stays_when_the_receipts_go() {
    let outbox = Outbox::default();
    let (county, id) = over(&outbox).await;
    let lead = receipts(&id, "teacher-wu", (0, 40), 10);
    outbox.begin("one", [lead, receipts(&id, "class-a", (0, 30), 10)].concat());
    outbox.empty().await;
    let before = places(&county, &id).await;
    assert_eq!(before.iter().map(|it| in_short(it).0).collect::<Vec<_>>(), ["present", "absent"]);
    outbox.set_clock(&county, END_S + 8 * DAY_S);
    let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
    let settled = "SELECT count(*) FROM class_attendance WHERE session_id = $1";
    let all = async {
        loop {
            let rows: i64 = sqlx::query_scalar(settled).bind(&id).fetch_one(&pool).await.unwrap();
            if rows == 2 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all).await.unwrap();
    // Receipts of that time are forgotten when others come.
    outbox.set_clock(&county, END_S + 40 * DAY_S);
    let mut late = receipts(&id, "dr-sun", (0, 1), 10);
    late.truncate(1);
    late[0]["toMs"] = json!((END_S + 40 * DAY_S) * 1_000);
    outbox.begin("two", late);
    outbox.empty().await;
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM receipt WHERE identity <> 'dr-sun'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(kept, 0);
    let after = places(&county, &id).await;
    assert_eq!(
        after.iter().map(in_short).collect::<Vec<_>>(),
        before.iter().map(in_short).collect::<Vec<_>>()
    );
    county.stop().await;
}

#[tokio::test]
async fn a_group_is_in_a_class_as_it_was_when_that_began() {
    let county = County::start().await;
    let id = booked(&county).await;
    let third = made(&county, &group("village-a", " 三年级 ", 18, "class-a")).await;
    let fourth = made(&county, &group("village-a", "四年级", 22, "class-a")).await;
    assert_eq!((&third["name"], &third["version"]), (&json!("三年级"), &json!(1)));
    let (status, told) = name(&county, &id, "village-a", &[&third, &fourth]).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(
        (&told["places"][0]["pupils"], &told["places"][1]["pupils"]),
        (&json!(40), &Value::Null)
    );
    // Named again before the class begins it stays as well, retired or not.
    let (_, fourth) = change(&county, &fourth, &json!({ "retired": true })).await;
    let (status, told) = name(&county, &id, "village-a", &[&third, &fourth]).await;
    assert_eq!((status, &told["places"][0]["pupils"]), (StatusCode::OK, &json!(40)), "{told}");
    let (_, fourth) = change(&county, &fourth, &json!({ "retired": false })).await;
    // Until the class begins it is what the group is.
    let (status, third) = change(&county, &third, &json!({ "pupils": 20 })).await;
    assert_eq!(status, StatusCode::OK, "{third}");
    assert_eq!(places(&county, &id).await[0]["pupils"], 42);
    county.set_clock(START_S);
    let (_, third) = change(&county, &third, &json!({ "pupils": 150, "name": "三班" })).await;
    assert_eq!((&third["pupils"], &third["version"]), (&json!(150), &json!(3)));
    let told = &places(&county, &id).await[0];
    assert_eq!((&told["pupils"], &told["groups"][0]["name"]), (&json!(42), &json!("三年级")));
    // Named again it stays as it was; a group that is taken away and named later comes as it is then.
    let (_, fourth) = change(&county, &fourth, &json!({ "retired": true })).await;
    assert_eq!(fourth["retired"], true);
    let (status, told) = name(&county, &id, "village-a", &[&third, &fourth]).await;
    assert_eq!((status, &told["places"][0]["pupils"]), (StatusCode::OK, &json!(42)));
    let (_, told) = name(&county, &id, "village-a", &[&third]).await;
    assert_eq!(told["places"][0]["pupils"], 20);
    let (status, problem) = name(&county, &id, "village-a", &[&third, &fourth]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["code"], "group-unknown", "{problem}");
    let (_, told) = name(&county, &id, "village-a", &[]).await;
    assert_eq!(told["places"][0]["pupils"], Value::Null);
    let (_, told) = name(&county, &id, "village-a", &[&third]).await;
    assert_eq!(told["places"][0]["pupils"], 150);
}

#[tokio::test]
async fn groups_of_a_place_attend_the_later_classes_of_a_series_as_well() {
    let county = County::start().await;
    let series = json!({ "booking": class(), "rule": "FREQ=WEEKLY;COUNT=3" });
    let (status, series) = county.post("scheduler", "/api/v1/series", &series).await;
    assert_eq!(status, StatusCode::CREATED, "{series}");
    let occurrences = series["occurrences"].as_array().unwrap().iter();
    let ids: Vec<String> =
        occurrences.map(|it| it["session"]["id"].as_str().unwrap().to_owned()).collect();
    let third = made(&county, &group("village-a", "三年级", 18, "class-a")).await;
    let fourth = made(&county, &group("village-b", "四年级", 9, "class-b")).await;
    let put_later = |id: &str, site: &str, of: &Value| {
        let path = format!("/api/v1/sessions/{id}/groups/{site}");
        let body = json!({ "groupIds": [of["id"]], "later": true });
        answer(county.by("scheduler", Method::PUT, &path).json(&body))
    };
    let (status, told) = put_later(&ids[1], "village-a", &third).await;
    assert_eq!((status, &told["seriesId"]), (StatusCode::OK, &series["id"]), "{told}");
    assert_eq!(told["places"][0]["classrooms"][0]["personId"], "class-a");
    put_later(&ids[0], "village-b", &fourth).await;
    let mut pupils = vec![];
    for id in &ids {
        let places = places(&county, id).await;
        pupils.push((places[0]["pupils"].as_u64(), places[1]["pupils"].as_u64()));
    }
    assert_eq!(pupils, [(None, Some(9)), (Some(18), Some(9)), (Some(18), Some(9))]);
    // What is retired stays where it is, and comes into no other class.
    let (_, retired) = change(&county, &fourth, &json!({ "retired": true })).await;
    assert_eq!(retired["retired"], true);
    name(&county, &ids[1], "village-b", &[]).await;
    let (status, told) = put_later(&ids[0], "village-b", &fourth).await;
    assert_eq!((status, &told["places"][1]["pupils"]), (StatusCode::OK, &json!(9)), "{told}");
    assert_eq!(places(&county, &ids[1]).await[1]["pupils"], Value::Null);
    assert_eq!(places(&county, &ids[2]).await[1]["pupils"], 9);
    let (status, problem) = put_later(&ids[1], "village-b", &fourth).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["code"], "group-unknown", "{problem}");
    // One class is changed alone, and a class of no series has no later ones.
    name(&county, &ids[1], "village-a", &[]).await;
    assert_eq!(places(&county, &ids[1]).await[0]["pupils"], Value::Null);
    assert_eq!(places(&county, &ids[2]).await[0]["pupils"], 18);
    let mut alone = class();
    (alone["startsAt"], alone["endsAt"]) = (json!(tomorrow(14, 0)), json!(tomorrow(14, 40)));
    let (_, alone) = county.book(&alone).await;
    let (status, problem) = put_later(alone["id"].as_str().unwrap(), "village-a", &third).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["code"], "no-series", "{problem}");
}

#[tokio::test]
async fn the_last_of_several_headcounts_counts_and_each_is_kept() {
    let county = County::start().await;
    let id = booked(&county).await;
    let third = made(&county, &group("village-a", "三年级", 18, "class-a")).await;
    name(&county, &id, "village-a", &[&third]).await;
    county.set_clock(START_S);
    let (status, told) = counts(&county, ("class-a", &id, "village-a"), 17).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let first = &told["places"][0]["headcount"];
    assert_eq!((&first["count"], &first["aboveRoster"]), (&json!(17), &json!(false)));
    assert_eq!((&first["byId"], &first["at"]), (&json!("class-a"), &json!(tomorrow(9, 0))));
    county.set_clock(START_S + 60);
    counts(&county, ("class-a", &id, "village-a"), 19).await;
    let told = &places(&county, &id).await[0]["headcount"];
    assert_eq!((&told["count"], &told["aboveRoster"]), (&json!(19), &json!(true)));
    assert_eq!(told["at"], tomorrow(9, 1));
    // The same request once more counts once, whatever came in between.
    let path = format!("/api/v1/sessions/{id}/headcounts/village-a");
    let keyed = |count: u32| {
        let request = county.by("class-a", Method::PUT, &path).header("Idempotency-Key", "one");
        request.json(&json!({ "count": count })).send()
    };
    assert!(keyed(20).await.unwrap().headers().get("idempotency-replayed").is_none());
    counts(&county, ("class-a", &id, "village-a"), 21).await;
    let again = keyed(20).await.unwrap();
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    let told: Value = again.json().await.unwrap();
    assert_eq!(told["places"][0]["headcount"]["count"], 21, "what counts now is told");
    let reused = keyed(22).await.unwrap();
    assert_eq!(reused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
    let all: Vec<i64> = sqlx::query_scalar("SELECT pupils FROM headcount ORDER BY id")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(all, [17, 19, 20, 21]);
    for text in ["UPDATE headcount SET pupils = 1", "DELETE FROM headcount"] {
        let refused = sqlx::query(text).execute(&pool).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
}

#[tokio::test]
async fn local_teachers_count_their_own_place_and_see_no_other() {
    let county = County::start().await;
    let id = booked(&county).await;
    county.set_clock(START_S);
    for person in ["teacher-wu", "scheduler", "class-b", "dr-sun", "reader", "teacher-zhang"] {
        let (status, problem) = counts(&county, (person, &id, "village-a"), 3).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{person}: {problem}");
    }
    assert_eq!(counts(&county, ("class-a", &id, "village-a"), 3).await.0, StatusCode::OK);
    for (person, sites) in [
        ("scheduler", &["village-a", "village-b"][..]),
        ("teacher-wu", &["village-a", "village-b"]),
        ("class-a", &["village-a"]),
        ("class-b", &["village-b"]),
    ] {
        let (status, told) = seen(&county, person, &id).await;
        assert_eq!(status, StatusCode::OK, "{person}: {told}");
        let places = told["places"].as_array().unwrap();
        assert_eq!(
            places.iter().map(|it| it["siteId"].as_str().unwrap()).collect::<Vec<_>>(),
            sites,
            "{person}"
        );
        let local = person.starts_with("class-");
        assert_eq!(
            (&places[0]["canCount"], &places[0]["canName"]),
            (&json!(local), &json!(person == "scheduler"))
        );
    }
    for person in ["dr-sun", "reader", "dr-wang", "teacher-zhang"] {
        let (status, problem) = seen(&county, person, &id).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{person}: {problem}");
    }
    // Who is no local teacher any more counts no more.
    let path = "/api/v1/people/class-b/assignments?role=classroom&scope-kind=home";
    assert_eq!(answer(county.by("scheduler", Method::DELETE, path)).await.0, StatusCode::OK);
    let (status, _) = counts(&county, ("class-b", &id, "village-b"), 3).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(seen(&county, "class-b", &id).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_teacher_of_a_group_that_attends_is_a_local_teacher_as_well() {
    let county = County::start().await;
    let id = booked(&county).await;
    let scope = json!({ "kind": "home" });
    let given = json!({ "role": "classroom", "scope": scope });
    let (status, given) =
        county.post("scheduler", "/api/v1/people/reader/assignments", &given).await;
    assert_eq!(status, StatusCode::CREATED, "{given}");
    county.set_clock(START_S);
    assert_eq!(seen(&county, "reader", &id).await.0, StatusCode::FORBIDDEN);
    let third = made(&county, &group("village-a", "三年级", 18, "reader")).await;
    name(&county, &id, "village-a", &[&third]).await;
    let (status, told) = counts(&county, ("reader", &id, "village-a"), 18).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(told["places"].as_array().unwrap().len(), 1);
    let (status, _) = counts(&county, ("reader", &id, "village-b"), 18).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn who_books_for_a_township_keeps_its_groups_and_no_others() {
    let county = County::start().await;
    let id = booked(&county).await;
    for (code, zh) in
        [("61", "陕西省"), ("6105", "渭南市"), ("610527", "白水县"), ("610527102", "林皋镇")]
    {
        let path = format!("/api/v1/areas/{code}");
        let (status, area) = put(&county, "scheduler", &path, &json!({ "name": zh })).await;
        assert_eq!(status, StatusCode::OK, "{area}");
    }
    let site =
        json!({ "names": { "zh": "石泉村教学点" }, "kind": "education", "areaCode": "610527102" });
    let (status, site) = put(&county, "scheduler", "/api/v1/organizations/village-b", &site).await;
    assert_eq!(status, StatusCode::OK, "{site}");
    let scope = json!({ "kind": "area", "id": "610527102" });
    let role = json!({ "role": "scheduler", "scope": scope });
    county.post("scheduler", "/api/v1/people/dr-chen/assignments", &role).await;
    let own = group("village-b", "一年级", 9, "class-b");
    let (status, own) = county.post("dr-chen", GROUPS, &own).await;
    assert_eq!(status, StatusCode::CREATED, "{own}");
    let other = group("village-a", "一年级", 9, "class-a");
    assert_eq!(county.post("dr-chen", GROUPS, &other).await.0, StatusCode::FORBIDDEN);
    let other = made(&county, &other).await;
    let one = format!("{GROUPS}/{}", other["id"].as_str().unwrap());
    for path in [one.as_str(), "/api/v1/learning-groups?site=village-a"] {
        assert_eq!(county.get("dr-chen", path).await.0, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(county.get("class-a", path).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    let (_, list) = county.get("dr-chen", "/api/v1/learning-groups?site=village-b").await;
    // Beside that of the demo.
    let groups = list["groups"].as_array().unwrap();
    assert!(groups.contains(&own) && groups.len() == 2, "{list}");
    let named = |site: &'static str, of: &Value| {
        let path = format!("/api/v1/sessions/{id}/groups/{site}");
        let body = json!({ "groupIds": [of["id"]] });
        let request = county.by("dr-chen", Method::PUT, &path).json(&body);
        answer(request)
    };
    let (status, told) = named("village-b", &own).await;
    assert_eq!((status, &told["places"][1]["pupils"]), (StatusCode::OK, &json!(9)), "{told}");
    assert_eq!(
        (&told["places"][0]["canName"], &told["places"][1]["canName"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(named("village-a", &other).await.0, StatusCode::FORBIDDEN);
    let (status, problem) = named("village-b", &other).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "a group of another place: {problem}");
}

#[tokio::test]
async fn a_class_is_counted_from_when_it_opens_until_a_day_after_it() {
    let county = County::start().await;
    let id = booked(&county).await;
    let third = made(&county, &group("village-a", "三年级", 18, "class-a")).await;
    let at = ("class-a", id.as_str(), "village-a");
    let (status, problem) = counts(&county, at, 3).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_problem(&problem, "not-joinable", 409);
    let (_, told) = seen(&county, "class-a", &id).await;
    assert_eq!(told["places"][0]["canCount"], false);
    assert_eq!(
        (&told["countedFrom"], &told["countedUntil"]),
        (&json!(tomorrow(8, 45)), &json!("2026-11-25T09:40:00+08:00"))
    );
    county.set_clock(START_S - 15 * 60);
    assert_eq!(counts(&county, at, 0).await.0, StatusCode::OK, "an empty room is counted too");
    county.set_clock(END_S + DAY_S - 1);
    assert_eq!(counts(&county, at, 200).await.0, StatusCode::OK);
    assert_eq!(name(&county, &id, "village-a", &[&third]).await.0, StatusCode::OK);
    county.set_clock(END_S + DAY_S);
    for (status, problem) in
        [counts(&county, at, 3).await, name(&county, &id, "village-a", &[]).await]
    {
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        assert_problem(&problem, "too-late", 409);
    }
    let told = &places(&county, &id).await[0];
    assert_eq!(
        (&told["headcount"]["count"], &told["pupils"], &told["canName"]),
        (&json!(200), &json!(18), &json!(false))
    );
}

#[tokio::test]
async fn nothing_is_counted_of_what_is_cancelled_or_no_class() {
    let county = County::start().await;
    let id = booked(&county).await;
    let cancel = format!("/api/v1/sessions/{id}/cancel");
    assert_eq!(county.post("scheduler", &cancel, &json!({})).await.0, StatusCode::OK);
    county.set_clock(START_S);
    let (_, problem) = counts(&county, ("class-a", &id, "village-a"), 3).await;
    assert_problem(&problem, "cancelled", 409);
    let (_, problem) = name(&county, &id, "village-a", &[]).await;
    assert_problem(&problem, "cancelled", 409);
    let (status, told) = seen(&county, "teacher-wu", &id).await;
    assert_eq!((status, &told["cancelled"]), (StatusCode::OK, &json!(true)));
    county.set_clock(NOW_S);
    let wish = crate::county::consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    let (_, session) = county.book(&wish).await;
    let consultation = session["id"].as_str().unwrap();
    assert_problem(&seen(&county, "scheduler", consultation).await.1, "not-found", 404);
    assert_problem(&seen(&county, "scheduler", "nowhere").await.1, "not-found", 404);
    let (_, problem) = counts(&county, ("class-a", &id, "clinic-a"), 3).await;
    assert_problem(&problem, "not-found", 404);
}

#[tokio::test]
async fn everything_has_its_bounds() {
    let county = County::start().await;
    let id = booked(&county).await;
    county.set_clock(START_S);
    let at = ("class-a", id.as_str(), "village-a");
    let (status, problem) = counts(&county, at, 201).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["field"], "count", "{problem}");
    for nth in 0..50 {
        assert_eq!(counts(&county, at, nth).await.0, StatusCode::OK);
    }
    let (_, problem) = counts(&county, at, 3).await;
    assert_problem(&problem, "changed-too-often", 409);
    let mut groups = vec![];
    for nth in 0..21 {
        groups.push(made(&county, &group("village-a", &format!("{nth} 班"), 200, "class-a")).await);
    }
    let all: Vec<&Value> = groups.iter().collect();
    let (_, told) = name(&county, &id, "village-a", &all[..20]).await;
    assert_eq!(told["places"][0]["pupils"], 4_000);
    for (site, groups, code) in [
        ("village-a", &all[..], "too-many"),
        ("village-b", &all[20..], "too-many"),
        ("village-a", &[all[0], all[0]], "named-twice"),
    ] {
        let (status, problem) = name(&county, &id, site, groups).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["code"], code, "{problem}");
    }
    // Groups of a site that has left the class keep no place in it.
    let away = [("teacher-wu", "lead_teacher"), ("class-b", "classroom")];
    replace(&county, &id, &away).await;
    let own = made(&county, &group("village-b", "一班", 9, "class-b")).await;
    let (status, told) = name(&county, &id, "village-b", &[&own]).await;
    assert_eq!((status, &told["places"][0]["pupils"]), (StatusCode::OK, &json!(9)), "{told}");
    let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
    let more = "INSERT INTO learning_group
        WITH RECURSIVE number(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM number WHERE at < 178)
        SELECT 'more-' || at, site_id, name, pupils, teacher_id, version, changed_s, changed_by, retired_s
        FROM learning_group, number WHERE id = $1";
    sqlx::query(more).bind(groups[0]["id"].as_str().unwrap()).execute(&pool).await.unwrap();
    let (_, problem) =
        county.post("scheduler", GROUPS, &group("village-a", "二班", 9, "class-a")).await;
    assert_problem(&problem, "changed-too-often", 409);
    let aged = "UPDATE learning_group SET version = 500 WHERE id = $1";
    sqlx::query(aged).bind(groups[0]["id"].as_str().unwrap()).execute(&pool).await.unwrap();
    groups[0]["version"] = json!(500);
    let (_, problem) = change(&county, &groups[0], &json!({ "pupils": 3 })).await;
    assert_problem(&problem, "changed-too-often", 409);
    assert_eq!(change(&county, &groups[0], &json!({ "retired": true })).await.0, StatusCode::OK);
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_group_is_told_at_its_member() {
    let county = County::start().await;
    let wrong = group("nowhere", " ", 0, "class-a");
    let (status, problem) = county.post("scheduler", GROUPS, &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let told = problem["errors"].as_array().unwrap().iter();
    let fields = told.map(|it| it["field"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(fields, ["siteId", "name", "pupils", "teacherId"]);
    for (teacher, pupils, field) in
        [("reader", 9, "teacherId"), ("class-b", 9, "teacherId"), ("class-a", 201, "pupils")]
    {
        let (_, problem) =
            county.post("scheduler", GROUPS, &group("village-a", "一班", pupils, teacher)).await;
        assert_eq!(problem["errors"][0]["field"], field, "{teacher}: {problem}");
    }
    let kept = made(&county, &group("village-a", "一班", 200, "class-a")).await;
    let path = format!("{GROUPS}/{}", kept["id"].as_str().unwrap());
    let bare = county.by("scheduler", Method::PATCH, &path).json(&json!({ "pupils": 3 }));
    assert_eq!(answer(bare).await.0, StatusCode::PRECONDITION_REQUIRED);
    // Also of one that is retired at once.
    let long = "a\n".repeat(15_000);
    for (member, value) in
        [("name", json!(long)), ("pupils", json!(5_000)), ("teacherId", json!("nobody"))]
    {
        let (status, problem) =
            change(&county, &kept, &json!({ "retired": true, member: value })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["field"], member, "{problem}");
    }
    let (_, later) = change(&county, &kept, &json!({ "pupils": 3 })).await;
    assert_eq!(later["pupils"], 3);
    let (status, problem) = change(&county, &kept, &json!({ "pupils": 4 })).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED, "{problem}");
    let response = county.by("scheduler", Method::GET, &path).send().await.unwrap();
    assert_eq!(response.headers()["etag"], "\"2\"");
    let (_, problem) = county.get("scheduler", &format!("{GROUPS}/none")).await;
    assert_problem(&problem, "not-found", 404);
}
