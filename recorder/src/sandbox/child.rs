use super::NOT_FOUND;
use std::process::Command;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;

/// The most that is read of what a child says.
const SAID_BYTES: u64 = 64 * 1024;

/// What a child said.
#[derive(Debug, Default)]
pub(crate) struct ChildOutput {
    pub(crate) success: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Why a child did not end by itself.
#[derive(Debug)]
pub(crate) enum ChildError {
    /// The named program is not installed.
    Missing(&'static str),
    /// It was stopped when its time was over.
    Late,
    /// The system could not run it.
    System(std::io::Error),
}

/// Runs a command of the [`Sandbox`](super::Sandbox) that ends in `program`; it is killed when its
/// time is over or the caller goes away.
pub(crate) async fn run(
    command: Command,
    program: &'static str,
    time: Duration,
) -> Result<ChildOutput, ChildError> {
    let mut child =
        tokio::process::Command::from(command).kill_on_drop(true).spawn().map_err(|it| match it
            .kind()
        {
            std::io::ErrorKind::NotFound => ChildError::Missing("prlimit"),
            _ => ChildError::System(it),
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
    let done = tokio::time::timeout(time, work).await.map_err(|_| ChildError::Late)?;
    let (status, said, complaint) = done.map_err(ChildError::System)?;
    if status.code() == Some(NOT_FOUND) {
        return Err(ChildError::Missing(program));
    }
    Ok(ChildOutput {
        success: status.success(),
        out: String::from_utf8_lossy(&said).into_owned(),
        err: String::from_utf8_lossy(&complaint).into_owned(),
    })
}
