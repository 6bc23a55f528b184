//! Clients that tell nothing of single packets: what the link carries by their receiver reports, and by what they estimate
//! themselves.
//!
//! Reports come once in one to five seconds. Those of all streams are gathered for a second, then judged: what came of
//! what was sent, what was lost, and how long a round trip takes over the least of its path.

use alloc::collections::BTreeMap;

use crate::{Estimate, EstimateState, LEAST_BITS_PER_SECOND, MOST_BITS_PER_SECOND, PathId, Start};

mod carried;

use carried::{Carried, ReportSummary};

/// Reports are gathered for so long at least, and until they tell of so many packets, or for so long of some; what is told within
/// the pause is of one time.
const GATHERED_US: u64 = 900_000;
const PACKETS: u32 = 40;
const PATIENCE_US: u64 = 2_700_000;
pub(crate) const PACKETS_LEAST: u32 = 10;
const PAUSE_US: u64 = 20_000;
/// What is gathered for longer says nothing of the present.
const OLD_US: u64 = 12_000_000;
/// Reports tell of so long at most: a stream that paused in between has a longer one.
const OVER_MOST_US: u64 = 10_000_000;
/// The least round trip is that of this time, or of the one before.
const LEAST_US: u64 = 15_000_000;
/// What the client estimates itself counts for so long.
const REMB_US: u64 = 15_000_000;
/// So much was sent, and for so long beyond three report intervals nothing was told of it: the link is away.
const UNTOLD_BYTES: u64 = 8_000;
const UNTOLD_US: u64 = 2_000_000;

/// What an RTCP receiver report says of one stream (RFC 3550, section 6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// How long ago the report on it before was, or it began.
    pub over_us: u64,
    /// Its packets that left in that time.
    pub sent: u32,
    /// Packets that came, by the report.
    pub came: u32,
    /// Packets that were lost; what is neither is still on its way.
    pub lost: u32,
    /// The round trip, where it can be told.
    pub round_trip_ms: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct Reports {
    carried: Carried,
    paths: BTreeMap<PathId, PathReports>,
    gathered: Gathered,
    sent_bytes: u64,
    /// When the last report came, how much had been sent by then, and how far apart they are.
    heard: Option<(u64, u64)>,
    apart_us: u64,
    away: bool,
    queue_ms: u32,
}

/// What is known of one path.
#[derive(Debug, Clone, Copy, Default)]
struct PathReports {
    /// The least round trips of this time and of the one before, and when this began.
    least_ms: [Option<u32>; 2],
    turned_us: u64,
    /// What its receiver estimates, and when it said so.
    remb: Option<(u64, u64)>,
}

/// Reports that have not been judged yet. Packets are counted by the second.
#[derive(Debug, Clone, Copy, Default)]
struct Gathered {
    since_us: u64,
    last_us: u64,
    sent_bytes: u64,
    packets: u32,
    sent: f64,
    came: f64,
    lost: f64,
    /// The shortest queue that any path tells of, so that no receiver can make one up.
    queue_ms: Option<u32>,
    trip_ms: u32,
}

impl Reports {
    pub(crate) fn new(now_us: u64, start: Start) -> Self {
        Self {
            carried: Carried::new(now_us, start),
            paths: BTreeMap::new(),
            gathered: Gathered { since_us: now_us, ..Gathered::default() },
            sent_bytes: 0,
            heard: None,
            apart_us: 0,
            away: false,
            queue_ms: 0,
        }
    }

    pub(crate) const fn sent(&mut self, bytes: u32) {
        self.sent_bytes = self.sent_bytes.saturating_add(bytes as u64);
    }

    /// The link was estimated by packets so far.
    pub(crate) fn take_over(&mut self, now_us: u64, rate: f64) {
        self.carried = Carried::from(now_us, rate);
        self.gathered = self.begun(now_us);
    }

    /// What a report of `path` says, as far as it can be true.
    pub(crate) fn report(&mut self, now_us: u64, path: PathId, said: Report) {
        let over_us = said.over_us.clamp(1, OVER_MOST_US);
        self.apart_us = over_us.max(1_000_000).max(self.apart_us / 8 * 7);
        self.heard = Some((now_us, self.sent_bytes));
        if core::mem::take(&mut self.away) {
            // What was sent meanwhile is not judged.
            self.gathered = self.begun(now_us);
            return;
        }
        let known = self.paths.entry(path).or_default();
        let queue_ms = said.round_trip_ms.map(|trip_ms| known.queue_ms(now_us, trip_ms));
        let came = said.came.min(said.sent);
        let lost = said.lost.min(said.sent - came);
        // A receiver that gets nothing of much is away, or lies; most of a report must be of what was sent since
        // something changed.
        let nothing = came == 0 && lost > 0;
        let old = now_us.saturating_sub(over_us / 4 * 3) < self.carried.changed_us();
        if nothing || old {
            return;
        }
        let gathered = &mut self.gathered;
        let by_second = |packets: u32| f64::from(packets) * 1e6 / float(over_us);
        gathered.last_us = now_us;
        gathered.packets = gathered.packets.saturating_add(came + lost);
        gathered.sent += by_second(said.sent);
        gathered.came += by_second(came);
        gathered.lost += by_second(lost);
        if let Some(queue_ms) = queue_ms {
            gathered.queue_ms =
                Some(gathered.queue_ms.map_or(queue_ms, |least_ms| least_ms.min(queue_ms)));
            gathered.trip_ms = gathered.trip_ms.max(said.round_trip_ms.unwrap_or_default());
        }
    }

