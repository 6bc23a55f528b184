//! What the estimator reaches where clients send receiver reports alone, or say what they take their line to carry (REMB), in
//! a closed loop in virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a test may"
)]

#[path = "table/ours.rs"]
#[allow(dead_code, reason = "reports need a part of it")]
mod ours;

use estimate::Start;
use line::closed::{Flow, Trace, run};
use line::figures::Figures;
use line::links::{self, Link};
use ours::Ours;

const MINUTE_US: u64 = 60_000_000;

fn play(link: &Link, every_us: u64, most: f64) -> (Figures, Trace) {
    let control = Box::new(Ours::reported(Start::Unknown, link.round_trip_ms * 500));
    let flow = Flow { feedback_us: every_us, most, ..Flow::greedy(control) };
    let down = link.down().unwrap();
    let trace = run(&down, &link.up(), 7, vec![flow], 2 * MINUTE_US);
    (Figures::of(&trace, &down, 0), trace)
}

/// Each link by reports each `every_us`: the least that is used of one, and in the mean of all.
fn all(links: &[Link], every_us: u64) -> (f64, f64) {
    let used = links.iter().map(|link| {
        let (figures, _) = play(link, every_us, f64::MAX);
        assert!(figures.self_caused < 0.065, "{link:?}: {figures}");
        figures.utilisation
    });
    let used: Vec<f64> = used.collect();
    let mean = used.iter().sum::<f64>() / used.len() as f64;
    (used.into_iter().fold(f64::MAX, f64::min), mean)
}

#[test]
fn reports_once_a_second_find_what_a_link_carries_and_what_chance_takes() {
    let (least, mean) = all(&links::constant(), 1_000_000);
    assert!(least > 0.4 && mean > 0.82, "{least} {mean}");
}

#[test]
fn reports_once_in_five_seconds_do_nearly_as_well() {
    let (least, mean) = all(&links::constant(), 5_000_000);
    assert!(least > 0.4 && mean > 0.77, "{least} {mean}");
}

#[test]
fn short_queues_and_policers_bound_what_is_sent() {
    for link in links::queues() {
        let (figures, _) = play(&link, 1_000_000, f64::MAX);
        assert!(figures.utilisation > 0.7, "{link:?}: {figures}");
        assert!(figures.self_caused < 0.065, "{link:?}: {figures}");
    }
}

#[test]
fn a_link_that_becomes_another_one_is_followed() {
    for (link, rate) in links::steps().iter().zip([3e6, 1e6, 600e3, 300e3]) {
        let (_, trace) = play(link, 1_000_000, f64::MAX);
        let got = trace.got(0, 60, 120) / rate;
        assert!((0.7..1.01).contains(&got), "{link:?}: {got} of it a minute later");
        let last = trace.estimates[0][400..].iter().copied().fold(0.0, f64::max);
        assert!(last < 2.0 * rate, "{link:?}: {last}");
    }
}

/// Who sends little learns that there is more by sending a little more each time alone.
#[test]
fn who_sends_little_is_not_bounded_and_losses_by_chance_do_not_bound_him() {
    for loss in [0, 5, 20] {
        let link = Link::new(&format!("rate=600k,loss={loss}%,queue=400ms"), 60);
        let (_, trace) = play(&link, 1_000_000, 50e3);
        let later = trace.estimates[0][300..].iter().copied().fold(f64::MAX, f64::min);
        assert!(later > 60e3, "{loss} %: {later}");
    }
}

#[test]
fn an_outage_is_told_and_over_once_reports_come_again() {
    let link = Link::new("rate=600k,queue=400ms,outage=30s+20s", 60);
    let (_, trace) = play(&link, 1_000_000, f64::MAX);
    let estimates = &trace.estimates[0];
    assert!(estimates[450] < 100e3, "little is sent into the dark: {}", estimates[450]);
    let before = estimates[290];
    let after = trace.got(0, 56, 70);
    assert!(after > 0.6 * before, "{after} after it, {before} before");
}

#[test]
fn a_download_in_the_same_queue_leaves_something() {
    for text in ["rate=2M,queue=1s,cross=tcp@10s", "rate=600k,queue=300ms,cross=tcp@10s"] {
        let link = Link::new(text, 60);
        let (_, trace) = play(&link, 1_000_000, f64::MAX);
        let share = trace.got(0, 40, 120) / link.down().unwrap().bits_per_second.unwrap() as f64;
        assert!(share > 0.05, "{text}: {share}");
    }
}
