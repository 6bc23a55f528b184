//! No site waits for ever: whatever others ask for, its next case has its turn after a number of theirs that is known beforehand.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use consultation::{Served, Specialty, Urgency, Waiting, turns};
use proptest::prelude::*;

const SITES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const ASKED: Specialty = Specialty::Dermatology;

fn case(site: &'static str, urgency: Urgency, since_s: u64) -> Waiting<'static> {
    Waiting { site, specialty: ASKED, urgency, since_s }
}

fn waiting() -> impl Strategy<Value = Vec<Waiting<'static>>> {
    let one = (
        prop::sample::select(&SITES[..]),
        prop::sample::select(Specialty::ALL),
        prop::sample::select(Urgency::ALL),
        0_u64..50,
    );
    let one = one.prop_map(|(site, specialty, urgency, since_s)| Waiting {
        site,
        specialty,
        urgency,
        since_s,
    });
    prop::collection::vec(one, 0..40)
}

proptest! {
    /// I12. Each round somebody asks for as much as they like, and one case has its turn.
    #[test]
    fn a_site_waits_for_a_known_number_of_turns_of_others(
        before in prop::collection::vec(0_u32..6, SITES.len()),
        asks in prop::collection::vec(prop::collection::vec((1..SITES.len(), prop::bool::ANY), 0..5), 60),
    ) {
        let mut served: Served<'_> = SITES.iter().zip(&before).map(|(site, had)| ((*site, ASKED), *had)).collect();
        let fewer: u32 = before[1..].iter().map(|had| before[0].saturating_sub(*had)).sum();
        let most = fewer as usize + SITES.len() - 1;
        // The others are always longer there, so that it is its turn alone that counts.
        let mut all = vec![case("a", Urgency::Routine, 1_000)];
        let mut others = 0;
        for (at, asks) in (1_u64..).zip(asks) {
            let urgency = |soon: bool| if soon { Urgency::Soon } else { Urgency::Routine };
            all.extend(asks.into_iter().map(|(site, soon)| case(SITES[site], urgency(soon), at)));
            let next = all.remove(turns(&all, &served)[0]);
            if next.site == "a" {
                break;
            }
            others += 1;
            prop_assert!(others <= most, "{others} of at most {most}");
            *served.entry((next.site, ASKED)).or_default() += 1;
        }
    }

    #[test]
    fn each_case_has_one_place_and_urgent_ones_the_first_by_age(all in waiting(), had in 0_u32..9) {
        let served: Served<'_> = [(("a", ASKED), had)].into();
        let order = turns(&all, &served);
        let mut places = order.clone();
        places.sort_unstable();
        prop_assert_eq!(places, (0..all.len()).collect::<Vec<_>>());
        let urgent = order.iter().map(|place| all[*place]).take_while(|it| it.urgency == Urgency::Urgent);
        let since = urgent.map(|it| it.since_s).collect::<Vec<_>>();
        prop_assert!(since.is_sorted());
        prop_assert_eq!(since.len(), all.iter().filter(|it| it.urgency == Urgency::Urgent).count());
    }

    /// The order in which rows come out of a store says nothing.
    #[test]
    fn the_order_is_that_of_age_and_turns_alone(mut all in waiting(), by in 0_usize..40) {
        for (at, it) in (0..).zip(&mut all) {
            it.since_s = at;
        }
        let told = |all: &[Waiting<'static>]| {
            turns(all, &Served::new()).into_iter().map(|place| all[place].since_s).collect::<Vec<_>>()
        };
        let before = told(&all);
        let middle = by.min(all.len());
        all.rotate_left(middle);
        prop_assert_eq!(told(&all), before);
    }
}

#[test]
fn who_had_fewer_turns_comes_first_and_one_of_each_in_a_round() {
    let all = [
        case("busy", Urgency::Routine, 1),
        case("busy", Urgency::Soon, 2),
        case("busy", Urgency::Routine, 3),
        case("quiet", Urgency::Routine, 9),
        case("quiet", Urgency::Urgent, 10),
        Waiting { specialty: Specialty::Imaging, ..case("busy", Urgency::Routine, 11) },
    ];
    assert_eq!(turns(&all, &Served::new()), [4, 1, 3, 5, 0, 2]);
    let served: Served<'_> = [(("busy", ASKED), 2)].into();
    assert_eq!(turns(&all, &served), [4, 3, 5, 1, 0, 2]);
}
