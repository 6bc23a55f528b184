use super::whole::write_whole;
use archive::journal::{HEADER, Reader, Seal, Sealer, append};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The path of segment `number` in a journal folder.
pub(super) fn path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:04}.tap"))
}

pub(super) fn seal_path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:04}.seal"))
}

/// Where a seal that could not be read is kept.
pub(super) fn broken_seal_path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:04}.seal-broken"))
}

/// The segments in a journal folder, in order.
pub(crate) fn segments(folder: &Path) -> io::Result<Vec<(u32, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "tap")
            && let Some(number) = path.file_stem().and_then(|it| it.to_str()?.parse().ok())
        {
            found.push((number, path));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// A segment that is being written. What cannot be written yet waits in memory; a write that
/// failed half-way is done again from the same place, so a full disk loses nothing.
#[derive(Debug)]
pub(super) struct Segment {
    folder: PathBuf,
    pub(super) number: u32,
    pub(super) since: Instant,
    file: Option<File>,
    pending: Vec<u8>,
    written: u64,
    synced: u64,
    sealer: Sealer,
}

impl Segment {
    pub(super) fn new(folder: &Path, number: u32, since: Instant) -> Self {
        Self {
            folder: folder.to_owned(),
            number,
            since,
            file: None,
            pending: HEADER.to_vec(),
            written: 0,
            synced: 0,
            sealer: Sealer::default(),
        }
    }

    pub(super) fn append(&mut self, payload: &[u8]) -> bool {
        append(payload, &mut self.pending)
    }

    /// Bytes that wait in memory.
    pub(super) const fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Length with what waits.
    pub(super) fn bytes(&self) -> u64 {
        self.written + u64::try_from(self.pending.len()).unwrap_or_default()
    }

    pub(super) const fn is_dirty(&self) -> bool {
        self.synced < self.written
    }

    /// Writes what waits; how many bytes that was.
    pub(super) fn flush(&mut self) -> io::Result<u64> {
        if self.pending.is_empty() {
            return Ok(0);
        }
        if self.file.is_none() {
            std::fs::create_dir_all(&self.folder)?;
            let path = path(&self.folder, self.number);
            let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
            File::open(&self.folder)?.sync_all()?;
            self.file = Some(file);
        }
        let Some(file) = &self.file else { return Ok(0) };
        file.write_all_at(&self.pending, self.written)?;
        let bytes = u64::try_from(self.pending.len()).unwrap_or_default();
        self.sealer.update(&self.pending);
        self.written += bytes;
        self.pending.clear();
        Ok(bytes)
    }

    pub(super) fn sync(&mut self) -> io::Result<()> {
        if let Some(file) = &self.file
            && self.is_dirty()
        {
            file.sync_data()?;
            self.synced = self.written;
        }
        Ok(())
    }

    /// Writes, syncs and seals; after an error it can be called again.
    pub(super) fn seal(&mut self, prev: &str) -> io::Result<Seal> {
        self.flush()?;
        self.sync()?;
        let seal = self.sealer.clone().seal(self.number, prev);
        write_seal(&self.folder, &seal)?;
        Ok(seal)
    }
}

/// Writes a seal so that it is there whole or not at all.
fn write_seal(folder: &Path, seal: &Seal) -> io::Result<()> {
    write_whole(&seal_path(folder, seal.segment), &serde_json::to_vec(seal)?)
}

/// Puts a new seal in the place of one that cannot be read, which is kept beside it.
pub(super) fn reseal(folder: &Path, seal: &Seal) -> io::Result<()> {
    let path = seal_path(folder, seal.segment);
    std::fs::rename(&path, broken_seal_path(folder, seal.segment))?;
    write_seal(folder, seal)
}

/// Cuts a segment that a crash left behind, and that holds `bytes`, at its first bad one, and seals
/// it; how many were good. A file without even a whole header becomes an empty segment.
pub(super) fn mend(
    folder: &Path,
    number: u32,
    prev: &str,
    bytes: &[u8],
) -> io::Result<(Seal, usize)> {
    let path = path(folder, number);
    let mut reader = Reader::new(bytes);
    reader.by_ref().for_each(drop);
    let good = reader.good();
    let file = OpenOptions::new().write(true).open(&path)?;
    if good < bytes.len() {
        tracing::warn!(segment = number, torn = bytes.len() - good, "a torn segment is cut");
        file.set_len(u64::try_from(good).unwrap_or_default())?;
    }
    file.sync_all()?;
    let mut sealer = Sealer::default();
    sealer.update(bytes.get(..good).unwrap_or_default());
    let seal = sealer.seal(number, prev);
    write_seal(folder, &seal)?;
    Ok((seal, good))
}
