//! Changes that are on the disk before they are answered, and not before the next one may begin: a commit ends the turn to
//! write, and its bytes are forced onto the disk after that, those of many changes at once. Whoever reads may see a change
//! some milliseconds before it is there for good; nobody was told by then that it was made, and nothing leaves for other
//! programs but what was forced ([`Durable::force`]).

use std::ops::{Deref, DerefMut};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use sqlx::any::{Any, AnyConnectOptions};
use sqlx::{AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Transaction};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// Forces what is committed onto the disk; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Durable(Arc<Disk>);

#[derive(Debug)]
enum Disk {
    Log(Log),
    Server(Server),
}

/// Taken before something is committed, or read to be told: [`Durable::force`] vouches for what came after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket(u64);

/// Why something that was committed may be lost with the next loss of power.
#[derive(Debug, thiserror::Error)]
#[error("it was committed, but is not known to be on the disk: {0}")]
pub(super) struct Unforced(String);

fn unforced(why: impl ToString) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::other(Unforced(why.to_string())))
}

impl Durable {
    /// Of the file at `path`, which `writer` writes.
    pub(super) fn of_file(path: &Path, writer: AnyPool) -> Self {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        Self(Arc::new(Disk::Log(Log::new(log.into(), writer))))
    }

    /// Of a server, to which there is a connection already.
    pub(super) fn of_server(connection: AnyConnection, options: AnyConnectOptions) -> Self {
        let flusher = Flusher { connection, tickets: 0 };
        Self(Arc::new(Disk::Server(Server {
            options,
            tickets: AtomicU64::new(0),
            flusher: Mutex::new(Some(flusher)),
        })))
    }

    /// # Errors
    /// The server is away: nothing could be forced there.
    pub(super) async fn ticket(&self) -> Result<Ticket, sqlx::Error> {
        match &*self.0 {
            Disk::Log(_) => Ok(Ticket(0)),
            Disk::Server(server) => server.ticket().await,
        }
    }

    /// Returns when everything is on the disk that this program had committed or read after it took its ticket.
    ///
    /// # Errors
    /// [`Unforced`]: what was committed may be there or not.
    pub(super) async fn force(&self, since: Ticket) -> Result<(), sqlx::Error> {
        let disk = Arc::clone(&self.0);
        // A task of its own goes on when the caller goes away: what is half done would be undone for all others.
        let forced = tokio::spawn(async move {
            match &*disk {
                Disk::Log(log) => log.force().await,
                Disk::Server(server) => server.force(since).await,
            }
        });
        forced.await.unwrap_or(Err(sqlx::Error::WorkerCrashed)).map_err(unforced)
    }
}

/// A server forces its own log, over a connection that is not the one that writes.
struct Server {
    /// With the password.
    options: AnyConnectOptions,
    tickets: AtomicU64,
    flusher: Mutex<Option<Flusher>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("tickets", &self.tickets).finish_non_exhaustive()
    }
}

/// It was opened when so many tickets were taken. While it stands the server has not crashed, so that nothing is lost that
/// was committed after that.
#[derive(Debug)]
struct Flusher {
    connection: AnyConnection,
    tickets: u64,
}

/// How long a new connection may take.
const CONNECTING: Duration = Duration::from_secs(5);

/// The log up to here is flushed with the commit of a change that is nothing but a message in it; only if there is anything to flush.
const FLUSH: &str = "SELECT CASE WHEN pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn()
                     THEN CAST(pg_logical_emit_message(true, 'shanqiao', '') AS TEXT) END";

impl Server {
    /// Looks before it gives one whether the connection still stands; not while that is in use.
    async fn ticket(&self) -> Result<Ticket, sqlx::Error> {
        if let Ok(mut kept) = self.flusher.try_lock() {
            let stands = match kept.as_mut() {
                Some(flusher) => flusher.connection.ping().await.is_ok(),
                None => false,
            };
            if !stands {
                *kept = None;
                let connecting = timeout(CONNECTING, self.options.connect());
                let connection = connecting.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
                let tickets = self.tickets.load(Ordering::SeqCst);
                *kept = Some(Flusher { connection, tickets });
            }
        }
        Ok(Ticket(self.tickets.fetch_add(1, Ordering::SeqCst) + 1))
    }

