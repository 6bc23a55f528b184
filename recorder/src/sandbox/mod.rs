//! The box in which strangers' files are read: a child process that sees the system's programs and
//! one folder, and nothing else.
//!
//! `bwrap` (bubblewrap) builds the walls: no network, no other process, no file of the house but
//! the folder that the work is in. `prlimit` bounds memory, processor time, files and processes,
//! and the environment is empty. Where the host cannot build walls the bounds still hold, and the
//! operator is told.

mod child;

pub(crate) use child::{ChildError, ChildOutput, run};

use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

/// Where programs are looked for.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// What of the system is seen, if it is there; read only.
const SYSTEM: &[&str] = &[
    "/usr",
    "/bin",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/fonts",
    "/var/cache/fontconfig",
];
/// Files that a child may have open.
const OPEN_FILES: u32 = 256;
/// Where the folder of the work lies inside.
const WORK: &str = "/work";
/// What `nice` and `prlimit` answer if the program is not there.
const NOT_FOUND: i32 = 127;

/// What a child may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Address space, 10⁶ bytes.
    pub(crate) memory_megabytes: u32,
    /// Each file that it writes, 10⁶ bytes.
    pub(crate) file_megabytes: u32,
    /// Processor time, seconds.
    pub(crate) cpu_seconds: u32,
    /// Processes and threads. For root the kernel does not count them.
    pub(crate) processes: u32,
}

/// Something of the house that a child may read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    /// Where it lies.
    pub(crate) from: &'a Path,
    /// Where the child finds it.
    pub(crate) at: &'a Path,
}

/// What this host can do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sandbox {
    walls: bool,
}

impl Sandbox {
    /// Tries to build the walls.
    ///
    /// # Errors
    /// Why they cannot be built, for the operator; the box without walls is in it.
    pub(crate) fn find() -> Result<Self, (Self, String)> {
        let with = Self { walls: true };
        let folder = std::env::temp_dir();
        let limits =
            Limits { memory_megabytes: 500, file_megabytes: 1, cpu_seconds: 5, processes: 16 };
        let tried = with.command(limits, &folder, &[], OsStr::new("true")).output();
        let why = match tried {
            Ok(done) if done.status.success() => return Ok(with),
            Ok(done) if done.status.code() == Some(NOT_FOUND) => {
                "it is not installed: apt install bubblewrap util-linux".to_owned()
            }
            Ok(done) => String::from_utf8_lossy(&done.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        Err((Self { walls: false }, why))
    }

    /// Whether children are behind walls.
    pub(crate) const fn has_walls(self) -> bool {
        self.walls
    }

    /// Where a child finds something.
    pub(crate) const fn inside<'a>(self, seen: &Seen<'a>) -> &'a Path {
        if self.walls { seen.at } else { seen.from }
    }

