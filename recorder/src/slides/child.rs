use std::ffi::OsStr;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

/// The most that is read of what a child says.
const SAID_BYTES: u64 = 64 * 1024;
/// The largest file that a child may write.
const FILE_BYTES: u64 = 1_000_000_000;
/// What `nice` and `prlimit` answer if the program is not there.
const NOT_FOUND: i32 = 127;

/// What a child said.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) success: bool,
    pub(super) out: String,
    pub(super) err: String,
}

/// Why a child did not end by itself.
#[derive(Debug)]
pub(super) enum Fault {
    /// The named program is not installed.
    Missing(&'static str),
    /// It was stopped when its time was over.
    Late,
    /// The system could not run it.
    System(std::io::Error),
}

/// Runs a program that handles a stranger's file: niced, with bounds on memory and time, killed if
/// the caller goes away.
pub(super) async fn run<A: AsRef<OsStr>>(
    program: &'static str,
    arguments: &[A],
    memory_megabytes: u32,
    time: Duration,
) -> Result<Said, Fault> {
    let memory = u64::from(memory_megabytes) * 1_000_000;
    let mut child = Command::new("prlimit")
        .arg(format!("--as={memory}"))
        .arg(format!("--fsize={FILE_BYTES}"))
        .args([&format!("--cpu={}", time.as_secs() + 1), "--core=0", "--", "nice", "-n", "10"])
        .arg(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|it| match it.kind() {
            std::io::ErrorKind::NotFound => Fault::Missing("prlimit"),
            _ => Fault::System(it),
        })?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let work = async {
        let (mut said, mut complaint) = (Vec::new(), Vec::new());
        // Past the bound the pipe is closed, and the child ends by that.
        let read_out = async {
            match out {
                Some(out) => out.take(SAID_BYTES).read_to_end(&mut said).await,
                None => Ok(0),
            }
        };
        let read_err = async {
            match err {
                Some(err) => err.take(SAID_BYTES).read_to_end(&mut complaint).await,
                None => Ok(0),
            }
        };
        let (read_out, read_err) = tokio::join!(read_out, read_err);
        read_out.and(read_err)?;
        let status = child.wait().await?;
        Ok((status, said, complaint))
    };
    let done = tokio::time::timeout(time, work).await.map_err(|_| Fault::Late)?;
    let (status, said, complaint) = done.map_err(Fault::System)?;
    if status.code() == Some(NOT_FOUND) {
        return Err(Fault::Missing(program));
    }
    Ok(Said {
        success: status.success(),
        out: String::from_utf8_lossy(&said).into_owned(),
        err: String::from_utf8_lossy(&complaint).into_owned(),
    })
}
