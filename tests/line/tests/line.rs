//! What a line does to what is sent, seen from outside.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a test may panic"
)]

use line::{Arrival, CROSS_FLOW, Line, Shape};
use proptest::prelude::*;

const FLOW: u32 = 1;

fn line(shape: &str) -> Line<u64> {
    Line::new(shape.parse().unwrap(), 7)
}

/// Sends `count` packets of 1200 bytes, one each `gap_us`, and takes whatever comes until nothing is on the way.
fn play(line: &mut Line<u64>, count: u64, gap_us: u64) -> Vec<Arrival<u64>> {
    let mut arrivals = Vec::new();
    for number in 0..count {
        let now_us = number * gap_us;
        arrivals.extend(std::iter::from_fn(|| line.take(now_us)));
        line.send(now_us, FLOW, 1200, number);
    }
    while let Some(at_us) = line.next_us() {
        arrivals.extend(std::iter::from_fn(|| line.take(at_us)));
    }
    arrivals
}

fn numbers(arrivals: &[Arrival<u64>]) -> Vec<u64> {
    arrivals.iter().map(|it| it.payload).collect()
}

#[test]
fn packets_take_their_time_of_the_server_and_fly() {
    let arrivals = play(&mut line("rate=600k,delay=75ms"), 100, 1_000);
    assert_eq!(numbers(&arrivals), (0..100).collect::<Vec<_>>());
    let last = arrivals.last().unwrap();
    assert_eq!(last.at_us, 100 * 16_000 + 75_000);
    assert_eq!(last.queued_us, 100 * 16_000 - 99_000);
}

#[test]
fn a_line_without_a_rate_only_flies() {
    let arrivals = play(&mut line("delay=75ms"), 3, 0);
    assert!(arrivals.iter().all(|it| it.at_us == 75_000 && it.queued_us == 0));
}

#[test]
fn a_queue_is_full_by_packets_by_bytes_and_by_time() {
    for (queue, taken) in [("8p", 8), ("6kB", 5), ("160ms", 11), ("1p", 1), ("0ms", 1)] {
        let mut line = line(&format!("rate=600k,queue={queue}"));
        let arrivals = play(&mut line, 20, 0);
        assert_eq!(arrivals.len(), taken, "{queue}");
        assert_eq!(line.counts(FLOW).queue, 20 - taken as u64, "{queue}");
        assert_eq!(line.counts(FLOW).self_caused(), 20 - taken as u64, "{queue}");
    }
}

#[test]
fn chance_loses_its_part_behind_the_queue() {
    let mut line = line("rate=600k,loss=5%");
    let arrivals = play(&mut line, 20_000, 16_000);
    let lost = line.counts(FLOW).random;
    assert!((900..1100).contains(&lost), "{lost}");
    assert_eq!(arrivals.len() as u64 + lost, 20_000);
    assert_eq!(arrivals.last().unwrap().at_us, 20_000 * 16_000, "what is lost took its time");
}

#[test]
fn losses_of_a_burst_come_together() {
    let mut line = line("burst=1%/20%/100%");
    let arrivals = numbers(&play(&mut line, 50_000, 1_000));
    let gaps: Vec<u64> =
        arrivals.windows(2).map(|it| it[1] - it[0] - 1).filter(|it| *it > 0).collect();
    let mean = gaps.iter().sum::<u64>() / gaps.len() as u64;
    assert!((4..=6).contains(&mean), "five in a row, not {mean}");
    let lost = line.counts(FLOW).random;
    assert!((1_900..2_900).contains(&lost), "1 in 21, not {lost} of 50000");
}

#[test]
fn a_policer_lets_its_rate_through_and_delays_nothing() {
    let mut line = line("policer=300k/12kB");
    let arrivals = play(&mut line, 1_000, 16_000);
    let passed = arrivals.len() as u64;
    assert!((500..=520).contains(&passed), "{passed}");
    assert_eq!(line.counts(FLOW).policer, 1_000 - passed);
    assert!(arrivals.iter().all(|it| it.at_us == it.sent_us));
}

#[test]
fn a_cut_loses_and_a_stall_holds() {
    let mut cut = line("rate=600k,outage=1s+3s");
    let arrivals = play(&mut cut, 500, 16_000);
    assert_eq!(cut.counts(FLOW).outage, 500 - arrivals.len() as u64);
    assert!(arrivals.iter().all(|it| it.at_us < 1_000_000 || it.at_us >= 4_000_000));
    let mut stall = line("rate=600k,stall=1s+3s");
    let arrivals = play(&mut stall, 500, 16_000);
    assert_eq!(arrivals.len(), 500);
    assert!(arrivals.iter().all(|it| it.at_us <= 1_008_000 || it.at_us > 4_000_000));
}

#[test]
fn a_line_changes_when_its_shape_says_so() {
    let mut line = line("rate=0,rate@1s=1.2M,delay@1s=50ms,rate@2s=none");
    let arrivals = play(&mut line, 1, 0);
    assert_eq!(arrivals[0].at_us, 1_058_000, "a line that carried nothing goes on");
    line.send(3_000_000, FLOW, 1200, 0);
    assert_eq!(line.take(3_050_000).map(|it| it.queued_us), Some(0));
}

