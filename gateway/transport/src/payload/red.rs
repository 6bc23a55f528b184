//! Redundant audio (RED, RFC 2198): a packet carries the present piece of sound, the primary block, behind copies of
//! pieces before it.

/// Most blocks of one packet: a primary one and what was lost in a third of a second at the most.
pub const MAX_BLOCKS: usize = 17;
/// Header of a block that another follows: F bit and payload type, 14 bits of timestamp offset, 10 bits of length.
const LONG: usize = 4;
/// Header of the last block, the primary one.
const SHORT: usize = 1;

/// Where the primary block begins in a RED payload whose blocks are all of payload type `pt`. `None` when it is cut,
/// has no sound in its primary block, has over [`MAX_BLOCKS`] blocks, or one of another payload type.
pub fn primary(payload: &[u8], pt: u8) -> Option<usize> {
    let (mut at, mut copies) = (0, 0);
    for _ in 0..MAX_BLOCKS {
        let first = *payload.get(at)?;
        if first & 0x7f != pt {
            return None;
        }
        if first & 0x80 == 0 {
            let begin = at + SHORT + copies;
            return (begin < payload.len()).then_some(begin);
        }
        let (high, low) = (payload.get(at + 2)?, payload.get(at + 3)?);
        copies += usize::from(high & 3) << 8 | usize::from(*low);
        at += LONG;
    }
    None
}

/// Gives every block of a payload that [`primary`] has read another payload type.
pub fn renumber(payload: &mut [u8], pt: u8) {
    let mut at = 0;
    while let Some(first) = payload.get_mut(at) {
        *first = *first & 0x80 | pt & 0x7f;
        if *first & 0x80 == 0 {
            return;
        }
        at += LONG;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A copy of 3 bytes from 960 ticks ago, and 2 bytes of the present.
    const TWO: [u8; 10] = [0x80 | 111, 0x0f, 0x00, 3, 111, 1, 2, 3, 8, 9];

    #[test]
    fn the_primary_block_is_what_stands_last() {
        assert_eq!(primary(&TWO, 111), Some(8));
        assert_eq!(primary(&[111, 7], 111), Some(1), "alone");
    }

    #[test]
    fn what_is_cut_or_of_another_type_is_not_read() {
        (0..9).for_each(|len| assert_eq!(primary(&TWO[..len], 111), None, "{len} bytes"));
        assert_eq!(primary(&TWO, 110), None);
        assert_eq!(primary(&[111], 111), None, "no sound");
        let mut mixed = TWO;
        mixed[4] = 0;
        assert_eq!(primary(&mixed, 111), None);
    }

    #[test]
    fn blocks_are_bounded() {
        let with = |copies: usize| {
            let mut payload = [0x80 | 111, 0, 0, 0].repeat(copies);
            payload.extend([111, 1]);
            payload
        };
        assert_eq!(primary(&with(MAX_BLOCKS - 1), 111), Some(LONG * (MAX_BLOCKS - 1) + 1));
        assert_eq!(primary(&with(MAX_BLOCKS), 111), None);
    }

    #[test]
    fn all_blocks_are_renumbered_and_nothing_else() {
        let mut payload = TWO;
        renumber(&mut payload, 96);
        assert_eq!(payload, [0x80 | 96, 0x0f, 0x00, 3, 96, 1, 2, 3, 8, 9]);
        assert_eq!(primary(&payload, 96), Some(8));
    }
}
