//! Changes that are on the disk before they are answered, and not before the next one may begin: a commit ends the turn to
//! write, and its bytes are forced onto the disk after that, those of many changes at once. Whoever reads may see a change
//! some milliseconds before it is there for good; nobody was told by then that it was made, and nothing leaves for other
//! programs but what was forced ([`Durable::force`]).

use std::ops::{Deref, DerefMut};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sqlx::any::Any;
use sqlx::{AnyConnection, AnyPool, Transaction};
use tokio::sync::Mutex;

/// Forces what is committed onto the disk; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Durable(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Changes of this program that were committed.
    committed: AtomicU64,
    /// How many of them are known to be on the disk. Who holds it is forcing.
    forced: Mutex<u64>,
    /// The disk has refused since all was known to be there.
    refused: AtomicBool,
    disk: Disk,
}

#[derive(Debug)]
enum Disk {
    /// The write-ahead log of the file, and a connection that can fold it into the file.
    Log { path: PathBuf, writer: AnyPool },
    /// A server forces its own log; over a connection that is not the one that writes.
    Server(AnyPool),
}

/// The log up to here is flushed with the commit of a change that is nothing but a message in it; only if there is anything to flush.
const FLUSH: &str = "SELECT CASE WHEN pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn()
                     THEN CAST(pg_logical_emit_message(true, 'shanqiao', '') AS TEXT) END";

impl Durable {
    /// Of the file at `path`, which `writer` writes.
    pub(super) fn of_file(path: &Path, writer: AnyPool) -> Self {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        Self::new(Disk::Log { path: log.into(), writer })
    }

    /// Of a server, which one of `readers` asks.
    pub(super) fn of_server(readers: AnyPool) -> Self {
        Self::new(Disk::Server(readers))
    }

    fn new(disk: Disk) -> Self {
        Self(Arc::new(Inner {
            committed: AtomicU64::new(0),
            forced: Mutex::new(0),
            refused: AtomicBool::new(false),
            disk,
        }))
    }

    /// Returns when everything is on the disk that this program had committed, and everything that it had read of others.
    ///
    /// # Errors
    /// The disk refused. What was committed may be there or not, and is there only if a later call returns.
    pub(super) async fn force(&self) -> Result<(), sqlx::Error> {
        let inner = &self.0;
        let wanted = inner.committed.fetch_add(1, Ordering::SeqCst) + 1;
        let mut forced = inner.forced.lock().await;
        if *forced >= wanted {
            return Ok(());
        }
        // What was committed until now comes along.
        let reached = inner.committed.load(Ordering::SeqCst);
        inner.sync().await?;
        *forced = reached;
        Ok(())
    }
}

impl Inner {
    async fn sync(&self) -> Result<(), sqlx::Error> {
        match &self.disk {
            Disk::Server(readers) => {
                sqlx::query(FLUSH).execute(readers).await?;
                Ok(())
            }
            Disk::Log { path, writer } => {
                let refused = match self.refused.load(Ordering::SeqCst) {
                    // A system tells of a write that failed once, and takes the bytes for written from then on.
                    true => true,
                    false => {
                        let path = path.clone();
                        let done = tokio::task::spawn_blocking(move || sync_log(&path)).await;
                        !matches!(done, Ok(Ok(())))
                    }
                };
                if refused {
                    self.refused.store(true, Ordering::SeqCst);
                    fold(writer).await?;
                    self.refused.store(false, Ordering::SeqCst);
                }
                Ok(())
            }
        }
    }
}

/// Without a log there is nothing in it: whoever closes the file last folds the log into it and takes it away.
fn sync_log(path: &Path) -> std::io::Result<()> {
    let log = match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    log.sync_data()?;
    // The name of a log that has just been made is in its folder's own bytes.
    let is_new = log.metadata()?.blocks() < NEW_BLOCKS;
    match path.parent() {
        Some(folder) if is_new => std::fs::File::open(folder)?.sync_all(),
        Some(_) | None => Ok(()),
    }
}

/// A log of less than so many blocks of 512 bytes may be a new one: 64 kB.
const NEW_BLOCKS: u64 = 128;

