use crate::take::ReceivedStream;
use crate::tap::Media;
use crate::timeline::{Ahead, Entry, Us, captured};
use alloc::vec::Vec;

/// A stream in order, with its times.
pub(super) struct Timed {
    pub(super) entries: Vec<Entry>,
    pub(super) captured_us: Vec<Us>,
    /// What its sender reports say of its times.
    pub(super) ahead: Ahead,
}

impl Timed {
    pub(super) fn of(media: Media, rate: u32, source: ReceivedStream) -> Self {
        let entries = source.stream.finish();
        let captured_us = captured(media, rate, &entries);
        let ahead = Ahead::new(rate, &entries, &captured_us, &source.reports);
        Self { entries, captured_us, ahead }
    }

    pub(super) fn ends_us(&self) -> Option<(Us, Us)> {
        Some((*self.captured_us.first()?, *self.captured_us.last()?))
    }

    pub(super) fn span_us(&self) -> Us {
        self.ends_us().map_or(0, |(first, last)| last - first)
    }
}
