//! Keys into the tables, and the names that people and streams are given.

pub use media::{RoomId, TrackId};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A participant, for as long as it is in a room; never used again.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ParticipantId(pub u64);

/// One peer connection; never used again after it ended.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ConnectionId(pub u32);

/// One signalling connection, as numbered by the caller; never used again.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SignalId(pub u64);

/// Where this core's keys begin: cores that run side by side never give the same one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Numbering {
    /// The first of this core.
    pub first: u32,
    /// How many cores share the numbers; 0 is taken for 1.
    pub of: u32,
}

impl Numbering {
    /// The key after `count` others.
    #[must_use]
    pub fn nth(self, count: u32) -> u32 {
        count.wrapping_mul(self.of.max(1)).wrapping_add(self.first).wrapping_add(1)
    }
}

/// Gives names and numbers that nobody can guess, from a seed that the caller draws.
#[derive(Debug)]
pub struct Names {
    generator: StdRng,
}

impl Names {
    /// The same seed gives the same names.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self { generator: StdRng::from_seed(seed) }
    }

    /// A name of 60 random bits after `prefix`, as LiveKit's ids are.
    pub fn sid(&mut self, prefix: &str) -> String {
        const CHARS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let random: u64 = self.generator.random();
        let chars = (0..12).filter_map(|place| CHARS.get((random >> (5 * place)) as usize & 31));
        prefix.chars().chain(chars.map(|byte| char::from(*byte))).collect()
    }

    /// A name of 128 random bits, in hexadecimal.
    pub fn secret(&mut self) -> String {
        format!("{:032x}", self.generator.random::<u128>())
    }

    /// A name of 64 random bits, in hexadecimal.
    pub fn tag(&mut self) -> String {
        format!("{:016x}", self.generator.random::<u64>())
    }

    /// The number of a stream (SSRC).
    pub fn ssrc(&mut self) -> u32 {
        self.generator.random()
    }
}
