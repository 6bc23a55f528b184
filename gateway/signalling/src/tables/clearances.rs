//! What rooms were last cleared for, open or not.

use std::collections::BTreeMap;

use session::Clearance;

/// Rooms that are remembered; over it the one of which was heard first is forgotten.
const CLEARANCES_MAX: usize = 4_096;
/// They are remembered for so long, seconds: a token with an earlier clearance, good for 12 hours at most, has then ended.
const KEPT_S: u64 = 14 * 3_600;

/// The latest clearance of each room, by its name, and when it was heard.
#[derive(Debug, Default)]
pub(crate) struct Clearances {
    latest: BTreeMap<String, (Clearance, u64)>,
}

impl Clearances {
    /// Remembers what a room is cleared for, unless a version as high is known; `false` if another room was forgotten
    /// for it.
    pub(crate) fn note(&mut self, room: &str, cleared: Clearance, now_s: u64) -> bool {
        self.latest.retain(|_, (_, heard_s)| now_s.saturating_sub(*heard_s) < KEPT_S);
        let known = self.latest.get(room);
        if known.is_some_and(|(known, _)| known.version >= cleared.version) {
            return true;
        }
        let full = known.is_none() && self.latest.len() >= CLEARANCES_MAX;
        if full {
            let first = self.latest.iter().min_by_key(|(_, (_, heard_s))| *heard_s);
            if let Some(first) = first.map(|(room, _)| room.clone()) {
                self.latest.remove(&first);
            }
        }
        self.latest.insert(room.to_owned(), (cleared, now_s));
        !full
    }

    /// What a room was last cleared for, if that was said.
    pub(crate) fn of(&self, room: &str) -> Option<Clearance> {
        self.latest.get(room).map(|(cleared, _)| *cleared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn version(version: u64) -> Clearance {
        Clearance { version, media: true, recording: false }
    }

    #[test]
    fn the_higher_version_holds_and_one_as_high_changes_nothing() {
        let mut cleared = Clearances::default();
        assert_eq!(cleared.of("ward"), None);
        for (said, holds) in [(2, 2), (1, 2), (3, 3)] {
            assert!(cleared.note("ward", version(said), 100));
            assert_eq!(cleared.of("ward"), Some(version(holds)));
        }
        assert!(cleared.note("ward", Clearance { media: false, ..version(3) }, 100));
        assert_eq!(cleared.of("ward"), Some(version(3)));
        assert_eq!(cleared.of("class"), None);
    }

    #[test]
    fn the_table_is_bounded_and_forgets_what_no_token_can_undo() {
        let mut cleared = Clearances::default();
        for number in 0..CLEARANCES_MAX {
            let at_s = 100 + u64::try_from(number).unwrap();
            assert!(cleared.note(&format!("room {number}"), version(1), at_s));
        }
        assert!(cleared.note("room 0", version(2), 9_000), "it is there already");
        assert!(!cleared.note("one more", version(1), 9_000));
        assert_eq!(cleared.of("room 1"), None, "the first of the others is forgotten");
        assert!(cleared.of("room 0").is_some() && cleared.of("one more").is_some());
        assert!(cleared.note("much later", version(1), 9_000 + KEPT_S));
        assert_eq!(cleared.latest.len(), 1);
    }
}
