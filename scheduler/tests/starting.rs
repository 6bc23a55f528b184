//! A start that fails says what to do.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county;
use std::fs;
use std::path::Path;

use crate::county::{County, keys};
use scheduler::{Config, Scheduler, StartError};
use tempfile::TempDir;

async fn refused(config: Config) -> StartError {
    Scheduler::start(config, keys()).await.map(|_| ()).unwrap_err()
}

fn within(data: &Path) -> Config {
    Config { data: data.to_owned(), ..Config::default() }
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_made() {
    let folder = TempDir::new().unwrap();
    let scheduler = Scheduler::start(within(&folder.path().join("a/b")), keys()).await.unwrap();
    assert_eq!(scheduler.ready(), Ok(()));
    assert!(scheduler.demo_links("http://x").is_empty(), "no demo, no links");
    scheduler.stop().await;
    assert!(folder.path().join("a/b/scheduler.sqlite3").is_file());
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for data in [file.as_path(), &file.join("below"), Path::new("/proc/nowhere")] {
        let error = refused(within(data)).await;
        assert!(matches!(&error, StartError::NotWritable { path, .. } if path == data), "{error}");
        assert!(error.to_string().contains("--data"), "{error}");
    }
}

#[tokio::test]
async fn a_damaged_store_is_named_and_not_touched() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("scheduler.sqlite3");
    fs::write(&file, "this is no database, it only has the name of one".repeat(200)).unwrap();
    let before = fs::read(&file).unwrap();
    let error = refused(within(folder.path())).await;
    assert!(matches!(&error, StartError::Damaged { path, .. } if *path == file), "{error}");
    assert!(error.to_string().contains("Move it away"), "{error}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn a_store_with_a_page_overwritten_is_damaged() {
    let county = County::start_on_a_file().await;
    let folder = county.stop().await.unwrap();
    let file = folder.path().join("scheduler.sqlite3");
    let mut bytes = fs::read(&file).unwrap();
    for page in 2..bytes.len() / 4096 {
        bytes[page * 4096..page * 4096 + 512].fill(0xa5);
    }
    fs::write(&file, bytes).unwrap();
    let error = refused(within(folder.path())).await;
    assert!(matches!(error, StartError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_left_alone() {
    let county = County::start_on_a_file().await;
    let folder = county.stop().await.unwrap();
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("scheduler.sqlite3"));
    let pool = sqlx::sqlite::SqlitePool::connect_with(options).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'x', 1, x'00', 0)";
    sqlx::query(newer).execute(&pool).await.unwrap();
    pool.close().await;
    let error = refused(within(folder.path())).await;
    assert!(matches!(error, StartError::Newer { .. }), "{error}");
}

#[tokio::test]
async fn a_store_that_still_has_the_table_of_events_is_brought_up_to_date() {
    let county = County::start_on_a_file().await;
    let folder = county.stop().await.unwrap();
    let file = folder.path().join("scheduler.sqlite3");
    let open = || async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
        sqlx::sqlite::SqlitePool::connect_with(options).await.unwrap()
    };
    let pool = open().await;
    let before = "DELETE FROM _sqlx_migrations WHERE version = 2;
        CREATE TABLE event (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
        CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'append-only'); END;
        INSERT INTO event (body) VALUES ('{}')";
    sqlx::raw_sql(before).execute(&pool).await.unwrap();
    pool.close().await;
    Scheduler::start(within(folder.path()), keys()).await.unwrap().stop().await;
    let pool = open().await;
    let left = "SELECT count(*) FROM sqlite_schema WHERE tbl_name = 'event'";
    assert_eq!(sqlx::query_scalar::<_, i64>(left).fetch_one(&pool).await.unwrap(), 0);
    let people: i64 =
        sqlx::query_scalar("SELECT count(*) FROM person").fetch_one(&pool).await.unwrap();
    assert!(people > 0, "all else is as it was");
}

/// The tables of SQLite as they were before there was another database: files of counties have run them, so they stay to the
/// letter. First letters of the SHA-384 that such a file holds of each.
const RELEASED: [&str; 12] = [
    "145f5256a9913cb0",
    "4c9dd477a4a93452",
    "e15167f9aaff1f13",
    "a500eb8bf6f147a8",
    "e41117d189d9596d",
    "87c465d7b63b696d",
    "6bb9ad22781524d3",
    "a56546d932646bb2",
    "15cb7963458eadd9",
    "2ab028ed5e54a995",
    "53f8276764bbe68c",
    "d1b929f1354a6bd5",
];

/// Makes the store that the version before had in this folder, with a person and what the person received.
async fn make_file_of_the_version_before(folder: &Path) {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(folder.join("scheduler.sqlite3"))
        .create_if_missing(true);
    let pool = sqlx::sqlite::SqlitePool::connect_with(options).await.unwrap();
    let all = sqlx::migrate!("./migrations/sqlite");
    let before = all.iter().take(RELEASED.len()).cloned().collect();
    sqlx::migrate::Migrator::with_migrations(before).run(&pool).await.unwrap();
    let rows = r#"INSERT INTO organization (id, name, name_en, kind) VALUES ('o', '院', 'Hospital', 'health');
        INSERT INTO person (id, name, name_en, organization_id) VALUES ('p', '王', 'Wang', 'o');
        INSERT INTO session (id, kind, title, starts_s, ends_s, state, recording, booked_by, booked_s)
        VALUES ('s', 'consultation', '会诊', 100, 200, 'scheduled', 0, 'p', 50);
        INSERT INTO attendance (session_id, identity, sums) VALUES ('s', 'both', '{"wireBytes":7,"upBytes":5}');
        INSERT INTO attendance (session_id, identity, sums) VALUES ('s', 'down', '{"wireBytes":3}')"#;
    sqlx::raw_sql(rows).execute(&pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn a_folder_of_the_version_before_is_brought_up_to_date_with_all_that_is_in_it() {
    let folder = TempDir::new().unwrap();
    make_file_of_the_version_before(folder.path()).await;
    Scheduler::start(within(folder.path()), keys()).await.unwrap().stop().await;
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("scheduler.sqlite3"));
    let pool = sqlx::sqlite::SqlitePool::connect_with(options).await.unwrap();
    let sums: Vec<String> =
        sqlx::query_scalar("SELECT lower(hex(checksum)) FROM _sqlx_migrations ORDER BY version")
            .fetch_all(&pool)
            .await
            .unwrap();
    for (released, kept) in RELEASED.iter().zip(&sums) {
        assert!(kept.starts_with(released), "{kept} is {released}");
    }
    assert_eq!(sums.len(), sqlx::migrate!("./migrations/sqlite").iter().count());
    let people: Vec<String> =
        sqlx::query_scalar("SELECT names FROM person").fetch_all(&pool).await.unwrap();
    assert_eq!(people, [r#"{"zh":"王","en":"Wang"}"#]);
    let bytes: Vec<i64> = sqlx::query_scalar("SELECT bytes FROM attendance ORDER BY identity")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(bytes, [12, 3], "sums that were kept before bytes stood beside them are counted");
}

#[test]
fn both_databases_have_the_same_steps() {
    let steps = |all: sqlx::migrate::Migrator| -> Vec<(i64, String)> {
        all.iter().map(|it| (it.version, it.description.to_string())).collect()
    };
    let sqlite = steps(sqlx::migrate!("./migrations/sqlite"));
    assert_eq!(sqlite, steps(sqlx::migrate!("./migrations/postgres")));
}

#[tokio::test]
async fn an_unknown_time_zone_is_named() {
    let folder = TempDir::new().unwrap();
    let error = refused(Config { time_zone: "Mars/Olympus".into(), ..within(folder.path()) }).await;
    assert!(matches!(&error, StartError::TimeZone(name) if name == "Mars/Olympus"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_first_starts_at_once_make_one_store() {
    for _ in 0..10 {
        let folder = TempDir::new().unwrap();
        let config = || Config { demo: true, ..within(folder.path()) };
        let (one, two) =
            tokio::join!(Scheduler::start(config(), keys()), Scheduler::start(config(), keys()));
        one.unwrap().stop().await;
        two.unwrap().stop().await;
    }
}

#[tokio::test]
async fn the_routes_merge_with_others_and_leave_them_their_paths() {
    let folder = TempDir::new().unwrap();
    let scheduler = Scheduler::start(within(folder.path()), keys()).await.unwrap();
    let others = axum::Router::new().fallback(|| async { "others" });
    let router = others.merge(scheduler.router());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    for (path, status) in
        [("/", 200), ("/rtc", 200), ("/apis", 200), ("/api/x", 404), ("/api/v1/me", 401)]
    {
        let response = reqwest::get(format!("{base}{path}")).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(county::is_problem(&response), status != 200, "{path}");
    }
}

#[test]
fn a_configuration_has_defaults_and_refuses_unknown_keys() {
    let read = |text| serde_json::from_str::<Config>(text);
    assert_eq!(read("{}").unwrap(), Config::default());
    assert_eq!(read(r#"{ "demo": true }"#).unwrap(), Config { demo: true, ..Config::default() });
    assert!(read(r#"{ "demos": true }"#).is_err());
}
