//! The RTP header and its extensions.

use super::{half, word};

/// The fixed header of an RTP packet (RFC 3550, section 5.1) and where its parts lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Marker bit: last packet of a picture, first of a talk spurt.
    pub marker: bool,
    /// Payload type, 0-127.
    pub pt: u8,
    /// Sequence number as on the wire.
    pub seq: u16,
    /// RTP timestamp in ticks of the codec's clock.
    pub ts: u32,
    /// Synchronisation source.
    pub ssrc: u32,
    /// Header length in bytes: the payload (or the sealed part) begins here.
    pub len: usize,
    /// Is the padding bit set? Then the last byte of the opened packet counts the padding.
    pub padded: bool,
    extensions: (usize, usize),
    profile: u16,
}

impl Header {
    /// Reads the header of a packet; `None` when it is not RTP version 2 or is cut.
    pub fn parse(b: &[u8]) -> Option<Self> {
        let &[first, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = b.first_chunk::<12>()?;
        if first >> 6 != 2 {
            return None;
        }
        let mut len = 12 + 4 * usize::from(first & 15);
        let (mut extensions, mut profile) = ((0, 0), 0);
        if first & 0x10 != 0 {
            profile = half(b, len)?;
            let words = usize::from(half(b, len + 2)?);
            extensions = (len + 4, len + 4 + 4 * words);
            len = extensions.1;
        }
        (b.len() >= len).then_some(Self {
            marker: second & 0x80 != 0,
            pt: second & 0x7f,
            seq: u16::from_be_bytes([s0, s1]),
            ts: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
            len,
            padded: first & 0x20 != 0,
            extensions,
            profile,
        })
    }

    /// Value of extension `id` in the one-byte or the two-byte form (RFC 8285); `packet` is the one that was parsed.
    pub fn extension<'a>(&self, packet: &'a [u8], id: u8) -> Option<&'a [u8]> {
        let (start, end) = self.extension_at(packet, id)?;
        packet.get(start..end)
    }

    /// Begin and end of the value of extension `id` in `packet`.
    pub fn extension_at(&self, packet: &[u8], id: u8) -> Option<(usize, usize)> {
        let two_byte = self.profile & 0xfff0 == 0x1000;
        if id == 0 || !(two_byte || self.profile == 0xbede) {
            return None;
        }
        let mut rest = packet.get(self.extensions.0..self.extensions.1)?;
        while let Some((&first, tail)) = rest.split_first() {
            if first == 0 {
                rest = tail; // padding
                continue;
            }
            let (this, len, body) = if two_byte {
                let (&len, body) = tail.split_first()?;
                (first, usize::from(len), body)
            } else {
                (first >> 4, usize::from(first & 15) + 1, tail)
            };
            if !two_byte && this == 15 {
                return None; // RFC 8285, section 4.2: stop at the reserved number
            }
            let (value, tail) = body.split_at_checked(len)?;
            if this == id {
                let start = self.extensions.1 - value.len() - tail.len();
                return Some((start, start + value.len()));
            }
            rest = tail;
        }
        None
    }

    /// Where the payload of an opened packet ends; `None` when its padding is longer than the packet.
    pub fn payload_end(&self, packet: &[u8]) -> Option<usize> {
        let padding = if self.padded { usize::from(*packet.last()?) } else { 0 };
        packet.len().checked_sub(padding).filter(|end| *end >= self.len)
    }
}

/// Is a datagram whose first byte says RTP really RTCP (RFC 5761, section 4)?
pub fn is_rtcp(b: &[u8]) -> bool {
    b.len() >= 8 && word(b, 0).is_some_and(|w| (192..=223).contains(&(w >> 16 & 0xff)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn extensions_are_found_in_both_forms() {
        let mut p = vec![
            0x90, 0xe0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 0xbe, 0xde, 0, 2, 0, 0x31, b'a', b'b', 0x40,
            9, 0, 0, 1, 2, 3,
        ];
        let h = Header::parse(&p).unwrap();
        assert_eq!((h.marker, h.pt, h.seq, h.ts, h.ssrc, h.len), (true, 96, 7, 1, 2, 24));
        assert_eq!(h.extension(&p, 3), Some(&b"ab"[..]));
        assert_eq!(h.extension(&p, 4), Some(&[9][..]));
        assert_eq!(h.extension(&p, 5), None);
        p[12..24].copy_from_slice(&[0x10, 0, 0, 2, 0x30, 1, b'a', 0, 0x31, 0, 0, 0]);
        let h = Header::parse(&p).unwrap();
        assert_eq!(h.extension(&p, 0x30), Some(&b"a"[..]));
        assert_eq!(h.extension(&p, 0x31), Some(&[][..]));
    }

    #[test]
    fn padding_longer_than_the_packet_is_refused() {
        let mut p = vec![0xa0, 96, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 2];
        let h = Header::parse(&p).unwrap();
        assert_eq!(h.payload_end(&p), Some(13));
        p[14] = 9;
        assert_eq!(h.payload_end(&p), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..80), ids: [u8; 4], valid: bool) {
            if valid && let Some(first) = bytes.first_mut() {
                *first = 0x80 | (*first & 0x3f);
            }
            let _ = is_rtcp(&bytes);
            if let Some(h) = Header::parse(&bytes) {
                prop_assert!(h.len <= bytes.len());
                for id in ids.into_iter().chain(0..16) {
                    let _ = h.extension(&bytes, id);
                    let _ = h.extension(bytes.get(..bytes.len() / 2).unwrap(), id);
                }
                prop_assert!(h.payload_end(&bytes).is_none_or(|e| e >= h.len && e <= bytes.len()));
            }
        }
    }
}
