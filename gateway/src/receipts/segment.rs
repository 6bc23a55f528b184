//! One file of an outbox.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// What is known of a file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Segment {
    /// The number of its first event.
    pub(super) first: u64,
    pub(super) bytes: u64,
    pub(super) events: u64,
    /// When its newest event ended, milliseconds since 1970.
    pub(super) newest_ms: u64,
}

/// What a file holds.
pub(super) struct Read {
    pub(super) events: Vec<String>,
    /// Its length, and the part of it that is good.
    pub(super) length: u64,
    pub(super) whole: u64,
}

const ENDING: &str = "events";
/// No event has a larger number: it fits where numbers are signed.
pub(super) const NUMBER_MAX: u64 = i64::MAX as u64 / 2;
/// Digits of the checksum, and the space after it.
const BEFORE: usize = 9;

pub(super) fn path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}.{ENDING}"))
}

/// The first numbers of all files of a folder, in order.
pub(super) fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = vec![];
    for entry in fs::read_dir(folder)? {
        let found = entry?.path();
        let number: Option<u64> = found.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        let ours = |number: &u64| *number <= NUMBER_MAX && path(folder, *number) == found;
        numbers.extend(number.filter(ours));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// A new file, which is there when this returns.
pub(super) fn create(folder: &Path, first: u64) -> io::Result<Segment> {
    File::create_new(path(folder, first))?.sync_all()?;
    settle(folder)?;
    Ok(Segment { first, ..Segment::default() })
}

/// Names of files in a folder are on the disk.
pub(super) fn settle(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// An event as it stands in a file.
pub(super) fn line(json: &str) -> String {
    format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()))
}

/// Reads a file up to the first line that is not whole.
pub(super) fn read(folder: &Path, first: u64) -> io::Result<Read> {
    Ok(parse(&fs::read(path(folder, first))?))
}

/// What stands in a file of these bytes.
pub(super) fn parse(bytes: &[u8]) -> Read {
    let (mut events, mut whole) = (vec![], 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(event) = event(line) else { break };
        events.push(event);
        whole += line.len() as u64;
    }
    Read { events, length: bytes.len() as u64, whole }
}

fn event(line: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (sum, json) = text.split_at_checked(BEFORE)?;
    let sum = u32::from_str_radix(sum.trim_end(), 16).ok()?;
    (sum == crc32fast::hash(json.as_bytes())).then(|| json.to_owned())
}

/// When an event ended; 0 if it does not say so.
pub(super) fn ended_ms(event: &str) -> u64 {
    #[derive(serde::Deserialize)]
    struct EventEnd {
        #[serde(rename = "toMs")]
        to_ms: u64,
    }
    serde_json::from_str(event).map_or(0, |EventEnd { to_ms }| to_ms)
}
