//! The way from the shards to the disk: bounded, and no shard ever waits for it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use signalling::words::usage::{RoomSpent, Spent};
use tokio::sync::mpsc;
use tokio::task;
use tokio::time::{Instant, sleep_until};

use super::outbox::{Bounds, Outbox, OutboxError, OutboxEvent};
use super::receipt::Receipt;
use super::snapshot::{Snapshot, SnapshotFiles};
use super::spendings::Spendings;
use crate::clock;
use crate::metrics::Metrics;

/// Accounts that wait for the disk: one account is what a shard says once a second.
const QUEUED: usize = 256;
/// While more than so many wait, they come without what is not complete.
const QUEUED_WHOLE: usize = QUEUED / 4;
/// The disk is written to no more often, however many shards there are.
const EVERY: Duration = Duration::from_millis(500);

/// What a shard says once a second.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// The receipts of windows that are complete.
    pub(crate) complete: Vec<Receipt>,
    /// Those of windows that are not, if the gateway were killed now; `None` = not said, and none of those before holds.
    pub(crate) open: Option<Vec<Receipt>>,
    /// What people have used.
    pub(crate) spent: Vec<RoomSpent>,
}

/// What is kept, as doors and disk share it.
#[derive(Clone, Debug)]
pub(crate) struct ReceiptStore(Arc<(Mutex<Outbox>, Mutex<Spendings>)>);

impl ReceiptStore {
    /// Held while the disk is asked: not to be called where packets wait.
    pub(super) fn lock(&self) -> MutexGuard<'_, Outbox> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Never held while the disk is asked.
    fn spendings(&self) -> MutexGuard<'_, Spendings> {
        self.0.1.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What people had used in a room that was open lately, at so many seconds since 1970.
    pub(crate) fn spent(&self, now_s: u64, room: &str) -> Vec<Spent> {
        self.spendings().of(now_s, room)
    }
}

/// A shard's end.
#[derive(Clone, Debug)]
pub(crate) struct ReceiptSender {
    shard: usize,
    accounts: mpsc::Sender<(usize, Account)>,
    metrics: Metrics,
}

impl ReceiptSender {
    /// The end of the shard of this number.
    pub(crate) fn of(&self, shard: usize) -> Self {
        Self { shard, ..self.clone() }
    }

    /// Whether the disk keeps up, so that it can be told of what is not complete as well; if not, that is counted.
    pub(crate) fn keeps_up(&self) -> bool {
        let keeps_up = self.accounts.capacity() > QUEUED - QUEUED_WHOLE;
        if !keeps_up {
            self.metrics.drop_one("receipts_open");
        }
        keeps_up
    }

    /// Hands an account over; where the disk is that far behind its receipts are dropped and counted.
    pub(crate) fn send(&self, account: Account) {
        let many = account.complete.len() as u64;
        if self.accounts.try_send((self.shard, account)).is_err() {
            self.metrics.dropped("receipts_queue").inc_by(many);
        }
    }
}

/// The end of the disk.
#[derive(Debug)]
pub(crate) struct ReceiptQueue {
    disk: Arc<Mutex<Disk>>,
    accounts: mpsc::Receiver<(usize, Account)>,
}

/// An outbox and the way to it; nothing where no receipts are kept.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    pub(crate) kept: Option<ReceiptStore>,
    /// To be run.
    pub(crate) queue: Option<ReceiptQueue>,
    pub(crate) sender: Option<ReceiptSender>,
}

/// Opens the outbox in a folder, and puts into it what a sudden end has left outside.
pub(crate) fn open(folder: Option<&Path>, metrics: &Metrics) -> Result<Opened, OutboxError> {
    let Some(folder) = folder else { return Ok(Opened::default()) };
    let disk = Disk::open(folder, Bounds::default(), metrics)?;
    let (sender, accounts) = mpsc::channel(QUEUED);
    let kept = Some(disk.kept.clone());
    let queue = Some(ReceiptQueue { disk: Arc::new(Mutex::new(disk)), accounts });
    let sender = Some(ReceiptSender { shard: 0, accounts: sender, metrics: metrics.clone() });
    Ok(Opened { kept, queue, sender })
}

