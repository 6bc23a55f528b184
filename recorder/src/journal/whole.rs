use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a file so that it is there whole or not at all, even after a power cut.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_extension("part");
    let mut file = File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, path)?;
    path.parent().map_or(Ok(()), |it| File::open(it)?.sync_all())
}
