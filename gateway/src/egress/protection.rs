//! How a listener's sound is protected at present: what its line was seen to lose, and the copies chosen by that.

use media::Ms;

use transport::payload::red;

use super::redundancy::{Distances, Loss, redundancy};

/// Each packet that is told of weighs so much in what is known of the line, and what was known before loses as much.
const WEIGHT: f64 = 1.0 / 128.0;
/// What fewer packets have told is not taken for the whole truth: one loss is no lossy line.
const LEAST_PACKETS: f64 = 128.0;
/// So many losses that came alone are taken to have been seen before any: two packets lost in a row are no pattern.
const ALONE: f64 = 2.0;
/// Copies end only after the line has needed none for so long.
const HOLD_MS: u64 = 20_000;
/// The second of two ends sooner: it takes as much as the first and brings a tenth of it.
const HOLD_SECOND_MS: u64 = 5_000;
/// Receiver reports count where packets were not told of one by one for so long.
const TOLD_MS: u64 = 10_000;
/// What sound takes is the mean of the last slots: a voice pauses for breath, and what its copies take more for a
/// second leaves before pictures.
const SLOTS: usize = 8;
const SLOT_MS: u64 = 1_000;

/// What a line does to sound, as far as it was told; newer packets count more.
#[derive(Clone, Copy, Debug, Default)]
struct LossMeter {
    packets: f64,
    lost: f64,
    bursts: f64,
}

impl LossMeter {
    /// So many packets more, of which so many were lost, in so many bursts.
    fn add(&mut self, packets: f64, lost: f64, bursts: f64) {
        let kept = (1.0 - WEIGHT).powf(packets);
        self.packets = self.packets * kept + packets;
        self.lost = (self.lost * kept + lost).max(0.0);
        self.bursts = (self.bursts * kept + bursts).max(0.0);
    }

    fn loss(&self) -> Loss {
        let part = self.lost / self.packets.max(LEAST_PACKETS);
        Loss { part: part.min(1.0), burst: ((self.lost + ALONE) / (self.bursts + ALONE)).max(1.0) }
    }
}

/// What one copy of all sound takes.
#[derive(Clone, Copy, Debug, Default)]
struct CopyRate {
    /// The slot in which anything was noted first, and the last one.
    slots: Option<(u64, u64)>,
    bytes: [u64; SLOTS],
}

impl CopyRate {
    fn note(&mut self, now: Ms, bytes: usize) {
        let slot = now.0 / SLOT_MS;
        let (first, last) = self.slots.unwrap_or((slot, slot));
        for passed in (last + 1..=slot).rev().take(SLOTS) {
            self.bytes.get_mut(passed as usize % SLOTS).into_iter().for_each(|bytes| *bytes = 0);
        }
        let last = last.max(slot);
        self.slots = Some((first, last));
        let noted = self.bytes.get_mut(last as usize % SLOTS);
        noted.into_iter().for_each(|sum| *sum += bytes as u64);
    }

    /// The mean of all slots but the one that is not over yet; of that alone while it is the first.
    fn bits_per_second(&self) -> u64 {
        let Some((first, last)) = self.slots else { return 0 };
        let under_way = self.bytes.get(last as usize % SLOTS).copied().unwrap_or(0);
        let over = (last - first).min(SLOTS as u64 - 1);
        let bytes = self.bytes.iter().sum::<u64>() - under_way;
        let mean = bytes.checked_div(over).unwrap_or(under_way);
        mean * 8 * 1_000 / SLOT_MS
    }
}

/// The copies of sound that one listener is sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Protection {
    seen: LossMeter,
    /// When a packet was told of last.
    told_at: Option<Ms>,
    copy_rate: CopyRate,
    /// Bits a second that copies may take, where that is known.
    room: Option<u64>,
    /// What the loss asks for, and when it asked last for as much.
    chosen: (Distances, Ms),
    /// The line has no room for sound in packets of its own.
    bundled: bool,
}

impl Protection {
    /// The client tells of a packet of sound, in the order of its stream; `after_loss` if the one before was lost.
    pub(crate) fn told(&mut self, now: Ms, lost: bool, after_loss: bool) {
        self.told_at = Some(now);
        let count = |holds: bool| f64::from(u8::from(holds));
        self.seen.add(1.0, count(lost), count(lost && !after_loss));
        self.choose(now);
    }

    /// A packet that was told to be lost has come after all.
    pub(crate) fn came(&mut self, now: Ms) {
        self.seen.add(0.0, -1.0, -1.0);
        self.choose(now);
    }

