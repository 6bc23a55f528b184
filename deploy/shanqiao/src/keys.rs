//! `shanqiao keys`: keys are rotated and retired in the key file, and running rooms take them from there without a restart.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use session::{Fresh, Keys, Told};
use tokio::sync::watch;

use crate::args::{KeysCommand, Part, RotateKeys};
use crate::folder::{Folder, chance};
use crate::token::now_s;

/// How often a running program looks whether the key file is another one. A look is one call of the system.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const DAY_S: u64 = 24 * 3600;

/// Does what was asked with the key file, and says what is there now.
pub(crate) fn run(asked: &KeysCommand) -> Result<String> {
    let (data, change): (_, Option<Change<'_>>) = match asked {
        KeysCommand::List { data } => (data, None),
        KeysCommand::Rotate(rotate) => {
            (&rotate.data, Some(Box::new(move |keys| rotated(keys, rotate, now_s()))))
        }
        KeysCommand::Retire { id, data } => {
            (data, Some(Box::new(move |keys| Ok(keys.without(id)?))))
        }
    };
    let folder = Folder::open(&data.clone().unwrap_or_else(|| PathBuf::from("data")))?;
    let keys = match change {
        None => folder.keys()?,
        Some(change) => folder.change_keys(change)?,
    };
    Ok(told(&keys, now_s()))
}

type Change<'a> = Box<dyn FnOnce(Keys) -> Result<Keys> + 'a>;

/// The keys with a new generation before them.
fn rotated(keys: Keys, asked: &RotateKeys, now_s: u64) -> Result<Keys> {
    let wants = |part: Part| asked.only.is_none_or(|only| only == part);
    let names: Vec<String> = keys.told().map(|told| told.id).collect();
    let fresh = Fresh {
        api: wants(Part::Api).then(|| {
            let name = asked.name.clone().unwrap_or_else(|| next_name(keys.name(), &names));
            (name, chance())
        }),
        root: wants(Part::Root).then(chance),
    };
    let last_s = asked.days.map(|days| now_s.saturating_add(days.saturating_mul(DAY_S)));
    Ok(keys.rotated(fresh, now_s, last_s)?)
}

/// `shanqiao-2` after `shanqiao`, and so on; a name that no generation has.
fn next_name(name: &str, ids: &[String]) -> String {
    let (base, number) = match name.rsplit_once('-') {
        Some((base, number)) => (base, number.parse::<u32>().ok()),
        None => (name, None),
    };
    let (base, number) = number.map_or((name, 1), |number| (base, number));
    let free = |name: &String| !ids.iter().any(|id| id.starts_with(&format!("{name}.")));
    (number.saturating_add(1)..)
        .map(|number| format!("{base}-{number}"))
        .find(free)
        .unwrap_or_default()
}

fn told(keys: &Keys, now_s: u64) -> String {
    let line = |(nth, told): (usize, Told)| {
        let at = |seconds: u64| {
            jiff::Timestamp::from_second(seconds.cast_signed()).map(|it| it.to_string())
        };
        let made = told.created_s.and_then(|s| at(s).ok()).map(|at| format!(" made {at}"));
        let ends = told.not_after_s.and_then(|s| at(s).ok()).map(|at| format!(", until {at}"));
        let over = told.not_after_s.is_some_and(|last_s| last_s < now_s);
        let state = match (nth, over) {
            (0, _) => "signs",
            (_, false) => "reads",
            (_, true) => "over",
        };
        format!("{state}  {}{}{}", told.id, made.unwrap_or_default(), ends.unwrap_or_default())
    };
    keys.told().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

/// The keys of a folder as they are now.
pub(crate) struct Followed {
    folder: Folder,
    /// Which file was read last.
    seen: Option<(u64, i64, i64)>,
    keys: watch::Sender<Keys>,
}

impl Followed {
    /// The first reading, for the rooms, and what follows it.
    pub(crate) fn new(folder: Folder) -> Result<(watch::Receiver<Keys>, Self)> {
        // The first start makes the file. What is written after it was looked at is read at the next look.
        folder.keys()?;
        let seen = written(&folder);
        let (keys, reads) = watch::channel(folder.keys()?);
        Ok((reads, Self { folder, seen, keys }))
    }

    /// Looks now and then, for ever.
    pub(crate) async fn follow(mut self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            self.look();
        }
    }

    fn look(&mut self) {
        let written = written(&self.folder);
        if written == self.seen {
            return;
        }
        match self.folder.keys() {
            Ok(keys) => {
                self.seen = written;
                self.keys.send_replace(keys);
                tracing::info!("keys.taken: the key file is another one");
            }
            // Said once for each file: what is there now goes on.
            Err(error) => {
                self.seen = written;
                tracing::warn!(error = format!("{error:#}"), "keys.kept");
            }
        }
    }
}

/// What tells one key file from the next: each is a new file.
fn written(folder: &Folder) -> Option<(u64, i64, i64)> {
    let file = fs::metadata(folder.key_file()).ok()?;
    Some((file.ino(), file.mtime(), file.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotate(only: Option<Part>) -> RotateKeys {
        RotateKeys { only, name: None, days: None, data: None }
    }

    #[test]
    fn a_running_program_takes_new_keys_and_keeps_its_own_when_the_file_is_broken() {
        let place = tempfile::tempdir().unwrap();
        let folder = || Folder::open(place.path()).unwrap();
        let (mut reads, mut followed) = Followed::new(folder()).unwrap();
        let first = reads.borrow_and_update().clone();
        followed.look();
        assert!(!reads.has_changed().unwrap());
        let both = rotate(None);
        let written = folder().change_keys(|keys| rotated(keys, &both, 1_000)).unwrap();
        followed.look();
        assert_eq!(*reads.borrow_and_update(), written);
        assert_eq!((written.name(), written.told().count()), ("shanqiao-2", 2));
        assert_ne!(written.secret(), first.secret());
        fs::write(folder().key_file(), "half").unwrap();
        followed.look();
        assert!(!reads.has_changed().unwrap());
        assert_eq!(*reads.borrow(), written);
    }

    #[test]
    fn names_go_on_from_the_one_before() {
        let ids = |names: &[&str]| names.iter().map(|name| format!("{name}.0")).collect::<Vec<_>>();
        for (name, others, next) in [
            ("shanqiao", vec!["shanqiao"], "shanqiao-2"),
            ("shanqiao-2", vec!["shanqiao-2", "shanqiao"], "shanqiao-3"),
            ("county-x", vec!["county-x", "county-x-2"], "county-x-3"),
        ] {
            assert_eq!(next_name(name, &ids(&others)), next);
        }
    }

    #[test]
    fn a_list_tells_what_signs_what_reads_and_what_is_over_and_no_secret() {
        let keys = Keys::new("county", "a".repeat(40), "b".repeat(40)).unwrap();
        let until = RotateKeys { days: Some(1), ..rotate(Some(Part::Root)) };
        let keys = rotated(keys, &until, 1_000_000_000).unwrap();
        let keys = rotated(keys, &rotate(None), 1_000_000_060).unwrap();
        let text = told(&keys, 1_000_086_401);
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].starts_with("signs  county-2.") && lines[0].contains("2001-09-09T01:47:40Z")
        );
        assert!(lines[1].starts_with("reads  county."), "{text}");
        assert!(
            lines[2].starts_with("over  county.")
                && lines[2].contains(", until 2001-09-10T01:46:40Z")
        );
        assert!(!text.contains("aaaa") && !text.contains("bbbb"));
    }
}
