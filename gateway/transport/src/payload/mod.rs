//! What the gateway reads inside a payload: does a picture begin here, of which [`size`], and the numbers of a VP8 or VP9 descriptor
//! (RFC 7741, RFC 9628), and the blocks of redundant audio ([`red`]).

pub mod red;
mod size;
mod vp9;

pub use size::size;

use media::Temporal;

use crate::rtp::half;

/// The codecs that the gateway forwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodecKind {
    /// Opus, RFC 7587.
    Opus,
    /// VP8, RFC 7741.
    Vp8,
    /// H.264 in packetization mode 1, RFC 6184.
    H264,
    /// VP9 of profile 0, RFC 9628.
    Vp9,
    /// AV1 of the main profile, AV1 RTP payload 1.0.
    Av1,
}

impl CodecKind {
    /// Is it sound?
    pub const fn audio(self) -> bool {
        matches!(self, Self::Opus)
    }

    /// Does one stream carry layers that a dependency descriptor tells apart?
    pub const fn scalable(self) -> bool {
        matches!(self, Self::Vp9 | Self::Av1)
    }

    /// Its name in `a=rtpmap`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Vp8 => "VP8",
            Self::H264 => "H264",
            Self::Vp9 => "VP9",
            Self::Av1 => "AV1",
        }
    }
}

/// Can a decoder begin with this packet? Always true for audio; false for a payload that cannot be read.
pub fn keyframe(codec: CodecKind, payload: &[u8]) -> bool {
    match codec {
        CodecKind::Opus => true,
        CodecKind::Vp8 => vp8_keyframe(payload).unwrap_or(false),
        CodecKind::H264 => h264_keyframe(payload).unwrap_or(false),
        CodecKind::Vp9 => vp9::keyframe(payload).unwrap_or(false),
        CodecKind::Av1 => av1_keyframe(payload).unwrap_or(false),
    }
}

/// The aggregation header says that a coded video sequence begins, and the first element is not the rest of another.
fn av1_keyframe(p: &[u8]) -> Option<bool> {
    let head = *p.first()?;
    Some(head & 0x88 == 0x08 && p.len() > 1)
}

/// Start of partition 0, and the inverse key frame bit is zero.
fn vp8_keyframe(p: &[u8]) -> Option<bool> {
    Some(p.first()? & 0x17 == 0x10 && p.get(Counters::vp8(p)?.len)? & 1 == 0)
}

fn h264_keyframe(p: &[u8]) -> Option<bool> {
    const STAP_A: u8 = 24;
    const FU_A: u8 = 28;
    let starts = |b: &u8| matches!(b & 31, 5 | 7); // IDR slice, sequence parameter set
    let (first, mut rest) = p.split_first()?;
    match first & 31 {
        STAP_A => loop {
            let (len, tail) = rest.split_first_chunk::<2>()?;
            let (unit, tail) = tail.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
            if unit.first().is_some_and(starts) {
                return Some(true);
            }
            rest = tail;
        },
        FU_A => rest.first().map(|b| b & 0x80 != 0 && starts(b)),
        _ => Some(starts(first)),
    }
}

/// Places of the fields in a payload descriptor that change when a subscriber changes layers.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Counters {
    picture_id: u8, // 0 = absent or in the 7-bit form
    tl0: u8,        // 0 = absent
    temporal: u8,   // 0 = absent; VP8 alone
    len: usize,
}

impl Counters {
    /// No counters.
    pub const NONE: Self = Self { picture_id: 0, tl0: 0, temporal: 0, len: 0 };

    /// Reads the descriptor of a codec that has one; no counters where there is none.
    pub fn of(codec: CodecKind, payload: &[u8]) -> Self {
        match codec {
            CodecKind::Vp8 => Self::vp8(payload).unwrap_or_default(),
            CodecKind::Vp9 => Self::vp9(payload).unwrap_or_default(),
            CodecKind::Opus | CodecKind::H264 | CodecKind::Av1 => Self::default(),
        }
    }

    /// Reads a VP8 descriptor; `None` when it is cut or nothing follows it.
    pub fn vp8(p: &[u8]) -> Option<Self> {
        let mut d = Self { len: 1, ..Self::default() };
        if p.first()? & 0x80 != 0 {
            let x = *p.get(1)?;
            d.len = 2;
            if x & 0x80 != 0 {
                let wide = p.get(2)? & 0x80 != 0;
                d.picture_id = if wide { 2 } else { 0 };
                d.len += 1 + usize::from(wide);
            }
            if x & 0x40 != 0 {
                d.tl0 = d.len as u8;
                d.len += 1;
            }
            d.temporal = if x & 0x20 != 0 { d.len as u8 } else { 0 };
            d.len += usize::from(x & 0x30 != 0);
        }
        (p.len() > d.len).then_some(d)
    }

    /// Length of the descriptor in bytes.
    pub const fn descriptor_len(&self) -> usize {
        self.len
    }

    /// Picture id (15 bits) and TL0PICIDX of this payload; 0 where absent.
    pub fn read(&self, p: &[u8]) -> (u16, u8) {
        let id = if self.picture_id > 0 {
            half(p, usize::from(self.picture_id)).unwrap_or(0) & 0x7fff
        } else {
            0
        };
        let tl0 = if self.tl0 > 0 { p.get(usize::from(self.tl0)).copied().unwrap_or(0) } else { 0 };
        (id, tl0)
    }

