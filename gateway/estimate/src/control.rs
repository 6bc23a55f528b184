//! The rate, and what moves it.

use crate::allowed::Allowed;
use crate::bounds::{bounded, dark};
use crate::dip::{Dips, PART, QueueStanding, ROUTE_LEAST_US, Shown};
use crate::growing::GROWTH;
use crate::loss::LinkLoad;
use crate::probing::Probing;
use crate::queue::aim_us;
use crate::record::{Record, SentWindow};
use crate::steering::{FIRST_GROWTH, RateSteering, Sight};
use crate::still::Still;
use crate::trips::Trips;
use crate::{Estimate, EstimateState, MOST_BITS_PER_SECOND, Start};

/// What is sent at first while nothing is known, and what part of a known rate.
const FIRST: f64 = 100_000.0;
const OF_KNOWN: f64 = 0.9;
/// The rate is looked at again when so much more has been told of.
const STEP_US: u64 = 40_000;
/// Packets of this time are looked at together, or this many, if they are no older than that.
const WINDOW_US: u64 = 400_000;
const WINDOW: u32 = 8;
const WINDOW_MOST_US: u64 = 2_000_000;
/// As long as the queue is far too long, of this time, or this many.
const NEAR_US: u64 = 150_000;
const NEAR: u32 = 6;
/// A sender of so much of what comes out of a queue that is too long fills the link, whatever might be sent.
const OVERFILLS: f64 = 1.25;
const OVERFILLS_US: u64 = 200_000;
/// A delay that stands for so long, and two round trips, while less is sent than comes through is no queue.
const STANDS_US: f64 = 1_200e3;
/// Where so much is lost beyond chance, somebody fills the queue.
const OTHERS_LOSS: f64 = 0.15;
/// Packets that wait leave somewhat faster than the estimate.
const PACE: f64 = 1.25;
/// Without feedback for so long, and a round trip, the link is away.
const SILENT_US: u64 = 600_000;

#[derive(Debug)]
pub(crate) struct Control {
    steering: RateSteering,
    dips: Dips,
    trips: Trips,
    allowed: Allowed,
    probing: Probing,
    still: Still,
    horizon_us: u64,
    looked_us: u64,
    overfills_since_us: u64,
}

impl Control {
    pub(crate) fn new(now_us: u64, start: Start) -> Self {
        let (rate, part) = match start {
            Start::Unknown => (FIRST, FIRST_GROWTH),
            #[expect(clippy::cast_precision_loss, reason = "bits of a second")]
            Start::Known { bits_per_second } => (bits_per_second as f64 * OF_KNOWN, 0.1),
        };
        let state =
            if start == Start::Unknown { EstimateState::Starting } else { EstimateState::Steady };
        let rate = bounded(rate);
        Self {
            steering: RateSteering::new(now_us, rate, part, state),
            dips: Dips::new(now_us),
            trips: Trips::default(),
            allowed: Allowed::new(now_us, rate),
            probing: Probing::default(),
            still: Still::new(now_us),
            horizon_us: now_us,
            looked_us: now_us,
            overfills_since_us: now_us,
        }
    }

    pub(crate) const fn rate(&self) -> f64 {
        self.steering.rate
    }

    /// What the link serves, or more: half of it may be somebody else's.
    pub(crate) const fn serving_bits_per_second(&self) -> f64 {
        2.0 * self.steering.rate
    }

    /// Feedback came, of which the newest packet is `trip_us` old.
    pub(crate) fn heard(&mut self, now_us: u64, trip_us: u64) {
        if self.steering.state == EstimateState::Silent {
            self.steering.state = EstimateState::Steady;
            self.steering.losses.forgive(now_us);
            self.steering.queue.from_us = now_us;
            self.dips = Dips::new(now_us);
            self.steering.brake = 1.0;
            self.steering.growing.since_us = now_us;
            self.steering.growing.part = GROWTH;
            self.allow(now_us);
            return;
        }
        self.trips.heard(now_us, trip_us);
    }

