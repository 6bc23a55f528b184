//! Spans of time, and what several of them cover together.

use alloc::vec::Vec;

/// From a moment until before another, milliseconds since 1970; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    from_ms: u64,
    to_ms: u64,
}

impl Span {
    /// The span between two moments; none if it were empty.
    #[must_use]
    pub const fn new(from_ms: u64, to_ms: u64) -> Option<Self> {
        if from_ms < to_ms { Some(Self { from_ms, to_ms }) } else { None }
    }

    /// Its first moment.
    #[must_use]
    pub const fn from_ms(self) -> u64 {
        self.from_ms
    }

    /// The first moment after it.
    #[must_use]
    pub const fn to_ms(self) -> u64 {
        self.to_ms
    }

    /// How long it is; never 0.
    #[must_use]
    pub const fn length_ms(self) -> u64 {
        self.to_ms.saturating_sub(self.from_ms)
    }

    /// What lies in both; none if nothing does.
    #[must_use]
    pub fn within(self, other: Self) -> Option<Self> {
        Self::new(self.from_ms.max(other.from_ms), self.to_ms.min(other.to_ms))
    }
}

/// What `spans` cover of `whole` together: apart from each other, the earliest first.
pub(crate) fn union(spans: impl Iterator<Item = Span>, whole: Span) -> Vec<Span> {
    let mut all: Vec<Span> = spans.filter_map(|span| span.within(whole)).collect();
    all.sort_unstable();
    let mut apart: Vec<Span> = Vec::with_capacity(all.len());
    for span in all {
        match apart.last_mut() {
            Some(last) if span.from_ms <= last.to_ms => last.to_ms = last.to_ms.max(span.to_ms),
            _ => apart.push(span),
        }
    }
    apart
}

/// Whether one of `apart`, which are as [`union`] makes them, covers `at_ms`; asked for moments in their order, it leaves those
/// behind that are over.
pub(crate) fn covers(apart: &mut &[Span], at_ms: u64) -> bool {
    while let [first, rest @ ..] = apart
        && first.to_ms <= at_ms
    {
        *apart = rest;
    }
    apart.first().is_some_and(|first| first.from_ms <= at_ms)
}
