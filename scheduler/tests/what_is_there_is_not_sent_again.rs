//! Who has an answer already is told so, and no more; and a day of a site fits into 4 kB.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, TOMORROW_9, assert_problem, consultation, tomorrow};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

async fn shown(county: &County, person: &str, path: &str, tag: &str) -> Response {
    let request = county.by(person, Method::GET, path).header("if-none-match", tag);
    request.send().await.unwrap()
}

async fn tag_of(county: &County, person: &str, path: &str) -> String {
    let answer = county.by(person, Method::GET, path).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.headers()["etag"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_list_is_sent_again_only_when_it_has_changed() {
    let county = County::start().await;
    let path = "/api/v1/sessions?day=2026-11-24";
    let tag = tag_of(&county, "scheduler", path).await;
    for known in [tag.clone(), format!("\"x\", {tag}"), tag.replace("W/", ""), "*".to_owned()] {
        let answer = shown(&county, "scheduler", path, &known).await;
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(answer.headers()["etag"], tag.as_str());
        assert!(answer.headers().get("content-type").is_none());
        assert!(answer.bytes().await.unwrap().is_empty());
    }
    for other in ["\"x\"", "W/\"\"", "", "x", &tag.replace('"', "")] {
        assert_eq!(
            shown(&county, "scheduler", path, other).await.status(),
            StatusCode::OK,
            "{other}"
        );
    }
    county.book(&consultation(TOMORROW_9, &tomorrow(9, 30))).await;
    let answer = shown(&county, "scheduler", path, &tag).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_ne!(answer.headers()["etag"], tag.as_str());
    // Somebody else sees something else.
    assert_ne!(tag_of(&county, "dr-li", path).await, tag_of(&county, "dr-chen", path).await);
}

#[tokio::test]
async fn every_list_has_a_tag() {
    let county = County::start().await;
    for path in [
        "directory",
        "organizations",
        "rooms",
        "people",
        "accounts",
        "areas",
        "changes",
        "holidays",
        "sessions",
        "me",
        "county",
        "organizations/clinic-b/day",
    ] {
        let path = format!("/api/v1/{path}");
        let tag = tag_of(&county, "scheduler", &path).await;
        let answer = shown(&county, "scheduler", &path, &tag).await;
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{path}");
    }
}

#[tokio::test]
async fn the_home_page_is_the_same_while_only_the_time_goes_on() {
    let county = County::start().await;
    let tag = tag_of(&county, "dr-chen", "/api/v1/me").await;
    county.set_clock(NOW_S + 30);
    let answer = shown(&county, "dr-chen", "/api/v1/me", &tag).await;
    assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
    assert!(answer.headers().contains_key("date"), "the time comes along: {answer:?}");
    county.book(&consultation(TOMORROW_9, &tomorrow(9, 30))).await;
    let answer = shown(&county, "dr-chen", "/api/v1/me", &tag).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_is_refused_has_no_tag_and_is_told_again() {
    let county = County::start().await;
    let path = "/api/v1/directory";
    let tag = tag_of(&county, "scheduler", path).await;
    let answer = shown(&county, "dr-chen", path, &tag).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(!answer.headers().contains_key("etag"));
}

/// Status line, headers and body, as they are sent without packing.
async fn on_the_wire(answer: Response) -> (usize, Value) {
    let headers: usize =
        answer.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let body = answer.bytes().await.unwrap();
    ("HTTP/1.1 200 OK\r\n\r\n".len() + headers + body.len(), serde_json::from_slice(&body).unwrap())
}

fn lesson(title: &str, nth: u32, minutes: u32) -> Value {
    let from = 8 * 60 + nth * minutes;
    let until = from + minutes;
    let title = format!("{nth} {title}");
    let mut wish = consultation(&tomorrow(from / 60, from % 60), &tomorrow(until / 60, until % 60));
    wish["title"] = title.into();
    wish
}

#[tokio::test]
async fn a_full_day_of_a_clinic_fits_into_four_kilobytes() {
    let county = County::start().await;
    let people = county.get("scheduler", "/api/v1/directory").await.1["people"].clone();
    let zhao = people.as_array().unwrap().iter().find(|it| it["id"] == "dr-zhao").unwrap();
    let site = zhao["organizationId"].as_str().unwrap().to_owned();
    // Eight hours without a break, 30 minutes each.
    for nth in 0..16 {
        let (status, answer) = county.book(&lesson("高血压复诊，远程会诊", nth, 30)).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
    }
    let path = format!("/api/v1/organizations/{site}/day?day=2026-11-24");
    let answer = county.by("dr-zhao", Method::GET, &path).send().await.unwrap();
    let tag = answer.headers()["etag"].to_str().unwrap().to_owned();
    let (bytes, day) = on_the_wire(answer).await;
    assert!(bytes <= 4_096, "{bytes}");
    assert_eq!((&day["day"], &day["next"]), (&json!("2026-11-24"), &Value::Null));
    assert_eq!(day["beginsAt"], "2026-11-24T00:00:00+08:00");
    let sessions = day["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 16);
    assert_eq!((&sessions[1]["fromS"], &sessions[1]["lengthS"]), (&json!(30_600), &json!(1_800)));
    assert_eq!(sessions[1]["title"], "1 高血压复诊，远程会诊");
    assert_eq!(sessions[1]["people"][0], "陈医生", "who leads it first: {day}");
    assert_eq!(shown(&county, "dr-zhao", &path, &tag).await.status(), StatusCode::NOT_MODIFIED);
    let session = sessions[3]["id"].as_str().unwrap();
    county.post("scheduler", &format!("/api/v1/sessions/{session}/cancel"), &json!({})).await;
    let answer = shown(&county, "dr-zhao", &path, &tag).await;
    assert_eq!(answer.json::<Value>().await.unwrap()["sessions"][3]["cancelled"], true);
}

#[tokio::test]
async fn what_goes_beyond_four_kilobytes_follows_and_nothing_is_lost() {
    let county = County::start().await;
    let mut booked = vec![];
    for nth in 0..45 {
        let (status, made) = county.book(&lesson(&"很长的题目".repeat(20), nth, 10)).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        booked.push(made["id"].as_str().unwrap().to_owned());
    }
    let site = "clinic-b";
    let (mut seen, mut after, mut pages) = (vec![], String::new(), 0);
    loop {
        let path = format!("/api/v1/organizations/{site}/day?day=2026-11-24{after}");
        let answer = county.by("dr-zhao", Method::GET, &path).send().await.unwrap();
        let (bytes, day) = on_the_wire(answer).await;
        assert!(bytes <= 4_096, "{bytes}");
        pages += 1;
        for session in day["sessions"].as_array().unwrap() {
            assert!(session["title"].as_str().unwrap().chars().count() <= 40);
            seen.push(session["id"].as_str().unwrap().to_owned());
        }
        let Some(next) = day["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(seen, booked);
    assert!((3..10).contains(&pages), "{pages}");
}

#[tokio::test]
async fn a_day_is_for_the_people_of_the_site_and_schedulers() {
    let county = County::start().await;
    let path = "/api/v1/organizations/clinic-b/day";
    for person in ["dr-zhao", "scheduler"] {
        assert_eq!(county.get(person, path).await.0, StatusCode::OK, "{person}");
    }
    let (status, problem) = county.get("dr-chen", path).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_problem(&problem, "forbidden", 403);
    for wrong in
        ["day=yesterday", "after=1", "after=x.0192f8a0-0000-7000-8000-000000000000", "after=1.x"]
    {
        let (status, problem) = county.get("scheduler", &format!("{path}?{wrong}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
        assert_problem(&problem, "bad-parameter", 400);
    }
}

#[tokio::test]
async fn a_day_of_a_site_tells_its_own_rooms_and_terminals_and_its_zone() {
    let county = County::start().await;
    let table = "类别,编号,名称,终端类型,房间\n\
        终端,screen-b,大屏 screen-b,大屏,clinic-b-1\n终端,screen-h,大屏 screen-h,大屏,hospital-1\n";
    let request = county.by("scheduler", Method::POST, "/api/v1/imports");
    let put = request.header("content-type", "text/csv").body(table).send().await.unwrap();
    assert_eq!(put.status(), StatusCode::OK);
    let mut wish = lesson("复诊", 1, 30);
    wish["roomIds"] = json!(["hospital-2", "clinic-b-1"]);
    wish["terminalIds"] = json!(["screen-h", "screen-b"]);
    let (status, made) = county.book(&wish).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    // Nobody and no room of the site, its screen alone.
    let people = json!([{ "personId": "teacher-zhang", "role": "lead_teacher" }]);
    let film = json!({ "kind": "training", "title": "放映", "startsAt": tomorrow(11, 0), "endsAt": tomorrow(11, 30),
        "terminalIds": ["screen-b"], "participants": people });
    let (status, made) = county.book(&film).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let path = "/api/v1/organizations/clinic-b/day?day=2026-11-24";
    let (_, day) = county.get("dr-zhao", path).await;
    assert_eq!(day["timeZone"], "Asia/Shanghai");
    let sessions = day["sessions"].as_array().unwrap();
    let places: Vec<_> = sessions.iter().map(|it| (&it["rooms"], &it["terminals"])).collect();
    assert_eq!(places.len(), 2, "{day}");
    assert_eq!(places[0].0.as_array().unwrap().len(), 1, "of this site alone: {day}");
    assert_eq!(places[0].1, &json!(["大屏 screen-b"]));
    assert_eq!(places[1], (&json!([]), &json!(["大屏 screen-b"])));
    let (_, english) = county.get("dr-zhao", &format!("{path}&language=en")).await;
    assert_eq!(english["sessions"][0]["people"][0], "Dr Chen", "{english}");
    let week = "/api/v1/schedule?organizationId=clinic-b&day=2026-11-24&days=1";
    let (_, week) = county.get("scheduler", week).await;
    assert_eq!(week["sessions"].as_array().unwrap().len(), 2, "{week}");
}