    async fn force(&self, since: Ticket) -> Result<(), sqlx::Error> {
        let mut kept = self.flusher.lock().await;
        let Some(mut flusher) = kept.take_if(|it| it.tickets < since.0) else {
            return Err(sqlx::Error::WorkerCrashed);
        };
        sqlx::query(FLUSH).execute(&mut flusher.connection).await?;
        *kept = Some(flusher);
        Ok(())
    }
}

/// The write-ahead log of the file.
#[derive(Debug)]
struct Log {
    path: PathBuf,
    /// Can fold the log into the file.
    writer: AnyPool,
    /// Changes of this program that were committed.
    committed: AtomicU64,
    /// How many of them are known to be on the disk. Who holds it is forcing.
    forced: Mutex<u64>,
    /// The disk has refused since all was known to be there.
    refused: AtomicBool,
}

impl Log {
    fn new(path: PathBuf, writer: AnyPool) -> Self {
        Self {
            path,
            writer,
            committed: AtomicU64::new(0),
            forced: Mutex::new(0),
            refused: AtomicBool::new(false),
        }
    }

    async fn force(&self) -> Result<(), sqlx::Error> {
        let wanted = self.committed.fetch_add(1, Ordering::SeqCst) + 1;
        let mut forced = self.forced.lock().await;
        if *forced >= wanted {
            return Ok(());
        }
        // What was committed until now comes along.
        let reached = self.committed.load(Ordering::SeqCst);
        self.sync().await?;
        *forced = reached;
        Ok(())
    }

    async fn sync(&self) -> Result<(), sqlx::Error> {
        let refused = match self.refused.load(Ordering::SeqCst) {
            // A system tells of a write that failed once, and takes the bytes for written from then on.
            true => true,
            false => {
                let path = self.path.clone();
                let done = tokio::task::spawn_blocking(move || sync_log(&path)).await;
                !matches!(done, Ok(Ok(())))
            }
        };
        if refused {
            self.refused.store(true, Ordering::SeqCst);
            fold(&self.writer).await?;
            self.refused.store(false, Ordering::SeqCst);
        }
        Ok(())
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
        _ => Err(sqlx::Error::Io(std::io::Error::other("the disk refused what was written"))),
    }
}

/// A transaction that writes. Dropped without a commit, it leaves nothing.
#[derive(Debug)]
pub(super) struct Change {
    transaction: Transaction<'static, Any>,
    durable: Durable,
    ticket: Ticket,
}

impl Change {
    /// `ticket` was taken before it began.
    pub(super) fn new(
        transaction: Transaction<'static, Any>,
        durable: Durable,
        ticket: Ticket,
    ) -> Self {
        Self { transaction, durable, ticket }
    }

    /// Commits, which ends the turn to write, and returns when that is on the disk.
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        self.transaction.commit().await?;
        self.durable.force(self.ticket).await
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
        store.durable = Durable(Arc::new(Disk::Log(Log::new(log.into(), writer))));
        (folder, store)
    }

    /// How many changes are known to be on the disk.
    async fn forced(store: &Store) -> u64 {
        let Disk::Log(log) = &*store.durable.0 else { panic!("a file") };
        *log.forced.lock().await
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
    async fn what_cannot_be_forced_at_all_is_told_until_it_is_there() {
        let (_folder, store) = store_on(REFUSES).await;
        let mut reader = store.readers.begin().await.unwrap();
        sqlx::query("SELECT * FROM county").fetch_all(&mut *reader).await.unwrap();
        sqlx::query("PRAGMA busy_timeout = 50").execute(&store.writer).await.unwrap();
        let mut change = store.change().await.unwrap();
        change.execute(BOOKED).await.unwrap();
        // Somebody reads from the log, so the file cannot have it all, and the log is refused.
        let refused = StoreError::from(change.commit().await.unwrap_err());
        assert!(matches!(refused, StoreError::Unforced(_)), "{refused}");
        reader.rollback().await.unwrap();
        store.durable.force(Ticket(0)).await.unwrap();
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
                forced(&store).await
            })
        });
        let mut reached = Vec::new();
        for change in changes.collect::<Vec<_>>() {
            reached.push(change.await.unwrap());
        }
        // The migrations, and fifty changes.
        assert_eq!(reached.iter().max(), Some(&51));
    }
}
