//! Which shard a datagram is for that came to the socket of this one: decided by what is in it and what was learned,
//! told the time, shared with nobody.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use transport::ice;

use crate::ids::ShardNumber;
use crate::pace::Pace;

/// Addresses of other shards' clients that are remembered here; over it, their datagrams are searched for.
const LEARNED_MAX: usize = 16_384;
/// An address from which nothing came for so long is forgotten: consent ends sooner (RFC 7675, section 5.1).
const KEPT: Duration = Duration::from_secs(60);
/// When the table is full, what is old is looked for so often, at most.
const SWEEP: Duration = Duration::from_secs(1);
/// First checks from unknown addresses that are passed on in a second: clients that join send some dozen each.
const CHECKS_PER_S: u32 = 4_000;
/// Packets from unknown addresses that other shards are asked about in a second, by all shards together.
const SEARCHES_PER_S: u32 = 250;

/// An address is worth steering after so many datagrams: a client that only listens sends that many in minutes.
const BUSY_AFTER: u32 = 100;
/// Such addresses that wait to be told; more are told when as many datagrams have come once more.
const BUSY_MAX: usize = 256;

/// Where a datagram goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Route {
    /// To the connections of this shard, if it is anybody's.
    Own,
    /// To that shard, whose client was checked at this address.
    Known(u8),
    /// To that shard, whose connection it names. It says whether the check is good.
    Check(u8),
    /// It may be from a client that moved here; nobody knows of which shard.
    Search,
    /// Nowhere: more checks came from unknown addresses than are passed on.
    Over,
}

#[derive(Debug)]
struct Learned {
    shard: u8,
    used: Instant,
    /// Datagrams since it was last found to be busy.
    came: u32,
}

/// What one shard knows of the addresses of the others' clients.
#[derive(Debug)]
pub(crate) struct Routes {
    shard: ShardNumber,
    learned: HashMap<SocketAddr, Learned>,
    /// From where much comes that is for another shard.
    busy: Vec<(SocketAddr, u8)>,
    next_sweep: Instant,
    checks: Pace,
    searches: Pace,
}

impl Routes {
    /// Nothing is known yet.
    pub(crate) fn new(now: Instant, shard: ShardNumber) -> Self {
        Self {
            shard,
            learned: HashMap::new(),
            busy: vec![],
            next_sweep: now,
            checks: Pace::new(now, CHECKS_PER_S),
            searches: Pace::new(now, SEARCHES_PER_S / u32::from(shard.of)),
        }
    }

    /// Where a datagram goes; `is_own` tells whether a connection of this shard was checked at its address.
    pub(crate) fn route(
        &mut self,
        now: Instant,
        from: SocketAddr,
        datagram: &[u8],
        is_own: impl FnOnce() -> bool,
    ) -> Route {
        match datagram.first() {
            Some(0..=3) if !ice::is_answer(datagram) => self.route_check(now, from, datagram),
            // DTLS, RTP and answers to our own checks name nobody (RFC 7983).
            Some(0..=3 | 20..=63 | 128..=191) => match is_own() {
                true => Route::Own,
                false => self.route_unnamed(now, from),
            },
            _ => Route::Own,
        }
    }

    /// Where a datagram goes that names nobody and is not of a client here.
    fn route_unnamed(&mut self, now: Instant, from: SocketAddr) -> Route {
        match self.learned.get_mut(&from) {
            Some(learned) => {
                learned.used = now;
                learned.came += 1;
                if learned.came >= BUSY_AFTER {
                    learned.came = 0;
                    self.busy.extend((self.busy.len() < BUSY_MAX).then_some((from, learned.shard)));
                }
                Route::Known(learned.shard)
            }
            None if from.port() != 0 && self.searches.allow(now, 1) => Route::Search,
            None => Route::Own,
        }
    }

    /// A check names a connection, and that names its shard.
    fn route_check(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) -> Route {
        let named = ice::local_ufrag(datagram).and_then(ice::tag_of);
        let named = named.filter(|shard| *shard < self.shard.of && *shard != self.shard.index);
        let Some(named) = named else { return Route::Own };
        match self.learned.get_mut(&from).filter(|learned| learned.shard == named) {
            Some(learned) => {
                learned.used = now;
                Route::Known(named)
            }
            None if self.checks.allow(now, 1) => Route::Check(named),
            None => Route::Over,
        }
    }

    /// Another shard has checked a client at this address; `false` if there is no room to remember it.
    pub(crate) fn learn(&mut self, now: Instant, address: SocketAddr, shard: u8) -> bool {
        if self.learned.len() >= LEARNED_MAX && !self.learned.contains_key(&address) {
            if now < self.next_sweep {
                return false;
            }
            self.next_sweep = now + SWEEP;
            self.learned.retain(|_, learned| now.saturating_duration_since(learned.used) < KEPT);
            if self.learned.len() >= LEARNED_MAX {
                return false;
            }
        }
        self.learned.insert(address, Learned { shard, used: now, came: 0 });
        true
    }

    /// Addresses from where much came since the last call, each with the shard that it is for.
    pub(crate) fn take_busy(&mut self) -> Vec<(SocketAddr, u8)> {
        std::mem::take(&mut self.busy)
    }

