//! The machine's own floor: seals AES-128-GCM in place and sends by UDP, in the bursts, sizes and destinations that the
//! plan on standard input names, and prints what its thread spent on that alone. No server can be cheaper.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measuring program: it stops at the first fault, reads the clock and prints"
)]

use std::io::Read as _;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use quinn_udp::{Transmit, UdpSockRef, UdpSocketState};
use rustix::time::{ClockId, clock_gettime};

/// Frames and sounds in a second.
const FPS: u32 = 25;
const SOUNDS: u32 = 50;
const HEADER: usize = 12;
const TAG: usize = 16;

/// Packets that leave together for each of some listeners.
struct Burst {
    /// From the beginning of the period that it belongs to.
    at: Duration,
    every: Duration,
    /// Bytes of each packet before sealing, header included.
    sizes: Vec<usize>,
    to: Vec<SocketAddr>,
}

struct Plan {
    bursts: Vec<Burst>,
    from: String,
    segmented: bool,
    span: Duration,
}

fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let plan = read(&serde_json::from_str(&text).unwrap());
    let mut sender = Sender::new(&plan);
    // The first tenth warms caches and branch predictors.
    sender.run(&plan, plan.span / 10);
    let warming = std::mem::take(&mut sender.packets);
    sender.spent = Duration::ZERO;
    let began = Instant::now();
    sender.run(&plan, plan.span);
    println!(
        "{}",
        serde_json::json!({
            "Warming": warming, "Packets": sender.packets, "CpuNs": sender.spent.as_nanos() as u64, "Secs": began.elapsed().as_secs_f64(),
        })
    );
}

fn read(plan: &serde_json::Value) -> Plan {
    let number = |it: &serde_json::Value| it.as_u64().unwrap() as usize;
    let sources = plan["sources"].as_array().unwrap();
    let mut bursts = Vec::new();
    for (place, source) in (0..).zip(sources) {
        // Sources are not in step.
        let shift = |period: Duration| period * place / sources.len() as u32;
        let to: Vec<SocketAddr> = source["to"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap().parse().unwrap())
            .collect();
        let frame: Vec<usize> =
            source["video"].as_array().into_iter().flatten().map(number).collect();
        let (size, every) = (number(&plan["burst"]), Duration::from_secs(1) / FPS);
        let gap = Duration::from_micros(plan["gap_us"].as_u64().unwrap());
        for (index, sizes) in (0..).zip(frame.chunks(size)) {
            let at = shift(every) + gap * (index * size as u32);
            bursts.push(Burst { at, every, sizes: sizes.to_vec(), to: to.clone() });
        }
        let (audio, every) = (number(&source["audio"]), Duration::from_secs(1) / SOUNDS);
        if audio > 0 {
            bursts.push(Burst { at: shift(every), every, sizes: vec![audio], to });
        }
    }
    Plan {
        bursts,
        from: plan["from"].as_str().unwrap().to_owned(),
        segmented: plan["segmented"].as_bool().unwrap(),
        span: Duration::from_secs_f64(plan["secs"].as_f64().unwrap()),
    }
}

struct Sender {
    socket: UdpSocket,
    state: UdpSocketState,
    key: LessSafeKey,
    counter: u64,
    arena: Vec<u8>,
    packets: u64,
    spent: Duration,
}

impl Sender {
    fn new(plan: &Plan) -> Self {
        let socket = UdpSocket::bind((plan.from.as_str(), 0)).unwrap();
        let state = UdpSocketState::new(UdpSockRef::from(&socket)).unwrap();
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &[7; 16]).unwrap());
        Self {
            socket,
            state,
            key,
            counter: 0,
            arena: vec![0x80; 64 << 10],
            packets: 0,
            spent: Duration::ZERO,
        }
    }

    /// Sends what falls due in `span`, each burst at its time.
    fn run(&mut self, plan: &Plan, span: Duration) {
        let began = Instant::now();
        let mut due: Vec<Duration> = plan.bursts.iter().map(|it| it.at).collect();
        loop {
            let (next, at) = due.iter().copied().enumerate().min_by_key(|(_, at)| *at).unwrap();
            if at >= span {
                return;
            }
            due[next] = at + plan.bursts[next].every;
            std::thread::sleep(at.saturating_sub(began.elapsed()));
            let before = spent();
            self.burst(&plan.bursts[next], plan.segmented);
            self.spent += spent() - before;
        }
    }

    fn burst(&mut self, burst: &Burst, segmented: bool) {
        for &to in &burst.to {
            let mut end = 0;
            for &size in &burst.sizes {
                self.seal(end, size);
                end += size + TAG;
            }
            let first = burst.sizes[0] + TAG;
            match segmented && burst.sizes.len() > 1 {
                true => self.send(to, 0..end, Some(first)),
                false => (0..end)
                    .step_by(first)
                    .for_each(|at| self.send(to, at..end.min(at + first), None)),
            }
            self.packets += burst.sizes.len() as u64;
        }
    }

    fn seal(&mut self, start: usize, size: usize) {
        let packet = &mut self.arena[start..start + size + TAG];
        let (header, rest) = packet.split_at_mut(HEADER);
        let (payload, place) = rest.split_at_mut(size - HEADER);
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&self.counter.to_be_bytes());
        self.counter += 1;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::from(&*header), payload).unwrap();
        place.copy_from_slice(tag.as_ref());
    }

    fn send(
        &self,
        destination: SocketAddr,
        part: std::ops::Range<usize>,
        segment_size: Option<usize>,
    ) {
        let contents = &self.arena[part];
        let transmit = Transmit { destination, ecn: None, contents, segment_size, src_ip: None };
        self.state
            .try_send(UdpSockRef::from(&self.socket), &transmit)
            .expect("the system takes the burst");
    }
}

/// CPU time of this thread.
fn spent() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
