//! The rate, and what moves it.

use crate::allowed::Allowed;
use crate::loss::{Losses, Verdict};
use crate::probing::Probing;
use crate::queue::{Queue, aim_us};
use crate::record::{Record, Window};
use crate::rival::{Rival, Suspicion};
use crate::trips::Trips;
use crate::{Estimate, LEAST_BITS_PER_SECOND, MOST_BITS_PER_SECOND, Start, State};

/// What is sent at first into the unknown, and what of a known rate.
const FIRST: f64 = 100_000.0;
const OF_KNOWN: f64 = 0.9;
/// The rate is looked at again when so much more has been told of.
const STEP_US: u64 = 40_000;
/// Packets of this time are looked at together, or this many, if they are no older than that.
const WINDOW_US: u64 = 400_000;
const WINDOW: u32 = 8;
const WINDOW_MOST_US: u64 = 2_000_000;
/// What the first round with an empty queue adds; each one after it twice as much.
const GROWTH: f64 = 0.05;
const MOST_GROWTH: f64 = 0.5;
/// The queue is drained if it has not been empty for so long; to this part of the rate.
const DRAIN_EACH_US: u64 = 6_000_000;
const DRAIN: f64 = 0.75;
/// Without feedback for so long, and a round trip, the link is away; this part of the rate goes into the dark.
const SILENT_US: u64 = 600_000;
const DARK: f64 = 0.1;
const DARK_LEAST: f64 = 24_000.0;
/// A policer's rate is not tried to be passed for so long.
const CEILING_US: u64 = 10_000_000;

#[derive(Debug)]
pub(crate) struct Control {
    rate: f64,
    state: State,
    growing: Growing,
    trips: Trips,
    queue: Queue,
    losses: Losses,
    rival: Rival,
    allowed: Allowed,
    horizon_us: u64,
    looked_us: u64,
    probing: Probing,
}

#[derive(Debug)]
struct Growing {
    /// What the next round adds.
    part: f64,
    /// When the rate was last raised: what was sent before tells nothing of it.
    since_us: u64,
    /// What a policer lets through, and until when that is taken for granted.
    ceiling: Option<(f64, u64)>,
}

impl Control {
    pub(crate) fn new(now_us: u64, start: Start) -> Self {
        let (rate, part) = match start {
            Start::Unknown => (FIRST, 1.0),
            #[expect(clippy::cast_precision_loss, reason = "bits of a second")]
            Start::Known { bits_per_second } => (bits_per_second as f64 * OF_KNOWN, 0.1),
        };
        let state = if start == Start::Unknown { State::Starting } else { State::Steady };
        let rate = bounded(rate);
        Self {
            rate,
            state,
            growing: Growing { part, since_us: now_us, ceiling: None },
            trips: Trips::default(),
            queue: Queue::new(now_us),
            losses: Losses::new(now_us),
            rival: Rival::default(),
            allowed: Allowed::new(now_us, rate),
            horizon_us: now_us,
            looked_us: now_us,
            probing: Probing::default(),
        }
    }

    pub(crate) const fn rate(&self) -> f64 {
        self.rate
    }

    /// What the link serves, or more.
    pub(crate) fn serving_bits_per_second(&self) -> f64 {
        if self.state == State::Starting { 2.0 * self.rate } else { self.rate }
    }

    /// The rate from somewhere else.
    pub(crate) fn set(&mut self, now_us: u64, rate: f64, round_trip_ms: Option<u32>) {
        self.rate = bounded(rate);
        if let Some(trip) = round_trip_ms {
            self.trips.heard(now_us, u64::from(trip).saturating_mul(1000));
        }
        if self.state == State::Starting {
            self.state = State::Steady;
        }
        self.allow(now_us);
    }

    /// Feedback came, of which the newest packet is `trip_us` old.
    pub(crate) fn heard(&mut self, now_us: u64, trip_us: u64) {
        if self.state == State::Silent {
            self.state = State::Steady;
            self.losses.forgive(now_us);
            self.queue.from_us = now_us;
            self.rival = Rival::default();
            self.growing.since_us = now_us;
            self.growing.part = GROWTH;
            self.allow(now_us);
            return;
        }
        self.trips.heard(now_us, trip_us);
    }

