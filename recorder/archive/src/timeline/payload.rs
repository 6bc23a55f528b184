use super::unit::{Descriptor, vp9_size};
use crate::tap::Codec;

/// What one RTP payload tells of its place in a picture.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Part {
    /// Whether a frame begins here, if the codec says so.
    pub begins: bool,
    /// Whether decoding can begin here.
    pub key: bool,
    /// Whether no later frame needs this one.
    pub droppable: bool,
    /// Whether it is sound of two channels.
    pub stereo: bool,
    /// Bytes of payload descriptor before the coded picture.
    pub skip: u8,
    /// Width and height in pixels, if a key frame says them.
    pub size: Option<(u16, u16)>,
}

impl Part {
    /// Looks into the payload of a packet.
    #[must_use]
    pub fn of(codec: Codec, payload: &[u8]) -> Self {
        match codec {
            Codec::Vp8 => vp8(payload).unwrap_or_default(),
            Codec::H264 => h264(payload).unwrap_or_default(),
            Codec::Vp9 => vp9(payload).unwrap_or_default(),
            Codec::Av1 => av1(payload).unwrap_or_default(),
            // RFC 6716 §3.1.
            Codec::Opus => {
                let stereo = payload.first().is_some_and(|toc| toc & 0x04 != 0);
                Self { stereo, ..Self::default() }
            }
            Codec::Other => Self::default(),
        }
    }
}

/// RFC 7741 §4.2 and, at the start of a frame, RFC 6386 §9.1.
fn vp8(payload: &[u8]) -> Option<Part> {
    let first = *payload.first()?;
    let mut skip = 1_usize;
    if first & 0x80 != 0 {
        let more = *payload.get(skip)?;
        skip += 1;
        if more & 0x80 != 0 {
            skip += if payload.get(skip)? & 0x80 != 0 { 2 } else { 1 };
        }
        if more & 0x40 != 0 {
            skip += 1;
        }
        if more & 0x30 != 0 {
            skip += 1;
        }
    }
    let coded = payload.get(skip..)?;
    let begins = first & 0x10 != 0 && first & 0x07 == 0;
    let key = begins && coded.first()? & 1 == 0;
    let size = match coded {
        [_, _, _, 0x9D, 0x01, 0x2A, w0, w1, h0, h1, ..] if key => {
            Some((u16::from_le_bytes([*w0, *w1]) & 0x3FFF, u16::from_le_bytes([*h0, *h1]) & 0x3FFF))
        }
        _ => None,
    };
    let skip = u8::try_from(skip).ok()?;
    Some(Part { begins, key, droppable: first & 0x20 != 0, skip, size, stereo: false })
}

/// RFC 9628 §4.2. A picture begins with its smallest layer.
fn vp9(payload: &[u8]) -> Option<Part> {
    let it = Descriptor::read(payload)?;
    let begins = it.begins && it.spatial == 0;
    let key = begins && !it.predicted;
    let coded = payload.get(it.len..)?;
    let size = it.size.or_else(|| vp9_size(coded)).filter(|_| key);
    let skip = u8::try_from(it.len).ok()?;
    Some(Part { begins, key, skip, size, ..Part::default() })
}

/// AV1 RTP payload 1.0, section 4: a packet says whether a coded sequence begins with it.
fn av1(payload: &[u8]) -> Option<Part> {
    let key = payload.first()? & 0x88 == 0x08;
    Some(Part { key, ..Part::default() })
}

/// RFC 6184 §5: only whether a key picture (IDR) or its parameters begin here.
fn h264(payload: &[u8]) -> Option<Part> {
    const IDR: u8 = 5;
    const PARAMETERS: u8 = 7;
    const STAP_A: u8 = 24;
    const FU_A: u8 = 28;
    let is_key = |kind: u8| kind == IDR || kind == PARAMETERS;
    let first = payload.first()?;
    let key = match first & 0x1F {
        STAP_A => {
            let mut rest = payload.get(1..)?;
            let mut found = false;
            while let Some((len, after)) = rest.split_first_chunk::<2>() {
                found |= after.first().is_some_and(|it| is_key(it & 0x1F));
                rest = after.get(usize::from(u16::from_be_bytes(*len))..).unwrap_or_default();
            }
            found
        }
        FU_A => payload.get(1).is_some_and(|it| it & 0x80 != 0 && is_key(it & 0x1F)),
        kind => is_key(kind),
    };
    Some(Part { key, droppable: first & 0x60 == 0, ..Part::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn a_vp8_key_frame_tells_its_size() {
        let payload =
            [0x90, 0xE0, 0x81, 0x02, 7, 0x20, 0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x80, 2, 0xE0, 1];
        let part = Part::of(Codec::Vp8, &payload);
        assert!(part.begins && part.key && !part.droppable);
        assert_eq!((part.skip, part.size), (6, Some((640, 480))));
        let delta = Part::of(Codec::Vp8, &[0x30, 0x11, 0]);
        assert!(delta.begins && !delta.key && delta.droppable);
        let later = Part::of(Codec::Vp8, &[0x00, 0x10, 0]);
        assert!(!later.begins && !later.key);
    }

    #[test]
    fn a_vp9_key_picture_tells_the_size_of_its_largest_layer() {
        let structure = [0x30, 0, 160, 0, 90, 1, 64, 0, 180];
        let payload = [&[0xaa, 5, 0x00, 0][..], &structure, &[0x82, 9]].concat();
        let part = Part::of(Codec::Vp9, &payload);
        assert!(part.begins && part.key && part.skip == 13, "{part:?}");
        assert_eq!(part.size, Some((320, 180)));
        let upper = Part::of(Codec::Vp9, &[0xa8, 5, 0x02, 0, 9]);
        assert!(!upper.begins && !upper.key);
        assert!(Part::of(Codec::Av1, &[0x18, 9]).key && !Part::of(Codec::Av1, &[0x98, 9]).key);
    }

    #[test]
    fn an_h264_key_picture_is_found_alone_bundled_and_cut() {
        let of = |payload: &[u8]| Part::of(Codec::H264, payload).key;
        assert!(of(&[0x65, 1]) && of(&[0x67, 1]) && !of(&[0x41, 1]));
        assert!(of(&[0x78, 0, 2, 0x06, 1, 0, 2, 0x67, 1]));
        assert!(!of(&[0x78, 0, 2, 0x06, 1, 0, 2, 0x41, 1]));
        assert!(of(&[0x7C, 0x85, 1]) && !of(&[0x7C, 0x05, 1]) && !of(&[0x7C, 0x81, 1]));
    }

    proptest! {
        #[test]
        fn nonsense_is_looked_into_without_harm(payload in prop::collection::vec(any::<u8>(), 0..40)) {
            for codec in [Codec::Vp8, Codec::H264, Codec::Vp9, Codec::Av1, Codec::Opus, Codec::Other] {
                let part = Part::of(codec, &payload);
                prop_assert!(usize::from(part.skip) <= payload.len());
            }
        }
    }

    #[test]
    fn an_empty_payload_is_nothing() {
        let nothing: Vec<u8> = vec![];
        assert_eq!(Part::of(Codec::Vp8, &nothing), Part::default());
    }
}
