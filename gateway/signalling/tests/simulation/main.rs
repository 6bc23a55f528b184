//! A whole gateway simulated: hundreds of clients that come, publish, lose their lines, come back and go, servers that
//! decide about them, a recorder that comes and goes, in virtual time and by a seed.
//!
//! `SIMULATION_STEPS` makes it longer, `SIMULATION_SEED` another one, and `SIMULATION_PRINT` prints from that step on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    reason = "a test may panic, and says where"
)]

mod acts;
mod checks;
mod device;
mod dice;
mod servers;
mod shell;
mod states;
mod truth;
mod world;

use std::hash::{DefaultHasher, Hasher as _};

use world::World;

/// The steps that `make test` takes; a step is one input of the core.
const STEPS: u64 = 1_000_000;
const SECOND_US: u64 = 1_000_000;

#[expect(clippy::disallowed_methods, reason = "how long a test runs is its runner's business")]
fn set(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A day: much happens, then everything comes to rest; every third day everybody goes home.
fn day(world: &mut World, number: u64) {
    world.calm = false;
    world.run(20 * SECOND_US);
    world.calm = true;
    world.run(45 * SECOND_US);
    world.settled();
    if number % 3 == 2 {
        world.everybody_leaves();
        world.run(12 * SECOND_US);
        world.empty();
    }
}

fn simulated(seed: u64, people: usize, steps: u64) -> World {
    let mut world = World::new(seed);
    world.print_from = set("SIMULATION_PRINT").unwrap_or(u64::MAX);
    world.populate(people);
    let mut number = 0;
    while world.steps < steps {
        day(&mut world, number);
        number += 1;
    }
    world
}

#[test]
fn everybody_knows_what_is_true_and_has_what_it_may_have() {
    let steps = set("SIMULATION_STEPS").unwrap_or(STEPS);
    let first = set("SIMULATION_SEED").unwrap_or(1);
    // Few people in a room meet often, many rarely.
    let mut taken = 0;
    for (seed, people) in (first..).zip([12, 40, 200].into_iter().cycle()) {
        if taken >= steps {
            break;
        }
        let people = set("SIMULATION_PEOPLE").map_or(people, |it| it as usize);
        let share = (steps / 10).clamp(10_000, 200_000).min(steps - taken);
        taken += simulated(seed, people, share).steps;
    }
}

#[test]
fn the_same_seed_asks_for_the_same() {
    let trace = |seed: u64| {
        let mut world = World::new(seed);
        world.trace = Some(DefaultHasher::new());
        world.print_from = set("SIMULATION_PRINT").unwrap_or(u64::MAX);
        world.populate(40);
        (0..3).for_each(|number| day(&mut world, number));
        world.trace.map(|it| it.finish())
    };
    assert_eq!(trace(7), trace(7));
    assert_ne!(trace(7), trace(8), "it is told apart");
}
