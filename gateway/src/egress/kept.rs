//! Packets of one stream as they went out, for a listener that takes no retransmission stream (RFC 4588): it is sent the
//! original packet again (RFC 4585), and only a copy of the sealed bytes may go out twice under one nonce.

use std::collections::VecDeque;

use media::MediaKind;

/// Bytes kept of a picture: a second of 2 Mbit/s.
const VIDEO_BYTES: usize = 256 * 1024;
/// Bytes kept of a voice: more than a second of Opus.
const AUDIO_BYTES: usize = 8 * 1024;

#[derive(Clone, Copy, Debug)]
struct Place {
    seq: u16,
    start: usize,
    end: usize,
}

/// The last packets of a stream; what they take is bounded, the oldest make room.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    bytes: Vec<u8>,
    most: usize,
    /// In the order of their places, the oldest first.
    places: VecDeque<Place>,
}

impl Kept {
    /// Nothing yet of a stream of this kind; memory is taken with the first packet.
    pub(crate) const fn new(kind: MediaKind) -> Self {
        let most = match kind {
            MediaKind::Video => VIDEO_BYTES,
            MediaKind::Audio => AUDIO_BYTES,
        };
        Self { bytes: vec![], most, places: VecDeque::new() }
    }

    /// Keeps a packet.
    pub(crate) fn put(&mut self, seq: u16, packet: &[u8]) {
        if packet.len() > self.most {
            return;
        }
        self.bytes.resize(self.most, 0);
        let next = self.places.back().map_or(0, |last| last.end);
        let wraps = next + packet.len() > self.most;
        let start = if wraps { 0 } else { next };
        let end = start + packet.len();
        // What lies from here on to the end of the packet is overwritten; after a turn, also what lay behind.
        let covered = |it: &Place| it.end > start && it.start < end || wraps && it.start >= next;
        while self.places.front().is_some_and(covered) {
            self.places.pop_front();
        }
        if let Some(place) = self.bytes.get_mut(start..end) {
            place.copy_from_slice(packet);
            self.places.push_back(Place { seq, start, end });
        }
    }

    /// The last packet with this sequence number, if it is still there.
    pub(crate) fn get(&self, seq: u16) -> Option<&[u8]> {
        let place = self.places.iter().rev().find(|it| it.seq == seq)?;
        self.bytes.get(place.start..place.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_there_is_what_was_put_and_the_last_packets_are_there(
            lengths in proptest::collection::vec(1usize..1_500, 1..300),
        ) {
            let mut kept = Kept::new(MediaKind::Audio);
            let packet = |seq: usize, len: usize| vec![seq as u8; len];
            for (seq, len) in lengths.iter().enumerate() {
                kept.put(seq as u16, &packet(seq, *len));
                let mut total = 0;
                for (seq, len) in lengths.iter().enumerate().take(seq + 1).rev() {
                    total += len;
                    let got = kept.get(seq as u16);
                    prop_assert!(got.is_none_or(|it| it == packet(seq, *len)));
                    // A packet that does not fit behind the last leaves a rest unused.
                    prop_assert!(got.is_some() || total > AUDIO_BYTES - 2 * 1_500);
                }
            }
            prop_assert_eq!(kept.bytes.len(), AUDIO_BYTES);
        }
    }

    #[test]
    fn what_is_too_long_is_not_kept() {
        let mut kept = Kept::new(MediaKind::Audio);
        kept.put(1, &[0; AUDIO_BYTES + 1]);
        assert!(kept.get(1).is_none());
        kept.put(2, &[7; AUDIO_BYTES]);
        kept.put(3, &[8; 10]);
        assert_eq!((kept.get(2), kept.get(3)), (None, Some(&[8; 10][..])));
    }
}
