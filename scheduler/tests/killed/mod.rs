//! Another process of the same test program, which books in a county until it is killed: it is told what to do by the
//! environment, and tells how far it is over a connection.
#![allow(dead_code, reason = "every test file uses a part of it")]

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::county::{consultation, database};

/// How the other process is told what to do.
const OTHER: &str = "SHANQIAO_TEST_OTHER";
/// What it tells: something is asked for; it was answered.
const ASKED: u8 = b'a';
const ANSWERED: u8 = b'b';

/// What this process was told, if it is the other one.
#[expect(clippy::disallowed_methods, reason = "how it is told that it is the other process")]
pub(crate) fn told() -> Option<String> {
    std::env::var(OTHER).ok()
}

/// Starts `the_one_that_is_killed` of a scenario of this test program, on the same store, told so.
pub(crate) fn other_process(scenario: &str, told: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{scenario}::the_one_that_is_killed")])
        .env(OTHER, told)
        .envs(database::is_postgres().then(|| (database::SERVER, database::server())))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// The process that is killed, telling how far it is.
pub(crate) struct Killed {
    pub(crate) round: usize,
    /// The county's folder.
    pub(crate) folder: String,
    parent: TcpStream,
}

impl Killed {
    /// This process, if it is that one.
    pub(crate) async fn this() -> Option<Self> {
        let told = told()?;
        let told: Vec<&str> = told.splitn(3, ' ').collect();
        let parent = TcpStream::connect(told[0]).await.unwrap();
        Some(Self { round: told[1].parse().unwrap(), folder: told[2].to_owned(), parent })
    }

    /// Something is asked for now.
    pub(crate) async fn asks(&mut self) {
        self.parent.write_all(&[ASKED]).await.unwrap();
    }

    /// It was answered.
    pub(crate) async fn answered(&mut self) {
        self.parent.write_all(&[ANSWERED]).await.unwrap();
    }
}

/// A consultation that is the `n`th of its round, in the days after tomorrow.
pub(crate) fn nth_wish(round: usize, n: usize) -> serde_json::Value {
    let (day, hour, half) = (round + 1, n / 2 % 16, n % 2 * 30);
    let at = |minute| format!("2026-12-{day:02}T{hour:02}:{minute:02}:00+08:00");
    consultation(&at(half), &at(half + 20))
}

/// Starts the other process of a scenario, kills it some time into its `asked`th request, and says how many were answered.
pub(crate) async fn kill_one(
    scenario: &str,
    folder: &TempDir,
    (round, asked): (usize, usize),
    after: Duration,
) -> i64 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let teller = listener.local_addr().unwrap();
    let mut other =
        other_process(scenario, &format!("{teller} {round} {}", folder.path().display()));
    let (mut stream, _) =
        timeout(Duration::from_secs(60), listener.accept()).await.unwrap().unwrap();
    let mut told = vec![];
    while told.iter().filter(|it| **it == ASKED).count() < asked {
        told.push(stream.read_u8().await.unwrap());
    }
    tokio::time::sleep(after).await;
    other.kill().unwrap();
    other.wait().unwrap();
    while let Ok(more) = stream.read_u8().await {
        told.push(more);
    }
    i64::try_from(told.iter().filter(|it| **it == ANSWERED).count()).unwrap()
}
