//! A county on PostgreSQL: several schedulers on one database, a server that is not as it should be, and no password shown.
//! These run on PostgreSQL whatever the other tests run on.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::county::database::{
    SERVER, Server, administrator, make, name_for, postgres_in, server, url_of,
};
use crate::county::{County, assert_problem, consultation, keys, tomorrow};
use reqwest::{Method, StatusCode};
use scheduler::{Config, DatabaseUrl, Scheduler, StartError};
use serde_json::{Value, json};
use sqlx::{Connection, Executor};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// A database of its own with all tables.
async fn fresh() -> (TempDir, DatabaseUrl) {
    let folder = TempDir::new().unwrap();
    let database = postgres_in(folder.path()).await;
    (folder, database)
}

async fn county_on(database: &DatabaseUrl) -> County {
    let config = Config { demo: true, database: database.clone(), ..Config::default() };
    County::start_by(config).await
}

async fn refused(database: DatabaseUrl) -> StartError {
    let config = Config { database, ..Config::default() };
    Scheduler::start(config, keys()).await.map(|_| ()).unwrap_err()
}

fn wish() -> Value {
    consultation(&tomorrow(9, 0), &tomorrow(9, 30))
}

#[tokio::test]
async fn two_schedulers_on_one_database_serve_one_county() {
    let (_folder, database) = fresh().await;
    let (one, two) = (county_on(&database).await, county_on(&database).await);
    let (status, made) = one.book(&wish()).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let path = format!("/api/v1/sessions/{}", made["id"].as_str().unwrap());
    assert_eq!(two.get("dr-zhao", &path).await, (StatusCode::OK, made.clone()));
    let (status, problem) = two.book(&wish()).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_problem(&problem, "slot-taken", 409);
    let (status, _) = two.post("scheduler", &format!("{path}/cancel"), &json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(one.book(&wish()).await.0, StatusCode::CREATED, "it is free for both again");
}

#[tokio::test]
async fn a_request_that_goes_to_another_scheduler_the_second_time_is_carried_out_once() {
    let (_folder, database) = fresh().await;
    let (one, two) = (county_on(&database).await, county_on(&database).await);
    let mut answers = vec![];
    for county in [&one, &two] {
        let request = county.by("scheduler", Method::POST, "/api/v1/sessions");
        answers.push(county::answer(request.header("Idempotency-Key", "a").json(&wish())).await);
    }
    assert_eq!(answers[0].0, StatusCode::CREATED);
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_the_changes_of_one_misses_none_of_the_others() {
    let (_folder, database) = fresh().await;
    let (one, two) = (county_on(&database).await, county_on(&database).await);
    let (status, page) = one.get("scheduler", "/api/v1/changes?since=latest").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let wishes = |minute: u32| {
        (0..24).map(move |hour| consultation(&tomorrow(hour, minute), &tomorrow(hour, minute + 20)))
    };
    let book_all = async |county: &County, minute: u32| {
        for wish in wishes(minute) {
            assert_eq!(county.book(&wish).await.0, StatusCode::CREATED);
        }
    };
    let follow = async {
        let mut numbers: Vec<i64> = vec![];
        let mut since = page["next"].as_str().unwrap().to_owned();
        while numbers.len() < 48 {
            let (_, page) = one.get("scheduler", &format!("/api/v1/changes?since={since}")).await;
            let events = page["events"].as_array().unwrap().iter();
            numbers.extend(events.map(|event| event["number"].as_i64().unwrap()));
            since = page["next"].as_str().unwrap().to_owned();
        }
        numbers
    };
    let follow = timeout(Duration::from_secs(120), follow);
    let (numbers, ..) = tokio::join!(follow, book_all(&one, 0), book_all(&two, 30));
    let numbers = numbers.expect("an event was missed for good");
    let first = numbers[0];
    assert_eq!(numbers, (first..first + 48).collect::<Vec<_>>());
}

const OTHER: &str = "SHANQIAO_TEST_OTHER";

/// Not a test of its own: the other process of the next one. It tells where it serves, and serves until it is killed.
#[tokio::test(flavor = "multi_thread")]
async fn the_other_scheduler() {
    #[expect(clippy::disallowed_methods, reason = "how it is told that it is the other process")]
    let Ok(told) = std::env::var(OTHER) else { return };
    let (teller, folder) = told.split_once(' ').unwrap();
    let county = county_on(&url_of(&name_for(folder.as_ref()))).await;
    let mut parent = TcpStream::connect(teller).await.unwrap();
    parent.write_all(format!("{}\n", county.base).as_bytes()).await.unwrap();
    let _ = parent.read_u8().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduler_that_is_killed_leaves_the_county_to_the_other() {
    let (folder, database) = fresh().await;
    let here = county_on(&database).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let teller = listener.local_addr().unwrap();
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "on_postgresql::the_other_scheduler"])
        .env(OTHER, format!("{teller} {}", folder.path().display()))
        .env(SERVER, server())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (stream, _) = timeout(Duration::from_secs(60), listener.accept()).await.unwrap().unwrap();
    let mut stream = BufReader::new(stream);
    let mut base = String::new();
    stream.read_line(&mut base).await.unwrap();
    let base = base.trim();
    let there = here.by("scheduler", Method::POST, "/api/v1/sessions").build().unwrap();
    let there =
        here.client.post(format!("{base}/api/v1/sessions")).headers(there.headers().clone());
    let made = there.json(&wish()).send().await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(here.book(&wish()).await.0, StatusCode::CONFLICT, "what it booked stands");
    let later = consultation(&tomorrow(10, 0), &tomorrow(10, 30));
    assert_eq!(here.book(&later).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_server_that_restarts_is_found_again() {
    let (folder, database) = fresh().await;
    let county = county_on(&database).await;
    let mut administrator = administrator("postgres").await;
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1";
    let ended: i64 = sqlx::query_scalar(end)
        .bind(name_for(folder.path()))
        .fetch_one(&mut administrator)
        .await
        .unwrap();
    assert!(ended >= 2, "{ended}");
    let mut answers = vec![];
    for _ in 0..10 {
        let (status, body) = county.book(&wish()).await;
        answers.push(status);
        if status == StatusCode::CREATED {
            return;
        }
        assert_problem(&body, "busy", 503);
    }
    panic!("{answers:?}");
}

/// Its log is forced after the turn to write, so what was answered must not be among what a crash takes.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_there_after_the_server_has_crashed() {
    const BOOKED: &str = "SELECT count(*) FROM session";
    let server = Server::start();
    let url = format!("postgres:///postgres?host={}&user=shanqiao", server.socket);
    let county = county_on(&url.clone().into()).await;
    sqlx::any::install_default_drivers();
    let mut beside = sqlx::AnyConnection::connect(&url).await.unwrap();
    let backend: i64 = sqlx::query_scalar("SELECT CAST(pg_backend_pid() AS BIGINT)")
        .fetch_one(&mut beside)
        .await
        .unwrap();
    for hour in 0..24 {
        let wish = consultation(&tomorrow(hour, 0), &tomorrow(hour, 30));
        assert_eq!(county.book(&wish).await.0, StatusCode::CREATED);
    }
    let booked: i64 = sqlx::query_scalar(BOOKED).fetch_one(&mut beside).await.unwrap();
    // A process of the server that is killed takes with it all that is only in the memory that they share.
    assert!(Command::new("kill").args(["-KILL", &backend.to_string()]).status().unwrap().success());
    let count = async {
        loop {
            let Ok(mut again) = sqlx::AnyConnection::connect(&url).await else { continue };
            let counted = sqlx::query_scalar(BOOKED).fetch_one(&mut again).await;
            if let Ok(count) = counted {
                break count;
            }
        }
    };
    let there: i64 = timeout(Duration::from_secs(60), count).await.unwrap();
    assert_eq!(there, booked);
}

#[tokio::test]
async fn who_waits_too_long_for_the_turn_to_write_is_told_to_come_back() {
    let (folder, database) = fresh().await;
    let county = county_on(&database).await;
    let mut other = administrator(&name_for(folder.path())).await;
    other.execute("BEGIN; SELECT pg_advisory_xact_lock(7305512186123449)").await.unwrap();
    let (status, body) = county.book(&wish()).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
    assert_problem(&body, "busy", 503);
    other.execute("ROLLBACK").await.unwrap();
    assert_eq!(county.book(&wish()).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_character_that_is_not_kept_is_refused() {
    let (_folder, database) = fresh().await;
    let county = county_on(&database).await;
    let mut wish = wish();
    wish["roomIds"] = json!(["a\u{0}b"]);
    let (status, body) = county.book(&wish).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    assert_problem(&body, "invalid", 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_first_starts_at_once_make_one_store() {
    let mut maker = administrator("postgres").await;
    for round in 0..3 {
        let name = format!("first_start_{round}");
        make(&mut maker, &name, "template0").await;
        let config = || Config { database: url_of(&name), demo: true, ..Config::default() };
        let (one, two) =
            tokio::join!(Scheduler::start(config(), keys()), Scheduler::start(config(), keys()));
        one.unwrap().stop().await;
        two.unwrap().stop().await;
    }
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_left_alone() {
    let (folder, database) = fresh().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'x', true, '', 0)";
    administrator(&name_for(folder.path())).await.execute(newer).await.unwrap();
    let error = refused(database).await;
    assert!(matches!(error, StartError::Newer { .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_be_used_is_named_with_what_to_do_and_without_the_password() {
    let mut maker = administrator("postgres").await;
    maker.execute("CREATE USER guest PASSWORD 'right'").await.unwrap();
    make(&mut maker, "of_another", "template0").await;
    maker
        .execute("CREATE DATABASE narrow ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
        .await
        .unwrap();
    let at = |rest: &str| format!("{rest}host={}", server());
    let cases = [
        ("postgres://guest:s3cret@127.0.0.1:1/bookings".to_owned(), "Start the server"),
        (at("postgres://guest:s3cret@x/bookings?"), "Correct user and password"),
        (at("postgres:///bookings?user=guest&password=s3cret&"), "Correct user and password"),
        (at("postgres:///nowhere?user=shanqiao&password=s3cret&"), "createdb"),
        (at("postgres:///of_another?user=guest&password=right&"), "owner"),
        (at("postgres:///narrow?user=shanqiao&password=s3cret&"), "UTF8"),
        (at("postgres:///of_another?sslmode=require&user=shanqiao&password=s3cret&"), "TLS"),
        ("mysql://guest:s3cret@127.0.0.1/bookings".to_owned(), "postgres://USER"),
        ("postgres://guest:s3cret@127.0.0.1:port/bookings".to_owned(), "postgres://USER"),
        ("guest:s3cret".to_owned(), "postgres://USER"),
    ];
    for (url, advice) in cases {
        let error = refused(url.clone().into()).await;
        let told = error.to_string();
        assert!(matches!(error, StartError::Database { .. }), "{url}: {told}");
        assert!(told.contains(advice), "{url}: {told}");
        assert!(!told.contains("s3cret") && !told.contains("right@"), "{told}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
}

#[tokio::test]
async fn the_password_is_shown_nowhere() {
    let (_folder, database) = fresh().await;
    let database: DatabaseUrl = {
        let config = Config { database, ..Config::default() };
        let shown = serde_json::to_value(&config).unwrap();
        let name = shown["database"].as_str().unwrap().trim_start_matches("postgres:///");
        format!("postgres:///{name}?host={}&user=shanqiao&password=s3cret", server()).into()
    };
    let config = Config { database, ..Config::default() };
    let texts = [serde_json::to_string(&config).unwrap(), format!("{config:?}")];
    let scheduler = Scheduler::start(config, keys()).await.unwrap();
    for text in texts.into_iter().chain([format!("{scheduler:?}")]) {
        assert!(!text.contains("s3cret"), "{text}");
    }
    scheduler.stop().await;
}

#[test]
fn an_address_is_shown_without_its_password() {
    let cases = [
        ("", ""),
        ("postgres://u:p@h:5432/n", "postgres://u:***@h:5432/n"),
        ("postgres://u@h/n", "postgres://u@h/n"),
        ("postgres://u:p@q:r@h/n", "postgres://u:***@h/n"),
        ("postgres://u:p/q?r@h/n", "postgres://u:***@h/n"),
        ("postgres:///n?host=/run&password=p", "postgres:///n"),
        ("postgres://u:p", "postgres://***"),
        ("u:p@h", "***"),
    ];
    for (url, shown) in cases {
        assert_eq!(DatabaseUrl::from(url.to_owned()).to_string(), shown, "{url}");
    }
}
