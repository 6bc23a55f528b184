//! What the estimator reaches on lines of all kinds, in a closed loop in virtual time. `tests/bench/estimate.sh` prints it;
//! the margins here are wider than the bars there.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a test may"
)]

#[path = "table/ours.rs"]
#[allow(dead_code, reason = "another test needs the rest of it")]
mod ours;

use estimate::{EstimateState, Start};
use line::closed::{Flow, Trace, run};
use line::figures::{Figures, jain, percentile, settled};
use line::links::{self, Link};
use ours::Ours;

const MINUTE_US: u64 = 60_000_000;

fn greedy(start: Start) -> Flow {
    Flow::greedy(Box::new(Ours::new(start)))
}

fn play(link: &Link, flows: Vec<Flow>) -> Trace {
    run(&link.down().unwrap(), &link.up(), 7, flows, MINUTE_US)
}

fn alone(link: &Link) -> (Figures, Trace) {
    let trace = play(link, vec![greedy(Start::Unknown)]);
    (Figures::of(&trace, &link.down().unwrap(), 0), trace)
}

#[test]
fn a_link_that_stays_as_it_is_is_full_soon_and_its_queue_short() {
    for link in links::constant() {
        let (figures, _) = alone(&link);
        let settled_s = figures.settled_s.unwrap_or(f64::MAX);
        assert!(figures.utilisation > 0.9, "{link:?}: {figures}");
        assert!(figures.self_caused < 0.02, "{link:?}: {figures}");
        assert!(figures.queue_p95_ms < 175.0, "{link:?}: {figures}");
        assert!(settled_s < 8.5, "{link:?}: {figures}");
    }
}

#[test]
fn a_link_that_is_known_is_full_within_two_seconds() {
    for link in links::constant().iter().filter(|it| !it.text.contains("loss=20%")) {
        let down = link.down().unwrap();
        let rate = down.bits_per_second.unwrap();
        let known = Start::Known { bits_per_second: rate };
        let trace = play(link, vec![greedy(known)]);
        let settled_s = settled(&trace.estimates[0], rate as f64).unwrap_or(f64::MAX);
        assert!(settled_s <= 2.0, "{link:?}: {settled_s}");
        let figures = Figures::of(&trace, &down, 0);
        assert!(figures.utilisation > 0.9 && figures.self_caused < 0.02, "{link:?}: {figures}");
    }
}

#[test]
fn short_and_long_queues_are_neither_overrun_nor_filled() {
    for link in links::queues().iter().filter(|it| !it.text.contains("policer")) {
        let (figures, _) = alone(link);
        assert!(figures.utilisation > 0.9, "{link:?}: {figures}");
        assert!(figures.self_caused < 0.025, "{link:?}: {figures}");
        assert!(figures.queue_p95_ms < 150.0, "{link:?}: {figures}");
    }
}

/// A policer shows by its losses alone, so finding it costs some.
#[test]
fn a_policer_is_found_and_kept_to() {
    for (link, most) in links::queues()
        .iter()
        .filter(|it| it.text.contains("policer"))
        .zip([0.06, 0.06, 0.06, 0.09])
    {
        let (figures, _) = alone(link);
        assert!(figures.utilisation > 0.8, "{link:?}: {figures}");
        assert!(figures.self_caused < most, "{link:?}: {figures}");
    }
}

#[test]
fn a_link_that_becomes_faster_is_used_within_seconds() {
    for (link, rate) in links::steps().iter().zip([3e6, 1e6]) {
        let (_, trace) = alone(link);
        let after_s = settled(&trace.estimates[0][200..], rate).unwrap_or(f64::MAX);
        assert!(after_s < 8.0, "{link:?}: {after_s}");
        assert!(trace.got(0, 30, 60) > 0.9 * rate, "{link:?}");
    }
}

#[test]
fn a_link_that_becomes_slower_has_a_long_queue_for_a_moment_only() {
    let tenths = [32, 45];
    for ((link, rate), most) in links::steps()[2..].iter().zip([600e3, 300e3]).zip(tenths) {
        let (_, trace) = alone(link);
        let long = trace.long_waits(20_000_000, 300_000);
        assert!(long <= most, "{link:?}: {long} tenths of seconds");
        assert!(trace.got(0, 30, 60) > 0.9 * rate, "{link:?}");
    }
}

/// Jain's index of what flows get 20 to 30 s after the last has come, each 5 s after the one before, and how long packets
/// wait then; the middle of five runs that begin at other moments.
fn shared(link: &Link, flows: u64) -> (f64, f64) {
    let mut runs: Vec<(f64, f64)> = (1..=5).map(|seed| sharing(link, flows, seed)).collect();
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    runs[2]
}

