//! Sending less for a moment: it empties the queue, so that all who share it learn what delay is without it, and it shows
//! whose queue it is.

use crate::record::Record;
use crate::still::still_us;

/// What part of the rate is sent meanwhile.
pub(crate) const PART: f64 = 0.5;
/// A sender of more than this part of it meanwhile has not sent less.
const SPARED: f64 = 0.75;
/// How long a dip takes: what empties the queue, within these.
const SHORTEST_US: f64 = 160_000.0;
const LONGEST_US: f64 = 700_000.0;
/// The queue has not been empty for so long.
const FULL_US: u64 = 6_000_000;
/// Nothing was learned for so long: a queue that was there before us is taken for the path's own delay.
const EACH_US: u64 = 12_000_000;
/// A queue has been too long for so long, and so much time lies between dips.
const LONG_US: u64 = 1_200_000;
const APART_US: u64 = 2_000_000;
/// Beside somebody who does not react to delay, it is checked so often whether that flow has ended.
const RIVAL_US: u64 = 4_000_000;
/// If our part of a long queue is below this three times in a row, the queue is somebody else's; above the second it is
/// ours alone.
const OTHERS: f64 = 0.65;
const OURS: f64 = 0.85;
/// Flows of ours that do not share equally yet may keep so much more than they should.
pub(crate) const RIVALS_US: f64 = 100e3;
/// A dip can show that a delay is no queue where it is longer than this.
pub(crate) const ROUTE_LEAST_US: f64 = 20e3;
const UNMOVED: f64 = 0.2;
/// A queue may grow by so much while less is sent and still not count as grown.
const GREW: f64 = 2.0;
const GREW_US: f64 = 100e3;
/// A queue of ours that slows our packets by so much is looked at soon.
const FALLEN: f64 = 0.5;

#[derive(Debug)]
pub(crate) struct Dips {
    now: Option<Dip>,
    last_us: u64,
    ended_us: u64,
    emptied_us: u64,
    long_since_us: Option<u64>,
    /// The rate when the queue was last empty, or last shown to be one.
    emptied_rate: f64,
    /// What the last dips have shown: 1 for each that showed a long queue to be somebody else's, the last one lowest.
    others: u8,
    ours: u8,
}

#[derive(Debug, Clone, Copy)]
struct Dip {
    since_us: u64,
    until_us: u64,
    before_us: f64,
    lowest_us: f64,
    long: bool,
    /// What might have been sent before it.
    rate: f64,
}

/// How the queue stands when it is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueStanding {
    pub(crate) queue_us: f64,
    pub(crate) target_us: f64,
    /// Below it the queue counts as empty.
    pub(crate) empty_us: f64,
    pub(crate) competing: bool,
    pub(crate) rate: f64,
    pub(crate) response_us: f64,
}

impl QueueStanding {
    /// Whether the queue is far longer than it should be.
    pub(crate) fn is_far(&self) -> bool {
        self.queue_us > 2.0 * self.target_us
    }
}

/// What a dip has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Nothing,
    /// The queue is ours.
    Ours,
    /// Somebody who does not react to delay keeps it long.
    Rival,
    /// It is no queue at all.
    NewRoute,
}

impl Dips {
    pub(crate) const fn new(now_us: u64) -> Self {
        Self {
            now: None,
            last_us: now_us,
            ended_us: now_us,
            emptied_us: now_us,
            long_since_us: None,
            emptied_rate: 0.0,
            others: 0,
            ours: 0,
        }
    }

    /// Whether less is sent now.
    pub(crate) fn active(&self, now_us: u64) -> bool {
        self.now.is_some_and(|dip| now_us < dip.until_us)
    }

