//! RTP headers (RFC 3550), header extensions (RFC 8285) and RTCP (RFC 3550, 4585, 5104): reading without allocation,
//! and building.

mod feedback;
mod header;
mod rtcp;

pub use feedback::{
    MAX_TOLD, StreamFeedback, TransportFeedback, congestion_feedback, transport_feedback,
};
pub use header::{Header, is_rtcp};
pub use rtcp::{
    MAX_NACKED, ReportBlock, SenderInfo, fir_targets, nack, nacked, pli, receiver_report, remb,
    report_blocks, rtcp, rtcp_packets, sender_info, sender_report,
};

/// Big-endian 32-bit word at byte `at`; `None` past the end.
pub fn word(b: &[u8], at: usize) -> Option<u32> {
    b.get(at..)?.first_chunk().map(|c| u32::from_be_bytes(*c))
}

/// Big-endian 16-bit half word at byte `at`; `None` past the end.
pub fn half(b: &[u8], at: usize) -> Option<u16> {
    b.get(at..)?.first_chunk().map(|c| u16::from_be_bytes(*c))
}
