//! What moves the rate: the queue, losses, and what a dip has shown.

use crate::EstimateState;
use crate::dip::{RIVALS_US, Shown};
use crate::growing::{GROWTH, Growing};
use crate::loss::{Losses, Verdict};
use crate::queue::{Queue, aim_us};
use crate::record::{Record, SentWindow};
use crate::rival::{QueueObservation, Rival};

/// The queue comes to its aim in about this time.
const SETTLES_US: f64 = 500e3;
/// However long the queue, this part of the rate leaves.
const LEAST_BRAKE: f64 = 0.25;
/// A sender of so much of what comes out of a queue fills it.
const FILLS: f64 = 1.05;
/// What was sent for so long since the rate was raised must have been told of, at the very first.
const SEEN_US: u64 = 40_000;
/// After the start nothing grows beyond so many times what was sent.
const TRIED_MOST: f64 = 1.6;
/// Nothing grows while so much more is lost than by chance.
const MUCH_LOST: f64 = 0.25;
/// Rounds add no more than this part, and at the very first this one.
const MOST_GROWTH: f64 = 0.5;
pub(crate) const FIRST_GROWTH: f64 = 1.0;
/// On a new route this part is sent of what came out of the long queue that it began with, if that was so many times as long as
/// what turned out to be its delay, and no longer ago than this.
const OF_FLOOD: f64 = 0.9;
const FLOOD_LONGER: f64 = 1.5;
const FLOOD_AS_LONG: f64 = 0.8;
const FLOOD_US: u64 = 8_000_000;
/// To see whether losses stop, this part is sent of what comes through.
const TRIED: f64 = 0.85;

/// What is seen of the link as the rate is set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight {
    pub(crate) now_us: u64,
    /// Less was sent than was allowed.
    pub(crate) limited: bool,
    /// The queue is empty.
    pub(crate) empty: bool,
    /// What was sent lately.
    pub(crate) sending: f64,
    /// Seconds since it was looked at last.
    pub(crate) passed: f64,
    /// Up to when all has been told of what was sent.
    pub(crate) horizon_us: u64,
    pub(crate) response_us: f64,
    /// How long the queue is to be.
    pub(crate) target_us: f64,
}

#[derive(Debug)]
pub(crate) struct RateSteering {
    pub(crate) rate: f64,
    pub(crate) state: EstimateState,
    /// What part of the rate leaves while the queue is far too long.
    pub(crate) brake: f64,
    pub(crate) queue: Queue,
    pub(crate) losses: Losses,
    pub(crate) growing: Growing,
    rival: Rival,
    /// What came out of the queue when it was last not empty.
    full: f64,
    /// The longest queue of late.
    flood: Option<Flood>,
    /// The delay is that of a new route; told once.
    pub(crate) new_route: bool,
}

/// A queue, and how fast came what was not lost.
#[derive(Debug, Clone, Copy)]
struct Flood {
    at_us: u64,
    queue_us: f64,
    came: f64,
}

impl Flood {
    const fn is_recent(&self, now_us: u64) -> bool {
        now_us.saturating_sub(self.at_us) <= FLOOD_US
    }
}

impl RateSteering {
    /// Begins with a rate, to which the first round adds `part`.
    pub(crate) fn new(now_us: u64, rate: f64, part: f64, state: EstimateState) -> Self {
        Self {
            rate,
            state,
            brake: 1.0,
            queue: Queue::new(now_us),
            losses: Losses::new(now_us),
            growing: Growing::new(now_us, part),
            rival: Rival::new(now_us, rate),
            full: 0.0,
            flood: None,
            new_route: false,
        }
    }

