//! From a sealed journal to files that play: the only place that knows GStreamer.
//!
//! It is done in a child process (`attempt` starts it), one take at a time, of lower priority, faster
//! than real time. There is no jitter buffer and no clock: the timeline is made by [`archive::plan`],
//! packets go in with their times. Order: [`work`] reads the task, [`make`] plans and names the
//! results, `pipeline` runs.

mod feed;
mod needs;
mod pipeline;
mod shape;
mod words;

use crate::config::Config;
use crate::journal::{load, manifest_file, write_whole};
use archive::manifest::{Manifest, Rendition, Seat, State};
use archive::plan::Plan;
pub(crate) use needs::missing;
use pipeline::{Job, Made};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

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
}

/// What a child is told, in `task.json` of its working directory.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Task {
    /// What is known of the take.
    pub(crate) waiting: Manifest,
    /// Where its journal lies, sealed.
    pub(crate) journal: PathBuf,
    pub(crate) config: Config,
}

/// Why a child made nothing, in `failure.json`.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct FailureReport {
    /// For people.
    pub(crate) reason: String,
    /// Whether the same files would give the same again.
    pub(crate) final_: bool,
}

/// The names of the files that a child and its parent speak by.
pub(crate) const TASK: &str = "task.json";
pub(crate) const FAILURE: &str = "failure.json";

/// Does the task that lies in `folder`: the manifest and the files that it names are there then, or
/// why not. True if it is done.
pub(crate) fn work(folder: &Path) -> bool {
    let task = std::fs::read(folder.join(TASK)).and_then(|it| Ok(serde_json::from_slice(&it)?));
    let made = task.map_err(Failure::from).and_then(|task: Task| make(folder, &task));
    let Err(failure) = made else { return true };
    let final_ = !matches!(failure, Failure::Files(_) | Failure::Missing(_));
    let report = FailureReport { reason: failure.to_string(), final_ };
    let text = serde_json::to_vec(&report).unwrap_or_default();
    if let Err(error) = write_whole(&folder.join(FAILURE), &text) {
        tracing::error!(%failure, %error, "neither a replay nor why not");
    }
    false
}

fn make(folder: &Path, task: &Task) -> Result<(), Failure> {
    let Task { waiting, journal, config } = task;
    let take = load(journal)?.take;
    let ahead_us = take.ahead_us;
    let mut plan = Plan::of(take);
    if plan.unheard > 0 {
        tracing::warn!(recording = waiting.id, streams = plan.unheard, "too many voices at a time");
    }
    let job = Job { plan: &plan, journal, folder, config };
    let (made, given_up) = job.run()?;
    let of = |it: &Made| plan.pictures.get(it.picture?).map(|it| seat(&it.identity, it.screen));
    let forms: Result<Vec<Rendition>, Failure> =
        made.iter().map(|it| form(folder, &waiting.id, it, of(it))).collect();
    let forms = forms?;
    given_up.into_iter().for_each(|it| plan.give_up(it));
    let nothing = "Nobody could be heard or seen.";
    let manifest = Manifest {
        started_at: moment(plan.started_us.saturating_add(ahead_us)),
        duration_ms: u64::try_from(plan.duration_us / 1_000).unwrap_or_default(),
        state: State::Ready,
        reason: forms.is_empty().then(|| nothing.to_owned()),
        participants: plan.participants,
        forms,
        slides: plan.slides,
        chat: plan.chat,
        damaged_seconds: plan.damaged_seconds.any,
        damaged_seconds_by_kind: plan.damaged_seconds,
        unseen: plan.unseen.iter().map(|it| seat(&it.identity, it.screen)).collect(),
        damage: plan.damage,
        ..waiting.clone()
    };
    let text = serde_json::to_vec(&manifest).map_err(io::Error::other)?;
    Ok(write_whole(&manifest_file(folder), &text)?)
}

/// Names a made file by its content, so that it can be cached for ever, and syncs it.
fn form(folder: &Path, id: &str, made: &Made, seat: Option<Seat>) -> Result<Rendition, Failure> {
    let part = folder.join(&made.file);
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
    let number = made.picture.map(|it| format!("-{it}")).unwrap_or_default();
    let name = format!("{}{number}-{short}.{}", made.form, made.extension);
    std::fs::rename(&part, folder.join(&name))?;
    let hundredths = (bytes + 5_000) / 10_000;
    Ok(Rendition {
        form: made.form.to_owned(),
        bytes,
        megabytes: f64::from(u32::try_from(hundredths).unwrap_or(u32::MAX)) / 100.0,
        url: format!("/replay/recordings/{id}/{name}"),
        mime: made.mime.to_owned(),
        sha256,
        seat,
    })
}

fn seat(identity: &str, screen: bool) -> Seat {
    let source = if screen { "screen" } else { "camera" };
    Seat { identity: identity.to_owned(), source: source.to_owned() }
}

/// RFC 3339 of microseconds since 1970.
fn moment(us: i64) -> String {
    jiff::Timestamp::from_millisecond(us / 1_000).map(|it| it.to_string()).unwrap_or_default()
}
