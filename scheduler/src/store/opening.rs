//! Opening the store: the file in the data folder or the database of a server, whole, and in the form of this version.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AnyPool, ConnectOptions as _, Connection as _, Executor as _};

use super::durable::Durable;
use super::engine::{Connection, Engine, Fault, WAIT, fault, sqlstate};
use crate::config::DatabaseUrl;

/// File in the data folder.
const FILE: &str = "scheduler.sqlite3";
const READERS: u32 = 4;
/// A connection that was used so lately is not asked whether it is still there: that takes as long as a short question.
const UNTESTED: Duration = Duration::from_millis(250);
const BETWEEN_TRIES: Duration = Duration::from_millis(100);
/// Oldest PostgreSQL: from it on the owner of a database may make the extension that the no-overlap rule needs.
const POSTGRES_MIN: u32 = 130_000;

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("cannot write to {path}: {why}")]
    NotWritable { path: PathBuf, why: String },
    #[error("{path} is damaged: {why}")]
    Damaged { path: PathBuf, why: String },
    #[error("{place} was made by a newer version of this program")]
    Newer { place: String },
    #[error("cannot open {place}: {why}")]
    Other { place: String, why: String },
    /// A server that cannot be used, and what the operator can do about it.
    #[error("cannot use {place}: {why}. {advice}")]
    Server { place: String, why: String, advice: &'static str },
}

/// The pools of an open store: one connection that writes, so that writers of this process queue up in order; some that read.
pub(super) struct Pools {
    pub(super) engine: Engine,
    pub(super) writer: AnyPool,
    pub(super) readers: AnyPool,
    pub(super) durable: Durable,
}

/// Opens the file in `folder`, made if it is not there.
pub(super) async fn sqlite(folder: &Path) -> Result<Pools, OpenError> {
    let path = folder.join(FILE);
    prepare_folder(folder)
        .map_err(|why| OpenError::NotWritable { path: folder.to_owned(), why: why.to_string() })?;
    let failed = |error: sqlx::Error| file_error(&path, &error);
    let options = sqlite_options(&path).map_err(failed)?;
    let mut first = connect_sqlite(&options).await.map_err(failed)?;
    check_whole(&mut first, &path).await?;
    let (writer, readers) = pools(Engine::Sqlite, options).await.map_err(failed)?;
    let durable = Durable::of_file(&path, writer.clone());
    let pools = Pools { engine: Engine::Sqlite, writer, readers, durable };
    let migrations = sqlx::migrate!("./migrations/sqlite");
    bring_up_to_date(&pools, migrations).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            file_error(&path, &error)
        }
        other => migrate_error(&path.display().to_string(), &other),
    })?;
    first.close().await.map_err(failed)?;
    Ok(pools)
}

/// Opens the database of a server; its tables are made if they are not there.
pub(super) async fn postgres(url: &DatabaseUrl) -> Result<Pools, OpenError> {
    let (options, place) = postgres_options(url)?;
    let failed = |error: sqlx::Error| server_error(&place, &error);
    let connecting = tokio::time::timeout(WAIT, options.connect());
    let mut first = match connecting.await {
        Ok(connected) => connected.map_err(failed)?,
        Err(_) => {
            return Err(failed(std::io::Error::from(std::io::ErrorKind::TimedOut).into()));
        }
    };
    check_server(&mut first, &place).await?;
    let durable = Durable::of_server(first, options.clone());
    let (writer, readers) = pools(Engine::Postgres, options).await.map_err(failed)?;
    let pools = Pools { engine: Engine::Postgres, writer, readers, durable };
    let migrations = sqlx::migrate!("./migrations/postgres");
    bring_up_to_date(&pools, migrations).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            server_error(&place, &error)
        }
        other => migrate_error(&place, &other),
    })?;
    Ok(pools)
}

/// Makes the folder and tries a write in it: SQLite's own message for a read-only folder names neither.
fn prepare_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let probe = folder.join(format!(".scheduler-probe-{}", uuid::Uuid::now_v7()));
    std::fs::write(&probe, b"")?;
    std::fs::remove_file(&probe)
}

/// The path as an address: whatever is no letter, digit or one of `/-_.` is escaped.
fn sqlite_options(path: &Path) -> Result<AnyConnectOptions, sqlx::Error> {
    use std::fmt::Write as _;

    let mut url = String::from("sqlite://");
    for byte in std::path::absolute(path)?.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' => url.push(char::from(*byte)),
            letter if letter.is_ascii_alphanumeric() => url.push(char::from(*letter)),
            other => {
                let _ = write!(url, "%{other:02X}");
            }
        }
    }
    url.push_str("?mode=rwc");
    AnyConnectOptions::from_str(&url)
}

