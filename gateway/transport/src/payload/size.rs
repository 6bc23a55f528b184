//! The size of a picture, as a payload with which a decoder can begin says it.

use super::{CodecKind, Counters};
use crate::bits::Bits;

/// Longest part of a sequence parameter set that is read; the size stands before its end, behind at most twelve
/// scaling lists.
const MAX_PARAMETERS: usize = 512;

/// Width and height in pixels, H.264 in whole macroblocks; `None` where the payload says no size, or in a way that is
/// not read (AV1).
pub fn size(codec: CodecKind, payload: &[u8]) -> Option<(u16, u16)> {
    match codec {
        CodecKind::Vp8 => vp8(payload),
        CodecKind::H264 => h264(payload),
        CodecKind::Vp9 => vp9(payload),
        CodecKind::Opus | CodecKind::Av1 => None,
    }
}

/// RFC 6386, section 9.1: frame tag, start code, and 14 bits each for width and height.
fn vp8(p: &[u8]) -> Option<(u16, u16)> {
    if p.first()? & 0x17 != 0x10 {
        return None;
    }
    let frame = p.get(Counters::vp8(p)?.len..)?;
    let &[tag, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1] = frame.first_chunk::<10>()? else {
        return None;
    };
    let pixels = |low, high| u16::from_le_bytes([low, high]) & 0x3fff;
    (tag & 1 == 0).then(|| (pixels(w0, w1), pixels(h0, h1)))
}

/// VP9 bitstream specification, section 6.2: the uncompressed header of a key frame of profile 0.
fn vp9(p: &[u8]) -> Option<(u16, u16)> {
    const SYNC: u32 = 0x49_83_42;
    const RGB: u32 = 7;
    if !super::vp9::keyframe(p)? {
        return None;
    }
    let mut bits = Bits::of(p.get(Counters::vp9(p)?.len..)?);
    // Frame marker, profile 0, no frame that is shown again, a key frame; shown, errors.
    if bits.take(2)? != 2 || bits.take(2)? != 0 || bits.take(2)? != 0 {
        return None;
    }
    bits.take(2)?;
    if bits.take(24)? != SYNC || bits.take(3)? == RGB {
        return None;
    }
    bits.take(1)?;
    Some((pixels(bits.take(16)?, 1)?, pixels(bits.take(16)?, 1)?))
}

/// `count` and one more, of `unit` pixels each.
fn pixels(count: u32, unit: u32) -> Option<u16> {
    u16::try_from(count.checked_add(1)?.checked_mul(unit)?).ok()
}

/// RFC 6184: a sequence parameter set alone or in an aggregate.
fn h264(p: &[u8]) -> Option<(u16, u16)> {
    const STAP_A: u8 = 24;
    let (first, mut rest) = p.split_first()?;
    if first & 31 != STAP_A {
        return parameters(p);
    }
    loop {
        let (len, tail) = rest.split_first_chunk::<2>()?;
        let (unit, tail) = tail.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
        if let Some(size) = parameters(unit) {
            return Some(size);
        }
        rest = tail;
    }
}

/// ITU-T H.264, section 7.3.2.1.1.
fn parameters(unit: &[u8]) -> Option<(u16, u16)> {
    const PARAMETERS: u8 = 7;
    /// Profiles whose sets have chroma format and scaling lists.
    const HIGH: [u8; 9] = [44, 83, 86, 100, 110, 118, 122, 128, 244];
    let (head, rest) = unit.split_first()?;
    if head & 31 != PARAMETERS {
        return None;
    }
    let plain = without_prevention(rest);
    let mut bits = Bits::of(&plain);
    let profile = u8::try_from(bits.take(8)?).ok()?;
    bits.take(16)?;
    bits.golomb()?;
    if HIGH.contains(&profile) {
        high(&mut bits)?;
    }
    bits.golomb()?;
    match bits.golomb()? {
        0 => drop(bits.golomb()?),
        1 => {
            bits.take(1)?;
            bits.golomb()?;
            bits.golomb()?;
            for _ in 0..bits.golomb()?.min(255) {
                bits.golomb()?;
            }
        }
        _ => {}
    }
    bits.golomb()?;
    bits.take(1)?;
    let (width, height) = (bits.golomb()?, bits.golomb()?);
    let fields = if bits.flag()? { 1 } else { 2 };
    Some((pixels(width, 16)?, pixels(height, 16 * fields)?))
}

