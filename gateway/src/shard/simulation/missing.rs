//! What a browser asks for again: of pictures each gap at once, and again in the time of a round trip as it is taken to be
//! where nothing is sent that way; of sound with each packet that comes, while it can still be played.

use std::collections::BTreeMap;

/// The round trip that a receiver goes by who sends nothing itself.
const ROUND_TRIP_US: u64 = 100_000;
const TRIES: u32 = 10;
/// Most packets that are missed at a time: beyond it a keyframe is asked for instead.
const MISSED_MAX: u64 = 1_000;

/// Packets that have not come. Times are microseconds.
#[derive(Debug)]
pub(super) struct Missing {
    every_us: u64,
    tries: u32,
    highest: Option<u64>,
    /// How often each was asked for, and when next.
    list: BTreeMap<u64, (u32, u64)>,
}

impl Missing {
    /// Of pictures.
    pub(super) const fn pictures() -> Self {
        Self { every_us: ROUND_TRIP_US, tries: TRIES, highest: None, list: BTreeMap::new() }
    }

    /// Of sound, to be asked after each packet.
    pub(super) const fn sound() -> Self {
        Self { every_us: 0, tries: u32::MAX, highest: None, list: BTreeMap::new() }
    }

    /// The highest number that came.
    pub(super) const fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// A packet came; `false` if so many are missing before it that nothing is asked for.
    pub(super) fn came(&mut self, now_us: u64, number: u64) -> bool {
        self.list.remove(&number);
        let before = self.highest.unwrap_or(number);
        self.highest = Some(before.max(number));
        if number > before {
            self.list.extend((before + 1..number).map(|it| (it, (0, now_us))));
        }
        let many = self.list.len() as u64 > MISSED_MAX;
        if many {
            self.list.clear();
        }
        !many
    }

    /// Nobody needs what is before this any more.
    pub(super) fn forget_before(&mut self, number: u64) {
        self.list = self.list.split_off(&number);
    }

    /// What is to be asked for now.
    pub(super) fn due(&mut self, now_us: u64) -> Vec<u16> {
        let mut due = vec![];
        for (number, (tries, at_us)) in &mut self.list {
            if *at_us <= now_us {
                (*tries, *at_us) = (*tries + 1, now_us + self.every_us);
                due.push(*number as u16);
            }
        }
        self.list.retain(|_, (tries, _)| *tries < self.tries);
        due
    }
}
