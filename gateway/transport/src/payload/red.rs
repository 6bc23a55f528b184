//! Redundant audio (RED, RFC 2198): a packet carries the present piece of sound, the primary block, behind copies of
//! pieces before it.

/// Most blocks of one packet: a primary one and what was lost in a third of a second at the most.
pub const MAX_BLOCKS: usize = 17;
/// A copy lies less than so many ticks before its packet (RFC 2198, section 3: 14 bits).
const OFFSETS: u32 = 1 << 14;
/// A copy is shorter than so many bytes (10 bits).
const LENGTHS: usize = 1 << 10;
/// Header of a block that another follows: F bit and payload type, 14 bits of timestamp offset, 10 bits of length.
pub const BLOCK_HEADER: usize = 4;
/// Header of the last block, the primary one.
const SHORT: usize = 1;

/// A copy of a piece of sound from before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// So many ticks before the timestamp of the packet.
    pub offset: u32,
    /// Begin and end in the payload of the packet.
    pub place: (usize, usize),
}

/// What a RED payload says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// The copies, in the order in which they stand: the oldest first, as senders write them.
    pub copies: Vec<Block>,
    /// Where the primary block begins, which goes to the end of the payload.
    pub primary: usize,
}

/// Reads a RED payload whose blocks are all of payload type `pt`. `None` when it is cut, has no sound in its primary
/// block, has over [`MAX_BLOCKS`] blocks, or one of another payload type.
pub fn read(payload: &[u8], pt: u8) -> Option<Blocks> {
    let (mut at, mut said) = (0, vec![]);
    loop {
        let first = *payload.get(at)?;
        if first & 0x7f != pt {
            return None;
        }
        if first & 0x80 == 0 {
            break;
        }
        if said.len() + 1 == MAX_BLOCKS {
            return None;
        }
        let &[_, b1, b2, b3] = payload.get(at..)?.first_chunk::<BLOCK_HEADER>()?;
        let offset = u32::from(b1) << 6 | u32::from(b2 >> 2);
        said.push((offset, usize::from(b2 & 3) << 8 | usize::from(b3)));
        at += BLOCK_HEADER;
    }
    let mut begin = at + SHORT;
    let mut copies = Vec::with_capacity(said.len());
    for (offset, len) in said {
        copies.push(Block { offset, place: (begin, begin + len) });
        begin += len;
    }
    (begin < payload.len()).then_some(Blocks { copies, primary: begin })
}

/// Whether a piece of sound of so many bytes can be a copy in a packet so many ticks later.
pub const fn fits(offset: u32, len: usize) -> bool {
    0 < offset && offset < OFFSETS && 0 < len && len < LENGTHS
}

/// Bytes of a RED payload with copies of these lengths.
pub fn length(copies: impl Iterator<Item = usize>, primary: usize) -> usize {
    copies.map(|len| BLOCK_HEADER + len).sum::<usize>() + SHORT + primary
}

