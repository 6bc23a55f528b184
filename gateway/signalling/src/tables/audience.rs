//! Which participants may have another one's tracks, as that one says (LiveKit's subscription permission).

use crate::words::request::{AudienceEntry, AudienceWish};

/// Entries that one participant may name, and tracks in one entry.
const ENTRIES_MAX: usize = 300;
const TRACKS_MAX: usize = 64;
/// The longest identity or id, in bytes.
const NAME_MAX: usize = 256;

/// Everybody, or those who are named.
#[derive(Clone, Debug, Default)]
pub(crate) struct Audience {
    named: Option<Vec<AudienceEntry>>,
}

impl Audience {
    /// The audience that a participant asks for; `None` if its list is too long.
    pub(crate) fn of(wish: AudienceWish) -> Option<Self> {
        let short = |text: &String| text.len() <= NAME_MAX;
        let fits = |entry: &AudienceEntry| {
            let names = entry.tracks.iter().chain([&entry.sid, &entry.identity]);
            entry.tracks.len() <= TRACKS_MAX && names.into_iter().all(short)
        };
        let list = wish.entries;
        let fits = wish.all || (list.len() <= ENTRIES_MAX && list.iter().all(fits));
        fits.then_some(Self { named: (!wish.all).then_some(list) })
    }

    /// Whether some are named, and everybody else has nothing.
    pub(crate) const fn is_named(&self) -> bool {
        self.named.is_some()
    }

    /// Whether a participant may have a track.
    pub(crate) fn admits(&self, identity: &str, sid: &str, track_sid: &str) -> bool {
        let Some(named) = &self.named else { return true };
        let mut of = named.iter().filter(|entry| match entry.identity.as_str() {
            "" => entry.sid == sid,
            name => name == identity,
        });
        of.any(|entry| entry.all_tracks || entry.tracks.iter().any(|of| of == track_sid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(list: Vec<AudienceEntry>) -> Option<Audience> {
        Audience::of(AudienceWish { all: false, entries: list })
    }

    fn entry(identity: &str, sid: &str, tracks: &[&str]) -> AudienceEntry {
        AudienceEntry {
            identity: identity.to_owned(),
            sid: sid.to_owned(),
            all_tracks: tracks.is_empty(),
            tracks: tracks.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    #[test]
    fn those_who_are_named_may_have_what_is_named() {
        assert!(Audience::default().admits("li", "PA_1", "TR_1"));
        let audience = named(vec![entry("li", "", &[]), entry("", "PA_2", &["TR_2"])]).unwrap();
        assert!(audience.admits("li", "PA_1", "TR_1"));
        assert!(audience.admits("wang", "PA_2", "TR_2"));
        assert!(!audience.admits("wang", "PA_2", "TR_1"));
        assert!(!audience.admits("zhao", "PA_3", "TR_1"));
        assert!(!named(vec![]).unwrap().admits("li", "PA_1", "TR_1"));
    }

    #[test]
    fn long_lists_are_refused() {
        assert!(named(vec![entry("li", "", &[]); ENTRIES_MAX]).is_some());
        assert!(named(vec![entry("li", "", &[]); ENTRIES_MAX + 1]).is_none());
        assert!(named(vec![entry(&"l".repeat(NAME_MAX + 1), "", &[])]).is_none());
        assert!(named(vec![entry("li", "", &["TR_1"; TRACKS_MAX + 1])]).is_none());
    }
}
