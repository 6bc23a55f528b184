//! What a line carries and may carry.

/// Kilobits (10^3 bits) a second that sessions take of a line, with IP and UDP headers; each way as the site sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Load {
    /// To the site.
    pub down_kbps: u32,
    /// From the site.
    pub up_kbps: u32,
}

impl Load {
    /// Both together; stays at the greatest number instead of wrapping.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            down_kbps: self.down_kbps.saturating_add(other.down_kbps),
            up_kbps: self.up_kbps.saturating_add(other.up_kbps),
        }
    }

    /// The greater of the two, each way for itself.
    #[must_use]
    pub fn most(self, other: Self) -> Self {
        Self {
            down_kbps: self.down_kbps.max(other.down_kbps),
            up_kbps: self.up_kbps.max(other.up_kbps),
        }
    }
}

/// What may be booked on a line at once; `None` = no bound that way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capacity {
    /// Kilobits a second to the site.
    pub down_kbps: Option<u32>,
    /// Kilobits a second from the site.
    pub up_kbps: Option<u32>,
}

impl Capacity {
    /// More than this no access line carries, kilobits a second.
    pub const KBPS_MAX: u32 = 10_000_000;

    /// By how much `load` is over it, each way; `None` where it is within it both ways.
    #[must_use]
    pub fn over(self, load: Load) -> Option<Load> {
        let over = |load: u32, bound: Option<u32>| bound.map_or(0, |it| load.saturating_sub(it));
        let over = Load {
            down_kbps: over(load.down_kbps, self.down_kbps),
            up_kbps: over(load.up_kbps, self.up_kbps),
        };
        (over != Load::default()).then_some(over)
    }
}
