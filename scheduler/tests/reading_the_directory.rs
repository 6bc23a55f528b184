//! The directory is read page by page: every entry once, in order, and a page that has not changed is not sent again.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, answer, assert_problem};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const DIRECTORY: &str = "/api/v1/directory";
const PARTS: [&str; 4] = ["organizations", "rooms", "terminals", "people"];

async fn import(county: &County, table: &str) {
    let request = county.by("scheduler", Method::POST, "/api/v1/imports");
    let (status, report) =
        answer(request.header("content-type", "text/csv").body(table.to_owned())).await;
    assert_eq!(status, StatusCode::OK, "{report}");
}

/// All pages of so many entries, and the entries of each part together.
async fn pages(county: &County, limit: usize) -> (Vec<Value>, Value) {
    let (mut pages, mut all) = (Vec::new(), json!({}));
    let mut path = format!("{DIRECTORY}?limit={limit}");
    loop {
        let (status, page) = county.get("scheduler", &path).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let mut there = 0;
        for part in PARTS {
            let entries = page[part].as_array().unwrap();
            there += entries.len();
            if all[part].is_null() {
                all[part] = json!([]);
            }
            all[part].as_array_mut().unwrap().extend(entries.iter().cloned());
        }
        assert!(there <= limit, "{there} entries in a page of {limit}");
        assert!(there == limit || page["next"].is_null(), "a page that is followed is full");
        let next = page["next"].as_str().map(str::to_owned);
        pages.push(page);
        match next {
            Some(next) => path = format!("{DIRECTORY}?limit={limit}&after={next}"),
            None => return (pages, all),
        }
    }
}

#[tokio::test]
async fn pages_of_whatever_length_hold_every_entry_once_and_in_order() {
    let county = County::start().await;
    import(
        &county,
        "table,id,name,kind,organization,room,interprets\n\
         terminal,a.screen,大屏,screen,,clinic-b-1,\nterminal,tablet,平板,tablet,,clinic-b-1,\n\
         person,tashi,扎西,,hospital,,bo-zh\nperson,a-first,安,,hospital,,ug-zh\n",
    )
    .await;
    let (_, whole) = county.get("scheduler", DIRECTORY).await;
    assert_eq!(whole["next"], Value::Null);
    let count: usize = PARTS.iter().map(|part| whole[part].as_array().unwrap().len()).sum();
    assert_eq!(count, 7 + 8 + 2 + 13);
    for limit in [1, 2, 7, 8, 15, 16, 29, 30, 1_000] {
        let (pages, all) = pages(&county, limit).await;
        for part in PARTS {
            assert_eq!(all[part], whole[part], "{part} by {limit}");
        }
        assert_eq!(pages.len(), count.div_ceil(limit));
    }
    let interprets = |id: &str| {
        whole["people"].as_array().unwrap().iter().find(|it| it["id"] == id).unwrap()["interprets"]
            .clone()
    };
    assert_eq!((interprets("a-first"), interprets("tashi")), (json!(["ug-zh"]), json!(["bo-zh"])));
}

#[tokio::test]
async fn a_page_that_is_as_it_was_is_not_sent_again_and_a_changed_one_is() {
    let county = County::start().await;
    let (first, _) = pages(&county, 10).await;
    let last = format!("{DIRECTORY}?limit=10&after={}", first[1]["next"].as_str().unwrap());
    let begin = format!("{DIRECTORY}?limit=10");
    let tag = async |path: &str| {
        let response = county.by("scheduler", Method::GET, path).send().await.unwrap();
        response.headers()["etag"].to_str().unwrap().to_owned()
    };
    let status = async |path: &str, tag: &str| {
        let request = county.by("scheduler", Method::GET, path).header("if-none-match", tag);
        request.send().await.unwrap().status()
    };
    let (of_begin, of_last) = (tag(&begin).await, tag(&last).await);
    assert_eq!(status(&begin, &of_begin).await, StatusCode::NOT_MODIFIED);
    assert_eq!(status(&last, &of_last).await, StatusCode::NOT_MODIFIED);
    import(&county, "table,id,name,organization\nperson,zz-last,末,hospital\n").await;
    assert_eq!(status(&begin, &of_begin).await, StatusCode::NOT_MODIFIED);
    assert_eq!(status(&last, &of_last).await, StatusCode::OK);
}

#[tokio::test]
async fn what_is_no_page_is_refused() {
    let county = County::start().await;
    for query in ["limit=0", "limit=1001", "after=nobody.x", "after=people", "after="] {
        let (status, problem) = county.get("scheduler", &format!("{DIRECTORY}?{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}: {problem}");
        assert_problem(&problem, "bad-parameter", 400);
    }
    let (status, page) = county.get("scheduler", &format!("{DIRECTORY}?after=people.zzz")).await;
    assert_eq!(
        (status, &page["next"]),
        (StatusCode::OK, &Value::Null),
        "past the last one is nobody"
    );
}
