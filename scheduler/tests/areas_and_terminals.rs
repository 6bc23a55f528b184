//! Sites lie in areas and terminals stand in rooms: by table and by form.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, answer};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Everything that a county is made of, in no order.
const COUNTY: &str = "类别,编号,名称,机构类型,区划,所属机构,房间,角色\n\
    终端,,壁挂大屏,大屏,,史官镇卫生院,远程诊室,\n\
    房间,,远程诊室,,,史官镇卫生院,,\n\
    机构,,史官镇卫生院,卫生,史官镇,,,\n\
    机构,,尧禾村卫生室,卫生,610527101002,,,\n\
    区划,610527,白水县,,,,,\n\
    区划,610527101,史官镇,,,,,\n\
    区划,610527101002,尧禾村,,,,,\n\
    人员,,何医生,,,史官镇卫生院,,乡村医生\n";

async fn import(county: &County, query: &str, table: &str) -> (StatusCode, Value) {
    let request = county.by("scheduler", Method::POST, &format!("/api/v1/imports{query}"));
    answer(request.header("content-type", "text/csv").body(table.to_owned())).await
}

async fn put(county: &County, path: &str, body: &Value) -> (StatusCode, Value) {
    answer(county.by("scheduler", Method::PUT, path).json(body)).await
}

async fn list(county: &County, table: &str) -> Value {
    county.get("scheduler", &format!("/api/v1/{table}?limit=500")).await.1
}

fn called<'a>(page: &'a Value, name: &str) -> &'a Value {
    page["entries"].as_array().unwrap().iter().find(|entry| entry["names"]["zh"] == name).unwrap()
}

fn code_of(problem: &Value) -> (&Value, &Value) {
    (&problem["errors"][0]["field"], &problem["errors"][0]["code"])
}

#[tokio::test]
async fn one_table_makes_areas_sites_in_them_rooms_and_their_terminals_and_a_second_time_nothing() {
    let county = County::start().await;
    let (status, report) = import(&county, "?dry-run=true", COUNTY).await;
    assert_eq!((status, &report["counts"]["made"]), (StatusCode::OK, &json!(8)), "{report}");
    assert_eq!(list(&county, "terminals").await["entries"], json!([]));
    let (status, report) = import(&county, "", COUNTY).await;
    assert_eq!((status, &report["counts"]["made"]), (StatusCode::OK, &json!(8)), "{report}");
    let sites = list(&county, "organizations").await;
    assert_eq!(called(&sites, "史官镇卫生院")["areaCode"], "610527101");
    let within = sites["areas"].as_array().unwrap();
    let village = within.iter().find(|area| area["code"] == "610527101002").unwrap();
    assert_eq!(village["within"], json!(["白水县", "史官镇"]));
    let terminals = list(&county, "terminals").await;
    let terminal = called(&terminals, "壁挂大屏");
    let rooms = list(&county, "rooms").await;
    assert_eq!(terminal["roomId"], called(&rooms, "远程诊室")["id"]);
    assert_eq!(terminal["kind"], "screen");
    let (_, found) = county.get("dr-chen", "/api/v1/areas?q=sgz").await;
    assert_eq!(found["areas"][0]["code"], "610527101", "own areas are found as all are");
    let (_, report) = import(&county, "", COUNTY).await;
    assert_eq!(report["counts"], json!({ "made": 0, "changed": 0, "unchanged": 8, "fault": 0 }));
}

