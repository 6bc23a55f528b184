use crate::{Frame, Layer, RtpTime};

/// What a track carries.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum MediaKind {
    /// Sound: one layer, every packet can be heard alone.
    Audio,
    /// Moving picture: one or more layers, a listener can begin only at a keyframe.
    Video,
}

impl MediaKind {
    /// Ticks of the RTP clock in a millisecond: Opus runs at 48 kHz (RFC 7587 §4.1), video at 90 kHz.
    #[must_use]
    pub const fn ticks_per_ms(self) -> u32 {
        match self {
            Self::Audio => 48,
            Self::Video => 90,
        }
    }
}

/// The counters in a VP8 or VP9 payload descriptor (RFC 7741 §4.2, RFC 9628 §4.2) and in a dependency
/// descriptor that must go on smoothly when a listener changes layers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Picture {
    /// PictureID, 15 bits.
    pub id: u16,
    /// TL0PICIDX.
    pub tl0: u8,
    /// Frame number of the dependency descriptor.
    pub frame: u16,
}

impl Picture {
    /// How far this is ahead of `other`, counter by counter.
    #[must_use]
    pub const fn ahead_of(self, other: Self) -> Self {
        Self {
            id: self.id.wrapping_sub(other.id) & 0x7fff,
            tl0: self.tl0.wrapping_sub(other.tl0),
            frame: self.frame.wrapping_sub(other.frame),
        }
    }

    /// The same with a picture id that is `pictures` higher.
    #[must_use]
    pub const fn later(self, pictures: u16) -> Self {
        Self { id: self.id.wrapping_add(pictures) & 0x7fff, ..self }
    }

    /// The first picture of a listener's next layer, after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self {
            id: self.id.wrapping_add(1) & 0x7fff,
            tl0: self.tl0.wrapping_add(1),
            frame: self.frame.wrapping_add(1),
        }
    }
}

/// What a VP8 payload descriptor says of a picture's temporal layer (RFC 7741 §4.2). A picture is decoded from none of
/// a higher layer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Temporal {
    /// The layer, 0 to 3 (TID).
    pub layer: u8,
    /// It is decoded from the last picture of layer 0 alone (Y): a decoder that had the layers below can go on with this
    /// one from here.
    pub sync: bool,
}

/// What the forwarding core knows of one RTP packet; its payload stays in the shell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Packet {
    /// Extended sequence number in the publisher's stream of this layer.
    pub seq: u64,
    /// Timestamp in the publisher's clock.
    pub time: RtpTime,
    /// Which encoding of the track.
    pub layer: Layer,
    /// Whether a decoder can begin with this packet (always true for sound).
    pub keyframe: bool,
    /// Counters of its descriptors; zeros where there are none.
    pub picture: Picture,
    /// The frame that it is a piece of, where the publisher tells (dependency descriptor).
    pub frame: Option<Frame>,
    /// The temporal layer of its picture, where the publisher tells that and no more (VP8).
    pub temporal: Option<Temporal>,
    /// Payload length in bytes; 0 for padding, which takes a number but is not forwarded.
    pub bytes: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picture_counters_wrap_at_15_8_and_16_bits() {
        let last = Picture { id: 0x7fff, tl0: 255, frame: u16::MAX };
        assert_eq!(last.next(), Picture { id: 0, tl0: 0, frame: 0 });
        assert_eq!(last.next().ahead_of(last), Picture { id: 1, tl0: 1, frame: 1 });
    }
}