    /// The client reports that it lost this part of so many packets of a stream of sound.
    pub(crate) fn report(&mut self, now: Ms, packets: u64, part: f64) {
        if self.told_at.is_some_and(|at| now.since(at) < TOLD_MS) {
            return;
        }
        let packets = u32::try_from(packets).map_or(f64::from(u32::MAX), f64::from);
        let lost = packets * part.clamp(0.0, 1.0);
        // A report says nothing of bursts: losses are taken to be spread by chance.
        self.seen.add(packets, lost, lost * (1.0 - part.clamp(0.0, 1.0)));
        self.choose(now);
    }

    /// Copies may take so many bits a second at most; `None` if nothing is known of the line.
    pub(crate) fn allow(&mut self, room: Option<u64>) {
        self.room = room;
        let copy = self.copy_rate.bits_per_second();
        // Less than half of a copy fits beside sound; until there is room for a whole one.
        let enough = if self.bundled { copy.saturating_add(copy / 20) } else { copy / 2 };
        self.bundled = room.is_some_and(|room| room < enough);
    }

    /// Whether two packets of sound are to go as one.
    pub(crate) fn is_bundled(&self) -> bool {
        self.bundled && self.distances() == Distances::NONE
    }

    /// What copies take at present.
    pub(crate) fn bits_per_second(&self) -> u64 {
        self.distances().bits_per_second(self.copy_rate.bits_per_second())
    }

    /// Sound of so many bytes is sent, in a packet of its own or with the next one.
    pub(crate) fn sent(&mut self, now: Ms, bytes: usize) {
        self.copy_rate.note(now, bytes + red::BLOCK_HEADER);
    }

    /// Which copies a packet carries now.
    pub(crate) fn distances(&self) -> Distances {
        let (chosen, _) = self.chosen;
        let Some(room) = self.room.filter(|_| chosen != Distances::NONE) else { return chosen };
        let voice = self.copy_rate.bits_per_second();
        match chosen.bits_per_second(voice) <= room {
            true => chosen,
            false => redundancy(self.seen.loss(), Some(room), voice),
        }
    }

