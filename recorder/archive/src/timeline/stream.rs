use super::Us;
use super::payload::Part;
use crate::tap::Codec;
use alloc::vec::Vec;

/// Where a packet lies in the journal, RTP header included.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Extent {
    /// Number of the segment.
    pub segment: u32,
    /// Offset in the segment, bytes.
    pub offset: u32,
    /// Length, bytes.
    pub len: u16,
}

/// One packet on its stream's timeline.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Entry {
    /// Sequence number, extended past the wrap.
    pub seq: i64,
    /// RTP time in ticks, as it came: it may jump, and it wraps.
    pub ts: u32,
    /// When it arrived.
    pub at_us: Us,
    /// Where its payload lies: header, padding and codec descriptor cut off. Length 0: padding.
    pub payload: Extent,
    /// Where the whole packet lies.
    pub packet: Extent,
    /// The marker bit.
    pub marker: bool,
    /// What the payload tells.
    pub part: Part,
}

/// An arrival gap after which no packet from before it can still come, so that a sequence number
/// can only have gone forward.
const REORDER_US: Us = 5_000_000;
const RTP_HEAD: usize = 12;
/// Where a codec does not say where a picture begins, times that differ by more than this (one
/// second) within what no marker ended are odd.
const ODD_TICKS: u32 = 90_000;

/// One SSRC of a track and layer: takes packets as they came, gives them in the order of sending.
#[derive(Clone, Debug)]
pub struct Stream {
    codec: Codec,
    newest: Option<Entry>,
    entries: Vec<Entry>,
}

impl Stream {
    /// A stream without packets yet.
    #[must_use]
    pub const fn new(codec: Codec) -> Self {
        Self { codec, newest: None, entries: Vec::new() }
    }

    /// The SSRC in an RTP header, if these bytes have one.
    #[must_use]
    pub fn ssrc(packet: &[u8]) -> Option<u32> {
        let bytes = packet.get(8..12)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes))
    }

    /// Takes a packet that arrived at `at_us` and lies at `place`. False if it is not RTP of
    /// version 2 with a bare header.
    pub fn push(&mut self, at_us: Us, packet: &[u8], place: Extent) -> bool {
        let Some((header, body)) = packet.split_first_chunk::<RTP_HEAD>() else { return false };
        let [first, second, s0, s1, t0, t1, t2, t3, ..] = *header;
        if first & 0xDF != 0x80 {
            return false;
        }
        let padding =
            if first & 0x20 == 0 { 0 } else { body.last().map_or(0, |it| usize::from(*it)) };
        let body = body.get(..body.len().saturating_sub(padding)).unwrap_or_default();
        let part = Part::of(self.codec, body);
        let skip = RTP_HEAD + usize::from(part.skip);
        let entry = Entry {
            seq: self.extend_seq(at_us, u16::from_be_bytes([s0, s1])),
            ts: u32::from_be_bytes([t0, t1, t2, t3]),
            at_us,
            payload: Extent {
                offset: place.offset.saturating_add(u32::try_from(skip).unwrap_or_default()),
                len: u16::try_from((RTP_HEAD + body.len()).saturating_sub(skip))
                    .unwrap_or_default(),
                ..place
            },
            packet: place,
            marker: second & 0x80 != 0,
            part,
        };
        if self.newest.is_none_or(|it| entry.seq > it.seq) {
            self.newest = Some(entry);
        }
        self.entries.push(entry);
        true
    }

    fn extend_seq(&self, at_us: Us, seq: u16) -> i64 {
        let Some(newest) = self.newest else { return i64::from(seq) };
        let forward = i64::from(seq).wrapping_sub(newest.seq).rem_euclid(1 << 16);
        let old = at_us.saturating_sub(newest.at_us) <= REORDER_US && forward >= 1 << 15;
        newest.seq + if old { forward - (1 << 16) } else { forward }
    }

    /// All packets in the order of sending, each once.
    #[must_use]
    pub fn finish(self) -> Vec<Entry> {
        let mut entries = self.entries;
        entries.sort_by_key(|it| it.seq);
        entries.dedup_by_key(|it| it.seq);
        mend_times(self.codec, &mut entries);
        entries
    }
}