    pub(crate) fn told_remb(&mut self, now_us: u64, path: PathId, bits_per_second: u64) {
        let known = self.paths.entry(path).or_default();
        known.remb = (bits_per_second > 0).then_some((bits_per_second, now_us));
    }

    pub(crate) fn leave(&mut self, path: PathId) {
        self.paths.remove(&path);
    }

    /// Time passes: what has been gathered is judged, and what was said long ago forgotten.
    pub(crate) fn tick(&mut self, now_us: u64) {
        for path in self.paths.values_mut() {
            path.remb = path.remb.filter(|(_, at_us)| now_us.saturating_sub(*at_us) < REMB_US);
        }
        let untold = self.heard.filter(|(at_us, bytes)| {
            let patience_us = UNTOLD_US.saturating_add(3 * self.apart_us);
            now_us.saturating_sub(*at_us) > patience_us
                && self.sent_bytes.saturating_sub(*bytes) > UNTOLD_BYTES
        });
        self.away |= untold.is_some();
        let gathered = self.gathered;
        let gathered_us = now_us.saturating_sub(gathered.since_us);
        if gathered_us > OLD_US && gathered.packets == 0 {
            self.gathered = self.begun(now_us);
        }
        let many =
            gathered.packets >= if gathered_us < PATIENCE_US { PACKETS } else { PACKETS_LEAST };
        let told = many && now_us.saturating_sub(gathered.last_us) > PAUSE_US;
        if !told || gathered_us < GATHERED_US {
            return;
        }
        self.gathered = self.begun(now_us);
        let over_us = gathered.last_us.saturating_sub(gathered.since_us).max(PAUSE_US);
        let bytes = self.sent_bytes.saturating_sub(gathered.sent_bytes);
        let sending = float(bytes) * 8e6 / float(gathered_us);
        let through = (gathered.came / gathered.sent.max(0.1)).min(1.0);
        self.queue_ms = gathered.queue_ms.unwrap_or_default();
        let seen = ReportSummary {
            now_us,
            seconds: (float(over_us) / 1e6).min(5.0),
            packets: gathered.packets,
            sending,
            came: sending * through,
            lost: gathered.lost / (gathered.came + gathered.lost).max(0.1),
            queue_ms: gathered.queue_ms.map(f64::from),
            trip_ms: f64::from(gathered.trip_ms),
        };
        if self.carried.judge(seen) {
            self.paths.values_mut().for_each(|path| path.least_ms = [None; 2]);
        }
    }

    /// What they say, bounded by what a client estimates itself; `None` if nobody has told anything.
    pub(crate) fn estimate(&self, remb: Option<u64>) -> Option<Estimate> {
        let known = self.carried.bits_per_second();
        let rate = match (self.heard, remb) {
            (None, None) => return None,
            (_, None) => known,
            // As long as reports show no bound the client knows better.
            (_, Some(remb)) if !self.carried.is_bounded() => remb,
            (_, Some(remb)) => remb.min(known),
        };
        let least = self.paths.values().filter_map(PathReports::least_ms).min();
        let (lost_256, congested_256) = self.carried.losses_256();
        Some(Estimate {
            bits_per_second: if self.away { self.carried.dark() } else { rate }
                .clamp(LEAST_BITS_PER_SECOND, MOST_BITS_PER_SECOND),
            queue_ms: self.queue_ms,
            lost_256,
            congested_256,
            round_trip_ms: least.unwrap_or_default(),
            state: if self.away { EstimateState::Silent } else { self.carried.state() },
        })
    }

    /// Whether they have shown what the link carries at most.
    pub(crate) const fn are_bounding(&self) -> bool {
        self.carried.is_bounded()
    }

    /// The least that a receiver estimates.
    pub(crate) fn remb(&self) -> Option<u64> {
        self.paths.values().filter_map(|path| path.remb).map(|(rate, _)| rate).min()
    }

    fn begun(&self, now_us: u64) -> Gathered {
        Gathered { since_us: now_us, sent_bytes: self.sent_bytes, ..Gathered::default() }
    }
}

impl PathReports {
    fn queue_ms(&mut self, now_us: u64, trip_ms: u32) -> u32 {
        if now_us.saturating_sub(self.turned_us) > LEAST_US {
            self.turned_us = now_us;
            self.least_ms = [None, self.least_ms[0]];
        }
        let [now, _] = &mut self.least_ms;
        *now = Some(now.map_or(trip_ms, |least_ms| least_ms.min(trip_ms)));
        trip_ms - self.least_ms().unwrap_or(trip_ms).min(trip_ms)
    }

    fn least_ms(&self) -> Option<u32> {
        self.least_ms.iter().flatten().min().copied()
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds in microseconds, and what is sent in them")]
const fn float(count: u64) -> f64 {
    count as f64
}
