//! A site whose listeners wish for tracks of a few kinds.

use allocation::{Allocator, Budget, Demand, Grant, Part, Purpose, Wish};
use media::{ListenerId, Ms, Target, TrackId};

/// One subscription with what its track has.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) listener: u32,
    pub(crate) track: u32,
    pub(crate) purpose: Purpose,
    pub(crate) priority: u8,
    pub(crate) parts: Vec<Part>,
    pub(crate) top: Option<Target>,
}

impl Seat {
    pub(crate) fn new(listener: u32, track: u32, purpose: Purpose, parts: &[Part]) -> Self {
        let (priority, parts, top) = (0, parts.to_vec(), Some(Target::ALL));
        Self { listener, track, purpose, priority, parts, top }
    }

    pub(crate) fn wish(&self) -> Wish<'_> {
        Wish {
            listener: ListenerId(self.listener),
            track: TrackId(self.track),
            purpose: self.purpose,
            priority: self.priority,
            parts: &self.parts,
            top: self.top,
        }
    }
}

pub(crate) const fn target(spatial: u8, temporal: u8) -> Target {
    Target { spatial, temporal }
}

pub(crate) const fn part(spatial: u8, temporal: u8, kbit: u64) -> Part {
    let (target, bits_per_second) = (target(spatial, temporal), kbit * 1_000);
    Part { target, bits_per_second, silent: false }
}

/// A voice.
pub(crate) const VOICE: [Part; 1] = [part(0, 0, 40)];
/// A camera in three sizes without temporal layers.
pub(crate) const CAMERA: [Part; 3] = [part(0, 0, 100), part(1, 0, 300), part(2, 0, 900)];
/// Slides in two sizes.
pub(crate) const SLIDES: [Part; 2] = [part(0, 0, 60), part(1, 0, 250)];

pub(crate) const fn budget(kbit: u64) -> Budget {
    Budget {
        bits_per_second: kbit * 1_000,
        repair_bits_per_second: 0,
        settled: true,
        rising: false,
        away: false,
    }
}

/// An allocator in time.
#[derive(Debug, Default)]
pub(crate) struct Site {
    allocator: Allocator,
}

impl Site {
    pub(crate) fn divide(&mut self, at_ms: u64, budget: Budget, seats: &[Seat]) -> Vec<Grant> {
        let wishes: Vec<Wish<'_>> = seats.iter().map(Seat::wish).collect();
        let mut grants = Vec::new();
        self.allocator.allocate(Ms(at_ms), budget, &wishes, &mut grants);
        grants
    }

    pub(crate) fn demand(&self) -> Demand {
        self.allocator.demand()
    }

    /// Ten times a second from `from_ms` until before `until_ms`; the last grants.
    pub(crate) fn run(
        &mut self,
        (from_ms, until_ms): (u64, u64),
        budget: Budget,
        seats: &[Seat],
    ) -> Vec<Grant> {
        let times = (from_ms..until_ms).step_by(100);
        times.map(|at_ms| self.divide(at_ms, budget, seats)).last().unwrap_or_default()
    }
}

/// What is granted on a line that is known to carry so much: it is trusted with a fiftieth less than it shows.
pub(crate) fn granted(kbit: u64, seats: &[Seat]) -> Vec<Grant> {
    let shown = Budget { bits_per_second: (kbit * 50_000).div_ceil(49), ..budget(0) };
    Site::default().run((0, 3_000), shown, seats)
}

/// The spatial layer that each grant allows.
pub(crate) fn sizes(grants: &[Grant]) -> Vec<Option<u8>> {
    grants.iter().map(|it| it.allow.map(|it| it.spatial)).collect()
}
