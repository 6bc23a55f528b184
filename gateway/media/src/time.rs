use core::ops::Add;

/// Milliseconds since a start that the shell chooses.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Ms(pub u64);

impl Ms {
    /// How long after `earlier` this is, in milliseconds; 0 if it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<u64> for Ms {
    type Output = Self;

    fn add(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// An RTP timestamp in ticks of the codec's clock (RFC 3550 §5.1). It wraps, so it has a distance
/// but no order: there is no `Ord`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RtpTime(pub u32);

impl RtpTime {
    /// Ticks from `earlier` to this, in −2³¹..2³¹.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i32 {
        self.0.wrapping_sub(earlier.0) as i32
    }

    /// This time, `ticks` later.
    #[must_use]
    pub const fn plus(self, ticks: u32) -> Self {
        Self(self.0.wrapping_add(ticks))
    }

    /// This time, `ticks` earlier.
    #[must_use]
    pub const fn minus(self, ticks: u32) -> Self {
        Self(self.0.wrapping_sub(ticks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rtp_time_has_a_distance_across_the_wrap() {
        for (later, earlier, ticks) in [(10, 4, 6), (2, u32::MAX, 3), (4, 10, -6)] {
            assert_eq!(RtpTime(later).since(RtpTime(earlier)), ticks, "{later} - {earlier}");
        }
    }

    #[test]
    fn time_before_is_no_time_since() {
        assert_eq!(Ms(5).since(Ms(9)), 0);
        assert_eq!((Ms(5) + 4).since(Ms(5)), 4);
    }
}
