//! A consultation is covered by an agreement that is signed, holds on its day and is not used up, and by nothing else.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test fails by panic; its names are its documentation"
)]

use consultation::{Agreement, AgreementState, AgreementStep, NotCovered, covering};
use proptest::prelude::*;

fn agreement() -> impl Strategy<Value = Agreement> {
    let state = prop::sample::select(AgreementState::ALL);
    (state, 0_u32..20, 0_u32..20, prop::option::of(0_u32..4)).prop_map(
        |(state, from, long, month_max)| Agreement { state, from, until: from + long, month_max },
    )
}

proptest! {
    /// I3: what is covered is covered by a live agreement, and why nothing is, is true of one that is there.
    #[test]
    fn only_what_is_live_covers(agreements in prop::collection::vec((agreement(), 0_u32..5), 0..5), day in 0_u32..45) {
        let live = |(it, booked): &(Agreement, u32)| {
            it.state == AgreementState::Signed
                && (it.from..=it.until).contains(&day)
                && it.month_max.is_none_or(|most| *booked < most)
        };
        match covering(&agreements, day) {
            Ok(at) => prop_assert!(live(&agreements[at]) && !agreements[..at].iter().any(live)),
            Err(why) => {
                prop_assert!(!agreements.iter().any(live));
                let whys = agreements.iter().map(|(it, booked)| it.covers(day, *booked).unwrap_err());
                prop_assert_eq!(why, whys.max().unwrap_or(NotCovered::Nothing));
            }
        }
    }

    /// However steps are tried, what ended stays ended, and only what was signed covers anything.
    #[test]
    fn an_end_is_an_end(steps in prop::collection::vec(prop::sample::select(AgreementStep::ALL), 0..12)) {
        let mut it = Agreement { state: AgreementState::Draft, from: 0, until: 9, month_max: None };
        let (mut signed, mut ended) = (false, false);
        for step in steps {
            let Ok(state) = it.take(step) else { continue };
            prop_assert!(!ended);
            signed |= step == AgreementStep::Sign;
            ended |= step == AgreementStep::End;
            it.state = state;
            prop_assert!(it.covers(5, 0).is_err() || (signed && !ended));
        }
    }
}

#[test]
fn the_nearest_reason_is_told() {
    let of = |state, from, until, month_max| Agreement { state, from, until, month_max };
    let over = of(AgreementState::Signed, 0, 4, None);
    let later = of(AgreementState::Signed, 8, 9, None);
    let used = of(AgreementState::Signed, 0, 9, Some(2));
    assert_eq!(covering(&[], 5), Err(NotCovered::Nothing));
    assert_eq!(covering(&[(over, 0), (later, 0)], 5), Err(NotCovered::NotYet));
    assert_eq!(covering(&[(used, 2), (over, 0)], 5), Err(NotCovered::Used { month_max: 2 }));
    assert_eq!(covering(&[(over, 0), (used, 1)], 5), Ok(1));
    assert_eq!(NotCovered::Used { month_max: 2 }.code(), "agreement-used");
}
