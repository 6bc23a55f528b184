//! A scheduler that is killed while it holds and books over what it holds leaves whole holds, whole bookings or neither.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use std::time::Duration;

use crate::county::County;
use crate::county::database::pool_in;
use crate::killed::{Killed, kill_one, nth_wish};
use reqwest::StatusCode;
use scheduler::Config;
use tempfile::TempDir;

/// One person may hold as much as all.
fn wide() -> Config {
    Config { holds_of_person_max: 1_000, holds_max: 1_000, ..Config::default() }
}

/// Not a test of its own: the process that is killed.
#[tokio::test(flavor = "multi_thread")]
async fn the_one_that_is_killed() {
    let Some(mut this) = Killed::this().await else { return };
    let county = County::start_in(this.folder.as_ref(), wide()).await;
    for n in 0..32 {
        let mut wish = nth_wish(this.round, n);
        let mut held = wish.clone();
        held.as_object_mut().unwrap().retain(|name, _| name != "title" && name != "recording");
        this.asks().await;
        let (status, hold) = county.post("scheduler", "/api/v1/holds", &held).await;
        assert_eq!(status, StatusCode::CREATED);
        // Every other hold is left as it is.
        if n % 2 == 0 {
            wish["holdId"] = hold["id"].clone();
            assert_eq!(county.book(&wish).await.0, StatusCode::CREATED);
        }
        this.answered().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_moment_no_half_hold_is_left() {
    let folder = TempDir::new().unwrap();
    let mut answered = 0;
    for round in 0..8 {
        // Holding and booking take some milliseconds: the moments lie all over them.
        let after = Duration::from_micros(u64::try_from(round * 2_713 % 19_000).unwrap());
        answered +=
            kill_one("killed_while_holding", &folder, (round, 1 + round * 5 % 9), after).await;
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
