//! Which losses are ours, and which come whatever is sent.

use crate::record::{Record, SentWindow};

/// Losses by chance are followed over so many packets, and never taken to be more than this.
const MEMORY: f64 = 200.0;
const MOST_BY_CHANCE: f64 = 0.45;
/// The first packets say what is lost by chance, up to this part.
const FIRST: f64 = 30.0;
const FIRST_MOST: f64 = 0.25;
/// Lost packets beyond what chance takes, a little of it left out, until something is done; and of what is lost by chance,
/// this part more.
const EXCESS: f64 = 4.0;
const EXCESS_BY_CHANCE: f64 = 20.0;
/// Where more packets are sent, more may be waited for: of those of a second, of 1200 bytes, this part.
const EXCESS_OF_SECOND: f64 = 0.02 / 9600.0;
const LEFT_OUT: f64 = 0.02;
const LEFT_OUT_BY_CHANCE: f64 = 0.25;
/// Packets that say whether losses stopped as less was sent; up to the second, if they do not say it clearly.
const TRIAL: u32 = 25;
const TRIAL_MOST: u32 = 80;
/// So many more of all losses are tried although a queue shows.
const MANY: f64 = 0.15;
/// So many more of all come of a queue that runs over, however little is sent of what might be.
const FLOODED: f64 = 0.25;
/// Losses while no queue shows are tried after so long, and then each time after: they may be a policer's.
const DOUBT: f64 = 0.02;
const DOUBT_US: u64 = 3_000_000;
const DOUBT_EACH_US: u64 = 30_000_000;
/// What is told lost may still come; it is counted so much later.
const LATE_US: u64 = 30_000;
/// Losses that stop twice in this time as less is sent are a policer's.
const TWICE_US: u64 = 15_000_000;

#[derive(Debug)]
pub(crate) struct Losses {
    /// What part is lost whatever is sent, and from how many packets that is known.
    by_chance: f64,
    seen: f64,
    /// Lost packets beyond that, since there were none.
    excess: f64,
    /// What part was lost because too much was sent.
    congested: f64,
    counted_us: u64,
    trial: Option<LossTrial>,
    stopped_us: Option<u64>,
    doubt_us: u64,
}

/// Less is sent, to see whether losses stop.
#[derive(Debug, Clone, Copy)]
struct LossTrial {
    rate: f64,
    lost: f64,
    usual: f64,
    since_us: u64,
    /// A policer has no queue: what stops where one showed was that queue's.
    queueless: bool,
}

/// How the link stands as losses are judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LinkLoad {
    pub(crate) rate: f64,
    /// The queue is as long as it gets.
    pub(crate) full: bool,
    /// More is sent each time, and no queue shows.
    pub(crate) pushing: bool,
    /// Less is sent than might be.
    pub(crate) limited: bool,
    /// No queue has shown for long.
    pub(crate) queueless: bool,
}

/// What is to be done about losses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    /// Nothing.
    Nothing,
    /// The queue runs over: less must be sent.
    Overflow,
    /// Losses have begun and no queue shows why: clearly less is to be sent than comes through.
    Try {
        /// What came through in the last second.
        came: Option<f64>,
    },
    /// It is not known yet whether they stop.
    Trying,
    /// They have not stopped: they came by chance, and the rate was right.
    Chance {
        /// The rate as it was.
        rate: f64,
    },
    /// They have stopped, for a reason that is not known.
    Perhaps,
    /// They have stopped again: what comes through is all that is let through.
    Policed,
}

