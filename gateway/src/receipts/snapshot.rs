//! What would be lost if the gateway were killed: written once a second, in two files in turn, so that one of them is
//! always whole.
//!
//! A snapshot is written before the outbox is given what it names as complete, and says which number the outbox goes on
//! with. So the next start knows which of these events the outbox has already, and takes each of the others once.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::segment::NUMBER_MAX;

/// Longest snapshot, in bytes: the windows of some 5,000 people. What lies beyond is not kept.
const BYTES_MAX: usize = 4 * 1024 * 1024;
/// The two files.
const NAMES: [&str; 2] = ["snapshot.0", "snapshot.1"];

/// What is written: events as JSON, one line each.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Snapshot {
    /// Its place among all that were ever written; the higher one counts.
    pub(super) sequence: u64,
    /// The number of the next event of the outbox.
    pub(super) next: u64,
    /// What the outbox is given under that number and those after it.
    pub(super) complete: Vec<String>,
    /// What windows hold that are not complete.
    pub(super) open: Vec<String>,
    /// What people have used, as one line of JSON.
    pub(super) spendings: String,
}

impl Snapshot {
    /// What the outbox still has to be given when it goes on with the number `next`.
    ///
    /// # Errors
    /// It has gone on since: what was open then may be in it. How many events are not used for that.
    pub(super) fn left(self, next: u64) -> Result<Vec<String>, u64> {
        let Self { complete, open, next: first, .. } = self;
        // Fewer than were promised have been damaged; these numbers are not given anew.
        let given = usize::try_from(next.saturating_sub(first)).unwrap_or(usize::MAX);
        if given > complete.len() {
            return Err(open.len() as u64);
        }
        Ok(complete.into_iter().skip(given).chain(open).collect())
    }

    /// Whether it names no event.
    fn is_empty(&self) -> bool {
        self.complete.is_empty() && self.open.is_empty()
    }

    /// Keeps to the bound: how many events of open windows are left out. What is complete is not: where that is too
    /// long, nothing is said of any event, and the outbox has it soon.
    fn fit(&mut self) -> u64 {
        let length = |events: &[String]| events.iter().map(|event| event.len() + 1).sum::<usize>();
        let most = BYTES_MAX.saturating_sub(self.spendings.len());
        let Some(mut room) = most.checked_sub(length(&self.complete)) else {
            self.complete.clear();
            return std::mem::take(&mut self.open).len() as u64;
        };
        let fits = |event: &&String| {
            let before = room;
            room = room.saturating_sub(event.len() + 1);
            before > event.len()
        };
        let kept = self.open.iter().take_while(fits).count();
        self.open.split_off(kept).len() as u64
    }

    pub(super) fn encode(&self) -> String {
        let Self { sequence, next, complete, open, spendings } = self;
        let mut body = format!("{sequence} {next} {} {}\n", complete.len(), open.len());
        for line in complete.iter().chain(open).chain([spendings]) {
            body.push_str(line);
            body.push('\n');
        }
        format!("{:08x} {}\n{body}", crc32fast::hash(body.as_bytes()), body.len())
    }

    /// Reads what [`Self::encode`] has written; `None` if it is not whole. What stands behind it is of an earlier one.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (head, rest) = bytes.split_at_checked(end)?;
        let (sum, length) = std::str::from_utf8(head).ok()?.split_once(' ')?;
        let body = rest.get(1..)?.get(..length.parse().ok()?)?;
        if u32::from_str_radix(sum, 16).ok()? != crc32fast::hash(body) {
            return None;
        }
        let mut lines = std::str::from_utf8(body).ok()?.lines();
        let mut head = lines.next()?.split(' ').map(|number| number.parse::<u64>().ok());
        let mut number = || head.next().flatten();
        let (sequence, next, complete, open) = (number()?, number()?, number()?, number()?);
        let next = Some(next).filter(|number| *number <= NUMBER_MAX)?;
        let mut events = |many: u64| -> Option<Vec<String>> {
            let many = usize::try_from(many).ok()?;
            let events: Vec<String> = lines.by_ref().take(many).map(str::to_owned).collect();
            (events.len() == many).then_some(events)
        };
        let (complete, open) = (events(complete)?, events(open)?);
        let spendings = lines.next()?.to_owned();
        Some(Self { sequence, next, complete, open, spendings })
    }
}

/// The two files, and which of them is written next.
#[derive(Debug)]
pub(crate) struct SnapshotFiles {
    files: [File; 2],
    sequence: u64,
    /// What the last one said people have used, if it named no event: that need not be said again.
    said: Option<String>,
}

