//! What one connection was sent and when, for feedback: the packets that carry a number of the whole connection
//! (transport-wide, draft-holmer-rmcat-transport-wide-cc-extensions-01), or of which the client tells stream by stream
//! (RFC 8888).

use std::collections::{BTreeMap, VecDeque};

use transport::rtp::{StreamFeedback, TransportFeedback};

use super::kind::TrafficKind;

/// Packets that are remembered; a second and a half of 10 Mbit/s.
pub(super) const PACKETS_MAX: usize = 2_048;
/// And for so long: the longest round trip, a full queue and two lost reports.
const KEPT_US: u64 = 4_000_000;

/// What the client has told of a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PacketStatus {
    Nothing,
    Lost,
    Arrived,
}

/// Microseconds of so many ticks of the client's clock: 250 µs each in transport-wide feedback, 1/65536 s in RFC 8888's.
const TICKS: (u64, u64) = (250, 1);
const STREAM_TICKS: (u64, u64) = (15_625, 1_024);

/// A packet that left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SentPacket {
    /// When, in microseconds on the clock of the lines.
    pub(crate) sent_us: u64,
    pub(crate) status: PacketStatus,
    /// The stream that it belongs to, also when it is sent again.
    pub(crate) slot: u16,
    /// Its number in that stream.
    pub(crate) number: u16,
    /// The sequence number that it carries, which is another one where it is sent again.
    pub(crate) sequence: u16,
    /// It left on the repair stream.
    pub(crate) repair: bool,
    /// It was sent once more, under the number that it had.
    pub(crate) again: bool,
    /// On the wire.
    pub(crate) bytes: u16,
    pub(crate) kind: TrafficKind,
}

/// What one report has told, in packets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct ReportOutcome {
    pub(crate) arrived: u64,
    pub(crate) lost: u64,
    /// Never sent, forgotten, or told before.
    pub(crate) unusable: u64,
}

/// The last packets of a connection, in the order of their numbers.
#[derive(Debug, Default)]
pub(crate) struct Log {
    packets: VecDeque<SentPacket>,
    /// The number of the next packet.
    next: u16,
    /// The client's clock at the last arrival that was told, in ticks, counted on over its 32 bits.
    clock: Option<u64>,
}

impl Log {
    /// The number that the next packet is to carry.
    pub(super) const fn next(&self) -> u16 {
        self.next
    }

    /// The packet with that number has left.
    pub(super) fn push(&mut self, packet: SentPacket) {
        let old = |sent: &SentPacket| sent.sent_us + KEPT_US < packet.sent_us;
        while self.packets.len() >= PACKETS_MAX || self.packets.front().is_some_and(old) {
            self.packets.pop_front();
        }
        self.packets.push_back(packet);
        self.next = self.next.wrapping_add(1);
    }

    /// A packet of a stream is sent once more as it went out: its arrival says nothing of its first journey.
    pub(super) fn sent_again(&mut self, slot: u16, number: u16) {
        let found =
            self.packets.iter_mut().rev().find(|sent| (sent.slot, sent.number) == (slot, number));
        found.into_iter().for_each(|sent| sent.again = true);
    }

    /// How many packets are remembered.
    pub(crate) fn len(&self) -> usize {
        self.packets.len()
    }

    /// Takes in what the client tells. Each packet of which it tells something new is handed to `new`, with what it had
    /// told before, and the time of its arrival in microseconds by the client's clock, or `None` if it is lost: one that
    /// was lost may come after all.
    pub(super) fn tell(
        &mut self,
        feedback: &TransportFeedback,
        new: impl FnMut(&SentPacket, PacketStatus, Option<u64>),
    ) -> ReportOutcome {
        let numbers = (0u16..).map(|place| feedback.first.wrapping_add(place));
        self.take(numbers.zip(feedback.arrivals.iter().copied()), TICKS, new)
    }

