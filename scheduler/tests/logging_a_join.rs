//! What the log says of somebody who joins. A program of its own: whether a call site is logged is decided for a whole
//! process by the thread that comes to it first, so tests beside this one could silence it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

mod county;

use county::{County, NOW_S, consultation, keys, tomorrow};
use reqwest::StatusCode;
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};

/// Tomorrow 09:00 in the county.
const START_S: u64 = NOW_S + 25 * 3600;

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn who_joins_is_logged_by_session_and_trace_id_and_not_by_name() {
    let log = Log::default();
    let into = log.clone();
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || into.clone()).init();
    let county = County::start().await;
    let (status, session) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    assert_eq!(status, StatusCode::CREATED, "{session}");
    let path = format!("/api/v1/sessions/{}/join", session["id"].as_str().unwrap());
    county.set_clock(START_S);
    let (_, pass) = county.post("dr-chen", &path, &json!({})).await;
    let room = pass["room"].as_str().unwrap();
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let line = log.lines().find(|line| line.contains("session.joined")).expect("it is logged");
    let trace = format!("participant.trace={}", keys().trace_id(room, "dr-chen"));
    assert!(line.contains(&trace) && line.contains(&format!("session={room}")), "{line}");
    assert!(!log.contains("chen") && !log.contains("陈"), "{log}");
}
