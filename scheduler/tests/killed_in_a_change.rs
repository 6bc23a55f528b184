//! A program that is killed while it changes a series leaves it as it was or as it was to be, and who reads its feed meanwhile
//! never sees half of a change.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use crate::county::database;
use crate::county::{County, answer, consultation, tomorrow};
use reqwest::{Method, StatusCode};
use scheduler::Config;
use serde_json::{Value, json};

/// How the other process is told what to change: the folder and the path of the series.
const OTHER: &str = "SHANQIAO_TEST_CHANGES";
const SESSIONS: usize = 12;
/// After how many changes that were seen each of the other processes is killed.
const KILLED_AFTER: [usize; 4] = [1, 2, 3, 5];

/// Not a test of its own: what the process that is killed does.
#[tokio::test(flavor = "multi_thread")]
async fn the_other_process() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how this test is told that it is the other process"
    )]
    let Ok(told) = std::env::var(OTHER) else { return };
    let (path, folder) = told.split_once(' ').unwrap();
    let county = County::start_in(folder.as_ref(), Config::default()).await;
    for n in 0_u32.. {
        let time = ["10:00", "15:00"][usize::from(n % 2 == 0)];
        let wish = json!({ "title": format!("第 {n} 次改"), "startTime": time });
        let request = county.by("scheduler", Method::PATCH, path).header("If-Match", "*");
        let (status, body) = answer(request.json(&wish)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }
}

/// Title and time of the day of each session in a feed.
async fn feed(county: &County, path: &str) -> Vec<(String, String)> {
    let text = county.bare(Method::GET, path).send().await.unwrap().text().await.unwrap();
    let text = text.replace("\r\n ", "");
    let value = |event: &str, name: &str| {
        let line = event.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_once(':').unwrap().1.to_owned()
    };
    let session = |event: &&str| event.contains("改") && event.contains("RECURRENCE-ID:");
    let events = text.split("BEGIN:VEVENT").skip(1).filter(session);
    events.map(|event| (value(event, "SUMMARY"), value(event, "DTSTART").split_off(9))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_change_of_a_series_is_never_there() {
    let folder = tempfile::TempDir::new().unwrap();
    let county = County::start_in(folder.path(), Config::default()).await;
    let mut booking = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    booking["title"] = json!("未改");
    let wish = json!({ "booking": booking, "rule": format!("FREQ=WEEKLY;COUNT={SESSIONS}") });
    let (status, made) = county.post("scheduler", "/api/v1/series", &wish).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let path = format!("/api/v1/series/{}", made["id"].as_str().unwrap());
    let (_, address) = county.post("dr-chen", "/api/v1/calendar", &json!({})).await;
    let address = address["path"].as_str().unwrap();
    for killed_after in KILLED_AFTER {
        let mut other = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed_in_a_change::the_other_process"])
            .env(OTHER, format!("{path} {}", folder.path().display()))
            .envs(database::is_postgres().then(|| (database::SERVER, database::server())))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut seen = BTreeSet::new();
        while seen.len() <= killed_after {
            let events = feed(&county, address).await;
            assert_eq!(events.len(), SESSIONS);
            assert!(events.iter().all(|event| *event == events[0]), "half a change: {events:?}");
            seen.insert(events[0].clone());
            assert!(other.try_wait().unwrap().is_none(), "the other process ended by itself");
        }
        other.kill().unwrap();
        other.wait().unwrap();
        // What the killed one had begun is given up before anybody else is let in.
        let (status, series) = county.get("scheduler", &path).await;
        assert_eq!(status, StatusCode::OK, "{series}");
        let occurrences = series["occurrences"].as_array().unwrap();
        let whole = |it: &Value| it["state"] == "booked" && it["own"] == json!([]);
        assert!(occurrences.iter().all(whole), "{series}");
        let wish = json!({ "title": "改回来", "startTime": "12:00" });
        let request = county.by("scheduler", Method::PATCH, &path).header("If-Match", "*");
        let (status, body) = answer(request.json(&wish)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }
    county.stop().await;
}