impl ReceiptQueue {
    /// Writes what comes, until all shards have ended.
    pub(crate) async fn run(mut self) {
        let mut due = Instant::from_std(clock::now());
        while let Some(first) = self.accounts.recv().await {
            if !self.accounts.is_closed() {
                sleep_until(due).await;
            }
            due = Instant::from_std(clock::now()) + EVERY;
            let mut accounts = vec![first];
            while let Ok(more) = self.accounts.try_recv() {
                accounts.push(more);
            }
            let disk = Arc::clone(&self.disk);
            // A panic there would be a fault of the disk's library: the next accounts are tried again.
            let _ = task::spawn_blocking(move || {
                let mut disk = disk.lock().unwrap_or_else(PoisonError::into_inner);
                disk.write(clock::unix_s(), accounts);
            })
            .await;
        }
    }
}

/// Everything that is kept, and the last that each shard has said of what is not complete.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) kept: ReceiptStore,
    slots: SnapshotFiles,
    open: BTreeMap<usize, Vec<String>>,
    metrics: Metrics,
}

impl Disk {
    pub(super) fn open(
        folder: &Path,
        bounds: Bounds,
        metrics: &Metrics,
    ) -> Result<Self, OutboxError> {
        let (outbox, unreadable) = Outbox::open(folder, bounds)?;
        metrics.dropped("receipts_unreadable").inc_by(unreadable);
        let failed = |why| OutboxError::of(folder, why);
        let (slots, last) = SnapshotFiles::open(folder).map_err(failed)?;
        let last = last.unwrap_or_default();
        let (next, spendings) = (last.next, Spendings::read(&last.spendings));
        let kept = ReceiptStore(Arc::new((Mutex::new(outbox), Mutex::new(spendings))));
        let mut disk = Self { kept, slots, open: BTreeMap::new(), metrics: metrics.clone() };
        let missing = disk.kept.lock().go_on_from(next).map_err(failed)?;
        disk.metrics.dropped("receipts_unreadable").inc_by(missing);
        let next = disk.kept.lock().next();
        match last.left(next) {
            Ok(left) if left.is_empty() => {}
            Ok(left) => {
                let windows = left.len();
                tracing::warn!(windows, "the gateway was killed: receipts were still open");
                let left: Vec<OutboxEvent> = left.into_iter().map(OutboxEvent::read).collect();
                disk.keep(&left);
            }
            Err(unused) => drop(disk.metrics.dropped("receipts_disk").inc_by(unused)),
        }
        disk.count();
        Ok(disk)
    }

    /// Takes in what shards say, and writes it down.
    fn write(&mut self, now_s: u64, accounts: Vec<(usize, Account)>) {
        let mut events = vec![];
        let json = |receipt: &Receipt| serde_json::to_string(receipt).ok();
        for (shard, Account { complete, open, spent }) in accounts {
            let event = |receipt: &Receipt| {
                Some(OutboxEvent { ended_ms: receipt.to_ms(), json: json(receipt)? })
            };
            events.extend(complete.iter().filter_map(event));
            let open = open.map(|open| open.iter().filter_map(json).collect());
            self.open.insert(shard, open.unwrap_or_default());
            let forgotten = self.kept.spendings().note(now_s, spent);
            self.metrics.dropped("spendings_full").inc_by(forgotten);
        }
        self.keep(&events);
        self.count();
    }