/// Writes all that is in the log into the file, and forces that.
async fn fold(writer: &AnyPool) -> Result<(), sqlx::Error> {
    let (busy, _, _): (i64, i64, i64) =
        sqlx::query_as("PRAGMA wal_checkpoint(RESTART)").fetch_one(writer).await?;
    match busy {
        0 => Ok(()),
        _ => Err(sqlx::Error::Io(std::io::Error::new(
            std::io::ErrorKind::StorageFull,
            "the disk refused what was written",
        ))),
    }
}

/// A transaction that writes. Dropped without a commit, it leaves nothing.
#[derive(Debug)]
pub(super) struct Change {
    transaction: Transaction<'static, Any>,
    durable: Durable,
}

impl Change {
    pub(super) fn new(transaction: Transaction<'static, Any>, durable: Durable) -> Self {
        Self { transaction, durable }
    }

    /// Commits, which ends the turn to write, and returns when that is on the disk.
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        self.transaction.commit().await?;
        self.durable.force().await
    }

    /// Leaves nothing of it.
    pub(super) async fn rollback(self) -> Result<(), sqlx::Error> {
        self.transaction.rollback().await
    }
}

impl Deref for Change {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.transaction
    }
}

impl DerefMut for Change {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}

#[cfg(test)]
mod tests {
    use sqlx::Executor as _;

    use super::*;
    use crate::config::DatabaseUrl;
    use crate::store::{Store, StoreError};

    /// Syncing it is refused, whoever asks.
    const REFUSES: &str = "/proc/self/stat";
    const BOOKED: &str = r#"INSERT INTO county (id, names) VALUES (1, '{"zh":"县"}')"#;

    async fn store_on(log: &str) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), &DatabaseUrl::default()).await.unwrap();
        let writer = store.writer.clone();
        store.durable = Durable::new(Disk::Log { path: log.into(), writer });
        (folder, store)
    }

    /// What is in the file itself, without its log.
    async fn counties_in_file(folder: &Path) -> i64 {
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(folder.join("scheduler.sqlite3"), copy.path().join("scheduler.sqlite3"))
            .unwrap();
        let alone = Store::open(copy.path(), &DatabaseUrl::default()).await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM county").fetch_one(&alone.readers).await.unwrap()
    }

    #[tokio::test]
    async fn a_log_that_the_disk_refuses_is_folded_into_the_file_before_the_answer() {
        let (folder, store) = store_on(REFUSES).await;
        let mut change = store.change().await.unwrap();
        change.execute(BOOKED).await.unwrap();
        assert_eq!(counties_in_file(folder.path()).await, 0, "not committed");
        change.commit().await.unwrap();
        assert_eq!(counties_in_file(folder.path()).await, 1, "in the file");
    }

    #[tokio::test]
    async fn what_cannot_be_forced_at_all_is_an_error_of_the_disk_until_it_is_there() {
        let (_folder, store) = store_on(REFUSES).await;
        let mut reader = store.readers.begin().await.unwrap();
        sqlx::query("SELECT * FROM county").fetch_all(&mut *reader).await.unwrap();
        sqlx::query("PRAGMA busy_timeout = 50").execute(&store.writer).await.unwrap();
        let mut change = store.change().await.unwrap();
        change.execute(BOOKED).await.unwrap();
        // Somebody reads from the log, so the file cannot have it all, and the log is refused.
        let refused = StoreError::from(change.commit().await.unwrap_err());
        assert!(matches!(refused, StoreError::Disk(_)), "{refused}");
        reader.rollback().await.unwrap();
        store.durable.force().await.unwrap();
    }

    #[tokio::test]
    async fn many_changes_are_forced_together_and_each_is_there_when_it_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &DatabaseUrl::default()).await.unwrap();
        let changes = (0..50_i64).map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut change = store.change().await.unwrap();
                sqlx::query("INSERT INTO area (code, name) VALUES ($1, 'x')")
                    .bind(format!("{:02}0000000000", n + 11))
                    .execute(&mut *change)
                    .await
                    .unwrap();
                change.commit().await.unwrap();
                *store.durable.0.forced.lock().await
            })
        });
        let mut forced = Vec::new();
        for change in changes.collect::<Vec<_>>() {
            forced.push(change.await.unwrap());
        }
        let committed = store.durable.0.committed.load(Ordering::SeqCst);
        assert_eq!(committed, 51, "the migrations and fifty changes");
        assert_eq!(forced.iter().max(), Some(&51));
    }
}
