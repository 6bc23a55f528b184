//! Events on disk until the scheduler has them: numbered, appended to files of a line each, forgotten when it says so.
//!
//! A line is the CRC-32 of an event in eight hexadecimal digits, a space, and the event as JSON. A file is named by the number
//! of its first event, and the others follow without a gap; so the number of the next event is known from the files alone,
//! and what was torn off by a sudden end is cut off at the next start: it was promised to nobody.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::segment::{self, Segment};

/// What an outbox may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) bytes_max: u64,
    pub(crate) age_ms_max: u64,
    /// A file that is this long is followed by another one.
    pub(crate) segment_bytes: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            bytes_max: 256 * 1024 * 1024,
            age_ms_max: 7 * 86_400_000,
            segment_bytes: 1024 * 1024,
        }
    }
}

/// Why there is no outbox.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep receipts in {folder}: {why}")]
pub(crate) struct OutboxError {
    folder: PathBuf,
    why: io::Error,
}

impl OutboxError {
    pub(super) fn of(folder: &Path, why: io::Error) -> Self {
        Self { folder: folder.to_owned(), why }
    }
}

/// An event as it is to be kept.
#[derive(Clone, Debug)]
pub(crate) struct OutboxEvent {
    /// When it ended, milliseconds since 1970.
    pub(crate) ended_ms: u64,
    /// One line.
    pub(crate) json: String,
}

impl OutboxEvent {
    /// One that was written before.
    pub(super) fn read(json: String) -> Self {
        Self { ended_ms: segment::ended_ms(&json), json }
    }
}

/// Some events one after the other.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct EventBatch {
    /// The number of the first.
    pub(crate) first: u64,
    pub(crate) events: Vec<String>,
}

/// The events of one gateway that the scheduler has not taken.
#[derive(Debug)]
pub(crate) struct Outbox {
    folder: PathBuf,
    id: String,
    bounds: Bounds,
    /// Oldest first; the last one is written to.
    segments: VecDeque<Segment>,
    file: File,
    /// The number of the next event.
    next: u64,
    /// The scheduler has everything up to this number.
    taken: u64,
}

/// Where the outbox has its name, by which the scheduler knows it again.
const NAME_FILE: &str = "name";
/// Most events and bytes of one batch.
const BATCH_EVENTS: usize = 500;
const BATCH_BYTES: usize = 256 * 1024;

impl Outbox {
    /// Opens the outbox in a folder, made if it is not there, and answers how many events of it cannot be read.
    pub(crate) fn open(folder: &Path, bounds: Bounds) -> Result<(Self, u64), OutboxError> {
        Self::opened(folder, bounds).map_err(|why| OutboxError::of(folder, why))
    }

    fn opened(folder: &Path, bounds: Bounds) -> io::Result<(Self, u64)> {
        fs::create_dir_all(folder)?;
        let id = name(folder)?;
        let (mut segments, mut unreadable) = (VecDeque::new(), 0);
        let numbers = segment::numbers(folder)?;
        for (place, first) in numbers.iter().enumerate() {
            let read = segment::read(folder, *first)?;
            let last = numbers.get(place + 1);
            // What stands behind the beginning of the next file has numbers of that one.
            let meant = last.map(|next| next.saturating_sub(*first));
            let events = meant.unwrap_or(u64::MAX).min(read.events.len() as u64);
            unreadable += meant.map_or(0, |meant| meant - events);
            if last.is_none() && read.whole < read.length {
                let file = OpenOptions::new().write(true).open(segment::path(folder, *first))?;
                file.set_len(read.whole)?;
                file.sync_all()?;
            }
            let newest_ms = read.events.last().map_or(0, |event| segment::ended_ms(event));
            segments.push_back(Segment { first: *first, bytes: read.whole, newest_ms, events });
        }
        if segments.is_empty() {
            segments.push_back(segment::create(folder, 1)?);
        }
        let last = segments.back().copied().unwrap_or_default();
        let file = OpenOptions::new().append(true).open(segment::path(folder, last.first))?;
        let (folder, next) = (folder.to_owned(), last.first + last.events);
        Ok((Self { folder, id, bounds, segments, file, next, taken: 0 }, unreadable))
    }

    /// By which the scheduler knows it again.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Events that are kept.
    pub(crate) fn len(&self) -> u64 {
        self.segments.iter().map(|segment| segment.events).sum()
    }

    /// The number of the next event.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Numbers below `next` have been given to events before. Answers how many of them are not there any more.
    pub(super) fn go_on_from(&mut self, next: u64) -> io::Result<u64> {
        let missing = next.saturating_sub(self.next);
        if missing > 0 {
            self.next = next;
            self.begin_segment()?;
        }
        Ok(missing)
    }

