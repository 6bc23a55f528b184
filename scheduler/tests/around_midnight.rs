//! Whatever can be joined now is listed, on whichever day it is.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::{County, NOW_S, consultation};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// Tomorrow's midnight, between the 24th and the 25th, in the county.
const MIDNIGHT_S: u64 = NOW_S + 40 * 3600;
const MINUTE_S: i64 = 60;

/// Minutes before (-) or after midnight, RFC 3339.
fn at(minutes: i64) -> String {
    let (day, minutes) = if minutes < 0 { (24, 24 * 60 + minutes) } else { (25, minutes) };
    format!("2026-11-{day}T{:02}:{:02}:00+08:00", minutes / 60, minutes % 60)
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_can_be_joined_is_listed_and_nothing_else_of_another_day() {
    // When the session is, when it is asked for, and whether it is listed; minutes from midnight.
    for (session, asked, listed) in [
        ((-10, 30), -8, true),
        ((-10, 30), 10, true),
        ((5, 35), -8, true),
        ((10, 40), -8, false),
        ((-40, -10), 3, true),
        ((-40, -10), 25, false),
    ] {
        let county = County::start().await;
        let (status, made) = county.book(&consultation(&at(session.0), &at(session.1))).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let id = made["id"].as_str().unwrap();
        county.set_clock(MIDNIGHT_S.checked_add_signed(asked * MINUTE_S).unwrap());
        let path = format!("/api/v1/sessions/{id}/join");
        let (joined, _) = county.post("dr-zhao", &path, &json!({})).await;
        assert_eq!(joined == StatusCode::OK, listed, "{session:?} at {asked}");
        for person in ["dr-zhao", "scheduler"] {
            let (_, me) = county.get(person, "/api/v1/me").await;
            let (_, today) = county.get(person, "/api/v1/sessions").await;
            for list in [&me["today"], &today["sessions"]] {
                assert_eq!(ids(list).contains(&id), listed, "{person}: {session:?} at {asked}");
            }
        }
        county.stop().await;
    }
}

#[tokio::test]
async fn a_session_over_midnight_is_in_both_days() {
    let county = County::start().await;
    let (_, made) = county.book(&consultation(&at(-10), &at(30))).await;
    let id = made["id"].as_str().unwrap();
    for (day, listed) in [("2026-11-24", true), ("2026-11-25", true), ("2026-11-26", false)] {
        let (_, list) = county.get("scheduler", &format!("/api/v1/sessions?day={day}")).await;
        assert_eq!(ids(&list["sessions"]).contains(&id), listed, "{day}");
    }
}

#[tokio::test]
async fn the_day_and_the_zone_are_the_countys() {
    let zone =
        scheduler::Config { time_zone: "Asia/Urumqi".into(), ..scheduler::Config::default() };
    let county = County::start_with(zone).await;
    // Midnight of Shanghai is 22 o'clock there.
    county.set_clock(MIDNIGHT_S + 3600);
    let (_, me) = county.get("dr-chen", "/api/v1/me").await;
    assert_eq!(
        (&me["timeZone"], &me["now"]),
        (&json!("Asia/Urumqi"), &json!("2026-11-24T23:00:00+06:00"))
    );
    let (_, today) = county.get("dr-chen", "/api/v1/sessions").await;
    assert_eq!((&today["timeZone"], &today["day"]), (&json!("Asia/Urumqi"), &json!("2026-11-24")));
}