    /// A client of this shard was checked at this address.
    pub(crate) fn forget(&mut self, address: SocketAddr) {
        self.learned.remove(&address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RTP: [u8; 4] = [0x80, 111, 0, 1];
    const DTLS: [u8; 4] = [22, 254, 253, 0];

    #[expect(clippy::disallowed_methods, reason = "a start for virtual time")]
    fn routes(index: u8, of: u8) -> (Routes, Instant) {
        let now = Instant::now();
        (Routes::new(now, ShardNumber { index, of }), now)
    }

    fn client(number: u32) -> SocketAddr {
        SocketAddr::from((number.to_be_bytes(), 9))
    }

    /// A binding request for the user fragment `ufrag`.
    fn check(ufrag: &str) -> Vec<u8> {
        let name = format!("{ufrag}:them!!!");
        let len = u8::try_from(name.len()).unwrap();
        assert_eq!(len % 4, 0);
        let head = [0, 1, 0, len + 4, 0x21, 0x12, 0xa4, 0x42];
        [&head[..], &[7; 12], &[0, 6, 0, len], name.as_bytes()].concat()
    }

    #[test]
    fn a_check_goes_to_the_shard_that_it_names_and_the_rest_follows_once_that_is_learned() {
        let (mut routes, now) = routes(1, 4);
        let from = client(1);
        let mut route = |datagram: &[u8]| routes.route(now, from, datagram, || false);
        // The first letters of the alphabet of user fragments, and what no shard is called.
        assert_eq!(route(&check("Cabcdefg")), Route::Check(2));
        assert_eq!(route(&check("Babcdefg")), Route::Own);
        assert_eq!(route(&check("Eabcdefg")), Route::Own, "there are four shards");
        assert_eq!(route(&check("")), Route::Own);
        assert_eq!(route(&[0, 1, 2]), Route::Own);
        assert_eq!(route(&RTP), Route::Search, "what was not vouched for is not believed");
        routes.learn(now, from, 2);
        let mut route = |datagram: &[u8]| routes.route(now, from, datagram, || false);
        assert_eq!([route(&RTP), route(&DTLS)], [Route::Known(2); 2]);
        assert_eq!(route(&check("Cabcdefg")), Route::Known(2));
        assert_eq!(route(&check("Dabcdefg")), Route::Check(3), "another shard's client is there");
        assert_eq!(routes.route(now, from, &RTP, || true), Route::Own);
        routes.forget(from);
        assert_eq!(routes.route(now, from, &RTP, || false), Route::Search);
    }

    #[test]
    fn strangers_are_passed_on_within_a_budget_and_known_clients_always() {
        let (mut routes, now) = routes(0, 2);
        routes.learn(now, client(0), 1);
        let mut passed = |datagram: &[u8], route| {
            let all = (1..=100_000).map(|it| routes.route(now, client(it), datagram, || false));
            all.filter(|it| *it == route).count()
        };
        assert_eq!(passed(&check("Babcdefg"), Route::Check(1)), 4 * 4_000);
        assert_eq!(passed(&RTP, Route::Search), 4 * 125, "half of what all shards may");
        assert_eq!(routes.route(now, client(1), &RTP, || false), Route::Own);
        assert_eq!(routes.route(now, client(0), &RTP, || false), Route::Known(1));
    }

    #[test]
    fn from_where_much_comes_is_told_within_a_bound() {
        let (mut routes, now) = routes(0, 2);
        let send = |routes: &mut Routes, from, times| {
            (0..times).for_each(|_| _ = routes.route(now, from, &RTP, || false));
        };
        routes.learn(now, client(1), 1);
        send(&mut routes, client(1), BUSY_AFTER - 1);
        assert_eq!(routes.take_busy(), []);
        send(&mut routes, client(1), 1 + 2 * BUSY_AFTER);
        assert_eq!(
            routes.take_busy(),
            [(client(1), 1); 3],
            "also when it was told and comes still"
        );
        assert_eq!(routes.take_busy(), []);
        for number in 0..1_000 {
            routes.learn(now, client(number), 1);
            send(&mut routes, client(number), BUSY_AFTER);
        }
        assert_eq!(routes.take_busy().len(), BUSY_MAX);
    }

    #[test]
    fn the_table_is_bounded_and_the_silent_make_room() {
        let (mut routes, now) = routes(0, 2);
        let most = u32::try_from(LEARNED_MAX).unwrap();
        assert!((0..most).all(|it| routes.learn(now, client(it), 1)));
        assert!(!routes.learn(now, client(most), 1));
        assert!(routes.learn(now, client(0), 1), "who is known may change");
        let later = now + KEPT;
        assert_eq!(routes.route(later, client(7), &RTP, || false), Route::Known(1));
        assert!(routes.learn(later, client(most), 1));
        assert_eq!(routes.learned.len(), 2, "the one that was heard, and the new one");
    }

    proptest! {
        #[test]
        fn any_datagram_has_a_route_to_a_shard_that_exists(
            bytes in proptest::collection::vec(any::<u8>(), 0..80),
            of in 2u8..9,
        ) {
            let (mut routes, now) = routes(0, of);
            let route = routes.route(now, client(1), &bytes, || false);
            prop_assert!(!matches!(route, Route::Check(it) if it == 0 || it >= of), "{route:?}");
            prop_assert!(!matches!(route, Route::Known(_)), "{route:?}");
        }
    }
}
