//! Several devices of one clinic behind one simulated line: one estimate, one budget, divided.
//!
//! What is sent is modelled: voices at once, frames of pictures through a pacer, keyframes where a size changes, padding
//! where the estimator probes. Estimator, allocator and line are the real ones.
#![expect(clippy::indexing_slicing, reason = "a test that is wrong panics")]
#![expect(clippy::expect_used, reason = "a test that is wrong panics")]

mod clinic;

use clinic::{Clinic, Figures};

/// How evenly listeners are served: 1 if all have the same.
fn jain(each: &[f64]) -> f64 {
    let (sum, squares) = each.iter().fold((0.0, 0.0), |(a, b), it| (a + it, b + it * it));
    sum * sum / (each.len() as f64 * squares).max(1.0)
}

fn run(listeners: usize, shape: &str) -> Figures {
    Clinic::new(listeners, shape, 7).run(120)
}

fn voices_are_whole(figures: &Figures, loss: f64) {
    let lost = figures.sound_lost;
    assert!(lost <= loss + 0.02, "{lost} of the sound is lost");
    assert!(figures.sound_waits_p95_ms <= 200, "sound waits {} ms", figures.sound_waits_p95_ms);
}

/// Nobody is worse off for the others: voices whole, pictures in equal parts, nothing flaps.
fn holds(figures: &Figures, loss: f64) {
    voices_are_whole(figures, loss);
    let even = jain(&figures.picture_bits);
    assert!(even >= 0.85, "{even}: {:?}", figures.picture_bits);
    // The estimate moves with what is sent, so this is no constant line.
    assert!(figures.switches_a_minute <= 6, "{} switches", figures.switches_a_minute);
}

#[test]
fn two_devices_share_a_village_line() {
    let figures = run(2, "rate=600k,delay=75ms,loss=5%,queue=400ms");
    holds(&figures, 0.05);
    assert!(figures.pictures_shown >= 0.75, "both see who speaks: {figures:?}");
}

#[test]
fn five_devices_share_a_thin_line() {
    let figures = run(5, "rate=1500k,delay=75ms,loss=5%,queue=400ms");
    holds(&figures, 0.05);
    assert!(figures.pictures_shown >= 0.95, "all see who speaks: {figures:?}");
}

#[test]
fn twenty_devices_share_the_line_of_a_school() {
    let figures = run(20, "rate=6M,delay=30ms,loss=1%,queue=400ms");
    holds(&figures, 0.01);
    assert!(figures.pictures_shown >= 0.95, "all see who speaks: {figures:?}");
}

#[test]
fn a_line_for_two_voices_carries_two_voices() {
    let figures = run(2, "rate=120k,delay=150ms,loss=5%,queue=400ms");
    voices_are_whole(&figures, 0.05);
    assert!(figures.pictures_shown < 0.1, "there is no room for a picture: {figures:?}");
}

/// What is sent over a good line teaches little of it, and yet all pictures come in full.
#[test]
fn a_good_line_carries_everything_soon() {
    let figures = run(2, "rate=20M,delay=5ms");
    voices_are_whole(&figures, 0.0);
    let least = figures.picture_bits.iter().copied().fold(f64::MAX, f64::min);
    assert!(least > 1_700_000.0, "both pictures in full size: {figures:?}");
    assert_eq!(figures.switches_a_minute, 0, "and nothing moves after twenty seconds");
}

/// A call on a good line that turns into a village's after thirteen seconds: another route, thinner and lossy. Counted from
/// eight seconds later on.
fn turning(rate: &str, delay_ms: u64, loss: u64, seed: u64) -> Figures {
    let queue = if rate == "64k" { "1s" } else { "400ms" };
    let good = format!("delay=5ms,queue={queue}");
    let bad = format!("jitter@13s=12ms,rate@13s={rate},delay@13s={delay_ms}ms,loss@13s={loss}%");
    Clinic::call(21_000_000, &format!("{good},{bad}"), seed).run(81)
}

#[test]
fn a_call_goes_on_where_a_good_line_turns_bad() {
    for (rate, bits, delay_ms, loss, shown) in [
        ("600k", 600_000, 75, 5, 0.95),
        ("300k", 300_000, 150, 10, 0.8),
        ("150k", 150_000, 300, 20, 0.0),
        ("64k", 64_000, 150, 5, 0.0),
    ] {
        for seed in 1..=6 {
            let figures = turning(rate, delay_ms, loss, seed);
            let found = figures.estimates[400].bits_per_second;
            let case = format!("{rate}, {seed}: {found}, {}", figures.pictures_shown);
            voices_are_whole(&figures, loss as f64 / 100.0);
            assert!(figures.pictures_shown >= shown, "{case}");
            assert!((bits / 2..bits / 5 * 6).contains(&found), "{case}");
        }
    }
}

/// What is away is not thin: as soon as the line is back the picture is.
#[test]
fn pictures_go_on_at_once_after_the_line_was_away() {
    for seed in 1..=6 {
        let line = "rate=600k,delay=75ms,loss=5%,queue=400ms,outage=40s+3s";
        let figures = Clinic::call(20_000_000, line, seed).run(60);
        let back_us = figures.pictures_came_us.iter().find(|it| **it > 43_000_000);
        let after_ms = back_us.map(|it| (it - 43_000_000) / 1_000);
        assert!(after_ms.is_some_and(|it| it < 1_000), "{seed}: after {after_ms:?} ms");
        assert!(figures.pictures_shown > 0.95, "{seed}: {}", figures.pictures_shown);
    }
}
