//! A table out of a spreadsheet: a dry run says line by line what would become of it, an import is all of it or nothing.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, answer, assert_problem};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// As an office writes it: no ids, names alone, people before their clinic.
const OFFICE: &str = "类别,姓名,英文名,机构类型,所属机构,角色,电话\n\
    人员,何医生,Dr He,,史官镇卫生院,乡村医生、调度员,0913-1\n\
    机构,史官镇卫生院,,卫生,,,\n\
    房间,史官远程诊室,,,史官镇卫生院,,\n\
    ,,,,,,\n\
    人员,高老师,,,城关第一小学,主讲教师,\n";

async fn import(county: &County, query: &str, bytes: impl Into<Vec<u8>>) -> (StatusCode, Value) {
    let request = county.by("scheduler", Method::POST, &format!("/api/v1/imports{query}"));
    answer(request.header("content-type", "text/csv").body(bytes.into())).await
}

async fn dry(county: &County, bytes: impl Into<Vec<u8>>) -> Value {
    let (status, report) = import(county, "?dry-run=true", bytes).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    assert_eq!(report["applied"], false);
    report
}

/// What is answered to a table of so many bytes, of which none is sent.
async fn refused_by_its_length(county: &County, bytes: usize) -> String {
    let request = county.by("scheduler", Method::POST, "/api/v1/imports").build().unwrap();
    let token = request.headers()["authorization"].to_str().unwrap();
    let head = format!(
        "POST /api/v1/imports HTTP/1.1\r\nhost: h\r\nauthorization: {token}\r\ncontent-type: text/csv\r\n\
         content-length: {bytes}\r\nconnection: close\r\n\r\n"
    );
    let mut socket = TcpStream::connect(county.base.trim_start_matches("http://")).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

fn outcomes(report: &Value) -> Vec<(u64, String)> {
    let lines = report["lines"].as_array().unwrap().iter();
    lines
        .map(|it| (it["line"].as_u64().unwrap(), it["outcome"].as_str().unwrap().to_owned()))
        .collect()
}

/// Line, column and code of every fault.
fn faults(report: &Value) -> Vec<(u64, &str, &str)> {
    let mut found = Vec::new();
    for line in report["lines"].as_array().unwrap() {
        for fault in line["faults"].as_array().unwrap() {
            assert!(fault["detail"].as_str().unwrap().len() > 10, "{fault}");
            let word = |name: &str| fault[name].as_str().unwrap();
            found.push((line["line"].as_u64().unwrap(), word("column"), word("code")));
        }
    }
    found
}

async fn register(county: &County) -> Vec<Value> {
    let mut tables = Vec::new();
    for table in ["organizations", "rooms", "people"] {
        tables.push(county.get("scheduler", &format!("/api/v1/{table}?limit=500")).await.1);
    }
    tables
}

#[tokio::test]
async fn a_dry_run_changes_nothing_an_import_does_what_it_said_and_a_second_one_nothing() {
    let county = County::start().await;
    let before = register(&county).await;
    let report = dry(&county, OFFICE).await;
    let made = [2, 3, 4, 6].map(|line| (line, "made".to_owned()));
    assert_eq!(outcomes(&report), made);
    assert_eq!(report["counts"], json!({ "made": 4, "changed": 0, "unchanged": 0, "fault": 0 }));
    assert_eq!(report["ignored"], json!(["电话"]), "what is not read is told");
    assert_eq!(report["lines"][0]["id"], Value::Null);
    assert_eq!(register(&county).await, before);
    let (status, report) = import(&county, "", OFFICE).await;
    assert_eq!((status, &report["applied"]), (StatusCode::OK, &json!(true)));
    assert_eq!(outcomes(&report), made);
    let doctor = report["lines"][0]["id"].as_str().unwrap();
    let (_, me) = county.get(doctor, "/api/v1/me").await;
    assert_eq!(me["person"]["roles"], json!(["scheduler", "village_doctor"]));
    assert_eq!(me["person"]["site"], "史官镇卫生院");
    assert_eq!(me["person"]["organization"]["names"], json!({ "zh": "史官镇卫生院" }));
    let after = register(&county).await;
    let (_, report) = import(&county, "", OFFICE).await;
    assert_eq!(outcomes(&report), [2, 3, 4, 6].map(|line| (line, "unchanged".to_owned())));
    assert_eq!(register(&county).await, after);
}

#[tokio::test]
async fn every_way_to_write_the_same_table_is_read_the_same() {
    let county = County::start().await;
    let (gb, _, _) = encoding_rs::GB18030.encode(OFFICE);
    let utf16: Vec<u8> = OFFICE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let english = "table\tname\tName EN\tkind\torganization\troles\tphone\n\
        person\t何医生\tDr He\t\t史官镇卫生院\tvillage doctor; Scheduler\t0913\n\
        organization\t史官镇卫生院\t\thealth\t\t\t\n\
        room\t史官远程诊室\t\t\t史官镇卫生院\t\t\n\n\
        person\t高老师\t\t\tschool\tlead_teacher\t\n";
    let ways: [(&str, &str, Vec<u8>); 6] = [
        ("utf-8", "comma", OFFICE.into()),
        ("utf-8", "semicolon", ["\u{feff}", &OFFICE.replace(',', ";")].concat().into()),
        ("utf-8", "comma", OFFICE.replace('\n', "\r\n").into()),
        ("gb18030", "comma", gb.into_owned()),
        ("utf-16", "comma", [vec![0xff, 0xfe], utf16].concat()),
        ("utf-8", "tab", english.into()),
    ];
    for (encoding, separator, bytes) in ways {
        let report = dry(&county, bytes).await;
        assert_eq!(
            (&report["encoding"], &report["separator"]),
            (&json!(encoding), &json!(separator))
        );
        assert_eq!(report["counts"]["made"], 4, "{report}");
        assert_eq!(report["lines"][0]["name"], "何医生");
    }
}

#[tokio::test]
async fn each_fault_is_told_in_its_line_and_column_and_one_is_enough_that_nothing_is_done() {
    let county = County::start().await;
    let before = register(&county).await;
    let table = "table,id,name,kind,organization,roles,retired\n\
        organization,new,新卫生院,police,,,\n\
        person,,何医生,,new,specialist,\n\
        person,,何医生,,nowhere,king,\n\
        person,,何医生,,clinic-a,king; emperor,\n\
        ship,,何医生,,clinic-a,,maybe\n\
        person,../x,何医生,,clinic-a,,\n\
        person,dr-li,,,,,\n\
        person,dr-li,李大夫,,,village_doctor,\n\
        organization,clinic-c,,,,,yes\n\
        room,,,,clinic-a,,\n\
        room,,新诊室,,clinic-a,,,,\n\
        room,,\"新诊室,,clinic-a\n\"\n\
        person,scheduler,周调度,,hospital,,yes\n\
        person,good,何医生,,clinic-a,specialist,no\n";
    let report = dry(&county, table).await;
    let told = [
        (2, "kind", "kind-unknown"),
        (3, "organization", "organization-faulty"),
        (4, "organization", "organization-unknown"),
        (5, "roles", "role-unknown"),
        (5, "roles", "role-unknown"),
        (6, "table", "table-unknown"),
        (6, "retired", "retired-unknown"),
        (7, "id", "id-malformed"),
        (9, "id", "twice"),
        (10, "retired", "in-use"),
        (11, "name", "missing"),
        (12, "table", "cells-too-many"),
        (13, "organization", "missing"),
        (15, "retired", "own-way-in"),
    ];
    assert_eq!(faults(&report), told);
    assert_eq!(report["lines"][1]["faults"][0]["params"], json!({ "line": 2 }));
    assert_eq!(report["lines"][0]["faults"][0]["header"], "kind");
    assert_eq!(report["counts"], json!({ "made": 1, "changed": 1, "unchanged": 0, "fault": 12 }));
    let (status, problem) = import(&county, "", table).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_problem(&problem, "invalid", 422);
    assert_eq!(faults(&problem["report"]), told);
    assert_eq!(register(&county).await, before, "nothing half done");
}

#[tokio::test]
async fn who_writes_a_table_that_is_not_there_is_told_each_that_is_and_each_of_these_is_taken() {
    let county = County::start().await;
    let report = dry(&county, "table,name\nship,x\n").await;
    let detail = report["lines"][0]["faults"][0]["detail"].as_str().unwrap();
    let listed = detail.split_once("none of ").unwrap().1.split_once(';').unwrap().0;
    // As the page calls them, in both languages.
    let shown = "区划, 机构, 房间, 人员, 终端, 线路, Areas, Sites, Rooms, People, Terminals, Line";
    let mut taken = 0;
    for word in listed.split(", ").chain(shown.split(", ")) {
        let report = dry(&county, format!("table,name\n{word},x\n")).await;
        assert!(report["lines"][0]["table"].is_string(), "{word}: {report}");
        taken += 1;
    }
    assert_eq!(taken, 18, "{listed}");
}

#[tokio::test]
async fn what_a_table_does_not_say_stays_and_what_differs_is_named() {
    let county = County::start().await;
    let table = "table,id,name,roles,retired\n\
        person,dr-li,李大夫,specialist;village_doctor,\n\
        person,dr-sun,,village_doctor,yes\n\
        room,clinic-c-1,,,yes\n\
        organization,clinic-c,,,yes\n\
        person,dr-chen,陈医生,,\n";
    let (status, report) = import(&county, "", table).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    let changes: Vec<&Value> =
        report["lines"].as_array().unwrap().iter().map(|it| &it["changes"]).collect();
    let expected = [
        json!(["name", "roles"]),
        json!(["retired"]),
        json!(["retired"]),
        json!(["retired"]),
        json!(["roles"]),
    ];
    assert_eq!(changes, expected.iter().collect::<Vec<_>>());
    let (_, me) = county.get("dr-li", "/api/v1/me").await;
    let person = &me["person"];
    assert_eq!(
        (&person["names"]["en"], &person["organization"]["id"]),
        (&json!("Dr Li"), &json!("clinic-a"))
    );
    assert_eq!(county.get("dr-sun", "/api/v1/me").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(county.get("dr-chen", "/api/v1/me").await.1["person"]["roles"], json!([]));
}

#[tokio::test]
async fn what_is_no_table_is_refused_with_what_to_do() {
    let county = County::start().await;
    let many = format!("table,name\n{}", "room,x\n".repeat(5_001));
    for (code, bytes) in [
        ("workbook", b"PK\x03\x04 and so on".to_vec()),
        ("not-text", vec![0xff; 40]),
        ("not-text", b"table,name\n\0".to_vec()),
        ("no-headers", Vec::new()),
        ("no-headers", b"a,b\n1,2\n".to_vec()),
        ("column-missing", b"table,id\nroom,x\n".to_vec()),
        ("column-missing", b"name,id\nroom,x\n".to_vec()),
        ("column-twice", "table,name,名称\n".into()),
        ("too-many-lines", many.into()),
    ] {
        let (status, problem) = import(&county, "?dry-run=true", bytes).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{code}: {problem}");
        let fault = &problem["errors"][0];
        assert_eq!((&fault["field"], &fault["code"]), (&json!("file"), &json!(code)));
    }
    let told = refused_by_its_length(&county, 2 * 1024 * 1024 + 1).await;
    assert!(told.starts_with("HTTP/1.1 413 ") && told.contains("/problems/too-large"), "{told}");
    let (status, problem) = county.post("scheduler", "/api/v1/imports", &json!({})).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_problem(&problem, "not-csv", 415);
    let request = county.by("dr-chen", Method::POST, "/api/v1/imports");
    let (status, _) = answer(request.header("content-type", "text/csv").body(OFFICE)).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "only who administers");
}

#[tokio::test]
async fn a_whole_county_comes_in_as_one_table() {
    let county = County::start().await;
    let mut table = String::from("table,name,kind,organization,roles\n");
    for village in 0..1_000 {
        let name = format!("第{village}村卫生室");
        table += &format!(
            "organization,{name},health,,\nroom,诊室,,{name},\nperson,王医生,,{name},village_doctor\n"
        );
    }
    let (status, report) = import(&county, "", table.clone()).await;
    assert_eq!((status, &report["counts"]["made"]), (StatusCode::OK, &json!(3_000)), "{report}");
    let (_, report) = import(&county, "", table).await;
    assert_eq!(report["counts"]["unchanged"], 3_000);
}