    /// Writes down what would be lost, and then gives the outbox what is complete.
    pub(super) fn keep(&mut self, events: &[OutboxEvent]) {
        let snapshot = Snapshot {
            sequence: 0,
            next: self.kept.lock().next(),
            complete: events.iter().map(|event| event.json.clone()).collect(),
            open: self.open.values().flatten().cloned().collect(),
            spendings: self.kept.spendings().line(),
        };
        match self.slots.write(snapshot) {
            Ok(0) => {}
            Ok(over) => drop(self.metrics.dropped("receipts_open").inc_by(over)),
            Err(why) => {
                tracing::warn!(%why, "what is not complete is not kept: look whether the disk is full");
                self.metrics.drop_one("receipts_open");
            }
        }
        if events.is_empty() {
            return;
        }
        match self.kept.lock().append(events) {
            Ok(0) => {}
            Ok(over) => drop(self.metrics.dropped("receipts_bound").inc_by(over)),
            Err(why) => {
                tracing::warn!(%why, "receipts are not kept: look whether the disk is full");
                self.metrics.dropped("receipts_disk").inc_by(events.len() as u64);
            }
        }
    }

    fn count(&self) {
        let kept = self.kept.lock().len();
        self.metrics.receipts.set(i64::try_from(kept).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use session::Mode;
    use signalling::ids::ParticipantId;

    use super::*;
    use crate::receipts::flow::Medium;
    use crate::receipts::ledger::Ledger;
    use crate::receipts::receipt::Owner;
    use crate::receipts::window::{FromClient, Offer, Received};

    const S: u64 = 1_000_000;
    /// Bytes of a second.
    const BYTES: u64 = 1_000;

    /// A shard with one listener, second by second.
    #[derive(Default)]
    struct Shard {
        ledger: Ledger,
        received: Received,
        second: u64,
    }

    impl Shard {
        fn pass_second(&mut self) -> Account {
            self.second += 1;
            let now_us = self.second * S;
            let owner = Owner { identity: "li".to_owned(), ..Owner::default() };
            let id = ParticipantId(1);
            let offers = [Offer::default()];
            self.received.look(now_us, (Mode::Full, &offers), FromClient::default());
            self.received.sent(now_us, Medium::Sound, true);
            self.received.came(now_us, Medium::Sound, 0, BYTES);
            self.received.told(now_us, None);
            self.received.wire(BYTES);
            while let Some(window) = self.received.complete(now_us) {
                self.ledger.add((id, &owner), window, None);
            }
            let complete = self.ledger.complete(now_us, 0);
            let open = self.received.open(now_us).map(|it| ((id, owner.clone()), it, None));
            let spent = RoomSpent {
                room: "ward".to_owned(),
                people: vec![Spent { used: self.second, ..Spent::default() }],
                ..RoomSpent::default()
            };
            Account { complete, open: Some(self.ledger.open(open, 0)), spent: vec![spent] }
        }
    }

    fn start(folder: &Path) -> (Disk, Metrics) {
        let metrics = Metrics::default();
        (Disk::open(folder, Bounds::default(), &metrics).unwrap(), metrics)
    }

    /// Bytes of all receipts, how many of these are interrupted, and whether no two are of the same seconds.
    fn kept(disk: &Disk) -> (u64, usize, bool) {
        let events = disk.kept.lock().after(0).unwrap().events;
        let events: Vec<serde_json::Value> =
            events.iter().map(|it| serde_json::from_str(it).unwrap()).collect();
        let bytes = events.iter().map(|it| it["sound"]["bytes"].as_u64().unwrap()).sum();
        let interrupted = events.iter().filter(|it| it["interrupted"] == true).count();
        let mut spans: Vec<_> =
            events.iter().map(|it| (it["fromMs"].as_u64(), it["toMs"].as_u64())).collect();
        spans.sort_unstable();
        (bytes, interrupted, spans.windows(2).all(|it| it[0].1 <= it[1].0))
    }

    /// What a sudden end leaves of a folder: of the outbox only so many bytes.
    fn left_behind(folder: &Path, bytes: u64) -> tempfile::TempDir {
        let left = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), left.path().join(entry.file_name())).unwrap();
        }
        let outbox = crate::receipts::segment::path(left.path(), 1);
        std::fs::OpenOptions::new().write(true).open(outbox).unwrap().set_len(bytes).unwrap();
        left
    }

    #[test]
    fn an_end_at_any_moment_loses_no_second_that_was_written_and_counts_none_twice() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = crate::receipts::segment::path(folder.path(), 1);
        let length = || std::fs::metadata(&outbox).map_or(0, |it| it.len());
        let (mut disk, _) = start(folder.path());
        let mut shard = Shard::default();
        for second in 1..=35 {
            let account = shard.pass_second();
            let before = length();
            disk.write(second, vec![(0, account)]);
            let after = length();
            // Before the outbox is written, within a line of it, and after.
            for bytes in [before, u64::midpoint(before, after), after] {
                let left = left_behind(folder.path(), bytes);
                for again in 0..3 {
                    let (disk, metrics) = start(left.path());
                    let (bytes, interrupted, apart) = kept(&disk);
                    assert_eq!((bytes, apart), (second * BYTES, true), "{second}, {again}");
                    assert!((1..=2).contains(&interrupted), "{second}: {interrupted}");
                    assert_eq!(disk.kept.spent(second, "ward")[0].used, second);
                    assert!(!metrics.text().contains("receipts_disk"), "{second}");
                }
            }
        }
    }

    #[test]
    fn what_the_outbox_may_have_is_not_counted_twice_after_a_fault_of_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let (mut disk, _) = start(folder.path());
        let mut shard = Shard::default();
        for second in 1..=13 {
            disk.write(second, vec![(0, shard.pass_second())]);
        }
        // The snapshots of two seconds do not come to the disk, the receipts do.
        let snapshots = ["snapshot.0", "snapshot.1"].map(|name| folder.path().join(name));
        let old = snapshots.each_ref().map(|it| std::fs::read(it).unwrap());
        for second in 14..=15 {
            disk.write(second, vec![(0, shard.pass_second())]);
        }
        drop(disk);
        snapshots.iter().zip(old).for_each(|(path, old)| std::fs::write(path, old).unwrap());
        let (disk, metrics) = start(folder.path());
        assert_eq!(kept(&disk), (9 * BYTES, 0, true), "the first window, and nothing of it again");
        let lost = "gateway_dropped_total{reason=\"receipts_disk\"} 2";
        assert!(metrics.text().contains(lost), "{}", metrics.text());
    }

    #[test]
    fn numbers_that_were_given_are_not_given_anew_when_the_outbox_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let (mut disk, _) = start(folder.path());
        let mut shard = Shard::default();
        for second in 1..=25 {
            disk.write(second, vec![(0, shard.pass_second())]);
        }
        assert_eq!(disk.kept.lock().next(), 3);
        let left = left_behind(folder.path(), 0);
        let (disk, metrics) = start(left.path());
        let batch = disk.kept.lock().after(0).unwrap();
        assert_eq!((batch.first, batch.events.len()), (3, 1));
        let lost = "gateway_dropped_total{reason=\"receipts_unreadable\"} 2";
        assert!(metrics.text().contains(lost), "{}", metrics.text());
    }

    #[test]
    fn a_disk_that_is_behind_is_told_less_and_then_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let metrics = Metrics::default();
        let opened = open(Some(folder.path()), &metrics).unwrap();
        let sender = opened.sender.as_ref().unwrap().of(3);
        let mut shard = Shard::default();
        let mut whole = 0;
        for _ in 0..QUEUED + 20 {
            let mut account = shard.pass_second();
            account.open = account.open.filter(|_| sender.keeps_up());
            whole += usize::from(account.open.is_some());
            sender.send(account);
        }
        assert!(whole <= QUEUED_WHOLE, "{whole}");
        let text = metrics.text();
        let dropped = |reason: &str| text.contains(&format!("{{reason=\"{reason}\"}} "));
        assert!(dropped("receipts_open") && dropped("receipts_queue"), "{text}");
    }
}