    /// Nothing was heard for `waiting_us` although something was sent.
    #[expect(clippy::cast_precision_loss, reason = "seconds in microseconds")]
    pub(crate) fn tick(&mut self, now_us: u64, waiting_us: u64) {
        let patience_us = SILENT_US as f64 + self.trips.response_us();
        if waiting_us as f64 > patience_us && self.state != State::Silent {
            self.state = State::Silent;
        }
        self.allow(now_us);
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds")]
    pub(crate) fn estimate(&self) -> Estimate {
        let rate = if self.state == State::Silent { self.dark() } else { self.rate };
        Estimate {
            bits_per_second: rate as u64,
            queue_ms: (self.queue.us / 1e3) as u32,
            lost_256: (self.losses.by_chance() * 256.0) as u8,
            congested_256: (self.losses.congested() * 256.0) as u8,
            round_trip_ms: (self.trips.least_us().unwrap_or_default() / 1000) as u32,
            state: self.state,
        }
    }

    /// How fast packets may leave now.
    pub(crate) const fn pacing(&self, now_us: u64, estimate: u64) -> u64 {
        if now_us < self.queue.drain_until_us { estimate / 4 * 3 } else { estimate / 4 * 5 }
    }

    /// Whether paths keep the least delay that they know.
    pub(crate) fn keeps_base(&self) -> bool {
        self.state == State::Competing
    }

    /// Whether the delay is that of a new route; told once.
    pub(crate) fn take_new_route(&mut self) -> bool {
        self.rival.take_new_route()
    }

    /// Looks at the packets sent up to `horizon_us`, of which all has been told.
    pub(crate) fn evaluate(&mut self, now_us: u64, horizon_us: u64, record: &Record) {
        let early = horizon_us < self.horizon_us.saturating_add(STEP_US);
        if early || horizon_us < self.queue.from_us || self.state == State::Silent {
            return;
        }
        self.horizon_us = horizon_us;
        let begin_us = horizon_us.saturating_sub(WINDOW_US);
        let oldest_us = horizon_us.saturating_sub(WINDOW_MOST_US).max(self.queue.from_us);
        let window = record.window(begin_us, horizon_us, oldest_us, WINDOW);
        if !window.arrived() {
            return;
        }
        let passed_us = now_us.saturating_sub(self.looked_us).min(500_000);
        self.looked_us = now_us;
        self.queue.look(window.queue_us, passed_us);
        let full = self.queue.is_full();
        let verdict = self.losses.judge(now_us, horizon_us, record, self.rate, full);
        if !self.heed(now_us, verdict, &window) && horizon_us >= self.queue.drain_until_us {
            self.steer(now_us, &window, seconds(passed_us));
        }
        self.rate = bounded(self.rate);
        self.allow(now_us);
    }

    /// Does what losses ask for; whether they asked for anything.
    fn heed(&mut self, now_us: u64, verdict: Verdict, window: &Window) -> bool {
        let by_chance = self.losses.by_chance();
        let served = window.served_bits_per_second(by_chance).unwrap_or(self.rate);
        match verdict {
            Verdict::Nothing => return false,
            Verdict::Overflow if self.state == State::Competing => {
                self.rate =
                    0.85 * self.rate.min(window.served_bits_per_second(0.0).unwrap_or(served));
            }
            Verdict::Overflow => {
                let far = self.queue.us > 2.0 * aim_us(self.rate);
                self.rate = self.rate.min(served * if far { 0.7 } else { 0.92 });
                self.queue.roof_us = (0.6 * self.queue.us).max(4e3);
                self.begin_steady();
            }
            Verdict::Try => {
                self.rate = self.rate.min(served * 0.95);
                self.begin_steady();
            }
            Verdict::Chance { rate } => {
                self.rate = rate;
                self.growing.ceiling = None;
            }
            Verdict::Perhaps { rate } => self.rate = self.rate.max(0.95 * rate),
            Verdict::Policed => {
                self.growing.ceiling = Some((self.rate, now_us.saturating_add(CEILING_US)));
            }
        }
        self.growing.part = GROWTH;
        self.growing.since_us = now_us;
        true
    }

    fn steer(&mut self, now_us: u64, window: &Window, passed: f64) {
        let target_us = aim_us(self.rate).min(self.queue.roof_us);
        let limited = self.allowed.limited(window);
        let suspicion = self.rival.watch(
            now_us,
            self.queue.us,
            target_us,
            self.trips.response_us(),
            self.rate,
            window,
        );
        match suspicion {
            Suspicion::Rival { rate } if self.state != State::Competing => {
                self.state = State::Competing;
                self.rate = self.rate.max(rate);
            }
            Suspicion::None if self.state == State::Competing => self.state = State::Steady,
            _ => {}
        }
        if self.state == State::Competing {
            if !limited {
                self.rate *= 1.0 + 0.08 * passed;
            }
            return;
        }
        let mut empty_us = (target_us / 4.0).max(2e3);
        if self.state == State::Starting {
            empty_us = empty_us.max(12e3);
        }
        if self.queue.us < empty_us {
            self.queue.emptied_us = now_us;
            self.grow(now_us, window, limited);
            return;
        }
        self.begin_steady();
        self.follow(now_us, window, target_us, limited, passed);
        self.drain(now_us);
    }

    /// Raises the rate, if what was sent since it was raised last filled it and left the queue empty.
    fn grow(&mut self, now_us: u64, window: &Window, limited: bool) {
        if self.state == State::Draining {
            self.state = State::Steady;
        }
        if window.last_us < self.growing.since_us || limited {
            return;
        }
        self.rate *= 1.0 + self.growing.part;
        if let Some((ceiling, until_us)) = self.growing.ceiling {
            if now_us < until_us {
                self.rate = self.rate.min(ceiling);
            } else {
                self.growing.ceiling = None;
            }
        }
        let most = if self.state == State::Starting { 1.0 } else { MOST_GROWTH };
        self.growing.part = (2.0 * self.growing.part).min(most);
        self.growing.since_us = now_us;
    }

    /// Follows what comes out of the queue, so that the queue comes to its aim within a few round trips.
    fn follow(&mut self, now_us: u64, window: &Window, target_us: f64, limited: bool, passed: f64) {
        let over_us = self.queue.us - target_us;
        let far = over_us > target_us;
        let Some(served) = window.served_bits_per_second(self.losses.by_chance()) else { return };
        let trips = if far { 1.5 } else { 3.0 };
        let gain = over_us / (trips * (self.trips.response_us() + 200e3));
        let aim = served * (1.0 - gain.clamp(-0.15, 0.5));
        self.growing.part = GROWTH;
        self.growing.since_us = now_us;
        if limited {
            // What is not sent cannot come out: only a queue that is far too long says something.
            if far {
                self.rate = self.rate.min(aim.max(self.rate * (1.0 - 0.5 * passed)));
            }
            return;
        }
        let share = (4.0 * passed).min(1.0);
        self.rate += (aim.min(1.15 * self.rate) - self.rate) * share;
        self.state = if far { State::Draining } else { State::Steady };
    }

    /// Empties the queue for a moment if it has not been empty for long.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a second")]
    fn drain(&mut self, now_us: u64) {
        if now_us.saturating_sub(self.queue.emptied_us) > DRAIN_EACH_US {
            let takes_us = (self.queue.us / (1.0 - DRAIN)).min(1e6) as u64;
            self.queue.drain_until_us = now_us.saturating_add(takes_us);
            self.queue.emptied_us = now_us;
            self.allow(now_us);
        }
    }

    fn begin_steady(&mut self) {
        if self.state == State::Starting {
            self.state = State::Steady;
        }
    }

    fn drained(&self, now_us: u64) -> f64 {
        if now_us < self.queue.drain_until_us { DRAIN } else { 1.0 }
    }

    fn dark(&self) -> f64 {
        (self.rate * DARK).max(DARK_LEAST).min(self.rate)
    }

    /// Notes what may be sent from now on.
    fn allow(&mut self, now_us: u64) {
        let dark = self.state == State::Silent;
        let rate = if dark { self.dark() } else { self.rate * self.drained(now_us) };
        self.allowed.note(now_us, rate);
    }

    /// Up to which rate more may be sent than there is to send.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds")]
    pub(crate) fn probe(&mut self, now_us: u64, sending: f64, hold: bool) -> u64 {
        if hold || now_us < self.queue.drain_until_us {
            return 0;
        }
        match self.state {
            State::Starting => self.rate as u64,
            State::Steady if self.probing.goes_on(now_us) => self.rate as u64,
            State::Steady if sending < 0.8 * self.rate && self.probing.is_due(now_us) => {
                self.probing.begin(now_us, self.rate, self.trips.response_us());
                self.rate as u64
            }
            _ => 0,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "half a second in microseconds")]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "bits of a second")]
const fn bounded(rate: f64) -> f64 {
    rate.clamp(LEAST_BITS_PER_SECOND as f64, MOST_BITS_PER_SECOND as f64)
}