fn sharing(link: &Link, flows: u64, seed: u64) -> (f64, f64) {
    let each = (0..flows)
        .map(|it| Flow { begins_us: it * 5_000_000 + seed * 37_000, ..greedy(Start::Unknown) });
    let trace = run(&link.down().unwrap(), &link.up(), seed, each.collect(), MINUTE_US);
    let from_s = flows * 5 - 5 + 20;
    let places = 0..usize::try_from(flows).unwrap();
    let shares: Vec<f64> = places.map(|it| trace.got(it, from_s, from_s + 10)).collect();
    let late = trace.passed.iter().filter(|it| it.at_us > from_s * 1_000_000);
    (jain(&shares), percentile(late.map(|it| it.waited_us).collect(), 95))
}

#[test]
fn flows_share_a_queue_alike_twenty_seconds_after_the_last_has_come() {
    for (text, trip_ms, flows, least) in [
        ("rate=2M,queue=300ms", 60, 2, 0.9),
        ("rate=2M,queue=1s", 60, 2, 0.9),
        ("rate=2M,queue=300ms,loss=5%", 60, 2, 0.9),
        ("rate=1M,queue=1s", 300, 2, 0.85),
        ("rate=300k,queue=400ms", 60, 2, 0.8),
        ("rate=2M,queue=300ms", 60, 4, 0.9),
        ("rate=1M,queue=1s", 60, 4, 0.75),
    ] {
        let (jain, queue_ms) = shared(&Link::new(text, trip_ms), flows);
        assert!(jain > least, "{text}, {flows} flows: {jain}");
        assert!(queue_ms < 200.0, "{text}, {flows} flows: {queue_ms} ms");
    }
}

#[test]
fn a_download_in_a_deep_queue_leaves_a_quarter_of_the_fair_share_and_more() {
    for (text, trip_ms, begins_us, fair) in [
        ("rate=2M,queue=1s,cross=tcp@10s", 60, 0, 1e6),
        ("rate=2M,queue=300ms,cross=tcp@10s", 60, 0, 1e6),
        ("rate=600k,queue=1s,cross=tcp@10s", 60, 0, 3e5),
        ("rate=1M,queue=1s,cross=tcp@10s", 300, 0, 5e5),
        ("rate=2M,queue=1s,cross=tcp", 60, 10_000_000, 1e6),
    ] {
        let flow = Flow { begins_us, ..greedy(Start::Unknown) };
        let trace = play(&Link::new(text, trip_ms), vec![flow]);
        let share = trace.got(0, 30, 60);
        assert!(share > 0.25 * fair, "{text}: {share}");
    }
    let gone =
        play(&Link::new("rate=2M,queue=1s,cross=tcp@10s+20s", 60), vec![greedy(Start::Unknown)]);
    assert!(gone.got(0, 40, 60) > 1.8e6, "all of it once the download has ended");
}

#[test]
fn an_outage_is_told_and_over_within_a_second() {
    for cut in ["outage", "stall"] {
        let link = Link::new(&format!("rate=600k,queue=400ms,{cut}=20s+3s"), 60);
        let (_, trace) = alone(&link);
        assert!(trace.estimates[0][220] < 100e3, "little is sent into the dark");
        let back = settled(&trace.estimates[0][230..], 600e3).unwrap_or(f64::MAX);
        assert!(back <= 1.0, "{cut}: {back}");
    }
}

#[test]
fn jitter_reordering_bursts_and_a_new_route_pass_for_what_they_are() {
    for (text, least) in [
        ("rate=1M,queue=400ms,jitter=30ms", 0.9),
        ("rate=300k,queue=400ms,jitter=60ms,loss=3%", 0.9),
        ("rate=1M,queue=400ms,reorder=2%,dup=1%", 0.9),
        ("rate=1M,queue=400ms,burst=1%/20%/80%", 0.85),
        ("rate=1M,queue=400ms,delay@20s=130ms", 0.9),
        ("rate=1M,queue=400ms,delay@20s=5ms", 0.9),
    ] {
        let (figures, trace) = alone(&Link::new(text, 60));
        assert!(figures.utilisation > least, "{text}: {figures}");
        assert!(trace.got(0, 30, 60) > 0.85e6 * least || text.contains("300k"), "{text}");
    }
}

#[test]
fn a_clock_that_drifts_and_late_or_lost_feedback_are_borne() {
    for (feedback_us, millionths, up) in [
        (60_000, 200, ""),
        (60_000, -200, ""),
        (100_000, 0, "delay=280ms"),
        (60_000, 0, "delay=30ms,loss=20%"),
        (100_000, 0, "delay=30ms,jitter=200ms"),
    ] {
        let link = Link::new("rate=600k,queue=400ms,loss=3%", 60);
        let up = if up.is_empty() { link.up() } else { up.parse().unwrap() };
        let down = link.down().unwrap();
        let clock = (7_000_000_000, millionths);
        let flow = Flow { feedback_us, clock, ..greedy(Start::Unknown) };
        let figures = Figures::of(&run(&down, &up, 7, vec![flow], MINUTE_US), &down, 0);
        let case = format!("{feedback_us} us, {millionths}, {up:?}: {figures}");
        assert!(figures.utilisation > 0.9, "{case}");
        assert!(figures.self_caused < 0.03 && figures.queue_p95_ms < 200.0, "{case}");
    }
}

