//! How many messages one client may send: a bucket for each name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use signalling::pace::Pace;

use crate::config::Config;

/// Most buckets that are not full at a time; over it, a name without a bucket is refused.
const BUCKETS_MAX: usize = 65_536;
/// Full ones are looked for so often, at most.
const SWEEP: Duration = Duration::from_secs(1);
/// Below so many, full ones are not looked for.
const BUCKETS_KEPT: usize = 1_024;

/// One bucket for each name, so that somebody who comes back by another connection has the same. A full bucket is
/// forgotten: it is as good as a new one.
#[derive(Debug)]
pub(crate) struct Paces {
    per_s: u32,
    buckets: HashMap<String, Pace>,
    /// At so many buckets the full ones are looked for.
    sweep_at: usize,
    /// The table is not searched again before this: in a crowd each message would search all of it.
    next_sweep: Option<Instant>,
}

impl Paces {
    /// Buckets of `per_s` messages a second each.
    pub(crate) fn new(per_s: u32) -> Self {
        Self { per_s, buckets: HashMap::new(), sweep_at: BUCKETS_KEPT, next_sweep: None }
    }

    /// Whether one more message of `who`, which costs as much as `cost` small ones, is within the rate.
    pub(crate) fn allow(&mut self, now: Instant, who: &str, cost: u32) -> bool {
        self.owe(now, who, cost, Duration::ZERO).is_some()
    }

    /// By how much one more message is over the rate, if it is taken: it is while that is no more than `most`.
    pub(crate) fn owe(
        &mut self,
        now: Instant,
        who: &str,
        cost: u32,
        most: Duration,
    ) -> Option<Duration> {
        if let Some(pace) = self.buckets.get_mut(who) {
            return pace.owe(now, cost, most);
        }
        if self.buckets.len() >= self.sweep_at && self.next_sweep.is_none_or(|at| now >= at) {
            self.next_sweep = Some(now + SWEEP);
            self.buckets.retain(|_, bucket| !bucket.rested(now));
            self.sweep_at = (2 * self.buckets.len()).clamp(BUCKETS_KEPT, BUCKETS_MAX);
        }
        if self.buckets.len() >= BUCKETS_MAX {
            return None;
        }
        let mut pace = Pace::new(now, self.per_s);
        let over = pace.owe(now, cost, most);
        self.buckets.insert(who.to_owned(), pace);
        over
    }
}

/// Times that one participant may come in a second, on average: a page that reloads needs one, and many screens may
/// watch with one token.
const JOINS_PER_S: u32 = 10;

/// The rates that the doors hold people to; shared by their tasks, and held only to look.
#[derive(Clone, Debug)]
pub(crate) struct RateLimits {
    joins: Arc<Mutex<Paces>>,
    signals: Arc<Mutex<Paces>>,
}

impl RateLimits {
    /// Nobody has come yet.
    pub(crate) fn new(config: &Config) -> Self {
        let paces = |per_s| Arc::new(Mutex::new(Paces::new(per_s)));
        Self { joins: paces(JOINS_PER_S), signals: paces(config.signals_per_s_max) }
    }

    /// Whether `who` may come in once more.
    pub(crate) fn join(&self, now: Instant, who: &str) -> bool {
        self.joins.lock().unwrap_or_else(PoisonError::into_inner).allow(now, who, 1)
    }

    /// Whether `who` may send one more message, which costs as much as `cost` small ones.
    pub(crate) fn signal(&self, now: Instant, who: &str, cost: u32) -> bool {
        self.signals.lock().unwrap_or_else(PoisonError::into_inner).allow(now, who, cost)
    }
}

/// The name of somebody in a room, for [`Paces`].
pub(crate) fn name_of(room: &str, identity: &str) -> String {
    format!("{room}\n{identity}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn who_comes_back_finds_the_same_bucket_and_full_ones_are_forgotten() {
        let start = Instant::now();
        let mut paces = Paces::new(10);
        assert_eq!((0..100).filter(|_| paces.allow(start, "li", 1)).count(), 40);
        assert!(paces.allow(start, "wang", 1), "another one's is untouched");
        let most = u32::try_from(BUCKETS_MAX).unwrap();
        let names = (0..2 * most).filter(|it| paces.allow(start, &it.to_string(), 1)).count();
        assert_eq!((names, paces.buckets.len()), (BUCKETS_MAX - 2, BUCKETS_MAX));
        assert!(!paces.allow(start, "li", 1));
        let later = start + Duration::from_secs(1);
        assert!(paces.allow(later, "new", 1), "the others' buckets are full by now");
        assert_eq!(paces.buckets.len(), 2);
        assert_eq!((0..100).filter(|_| paces.allow(later, "li", 1)).count(), 10);
    }
}
