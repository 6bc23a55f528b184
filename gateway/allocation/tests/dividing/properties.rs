//! What holds for any estimate and any wishes.

use std::collections::BTreeSet;

use allocation::{Budget, Grant, Part, Purpose, Why};
use media::Target;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::Config;

use crate::site::{Seat, Site};

/// One call.
#[derive(Clone, Debug)]
struct Call {
    after_ms: u64,
    budget: Budget,
    seats: Vec<Seat>,
}

fn purpose() -> impl Strategy<Value = Purpose> {
    let kinds = [Purpose::Sound, Purpose::Screen, Purpose::Speaker, Purpose::Picture];
    (0..4_usize).prop_map(move |it| kinds[it])
}

/// Rates as they are, and such as nobody has.
fn rate() -> impl Strategy<Value = u64> {
    prop_oneof![
        8 => 0_u64..2_000_000,
        1 => Just(0),
        1 => prop_oneof![Just(u64::MAX), Just(u64::MAX / 2), any::<u64>()],
    ]
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        8 => (0..4_u8, 0..4_u8).prop_map(|it| Target { spatial: it.0, temporal: it.1 }),
        1 => any::<(u8, u8)>().prop_map(|it| Target { spatial: it.0, temporal: it.1 }),
    ]
}

fn part() -> impl Strategy<Value = Part> {
    (target(), rate(), 0..5_u8).prop_map(|(target, bits_per_second, silent)| Part {
        target,
        bits_per_second,
        silent: silent == 0,
    })
}

fn seat(parts: impl Strategy<Value = Vec<Part>>) -> impl Strategy<Value = Seat> {
    let top =
        prop_oneof![3 => Just(Some(Target::ALL)), 2 => target().prop_map(Some), 1 => Just(None)];
    let who = (0..4_u32, 0..6_u32);
    (who, purpose(), 0..4_u8, parts, top).prop_map(
        |((listener, track), purpose, priority, parts, top)| Seat {
            listener,
            track,
            purpose,
            priority,
            parts,
            top,
        },
    )
}

fn budget() -> impl Strategy<Value = Budget> {
    let bits = prop_oneof![6 => 0_u64..5_000_000, 1 => rate()];
    let repair = prop_oneof![6 => 0_u64..300_000, 1 => rate()];
    (bits, repair, 0..5_u8, any::<bool>()).prop_map(
        |(bits_per_second, repair_bits_per_second, unsettled, rising)| {
            let settled = unsettled != 0;
            Budget { bits_per_second, repair_bits_per_second, settled, rising, away: false }
        },
    )
}

fn after_ms() -> impl Strategy<Value = u64> {
    prop_oneof![6 => Just(100_u64), 3 => 0_u64..20_000, 1 => Just(u64::MAX / 4)]
}

fn call() -> impl Strategy<Value = Call> {
    (after_ms(), budget(), vec(seat(vec(part(), 0..8)), 0..30))
        .prop_map(|(after_ms, budget, seats)| Call { after_ms, budget, seats })
}

/// The wishes that count.
fn first_of_each(seats: &[Seat]) -> Vec<&Seat> {
    let mut seen = BTreeSet::new();
    seats.iter().filter(|it| seen.insert((it.listener, it.track))).collect()
}

/// The least that was measured of the part that is granted.
fn measured(seat: &Seat, grant: &Grant) -> u128 {
    let granted = seat.parts.iter().filter(|it| !it.silent || seat.purpose == Purpose::Screen);
    let granted = granted.filter(|it| Some(it.target) == grant.allow);
    granted.map(|it| u128::from(it.bits_per_second)).min().unwrap_or(0)
}

fn sound(seat: &Seat) -> u128 {
    let most = seat.parts.iter().map(|it| u128::from(it.bits_per_second)).max();
    most.filter(|_| seat.purpose == Purpose::Sound && seat.top.is_some()).unwrap_or(0)
}

