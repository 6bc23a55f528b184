//! Trying whether more fits: a short train of packets, sent faster than the estimate. How fast it comes out of the queue is
//! what the link carries, or it comes as fast as it was sent.

use crate::record::SentWindow;

/// A train is sent at so many times the estimate.
const FASTER: f64 = 2.0;
/// What is less than this is not worth a train.
const FASTER_LEAST: f64 = 1.1;
/// It takes so long, and longer if it would be fewer bits.
const TRAIN_US: f64 = 160e3;
const TRAIN_BITS: f64 = 16e3;
const TRAIN_MOST_US: f64 = 400e3;
/// So much of a train has to come for it to say anything.
const CAME_LEAST: u32 = 5;
/// A train that comes as fast as this, of how fast it was sent, met no queue.
const AS_FAST: f64 = 0.85;
/// Of what comes out of a queue, this is taken.
const OF_SERVED: f64 = 0.92;
/// An estimate that has fallen below this part of what was known allows another train.
const FELL: f64 = 0.9;
/// So much more lost than by chance: it met a queue that runs over.
const MUCH_LOST: f64 = 0.25;
/// The next one follows at once if there was room for all of it, after this if there was for some, and if for none after
/// the second, each time twice as long.
const FOUND_US: u64 = 2_000_000;
const GAP_US: u64 = 5_000_000;
const GAP_MOST_US: u64 = 40_000_000;

#[derive(Debug, Default)]
pub(crate) struct Probing {
    train: Option<Train>,
    next_us: u64,
    gap_us: u64,
    ended_us: u64,
    /// What was estimated when the last train had been judged.
    judged: f64,
}

#[derive(Debug, Clone, Copy)]
struct Train {
    since_us: u64,
    until_us: u64,
    rate: f64,
}

impl Probing {
    /// How fast to send now; `None` if nothing is tried.
    pub(crate) fn rate(&self, now_us: u64) -> Option<f64> {
        self.train.filter(|train| now_us < train.until_us).map(|train| train.rate)
    }

    /// Begins a train, if it is time for one and up to `most` bits a second are of use.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds")]
    pub(crate) fn begin(&mut self, now_us: u64, estimate: f64, most: f64) {
        let rate = (FASTER * estimate).min(most);
        // That a train found no room says nothing of lower rates.
        let fell = estimate < FELL * self.judged;
        let next_us = if fell { self.ended_us.saturating_add(FOUND_US) } else { self.next_us };
        if self.train.is_some() || now_us < next_us || rate < FASTER_LEAST * estimate {
            return;
        }
        let takes_us = TRAIN_US.max(TRAIN_BITS / rate.max(1.0) * 1e6).min(TRAIN_MOST_US);
        let until_us = now_us.saturating_add(takes_us as u64);
        self.train = Some(Train { since_us: now_us, until_us, rate });
    }

    /// Nothing of a train is known before all of it was told of.
    pub(crate) fn is_out(&self, horizon_us: u64) -> bool {
        self.train.is_some_and(|train| horizon_us < train.until_us)
    }

    /// Between when the train was sent that all has been told of.
    pub(crate) const fn told(&self) -> Option<(u64, u64)> {
        match self.train {
            Some(train) => Some((train.since_us, train.until_us)),
            None => None,
        }
    }

    /// What a train says that the link carries, at least.
    pub(crate) fn judge(
        &mut self,
        now_us: u64,
        train: &SentWindow,
        by_chance: f64,
        estimate: f64,
    ) -> Option<f64> {
        let Train { until_us, rate, .. } = self.train.take()?;
        self.ended_us = until_us;
        let came = train.packets.saturating_sub(train.lost) >= CAME_LEAST;
        let lost = train.lost_part();
        let lossy = lost > by_chance + MUCH_LOST;
        let sent = train.sent_bits_per_second().filter(|_| came);
        // As long as they are not many, those lost are not the queue's.
        let served = sent.and(train.served_bits_per_second(if lossy { by_chance } else { lost }));
        let free =
            !lossy && sent.zip(served).is_some_and(|(sent, served)| served >= AS_FAST * sent);
        let carries = served.map(|served| if free { served.min(rate) } else { OF_SERVED * served });
        let found = carries.is_some_and(|rate| rate > FASTER_LEAST * estimate);
        self.gap_us = match (free && found, found) {
            (true, _) => 0,
            (_, true) => FOUND_US,
            _ => (2 * self.gap_us).clamp(GAP_US, GAP_MOST_US),
        };
        self.next_us = now_us.saturating_add(self.gap_us);
        self.judged = carries.map_or(estimate, |rate| rate.max(estimate));
        carries
    }

    /// When the last train ended that has been judged.
    pub(crate) const fn ended_us(&self) -> u64 {
        self.ended_us
    }
}
