//! Which packets of a stream of sound were lost, and which of them came as copies in later ones (RED).

/// Packets of a stream whose fate is remembered.
const REMEMBERED: u16 = 64;

/// The last packets of one stream, as the client told of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gaps {
    newest: Option<u16>,
    /// Bit n: the packet n before the newest was lost.
    lost: u64,
}

impl Gaps {
    /// A packet was lost; whether the one before it was not.
    pub(crate) fn lost(&mut self, number: u16) -> bool {
        let Some(place) = self.place(number) else { return true };
        let first = self.lost.checked_shr(place + 1).unwrap_or_default() & 1 == 0;
        self.lost |= 1 << place;
        first
    }

    /// A packet came that carries copies of those so many before it: how many of these had been lost.
    pub(crate) fn came(&mut self, number: u16, distances: impl Iterator<Item = u64>) -> u64 {
        let Some(place) = self.place(number) else { return 0 };
        self.lost &= !(1 << place);
        let copied = distances.filter_map(|distance| u32::try_from(distance).ok());
        copied.fold(0, |recovered, distance| {
            let bit = 1_u64.checked_shl(place.saturating_add(distance)).unwrap_or_default();
            let was = self.lost & bit != 0;
            self.lost &= !bit;
            recovered + u64::from(was)
        })
    }

    /// How far a packet lies before the newest; `None` if it is forgotten.
    fn place(&mut self, number: u16) -> Option<u32> {
        let newest = *self.newest.get_or_insert(number);
        let ahead = number.wrapping_sub(newest);
        if ahead < 1 << 15 {
            self.lost = self.lost.checked_shl(ahead.into()).unwrap_or_default();
            self.newest = Some(number);
            return Some(0);
        }
        let back = newest.wrapping_sub(number);
        (back < REMEMBERED).then_some(back.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_makes_up_for_the_packet_that_it_is_of() {
        let mut gaps = Gaps::default();
        assert_eq!(gaps.came(65_534, [1].into_iter()), 0);
        assert!(gaps.lost(65_535) && !gaps.lost(0), "two in a row are one burst");
        assert_eq!(gaps.came(1, [1].into_iter()), 1, "the nearest alone");
        assert_eq!(gaps.came(2, [3, 1].into_iter()), 1, "the other by a copy from further back");
        assert_eq!(gaps.came(3, [3, 4].into_iter()), 0, "none twice");
        assert_eq!(gaps.came(900, [1].into_iter()), 0);
        assert!(gaps.lost(899) && gaps.lost(700), "what is forgotten stands alone");
    }

    #[test]
    fn who_was_told_lost_and_came_is_not_made_up_for() {
        let mut gaps = Gaps::default();
        gaps.came(1, [].into_iter());
        gaps.lost(2);
        assert_eq!(gaps.came(2, [].into_iter()), 0);
        assert_eq!(gaps.came(3, [1].into_iter()), 0);
    }
}
