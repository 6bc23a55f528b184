//! A scheduler that is killed again and again while it reminds hands over each message exactly once, whether the provider's program
//! has taken it meanwhile or not.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use crate::county::database::pool_in;
use crate::county::{County, NOW_S, consultation};
use crate::killed::{Killed, kill_one};
use crate::post::put;
use reqwest::StatusCode;
use scheduler::Config;
use serde_json::json;
use tempfile::TempDir;

const KILLS: usize = 50;
/// Consultations on 2026-12-02, each with two people who have a phone.
const SESSIONS: u32 = 120;
/// On the evening before at 20:30, in the county: all short messages are due, none is late, and it is not night yet.
const DUE_S: u64 = NOW_S + 8 * 86_400 + 12 * 3_600 + 1_800;

fn reminding() -> Config {
    Config { reminder_sms: true, reminder_look_ms: 1, ..Config::default() }
}

/// Not a test of its own: the process that is killed.
#[tokio::test(flavor = "multi_thread")]
async fn the_one_that_is_killed() {
    let Some(mut this) = Killed::this().await else { return };
    let county = County::start_in(this.folder.as_ref(), reminding()).await;
    county.set_clock(DUE_S);
    this.asks().await;
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// What a provider's program does: moves what is there into `taken` and counts it by key.
fn take(spool: &Path, sent: &mut BTreeMap<String, u32>, most: usize) {
    let Ok(files) = std::fs::read_dir(spool) else { return };
    let names = files.map(|it| it.unwrap().file_name().into_string().unwrap());
    let names: BTreeSet<String> =
        names.filter(|name| name.ends_with(".json") && !name.starts_with('.')).collect();
    for name in names.into_iter().take(most) {
        let text = std::fs::read(spool.join(&name)).unwrap();
        let message: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(format!("{}.json", message["key"].as_str().unwrap()), name);
        std::fs::rename(spool.join(&name), spool.join("taken").join(&name)).unwrap();
        *sent.entry(name).or_default() += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_fifty_times_it_hands_over_each_message_exactly_once() {
    let folder = TempDir::new().unwrap();
    let county =
        County::start_in(folder.path(), Config { reminder_look_ms: 3_600_000, ..reminding() })
            .await;
    for person in ["dr-chen", "dr-zhao"] {
        let wish = json!({ "app": false, "phone": "13800000001", "sms": true, "voice": false });
        let path = format!("/api/v1/people/{person}/reminders");
        assert_eq!(put(&county, person, &path, &wish).await.0, StatusCode::OK);
    }
    for n in 0..SESSIONS {
        let at = |minute: u32| format!("2026-12-02T{:02}:{minute:02}:00+08:00", n / 6);
        let minute = n % 6 * 10;
        let (status, refused) = county.book(&consultation(&at(minute), &at(minute + 5))).await;
        assert_eq!(status, StatusCode::CREATED, "{refused}");
    }
    county.stop().await;
    let spool = folder.path().join("spool").join("sms");
    let pool = pool_in(folder.path()).await;
    let in_state = async |state: &str| -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM reminder WHERE channel = 'sms' AND state = $1")
            .bind(state)
            .fetch_one(&pool)
            .await
            .unwrap()
    };
    let (mut sent, mut amid) = (BTreeMap::new(), 0);
    for round in 0..KILLS {
        // A message takes some milliseconds: the moments lie all over it.
        let after = Duration::from_micros(u64::try_from(round * 1_913 % 12_000).unwrap());
        kill_one("killed_while_reminding", &folder, (round, 1), after).await;
        amid += i32::from(in_state("waiting").await > 0);
        take(&spool, &mut sent, round % 7 * 3);
    }
    let county = County::start_in(folder.path(), reminding()).await;
    county.set_clock(DUE_S);
    for _ in 0..600 {
        if in_state("waiting").await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    take(&spool, &mut sent, usize::MAX);
    assert!(sent.values().all(|times| *times == 1), "{sent:?}");
    let all = 2 * i64::from(SESSIONS);
    assert_eq!((i64::try_from(sent.len()).unwrap(), in_state("handed").await), (all, all));
    assert!(amid >= 40, "only {amid} of {KILLS} kills came while messages waited");
}
