//! All recordings that the recorder knows, and how far each is.

use archive::manifest::{Manifest, State};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Recordings by id. Everybody's view is this one.
#[derive(Debug)]
pub(crate) struct Library {
    folder: PathBuf,
    shelf: Mutex<Contents>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct Contents {
    recordings: BTreeMap<String, Arc<Manifest>>,
    closed: bool,
}

impl Library {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, shelf: Mutex::default(), news: Condvar::new() }
    }

    /// The folder of a recording.
    pub(crate) fn folder(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// The folder of all.
    pub(crate) fn root(&self) -> &Path {
        &self.folder
    }

    /// Puts a recording's newest state in.
    pub(crate) fn put(&self, manifest: Manifest) {
        self.shelf().recordings.insert(manifest.id.clone(), Arc::new(manifest));
        self.news.notify_all();
    }

    /// Changes a recording that is there.
    pub(crate) fn change(&self, id: &str, change: impl FnOnce(&mut Manifest)) {
        if let Some(manifest) = self.shelf().recordings.get_mut(id) {
            change(Arc::make_mut(manifest));
        }
        self.news.notify_all();
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<Manifest>> {
        self.shelf().recordings.get(id).cloned()
    }

    /// Whether the id is taken.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.shelf().recordings.contains_key(id)
    }

    /// Ids of those that `visible` lets through, the newest first.
    pub(crate) fn order(&self, visible: impl Fn(&Manifest) -> bool) -> Vec<String> {
        let shelf = self.shelf();
        let mut seen: Vec<(&str, &str)> = shelf
            .recordings
            .values()
            .filter(|it| visible(it))
            .map(|it| (it.started_at.as_str(), it.id.as_str()))
            .collect();
        seen.sort_unstable_by(|a, b| b.cmp(a));
        seen.into_iter().map(|(_, id)| id.to_owned()).collect()
    }

    /// Whether there is a recording of which this holds.
    pub(crate) fn any(&self, holds: impl Fn(&Manifest) -> bool) -> bool {
        self.shelf().recordings.values().any(|it| holds(it))
    }

    /// Takes a finished recording out: its folder is moved to `to` in one step, so that after a
    /// crash it is there whole or gone. `Ok(None)` if there is none, or it is not finished.
    ///
    /// # Errors
    /// If the folder cannot be moved; then nothing is changed.
    pub(crate) fn withdraw(&self, id: &str, to: &Path) -> std::io::Result<Option<Arc<Manifest>>> {
        // Held over the move: nobody begins to assemble what goes.
        let mut shelf = self.shelf();
        let finished = |it: &&Arc<Manifest>| matches!(it.state, State::Ready | State::Failed);
        if shelf.recordings.get(id).filter(finished).is_none() {
            return Ok(None);
        }
        std::fs::rename(self.folder(id), to)?;
        Ok(shelf.recordings.remove(id))
    }

    /// Waits for a recording that is to be assembled, the oldest first; `None` when the library is
    /// closed.
    pub(crate) fn next_to_assemble(&self) -> Option<Manifest> {
        let mut shelf = self.shelf();
        loop {
            if shelf.closed {
                return None;
            }
            let waiting = shelf.recordings.values().filter(|it| it.state == State::Assembling);
            if let Some(next) = waiting.min_by(|a, b| a.started_at.cmp(&b.started_at)) {
                return Some(next.as_ref().clone());
            }
            let wait = self.news.wait_timeout(shelf, Duration::from_secs(60));
            shelf = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends the waiting for work.
    pub(crate) fn close(&self) {
        self.shelf().closed = true;
        self.news.notify_all();
    }

    /// Waits until [`close`](Self::close) is called, so long at most; whether it was.
    pub(crate) fn is_closed_within(&self, time: Duration) -> bool {
        let wait = self.news.wait_timeout_while(self.shelf(), time, |it| !it.closed);
        wait.unwrap_or_else(PoisonError::into_inner).0.closed
    }

    fn shelf(&self) -> MutexGuard<'_, Contents> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