    /// Does what losses ask for; whether they asked for anything.
    pub(crate) fn heed(&mut self, now_us: u64, verdict: Verdict, window: &SentWindow) -> bool {
        let came = window.served_bits_per_second(0.0).unwrap_or(self.rate);
        let served = window.served_bits_per_second(self.losses.by_chance()).unwrap_or(self.rate);
        match verdict {
            Verdict::Nothing => return false,
            Verdict::Trying => return self.queue.us < 2.0 * aim_us(self.rate),
            Verdict::Overflow if self.state == EstimateState::Competing => {
                self.rate = self.rival.lose(now_us, self.rate, came);
            }
            Verdict::Overflow => {
                let far = self.queue.us > 2.0 * aim_us(self.rate);
                self.rate = self.rate.min(served * if far { 0.7 } else { 0.92 });
                self.queue.roof_us = (0.6 * self.queue.us).max(4e3);
                self.begin_steady();
            }
            Verdict::Try { came: lately } => {
                let came = came.min(lately.unwrap_or(came));
                self.rate = self.rate.min(came / (1.0 - self.losses.by_chance()) * TRIED);
            }
            Verdict::Chance { rate } => {
                self.rate = rate;
                self.growing.ceiling = None;
                self.growing.since_us = now_us;
                return true;
            }
            Verdict::Perhaps => {
                self.rate *= 0.95 / TRIED;
                self.begin_steady();
            }
            Verdict::Policed => {
                self.rate *= 0.95 / TRIED;
                self.growing.police(now_us, self.rate);
                self.losses.remember(self.growing.policed_until_us());
            }
        }
        if !matches!(verdict, Verdict::Try { .. }) || self.state != EstimateState::Starting {
            self.growing.part = GROWTH;
        }
        self.growing.since_us = now_us;
        true
    }

    /// Heeds what a dip has shown.
    pub(crate) fn learn(&mut self, now_us: u64, shown: Shown, window: &SentWindow) {
        match shown {
            Shown::Nothing => return,
            Shown::Ours if self.state == EstimateState::Competing => {
                self.state = EstimateState::Steady
            }
            Shown::Rival if self.state != EstimateState::Competing => {
                self.state = EstimateState::Competing;
                let came = window.served_bits_per_second(0.5).unwrap_or(self.rate);
                self.rate = self.rival.begin(now_us, self.rate, came);
            }
            Shown::NewRoute => {
                self.new_route = true;
                self.state = EstimateState::Steady;
                self.queue.from_us = now_us;
            }
            Shown::Ours | Shown::Rival => {}
        }
        self.growing.since_us = now_us;
    }

    pub(crate) fn steer(&mut self, sight: Sight, window: &SentWindow, record: &Record) {
        let target_us = sight.target_us;
        self.brake = 1.0;
        if self.queue.us < 1.25 * target_us + 8e3 {
            self.rival.is_calm(self.rate, sight.passed);
        }
        let long = self.queue.us > target_us + RIVALS_US;
        let suspected = window.served_bits_per_second(0.5).is_some_and(|served| {
            let response_us = sight.response_us;
            let seen = QueueObservation { queue_us: self.queue.us, long, served, response_us };
            self.rival.suspected(sight.now_us, seen)
        });
        if suspected && self.state != EstimateState::Competing {
            self.learn(sight.now_us, Shown::Rival, window);
        }
        let gone = self.rival.is_gone(sight.now_us, sight.empty);
        if self.state == EstimateState::Competing && !gone {
            if !sight.limited {
                self.rate = self.rival.grow(sight.now_us, self.rate, sight.passed);
            }
        } else if sight.empty {
            self.grow(sight, window);
        } else {
            self.begin_steady();
            // What is lost by chance has been served; what runs over has not.
            let lost = if self.queue.is_full() { self.losses.by_chance() } else { 0.5 };
            let served = window.served_bits_per_second(lost);
            if let Some(served) = served {
                let grown_us = record.grown_us(sight.horizon_us, sight.now_us, served);
                self.follow(sight, served, (self.queue.us + grown_us).max(0.0) - target_us);
            }
        }
    }

