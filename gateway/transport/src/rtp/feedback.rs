//! What became of packets, as clients tell: of those that the gateway numbered for the whole connection (transport-wide
//! feedback, draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1), or stream by stream (RFC 8888).

use super::{half, word};

/// Most packets of which one compound may tell; further feedback in it is refused.
pub const MAX_TOLD: usize = 4_096;

/// What the client tells of packets with numbers in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportFeedback {
    /// Number of the first.
    pub first: u16,
    /// For each in turn the time by the client's clock when it arrived, in ticks of 250 µs modulo 2^32; `None` if it
    /// has not.
    pub arrivals: Vec<Option<u32>>,
}

/// Reads the body of a feedback packet (type 205, format 15); `None` if it is cut, tells of nothing or of more than
/// `most` packets, or has a status that means nothing.
pub fn transport_feedback(body: &[u8], most: usize) -> Option<TransportFeedback> {
    let (first, count) = (half(body, 8)?, usize::from(half(body, 10)?));
    if count == 0 || count > most {
        return None;
    }
    let (statuses, deltas) = statuses(body.get(16..)?, count)?;
    let mut deltas = deltas;
    // 24 bits in units of 64 ms, which are 256 ticks; below them a count of feedback packets.
    let mut ticks = word(body, 12)? & 0xffff_ff00;
    let mut arrivals = Vec::with_capacity(count);
    for status in statuses {
        let (delta, rest) = match (status, deltas) {
            (0, rest) => (None, rest),
            (1, [small, rest @ ..]) => (Some(i32::from(*small)), rest),
            (2, [high, low, rest @ ..]) => {
                (Some(i32::from(i16::from_be_bytes([*high, *low]))), rest)
            }
            _ => return None,
        };
        deltas = rest;
        arrivals.push(delta.map(|delta| {
            ticks = ticks.wrapping_add_signed(delta);
            ticks
        }));
    }
    Some(TransportFeedback { first, arrivals })
}

/// The status of each of `count` packets from the chunks, and what is behind those.
fn statuses(chunks: &[u8], count: usize) -> Option<(Vec<u8>, &[u8])> {
    let (mut list, mut rest) = (Vec::with_capacity(count), chunks);
    while list.len() < count {
        let (chunk, behind) = rest.split_first_chunk::<2>()?;
        rest = behind;
        let (chunk, left) = (u16::from_be_bytes(*chunk), count - list.len());
        match chunk >> 14 {
            // A run of one status.
            0 | 1 => {
                let status = (chunk >> 13 & 3) as u8;
                let run = usize::from(chunk & 0x1fff);
                list.extend(std::iter::repeat_n(status, run.min(left)));
            }
            // Fourteen of one bit each, or seven of two.
            2 => list.extend((0..14).rev().map(|bit| (chunk >> bit & 1) as u8).take(left)),
            _ => list.extend((0..7).rev().map(|place| (chunk >> (2 * place) & 3) as u8).take(left)),
        }
    }
    Some((list, rest))
}

/// Most streams of which one congestion control feedback may tell.
const MAX_STREAMS: usize = 64;
/// Offsets of time that say that a packet came later than the report, or long before it (RFC 8888, section 3.1).
const OFFSET_UNKNOWN: u32 = 0x1fff;

/// What the client tells of packets of one stream with numbers in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamFeedback {
    /// The stream.
    pub ssrc: u32,
    /// The sequence number of the first.
    pub first: u16,
    /// For each in turn the time by the client's clock when it arrived, in 1/65536 s modulo 2^32; `None` if it has not.
    pub arrivals: Vec<Option<u32>>,
}

