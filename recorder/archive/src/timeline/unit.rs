//! One picture of VP9 or AV1 out of its packets, in the form that a container wants.

use crate::tap::Codec;
use alloc::vec::Vec;

/// Most layers of one picture (a VP9 superframe has at most 8 frames).
const LAYERS_MAX: usize = 8;

/// The coded picture in the payloads of its packets, whole and in order: for VP9 its layers as one
/// superframe (VP9 bitstream, annex B), for AV1 one temporal unit of OBUs with their sizes (AV1
/// bitstream 5.3). Empty if there is nothing that can be read.
#[must_use]
pub fn unit<'a>(codec: Codec, payloads: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    match codec {
        Codec::Vp9 => superframe(payloads),
        Codec::Av1 => temporal_unit(payloads),
        Codec::Vp8 | Codec::H264 | Codec::Opus | Codec::Other => Vec::new(),
    }
}

fn superframe<'a>(payloads: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let (mut coded, mut starts) = (Vec::new(), Vec::new());
    for payload in payloads {
        let Some(descriptor) = Descriptor::read(payload) else { continue };
        if descriptor.begins || starts.is_empty() {
            starts.push(coded.len());
        }
        coded.extend_from_slice(payload.get(descriptor.len..).unwrap_or_default());
    }
    if !(2..=LAYERS_MAX).contains(&starts.len()) {
        return coded;
    }
    let ends = starts.iter().skip(1).copied().chain([coded.len()]);
    let sizes: Vec<u32> = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| u32::try_from(end - start).unwrap_or(u32::MAX))
        .collect();
    let (wide, count) = (4_u8, u8::try_from(sizes.len()).unwrap_or_default());
    let marker = 0b1100_0000 | (wide - 1) << 3 | count.saturating_sub(1);
    coded.push(marker);
    sizes.iter().for_each(|size| coded.extend_from_slice(&size.to_le_bytes()));
    coded.push(marker);
    coded
}

/// What a VP9 payload descriptor tells (RFC 9628 §4.2).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Descriptor {
    /// Bytes before the coded picture.
    pub(super) len: usize,
    /// A layer begins here.
    pub(super) begins: bool,
    /// It is predicted from pictures before.
    pub(super) predicted: bool,
    /// Spatial layer.
    pub(super) spatial: u8,
    /// Width and height of the largest layer, if it says them.
    pub(super) size: Option<(u16, u16)>,
}

impl Descriptor {
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let mut rest = payload;
        let mut next = || {
            let (first, tail) = rest.split_first()?;
            rest = tail;
            Some(*first)
        };
        let head = next()?;
        let (predicted, flexible) = (head & 0x40 != 0, head & 0x10 != 0);
        let mut it = Self { begins: head & 0x08 != 0, predicted, ..Self::default() };
        if head & 0x80 != 0 && next()? & 0x80 != 0 {
            next()?;
        }
        if head & 0x20 != 0 {
            it.spatial = next()? >> 1 & 7;
            if !flexible {
                next()?;
            }
        }
        if flexible && predicted {
            for _ in 0..3 {
                if next()? & 1 == 0 {
                    break;
                }
            }
        }
        if head & 0x02 != 0 {
            let structure = next()?;
            if structure & 0x10 != 0 {
                for _ in 0..=structure >> 5 {
                    let (width, height) = ([next()?, next()?], [next()?, next()?]);
                    it.size = Some((u16::from_be_bytes(width), u16::from_be_bytes(height)));
                }
            }
            if structure & 0x08 != 0 {
                for _ in 0..next()? {
                    let references = next()? >> 2 & 3;
                    (0..references).try_for_each(|_| next().map(drop))?;
                }
            }
        }
        it.len = payload.len() - rest.len();
        Some(it)
    }
}

/// Width and height in a VP9 key frame of profile 0 (VP9 bitstream 6.2).
pub(super) fn vp9_size(coded: &[u8]) -> Option<(u16, u16)> {
    let [first, 0x49, 0x83, 0x42, c0, c1, c2, c3, c4] = *coded.first_chunk::<9>()? else {
        return None;
    };
    // A frame of profile 0 that is a key frame and not shown again; its colours are not RGB.
    if first & 0b1111_1100 != 0b1000_0000 || c0 >> 5 == 7 {
        return None;
    }
    let bits = u64::from_be_bytes([0, 0, 0, c0, c1, c2, c3, c4]);
    let (width, height) = ((bits >> 20 & 0xffff) as u16, (bits >> 4 & 0xffff) as u16);
    Some((width.checked_add(1)?, height.checked_add(1)?))
}

