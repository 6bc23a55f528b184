//! The store: the only place with SQL.
//!
//! SQLite in one file, write-ahead log, every commit on the disk before it is answered. One connection writes, so that
//! writers of this process queue up in order; several read. Writers of other processes wait by `busy_timeout`.

mod accounts;
mod areas;
mod availability;
mod bookings;
mod changes;
mod events;
mod feeds;
mod idempotency;
mod line_claims;
mod line_times;
mod lines;
mod links;
mod logins;
mod people;
mod receipts;
mod receptions;
mod recordings;
mod register;
mod rows;
mod series;
mod series_rows;
mod sessions;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

pub(crate) use accounts::{Account, Kept, MadeAccount, SetUp, SetUpDone, Switched};
pub(crate) use areas::FoundArea;
pub(crate) use availability::Bookable;
pub(crate) use bookings::{BookError, Booked, Cancelled, Clash};
pub(crate) use changes::{ChangeError, Revision};
pub(crate) use events::{Act, Event, EventKind, Terms, Which};
pub(crate) use feeds::FeedOwner;
pub(crate) use idempotency::{Bounds, Key};
pub(crate) use line_claims::{LineRefused, SiteMisfit, SiteOutlook};
pub(crate) use lines::{BookableLine, BookedLine, LinePut};
pub(crate) use links::{Link, LinkPurpose, LinkState, NewLink};
pub(crate) use logins::NewLogin;
pub(crate) use people::Directory;
pub(crate) use receptions::Reception;
pub(crate) use recordings::Recorded;
pub(crate) use rows::{
    ADMINISTRATOR, Attendee, LineTerms, NewSession, Organization, Person, Resource, Room,
    SCHEDULER, Session, SiteLine,
};
pub(crate) use series::SeriesError;
pub(crate) use series_rows::{NewSeries, Occurrence, Outcome, Series, Template};

/// File in the data folder.
const FILE: &str = "scheduler.sqlite3";
const READERS: u32 = 4;
/// How long a request waits for its turn to write before it is told to come back.
const WAIT: Duration = Duration::from_secs(5);

const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("cannot write to {path}: {why}")]
    NotWritable { path: PathBuf, why: String },
    #[error("{path} is damaged: {why}")]
    Damaged { path: PathBuf, why: String },
    #[error("{path} was made by a newer version of this program")]
    Newer { path: PathBuf },
    #[error("cannot open {path}: {why}")]
    Other { path: PathBuf, why: String },
}

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// Others are writing; worth another try.
    #[error("the store is busy")]
    Busy,
    /// No space, or the disk refuses.
    #[error("the disk is full or refuses to write: {0}")]
    Disk(String),
    /// A row that this program would not have written.
    #[error("the store holds something unreadable: {0}")]
    Unreadable(String),
    /// Anything else.
    #[error("the store failed: {0}")]
    Other(sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::PoolTimedOut) {
            return Self::Busy;
        }
        match primary_code(&error) {
            Some(5 | 6) => Self::Busy,
            Some(8 | 10 | 13) => Self::Disk(error.to_string()),
            Some(11 | 26) => Self::Unreadable(error.to_string()),
            _ => Self::Other(error),
        }
    }
}

/// SQLite's primary result code: the low byte of the extended one.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// One connection, within a change.
type Connection = sqlx::SqliteConnection;
/// A transaction that writes. Dropped without a commit, it leaves nothing.
type Change = sqlx::Transaction<'static, sqlx::Sqlite>;

/// The open store; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Store {
    /// Opens or makes the store in `folder`, brings its form up to date and checks that it is whole.
    pub(crate) async fn open(folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join(FILE);
        prepare_folder(folder).map_err(|why| OpenError::NotWritable {
            path: folder.to_owned(),
            why: why.to_string(),
        })?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(WAIT);
        let opened = |error: sqlx::Error| open_error(&path, &error);
        let writer = connect_writer(&options).await.map_err(opened)?;
        check_whole(&writer, &path).await?;
        bring_up_to_date(&writer, &path).await?;
        let readers = pool_of(READERS).connect_with(options).await.map_err(opened)?;
        Ok(Self { writer, readers })
    }

    /// Whether the store can be read and its write lock be taken.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT id FROM organization LIMIT 1").fetch_optional(&self.readers).await?;
        self.writer.begin_with("BEGIN IMMEDIATE").await?.rollback().await?;
        Ok(())
    }

    /// Begins a change; it waits for its turn.
    async fn change(&self) -> Result<Change, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Closes every connection; the write-ahead log is folded into the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Makes the folder and tries a write in it: SQLite's own message for a read-only folder names neither.
fn prepare_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let probe = folder.join(format!(".scheduler-probe-{}", uuid::Uuid::now_v7()));
    std::fs::write(&probe, b"")?;
    std::fs::remove_file(&probe)
}

fn pool_of(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(connections).acquire_timeout(WAIT)
}

/// The first connection turns the write-ahead log on, and for that SQLite does not wait by `busy_timeout`.
async fn connect_writer(options: &SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    let connected = tokio::time::timeout(WAIT * 2, async {
        loop {
            match pool_of(1).connect_with(options.clone()).await {
                Err(error) if primary_code(&error) == Some(5) => {
                    tokio::time::sleep(BETWEEN_TRIES).await
                }
                other => return other,
            }
        }
    });
    connected.await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// Applies the migrations that are missing, under the write lock: two programs that start at once do not both apply them.
async fn bring_up_to_date(pool: &SqlitePool, path: &Path) -> Result<(), OpenError> {
    let opened = |error: sqlx::Error| open_error(path, &error);
    let mut change = pool.begin_with("BEGIN IMMEDIATE").await.map_err(opened)?;
    let migrated = sqlx::migrate!("./migrations").run(&mut *change).await;
    migrated.map_err(|error| migrate_error(path, &error))?;
    change.commit().await.map_err(opened)
}

async fn check_whole(pool: &SqlitePool, path: &Path) -> Result<(), OpenError> {
    let said: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(3)")
        .fetch_all(pool)
        .await
        .map_err(|error| open_error(path, &error))?;
    if said.iter().any(|line| line == "ok") {
        return Ok(());
    }
    Err(OpenError::Damaged { path: path.to_owned(), why: said.join("; ") })
}

fn open_error(path: &Path, error: &sqlx::Error) -> OpenError {
    let (path, why) = (path.to_owned(), error.to_string());
    match primary_code(error) {
        Some(8 | 13 | 14) => OpenError::NotWritable { path, why },
        Some(11 | 26) => OpenError::Damaged { path, why },
        _ => OpenError::Other { path, why },
    }
}

fn migrate_error(path: &Path, error: &MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => {
            OpenError::Newer { path: path.to_owned() }
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            open_error(path, error)
        }
        other => OpenError::Other { path: path.to_owned(), why: other.to_string() },
    }
}
