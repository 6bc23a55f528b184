use std::collections::{BTreeMap, BTreeSet};

use booking::UnixS;
use prometheus_client::encoding::EncodeLabelValue;

use super::tries::{Address, key};

/// Most people and most addresses whose requests are counted; over it the one that was idle for longest is forgotten, and
/// begins with all that it may.
const KEPT_MAX: usize = 20_000;

/// How many requests somebody may send.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowed {
    /// In a second, for as long as one likes; 0: as many as one likes.
    pub(crate) per_s: u32,
    /// At once, after a rest.
    pub(crate) at_once: u32,
}

/// Whose requests are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Hurried {
    /// The person's.
    Person,
    /// Those of the address, or of the IPv6 network.
    Address,
}

/// Counts requests by person and by address.
#[derive(Debug)]
pub(crate) struct Pace {
    people: Buckets<u64>,
    addresses: Buckets<Address>,
}

impl Pace {
    pub(crate) const fn new(person: Allowed, address: Allowed) -> Self {
        Self { people: Buckets::new(person), addresses: Buckets::new(address) }
    }

    /// Whether the person may send a request; if not, in how many seconds.
    pub(crate) fn person(&mut self, id: &str, now: UnixS) -> Result<(), (Hurried, u64)> {
        self.people.take(key(id), now).map_err(|wait_s| (Hurried::Person, wait_s))
    }

    /// Whether a request may come from the address; if not, in how many seconds.
    pub(crate) fn address(&mut self, address: Address, now: UnixS) -> Result<(), (Hurried, u64)> {
        self.addresses.take(address, now).map_err(|wait_s| (Hurried::Address, wait_s))
    }

    /// How many were forgotten before their time since this was asked last.
    pub(crate) fn forgotten(&mut self) -> u64 {
        std::mem::take(&mut self.people.forgotten) + std::mem::take(&mut self.addresses.forgotten)
    }
}

/// A token bucket for each, kept for as long as it is not full.
#[derive(Debug)]
struct Buckets<K> {
    allowed: Allowed,
    /// When each sent its last request, and how many more it could have sent then.
    left: BTreeMap<K, (UnixS, u32)>,
    /// The same in the order of last requests.
    idle: BTreeSet<(UnixS, K)>,
    forgotten: u64,
}

impl<K: Ord + Copy> Buckets<K> {
    const fn new(allowed: Allowed) -> Self {
        Self { allowed, left: BTreeMap::new(), idle: BTreeSet::new(), forgotten: 0 }
    }

    /// Takes one request; if there is none, after how many seconds there will be.
    fn take(&mut self, of: K, now: UnixS) -> Result<(), u64> {
        let Allowed { per_s, at_once } = self.allowed;
        if per_s == 0 {
            return Ok(());
        }
        self.drop_full(now);
        let known = self.left.get(&of).copied();
        let left = match known {
            // After a clock was set back nothing is given for the time in between.
            Some((last, left)) => {
                let given = now.since(last).saturating_mul(u64::from(per_s));
                left.saturating_add(u32::try_from(given).unwrap_or(u32::MAX)).min(at_once)
            }
            None => at_once,
        };
        let Some(less) = left.checked_sub(1) else { return Err(1) };
        if let Some((last, _)) = known {
            self.idle.remove(&(last, of));
        } else if self.left.len() >= KEPT_MAX
            && let Some((_, first)) = self.idle.pop_first()
        {
            self.left.remove(&first);
            self.forgotten += 1;
        }
        self.left.insert(of, (now, less));
        self.idle.insert((now, of));
        Ok(())
    }

    /// Those that are full again by now, and those of a time to come: a clock that was set back holds nobody for longer.
    fn drop_full(&mut self, now: UnixS) {
        let fills_s = u64::from(self.allowed.at_once.div_ceil(self.allowed.per_s.max(1)));
        while let Some((last, of)) = self.idle.first().copied() {
            if last <= now && now.since(last) < fills_s {
                break;
            }
            self.drop(last, of);
        }
        while let Some((last, of)) = self.idle.last().copied() {
            if last <= now {
                return;
            }
            self.drop(last, of);
        }
    }

    fn drop(&mut self, last: UnixS, of: K) {
        self.idle.remove(&(last, of));
        self.left.remove(&of);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const NOW: UnixS = UnixS(1_795_392_000);
    const FEW: Allowed = Allowed { per_s: 2, at_once: 10 };

    fn sent(pace: &mut Pace, id: &str, now: UnixS) -> usize {
        (0..100).take_while(|_| pace.person(id, now).is_ok()).count()
    }

    #[test]
    fn somebody_sends_many_at_once_and_then_as_many_as_come_in_a_second() {
        let mut pace = Pace::new(FEW, FEW);
        assert_eq!(sent(&mut pace, "wang", NOW), 10);
        assert_eq!(pace.person("wang", NOW), Err((Hurried::Person, 1)));
        assert_eq!(sent(&mut pace, "li", NOW), 10, "others go on");
        assert_eq!(sent(&mut pace, "wang", NOW.plus(1)), 2);
        assert_eq!(sent(&mut pace, "wang", NOW.plus(4)), 6);
        assert_eq!(sent(&mut pace, "wang", NOW.plus(3600)), 10);
    }

    #[test]
    fn an_address_is_counted_apart_and_no_bound_is_none() {
        let mut pace = Pace::new(Allowed { per_s: 0, at_once: 0 }, FEW);
        assert_eq!(sent(&mut pace, "wang", NOW), 100);
        let address: Address = "192.0.2.1".parse::<IpAddr>().unwrap().into();
        for _ in 0..10 {
            assert_eq!(pace.address(address, NOW), Ok(()));
        }
        assert_eq!(pace.address(address, NOW), Err((Hurried::Address, 1)));
    }

    #[test]
    fn what_is_full_again_is_not_kept_and_what_is_forgotten_is_counted() {
        let mut pace = Pace::new(FEW, FEW);
        let kept = u64::try_from(KEPT_MAX).unwrap();
        for nth in 0..kept + 5 {
            pace.person(&nth.to_string(), NOW).unwrap();
        }
        assert_eq!((pace.people.left.len(), pace.people.idle.len()), (KEPT_MAX, KEPT_MAX));
        assert_eq!((pace.forgotten(), pace.forgotten()), (5, 0));
        pace.person("later", NOW.plus(5)).unwrap();
        assert_eq!((pace.people.left.len(), pace.people.idle.len()), (1, 1));
        assert_eq!(pace.forgotten(), 0);
    }

    #[test]
    fn a_clock_that_is_set_back_holds_nobody_for_longer() {
        let mut pace = Pace::new(FEW, FEW);
        assert_eq!(sent(&mut pace, "wang", NOW), 10);
        assert_eq!(sent(&mut pace, "wang", NOW.minus(3600)), 10);
        assert_eq!(pace.people.idle.len(), 1);
    }
}
