//! Replay protection (RFC 3711, section 3.3.2), kept only for authenticated packets.

use super::MAX_SSRCS;
use std::collections::HashMap;

/// Highest index seen and a window of 128 indices behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Replay {
    highest: u64,
    seen: u128,
    used: u64, // when, in accepted packets of all SSRCs
}

impl Replay {
    pub(super) const fn fresh(&self, index: u64) -> bool {
        match self.highest.checked_sub(index) {
            None => true,
            Some(behind) => behind < 128 && self.seen & (1 << behind) == 0,
        }
    }

    /// Newer than everything before it, by no more than a client sends while it is silent to us.
    pub(super) const fn leads(&self, index: u64, most: u64) -> bool {
        index > self.highest && index - self.highest <= most
    }

    const fn accept(&mut self, index: u64) {
        match self.highest.checked_sub(index) {
            Some(behind @ 0..128) => self.seen |= 1 << behind,
            Some(_) => {}
            None => {
                let shift = index - self.highest;
                self.seen = if shift < 128 { self.seen << shift } else { 0 } | 1;
                self.highest = index;
            }
        }
    }

    /// RFC 3711, section 3.3.1: the index nearest to the highest one with these low 16 bits.
    pub(super) fn guess(&self, seq: u16) -> Option<u64> {
        let delta = seq.wrapping_sub(self.highest as u16).cast_signed();
        self.highest.checked_add_signed(i64::from(delta)).filter(|i| i >> 48 == 0)
    }
}

/// Replay state by SSRC, at most [`MAX_SSRCS`].
#[derive(Default, Debug)]
pub(super) struct Replays {
    map: HashMap<u32, Replay>,
    clock: u64,
}

impl Replays {
    pub(super) fn len(&self) -> usize {
        self.map.len()
    }

    pub(super) fn get(&self, ssrc: u32) -> Option<&Replay> {
        self.map.get(&ssrc)
    }

    /// Registers an authenticated packet.
    pub(super) fn accept(&mut self, ssrc: u32, index: u64) {
        self.clock += 1;
        if let Some(state) = self.map.get_mut(&ssrc) {
            state.accept(index);
            state.used = self.clock;
            return;
        }
        if self.map.len() >= MAX_SSRCS
            && let Some(oldest) = self.map.iter().min_by_key(|(_, s)| s.used).map(|(ssrc, _)| *ssrc)
        {
            self.map.remove(&oldest);
        }
        self.map.insert(ssrc, Replay { highest: index, seen: 1, used: self.clock });
    }
}
