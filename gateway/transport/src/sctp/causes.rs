//! Error causes of ABORT and ERROR chunks (RFC 9260, sections 3.3.7 and 3.3.10), looked at before the library reads
//! them: it takes their lengths on trust and would stop at one that is too long.

const PACKET_HEADER: usize = 12;
const CHUNK_HEADER: usize = 4;
const CAUSE_HEADER: usize = 4;
const ABORT: u8 = 6;
const ERROR: u8 = 9;

/// Do all causes in a packet end where their chunk ends, or before?
pub(super) fn fit(packet: &[u8]) -> bool {
    let mut rest = packet.get(PACKET_HEADER..).unwrap_or_default();
    while let [kind, _, high, low, ..] = *rest {
        let length = usize::from(u16::from_be_bytes([high, low]));
        let Some(value) = rest.get(CHUNK_HEADER..length) else { return true }; // refused for itself
        if matches!(kind, ABORT | ERROR) && !chunk_fits(value) {
            return false;
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    true
}

/// The library reads causes one right behind the other, also where only padding is left of the chunk.
fn chunk_fits(mut causes: &[u8]) -> bool {
    while let [_, _, high, low, ..] = *causes {
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < CAUSE_HEADER {
            return true; // refused for itself
        }
        let Some(rest) = causes.get(length..) else { return false };
        causes = rest;
    }
    causes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(chunks: &[&[u8]]) -> Vec<u8> {
        [&[0; PACKET_HEADER], chunks.concat().as_slice()].concat()
    }

    #[test]
    fn causes_end_with_their_chunk() {
        for (chunk, fits) in [
            (&[6, 0, 0, 4][..], true),
            (&[6, 0, 0, 8, 0, 12, 0, 4], true),
            (&[6, 0, 0, 12, 0, 12, 0, 8, 1, 2, 3, 4], true),
            (&[6, 0, 0, 8, 0, 12, 0, 5], false),
            (&[9, 0, 0, 8, 0, 12, 255, 255], false),
            (&[9, 0, 0, 6, 0, 12, 0, 0], false),
            (&[0, 0, 0, 8, 0, 12, 255, 255], true),
        ] {
            assert_eq!(fit(&packet(&[chunk])), fits, "{chunk:?}");
            assert_eq!(fit(&packet(&[&[0, 0, 0, 5, 1, 0, 0, 0], chunk])), fits, "behind another");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = fit(&bytes);
        }
    }
}