    fn begin_segment(&mut self) -> io::Result<()> {
        let segment = segment::create(&self.folder, self.next)?;
        let path = segment::path(&self.folder, self.next);
        self.file = OpenOptions::new().append(true).open(path)?;
        self.segments.push_back(segment);
        Ok(())
    }

    /// Adds events, which are on the disk when this returns; all or none of them. Answers how many of the oldest went
    /// over the bound before the scheduler had them.
    ///
    /// # Errors
    /// The disk is full or fails: none of them is kept.
    pub(crate) fn append(&mut self, events: &[OutboxEvent]) -> io::Result<u64> {
        let lines: String = events.iter().map(|event| segment::line(&event.json)).collect();
        let Some(last) = self.segments.back_mut() else { return Ok(0) };
        let written = self.file.write_all(lines.as_bytes()).and_then(|()| self.file.sync_data());
        if let Err(why) = written {
            // What was begun is not to stand before the next ones.
            self.file.set_len(last.bytes)?;
            return Err(why);
        }
        last.bytes += lines.len() as u64;
        last.events += events.len() as u64;
        last.newest_ms = events.iter().map(|event| event.ended_ms).fold(last.newest_ms, u64::max);
        let (now_ms, full) = (last.newest_ms, last.bytes >= self.bounds.segment_bytes);
        self.next = self.next.saturating_add(events.len() as u64);
        if full {
            self.begin_segment()?;
        }
        self.keep_bounds(now_ms)
    }

    /// The events after this number, as many as one answer holds; none if there are no more.
    pub(crate) fn after(&self, number: u64) -> io::Result<EventBatch> {
        let ends = self.segments.iter().skip(1).map(|segment| segment.first).chain([self.next]);
        for (segment, end) in self.segments.iter().zip(ends) {
            if end <= number.saturating_add(1) {
                continue;
            }
            let events = segment::read(&self.folder, segment.first)?.events;
            let passed = number.saturating_add(1).saturating_sub(segment.first);
            let mut bytes = 0;
            let fits = |event: &String| {
                bytes += event.len();
                bytes <= BATCH_BYTES
            };
            let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
            let events = events.into_iter().take(count(segment.events)).skip(count(passed));
            let events: Vec<String> = events.take(BATCH_EVENTS).take_while(fits).collect();
            if !events.is_empty() {
                return Ok(EventBatch { first: segment.first + passed, events });
            }
        }
        Ok(EventBatch { first: self.next, events: vec![] })
    }

    /// The scheduler has everything up to this number: whole files of it are forgotten.
    pub(crate) fn forget(&mut self, through: u64) -> io::Result<()> {
        self.taken = self.taken.max(through.min(self.next.saturating_sub(1)));
        while self.segments.get(1).is_some_and(|next| next.first <= self.taken + 1) {
            self.drop_oldest()?;
        }
        Ok(())
    }

    fn keep_bounds(&mut self, now_ms: u64) -> io::Result<u64> {
        let mut dropped = 0;
        let over = |outbox: &Self| {
            let bytes: u64 = outbox.segments.iter().map(|segment| segment.bytes).sum();
            let old = |segment: &Segment| {
                segment.newest_ms.saturating_add(outbox.bounds.age_ms_max) < now_ms
            };
            outbox.segments.len() > 1
                && (bytes > outbox.bounds.bytes_max || outbox.segments.front().is_some_and(old))
        };
        while over(self) {
            let (first, events) = self.drop_oldest()?;
            dropped += events.saturating_sub((self.taken + 1).saturating_sub(first));
        }
        Ok(dropped)
    }

    /// Forgets the oldest file; its first number, and how many events were in it.
    fn drop_oldest(&mut self) -> io::Result<(u64, u64)> {
        let Some(oldest) = self.segments.pop_front() else { return Ok((self.next, 0)) };
        fs::remove_file(segment::path(&self.folder, oldest.first))?;
        Ok((oldest.first, oldest.events))
    }
}

