//! What a megabyte costs by the hour of the day.

use alloc::vec::Vec;

/// A day in minutes and in seconds of the clock.
const DAY_MINUTES: u16 = 24 * 60;
const DAY_S: u32 = 24 * 3600;

/// A price from a time of the day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// Minute of the day, 0 to 1439 of the local clock, at which it begins; it lasts until the next one begins.
    pub from_minute: u16,
    /// Price of a megabyte (10^6 bytes) in hundredths of a fen; 0 = free.
    pub price: u32,
}

/// What is wrong with a tariff. The texts are for people and say what is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TariffError {
    /// More bands than a day has hours.
    #[error("a tariff has at most {most} bands; join those of the same price")]
    TooMany {
        /// Most bands.
        most: usize,
    },
    /// Not in the order of the day, or two at the same minute, or past midnight.
    #[error("the bands must begin within the day, each after the one before it")]
    OutOfOrder,
    /// A price that is none.
    #[error("a megabyte costs at most {most} hundredths of a fen")]
    TooDear {
        /// Highest price.
        most: u32,
    },
}

/// Prices of a whole day. The last band of a day goes on over midnight until the first one begins, so that the bands cover
/// the day and never overlap, however many they are. Without bands nothing is known of prices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tariff(Vec<Band>);

/// A stretch of local time in which the clock is not set forward or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockRun {
    /// What the local clock shows at its begin, seconds after midnight.
    pub second_of_day: u32,
    /// How long it is, seconds.
    pub seconds: u64,
}

impl Tariff {
    /// Most bands.
    pub const BANDS_MAX: usize = 24;
    /// Highest price of a megabyte, hundredths of a fen: 100 yuan.
    pub const PRICE_MAX: u32 = 1_000_000;

    /// A tariff of these bands, which are in the order of the day.
    pub fn new(bands: Vec<Band>) -> Result<Self, TariffError> {
        if bands.len() > Self::BANDS_MAX {
            return Err(TariffError::TooMany { most: Self::BANDS_MAX });
        }
        let within = bands.iter().all(|band| band.from_minute < DAY_MINUTES);
        if !within || !bands.is_sorted_by(|one, next| one.from_minute < next.from_minute) {
            return Err(TariffError::OutOfOrder);
        }
        if bands.iter().any(|band| band.price > Self::PRICE_MAX) {
            return Err(TariffError::TooDear { most: Self::PRICE_MAX });
        }
        Ok(Self(bands))
    }

    /// Its bands in the order of the day.
    #[must_use]
    pub fn bands(&self) -> &[Band] {
        &self.0
    }

    /// The price at this second of the local day, and how many seconds it holds on; `None` without bands.
    fn at(&self, second_of_day: u32) -> Option<(u32, u64)> {
        let second = second_of_day % DAY_S;
        let begin = |band: &Band| u32::from(band.from_minute) * 60;
        let now = self.0.iter().rev().find(|band| begin(band) <= second).or(self.0.last())?;
        let next = self.0.iter().map(begin).find(|begin| *begin > second);
        let next = next.or_else(|| self.0.first().map(|band| begin(band) + DAY_S))?;
        Some((now.price, u64::from(next - second)))
    }

    /// The price of a megabyte at this second of the local day, hundredths of a fen; `None` without bands.
    #[must_use]
    pub fn price_at(&self, second_of_day: u32) -> Option<u32> {
        self.at(second_of_day).map(|(price, _)| price)
    }

    /// What `megabytes` (10^6 bytes) cost that come evenly over the time of `clock`, in fen, rounded up. `None` without bands,
    /// or where the time is empty.
    #[must_use]
    pub fn fen(&self, clock: &[ClockRun], megabytes: u32) -> Option<u64> {
        let (mut weighted, mut length) = (0u128, 0u128);
        for run in clock {
            let (mut second, mut left) = (run.second_of_day % DAY_S, run.seconds);
            while left > 0 {
                let (price, holds) = self.at(second)?;
                let step = left.min(holds);
                weighted += u128::from(price) * u128::from(step);
                length += u128::from(step);
                left -= step;
                // What remains of a day fits; a step is no longer than a day.
                second = (second + u32::try_from(step).unwrap_or(DAY_S)) % DAY_S;
            }
        }
        if length == 0 || self.0.is_empty() {
            return None;
        }
        let hundredths = weighted.saturating_mul(megabytes.into());
        u64::try_from(hundredths.div_ceil(length * 100)).ok()
    }
}
