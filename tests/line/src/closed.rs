//! A closed loop in virtual time: senders that are told how fast to send, receivers that tell what came, and the lines
//! between them.

use crate::{Line, Shape};

/// How often what is decided is noted.
const NOTE_US: u64 = 100_000;
/// How often a sender is told that time passes.
const TICK_US: u64 = 50_000;

/// What became of one packet: when it was sent, its bytes, and when it came, by the receiver's clock.
pub type Told = (u64, u32, Option<u64>);

/// Whatever says how fast to send.
pub trait Control {
    /// A packet leaves.
    fn sent(&mut self, now_us: u64, number: u64, bytes: u32);
    /// Feedback comes: packets by their number, in the order of sending.
    fn feedback(&mut self, now_us: u64, first: u64, told: &[Told]);
    /// Time passes.
    fn tick(&mut self, now_us: u64);
    /// Bits a second that packets leave at now, and what it would tell an application.
    fn rates(&mut self, now_us: u64) -> Rates;
}

/// How fast to send, in bits a second.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// What is sent.
    pub sending: f64,
    /// The estimate.
    pub estimate: f64,
}

/// A sender and its receiver.
pub struct Flow {
    /// Decides.
    pub control: Box<dyn Control>,
    /// When it begins to send.
    pub begins_us: u64,
    /// Bits a second that there are to send; what is allowed beyond stays unsent.
    pub most: f64,
    /// How often the receiver tells.
    pub feedback_us: u64,
    /// How much the receiver's clock is ahead, and how much faster it runs, in millionths.
    pub clock: (u64, i64),
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Flow").field("begins_us", &self.begins_us).finish_non_exhaustive()
    }
}

impl Flow {
    /// One that has as much to send as it may, from the beginning, with feedback each 60 ms.
    #[must_use]
    pub fn greedy(control: Box<dyn Control>) -> Self {
        Self { control, begins_us: 0, most: f64::MAX, feedback_us: 60_000, clock: (5_000_000, 0) }
    }
}

/// What happened on the way down.
#[derive(Debug, Clone, Copy)]
pub struct Passed {
    /// Of which flow.
    pub flow: usize,
    /// When it came.
    pub at_us: u64,
    /// How long it waited behind others.
    pub waited_us: u64,
    /// Its size.
    pub bytes: u32,
}

/// What is kept of a run.
#[derive(Debug, Default)]
pub struct Trace {
    /// Each packet that came, in order.
    pub passed: Vec<Passed>,
    /// The estimates each 100 ms, flow by flow.
    pub estimates: Vec<Vec<f64>>,
    /// What became of each flow's packets.
    pub counts: Vec<crate::Counts>,
}

impl Trace {
    /// Bits a second that a flow got from one second until before another.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "bits of a minute")]
    pub fn got(&self, flow: usize, from_s: u64, to_s: u64) -> f64 {
        let own = self.passed.iter().filter(|it| it.flow == flow);
        let within = own.filter(|it| (from_s..to_s).contains(&(it.at_us / 1_000_000)));
        within.map(|it| f64::from(it.bytes) * 8.0).sum::<f64>() / (to_s - from_s) as f64
    }

    /// Tenths of seconds from `from_us` on in which a packet waited longer than `wait_us`.
    #[must_use]
    pub fn long_waits(&self, from_us: u64, wait_us: u64) -> usize {
        let long = self.passed.iter().filter(|it| it.at_us >= from_us && it.waited_us > wait_us);
        let mut tenths: Vec<u64> = long.map(|it| it.at_us / 100_000).collect();
        tenths.dedup();
        tenths.len()
    }
}

/// What is on the way up: the number of the first packet, and what became of it and those after it.
type Feedback = (u64, Vec<Told>);

struct End {
    flow: Flow,
    /// When it sends next, tells next, and is told of time next.
    due: [u64; 3],
    sent: Vec<Told>,
    told: u64,
    highest: Option<u64>,
    late: Option<u64>,
    budget: f64,
    looked_us: u64,
}