#[test]
fn jitter_keeps_the_order_and_reordering_does_not() {
    let arrivals = numbers(&play(&mut line("delay=75ms,jitter=30ms"), 1_000, 1_000));
    assert!(arrivals.is_sorted());
    let arrivals = numbers(&play(&mut line("delay=75ms,reorder=5%"), 1_000, 1_000));
    let overtaken = arrivals.windows(2).filter(|it| it[1] < it[0]).count();
    assert!((30..80).contains(&overtaken), "{overtaken}");
    assert_eq!(arrivals.len(), 1_000);
}

#[test]
fn copies_are_counted_as_such() {
    let mut line = line("dup=10%");
    let arrivals = play(&mut line, 1_000, 1_000);
    let counts = line.counts(FLOW);
    assert_eq!(counts.delivered, 1_000);
    assert_eq!(arrivals.len() as u64, 1_000 + counts.duplicated);
    assert!((70..130).contains(&counts.duplicated));
}

#[test]
fn a_download_fills_the_line_and_its_queue() {
    let mut line = line("rate=1M,delay=30ms,queue=500ms,cross=tcp@1s+59s");
    assert!(line.take(900_000).is_none());
    assert_eq!(line.backlog_us(), 0);
    let mut backlog_us = 0;
    for second in 1..60 {
        line.take(second * 1_000_000);
        backlog_us += line.backlog_us() / 59;
    }
    let carried = line.counts(CROSS_FLOW).delivered_bytes * 8;
    assert!(carried > 57_000_000, "{carried} of 59 million bits");
    assert!((150_000..500_000).contains(&backlog_us), "{backlog_us}");
    line.take(70_000_000);
    assert_eq!(line.backlog_us(), 0, "it has ended");
    assert_eq!(line.next_us(), None);
}

#[test]
fn downloads_share_and_a_steady_stream_keeps_what_it_sends() {
    let mut line = line("rate=2M,delay=30ms,queue=300ms,cross=tcp,cross=tcp@5s,cross=200k");
    line.take(120_000_000);
    let [first, second, steady] =
        [0, 1, 2].map(|it| line.counts(CROSS_FLOW + it).delivered_bytes as f64);
    assert!((0.5..2.0).contains(&(first / second)), "{first} {second}");
    assert!(steady * 8.0 / 120.0 > 150_000.0, "{steady}");
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let shape = "rate=600k,queue=300ms,jitter=20ms,loss=3%,burst=1%/30%/80%,reorder=1%,dup=1%,\
                 policer=500k/20kB,stall=3s+1s,cross=tcp,cross=100k,rate@5s=300k";
    let trace = |seed| {
        let mut line = Line::new(shape.parse().unwrap(), seed);
        for number in 0..2_000 {
            line.send(number * 10_000, FLOW, 1200, number);
        }
        let counts = line.counts(FLOW);
        (std::iter::from_fn(|| line.take(30_000_000)).collect::<Vec<_>>(), counts)
    };
    assert_eq!(trace(7), trace(7));
    assert_ne!(trace(7), trace(8));
}

#[test]
fn a_shape_says_what_is_wrong_with_it() {
    for (text, word, wants) in [
        ("rate=600k,delay", "delay", "name=value"),
        ("rate=fast", "rate=fast", "600k"),
        ("loss=5", "loss=5", "5%"),
        ("loss=101%", "loss=101%", "5%"),
        ("burst=1%/2%", "burst=1%/2%", "three"),
        ("outage=20s", "outage=20s", "20s+3s"),
        ("speed=3", "speed=3", "rate, queue"),
        ("outage@3s=1s+1s", "outage@3s", "rate"),
        ("delay=-1s", "delay=-1s", "75ms"),
        ("rate=NaN", "rate=NaN", "600k"),
    ] {
        let error = text.parse::<Shape>().unwrap_err().to_string();
        assert!(error.contains(word) && error.contains(wants), "{text}: {error}");
    }
    assert_eq!("".parse::<Shape>().unwrap(), Shape::default());
}

proptest! {
    #[test]
    fn any_text_is_a_shape_or_an_error(text in "[a-z0-9=,@/+%.kMsupB-]{0,40}") {
        let _ = text.parse::<Shape>();
    }

    /// Nothing is lost but by a cause, and nothing comes before it was sent.
    #[test]
    fn each_packet_arrives_or_is_lost_once(
        seed: u64,
        shape in proptest::sample::subsequence(vec![
            "queue=100ms", "queue=5p", "loss=10%", "burst=5%/30%/70%", "jitter=30ms", "reorder=5%",
            "dup=5%", "policer=200k/5kB", "outage=1s+1s", "stall=2s+500ms", "delay=40ms", "cross=tcp@0s+4s",
            "rate@1s=50k", "delay@2s=10ms",
        ], 0..15),
        gap_us in 0_u64..30_000,
    ) {
        let mut line = Line::new(format!("rate=300k,{}", shape.join(",")).parse().unwrap(), seed);
        let arrivals = play(&mut line, 200, gap_us);
        let counts = line.counts(FLOW);
        let lost = counts.random + counts.outage + counts.self_caused();
        prop_assert_eq!(counts.sent, 200);
        prop_assert_eq!(counts.delivered + lost, 200);
        prop_assert_eq!(arrivals.len() as u64, counts.delivered + counts.duplicated);
        prop_assert!(arrivals.iter().all(|it| it.at_us >= it.sent_us + it.queued_us));
        prop_assert!(arrivals.is_sorted_by_key(|it| it.at_us));
    }
}
