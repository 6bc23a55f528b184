//! What is booked on a line is within it at every second, and what a session takes and costs is told before.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panic; its names are its documentation"
)]

use booking::{
    Band, Capacity, ClockRun, Interval, LineClaim, LineSite, Listener, Load, Misfit, Tariff,
    TariffError, UnixS, bound_mb, excesses, first_excess, next_free, peak, taken,
};
use proptest::prelude::*;
use session::Mode;

const END: u64 = 120;

fn interval(start: u64, end: u64) -> Interval {
    Interval::new(UnixS(start), UnixS(end)).unwrap()
}

fn load(down_kbps: u32, up_kbps: u32) -> Load {
    Load { down_kbps, up_kbps }
}

fn claim(start: u64, end: u64, down_kbps: u32, up_kbps: u32) -> LineClaim {
    LineClaim { interval: interval(start, end), load: load(down_kbps, up_kbps) }
}

fn capacity(down_kbps: u32, up_kbps: u32) -> Capacity {
    Capacity { down_kbps: Some(down_kbps), up_kbps: Some(up_kbps) }
}

/// What the claims take in this second: one after the other, slow and plainly right.
fn at(claims: &[LineClaim], second: u64) -> Load {
    let now =
        |it: &&LineClaim| it.interval.start() <= UnixS(second) && UnixS(second) < it.interval.end();
    claims.iter().filter(now).fold(Load::default(), |sum, it| sum.plus(it.load))
}

#[test]
fn a_lesser_mode_never_takes_more() {
    for speaks in [true, false] {
        for speakers in [0, 1, 2, 49, u32::MAX] {
            let of = |mode: &Mode| taken(*mode, Listener { speaks, speakers });
            let loads: Vec<Load> = Mode::ALL.iter().map(of).collect();
            for pair in loads.windows(2) {
                assert!(pair[1].down_kbps <= pair[0].down_kbps, "{speaks} {speakers} {loads:?}");
                assert!(pair[1].up_kbps <= pair[0].up_kbps, "{speaks} {speakers} {loads:?}");
            }
        }
    }
}

#[test]
fn what_was_measured_in_forty_minutes_is_within_the_figures() {
    let megabytes = |kbps: u32| f64::from(kbps) * 2400.0 / 8000.0;
    for (mode, speaks, down_mb, up_mb) in [
        (Mode::Voice, false, 8.4, 4.3),
        (Mode::Small, false, 40.9, 0.0),
        (Mode::Voice, true, 9.1, 10.8),
        (Mode::Small, true, 54.0, 50.0),
        (Mode::Full, true, 164.5, 201.6),
    ] {
        let Load { down_kbps, up_kbps } = taken(mode, Listener { speaks, speakers: 1 });
        let figures = (megabytes(down_kbps), megabytes(up_kbps));
        assert!(figures.0 >= down_mb && figures.1 >= up_mb, "{mode} {figures:?}");
        let both = bound_mb(load(down_kbps, up_kbps), 2400);
        assert!((down_mb + up_mb) * 5.0 <= f64::from(both) * 4.0, "{mode}: saved before its end");
    }
}

#[test]
fn a_bound_is_whole_megabytes_and_no_length_wraps() {
    assert_eq!(bound_mb(load(42, 45), 2400), 33, "87 kbit/s are 26.1 MB, and a quarter more");
    assert_eq!(bound_mb(load(0, 0), 2400), 0);
    assert_eq!(bound_mb(load(1, 0), 1), 1);
    assert_eq!(bound_mb(load(u32::MAX, u32::MAX), u64::MAX), u32::MAX);
}

#[test]
fn a_wish_that_does_not_fit_is_told_when_and_by_how_much() {
    let booked = [claim(10, 20, 60, 20), claim(15, 30, 30, 40), claim(40, 50, 90, 0)];
    assert_eq!(first_excess(&booked, claim(0, 15, 40, 80), capacity(100, 100)), None);
    let excess = first_excess(&booked, claim(0, 60, 20, 10), capacity(100, 60)).unwrap();
    assert_eq!((excess.interval, excess.over), (interval(15, 20), load(10, 10)));
    let all = excesses(&booked, load(20, 10), capacity(100, 60), interval(0, 60));
    assert_eq!(all[1].interval, interval(40, 50));
    assert_eq!(all.len(), 2);
}

