//! How a listener's sound is protected at present: what its line was seen to lose, and the copies chosen by that.

use media::Ms;

use super::redundancy::{Distances, Loss, redundancy};

/// Each packet tells so much of what is known of the line, and what was known before loses as much weight.
const WEIGHT: f64 = 1.0 / 128.0;
/// What fewer packets have told is not taken for the whole truth: one loss is no lossy line.
const LEAST_PACKETS: f64 = 128.0;
/// So many losses that came alone are taken to have been seen before any: two packets lost in a row are no pattern.
const ALONE: f64 = 2.0;
/// Fewer copies are sent only after the line has needed no more for so long.
const HOLD_MS: u64 = 20_000;
/// Receiver reports count where packets were not told of one by one for so long.
const TOLD_MS: u64 = 10_000;
/// What sound takes is the most that it took in one of the last slots.
const SLOTS: usize = 4;
const SLOT_MS: u64 = 1_000;

/// What a line does to sound, as far as it was told; newer packets count more.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    packets: f64,
    lost: f64,
    bursts: f64,
}

impl Seen {
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
struct Taken {
    slot: u64,
    bytes: [u64; SLOTS],
}

impl Taken {
    fn note(&mut self, now: Ms, bytes: usize) {
        let slot = now.0 / SLOT_MS;
        for passed in (self.slot + 1..=slot).rev().take(SLOTS) {
            self.bytes.get_mut(passed as usize % SLOTS).into_iter().for_each(|it| *it = 0);
        }
        self.slot = self.slot.max(slot);
        self.bytes
            .get_mut(self.slot as usize % SLOTS)
            .into_iter()
            .for_each(|it| *it += bytes as u64);
    }

    fn bits_per_second(&self) -> u64 {
        self.bytes.iter().max().map_or(0, |bytes| bytes * 8 * 1_000 / SLOT_MS)
    }
}

/// The copies of sound that one listener is sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Protection {
    seen: Seen,
    /// When a packet was told of last.
    told_at: Option<Ms>,
    taken: Taken,
    /// Bits a second that copies may take, where that is known.
    room: Option<u64>,
    /// What the loss asks for, and when it asked last for as much.
    chosen: (Distances, Ms),
}

impl Protection {
    /// The client tells of a packet of sound, in the order of its stream; `after_loss` if the one before was lost.
    pub(crate) fn told(&mut self, now: Ms, lost: bool, after_loss: bool) {
        self.told_at = Some(now);
        let count = |it: bool| f64::from(u8::from(it));
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
        // A report says nothing of bursts: they are what chance makes.
        self.seen.add(packets, lost, lost * (1.0 - part.clamp(0.0, 1.0)));
        self.choose(now);
    }

    /// Copies may take so many bits a second at most; `None` if nothing is known of the line.
    pub(crate) const fn allow(&mut self, room: Option<u64>) {
        self.room = room;
    }

    /// What copies take at present.
    pub(crate) fn bits_per_second(&self) -> u64 {
        self.distances().bits_per_second(self.taken.bits_per_second())
    }

    /// A packet of sound is sent; a copy of it takes so many bytes.
    pub(crate) fn sent(&mut self, now: Ms, bytes: usize) {
        self.taken.note(now, bytes);
    }

    /// Which copies a packet carries now.
    pub(crate) fn distances(&self) -> Distances {
        let (chosen, _) = self.chosen;
        let Some(room) = self.room.filter(|_| chosen != Distances::NONE) else { return chosen };
        let voice = self.taken.bits_per_second();
        match chosen.bits_per_second(voice) <= room {
            true => chosen,
            false => redundancy(self.seen.loss(), Some(room), voice),
        }
    }

    fn choose(&mut self, now: Ms) {
        let wanted = redundancy(self.seen.loss(), None, 0);
        let (chosen, since) = self.chosen;
        if wanted.copies() >= chosen.copies() || now.since(since) >= HOLD_MS {
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
        assert!((HOLD_MS..25_000).contains(&(until(&copies, 2) as u64)));
        assert!((30_000..60_000).contains(&until(&copies, 1)) && copies.last() == Some(&0));
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
    fn a_thin_line_gets_fewer_copies_at_once() {
        let mut it = Protection::default();
        for at in 0..500 {
            it.told(Ms(at * 20), at % 5 == 0, at % 5 == 1);
            it.sent(Ms(at * 20), 64);
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