    /// Nothing was heard for `waiting_us` although something was sent.
    #[expect(clippy::cast_precision_loss, reason = "seconds in microseconds")]
    pub(crate) fn tick(&mut self, now_us: u64, waiting_us: u64) {
        let patience_us = SILENT_US as f64 + self.trips.response_us();
        if waiting_us as f64 > patience_us && self.steering.state != EstimateState::Silent {
            self.steering.state = EstimateState::Silent;
        }
        self.allow(now_us);
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds")]
    pub(crate) fn estimate(&self) -> Estimate {
        let rate = if self.steering.state == EstimateState::Silent {
            dark(self.steering.rate)
        } else {
            self.steering.rate
        };
        Estimate {
            bits_per_second: rate as u64,
            queue_ms: (self.steering.queue.us / 1e3) as u32,
            lost_256: (self.steering.losses.by_chance() * 256.0) as u8,
            congested_256: (self.steering.losses.congested() * 256.0) as u8,
            round_trip_ms: (self.trips.least_us().unwrap_or_default() / 1000) as u32,
            state: self.steering.state,
        }
    }

    /// How fast packets may leave now.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds")]
    #[expect(clippy::cast_precision_loss, reason = "bits of a second")]
    pub(crate) fn pacing(&self, now_us: u64, estimate: u64) -> u64 {
        (estimate as f64 * self.held(now_us)) as u64
    }

    /// What part of the rate may leave now.
    fn held(&self, now_us: u64) -> f64 {
        let part = if self.dips.active(now_us) {
            PART.min(self.steering.brake)
        } else {
            self.steering.brake
        };
        if part < 1.0 { part } else { PACE }
    }

    /// Whether paths keep the least delay that they know.
    pub(crate) fn keeps_base(&self) -> bool {
        self.steering.state == EstimateState::Competing
    }

    /// Whether the delay is that of a new route; told once.
    pub(crate) fn take_new_route(&mut self) -> bool {
        core::mem::take(&mut self.steering.new_route)
    }

    /// Looks at the packets sent up to `horizon_us`, of which all has been told.
    pub(crate) fn evaluate(&mut self, now_us: u64, horizon_us: u64, record: &Record) {
        let early = horizon_us < self.horizon_us.saturating_add(STEP_US);
        if early
            || horizon_us < self.steering.queue.from_us
            || self.steering.state == EstimateState::Silent
        {
            return;
        }
        self.horizon_us = horizon_us;
        if self.probing.is_out(horizon_us) {
            return;
        }
        self.judge_train(now_us, record);
        let window = self.window(record, WINDOW_US, WINDOW);
        if !window.arrived() {
            return;
        }
        let passed_us = now_us.saturating_sub(self.looked_us).min(500_000);
        self.looked_us = now_us;
        self.steering.queue.look(window.queue_us, passed_us);
        self.steering.note_flood(now_us, &window);
        self.still.look(now_us, self.steering.queue.us);
        let near = self.window(record, NEAR_US, NEAR);
        let limited = self.is_limited(now_us, (&window, &near));
        let standing = self.standing();
        let empty = self.steering.queue.us < standing.empty_us;
        let load = LinkLoad {
            rate: self.steering.rate,
            full: self.steering.queue.is_full() || self.steering.state == EstimateState::Competing,
            pushing: empty && !limited && !self.steering.growing.is_capped(now_us),
            limited,
            queueless: self.steering.queue.peak_us < 8e3,
        };
        let verdict = self.steering.losses.judge(now_us, horizon_us, record, load);
        let heeded = self.steering.heed(now_us, verdict, &window);
        let full = window.lost_part() > self.steering.losses.by_chance() + OTHERS_LOSS;
        let still_since_us = (!full).then_some(self.still.since_us());
        let seen = (self.steering.queue.us, still_since_us);
        let mut shown = self.dips.look(horizon_us, seen, record);
        let little = limited || self.steering.state == EstimateState::Draining;
        let long = self.steering.queue.us > ROUTE_LEAST_US;
        if little && long && !full && self.stands(now_us) {
            // Less is sent than comes through, and packets still wait: the queue is not ours.
            shown = shown.map(|_| Shown::NewRoute);
        }
        if let Some(shown) = shown.filter(|_| !heeded) {
            self.steering.learn(now_us, shown, &window);
            let window = if standing.is_far() { near } else { window };
            let sight = Sight {
                now_us,
                limited,
                sending: window.sent_bits_per_second().unwrap_or_default(),
                empty,
                passed: seconds(passed_us),
                horizon_us,
                response_us: self.trips.response_us(),
                target_us: standing.target_us,
            };
            self.steering.steer(sight, &window, record);
            if !limited && self.steering.state != EstimateState::Starting {
                self.dips.begin(now_us, standing);
            }
        }
        if self.steering.new_route {
            self.steering.recall(now_us);
        }
        self.steering.rate = bounded(self.steering.rate);
        self.allow(now_us);
    }

    /// Whether less is sent than might be, of late or now, and that does not overfill the queue all the same.
    fn is_limited(&mut self, now_us: u64, (window, near): (&SentWindow, &SentWindow)) -> bool {
        let limited = self.allowed.limited(window) || self.allowed.limited(near);
        if !self.overfills(near) {
            self.overfills_since_us = now_us;
        }
        limited && now_us.saturating_sub(self.overfills_since_us) <= OVERFILLS_US
    }

    /// Whether the delay has stood still for longer than a queue of ours could.
    #[expect(clippy::cast_precision_loss, reason = "seconds in microseconds")]
    fn stands(&self, now_us: u64) -> bool {
        let stood_us = now_us.saturating_sub(self.still.since_us()) as f64;
        stood_us > STANDS_US + 2.0 * self.trips.response_us()
    }

    /// Heeds what a train has shown of which all was told.
    fn judge_train(&mut self, now_us: u64, record: &Record) {
        let Some((since_us, until_us)) = self.probing.told() else { return };
        let train = record.window(since_us, until_us, since_us, 0);
        let by_chance = self.steering.losses.by_chance();
        let carries = self.probing.judge(now_us, &train, by_chance, self.steering.rate);
        self.steering.losses.skip(until_us);
        if let Some(carries) = carries {
            self.steering.rate = self.steering.rate.max(carries);
            self.steering.growing.since_us = now_us;
        }
    }

    /// Whether more is sent than comes out of a queue that is too long. Then the queue is ours even where more might
    /// have been sent.
    fn overfills(&self, near: &SentWindow) -> bool {
        let served = near.served_bits_per_second(self.steering.losses.by_chance());
        let more = served
            .zip(near.sent_bits_per_second())
            .is_some_and(|(served, sent)| sent > OVERFILLS * served);
        more && (self.standing().is_far() || self.steering.queue.is_full())
    }

    /// The last packets of `length_us`, or so many.
    fn window(&self, record: &Record, length_us: u64, packets: u32) -> SentWindow {
        let begin_us = self.horizon_us.saturating_sub(length_us);
        let oldest_us =
            self.horizon_us.saturating_sub(WINDOW_MOST_US).max(self.steering.queue.from_us);
        let calm_us = self.dips.ended_us().max(self.probing.ended_us());
        let window = record.window(begin_us, self.horizon_us, oldest_us.max(calm_us), packets);
        // A slow sender has sent too little since the last dip for anything to be seen.
        if window.packets < packets {
            return record.window(begin_us, self.horizon_us, oldest_us, packets);
        }
        window
    }

    fn standing(&self) -> QueueStanding {
        let target_us = aim_us(self.steering.rate).min(self.steering.queue.roof_us);
        let least_us = if self.steering.state == EstimateState::Starting { 12e3 } else { 2e3 };
        QueueStanding {
            queue_us: self.steering.queue.us,
            target_us,
            empty_us: (target_us / 4.0).max(least_us),
            competing: self.steering.state == EstimateState::Competing,
            rate: self.steering.rate,
            response_us: self.trips.response_us(),
        }
    }

    /// Notes what may be sent from now on.
    fn allow(&mut self, now_us: u64) {
        let rate = match self.steering.state {
            EstimateState::Silent => dark(self.steering.rate),
            _ => self.steering.rate * self.held(now_us).min(1.0),
        };
        self.allowed.note(now_us, rate);
    }

    /// Up to which rate more may be sent than there is to send, while there is a use for `wanted` bits a second.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds")]
    #[expect(clippy::cast_precision_loss, reason = "bits of a second")]
    pub(crate) fn probe(&mut self, now_us: u64, sending: f64, wanted: u64) -> u64 {
        if self.dips.active(now_us) {
            return 0;
        }
        let (rate, most) = (self.steering.rate, wanted.min(MOST_BITS_PER_SECOND) as f64);
        let empty = self.steering.queue.us < self.standing().empty_us;
        match self.steering.state {
            EstimateState::Starting => return rate.min(most) as u64,
            EstimateState::Steady
                if sending < 0.8 * rate && empty && !self.steering.growing.is_capped(now_us) =>
            {
                self.probing.begin(now_us, rate, most);
            }
            _ => {}
        }
        self.probing.rate(now_us).map_or(0, |rate| rate as u64)
    }
}

#[expect(clippy::cast_precision_loss, reason = "half a second in microseconds")]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}
