//! The streams that a listener is sent.

use media::{Ms, Target};
use sfu::{Cut, FIRST_NUMBER, Forward, TrackId};
use signalling::words::stream::Cause;
use transport::sdp::{SectionName, Written};

use super::again::Again;
use super::copies::Redundant;
use super::protection::Protection;
use super::resend_buffer::ResendBuffer;
use super::splice::Splice;
use crate::links::overhead::Overhead;
use crate::receipts::{Gaps, Medium};
use crate::ring::Stored;

/// What an RTP packet has beside its payload: its header (RFC 3550) and the tag of its seal (RFC 7714).
const AROUND: usize = 12 + 16;

/// So many packets of a stream say which section they belong to, unless the client reports on it before: one that has
/// not yet taken the answer knows no number of it, and Firefox counts what comes then to another section for good.
const SECTION_SAID_PACKETS: u32 = 256;

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
    pub(crate) kept: Option<ResendBuffer>,
    /// When it was sent again.
    pub(crate) again: Again,
    pub(crate) packets: u32,
    pub(crate) octets: u32,
    /// How its numbers go on when it carries another track.
    pub(crate) splice: Splice,
    /// The best part that its line carries.
    pub(crate) allowed: Option<Target>,
    pub(crate) accounted: Accounted,
}

/// What is known of a stream for the receipts of its listener.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Accounted {
    pub(crate) medium: Medium,
    begun_us: u64,
    /// Why nothing of it is sent.
    pub(crate) paused: Option<Cause>,
    /// Packets of sound that were lost lately.
    pub(crate) gaps: Gaps,
    /// What the last receiver report said.
    reported: Option<LastReport>,
}

/// What a receiver report said: numbers up to the highest, and those lost; and packets sent by then.
#[derive(Clone, Copy, Debug)]
struct LastReport {
    highest: u32,
    lost: i32,
    sent: u32,
    at_us: u64,
}

/// What came of a stream from one report to the next, or since it began.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Came {
    pub(crate) over_us: u64,
    /// Packets that were sent, came and were lost.
    pub(crate) sent: u32,
    pub(crate) packets: u32,
    pub(crate) lost: u32,
}

impl Accounted {
    /// Of a stream that begins.
    pub(crate) fn of(begun_us: u64, medium: Medium) -> Self {
        Self { begun_us, medium, ..Self::default() }
    }
}

impl Stream {
    /// What its packets say of their section (RFC 9143 §15) at present.
    pub(crate) fn section(&self) -> SectionName {
        let known = self.packets >= SECTION_SAID_PACKETS || self.accounted.reported.is_some();
        if known { SectionName::default() } else { self.written.section }
    }

    /// Leaves out a packet of sound that the next one can carry; `false` if it has to be sent by itself.
    pub(super) fn leaves_out(
        &mut self,
        placed: &Forward,
        stored: Stored<'_>,
        (now, protection): (Ms, &mut Protection),
    ) -> bool {
        let Some(redundant) = self.redundant.as_mut().filter(|_| protection.is_bundled()) else {
            return false;
        };
        let can = placed.cut == Cut::AsItCame && redundant.can_wait(placed, stored);
        let left_out = can && self.splice.leave_out(placed);
        if left_out {
            redundant.leave_out(placed.source);
            protection.sent(now, stored.payload.len());
        }
        left_out
    }

    /// The client reports that it lost a part of the stream, in 1/256: how many packets of sound that is of, and which part
    /// of them was lost on the way. `None` where it is no sound, or takes no copies.
    pub(crate) fn reported(&mut self, lost_256: u8) -> Option<(u64, f64)> {
        let (numbers, packets) = (self.splice.numbers(), self.packets);
        Some(self.redundant.as_mut()?.reported(lost_256, numbers, packets))
    }

    /// The client reports the highest number that it got and how many it lost since the beginning: what came and what was
    /// lost since its last report, and never more than was sent.
    pub(crate) fn came(&mut self, now_us: u64, highest: u32, lost: i32) -> Came {
        let begins = u32::try_from(FIRST_NUMBER).unwrap_or_default().saturating_sub(1);
        let begun =
            LastReport { highest: begins, lost: 0, sent: 0, at_us: self.accounted.begun_us };
        let was = self.accounted.reported.unwrap_or(begun);
        self.accounted.reported =
            Some(LastReport { highest, lost, sent: self.packets, at_us: now_us });
        let sent = self.packets.wrapping_sub(was.sent);
        let numbers = highest.saturating_sub(was.highest);
        let lost = u32::try_from(lost.saturating_sub(was.lost)).unwrap_or_default();
        let packets = numbers.saturating_sub(lost).min(sent);
        let over_us = now_us.saturating_sub(was.at_us);
        Came { over_us, sent, packets, lost: lost.min(sent - packets) }
    }

    /// The mean size of its packets on the wire, with this overhead.
    pub(crate) fn mean_bytes(&self, overhead: Overhead) -> u64 {
        let payload = u64::from(self.octets) / u64::from(self.packets.max(1));
        overhead.bytes(usize::try_from(payload).unwrap_or(usize::MAX).saturating_add(AROUND)) as u64
    }
}
