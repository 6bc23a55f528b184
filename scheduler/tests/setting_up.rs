//! A first start without the demo: one link names the county and makes its administrator, once and within 24 hours.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use std::collections::BTreeSet;

use crate::county::{County, NOW_S, assert_problem};
use crate::visitor::{PASSWORD, Visitor};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// What stands in the link that is printed.
fn once(county: &County) -> String {
    let link = county.scheduler.setup_link("http://x/").unwrap();
    link.strip_prefix("http://x/#/setup?once=").unwrap().to_owned()
}

fn wish(once: &str) -> Value {
    json!({ "once": once, "countyNames": { "zh": " 白水县 ", "en": "Baishui County" }, "names": { "zh": "周敏", "en": "" },
        "loginName": "Zhou.Min", "password": PASSWORD })
}

async fn over(county: &County, once: &str, reason: &str) {
    for (path, body) in [
        ("/api/v1/links", json!({ "once": once })),
        ("/api/v1/setup", wish(once)),
        ("/api/v1/password", json!({ "once": once, "password": PASSWORD })),
    ] {
        let mut stranger = Visitor::default();
        let (status, problem) = stranger.post(county, path, &body).await;
        assert_eq!((status, &problem["reason"]), (StatusCode::GONE, &json!(reason)), "{path}");
        assert_problem(&problem, "link-over", 410);
        assert_eq!(stranger.cookie, None);
    }
}

#[tokio::test]
async fn who_opens_the_link_names_the_county_and_is_its_administrator() {
    let county = County::start_empty().await;
    let mut visitor = Visitor::default();
    let unset = json!({ "names": null, "setUp": false, "provider": null });
    assert_eq!(visitor.get(&county, "/api/v1/county").await, (StatusCode::OK, unset));
    let once = once(&county);
    let (status, link) = visitor.post(&county, "/api/v1/links", &json!({ "once": once })).await;
    let ends = "2026-11-24T08:00:00+08:00";
    let looked = json!({ "purpose": "setup", "loginName": null, "endsAt": ends });
    assert_eq!((status, link), (StatusCode::OK, looked), "looking does not use it");
    let (status, answer) = visitor.post(&county, "/api/v1/setup", &wish(&once)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, me) = visitor.get(&county, "/api/v1/me").await;
    assert_eq!(status, StatusCode::OK, "{me}");
    assert_eq!(me["person"]["names"], json!({ "zh": "周敏" }), "an empty name is none");
    assert_eq!(
        me["person"]["organization"]["names"],
        json!({ "zh": "白水县", "en": "Baishui County" })
    );
    assert_eq!(
        me["person"]["roles"],
        json!(["administrator", "scheduler", "security_administrator"])
    );
    assert_eq!(
        me["can"],
        json!({ "book": true, "administer": true, "keepAccess": true, "audit": false, "keepCalls": false })
    );
    let named = json!({ "names": { "zh": "白水县", "en": "Baishui County" }, "setUp": true, "provider": null });
    assert_eq!(visitor.get(&county, "/api/v1/county").await.1, named);
    over(&county, &once, "setup-used").await;
    let mut other = Visitor::default();
    assert_eq!(other.log_in(&county, "ZHOU.MIN ", PASSWORD).await.0, StatusCode::OK);
    let folder = county.stop().await.unwrap();
    let county = County::start_again_in(folder.path()).await;
    assert_eq!(
        county.scheduler.setup_link("http://x"),
        None,
        "no link once there is an administrator"
    );
    assert!(visitor.is_in(&county).await && other.is_in(&county).await, "logins outlive a start");
}

#[tokio::test]
async fn each_start_prints_a_new_link_and_the_one_before_works_no_more() {
    let county = County::start_empty().await;
    let first = once(&county);
    let folder = county.stop().await.unwrap();
    let county = County::start_again_in(folder.path()).await;
    let second = once(&county);
    assert_ne!(first, second);
    over(&county, &first, "setup-over").await;
    county.set_clock(NOW_S + 24 * 3600 - 1);
    let looked = json!({ "once": second });
    let mut visitor = Visitor::default();
    assert_eq!(visitor.post(&county, "/api/v1/links", &looked).await.0, StatusCode::OK);
    county.set_clock(NOW_S + 24 * 3600);
    over(&county, &second, "setup-over").await;
    for garbage in
        ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "…", "'; DROP TABLE login; --"]
    {
        over(&county, garbage, "unknown").await;
    }
}

#[tokio::test]
async fn of_many_who_open_it_at_once_one_sets_the_county_up() {
    let county = County::start_empty().await;
    let once = once(&county);
    let tries = (0..6).map(|nth| {
        let (county, mut body) = (&county, wish(&once));
        body["loginName"] = json!(format!("admin{nth}"));
        async move {
            let mut visitor = Visitor::default();
            let (status, _) = visitor.post(county, "/api/v1/setup", &body).await;
            (status, visitor.is_in(county).await)
        }
    });
    let ended: Vec<_> = futures_util::future::join_all(tries).await;
    let (won, lost): (Vec<_>, Vec<_>) = ended.into_iter().partition(|it| it.0 == StatusCode::OK);
    assert_eq!(won, [(StatusCode::OK, true)]);
    assert_eq!(lost, vec![(StatusCode::GONE, false); 5]);
}

#[tokio::test]
async fn everything_that_is_wrong_with_the_form_is_told_at_once_and_the_link_still_works() {
    let county = County::start_empty().await;
    let once = once(&county);
    let mut body = wish(&once);
    body["countyNames"] = json!({ "zh": "  ", "en": "x".repeat(101), "fr": "Comté" });
    body["names"] = json!({ "zh": "周\n敏" });
    body["loginName"] = json!("周敏");
    body["password"] = json!("12345678");
    let mut visitor = Visitor::default();
    let (status, problem) = visitor.post(&county, "/api/v1/setup", &body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_problem(&problem, "invalid", 422);
    let faults: BTreeSet<String> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {}", it["field"].as_str().unwrap(), it["code"].as_str().unwrap()))
        .collect();
    let expected = [
        "countyNames.en not-a-name",
        "countyNames.fr language-unknown",
        "countyNames.zh not-a-name",
        "loginName not-a-login-name",
        "names.zh not-a-name",
        "password password-common",
    ];
    assert_eq!(faults, expected.into_iter().map(str::to_owned).collect());
    assert_eq!(visitor.post(&county, "/api/v1/setup", &wish(&once)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn no_secret_is_in_the_store() {
    let county = County::start_empty().await;
    let once = once(&county);
    let mut visitor = Visitor::default();
    visitor.post(&county, "/api/v1/setup", &wish(&once)).await;
    let cookie = visitor.cookie.clone().unwrap();
    let login = cookie.split_once('=').unwrap().1.to_owned();
    let folder = county.stop().await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in [once.as_str(), login.as_str(), PASSWORD] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
        }
    }
}

#[tokio::test]
async fn the_demo_has_no_link_and_its_scheduler_is_administrator() {
    let county = County::start().await;
    assert_eq!(county.scheduler.setup_link("http://x"), None);
    assert_eq!(county.get("scheduler", "/api/v1/me").await.1["can"]["administer"], true);
    assert_eq!(county.get("dr-wang", "/api/v1/me").await.1["can"]["administer"], false);
    let folder = county.stop().await.unwrap();
    let county = County::start_again_in(folder.path()).await;
    assert!(county.scheduler.setup_link("http://x").is_some(), "nobody of the demo can log in");
}
