//! A scheduler that is killed while it holds and books over what it holds leaves whole holds, whole bookings or neither.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

mod county;

use std::process::{Command, Stdio};
use std::time::Duration;

use county::database::{self, pool_in};
use county::{County, consultation};
use reqwest::StatusCode;
use scheduler::Config;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const OTHER: &str = "SHANQIAO_TEST_OTHER";
/// What it tells: a booking is asked for; it was answered.
const ASKED: u8 = b'a';
const ANSWERED: u8 = b'b';

/// One person may hold as much as all.
fn wide() -> Config {
    Config { holds_of_person_max: 1_000, holds_max: 1_000, ..Config::default() }
}

/// A consultation that is the `n`th of its round, in the days after tomorrow.
fn nth_wish(round: usize, n: usize) -> serde_json::Value {
    let (day, hour, half) = (round + 1, n / 2 % 16, n % 2 * 30);
    let at = |minute| format!("2026-12-{day:02}T{hour:02}:{minute:02}:00+08:00");
    consultation(&at(half), &at(half + 20))
}

/// Not a test of its own: the process that is killed.
#[tokio::test(flavor = "multi_thread")]
async fn the_one_that_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "how it is told that it is the other process")]
    let Ok(told) = std::env::var(OTHER) else { return };
    let told: Vec<&str> = told.splitn(3, ' ').collect();
    let round = told[1].parse().unwrap();
    let county = County::start_in(told[2].as_ref(), wide()).await;
    let mut parent = TcpStream::connect(told[0]).await.unwrap();
    for n in 0..32 {
        let mut wish = nth_wish(round, n);
        let mut held = wish.clone();
        held.as_object_mut().unwrap().retain(|name, _| name != "title" && name != "recording");
        parent.write_all(&[ASKED]).await.unwrap();
        let (status, hold) = county.post("scheduler", "/api/v1/holds", &held).await;
        assert_eq!(status, StatusCode::CREATED);
        // Every other hold is left as it is.
        if n % 2 == 0 {
            wish["holdId"] = hold["id"].clone();
            assert_eq!(county.book(&wish).await.0, StatusCode::CREATED);
        }
        parent.write_all(&[ANSWERED]).await.unwrap();
    }
}

/// Starts it, kills it some time into its `asked`th booking, and says how many were answered.
async fn kill_one(folder: &TempDir, round: usize, asked: usize, after: Duration) -> i64 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let teller = listener.local_addr().unwrap();
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_one_that_is_killed"])
        .env(OTHER, format!("{teller} {round} {}", folder.path().display()))
        .envs(database::is_postgres().then(|| (database::SERVER, database::server())))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
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

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_moment_no_half_hold_is_left() {
    let folder = TempDir::new().unwrap();
    let mut answered = 0;
    for round in 0..8 {
        // Holding and booking take some milliseconds: the moments lie all over them.
        let after = Duration::from_micros(u64::try_from(round * 2_713 % 19_000).unwrap());
        answered += kill_one(&folder, round, 1 + round * 5 % 9, after).await;
    }
    let county = County::start_in(folder.path(), wide()).await;
    let pool = pool_in(folder.path()).await;
    let count = async |text: &'static str| {
        sqlx::query_scalar::<_, i64>(text).fetch_one(&pool).await.unwrap()
    };
    let holds = count("SELECT count(*) FROM hold").await;
    let sessions = count("SELECT count(*) FROM session WHERE booked_by <> 'demo'").await;
    let whole_holds = count(
        "SELECT count(*) FROM hold WHERE (SELECT count(*) FROM claim WHERE hold_id = hold.id) = 4
           AND EXISTS (SELECT 1 FROM register_event WHERE subject_id = hold.id AND act = 'made')",
    );
    assert_eq!(whole_holds.await, holds, "holds are whole");
    let whole = count(
        "SELECT count(*) FROM session WHERE booked_by <> 'demo'
           AND (SELECT count(*) FROM claim WHERE session_id = session.id AND state = 'confirmed') = 4",
    );
    assert_eq!(whole.await, sessions, "bookings are whole");
    let over =
        count("SELECT count(*) FROM register_event WHERE kind = 'hold' AND act = 'booked'").await;
    assert_eq!(over, sessions, "a booking and the end of its hold are one");
    let made =
        count("SELECT count(*) FROM register_event WHERE kind = 'hold' AND act = 'made'").await;
    assert_eq!(made, holds + sessions);
    assert!(made >= answered, "{answered} were answered, {made} are there");
    assert!(answered > 8, "most of them were not killed at the first: {answered}");
    assert_eq!(county.book(&nth_wish(20, 0)).await.0, StatusCode::CREATED, "and it goes on");
}