    /// The same of what is told stream by stream. `place` gives the slot of a stream, and whether it is that of repair.
    pub(super) fn tell_streams(
        &mut self,
        streams: &[StreamFeedback],
        place: impl Fn(u32) -> Option<(u16, bool)>,
        new: impl FnMut(&SentPacket, PacketStatus, Option<u64>),
    ) -> ReportOutcome {
        let all: usize = streams.iter().map(|stream| stream.arrivals.len()).sum();
        let placed: BTreeMap<(u16, bool), &StreamFeedback> = streams
            .iter()
            .filter(|stream| !stream.arrivals.is_empty())
            .filter_map(|stream| Some((place(stream.ssrc)?, stream)))
            .collect();
        if placed.is_empty() {
            return ReportOutcome { unusable: all as u64, ..ReportOutcome::default() };
        }
        let oldest = self.next.wrapping_sub(self.packets.len() as u16);
        let numbers = (0u16..).map(|place| oldest.wrapping_add(place));
        let told: Vec<_> = numbers
            .zip(&self.packets)
            .filter_map(|(number, packet)| {
                let stream = placed.get(&(packet.slot, packet.repair))?;
                let place = usize::from(packet.sequence.wrapping_sub(stream.first));
                Some((number, *stream.arrivals.get(place)?))
            })
            .collect();
        let unknown = all.saturating_sub(told.len()) as u64;
        let outcome = self.take(told.into_iter(), STREAM_TICKS, new);
        ReportOutcome { unusable: outcome.unusable + unknown, ..outcome }
    }

    fn take(
        &mut self,
        told: impl Iterator<Item = (u16, Option<u32>)>,
        ticks_us: (u64, u64),
        mut new: impl FnMut(&SentPacket, PacketStatus, Option<u64>),
    ) -> ReportOutcome {
        let mut outcome = ReportOutcome::default();
        for (number, arrival) in told {
            let arrived_us = arrival.map(|ticks| self.arrived_us(ticks, ticks_us));
            let packet = self.packet_mut(number);
            match (packet, arrived_us) {
                (Some(sent), Some(_)) if sent.status != PacketStatus::Arrived => {
                    let before = std::mem::replace(&mut sent.status, PacketStatus::Arrived);
                    outcome.arrived += 1;
                    new(sent, before, arrived_us);
                }
                (Some(sent), None) if sent.status == PacketStatus::Nothing => {
                    sent.status = PacketStatus::Lost;
                    outcome.lost += 1;
                    new(sent, PacketStatus::Nothing, None);
                }
                _ => outcome.unusable += 1,
            }
        }
        outcome
    }

    /// A moment of the client's clock, which begins in the middle of what it can show: times before the first are none
    /// below 0.
    fn arrived_us(&mut self, ticks: u32, (us, each): (u64, u64)) -> u64 {
        let before = self.clock.unwrap_or(1 << 32 | u64::from(ticks));
        let step = ticks.wrapping_sub(before as u32).cast_signed();
        let now = before.saturating_add_signed(step.into());
        self.clock = Some(now);
        now.saturating_mul(us) / each
    }

