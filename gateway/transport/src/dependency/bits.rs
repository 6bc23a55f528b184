//! Bits of a descriptor, most significant first.

/// What is left to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(super) const fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next `count` bits, at most 32; `None` when there are not so many.
    pub(super) fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = *self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        self.take(1).map(|bit| bit == 1)
    }

    /// A number below `bound` in the fewest bits, `ns(n)` of the AV1 specification.
    pub(super) fn below(&mut self, bound: u32) -> Option<u32> {
        let width = bound.checked_ilog2()?;
        let short = (2 << width) - bound;
        let value = self.take(width)?;
        if value < short {
            return Some(value);
        }
        Some((value << 1 | self.take(1)?) - short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_below_a_bound_take_the_fewest_bits() {
        // Of five: 00, 01, 10, 110, 111.
        let mut bits = Bits::of(&[0b0001_1011, 0b0111_0000]);
        let read: Vec<_> = (0..5).map(|_| bits.below(5)).collect();
        assert_eq!(read, [Some(0), Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!(Bits::of(&[]).below(1), Some(0), "no bit for the only number");
        assert_eq!(Bits::of(&[]).below(0), None);
        assert_eq!(Bits::of(&[1]).take(9), None);
    }
}
