//! Whoever writes, however many at once: two confirmed claims on one resource never overlap.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

#[path = "../booking/tests/calendar/mod.rs"]
mod calendar;

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::county::database::{self, pool_in};
use crate::county::{County, NOW_S, consultation, tomorrow};
use booking::{Interval, UnixS};
use calendar::Calendar;
use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use reqwest::StatusCode;
use scheduler::Config;
use serde_json::{Value, json};

const SPECIALISTS: [&str; 2] = ["dr-wang", "dr-chen"];
const VILLAGE_DOCTORS: [&str; 3] = ["dr-li", "dr-zhao", "dr-sun"];
const ROOMS: [&str; 3] = ["hospital-1", "hospital-2", "clinic-c-1"];

/// Pairs of confirmed claims on one resource that share a second, and the number of sessions of tomorrow and later.
async fn overlaps_and_sessions(folder: &std::path::Path) -> (i64, i64) {
    let pool = pool_in(folder).await;
    let overlaps = sqlx::query_scalar(
        "SELECT count(*) FROM claim a JOIN claim b ON a.id < b.id AND a.resource_kind = b.resource_kind
           AND a.resource_id = b.resource_id AND a.starts_s < b.ends_s AND b.starts_s < a.ends_s
         WHERE a.state = 'confirmed' AND b.state = 'confirmed'",
    );
    let sessions = sqlx::query_scalar("SELECT count(*) FROM session WHERE booked_by <> 'demo'");
    let counted =
        (overlaps.fetch_one(&pool).await.unwrap(), sessions.fetch_one(&pool).await.unwrap());
    pool.close().await;
    counted
}

/// A wish that differs with `n` and has many like it: 3 resources of 8, in the quarters of an hour of a morning.
fn nth_wish(n: usize) -> Value {
    let quarter = u32::try_from(n * 7 % 12).unwrap();
    let mut wish = consultation(
        &tomorrow(9 + quarter / 4, quarter % 4 * 15),
        &tomorrow(9 + (quarter + 1) / 4, (quarter + 1) % 4 * 15),
    );
    wish["participants"][0]["personId"] = json!(SPECIALISTS[n % 2]);
    wish["participants"][1]["personId"] = json!(VILLAGE_DOCTORS[n / 2 % 3]);
    wish["roomIds"] = json!([ROOMS[n / 6 % 3]]);
    wish
}

/// The answer that decides a wish: who is told that others are writing comes back, as the answer asks for.
async fn decided(county: &County, wish: &Value) -> (StatusCode, Value) {
    let mut answer = county.book(wish).await;
    for _ in 0..20 {
        if answer.0 != StatusCode::SERVICE_UNAVAILABLE {
            break;
        }
        answer = county.book(wish).await;
    }
    answer
}