/// Runs flows over a line and back, for so long.
#[must_use]
pub fn run(down: &Shape, up: &Shape, seed: u64, flows: Vec<Flow>, length_us: u64) -> Trace {
    let mut down: Line<u64> = Line::new(down.clone(), seed);
    let mut up: Line<Feedback> = Line::new(up.clone(), seed ^ 0xFEED);
    let mut trace =
        Trace { estimates: flows.iter().map(|_| Vec::new()).collect(), ..Trace::default() };
    let mut ends: Vec<End> = flows.into_iter().map(End::new).collect();
    let (mut now_us, mut note_us) = (0, 0);
    while now_us < length_us {
        while let Some(came) = down.take(now_us) {
            let rate = down.shape().bits_per_second.unwrap_or(u64::MAX);
            let own_us = u64::from(came.bytes) * 8_000_000 / rate.max(1);
            let flow = usize::try_from(came.flow).unwrap_or_default();
            let waited_us = came.queued_us.saturating_sub(own_us);
            trace.passed.push(Passed { flow, at_us: came.at_us, waited_us, bytes: came.bytes });
            if let Some(end) = ends.get_mut(flow) {
                end.came(came.payload, came.at_us);
            }
        }
        while let Some(came) = up.take(now_us) {
            let (first, told) = came.payload;
            if let Some(end) = ends.get_mut(usize::try_from(came.flow).unwrap_or_default()) {
                end.flow.control.feedback(now_us, first, &told);
            }
        }
        for (place, end) in ends.iter_mut().enumerate() {
            let flow = u32::try_from(place).unwrap_or_default();
            end.act(now_us, flow, &mut down, &mut up);
        }
        if now_us >= note_us {
            note_us += NOTE_US;
            for (end, noted) in ends.iter_mut().zip(&mut trace.estimates) {
                let begun = end.flow.begins_us <= now_us;
                noted.push(if begun { end.flow.control.rates(now_us).estimate } else { 0.0 });
            }
        }
        let due = ends.iter().flat_map(|it| it.due).min();
        let next = [due, down.next_us(), up.next_us(), Some(note_us)];
        now_us = next.into_iter().flatten().min().unwrap_or(length_us).max(now_us + 1);
    }
    trace.counts =
        (0..ends.len()).map(|it| down.counts(u32::try_from(it).unwrap_or_default())).collect();
    trace
}

impl End {
    fn new(flow: Flow) -> Self {
        let begins_us = flow.begins_us;
        let due = [begins_us, begins_us + flow.feedback_us, begins_us];
        Self {
            flow,
            due,
            sent: Vec::new(),
            told: 0,
            highest: None,
            late: None,
            budget: 0.0,
            looked_us: begins_us,
        }
    }

    /// A packet arrives at the receiver.
    fn came(&mut self, number: u64, at_us: u64) {
        let (ahead_us, millionths) = self.flow.clock;
        let drift_us = i128::from(at_us) * i128::from(millionths) / 1_000_000;
        let clock_us = i128::from(at_us) + i128::from(ahead_us) + drift_us;
        let place = usize::try_from(number).unwrap_or_default();
        if let Some(packet) = self.sent.get_mut(place)
            && packet.2.is_none()
        {
            packet.2 = u64::try_from(clock_us).ok();
            self.highest = self.highest.max(Some(number));
            if number < self.told {
                self.late = Some(self.late.map_or(number, |it| it.min(number)));
            }
        }
    }

    fn act(&mut self, now_us: u64, flow: u32, down: &mut Line<u64>, up: &mut Line<Feedback>) {
        let [send, tell, tick] = self.due;
        if tick <= now_us {
            self.flow.control.tick(now_us);
            self.due[2] = now_us + TICK_US;
        }
        if send <= now_us {
            self.send(now_us, flow, down);
        }
        if tell <= now_us {
            self.due[1] = now_us + self.flow.feedback_us;
            self.tell(now_us, flow, up);
        }
    }

    /// Sends what the time since the last packet allows; a packet takes 40 ms and is of 150 to 1200 bytes.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded")]
    fn send(&mut self, now_us: u64, flow: u32, down: &mut Line<u64>) {
        let rate = self.flow.control.rates(now_us).sending.min(self.flow.most).max(1_000.0);
        let passed_us = now_us.saturating_sub(self.looked_us).min(200_000);
        self.looked_us = now_us;
        let bytes = (rate / 8.0 * 0.04).clamp(150.0, 1200.0);
        self.budget = (self.budget + passed_us as f64 * rate / 8e6).min(4.0 * bytes);
        while self.budget >= 0.0 {
            let (number, size) = (self.sent.len() as u64, bytes as u32);
            self.budget -= f64::from(size);
            self.sent.push((now_us, size, None));
            self.flow.control.sent(now_us, number, size);
            down.send(now_us, flow, size, number);
        }
        let wait_us = (-self.budget * 8e6 / rate) as u64;
        self.due[0] = now_us + wait_us.clamp(200, 50_000);
    }

    /// Tells of all packets up to the highest that came, and again of those that came late.
    fn tell(&mut self, now_us: u64, flow: u32, up: &mut Line<Feedback>) {
        let Some(highest) = self.highest else { return };
        let first = self.late.take().unwrap_or(self.told).min(self.told);
        if first > highest {
            return;
        }
        let place = |it: u64| usize::try_from(it).unwrap_or_default();
        let told = self.sent.get(place(first)..=place(highest)).unwrap_or_default().to_vec();
        self.told = highest + 1;
        let bytes = 60 + 2 * u32::try_from(told.len()).unwrap_or_default();
        up.send(now_us, flow, bytes, (first, told));
    }
}
