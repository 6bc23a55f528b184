//! What the log says of a take. A program of its own: whether a call site is logged is decided for a whole process by
//! the thread that comes to it first, so tests beside this one could silence it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod stage;

use archive::tap::{Body, ParticipantJoined};
use stage::{Gateway, House, keys};
use std::io::Write;
use std::sync::{Arc, Mutex};

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

#[tokio::test(flavor = "multi_thread")]
async fn who_is_recorded_is_logged_by_take_and_trace_id_and_not_by_name() {
    let log = Log::default();
    let into = log.clone();
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || into.clone()).init();
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await.in_room(7);
    let house = House::start(data.path(), &gateway).await;
    gateway.open("lesson", "class");
    let joined = ParticipantJoined {
        identity: "dr-wang".to_owned(),
        name: "Wang Li".to_owned(),
        ..ParticipantJoined::default()
    };
    gateway.say(0, Body::ParticipantJoined(joined));
    // Records are taken in turn: what the log says of the second is there when the third is counted.
    gateway.data(0, "dr-wang", "chat", r#"{"id":"1","text":"好","at":1}"#);
    house.recorded(3).await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let trace = format!("participant.trace={}", keys().trace_id("lesson", "dr-wang"));
    for part in ["recording=\"lesson-1\"", "room.id=7", "session=\"lesson\"", &trace] {
        assert!(log.contains(part), "{part} is not in {log}");
    }
    assert!(!log.contains("wang") && !log.contains("Wang"), "{log}");
}