    /// The temporal layer of a VP8 picture, where all is told that a listener needs to have some layers only: its
    /// picture id can be lowered by what was left out before it, and TL0PICIDX says from which picture on it goes.
    pub fn temporal(&self, p: &[u8]) -> Option<Temporal> {
        let told = self.picture_id > 0 && self.tl0 > 0 && self.temporal > 0;
        let octet = *p.get(usize::from(self.temporal)).filter(|_| told)?;
        Some(Temporal { layer: octet >> 6, sync: octet & 0x20 != 0 })
    }

    /// Lowers picture id and TL0PICIDX in place by these amounts, modulo their sizes.
    pub fn shift(&self, p: &mut [u8], by: (u16, u8)) {
        let (id, tl0) = self.read(p);
        let at = usize::from(self.picture_id);
        if at > 0
            && let Some(field) = p.get_mut(at..at + 2)
        {
            field.copy_from_slice(&(id.wrapping_sub(by.0) | 0x8000).to_be_bytes());
        }
        if self.tl0 > 0
            && let Some(field) = p.get_mut(usize::from(self.tl0))
        {
            *field = tl0.wrapping_sub(by.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn vp8_key_frames_are_seen_behind_every_descriptor() {
        let descriptors: [&[u8]; 4] = [
            &[0x10],
            &[0x90, 0x80, 0x11],
            &[0x90, 0xc0, 0x81, 2, 3],
            &[0x90, 0xf0, 0x81, 2, 3, 0x20],
        ];
        for descriptor in descriptors {
            let payload = |first: u8| [descriptor, &[first, 0, 0]].concat();
            assert_eq!(Counters::vp8(&payload(0)).unwrap().descriptor_len(), descriptor.len());
            assert!(keyframe(CodecKind::Vp8, &payload(0x10)), "{descriptor:?}");
            assert!(!keyframe(CodecKind::Vp8, &payload(0x11)), "{descriptor:?}");
        }
        assert!(!keyframe(CodecKind::Vp8, &[0x11, 0x10]), "not the first partition");
        assert!(!keyframe(CodecKind::Vp8, &[0x00, 0x10]), "not the start of a partition");
    }

    #[test]
    fn a_vp8_picture_tells_its_temporal_layer_if_all_its_counters_are_there() {
        let temporal = |descriptor: &[u8]| {
            let payload = [descriptor, &[1, 0, 0]].concat();
            Counters::of(CodecKind::Vp8, &payload).temporal(&payload)
        };
        let told = |layer, sync| Some(Temporal { layer, sync });
        assert_eq!(temporal(&[0x90, 0xe0, 0x81, 2, 3, 0x00]), told(0, false));
        assert_eq!(temporal(&[0x90, 0xf0, 0x81, 2, 3, 0xa1]), told(2, true));
        assert_eq!(temporal(&[0x90, 0xe0, 0x81, 2, 3, 0x5f]), told(1, false));
        assert_eq!(temporal(&[0x90, 0xd0, 0x81, 2, 3, 0xa1]), None, "a key index alone");
        assert_eq!(temporal(&[0x90, 0xe0, 0x01, 3, 0xa1]), None, "a picture id of 7 bits");
        assert_eq!(temporal(&[0x90, 0xa0, 0x81, 2, 0xa1]), None, "no TL0PICIDX");
        assert_eq!(temporal(&[0x90, 0x60, 3, 0xa1]), None, "no picture id");
        assert_eq!(temporal(&[0x10]), None);
        assert_eq!(Counters::of(CodecKind::Vp9, &[0xa0, 0x81, 2, 0xa1, 9]).temporal(&[0; 5]), None);
    }

    #[test]
    fn h264_key_frames_are_seen_in_every_packetization() {
        for (payload, key) in [
            (&[0x65, 1][..], true),
            (&[0x67, 1], true),
            (&[0x61, 1], false),
            (&[24, 0, 1, 9, 0, 2, 0x67, 0], true),
            (&[24, 0, 1, 9, 0, 2, 0x61, 0], false),
            (&[24, 0, 9, 0x67], false),
            (&[28, 0x85, 0], true),
            (&[28, 0x05, 0], false),
            (&[], false),
        ] {
            assert_eq!(keyframe(CodecKind::H264, payload), key, "{payload:?}");
        }
    }

    #[test]
    fn av1_sequences_begin_where_their_first_packet_says() {
        for (payload, key) in
            [(&[0x18, 1][..], true), (&[0x10, 1], false), (&[0x98, 1], false), (&[0x18], false)]
        {
            assert_eq!(keyframe(CodecKind::Av1, payload), key, "{payload:x?}");
        }
    }

    const ALL: [CodecKind; 5] =
        [CodecKind::Opus, CodecKind::Vp8, CodecKind::H264, CodecKind::Vp9, CodecKind::Av1];

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..40), by: (u16, u8)) {
            for codec in ALL {
                let _ = keyframe(codec, &bytes);
                let d = Counters::of(codec, &bytes);
                prop_assert!(d.len <= bytes.len());
                let before = d.read(&bytes);
                let _ = d.read(&[]);
                let _ = (d.temporal(&bytes), d.temporal(&[]));
                d.shift(&mut [], by);
                d.shift(&mut bytes, by);
                prop_assert_eq!(Counters::of(codec, &bytes), d, "a shift keeps the shape");
                d.shift(&mut bytes, (by.0.wrapping_neg(), by.1.wrapping_neg()));
                prop_assert_eq!(d.read(&bytes), before);
            }
        }
    }
}