/// AV1 RTP payload 1.0, section 4.
fn temporal_unit<'a>(payloads: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    // A temporal delimiter, which RTP leaves out.
    let mut out = Vec::from([0x12, 0]);
    let mut open: Vec<u8> = Vec::new();
    for payload in payloads {
        let Some((&head, mut rest)) = payload.split_first() else { continue };
        let count = head >> 4 & 3;
        let mut place = 0;
        while !rest.is_empty() {
            place += 1;
            let last_is_bare = count > 0 && place == count;
            let element = if last_is_bare { Some((rest, &[][..])) } else { sized(rest) };
            let Some((element, tail)) = element else { break };
            rest = tail;
            let goes_on = head & 0x80 != 0 && place == 1;
            if !goes_on {
                close(&mut open, &mut out);
            }
            open.extend_from_slice(element);
        }
        if head & 0x40 == 0 {
            close(&mut open, &mut out);
        }
    }
    close(&mut open, &mut out);
    if out.len() > 2 { out } else { Vec::new() }
}

/// An element with its length before it.
fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut len = 0_usize;
    for (place, byte) in bytes.iter().enumerate().take(4) {
        len |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return bytes.get(place + 1..)?.split_at_checked(len);
        }
    }
    None
}

/// Writes an OBU with its size, if there is one.
fn close(open: &mut Vec<u8>, out: &mut Vec<u8>) {
    const SIZED: u8 = 0x02;
    if let Some((&head, rest)) = open.split_first() {
        let extended = usize::from(head & 0x04 != 0);
        if head & SIZED != 0 {
            out.extend_from_slice(open);
        } else if let Some((extension, body)) = rest.split_at_checked(extended) {
            out.push(head | SIZED);
            out.extend_from_slice(extension);
            let mut size = body.len();
            while size > 0x7f {
                out.push(size as u8 | 0x80);
                size >>= 7;
            }
            out.push(size as u8);
            out.extend_from_slice(body);
        }
    }
    open.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn made(codec: Codec, payloads: &[&[u8]]) -> Vec<u8> {
        unit(codec, payloads.iter().copied())
    }

    #[test]
    fn one_layer_is_as_it_was_and_several_get_an_index() {
        let (first, second, upper) =
            (&[0x8c, 0x05, 1, 2][..], &[0x84, 0x05, 3][..], &[0xac, 5, 0x02, 0, 4, 5][..]);
        assert_eq!(made(Codec::Vp9, &[first, second]), [1, 2, 3]);
        let marker = 0b1101_1001;
        let want = [1, 2, 3, 4, 5, marker, 3, 0, 0, 0, 2, 0, 0, 0, marker];
        assert_eq!(made(Codec::Vp9, &[first, second, upper]), want);
    }

    #[test]
    fn obus_are_joined_and_sized() {
        // A sequence header whole, and a frame cut over two packets.
        let packets = [&[0x68, 3, 0x08, 7, 7, 0x30, 1][..], &[0x90, 2, 3][..]];
        let want = [0x12, 0, 0x0a, 2, 7, 7, 0x32, 3, 1, 2, 3];
        assert_eq!(made(Codec::Av1, &packets), want);
        let long = [&[0x10, 0x34, 0x08][..], &[9; 200]].concat();
        assert_eq!(made(Codec::Av1, &[&long])[..6], [0x12, 0, 0x36, 0x08, 0xc8, 0x01]);
        assert!(made(Codec::Av1, &[&[0x10], &[0x00, 9, 1]]).is_empty());
    }

    #[test]
    fn a_vp9_key_frame_tells_its_size() {
        // 640x360: marker and profile, sync code, colours, then 16 bits of width and of height less one.
        let coded = [0x82, 0x49, 0x83, 0x42, 0x00, 0x27, 0xf0, 0x16, 0x70];
        assert_eq!(vp9_size(&coded), Some((640, 360)));
        assert_eq!(vp9_size(&coded[..8]), None);
    }

    proptest! {
        #[test]
        fn nonsense_does_no_harm(payloads in prop::collection::vec(
            prop::collection::vec(any::<u8>(), 0..40), 0..6)) {
            for codec in [Codec::Vp9, Codec::Av1, Codec::Opus] {
                let made = unit(codec, payloads.iter().map(Vec::as_slice));
                prop_assert!(made.len() <= 400);
            }
            payloads.iter().for_each(|it| {
                let _ = vp9_size(it);
            });
        }
    }
}
