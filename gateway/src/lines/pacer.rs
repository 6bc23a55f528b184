//! What leaves for one access line, and when: sound at once, then what is sent again, then messages, then pictures.
//!
//! A packet that waits has neither header nor number of the connection yet: both say when it really left.

use std::collections::VecDeque;
use std::net::SocketAddr;

use sfu::Forward;

use crate::ids::ConnectionId;

/// Packets that wait for one line, of each kind: as many as a publisher's ring holds.
pub(crate) const HELD_MAX: usize = 512;
/// A picture that has waited for so long comes too late: what follows it in its stream is left out as well.
const LATE_US: u64 = 1_200_000;
/// What is sent again is of no use any more after so long.
const REPAIR_LATE_US: u64 = 1_000_000;
/// How far ahead of time packets may leave: twice the interval of the shard's timers.
const BURST_US: u64 = 10_000;
/// Nobody waits longer than this for sound and messages that left before: sound leaves whatever the rate is, messages have a
/// least of their own, and what they take beyond the rate is not to be paid back later.
const AHEAD_US: u64 = 200_000;
/// What is sent again takes at most this part of the rate while pictures wait.
const REPAIR_SHARE: (u64, u64) = (1, 2);
/// Datagrams of data channels that wait for one line.
pub(crate) const MESSAGES_MAX: usize = 256;
/// They take this part of the rate at most while pictures wait, and this part, or so many bits a second, whatever else is
/// sent as long as nothing waits on the line: slides are to come where sound and its copies fill it.
const MESSAGES_SHARE: (u64, u64) = (1, 2);
const MESSAGES_LEAST: (u64, u64) = (1, 4);
const MESSAGES_LEAST_BITS: u64 = 20_000;
/// A piece of a message that is sent twice is sent the second time after so long, so that one burst of loss does not take both.
const COPY_AFTER_US: u64 = 60_000;
/// Packets of pictures that are remembered: sent early once more, they show whether the line carries more.
const RECENT_MAX: usize = 64;

/// A packet that waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PacedPacket {
    pub(crate) listener: ConnectionId,
    /// Under which numbers it goes out.
    pub(crate) forward: Forward,
    pub(crate) kind: HeldKind,
    /// Since when it waits, on the clock of the lines.
    pub(crate) since_us: u64,
}

/// Why a packet that waits is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum HeldKind {
    /// For the first time.
    Fresh,
    /// The listener asked for it again.
    Again,
    /// Nobody asked for it: it shows whether the line carries more, and repairs what may be lost.
    Early,
}

/// A datagram of data channels that waits, sealed already: its numbers are those of its association, and do not depend
/// on the line.
#[derive(Clone, Debug)]
pub(crate) struct HeldMessage {
    pub(crate) listener: ConnectionId,
    pub(crate) to: SocketAddr,
    pub(crate) datagram: Vec<u8>,
    /// It has left before.
    pub(crate) copy: bool,
}

/// What may leave now.
#[derive(Clone, Debug)]
pub(crate) enum Released {
    /// A packet that waited.
    Packet(PacedPacket),
    /// A piece of a message that waited.
    Message(HeldMessage),
    /// Bytes without meaning, to somebody who takes such: it is tried whether the line carries more, and there is no
    /// packet at hand that is worth sending once more.
    Padding,
}

/// Paces one line.
#[derive(Debug)]
pub(crate) struct Pacer {
    /// None while nothing is known of the line: everything leaves at once.
    bits_per_second: Option<u64>,
    /// Up to which rate early repair is sent beside the rest; 0 for none.
    probe_bits_per_second: u64,
    /// When the line has carried what left, at the present rate.
    free_at_us: u64,
    /// The same for what was sent again, at its share of the rate.
    repair_free_at_us: u64,
    /// And for messages.
    messages_free_at_us: u64,
    /// And at what they are sent at least.
    messages_least_at_us: u64,
    /// Packets wait on the line.
    crowded: bool,
    messages: VecDeque<HeldMessage>,
    /// Those that are sent for the second time, and not before when.
    copies: VecDeque<(u64, HeldMessage)>,
    again: VecDeque<PacedPacket>,
    fresh: VecDeque<PacedPacket>,
    recent: VecDeque<PacedPacket>,
}

impl Pacer {
    pub(crate) const fn new() -> Self {
        Self {
            bits_per_second: None,
            probe_bits_per_second: 0,
            free_at_us: 0,
            repair_free_at_us: 0,
            messages_free_at_us: 0,
            messages_least_at_us: 0,
            crowded: false,
            messages: VecDeque::new(),
            copies: VecDeque::new(),
            again: VecDeque::new(),
            fresh: VecDeque::new(),
            recent: VecDeque::new(),
        }
    }