/// The name of the outbox in a folder; a new one is given to a new outbox.
fn name(folder: &Path) -> io::Result<String> {
    let path = folder.join(NAME_FILE);
    match fs::read_to_string(&path) {
        Ok(name) if !name.trim().is_empty() => return Ok(name.trim().to_owned()),
        Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
        _ => {}
    }
    let name = format!("{:032x}", rand::random::<u128>());
    let begun = folder.join("name.new");
    let mut file = File::create(&begun)?;
    file.write_all(name.as_bytes())?;
    file.sync_all()?;
    fs::rename(begun, path)?;
    segment::settle(folder)?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: u64) -> OutboxEvent {
        OutboxEvent::read(format!("{{\"n\":{number},\"toMs\":{}}}", 1_000 * number))
    }

    fn events(numbers: std::ops::RangeInclusive<u64>) -> Vec<OutboxEvent> {
        numbers.map(event).collect()
    }

    fn small() -> Bounds {
        Bounds { bytes_max: 2_000, age_ms_max: 1_000_000, segment_bytes: 300 }
    }

    fn open(folder: &Path, bounds: Bounds) -> Outbox {
        let (outbox, unreadable) = Outbox::open(folder, bounds).unwrap();
        assert_eq!(unreadable, 0);
        outbox
    }

    /// Everything that is kept, as who takes it would read it.
    fn taken(outbox: &Outbox) -> Vec<u64> {
        let (mut numbers, mut after) = (vec![], 0);
        loop {
            let EventBatch { first, events } = outbox.after(after).unwrap();
            if events.is_empty() {
                return numbers;
            }
            for (number, event) in (first..).zip(&events) {
                assert!(event.contains(&format!("\"n\":{number},")), "{number}: {event}");
                numbers.push(number);
                after = number;
            }
        }
    }

    #[test]
    fn what_is_kept_is_there_after_an_end_at_any_byte() {
        let whole = tempfile::tempdir().unwrap();
        let mut outbox = open(whole.path(), Bounds::default());
        let id = outbox.id().to_owned();
        outbox.append(&events(1..=3)).unwrap();
        outbox.append(&events(4..=5)).unwrap();
        let file = segment::path(whole.path(), 1);
        let bytes = fs::read(&file).unwrap();
        let line = bytes.len() / 5;
        for cut in 0..=bytes.len() {
            fs::write(&file, &bytes[..cut]).unwrap();
            let mut outbox = open(whole.path(), Bounds::default());
            let good = bytes[..cut].iter().filter(|byte| **byte == b'\n').count() as u64;
            assert_eq!(taken(&outbox), (1..=good).collect::<Vec<_>>(), "{cut} of {line} a line");
            assert_eq!(outbox.id(), id);
            outbox.append(&events(good + 1..=good + 1)).unwrap();
            assert_eq!(
                taken(&outbox).len() as u64,
                good + 1,
                "and it goes on behind the last good one"
            );
        }
    }

    #[test]
    fn numbers_go_on_when_everything_was_taken() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path(), small());
        outbox.append(&events(1..=40)).unwrap();
        assert_eq!(taken(&outbox).len(), 40);
        outbox.forget(17).unwrap();
        assert!(
            outbox.len() >= 23 && taken(&outbox).contains(&18),
            "nothing that was not taken went"
        );
        outbox.forget(40).unwrap();
        assert_eq!(outbox.len(), 0);
        let mut outbox = open(folder.path(), small());
        outbox.forget(u64::MAX).unwrap();
        outbox.append(&events(41..=41)).unwrap();
        assert_eq!(outbox.after(40).unwrap().first, 41);
        assert_eq!(outbox.after(u64::MAX).unwrap().events, [""; 0]);
    }

    #[test]
    fn over_the_bound_the_oldest_go_and_are_counted_unless_they_were_taken() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path(), small());
        let mut dropped = 0;
        for number in 1..=200 {
            dropped += outbox.append(&events(number..=number)).unwrap();
        }
        assert_eq!(dropped + outbox.len(), 200);
        let bytes: u64 = outbox.segments.iter().map(|it| it.bytes).sum();
        assert!((1_500..=2_000).contains(&bytes), "{bytes}");
        outbox.forget(200).unwrap();
        let files = fs::read_dir(folder.path()).unwrap().count();
        assert!(files <= 2, "the name and what is written to: {files}");
        for number in 201..=220 {
            assert_eq!(outbox.append(&events(number..=number)).unwrap(), 0);
        }
        let dropped = outbox.append(&events(2_000..=2_000)).unwrap();
        assert!(dropped >= 10, "what is too old goes as well: {dropped}");
    }

    #[test]
    fn a_damaged_file_loses_what_stands_behind_the_damage_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut outbox = open(folder.path(), small());
        for number in 1..=30 {
            outbox.append(&events(number..=number)).unwrap();
        }
        let second = outbox.segments[1].first;
        let third = outbox.segments[2].first;
        let file = segment::path(folder.path(), second);
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&file, bytes).unwrap();
        let (outbox, unreadable) = Outbox::open(folder.path(), small()).unwrap();
        let taken = taken(&outbox);
        assert_eq!(taken.len() as u64 + unreadable, 30);
        assert!(unreadable > 0 && unreadable < third - second);
        assert_eq!(taken.last(), Some(&30));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let why = Outbox::open(&file, Bounds::default()).unwrap_err().to_string();
        assert!(why.contains("receipts") && why.contains(file.to_str().unwrap()), "{why}");
    }
}
