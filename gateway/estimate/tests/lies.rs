//! Receivers that lie, and those who share a link with them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

use estimate::{
    EstimateState, Estimator, Fate, LEAST_BITS_PER_SECOND, MOST_BITS_PER_SECOND, MOST_PATHS,
    PathId, Report, Start,
};
use proptest::prelude::*;

/// What a caller may do, in any order and with any figure.
#[derive(Debug, Clone)]
enum Call {
    Sent(u32, u32),
    Feedback(u32, Vec<(u64, u32, Option<u64>)>),
    Report(u32, Report),
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
        1 => (0_u32..3, any::<(u64, u32, u32, u32, Option<u32>)>())
            .prop_map(|(path, it)| Call::Report(path, report(it))),
        2 => (0_u32..3, (0_u64..6_000_000, 0_u32..400, 0_u32..400, 0_u32..40, prop::option::of(0_u32..2_000)))
            .prop_map(|(path, it)| Call::Report(path, report(it))),
        1 => (0_u32..3, any::<u64>()).prop_map(|it| Call::Remb(it.0, it.1)),
        1 => (0_u32..400).prop_map(Call::Leave),
        4 => Just(Call::Tick),
        1 => any::<u64>().prop_map(Call::Probe),
        1 => Just(Call::Probe(0)),
    ]
}