fn fits(call: &Call, grants: &[Grant]) {
    let seats = first_of_each(&call.seats);
    let told: Vec<(u32, u32)> = grants.iter().map(|it| (it.listener.0, it.track.0)).collect();
    let asked: Vec<(u32, u32)> = seats.iter().map(|it| (it.listener, it.track)).collect();
    assert_eq!(told, asked, "one grant for each subscription, in their order");
    let line = call.budget.bits_per_second.saturating_sub(call.budget.repair_bits_per_second);
    let both = || seats.iter().zip(grants).filter(|(seat, _)| seat.purpose != Purpose::Sound);
    let pictures: u128 = both().map(|(seat, grant)| measured(seat, grant)).sum();
    let kept: u128 = both().map(|(_, grant)| u128::from(grant.bits_per_second)).sum();
    let sound: u128 = seats.iter().map(|it| sound(it)).sum();
    assert!(kept == 0 || sound + kept <= u128::from(line), "{sound} {kept} {line}");
    assert!(pictures <= kept, "{pictures} {kept}");
    for (seat, grant) in seats.iter().zip(grants) {
        let heard = (seat.purpose == Purpose::Sound && seat.top.is_some()).then_some(Target::ALL);
        assert!(heard.is_none() || grant.allow == heard, "{seat:?} {grant:?}");
        assert_eq!(grant.why == Why::NotAsked, seat.top.is_none(), "{grant:?}");
        assert!(seat.top.is_some() || grant.allow.is_none(), "{grant:?}");
        let sent = |it: &Part| Some(it.target) == grant.allow && !it.silent;
        let may = seat.parts.iter().all(|it| it.silent) || seat.parts.iter().any(sent);
        assert!(heard.is_some() || grant.allow.is_none() || may, "{seat:?} {grant:?}");
    }
}

/// What is kept for a part of a track that always takes the same.
const fn kept_for(bits_per_second: u64) -> u64 {
    bits_per_second + bits_per_second / 10
}

/// Rank of a seat among those of its listener and purpose.
fn urgency(seat: &Seat) -> (bool, u8, u32) {
    (seat.priority == 0, seat.priority, seat.track)
}

/// What `other` takes that comes behind the smallest part of `starving`.
fn behind(starving: &Seat, other: &Seat, grant: &Grant) -> u64 {
    let smallest = other.parts.iter().map(|it| kept_for(it.bits_per_second)).min().unwrap_or(0);
    let mine = other.listener == starving.listener && urgency(other) > urgency(starving);
    match other.purpose.cmp(&starving.purpose) {
        std::cmp::Ordering::Greater => grant.bits_per_second,
        std::cmp::Ordering::Equal if mine => grant.bits_per_second,
        std::cmp::Ordering::Less if other.purpose == Purpose::Screen => 0,
        _ => grant.bits_per_second.saturating_sub(smallest),
    }
}

fn nobody_starves_for_those_behind(seats: &[Seat], grants: &[Grant]) {
    let seats = first_of_each(seats);
    let both = || seats.iter().zip(grants).filter(|(seat, _)| seat.purpose != Purpose::Sound);
    for (starving, grant) in both().filter(|(_, grant)| grant.why == Why::LineTooThin) {
        // Its place may be kept.
        let kept = grant.bits_per_second > 0;
        if grant.allow.is_some() || kept || starving.parts.is_empty() {
            continue;
        }
        let needs = starving.parts.iter().map(|it| kept_for(it.bits_per_second)).min().unwrap_or(0);
        let taken: u64 = both().map(|(other, grant)| behind(starving, other, grant)).sum();
        assert!(
            taken < needs,
            "{starving:#?} needs {needs}, those behind have {taken}: {grants:#?}"
        );
    }
}

/// Parts of steady rates: each takes more than the one before.
fn steady() -> impl Strategy<Value = Vec<Part>> {
    vec(10_000_u64..400_000, 1..4).prop_map(|more| {
        let mut bits_per_second = 0;
        let grow = |(place, more): (usize, u64)| {
            bits_per_second += more;
            let target = Target { spatial: place as u8, temporal: 0 };
            Part { target, bits_per_second, silent: false }
        };
        more.into_iter().enumerate().map(grow).collect()
    })
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(400) })]

    #[test]
    fn what_is_granted_fits_whatever_is_asked_and_thought(calls in vec(call(), 1..20)) {
        let (mut site, mut same, mut now_ms) = (Site::default(), Site::default(), 0_u64);
        for call in &calls {
            now_ms = now_ms.saturating_add(call.after_ms);
            let grants = site.divide(now_ms, call.budget, &call.seats);
            fits(call, &grants);
            assert_eq!(grants, same.divide(now_ms, call.budget, &call.seats), "the same answer");
        }
    }

    #[test]
    fn nobody_is_fed_in_the_place_of_somebody_who_comes_before(
        tracks in vec(seat(steady()), 1..16),
        calls in vec((after_ms(), budget(), 0..16_usize), 1..30),
    ) {
        let (mut site, mut now_ms) = (Site::default(), 0_u64);
        let mut seats: Vec<Seat> = first_of_each(&tracks).into_iter().cloned().collect();
        for (after_ms, budget, turned) in calls {
            now_ms = now_ms.saturating_add(after_ms);
            // Somebody changes what it asks for.
            if let Some(seat) = seats.get_mut(turned) {
                seat.top = seat.top.xor(Some(Target::ALL)).or((turned % 2 == 0).then_some(Target::ALL));
            }
            let grants = site.divide(now_ms, budget, &seats);
            nobody_starves_for_those_behind(&seats, &grants);
        }
    }
}
