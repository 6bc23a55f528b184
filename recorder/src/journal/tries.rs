use super::whole::write_whole;
use std::io;
use std::path::{Path, PathBuf};

/// Attempts that one take is worth.
const MOST: u32 = 3;

/// How often a take was tried; kept beside it, so that a restart does not begin anew.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tries(u32);

impl Tries {
    /// Those of the take in this folder.
    pub(crate) fn of(folder: &Path) -> Self {
        let text = std::fs::read_to_string(file(folder)).unwrap_or_default();
        Self(text.trim().parse().unwrap_or(0))
    }

    pub(crate) const fn more(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    pub(crate) const fn made(self) -> u32 {
        self.0
    }

    /// Whether it is not tried again.
    pub(crate) const fn are_over(self) -> bool {
        self.0 >= MOST
    }

    /// Puts the count on disk: before an attempt, for it may end everything.
    pub(crate) fn keep(self, folder: &Path) -> io::Result<()> {
        write_whole(&file(folder), self.0.to_string().as_bytes())
    }

    /// Of a take that is assembled nobody counts them.
    pub(crate) fn forget(folder: &Path) {
        // One that stays is overwritten at the next attempt.
        let _ = std::fs::remove_file(file(folder));
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("tries")
}
