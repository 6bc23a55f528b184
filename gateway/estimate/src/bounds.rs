//! The bounds of every rate, and what part of a rate is sent while nothing comes through.

use crate::{LEAST_BITS_PER_SECOND, MOST_BITS_PER_SECOND};

/// This part of the rate is sent while the link is away.
const DARK: f64 = 0.1;
const DARK_LEAST: f64 = 24e3;

#[expect(clippy::cast_precision_loss, reason = "bits of a second")]
pub(crate) const fn bounded(rate: f64) -> f64 {
    rate.clamp(LEAST_BITS_PER_SECOND as f64, MOST_BITS_PER_SECOND as f64)
}

/// What may be sent while a link is away that carried `rate`.
pub(crate) fn dark(rate: f64) -> f64 {
    (rate * DARK).max(DARK_LEAST).min(rate)
}
