//! Points and stretches of time.

use core::fmt;

/// A point in time: seconds since 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixS(pub u64);

impl UnixS {
    /// This point and `seconds` later; stays at the end of time instead of wrapping.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// This point and `seconds` earlier, not before 1970.
    #[must_use]
    pub const fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Seconds from `earlier` to this point, 0 if it is not earlier.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// An interval whose end is not after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the end must be after the start")]
pub struct EmptyInterval;

/// A stretch of time `[start, end)`: never empty, the end not in it, so that back-to-back bookings do not clash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    start: UnixS,
    end: UnixS,
}

impl Interval {
    /// The stretch from `start` up to `end`.
    pub fn new(start: UnixS, end: UnixS) -> Result<Self, EmptyInterval> {
        if end > start { Ok(Self { start, end }) } else { Err(EmptyInterval) }
    }

    /// First second in it.
    #[must_use]
    pub const fn start(self) -> UnixS {
        self.start
    }

    /// First second after it.
    #[must_use]
    pub const fn end(self) -> UnixS {
        self.end
    }

    /// Its length in seconds, at least 1.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.end.since(self.start)
    }

    /// Whether the two share a second.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The seconds that the two share.
    #[must_use]
    pub fn within(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }

    /// From the start of the earlier to the end of the later, whatever lies between.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// What of it is left at `now`; all of it if nothing is.
    #[must_use]
    pub fn rest(self, now: UnixS) -> Self {
        Self::new(self.start.max(now), self.end).unwrap_or(self)
    }

    /// This stretch and `seconds` more at each end, not before 1970 nor after the end of time.
    #[must_use]
    pub const fn padded(self, seconds: u64) -> Self {
        Self { start: self.start.minus(seconds), end: self.end.plus(seconds) }
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", self.start.0, self.end.0)
    }
}
