//! SQLite or PostgreSQL: how a change begins in each, what a connection is set to, and what their errors mean. Everything
//! else in which they differ is in `opening` and in the two folders of migrations.

use std::time::Duration;

use sqlx::any::Any;
use sqlx::postgres::PgDatabaseError;
use sqlx::{AnyPool, Executor as _};

/// One connection, within a change or for reading.
pub(super) type Connection = sqlx::AnyConnection;
/// A transaction that writes. Dropped without a commit, it leaves nothing.
pub(super) type Change = sqlx::Transaction<'static, Any>;

/// How long a request waits for its turn to write before it is told to come back.
pub(super) const WAIT: Duration = Duration::from_secs(5);

/// The lock of PostgreSQL that stands for the right to change this store; every program takes the same.
const TAKE_TURN: &str = "SELECT pg_advisory_xact_lock(7305512186123449)";

/// Which database is under the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    /// One file.
    Sqlite,
    /// A server.
    Postgres,
}

/// What an error of either database means for who called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Others are writing, or the server is restarting: worth another try.
    Busy,
    /// No space, or the disk refuses.
    Disk,
    /// The file or folder cannot be opened for writing.
    NotWritable,
    /// What is stored is damaged, or no store.
    Damaged,
    /// A text holds U+0000, which PostgreSQL does not keep.
    NotText,
    /// The no-overlap rule of claims refused.
    SlotTaken,
    /// Anything else.
    Other,
}

impl Engine {
    /// Begins a change. All changes of all programs on one store go one after the other, so that what a change reads stays
    /// true until it commits: by the write lock in SQLite, by a lock that ends with the transaction in PostgreSQL.
    pub(super) async fn begin(self, writer: &AnyPool) -> Result<Change, sqlx::Error> {
        let writer = writer.clone();
        // A task of its own goes on when the caller goes away: sqlx 0.9 would give the connection back inside a transaction
        // that it forgot.
        let begun = tokio::spawn(async move {
            match self {
                Self::Sqlite => writer.begin_with("BEGIN IMMEDIATE").await,
                Self::Postgres => {
                    let mut change = writer.begin().await?;
                    change.execute(TAKE_TURN).await?;
                    Ok(change)
                }
            }
        });
        begun.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }

    /// What every new connection is told. A program that stops inside a change does not keep the others from writing for long.
    pub(super) fn settings(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000"
            }
            Self::Postgres => {
                "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '15s'; SET synchronous_commit = on"
            }
        }
    }
}

/// What `error` means.
pub(super) fn fault(error: &sqlx::Error) -> Fault {
    if matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::Io(_)) {
        return Fault::Busy;
    }
    let Some(told) = error.as_database_error() else { return Fault::Other };
    match told.try_downcast_ref::<PgDatabaseError>() {
        Some(told) => of_postgres(told),
        None if told.message().contains("slot-taken") => Fault::SlotTaken,
        None => told.code().and_then(|code| code.parse().ok()).map_or(Fault::Other, of_sqlite),
    }
}

/// The word for an error of PostgreSQL, if it is one: five characters.
pub(super) fn sqlstate(error: &sqlx::Error) -> Option<&str> {
    Some(error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?.code())
}

/// By SQLite's primary result code: the low byte of the extended one.
fn of_sqlite(code: u32) -> Fault {
    match code & 0xff {
        5 | 6 => Fault::Busy,
        8 | 13 | 14 => Fault::NotWritable,
        10 => Fault::Disk,
        11 | 26 => Fault::Damaged,
        _ => Fault::Other,
    }
}

/// By PostgreSQL's error codes (its manual, appendix A).
fn of_postgres(told: &PgDatabaseError) -> Fault {
    match told.code() {
        "23P01" if told.constraint() == Some("claim_no_overlap") => Fault::SlotTaken,
        "22021" | "22P05" => Fault::NotText,
        // Lock not available, deadlock, serialization, idle in transaction, too many connections, shutting down or starting.
        "55P03" | "40P01" | "40001" | "25P03" | "53300" | "57P01" | "57P02" | "57P03" => {
            Fault::Busy
        }
        "53100" | "58030" | "25006" => Fault::Disk,
        code if code.starts_with("08") => Fault::Busy,
        code if code.starts_with("XX") => Fault::Damaged,
        _ => Fault::Other,
    }
}