/// What only the high profiles have before the size.
fn high(bits: &mut Bits<'_>) -> Option<()> {
    const FULL_CHROMA: u32 = 3;
    let chroma = bits.golomb()?;
    if chroma == FULL_CHROMA {
        bits.take(1)?;
    }
    bits.golomb()?;
    bits.golomb()?;
    bits.take(1)?;
    if bits.flag()? {
        let lists = if chroma == FULL_CHROMA { 12 } else { 8 };
        for list in 0..lists {
            if bits.flag()? {
                scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some(())
}

/// Section 7.3.2.1.1.1: differences, until the next scale is 0.
fn scaling_list(bits: &mut Bits<'_>, count: usize) -> Option<()> {
    let (mut last, mut next) = (8i64, 8i64);
    for _ in 0..count {
        if next != 0 {
            let code = i64::from(bits.golomb()?);
            // Signed Exp-Golomb, section 9.1.1.
            let delta = if code % 2 == 1 { (code + 1) / 2 } else { -(code / 2) };
            next = (last + delta).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// The bytes without those that keep start codes out (section 7.4.1).
fn without_prevention(bytes: &[u8]) -> Vec<u8> {
    let mut zeros = 0;
    let keep = |byte: &&u8| {
        let prevents = zeros >= 2 && **byte == 3;
        zeros = if **byte == 0 { zeros + 1 } else { 0 };
        !prevents
    };
    bytes.iter().take(MAX_PARAMETERS).filter(keep).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_vp8_key_frame_says_its_size() {
        let key = [0x90, 0xe0, 0x81, 2, 7, 0x20, 0x10, 0, 0, 0x9d, 1, 0x2a, 0x80, 0x42, 0xe0, 1];
        assert_eq!(size(CodecKind::Vp8, &key), Some((640, 480)), "scaling bits are no size");
        assert_eq!(size(CodecKind::Vp8, &[0x10, 0x11, 0, 0, 0x9d, 1, 0x2a, 0, 1, 0, 1]), None);
    }

    #[test]
    fn a_vp9_key_frame_says_its_size() {
        // 10 00 0 0 1 0, sync, 001 0, 639, 359.
        let bits = "10000010010010011000001101000010001".to_owned() + "0";
        let bits = bits + &format!("{:016b}{:016b}", 639, 359) + "0000";
        let bytes: Vec<u8> = bits
            .as_bytes()
            .chunks(8)
            .map(|it| u8::from_str_radix(std::str::from_utf8(it).unwrap(), 2).unwrap())
            .collect();
        let key = [&[0x88, 0x81, 2][..], &bytes].concat();
        assert_eq!(size(CodecKind::Vp9, &key), Some((640, 360)));
        let delta = [&[0xc8, 0x81, 2][..], &bytes].concat();
        assert_eq!(size(CodecKind::Vp9, &delta), None);
    }

    #[test]
    fn h264_parameters_say_the_size_of_the_picture() {
        // Baseline 320x240 and high 1280x720, as x264 writes them.
        let baseline =
            [0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0x41, 0xfb, 0x01, 0x10, 0, 0, 3, 0, 0x10];
        assert_eq!(size(CodecKind::H264, &baseline), Some((320, 240)));
        let high =
            [0x67, 0x64, 0, 0x1f, 0xac, 0xd9, 0x40, 0x50, 5, 0xbb, 1, 0x10, 0, 0, 3, 0, 0x10];
        let aggregate = [&[0x78, 0, 2, 9, 0xf0, 0, 17][..], &high].concat();
        assert_eq!(size(CodecKind::H264, &aggregate), Some((1_280, 720)));
        assert_eq!(size(CodecKind::H264, &[0x65, 0x88, 0x84]), None);
    }

    proptest! {
        #[test]
        fn nonsense_is_read_without_harm(payload in prop::collection::vec(any::<u8>(), 0..80), head: u8) {
            let parameters = [&[0x67, head][..], &payload].concat();
            for codec in [CodecKind::Vp8, CodecKind::H264, CodecKind::Vp9, CodecKind::Av1] {
                let _ = (size(codec, &payload), size(codec, &parameters));
            }
        }
    }
}
