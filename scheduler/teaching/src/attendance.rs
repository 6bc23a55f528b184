//! Whether a place attended a class, by what it received.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt;
use core::str::FromStr;

use crate::span::{Span, covers, union};

/// From how much of the planned time on a place counts as present, percent: a session is held where as much of the lead's sound
/// was received (the indicator "sessions held" of the county's assessment).
pub const PRESENT_PERCENT: u64 = 60;

/// What is less than this is nobody's attendance, milliseconds: as long must a viewer of a live room have received to be counted
/// as one, so that a page that was opened and closed again is none.
pub const PARTIAL_FLOOR_MS: u64 = 30_000;

/// Parts of a second of which are counted: a window says how much of it was received, and not which part.
const PERMILLE: u64 = 1_000;

/// What a place was in a class. The order is that of how much was received; what is unknown stands behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attendance {
    /// It is known that next to nothing was received.
    Absent,
    /// Less than [`PRESENT_PERCENT`] of the planned time.
    Partial,
    /// At least [`PRESENT_PERCENT`] of the planned time.
    Present,
    /// What is known does not decide.
    Unknown,
}

/// A word that is none of attendance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a word of attendance")]
pub struct UnknownWord(pub String);

impl Attendance {
    /// Every word of the list.
    pub const ALL: &'static [Self] = &[Self::Present, Self::Partial, Self::Absent, Self::Unknown];

    /// The word as it stands in JSON and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Partial => "partial",
            Self::Present => "present",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Attendance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Attendance {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.iter().copied().find(|known| known.as_str() == word);
        found.ok_or_else(|| UnknownWord(word.into()))
    }
}

/// What one client told of a span: how much of it sound was received, and of how much it told nothing. Where in the span that was
/// is not known, so it is spread evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// When.
    pub span: Span,
    /// How long sound was received; what is over the length of the span is not counted.
    pub received_ms: u64,
    /// Of how long nothing was told; what is over the rest of the span is not counted.
    pub unknown_ms: u64,
}

impl Window {
    /// Thousandths of it, rounded so that nothing is received that was not.
    fn received(&self) -> u64 {
        let length_ms = self.span.length_ms();
        let parts = self.received_ms.min(length_ms).saturating_mul(PERMILLE);
        parts.checked_div(length_ms).unwrap_or_default()
    }

    /// Thousandths of it, rounded so that nothing is known that is not.
    fn unknown(&self) -> u64 {
        let length_ms = self.span.length_ms();
        let parts = self.unknown_ms.min(length_ms).saturating_mul(PERMILLE);
        parts.div_ceil(length_ms.max(1)).min(PERMILLE)
    }
}

/// All that is known of one place in one class.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// When the class was to be.
    pub planned: Span,
    /// When the lead teacher was in the room: what is received at other times is of somebody else.
    pub lead: &'a [Span],
    /// What the clients of the place told. They may overlap: what two of them received at once counts once.
    pub windows: &'a [Window],
    /// When receipts were kept, whoever had any: who has none then, received nothing. The spans of `lead` and `windows` are such
    /// anyway.
    pub watched: &'a [Span],
}

/// What a place was in a class, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attended {
    /// What it was, as far as that is known.
    pub attendance: Attendance,
    /// The least that it was, whatever is not known.
    pub at_least: Attendance,
    /// The most that it may have been.
    pub at_most: Attendance,
    /// How long it received the lead teacher's class within the planned time.
    pub received_ms: u64,
    /// Of how long of the planned time nothing is known; with `received_ms` never more than planned.
    pub unknown_ms: u64,
    /// How long the class was to be.
    pub planned_ms: u64,
}

/// What a place was in a class. More that was received never makes less of it, and what is not known never makes a presence out
/// of an absence: it only widens what lies between `at_least` and `at_most`.
#[must_use]
pub fn attended(evidence: &Evidence<'_>) -> Attended {
    let Evidence { planned, lead, windows, watched } = *evidence;
    let told = windows.iter().map(|window| window.span);
    let known = watched.iter().chain(lead).copied().chain(told.clone());
    let (lead, known) = (union(lead.iter().copied(), planned), union(known, planned));
    let cuts = cuts(told.chain(lead.iter().copied()).chain(known.iter().copied()), planned);
    let (mut lead, mut known) = (lead.as_slice(), known.as_slice());
    let mut waiting: Vec<&Window> = windows.iter().collect();
    waiting.sort_unstable_by_key(|window| Reverse(window.span));
    let mut open: Vec<&Window> = Vec::new();
    let (mut received, mut unknown) = (0_u64, 0_u64);
    for pair in cuts.windows(2) {
        let [from_ms, to_ms] = *pair else { continue };
        while let Some(next) = waiting.pop_if(|next| next.span.from_ms() <= from_ms) {
            open.push(next);
        }
        open.retain(|window| window.span.to_ms() > from_ms);
        let length_ms = to_ms.saturating_sub(from_ms);
        let (here, untold) = match (covers(&mut known, from_ms), covers(&mut lead, from_ms)) {
            (false, _) => (0, PERMILLE),
            (true, false) => (0, 0),
            (true, true) => shares(&open),
        };
        received = received.saturating_add(length_ms.saturating_mul(here));
        unknown = unknown.saturating_add(length_ms.saturating_mul(untold));
    }
    let planned_ms = planned.length_ms();
    let at_least = known_as(received, planned_ms);
    let at_most = known_as(received.saturating_add(unknown), planned_ms);
    Attended {
        attendance: if at_least == at_most { at_least } else { Attendance::Unknown },
        at_least,
        at_most,
        received_ms: received / PERMILLE,
        unknown_ms: unknown / PERMILLE,
        planned_ms,
    }
}

/// The moments between which nothing begins and nothing ends, in their order.
fn cuts(spans: impl Iterator<Item = Span>, planned: Span) -> Vec<u64> {
    let within = spans.filter_map(|span| span.within(planned));
    let mut cuts: Vec<u64> = within.flat_map(|span| [span.from_ms(), span.to_ms()]).collect();
    cuts.extend([planned.from_ms(), planned.to_ms()]);
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

/// What the clients of a place received of one moment, and what is not known of it, in thousandths: the best of them counts, and
/// each of them may have received what it told nothing of.
fn shares(open: &[&Window]) -> (u64, u64) {
    let received = open.iter().map(|window| window.received()).max().unwrap_or_default();
    let at_most = |window: &&Window| window.received().saturating_add(window.unknown());
    let most = open.iter().map(at_most).max().unwrap_or_default().min(PERMILLE);
    (received, most.saturating_sub(received))
}

/// What somebody is who received so much, in thousandths of milliseconds.
const fn known_as(received: u64, planned_ms: u64) -> Attendance {
    let present = planned_ms.saturating_mul(PERMILLE).saturating_mul(PRESENT_PERCENT) / 100;
    if received >= present {
        Attendance::Present
    } else if received >= PARTIAL_FLOOR_MS.saturating_mul(PERMILLE) {
        Attendance::Partial
    } else {
        Attendance::Absent
    }
}
