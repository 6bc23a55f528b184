//! A scheduler that is killed while it books leaves whole bookings or none, and none that was answered is lost.
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

/// Not a test of its own: the process that is killed.
#[tokio::test(flavor = "multi_thread")]
async fn the_one_that_is_killed() {
    let Some(mut this) = Killed::this().await else { return };
    let county = County::start_in(this.folder.as_ref(), Config::default()).await;
    for n in 0..32 {
        this.asks().await;
        assert_eq!(county.book(&nth_wish(this.round, n)).await.0, StatusCode::CREATED);
        this.answered().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_moment_no_half_booking_is_left() {
    let folder = TempDir::new().unwrap();
    let mut answered = 0;
    for round in 0..8 {
        // A booking takes some milliseconds: the moments lie all over it.
        let after = Duration::from_micros(u64::try_from(round * 1_913 % 12_000).unwrap());
        answered +=
            kill_one("killed_while_booking", &folder, (round, 1 + round * 5 % 9), after).await;
    }
    let county = County::start_in(folder.path(), Config::default()).await;
    let pool = pool_in(folder.path()).await;
    let sessions: i64 =
        sqlx::query_scalar("SELECT count(*) FROM session WHERE booked_by <> 'demo'")
            .fetch_one(&pool)
            .await
            .unwrap();
    let whole: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM session WHERE booked_by <> 'demo'
           AND (SELECT count(*) FROM claim WHERE session_id = session.id AND state = 'confirmed') = 4
           AND (SELECT count(*) FROM participant WHERE session_id = session.id) = 2",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(whole, sessions, "bookings are whole");
    assert!(sessions >= answered, "{answered} were answered, {sessions} are there");
    assert!(answered > 8, "most of them were not killed at the first: {answered}");
    assert_eq!(county.book(&nth_wish(20, 0)).await.0, StatusCode::CREATED, "and it goes on");
}
