//! The table of estimators: ours, the GCC of webrtc-rs and str0m's in a closed loop on the same simulated links.
//!
//! `estimate [--quick]`; prints Markdown. All is simulated and seeded, so each run prints the same but for the last line.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench may"
)]

#[path = "../../gateway/estimate/tests/table/ours.rs"]
#[allow(dead_code, reason = "the bench needs a part of it")]
mod ours;
#[path = "str0m.rs"]
mod whole_str0m;

use std::time::{Duration, Instant};

use estimate::Start;
use line::closed::{Control, Flow, Rates, Told, Trace, run};
use line::figures::{Figures, jain, percentile, settled};
use line::links::{self, Link};
use ours::Ours;
use rtc_interceptor::{BandwidthEstimator, Gcc, PacketReport};

const MINUTE_US: u64 = 60_000_000;
const SEED: u64 = 7;

/// The GCC of webrtc-rs.
struct WebrtcRs {
    gcc: Gcc,
    began: Instant,
}

impl WebrtcRs {
    /// Begins at 300 kbit/s as browsers do, and may go down to 20 as ours.
    #[expect(clippy::disallowed_methods, reason = "some instant to count simulated time from")]
    fn new() -> Self {
        Self { gcc: Gcc::new(300e3, 20e3, 100e6), began: Instant::now() }
    }

    fn at(&self, us: u64) -> Instant {
        self.began + Duration::from_micros(us)
    }
}

impl Control for WebrtcRs {
    fn sent(&mut self, _now_us: u64, _number: u64, _bytes: u32) {}

    fn feedback(&mut self, now_us: u64, first: u64, told: &[Told]) {
        let reports: Vec<PacketReport> =
            (first..).zip(told).map(|(id, told)| self.report(id, told)).collect();
        let now = self.at(now_us);
        self.gcc.on_reports(now, &reports);
    }

    fn tick(&mut self, now_us: u64) {
        let now = self.at(now_us);
        self.gcc.handle_timeout(now);
    }

    fn rates(&mut self, _now_us: u64) -> Rates {
        let target = self.gcc.target_bitrate();
        Rates { sending: target, estimate: target }
    }
}

