//! When padding may be sent to learn whether more fits.

#[derive(Debug, Default)]
pub(crate) struct Probing {
    next_us: u64,
    until_us: u64,
    gap_us: u64,
    began_at: f64,
}

impl Probing {
    pub(crate) const fn goes_on(&self, now_us: u64) -> bool {
        now_us < self.until_us
    }

    pub(crate) const fn is_due(&self, now_us: u64) -> bool {
        now_us >= self.next_us
    }

    /// Begins to probe; the next time follows in 5 s if the last one found room, later and later if it did not.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a second or so")]
    pub(crate) fn begin(&mut self, now_us: u64, rate: f64, response_us: f64) {
        let found = self.gap_us == 0 || rate > 1.1 * self.began_at;
        self.gap_us = if found { 5_000_000 } else { (2 * self.gap_us).min(40_000_000) };
        self.began_at = rate;
        self.until_us = now_us.saturating_add((3.0 * response_us) as u64 + 500_000);
        self.next_us = self.until_us.saturating_add(self.gap_us);
    }
}