/// Reads the body of a congestion control feedback (type 205, format 11; RFC 8888, section 3.1); `None` if it is cut, or
/// tells of more than `most` packets or 64 streams.
pub fn congestion_feedback(body: &[u8], most: usize) -> Option<Vec<StreamFeedback>> {
    let (mut blocks, stamp) = body.get(4..)?.split_last_chunk::<4>()?;
    let stamp = u32::from_be_bytes(*stamp);
    let (mut list, mut left) = (vec![], most);
    while !blocks.is_empty() {
        let (ssrc, first) = (word(blocks, 0)?, half(blocks, 4)?);
        let count = usize::from(half(blocks, 6)?);
        left = left.checked_sub(count)?;
        // Half words of two packets each.
        let (metrics, behind) = blocks.get(8..)?.split_at_checked(count.div_ceil(2) * 4)?;
        blocks = behind;
        if list.len() == MAX_STREAMS {
            return None;
        }
        let metrics = metrics.chunks_exact(2).take(count);
        let arrivals = metrics.map(|metric| arrival(half(metric, 0)?, stamp)).collect();
        list.push(StreamFeedback { ssrc, first, arrivals });
    }
    Some(list)
}

/// When a packet arrived whose metric this is, in a report made at `stamp`.
fn arrival(metric: u16, stamp: u32) -> Option<u32> {
    let offset = u32::from(metric & 0x1fff);
    // Offsets count 1/1024 s.
    let ago = if offset == OFFSET_UNKNOWN { 0 } else { offset * 64 };
    (metric >> 15 == 1).then(|| stamp.wrapping_sub(ago))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::rtcp_packets;
    use proptest::prelude::*;

    /// A body with these chunks and deltas.
    fn body(first: u16, count: u16, reference: u32, chunks: &[u16], deltas: &[u8]) -> Vec<u8> {
        let mut body = vec![0, 0, 0, 1, 0, 0, 0, 2];
        body.extend_from_slice(&first.to_be_bytes());
        body.extend_from_slice(&count.to_be_bytes());
        body.extend_from_slice(&(reference << 8 | 9).to_be_bytes());
        chunks.iter().for_each(|it| body.extend_from_slice(&it.to_be_bytes()));
        body.extend_from_slice(deltas);
        body
    }

    #[test]
    fn runs_and_vectors_are_read() {
        // Two lost, then three that came (run); a lost one, one that came (one bit each).
        let vector = 0x8000 | 1 << 12;
        let run = body(65_534, 7, 3, &[2, 0x2000 | 3, vector], &[4, 0, 8, 1]);
        let told = transport_feedback(&run, MAX_TOLD).unwrap();
        let came = |ticks: u32| Some(3 * 256 + ticks);
        assert_eq!(told.first, 65_534);
        let expected = [None, None, came(4), came(4), came(12), None, came(13)];
        assert_eq!(told.arrivals, expected);
        // Before the reference time, and far after it (two bits each).
        let two = 0xc000 | 2 << 12 | 2 << 10 | 1 << 8;
        let far = body(7, 3, 0, &[two], &[0xff, 0xff, 0x7f, 0xff, 1]);
        let told = transport_feedback(&far, MAX_TOLD).unwrap();
        let before = u32::MAX;
        assert_eq!(told.arrivals, [Some(before), Some(0x7ffe), Some(0x7fff)]);
    }

    #[test]
    fn what_is_cut_or_means_nothing_is_refused() {
        let whole = body(1, 3, 0, &[0x2000 | 3], &[1, 1, 1]);
        assert!(transport_feedback(&whole, 3).is_some());
        assert!(transport_feedback(&whole, 2).is_none(), "more than may be told");
        for len in 0..whole.len() {
            assert!(transport_feedback(&whole[..len], 3).is_none(), "{len}");
        }
        assert!(transport_feedback(&body(1, 0, 0, &[], &[]), 9).is_none(), "of nothing");
        assert!(transport_feedback(&body(1, 1, 0, &[0x6000 | 1], &[1; 9]), 9).is_none());
        assert!(transport_feedback(&body(1, 1, 0, &[0, 0, 0], &[]), 9).is_none(), "empty runs");
    }

    /// A report at `stamp` on streams: number of the first, and a metric for each.
    fn congestion(streams: &[(u32, u16, &[u16])], stamp: u32) -> Vec<u8> {
        let mut body = vec![0, 0, 0, 1];
        for (ssrc, first, metrics) in streams {
            body.extend(ssrc.to_be_bytes());
            body.extend([*first, metrics.len() as u16].iter().flat_map(|it| it.to_be_bytes()));
            body.extend(metrics.iter().flat_map(|it| it.to_be_bytes()));
            body.resize(body.len().next_multiple_of(4), 0);
        }
        body.extend(stamp.to_be_bytes());
        body
    }

    #[test]
    fn streams_are_told_of_by_how_long_before_the_report_packets_came() {
        let (came, marked, unknown) = (0x8000, 0x6000, 0x9fff);
        let body = congestion(
            &[(7, 65_535, &[came | 1_024, 0, came | marked | 1]), (8, 3, &[unknown]), (9, 0, &[])],
            65_536,
        );
        let told = congestion_feedback(&body, 4).unwrap();
        let expected = [
            (7, 65_535, vec![Some(0), None, Some(65_472)]),
            (8, 3, vec![Some(65_536)]),
            (9, 0, vec![]),
        ];
        let expected =
            expected.map(|(ssrc, first, arrivals)| StreamFeedback { ssrc, first, arrivals });
        assert_eq!(told, expected);
        assert_eq!(congestion_feedback(&body, 3), None, "more than may be told");
        let empty = congestion(&[], 5);
        assert_eq!(congestion_feedback(&empty, 9), Some(vec![]));
        for len in 0..body.len() {
            let cut = congestion_feedback(&body[..len], 4);
            assert!(cut.is_none_or(|it| it != told), "{len}");
        }
        let many: Vec<(u32, u16, &[u16])> = (0..65).map(|ssrc| (ssrc, 0, &[][..])).collect();
        assert_eq!(
            congestion_feedback(&congestion(&many[..64], 0), 9).map(|it| it.len()),
            Some(64)
        );
        assert_eq!(congestion_feedback(&congestion(&many, 0), 9), None);
        // A clock that runs over between the packet and the report.
        let over = congestion(&[(1, 1, &[came | 2])], 100);
        assert_eq!(
            congestion_feedback(&over, 1).unwrap()[0].arrivals,
            [Some(100u32.wrapping_sub(128))]
        );
    }

    proptest! {
        /// Written as the draft says, in one kind of chunk or the other, and with padding behind.
        #[test]
        fn what_is_told_is_read(
            first: u16,
            reference in 0u32..1 << 24,
            told in prop::collection::vec(prop::option::weighted(0.7, any::<i16>()), 1..200),
            runs: bool,
            padding in 0usize..8,
        ) {
            let status = |it: &Option<i16>| match it {
                None => 0u16,
                Some(0..=255) => 1,
                Some(_) => 2,
            };
            let chunks: Vec<u16> = if runs {
                let runs = told.chunk_by(|a, b| status(a) == status(b));
                runs.map(|run| status(&run[0]) << 13 | run.len() as u16).collect()
            } else {
                let place = |bits: u16, (at, it): (usize, &Option<i16>)| bits | status(it) << (12 - 2 * at);
                told.chunks(7).map(|seven| seven.iter().enumerate().fold(0xc000, place)).collect()
            };
            let mut deltas = vec![];
            for it in told.iter().flatten() {
                match u8::try_from(*it) {
                    Ok(small) => deltas.push(small),
                    Err(_) => deltas.extend_from_slice(&it.to_be_bytes()),
                }
            }
            deltas.resize(deltas.len() + padding, 0);
            let read = transport_feedback(&body(first, told.len() as u16, reference, &chunks, &deltas), 200);
            let mut clock = reference << 8;
            let expected = told.iter().map(|it| it.map(|delta| {
                clock = clock.wrapping_add_signed(i32::from(delta));
                clock
            }));
            let expected = TransportFeedback { first, arrivals: expected.collect() };
            prop_assert_eq!(read, Some(expected));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..1_500), most in 0usize..5_000) {
            if let Some(told) = transport_feedback(&bytes, most) {
                prop_assert!((1..=most).contains(&told.arrivals.len()));
            }
            let streams = congestion_feedback(&bytes, most).unwrap_or_default();
            prop_assert!(streams.iter().map(|it| it.arrivals.len()).sum::<usize>() <= most);
            prop_assert!(streams.len() <= 64);
            for (_, _, body) in rtcp_packets(&bytes) {
                let _ = (transport_feedback(body, most), congestion_feedback(body, most));
            }
        }
    }
}
