//! Bits of a descriptor or a header, most significant first.

/// What is left to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(crate) const fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next `count` bits, at most 32; `None` when there are not so many.
    pub(crate) fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = *self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        self.take(1).map(|bit| bit == 1)
    }

    /// An unsigned Exp-Golomb number (ITU-T H.264, section 9.1), below 2³².
    pub(crate) fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
        }
        (zeros < 32).then_some(())?;
        let below = self.take(zeros)?;
        (1u32 << zeros).checked_add(below).map(|value| value - 1)
    }

    /// A number below `bound` in the fewest bits, `ns(n)` of the AV1 specification.
    pub(crate) fn below(&mut self, bound: u32) -> Option<u32> {
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
    fn exp_golomb_numbers_have_as_many_bits_behind_the_one_as_before() {
        // 1, 010, 011, 00100, 00111
        let mut bits = Bits::of(&[0b1010_0110, 0b0100_0011, 0b1000_0000]);
        let read: Vec<_> = (0..5).map(|_| bits.golomb()).collect();
        assert_eq!(read, [Some(0), Some(1), Some(2), Some(3), Some(6)]);
        assert_eq!(Bits::of(&[0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0]).golomb(), None, "too large");
        assert_eq!(Bits::of(&[0, 0]).golomb(), None);
    }

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
