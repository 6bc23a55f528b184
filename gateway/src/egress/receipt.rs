//! What a client tells of a packet, as it goes into its receipts.

use super::kind::TrafficKind;
use super::log::{PacketStatus, SentPacket};
use super::redundancy::Distances;
use super::stream::Stream;
use crate::receipts::{Medium, Received};

/// The client has told of a packet, of which it had told `before`; `stream` is the one that it was of, if that is still
/// there, and `copies` is of which packets before it one of sound carries copies.
pub(super) fn note(
    received: &mut Received,
    (packet, before): (&SentPacket, PacketStatus),
    stream: Option<&mut Stream>,
    copies: Distances,
) {
    let (sent_us, bytes) = (packet.sent_us, u64::from(packet.bytes));
    let came = packet.status == PacketStatus::Arrived;
    let medium = stream.as_ref().map(|stream| stream.accounted.medium);
    if came && before == PacketStatus::Lost {
        match packet.kind {
            TrafficKind::Picture(_) => received.found(sent_us, medium.unwrap_or(Medium::Picture)),
            TrafficKind::Sound => received.found(sent_us, Medium::Sound),
            _ => {}
        }
    }
    match packet.kind {
        TrafficKind::Picture(layer) if came => {
            let medium = medium.unwrap_or(Medium::Picture);
            received.came(sent_us, medium, layer.0.into(), bytes);
        }
        TrafficKind::Repair if came => {
            received.repaired(sent_us, medium.unwrap_or_default(), bytes)
        }
        TrafficKind::Sound if came => {
            received.came(sent_us, Medium::Sound, 0, bytes);
            let gaps = stream.map(|stream| &mut stream.accounted.gaps);
            // What was told to be lost before is no gap any more, whatever copies brought.
            let distances = if before == PacketStatus::Lost { Distances::NONE } else { copies };
            let made_up =
                gaps.map_or(0, |gaps| gaps.came(packet.number, distances.farthest_first()));
            received.recovered(sent_us, made_up);
        }
        TrafficKind::Sound => {
            let first = stream.is_none_or(|stream| stream.accounted.gaps.lost(packet.number));
            received.lost(sent_us, Medium::Sound, first);
        }
        TrafficKind::Picture(_) => received.lost(sent_us, medium.unwrap_or(Medium::Picture), false),
        _ => {}
    }
}
