//! The data folder: made, proved writable, held by one process, with the key in it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use session::Keys;

/// Bytes of chance in a new secret; 64 characters when written in hexadecimal.
const SECRET_BYTES: usize = 32;

/// A data folder that can be written.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

/// Held as long as this process works in the folder; the system lets go of it when the process ends in any way.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _lock: File,
}

impl Folder {
    /// Makes the folder if there is none, and proves that it can be written.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        if path.exists() && !path.is_dir() {
            bail!("{shown} is a file, not a folder: choose another place with --data DIR");
        }
        let advice = || {
            let user_can =
                "give this user the right to write there, or choose another place with --data DIR";
            format!("the data folder {shown} cannot be written: {user_can}")
        };
        fs::create_dir_all(path).with_context(advice)?;
        // Each start tries with a file of its own: another's could be gone before it is removed.
        let probe = path.join(format!(".writable-{:016x}", rand::random::<u64>()));
        fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe)).with_context(advice)?;
        Ok(Self { path: path.to_owned() })
    }

    /// Takes the folder for this process alone.
    pub(crate) fn hold(&self) -> Result<FolderLock> {
        let path = self.path.join("lock");
        let lock = File::create(&path).with_context(|| {
            format!("cannot make {}: give this user the right to write there", path.display())
        })?;
        match lock.try_lock() {
            Ok(()) => Ok(FolderLock { _lock: lock }),
            Err(TryLockError::WouldBlock) => bail!(
                "another shanqiao is running on the data folder {}: stop it first, or choose another folder with --data DIR",
                self.path.display()
            ),
            Err(TryLockError::Error(error)) => Err(error).with_context(|| {
                format!(
                    "the disk of {} cannot lock files: choose a local disk with --data DIR",
                    self.path.display()
                )
            }),
        }
    }

    /// The keys of this house; made at the first start, readable by its owner only.
    pub(crate) fn keys(&self) -> Result<Keys> {
        let path = self.key_file();
        match fs::read_to_string(&path) {
            Ok(text) => read(&path, &text),
            Err(error) if error.kind() == ErrorKind::NotFound => make(&path),
            Err(error) => Err(error).with_context(|| {
                format!("the key {} cannot be read: run as the user who owns it", path.display())
            }),
        }
    }
}

impl Folder {
    /// Where the keys are kept.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.path.join("keys.toml")
    }

    /// Puts other keys into the key file in one step: who reads it has the old ones or the new ones. Of two that change it at
    /// once the second changes what the first made.
    pub(crate) fn change_keys(&self, change: impl FnOnce(Keys) -> Result<Keys>) -> Result<Keys> {
        self.keys()?;
        let path = self.key_file();
        let _lock = locked(&path)?;
        let keys = change(self.keys()?)?;
        let aside = write_aside(&path, &keys)?;
        fs::rename(&aside, &path)?;
        Ok(keys)
    }
}

/// The key file, held against others that change it. One that was replaced while somebody waited for it is not the one.
fn locked(path: &Path) -> Result<File> {
    loop {
        let file = File::open(path)?;
        file.lock()?;
        if file.metadata()?.ino() == fs::metadata(path)?.ino() {
            return Ok(file);
        }
    }
}

/// A key file of the time when one key signed everything.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithoutRoot {
    name: String,
    secret: String,
}

fn read(path: &Path, text: &str) -> Result<Keys> {
    let shown = path.display();
    let mode = fs::metadata(path)?.permissions().mode() & 0o077;
    if mode != 0 {
        bail!(
            "other users of this machine can read the key: run `chmod 600 {shown}` and start again"
        );
    }
    if let Ok(old) = toml::from_str::<WithoutRoot>(text) {
        return add_root(path, old).with_context(|| {
            format!("the key file {shown} has no root yet, and it cannot be given one")
        });
    }
    // The parser's own words would quote the file, and with it the secrets.
    toml::from_str(text).map_err(|_| {
        anyhow::anyhow!("{shown} must hold name = \"...\", secret = \"...\" and root = \"...\" (32 characters or more, the two unlike): mend it, or move it away and new keys are made (links made with the old ones then stop working)")
    })
}

/// Gives an old key file its root. The API key stays, so that servers which mint room tokens with it go on.
fn add_root(path: &Path, old: WithoutRoot) -> Result<Keys> {
    // Two programs that find the old file at once agree on one root: the second finds the file that the first made.
    let lock = File::open(path)?;
    lock.lock()?;
    let text = fs::read_to_string(path)?;
    if toml::from_str::<WithoutRoot>(&text).is_err() {
        return read(path, &text);
    }
    let keys = Keys::new(old.name, old.secret, chance())?;
    let aside = write_aside(path, &keys)?;
    fs::rename(&aside, path)?;
    tracing::warn!(
        "keys.root_made: personal links that were sent before this start no longer open; print or send new ones"
    );
    Ok(keys)
}

