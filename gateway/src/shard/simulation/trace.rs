//! A sum over everything that enters a line: one seed, one sum.

/// FNV-1a, 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trace(u64);

impl Trace {
    pub(super) const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    /// A datagram enters a way of the line of a connection: when, how long it is, and the bytes at its head that are no
    /// matter of chance.
    pub(super) fn note(&mut self, now_us: u64, (place, way): (usize, u8), datagram: &[u8]) {
        let head = &datagram[..datagram.len().min(8)];
        let said = [now_us, place as u64, datagram.len() as u64].map(u64::to_le_bytes);
        for byte in said.concat().iter().chain(head).chain([&way]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
