//! When a missing packet is asked for again: after a round trip, as those show that were sent again before.

use std::time::Duration;

/// A missing packet is taken for so long after it was missed: three requests on a satellite line. Players have gone on
/// by then; the ring and the numbers of listeners hold 512 packets, some 3 s of 1.5 Mbit/s.
pub(super) const TAKEN: Duration = Duration::from_secs(3);
/// A missing packet is asked for this often at most.
pub(super) const TRIES: u8 = 8;
/// The first gap between two requests while no round trip is known; it doubles with each.
const UNKNOWN: Duration = Duration::from_millis(60);
/// Least gap between two requests for one packet: what came late by itself looks like a fast answer.
const LEAST: Duration = Duration::from_millis(40);
/// Answers of which the middle one counts: some answer the second request, some the first that was lost.
const SAMPLES: usize = 9;

/// How long the client's retransmissions take, from the first request to the packet.
#[derive(Default, Debug)]
pub(super) struct Retry {
    took: [Duration; SAMPLES],
    count: usize,
    /// The middle one of the last answers.
    round_trip: Option<Duration>,
}

impl Retry {
    /// A packet came again so long after it was first asked for.
    pub(super) fn answered(&mut self, took: Duration) {
        if let Some(place) = self.took.get_mut(self.count % SAMPLES) {
            *place = took.min(TAKEN);
        }
        self.count += 1;
        let mut took = self.took;
        let known = took.get_mut(..self.count.min(SAMPLES)).unwrap_or_default();
        known.sort_unstable();
        self.round_trip = known.get(known.len() / 2).copied();
    }

    /// How long to wait for the answer to request number `tries`, the first being 1.
    pub(super) fn gap(&self, tries: u8) -> Duration {
        let Some(round_trip) = self.round_trip else {
            return UNKNOWN * (1 << tries.saturating_sub(1).min(TRIES));
        };
        let base = round_trip + (round_trip / 8).max(Duration::from_millis(10));
        // The second and later answers were lost as well, or the line has become longer.
        (0..tries.saturating_sub(2).min(TRIES)).fold(base.max(LEAST), |gap, _| gap * 3 / 2)
    }

    /// Whether an answer to a request now would still be taken, `waited` after the packet was missed.
    pub(super) fn in_time(&self, waited: Duration) -> bool {
        waited + self.round_trip.unwrap_or_default() <= TAKEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn requests_follow_the_round_trip() {
        let mut retry = Retry::default();
        let gaps = |retry: &Retry| [1, 2, 3, 4].map(|n| retry.gap(n).as_millis());
        assert_eq!(gaps(&retry), [60, 120, 240, 480], "nothing is known");
        retry.answered(ms(300));
        assert_eq!(gaps(&retry), [337, 337, 506, 759]);
        (0..4).for_each(|_| retry.answered(ms(900)));
        assert_eq!(retry.gap(1), ms(1_012) + Duration::from_micros(500));
        assert!(retry.in_time(ms(2_100)) && !retry.in_time(ms(2_101)));
        (0..9).for_each(|_| retry.answered(ms(1)));
        assert_eq!(retry.gap(1), LEAST);
    }
}
