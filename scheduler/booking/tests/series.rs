//! A series gets another rule: who keeps its day keeps it, and nothing is lost or had twice.
#![allow(missing_docs, reason = "the names of the tests are their documentation")]

use booking::pair_days;

/// A sorted list of days by a generator that is the same everywhere.
fn days(state: &mut u64, most: u64) -> Vec<i32> {
    let mut next = |below: u64| {
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % below
    };
    let count = next(most);
    let mut days: Vec<i32> = (0..count).map(|_| i32::try_from(next(40)).unwrap_or(0)).collect();
    days.sort_unstable();
    days
}

#[test]
fn each_place_is_taken_once_days_are_kept_and_no_place_stays_free_while_somebody_is_dropped() {
    let mut state = 5545;
    let mut kept = 0;
    for _ in 0..20_000 {
        let (old, new) = (days(&mut state, 12), days(&mut state, 12));
        let places = pair_days(&old, &new);
        assert_eq!(places.len(), old.len());
        let mut taken: Vec<usize> = places.iter().flatten().copied().collect();
        let count = taken.len();
        assert_eq!(count, old.len().min(new.len()), "{old:?} {new:?} {places:?}");
        taken.sort_unstable();
        taken.dedup();
        assert_eq!(taken.len(), count, "one place twice: {old:?} {new:?} {places:?}");
        for day in 0..40 {
            let of = |list: &[i32]| list.iter().filter(|it| **it == day).count();
            let same = old.iter().zip(&places).filter(|(was, place)| {
                **was == day && place.is_some_and(|at| new.get(at) == Some(&day))
            });
            let same = same.count();
            assert_eq!(same, of(&old).min(of(&new)), "{old:?} {new:?} {places:?}");
            kept += same;
        }
        let moved: Vec<usize> = old
            .iter()
            .zip(&places)
            .filter_map(|(was, place)| (*place).filter(|at| new.get(*at) != Some(was)))
            .collect();
        assert!(moved.is_sorted(), "in their order: {old:?} {new:?} {places:?}");
    }
    assert!(kept > 10_000, "{kept}");
}