    /// Looks at what is known of the packets up to `horizon_us`: `None` while they are those of a dip. The queue has been as it is
    /// since `still_since_us`; `None` where losses say that it is full. `record` says what was sent.
    pub(crate) fn look(
        &mut self,
        horizon_us: u64,
        (queue_us, still_since_us): (f64, Option<u64>),
        record: &Record,
    ) -> Option<Shown> {
        let Some(dip) = &mut self.now else { return Some(Shown::Nothing) };
        if horizon_us >= dip.since_us {
            dip.lowest_us = dip.lowest_us.min(queue_us);
        }
        let grew = queue_us > GREW * dip.before_us + GREW_US;
        if horizon_us < dip.until_us.saturating_add(60_000) && !grew {
            return None;
        }
        let dip = *dip;
        self.now = None;
        if grew {
            // The link has become another one: the dip shows nothing, and the rate must follow at once.
            return Some(Shown::Nothing);
        }
        self.ended_us = dip.until_us;
        let sent = record.window(dip.since_us, dip.until_us, dip.since_us, 0);
        let spared = sent.sent_bits_per_second().is_none_or(|rate| rate < SPARED * dip.rate);
        Some(
            self.shown(
                dip,
                (spared, still_since_us.is_some_and(|since_us| since_us < dip.since_us)),
            ),
        )
    }

    /// When the last dip ended that has been judged: what was sent before says nothing of what the link carries.
    pub(crate) const fn ended_us(&self) -> u64 {
        self.ended_us
    }

    /// Begins a dip if it is time for one.
    pub(crate) fn begin(&mut self, now_us: u64, standing: QueueStanding) {
        let QueueStanding { queue_us, target_us, .. } = standing;
        if queue_us < standing.empty_us {
            self.emptied_us = now_us;
            self.emptied_rate = standing.rate;
        }
        let long = queue_us > target_us + RIVALS_US;
        let longer = queue_us > 1.25 * target_us + 8e3;
        if !longer {
            self.long_since_us = None;
            self.others = 0;
        } else if self.long_since_us.is_none() {
            self.long_since_us = Some(now_us);
        }
        let since = |then: u64, wait_us: u64| now_us.saturating_sub(then) > wait_us;
        let response_us = micros(standing.response_us);
        let stays =
            self.long_since_us.is_some_and(|since_us| since(since_us, LONG_US + 2 * response_us));
        let each_us = if standing.competing { RIVAL_US } else { EACH_US };
        let fallen = standing.rate < FALLEN * self.emptied_rate
            && queue_us > ROUTE_LEAST_US
            && !standing.competing
            && !standing.is_far();
        let due = fallen
            || since(self.emptied_us, FULL_US)
            || since(self.last_us, each_us)
            || (stays && !standing.competing);
        if due && since(self.last_us, APART_US + response_us) {
            let takes_us = (queue_us / (1.0 - PART)).clamp(SHORTEST_US, LONGEST_US);
            self.last_us = now_us;
            self.emptied_us = now_us;
            self.emptied_rate = standing.rate;
            self.now = Some(Dip {
                since_us: now_us,
                until_us: now_us.saturating_add(micros(takes_us)),
                before_us: queue_us,
                lowest_us: queue_us,
                long,
                rate: standing.rate,
            });
        }
    }

    fn shown(&mut self, dip: Dip, (spared, stood): (bool, bool)) -> Shown {
        #[expect(clippy::cast_precision_loss, reason = "less than a second")]
        let length_us = dip.until_us.saturating_sub(dip.since_us) as f64;
        let alone_us = dip.before_us.min(length_us * (1.0 - PART));
        let fell_us = dip.before_us - dip.lowest_us;
        // A queue of ours would have become shorter.
        let unmoved = fell_us < UNMOVED * alone_us && alone_us > still_us(dip.before_us);
        if stood && unmoved && dip.before_us > ROUTE_LEAST_US {
            self.long_since_us = None;
            self.others = 0;
            return Shown::NewRoute;
        }
        if !spared {
            // Sound is sent whatever the rate is: a queue that stays because of it is ours.
            return Shown::Nothing;
        }
        self.others <<= 1;
        self.ours <<= 1;
        if dip.long && fell_us < OTHERS * alone_us {
            self.others |= 1;
        } else if fell_us > OURS * alone_us {
            self.ours |= 1;
        }
        if self.others & 7 == 7 {
            Shown::Rival
        } else if self.ours & 3 == 3 {
            Shown::Ours
        } else {
            Shown::Nothing
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds at most")]
fn micros(us: f64) -> u64 {
    us as u64
}