#[test]
fn who_sends_little_neither_raises_nor_lowers_the_estimate() {
    for loss in [0, 5, 20] {
        let link = Link::new(&format!("rate=600k,loss={loss}%,queue=400ms"), 60);
        let known = Start::Known { bits_per_second: 500_000 };
        let trace = play(&link, vec![Flow { most: 50e3, ..greedy(known) }]);
        let last = *trace.estimates[0].last().unwrap();
        assert!((400e3..600e3).contains(&last), "{loss} %: {last}");
    }
}

/// A fast line that becomes a thin one under a picture that took little of it.
#[test]
fn a_line_that_becomes_far_slower_than_what_is_sent_is_followed_at_once() {
    for queue in ["400ms", "2s", "8p"] {
        let link = Link::new(&format!("rate=40M,rate@20s=600k,queue={queue}"), 60);
        let known = Start::Known { bits_per_second: 40_000_000 };
        let trace = play(&link, vec![Flow { most: 1.3e6, ..greedy(known) }]);
        let estimates = &trace.estimates[0];
        assert!(estimates[190] > 20e6, "{queue}: {} before", estimates[190]);
        assert!(estimates[220] < 800e3, "{queue}: {} after two seconds", estimates[220]);
        assert!(trace.got(0, 25, 60) > 500e3, "{queue}");
    }
}

#[test]
fn padding_finds_what_is_there_and_stops_where_sound_suffers() {
    let link = Link::new("rate=1M,queue=400ms", 60);
    let probing = |hold| {
        let control = Ours::padding(Start::Known { bits_per_second: 200_000 }, hold);
        let trace =
            play(&link, vec![Flow { control: Box::new(control), ..greedy(Start::Unknown) }]);
        (*trace.estimates[0].last().unwrap(), trace.got(0, 0, 60))
    };
    let (found, spent) = probing(false);
    assert!((0.5e6..1.2e6).contains(&found), "{found}");
    assert!(spent < 0.4e6, "most of a minute there is no padding: {spent}");
    let (held, spent) = probing(true);
    assert!(held < 250e3 && spent < 60e3, "{held} {spent}");
}

/// A listener who hears one voice and sees nothing yet: padding finds out whether a picture fits.
#[test]
fn padding_alone_finds_a_cold_link() {
    for (rate, trip_ms) in [("300k", 60), ("3M", 60), ("3M", 300), ("3M", 600)] {
        let link = Link::new(&format!("rate={rate},queue=400ms,loss=2%"), trip_ms);
        let control = Ours::padding(Start::Unknown, false);
        let trace =
            play(&link, vec![Flow { control: Box::new(control), ..greedy(Start::Unknown) }]);
        let bits = link.down().unwrap().bits_per_second.unwrap() as f64;
        let settled_s = settled(&trace.estimates[0], bits).unwrap_or(f64::MAX);
        assert!(settled_s < 6.0, "{link:?}: {settled_s}");
        let kept = trace.estimates[0][200..].iter().copied().fold(f64::MAX, f64::min);
        assert!(kept > 0.6 * bits, "{link:?}: {kept} later");
    }
}

#[test]
fn the_states_are_told() {
    let link = Link::new("rate=600k,queue=1s,cross=tcp@20s+20s,outage=50s+2s", 60);
    let control = Ours::new(Start::Unknown);
    let states = control.states();
    play(&link, vec![Flow { control: Box::new(control), ..greedy(Start::Unknown) }]);
    let states = states.borrow();
    let order = [
        EstimateState::Starting,
        EstimateState::Steady,
        EstimateState::Competing,
        EstimateState::Silent,
        EstimateState::Steady,
    ];
    let mut rest = states.iter();
    assert!(order.iter().all(|it| rest.any(|state| state == it)), "{states:?}");
}

/// Sound, and pictures each at the pace that is told, so that most of a second nothing but sound is sent.
#[test]
fn pictures_sent_one_by_one_are_no_queue() {
    for (rate, trip_ms, loss) in
        [("150k", 300, 10), ("300k", 60, 0), ("600k", 150, 5), ("1M", 60, 0), ("3M", 60, 1)]
    {
        let link = Link::new(&format!("rate={rate},queue=400ms,loss={loss}%"), trip_ms);
        let bits = link.down().unwrap().bits_per_second.unwrap() as f64;
        for (each_second, part) in [(15, 0.95), (5, 0.95), (15, 0.85), (15, 0.6)] {
            let control = Box::new(Ours::pictures(Start::Unknown, each_second, part));
            let trace = play(&link, vec![Flow { control, ..greedy(Start::Unknown) }]);
            let figures = Figures::of(&trace, &link.down().unwrap(), 0);
            let case = format!("{link:?}, {each_second} a second, {part}: {figures}");
            let later = &trace.estimates[0][100..];
            let mean = later.iter().sum::<f64>() / later.len() as f64;
            assert!((0.8 * bits..1.5 * bits).contains(&mean), "{case}, {mean}");
            assert!(figures.self_caused < 0.02 && figures.queue_p95_ms < 200.0, "{case}");
        }
    }
}