    /// The rate from here on, and that up to which early repair is sent.
    pub(crate) fn set_rate(&mut self, bits_per_second: u64, probe_bits_per_second: u64) {
        self.bits_per_second = Some(bits_per_second.max(1));
        self.probe_bits_per_second = probe_bits_per_second;
    }

    /// Whether packets wait on the line.
    pub(crate) const fn set_crowded(&mut self, crowded: bool) {
        self.crowded = crowded;
    }

    /// Something of so many bytes on the wire left.
    pub(crate) fn left(&mut self, now_us: u64, bytes: u64, kind: Option<HeldKind>) {
        let Some(rate) = self.bits_per_second else { return };
        let took = |rate: u64| bytes.saturating_mul(8_000_000) / rate.max(1);
        let from_us = self.free_at_us.max(now_us);
        let until_us = from_us + took(rate.max(self.probe_bits_per_second));
        self.free_at_us = match kind {
            None => until_us.min(from_us.max(now_us + AHEAD_US)),
            Some(_) => until_us,
        };
        if kind == Some(HeldKind::Again) {
            let share = rate * REPAIR_SHARE.0 / REPAIR_SHARE.1;
            self.repair_free_at_us = self.repair_free_at_us.max(now_us) + took(share);
        }
    }

    /// A piece of a message of so many bytes on the wire leaves now.
    pub(crate) fn message_left(&mut self, now_us: u64, bytes: u64) {
        let Some(rate) = self.bits_per_second else { return };
        let took_us = |rate: u64| bytes.saturating_mul(8_000_000) / rate.max(1);
        let share = rate / MESSAGES_SHARE.1 * MESSAGES_SHARE.0;
        self.messages_free_at_us = self.messages_free_at_us.max(now_us) + took_us(share);
        let least = (rate / MESSAGES_LEAST.1 * MESSAGES_LEAST.0).max(MESSAGES_LEAST_BITS);
        self.messages_least_at_us = self.messages_least_at_us.max(now_us) + took_us(least);
    }

    /// Whether a piece of a message may leave at once.
    pub(crate) fn passes_message(&self, now_us: u64) -> bool {
        self.messages.is_empty() && self.takes_messages(now_us)
    }

    fn takes_messages(&self, now_us: u64) -> bool {
        let soon_us = now_us.saturating_add(BURST_US);
        let share = self.fresh.is_empty() || self.messages_free_at_us <= soon_us;
        self.free(now_us) && share || self.least_due(now_us)
    }

    fn least_due(&self, now_us: u64) -> bool {
        !self.crowded && self.messages_least_at_us <= now_us
    }

    /// A piece of a message waits; `false` if too many do.
    pub(crate) fn hold_message(&mut self, held: HeldMessage) -> bool {
        let room = self.messages.len() < MESSAGES_MAX;
        if room {
            self.messages.push_back(held);
        }
        room
    }

    /// A piece of a message that has just left is sent once more, after all that waits for the first time; `false` if too
    /// many are.
    pub(crate) fn repeat_message(&mut self, now_us: u64, held: HeldMessage) -> bool {
        let room = self.copies.len() < MESSAGES_MAX;
        if room {
            self.copies.push_back((now_us + COPY_AFTER_US, HeldMessage { copy: true, ..held }));
        }
        room
    }

    /// A copy takes nothing of what messages are sent at least.
    fn next_message(&mut self, now_us: u64) -> Option<HeldMessage> {
        let copy = |copies: &mut VecDeque<(u64, HeldMessage)>| {
            copies.pop_front_if(|(due_us, _)| *due_us <= now_us).map(|(_, held)| held)
        };
        self.messages.pop_front().or_else(|| copy(&mut self.copies))
    }

    /// Whether the line may take another packet now.
    pub(crate) fn free(&self, now_us: u64) -> bool {
        self.bits_per_second.is_none() || self.free_at_us <= now_us.saturating_add(BURST_US)
    }

    /// Whether a picture's packet may leave at once.
    pub(crate) fn passes(&self, now_us: u64) -> bool {
        self.again.is_empty() && self.fresh.is_empty() && self.free(now_us)
    }

