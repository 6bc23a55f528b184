//! Receivers that lie, and those who share a link with them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

use estimate::{
    Estimator, Fate, LEAST_BITS_PER_SECOND, MOST_BITS_PER_SECOND, MOST_PATHS, PathId, Start,
};
use proptest::prelude::*;

/// What a caller may do, in any order and with any figure.
#[derive(Debug, Clone)]
enum Call {
    Sent(u32, u32),
    Feedback(u32, Vec<(u64, u32, Option<u64>)>),
    Report(u32, u8, Option<u32>, Option<u64>),
    Remb(u32, u64),
    Leave(u32),
    Tick,
    Probe(u64),
}

fn call() -> impl Strategy<Value = Call> {
    let fate = (0_u64..4_000_000, any::<u32>(), proptest::option::of(any::<u64>()));
    let small = (0_u64..400_000, 1_u32..1500, proptest::option::of(0_u64..9_000_000));
    prop_oneof![
        8 => (0_u32..3, 1_u32..1500).prop_map(|(path, bytes)| Call::Sent(path, bytes)),
        1 => (0_u32..400, any::<u32>()).prop_map(|(path, bytes)| Call::Sent(path, bytes)),
        2 => (0_u32..3, proptest::collection::vec(fate, 0..40)).prop_map(|it| Call::Feedback(it.0, it.1)),
        4 => (0_u32..3, proptest::collection::vec(small, 0..40)).prop_map(|it| Call::Feedback(it.0, it.1)),
        1 => (0_u32..3, any::<u8>(), any::<Option<u32>>(), any::<Option<u64>>())
            .prop_map(|it| Call::Report(it.0, it.1, it.2, it.3)),
        1 => (0_u32..3, any::<u64>()).prop_map(|it| Call::Remb(it.0, it.1)),
        1 => (0_u32..400).prop_map(Call::Leave),
        4 => Just(Call::Tick),
        1 => any::<u64>().prop_map(Call::Probe),
        1 => Just(Call::Probe(0)),
    ]
}

proptest! {
    /// Whatever is told, nothing panics and each figure stays within its bounds.
    #[test]
    fn no_call_breaks_it(
        known in proptest::option::of(any::<u64>()),
        calls in proptest::collection::vec((0_u64..200_000, call()), 1..300),
    ) {
        let start = known.map_or(Start::Unknown, |it| Start::Known { bits_per_second: it });
        let mut line = Estimator::new(0, start);
        let mut now_us = 0;
        for (passed_us, call) in calls {
            now_us += passed_us;
            match call {
                Call::Sent(path, bytes) => line.sent(now_us, PathId(path), bytes),
                Call::Feedback(path, fates) => {
                    let fates: Vec<Fate> = fates.into_iter().map(|(ago_us, bytes, arrived_us)| Fate {
                        sent_us: now_us.saturating_sub(ago_us), bytes, arrived_us,
                    }).collect();
                    line.feedback(now_us, PathId(path), &fates);
                }
                Call::Report(path, lost, trip, came) => line.report(now_us, PathId(path), lost, trip, came),
                Call::Remb(path, rate) => line.remb(PathId(path), rate),
                Call::Leave(path) => line.leave(PathId(path)),
                Call::Tick => line.tick(now_us),
                Call::Probe(wanted) => {
                    let probe = line.probe_bits_per_second(now_us, wanted);
                    prop_assert!(probe <= wanted);
                    prop_assert!(probe <= MOST_BITS_PER_SECOND);
                }
            }
            let rate = line.estimate().bits_per_second;
            prop_assert!((LEAST_BITS_PER_SECOND..=MOST_BITS_PER_SECOND).contains(&rate), "{}", rate);
            prop_assert!(line.pacing_bits_per_second(now_us) > 0);
        }
    }
}

/// Sends 1200 bytes each 20 ms for `seconds` and lets `tell` say what each receiver makes of it.
fn play(line: &mut Estimator, seconds: u64, mut tell: impl FnMut(PathId, Fate) -> Option<Fate>) {
    let paths = [PathId(1), PathId(2)];
    let mut sent = vec![Vec::new(); 2];
    for step in 0..seconds * 50 {
        let now_us = 1_000_000 + step * 20_000;
        for (path, sent) in paths.iter().zip(&mut sent) {
            line.sent(now_us, *path, 1200);
            sent.push(Fate { sent_us: now_us, bytes: 1200, arrived_us: Some(now_us + 40_000) });
            if step % 5 == 0 {
                let told: Vec<Fate> = sent.drain(..).filter_map(|it| tell(*path, it)).collect();
                line.feedback(now_us + 90_000 - 90_000 % 20_000, *path, &told);
            }
        }
        line.tick(now_us);
    }
}

