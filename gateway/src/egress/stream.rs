//! The streams that a listener is sent.

use media::Target;
use sfu::TrackId;
use transport::sdp::Written;

use super::again::Again;
use super::carry::Carry;
use super::copies::Redundant;
use super::kept::Kept;

/// A stream that a listener is sent.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) track: TrackId,
    pub(crate) ssrc: u32,
    pub(crate) payload_type: u8,
    /// How it carries copies of packets before, where it is sound and the listener takes such.
    pub(crate) redundant: Option<Redundant>,
    /// The listener's numbers for the header extensions of its packets.
    pub(crate) written: Written,
    /// SSRC and payload type of what is sent again (RFC 4588).
    pub(crate) repair: Option<(u32, u8)>,
    /// The next packet index of the repair stream.
    pub(crate) repair_index: u64,
    /// What was sent, where there is no repair stream.
    pub(crate) kept: Option<Kept>,
    /// When it was sent again.
    pub(crate) again: Again,
    pub(crate) packets: u32,
    pub(crate) octets: u32,
    /// How its numbers go on when it carries another track.
    pub(crate) carry: Carry,
    /// The best part that its line carries.
    pub(crate) allowed: Option<Target>,
}

impl Stream {
    /// The client reports that it lost a part of the stream, in 1/256: how many packets of sound that is of, and which part
    /// of them was lost on the way. `None` where it is no sound, or takes no copies.
    pub(crate) fn reported(&mut self, lost_256: u8) -> Option<(u64, f64)> {
        let (numbers, packets) = (self.carry.numbers(), self.packets);
        Some(self.redundant.as_mut()?.reported(lost_256, numbers, packets))
    }
}
