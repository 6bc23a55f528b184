//! Hostile input without an engine: seeds that are changed at random, the same way in each run.
//!
//! What is new is looked for by `make fuzz`, guided by coverage, in a build of its own; this finds in each `make test`
//! what chance finds at once.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test: what goes wrong stops it")]

use std::panic::catch_unwind;
use std::path::Path;

use fuzz::{TARGETS, Target};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

/// Inputs for each target.
const INPUTS: usize = 5_000;
/// The same bound as the engine's.
const BYTES_MAX: usize = 16_384;
/// Numbers at which lengths and counters turn over.
const EDGES: [u64; 10] =
    [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, u64::MAX];

/// The committed seeds of a target, in the order of their names.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name);
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    files.iter().map(|it| std::fs::read(it).unwrap()).collect()
}

/// One change: bits, bytes, a number of the edges, a piece cut out, said twice or taken from another seed.
fn change(input: &mut Vec<u8>, others: &[Vec<u8>], chance: &mut StdRng) {
    let at = chance.random_range(0..=input.len());
    let end = chance.random_range(at..=input.len().min(at + 64));
    match chance.random_range(0..7) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << chance.random_range(0..8);
            }
        }
        1 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = chance.random();
            }
        }
        2 => {
            let number = EDGES.choose(chance).unwrap().to_be_bytes();
            let width = *[1, 2, 4, 8].choose(chance).unwrap();
            let written = number.iter().skip(8 - width);
            input.iter_mut().skip(at).zip(written).for_each(|(byte, new)| *byte = *new);
        }
        3 => drop(input.drain(at..end)),
        4 => input.truncate(at),
        5 => {
            let again: Vec<u8> = input.get(at..end).unwrap().to_vec();
            input.splice(at..at, again);
        }
        _ => {
            let other = others.choose(chance).unwrap();
            let from = chance.random_range(0..=other.len());
            input.truncate(at);
            input.extend_from_slice(other.get(from..).unwrap());
        }
    }
    input.truncate(BYTES_MAX);
}

fn thrown_at(name: &str, target: Target) {
    let seeds = seeds(name);
    let mut chance = StdRng::seed_from_u64(1);
    for number in 0..INPUTS {
        let mut input = seeds.choose(&mut chance).unwrap().clone();
        for _ in 0..chance.random_range(1..=4) {
            change(&mut input, &seeds, &mut chance);
        }
        // The input is shown, so that it can be kept as a seed.
        let taken = catch_unwind(|| target(&input));
        assert!(taken.is_ok(), "{name}, input {number}: {input:02x?}");
    }
}

/// Targets in two halves, since the runner gives each test a thread.
fn every_second(first: usize) {
    for (name, target) in TARGETS.iter().skip(first).step_by(2) {
        thrown_at(name, *target);
    }
}

#[test]
fn half_of_the_readers_take_whatever_chance_makes_of_their_seeds() {
    every_second(0);
}

#[test]
fn the_other_readers_take_whatever_chance_makes_of_their_seeds() {
    every_second(1);
}
