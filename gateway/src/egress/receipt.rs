//! What a client tells of a packet, as it goes into its receipts.

use super::kind::Kind;
use super::log::{Packet, Told};
use super::redundancy::Distances;
use super::stream::Stream;
use crate::receipts::{Medium, Received};

/// The client has told of a packet, of which it had told `before`; `stream` is the one that it was of, if that is still
/// there, and `copies` is of which packets before it one of sound carries copies.
pub(super) fn note(
    received: &mut Received,
    (packet, before): (&Packet, Told),
    stream: Option<&mut Stream>,
    copies: Distances,
) {
    let (sent_us, bytes) = (packet.sent_us, u64::from(packet.bytes));
    let came = packet.told == Told::Arrived;
    let medium = stream.as_ref().map(|stream| stream.accounted.medium);
    if came && before == Told::Lost {
        match packet.kind {
            Kind::Picture(_) => received.found(sent_us, medium.unwrap_or(Medium::Picture)),
            Kind::Sound => received.found(sent_us, Medium::Sound),
            _ => {}
        }
    }
    match packet.kind {
        Kind::Picture(layer) if came => {
            let medium = medium.unwrap_or(Medium::Picture);
            received.came(sent_us, medium, layer.0.into(), bytes);
        }
        Kind::Repair if came => received.repaired(sent_us, medium.unwrap_or_default(), bytes),
        Kind::Sound if came => {
            received.came(sent_us, Medium::Sound, 0, bytes);
            let gaps = stream.map(|stream| &mut stream.accounted.gaps);
            // What was told to be lost before is no gap any more, whatever copies brought.
            let distances = if before == Told::Lost { Distances::NONE } else { copies };
            let made_up =
                gaps.map_or(0, |gaps| gaps.came(packet.number, distances.farthest_first()));
            received.recovered(sent_us, made_up);
        }
        Kind::Sound => {
            let first = stream.is_none_or(|stream| stream.accounted.gaps.lost(packet.number));
            received.lost(sent_us, Medium::Sound, first);
        }
        Kind::Picture(_) => received.lost(sent_us, medium.unwrap_or(Medium::Picture), false),
        _ => {}
    }
}
