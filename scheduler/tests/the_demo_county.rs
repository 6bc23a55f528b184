//! The demo county is there at once, once, and something in it can always be joined.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county;
use crate::county::database::config_in;
use crate::county::{County, NOW_S, consultation, keys};
use reqwest::StatusCode;
use scheduler::Config;
use serde_json::{Value, json};
use session::{AccessToken, LEEWAY_S, Language};

async fn joinable(county: &County, person: &str) -> usize {
    let (_, me) = county.get(person, "/api/v1/me").await;
    me["today"].as_array().unwrap().iter().filter(|session| session["joinable"] == true).count()
}

async fn sessions(county: &County) -> Vec<Value> {
    county.get("scheduler", "/api/v1/sessions").await.1["sessions"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_consultation_and_a_class_can_be_joined_at_once_and_are_recorded() {
    let county = County::start().await;
    for person in ["dr-wang", "dr-li", "teacher-zhang", "class-a", "class-b"] {
        assert_eq!(joinable(&county, person).await, 1, "{person}");
    }
    let kinds: Vec<Value> =
        sessions(&county).await.iter().map(|session| session["kind"].clone()).collect();
    assert!(kinds.contains(&json!("consultation")) && kinds.contains(&json!("class")));
    for session in sessions(&county).await {
        assert_eq!(
            (&session["startsAt"], &session["recording"]),
            (&json!("2026-11-23T07:45:00+08:00"), &json!(true))
        );
        let person = session["participants"][0]["personId"].as_str().unwrap();
        let path = format!("/api/v1/sessions/{}/join", session["id"].as_str().unwrap());
        assert_eq!(county.post(person, &path, &json!({})).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn groups_of_both_villages_attend_the_class() {
    let county = County::start().await;
    let class = sessions(&county).await.into_iter().find(|it| it["kind"] == "class").unwrap();
    let path = format!("/api/v1/sessions/{}/attendance", class["id"].as_str().unwrap());
    let (status, told) = county.get("scheduler", &path).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let pupils = told["places"].as_array().unwrap().iter().map(|it| &it["pupils"]);
    assert_eq!(pupils.collect::<Vec<_>>(), [&json!(18), &json!(14)]);
}

#[tokio::test]
async fn a_second_start_doubles_nothing() {
    let county = County::start().await;
    let (_, directory) = county.get("scheduler", "/api/v1/directory").await;
    let before = sessions(&county).await;
    let folder = county.stop().await.unwrap();
    let county = County::start_in(folder.path(), Config::default()).await;
    assert_eq!(county.get("scheduler", "/api/v1/directory").await.1, directory);
    assert_eq!(sessions(&county).await, before);
}

#[tokio::test]
async fn a_start_after_they_are_over_makes_new_ones() {
    let county = County::start().await;
    let folder = county.stop().await.unwrap();
    let config = Config { demo: true, ..config_in(folder.path(), Config::default()).await };
    let clock = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(NOW_S + 3 * 86_400));
    let later = scheduler::Scheduler::start_by(config, keys(), scheduler::Clock::told(clock))
        .await
        .unwrap();
    later.stop().await;
    let county = County::start_in(folder.path(), Config::default()).await;
    county.set_clock(NOW_S + 3 * 86_400);
    for person in ["dr-wang", "dr-li", "teacher-zhang", "class-a", "class-b"] {
        assert_eq!(joinable(&county, person).await, 1, "{person}");
    }
}

#[tokio::test]
async fn while_it_runs_new_ones_follow_when_they_are_over() {
    let county = County::start().await;
    county.set_clock(NOW_S + 9 * 3600);
    for _ in 0..150 {
        if joinable(&county, "dr-wang").await + joinable(&county, "class-b").await == 2
            && sessions(&county).await.len() == 4
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("nothing new within 15 s: {:?}", sessions(&county).await);
}

#[tokio::test]
async fn a_persons_own_booking_makes_the_open_session_shorter() {
    let county = County::start().await;
    let folder = county.stop().await.unwrap();
    let config = || Config { data: folder.path().to_owned(), ..Config::default() };
    let county = County::start_in(folder.path(), config()).await;
    let mut wish = consultation("2026-11-24T10:00:00+08:00", "2026-11-24T11:00:00+08:00");
    wish["participants"] = json!([{ "personId": "dr-wang", "role": "specialist" }, { "personId": "dr-sun", "role": "village_doctor" }]);
    assert_eq!(county.book(&wish).await.0, StatusCode::CREATED);
    county.stop().await;
    let clock = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(NOW_S + 86_400));
    let started = scheduler::Scheduler::start_by(
        Config { demo: true, ..config_in(folder.path(), config()).await },
        keys(),
        scheduler::Clock::told(clock),
    )
    .await;
    started.unwrap().stop().await;
    let county = County::start_in(folder.path(), config()).await;
    county.set_clock(NOW_S + 86_400);
    let (_, me) = county.get("dr-wang", "/api/v1/me").await;
    assert_eq!(
        (&me["today"][0]["endsAt"], &me["today"][0]["joinable"]),
        (&json!("2026-11-24T09:45:00+08:00"), &json!(true))
    );
}

#[tokio::test]
async fn every_user_has_a_link_that_works_for_thirty_days() {
    let county = County::start().await;
    let links = county.scheduler.demo_links("http://127.0.0.1:8080/");
    let roles: Vec<&str> = links.iter().map(|link| link.role.as_str()).collect();
    assert_eq!(
        roles,
        [
            "specialist",
            "village_doctor",
            "lead_teacher",
            "classroom",
            "classroom",
            "scheduler",
            "replay"
        ]
    );
    for link in links {
        let page = if link.role == "replay" { "replay" } else { "home" };
        let token = link.url.strip_prefix(&format!("http://127.0.0.1:8080/#/{page}?key=")).unwrap();
        assert!(link.who.own(Language::English).is_some());
        let read = AccessToken::read(token, &keys(), NOW_S + 30 * 86_400).unwrap();
        assert!(read.person().is_some());
        assert!(AccessToken::read(token, &keys(), NOW_S + 30 * 86_400 + LEEWAY_S + 1).is_err());
        let request = county.bare(reqwest::Method::GET, "/api/v1/me").bearer_auth(token);
        let (status, me) = county::answer(request).await;
        assert_eq!((status, me["person"]["id"].as_str()), (StatusCode::OK, read.person()));
    }
}
