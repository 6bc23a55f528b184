use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::{IpAddr, Ipv6Addr};

use booking::UnixS;

/// What one client is given of an IPv6 network (RFC 6177).
const PREFIX: u128 = !0 << 64;

/// Whose tries are counted together: an IPv4 address, an IPv6 network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Address(IpAddr);

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(it) if !it.is_loopback() => {
                IpAddr::V6(Ipv6Addr::from_bits(it.to_bits() & PREFIX))
            }
            other => other,
        })
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            IpAddr::V6(network) if !network.is_loopback() => write!(f, "{network}/64"),
            other => write!(f, "{other}"),
        }
    }
}

/// What a try is not allowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// The name was tried too often.
    Name,
    /// The address tried too often.
    Address,
}

/// Counts tries to come in, by name and by address. A try counts when it begins, so that many at once are not one; it is
/// taken back when the password was right. A name that nobody has is counted as any other, so that it is not known by that.
#[derive(Debug)]
pub(crate) struct Tries {
    names: Counted<u64>,
    addresses: Counted<Address>,
}

/// Wrong tries in `WINDOW_S` after which there is rest for the remainder of it.
const NAME_MAX: u32 = 10;
/// A whole clinic, or a county behind one router, has one address.
const ADDRESS_MAX: u32 = 60;
pub(crate) const WINDOW_S: u64 = 15 * 60;
/// Most names and most addresses that are counted; over it the one whose window began first is forgotten.
const KEPT_MAX: usize = 20_000;

impl Tries {
    pub(crate) const fn new() -> Self {
        Self { names: Counted::new(NAME_MAX), addresses: Counted::new(ADDRESS_MAX) }
    }

    /// Whether a try may begin; if not, what holds it and for how many seconds.
    pub(crate) fn begin(
        &mut self,
        name: &str,
        address: Option<Address>,
        now: UnixS,
    ) -> Result<(), (Held, u64)> {
        if let Some(address) = address {
            self.addresses.begin(address, now).map_err(|wait_s| (Held::Address, wait_s))?;
        }
        self.names.begin(key(name), now).map_err(|wait_s| (Held::Name, wait_s))
    }

    /// The password was right: its name begins anew, and the address has not tried.
    pub(crate) fn right(&mut self, name: &str, address: Option<Address>) {
        self.forgive(name);
        if let Some(address) = address {
            self.addresses.take_back(address);
        }
    }

    /// Nobody could say whether the password was right: the try is taken back.
    pub(crate) fn unanswered(&mut self, name: &str, address: Option<Address>) {
        self.names.take_back(key(name));
        if let Some(address) = address {
            self.addresses.take_back(address);
        }
    }

    /// The name begins anew, after its password was set.
    pub(crate) fn forgive(&mut self, name: &str) {
        self.names.forget(key(name));
    }

    /// How many were forgotten before their time since this was asked last.
    pub(crate) fn forgotten(&mut self) -> u64 {
        std::mem::take(&mut self.names.forgotten) + std::mem::take(&mut self.addresses.forgotten)
    }
}