impl SnapshotFiles {
    /// Opens the files of a folder, which are made if they are not there; with them the last snapshot that is whole.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Option<Snapshot>)> {
        let file = |name: &str| {
            let path = folder.join(name);
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
        };
        let [first, second] = NAMES;
        let files = [file(first)?, file(second)?];
        let found = NAMES.map(|name| read(&folder.join(name)));
        let mut last: Option<Snapshot> = None;
        for snapshot in found {
            last = last.into_iter().chain(snapshot?).max_by_key(|snapshot| snapshot.sequence);
        }
        let sequence = last.as_ref().map_or(0, |snapshot| snapshot.sequence);
        let said = if last.is_none() { Some(String::new()) } else { None };
        Ok((Self { files, sequence, said }, last))
    }

    /// Writes a snapshot, which is on the disk when this returns; nothing if there is nothing to say twice. Answers how
    /// many events of open windows are over the bound.
    ///
    /// # Errors
    /// The disk is full or fails: the one before it stays.
    pub(super) fn write(&mut self, mut snapshot: Snapshot) -> io::Result<u64> {
        let says = snapshot.is_empty().then(|| snapshot.spendings.clone());
        if says.is_some() && self.said == says {
            return Ok(0);
        }
        // Until it is on the disk nothing is known of what is there.
        self.said = None;
        let sequence = self.sequence.wrapping_add(1);
        snapshot.sequence = sequence;
        let over = snapshot.fit();
        let text = snapshot.encode();
        let [even, odd] = &self.files;
        let file = if sequence.is_multiple_of(2) { even } else { odd };
        file.write_all_at(text.as_bytes(), 0)?;
        file.set_len(text.len() as u64)?;
        file.sync_data()?;
        // A file that was not written whole is the next one again: the other one stays as it is.
        self.sequence = sequence;
        self.said = says;
        Ok(over)
    }
}

fn read(path: &Path) -> io::Result<Option<Snapshot>> {
    // What is much longer is none of ours.
    if fs::metadata(path)?.len() > 2 * BYTES_MAX as u64 {
        return Ok(None);
    }
    Ok(Snapshot::decode(&fs::read(path)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(sequence: u64) -> Snapshot {
        let events =
            |of: &str, many: u64| (0..many).map(|it| format!("{{\"{of}\":{it}}}")).collect();
        let (complete, open) = (events("complete", sequence % 3), events("open", sequence % 5));
        Snapshot { sequence, next: 7 * sequence, complete, open, spendings: "[1,2,3]".to_owned() }
    }

    #[test]
    fn an_end_at_any_byte_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let (mut slots, found) = SnapshotFiles::open(folder.path()).unwrap();
        assert_eq!(found, None);
        for sequence in 1..=14 {
            slots.write(snapshot(sequence)).unwrap();
            let (again, found) = SnapshotFiles::open(folder.path()).unwrap();
            assert_eq!((again.sequence, found), (sequence, Some(snapshot(sequence))));
        }
        let path = folder.path().join(NAMES[0]);
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            let mut torn = whole.clone();
            torn[cut] ^= 1;
            for left in [&whole[..cut], &torn[..]] {
                fs::write(&path, left).unwrap();
                let (mut slots, found) = SnapshotFiles::open(folder.path()).unwrap();
                assert_eq!(found, Some(snapshot(13)), "{cut}");
                slots.write(snapshot(14)).unwrap();
                assert_eq!(fs::read(&path).unwrap(), whole, "and it is the one that is written");
            }
        }
    }

    #[test]
    fn what_the_outbox_has_is_not_given_again() {
        let full = || Snapshot {
            next: 10,
            complete: vec!["a".to_owned(), "b".to_owned()],
            open: vec!["c".to_owned()],
            ..Snapshot::default()
        };
        assert_eq!(full().left(10).unwrap(), ["a", "b", "c"]);
        assert_eq!(full().left(11).unwrap(), ["b", "c"], "the end came while they were written");
        assert_eq!(full().left(12).unwrap(), ["c"]);
        assert_eq!(full().left(13), Err(1), "it may be among what came since");
        assert_eq!(full().left(4).unwrap(), ["a", "b", "c"], "its own end was damaged");
    }

    #[test]
    fn over_the_bound_open_windows_are_left_out_and_counted() {
        let event = |it: &str| it.repeat(BYTES_MAX / 4);
        let many = |it: &str, many: usize| vec![event(it); many];
        let of = |complete, open| Snapshot {
            complete: many("c", complete),
            open: many("o", open),
            ..snapshot(0)
        };
        let mut it = of(1, 5);
        assert_eq!((it.fit(), it.complete.len(), it.open.len()), (3, 1, 2));
        assert!(it.encode().len() <= BYTES_MAX + 100);
        let mut it = of(4, 2);
        assert_eq!((it.fit(), it.complete.len(), it.open.len()), (2, 0, 0));
        assert_eq!(it.left(4).ok(), None, "then the outbox has gone on");
    }

    #[test]
    fn nothing_is_written_again_and_again_while_nobody_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let (mut slots, _) = SnapshotFiles::open(folder.path()).unwrap();
        let mut written = |snapshots: [Snapshot; 3]| {
            for snapshot in snapshots {
                slots.write(snapshot).unwrap();
            }
            slots.sequence
        };
        let used = |used: &str| Snapshot { spendings: used.to_owned(), ..Snapshot::default() };
        assert_eq!(written([used(""), used(""), used("")]), 0);
        assert_eq!(written([snapshot(4), used("7"), used("7")]), 2, "said once to be over");
        assert_eq!(written([used("7"), used("8"), used("8")]), 3);
        let (_, found) = SnapshotFiles::open(folder.path()).unwrap();
        assert!(found.is_some_and(|it| it.open.is_empty()));
    }
}
