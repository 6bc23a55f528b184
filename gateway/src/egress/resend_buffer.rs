//! Packets of one stream as they went out, for a listener that takes no retransmission stream (RFC 4588): it is sent the
//! original packet again (RFC 4585), and only a copy of the sealed bytes may go out twice under one nonce.

use std::collections::VecDeque;

use media::{MediaKind, Ms};

/// Bytes kept of a picture: a second of 2 Mbit/s.
const VIDEO_BYTES: usize = 256 * 1024;
/// Bytes kept of a voice: more than a second of Opus.
const AUDIO_BYTES: usize = 8 * 1024;

#[derive(Clone, Copy, Debug)]
struct KeptPacket {
    seq: u16,
    at: Ms,
    start: usize,
    end: usize,
}

/// The last packets of a stream; what they take is bounded, the oldest make room.
#[derive(Clone, Debug)]
pub(crate) struct ResendBuffer {
    bytes: Vec<u8>,
    most: usize,
    /// The oldest first.
    packets: VecDeque<KeptPacket>,
}

impl ResendBuffer {
    /// Nothing yet of a stream of this kind; memory is taken with the first packet.
    pub(crate) const fn new(kind: MediaKind) -> Self {
        let most = match kind {
            MediaKind::Video => VIDEO_BYTES,
            MediaKind::Audio => AUDIO_BYTES,
        };
        Self { bytes: vec![], most, packets: VecDeque::new() }
    }

    /// Keeps a packet that is sent now.
    pub(crate) fn put(&mut self, at: Ms, seq: u16, packet: &[u8]) {
        if packet.len() > self.most {
            return;
        }
        self.bytes.resize(self.most, 0);
        let next = self.packets.back().map_or(0, |last| last.end);
        let wraps = next + packet.len() > self.most;
        let start = if wraps { 0 } else { next };
        let end = start + packet.len();
        // What lies from here on to the end of the packet is overwritten; after a turn, also what lay behind.
        let covered = |packet: &KeptPacket| {
            packet.end > start && packet.start < end || wraps && packet.start >= next
        };
        while self.packets.front().is_some_and(covered) {
            self.packets.pop_front();
        }
        if let Some(place) = self.bytes.get_mut(start..end) {
            place.copy_from_slice(packet);
            self.packets.push_back(KeptPacket { seq, at, start, end });
        }
    }

    /// The last packet with this sequence number, if it is still there and was not sent before `since`.
    pub(crate) fn get(&self, seq: u16, since: Ms) -> Option<&[u8]> {
        let mut recent = self.packets.iter().rev().take_while(|packet| packet.at >= since);
        let packet = recent.find(|packet| packet.seq == seq)?;
        self.bytes.get(packet.start..packet.end)
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
            let mut kept = ResendBuffer::new(MediaKind::Audio);
            let packet = |seq: usize, len: usize| vec![seq as u8; len];
            for (seq, len) in lengths.iter().enumerate() {
                kept.put(Ms(0), seq as u16, &packet(seq, *len));
                let mut total = 0;
                for (seq, len) in lengths.iter().enumerate().take(seq + 1).rev() {
                    total += len;
                    let got = kept.get(seq as u16, Ms(0));
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
        let mut kept = ResendBuffer::new(MediaKind::Audio);
        let get = |kept: &ResendBuffer, seq: u16| kept.get(seq, Ms(0)).map(<[u8]>::to_vec);
        kept.put(Ms(0), 1, &[0; AUDIO_BYTES + 1]);
        assert!(get(&kept, 1).is_none());
        kept.put(Ms(0), 2, &[7; AUDIO_BYTES]);
        kept.put(Ms(0), 3, &[8; 10]);
        assert_eq!((get(&kept, 2), get(&kept, 3)), (None, Some(vec![8; 10])));
    }

    #[test]
    fn what_was_sent_too_long_ago_is_not_given() {
        let mut kept = ResendBuffer::new(MediaKind::Video);
        (0..10).for_each(|seq| kept.put(Ms(u64::from(seq) * 100), seq, &[1]));
        assert!(kept.get(5, Ms(500)).is_some() && kept.get(4, Ms(500)).is_none());
    }
}
