use super::segment::{mend, seal_path, segments};
use archive::journal::{Reader, Seal};
use archive::take::Take;
use archive::tap::{Body, Record};
use archive::timeline::Place;
use std::io;
use std::path::{Path, PathBuf};

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
pub(crate) struct Found {
    /// What it tells; with packets only if they were asked for.
    pub(crate) take: Take,
    /// The seals of all segments.
    pub(crate) seals: Vec<Seal>,
}

/// Reads a journal and mends it: unsealed segments are cut at the first bad byte and sealed. What
/// a sealed segment lost since (a bad disk) is left out and told in the log.
pub(crate) fn load(journal: &Path) -> io::Result<Found> {
    read(journal, true)
}

/// As [`load`], without the packets: who, what, and up to which record.
pub(crate) fn scan(journal: &Path) -> io::Result<Found> {
    read(journal, false)
}

fn read(journal: &Path, packets: bool) -> io::Result<Found> {
    let mut found = Found::default();
    for (number, path) in segments(journal)? {
        let prev = found.seals.last().map(|it| it.head.clone()).unwrap_or_default();
        let seal = match std::fs::read(seal_path(journal, number)) {
            Ok(text) => serde_json::from_slice(&text).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => mend(journal, number, &prev),
            Err(error) => Err(error),
        };
        found.seals.push(seal?);
        // One segment in memory at a time: it is as long as the configuration lets it grow.
        let bytes = std::fs::read(&path)?;
        let mut reader = Reader::new(&bytes);
        for (offset, payload) in reader.by_ref() {
            take_in(&mut found.take, packets, number, offset, payload);
        }
        if reader.good() < bytes.len() {
            tracing::error!(segment = number, "a sealed segment is not as it was written");
        }
    }
    Ok(found)
}

fn take_in(take: &mut Take, packets: bool, segment: u32, offset: usize, payload: &[u8]) {
    let Ok(mut record) = Record::decode(payload) else {
        take.left_out += 1;
        return;
    };
    let mut place = Place::default();
    match &record.body {
        Body::Rtp(rtp) if packets => {
            let head = payload.len() - rtp.packet.len();
            let offset = u32::try_from(offset + head);
            let len = u16::try_from(rtp.packet.len());
            let (Ok(offset), Ok(len)) = (offset, len) else {
                take.left_out += 1;
                return;
            };
            place = Place { segment, offset, len };
        }
        // Only the record's time and number count then.
        Body::Rtp(_) | Body::SenderReport(_) if !packets => {
            record.body = Body::Other { kind: record.body.kind(), bytes: &[] };
        }
        _ => {}
    }
    take.read(&record, place);
}