fn make(path: &Path) -> Result<Keys> {
    let keys = Keys::new("shanqiao", chance(), chance())?;
    // Written aside and linked in place, so that two first starts at once agree on one key and nobody reads half of it.
    let aside = write_aside(path, &keys)?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside)?;
    match linked {
        Ok(()) => Ok(keys),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            read(path, &fs::read_to_string(path)?)
        }
        Err(error) => {
            Err(error).with_context(|| format!("the key {} cannot be made", path.display()))
        }
    }
}

/// A new secret, hexadecimal.
pub(crate) fn chance() -> String {
    let secret: [u8; SECRET_BYTES] = rand::random();
    secret.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write_aside(path: &Path, keys: &Keys) -> Result<PathBuf> {
    let text = format!(
        "# name and secret are the API key: give them to servers that mint room tokens and call the room service.\n\
         # root is for nobody: whoever reads it can be every person of this house.\n{}",
        toml::to_string(keys)?
    );
    let aside = path.with_extension(format!("new-{:016x}", rand::random::<u64>()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all())?;
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_only() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("new/data")).unwrap();
        let first = folder.keys().unwrap();
        assert_eq!(first, folder.keys().unwrap());
        let path = place.path().join("new/data/keys.toml");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(folder.keys().unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn many_first_starts_at_once_agree_on_one_key() {
        for _ in 0..20 {
            let place = tempfile::tempdir().unwrap();
            let path = place.path().join("new/data");
            let begin = std::sync::Barrier::new(16);
            let keys: Vec<Keys> = std::thread::scope(|threads| {
                let start = || {
                    begin.wait();
                    Folder::open(&path).and_then(|folder| folder.keys()).unwrap()
                };
                let started: Vec<_> = (0..16).map(|_| threads.spawn(start)).collect();
                started.into_iter().map(|it| it.join().unwrap()).collect()
            });
            assert!(keys.iter().all(|it| it == &keys[0]));
            let left: Vec<_> =
                fs::read_dir(&path).unwrap().map(|it| it.unwrap().file_name()).collect();
            assert_eq!(left, ["keys.toml"]);
        }
    }

    #[test]
    fn a_key_file_without_a_root_is_given_one_and_keeps_its_api_key() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let path = place.path().join("keys.toml");
        let old = "name = \"county\"\nsecret = \"0123456789abcdef0123456789abcdef\"\n";
        fs::write(&path, old).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        // All of them have read the old file before the first has mended it.
        let found: Vec<_> = std::thread::scope(|scope| {
            let programs: Vec<_> =
                (0..4).map(|_| scope.spawn(|| read(&path, old).unwrap())).collect();
            programs.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let kept = folder.keys().unwrap();
        assert_eq!((kept.name(), kept.secret()), ("county", "0123456789abcdef0123456789abcdef"));
        assert!(found.iter().all(|it| *it == kept), "programs that found the old file at once");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn changes_of_the_keys_at_once_are_all_made_and_the_file_stays_its_owners() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let rotate = |nth: usize| {
            let api = Some((format!("k{nth}"), chance()));
            let fresh = session::Fresh { api, root: Some(chance()) };
            folder.change_keys(|keys| Ok(keys.rotated(fresh, 1, None)?))
        };
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..4).map(|nth| scope.spawn(move || rotate(nth).unwrap())).collect();
            all.into_iter().for_each(|it| drop(it.join().unwrap()));
        });
        assert_eq!(folder.keys().unwrap().told().count(), 5);
        assert!(rotate(9).unwrap_err().to_string().contains("retire one first"));
        let mode = fs::metadata(folder.key_file()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_broken_key_is_refused_without_showing_it() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let path = place.path().join("keys.toml");
        fs::write(&path, "name = \"shanqiao\"\nsecret = \"hunter2").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let refused = format!("{:#}", folder.keys().unwrap_err());
        assert!(refused.contains("mend it") && !refused.contains("hunter2"), "{refused}");
    }

    #[test]
    fn one_process_holds_the_folder() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let held = folder.hold().unwrap();
        assert!(folder.hold().unwrap_err().to_string().contains("another shanqiao is running"));
        drop(held);
        assert!(folder.hold().is_ok());
    }

    #[test]
    fn a_place_that_cannot_be_written_says_what_to_do() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(Folder::open(file.path()).unwrap_err().to_string().contains("not a folder"));
        let refused = Folder::open(Path::new("/sys/kernel/shanqiao")).unwrap_err().to_string();
        assert!(refused.contains("--data DIR"), "{refused}");
    }
}
