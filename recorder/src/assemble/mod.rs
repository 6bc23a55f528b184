//! From a sealed journal to files that play: the only place that knows GStreamer.
//!
//! One take at a time, on a thread of lower priority, faster than real time. There is no jitter
//! buffer and no clock: the timeline is made by [`archive::plan`], packets go in with their times.
//! Order: [`work`] takes the next take, [`make`] plans and names the results, `pipeline` runs.

mod feed;
mod needs;
mod pipeline;

use crate::config::Config;
use crate::journal::{Found, journal_of, load, manifest_file, segments, write_whole};
use crate::library::Library;
use crate::metrics::Metrics;
use archive::journal::Seal;
use archive::manifest::{Form, Journal, Manifest, State};
use archive::plan::Plan;
pub(crate) use needs::missing;
use pipeline::{Job, Made};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read as _};
use std::path::Path;

/// How much lower the priority of the assembly is.
const NICE: i32 = 10;

/// Why a take could not be assembled, for people.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("The recording's files cannot be read or written: {0}. Check the data folder.")]
    Files(#[from] io::Error),
    #[error(
        "The media library is not complete: {0}. Install gstreamer1.0-plugins-base, -good and -bad."
    )]
    Missing(String),
    #[error("The media library gave up: {0}")]
    Media(String),
    #[error("The assembly made no progress for {0} seconds")]
    Stalled(u32),
    #[error("The recorder is stopping")]
    Stopping,
}

/// Assembles takes until the library is closed.
pub(crate) fn work(library: &Library, config: &Config, metrics: &Metrics) {
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "the assembly runs at full priority");
    }
    while let Some(waiting) = library.next_to_assemble() {
        let folder = library.folder(&waiting.id);
        match make(&folder, &waiting, library, config) {
            Ok(manifest) => {
                metrics.assembled.inc();
                tracing::info!(recording = manifest.id, "a replay is ready");
                library.put(manifest);
            }
            // The next start does it again.
            Err(Failure::Stopping) => return,
            Err(failure) => {
                metrics.failed.inc();
                tracing::error!(recording = waiting.id, %failure, "a take is not assembled");
                let failed =
                    Manifest { state: State::Failed, reason: Some(failure.to_string()), ..waiting };
                let text = serde_json::to_vec(&failed).unwrap_or_default();
                if let Err(error) = write_whole(&manifest_file(&folder), &text) {
                    tracing::error!(%error, "the manifest cannot be written");
                }
                library.put(failed);
            }
        }
    }
}

fn make(
    folder: &Path,
    waiting: &Manifest,
    library: &Library,
    config: &Config,
) -> Result<Manifest, Failure> {
    let journal = journal_of(folder);
    let Found { take, seals } = load(&journal)?;
    let closed = take.closed.clone().unwrap_or_default();
    let plan = Plan::of(take);
    if plan.unheard > 0 {
        tracing::warn!(recording = waiting.id, streams = plan.unheard, "too many voices at a time");
    }
    let job = Job { plan: &plan, journal: &journal, folder, config };
    let made = job.run(&|| library.is_closed())?;
    let forms: Result<Vec<Form>, Failure> =
        made.into_iter().map(|it| form(folder, &waiting.id, it)).collect();
    let forms = forms?;
    let nothing = "Nobody could be heard or seen.";
    let manifest = Manifest {
        started_at: moment(plan.started_us),
        duration_ms: u64::try_from(plan.duration_us / 1_000).unwrap_or_default(),
        state: State::Ready,
        reason: forms.is_empty().then(|| nothing.to_owned()),
        participants: plan.participants,
        forms,
        slides: plan.slides,
        chat: plan.chat,
        damaged_seconds: plan.damaged_seconds,
        damage: plan.damage,
        journal: Some(proof(&journal, seals, closed)?),
        ..waiting.clone()
    };
    let text = serde_json::to_vec(&manifest).map_err(io::Error::other)?;
    write_whole(&manifest_file(folder), &text)?;
    Ok(manifest)
}

/// What proves that the journal is whole.
fn proof(journal: &Path, segments_sealed: Vec<Seal>, closed: String) -> Result<Journal, Failure> {
    if let Err(broken) = archive::journal::verify(&segments_sealed) {
        tracing::error!(%broken, "the journal's chain of seals is broken");
    }
    let mut bytes = 0;
    for (_, path) in segments(journal)? {
        bytes += std::fs::metadata(path)?.len();
    }
    let head = segments_sealed.last().map(|it| it.head.clone()).unwrap_or_default();
    Ok(Journal { head, bytes, segments: segments_sealed, closed })
}

/// Names a made file by its content, so that it can be cached for ever, and syncs it.
fn form(folder: &Path, id: &str, made: Made) -> Result<Form, Failure> {
    let part = folder.join(made.file);
    let mut file = std::fs::File::open(&part)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0_u64;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
        bytes += u64::try_from(read).unwrap_or_default();
    }
    file.sync_all()?;
    let sha256: String = hasher.finalize().iter().map(|it| format!("{it:02x}")).collect();
    let short = sha256.get(..16).unwrap_or_default();
    let name = format!("{}-{short}.{}", made.form, made.extension);
    std::fs::rename(&part, folder.join(&name))?;
    let hundredths = (bytes + 5_000) / 10_000;
    Ok(Form {
        form: made.form.to_owned(),
        bytes,
        megabytes: f64::from(u32::try_from(hundredths).unwrap_or(u32::MAX)) / 100.0,
        url: format!("/replay/recordings/{id}/{name}"),
        mime: made.mime.to_owned(),
        sha256,
    })
}

/// RFC 3339 of microseconds since 1970.
fn moment(us: i64) -> String {
    jiff::Timestamp::from_millisecond(us / 1_000).map(|it| it.to_string()).unwrap_or_default()
}
