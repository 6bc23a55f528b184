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
/// failed half-way is done again from the same place, so a full disk loses nothing. What is not
/// synced stays in memory as well: after a sync that failed the kernel takes the pages for clean,
/// and no later sync of the same file tells whether they are on disk.
#[derive(Debug)]
pub(super) struct Segment {
    folder: PathBuf,
    pub(super) number: u32,
    pub(super) since: Instant,
    file: Option<File>,
    pending: Vec<u8>,
    /// Written, and not known to be on disk.
    unsynced: Vec<u8>,
    written: u64,
    sealer: Sealer,
    /// Of what is known to be on disk.
    good: Sealer,
    sync: fn(&File) -> io::Result<()>,
}

/// A segment whose sync failed: it ends where it was good last. Everything behind that is in the
/// next one.
#[derive(Debug)]
pub(super) struct Retired {
    folder: PathBuf,
    pub(super) seal: Seal,
}

impl Retired {
    /// Cuts and seals it; after an error it can be called again.
    pub(super) fn settle(&self) -> io::Result<()> {
        let path = path(&self.folder, self.seal.segment);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        file.set_len(self.seal.bytes)?;
        file.sync_all()?;
        write_seal(&self.folder, &self.seal)
    }
}

impl Segment {
    pub(super) fn new(folder: &Path, number: u32, since: Instant) -> Self {
        Self {
            folder: folder.to_owned(),
            number,
            since,
            file: None,
            pending: HEADER.to_vec(),
            unsynced: Vec::new(),
            written: 0,
            sealer: Sealer::default(),
            good: Sealer::default(),
            sync: File::sync_data,
        }
    }

    pub(super) fn append(&mut self, payload: &[u8]) -> bool {
        append(payload, &mut self.pending)
    }

    /// Bytes that are held in memory.
    pub(super) const fn pending(&self) -> usize {
        self.pending.len() + self.unsynced.len()
    }

    /// Length with what waits.
    pub(super) fn bytes(&self) -> u64 {
        self.written + u64::try_from(self.pending.len()).unwrap_or_default()
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
        self.unsynced.append(&mut self.pending);
        Ok(bytes)
    }

    /// Syncs what was written. After an error the segment must be [retired](Self::retire).
    pub(super) fn sync(&mut self) -> io::Result<()> {
        if let Some(file) = &self.file
            && !self.unsynced.is_empty()
        {
            (self.sync)(file)?;
            self.unsynced.clear();
            self.good = self.sealer.clone();
        }
        Ok(())
    }

    /// Seals what was written and synced; after an error it can be called again.
    pub(super) fn seal(&self, prev: &str) -> io::Result<Seal> {
        let seal = self.sealer.clone().seal(self.number, prev);
        write_seal(&self.folder, &seal)?;
        Ok(seal)
    }

    /// Ends the segment where it was good last. The next one has the rest.
    pub(super) fn retire(self, prev: &str) -> (Retired, Self) {
        let mut next =
            Self { sync: self.sync, ..Self::new(&self.folder, self.number + 1, self.since) };
        let rest = [self.unsynced, self.pending].concat();
        // Of a segment that was never synced the header is in it.
        let records = rest.strip_prefix(&HEADER).unwrap_or(&rest);
        next.pending.extend_from_slice(records);
        let seal = self.good.seal(self.number, prev);
        (Retired { folder: self.folder, seal }, next)
    }

    /// A segment whose syncs are told by the test.
    #[cfg(test)]
    pub(super) fn with_sync(self, sync: fn(&File) -> io::Result<()>) -> Self {
        Self { sync, ..self }
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