    /// A packet waits; `false` if too many do.
    pub(crate) fn hold(&mut self, held: PacedPacket) -> bool {
        let queue = match held.kind {
            HeldKind::Fresh => &mut self.fresh,
            HeldKind::Again | HeldKind::Early => {
                let asked = |other: &PacedPacket| {
                    other.listener == held.listener
                        && other.forward.slot == held.forward.slot
                        && other.forward.number == held.forward.number
                };
                if self.again.iter().any(asked) {
                    return true;
                }
                &mut self.again
            }
        };
        let room = queue.len() < HELD_MAX;
        if room {
            queue.push_back(held);
        }
        room
    }

    /// The next packet that may leave now. Those that come too late are given to `late`, of pictures one of each
    /// stream: nothing more of it waits then.
    pub(crate) fn next(
        &mut self,
        now_us: u64,
        mut late: impl FnMut(PacedPacket),
    ) -> Option<Released> {
        let repair_late =
            |held: &PacedPacket| held.since_us.saturating_add(REPAIR_LATE_US) < now_us;
        while let Some(held) = self.again.pop_front_if(|repair| repair_late(repair)) {
            late(held);
        }
        while let Some(held) = self.fresh.front().copied() {
            if held.since_us.saturating_add(LATE_US) >= now_us {
                break;
            }
            self.drop_stream(held.listener, held.forward.slot);
            late(held);
        }
        if !self.free(now_us) {
            let due = self.least_due(now_us);
            return self.messages.pop_front_if(|_| due).map(Released::Message);
        }
        let repairs = self.repair_free_at_us <= now_us.saturating_add(BURST_US);
        let repairs = repairs || (self.fresh.is_empty() && self.messages.is_empty());
        if let Some(again) = self.again.pop_front_if(|_| repairs) {
            return Some(Released::Packet(again));
        }
        if self.takes_messages(now_us)
            && let Some(message) = self.next_message(now_us)
        {
            return Some(Released::Message(message));
        }
        self.fresh.pop_front().map(Released::Packet).or_else(|| self.early(now_us))
    }

    /// What shows whether the line carries more: a packet that left lately once more, or padding.
    fn early(&mut self, now_us: u64) -> Option<Released> {
        if self.probe_bits_per_second == 0 {
            return None;
        }
        let young = |held: &PacedPacket| held.since_us.saturating_add(REPAIR_LATE_US) >= now_us;
        let early = |held| Released::Packet(PacedPacket { kind: HeldKind::Early, ..held });
        Some(self.recent.pop_back().filter(young).map_or(Released::Padding, early))
    }

    /// A picture's packet left for the first time.
    pub(crate) fn remember(&mut self, held: PacedPacket) {
        if self.recent.len() >= RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(held);
    }

    /// Nothing more of a stream waits.
    pub(crate) fn drop_stream(&mut self, listener: ConnectionId, slot: u16) {
        for queue in [&mut self.again, &mut self.fresh, &mut self.recent] {
            queue.retain(|held| (held.listener, held.forward.slot) != (listener, slot));
        }
    }

    /// Nothing waits for a listener that is gone.
    pub(crate) fn forget(&mut self, listener: ConnectionId) {
        for queue in [&mut self.again, &mut self.fresh, &mut self.recent] {
            queue.retain(|held| held.listener != listener);
        }
        self.messages.retain(|message| message.listener != listener);
        self.copies.retain(|(_, copy)| copy.listener != listener);
    }

