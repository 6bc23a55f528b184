//! No overlap is ever accepted, and the next free time is free and the earliest.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test fails by panic; its names are its documentation"
)]

mod calendar;

use booking::{EmptyInterval, Interval, UnixS, next_free};
use calendar::Calendar;
use proptest::prelude::*;

const END: UnixS = UnixS(400);

fn interval(start: u64, end: u64) -> Interval {
    Interval::new(UnixS(start), UnixS(end)).unwrap()
}

/// Every start second, one after the other: slow and plainly right.
fn next_free_by_trying(busy: &[Interval], from: u64, seconds: u64) -> Option<Interval> {
    (from..END.0)
        .map(|start| interval(start, start + seconds))
        .find(|wanted| wanted.end() <= END && !busy.iter().any(|taken| taken.overlaps(*wanted)))
}

#[test]
fn an_interval_is_never_empty() {
    assert_eq!(Interval::new(UnixS(5), UnixS(5)), Err(EmptyInterval));
    assert_eq!(Interval::new(UnixS(6), UnixS(5)), Err(EmptyInterval));
}

#[test]
fn back_to_back_bookings_do_not_clash_and_one_shared_second_does() {
    let mut calendar = Calendar::default();
    calendar.claim(&["room"], interval(10, 20)).unwrap();
    calendar.claim(&["room"], interval(20, 30)).unwrap();
    calendar.claim(&["room"], interval(0, 10)).unwrap();
    let clash = calendar.claim(&["free", "room"], interval(19, 21)).unwrap_err();
    assert_eq!((clash.resource, clash.taken), ("room", interval(10, 20)));
    assert_eq!(calendar.busy(&"free").count(), 0, "a refused claim takes nothing");
}

#[test]
fn a_released_claim_is_free_again_and_only_that_one() {
    let mut calendar = Calendar::default();
    calendar.claim(&["a", "b"], interval(10, 20)).unwrap();
    calendar.release(&["a"], interval(10, 20));
    calendar.release(&["b"], interval(10, 21));
    assert!(calendar.first_clash(&["a"], interval(10, 20)).is_none());
    assert!(calendar.first_clash(&["b"], interval(10, 20)).is_some());
}

#[test]
fn next_free_ends_in_time_or_there_is_none() {
    assert_eq!(next_free(&[interval(0, 10)], UnixS(5), 5, UnixS(15)), Some(interval(10, 15)));
    assert_eq!(next_free(&[interval(0, 10)], UnixS(5), 6, UnixS(15)), None);
    assert_eq!(next_free(&[], UnixS(5), 0, UnixS(15)), None);
    assert_eq!(next_free(&[], UnixS(u64::MAX - 3), 5, UnixS(u64::MAX)), None);
}

fn wish() -> impl Strategy<Value = (Vec<u8>, Interval, bool)> {
    (prop::collection::btree_set(0u8..6, 1..4), 0u64..300, 1u64..60, any::<bool>()).prop_map(
        |(who, start, length, cancel)| {
            (who.into_iter().collect(), interval(start, start + length), cancel)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_overlap_is_ever_accepted(wishes in prop::collection::vec(wish(), 1..120)) {
        let mut calendar = Calendar::default();
        let mut held: Vec<(Vec<u8>, Interval)> = Vec::new();
        for (who, wanted, cancel) in wishes {
            let shares = |(others, taken): &(Vec<u8>, Interval)| taken.overlaps(wanted) && others.iter().any(|one| who.contains(one));
            let clashes = held.iter().any(shares);
            prop_assert_eq!(calendar.claim(&who, wanted).is_err(), clashes);
            if !clashes && cancel {
                calendar.release(&who, wanted);
            } else if !clashes {
                held.push((who, wanted));
            }
        }
    }

    #[test]
    fn next_free_is_free_and_the_earliest(
        taken in prop::collection::vec((0u64..300, 1u64..60), 0..30), from in 0u64..300, seconds in 1u64..80,
    ) {
        let busy: Vec<Interval> = taken.iter().map(|(start, length)| interval(*start, start + length)).collect();
        prop_assert_eq!(next_free(&busy, UnixS(from), seconds, END), next_free_by_trying(&busy, from, seconds));
    }

    #[test]
    fn what_next_free_finds_can_be_claimed(wishes in prop::collection::vec(wish(), 1..60), who in prop::collection::btree_set(0u8..6, 1..4), seconds in 1u64..50) {
        let mut calendar = Calendar::default();
        for (others, wanted, _) in wishes {
            let _ = calendar.claim(&others, wanted);
        }
        let who: Vec<u8> = who.into_iter().collect();
        let free = calendar.next_free(&who, UnixS(0), seconds, UnixS(u64::MAX)).unwrap();
        prop_assert!(calendar.claim(&who, free).is_ok());
    }
}