impl Losses {
    pub(crate) const fn new(now_us: u64) -> Self {
        Self {
            by_chance: 0.0,
            seen: 0.0,
            excess: 0.0,
            congested: 0.0,
            counted_us: now_us,
            trial: None,
            stopped_us: None,
            doubt_us: now_us.saturating_add(DOUBT_US),
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
        self.counted_us = now_us;
        self.excess = 0.0;
        self.trial = None;
    }

    /// What was sent up to then is not judged: more was tried than the link was known to carry.
    pub(crate) fn skip(&mut self, until_us: u64) {
        self.counted_us = self.counted_us.max(until_us);
    }

    /// Judges what is known of the packets sent up to `horizon_us`.
    pub(crate) fn judge(
        &mut self,
        now_us: u64,
        horizon_us: u64,
        record: &Record,
        load: LinkLoad,
    ) -> Verdict {
        let end_us = horizon_us.saturating_sub(LATE_US);
        if let Some(trial) = self.trial {
            let window = record.window(trial.since_us, end_us, trial.since_us, 0);
            return self.after(trial, now_us, &window);
        }
        if end_us <= self.counted_us {
            return Verdict::Nothing;
        }
        let since_us = self.counted_us.saturating_add(1);
        let window = record.window(since_us, end_us, since_us, 0);
        self.counted_us = end_us;
        // When nothing at all comes the link is away, and no sender caused that.
        if window.packets == 0 || (!window.arrived() && window.packets > 3) {
            return Verdict::Nothing;
        }
        self.count(&window, load);
        self.congested *= 0.99;
        let enough = EXCESS + EXCESS_BY_CHANCE * self.by_chance + EXCESS_OF_SECOND * load.rate;
        let doubted =
            load.queueless && load.pushing && self.by_chance > DOUBT && now_us > self.doubt_us;
        if self.seen < FIRST || (self.excess < enough && !doubted) {
            return Verdict::Nothing;
        }
        let usual = if doubted { 0.0 } else { self.by_chance };
        if doubted {
            self.doubt_us = now_us.saturating_add(DOUBT_EACH_US);
        }
        self.excess = 0.0;
        let window = record.window(end_us.saturating_sub(1_000_000), end_us, 0, TRIAL);
        let lost = window.lost_part();
        self.congested = (lost - self.by_chance).max(0.0);
        self.counted_us = now_us;
        let flooded = load.full && self.congested > FLOODED;
        if load.limited && !flooded {
            // A sender of less than it may has not caused losses by its rate.
            self.by_chance += (lost - self.by_chance) / 2.0;
            return Verdict::Nothing;
        }
        if load.full {
            return Verdict::Overflow;
        }
        if !load.queueless && !doubted && self.congested < MANY {
            // Where a queue shows and is not full, no other queue drops packets.
            self.by_chance += (lost - self.by_chance) / 2.0;
            return Verdict::Nothing;
        }
        let LinkLoad { rate, queueless, .. } = load;
        self.trial = Some(LossTrial { rate, lost, usual, since_us: now_us, queueless });
        Verdict::Try { came: window.served_bits_per_second(0.0) }
    }

    fn after(&mut self, trial: LossTrial, now_us: u64, window: &SentWindow) -> Verdict {
        let lost = window.lost_part();
        let of_both = (lost - trial.usual) / (trial.lost - trial.usual).max(0.001);
        let clear = !(0.33..0.67).contains(&of_both) || window.packets > TRIAL_MOST;
        if window.packets < TRIAL || !clear {
            return Verdict::Trying;
        }
        self.trial = None;
        self.counted_us = now_us;
        if of_both > 0.33 {
            self.by_chance = ((lost + trial.lost) / 2.0).min(MOST_BY_CHANCE);
            self.congested = 0.0;
            return Verdict::Chance { rate: trial.rate };
        }
        self.by_chance = self.by_chance.min(lost);
        self.doubt_us = now_us.saturating_add(DOUBT_US);
        if !trial.queueless {
            return Verdict::Perhaps;
        }
        let again =
            self.stopped_us.is_some_and(|stopped_us| now_us.saturating_sub(stopped_us) < TWICE_US);
        self.stopped_us = Some(now_us);
        if again { Verdict::Policed } else { Verdict::Perhaps }
    }

    /// A policer was found where one was expected.
    pub(crate) const fn remember(&mut self, now_us: u64) {
        self.stopped_us = Some(now_us);
    }

    fn count(&mut self, window: &SentWindow, load: LinkLoad) {
        let packets = f64::from(window.packets);
        let news = f64::from(window.lost) - self.by_chance * packets;
        self.seen += packets;
        if self.seen <= FIRST {
            self.by_chance = (self.by_chance + news / self.seen).clamp(0.0, FIRST_MOST);
            return;
        }
        // A sender that keeps raising its rate would take its own losses for the usual ones: then only packets that
        // came count.
        if !load.full && (news < 0.0 || !load.pushing || !load.queueless) {
            let learned = self.by_chance + news / self.seen.min(MEMORY).max(packets);
            self.by_chance = learned.clamp(0.0, MOST_BY_CHANCE);
        }
        let little = if self.stopped_us.is_some() && load.queueless && self.by_chance < LEFT_OUT {
            LEFT_OUT / 4.0
        } else {
            LEFT_OUT
        };
        let left_out = little + LEFT_OUT_BY_CHANCE * self.by_chance;
        self.excess = (self.excess + news - left_out * packets).max(0.0);
    }
}
