//! What the estimator reaches on lines of all kinds, in a closed loop in virtual time. `SHOW=1` prints the table.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a test may"
)]

#[path = "table/ours.rs"]
mod ours;

use estimate::Start;
use line::closed::{Flow, run};
use line::figures::Figures;
use ours::Ours;

const RATES: [&str; 5] = ["50k", "150k", "300k", "1M", "3M"];

#[test]
fn lines_that_stay_as_they_are_are_full_and_lose_little_to_it() {
    for rate in RATES {
        for trip_ms in [60, 300, 600] {
            for loss in [0, 1, 5, 10, 20] {
                let shape = format!("rate={rate},loss={loss}%,delay={}ms,queue=400ms", trip_ms / 2);
                let figures = alone(&shape, trip_ms, Start::Unknown);
                assert!(figures.utilisation > 0.9, "{shape}: {figures}");
                assert!(figures.self_caused < 0.02, "{shape}: {figures}");
            }
        }
    }
}

/// One greedy flow for a minute.
fn alone(shape: &str, trip_ms: u64, start: Start) -> Figures {
    let up = format!("delay={}ms", trip_ms / 2).parse().unwrap();
    let down = shape.parse().unwrap();
    let trace = run(&down, &up, 7, vec![Flow::greedy(Box::new(Ours::new(start)))], 60_000_000);
    let figures = Figures::of(&trace, &down, 0);
    if std::env::var_os("SHOW").is_some() {
        println!("{shape:60} {figures}");
    }
    figures
}
