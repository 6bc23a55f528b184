use crate::Layer;

/// Which parts of a scalable stream a thing belongs to: one bit for each pair of a best spatial and a
/// best temporal layer, the decode targets of the dependency descriptor (AV1 RTP payload 1.0, A.4).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Targets(u32);

/// A part of a track that can be decoded alone: everything up to these two layers. As a limit it may
/// lie above all that there is.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Target {
    /// The best spatial layer, 0 to 3; the encodings of a simulcast track count as such, the smallest is 0.
    pub spatial: u8,
    /// The best temporal layer, 0 to 7.
    pub temporal: u8,
}

impl Target {
    /// All that there is.
    pub const ALL: Self = Self { spatial: u8::MAX, temporal: u8::MAX };

    /// Everything up to a spatial layer, at the full frame rate.
    #[must_use]
    pub const fn up_to(layer: Layer) -> Self {
        Self { spatial: layer.0, temporal: u8::MAX }
    }

    /// What is within both.
    #[must_use]
    pub fn within(self, other: Self) -> Self {
        let (spatial, temporal) =
            (self.spatial.min(other.spatial), self.temporal.min(other.temporal));
        Self { spatial, temporal }
    }

    const fn bit(self) -> u32 {
        1 << ((self.spatial & 3) * 8 + (self.temporal & 7))
    }
}

impl Targets {
    /// Every part that there can be.
    pub const EVERY: Self = Self(u32::MAX);

    /// Every part at the frame rate of temporal layer `temporal`, 0 to 7, or at a higher one.
    #[must_use]
    pub const fn from_temporal(temporal: u8) -> Self {
        Self((0xff << (temporal & 7) & 0xff) * 0x0101_0101)
    }

    /// Adds a target.
    pub const fn insert(&mut self, target: Target) {
        self.0 |= target.bit();
    }

    /// Whether `target` is among them.
    #[must_use]
    pub const fn has(self, target: Target) -> bool {
        self.0 & target.bit() != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in both.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those whose best spatial layer has its bit set in `layers`.
    #[must_use]
    pub fn with_spatial(self, layers: u8) -> Self {
        let octet = |layer: u32| if layers >> layer & 1 == 0 { 0 } else { 0xff << (8 * layer) };
        Self(self.0 & (0..4).map(octet).fold(0, |all, octet| all | octet))
    }

    /// The largest picture within `limit`, as smooth as it may be; where there is none the smallest
    /// that there is, because a picture too large serves better than none.
    #[must_use]
    pub fn best(self, limit: Target) -> Option<Target> {
        let within =
            |target: &Target| target.spatial <= limit.spatial && target.temporal <= limit.temporal;
        self.iter().filter(within).last().or_else(|| self.iter().next())
    }

    /// All of them, the smallest first.
    pub fn iter(self) -> impl Iterator<Item = Target> {
        let all = (0..32_u8).map(|place| Target { spatial: place / 8, temporal: place % 8 });
        all.filter(move |target| self.has(*target))
    }
}

/// Most frames that one frame is decoded from; libwebrtc's encoders name 3 at most.
pub const NEEDS_MAX: usize = 8;

/// What the dependency descriptor says of the frame that a packet is a piece of: one spatial layer of
/// one picture.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Frame {
    /// Its number, one more than that of the frame before in order of decoding.
    pub number: u16,
    /// The packet is its first.
    pub begins: bool,
    /// The packet is its last.
    pub ends: bool,
    /// Its spatial layer, 0 to 3.
    pub spatial: u8,
    /// The parts of the stream that it belongs to.
    pub within: Targets,
    /// The parts that a decoder which has come as far as this frame can go on with.
    pub switches: Targets,
    /// The parts that the encoder makes at present.
    pub active: Targets,
    /// How many frames before it those lie that it is decoded from; 0 stands for none.
    pub needs: [u16; NEEDS_MAX],
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn target(spatial: u8, temporal: u8) -> Target {
        Target { spatial, temporal }
    }

    fn of(all: &[(u8, u8)]) -> Targets {
        let mut targets = Targets::default();
        all.iter().for_each(|it| targets.insert(target(it.0, it.1)));
        targets
    }

    #[test]
    fn size_goes_before_smoothness_and_something_before_nothing() {
        let all = of(&[(0, 0), (0, 2), (1, 0), (1, 2), (2, 2)]);
        for (limit, best) in [
            ((3, 7), Some((2, 2))),
            ((1, 7), Some((1, 2))),
            ((2, 1), Some((1, 0))),
            ((0, 1), Some((0, 0))),
        ] {
            let best = best.map(|it| target(it.0, it.1));
            assert_eq!(all.best(target(limit.0, limit.1)), best, "{limit:?}");
        }
        assert_eq!(of(&[(2, 1), (3, 0)]).best(target(0, 0)), Some(target(2, 1)));
        assert_eq!(Targets::default().best(target(3, 7)), None);
    }

    #[test]
    fn the_smaller_of_two_limits_is_taken_layer_by_layer() {
        assert_eq!(target(2, 0).within(target(1, 1)), target(1, 0));
        assert_eq!(Target::up_to(Layer(1)).within(target(3, 2)), target(1, 2));
        assert_eq!(target(3, 7).within(Target::ALL), target(3, 7));
    }

    #[test]
    fn a_temporal_layer_is_a_piece_of_all_parts_that_are_as_smooth_or_smoother() {
        for temporal in 0..8 {
            let all = Targets::from_temporal(temporal);
            let inside = (0..32).filter(|it| it % 8 >= temporal);
            assert!(inside.clone().all(|it| all.has(target(it / 8, it % 8))), "{temporal}");
            assert_eq!(all.iter().count(), inside.count(), "{temporal}");
        }
        assert_eq!(Targets::from_temporal(0), Targets::EVERY);
    }

    #[test]
    fn targets_are_told_apart() {
        let all = of(&[(0, 0), (3, 7)]);
        assert!(all.has(target(0, 0)) && all.has(target(3, 7)) && !all.has(target(3, 6)));
        assert_eq!(all.with_spatial(0b1000), of(&[(3, 7)]));
        assert_eq!(all.both(of(&[(0, 0), (1, 1)])), of(&[(0, 0)]));
        assert!(Targets::default().is_empty());
    }
}
