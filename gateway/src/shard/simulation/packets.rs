//! RTP packets and feedback as clients write them.

use transport::rtp::rtcp;

/// A packet in plain: fixed header, extensions in the one-byte form (RFC 8285), payload; and the length of its header.
pub(super) fn packet(
    (payload_type, marker): (u8, bool),
    (ssrc, seq, time): (u32, u16, u32),
    extensions: &[(u8, &[u8])],
    payload: &[u8],
) -> (Vec<u8>, usize) {
    let mut block = vec![];
    for (id, value) in extensions {
        block.push(id << 4 | (value.len() as u8 - 1));
        block.extend_from_slice(value);
    }
    block.resize(block.len().next_multiple_of(4), 0);
    let mut packet = vec![0x90, payload_type | u8::from(marker) << 7];
    packet.extend_from_slice(&seq.to_be_bytes());
    packet.extend_from_slice(&time.to_be_bytes());
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend_from_slice(&[0xbe, 0xde]);
    packet.extend_from_slice(&(block.len() as u16 / 4).to_be_bytes());
    packet.extend_from_slice(&block);
    let header = packet.len();
    packet.extend_from_slice(payload);
    (packet, header)
}

/// Ticks of 250 µs in which arrivals are told, and those of the reference time.
const TICK_US: u64 = 250;
const REFERENCE_TICKS: u64 = 256;

/// Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01) of packets in a row, the first with number
/// `first`: when each came, in microseconds. `count` numbers the feedback.
pub(super) fn transport_feedback(first: u16, arrivals: &[Option<u64>], count: u8) -> Vec<u8> {
    let begin = arrivals.iter().flatten().min().copied().unwrap_or_default();
    let reference = begin / TICK_US / REFERENCE_TICKS;
    let (mut last, mut deltas, mut statuses) = (reference * REFERENCE_TICKS, vec![], vec![]);
    for arrival in arrivals {
        let Some(ticks) = arrival.map(|us| us / TICK_US) else {
            statuses.push(0u16);
            continue;
        };
        let delta = ticks as i64 - last as i64;
        last = ticks;
        match u8::try_from(delta) {
            Ok(small) => {
                statuses.push(1);
                deltas.push(small);
            }
            Err(_) => {
                statuses.push(2);
                deltas.extend_from_slice(&(delta as i16).to_be_bytes());
            }
        }
    }
    let mut body = [1u32.to_be_bytes(), 1u32.to_be_bytes()].concat();
    body.extend_from_slice(&first.to_be_bytes());
    body.extend_from_slice(&(arrivals.len() as u16).to_be_bytes());
    body.extend_from_slice(&((reference as u32) << 8 | u32::from(count)).to_be_bytes());
    for seven in statuses.chunks(7) {
        let place = |bits: u16, (at, it): (usize, &u16)| bits | it << (12 - 2 * at);
        let chunk = seven.iter().enumerate().fold(0xc000, place);
        body.extend_from_slice(&chunk.to_be_bytes());
    }
    body.extend_from_slice(&deltas);
    rtcp(15, 205, &body)
}

/// What a number of 16 bits stands for beside one that is known.
pub(super) fn unwrap(known: u64, short: u16) -> u64 {
    let delta = short.wrapping_sub(known as u16).cast_signed();
    known.saturating_add_signed(delta.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use transport::rtp::{rtcp_packets, transport_feedback as read};

    #[test]
    fn the_gateway_reads_what_a_client_tells() {
        let arrivals = [Some(9_000_000), None, Some(9_000_250), Some(8_999_000), Some(9_400_000)];
        let packet = transport_feedback(65_534, &arrivals, 3);
        let (format, kind, body) = rtcp_packets(&packet).next().unwrap();
        assert_eq!((format, kind), (15, 205));
        let told = read(body, 100).unwrap();
        let ticks = arrivals.map(|it| it.map(|us| (us / TICK_US) as u32));
        assert_eq!((told.first, &told.arrivals[..]), (65_534, &ticks[..]));
    }
}
