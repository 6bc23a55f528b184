use super::segment::{broken_seal_path, mend, reseal, seal_path, segments};
use archive::journal::{Reader, Seal, Sealer, verify};
use archive::take::Take;
use archive::tap::{Body, MAX_RECORD, Missed, Record};
use archive::timeline::Extent;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The first record of a journal lies within so many bytes.
const FIRST_BYTES: u64 = 2 * MAX_RECORD as u64;

/// The journal's folder in a recording's.
pub(crate) fn journal_of(recording: &Path) -> PathBuf {
    recording.join("journal")
}

/// The manifest in a recording's folder.
pub(crate) fn manifest_file(recording: &Path) -> PathBuf {
    recording.join("manifest.json")
}

/// A journal as it lies on disk.
#[derive(Debug, Default)]
pub(crate) struct StoredJournal {
    /// What it tells; with packets only if they were asked for.
    pub(crate) take: Take,
    /// The seals of all segments.
    pub(crate) seals: Vec<Seal>,
    /// What is not as it was written, for people.
    pub(crate) faults: Vec<String>,
    /// Whether records are missing before the next one.
    hole: bool,
}

/// Reads a journal and mends it: unsealed segments are cut at the first bad byte and sealed. What
/// a sealed segment lost since (a bad disk) is left out and told; a fault hides nothing that can be
/// read.
pub(crate) fn load(journal: &Path) -> io::Result<StoredJournal> {
    read(journal, true)
}

/// As [`load`], without the packets: who, what, and up to which record.
pub(crate) fn scan(journal: &Path) -> io::Result<StoredJournal> {
    read(journal, false)
}

/// Whether a recording's journal begins with this record of a room of this run of the gateway.
pub(super) fn is_of(recording: &Path, run: &str, (room, seq): (u32, u64)) -> bool {
    let begins = |path: PathBuf| {
        let mut bytes = Vec::new();
        File::open(path).ok()?.take(FIRST_BYTES).read_to_end(&mut bytes).ok()?;
        let (_, payload) = Reader::new(&bytes).next()?;
        let record = Record::decode(payload).ok()?;
        let Body::RoomOpened(it) = &record.body else { return None };
        Some(it.run == run && (record.room, record.seq) == (room, seq))
    };
    let found = segments(&journal_of(recording)).unwrap_or_default();
    found.into_iter().find_map(|(_, path)| begins(path)).unwrap_or_default()
}

fn read(journal: &Path, packets: bool) -> io::Result<StoredJournal> {
    let mut found = StoredJournal::default();
    for (number, path) in segments(journal)? {
        // One segment in memory at a time: it is as long as the configuration lets it grow.
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                found.faults.push(format!("segment {number} cannot be read ({error})"));
                found.hole = true;
                continue;
            }
        };
        let bytes = found.seal(journal, number, bytes)?;
        let mut reader = Reader::new(&bytes);
        for (offset, payload) in reader.by_ref() {
            take_in(&mut found, packets, number, offset, payload);
        }
        found.hole |= reader.good() < bytes.len();
    }
    if let Err(broken) = verify(&found.seals) {
        found.faults.push(broken.to_string());
    }
    Ok(found)
}

impl StoredJournal {
    /// Finds the seal of a segment and holds the segment against it. One without a seal gets it and
    /// loses its torn end; where the seal itself is broken it is made anew, and the next one tells
    /// whether the segment has changed since. The answer is the segment's bytes.
    fn seal(&mut self, journal: &Path, number: u32, bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let prev = self.seals.last().map(|it| it.head.clone()).unwrap_or_default();
        let said = match std::fs::read(seal_path(journal, number)) {
            Ok(text) => serde_json::from_slice::<Seal>(&text).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let (seal, good) = mend(journal, number, &prev, &bytes)?;
                self.seals.push(seal);
                return Ok(bytes.get(..good).unwrap_or_default().to_vec());
            }
            Err(error) => Err(error),
        };
        let mut sealer = Sealer::default();
        sealer.update(&bytes);
        let own = sealer.seal(number, &prev);
        match said {
            Ok(seal) => {
                if broken_seal_path(journal, number).exists() {
                    self.faults.push(format!("the seal of segment {number} was made anew"));
                }
                if (seal.bytes, &seal.sha256) != (own.bytes, &own.sha256) {
                    self.faults.push(format!("segment {number} is not as it was sealed"));
                }
                self.seals.push(seal);
            }
            Err(error) => {
                self.faults.push(format!("the seal of segment {number} cannot be read ({error})"));
                reseal(journal, &own)?;
                self.seals.push(own);
            }
        }
        Ok(bytes)
    }
}

fn take_in(found: &mut StoredJournal, packets: bool, segment: u32, offset: usize, payload: &[u8]) {
    let take = &mut found.take;
    let Ok(mut record) = Record::decode(payload) else {
        take.left_out += 1;
        return;
    };
    // What a failed sync made uncertain was written once more.
    if record.seq < take.last_seq {
        return;
    }
    if std::mem::take(&mut found.hole) {
        let from_us = u64::try_from(take.last_us).unwrap_or_default();
        let reason = "the disk lost records".to_owned();
        let missed = Missed { from_us, to_us: record.at_us, records: 0, reason };
        take.read(&Record { body: Body::Missed(missed), ..record.clone() }, Extent::default());
    }
    let mut place = Extent::default();
    match &record.body {
        Body::Rtp(rtp) if packets => {
            let head = payload.len() - rtp.packet.len();
            let offset = u32::try_from(offset + head);
            let len = u16::try_from(rtp.packet.len());
            let (Ok(offset), Ok(len)) = (offset, len) else {
                take.left_out += 1;
                return;
            };
            place = Extent { segment, offset, len };
        }
        // Only the record's time and number count then.
        Body::Rtp(_) | Body::SenderReport(_) if !packets => {
            record.body = Body::Other { kind: record.body.kind(), bytes: &[] };
        }
        _ => {}
    }
    take.read(&record, place);
}
