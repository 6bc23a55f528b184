//! What a lesson must do over lines like those of a mountain school.

use std::time::Instant;

use crate::lesson::{Heard, Lesson};
use crate::line::Ear;

const VILLAGE: Lesson =
    Lesson { seed: 0, publishers: 1, listeners: 4, loss_percent: 5.0, seconds: 30 };

fn cameras(heard: &Heard) -> impl Iterator<Item = &Ear> {
    heard.values().filter(|ear| ear.track.0 % 2 == 0 && !ear.heard.is_empty())
}

/// Asserts that a decoder that takes the packets by number can decode each frame, but for the last
/// one of a layer that was left in its midst; returns the changes of layer and the frames.
fn decode(ear: &Ear, seed: u64) -> (usize, usize) {
    assert_eq!(ear.holes(), 0, "seed {seed}: not repaired");
    let wires: Vec<_> = ear.heard.values().map(|it| it.1).collect();
    let first = &wires[0];
    assert!(first.piece.keyframe && first.piece.place == 0, "seed {seed}: {first:?}");
    assert_eq!(first.forward.number, 1_000, "seed {seed}");
    let mut changes = 0;
    for pair in wires.windows(2) {
        let layers = [pair[0], pair[1]].map(|it| it.forward.source.layer);
        let goes_on = layers[0] == layers[1] && pair[1].piece.follows(pair[0].piece);
        let begins = pair[1].piece.keyframe && pair[1].piece.place == 0;
        assert!(goes_on || begins, "seed {seed}: {pair:#?}");
        assert!(pair[1].forward.time.since(pair[0].forward.time) >= 0, "seed {seed}: {pair:#?}");
        changes += usize::from(layers[0] != layers[1]);
    }
    (changes, wires.iter().filter(|it| it.piece.place + 1 == it.piece.of).count())
}

#[test]
fn every_frame_can_be_decoded_after_repair_at_5_percent_loss() {
    let (mut changes, mut frames, mut streams) = (0, 0, 0);
    for seed in 0..12 {
        let (publishers, listeners) = (1 + seed as u32 % 2, 2 + seed as u32 % 9);
        let heard = Lesson { seed, publishers, listeners, ..VILLAGE }.play();
        for ear in cameras(&heard) {
            let decoded = decode(ear, seed);
            (changes, frames, streams) = (changes + decoded.0, frames + decoded.1, streams + 1);
        }
    }
    assert!(changes > streams, "{changes} changes of layer in {streams} streams");
    assert!(frames > streams * 100, "{frames} frames in {streams} streams");
}

#[test]
fn sound_goes_on_through_everything() {
    for seed in 0..4 {
        let heard = Lesson { seed, listeners: 3, ..VILLAGE }.play();
        for ear in heard.values().filter(|ear| ear.track.0 % 2 == 1 && !ear.heard.is_empty()) {
            let numbers = || ear.heard.keys();
            let sent = numbers().max().unwrap() - numbers().min().unwrap() + 1;
            let came = ear.heard.len() as u64;
            assert!(came * 100 >= sent * 90 - 200, "seed {seed}: {came} of {sent}");
        }
    }
}

#[test]
fn a_clean_line_needs_no_repair() {
    let heard = Lesson { loss_percent: 0.0, ..VILLAGE }.play();
    assert!(cameras(&heard).count() >= 4);
    for ear in heard.values().filter(|ear| !ear.heard.is_empty()) {
        let (first, last) = (ear.heard.keys().min().unwrap(), ear.heard.keys().max().unwrap());
        assert_eq!(last - first + 1, ear.heard.len() as u64);
    }
}

#[test]
fn the_same_seed_gives_the_same_lesson() {
    let play = |seed| Lesson { seed, seconds: 20, ..VILLAGE }.play();
    assert_eq!(play(7), play(7));
    assert_ne!(play(7), play(8));
}

#[test]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "measures the simulator, not the simulated"
)]
fn a_lesson_passes_faster_than_time() {
    let begun = Instant::now();
    let heard = Lesson { seconds: 300, listeners: 2, ..VILLAGE }.play();
    let speed = 300.0 / begun.elapsed().as_secs_f64();
    println!("{speed:.0} simulated seconds a second: 1 camera, 1 voice, 2 listeners");
    assert!(cameras(&heard).all(|ear| decode(ear, 0).1 > 0));
}
