//! What clients tell of the packets that they got, as it comes to the estimator of their access link.

use estimate::{
    Estimator, Fate, LEAST_BITS_PER_SECOND, MOST_BITS_PER_SECOND, PathId, Report, Start,
};

/// Calls in a row, each of a byte that says which, and what follows: any order, any figure, time that passes.
pub(crate) fn estimate(data: &[u8]) {
    let mut words = Words(data);
    let mut line = Estimator::new(0, Start::Unknown);
    let mut now_us = 0;
    while let Some(call) = words.byte() {
        now_us += u64::from(words.short()) * 8;
        let path = PathId(u32::from(call >> 4));
        match call & 7 {
            0..=2 => line.sent(now_us, path, u32::from(words.short())),
            3 => feedback(&mut line, now_us, path, &mut words),
            4 => line.report(now_us, path, report(&mut words)),
            5 => line.remb(now_us, path, words.long()),
            6 => line.leave(path),
            _ => line.tick(now_us),
        }
        let estimate = line.estimate();
        let bounds = LEAST_BITS_PER_SECOND..=MOST_BITS_PER_SECOND;
        assert!(bounds.contains(&estimate.bits_per_second), "{estimate:?}");
        assert!(
            line.probe_bits_per_second(
                now_us,
                if call & 8 == 8 { 0 } else { u64::from(call) << (call & 63) }
            ) <= MOST_BITS_PER_SECOND
        );
        assert!(line.pacing_bits_per_second(now_us) > 0, "something may always leave");
    }
}

/// A report on a stream; each figure may be any.
fn report(words: &mut Words<'_>) -> Report {
    Report {
        over_us: u64::from(words.short()) * 256,
        sent: words.short().into(),
        came: words.short().into(),
        lost: words.short().into(),
        round_trip_ms: Some(words.short().into()),
    }
}

/// Packets that were sent some time ago, each a gap after the one before, and came a while after, or at any time, or not.
fn feedback(line: &mut Estimator, now_us: u64, path: PathId, words: &mut Words<'_>) {
    let mut sent_us = now_us.saturating_sub(u64::from(words.short()) * 64);
    let mut fates = vec![];
    for _ in 0..words.low() & 63 {
        sent_us += u64::from(words.low()) * 128;
        let arrived_us = match words.low() {
            0 => None,
            255 => Some(words.long()),
            wait => Some(sent_us + u64::from(wait) * 1024),
        };
        fates.push(Fate { sent_us, bytes: u32::from(words.short()), arrived_us });
    }
    line.feedback(now_us, path, &fates);
}

/// Numbers from bytes; what is not there is 0.
struct Words<'a>(&'a [u8]);

impl Words<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn low(&mut self) -> u8 {
        self.byte().unwrap_or_default()
    }

    fn short(&mut self) -> u16 {
        u16::from_be_bytes([self.low(), self.low()])
    }

    fn long(&mut self) -> u64 {
        (0..4).fold(0, |so_far, _| so_far << 16 | u64::from(self.short()))
    }
}
