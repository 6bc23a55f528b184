//! Which layers of a simulcast track anybody uses, so that its publisher sends no others
//! (LiveKit's dynacast).
//!
//! Layers below one that is used stay on: a listener whose line gets worse falls to them at once.

use std::time::{Duration, Instant};

/// A layer that nobody uses goes on for so long: people look away for a moment.
const LINGER: Duration = Duration::from_secs(2);
/// A layer is left out when its publisher's line has starved it for so long: while a browser finds what its line carries
/// it does so for a while.
const STARVED: Duration = Duration::from_secs(8);
/// A layer that its publisher's line starves is ordered again after so long, and after twice as long each time that it
/// was in vain, up to the most.
const TRIED_AFTER: Duration = Duration::from_secs(30);
const TRIED_AFTER_MOST: Duration = Duration::from_secs(240);
/// It has so long to show itself.
const TRIAL: Duration = Duration::from_secs(12);

/// What a publisher's line is known to bring of its layers.
#[derive(Clone, Copy, Debug, Default)]
struct Uplink {
    /// The layers from this one on are not ordered.
    closed: Option<u8>,
    /// When they are tried again, or when the trial ends.
    until: Option<Instant>,
    /// How often in a row that was in vain.
    in_vain: u32,
    /// Since when layers that are in use are starved.
    starved_since: Option<Instant>,
}

impl Uplink {
    /// The line brings `fed` layers, and `wanted` are in use.
    fn note(&mut self, now: Instant, fed: u8, wanted: u8) {
        let over = self.until.is_none_or(|until| now >= until);
        if fed >= wanted {
            // No layer in use is missing: layers that are not ordered stay so until somebody has a use for them.
            self.starved_since = None;
            if fed == u8::MAX && self.closed.is_none() && over {
                *self = Self::default();
            }
            return;
        }
        if !over {
            return;
        }
        if self.closed.take().is_some() {
            self.until = Some(now + TRIAL);
            return;
        }
        let since = *self.starved_since.get_or_insert(now);
        if now.saturating_duration_since(since) < STARVED {
            return;
        }
        let after = TRIED_AFTER * 2_u32.saturating_pow(self.in_vain.min(8));
        self.closed = Some(fed);
        self.until = Some(now + after.min(TRIED_AFTER_MOST));
        self.in_vain = self.in_vain.saturating_add(1);
    }
}

/// How many layers of one track are in use, and what its publisher was told.
#[derive(Debug)]
pub(crate) struct Dynacast {
    /// Layers from the lowest up; clients begin with all.
    told: u8,
    fewer_since: Option<Instant>,
    /// Somebody's wish has changed: it must be counted anew.
    pub(crate) stirred: bool,
    uplink: Uplink,
}

impl Dynacast {
    /// A track that begins with `layers`.
    pub(crate) fn of(layers: u8) -> Self {
        Self { told: layers, fewer_since: None, stirred: true, uplink: Uplink::default() }
    }

    /// Whether there is something to count.
    pub(crate) const fn open(&self) -> bool {
        self.stirred || self.fewer_since.is_some()
    }

    /// The publisher's line brings `fed` layers from the lowest up, the others are starved, and `wanted` are in use; to be
    /// given every second.
    pub(crate) fn feed(&mut self, now: Instant, fed: u8, wanted: u8) {
        let before = self.uplink.closed;
        self.uplink.note(now, fed, wanted);
        self.stirred |= self.uplink.closed != before;
    }

    /// Whether its publisher's line starves layers that are in use; `None` while they are not ordered, so that nobody knows.
    pub(crate) const fn starved(&self) -> Option<bool> {
        match self.uplink.closed {
            Some(_) => None,
            None => Some(self.uplink.starved_since.is_some()),
        }
    }

    /// `wanted` layers are in use now; the number to tell the publisher, if it is to be told. More
    /// is told at once, fewer when it has been fewer for [`LINGER`].
    pub(crate) fn count(&mut self, now: Instant, wanted: u8) -> Option<u8> {
        self.stirred = false;
        let wanted = wanted.min(self.uplink.closed.map_or(u8::MAX, |closed| closed.max(1)));
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

    /// Plays `seconds` of a line that brings `fed` layers of two that are in use, from second `from` on; when, in
    /// seconds, the publisher was told what.
    fn fed(
        uses: &mut Dynacast,
        start: Instant,
        from: u64,
        seconds: u64,
        fed: u8,
    ) -> Vec<(u64, u8)> {
        let mut told = vec![];
        for second in from..from + seconds {
            let now = at(start, second * 1_000);
            uses.feed(now, fed, 2);
            if let Some(layers) = uses.open().then(|| uses.count(now, 2)).flatten() {
                told.push((second, layers));
            }
        }
        told
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn a_starved_layer_is_ordered_off_and_tried_seldom_until_it_is_fed() {
        let (start, mut uses) = (Instant::now(), Dynacast::of(2));
        uses.count(start, 2);
        let told = fed(&mut uses, start, 0, 400, 1);
        let tried = [(38, 2), (52, 1), (110, 2), (124, 1), (242, 2), (256, 1)];
        assert_eq!(told, [&[(10, 1)], &tried[..]].concat());
        assert_eq!(fed(&mut uses, start, 400, 200, 1), [(494, 2), (508, 1)]);
        let told = fed(&mut uses, start, 600, 150, 1);
        assert_eq!(told, [(746, 2)]);
        assert_eq!(fed(&mut uses, start, 750, 400, u8::MAX), [], "it has shown itself");
        assert_eq!(fed(&mut uses, start, 2_000, 42, 1), [(2_010, 1), (2_038, 2)], "as at first");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn nobody_tries_a_layer_that_nobody_uses() {
        let (start, mut uses) = (Instant::now(), Dynacast::of(2));
        assert_eq!(fed(&mut uses, start, 0, 11, 1), [(10, 1)]);
        for second in 11..100 {
            uses.feed(at(start, second * 1_000), 1, 1);
            assert!(!uses.open());
        }
        uses.feed(at(start, 100_000), 1, 2);
        assert_eq!(uses.count(at(start, 100_000), 2), Some(2), "somebody does");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn the_smallest_layer_is_never_closed() {
        let (start, mut uses) = (Instant::now(), Dynacast::of(2));
        assert_eq!(fed(&mut uses, start, 0, 11, 0), [(10, 1)]);
    }
}