    /// A command that runs `program` with `folder` as its working directory; the folder is all
    /// that it may write. Arguments are added by the caller, paths in them relative to the folder.
    /// Killing the child ends everything that it started.
    pub(crate) fn command(
        self,
        limits: Limits,
        folder: &Path,
        seen: &[Seen<'_>],
        program: &OsStr,
    ) -> Command {
        let home = if self.walls { Path::new("/tmp") } else { folder };
        let mut command = Command::new("prlimit");
        command.env_clear().env("PATH", PATH).env("LANG", "C.UTF-8").env("HOME", home);
        // An arena for every thread would fill the address space.
        command.env("MALLOC_ARENA_MAX", "2");
        let (memory, file) = (megabytes(limits.memory_megabytes), megabytes(limits.file_megabytes));
        command.args([format!("--as={memory}"), format!("--fsize={file}")]);
        command.args([format!("--cpu={}", limits.cpu_seconds), format!("--nofile={OPEN_FILES}")]);
        command.args(["--core=0", "--"]);
        if self.walls {
            self.build_walls(&mut command, folder, seen);
            // Within the walls a user's processes are counted from none.
            command.args(["prlimit", &format!("--nproc={}", limits.processes), "--"]);
        }
        command.args(["nice", "-n", "10"]).arg(program).current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn build_walls(self, command: &mut Command, folder: &Path, seen: &[Seen<'_>]) {
        command.args(["bwrap", "--unshare-all", "--die-with-parent", "--new-session"]);
        command.args(["--cap-drop", "ALL", "--dev", "/dev", "--tmpfs", "/tmp"]);
        for path in SYSTEM {
            command.args(["--ro-bind-try", path, path]);
        }
        command.arg("--bind").arg(folder).args([WORK, "--chdir", WORK]);
        for it in seen {
            command.arg("--ro-bind").arg(it.from).arg(it.at);
        }
        command.arg("--");
    }
}

/// How a child ended, in words.
pub(crate) fn ending(status: ExitStatus) -> String {
    // A shell and bubblewrap tell a signal as 128 and its number.
    let signal = status.signal().or(status.code().filter(|it| *it > 128).map(|it| it - 128));
    match (signal, status.code()) {
        (Some(9), _) => "it was killed (signal 9)".to_owned(),
        (Some(24), _) => "it used up its processor time (signal 24)".to_owned(),
        (Some(25), _) => "it wrote more than it may (signal 25)".to_owned(),
        (Some(signal), _) => format!("it crashed (signal {signal})"),
        (None, code) => format!("it ended with code {}", code.unwrap_or_default()),
    }
}

fn megabytes(number: u32) -> u64 {
    u64::from(number) * 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::time::Duration;

    const LIMITS: Limits =
        Limits { memory_megabytes: 300, file_megabytes: 2, cpu_seconds: 20, processes: 32 };

    fn shell(folder: &Path, script: &str) -> std::process::Output {
        let sandbox = Sandbox::find().unwrap();
        let mut command = sandbox.command(LIMITS, folder, &[], OsStr::new("bash"));
        command.args(["-c", script]).output().unwrap()
    }

    #[test]
    fn a_child_sees_its_folder_and_nothing_else_of_the_house() {
        let data = tempfile::tempdir_in("/var/tmp").unwrap();
        let (key, work) = (data.path().join("keys.toml"), data.path().join("work"));
        std::fs::write(&key, "secret").unwrap();
        std::fs::create_dir(&work).unwrap();
        std::fs::write(work.join("in"), "the work").unwrap();
        let script = format!("cat in; cat ../keys.toml {}; ls /proc /root /home", key.display());
        let said = shell(&work, &script);
        assert_eq!(String::from_utf8_lossy(&said.stdout), "the work");
        let said = shell(&work, "echo made > out; touch /usr/made /made /etc/made; env");
        assert_eq!(std::fs::read_to_string(work.join("out")).unwrap(), "made\n");
        assert!(!Path::new("/usr/made").exists() && !Path::new("/etc/made").exists());
        let environment = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(!environment.contains("CARGO"), "{environment}");
    }

    #[test]
    fn a_child_reaches_no_port_of_this_machine() {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port}");
        let outside = Command::new("bash").args(["-c", &script]).status().unwrap();
        assert!(outside.success(), "the port is open");
        assert!(!shell(folder.path(), &script).status.success());
    }

    #[test]
    fn a_child_is_stopped_above_its_memory_and_its_longest_file() {
        let folder = tempfile::tempdir().unwrap();
        // `tail` keeps a line that does not end.
        let little = shell(folder.path(), "head -c 1000000 /dev/zero | tail -n 1 | wc -c");
        assert_eq!(String::from_utf8_lossy(&little.stdout).trim(), "1000000");
        let much = shell(
            folder.path(),
            "set -o pipefail; head -c 900000000 /dev/zero | tail -n 1 > /dev/null",
        );
        assert!(!much.status.success());
        let long = shell(folder.path(), "head -c 9000000 /dev/zero > long");
        assert!(!long.status.success());
        assert_eq!(std::fs::metadata(folder.path().join("long")).unwrap().len(), 2_000_000);
    }

    #[tokio::test]
    async fn a_child_is_stopped_when_its_time_is_over_and_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::find().unwrap();
        let mut command = sandbox.command(LIMITS, folder.path(), &[], OsStr::new("bash"));
        command.args(["-c", "(while true; do echo x >> beats; sleep 0.02; done) & sleep 60"]);
        let late = run(command, "bash", Duration::from_millis(600)).await;
        assert!(matches!(late, Err(ChildError::Late)));
        let beats = || std::fs::metadata(folder.path().join("beats")).unwrap().len();
        // The kernel ends the rest of the box when its first process is gone.
        let mut before = 0;
        while before != beats() {
            before = beats();
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        assert!(before > 0);
    }

    #[test]
    fn without_walls_the_bounds_hold() {
        let folder = tempfile::tempdir().unwrap();
        let bare = Sandbox { walls: false };
        let mut command = bare.command(LIMITS, folder.path(), &[], OsStr::new("bash"));
        let said = command.args(["-c", "pwd; ulimit -v; env"]).output().unwrap();
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(said.contains("\n292968\n") && !said.contains("CARGO"), "{said}");
    }

    #[test]
    fn an_ending_is_told_in_words() {
        let ended =
            |script: &str| ending(Command::new("bash").args(["-c", script]).status().unwrap());
        assert_eq!(ended("kill -SEGV $$"), "it crashed (signal 11)");
        assert_eq!(ended("exit 139"), "it crashed (signal 11)");
        assert_eq!(ended("kill -KILL $$"), "it was killed (signal 9)");
        assert_eq!(ended("exit 3"), "it ended with code 3");
    }
}
