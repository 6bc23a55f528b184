//! SQLite or PostgreSQL: how a change begins in each, what a connection is set to, and what their errors mean. Everything
//! else in which they differ is in `opening` and in the two folders of migrations.

use std::time::Duration;

use sqlx::AnyPool;
use sqlx::postgres::PgDatabaseError;

use super::durable::{Change, Durable, Unforced};

/// One connection, within a change or for reading.
pub(super) type Connection = sqlx::AnyConnection;

/// How long a request waits for its turn to write before it is told to come back.
pub(super) const WAIT: Duration = Duration::from_secs(5);

/// The lock of PostgreSQL that stands for the right to change this store; every program takes the same.
const TURN: i64 = 7_305_512_186_123_449;
/// What is changed is forced onto the disk after the turn (`durable`).
const FORCED_LATER: &str = "set_config('synchronous_commit', 'off', true)";

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
    /// It is done, but may be lost with the next loss of power.
    Unforced,
    /// Anything else.
    Other,
}

impl Engine {
    /// Begins a change. All changes of all programs on one store go one after the other, so that what a change reads stays
    /// true until it commits: by the write lock in SQLite, by a lock that ends with the transaction in PostgreSQL.
    pub(super) async fn begin(
        self,
        writer: &AnyPool,
        durable: &Durable,
    ) -> Result<Change, sqlx::Error> {
        let turn = format!("SELECT {FORCED_LATER}, pg_advisory_xact_lock({TURN})");
        self.begin_by(writer, durable, turn).await
    }

    /// Begins a change of PostgreSQL that goes beside others of these, but of those that have one of its `locks`; in SQLite it is
    /// a change like all others. `locks` are in one order for all.
    pub(super) async fn begin_beside(
        self,
        writer: &AnyPool,
        durable: &Durable,
        locks: &[i64],
    ) -> Result<Change, sqlx::Error> {
        let own = taking(locks);
        let turn =
            format!("SELECT {FORCED_LATER}, pg_advisory_xact_lock_shared({TURN}); SELECT {own}");
        self.begin_by(writer, durable, turn).await
    }

    /// Takes more locks within a change of PostgreSQL that goes beside others; in one order for all, after all of the first kind.
    pub(super) async fn take(
        self,
        change: &mut Connection,
        locks: &[i64],
    ) -> Result<(), sqlx::Error> {
        let own = sqlx::AssertSqlSafe(format!("SELECT {}", taking(locks)));
        sqlx::raw_sql(own).execute(change).await.map(drop)
    }

    async fn begin_by(
        self,
        writer: &AnyPool,
        durable: &Durable,
        turn: String,
    ) -> Result<Change, sqlx::Error> {
        let (writer, durable) = (writer.clone(), durable.clone());
        // A task of its own goes on when the caller goes away: sqlx 0.9 would give the connection back inside a transaction
        // that it forgot.
        let begun = tokio::spawn(async move {
            let ticket = durable.ticket().await?;
            match self {
                Self::Sqlite => {
                    let change = writer.begin_with("BEGIN IMMEDIATE").await?;
                    Ok(Change::new(change, durable, ticket))
                }
                Self::Postgres => {
                    let mut change = writer.begin().await?;
                    sqlx::raw_sql(sqlx::AssertSqlSafe(turn)).execute(&mut *change).await?;
                    Ok(Change::new(change, durable, ticket))
                }
            }
        });
        begun.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }

    /// What every new connection is told. SQLite leaves forcing commits to `durable`; it forces what a checkpoint needs itself. A program that stops inside a change does not keep the others from writing for long.
    pub(super) fn settings(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000"
            }
            Self::Postgres => {
                "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '15s'; SET synchronous_commit = on"
            }
        }
    }
}

/// They are taken one after the other, as they stand.
fn taking(locks: &[i64]) -> String {
    let each: Vec<String> =
        locks.iter().map(|lock| format!("pg_advisory_xact_lock({lock})")).collect();
    each.join(", ")
}

/// What `error` means.
pub(super) fn fault(error: &sqlx::Error) -> Fault {
    match error {
        sqlx::Error::Io(error) if error.get_ref().is_some_and(|it| it.is::<Unforced>()) => {
            return Fault::Unforced;
        }
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => return Fault::Busy,
        _ => {}
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
