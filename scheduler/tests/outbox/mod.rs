//! What stands for the gateway's outbox: it gives receipts, and forgets them when it is told.
#![allow(dead_code, reason = "every test file uses a part of it")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Json, Router, routing::get};
use serde::Deserialize;
use serde_json::{Value, json};
use session::AccessToken;

use crate::county::{County, NOW_S, keys};

/// Tomorrow 09:00 in the county.
pub(crate) const START_S: u64 = NOW_S + 25 * 3_600;
/// Receipts in one answer.
const PART: usize = 12;
const LONG: Duration = Duration::from_secs(20);

/// What stands for the gateway's outbox.
#[derive(Clone, Default)]
pub(crate) struct Outbox(pub(crate) Arc<Mutex<Kept>>);

#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) name: String,
    pub(crate) receipts: Vec<Value>,
    /// Up to which number they were forgotten.
    pub(crate) forgotten: u64,
    /// Answers to requests to forget that are lost.
    pub(crate) deaf: u64,
    pub(crate) asked: Vec<u64>,
    /// What the clock shows, if it is not the start.
    pub(crate) now_s: Option<u64>,
    /// What it showed before.
    pub(crate) was_s: Option<u64>,
}

#[derive(Deserialize)]
struct Place {
    outbox: String,
    after: u64,
}

fn admit(kept: &Kept, headers: &HeaderMap) {
    let bearer = headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap();
    // What was asked for just before the clock was set comes as well.
    let moments = [kept.now_s.unwrap_or(START_S), kept.was_s.unwrap_or(START_S)];
    let read = |now_s: &u64| AccessToken::read(bearer, &keys(), *now_s).ok();
    assert!(moments.iter().find_map(read).unwrap().is_service());
}

async fn give(
    State(outbox): State<Outbox>,
    headers: HeaderMap,
    Query(place): Query<Place>,
) -> Json<Value> {
    let mut kept = outbox.0.lock().unwrap();
    admit(&kept, &headers);
    let known = if place.outbox == kept.name { place.after } else { 0 };
    let after = known.max(kept.forgotten);
    kept.asked.push(after);
    let receipts: Vec<&Value> = kept.receipts.iter().skip(after as usize).take(PART).collect();
    Json(json!({ "outbox": kept.name, "first": after + 1, "receipts": receipts }))
}

async fn forget(
    State(outbox): State<Outbox>,
    headers: HeaderMap,
    Query(place): Query<Place>,
) -> StatusCode {
    let mut kept = outbox.0.lock().unwrap();
    admit(&kept, &headers);
    if kept.deaf > 0 {
        kept.deaf -= 1;
        return StatusCode::BAD_GATEWAY;
    }
    assert_eq!(place.outbox, kept.name);
    kept.forgotten = kept.forgotten.max(place.after);
    StatusCode::NO_CONTENT
}

impl Outbox {
    pub(crate) async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router =
            Router::new().route("/receipts", get(give).delete(forget)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        url
    }

    pub(crate) fn begin(&self, name: &str, receipts: Vec<Value>) {
        let mut kept = self.0.lock().unwrap();
        let (deaf, now_s, was_s) = (kept.deaf, kept.now_s, kept.was_s);
        *kept = Kept { name: name.to_owned(), receipts, deaf, now_s, was_s, ..Kept::default() };
    }

    /// Sets the clock of the county, and of what stands for its gateway.
    pub(crate) fn set_clock(&self, county: &County, now_s: u64) {
        let mut kept = self.0.lock().unwrap();
        kept.was_s = kept.now_s;
        kept.now_s = Some(now_s);
        county.set_clock(now_s);
    }

    /// Waits until it was asked twice more: what comes of the first answer is done before the second question.
    pub(crate) async fn looked_at(&self) {
        let asked = || self.0.lock().unwrap().asked.len();
        let before = asked();
        let looked = async {
            while asked() < before + 2 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(LONG, looked).await.unwrap();
    }

    /// Waits until everything was taken and forgotten.
    pub(crate) async fn empty(&self) {
        let emptied = async {
            loop {
                let (forgotten, all) = {
                    let kept = self.0.lock().unwrap();
                    (kept.forgotten, kept.receipts.len() as u64)
                };
                if forgotten == all {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(LONG, emptied).await.unwrap();
    }
}