    fn choose(&mut self, now: Ms) {
        let wanted = redundancy(self.seen.loss(), None, 0);
        let (chosen, since) = self.chosen;
        let hold_ms = if chosen.copies() > 1 { HOLD_SECOND_MS } else { HOLD_MS };
        if wanted.copies() >= chosen.copies() || now.since(since) >= hold_ms {
            // One copy less at a time.
            let less = chosen.copies() > wanted.copies() + 1;
            self.chosen = (if less { Distances::NEAREST } else { wanted }, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets each 20 ms, of which those are lost that `lost` says; the copies chosen after each.
    fn line(
        it: &mut Protection,
        ms: std::ops::Range<u64>,
        lost: impl Fn(u64) -> bool,
    ) -> Vec<usize> {
        let steps = ms.step_by(20);
        let tell = |at: u64| {
            it.told(Ms(at), lost(at / 20), lost((at / 20).wrapping_sub(1)));
            it.distances().copies()
        };
        steps.map(tell).collect()
    }

    /// By chance, the same each time.
    fn chance(seed: u64, one_in: u64) -> impl Fn(u64) -> bool {
        move |at| {
            let mixed = (at ^ seed).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32 & 0xffff
                < 0x1_0000 / one_in
        }
    }

    #[test]
    fn a_clean_line_gets_no_copies_and_a_lossy_one_those_that_it_needs() {
        for seed in 0..20 {
            let of = |one_in: u64| {
                let mut it = Protection::default();
                let copies = line(&mut it, 0..120_000, chance(seed, one_in));
                copies.iter().sum::<usize>() as f64 / copies.len() as f64
            };
            assert!(of(1_000_000) == 0.0);
            let (five, twenty) = (of(20), of(5));
            assert!((0.85..1.2).contains(&five), "{five} copies at 5 %");
            assert!((1.9..=2.0).contains(&twenty), "{twenty} copies at 20 %");
        }
    }

    #[test]
    fn copies_come_within_seconds_and_go_only_after_a_while() {
        let mut it = Protection::default();
        assert!(line(&mut it, 0..60_000, |_| false).iter().all(|copies| *copies == 0));
        let copies = line(&mut it, 60_000..70_000, |at| at % 5 == 0);
        let came = |copies: &[usize], wanted: usize| {
            copies.iter().position(|it| *it >= wanted).unwrap() * 20
        };
        assert!(came(&copies, 1) <= 500, "{} ms", came(&copies, 1));
        assert!(came(&copies, 2) <= 4_000, "{} ms", came(&copies, 2));
        let copies = line(&mut it, 70_000..140_000, |_| false);
        let until = |copies: &[usize], wanted: usize| {
            copies.iter().rposition(|it| *it >= wanted).unwrap() * 20
        };
        assert!((HOLD_SECOND_MS..10_000).contains(&(until(&copies, 2) as u64)));
        assert!((HOLD_MS..40_000).contains(&(until(&copies, 1) as u64)));
        assert_eq!(copies.last(), Some(&0));
    }

    #[test]
    fn what_came_after_all_was_not_lost() {
        let mut it = Protection::default();
        for at in 0..200 {
            it.told(Ms(at * 20), true, false);
            it.came(Ms(at * 20));
        }
        assert_eq!(it.distances(), Distances::NONE);
    }

    #[test]
    fn bursts_are_told_from_single_losses() {
        let mut it = Protection::default();
        line(&mut it, 0..60_000, |at| at % 60 < 3);
        let loss = it.seen.loss();
        assert!((0.03..0.08).contains(&loss.part) && (1.7..3.1).contains(&loss.burst), "{loss:?}");
    }

    #[test]
    fn reports_count_where_nobody_tells_packet_by_packet() {
        let mut it = Protection::default();
        it.report(Ms(5_000), 250, 0.2);
        assert_eq!(it.distances().copies(), 2);
        let mut it = Protection::default();
        it.told(Ms(0), false, false);
        it.report(Ms(TOLD_MS - 1), 250, 0.2);
        assert_eq!(it.distances().copies(), 0, "the packets themselves say better");
        it.report(Ms(TOLD_MS), 250, 0.2);
        assert_eq!(it.distances().copies(), 2);
    }

    #[test]
    fn sound_is_bundled_where_there_is_no_room_beside_it() {
        let mut it = Protection::default();
        (0..500).for_each(|at| it.sent(Ms(at * 20), 60));
        let mut bundled = |room| {
            it.allow(room);
            it.is_bundled()
        };
        // 50 copies of 64 bytes a second are 25.6 kbit/s.
        assert_eq!([None, Some(12_800), Some(12_799)].map(&mut bundled), [false, false, true]);
        assert_eq!([Some(26_879), Some(26_880), None].map(&mut bundled), [true, false, false]);
    }

    #[test]
    fn sound_has_copies_or_is_bundled_and_never_both() {
        let mut it = Protection::default();
        for at in 0..500 {
            it.told(Ms(at * 20), at % 20 == 0, false);
            it.sent(Ms(at * 20), 60);
        }
        let mut how = |room| {
            it.allow(Some(room));
            (it.distances().copies(), it.is_bundled())
        };
        assert_eq!(
            [12_000, 25_599, 25_600, 26_000].map(&mut how),
            [(0, true), (0, true), (1, false), (1, false)]
        );
    }

    #[test]
    fn what_copies_take_is_reckoned_over_the_pauses_of_a_voice() {
        let mut it = CopyRate::default();
        assert_eq!(it.bits_per_second(), 0);
        for at in (0..20_000).step_by(20).filter(|at| at / 1_000 % 2 == 0) {
            it.note(Ms(at), 50);
            let expected = if at < 1_000 { 0..=20_000 } else { 8_000..=20_000 };
            assert!(expected.contains(&it.bits_per_second()), "{at}: {}", it.bits_per_second());
        }
        // Three of the last seven seconds.
        assert_eq!(it.bits_per_second(), 50 * 50 * 3 / 7 * 8);
        it.note(Ms(u64::MAX), 50);
        assert_eq!(it.bits_per_second(), 0, "silence");
    }

    #[test]
    fn a_thin_line_gets_fewer_copies_at_once() {
        let mut it = Protection::default();
        for at in 0..500 {
            it.told(Ms(at * 20), at % 5 == 0, at % 5 == 1);
            it.sent(Ms(at * 20), 60);
        }
        assert_eq!(it.bits_per_second(), 51_200, "two copies");
        let mut copies = |room| {
            it.allow(room);
            it.distances().copies()
        };
        // 50 copies of 64 bytes a second are 25.6 kbit/s.
        assert_eq!(
            [None, Some(51_200), Some(51_199), Some(25_600), Some(25_599)].map(&mut copies),
            [2, 2, 1, 1, 0]
        );
    }
}
