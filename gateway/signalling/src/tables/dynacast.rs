//! Which layers of a simulcast track anybody uses, so that its publisher sends no others
//! (LiveKit's dynacast).
//!
//! Layers below one that is used stay on: a listener whose line gets worse falls to them at once.

use std::time::{Duration, Instant};

/// A layer that nobody uses goes on for so long: people look away for a moment.
const LINGER: Duration = Duration::from_secs(2);

/// How many layers of one track are in use, and what its publisher was told.
#[derive(Debug)]
pub(crate) struct Dynacast {
    /// Layers from the lowest up; clients begin with all.
    told: u8,
    fewer_since: Option<Instant>,
    /// Somebody's wish has changed: it must be counted anew.
    pub(crate) stirred: bool,
}

impl Dynacast {
    /// A track that begins with `layers`.
    pub(crate) const fn of(layers: u8) -> Self {
        Self { told: layers, fewer_since: None, stirred: true }
    }

    /// Whether there is something to count.
    pub(crate) const fn open(&self) -> bool {
        self.stirred || self.fewer_since.is_some()
    }

    /// `wanted` layers are in use now; the number to tell the publisher, if it is to be told. More
    /// is told at once, fewer when it has been fewer for [`LINGER`].
    pub(crate) fn count(&mut self, now: Instant, wanted: u8) -> Option<u8> {
        self.stirred = false;
        if wanted >= self.told {
            self.fewer_since = None;
            let more = wanted > self.told;
            self.told = wanted;
            return more.then_some(wanted);
        }
        let since = *self.fewer_since.get_or_insert(now);
        if now.saturating_duration_since(since) < LINGER {
            return None;
        }
        self.fewer_since = None;
        self.told = wanted;
        Some(wanted)
    }

    /// What the publisher knows.
    pub(crate) const fn told(&self) -> u8 {
        self.told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn more_is_told_at_once_and_fewer_after_two_seconds() {
        let (start, mut uses) = (Instant::now(), Dynacast::of(3));
        assert!(uses.open());
        assert_eq!(uses.count(start, 1), None);
        assert!(uses.open(), "the time must be watched");
        assert_eq!(uses.count(at(start, 1_999), 0), None);
        assert_eq!(uses.count(at(start, 2_000), 0), Some(0));
        assert!(!uses.open());
        assert_eq!(uses.count(at(start, 2_001), 2), Some(2));
        assert_eq!(uses.count(at(start, 2_002), 3), Some(3));
        assert_eq!(uses.count(at(start, 2_003), 3), None);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn who_looks_away_for_a_moment_changes_nothing() {
        let (start, mut uses) = (Instant::now(), Dynacast::of(3));
        assert_eq!(uses.count(start, 0), None);
        assert_eq!(uses.count(at(start, 1_500), 3), None);
        assert_eq!(uses.count(at(start, 1_600), 0), None);
        assert_eq!(uses.count(at(start, 3_000), 0), None, "the time begins anew");
        assert_eq!((uses.count(at(start, 3_600), 0), uses.told()), (Some(0), 0));
    }
}