#[tokio::test]
async fn an_area_is_made_and_renamed_by_form_and_a_site_is_put_into_one_and_out_of_it() {
    let county = County::start().await;
    let site = |area: Option<&str>| {
        let mut form = json!({ "names": { "zh": "林皋镇卫生院" }, "kind": "health" });
        if let Some(code) = area {
            form["areaCode"] = json!(code);
        }
        form
    };
    let path = "/api/v1/organizations/clinic-b";
    // Without a list nobody knows better than who writes the code.
    let (status, put_there) = put(&county, path, &site(Some("610527104"))).await;
    assert_eq!((status, &put_there["areaCode"]), (StatusCode::OK, &json!("610527104")));
    for (code, name) in [("610527105", "林皋"), ("610527105", "林皋镇")] {
        let (status, area) =
            put(&county, &format!("/api/v1/areas/{code}"), &json!({ "name": name })).await;
        assert_eq!((status, &area["names"]), (StatusCode::OK, &json!({ "zh": name })));
    }
    let (_, found) = county.get("dr-chen", "/api/v1/areas?q=lg").await;
    assert_eq!(found["areas"].as_array().unwrap().len(), 1);
    let (status, kept) = put(&county, path, &site(None)).await;
    assert_eq!((status, &kept["areaCode"]), (StatusCode::OK, &json!("610527104")));
    let (status, _) = put(&county, path, &site(Some("610527104"))).await;
    assert_eq!(status, StatusCode::OK, "what it has already is not asked for again");
    let (status, problem) = put(&county, path, &site(Some("610527199"))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(code_of(&problem), (&json!("areaCode"), &json!("area-unknown")));
    assert_eq!(put(&county, path, &site(Some("林皋镇"))).await.1["areaCode"], "610527105");
    assert_eq!(put(&county, path, &site(Some(""))).await.1["areaCode"], Value::Null);
    let (status, problem) = put(&county, "/api/v1/areas/61052", &json!({ "name": "某县" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(code_of(&problem), (&json!("id"), &json!("code-malformed")));
    let (status, _) =
        answer(county.by("dr-chen", Method::PUT, "/api/v1/areas/61").json(&json!({ "name": "x" })))
            .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_terminal_is_made_moved_and_retired_and_each_fault_is_told_at_its_member() {
    let county = County::start().await;
    let form = |room: &str, kind: &str, retired: bool| json!({ "names": { "zh": "大屏" }, "roomId": room, "kind": kind, "retired": retired });
    let (status, made) =
        county.post("scheduler", "/api/v1/terminals", &form("clinic-b-1", "screen", false)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    for (body, fault) in [
        (form("clinic-b-1", "screen", false), (json!("names.zh"), json!("name-taken"))),
        (form("nowhere", "screen", false), (json!("roomId"), json!("room-not-there"))),
        (form("clinic-a-1", "toaster", false), (json!("kind"), json!("terminal-kind-unknown"))),
    ] {
        let (status, problem) = county.post("scheduler", "/api/v1/terminals", &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(code_of(&problem), (&fault.0, &fault.1), "{problem}");
    }
    let room =
        json!({ "names": { "zh": "林皋远程诊室" }, "organizationId": "clinic-b", "retired": true });
    let (_, problem) = put(&county, "/api/v1/rooms/clinic-b-1", &room).await;
    assert_eq!(code_of(&problem), (&json!("retired"), &json!("room-in-use")));
    let path = format!("/api/v1/terminals/{}", made["id"].as_str().unwrap());
    let (status, moved) = put(&county, &path, &form("clinic-a-1", "tablet", false)).await;
    assert_eq!((status, &moved["roomId"]), (StatusCode::OK, &json!("clinic-a-1")));
    assert_eq!(put(&county, "/api/v1/rooms/clinic-b-1", &room).await.0, StatusCode::OK);
    let (_, problem) = put(&county, &path, &form("clinic-b-1", "tablet", false)).await;
    assert_eq!(code_of(&problem), (&json!("roomId"), &json!("room-retired")));
    assert_eq!(put(&county, &path, &form("clinic-a-1", "tablet", true)).await.1["retired"], true);
}

#[tokio::test]
async fn the_steps_of_a_county_are_counted_where_it_is() {
    let county = County::start_empty().await;
    let (status, _) = county.get("nobody", "/api/v1/county/steps").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let county = County::start().await;
    let steps = |page: &Value| -> Vec<(String, u64, u64, String)> {
        let word = |step: &Value, name: &str| step[name].as_str().unwrap().to_owned();
        let steps = page["steps"].as_array().unwrap().iter();
        steps
            .map(|it| {
                let number = |name: &str| it[name].as_u64().unwrap();
                (word(it, "step"), number("count"), number("without"), word(it, "state"))
            })
            .collect()
    };
    let (status, page) = county.get("scheduler", "/api/v1/county/steps").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let told = |step: &str, count: u64, without: u64, state: &str| {
        (step.to_owned(), count, without, state.to_owned())
    };
    let before = [
        told("areas", 0, 0, "optional"),
        told("sites", 7, 7, "done"),
        told("rooms", 8, 0, "done"),
        told("terminals", 0, 8, "optional"),
        told("people", 9, 0, "done"),
        told("logins", 0, 9, "todo"),
        told("lines", 0, 7, "optional"),
        told("sessions", 2, 0, "done"),
    ];
    assert_eq!(steps(&page), before);
    assert_eq!(import(&county, "", COUNTY).await.0, StatusCode::OK);
    let (_, page) = county.get("scheduler", "/api/v1/county/steps").await;
    let after = steps(&page);
    assert_eq!(after[0], told("areas", 3, 0, "done"));
    assert_eq!(after[1], told("sites", 9, 7, "done"));
    assert_eq!(after[2], told("rooms", 9, 1, "done"));
    assert_eq!(after[3], told("terminals", 1, 8, "done"));
    assert_eq!(county.get("dr-chen", "/api/v1/county/steps").await.0, StatusCode::FORBIDDEN);
}
