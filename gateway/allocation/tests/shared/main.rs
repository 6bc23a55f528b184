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