#[test]
fn a_site_is_offered_the_modes_that_its_line_and_its_month_leave() {
    let doctor = Listener { speaks: true, speakers: 1 };
    let hour = interval(0, 3600);
    let site = |capacity, month_left_mb, claims| {
        LineSite { people: &[doctor, doctor], capacity, claims, month_left_mb }
            .offers(Mode::Full, hour)
    };
    let fit = |offers: &[booking::Offer]| -> Vec<Mode> {
        offers.iter().filter(|it| it.misfit.is_none()).map(|it| it.mode).collect()
    };
    let whole = site(Capacity::default(), None, &[]);
    assert_eq!(fit(&whole), Mode::ALL);
    assert_eq!(whole[0].load, load(1124, 1370), "both of them");
    let voice = &whole[3];
    assert_eq!((voice.mode, voice.load, voice.megabytes), (Mode::Voice, load(84, 90), 98));
    let thin = site(capacity(400, 400), None, &[]);
    assert_eq!(fit(&thin), [Mode::Small, Mode::Slides, Mode::Voice, Mode::Stills]);
    let beside = [claim(1800, 5400, 300, 300)];
    let beside = site(capacity(400, 400), None, &beside);
    assert_eq!(fit(&beside), [Mode::Voice, Mode::Stills]);
    let Some(Misfit::Line(excess)) = beside[1].misfit else { panic!("{beside:?}") };
    assert_eq!((excess.interval, excess.over), (interval(1800, 3600), load(284, 290)));
    let month = site(Capacity::default(), Some(98), &[]);
    assert_eq!(fit(&month), [Mode::Voice, Mode::Stills]);
    assert_eq!(month[0].misfit, Some(Misfit::Month { left_mb: 98 }));
}

#[test]
fn a_way_without_a_bound_carries_everything() {
    let up_only = Capacity { down_kbps: None, up_kbps: Some(10) };
    assert_eq!(first_excess(&[], claim(0, 9, u32::MAX, 10), up_only), None);
    let excess = first_excess(&[], claim(0, 9, 1, 11), up_only).unwrap();
    assert_eq!((excess.interval, excess.over), (interval(0, 9), load(0, 1)));
}

#[test]
fn free_from_eleven_at_night_to_seven_is_a_tariff_of_two_bands() {
    let day = Band { from_minute: 7 * 60, price: 30 };
    let night = Band { from_minute: 23 * 60, price: 0 };
    let tariff = Tariff::new(vec![day, night]).unwrap();
    let price = |hour: u32, minute: u32| tariff.price_at(hour * 3600 + minute * 60);
    assert_eq!(
        [price(0, 0), price(6, 59), price(7, 0), price(22, 59), price(23, 0)],
        [Some(0), Some(0), Some(30), Some(30), Some(0)]
    );
    let from = |hour: u32, seconds: u64| [ClockRun { second_of_day: hour * 3600, seconds }];
    assert_eq!(tariff.fen(&from(9, 3600), 450), Some(135));
    assert_eq!(tariff.fen(&from(22, 7200), 450), Some(68), "half of it is free, rounded up");
    assert_eq!(tariff.fen(&from(23, 8 * 3600), 450), Some(0));
    assert_eq!(tariff.fen(&[], 450), None);
    assert_eq!(Tariff::default().fen(&from(9, 3600), 450), None, "no price is known");
}

#[test]
fn what_is_no_tariff_is_refused() {
    let band = |from_minute: u16, price: u32| Band { from_minute, price };
    for (bands, error) in [
        (vec![band(60, 1), band(60, 2)], TariffError::OutOfOrder),
        (vec![band(120, 1), band(60, 2)], TariffError::OutOfOrder),
        (vec![band(24 * 60, 1)], TariffError::OutOfOrder),
        (vec![band(0, 1_000_001)], TariffError::TooDear { most: 1_000_000 }),
        ((0..25).map(|hour| band(hour * 50, 1)).collect(), TariffError::TooMany { most: 24 }),
    ] {
        assert_eq!(Tariff::new(bands.clone()), Err(error), "{bands:?}");
    }
}

