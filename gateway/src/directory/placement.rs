//! Where a room opens: a pure choice among the shards.

/// What a shard carries at present.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Load {
    /// Packets that it sent to listeners in the last second that was measured.
    pub(crate) packets_per_s: u64,
    /// Rooms that opened in it so lately that those packets do not tell of them yet.
    pub(crate) fresh: usize,
    /// Rooms in it.
    pub(crate) rooms: usize,
}

/// What a room is taken to bring until it is measured: a talk of two with sound and picture, both ways.
const EXPECTED_PACKETS_PER_S: u64 = 500;
/// A shard may carry so many packets a second more than another for the sake of a site: a tenth of what one core sends.
const SITE_PACKETS_PER_S: u64 = 10_000;

impl Load {
    fn packets_per_s(self) -> u64 {
        let fresh = u64::try_from(self.fresh).unwrap_or(u64::MAX);
        self.packets_per_s.saturating_add(fresh.saturating_mul(EXPECTED_PACKETS_PER_S))
    }
}

/// The shard in which a room opens: the one that carries least, of equal ones the one with the fewest rooms. With
/// `near`, the shard that has other rooms of the same site, it is that one, unless it carries far more than the least.
pub(crate) fn choose(loads: &[Load], near: Option<usize>) -> usize {
    let least = loads.iter().enumerate().min_by_key(|(_, load)| (load.packets_per_s(), load.rooms));
    let Some((least, lowest)) = least else { return 0 };
    let most = lowest.packets_per_s().saturating_add(SITE_PACKETS_PER_S);
    let near =
        near.filter(|shard| loads.get(*shard).is_some_and(|load| load.packets_per_s() <= most));
    near.unwrap_or(least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn loads(packets: &[u64]) -> Vec<Load> {
        packets.iter().map(|it| Load { packets_per_s: *it, ..Load::default() }).collect()
    }

    #[test]
    fn a_room_opens_where_least_is_carried_and_rooms_that_just_opened_count() {
        assert_eq!(choose(&[], None), 0);
        assert_eq!(choose(&loads(&[900, 300, 400]), None), 1);
        let mut shards = loads(&[900, 300, 400]);
        shards[1].fresh = 1;
        assert_eq!(choose(&shards, None), 2, "300 and what the fresh room will bring");
        let rooms = [3, 1, 2].map(|rooms| Load { rooms, ..Load::default() });
        assert_eq!(choose(&rooms, None), 1, "silent rooms are spread by their number");
    }

    #[test]
    fn a_site_stays_together_until_its_shard_carries_far_more_than_another() {
        let near = |packets: u64| choose(&loads(&[packets, 100]), Some(0));
        assert_eq!((near(0), near(SITE_PACKETS_PER_S + 100)), (0, 0));
        assert_eq!(near(SITE_PACKETS_PER_S + 101), 1);
        assert_eq!(choose(&loads(&[5, 1]), Some(7)), 1, "no such shard");
    }

    proptest! {
        #[test]
        fn a_burst_of_rooms_is_spread_evenly(shards in 1usize..9, rooms in 1usize..400) {
            let mut loads = vec![Load::default(); shards];
            for _ in 0..rooms {
                let it = choose(&loads, None);
                loads[it].fresh += 1;
                loads[it].rooms += 1;
            }
            let rooms = || loads.iter().map(|it| it.rooms);
            prop_assert!(rooms().max().unwrap() - rooms().min().unwrap() <= 1);
        }

        #[test]
        fn what_is_measured_evens_out(
            packets in proptest::collection::vec(0u64..3_000, 2..9),
            each in 1u64..500,
        ) {
            // Rooms of `each` packets come one by one, and are measured before the next.
            let mut loads = loads(&packets);
            let highest = *packets.iter().max().unwrap();
            for _ in 0..10_000 / each {
                let it = choose(&loads, None);
                loads[it].packets_per_s += each;
            }
            let now = || loads.iter().map(|it| it.packets_per_s);
            let apart = now().max().unwrap() - now().min().unwrap();
            prop_assert!(apart <= each.max(highest), "{loads:?}");
        }
    }
}