fn report((over_us, sent, came, lost, round_trip_ms): (u64, u32, u32, u32, Option<u32>)) -> Report {
    Report { over_us, sent, came, lost, round_trip_ms }
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
                Call::Report(path, report) => line.report(now_us, PathId(path), report),
                Call::Remb(path, rate) => line.remb(now_us, PathId(path), rate),
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

/// Two clients of one line, each sent 50 packets of 1200 bytes a second, report once a second as `tell` makes of it.
fn report_for(
    line: &mut Estimator,
    seconds: u64,
    mut tell: impl FnMut(u64, PathId, Report) -> Option<Report>,
) {
    for second in 0..seconds {
        for step in 0..50 {
            let now_us = second * 1_000_000 + step * 20_000;
            for path in [PathId(1), PathId(2)] {
                line.sent(now_us, path, 1200);
                let honest = report((1_000_000, 50, 50, 0, Some(60)));
                let told = (step == 49).then(|| tell(second, path, honest)).flatten();
                told.into_iter().for_each(|it| line.report(now_us, path, it));
            }
            line.tick(now_us);
        }
    }
}

#[test]
fn reports_of_losses_and_of_a_longer_round_trip_bound_a_line_and_good_ones_do_not() {
    let told = |lost: u32, round_trip_ms: u32| {
        let mut line = Estimator::new(0, Start::Unknown);
        report_for(&mut line, 10, |second, _, it| {
            let bad = second >= 5;
            let lost = if bad { lost } else { 0 };
            let round_trip_ms = Some(if bad { round_trip_ms } else { 60 });
            Some(Report { came: it.came - lost, lost, round_trip_ms, ..it })
        });
        (line.is_bounded_by_reports(), line.estimate().bits_per_second)
    };
    let (good, flooded, slow) = (told(0, 60), told(25, 60), told(5, 900));
    assert!(!good.0 && good.1 > 960_000, "{good:?}");
    assert!(flooded.0 && flooded.1 < 500_000, "{flooded:?}");
    assert!(slow.0 && slow.1 < 800_000, "{slow:?}");
}

#[test]
fn who_reports_losses_or_a_queue_that_others_do_not_see_takes_nothing_from_them() {
    let estimate = |lie: fn(u64, Report) -> Report| {
        let mut line = Estimator::new(0, Start::Known { bits_per_second: 2_000_000 });
        report_for(&mut line, 60, |second, path, it| {
            Some(if path == PathId(2) { lie(second, it) } else { it })
        });
        line.estimate().bits_per_second
    };
    let honest = estimate(|_, it| it);
    let lies: [fn(u64, Report) -> Report; 5] = [
        |_, it| Report { came: 0, lost: 50, ..it },
        |_, it| Report { came: 20, lost: 30, ..it },
        |second, it| Report { round_trip_ms: Some(60 + second as u32 * 1_000), ..it },
        |_, it| Report { over_us: 0, sent: 0, came: u32::MAX, lost: u32::MAX, ..it },
        |_, it| Report { over_us: u64::MAX, came: u32::MAX, round_trip_ms: Some(u32::MAX), ..it },
    ];
    for (place, lie) in lies.into_iter().enumerate() {
        let beside = estimate(lie);
        let least = honest.min(960_000) / 2;
        assert!(beside >= least, "lie {place}: {beside} beside the liar, {honest} without");
    }
}

#[test]
fn more_than_was_sent_can_have_come_by_no_report() {
    let mut line = Estimator::new(0, Start::Unknown);
    for second in 1..60_u64 {
        for step in 0..50 {
            line.sent(second * 1_000_000 + step * 20_000, PathId(1), 100);
        }
        let now_us = (second + 1) * 1_000_000;
        line.report(now_us, PathId(1), report((1_000_000, 50, u32::MAX, 0, Some(0))));
        line.tick(now_us + 50_000);
    }
    let estimate = line.estimate().bits_per_second;
    assert!(estimate <= 200_000, "40 kbit/s were sent: {estimate}");
}

#[test]
fn who_stops_to_report_is_away_and_as_before_once_he_is_back() {
    let mut line = Estimator::new(0, Start::Known { bits_per_second: 1_000_000 });
    report_for(&mut line, 10, |_, _, it| Some(it));
    let before = line.estimate();
    let mut quiet = line;
    for second in 10..20 {
        quiet.sent(second * 1_000_000, PathId(1), 30_000);
        quiet.tick(second * 1_000_000);
    }
    let away = quiet.estimate();
    assert_eq!(away.state, EstimateState::Silent);
    assert!(away.bits_per_second < before.bits_per_second / 4, "{away:?}");
    quiet.report(20_000_000, PathId(1), report((1_000_000, 50, 50, 0, Some(60))));
    assert_eq!(quiet.estimate().bits_per_second, before.bits_per_second);
}

#[test]
fn who_never_tells_anything_bounds_nothing() {
    let mut line = Estimator::new(0, Start::Unknown);
    report_for(&mut line, 60, |_, _, _| None);
    assert!(!line.is_bounded_by_reports());
    assert_eq!(line.estimate().state, EstimateState::Starting);
}

#[test]
fn reports_say_nothing_beside_feedback_on_packets() {
    let mut line = Estimator::new(0, Start::Known { bits_per_second: 1_000_000 });
    play(&mut line, 10, |path, fate| {
        let _ = path;
        Some(fate)
    });
    let before = line.estimate();
    for it in 0..10 {
        let now_us = 11_000_000 + it;
        line.report(now_us, PathId(2), report((1_000_000, 50, 5, 45, Some(5_000))));
        line.tick(now_us);
    }
    assert_eq!(line.estimate().bits_per_second, before.bits_per_second);
}

#[test]
fn remb_bounds_the_estimate_of_an_only_path_for_a_while() {
    let mut line = Estimator::new(0, Start::Known { bits_per_second: 500_000 });
    line.remb(0, PathId(1), 150_000);
    assert_eq!(line.estimate().bits_per_second, 150_000);
    assert!(line.is_bounded_by_reports());
    line.sent(0, PathId(2), 100);
    assert!(line.estimate().bits_per_second > 400_000);
    line.leave(PathId(2));
    line.remb(0, PathId(1), 0);
    assert!(line.estimate().bits_per_second > 400_000, "nothing is said any more");
    line.remb(0, PathId(1), 1);
    assert_eq!(line.estimate().bits_per_second, LEAST_BITS_PER_SECOND);
    line.remb(0, PathId(1), u64::MAX);
    assert_eq!(line.estimate().bits_per_second, MOST_BITS_PER_SECOND, "its own line suffers");
    line.tick(20_000_000);
    assert!(!line.is_bounded_by_reports(), "what was said long ago");
}
