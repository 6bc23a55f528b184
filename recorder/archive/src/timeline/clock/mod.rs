use super::Us;
use super::stream::Entry;
use crate::tap::Media;
use alloc::vec;
use alloc::vec::Vec;

/// Arrivals are looked at in windows of this length.
const WINDOW_US: Us = 10_000_000;
/// One packet of so many may be less late than what counts for a window.
const LEAST_OF: usize = 20;
/// Two neighbouring anchors that differ by more than this do not lie on one line.
const BEND_US: Us = 100_000;
/// Packets that span less than this do not tell whether a clock jumped or a packet was odd.
const STRETCH_US: Us = 500_000;
/// The longest that a line may stand so that what it gives then still counts for when it was sent.
const LATE_US: Us = 15_000_000;
/// A packet this far behind the newest came late; further behind, the numbers began anew.
const REORDERED: i64 = 4_096;
/// How many spells before the newest may go on.
const SPELLS_BACK: usize = 4;

/// How RTP time goes with arrival in one kind of media.
#[derive(Clone, Copy, Debug)]
struct Manner {
    /// From one packet to the next, RTP time and arrival may part by less than this.
    jump_us: Us,
    /// How far a packet may lie before one that was sent before it: pictures are not sent in the
    /// order in which they are shown.
    back_us: Us,
}

impl Manner {
    const fn of(media: Media) -> Self {
        match media {
            Media::Audio => Self { jump_us: 300_000, back_us: 0 },
            Media::Video => Self { jump_us: 700_000, back_us: 1_000_000 },
        }
    }
}

/// When each packet of a stream (in order of sending) was captured, by the gateway's clock and never
/// after its arrival.
///
/// The RTP clock of `rate` ticks in a second says how packets lie to each other as long as it runs
/// with their arrivals; the least late of them say where they lie. Where the clock stands still or
/// jumps, a new spell begins, with a place of its own. What fits to no spell lies where it arrived,
/// but between its neighbours.
#[must_use]
pub fn captured(media: Media, rate: u32, entries: &[Entry]) -> Vec<Us> {
    let ruler = Ruler { rate: i64::from(rate.max(1)), manner: Manner::of(media), entries };
    let chain = in_order(entries);
    let mut spells = ruler.spells(&chain);
    let longest = spells.iter().map(Spell::span).max().unwrap_or_default();
    let enough = longest.min(STRETCH_US * ruler.rate / 1_000_000);
    spells.retain(|it| it.span() >= enough);
    let mut sure: Vec<Option<Us>> = vec![None; entries.len()];
    for spell in &spells {
        ruler.place(spell, &mut sure);
    }
    ruler.fill(&sure)
}

/// Packets in order of arrival, without those that came after a later one.
fn in_order(entries: &[Entry]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    let at_us = |it: &usize| entries.get(*it).map_or(0, |it| it.at_us);
    order.sort_by_key(at_us);
    let mut newest: Option<i64> = None;
    order.retain(|it| {
        let Some(seq) = entries.get(*it).map(|it| it.seq) else { return false };
        let late = newest.is_some_and(|newest| (1..REORDERED).contains(&(newest - seq)));
        if !late {
            newest = Some(seq);
        }
        !late
    });
    order
}

/// Packets, in order of arrival, over which the RTP clock ran.
#[derive(Clone, Debug, Default)]
struct Spell {
    /// Index, and ticks since the first.
    members: Vec<(usize, i64)>,
    /// The least late of its last window.
    tail: Entry,
}

impl Spell {
    /// Ticks from the first to the last.
    fn span(&self) -> i64 {
        match self.members.as_slice() {
            [first, .., last] => last.1 - first.1,
            _ => 0,
        }
    }
}

struct Ruler<'a> {
    rate: i64,
    manner: Manner,
    entries: &'a [Entry],
}

