//! Receipts: what a client's reports make of them, the files in which they wait, and what the scheduler reads of them.

use std::path::PathBuf;

use gateway::readers;

use crate::parts::Parts;

/// What is found (the first byte chooses): reports, one file, a folder of files, an answer to the scheduler.
pub(crate) fn receipts(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    match kind {
        0 => assert!(readers::receipts_accounts(rest), "a second counts twice"),
        1 => assert!(readers::receipts_file(rest), "it does not read as it was written"),
        2 => {
            let read = scheduler::readers::batch(rest);
            assert!(read.is_none_or(|(_, same)| same), "sums do not read as they were written");
        }
        _ => folder(rest),
    }
}

/// A folder with up to six files: each piece a byte that says which, and its contents. No number is given twice, and a
/// second start finds what the first one left.
fn folder(data: &[u8]) {
    // Nothing here is to outlive a fault of the power.
    let memory = PathBuf::from("/dev/shm");
    let place = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let place = place.join(format!("receipts-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&place);
    assert!(std::fs::create_dir_all(&place).is_ok(), "{place:?} can be made");
    for piece in Parts(data).take(6) {
        let Some((which, contents)) = piece.split_first() else { continue };
        let name = match which {
            0 => "name".to_owned(),
            1 => "snapshot.0".to_owned(),
            2 => "snapshot.1".to_owned(),
            3..=127 => format!("{:020}.events", which - 2),
            which => format!("{:020}.events", u64::MAX >> (which & 63)),
        };
        let _ = std::fs::write(place.join(name), contents);
    }
    let event = "{\"toMs\":7}";
    let first = readers::receipts_folder(&place, event);
    let second = readers::receipts_folder(&place, event);
    let _ = std::fs::remove_dir_all(&place);
    let (Some([before, after]), Some([left, _])) = (first, second) else { return };
    assert!(after.is_sorted_by(|one, next| one.0 < next.0), "numbers rise: {after:?}");
    assert!(after.starts_with(&before) && after.len() == before.len() + 1, "{before:?}, {after:?}");
    assert_eq!(left, after, "what the first one left");
}
