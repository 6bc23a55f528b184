//! What sites say of their access lines comes in the same table as the rest of the county: line by line, or nothing.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::database::pool_in;
use crate::county::{County, answer, consultation, tomorrow};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A new site with its line, and the lines of two that are there, one named in each way.
const TABLE: &str = "类别,编号,名称,机构类型,所属机构,下行,上行,月流量,资费\n\
    线路,,,,尧禾村卫生室,512,128,3000,0:00=0.5；8:00=2\n\
    机构,yaohe,尧禾村卫生室,卫生,,,,,\n\
    线路,,,,clinic-a,4096,无,,1.5\n\
    专线,,林皋镇卫生院,,,,,500,\n";

async fn import(county: &County, query: &str, table: &str) -> (StatusCode, Value) {
    let request = county.by("scheduler", Method::POST, &format!("/api/v1/imports{query}"));
    answer(request.header("content-type", "text/csv").body(table.to_owned())).await
}

async fn line(county: &County, site: &str) -> Value {
    county.get("scheduler", &format!("/api/v1/organizations/{site}/line")).await.1
}

async fn month(county: &County, site: &str) -> Value {
    county.get("scheduler", &format!("/api/v1/organizations/{site}/reception")).await.1["monthMb"]
        .clone()
}

fn outcomes(report: &Value) -> Vec<(&str, &str)> {
    let lines = report["lines"].as_array().unwrap().iter();
    lines.map(|it| (it["table"].as_str().unwrap(), it["outcome"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn lines_come_with_their_sites_and_a_second_time_nothing_changes() {
    let county = County::start().await;
    let (status, report) = import(&county, "?dry-run=true", TABLE).await;
    assert_eq!((status, &report["counts"]["made"]), (StatusCode::OK, &json!(4)), "{report}");
    assert_eq!(
        line(&county, "clinic-a").await,
        json!({ "downKbps": null, "upKbps": null, "tariff": [] })
    );
    let (status, report) = import(&county, "", TABLE).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    assert_eq!(
        outcomes(&report),
        [("line", "made"), ("organization", "made"), ("line", "made"), ("line", "made")]
    );
    assert_eq!(
        (&report["lines"][0]["id"], &report["lines"][0]["name"]),
        (&json!("yaohe"), &json!("尧禾村卫生室"))
    );
    let bands = json!([{ "from": "00:00", "hundredthFenPerMb": 50 }, { "from": "08:00", "hundredthFenPerMb": 200 }]);
    assert_eq!(
        line(&county, "yaohe").await,
        json!({ "downKbps": 512, "upKbps": 128, "tariff": bands })
    );
    assert_eq!(month(&county, "yaohe").await, 3000);
    let all_day = json!([{ "from": "00:00", "hundredthFenPerMb": 150 }]);
    assert_eq!(
        line(&county, "clinic-a").await,
        json!({ "downKbps": 4096, "upKbps": null, "tariff": all_day })
    );
    assert_eq!(month(&county, "clinic-b").await, 500);
    let (_, report) = import(&county, "", TABLE).await;
    assert_eq!(report["counts"], json!({ "made": 0, "changed": 0, "unchanged": 4, "fault": 0 }));
    // A cell that is empty leaves what is there.
    let (_, report) =
        import(&county, "", "table,name,organization,up_kbps,month_mb\nline,,yaohe,256,\n").await;
    assert_eq!(report["lines"][0]["changes"], json!(["up_kbps"]), "{report}");
    assert_eq!(line(&county, "yaohe").await["downKbps"], 512);
    assert_eq!(month(&county, "yaohe").await, 3000);
    let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
    let told = sqlx::query_as(
        "SELECT kind, act FROM register_event WHERE subject_id = 'yaohe' ORDER BY number",
    );
    let told: Vec<(String, String)> = told.fetch_all(&pool).await.unwrap();
    let event = |kind: &str, act: &str| (kind.to_owned(), act.to_owned());
    assert_eq!(
        told,
        [event("line", "made"), event("organization", "made"), event("line", "changed")]
    );
    pool.close().await;
}

#[tokio::test]
async fn each_fault_of_a_line_stands_at_its_cell_and_nothing_is_carried_out() {
    let county = County::start().await;
    let table = "table,name,organization,down_kbps,up_kbps,month_mb,tariff\n\
        line,,clinic-a,0,fast,,\n\
        line,,clinic-b,,,1000001,9:00=x\n\
        line,,nowhere,512,,,\n\
        line,,clinic-c,,,,\n\
        line,,hospital,512,,,\n\
        line,,hospital,1024,,,\n\
        line,,,512,,,\n\
        line,,school,2048,,,\n";
    let (status, problem) = import(&county, "", table).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let faults = |line: usize| -> Vec<(String, String)> {
        let faults = problem["report"]["lines"][line]["faults"].as_array().unwrap().iter();
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        faults.map(|it| (text(&it["column"]), text(&it["code"]))).collect()
    };
    let pair = |column: &str, code: &str| (column.to_owned(), code.to_owned());
    assert_eq!(faults(0), [pair("down_kbps", "not-a-bound"), pair("up_kbps", "not-a-bound")]);
    assert_eq!(faults(1), [pair("month_mb", "not-a-bound"), pair("tariff", "tariff-malformed")]);
    assert_eq!(faults(2), [pair("organization", "organization-unknown")]);
    assert_eq!(faults(3), [pair("down_kbps", "line-empty")]);
    assert_eq!(faults(5), [pair("id", "twice")]);
    assert_eq!(faults(6), [pair("organization", "missing")]);
    assert_eq!(faults(7), []);
    assert_eq!(line(&county, "school").await["downKbps"], Value::Null, "nothing is half done");
}

#[tokio::test]
async fn a_line_is_not_less_than_what_is_booked_on_it_and_a_site_with_a_line_is_retired() {
    let county = County::start().await;
    let line_of = |kbps: &str| {
        format!("table,name,organization,down_kbps,up_kbps\nline,,clinic-b,{kbps},none\n")
    };
    let (_, report) = import(&county, "", &line_of("20000")).await;
    assert_eq!(report["counts"]["made"], 1, "{report}");
    let (status, session) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    for query in ["?dry-run=true", ""] {
        let (_, told) = import(&county, query, &line_of("64")).await;
        let report = if query.is_empty() { &told["report"] } else { &told };
        let fault = &report["lines"][0]["faults"][0];
        assert_eq!(
            (&fault["column"], &fault["code"]),
            (&json!("down_kbps"), &json!("line-booked")),
            "{told}"
        );
        let kbps = fault["params"]["kbps"].as_u64().unwrap();
        assert!(kbps > 64 && kbps <= 20_000, "{kbps}");
    }
    assert_eq!(line(&county, "clinic-b").await["downKbps"], 20_000);
    let (_, report) =
        import(&county, "", "table,id,name,kind\norganization,empty,空站,health\n").await;
    assert_eq!(report["counts"]["made"], 1, "{report}");
    let (_, report) = import(&county, "", "table,name,down_kbps\nline,空站,512\n").await;
    assert_eq!(report["counts"]["made"], 1, "{report}");
    let (_, report) =
        import(&county, "", "table,id,name,retired\norganization,empty,空站,yes\n").await;
    assert_eq!(report["counts"]["changed"], 1, "a line goes with its site: {report}");
}