impl Ruler<'_> {
    fn entry(&self, index: usize) -> Entry {
        self.entries.get(index).copied().unwrap_or_default()
    }

    fn us(&self, ticks: i64) -> Us {
        let us = i128::from(ticks) * 1_000_000 / i128::from(self.rate);
        i64::try_from(us).unwrap_or(i64::MAX / 4)
    }

    /// RTP time from `a` to `b` in ticks: of all that it may be, as it wraps, what is nearest to the
    /// time between their arrivals.
    fn ticks(&self, a: &Entry, b: &Entry) -> i64 {
        let passed = i128::from(b.at_us - a.at_us) * i128::from(self.rate) / 1_000_000;
        let passed = i64::try_from(passed).unwrap_or_default();
        let wrapped = u32::try_from(passed.rem_euclid(1 << 32)).unwrap_or_default();
        passed + i64::from(b.ts.wrapping_sub(a.ts).wrapping_sub(wrapped).cast_signed())
    }

    /// How much later than `a` the packet `b` came, by the RTP clock.
    fn later(&self, a: &Entry, b: &Entry) -> Us {
        (b.at_us - a.at_us).saturating_sub(self.us(self.ticks(a, b)))
    }

    fn near(&self, a: &Entry, b: &Entry) -> bool {
        self.later(a, b).abs() < self.manner.jump_us
    }

    /// Cuts a chain where the clock jumped or stood still, and joins what runs on one clock.
    fn spells(&self, chain: &[usize]) -> Vec<Spell> {
        let mut spells: Vec<Spell> = Vec::new();
        let mut recent: Vec<usize> = Vec::new();
        for run in chain.chunk_by(|a, b| self.near(&self.entry(*a), &self.entry(*b))) {
            let Some(head) = self.least_late(run.iter()) else { continue };
            let fits = |it: &&usize| spells.get(**it).is_some_and(|it| self.near(&it.tail, &head));
            let place = recent.iter().rev().find(fits).copied().unwrap_or(spells.len());
            if place == spells.len() {
                spells.push(Spell { tail: head, ..Spell::default() });
            }
            recent.retain(|it| *it != place);
            recent.push(place);
            if recent.len() > SPELLS_BACK {
                recent.remove(0);
            }
            if let Some(spell) = spells.get_mut(place) {
                self.lengthen(spell, run);
            }
        }
        spells
    }

    fn lengthen(&self, spell: &mut Spell, run: &[usize]) {
        for index in run {
            let ticks = spell.members.last().map_or(0, |(last, ticks)| {
                ticks.saturating_add(self.ticks(&self.entry(*last), &self.entry(*index)))
            });
            spell.members.push((*index, ticks));
        }
        let Some(tail) = self.least_late(run.iter().rev()) else { return };
        let old = tail.at_us - spell.tail.at_us > WINDOW_US;
        if old || self.later(&spell.tail, &tail) <= 0 {
            spell.tail = tail;
        }
    }

    /// The least late of those packets that came within a window of the first.
    fn least_late<'a>(&self, indices: impl Iterator<Item = &'a usize>) -> Option<Entry> {
        let mut entries = indices.map(|it| self.entry(*it));
        let first = entries.next()?;
        let near = entries.take_while(|it| (it.at_us - first.at_us).abs() <= WINDOW_US);
        let later = |a: Entry, b: Entry| if self.later(&a, &b) < 0 { b } else { a };
        Some(near.fold(first, later))
    }

    /// Writes down when the packets of a spell were captured.
    fn place(&self, spell: &Spell, sure: &mut [Option<Us>]) {
        let anchors = self.anchors(spell);
        for (index, ticks) in &spell.members {
            let entry = self.entry(*index);
            let us = self.us(*ticks).saturating_add(offset(&anchors, *ticks, self, &entry));
            if let Some(place) = sure.get_mut(*index) {
                *place = Some(us);
            }
        }
    }

    /// One of the least late packets of each window: ticks, and what is to be added to them. Not the
    /// very least late: it may be an odd one.
    fn anchors(&self, spell: &Spell) -> Vec<(i64, Us)> {
        let window = |it: &(usize, i64)| self.entry(it.0).at_us.div_euclid(WINDOW_US);
        let mut anchors: Vec<(i64, Us)> = Vec::new();
        let mut before = None;
        for members in spell.members.chunk_by(|a, b| window(a) == window(b)) {
            let (Some(first), Some(last)) = (members.first(), members.last()) else { continue };
            let (here, end_us) = (window(first), self.entry(last.0).at_us);
            // A last window of a moment says less of the line's least delay than the one before it.
            let is_last = spell.members.last().is_some_and(|it| it.0 == last.0);
            let moment = end_us - here * WINDOW_US < WINDOW_US / 4;
            if is_last && moment && before == Some(here - 1) {
                break;
            }
            before = Some(here);
            let offset =
                |it: &(usize, i64)| (it.1, self.entry(it.0).at_us.saturating_sub(self.us(it.1)));
            let mut offsets: Vec<(i64, Us)> = members.iter().map(offset).collect();
            let low = offsets.len() / LEAST_OF;
            anchors.push(*offsets.select_nth_unstable_by_key(low, |it| it.1).1);
        }
        anchors.sort_unstable();
        anchors
    }

    /// Puts the packets that are in no spell between those that are.
    fn fill(&self, sure: &[Option<Us>]) -> Vec<Us> {
        let mut next: Vec<Option<Us>> = vec![None; sure.len()];
        let mut nearest = None;
        for (place, known) in next.iter_mut().zip(sure).rev() {
            nearest = known.or(nearest);
            *place = nearest;
        }
        let mut before: Option<(Entry, Us)> = None;
        let mut all = Vec::with_capacity(sure.len());
        for ((entry, known), next) in self.entries.iter().zip(sure).zip(next) {
            let us = known.unwrap_or_else(|| self.between(before, entry, next));
            let us = us.clamp(entry.at_us - LATE_US, entry.at_us);
            if known.is_some() {
                before = Some((*entry, us));
            }
            all.push(us);
        }
        all
    }

    fn between(&self, before: Option<(Entry, Us)>, entry: &Entry, next: Option<Us>) -> Us {
        let latest = next.map_or(entry.at_us, |it| it.min(entry.at_us));
        let Some((last, last_us)) = before else { return latest };
        let by_clock = last_us.saturating_add(self.us(self.ticks(&last, entry)));
        let earliest = last_us - self.manner.back_us;
        let late = entry.at_us.saturating_sub(by_clock) <= LATE_US;
        if late && (earliest..=latest + self.manner.back_us).contains(&by_clock) {
            return by_clock;
        }
        latest.max(last_us)
    }
}

/// What is to be added to `ticks`: between two anchors on one line it is interpolated; where the line
/// bends, the anchor that fits better to the arrival counts.
fn offset(anchors: &[(i64, Us)], ticks: i64, ruler: &Ruler<'_>, entry: &Entry) -> Us {
    let next = anchors.partition_point(|it| it.0 <= ticks);
    let before = next.checked_sub(1).and_then(|it| anchors.get(it));
    match (before, anchors.get(next)) {
        (None, None) => 0,
        (Some(only), None) | (None, Some(only)) => only.1,
        (Some(before), Some(after)) if (after.1 - before.1).abs() <= BEND_US => {
            let part = i128::from(ticks - before.0) * i128::from(after.1 - before.1);
            let whole = i128::from((after.0 - before.0).max(1));
            before.1 + i64::try_from(part / whole).unwrap_or_default()
        }
        (Some(before), Some(after)) => {
            let late = |it: &(i64, Us)| (entry.at_us - ruler.us(ticks).saturating_add(it.1)).abs();
            if late(before) <= late(after) { before.1 } else { after.1 }
        }
    }
}

#[cfg(test)]
mod tests;