/// The first connection turns the write-ahead log on, and for that SQLite does not wait by `busy_timeout`.
async fn connect_sqlite(options: &AnyConnectOptions) -> Result<Connection, sqlx::Error> {
    let connected = tokio::time::timeout(WAIT * 2, async {
        loop {
            let mut connection = options.connect().await?;
            match connection.execute("PRAGMA journal_mode = WAL").await {
                Ok(_) => return Ok(connection),
                Err(error) if fault(&error) == Fault::Busy => {
                    tokio::time::sleep(BETWEEN_TRIES).await;
                }
                Err(error) => return Err(error),
            }
        }
    });
    connected.await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

async fn check_whole(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    // Files of cases are gigabytes, and each is held against its hash when it is read.
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'care_case_piece' ORDER BY rootpage",
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(|error| file_error(path, &error))?;
    for table in tables {
        let check = format!("PRAGMA quick_check(\"{}\")", table.replace('"', "\"\""));
        let said: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(check))
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| file_error(path, &error))?;
        if !said.iter().any(|line| line == "ok") {
            let why = said.iter().take(3).map(String::as_str).collect::<Vec<_>>().join("; ");
            return Err(OpenError::Damaged { path: path.to_owned(), why });
        }
    }
    Ok(())
}

/// How to reach the server, and its name without a password.
fn postgres_options(url: &DatabaseUrl) -> Result<(AnyConnectOptions, String), OpenError> {
    let refused = |why: String| OpenError::Server {
        place: url.to_string(),
        why,
        advice: "Set `database` under [scheduler] to postgres://USER:PASSWORD@HOST:5432/NAME, or leave it out to keep the bookings in the data folder",
    };
    let text = url.secret();
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return Err(refused("it is no address of a PostgreSQL database".into()));
    }
    PgConnectOptions::from_str(text).map_err(|error| refused(error.to_string()))?;
    let options = AnyConnectOptions::from_str(text).map_err(|error| refused(error.to_string()))?;
    Ok((options, url.to_string()))
}

/// The server is new enough and keeps every letter.
async fn check_server(connection: &mut Connection, place: &str) -> Result<(), OpenError> {
    let (version, encoding): (String, String) = sqlx::query_as(
        "SELECT current_setting('server_version_num'), current_setting('server_encoding')",
    )
    .fetch_one(connection)
    .await
    .map_err(|error| server_error(place, &error))?;
    let refused = |why, advice| Err(OpenError::Server { place: place.to_owned(), why, advice });
    if version.parse().is_ok_and(|version: u32| version < POSTGRES_MIN) {
        return refused(
            format!("it is PostgreSQL {version}"),
            "Use a server of version 13 or newer",
        );
    }
    if encoding != "UTF8" {
        return refused(
            format!("it keeps texts as {encoding}"),
            "Make a database that keeps every letter: createdb --encoding UTF8 --template template0 NAME",
        );
    }
    Ok(())
}

/// The one that writes, and those that read.
async fn pools(
    engine: Engine,
    options: AnyConnectOptions,
) -> Result<(AnyPool, AnyPool), sqlx::Error> {
    let pool = |connections| {
        AnyPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(WAIT)
            .test_before_acquire(false)
            .before_acquire(|connection, told| {
                Box::pin(async move {
                    if told.idle_for > UNTESTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(move |connection, _| {
                Box::pin(async move { connection.execute(engine.settings()).await.map(drop) })
            })
    };
    let writer = pool(1).connect_with(options.clone()).await?;
    let readers = pool(READERS).connect_with(options).await?;
    Ok((writer, readers))
}

/// Applies the migrations that are missing, as one change: two programs that start at once do not both apply them.
async fn bring_up_to_date(pools: &Pools, mut migrations: Migrator) -> Result<(), MigrateError> {
    // The change holds a lock already.
    migrations.set_locking(false);
    let mut change = pools.engine.begin(&pools.writer, &pools.durable).await?;
    migrations.run(&mut *change).await?;
    Ok(change.commit().await?)
}

fn file_error(path: &Path, error: &sqlx::Error) -> OpenError {
    let why = error.to_string();
    match fault(error) {
        Fault::NotWritable => OpenError::NotWritable { path: path.to_owned(), why },
        Fault::Damaged => OpenError::Damaged { path: path.to_owned(), why },
        _ => OpenError::Other { place: path.display().to_string(), why },
    }
}

fn server_error(place: &str, error: &sqlx::Error) -> OpenError {
    let advice = match (sqlstate(error), error) {
        (Some("28P01" | "28000"), _) => {
            "Correct user and password in `database` under [scheduler], or let this user in on the server (pg_hba.conf)"
        }
        (Some("3D000"), _) => "Make that database on the server: createdb --owner USER NAME",
        (Some("42501"), _) => {
            "Make the user the owner of the database on the server: ALTER DATABASE NAME OWNER TO USER"
        }
        (Some("58P01" | "0A000"), _) => {
            "Install PostgreSQL's own extensions on the server (btree_gist; Debian: the package postgresql)"
        }
        (Some("53300"), _) => "Allow more connections on the server (max_connections)",
        (None, sqlx::Error::Tls(_)) => {
            "This program speaks to PostgreSQL without TLS: use a server on this machine or behind a tunnel, without sslmode"
        }
        (None, _) => {
            "Start the server, or correct host and port in `database` under [scheduler]; a firewall between must let it through"
        }
        (Some(_), _) => "The server's log says more",
    };
    OpenError::Server { place: place.to_owned(), why: error.to_string(), advice }
}

fn migrate_error(place: &str, error: &MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => {
            OpenError::Newer { place: place.to_owned() }
        }
        other => OpenError::Other { place: place.to_owned(), why: other.to_string() },
    }
}
