//! RTCP packets.

use super::{half, word};

/// SSRC under which the gateway itself reports: it sends no media of its own.
const GATEWAY: u32 = 1;
/// CNAME of everything the gateway sends; the same one stands in its session descriptions.
const CNAME: &[u8] = b"gateway";
/// Most sequence numbers that are taken from one NACK packet; the rest is ignored.
pub const MAX_NACKED: usize = 512;

/// Packets of a compound: count or format, packet type, body after the 4-byte header. Ends at the first that is cut.
pub fn rtcp_packets(mut b: &[u8]) -> impl Iterator<Item = (u8, u8, &[u8])> {
    std::iter::from_fn(move || {
        let (&[first, typ, l0, l1], rest) = b.split_first_chunk::<4>()?;
        let (body, rest) = rest.split_at_checked(4 * usize::from(u16::from_be_bytes([l0, l1])))?;
        b = rest;
        (first >> 6 == 2).then_some((first & 31, typ, body))
    })
}

/// Builds one RTCP packet; the body is padded with zeros to whole words.
pub fn rtcp(format: u8, typ: u8, body: &[u8]) -> Vec<u8> {
    let words = body.len().div_ceil(4);
    let mut p = Vec::with_capacity(4 + 4 * words);
    p.extend_from_slice(&[0x80 | (format & 31), typ]);
    p.extend_from_slice(&u16::try_from(words).unwrap_or(u16::MAX).to_be_bytes());
    p.extend_from_slice(body);
    p.resize(4 + 4 * words, 0);
    p
}

fn words(list: &[u32]) -> Vec<u8> {
    list.iter().flat_map(|w| w.to_be_bytes()).collect()
}

/// Picture loss indication (RFC 4585, section 6.3.1) for `ssrc`.
pub fn pli(ssrc: u32) -> Vec<u8> {
    rtcp(1, 206, &words(&[GATEWAY, ssrc]))
}

/// Bits a second of a receiver's estimated maximum (draft-alvestrand-rmcat-remb-03, section 2.2), from the body of an
/// application layer feedback (type 206, format 15); `None` if it is another one.
pub fn remb(body: &[u8]) -> Option<u64> {
    let estimate = body.get(8..)?.strip_prefix(b"REMB")?;
    let word = word(estimate, 0)?;
    let (exponent, mantissa) = (word >> 18 & 0x3f, u64::from(word & 0x3_ffff));
    // What does not fit is more than any line carries.
    Some(
        mantissa
            .checked_shl(exponent)
            .filter(|rate| rate >> exponent == mantissa)
            .unwrap_or(u64::MAX),
    )
}

/// Generic NACK (RFC 4585, section 6.2.1) for `lost`, in ascending order (modulo 2^16).
pub fn nack(ssrc: u32, lost: &[u16]) -> Vec<u8> {
    let mut body = words(&[GATEWAY, ssrc]);
    let mut pending: Option<(u16, u16)> = None;
    for seq in lost {
        if let Some((pid, mask)) = &mut pending
            && let distance @ 1..=16 = seq.wrapping_sub(*pid)
        {
            *mask |= 1 << (distance - 1);
            continue;
        }
        body.extend(pending.replace((*seq, 0)).into_iter().flat_map(entry));
    }
    body.extend(pending.into_iter().flat_map(entry));
    rtcp(1, 205, &body)
}

fn entry((pid, mask): (u16, u16)) -> [u8; 4] {
    let ([a, b], [c, d]) = (pid.to_be_bytes(), mask.to_be_bytes());
    [a, b, c, d]
}

/// Sequence numbers that a generic NACK asks for (`body` as [`rtcp_packets`] gives it), at most [`MAX_NACKED`].
pub fn nacked(body: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let entries = body.get(8..).unwrap_or_default().chunks_exact(4);
    let numbers =
        entries.filter_map(|c| Some((half(c, 0)?, half(c, 2)?))).flat_map(|(pid, mask)| {
            let following = (0..16u16)
                .filter(move |i| mask & (1 << i) != 0)
                .map(move |i| pid.wrapping_add(i + 1));
            std::iter::once(pid).chain(following)
        });
    numbers.take(MAX_NACKED)
}

