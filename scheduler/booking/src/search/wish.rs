//! What is looked for, and among what.

use alloc::vec::Vec;

use crate::availability::Opening;
use crate::interval::Interval;

/// What a resource needs around each of its sessions: the way there and back, or airing a room. Between two sessions
/// of one resource lie at least both together; hours need not hold during them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Buffer {
    /// Seconds before.
    pub before_s: u32,
    /// Seconds after.
    pub after_s: u32,
}

impl Buffer {
    /// Seconds that lie between two sessions.
    #[must_use]
    pub fn between_s(self) -> u64 {
        u64::from(self.before_s) + u64::from(self.after_s)
    }
}

/// Something that one session at a time can have. When it has one is told where a search asks for it.
#[derive(Clone, Debug, Default)]
pub struct Resource<'a> {
    /// What it keeps to, all at once: hours of its own, hours of its site. Open all the time without any.
    pub openings: Vec<&'a Opening>,
    /// Around its sessions.
    pub buffer: Buffer,
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// For each need the resources of which one is wanted, the preferred first, by their place in the list of resources.
    /// No resource serves two needs.
    pub needs: &'a [Vec<usize>],
    /// How long, in seconds.
    pub seconds: u64,
    /// Starts are at multiples of this after midnight, in seconds; it divides a day.
    pub step_s: u64,
}

/// A time at which everything that is needed is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// When.
    pub interval: Interval,
    /// For each need the resource that serves it, by its place in the list.
    pub served_by: Vec<usize>,
}
