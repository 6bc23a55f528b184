//! Deleting a recording with all its files and the decks that nothing else shows.
//!
//! One rename takes it out of the library's folder, and with that it is deleted for everybody. What is left to be
//! removed then lies in `DATA/deleted`, and a start goes on with what a crash left there.

use crate::journal::manifest_file;
use crate::library::Library;
use crate::slides::Shelf;
use archive::manifest::{Manifest, State};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where deleted things lie until they are removed.
#[derive(Clone, Debug)]
pub(crate) struct Bin {
    folder: PathBuf,
    library: Arc<Library>,
    decks: Shelf,
}

impl Bin {
    pub(crate) fn new(folder: PathBuf, library: Arc<Library>, decks: Shelf) -> Self {
        Self { folder, library, decks }
    }

    /// Deletes a finished recording; `false` if there is none of this id, or it is not finished.
    ///
    /// # Errors
    /// If it cannot be moved away; then it is still there.
    pub(crate) fn delete(&self, id: &str) -> io::Result<bool> {
        std::fs::create_dir_all(&self.folder)?;
        let to = self.free(id);
        let Some(manifest) = self.library.withdraw(id, &to)? else { return Ok(false) };
        let done = sync(self.library.root()).and_then(|()| sync(&self.folder));
        if let Err(error) = done.and_then(|()| self.remove(&to, &manifest)) {
            tracing::error!(recording = id, %error, "files of a deleted recording are left");
        }
        tracing::info!(recording = id, "a recording is deleted");
        Ok(true)
    }

    /// Removes what a crash left.
    pub(crate) fn empty(&self) -> io::Result<()> {
        let entries = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        for entry in entries {
            let folder = entry?.path();
            let text = std::fs::read(manifest_file(&folder)).unwrap_or_default();
            match serde_json::from_slice::<Manifest>(&text) {
                Ok(manifest) => self.remove(&folder, &manifest)?,
                // A deck, or a recording whose manifest went first; that goes after its decks.
                Err(_) => std::fs::remove_dir_all(folder)?,
            }
        }
        Ok(())
    }

    fn remove(&self, folder: &Path, manifest: &Manifest) -> io::Result<()> {
        for deck in self.decks_of(manifest)? {
            let to = self.free(&deck);
            if self.decks.release(&deck, &manifest.session_id, &to)? {
                std::fs::remove_dir_all(to)?;
            }
        }
        std::fs::remove_dir_all(folder)
    }

    /// The decks that go with a recording: those it shows, and with the last recording of a session all of that
    /// session; not what another recording shows. While a recording is not finished, it is not known what it shows.
    fn decks_of(&self, gone: &Manifest) -> io::Result<BTreeSet<String>> {
        let unfinished = |it: &Manifest| !matches!(it.state, State::Ready | State::Failed);
        if self.library.any(|it| it.session_id == gone.session_id && unfinished(it)) {
            return Ok(BTreeSet::new());
        }
        let ids = gone.slides.iter().map(|it| it.deck.clone());
        let mut decks: BTreeSet<String> = ids.filter(|it| archive::plan::is_deck_id(it)).collect();
        if !self.library.any(|it| it.session_id == gone.session_id) {
            decks.append(&mut self.decks.shown_in(&gone.session_id)?);
        }
        decks.retain(|deck| !self.library.any(|it| it.slides.iter().any(|it| it.deck == *deck)));
        Ok(decks)
    }

    /// A name in the bin that nothing has.
    fn free(&self, name: &str) -> PathBuf {
        let plain = self.folder.join(name);
        let numbered = (2_u32..10_000).map(|it| self.folder.join(format!("{name}.{it}")));
        std::iter::once(plain.clone()).chain(numbered).find(|it| !it.exists()).unwrap_or(plain)
    }
}

/// Makes the renames in a folder last over a power cut.
fn sync(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}
