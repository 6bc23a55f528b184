//! How many HTTP connections there may be: so many in all, and so many from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::metrics::counter::Counter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Most connections at a time, signalling included; more wait in the system's queue until one ends.
const CONNECTIONS_MAX: usize = 4096;
/// What one client is given of an IPv6 network (RFC 6177).
const PREFIX: u128 = !0 << 64;

/// Gives permits to the connections of one listener or several. Addresses are kept only while they hold one.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionLimiter {
    all: Arc<Semaphore>,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
    each_max: usize,
    refused: Counter,
}

/// A permit among all that no address holds yet.
pub(crate) type Free = Option<OwnedSemaphorePermit>;

/// One connection's permit; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct ConnectionPermit {
    _free: Free,
    limiter: ConnectionLimiter,
    of: Option<IpAddr>,
}

impl ConnectionLimiter {
    /// At most `each_max` for one address; those who are refused are counted.
    pub(crate) fn new(each_max: usize, refused: Counter) -> Self {
        let all = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        Self { all, taken: Arc::default(), each_max, refused }
    }

    /// Waits until another connection is allowed at all.
    pub(crate) async fn free(&self) -> Free {
        Arc::clone(&self.all).acquire_owned().await.ok()
    }

    /// Gives the permit to a connection from this address, unless that has too many. This machine's own addresses have
    /// no bound: the other rooms and a proxy in front, through which everybody comes, are there.
    pub(crate) fn take(&self, free: Free, from: IpAddr) -> Option<ConnectionPermit> {
        let of = Some(network(from)).filter(|it| !it.is_loopback());
        if let Some(of) = of {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let own = taken.entry(of).or_default();
            if *own >= self.each_max {
                self.refused.inc();
                return None;
            }
            *own += 1;
        }
        Some(ConnectionPermit { _free: free, limiter: self.clone(), of })
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let Some(of) = self.of else { return };
        let mut taken = self.limiter.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&of) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.remove(&of);
            }
        }
    }
}

/// Whose address this is: an IPv4 address alone, an IPv6 address with its whole network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(it) if !it.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(it.to_bits() & PREFIX))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_has_its_share_and_leaves_the_rest_to_others() {
        let refused = Counter::default();
        let limiter = ConnectionLimiter::new(2, refused.clone());
        let take = async |from: &str| {
            let free = limiter.free().await;
            limiter.take(free, from.parse().unwrap())
        };
        let held = (take("192.0.2.1").await.unwrap(), take("::ffff:192.0.2.1").await.unwrap());
        assert!(take("192.0.2.1").await.is_none());
        assert!(take("192.0.2.2").await.is_some());
        assert_eq!(refused.get(), 1);
        drop(held.0);
        assert!(take("192.0.2.1").await.is_some());
        drop(held.1);
        let held = (take("2001:db8::1").await.unwrap(), take("2001:db8::2:1").await.unwrap());
        assert!(take("2001:db8::3").await.is_none(), "one network");
        assert!(take("2001:db8:0:1::3").await.is_some(), "another");
        let mut near = vec![];
        for _ in 0..5 {
            near.push((take("127.0.0.1").await.unwrap(), take("::1").await.unwrap()));
        }
        drop((held, near));
        assert!(limiter.taken.lock().unwrap().is_empty(), "nobody is kept who is gone");
        assert_eq!(limiter.all.available_permits(), CONNECTIONS_MAX);
    }
}
