//! Which losses are ours, and which come whatever is sent.

use crate::record::{Record, Window};

/// Losses by chance are followed over so many packets, and never taken to be more than this.
const MEMORY: f64 = 150.0;
const MOST_BY_CHANCE: f64 = 0.4;
/// What is expected before anything is known counts as so many packets.
const PRIOR: f64 = 10.0;
/// Losses are judged over a second, or as long as so many packets take, if they are no older than this.
const JUDGED_US: u64 = 1_000_000;
const JUDGED: u32 = 30;
const OLDEST_US: u64 = 3_000_000;
/// Packets that say whether losses stopped as less was sent.
const TRIAL: u32 = 20;
/// Losses that stop twice in this time as less is sent are a policer's.
const TWICE_US: u64 = 6_000_000;

#[derive(Debug)]
pub(crate) struct Losses {
    /// What part is lost whatever is sent, and from how many packets that is known.
    by_chance: f64,
    seen: f64,
    /// What part was lost because too much was sent.
    congested: f64,
    /// Packets that were sent before have been judged.
    judged_us: u64,
    counted_us: u64,
    trial: Option<Trial>,
    stopped_us: Option<u64>,
}

/// Less is sent, to see whether losses stop.
#[derive(Debug, Clone, Copy)]
struct Trial {
    rate: f64,
    lost: f64,
}

/// What is to be done about losses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    /// Nothing.
    Nothing,
    /// The queue runs over: less must be sent.
    Overflow,
    /// Losses have begun for no reason that shows in the queue: less is to be sent for a while, as little as comes through.
    Try,
    /// They have not stopped: they came by chance, and the rate was right.
    Chance {
        /// The rate as it was.
        rate: f64,
    },
    /// They have stopped for the first time; who knows.
    Perhaps {
        /// The rate as it was.
        rate: f64,
    },
    /// They have stopped again: what comes through now is all that is let through.
    Policed,
}

impl Losses {
    pub(crate) const fn new(now_us: u64) -> Self {
        Self {
            by_chance: 0.0,
            seen: PRIOR,
            congested: 0.0,
            judged_us: now_us,
            counted_us: now_us,
            trial: None,
            stopped_us: None,
        }
    }

    pub(crate) const fn by_chance(&self) -> f64 {
        self.by_chance
    }

    pub(crate) const fn congested(&self) -> f64 {
        self.congested
    }

    /// What was sent up to now is not judged: the link was away.
    pub(crate) const fn forgive(&mut self, now_us: u64) {
        self.judged_us = now_us;
        self.counted_us = now_us;
        self.trial = None;
    }

    /// Judges what is known of the packets sent up to `horizon_us`; `full`: the queue is as long as it gets.
    pub(crate) fn judge(
        &mut self,
        now_us: u64,
        horizon_us: u64,
        record: &Record,
        rate: f64,
        full: bool,
    ) -> Verdict {
        let oldest_us = self.judged_us.max(horizon_us.saturating_sub(OLDEST_US));
        let window =
            record.window(horizon_us.saturating_sub(JUDGED_US), horizon_us, oldest_us, JUDGED);
        if !window.arrived() || window.packets < 8 {
            self.counted_us = horizon_us;
            return Verdict::Nothing;
        }
        let part = f64::from(window.lost) / f64::from(window.packets);
        if let Some(trial) = self.trial {
            return self.after(trial, now_us, part, window.packets);
        }
        if !self.beyond_chance(&window) {
            self.congested *= 0.98;
            self.count(record, horizon_us);
            return Verdict::Nothing;
        }
        self.judged_us = now_us;
        self.counted_us = now_us;
        self.congested = part - self.by_chance;
        if full {
            return Verdict::Overflow;
        }
        self.trial = Some(Trial { rate, lost: part });
        Verdict::Try
    }

    fn after(&mut self, trial: Trial, now_us: u64, part: f64, packets: u32) -> Verdict {
        if packets < TRIAL {
            return Verdict::Nothing;
        }
        self.trial = None;
        self.judged_us = now_us;
        self.counted_us = now_us;
        if part > (trial.lost + self.by_chance) / 2.0 {
            self.by_chance = ((part + trial.lost) / 2.0).min(MOST_BY_CHANCE);
            self.congested = 0.0;
            return Verdict::Chance { rate: trial.rate };
        }
        let again = self.stopped_us.is_some_and(|it| now_us.saturating_sub(it) < TWICE_US);
        self.stopped_us = Some(now_us);
        if again { Verdict::Policed } else { Verdict::Perhaps { rate: trial.rate } }
    }

    /// Whether more is lost than two and a half standard deviations over what chance takes.
    fn beyond_chance(&self, window: &Window) -> bool {
        let packets = f64::from(window.packets);
        let variance = packets * (self.by_chance * (1.0 - self.by_chance)).max(0.002);
        let excess = f64::from(window.lost) - self.by_chance * packets - 1.5;
        excess > 0.0 && excess * excess > 6.25 * variance
    }

    /// Learns from packets that nothing was wrong with.
    fn count(&mut self, record: &Record, horizon_us: u64) {
        let since_us = self.counted_us.saturating_add(1);
        let window = record.window(since_us, horizon_us, since_us, 0);
        self.counted_us = horizon_us;
        let packets = f64::from(window.packets);
        if packets > 0.0 && (window.arrived() || window.packets < 4) {
            self.seen = (self.seen + packets).min(MEMORY);
            let news = f64::from(window.lost) - self.by_chance * packets;
            let learned = self.by_chance + news / self.seen.max(packets);
            self.by_chance = learned.clamp(0.0, MOST_BY_CHANCE);
        }
    }
}