impl WebrtcRs {
    #[expect(clippy::cast_possible_truncation, reason = "numbers wrap")]
    fn report(&self, id: u64, told: &Told) -> PacketReport {
        PacketReport {
            ssrc: 1,
            id,
            rtp_sequence_number: id as u16,
            is_twcc: true,
            twcc_sequence_number: id as u16,
            size: told.1 as usize,
            arrived: told.2.is_some(),
            departure: self.at(told.0),
            arrival: told.2.map(Duration::from_micros),
            ecn: Default::default(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Ours,
    Gcc,
}

fn flow(who: Who) -> Flow {
    match who {
        Who::Ours => Flow::greedy(Box::new(Ours::new(Start::Unknown))),
        Who::Gcc => Flow::greedy(Box::new(WebrtcRs::new())),
    }
}

fn play(link: &Link, flows: Vec<Flow>) -> Trace {
    run(&link.down().unwrap(), &link.up(), SEED, flows, MINUTE_US)
}

fn figures(link: &Link, flow: Flow) -> Figures {
    Figures::of(&play(link, vec![flow]), &link.down().unwrap(), 0)
}

fn row(it: Figures) -> String {
    let settled = it.settled_s.map_or_else(|| "never".to_owned(), |it| format!("{it:.1}"));
    let (used, lost) = (100.0 * it.utilisation, 100.0 * it.self_caused);
    format!("{used:.0} | {lost:.1} | {:.0} | {settled}", it.queue_p95_ms)
}

/// The worst of two, figure by figure.
fn worse(a: Figures, b: Figures) -> Figures {
    let settled = |it: Figures| it.settled_s.unwrap_or(f64::MAX);
    Figures {
        utilisation: a.utilisation.min(b.utilisation),
        self_caused: a.self_caused.max(b.self_caused),
        queue_p95_ms: a.queue_p95_ms.max(b.queue_p95_ms),
        settled_s: Some(settled(a).max(settled(b))).filter(|it| *it < f64::MAX),
    }
}

/// What all three make of a link.
fn all(link: &Link) -> [Figures; 3] {
    let whole = whole_str0m::run(link, SEED, MINUTE_US);
    let whole = Figures::of(&whole, &link.down().unwrap(), 0);
    let [ours, gcc] = [Who::Ours, Who::Gcc].map(|it| figures(link, flow(it)));
    [ours, gcc, whole]
}

const FIGURES: &str = "used % | lost by itself % | queue p95 ms | settled s";

/// Each link with all three, then the worst of each rate; how many pass the bars of a constant link.
fn alone(title: &str, links: &[Link]) {
    println!("\n### {title}\n");
    println!("| link | round trip ms | ours: {FIGURES} | GCC: {FIGURES} | str0m: {FIGURES} |");
    println!("|---{}|", "|---".repeat(13));
    let mut missed = [0; 3];
    let mut worst: Vec<(&str, [Figures; 3])> = Vec::new();
    for link in links {
        let three = all(link);
        let rows = three.map(row).join(" | ");
        println!("| {} | {} | {rows} |", link.text, link.round_trip_ms);
        for (missed, it) in missed.iter_mut().zip(three) {
            let full = it.utilisation >= 0.9 && it.self_caused <= 0.02 && it.queue_p95_ms <= 150.0;
            *missed += usize::from(!(full && it.settled_s.is_some_and(|it| it <= 5.0)));
        }
        let rate = link.text.split(',').next().unwrap();
        match worst.last_mut() {
            Some((of, so_far)) if *of == rate => {
                so_far.iter_mut().zip(three).for_each(|(so_far, it)| *so_far = worse(*so_far, it));
            }
            _ => worst.push((rate, three)),
        }
    }
    println!("\n| the worst of | ours: {FIGURES} | GCC: {FIGURES} | str0m: {FIGURES} |");
    println!("|---{}|", "|---".repeat(12));
    for (rate, three) in worst {
        println!("| {rate} | {} |", three.map(row).join(" | "));
    }
    println!(
        "\nBars (used at least 90 %, lost at most 2 %, queue at most 150 ms, settled within 5 s) missed by ours in {} of {}, by GCC in {}, by str0m in {}.",
        missed[0],
        links.len(),
        missed[1],
        missed[2]
    );
}

/// The same links where the client sends receiver reports alone.
fn reported(links: &[Link]) {
    println!("\n### By receiver reports alone, two minutes; the worst of each rate\n");
    println!("| link | once a second: {FIGURES} | once in five seconds: {FIGURES} |");
    println!("|---{}|", "|---".repeat(8));
    let mut worst: Vec<(&str, [Figures; 2])> = Vec::new();
    for link in links {
        let two = [1_000_000, 5_000_000].map(|feedback_us| {
            let control = Box::new(Ours::reported(Start::Unknown, link.round_trip_ms * 500));
            let flow = Flow { feedback_us, ..Flow::greedy(control) };
            let down = link.down().unwrap();
            let trace = run(&down, &link.up(), SEED, vec![flow], 2 * MINUTE_US);
            Figures::of(&trace, &down, 0)
        });
        let rate = link.text.split(',').next().unwrap();
        match worst.last_mut() {
            Some((of, so_far)) if *of == rate => {
                so_far.iter_mut().zip(two).for_each(|(so_far, it)| *so_far = worse(*so_far, it));
            }
            _ => worst.push((rate, two)),
        }
    }
    for (rate, two) in worst {
        println!("| {rate} | {} |", two.map(row).join(" | "));
    }
}

fn known() {
    let mut slowest = (0.0, String::new());
    for link in links::constant() {
        let rate = link.down().unwrap().bits_per_second.unwrap();
        let start = Start::Known { bits_per_second: rate };
        let trace = play(&link, vec![Flow::greedy(Box::new(Ours::new(start)))]);
        let settled_s = settled(&trace.estimates[0], rate as f64).unwrap_or(f64::MAX);
        if settled_s >= slowest.0 {
            slowest = (settled_s, format!("{}, {} ms", link.text, link.round_trip_ms));
        }
    }
    println!(
        "\nWith the rate known from before, the slowest of these links is settled in {:.1} s ({}).",
        slowest.0, slowest.1
    );
}

fn steps() {
    println!("\n### Steps, at 20 s of a minute\n");
    println!(
        "| link | round trip ms | who | within 20 % again s | tenths of seconds with more than 300 ms of queue |"
    );
    println!("|---|---|---|---|---|");
    let rates = [3e6, 1e6, 600e3, 300e3];
    for (link, rate) in links::steps().iter().zip(rates) {
        let of = |who| play(link, vec![flow(who)]);
        let whole = whole_str0m::run(link, SEED, MINUTE_US);
        for (who, trace) in [("ours", of(Who::Ours)), ("GCC", of(Who::Gcc)), ("str0m", whole)] {
            let again = settled(&trace.estimates[0][200..], rate)
                .map_or_else(|| "never".to_owned(), |it| format!("{it:.1}"));
            let tenths = trace.long_waits(20_000_000, 300_000);
            println!("| {} | {} | {who} | {again} | {tenths} |", link.text, link.round_trip_ms);
        }
    }
}

/// Jain's index of what flows get, what each gets, and how long packets wait.
fn share(link: &Link, flows: &[Who], seed: u64) -> (f64, Vec<f64>, f64) {
    let begun = (0..)
        .zip(flows)
        .map(|(place, who)| Flow { begins_us: place * 5_000_000 + seed * 37_000, ..flow(*who) });
    let trace = run(&link.down().unwrap(), &link.up(), seed, begun.collect(), MINUTE_US);
    let from_s = 5 * (flows.len() as u64 - 1) + 20;
    let shares: Vec<f64> = (0..flows.len()).map(|it| trace.got(it, from_s, from_s + 10)).collect();
    let waits = trace.passed.iter().filter(|it| it.at_us >= from_s * 1_000_000);
    let queue_ms = percentile(waits.map(|it| it.waited_us).collect(), 95);
    (jain(&shares), shares, queue_ms)
}

fn sharing() {
    println!(
        "\n### Sharing: 20 to 30 s after the last has come, each 5 s after the one before; the middle of five runs that begin at other moments\n"
    );
    println!("| link | round trip ms | flows | kbit/s | Jain | queue p95 ms |");
    println!("|---|---|---|---|---|---|");
    use Who::{Gcc, Ours};
    for (text, trip_ms, flows) in [
        ("rate=2M,queue=300ms", 60, vec![Ours, Ours]),
        ("rate=2M,queue=300ms", 60, vec![Gcc, Gcc]),
        ("rate=2M,queue=1s", 60, vec![Ours, Ours]),
        ("rate=2M,queue=1s", 60, vec![Gcc, Gcc]),
        ("rate=1M,queue=1s", 300, vec![Ours, Ours]),
        ("rate=1M,queue=1s", 600, vec![Ours, Ours]),
        ("rate=300k,queue=400ms", 60, vec![Ours, Ours]),
        ("rate=2M,queue=8p", 60, vec![Ours, Ours]),
        ("rate=2M,queue=300ms", 60, vec![Ours; 4]),
        ("rate=1M,queue=1s", 60, vec![Ours; 4]),
        ("rate=2M,queue=300ms", 60, vec![Gcc; 4]),
        ("rate=2M,queue=1s", 60, vec![Ours, Gcc]),
        ("rate=2M,queue=1s", 60, vec![Gcc, Ours]),
        ("rate=2M,queue=300ms", 60, vec![Ours, Gcc]),
        ("rate=600k,queue=1s", 60, vec![Ours, Gcc]),
        ("rate=600k,queue=1s", 60, vec![Gcc, Ours]),
    ] {
        let link = Link::new(text, trip_ms);
        let mut runs: Vec<(f64, Vec<f64>, f64)> =
            (1..=5).map(|seed| share(&link, &flows, seed)).collect();
        runs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (jain, shares, queue_ms) = &runs[2];
        let names: Vec<String> = flows.iter().map(|it| format!("{it:?}")).collect();
        let kbits: Vec<String> = shares.iter().map(|it| format!("{:.0}", it / 1e3)).collect();
        println!(
            "| {text} | {trip_ms} | {} | {} | {:.2} (worst {:.2}) | {queue_ms:.0} |",
            names.join(", "),
            kbits.join(", "),
            jain,
            runs[0].0,
        );
    }
}

fn downloads() {
    println!("\n### Beside one download by TCP (CUBIC), 30 to 60 s\n");
    println!("| link | round trip ms | ours, of the fair share % | GCC, of the fair share % |");
    println!("|---|---|---|---|");
    for (text, trip_ms, begins_us, fair) in [
        ("rate=2M,queue=1s,cross=tcp@10s", 60, 0, 1e6),
        ("rate=2M,queue=300ms,cross=tcp@10s", 60, 0, 1e6),
        ("rate=600k,queue=1s,cross=tcp@10s", 60, 0, 3e5),
        ("rate=1M,queue=1s,cross=tcp@10s", 300, 0, 5e5),
        ("rate=2M,queue=1s,cross=tcp", 60, 10_000_000, 1e6),
    ] {
        let part = |who| {
            let trace = play(&Link::new(text, trip_ms), vec![Flow { begins_us, ..flow(who) }]);
            100.0 * trace.got(0, 30, 60) / fair
        };
        let later = if begins_us > 0 { " (ours from 10 s on)" } else { "" };
        println!("| {text}{later} | {trip_ms} | {:.0} | {:.0} |", part(Who::Ours), part(Who::Gcc));
    }
}

#[expect(clippy::disallowed_methods, reason = "how fast the simulation is, is measured")]
fn speed() {
    let began = Instant::now();
    let links = links::constant();
    for link in &links {
        play(link, vec![flow(Who::Ours)]);
    }
    let simulated = links.len() as f64 * 60.0;
    println!(
        "\n{:.0} simulated seconds a second, our estimator included.",
        simulated / began.elapsed().as_secs_f64()
    );
}

fn main() {
    let mut constant = links::constant();
    if std::env::args().any(|it| it == "--quick") {
        constant.retain(|it| it.round_trip_ms == 300);
    }
    alone("Links that stay as they are", &constant);
    known();
    reported(&constant);
    alone("Short queues, long queues, policers", &links::queues());
    steps();
    sharing();
    downloads();
    speed();
}