#[test]
fn bytes_that_were_never_sent_count_for_nothing() {
    let mut line = Estimator::new(0, Start::Unknown);
    for step in 1..400_u64 {
        let now_us = step * 50_000;
        line.sent(now_us, PathId(1), 100);
        let lies: Vec<Fate> = (0..200)
            .map(|it| Fate { sent_us: now_us, bytes: 60_000, arrived_us: Some(now_us + it) })
            .collect();
        line.feedback(now_us + 40_000, PathId(1), &lies);
        line.tick(now_us + 40_000);
    }
    let estimate = line.estimate().bits_per_second;
    assert!(estimate <= 200_000, "16 kbit/s were sent: {estimate}");
}

#[test]
fn one_who_says_that_all_is_lost_takes_nothing_from_the_others() {
    let estimate = |liar: bool| {
        let mut line = Estimator::new(0, Start::Known { bits_per_second: 1_000_000 });
        play(&mut line, 30, |path, fate| {
            let lost = liar && path == PathId(2);
            Some(Fate { arrived_us: fate.arrived_us.filter(|_| !lost), ..fate })
        });
        line.estimate().bits_per_second
    };
    let (honest, beside) = (estimate(false), estimate(true));
    assert!(beside >= honest / 2, "{beside} beside the liar, {honest} without");
}

#[test]
fn a_clock_that_jumps_or_runs_back_is_begun_anew() {
    let mut line = Estimator::new(0, Start::Known { bits_per_second: 1_000_000 });
    let mut jump_us = 100_000_000;
    play(&mut line, 30, |path, fate| {
        if path == PathId(2) && fate.sent_us % 3_000_000 < 20_000 {
            jump_us = 300_000_000 - jump_us;
        }
        let ahead_us = if path == PathId(2) { jump_us } else { 0 };
        Some(Fate { arrived_us: fate.arrived_us.map(|it| it + ahead_us), ..fate })
    });
    let estimate = line.estimate();
    assert!(estimate.bits_per_second >= 800_000, "{estimate:?}");
    assert!(estimate.queue_ms < 10, "{estimate:?}");
}

#[test]
fn paths_beyond_the_most_are_not_heeded_and_places_come_free() {
    let mut line = Estimator::new(0, Start::Unknown);
    let trip = |line: &mut Estimator, path| {
        line.sent(1_000, PathId(path), 1200);
        line.feedback(
            50_000,
            PathId(path),
            &[Fate { sent_us: 1_000, bytes: 1200, arrived_us: Some(9) }],
        );
        line.estimate().round_trip_ms
    };
    for path in 0..u32::try_from(MOST_PATHS).unwrap() {
        line.sent(0, PathId(path), 100);
    }
    assert_eq!(trip(&mut line, 9_999), 0);
    line.leave(PathId(3));
    assert_eq!(trip(&mut line, 9_999), 49);
}

#[test]
fn a_client_with_reports_only_is_slowed_down_by_loss_and_by_delay_and_grows_without() {
    let rate = |lost_256: u8, trip_ms: u32| {
        let mut line = Estimator::new(0, Start::Known { bits_per_second: 500_000 });
        for second in 1..12_u64 {
            for packet in 0..50 {
                line.sent(second * 1_000_000 + packet * 20_000, PathId(1), 1200);
            }
            let (lost, trip) = if second < 4 { (0, 60) } else { (lost_256, trip_ms) };
            line.report((second + 1) * 1_000_000, PathId(1), lost, Some(trip), None);
        }
        line.estimate().bits_per_second
    };
    let (calm, lossy, slow) = (rate(0, 60), rate(80, 60), rate(0, 500));
    assert!(calm >= 500_000, "{calm}");
    assert!(lossy < calm / 2, "{lossy}");
    assert!(slow < calm / 2, "{slow}");
}

#[test]
fn remb_bounds_the_estimate_of_an_only_path() {
    let mut line = Estimator::new(0, Start::Known { bits_per_second: 500_000 });
    line.remb(PathId(1), 150_000);
    assert_eq!(line.estimate().bits_per_second, 150_000);
    line.sent(0, PathId(2), 100);
    assert!(line.estimate().bits_per_second > 400_000);
    line.leave(PathId(2));
    line.remb(PathId(1), 0);
    assert!(line.estimate().bits_per_second > 400_000, "nothing is said any more");
}