fn claims() -> impl Strategy<Value = Vec<LineClaim>> {
    let one = (0u64..100, 1u64..40, 0u32..50, 0u32..50);
    let claim = one.prop_map(|(start, length, down, up)| claim(start, start + length, down, up));
    prop::collection::vec(claim, 0..12)
}

fn tariffs() -> impl Strategy<Value = Tariff> {
    let bands = prop::collection::btree_map(0u16..1440, 0u32..=Tariff::PRICE_MAX, 1..6);
    bands.prop_map(|bands| {
        let band = |(from_minute, price): (u16, u32)| Band { from_minute, price };
        Tariff::new(bands.into_iter().map(band).collect()).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_peak_is_that_of_the_worst_second(claims in claims(), start in 0u64..END, length in 1u64..40) {
        let within = interval(start, start + length);
        let worst = (start..start + length).fold(Load::default(), |most, second| most.most(at(&claims, second)));
        prop_assert_eq!(peak(&claims, within), worst);
    }

    #[test]
    fn every_second_that_is_too_much_is_told_and_no_other(claims in claims(), wish in (0u32..60, 0u32..60), bounds in (0u32..140, 0u32..140)) {
        let (wish, bounds) = (load(wish.0, wish.1), capacity(bounds.0, bounds.1));
        let found = excesses(&claims, wish, bounds, interval(0, END));
        for second in 0..END {
            let over = bounds.over(at(&claims, second).plus(wish));
            let told = found.iter().find(|it| it.interval.overlaps(interval(second, second + 1)));
            prop_assert_eq!(over.is_some(), told.is_some(), "second {}", second);
        }
        for it in &found {
            let (start, end) = (it.interval.start().0, it.interval.end().0);
            let worst = (start..end).filter_map(|second| bounds.over(at(&claims, second).plus(wish)));
            prop_assert_eq!(it.over, worst.fold(Load::default(), Load::most));
        }
        for pair in found.windows(2) {
            prop_assert!(pair[0].interval.end() < pair[1].interval.start(), "one stretch, not two that touch");
        }
    }

    #[test]
    fn the_next_time_at_which_it_fits_is_the_earliest(claims in claims(), wish in (0u32..60, 0u32..60), bounds in (0u32..140, 0u32..140), from in 0u64..END, seconds in 1u64..30) {
        let (wish, bounds) = (load(wish.0, wish.1), capacity(bounds.0, bounds.1));
        let busy: Vec<Interval> = excesses(&claims, wish, bounds, interval(0, END)).iter().map(|it| it.interval).collect();
        let fits = |start: &u64| first_excess(&claims, LineClaim { interval: interval(*start, start + seconds), load: wish }, bounds).is_none();
        let earliest = (from..END).filter(|start| start + seconds <= END).find(fits);
        prop_assert_eq!(next_free(&busy, UnixS(from), seconds, UnixS(END)).map(|it| it.start().0), earliest);
    }

    #[test]
    fn wishes_that_fit_one_after_the_other_never_exceed_the_line(wishes in claims(), bounds in (0u32..140, 0u32..140)) {
        let bounds = capacity(bounds.0, bounds.1);
        let mut booked: Vec<LineClaim> = Vec::new();
        for wish in wishes {
            if first_excess(&booked, wish, bounds).is_none() {
                booked.push(wish);
            }
        }
        for second in 0..END + 20 {
            prop_assert_eq!(bounds.over(at(&booked, second)), None, "second {}", second);
        }
    }

    #[test]
    fn the_cost_is_that_of_each_second(tariff in tariffs(), start in 0u32..86_400, seconds in 1u64..43_200, megabytes in 0u32..100_000) {
        let price = |second: u64| u128::from(tariff.price_at(u32::try_from((u64::from(start) + second) % 86_400).unwrap()).unwrap());
        let sum: u128 = (0..seconds).map(price).sum();
        let fen = (sum * u128::from(megabytes)).div_ceil(u128::from(seconds) * 100);
        prop_assert_eq!(tariff.fen(&[ClockRun { second_of_day: start, seconds }], megabytes), u64::try_from(fen).ok());
    }
}
