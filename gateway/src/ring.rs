//! The last packets of one layer, kept once for all its listeners.

use media::RtpTime;
use transport::payload::Counters;

/// The largest payload that is forwarded, in bytes: an Ethernet frame.
pub(crate) const MAX_PAYLOAD: usize = 1_500;

#[derive(Clone, Copy, Debug, Default)]
struct RingEntry {
    seq: Option<u64>,
    time: RtpTime,
    marker: bool,
    counters: Counters,
    len: usize,
    dependency: usize,
}

/// A packet as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored<'a> {
    pub(crate) time: RtpTime,
    pub(crate) marker: bool,
    pub(crate) counters: Counters,
    pub(crate) payload: &'a [u8],
    /// The dependency descriptor; empty where there is none.
    pub(crate) dependency: &'a [u8],
}

/// A ring of packets by sequence number.
#[derive(Debug)]
pub(crate) struct Ring {
    heads: Vec<RingEntry>,
    data: Vec<u8>,
}

impl Ring {
    /// Room for `packets` packets.
    pub(crate) fn new(packets: usize) -> Self {
        Self { heads: vec![RingEntry::default(); packets], data: vec![0; packets * MAX_PAYLOAD] }
    }

    fn place(&self, seq: u64) -> usize {
        usize::try_from(seq % self.heads.len() as u64).unwrap_or_default()
    }

    /// Keeps a packet in the place of an old one; refuses one that is too long.
    pub(crate) fn put(&mut self, seq: u64, packet: Stored<'_>) -> bool {
        let Stored { time, marker, counters, payload, dependency } = packet;
        let (place, len) = (self.place(seq), payload.len());
        let (start, all) = (place * MAX_PAYLOAD, len + dependency.len());
        let data = self.data.get_mut(start..start + all).filter(|_| all <= MAX_PAYLOAD);
        let (Some(data), Some(head)) = (data, self.heads.get_mut(place)) else { return false };
        let (first, rest) = data.split_at_mut(len);
        first.copy_from_slice(payload);
        rest.copy_from_slice(dependency);
        let dependency = dependency.len();
        *head = RingEntry { seq: Some(seq), time, marker, counters, len, dependency };
        true
    }

    /// The packet `seq`, if it is still here.
    pub(crate) fn get(&self, seq: u64) -> Option<Stored<'_>> {
        let place = self.place(seq);
        let head = self.heads.get(place).filter(|head| head.seq == Some(seq))?;
        let start = place * MAX_PAYLOAD;
        let data = self.data.get(start..start + head.len + head.dependency)?;
        let (payload, dependency) = data.split_at_checked(head.len)?;
        let RingEntry { time, marker, counters, .. } = *head;
        Some(Stored { time, marker, counters, payload, dependency })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(payload: &[u8]) -> Stored<'_> {
        let (time, counters) = (RtpTime(9), Counters::default());
        Stored { time, marker: true, counters, payload, dependency: b"descriptor" }
    }

    #[test]
    fn a_packet_is_there_until_its_place_is_taken() {
        let mut ring = Ring::new(4);
        assert!(ring.put(70_000, stored(b"one")));
        let kept = ring.get(70_000).unwrap();
        assert_eq!((kept.payload, kept.dependency), (&b"one"[..], &b"descriptor"[..]));
        assert!(ring.get(70_004).is_none());
        assert!(ring.put(70_004, stored(b"two")));
        assert!(ring.get(70_000).is_none());
    }

    #[test]
    fn a_packet_that_is_too_long_is_refused() {
        let mut ring = Ring::new(4);
        assert!(!ring.put(1, stored(&[0; MAX_PAYLOAD + 1])));
        assert!(!ring.put(1, stored(&[0; MAX_PAYLOAD - 9])), "with its descriptor");
        assert!(ring.get(1).is_none());
    }
}