    fn packet_mut(&mut self, number: u16) -> Option<&mut SentPacket> {
        let back = usize::from(self.next.wrapping_sub(number));
        self.packets.len().checked_sub(back).and_then(|place| self.packets.get_mut(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(sent_us: u64) -> SentPacket {
        let (status, kind) = (PacketStatus::Nothing, TrafficKind::Sound);
        let (repair, again) = (false, false);
        SentPacket {
            sent_us,
            status,
            slot: 1,
            number: 2,
            sequence: 2,
            repair,
            again,
            bytes: 3,
            kind,
        }
    }

    fn log(packets: u64, every_us: u64) -> Log {
        let mut log = Log { next: 65_000, ..Log::default() };
        (0..packets).for_each(|at| log.push(packet(at * every_us)));
        log
    }

    #[test]
    fn what_is_remembered_is_bounded_in_packets_time_and_bytes() {
        assert_eq!(log(100_000, 10).len(), PACKETS_MAX);
        assert_eq!(log(1_000, 20_000).len(), 201, "four seconds");
        assert_eq!(size_of::<SentPacket>(), 24);
    }

    #[test]
    fn each_packet_is_told_of_once_but_one_that_was_lost_may_come() {
        let mut log = log(1_000, 100);
        let first = log.next().wrapping_sub(3);
        let mut told = |first: u16, arrivals: &[Option<u32>]| {
            let mut lost = 0;
            let feedback = TransportFeedback { first, arrivals: arrivals.to_vec() };
            let outcome = log.tell(&feedback, |_, _, arrived| lost += u64::from(arrived.is_none()));
            assert_eq!(lost, outcome.lost);
            (outcome.arrived, outcome.lost, outcome.unusable)
        };
        assert_eq!(told(first, &[Some(5), None, None]), (1, 2, 0));
        assert_eq!(told(first, &[Some(5), None, Some(6)]), (1, 0, 2));
        assert_eq!(told(first, &[None, None, None]), (0, 0, 3), "nothing is lost after it came");
        assert_eq!(told(first.wrapping_add(3), &[Some(1); 9]), (0, 0, 9), "never sent");
        assert_eq!(told(first.wrapping_sub(2_000), &[None; 9]), (0, 0, 9), "forgotten");
    }

    #[test]
    fn times_of_arrival_go_on_over_the_end_of_the_clients_clock() {
        let mut log = log(10, 100);
        let mut arrived = vec![];
        let mut told = |first: u16, ticks: [u32; 2]| {
            let feedback = TransportFeedback { first, arrivals: ticks.map(Some).to_vec() };
            log.tell(&feedback, |_, _, at| arrived.extend(at));
        };
        told(65_000, [u32::MAX - 1, 3]);
        told(65_002, [1, 8]);
        let steps: Vec<i64> = arrived.windows(2).map(|it| it[1] as i64 - it[0] as i64).collect();
        assert_eq!(steps, [5 * 250, -2 * 250, 7 * 250]);
    }

    #[test]
    fn packets_are_found_by_the_numbers_of_their_streams() {
        let mut log = Log { next: 65_534, ..Log::default() };
        let picture = TrafficKind::Picture(media::Layer(0));
        // Two streams in turn, and one packet of the first sent again on its repair stream.
        let sent =
            [(0, 65_535, 65_535), (1, 7, 7), (0, 0, 0), (1, 8, 8), (0, 65_535, 1), (0, 1, 1)];
        for ((slot, number, sequence), kind) in
            sent.into_iter().zip([picture, picture, picture, picture, TrafficKind::Repair, picture])
        {
            let repair = kind == TrafficKind::Repair;
            log.push(SentPacket { slot, number, sequence, repair, kind, ..packet(0) });
        }
        let place = |ssrc: u32| match ssrc {
            10 => Some((0, false)),
            11 => Some((0, true)),
            20 => Some((1, false)),
            _ => None,
        };
        let streams = |it: &[(u32, u16, &[Option<u32>])]| -> Vec<StreamFeedback> {
            let of = |(ssrc, first, arrivals): &(u32, u16, &[Option<u32>])| StreamFeedback {
                ssrc: *ssrc,
                first: *first,
                arrivals: arrivals.to_vec(),
            };
            it.iter().map(of).collect()
        };
        let mut found = vec![];
        let mut told = |streams: &[StreamFeedback]| {
            let outcome = log.tell_streams(streams, place, |it, _, at| {
                found.push((it.slot, it.sequence, it.kind == TrafficKind::Repair, at));
            });
            (outcome.arrived, outcome.lost, outcome.unusable)
        };
        let second = 65_536;
        let first = streams(&[
            (20, 7, &[Some(2 * second), None]),
            (10, 65_535, &[Some(second), Some(3 * second)]),
            (11, 1, &[Some(4 * second)]),
            (99, 1, &[None, None]),
        ]);
        assert_eq!(told(&first), (4, 1, 2), "and two of a stream that was never sent");
        let again = streams(&[(20, 7, &[Some(2 * second), Some(5 * second)]), (10, 1, &[None; 9])]);
        assert_eq!(told(&again), (1, 1, 9));
        let at_s: Vec<_> = found
            .iter()
            .map(|it| (it.0, it.1, it.2, it.3.map(|at| at / 1_000_000 % 100)))
            .collect();
        let begun = at_s[0].3.unwrap();
        let expected = [
            (0, 65_535, false, Some(0)),
            (1, 7, false, Some(1)),
            (0, 0, false, Some(2)),
            (1, 8, false, None),
            (0, 1, true, Some(3)),
            (1, 8, false, Some(4)),
            (0, 1, false, None),
        ]
        .map(|(slot, sequence, repair, at)| (slot, sequence, repair, at.map(|it| it + begun)));
        assert_eq!(at_s, expected, "in the order of sending");
    }

    proptest! {
        /// Whatever a client tells of streams, no packet is told of twice, and all that it says is counted once.
        #[test]
        fn what_is_told_of_streams_is_counted_once(
            told in prop::collection::vec((0u32..4, any::<u16>(), prop::collection::vec(any::<Option<u32>>(), 0..60)), 0..9),
        ) {
            let mut log = Log::default();
            for it in 0..3_000u16 {
                log.push(SentPacket { slot: it % 3, sequence: it / 3, ..packet(u64::from(it)) });
            }
            let all: usize = told.iter().map(|it| it.2.len()).sum();
            let streams: Vec<StreamFeedback> = told.into_iter()
                .map(|(ssrc, first, arrivals)| StreamFeedback { ssrc, first: first % 1_200, arrivals })
                .collect();
            let place = |ssrc: u32| (ssrc < 3).then_some((ssrc as u16, false));
            let mut count = 0;
            let outcome = log.tell_streams(&streams, place, |_, _, _| count += 1);
            prop_assert_eq!(outcome.arrived + outcome.lost, count);
            prop_assert_eq!(count + outcome.unusable, all as u64);
        }

        /// Whatever a client tells, in whatever order: the log holds what a plain table of all packets holds.
        #[test]
        fn feedback_that_lies_changes_nothing_but_what_was_sent(
            steps in prop::collection::vec(
                (1u64..400, any::<u16>(), prop::collection::vec(any::<Option<u32>>(), 0..60), any::<bool>()),
                1..10,
            ),
        ) {
            let (mut log, mut all) = (Log::default(), BTreeMap::new());
            let mut sent = 0u64;
            for (more, first, arrivals, near) in steps {
                for _ in 0..more {
                    log.push(packet(sent * 1_000));
                    all.insert(sent, PacketStatus::Nothing);
                    sent += 1;
                }
                let first = if near { log.next().wrapping_sub(first % 2_500) } else { first };
                let oldest = sent - log.len() as u64;
                for (number, arrival) in (0u16..).map(|it| first.wrapping_add(it)).zip(&arrivals) {
                    let known = (oldest..sent).find(|it| *it as u16 == number);
                    let Some(status) = known.and_then(|it| all.get_mut(&it)) else { continue };
                    match arrival {
                        Some(_) => *status = PacketStatus::Arrived,
                        None if *status == PacketStatus::Nothing => *status = PacketStatus::Lost,
                        None => {}
                    }
                }
                let count = arrivals.len() as u64;
                let outcome = log.tell(&TransportFeedback { first, arrivals }, |_, _, _| {});
                prop_assert_eq!(outcome.arrived + outcome.lost + outcome.unusable, count);
                let held: Vec<PacketStatus> = log.packets.iter().map(|it| it.status).collect();
                let expected: Vec<PacketStatus> = all.range(oldest..).map(|(_, status)| *status).collect();
                prop_assert_eq!(held, expected);
            }
        }
    }
}