/// All packets of one picture bear one time: one that goes on with the picture before it takes that
/// picture's, whatever it says itself.
fn mend_times(codec: Codec, entries: &mut [Entry]) {
    let says_begin = matches!(codec, Codec::Vp8 | Codec::Vp9);
    if matches!(codec, Codec::Opus | Codec::Other) {
        return;
    }
    let mut before: Option<Entry> = None;
    for it in entries {
        let goes_on = before.filter(|last| !last.marker && it.seq == last.seq + 1);
        if let Some(last) = goes_on {
            let odd = it.ts.wrapping_sub(last.ts).cast_signed().unsigned_abs() > ODD_TICKS;
            if says_begin && !it.part.begins || !says_begin && odd {
                it.ts = last.ts;
            }
        }
        before = Some(*it);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn packet(seq: u16, ts: u32) -> Vec<u8> {
        let mut bytes = vec![0x80, 0x80 | 111];
        bytes.extend_from_slice(&seq.to_be_bytes());
        bytes.extend_from_slice(&ts.to_be_bytes());
        bytes.extend_from_slice(&[0, 0, 0, 9, 1, 2, 3]);
        bytes
    }

    fn place(len: usize) -> Extent {
        Extent { segment: 1, offset: 100, len: u16::try_from(len).unwrap() }
    }

    fn push(stream: &mut Stream, at_us: Us, seq: u16, ts: u32) {
        let bytes = packet(seq, ts);
        assert!(stream.push(at_us, &bytes, place(bytes.len())));
    }

    proptest! {
        #[test]
        fn order_and_doubles_of_arrival_do_not_matter(
            first: u16, ts: u32, count in 1..200_usize,
            swaps in prop::collection::vec((0..200_usize, 1..20_usize), 0..50),
            doubles in prop::collection::vec(0..200_usize, 0..20),
        ) {
            let mut sent: Vec<u64> = (0..count as u64).collect();
            for (at, by) in swaps {
                if at + by < count { sent.swap(at, at + by); }
            }
            for at in doubles {
                if at < count { sent.push(sent[at]); }
            }
            let mut stream = Stream::new(Codec::Opus);
            for (turn, index) in sent.iter().enumerate() {
                let seq = first.wrapping_add(*index as u16);
                push(&mut stream, turn as Us * 20_000, seq, ts.wrapping_add(*index as u32 * 960));
            }
            let got = stream.finish();
            prop_assert_eq!(got.len(), count);
            for pair in got.windows(2) {
                prop_assert_eq!(pair[1].seq - pair[0].seq, 1);
                prop_assert_eq!(pair[1].ts.wrapping_sub(pair[0].ts), 960);
            }
        }

        #[test]
        fn any_bytes_are_taken_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60), at in 0..1_i64 << 50) {
            let mut stream = Stream::new(Codec::Vp8);
            push(&mut stream, 0, 1, 1);
            stream.push(at, &bytes, place(bytes.len()));
            for entry in stream.finish() {
                prop_assert!(entry.payload.len <= entry.packet.len);
            }
        }
    }

    #[test]
    fn a_long_silence_of_the_line_goes_forward() {
        let mut stream = Stream::new(Codec::Vp8);
        push(&mut stream, 0, 100, 0);
        push(&mut stream, 200_000_000, 40_100, 200 * 90_000);
        push(&mut stream, 200_010_000, 40_099, 200 * 90_000);
        let got = stream.finish();
        assert_eq!(got.iter().map(|it| it.seq).collect::<Vec<_>>(), [100, 40_099, 40_100]);
    }

    #[test]
    fn a_packet_with_an_odd_time_stays_in_its_picture() {
        let mut stream = Stream::new(Codec::Vp8);
        for (seq, ts, first) in
            [(1, 0, true), (2, 77_000_000, false), (3, 0, false), (4, 6_000, true)]
        {
            let mut bytes = packet(seq, ts);
            bytes[1] = if matches!(seq, 3 | 4) { 0x80 | 96 } else { 96 };
            bytes[12] = if first { 0x10 } else { 0 };
            assert!(stream.push(0, &bytes, place(bytes.len())));
        }
        let times: Vec<u32> = stream.finish().iter().map(|it| it.ts).collect();
        assert_eq!(times, [0, 0, 0, 6_000]);
    }

    #[test]
    fn padding_and_foreign_versions_are_seen() {
        let mut stream = Stream::new(Codec::Opus);
        let mut padded = packet(1, 0);
        padded[0] |= 0x20;
        padded.extend_from_slice(&[0, 2]);
        assert!(stream.push(0, &padded, place(padded.len())));
        let mut foreign = packet(2, 0);
        foreign[0] = 0x40;
        assert!(!stream.push(0, &foreign, place(foreign.len())));
        let got = stream.finish();
        assert_eq!((got[0].payload.offset, got[0].payload.len), (112, 3));
    }
}