/// Writes a RED payload into `place`, which has its [`length`]: copies, each so many ticks before the packet, the oldest
/// first, and the sound of the packet itself. All must [fit](fits). `None` if they do not, or `place` is another length.
pub fn write<'a>(
    place: &mut [u8],
    pt: u8,
    copies: impl Iterator<Item = (u32, &'a [u8])> + Clone,
    primary: &[u8],
) -> Option<()> {
    let mut rest = place;
    for (offset, sound) in copies.clone() {
        if !fits(offset, sound.len()) {
            return None;
        }
        let (header, after) = rest.split_first_chunk_mut::<BLOCK_HEADER>()?;
        let said = offset << 10 | u32::try_from(sound.len()).ok()?;
        *header = (u32::from(0x80 | pt & 0x7f) << 24 | said).to_be_bytes();
        rest = after;
    }
    let (header, mut rest) = rest.split_first_mut()?;
    *header = pt & 0x7f;
    for sound in copies.map(|(_, sound)| sound).chain([primary]) {
        let (block, after) = rest.split_at_mut_checked(sound.len())?;
        block.copy_from_slice(sound);
        rest = after;
    }
    rest.is_empty().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A copy of 3 bytes from 960 ticks ago, and 2 bytes of the present.
    const TWO: [u8; 10] = [0x80 | 111, 0x0f, 0x00, 3, 111, 1, 2, 3, 8, 9];

    #[test]
    fn the_primary_block_is_what_stands_last() {
        let copies = vec![Block { offset: 960, place: (5, 8) }];
        assert_eq!(read(&TWO, 111), Some(Blocks { copies, primary: 8 }));
        assert_eq!(read(&[111, 7], 111), Some(Blocks { copies: vec![], primary: 1 }), "alone");
    }

    #[test]
    fn what_is_cut_or_of_another_type_is_not_read() {
        (0..9).for_each(|len| assert_eq!(read(&TWO[..len], 111), None, "{len} bytes"));
        assert_eq!(read(&TWO, 110), None);
        assert_eq!(read(&[111], 111), None, "no sound");
        let mut mixed = TWO;
        mixed[4] = 0;
        assert_eq!(read(&mixed, 111), None);
    }

    #[test]
    fn blocks_are_bounded() {
        let with = |copies: usize| {
            let mut payload = [0x80 | 111, 0, 0, 0].repeat(copies);
            payload.extend([111, 1]);
            payload
        };
        let read = |copies: usize| read(&with(copies), 111).map(|it| it.primary);
        assert_eq!(read(MAX_BLOCKS - 1), Some(BLOCK_HEADER * (MAX_BLOCKS - 1) + 1));
        assert_eq!(read(MAX_BLOCKS), None);
    }

    #[test]
    fn what_does_not_fit_is_not_written() {
        let sound = [7; LENGTHS];
        let write = |offset: u32, len: usize| {
            let (copy, len) = ([(offset, &sound[..len])], length([len].into_iter(), 1));
            write(&mut vec![0; len], 111, copy.into_iter(), &[1]).is_some()
        };
        assert!(write(1, 1) && write(OFFSETS - 1, LENGTHS - 1));
        assert!(!write(0, 1) && !write(OFFSETS, 1) && !write(1, 0) && !write(1, LENGTHS));
        let none = std::iter::empty::<(u32, &[u8])>;
        assert!(super::write(&mut [0; 3], 111, none(), &[1, 2]).is_some());
        assert!(super::write(&mut [0; 2], 111, none(), &[1, 2]).is_none(), "too little room");
        assert!(super::write(&mut [0; 4], 111, none(), &[1, 2]).is_none(), "too much");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            copies in prop::collection::vec((1u32..OFFSETS, prop::collection::vec(any::<u8>(), 1..LENGTHS)), 0..MAX_BLOCKS),
            primary in prop::collection::vec(any::<u8>(), 1..1_500),
            pt in 0u8..128,
        ) {
            let said = || copies.iter().map(|(offset, sound)| (*offset, &sound[..]));
            let mut payload = vec![0; length(said().map(|(_, sound)| sound.len()), primary.len())];
            prop_assert_eq!(write(&mut payload, pt, said(), &primary), Some(()));
            let blocks = read(&payload, pt).unwrap();
            prop_assert_eq!(&payload[blocks.primary..], &primary[..]);
            let read = blocks.copies.iter().map(|it| (it.offset, &payload[it.place.0..it.place.1]));
            prop_assert!(read.eq(said()));
        }

        #[test]
        fn any_bytes_are_read_or_refused(payload in prop::collection::vec(any::<u8>(), 0..400), pt in 0u8..128) {
            if let Some(blocks) = read(&payload, pt) {
                prop_assert!(blocks.primary < payload.len() && blocks.copies.len() < MAX_BLOCKS);
                prop_assert!(blocks.copies.iter().all(|it| payload.get(it.place.0..it.place.1).is_some()));
            }
        }
    }
}
