use super::{Attempts, Ended};
use crate::assemble::{FAILURE, FailureReport, TASK, Task};
use crate::journal::journal_of;
use crate::sandbox::{Limits, Seen, ending};
use archive::manifest::Manifest;
use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often a child is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// The largest file that a child may write: a picture of twelve hours.
const FILE_MEGABYTES: u32 = 40_000;
/// Processes and threads: GStreamer has some for each voice and picture.
const PROCESSES: u32 = 1_024;
/// Processor time for each second that it may take; decoding uses more than one core.
const CORES: u32 = 4;
/// Lines of a child that are passed on to the log, and characters of each.
const LINES: usize = 200;
const LINE: u64 = 400;
/// The longest answer that is read.
const ANSWER_BYTES: u64 = 64 << 20;

/// The folder that a child works in.
pub(super) fn work_of(folder: &Path) -> PathBuf {
    folder.join("work")
}

/// Runs one child to its end; what it made lies in its folder then.
pub(super) fn run(attempts: &Attempts, folder: &Path, waiting: &Manifest) -> Result<(), Ended> {
    let work = work_of(folder);
    // Of an attempt that was cut off.
    let _ = std::fs::remove_dir_all(&work);
    std::fs::create_dir(&work)?;
    let seconds = waiting.duration_ms.div_ceil(1_000).saturating_mul(4);
    let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
    let seconds = attempts.config.assembly_seconds.saturating_add(seconds);
    let mut command = prepare(attempts, folder, waiting, seconds)?;
    // What it logs comes by its other stream.
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let time = Duration::from_secs(seconds.into());
    let status = std::thread::scope(|scope| {
        if let Some(said) = child.stderr.take() {
            let id = &waiting.id;
            scope.spawn(move || pass_on(said, id));
        }
        wait(&mut child, attempts, time)
    })?;
    if status.success() {
        return Ok(());
    }
    match answer::<FailureReport>(&work.join(FAILURE)) {
        Ok(FailureReport { reason, final_: true }) => Err(Ended::Refused(plain(&reason))),
        Ok(FailureReport { reason, final_: false }) => Err(Ended::Hindered(plain(&reason))),
        Err(_) => Err(Ended::Crashed(ending(status))),
    }
}

fn prepare(
    attempts: &Attempts,
    folder: &Path,
    waiting: &Manifest,
    seconds: u32,
) -> Result<Command, Ended> {
    let (work, sandbox) = (work_of(folder), attempts.sandbox);
    let journal = std::path::absolute(journal_of(folder))?;
    let program = program(attempts)?;
    let registry = registry();
    let mut seen = vec![Seen { from: &journal, at: Path::new("/journal") }];
    let own = Seen { from: &program.0, at: Path::new("/program") };
    seen.push(own);
    if let Some(registry) = &registry {
        seen.push(Seen { from: registry, at: Path::new("/registry") });
    }
    let inside = |it: Option<&Seen<'_>>| it.map(|it| sandbox.inside(it).to_owned());
    let journal = inside(seen.first()).unwrap_or_default();
    let task = Task { waiting: waiting.clone(), journal, config: attempts.config.clone() };
    let task = serde_json::to_vec(&task).map_err(io::Error::other)?;
    std::fs::write(work.join(TASK), task)?;
    let limits = Limits {
        memory_megabytes: attempts.config.assembly_megabytes,
        file_megabytes: FILE_MEGABYTES,
        cpu_seconds: seconds.saturating_mul(CORES),
        processes: PROCESSES,
    };
    let mut command = sandbox.command(limits, &work, &seen, sandbox.inside(&own).as_os_str());
    command.args(&program.1);
    if let Some(registry) = inside(seen.get(2)) {
        // The list of plugins is known: it need not be made anew in each box.
        command.env("GST_REGISTRY", registry).env("GST_REGISTRY_UPDATE", "no");
    }
    Ok(command)
}

/// The program that assembles: this one, unless another is set.
fn program(attempts: &Attempts) -> Result<(PathBuf, Vec<OsString>), Ended> {
    match attempts.config.assembler.split_first() {
        Some((program, arguments)) => Ok((program.into(), arguments.to_vec())),
        None => {
            let own = std::env::current_exe()?;
            if !own.exists() {
                let gone = "The program's file was replaced: start it again to assemble.";
                return Err(Ended::Hindered(gone.to_owned()));
            }
            Ok((own, vec![OsString::from("assemble")]))
        }
    }
}

/// Where GStreamer keeps its list of plugins for this user, if it is there.
fn registry() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let cache = || set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    let name = format!("gstreamer-1.0/registry.{}.bin", std::env::consts::ARCH);
    let kept = || Some(cache()?.join(&name));
    let found = set("GST_REGISTRY_1_0").or_else(|| set("GST_REGISTRY")).or_else(kept)?;
    found.is_file().then_some(found)
}

/// Waits for the end; a child whose time is over, or whose recorder stops, is killed.
#[expect(clippy::disallowed_methods, reason = "this loop is the outermost one of its thread")]
fn wait(child: &mut Child, attempts: &Attempts, time: Duration) -> Result<ExitStatus, Ended> {
    let end = Instant::now() + time;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let stopping = attempts.library.is_closed_within(LOOK);
        if stopping || Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            let late = format!("it took more than {} seconds", time.as_secs());
            return Err(if stopping { Ended::Stopping } else { Ended::Crashed(late) });
        }
    }
}

/// What the child logs goes into the log.
fn pass_on(said: impl Read, id: &str) {
    let mut said = BufReader::new(said);
    for _ in 0..LINES {
        let mut line = Vec::new();
        match said.by_ref().take(LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let line = plain(String::from_utf8_lossy(&line).trim_end());
        tracing::info!(recording = id, "assembly: {line}");
    }
    // It must not wait for somebody to read on.
    let _ = io::copy(&mut said, &mut io::sink());
}

/// Text of a child without what could play with a terminal or a log.
fn plain(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(1_000).collect()
}

/// Reads what a child wrote: a plain file of a bounded length.
pub(super) fn answer<T: serde::de::DeserializeOwned>(path: &Path) -> io::Result<T> {
    let found = std::fs::symlink_metadata(path)?;
    if !found.is_file() || found.len() > ANSWER_BYTES {
        return Err(io::Error::from(io::ErrorKind::InvalidData));
    }
    serde_json::from_slice(&std::fs::read(path)?).map_err(io::Error::from)
}
