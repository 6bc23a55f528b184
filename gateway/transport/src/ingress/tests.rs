//! An uplink that loses, in told time: what is asked for again, how often, and what comes.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::*;
use crate::rtp::{nacked, rtcp_packets};
use crate::sdp::CodecKind;

const STREAM: u32 = 500;
const AGAIN: u32 = 501;
/// Packets of the stream, one in 10 ms.
const PACKETS: u64 = 3_000;

/// What is on the line or done at a time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Sent(u64),
    /// A packet reaches the gateway: original number, and whether it comes again.
    Comes(u64, bool),
    /// A NACK reaches the client.
    Asked(u16),
    Tick,
}

struct Line {
    now_ms: u64,
    events: BinaryHeap<Reverse<(u64, Event)>>,
    random: u64,
    one_way_ms: u64,
    /// Of a hundred, either way.
    loss: u64,
    jitter_ms: u64,
}

impl Line {
    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }

    fn carry(&mut self, event: Event) {
        if self.random(100) >= self.loss {
            let late = self.random(self.jitter_ms + 1);
            self.events.push(Reverse((self.now_ms + self.one_way_ms + late, event)));
        }
    }
}

#[test]
fn of_every_fifth_packet_that_a_satellite_line_loses_nearly_all_come_in_the_end() {
    for (round_trip_ms, never_most) in [(60, 0.01), (600, 0.07), (900, 0.15)] {
        for seed in [0x9e37_79b9_7f4a_7c15, 0x2545_f491_4f6c_dd1d, 0x1234_5678_9abc_def1] {
            let it = uplink(round_trip_ms, 20, seed);
            let never = (PACKETS as usize - it.came) as f64 / it.lost_at_first as f64;
            assert!(it.lost_at_first > 500 && never <= never_most, "{round_trip_ms} ms: {never}");
            let asked = it.asked as f64 / it.lost_at_first as f64;
            assert!(asked <= 2.2, "{round_trip_ms} ms: {asked}");
        }
    }
}

impl Line {
    /// Takes what the gateway says to the client, and answers how many packets it asks for.
    fn hand_back(&mut self, reports: &[Vec<u8>]) -> u64 {
        let nacks = reports.iter().flat_map(|it| rtcp_packets(it));
        let mut asked = 0;
        for (_, _, body) in nacks.filter(|it| (it.0, it.1) == (1, 205)) {
            asked += nacked(body).count() as u64;
            // A NACK is lost as a whole.
            if self.random(100) >= self.loss {
                let at = self.now_ms + self.one_way_ms;
                self.events.extend(nacked(body).map(|seq| Reverse((at, Event::Asked(seq)))));
            }
        }
        asked
    }
}

fn packet(ssrc: u32, seq: u16, pt: u8, payload: &[u8]) -> Vec<u8> {
    let mut p = vec![0x80, pt];
    p.extend_from_slice(&seq.to_be_bytes());
    p.extend_from_slice(&(u32::from(seq) * 900).to_be_bytes());
    p.extend_from_slice(&ssrc.to_be_bytes());
    p.extend_from_slice(payload);
    p
}

struct Outcome {
    came: usize,
    lost_at_first: u64,
    asked: u64,
    duplicates: u64,
}

fn uplink(round_trip_ms: u64, loss: u64, seed: u64) -> Outcome {
    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to count from")]
    let start = Instant::now();
    let mut ingress = Ingress::default();
    let track = ingress.add("0", Kind::Video, &[Codec::offered(CodecKind::Vp8)], &[], &[]).unwrap();
    ingress.announce(track, &[Ssrcs { ssrc: STREAM, rtx: Some(AGAIN) }]);
    // Less than the distance of two packets: nothing is overtaken.
    let (one_way_ms, jitter_ms) = (round_trip_ms / 2, 8);
    let events = (0..PACKETS).map(|n| Reverse((n * 10, Event::Sent(n)))).collect();
    let mut line = Line { now_ms: 0, events, random: seed, one_way_ms, loss, jitter_ms };
    line.events.push(Reverse((0, Event::Tick)));
    let (mut came, mut again, mut asked, mut first) = (BTreeSet::new(), 0u16, 0, BTreeSet::new());
    while let Some(Reverse((at, event))) = line.events.pop() {
        line.now_ms = at;
        let now = start + Duration::from_millis(at);
        match event {
            Event::Sent(n) => line.carry(Event::Comes(n, false)),
            Event::Asked(seq) => {
                let n = (0..PACKETS).find(|n| (*n + 60_000) as u16 == seq).unwrap();
                line.carry(Event::Comes(n, true));
            }
            Event::Comes(n, repaired) => {
                let seq = (n + 60_000) as u16;
                let plain = match repaired {
                    false => packet(STREAM, seq, 96, b"abc"),
                    true => packet(AGAIN, again, 97, &seq.to_be_bytes()),
                };
                again = again.wrapping_add(u16::from(repaired));
                let header = Header::parse(&plain).unwrap();
                came.extend(ingress.rtp(now, &header, &plain).map(|it| it.seq));
                first.extend((!repaired).then_some(n));
            }
            Event::Tick => {
                let mut out = vec![];
                ingress.handle_timeout(now, &mut out);
                asked += line.hand_back(&out);
                assert!(ingress.table_sizes().1 <= layer::MAX_MISSING);
                if at < PACKETS * 10 + 4_000 {
                    line.events.push(Reverse((at + 5, Event::Tick)));
                }
            }
        }
    }
    let lost_at_first = PACKETS - first.len() as u64;
    Outcome { came: came.len(), lost_at_first, asked, duplicates: ingress.counters().duplicates }
}

#[test]
fn what_an_uplink_loses_is_repaired_up_to_a_round_trip_of_900_ms() {
    for round_trip_ms in [60, 300, 600, 900] {
        for seed in [0x9e37_79b9_7f4a_7c15, 0x2545_f491_4f6c_dd1d] {
            let it = uplink(round_trip_ms, 8, seed);
            let never = PACKETS as usize - it.came;
            let told = format!(
                "{round_trip_ms} ms: {} lost at first, {never} never came, {} asked, {} twice",
                it.lost_at_first, it.asked, it.duplicates
            );
            assert!(it.lost_at_first > 150, "{told}");
            // Three requests in three seconds, of which each is answered in five of six cases.
            assert!(never as f64 <= 0.03 * it.lost_at_first as f64, "{told}");
            assert!(it.asked as f64 <= 1.6 * it.lost_at_first as f64, "{told}");
            assert!(it.duplicates as f64 <= 0.15 * it.lost_at_first as f64, "{told}");
        }
    }
}