    /// Raises the rate, if what was sent since it was raised last filled it and left the queue empty.
    fn grow(&mut self, sight: Sight, window: &SentWindow) {
        if self.state != EstimateState::Starting {
            self.state = EstimateState::Steady;
        }
        if sight.limited && self.state != EstimateState::Starting {
            self.growing.part = GROWTH;
        }
        let lossy = window.lost_part() > self.losses.by_chance() + MUCH_LOST;
        let seen_us = if self.state == EstimateState::Starting { SEEN_US } else { 0 };
        if window.last_us < self.growing.since_us + seen_us || sight.limited || lossy {
            return;
        }
        if self.rate < 0.95 * self.full {
            // It was full at that rate a moment ago.
            self.rate = 0.97 * self.full;
            self.full = 0.0;
            self.growing.since_us = sight.now_us;
            return;
        }
        let most = if self.state == EstimateState::Starting { FIRST_GROWTH } else { MOST_GROWTH };
        let raised = self.growing.raise(sight.now_us, self.rate, most);
        // What was not sent has not been tried.
        let tried = if self.state == EstimateState::Starting {
            f64::MAX
        } else {
            TRIED_MOST * sight.sending
        };
        self.rate = raised.min(tried.max(self.rate));
    }

    /// Follows what comes out of the queue, so that the queue, `over_us` too long with what has been sent since, comes to its aim.
    fn follow(&mut self, sight: Sight, served: f64, over_us: f64) {
        let far = over_us > sight.target_us;
        let gain = over_us / SETTLES_US;
        let aim = served * (1.0 - gain.clamp(-0.1, 0.15));
        self.growing.part = GROWTH;
        self.growing.since_us = sight.now_us;
        if sight.limited {
            // Packets that are not sent cannot come out: only a queue that is far too long and grows says something.
            if far && sight.sending > FILLS * served {
                self.rate = self.rate.min(aim.max(self.rate * (1.0 - 0.5 * sight.passed)));
            }
            return;
        }
        self.full = served;
        let share = if far && aim < self.rate { 1.0 } else { (4.0 * sight.passed).min(1.0) };
        self.rate += (aim.min(1.1 * self.rate) - self.rate) * share;
        self.state = if far { EstimateState::Draining } else { EstimateState::Steady };
        if far {
            self.brake = (served * (1.0 - gain.clamp(0.0, 1.0)) / self.rate.max(1.0))
                .clamp(LEAST_BRAKE, 1.0);
        }
    }

    /// Notes what comes out of the queue, if it is the longest of late.
    pub(crate) fn note_flood(&mut self, now_us: u64, window: &SentWindow) {
        let (Some(came), queue_us) = (window.served_bits_per_second(0.0), self.queue.us) else {
            return;
        };
        match self.flood.filter(|flood| flood.is_recent(now_us)) {
            Some(flood) if queue_us < FLOOD_AS_LONG * flood.queue_us => {}
            // What was looked at as it filled up had come through before.
            Some(flood) if queue_us * FLOOD_AS_LONG < flood.queue_us => {
                let (queue_us, came) = (queue_us.max(flood.queue_us), came.min(flood.came));
                self.flood = Some(Flood { queue_us, came, ..flood });
            }
            _ => self.flood = Some(Flood { at_us: now_us, queue_us, came }),
        }
    }

    /// What was taken for a queue is the delay of a new route: what came out since is only what was sent, but the route began
    /// with a queue of its own.
    pub(crate) fn recall(&mut self, now_us: u64) {
        let Some(flood) = self.flood.take().filter(|flood| flood.is_recent(now_us)) else { return };
        if flood.queue_us > FLOOD_LONGER * self.queue.us {
            let served = flood.came / (1.0 - self.losses.by_chance());
            self.rate = self.rate.max(OF_FLOOD * served);
        }
    }

    /// It is not at its beginning any more.
    pub(crate) fn begin_steady(&mut self) {
        if self.state == EstimateState::Starting {
            self.state = EstimateState::Steady;
        }
    }
}
