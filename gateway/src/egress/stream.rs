//! The streams that a listener is sent, and what its line does to them.

use media::Ms;
use sfu::TrackId;
use transport::sdp::Written;

use super::carry::Carry;
use super::kept::Kept;

/// A line loses from this part of a stream on, in 1/256: one packet of a hundred. What in-band FEC cannot hide comes
/// in bursts, and those are told by one report.
const LOSSY: u8 = 3;
/// And is taken for one that loses for so long after the last report that said so.
const LOSSY_MS: u64 = 30_000;

/// A stream that a listener is sent.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) track: TrackId,
    pub(crate) ssrc: u32,
    pub(crate) payload_type: u8,
    /// Payload type of packets with copies of those before them, where the listener takes such.
    pub(crate) red: Option<u8>,
    /// The listener's numbers for the header extensions of its packets.
    pub(crate) written: Written,
    /// SSRC and payload type of what is sent again (RFC 4588).
    pub(crate) repair: Option<(u32, u8)>,
    /// The next packet index of the repair stream.
    pub(crate) repair_index: u64,
    /// What was sent, where there is no repair stream.
    pub(crate) kept: Option<Kept>,
    pub(crate) packets: u32,
    pub(crate) octets: u32,
    /// How its numbers go on when it carries another track.
    pub(crate) carry: Carry,
}

/// Whether a line loses: copies of sound are worth their bytes on such a line only.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Losing {
    until: Option<Ms>,
}

impl Losing {
    /// The client reports which part of a stream it lost, in 1/256.
    pub(crate) fn report(&mut self, now: Ms, lost: u8) {
        if lost >= LOSSY {
            self.until = Some(Ms(now.0 + LOSSY_MS));
        }
    }

    /// Whether it does, as far as is known.
    pub(crate) fn holds(self, now: Ms) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_lost_counts_as_losing_for_a_while() {
        let mut line = Losing::default();
        assert!(!line.holds(Ms(0)));
        line.report(Ms(1_000), LOSSY - 1);
        assert!(!line.holds(Ms(1_000)), "less than one of a hundred");
        line.report(Ms(1_000), LOSSY);
        assert!(line.holds(Ms(1_000)) && line.holds(Ms(1_000 + LOSSY_MS - 1)));
        assert!(!line.holds(Ms(1_000 + LOSSY_MS)));
        line.report(Ms(2_000), 255);
        line.report(Ms(3_000), 0);
        assert!(line.holds(Ms(1_000 + LOSSY_MS)), "a good report does not end it");
    }
}
