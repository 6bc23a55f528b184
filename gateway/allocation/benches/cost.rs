//! What one round takes: 20 listeners of 50 tracks behind one line, each track of nine parts.
//! `cargo bench -p allocation`.

#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

use std::time::Instant;

use allocation::{Allocator, Budget, Part, Purpose, Wish};
use media::{ListenerId, Ms, Target, TrackId};

const LISTENERS: u32 = 20;
const TRACKS: u32 = 50;
const ROUNDS: u64 = 500;

fn parts(track: u32) -> Vec<Part> {
    let all = (0..9_u8).map(|place| Target { spatial: place / 3, temporal: place % 3 });
    let rate = |target: Target| {
        let kbit = 40 + 30 * u64::from(target.temporal) + 200 * u64::from(target.spatial);
        kbit * 1_000 + u64::from(track)
    };
    all.map(|target| Part { target, bits_per_second: rate(target), silent: false }).collect()
}

fn purpose(track: u32) -> Purpose {
    match track {
        0 => Purpose::Screen,
        1 => Purpose::Speaker,
        2..20 => Purpose::Sound,
        _ => Purpose::Picture,
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn main() {
    let tracks: Vec<Vec<Part>> = (0..TRACKS).map(parts).collect();
    let wish = |listener: u32, track: u32| Wish {
        listener: ListenerId(listener),
        track: TrackId(track),
        purpose: purpose(track),
        priority: 0,
        parts: tracks.get(track as usize).map(Vec::as_slice).unwrap_or_default(),
        top: Some(Target::ALL),
    };
    let wishes: Vec<Wish<'_>> = (0..LISTENERS)
        .flat_map(|listener| (0..TRACKS).map(move |track| (listener, track)))
        .map(|(listener, track)| wish(listener, track))
        .collect();
    let (mut allocator, mut grants) = (Allocator::new(), Vec::new());
    let mut took: Vec<u128> = (0..ROUNDS)
        .map(|round| {
            let bits_per_second = 60_000_000 + round % 7 * 5_000_000;
            let budget = Budget {
                bits_per_second,
                repair_bits_per_second: 0,
                settled: true,
                rising: false,
                away: false,
            };
            grants.clear();
            let start = Instant::now();
            allocator.allocate(Ms(round * 100), budget, &wishes, &mut grants);
            start.elapsed().as_micros()
        })
        .collect();
    took.sort_unstable();
    let at = |hundredths: usize| took.get(took.len() * hundredths / 100).copied().unwrap_or(0);
    let subscriptions = wishes.len();
    println!("a round of {subscriptions} subscriptions: p50 {} us, p95 {} us", at(50), at(95));
}
