use super::Ended;
use super::child::{answer, work_of};
use crate::journal::{manifest_file, write_whole};
use archive::manifest::{Journal, Manifest, Rendition, State};
use std::fs::File;
use std::io;
use std::path::Path;

/// The most files that one take has.
const FORMS: usize = 64;

/// Takes over what a child made. What is known of the take stays as it is known; a file is one
/// only if it is plain and named as the child's own code names them.
pub(super) fn take(folder: &Path, waiting: &Manifest, journal: Journal) -> Result<Manifest, Ended> {
    let work = work_of(folder);
    let made: Manifest = answer(&manifest_file(&work))
        .map_err(|it| Ended::Crashed(format!("its manifest cannot be read ({it})")))?;
    if made.forms.len() > FORMS {
        return Err(Ended::Crashed("it names too many files".to_owned()));
    }
    for form in &made.forms {
        let named = name(form, &waiting.id).filter(|it| is_plain(&work.join(it), form.bytes));
        let Some(name) = named else {
            return Err(Ended::Crashed("it names a file that is none".to_owned()));
        };
        std::fs::rename(work.join(name), folder.join(name))?;
    }
    File::open(folder)?.sync_all()?;
    let reason = match journal.faults.first() {
        Some(fault) => Some(format!("The recording's journal is not as it was written: {fault}.")),
        None => made.reason,
    };
    let manifest = Manifest {
        v: waiting.v,
        id: waiting.id.clone(),
        session_id: waiting.session_id.clone(),
        title: waiting.title.clone(),
        kind: waiting.kind.clone(),
        state: State::Ready,
        reason,
        journal: Some(journal),
        ..made
    };
    let text = serde_json::to_vec(&manifest).map_err(io::Error::other)?;
    write_whole(&manifest_file(folder), &text)?;
    Ok(manifest)
}

/// The file of a form, if its address is one of this recording.
fn name<'a>(form: &'a Rendition, id: &str) -> Option<&'a str> {
    let name = form.url.strip_prefix("/replay/recordings/")?.strip_prefix(id)?.strip_prefix('/')?;
    let (stem, extension) = name.split_once('.')?;
    let word =
        |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    (word(stem) && word(extension) && name.len() < 100).then_some(name)
}

fn is_plain(path: &Path, bytes: u64) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|it| it.is_file() && it.len() == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(work: &Path, url: &str, bytes: u64) {
        let form = Rendition { url: url.to_owned(), bytes, ..Rendition::default() };
        let made = Manifest { id: "other".to_owned(), forms: vec![form], ..Manifest::default() };
        std::fs::write(manifest_file(work), serde_json::to_vec(&made).unwrap()).unwrap();
    }

    #[test]
    fn what_a_child_made_is_taken_and_what_it_pretends_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let work = work_of(folder.path());
        std::fs::create_dir(&work).unwrap();
        let waiting = Manifest { id: "lesson-1".to_owned(), ..Manifest::default() };
        let taken = || take(folder.path(), &waiting, Journal::default());
        std::fs::write(folder.path().join("keys"), "secret").unwrap();
        std::os::unix::fs::symlink(folder.path().join("keys"), work.join("light-1.webm")).unwrap();
        for url in [
            "/replay/recordings/lesson-1/light-1.webm",
            "/replay/recordings/lesson-1/../keys",
            "/replay/recordings/lesson-1/none.webm",
            "/replay/recordings/lesson-2/light-1.webm",
            "keys",
        ] {
            ready(&work, url, 6);
            assert!(matches!(taken(), Err(Ended::Crashed(_))), "{url}");
        }
        std::fs::remove_file(work.join("light-1.webm")).unwrap();
        std::fs::write(work.join("light-1.webm"), "sounds").unwrap();
        ready(&work, "/replay/recordings/lesson-1/light-1.webm", 6);
        assert_eq!(taken().unwrap().id, "lesson-1");
        assert_eq!(std::fs::read(folder.path().join("light-1.webm")).unwrap(), b"sounds");
    }
}