/// Sends `wishes` all at once and counts the booked; anything but booked or clash fails.
async fn book_all(county: &County, wishes: impl Iterator<Item = Value>) -> i64 {
    let wishes: Vec<Value> = wishes.collect();
    let answers = join_all(wishes.iter().map(|wish| decided(county, wish))).await;
    let mut booked = 0;
    for (status, body) in answers {
        assert!(matches!(status, StatusCode::CREATED | StatusCode::CONFLICT), "{body}");
        booked += i64::from(status == StatusCode::CREATED);
    }
    booked
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_for_one_slot_exactly_one_wins() {
    let county = County::start().await;
    let wish = consultation(&tomorrow(9, 0), &tomorrow(9, 30));
    assert_eq!(book_all(&county, (0..64).map(|_| wish.clone())).await, 1);
    assert_eq!(overlaps_and_sessions(county.folder.as_ref().unwrap().path()).await, (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_rooms_on_one_store_never_overlap() {
    let folder = tempfile::TempDir::new().unwrap();
    let one = County::start_in(folder.path(), Config::default()).await;
    let two = County::start_in(folder.path(), Config::default()).await;
    let (by_one, by_two) = tokio::join!(
        book_all(&one, (0..200).map(nth_wish)),
        book_all(&two, (0..200).rev().map(nth_wish))
    );
    assert_eq!(overlaps_and_sessions(folder.path()).await, (0, by_one + by_two));
    assert!(by_one + by_two >= 12, "every quarter of an hour has a winner: {by_one} + {by_two}");
}

const OTHER: &str = "SHANQIAO_TEST_OTHER";
/// 16 processes that each try so often.
const PROCESSES: usize = 16;
const ATTEMPTS: usize = 160;
/// 20 specialists, 20 village doctors and 10 rooms: 50 that can be booked.
const OF_EACH: usize = 20;
const RACED_ROOMS: usize = 10;

/// A wish for three of them in one of 24 stretches of tomorrow, another one for each `n` of each process.
fn raced_wish(process: usize, n: usize) -> Value {
    let mut chance = (process * ATTEMPTS + n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    chance = (chance ^ (chance >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    chance ^= chance >> 32;
    let stretch = u32::try_from(chance / 4_000 % 24).unwrap();
    let mut wish = consultation(
        &tomorrow(9 + stretch / 3, stretch % 3 * 20),
        &tomorrow(9 + (stretch + 1) / 3, (stretch + 1) % 3 * 20),
    );
    wish["participants"][0]["personId"] = json!(format!("specialist-{}", chance % OF_EACH));
    wish["participants"][1]["personId"] = json!(format!("doctor-{}", chance / 20 % OF_EACH));
    wish["roomIds"] = json!([format!("room-{}", chance / 400 % RACED_ROOMS)]);
    wish
}

async fn make_fifty(folder: &std::path::Path) {
    let pool = pool_in(folder).await;
    for n in 0..OF_EACH {
        for (person, role) in [("specialist", "specialist"), ("doctor", "village_doctor")] {
            let id = format!("{person}-{n}");
            let person = "INSERT INTO person (id, names, organization_id)
                          SELECT $1, '{\"zh\":\"' || $1 || '\"}', id FROM organization ORDER BY id LIMIT 1";
            sqlx::query(person).bind(&id).execute(&pool).await.unwrap();
            let holds = sqlx::query(
                "INSERT INTO assignment (person_id, role, scope_kind, scope_id, given_by, given_s) VALUES ($1, $2, 'home', '', 'test', 0)",
            );
            holds.bind(&id).bind(role).execute(&pool).await.unwrap();
        }
    }
    for n in 0..RACED_ROOMS {
        let room = "INSERT INTO room (id, names, organization_id)
                    SELECT $1, '{\"zh\":\"' || $1 || '\"}', id FROM organization ORDER BY id LIMIT 1";
        sqlx::query(room).bind(format!("room-{n}")).execute(&pool).await.unwrap();
    }
    pool.close().await;
}

/// Not a test of its own: what each process of the next test does.
#[tokio::test(flavor = "multi_thread")]
async fn the_other_process() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how this test is told that it is the other process"
    )]
    let Ok(told) = std::env::var(OTHER) else { return };
    let (process, folder) = told.split_once(' ').unwrap();
    let process = process.parse().unwrap();
    let county = County::start_in(folder.as_ref(), Config::default()).await;
    for four in 0..ATTEMPTS / 4 {
        book_all(&county, (0..4).map(|n| raced_wish(process, four * 4 + n))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_on_one_store_never_overlap() {
    let folder = tempfile::TempDir::new().unwrap();
    let county = County::start_in(folder.path(), Config::default()).await;
    make_fifty(folder.path()).await;
    let others: Vec<_> = (0..PROCESSES)
        .map(|process| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "no_double_booking::the_other_process", "--nocapture"])
                .env(OTHER, format!("{process} {}", folder.path().display()))
                .envs(database::is_postgres().then(|| (database::SERVER, database::server())))
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut other in others {
        let ended = tokio::task::spawn_blocking(move || other.wait().unwrap()).await.unwrap();
        assert!(ended.success(), "each attempt was booked or refused as taken");
    }
    let (overlaps, sessions) = overlaps_and_sessions(folder.path()).await;
    assert_eq!(overlaps, 0);
    assert!(sessions >= 100, "of {} attempts {sessions} were booked", PROCESSES * ATTEMPTS);
    county.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_hang_up_in_the_middle_leave_nothing_half_done() {
    let county = County::start().await;
    let folder = county.folder.as_ref().unwrap().path();
    for n in 0..150 {
        let wish = nth_wish(n);
        let patience = Duration::from_micros(u64::try_from(n * 37 % 4000).unwrap());
        let _ = tokio::time::timeout(patience, county.book(&wish)).await;
    }
    let (status, body) = county.book(&consultation(&tomorrow(20, 0), &tomorrow(20, 30))).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let (overlaps, sessions) = overlaps_and_sessions(folder).await;
    let pool = pool_in(folder).await;
    let whole = "SELECT count(*) FROM session WHERE booked_by <> 'demo'
                   AND (SELECT count(*) FROM claim WHERE session_id = session.id) >= 3";
    let whole: i64 = sqlx::query_scalar(whole).fetch_one(&pool).await.unwrap();
    assert_eq!((overlaps, whole), (0, sessions));
}

#[tokio::test]
async fn the_store_itself_refuses_what_no_handler_checked() {
    let county = County::start().await;
    let (_, made) = county.book(&consultation(&tomorrow(9, 0), &tomorrow(9, 30))).await;
    let (_, later) = county.book(&consultation(&tomorrow(10, 0), &tomorrow(10, 30))).await;
    let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
    let refused = |result: Result<_, sqlx::Error>| {
        let words = ["slot-taken", "claim_no_overlap"];
        result.err().is_some_and(|error| words.iter().any(|it| error.to_string().contains(it)))
    };
    let inserted = sqlx::query(
        "INSERT INTO claim (session_id, resource_kind, resource_id, starts_s, ends_s, state)
         SELECT $2, resource_kind, resource_id, ends_s - 1, ends_s + 60, 'confirmed' FROM claim
         WHERE session_id = $1 AND resource_id = 'dr-chen'",
    );
    let (made, later) = (made["id"].as_str().unwrap(), later["id"].as_str().unwrap());
    let other = sqlx::query("SELECT id FROM session WHERE booked_by = 'demo' LIMIT 1");
    let demo: String = sqlx::Row::get(&other.fetch_one(&pool).await.unwrap(), 0);
    assert!(refused(inserted.bind(made).bind(demo).execute(&pool).await));
    let moved =
        "UPDATE claim SET starts_s = starts_s - 3600, ends_s = ends_s - 3600 WHERE session_id = $1";
    assert!(refused(sqlx::query(moved).bind(later).execute(&pool).await));
    let too_long =
        sqlx::query("UPDATE claim SET ends_s = starts_s + 43201 WHERE session_id = $1").bind(later);
    assert!(
        too_long.execute(&pool).await.is_err(),
        "the search for overlaps rests on the 12 hours"
    );
    pool.close().await;
}

/// One step of a history: the people, a quarter of an hour of tomorrow, how many quarters, and whether to cancel again.
type Step = (usize, usize, usize, u64, u64, bool);

fn step() -> impl Strategy<Value = Step> {
    (0usize..2, 0usize..3, 0usize..3, 0u64..40, 1u64..9, prop::bool::weighted(0.3))
}

async fn follow(county: &County, model: &mut Calendar<String>, step: Step) {
    let (specialist, doctor, room, quarter, quarters, cancel) = step;
    let resources =
        [SPECIALISTS[specialist], VILLAGE_DOCTORS[doctor], ROOMS[room]].map(str::to_owned);
    let start = UnixS(NOW_S + 86_400 + quarter * 900);
    let wanted = Interval::new(start, start.plus(quarters * 900)).unwrap();
    let time =
        |at: UnixS| jiff::Timestamp::from_second(i64::try_from(at.0).unwrap()).unwrap().to_string();
    let mut wish = consultation(&time(wanted.start()), &time(wanted.end()));
    wish["participants"][0]["personId"] = json!(resources[0]);
    wish["participants"][1]["personId"] = json!(resources[1]);
    wish["roomIds"] = json!([resources[2]]);
    let (status, body) = county.book(&wish).await;
    let instant = |field: &str| {
        let at: jiff::Timestamp = body[field].as_str().unwrap().parse().unwrap();
        UnixS(u64::try_from(at.as_second()).unwrap())
    };
    match model.claim(&resources, wanted) {
        Ok(()) => {
            assert_eq!(status, StatusCode::CREATED, "{body}");
            if cancel {
                let path = format!("/api/v1/sessions/{}/cancel", body["id"].as_str().unwrap());
                assert_eq!(county.post("scheduler", &path, &json!({})).await.0, StatusCode::OK);
                model.release(&resources, wanted);
            }
        }
        Err(clash) => {
            assert_eq!(status, StatusCode::CONFLICT, "{body}");
            assert_eq!(body["resource"]["id"], clash.resource);
            let one = std::slice::from_ref(&clash.resource);
            let end = UnixS(u64::MAX);
            assert_eq!(
                instant("takenUntil"),
                model.next_free(one, clash.taken.start(), 1, end).unwrap().start()
            );
            assert_eq!(
                instant("nextFree"),
                model.next_free(&resources, wanted.start(), wanted.seconds(), end).unwrap().start()
            );
        }
    }
}

#[test]
fn any_history_of_bookings_goes_as_the_calendar_says() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config =
        ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    let histories = prop::collection::vec(step(), 1..60);
    let ran = TestRunner::new(config).run(&histories, |history| {
        runtime.block_on(async {
            let county = County::start().await;
            let mut model = Calendar::default();
            for step in history {
                follow(&county, &mut model, step).await;
            }
            assert_eq!(overlaps_and_sessions(county.folder.as_ref().unwrap().path()).await.0, 0);
        });
        Ok(())
    });
    ran.unwrap();
}
