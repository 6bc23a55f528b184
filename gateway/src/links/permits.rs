//! Permits for a limited number of things, so many for each key and so many in all; a permit that is dropped is given
//! back.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::metrics::gauge::Gauge;

/// The permits for one kind of thing.
#[derive(Debug)]
pub(crate) struct Permits<K> {
    all_max: usize,
    each_max: usize,
    /// How many are given out now.
    given: Gauge,
    held: Mutex<HashMap<K, usize>>,
}

/// A permit that somebody holds; dropped, it is given back.
#[derive(Debug)]
pub(crate) struct Permit<K: Eq + Hash> {
    permits: Arc<Permits<K>>,
    key: K,
}

impl<K: Eq + Hash + Clone> Permits<K> {
    /// `given` counts the permits that are held.
    pub(crate) fn new(all_max: usize, each_max: usize, given: Gauge) -> Arc<Self> {
        Arc::new(Self { all_max, each_max, given, held: Mutex::default() })
    }

    /// A permit, if there is one left for `key` and in all.
    pub(crate) fn take(self: &Arc<Self>, key: K) -> Option<Permit<K>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let all = usize::try_from(self.given.get()).unwrap_or_default();
        let own = held.get(&key).copied().unwrap_or_default();
        if own >= self.each_max || all >= self.all_max {
            return None;
        }
        held.insert(key.clone(), own + 1);
        self.given.inc();
        Some(Permit { permits: Arc::clone(self), key })
    }
}

impl<K: Eq + Hash> Drop for Permit<K> {
    fn drop(&mut self) {
        let mut held = self.permits.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(&self.key) {
            Some(own) if *own > 1 => *own -= 1,
            _ => _ = held.remove(&self.key),
        }
        self.permits.given.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_for_each_and_for_all_and_come_back() {
        let permits = Permits::new(3, 2, Gauge::default());
        let (first, _second) = (permits.take("a").unwrap(), permits.take("a").unwrap());
        assert!(permits.take("a").is_none());
        let _third = permits.take("b").unwrap();
        assert!(permits.take("b").is_none() && permits.take("c").is_none());
        drop(first);
        assert!(permits.take("c").is_some());
        assert_eq!(permits.held.lock().unwrap().len(), 2);
    }
}
