//! Organizations, rooms and people are made, changed and retired; what is retired is neither booked nor let in.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, answer, assert_problem, consultation, tomorrow};
use reqwest::{Method, StatusCode};
use scheduler::Config;
use serde_json::{Value, json};

async fn put(county: &County, path: &str, body: &Value) -> (StatusCode, Value) {
    answer(county.by("scheduler", Method::PUT, path).json(body)).await
}

async fn make(county: &County, table: &str, body: &Value) -> Value {
    let (status, made) = county.post("scheduler", &format!("/api/v1/{table}"), body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert!(made["id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap().get_version_num() == 7);
    made
}

/// The first fault of a refused form.
async fn refused(county: &County, method: Method, path: &str, body: &Value) -> (Value, Value) {
    let (status, problem) = answer(county.by("scheduler", method, path).json(body)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body} {problem}");
    assert_problem(&problem, "invalid", 422);
    let fault = &problem["errors"][0];
    assert!(fault["detail"].as_str().unwrap().len() > 10, "{fault}");
    (fault["field"].clone(), fault["code"].clone())
}

async fn directory(county: &County) -> String {
    county.get("scheduler", "/api/v1/directory").await.1.to_string()
}

#[tokio::test]
async fn a_new_clinic_with_its_room_and_doctor_is_booked_and_its_doctor_comes_in() {
    let county = County::start().await;
    let site = json!({ "names": { "zh": "史官镇卫生院", "en": "Shiguan Township Clinic" }, "kind": "health" });
    let site = make(&county, "organizations", &site).await;
    let room = json!({ "names": { "zh": "史官远程诊室" }, "organizationId": site["id"] });
    let room = make(&county, "rooms", &room).await;
    assert_eq!(room["names"], json!({ "zh": "史官远程诊室" }), "no name in English is none");
    let doctor = json!({ "names": { "zh": "何医生", "en": "Dr He" }, "organizationId": site["id"], "roles": ["village_doctor"] });
    let doctor = make(&county, "people", &doctor).await;
    let mut wish = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    wish["roomIds"] = json!(["hospital-2", room["id"]]);
    wish["participants"][1]["personId"] = doctor["id"].clone();
    assert_eq!(county.book(&wish).await.0, StatusCode::CREATED);
    let (status, me) = county.get(doctor["id"].as_str().unwrap(), "/api/v1/me").await;
    assert_eq!((status, &me["person"]["site"]), (StatusCode::OK, &site["names"]["zh"]));
}

#[tokio::test]
async fn who_is_retired_is_neither_offered_nor_booked_nor_let_in_and_comes_back_by_the_same_form() {
    let county = County::start().await;
    let form = |retired: bool| json!({ "names": { "zh": "赵医生" }, "organizationId": "clinic-b", "roles": ["village_doctor"], "retired": retired });
    let (status, session) = county.book(&consultation(&tomorrow(8, 0), &tomorrow(8, 30))).await;
    assert_eq!(status, StatusCode::CREATED);
    // The next day it is over.
    county.set_clock(NOW_S + 2 * 86_400);
    let (status, retired) = put(&county, "/api/v1/people/dr-zhao", &form(true)).await;
    assert_eq!((status, &retired["retired"]), (StatusCode::OK, &json!(true)));
    assert_eq!(retired["names"]["en"], "Dr Zhao", "what the form does not say stays");
    assert!(!directory(&county).await.contains("dr-zhao"));
    let (status, problem) = county.get("dr-zhao", "/api/v1/me").await;
    assert_eq!((status, &problem["reason"]), (StatusCode::UNAUTHORIZED, &json!("unknown-person")));
    let wish = consultation("2026-11-26T09:00:00+08:00", "2026-11-26T09:30:00+08:00");
    let (status, problem) = county.book(&wish).await;
    assert_eq!(
        (status, &problem["errors"][0]["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("person-unknown"))
    );
    let path = format!("/api/v1/sessions/{}", session["id"].as_str().unwrap());
    let (_, seen) = county.get("dr-chen", &path).await;
    assert_eq!(seen["participants"], session["participants"], "what was booked still says who");
    assert_eq!(put(&county, "/api/v1/people/dr-zhao", &form(false)).await.0, StatusCode::OK);
    assert_eq!(county.book(&wish).await.0, StatusCode::CREATED);
    assert_eq!(county.get("dr-zhao", "/api/v1/me").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_retired_room_is_not_booked_and_an_organization_is_retired_after_what_belongs_to_it() {
    let county = County::start().await;
    let site = |retired: bool| json!({ "names": { "zh": "林皋镇卫生院" }, "kind": "health", "retired": retired });
    let path = "/api/v1/organizations/clinic-b";
    let fault = refused(&county, Method::PUT, path, &site(true)).await;
    assert_eq!(fault, (json!("retired"), json!("in-use")));
    let room =
        json!({ "names": { "zh": "林皋远程诊室" }, "organizationId": "clinic-b", "retired": true });
    assert_eq!(put(&county, "/api/v1/rooms/clinic-b-1", &room).await.0, StatusCode::OK);
    let (_, problem) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(problem["errors"][0]["code"], "room-unknown");
    let person = json!({ "names": { "zh": "赵医生" }, "organizationId": "clinic-c", "roles": ["village_doctor"] });
    assert_eq!(put(&county, "/api/v1/people/dr-zhao", &person).await.0, StatusCode::OK);
    assert_eq!(put(&county, path, &site(true)).await.0, StatusCode::OK);
    assert!(!directory(&county).await.contains("clinic-b"));
    let person = json!({ "names": { "zh": "新医生" }, "organizationId": "clinic-b" });
    let fault = refused(&county, Method::POST, "/api/v1/people", &person).await;
    assert_eq!(fault, (json!("organizationId"), json!("organization-retired")));
    let room = json!({ "names": { "zh": "林皋远程诊室" }, "organizationId": "clinic-b", "retired": false });
    let fault = refused(&county, Method::PUT, "/api/v1/rooms/clinic-b-1", &room).await;
    assert_eq!(fault, (json!("organizationId"), json!("organization-retired")));
}

#[tokio::test]
async fn every_fault_is_told_at_its_member_and_changes_nothing() {
    let county = County::start().await;
    let before = directory(&county).await;
    let good = json!({ "names": { "zh": "何医生" }, "organizationId": "clinic-a", "roles": ["specialist"] });
    for (member, value, code) in [
        ("names.zh", json!(" "), "missing"),
        ("names.zh", json!("长".repeat(81)), "too-long"),
        ("names.zh", json!("何\n医生"), "not-a-line"),
        ("names.zh", json!("李医生"), "name-taken"),
        ("names.en", json!("x".repeat(81)), "too-long"),
        ("names.bo", json!("ཧ་\tསྨན་པ།"), "not-a-line"),
        ("names.ug", json!("ح".repeat(81)), "too-long"),
        ("names.fr", json!("Dr He"), "language-unknown"),
        ("organizationId", json!("nowhere"), "organization-unknown"),
        ("roles", json!(["king"]), "role-unknown"),
        ("roles", json!(["observer"]), "role-unknown"),
    ] {
        let mut body = good.clone();
        match member.split_once('.') {
            Some((names, language)) => body[names][language] = value,
            None => body[member] = value,
        }
        let fault = refused(&county, Method::POST, "/api/v1/people", &body).await;
        assert_eq!(fault, (json!(member), json!(code)), "{body}");
    }
    let mut nameless = good.clone();
    nameless["names"] = json!({ "en": "Dr He" });
    let fault = refused(&county, Method::POST, "/api/v1/people", &nameless).await;
    assert_eq!(fault, (json!("names.zh"), json!("missing")), "everybody has a Chinese name");
    let site = json!({ "names": { "zh": "新" }, "kind": "police" });
    let fault = refused(&county, Method::POST, "/api/v1/organizations", &site).await;
    assert_eq!(fault, (json!("kind"), json!("kind-unknown")));
    let (status, _) = put(&county, "/api/v1/people/nobody", &good).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = county.post("dr-chen", "/api/v1/people", &good).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "only who administers");
    assert_eq!(directory(&county).await, before);
}

#[tokio::test]
async fn each_change_is_told_with_who_did_it_and_what_it_was_and_became() {
    let county = County::start().await;
    let (_, before) = county.get("scheduler", "/api/v1/register/events").await;
    let since = before["next"].as_str().unwrap();
    let site = json!({ "names": { "zh": "史官镇卫生院" }, "kind": "health" });
    let site = make(&county, "organizations", &site).await;
    let path = "/api/v1/people/dr-zhao";
    let form = |name: &str, retired: bool| json!({ "names": { "zh": name }, "organizationId": "clinic-b", "roles": ["village_doctor"], "retired": retired });
    for (name, retired) in
        [("赵大夫", false), ("赵大夫", false), ("赵大夫", true), ("赵大夫", false)]
    {
        assert_eq!(put(&county, path, &form(name, retired)).await.0, StatusCode::OK);
    }
    let faulty = json!({ "names": { "zh": " " }, "organizationId": "clinic-b" });
    refused(&county, Method::PUT, path, &faulty).await;
    let path = format!("/api/v1/register/events?since={since}");
    let (status, list) = county.get("scheduler", &path).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    let events = list["events"].as_array().unwrap();
    let told: Vec<(&Value, &Value, &Value)> =
        events.iter().map(|it| (&it["kind"], &it["act"], &it["subjectId"])).collect();
    let (person, zhao) = (json!("person"), json!("dr-zhao"));
    let expected = [
        (&json!("organization"), &json!("made"), &site["id"]),
        (&person, &json!("changed"), &zhao),
        (&person, &json!("retired"), &zhao),
        (&person, &json!("restored"), &zhao),
    ];
    assert_eq!(told, expected, "what changed nothing, and what was refused, is no event");
    assert!(events.iter().all(|it| it["byId"] == "scheduler" && it["reason"].is_null()));
    let details = &events[1]["details"];
    assert_eq!(
        (&details["was"]["names"], &details["became"]["names"]),
        (&json!({ "zh": "赵医生", "en": "Dr Zhao" }), &json!({ "zh": "赵大夫", "en": "Dr Zhao" }))
    );
    assert_eq!(events[0]["details"]["was"], Value::Null);
}

#[tokio::test]
async fn nobody_shuts_themselves_out() {
    let county = County::start().await;
    let path = "/api/v1/people/scheduler";
    let me = json!({ "names": { "zh": "周调度" }, "organizationId": "hospital", "roles": ["scheduler"], "retired": true });
    let fault = refused(&county, Method::PUT, path, &me).await;
    assert_eq!(fault, (json!("retired"), json!("own-way-in")));
    let me = json!({ "names": { "zh": "周调度" }, "organizationId": "hospital", "roles": ["specialist"] });
    assert_eq!(put(&county, path, &me).await.0, StatusCode::OK);
    let (status, _) = county.get("scheduler", "/api/v1/holidays").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "books no more");
    let me = json!({ "names": { "zh": "周调度" }, "organizationId": "hospital", "roles": ["scheduler"] });
    assert_eq!(put(&county, path, &me).await.0, StatusCode::OK, "but administers, and goes back");
    assert_eq!(county.get("scheduler", "/api/v1/holidays").await.0, StatusCode::OK);
}

#[tokio::test]
async fn who_books_keeps_neither_the_register_nor_the_holidays() {
    let county = County::start().await;
    let person = json!({ "names": { "zh": "乔调度" }, "organizationId": "hospital", "roles": ["scheduler"] });
    let booker = make(&county, "people", &person).await;
    let booker = booker["id"].as_str().unwrap();
    let form = json!({ "names": { "zh": "乔调度" }, "organizationId": "hospital", "roles": ["scheduler", "specialist"] });
    let own = format!("/api/v1/people/{booker}");
    for (method, path) in [
        (Method::GET, "/api/v1/organizations"),
        (Method::POST, "/api/v1/organizations"),
        (Method::PUT, "/api/v1/organizations/clinic-a"),
        (Method::GET, "/api/v1/rooms"),
        (Method::POST, "/api/v1/rooms"),
        (Method::PUT, "/api/v1/rooms/hospital-1"),
        (Method::GET, "/api/v1/people"),
        (Method::POST, "/api/v1/people"),
        (Method::PUT, own.as_str()),
        (Method::POST, "/api/v1/imports"),
        (Method::PUT, "/api/v1/holidays/2027"),
    ] {
        let (status, problem) = answer(county.by(booker, method.clone(), path).json(&form)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path} {problem}");
        assert_problem(&problem, "forbidden", 403);
        assert!(problem["detail"].as_str().unwrap().contains("administrator"), "{problem}");
    }
    for path in ["/api/v1/directory", "/api/v1/holidays", "/api/v1/holidays/2026"] {
        assert_eq!(county.get(booker, path).await.0, StatusCode::OK, "{path}");
    }
    let wish = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    assert_eq!(county.post(booker, "/api/v1/sessions", &wish).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_list_comes_in_pages_that_hold_everybody_once() {
    let county = County::start().await;
    for (table, all) in [("organizations", 7_usize), ("rooms", 8), ("people", 11)] {
        let (mut ids, mut after, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let path = format!("/api/v1/{table}?limit=3&after={after}");
            let (status, page) = county.get("scheduler", &path).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            let entries = page["entries"].as_array().unwrap();
            assert!((1..=3).contains(&entries.len()));
            ids.extend(entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()));
            pages += 1;
            let Some(next) = page["next"].as_str() else { break };
            after = next.to_owned();
        }
        assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
        assert_eq!((ids.len(), pages), (all, all.div_ceil(3)), "{table}");
    }
    let (_, page) = county.get("scheduler", "/api/v1/people?limit=1&after=dr-z").await;
    assert_eq!(page["entries"][0]["roles"], json!(["village_doctor"]));
    for limit in ["0", "501", "-1", "x"] {
        let (status, _) = county.get("scheduler", &format!("/api/v1/people?limit={limit}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{limit}");
    }
}

#[tokio::test]
async fn a_full_register_takes_nobody_more() {
    // The demo itself is not held to it.
    let county = County::start_with(Config { register_entries_max: 11, ..Config::default() }).await;
    let person = json!({ "names": { "zh": "何医生" }, "organizationId": "clinic-a" });
    let fault = refused(&county, Method::POST, "/api/v1/people", &person).await;
    assert_eq!(fault.1, json!("too-many"));
    let room = json!({ "names": { "zh": "诊室二" }, "organizationId": "clinic-a" });
    make(&county, "rooms", &room).await;
}

#[tokio::test]
async fn what_people_change_outlives_a_start_of_the_demo() {
    let county = County::start().await;
    let person = json!({ "names": { "zh": "赵大夫" }, "organizationId": "clinic-b", "roles": [], "retired": true });
    assert_eq!(put(&county, "/api/v1/people/dr-zhao", &person).await.0, StatusCode::OK);
    let folder = county.stop().await.unwrap();
    let county = County::start_in(folder.path(), Config::default()).await;
    let (_, page) = county.get("scheduler", "/api/v1/people?limit=1&after=dr-z").await;
    let kept = &page["entries"][0];
    assert_eq!(
        (&kept["names"]["zh"], &kept["roles"], &kept["retired"]),
        (&json!("赵大夫"), &json!([]), &json!(true))
    );
}

#[tokio::test]
async fn who_and_what_is_booked_is_not_retired_and_the_sessions_are_told() {
    let county = County::start().await;
    let (status, session) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(status, StatusCode::CREATED);
    let person = json!({ "names": { "zh": "赵医生" }, "organizationId": "clinic-b", "roles": ["village_doctor"], "retired": true });
    let room =
        json!({ "names": { "zh": "林皋远程诊室" }, "organizationId": "clinic-b", "retired": true });
    let before = directory(&county).await;
    for (path, body) in [("/api/v1/people/dr-zhao", &person), ("/api/v1/rooms/clinic-b-1", &room)] {
        let (status, problem) = put(&county, path, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let fault = &problem["errors"][0];
        assert_eq!((&fault["field"], &fault["code"]), (&json!("retired"), &json!("still-booked")));
        assert_eq!(fault["params"], json!({ "count": 1, "title": "皮肤科会诊" }));
        let told = &problem["sessions"][0];
        assert_eq!((&told["id"], &told["startsAt"]), (&session["id"], &session["startsAt"]));
    }
    let table = "table,id,name,retired\nperson,dr-zhao,,yes\n";
    let request = county.by("scheduler", Method::POST, "/api/v1/imports?dry-run=true");
    let (_, report) = answer(request.header("content-type", "text/csv").body(table)).await;
    assert_eq!(report["lines"][0]["faults"][0]["code"], "still-booked", "{report}");
    assert_eq!(directory(&county).await, before);
    let path = format!("/api/v1/sessions/{}/cancel", session["id"].as_str().unwrap());
    assert_eq!(county.post("scheduler", &path, &json!({})).await.0, StatusCode::OK);
    assert_eq!(put(&county, "/api/v1/people/dr-zhao", &person).await.0, StatusCode::OK);
}
