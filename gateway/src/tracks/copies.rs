//! Sound that was lost on the way up and came as a copy in a later packet (RED).

use media::RtpTime;
use transport::ingress::MediaPacket;
use transport::payload::red::Block;

use crate::ring::Ring;

/// The packets before `packet` that the ring does not have and that its copies are of, in their order. Senders write
/// copies of the last packets, one of each; where the times that are known say otherwise, none is taken.
pub(crate) fn missing(ring: &Ring, packet: &MediaPacket, copies: &[Block]) -> Vec<MediaPacket> {
    let time = |seq: u64| ring.get(seq).map(|packet| packet.time);
    let (start, mut later, mut found) = (packet.payload.0, RtpTime(packet.ts), vec![]);
    for (back, block) in (1..).zip(copies.iter().rev()) {
        let Some(seq) = packet.seq.checked_sub(back) else { break };
        let at = RtpTime(packet.ts).minus(block.offset);
        let known = time(seq);
        let after = |time: RtpTime| at.since(time) > 0;
        let before = seq.checked_sub(1).and_then(time);
        if later.since(at) <= 0 || known.is_some_and(|time| time != at) || !before.is_none_or(after)
        {
            return vec![];
        }
        later = at;
        let (begin, end) = block.place;
        if known.is_none() && begin < end {
            let (ts, payload) = (at.0, (start + begin, start + end));
            found.push(MediaPacket {
                seq,
                ts,
                marker: false,
                payload,
                audio_level: None,
                ..*packet
            });
        }
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ring::Stored;
    use transport::payload::Counters;

    /// A ring of packets each 960 ticks, numbers from 100 on, that has these.
    fn ring(has: &[u64]) -> Ring {
        let mut ring = Ring::new(64);
        for seq in has {
            let (time, counters) = (RtpTime(960 * *seq as u32), Counters::NONE);
            let stored = Stored { time, marker: false, counters, payload: &[1], dependency: &[] };
            assert!(ring.put(*seq, stored));
        }
        ring
    }

    /// What packet 110 brings with copies from so many ticks before.
    fn brought(has: &[u64], offsets: &[u32]) -> Vec<(u64, u32, (usize, usize))> {
        let (audio_level, dependency) = (Some(1), None);
        let packet = MediaPacket {
            track: 0,
            layer: 0,
            seq: 110,
            ts: 960 * 110,
            marker: true,
            pt: 111,
            red: true,
            ssrc: 1,
            payload: (20, 90),
            audio_level,
            dependency,
        };
        let blocks = offsets.iter().enumerate();
        let blocks: Vec<_> = blocks
            .map(|(at, offset)| Block { offset: *offset, place: (10 * at, 10 * at + 10) })
            .collect();
        let found = missing(&ring(has), &packet, &blocks);
        assert!(found.iter().all(|it| !it.marker && it.audio_level.is_none()));
        found.into_iter().map(|it| (it.seq, it.ts / 960, it.payload)).collect()
    }

    #[test]
    fn what_is_missing_comes_in_order_under_its_number_and_time() {
        assert_eq!(brought(&[107, 108, 109], &[1920, 960]), []);
        assert_eq!(brought(&[107, 108], &[1920, 960]), [(109, 109, (30, 40))]);
        assert_eq!(brought(&[107, 109], &[1920, 960]), [(108, 108, (20, 30))]);
        assert_eq!(brought(&[107], &[1920, 960]), [(108, 108, (20, 30)), (109, 109, (30, 40))]);
    }

    #[test]
    fn copies_of_other_packets_than_the_last_are_not_taken_for_them() {
        assert_eq!(brought(&[107, 108], &[1920]), [], "a copy of 108, and 109 is missing");
        assert_eq!(brought(&[107, 109], &[1920]), [], "109 is another");
        assert_eq!(brought(&[107], &[960, 1920]), [], "not in order");
        assert_eq!(brought(&[107], &[960, 960]), [], "one twice");
    }
}