/// SSRCs of which a full intra request (RFC 5104, section 4.3.1) wants a key frame.
pub fn fir_targets(body: &[u8]) -> impl Iterator<Item = u32> + '_ {
    body.get(8..).unwrap_or_default().chunks_exact(8).filter_map(|c| word(c, 0))
}

/// One report block (RFC 3550, section 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportBlock {
    /// The stream that is reported on.
    pub ssrc: u32,
    /// Share lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Packets lost since the beginning; negative when duplicates arrived. 24 bits.
    pub cumulative_lost: i32,
    /// Highest sequence number received, with the number of its cycles above it.
    pub highest: u32,
    /// Interarrival jitter in RTP ticks.
    pub jitter: u32,
    /// Middle 32 bits of the NTP time of the last sender report; 0 = none yet.
    pub last_report: u32,
    /// Time since that sender report, in 1/65536 s.
    pub delay: u32,
}

impl ReportBlock {
    fn read(b: &[u8]) -> Option<Self> {
        let loss = word(b, 4)?;
        Some(Self {
            ssrc: word(b, 0)?,
            fraction_lost: u8::try_from(loss >> 24).ok()?,
            cumulative_lost: (loss << 8).cast_signed() >> 8,
            highest: word(b, 8)?,
            jitter: word(b, 12)?,
            last_report: word(b, 16)?,
            delay: word(b, 20)?,
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        let lost = self.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff).cast_unsigned() & 0xff_ffff;
        let loss = u32::from(self.fraction_lost) << 24 | lost;
        out.extend(words(&[
            self.ssrc,
            loss,
            self.highest,
            self.jitter,
            self.last_report,
            self.delay,
        ]));
    }
}

/// Report blocks of a sender report (200) or receiver report (201); none for other types.
pub fn report_blocks(typ: u8, body: &[u8]) -> impl Iterator<Item = ReportBlock> + '_ {
    let start = match typ {
        200 => 24,
        201 => 4,
        _ => usize::MAX,
    };
    body.get(start..).unwrap_or_default().chunks_exact(24).take(31).filter_map(ReportBlock::read)
}

/// Receiver report of the gateway; blocks beyond 31 are left out.
pub fn receiver_report(blocks: &[ReportBlock]) -> Vec<u8> {
    let mut body = words(&[GATEWAY]);
    let blocks = blocks.get(..31).unwrap_or(blocks);
    blocks.iter().for_each(|b| b.write(&mut body));
    rtcp(u8::try_from(blocks.len()).unwrap_or(31), 201, &body)
}

/// The sender's part of a sender report (RFC 3550, section 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderInfo {
    /// The stream that is described.
    pub ssrc: u32,
    /// NTP time, 32.32 fixed point seconds.
    pub ntp: u64,
    /// RTP timestamp of the same instant.
    pub rtp_ts: u32,
}

impl SenderInfo {
    /// The middle 32 bits of the NTP time, by which a receiver names this report.
    pub const fn middle(&self) -> u32 {
        (self.ntp >> 16) as u32
    }
}

/// Reads the sender's part of a sender report's body.
pub fn sender_info(body: &[u8]) -> Option<SenderInfo> {
    let ntp = u64::from(word(body, 4)?) << 32 | u64::from(word(body, 8)?);
    Some(SenderInfo { ssrc: word(body, 0)?, ntp, rtp_ts: word(body, 12)? })
}

