//! Calls on lines as villages have them.
#![expect(clippy::print_stdout, reason = "figures for who works on these lines")]

use super::figures::{Figures, HEADING, measure};
use super::speaking::Published;
use super::world::World;

/// Who listens comes in, its line turns bad, and figures are made: as for the browsers (`tests/bench/line`).
const COMES_S: u64 = 2;
const TURNS_S: u64 = 7;
const COUNTED_S: (u64, u64) = (15, 45);
const GOOD: &str = "delay=5ms";

/// A line: its name, what the way down turns into, what the way up does at least, and when both are out.
struct Case {
    name: &'static str,
    down: &'static str,
    up: &'static str,
    outage: &'static str,
}

const fn case(name: &'static str, down: &'static str, up: &'static str) -> Case {
    Case { name, down, up, outage: "" }
}

const CASES: [Case; 5] = [
    case("600k", "rate=600k,delay=75ms,loss=5%,queue=400ms", "delay=75ms"),
    case("300k", "rate=300k,delay=150ms,loss=10%,queue=400ms", "delay=150ms"),
    case("150k", "rate=150k,delay=300ms,loss=20%,queue=400ms", "delay=300ms"),
    case("64k", "rate=64k,delay=150ms,loss=5%,queue=1s", "delay=150ms"),
    Case {
        outage: ",outage=17s+3s",
        ..case("outage", "rate=600k,delay=75ms,queue=400ms", "delay=75ms")
    },
];

/// A shape that a good line turns into.
fn turned(shape: &str) -> String {
    let word = |it: &str| it.replacen('=', &format!("@{TURNS_S}s="), 1);
    let words = shape.split(',').map(word).collect::<Vec<_>>();
    format!("{GOOD},{}", words.join(","))
}

/// A village behind a line, somebody on a good one, and who speaks; what the listeners had.
fn call(case: &Case, published: Published, up_loses: bool, seed: u64) -> (Vec<Figures>, u64) {
    let lost = if up_loses { case.down.split(',').find(|it| it.starts_with("loss")) } else { None };
    let up = lost.map_or_else(|| case.up.to_owned(), |lost| format!("{},{lost}", case.up));
    let mut world = World::new(seed);
    let (there, near) = (world.link(GOOD, GOOD), world.link(GOOD, GOOD));
    let thin = world.link(&(turned(case.down) + case.outage), &(turned(&up) + case.outage));
    world.join(there, Some(published));
    world.run_until(COMES_S * 1_000_000);
    let (village, town) = (world.join(thin, None), world.join(near, None));
    let figures = measure(&mut world, &[village, town], COUNTED_S);
    (figures, world.trace)
}

#[test]
#[ignore = "a table to look at"]
fn table() {
    println!("{:<22}{HEADING}", "line, seed");
    for case in &CASES {
        for (who, published) in [("stock", Published::stock()), ("ours", Published::ours())] {
            for (back, up_loses) in [("", false), ("both", true)] {
                for seed in 1..=3 {
                    let (figures, _) = call(case, published.clone(), up_loses, seed);
                    println!("{:<7}{who:<6}{back:<5}{seed:<4}{}", case.name, figures[0]);
                }
            }
        }
        println!();
    }
}

#[test]
fn a_voice_alone_on_a_good_line_is_heard_whole() {
    for red in [false, true] {
        let mut world = World::new(3);
        let (there, here) = (world.link(GOOD, GOOD), world.link(GOOD, GOOD));
        world.join(there, Some(Published { layers: vec![], red, ..Published::stock() }));
        let listener = world.join(here, None);
        let figures = measure(&mut world, &[listener], (2, 12));
        let heard = &figures[0];
        assert!(heard.concealed == 0.0 && heard.delay_p95_ms < 200, "{heard}");
        let played: u64 = world.listener(listener).heard().map(|it| it.played).sum();
        assert!((560..=600).contains(&played), "{played}");
    }
}

#[test]
fn on_a_good_line_nothing_is_missing() {
    let mut world = World::new(4);
    let (there, here) = (world.link(GOOD, GOOD), world.link(GOOD, GOOD));
    world.join(there, Some(Published::stock()));
    world.run_until(2_000_000);
    let listener = world.join(here, None);
    let figures = measure(&mut world, &[listener], (12, 32));
    let had = &figures[0];
    println!("{HEADING}\n{had}");
    assert!(had.fps >= 19.9 && had.width == 640 && had.frozen == 0.0, "{had}");
    assert!(had.concealed == 0.0 && had.delay_p95_ms < 200, "{had}");
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let run = |seed| call(&CASES[0], Published::stock(), true, seed);
    let (first, second) = (run(1), run(1));
    assert_eq!(first, second);
    assert_ne!(first.1, run(2).1);
}
