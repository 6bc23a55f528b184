//! Our estimator as what controls a sender of a closed loop.

use std::cell::RefCell;
use std::rc::Rc;

use estimate::{EstimateState, Estimator, Fate, PathId, Report, Start};
use line::closed::{Control, Rates, Told};

const PATH: PathId = PathId(1);
/// What an application has to send that pads.
const SOUND: f64 = 50e3;

#[derive(Debug)]
pub(crate) struct Ours {
    line: Estimator,
    /// Sends little itself, and padding as it may; whether sound suffers.
    padding: Option<bool>,
    /// Sends so many pictures a second, each at the pace that is told, that together take this part of the estimate.
    pictures: Option<(u64, f64)>,
    /// Is told by receiver reports alone.
    reported: Option<Reported>,
    states: Rc<RefCell<Vec<EstimateState>>>,
}

/// What receiver reports are made from.
#[derive(Debug)]
struct Reported {
    /// How long a report takes on its way, and how far ahead the receiver's clock is.
    up_us: u64,
    ahead_us: u64,
    sent: u32,
    told: u64,
    reported_us: u64,
}

impl Reported {
    /// The report of a client that got so much: the round trip is that of the last packet that came.
    fn report(&mut self, now_us: u64, first: u64, told: &[Told]) -> Report {
        let fresh = (first..).zip(told).filter(|(number, _)| *number >= self.told);
        let fresh: Vec<Told> = fresh.map(|(_, it)| *it).collect();
        self.told = self.told.max(first + told.len() as u64);
        let came = fresh.iter().filter(|it| it.2.is_some()).count() as u32;
        let way_us = |it: &Told| it.2.map(|at_us| at_us - self.ahead_us - it.0 + self.up_us);
        let trip_us = fresh.iter().rev().find_map(way_us);
        Report {
            over_us: now_us - std::mem::replace(&mut self.reported_us, now_us),
            sent: std::mem::take(&mut self.sent),
            came,
            lost: fresh.len() as u32 - came,
            round_trip_ms: trip_us.map(|it| (it / 1000) as u32),
        }
    }
}

impl Ours {
    /// Has as much to send as it may.
    pub(crate) fn new(start: Start) -> Self {
        Self {
            line: Estimator::new(0, start),
            padding: None,
            pictures: None,
            reported: None,
            states: Rc::default(),
        }
    }

    /// Has 50 kbit/s to send, and pads where it may.
    pub(crate) fn padding(start: Start, hold: bool) -> Self {
        Self { padding: Some(hold), ..Self::new(start) }
    }

    /// Sends sound, and so many pictures a second that together fill that part of the estimate.
    pub(crate) fn pictures(start: Start, each_second: u64, part: f64) -> Self {
        Self { pictures: Some((each_second, part)), ..Self::new(start) }
    }

    /// Has as much to send as it may, and is told by receiver reports alone, over a way up of so long.
    pub(crate) fn reported(start: Start, up_us: u64) -> Self {
        let (ahead_us, sent, told, reported_us) = (5_000_000, 0, 0, 0);
        let reported = Some(Reported { up_us, ahead_us, sent, told, reported_us });
        Self { reported, ..Self::new(start) }
    }

    /// The states it goes through, as they come.
    pub(crate) fn states(&self) -> Rc<RefCell<Vec<EstimateState>>> {
        Rc::clone(&self.states)
    }
}

impl Control for Ours {
    fn sent(&mut self, now_us: u64, _number: u64, bytes: u32) {
        self.line.sent(now_us, PATH, bytes);
        self.reported.iter_mut().for_each(|it| it.sent += 1);
    }

    fn feedback(&mut self, now_us: u64, first: u64, told: &[Told]) {
        if let Some(reported) = &mut self.reported {
            return self.line.report(now_us, PATH, reported.report(now_us, first, told));
        }
        let fates = told.iter().map(|it| Fate { sent_us: it.0, bytes: it.1, arrived_us: it.2 });
        self.line.feedback(now_us, PATH, &fates.collect::<Vec<_>>());
    }

    fn tick(&mut self, now_us: u64) {
        self.line.tick(now_us);
        let state = self.line.estimate().state;
        let mut states = self.states.borrow_mut();
        if states.last() != Some(&state) {
            states.push(state);
        }
    }

    fn rates(&mut self, now_us: u64) -> Rates {
        let estimate = self.line.estimate().bits_per_second;
        let most = estimate.min(self.line.pacing_bits_per_second(now_us)) as f64;
        if let Some((each_second, part)) = self.pictures {
            let pacing = self.line.pacing_bits_per_second(now_us) as f64;
            let phase = (now_us * each_second % 1_000_000) as f64 / 1e6;
            let probe = self.line.probe_bits_per_second(now_us, u64::MAX) as f64;
            let begun = phase < part * estimate as f64 / pacing;
            let sending = if begun { pacing } else { SOUND.min(most / 2.0).max(probe) };
            return Rates { sending, estimate: estimate as f64 };
        }
        let sending = self.padding.map_or(most, |hold| {
            let wanted = if hold { 0 } else { u64::MAX };
            SOUND.min(most).max(self.line.probe_bits_per_second(now_us, wanted) as f64)
        });
        Rates { sending, estimate: estimate as f64 }
    }
}