    /// Whether something waits, or something may be tried.
    pub(crate) fn waits(&self) -> bool {
        let packets = !self.again.is_empty() || !self.fresh.is_empty();
        let messages = !self.messages.is_empty() || !self.copies.is_empty();
        self.probe_bits_per_second > 0 || packets || messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::{Layer, Picture, RtpTime};
    use sfu::{Cut, ListenerId, Source, TrackId};

    const KBIT: u64 = 1_000;
    const MS: u64 = 1_000;
    const PADDING: u64 = u64::MAX;
    const MESSAGE: u64 = u64::MAX - 1;

    fn message(listener: u32) -> HeldMessage {
        let to = SocketAddr::from(([127, 0, 0, 1], 9));
        HeldMessage { listener: ConnectionId(listener), to, datagram: vec![0; 1_000], copy: false }
    }

    fn held(listener: u32, number: u64, kind: HeldKind, since_us: u64) -> PacedPacket {
        let source = Source { track: TrackId(1), layer: Layer(0), seq: number };
        let (listener, slot) = (ConnectionId(listener), 0);
        let (id, time, picture) = (ListenerId(listener.0), RtpTime(0), Picture::default());
        let cut = Cut::AsItCame;
        let forward = Forward { listener: id, slot, source, number, time, picture, cut };
        PacedPacket { listener, forward, kind, since_us }
    }

    /// What leaves in each millisecond from `from_us` to `to_us`, packets of 1,000 bytes.
    fn leaves(pacer: &mut Pacer, from_us: u64, to_us: u64) -> Vec<(u64, HeldKind, u64)> {
        let mut left = vec![];
        for now_us in (from_us..to_us).step_by(MS as usize) {
            while let Some(next) = pacer.next(now_us, |_| {}) {
                let (kind, number) = match next {
                    Released::Packet(it) => (it.kind, it.forward.number),
                    Released::Message(_) => (HeldKind::Fresh, MESSAGE),
                    Released::Padding => (HeldKind::Early, PADDING),
                };
                pacer.left(now_us, 1_000, Some(kind));
                if number == MESSAGE {
                    pacer.message_left(now_us, 1_000);
                }
                left.push((now_us / MS, kind, number));
            }
        }
        left
    }

    #[test]
    fn what_is_sent_twice_is_sent_after_what_has_not_left_yet_and_not_at_once() {
        let mut pacer = Pacer::new();
        pacer.set_rate(1_000 * KBIT, 0);
        let copies = |pacer: &mut Pacer, from_us: u64, to_us: u64| {
            let times = (from_us..to_us).step_by(MS as usize).filter_map(|now_us| {
                let Released::Message(it) = pacer.next(now_us, |_| {})? else { return None };
                pacer.left(now_us, 1_000, None);
                pacer.message_left(now_us, 1_000);
                Some((it.listener.0, it.copy))
            });
            times.collect::<Vec<_>>()
        };
        assert!(pacer.repeat_message(0, message(1)) && pacer.waits());
        assert_eq!(copies(&mut pacer, 0, 59 * MS), []);
        assert!(pacer.hold_message(message(2)) && pacer.repeat_message(59 * MS, message(3)));
        assert_eq!(copies(&mut pacer, 60 * MS, 110 * MS), [(2, false), (1, true)]);
        pacer.forget(ConnectionId(3));
        assert!(!pacer.waits());
        let taken = (0..2 * MESSAGES_MAX).filter(|_| pacer.repeat_message(0, message(1))).count();
        assert_eq!(taken, MESSAGES_MAX);
    }

    #[test]
    fn what_waits_leaves_at_the_rate_of_the_line_repairs_first_within_their_share() {
        let mut pacer = Pacer::new();
        assert!(pacer.passes(0), "nothing is known of the line");
        pacer.set_rate(400 * KBIT, 0);
        for number in 0..50 {
            assert!(pacer.hold(held(1, number, HeldKind::Fresh, 0)));
            assert!(pacer.hold(held(1, 1_000 + number, HeldKind::Again, 0)));
        }
        assert!(!pacer.passes(0));
        let left = leaves(&mut pacer, 0, 1_000 * MS);
        // 50 packets of 8,000 bits in a second, and one ahead of time.
        assert!((50..=51).contains(&left.len()), "{}", left.len());
        let again = left.iter().filter(|(_, kind, _)| *kind == HeldKind::Again).count();
        assert!((25..=26).contains(&again), "{again}");
        assert!(left[0].1 == HeldKind::Again);
        let fresh: Vec<u64> =
            left.iter().filter(|it| it.1 == HeldKind::Fresh).map(|it| it.2).collect();
        assert!(fresh.is_sorted());
    }

    #[test]
    fn messages_wait_for_the_line_and_take_half_of_it_while_pictures_wait() {
        let mut pacer = Pacer::new();
        assert!(pacer.passes_message(0), "nothing is known of the line");
        pacer.set_rate(400 * KBIT, 0);
        (0..50).for_each(|number| assert!(pacer.hold(held(1, number, HeldKind::Fresh, 0))));
        (0..80).for_each(|_| assert!(pacer.hold_message(message(1))));
        assert!(!pacer.passes_message(0));
        let left = leaves(&mut pacer, 0, 1_000 * MS);
        let messages = left.iter().filter(|it| it.2 == MESSAGE).count();
        assert!((25..=27).contains(&messages), "{messages} of {}", left.len());
        pacer.drop_stream(ConnectionId(1), 0);
        let left = leaves(&mut pacer, 1_000 * MS, 2_000 * MS);
        assert!((49..=51).contains(&left.len()), "alone they take all of it: {}", left.len());
        for _ in 0..MESSAGES_MAX {
            pacer.hold_message(message(2));
        }
        assert!(!pacer.hold_message(message(2)), "no more than that");
        pacer.forget(ConnectionId(2));
        pacer.forget(ConnectionId(1));
        assert!(!pacer.waits());
    }

    #[test]
    fn messages_come_where_sound_fills_the_line() {
        let mut pacer = Pacer::new();
        pacer.set_rate(40 * KBIT, 0);
        (0..80).for_each(|_| assert!(pacer.hold_message(message(1))));
        let mut left = 0;
        for ms in 0..4_000 {
            if ms % 20 == 0 {
                pacer.left(ms * MS, 125, None);
            }
            while pacer.next(ms * MS, |_| {}).is_some() {
                pacer.left(ms * MS, 1_000, None);
                pacer.message_left(ms * MS, 1_000);
                left += 1;
            }
        }
        assert!((10..=12).contains(&left), "20 kbit/s: {left} in four seconds");
    }

    #[test]
    fn sound_takes_its_part_of_the_rate_without_waiting() {
        let mut pacer = Pacer::new();
        pacer.set_rate(100 * KBIT, 0);
        (0..50).for_each(|number| assert!(pacer.hold(held(1, number, HeldKind::Fresh, 0))));
        let mut left = 0;
        for ms in 0..1_000 {
            if ms % 20 == 0 {
                pacer.left(ms * MS, 125, None);
            }
            while pacer.next(ms * MS, |_| {}).is_some() {
                pacer.left(ms * MS, 1_000, Some(HeldKind::Fresh));
                left += 1;
            }
        }
        assert!((6..=8).contains(&left), "half of the line is sound: {left}");
    }

    #[test]
    fn what_sound_takes_beyond_the_rate_is_not_owed_for_long() {
        let mut pacer = Pacer::new();
        pacer.set_rate(20 * KBIT, 0);
        (0..500).for_each(|at| pacer.left(at * 20 * MS, 200, None));
        assert!(!pacer.free(9_980 * MS) && pacer.free(9_980 * MS + AHEAD_US));
        // A picture is: 1,000 bytes take 400 ms.
        pacer.left(11_000 * MS, 1_000, Some(HeldKind::Fresh));
        assert!(!pacer.free(11_380 * MS) && pacer.free(11_400 * MS));
    }

    #[test]
    fn a_picture_that_comes_too_late_takes_its_stream_with_it_and_no_other() {
        let mut pacer = Pacer::new();
        pacer.set_rate(KBIT, 0);
        pacer.left(0, 10_000, Some(HeldKind::Fresh));
        for (listener, number, since_us) in [(1, 1, 0), (1, 2, 900 * MS), (2, 3, 900 * MS)] {
            assert!(pacer.hold(held(listener, number, HeldKind::Fresh, since_us)));
        }
        assert!(pacer.hold(held(1, 4, HeldKind::Again, 0)));
        let mut late = vec![];
        assert!(pacer.next(LATE_US + 1, |it| late.push(it.forward.number)).is_none());
        assert_eq!(late, [4, 1]);
        assert!(pacer.waits() && pacer.fresh.len() == 1, "the other one still waits");
    }

    #[test]
    fn what_waits_is_bounded_and_asked_for_once() {
        let mut pacer = Pacer::new();
        pacer.set_rate(KBIT, 0);
        for number in 0..HELD_MAX as u64 {
            assert!(pacer.hold(held(1, number, HeldKind::Again, 0)));
            assert!(pacer.hold(held(1, number, HeldKind::Again, 0)), "asked for again");
        }
        assert!(!pacer.hold(held(1, 9_999, HeldKind::Again, 0)));
        pacer.forget(ConnectionId(1));
        assert!(!pacer.waits());
    }

    #[test]
    fn early_repair_fills_the_line_up_to_the_rate_that_is_tried() {
        let mut pacer = Pacer::new();
        pacer.set_rate(200 * KBIT, 300 * KBIT);
        (0..10).for_each(|number| pacer.remember(held(1, number, HeldKind::Fresh, 0)));
        let left = leaves(&mut pacer, 0, 1_000 * MS);
        assert!((37..=39).contains(&left.len()), "{}", left.len());
        assert!(left.iter().all(|(_, kind, _)| *kind == HeldKind::Early));
        let numbers: Vec<u64> = left.iter().map(|it| it.2).collect();
        assert_eq!(numbers[..10], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0], "the newest is the most useful");
        assert!(numbers[10..].iter().all(|number| *number == PADDING), "then there is none");
        pacer.set_rate(200 * KBIT, 0);
        assert!(!pacer.waits() && pacer.next(1_000 * MS, |_| {}).is_none());
    }
}
