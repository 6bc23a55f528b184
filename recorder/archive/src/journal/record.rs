use crate::tap::MAX_RECORD;
use alloc::vec::Vec;

/// The first bytes of every segment.
pub const HEADER: [u8; 8] = *b"SQJRNL\x01\n";

const MAGIC: [u8; 2] = 0xA55A_u16.to_le_bytes();
/// Bytes of magic, length and check sum.
const HEAD: usize = 10;

/// Appends one record to a segment's bytes. A payload over [`MAX_RECORD`] is not appended, and
/// the answer is false: the tap cannot carry one.
pub fn append(payload: &[u8], out: &mut Vec<u8>) -> bool {
    let Ok(len) = u32::try_from(payload.len()) else { return false };
    if payload.len() > MAX_RECORD {
        return false;
    }
    let len = len.to_le_bytes();
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&len);
    out.extend_from_slice(&sum(len, payload).to_le_bytes());
    out.extend_from_slice(payload);
    true
}

fn sum(len: [u8; 4], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&len);
    hasher.update(payload);
    hasher.finalize()
}

/// Reads a segment's records in order, with the offset of each payload in the segment. It ends at
/// the end of the bytes or at the first one that is not as written; [`good`](Self::good) tells
/// which.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    segment: &'a [u8],
    good: usize,
}

impl<'a> Reader<'a> {
    /// Begins to read a segment from its header.
    #[must_use]
    pub fn new(segment: &'a [u8]) -> Self {
        let good = if segment.starts_with(&HEADER) { HEADER.len() } else { segment.len() + 1 };
        Self { segment, good }
    }

    /// How many bytes from the segment's start are known to be as written; after the last record
    /// this is where to cut. 0 if not even the header is.
    #[must_use]
    pub const fn good(&self) -> usize {
        if self.good > self.segment.len() { 0 } else { self.good }
    }

    fn read(&self) -> Option<(usize, &'a [u8])> {
        let rest = self.segment.get(self.good..)?;
        let (magic, rest) = rest.split_first_chunk::<2>()?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let (crc, rest) = rest.split_first_chunk::<4>()?;
        let bytes = usize::try_from(u32::from_le_bytes(*len)).ok()?;
        if *magic != MAGIC || bytes > MAX_RECORD {
            return None;
        }
        let payload = rest.get(..bytes)?;
        (sum(*len, payload) == u32::from_le_bytes(*crc)).then_some((self.good + HEAD, payload))
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (offset, payload) = self.read()?;
        self.good = offset + payload.len();
        Some((offset, payload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn segment(payloads: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = HEADER.to_vec();
        for payload in payloads {
            assert!(append(payload, &mut bytes));
        }
        bytes
    }

    fn payloads() -> impl Strategy<Value = Vec<Vec<u8>>> {
        prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..12)
    }

    proptest! {
        #[test]
        fn a_cut_segment_gives_every_whole_record_before_the_cut(kept in payloads(), cut: prop::sample::Index) {
            let bytes = segment(&kept);
            let cut = cut.index(bytes.len() + 1);
            let mut reader = Reader::new(&bytes[..cut]);
            let got: Vec<Vec<u8>> = reader.by_ref().map(|(_, it)| it.to_vec()).collect();
            prop_assert!(kept.starts_with(&got));
            prop_assert!(reader.good() <= cut);
            let mut end = HEADER.len();
            let whole = kept.iter().take_while(|it| { end += HEAD + it.len(); end <= cut }).count();
            prop_assert_eq!(got.len(), whole);
        }

        #[test]
        fn a_changed_byte_ends_the_reading_no_later_than_its_record(
            kept in payloads(), at: prop::sample::Index, flip in 1..=255_u8
        ) {
            let mut bytes = segment(&kept);
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            let mut reader = Reader::new(&bytes);
            let got: Vec<Vec<u8>> = reader.by_ref().map(|(_, it)| it.to_vec()).collect();
            prop_assert!(kept.starts_with(&got));
            prop_assert!(reader.good() <= at);
        }

        #[test]
        fn nonsense_never_reads_past_its_end(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut with_header = HEADER.to_vec();
            with_header.extend_from_slice(&bytes);
            for bytes in [&bytes, &with_header] {
                let mut reader = Reader::new(bytes);
                let seen = reader.by_ref().count();
                prop_assert!(seen * HEAD <= bytes.len());
                prop_assert!(reader.good() <= bytes.len());
            }
        }
    }

    #[test]
    fn offsets_point_at_the_payloads() {
        let bytes = segment(&[vec![1, 2, 3], vec![], vec![4]]);
        for (offset, payload) in Reader::new(&bytes) {
            assert_eq!(&bytes[offset..offset + payload.len()], payload);
        }
    }

    #[test]
    fn a_payload_over_the_bound_is_not_written() {
        let mut bytes = HEADER.to_vec();
        assert!(!append(&vec![0; MAX_RECORD + 1], &mut bytes));
        assert_eq!(bytes, HEADER);
    }
}
