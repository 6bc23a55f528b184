//! Attempts at assembling: each is a child in the sandbox, and there are three for a take.
//!
//! Media come from strangers and are decoded by large libraries: what crashes there costs the child
//! and nothing else, and a take that crashes them is not tried for ever. Order: [`work`] takes the
//! next take, [`Tries`] counts over restarts, `child` runs, `accept` believes nothing of what was made
//! that it has not looked at.

mod accept;
mod child;

use crate::config::Config;
use crate::journal::{Tries, journal_of, manifest_file, scan, write_whole};
use crate::library::Library;
use crate::metrics::Metrics;
use crate::sandbox::Sandbox;
use archive::manifest::{Journal, Manifest, State};
use std::io;
use std::path::Path;

/// How much lower the priority of the thread is, which reads whole journals.
const NICE: i32 = 10;

/// What an attempt ended in, if not in a replay.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("The recording's files cannot be read or written: {0}. Check the data folder.")]
    Files(#[from] io::Error),
    /// The child said why; another attempt in this run would end alike.
    #[error("{0}")]
    Refused(String),
    /// As before, but for a reason that is not in the recording.
    #[error("{0}")]
    Hindered(String),
    #[error("The assembly ended early: {0}")]
    Crashed(String),
    #[error("The recorder is stopping")]
    Stopping,
}

/// What attempts are made with.
#[derive(Debug)]
pub(crate) struct Attempts {
    pub(crate) library: std::sync::Arc<Library>,
    pub(crate) config: Config,
    pub(crate) metrics: Metrics,
    pub(crate) sandbox: Sandbox,
}

impl Attempts {
    /// Has takes assembled until the library is closed.
    pub(crate) fn work(&self) {
        if let Err(error) = rustix::process::setpriority_process(None, NICE) {
            tracing::warn!(%error, "journals are checked at full priority");
        }
        while let Some(waiting) = self.library.next_to_assemble() {
            let folder = self.library.folder(&waiting.id);
            match self.attempt(&folder, &waiting) {
                Ok(manifest) => {
                    self.metrics.assembled.inc();
                    tracing::info!(recording = manifest.id, "a replay is ready");
                    self.library.put(manifest);
                }
                // The next start does it again.
                Err(Ended::Stopping) => return,
                Err(ended) => self.ended(&folder, waiting, &ended),
            }
        }
    }

    fn attempt(&self, folder: &Path, waiting: &Manifest) -> Result<Manifest, Ended> {
        let journal = self.proof(folder)?;
        let tries = Tries::of(folder);
        tries.more().keep(folder)?;
        let done = child::run(self, folder, waiting);
        if matches!(done, Err(Ended::Stopping | Ended::Hindered(_) | Ended::Files(_))) {
            tries.keep(folder)?;
        }
        done?;
        let manifest = accept::take(folder, waiting, journal)?;
        // What is left of the work is of no use.
        let _ = std::fs::remove_dir_all(child::work_of(folder));
        Tries::forget(folder);
        Ok(manifest)
    }

    fn ended(&self, folder: &Path, waiting: Manifest, ended: &Ended) {
        let tries = Tries::of(folder);
        let crashed = matches!(ended, Ended::Crashed(_));
        if crashed {
            self.metrics.assembly_crashes.inc();
        }
        tracing::error!(recording = waiting.id, %ended, tries = tries.made(), "a take is not assembled");
        // The library hands it out again.
        if crashed && !tries.are_over() {
            return;
        }
        self.metrics.failed.inc();
        let mut reason = ended.to_string();
        if tries.are_over() {
            reason
                .push_str(" It was tried three times and is not tried again; its journal is kept.");
        }
        let failed = Manifest { state: State::Failed, reason: Some(reason), ..waiting };
        let text = serde_json::to_vec(&failed).unwrap_or_default();
        if let Err(error) = write_whole(&manifest_file(folder), &text) {
            tracing::error!(%error, "the manifest cannot be written");
        }
        self.library.put(failed);
    }

    /// What proves that the journal is whole, and what is wrong with it: every segment is hashed again
    /// and the chain of seals followed.
    fn proof(&self, folder: &Path) -> Result<Journal, Ended> {
        let found = scan(&journal_of(folder))?;
        for fault in &found.faults {
            self.metrics.journal_faults.inc();
            tracing::error!(folder = %folder.display(), fault, "a journal is not as it was written");
        }
        let head = found.seals.last().map(|it| it.head.clone()).unwrap_or_default();
        let bytes = found.seals.iter().map(|it| it.bytes).sum();
        let closed = found.take.closed.unwrap_or_default();
        Ok(Journal { head, bytes, segments: found.seals, closed, faults: found.faults })
    }
}
