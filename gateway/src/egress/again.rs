//! When a packet that a listener misses is sent again: not twice within a round trip, and not when nobody waits for it
//! any more.

use media::Ms;

/// Packets of a stream of which it is known when they were sent again.
const REMEMBERED: usize = 256;
/// A listener that asks again sooner than after this part of the round trip asks for what is on its way; its own clock
/// runs a little before ours.
const PART: (u64, u64) = (3, 4);
/// The same before a round trip is known.
const UNKNOWN_MS: u64 = 40;
/// A packet is of use for so long after it was sent: what a player holds back at most.
const PLAYED_MS: u64 = 3_000;

/// What was sent again of one stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Again {
    /// The place of a number is its remainder; nothing is taken before the first.
    last: Vec<Option<(u16, Ms)>>,
    round_trip_ms: Option<u64>,
}

impl Again {
    /// The listener's round trip was measured.
    pub(crate) fn round_trip(&mut self, ms: u32) {
        let ms = u64::from(ms);
        self.round_trip_ms = Some(self.round_trip_ms.map_or(ms, |known| (3 * known + ms) / 4));
    }

    /// Whether a packet may be sent again now; notes it if so.
    pub(crate) fn due(&mut self, now: Ms, seq: u16) -> bool {
        self.last.resize(REMEMBERED, None);
        let gap = self.round_trip_ms.map_or(UNKNOWN_MS, |ms| ms * PART.0 / PART.1);
        let Some(last) = self.last.get_mut(usize::from(seq) % REMEMBERED) else { return false };
        let due = last.is_none_or(|(of, at)| of != seq || now.since(at) >= gap);
        if due {
            *last = Some((seq, now));
        }
        due
    }

    /// Packets that were sent before this are of no use any more.
    pub(crate) fn useful_since(&self, now: Ms) -> Ms {
        Ms(now.0.saturating_sub(PLAYED_MS + self.round_trip_ms.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When a packet is sent again, in ms, to a listener that asks for it every 10 ms.
    fn sent(round_trip_ms: Option<u32>) -> Vec<u64> {
        let mut again = Again::default();
        round_trip_ms.into_iter().for_each(|ms| again.round_trip(ms));
        (0..1_000).step_by(10).filter(|at| again.due(Ms(*at), 7)).collect()
    }

    #[test]
    fn a_packet_is_sent_again_once_in_a_round_trip() {
        assert_eq!(sent(Some(600)), [0, 450, 900]);
        assert_eq!(sent(None).len(), 25);
        assert_eq!(sent(Some(0)).len(), 100);
    }

    #[test]
    fn each_packet_has_its_own_time_and_what_is_remembered_is_bounded() {
        let mut again = Again::default();
        again.round_trip(1_000);
        let far = 7 + REMEMBERED as u16;
        assert!([7, 8, far].map(|seq| again.due(Ms(0), seq)).into_iter().all(|it| it));
        assert!(!again.due(Ms(10), 8) && !again.due(Ms(10), far));
        assert!(again.due(Ms(10), 7), "another took its place");
        assert_eq!(again.last.len(), REMEMBERED);
    }

    #[test]
    fn what_nobody_waits_for_is_of_no_use() {
        let mut again = Again::default();
        assert_eq!(again.useful_since(Ms(10_000)), Ms(7_000));
        again.round_trip(600);
        assert_eq!(again.useful_since(Ms(10_000)), Ms(6_400));
        assert_eq!(again.useful_since(Ms(100)), Ms(0));
    }
}
