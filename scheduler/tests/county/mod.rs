//! The demo county behind a real listener, with a clock that the test sets.
#![allow(dead_code, reason = "every test file uses a part of it")]

pub(crate) mod database;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use scheduler::{Clock, Config, Scheduler};
use serde_json::{Value, json};
use session::{AccessToken, Keys};
use tempfile::TempDir;

/// Monday 2026-11-23 08:00 in the county.
pub(crate) const NOW_S: u64 = 1_795_392_000;
/// Tomorrow 09:00 in the county: nothing of the demo reaches there.
pub(crate) const TOMORROW_9: &str = "2026-11-24T09:00:00+08:00";

/// The root of the house's other keys.
const ROOT: &str = "a root that nobody is given, long enough";

pub(crate) fn keys() -> Keys {
    Keys::new("county", "0123456789abcdef0123456789abcdef", ROOT).unwrap()
}

/// A started room and a client.
pub(crate) struct County {
    pub(crate) base: String,
    pub(crate) clock: Arc<AtomicU64>,
    pub(crate) scheduler: Scheduler,
    pub(crate) client: reqwest::Client,
    pub(crate) folder: Option<TempDir>,
    serving: tokio::task::JoinHandle<()>,
}

impl County {
    pub(crate) async fn start() -> Self {
        Self::start_with(Config::default()).await
    }

    pub(crate) async fn start_with(config: Config) -> Self {
        let folder = TempDir::new().unwrap();
        let mut county = Self::start_in(folder.path(), config).await;
        county.folder = Some(folder);
        county
    }

    pub(crate) async fn start_in(folder: &Path, config: Config) -> Self {
        let config = Config { demo: true, ..database::config_in(folder, config).await };
        Self::start_by(config).await
    }

    /// On the file in a folder of its own, whatever the other tests run on.
    pub(crate) async fn start_on_a_file() -> Self {
        let folder = TempDir::new().unwrap();
        let config = Config { data: folder.path().to_owned(), demo: true, ..Config::default() };
        Self { folder: Some(folder), ..Self::start_by(config).await }
    }

    /// In an empty folder, without the demo.
    pub(crate) async fn start_empty() -> Self {
        let folder = TempDir::new().unwrap();
        let mut county = Self::start_again_in(folder.path()).await;
        county.folder = Some(folder);
        county
    }

    /// In this folder, without the demo.
    pub(crate) async fn start_again_in(folder: &Path) -> Self {
        Self::start_by(database::config_in(folder, Config::default()).await).await
    }

    /// With exactly these settings, but that nobody is hurried unless they say otherwise: a clock that a test tells stands still
    /// while somebody asks again and again.
    pub(crate) async fn start_by(mut config: Config) -> Self {
        let usual = Config::default();
        for (set, usual) in [
            (&mut config.person_requests_per_s, usual.person_requests_per_s),
            (&mut config.address_requests_per_s, usual.address_requests_per_s),
        ] {
            if *set == usual {
                *set = 0;
            }
        }
        let clock = Arc::new(AtomicU64::new(NOW_S));
        let scheduler =
            Scheduler::start_by(config, keys(), Clock::told(Arc::clone(&clock))).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = scheduler.router().into_make_service_with_connect_info::<SocketAddr>();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, clock, scheduler, client: reqwest::Client::new(), folder: None, serving }
    }

    pub(crate) fn set_clock(&self, seconds: u64) {
        self.clock.store(seconds, Ordering::Relaxed);
    }

    /// A request without a token.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// A request of this person.
    pub(crate) fn by(&self, person: &str, method: Method, path: &str) -> RequestBuilder {
        let now_s = self.clock.load(Ordering::Relaxed);
        self.bare(method, path)
            .bearer_auth(AccessToken::for_person(person, "", now_s, 60).sign(&keys()).unwrap())
    }

    pub(crate) async fn get(&self, person: &str, path: &str) -> (StatusCode, Value) {
        answer(self.by(person, Method::GET, path)).await
    }

    pub(crate) async fn post(&self, person: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.by(person, Method::POST, path).json(body)).await
    }

    /// Books as the scheduler.
    pub(crate) async fn book(&self, wish: &Value) -> (StatusCode, Value) {
        self.post("scheduler", "/api/v1/sessions", wish).await
    }

    /// Ends the listener, then the room, and gives back the folder.
    pub(crate) async fn stop(self) -> Option<TempDir> {
        self.serving.abort();
        let _ = self.serving.await;
        self.scheduler.stop().await;
        self.folder
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    assert_eq!(
        is_problem(&response),
        !status.is_success(),
        "a problem if and only if it is no success: {response:?}"
    );
    (status, response.json().await.unwrap())
}

pub(crate) fn is_problem(response: &Response) -> bool {
    response.headers().get("content-type").is_some_and(|value| value == "application/problem+json")
}

/// A consultation of dr-chen and dr-zhao tomorrow, in both their rooms.
pub(crate) fn consultation(starts_at: &str, ends_at: &str) -> Value {
    json!({
        "kind": "consultation", "title": "皮肤科会诊", "startsAt": starts_at, "endsAt": ends_at,
        "roomIds": ["hospital-2", "clinic-b-1"],
        "participants": [{ "personId": "dr-chen", "role": "specialist" }, { "personId": "dr-zhao", "role": "village_doctor" }],
        "recording": true
    })
}

/// Tomorrow at `hour:minute` in the county, RFC 3339.
pub(crate) fn tomorrow(hour: u32, minute: u32) -> String {
    format!("2026-11-24T{hour:02}:{minute:02}:00+08:00")
}

/// What every problem must have.
pub(crate) fn assert_problem(body: &Value, kind: &str, status: u16) {
    assert_eq!(body["type"], format!("/problems/{kind}"), "{body}");
    assert_eq!(body["status"], status, "{body}");
    assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()), "{body}");
    assert!(body["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{body}");
}
