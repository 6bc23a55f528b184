//! What goes over a listener's line in a simulated lesson, and what the listener makes of it.

use std::collections::BTreeMap;

use media::Ms;
use sfu::{Forward, TrackId};
use str0m_netem::WithLen;

/// How long a listener waits before it asks for a number, and asks again.
const PATIENCE_MS: u64 = 60;

/// What a packet is a part of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Piece {
    pub(crate) frame: u32,
    pub(crate) place: u8,
    pub(crate) of: u8,
    /// Of a keyframe.
    pub(crate) keyframe: bool,
}

impl Piece {
    /// Does a decoder that has everything up to `earlier` have everything that this needs?
    pub(crate) fn follows(self, earlier: Self) -> bool {
        let complete = earlier.place + 1 == earlier.of;
        match self.place {
            0 => complete && self.frame == earlier.frame + 1,
            place => self.frame == earlier.frame && place == earlier.place + 1,
        }
    }
}

/// A packet on its way down.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Wire {
    pub(crate) forward: Forward,
    pub(crate) piece: Piece,
}

impl WithLen for Wire {
    fn len(&self) -> usize {
        1_000
    }
}

/// A listener's wish on its way up: numbers of one of its streams that it misses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Asked {
    pub(crate) slot: u16,
    pub(crate) numbers: Vec<u16>,
}

impl WithLen for Asked {
    fn len(&self) -> usize {
        20 + self.numbers.len() * 4
    }
}

/// One stream as it came to a listener.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Ear {
    pub(crate) track: TrackId,
    /// By number, with the time of arrival.
    pub(crate) heard: BTreeMap<u64, (Ms, Wire)>,
    missing: BTreeMap<u64, Ms>,
}

impl Ear {
    pub(crate) fn new(track: TrackId) -> Self {
        Self { track, heard: BTreeMap::new(), missing: BTreeMap::new() }
    }

    pub(crate) fn hear(&mut self, now: Ms, wire: Wire) {
        let number = wire.forward.number;
        let highest = self.heard.last_key_value().map_or(999, |last| *last.0);
        let (_, first) = *self.heard.entry(number).or_insert((now, wire));
        assert_eq!(first, wire, "a number came with two packets");
        self.missing.remove(&number);
        self.missing.extend((highest + 1..number).map(|it| (it, now + PATIENCE_MS / 2)));
    }

    /// Numbers to be asked for now.
    pub(crate) fn misses(&mut self, now: Ms) -> Vec<u16> {
        let due = self.missing.iter_mut().filter(|(_, due)| **due <= now);
        due.take(100)
            .map(|(number, due)| {
                *due = now + PATIENCE_MS;
                *number as u16
            })
            .collect()
    }

    /// Numbers that never came, although later ones did.
    pub(crate) fn holes(&self) -> usize {
        self.missing.len()
    }
}
