//! What strangers throw at the media port.
#![allow(
    missing_docs,
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test fails by panic; its names are its documentation; it lives in real time; it uses only a part of the house"
)]

mod again;
mod hostile;
#[path = "../signalling/house.rs"]
mod house;
#[path = "../signalling/line.rs"]
mod line;

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use hostile::Hostile;
use house::{Form, House, token, until, value};
use line::Line;

const DATAGRAMS: u64 = 100_000;
const PORTS: usize = 200;
/// So many are on their way at a time: what the kernel has no room for would prove nothing.
const AHEAD: u64 = 200;

/// Bytes that this process has in memory.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    4_096 * text.split(' ').nth(1).unwrap().parse::<u64>().unwrap()
}

/// Milliseconds of processor time that the media thread has taken.
fn shard_ms() -> u64 {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let stats =
        threads.filter_map(|it| std::fs::read_to_string(it.unwrap().path().join("stat")).ok());
    let own = stats.filter(|it| it.contains("(shard-0)"));
    let ticks = |stat: String| -> u64 {
        let fields = stat.rsplit(')').next().unwrap().split_ascii_whitespace().skip(11).take(2);
        fields.map(|it| it.parse::<u64>().unwrap()).sum()
    };
    10 * own.map(ticks).sum::<u64>()
}

fn dropped(house: &House) -> u64 {
    let text = house.gateway.metrics();
    let all = text.lines().filter(|line| line.starts_with("gateway_dropped_total"));
    all.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

fn sockets(house: &House) -> Vec<UdpSocket> {
    let connected = |_| {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(("127.0.0.1", house.gateway.media_port())).unwrap();
        socket
    };
    (0..PORTS).map(connected).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_hostile_datagrams_are_counted_and_disturb_nobody() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let mut listener = house.enter("ward", "listener").await;
    let mut ear = Line::listen(&house, &mut listener).await;
    // Somebody whose credentials are known and whose path never stands.
    let mut waits = house.enter("ward", "waits").await;
    let known = value(&waits.offer().await.sdp, "ice-ufrag").to_owned();
    let sockets = sockets(&house);
    let mut hostile = Hostile::new(0x5eed, &known);
    let before = (resident(), dropped(&house), house.metric("gateway_datagrams_total"));
    let (begun, busy) = (Instant::now(), shard_ms());
    let (mut words, mut slowest) = (0u32, Duration::ZERO);
    for number in 0..DATAGRAMS {
        let datagram = hostile.next();
        let socket = &sockets[number as usize % PORTS];
        socket.send(&datagram).unwrap();
        if number % AHEAD == 0 {
            let sent = before.2 + number;
            until("they are taken", || house.metric("gateway_datagrams_total") >= sent).await;
        }
        if number % 5_000 == 0 {
            words += 1;
            voice.send(format!("word {words}").as_bytes()).await;
            assert_eq!(ear.hear().await, [format!("word {words}").as_bytes()]);
            let asked = Instant::now();
            listener.settle().await;
            slowest = slowest.max(asked.elapsed());
        }
    }
    until("all are counted", || dropped(&house) >= before.1 + DATAGRAMS).await;
    let (took, busy) = (begun.elapsed(), shard_ms() - busy);
    let counted = dropped(&house) - before.1;
    for reason in ["stranger", "stun_refused"] {
        assert!(house.dropped(reason) > DATAGRAMS / 20, "{}", house.gateway.metrics());
    }
    let grown = resident().saturating_sub(before.0);
    assert!(grown < 32 << 20, "{} KiB", grown >> 10);
    waits.settle().await;
    speaker.settle().await;
    house.gateway.ready().unwrap();
    eprintln!(
        "{DATAGRAMS} datagrams in {took:?}, sender and call included, {busy} ms of them in the media thread; \
         slowest answer {slowest:?}; \
         memory grew by {} KiB; {counted} counted",
        grown >> 10
    );
}

/// What is said from an address that belongs to a client is refused by its peer, and counted.
#[tokio::test]
async fn garbage_under_a_clients_own_address_is_counted_and_its_media_goes_on() {
    let house = House::start().await;
    let (mut speaker, _) = house.join(Form::Json, &token("ward", "speaker")).await;
    let mut voice = Line::speak(&house, &mut speaker).await;
    let mut listener = house.enter("ward", "listener").await;
    let mut ear = Line::listen(&house, &mut listener).await;
    voice.send(b"before").await;
    assert_eq!(ear.hear().await, [b"before"]);
    let begun = house.metric("gateway_datagrams_total");
    let mut hostile = Hostile::new(0xbad, "nobody");
    let mut sent = 0;
    for number in 1..=2_000 {
        sent += u64::from(voice.raw(&hostile.next()).await);
        if number % 100 == 0 {
            until("they are taken", || house.metric("gateway_datagrams_total") >= begun + sent)
                .await;
        }
    }
    assert!(house.dropped("peer_refused") > 500, "{}", house.gateway.metrics());
    voice.send(b"after").await;
    assert_eq!(ear.hear().await, [b"after"]);
    speaker.settle().await;
}