/// A compound of a sender report and an SDES CNAME for one outgoing stream. `ntp` (32.32 seconds) and `rtp_ts` name
/// the same instant; `packets` and `octets` (payload bytes) are counted modulo 2^32.
pub fn sender_report(ssrc: u32, ntp: u64, rtp_ts: u32, packets: u32, octets: u32) -> Vec<u8> {
    let mut compound =
        rtcp(0, 200, &words(&[ssrc, (ntp >> 32) as u32, ntp as u32, rtp_ts, packets, octets]));
    let mut chunk = words(&[ssrc]);
    chunk.extend_from_slice(&[1, CNAME.len() as u8]);
    chunk.extend_from_slice(CNAME);
    chunk.push(0); // end of the items
    compound.extend(rtcp(1, 202, &chunk));
    compound
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_estimate_is_read_and_nothing_else() {
        let body = |exponent: u32, mantissa: u32| {
            let word = 1 << 24 | exponent << 18 | mantissa;
            [&[0, 0, 0, 1, 0, 0, 0, 0][..], b"REMB", &word.to_be_bytes(), &[0, 0, 0, 7]].concat()
        };
        assert_eq!(remb(&body(0, 250_000)), Some(250_000));
        assert_eq!(remb(&body(3, 100_000)), Some(800_000));
        assert_eq!(remb(&body(63, 0)), Some(0));
        assert_eq!(remb(&body(63, 0x3_ffff)), Some(u64::MAX), "more than there are bits for");
        let whole = body(3, 100_000);
        assert!((0..16).all(|len| remb(&whole[..len]).is_none()), "cut");
        let mut other = whole;
        other[8] = b'r';
        assert_eq!(remb(&other), None);
    }

    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_sender_report_comes_back_with_its_name() {
        let compound = sender_report(5, 0x1234_5678_9abc_def0, 77, 3, 4);
        let packets: Vec<_> = rtcp_packets(&compound).collect();
        assert_eq!(packets.len(), 2);
        let info = sender_info(packets[0].2).unwrap();
        assert_eq!(
            (info.ssrc, info.ntp, info.rtp_ts, info.middle()),
            (5, 0x1234_5678_9abc_def0, 77, 0x5678_9abc)
        );
        assert_eq!((packets[1].0, packets[1].1), (1, 202));
        assert!(packets[1].2.windows(7).any(|w| w == CNAME));
    }

    #[test]
    fn pictures_are_asked_for_by_ssrc() {
        assert_eq!(pli(9), [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9]);
        let fir = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 0];
        assert_eq!(fir_targets(&fir).collect::<Vec<_>>(), [9]);
    }

    prop_compose! {
        fn block()(ssrc: u32, fraction_lost: u8, cumulative_lost in -0x80_0000..0x80_0000, highest: u32, jitter: u32, last_report: u32, delay: u32)
            -> ReportBlock {
            ReportBlock { ssrc, fraction_lost, cumulative_lost, highest, jitter, last_report, delay }
        }
    }

    proptest! {
        #[test]
        fn a_nack_names_the_same_numbers(start: u16, steps in proptest::collection::vec(1u16..40, 0..60)) {
            let lost: Vec<u16> = steps.iter().scan(start, |s, d| { *s = s.wrapping_add(*d); Some(*s) }).collect();
            let packet = nack(7, &lost);
            let (format, typ, body) = rtcp_packets(&packet).next().unwrap();
            prop_assert_eq!((format, typ, word(body, 4)), (1, 205, Some(7)));
            prop_assert_eq!(nacked(body).collect::<BTreeSet<_>>(), lost.into_iter().collect::<BTreeSet<_>>());
        }

        #[test]
        fn report_blocks_come_back(blocks in proptest::collection::vec(block(), 0..40)) {
            let packet = receiver_report(&blocks);
            let (count, typ, body) = rtcp_packets(&packet).next().unwrap();
            let read: Vec<_> = report_blocks(typ, body).collect();
            prop_assert_eq!(usize::from(count), read.len());
            prop_assert_eq!(&read[..], blocks.get(..31).unwrap_or(&blocks));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), typ in 192u8..=223, valid: bool) {
            let mut bytes = bytes;
            if valid && bytes.len() >= 4 {
                bytes[0] = 0x80 | (bytes[0] & 0x3f);
                bytes[1] = typ;
                let words = bytes.len() / 4 - 1;
                bytes[2..4].copy_from_slice(&(words as u16).to_be_bytes());
            }
            for (_, typ, body) in rtcp_packets(&bytes) {
                prop_assert!(nacked(body).count() <= MAX_NACKED);
                let _ = (fir_targets(body).count(), sender_info(body));
                prop_assert!(report_blocks(typ, body).count() <= 31);
            }
        }
    }
}
