//! A folder from which a provider's program takes short messages, or calls to be made.
//!
//! One file a message, `KEY.json`, written beside, forced to the disk and renamed, so that a reader sees all of it or nothing. The
//! provider's program moves a file into the folder `taken` and sends it then; there it stays for two days, so that a message which
//! was handed over twice around a crash is known. `deploy/reminders.md` is the page for who writes such a program.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use session::Language;

use super::gateway::{Message, MessageGateway, Taken};
use crate::civil::Zone;
use crate::store::{Handing, StoreError};

/// Grows when the form of the files changes.
const VERSION: u32 = 1;
/// Most files that wait in one folder: with more its program is not running.
const FILES_MAX: usize = 10_000;

/// A message as a file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SpooledMessage<'a> {
    version: u32,
    key: &'a str,
    channel: &'static str,
    to: &'a str,
    language: &'a str,
    text: &'a str,
    not_before: String,
    not_after: String,
}

/// The folder of one channel.
#[derive(Debug, Clone)]
pub(super) struct Spool {
    folder: PathBuf,
    zone: Zone,
}

impl Spool {
    /// The spool in this folder, which is made with the first message.
    pub(super) const fn new(folder: PathBuf, zone: Zone) -> Self {
        Self { folder, zone }
    }
}

impl MessageGateway for Spool {
    async fn hand(&self, _: &mut Handing, message: &Message<'_>) -> Result<Taken, StoreError> {
        let language = match message.language {
            Language::English => "en",
            _ => "zh",
        };
        let spooled = SpooledMessage {
            version: VERSION,
            key: message.key,
            channel: message.channel.as_str(),
            to: message.to,
            language,
            text: &message.text,
            not_before: self.zone.print(message.not_before),
            not_after: self.zone.print(message.not_after),
        };
        let bytes = match serde_json::to_vec_pretty(&spooled) {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Taken::Refused(error.to_string())),
        };
        let (folder, key) = (self.folder.clone(), message.key.to_owned());
        let written = tokio::task::spawn_blocking(move || write(&folder, &key, &bytes)).await;
        Ok(match written {
            Ok(Ok(taken)) => taken,
            Ok(Err(error)) => Taken::NotNow(error.to_string()),
            Err(error) => Taken::NotNow(error.to_string()),
        })
    }
}

/// Writes the message of this key, unless it is there or was taken.
fn write(folder: &Path, key: &str, bytes: &[u8]) -> io::Result<Taken> {
    let name = format!("{key}.json");
    let taken = folder.join("taken");
    // Names and numbers are for the provider's program, and for nobody else of this machine.
    fs::DirBuilder::new().recursive(true).mode(0o770).create(&taken)?;
    let path = folder.join(&name);
    // In this order: the provider's program moves files from the first place to the second.
    if path.try_exists()? || taken.join(&name).try_exists()? {
        return Ok(Taken::Accepted);
    }
    if fs::read_dir(folder)?.take(FILES_MAX + 2).count() > FILES_MAX {
        let why = format!("{} holds {FILES_MAX} messages that nobody takes", folder.display());
        return Ok(Taken::NotNow(why));
    }
    let beside = folder.join(format!(".{key}.tmp"));
    let mut file =
        File::options().write(true).create(true).truncate(true).mode(0o640).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, &path)?;
    File::open(folder)?.sync_all()?;
    Ok(Taken::Accepted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_file_even_when_it_was_taken_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let spool = folder.path().join("sms");
        assert_eq!(write(&spool, "a", b"{}").unwrap(), Taken::Accepted);
        assert_eq!(write(&spool, "a", b"[]").unwrap(), Taken::Accepted);
        assert_eq!(fs::read(spool.join("a.json")).unwrap(), b"{}");
        fs::rename(spool.join("a.json"), spool.join("taken/a.json")).unwrap();
        assert_eq!(write(&spool, "a", b"{}").unwrap(), Taken::Accepted);
        assert!(!spool.join("a.json").exists());
        // What a crash left beside is written over.
        fs::write(spool.join(".b.tmp"), b"half of a message that is long").unwrap();
        assert_eq!(write(&spool, "b", b"{}").unwrap(), Taken::Accepted);
        assert_eq!(fs::read(spool.join("b.json")).unwrap(), b"{}");
        assert!(!spool.join(".b.tmp").exists());
    }

    #[test]
    fn a_full_folder_takes_no_more_for_now() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..FILES_MAX {
            File::create(folder.path().join(format!("{number}.json"))).unwrap();
        }
        assert!(matches!(write(folder.path(), "a", b"{}").unwrap(), Taken::NotNow(_)));
    }
}