/// A name of any length takes as little as any other; two that share a key share their tries.
pub(super) fn key(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Tries of each in a window that begins with the first.
#[derive(Debug)]
pub(super) struct Counted<K> {
    most: u32,
    /// When the window of each began, and its tries.
    tries: BTreeMap<K, (UnixS, u32)>,
    /// The same in the order of beginnings.
    oldest: BTreeSet<(UnixS, K)>,
    pub(super) forgotten: u64,
}

impl<K: Ord + Copy> Counted<K> {
    pub(super) const fn new(most: u32) -> Self {
        Self { most, tries: BTreeMap::new(), oldest: BTreeSet::new(), forgotten: 0 }
    }

    /// Whether a try may begin; if not, for how many seconds.
    pub(super) fn begin(&mut self, of: K, now: UnixS) -> Result<(), u64> {
        self.drop_old(now);
        if let Some((began, count)) = self.tries.get_mut(&of) {
            if *count >= self.most {
                return Err(WINDOW_S.saturating_sub(now.since(*began)).max(1));
            }
            *count += 1;
            return Ok(());
        }
        if self.tries.len() >= KEPT_MAX
            && let Some((_, first)) = self.oldest.pop_first()
        {
            self.tries.remove(&first);
            self.forgotten += 1;
        }
        self.tries.insert(of, (now, 1));
        self.oldest.insert((now, of));
        Ok(())
    }

    pub(super) fn take_back(&mut self, of: K) {
        match self.tries.get_mut(&of) {
            Some((_, count)) if *count > 1 => *count -= 1,
            _ => self.forget(of),
        }
    }

    fn forget(&mut self, of: K) {
        if let Some((began, _)) = self.tries.remove(&of) {
            self.oldest.remove(&(began, of));
        }
    }

    /// Windows that are over. A clock that was set back leaves none open for longer.
    fn drop_old(&mut self, now: UnixS) {
        while let Some((began, of)) = self.oldest.first().copied() {
            if began <= now && now.since(began) < WINDOW_S {
                return;
            }
            self.forget(of);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixS = UnixS(1_795_392_000);

    fn address(text: &str) -> Option<Address> {
        Some(text.parse::<IpAddr>().unwrap().into())
    }

    #[test]
    fn a_name_rests_after_ten_wrong_tries_until_its_window_is_over() {
        let mut tries = Tries::new();
        for _ in 0..10 {
            assert_eq!(tries.begin("wang", None, NOW), Ok(()));
        }
        assert_eq!(tries.begin("wang", None, NOW.plus(60)), Err((Held::Name, 14 * 60)));
        assert_eq!(tries.begin("li", None, NOW.plus(60)), Ok(()), "others go on");
        assert_eq!(tries.begin("wang", None, NOW.plus(WINDOW_S - 1)), Err((Held::Name, 1)));
        assert_eq!(tries.begin("wang", None, NOW.plus(WINDOW_S)), Ok(()));
    }

    #[test]
    fn a_right_password_and_a_new_one_begin_anew() {
        let mut tries = Tries::new();
        for _ in 0..9 {
            tries.begin("wang", address("192.0.2.1"), NOW).unwrap();
        }
        tries.right("wang", address("192.0.2.1"));
        for _ in 0..10 {
            assert_eq!(tries.begin("wang", address("192.0.2.1"), NOW), Ok(()));
        }
        assert!(tries.begin("wang", address("192.0.2.1"), NOW).is_err());
        tries.forgive("wang");
        assert_eq!(tries.begin("wang", address("192.0.2.1"), NOW), Ok(()));
    }

    #[test]
    fn an_address_rests_whatever_names_it_tries_and_a_network_is_one_address() {
        let mut tries = Tries::new();
        for nth in 0..60 {
            tries
                .begin(&format!("name{nth}"), address(&format!("2001:db8::{nth:x}")), NOW)
                .unwrap();
        }
        assert_eq!(tries.begin("x", address("2001:db8::ff"), NOW), Err((Held::Address, WINDOW_S)));
        assert_eq!(tries.begin("x", address("2001:db8:0:1::1"), NOW), Ok(()));
        assert_eq!(tries.begin("x", address("::ffff:192.0.2.1"), NOW), Ok(()));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
    }

    #[test]
    fn many_at_once_are_as_many_tries_and_right_ones_cost_an_address_nothing() {
        let mut tries = Tries::new();
        for nth in 0..200 {
            let name = format!("name{nth}");
            tries.begin(&name, address("192.0.2.1"), NOW).unwrap();
            tries.right(&name, address("192.0.2.1"));
        }
        assert!(tries.addresses.tries.is_empty() && tries.names.tries.is_empty());
    }

    #[test]
    fn the_tables_are_bounded_and_what_is_forgotten_is_counted() {
        let mut tries = Tries::new();
        let kept = u64::try_from(KEPT_MAX).unwrap();
        for nth in 0..kept + 5 {
            tries.begin(&nth.to_string(), None, NOW.plus(nth / 100)).unwrap();
        }
        assert_eq!((tries.names.tries.len(), tries.names.oldest.len()), (KEPT_MAX, KEPT_MAX));
        assert_eq!((tries.forgotten(), tries.forgotten()), (5, 0));
        tries.begin("later", None, NOW.plus(kept)).unwrap();
        assert_eq!((tries.names.tries.len(), tries.forgotten()), (1, 0), "what is over is no loss");
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let mut tries = Tries::new();
        for _ in 0..10 {
            tries.begin("wang", None, NOW).unwrap();
        }
        assert_eq!(tries.begin("wang", None, NOW.minus(3600)), Ok(()));
    }
}
