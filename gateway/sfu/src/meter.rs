//! How much a layer sends: bits and packets a second of each part that a listener can have.
//!
//! Two things make a plain average useless to whoever divides a line. A keyframe is a burst of some ten frames' size:
//! its bytes are spread over [`KEY_WINDOW`], those of all other frames over [`WINDOW`]. And a picture that stands still
//! says nothing of what it takes when it moves: the clock of the meter stops [`STILL_MS`] after the last packet.
//! Who speaks also breathes: sound is averaged over [`SOUND_WINDOW`], because what it does not take for a second others
//! do, and what it takes more leaves before them.
//! Nothing is left out of either window, so that over a long time the figures add up to what was sent.

use alloc::vec::Vec;

use media::{Ms, Packet, RtpTime, Target, Targets};

/// A silence counts as so much time at most: a screen that sends a frame a second is measured as it is.
const STILL_MS: u64 = 1_000;
/// What was measured for a shorter time says nothing yet.
const MEASURED_MS: u64 = 500;
/// All but keyframes: slots of so many ms, and so many of them.
const WINDOW: AveragingWindow = AveragingWindow { slot_ms: 250, at_least_ms: MEASURED_MS };
/// Sound.
const SOUND_WINDOW: AveragingWindow = AveragingWindow { slot_ms: 1_000, at_least_ms: MEASURED_MS };
/// Keyframes; before the window is full they count as if it were.
const KEY_WINDOW: AveragingWindow = AveragingWindow { slot_ms: 1_000, at_least_ms: 7_000 };
const SLOTS: usize = 8;
/// Kinds of frames that are told apart: more than a stream of 3 spatial and 3 temporal layers has. What comes in yet
/// another kind counts as a piece of every part.
const MAX_KINDS: usize = 32;

/// A packet is of a picture before if its time lies no further back, in ticks: 10 s of a picture's clock.
const LATE: i32 = -900_000;

type Pick = fn(&mut FrameClass) -> &mut Slots;

/// The parts that a packet is a piece of.
fn within(packet: &Packet) -> Targets {
    match (packet.frame, packet.temporal) {
        (Some(frame), _) => frame.within,
        (None, Some(temporal)) => Targets::from_temporal(temporal.layer),
        (None, None) => Targets::EVERY,
    }
}

/// Over which time is averaged.
#[derive(Clone, Copy, Debug)]
struct AveragingWindow {
    slot_ms: u64,
    at_least_ms: u64,
}

/// What came within one slot of a window.
#[derive(Clone, Copy, Debug)]
struct Slot {
    bytes: u32,
    packets: u32,
    /// Packets that begin a picture.
    pictures: u32,
}

impl Slot {
    const EMPTY: Self = Self { bytes: 0, packets: 0, pictures: 0 };
}

/// The last slots of a window, the place of each is its number modulo their count.
#[derive(Clone, Copy, Debug)]
struct Slots([Slot; SLOTS]);

impl Slots {
    const EMPTY: Self = Self([Slot::EMPTY; SLOTS]);

    fn add(&mut self, slot: u64, bytes: u16, begins: bool) {
        if let Some(counts) = self.0.get_mut(slot as usize % SLOTS) {
            counts.bytes = counts.bytes.saturating_add(bytes.into());
            counts.packets = counts.packets.saturating_add(1);
            counts.pictures = counts.pictures.saturating_add(begins.into());
        }
    }

    /// Empties the slots from `from` on, so that they can be used for what comes now.
    fn open(&mut self, from: u64, to: u64) {
        for slot in (from..=to).rev().take(SLOTS) {
            self.0.get_mut(slot as usize % SLOTS).into_iter().for_each(|slot| *slot = Slot::EMPTY);
        }
    }

    /// What came from slot `from` to slot `to`.
    fn sum(&self, from: u64, to: u64) -> Sum {
        let slots = (from..=to).filter_map(|slot| self.0.get(slot as usize % SLOTS));
        slots.fold(Sum::default(), |sum, slot| {
            let Slot { bytes, packets, pictures } = *slot;
            sum.and([bytes, packets, pictures].map(u64::from))
        })
    }
}

/// Bytes (or bits), packets and pictures, of a time or in a time.
#[derive(Clone, Copy, Debug, Default)]
struct Sum([u64; 3]);

impl Sum {
    const fn and(self, more: [u64; 3]) -> Self {
        let ([bytes, packets, pictures], [a, b, c]) = (self.0, more);
        Self([bytes + a, packets + b, pictures + c])
    }
}

/// What a part takes in a second.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Measured {
    pub(crate) bits: u64,
    pub(crate) packets: u64,
    pub(crate) pictures: u64,
}

/// Frames that belong to the same parts of a track.
#[derive(Debug)]
struct FrameClass {
    within: Targets,
    frames: Slots,
    keyframes: Slots,
}

impl FrameClass {
    const fn new(within: Targets) -> Self {
        Self { within, frames: Slots::EMPTY, keyframes: Slots::EMPTY }
    }

    const fn frames(&mut self) -> &mut Slots {
        &mut self.frames
    }

    const fn keyframes(&mut self) -> &mut Slots {
        &mut self.keyframes
    }

    /// Bits a second, packets and pictures in 1000 s, where the meter's clock stands at `clock_ms` and stood at `filled_ms` when
    /// the last packet came.
    fn rate(&self, frames: AveragingWindow, (clock_ms, filled_ms): (u64, u64)) -> Sum {
        let of = |window: AveragingWindow, slots: &Slots| {
            let (newest, filled) = (clock_ms / window.slot_ms, filled_ms / window.slot_ms);
            let oldest = (newest + 1).saturating_sub(SLOTS as u64);
            let Sum([bytes, packets, pictures]) = slots.sum(oldest, filled);
            let took_ms = (clock_ms - oldest * window.slot_ms).max(window.at_least_ms);
            let in_1000_s = |count: u64| count * 1_000_000 / took_ms;
            Sum([bytes * 8_000 / took_ms, in_1000_s(packets), in_1000_s(pictures)])
        };
        of(frames, &self.frames).and(of(KEY_WINDOW, &self.keyframes).0)
    }
}

/// Measures one layer.
#[derive(Debug)]
pub(crate) struct Meter {
    /// When the last packet came.
    at: Option<Ms>,
    /// How long packets have come, silences cut short.
    clock_ms: u64,
    /// Over which time all but keyframes is averaged.
    frames: AveragingWindow,
    /// The frame that is a keyframe.
    keyframe: Option<RtpTime>,
    /// The picture whose packets come.
    picture: Option<RtpTime>,
    kinds: Vec<FrameClass>,
}

impl Default for Meter {
    fn default() -> Self {
        let (at, clock_ms, frames) = (None, 0, WINDOW);
        Self { at, clock_ms, frames, keyframe: None, picture: None, kinds: Vec::new() }
    }
}

impl Meter {
    /// Counts a packet with media. `sound` has no keyframes: each of its packets can be begun with.
    pub(crate) fn note(&mut self, now: Ms, packet: &Packet, sound: bool) {
        let before = self.clock_ms;
        self.frames = if sound { SOUND_WINDOW } else { WINDOW };
        self.clock_ms = self.clock_at(now);
        self.at = Some(self.at.map_or(now, |at| at.max(now)));
        if packet.keyframe && !sound {
            self.keyframe = Some(packet.time);
        }
        for (window, pick) in
            [(self.frames, FrameClass::frames as Pick), (KEY_WINDOW, FrameClass::keyframes)]
        {
            let (old, new) = (before / window.slot_ms, self.clock_ms / window.slot_ms);
            if new > old {
                self.kinds.iter_mut().for_each(|kind| pick(kind).open(old + 1, new));
            }
        }
        let key = self.keyframe == Some(packet.time) && !sound;
        // Frames of larger spatial layers, and late packets of the picture before, begin none.
        let ahead = |before: RtpTime| !(LATE..=0).contains(&packet.time.since(before));
        let begins = self.picture.is_none_or(ahead);
        if begins {
            self.picture = Some(packet.time);
        }
        let (clock, frames) = (self.clock_ms, self.frames);
        let Some(kind) = self.kind(within(packet)) else { return };
        match key {
            true => kind.keyframes.add(clock / KEY_WINDOW.slot_ms, packet.bytes, begins),
            false => kind.frames.add(clock / frames.slot_ms, packet.bytes, begins),
        }
    }

    /// What everything up to `target` takes, without headers; `None` while that is not known.
    pub(crate) fn measured(&self, now: Ms, target: Target) -> Option<Measured> {
        let clock = self.clock_at(now);
        if clock < MEASURED_MS {
            return None;
        }
        let pieces = self.kinds.iter().filter(|kind| kind.within.has(target));
        let rates = pieces.map(|kind| kind.rate(self.frames, (clock, self.clock_ms)));
        let Sum([bits, packets, pictures]) =
            rates.fold(Sum::default(), |sum, rate| sum.and(rate.0));
        let (packets, pictures) = (packets.div_ceil(1_000), (pictures + 500) / 1_000);
        Some(Measured { bits, packets, pictures })
    }

    /// Every part whose best frames came of late.
    pub(crate) fn parts(&self, now: Ms) -> Targets {
        let clock = self.clock_at(now);
        let sent = self
            .kinds
            .iter()
            .filter(|kind| kind.rate(self.frames, (clock, self.clock_ms)).0[1] > 0);
        let mut parts = Targets::default();
        sent.filter_map(|kind| kind.within.iter().next()).for_each(|first| parts.insert(first));
        parts
    }

    /// For how long nothing has come.
    pub(crate) fn silent_ms(&self, now: Ms) -> u64 {
        self.at.map_or(0, |at| now.since(at))
    }

    fn clock_at(&self, now: Ms) -> u64 {
        self.clock_ms + self.at.map_or(0, |at| now.since(at).min(STILL_MS))
    }

    fn kind(&mut self, within: Targets) -> Option<&mut FrameClass> {
        if let Some(place) = self.kinds.iter().position(|kind| kind.within == within) {
            return self.kinds.get_mut(place);
        }
        if self.kinds.len() < MAX_KINDS {
            self.kinds.push(FrameClass::new(within));
            return self.kinds.last_mut();
        }
        // One that is not sent any more makes room.
        let (clock, frames) = (self.clock_ms, self.frames);
        let gone = |kind: &FrameClass| kind.rate(frames, (clock, clock)).0[1] == 0;
        if let Some(place) = self.kinds.iter().position(gone) {
            let free = self.kinds.get_mut(place)?;
            *free = FrameClass::new(within);
            return Some(free);
        }
        let last = self.kinds.last_mut()?;
        last.within = Targets::EVERY;
        Some(last)
    }
}

#[cfg(test)]
mod tests {
    use media::{Frame, Layer, Picture};

    use super::*;

    /// A packet of a frame that belongs to the parts whose bits are set.
    fn packet(seq: u64, parts: u64) -> Packet {
        let mut within = Targets::default();
        for place in (0..32).filter(|it| parts >> it & 1 == 1) {
            within.insert(Target { spatial: place / 8, temporal: place % 8 });
        }
        Packet {
            seq,
            time: RtpTime(seq as u32 * 900),
            layer: Layer(0),
            keyframe: false,
            picture: Picture::default(),
            frame: Some(Frame { within, ..Frame::default() }),
            temporal: None,
            bytes: 1_000,
        }
    }

    /// Two seconds of speech, two of silence: what others have is what the voice leaves in the mean.
    #[test]
    fn a_voice_is_measured_over_its_pauses() {
        let mut meter = Meter::default();
        let mut told = Vec::new();
        for seq in 0..1_500_u64 {
            let speaks = seq / 100 % 2 == 0;
            if speaks || seq % 20 == 0 {
                let packet = Packet { bytes: 100, ..packet(seq, 1) };
                meter.note(Ms(seq * 20), &packet, true);
            }
            told.extend(meter.measured(Ms(seq * 20), Target::default()).map(|it| it.bits));
        }
        let late = told.get(500..).expect("20 s");
        let (least, most) = (late.iter().min().unwrap(), late.iter().max().unwrap());
        // 52.5 packets of 100 bytes in two seconds.
        assert!((15_000..27_000).contains(least) && *most < 29_000, "{least} to {most}");
    }

    #[test]
    fn frames_of_more_kinds_than_are_told_apart_count_for_every_part() {
        let mut meter = Meter::default();
        for seq in 0..200 {
            // Every frame is of another kind, and all but the first in the largest part.
            meter.note(Ms(seq * 10), &packet(seq, seq << 1 | 1 << 31), false);
            assert!(meter.kinds.len() <= MAX_KINDS);
        }
        let largest = Target { spatial: 3, temporal: 7 };
        let smallest = Target::default();
        let Measured { bits, packets, .. } = meter.measured(Ms(2_000), largest).expect("2 s");
        assert!((760_000..=840_000).contains(&bits) && (95..=105).contains(&packets), "{bits}");
        let bits = meter.measured(Ms(2_000), smallest).expect("2 s").bits;
        assert!(bits > 600_000, "what cannot be told apart is in every part: {bits}");
    }

    #[test]
    fn a_kind_that_is_not_sent_any_more_makes_room() {
        let mut meter = Meter::default();
        (0..100).for_each(|seq| meter.note(Ms(seq * 10), &packet(seq, seq + 1), false));
        (100..1_200).for_each(|seq| meter.note(Ms(seq * 10), &packet(seq, 1 << 9), false));
        meter.note(Ms(12_000), &packet(1_200, 1 << 17), false);
        let told: Vec<Target> = meter.parts(Ms(12_000)).iter().collect();
        let part = |spatial| Target { spatial, temporal: 1 };
        assert_eq!(told, [part(1), part(2)]);
    }

    #[test]
    fn a_clock_that_runs_back_is_a_clock_that_stands() {
        let mut meter = Meter::default();
        for (seq, at) in [(0, 5_000), (1, 5_600), (2, 1_000), (3, 5_600), (4, u64::MAX)] {
            meter.note(Ms(at), &packet(seq, 1), false);
        }
        let bits = meter.measured(Ms(u64::MAX), Target::default()).expect("1.6 s").bits;
        assert_eq!(bits, 5 * 8_000_000 / 1_600);
        assert_eq!(meter.silent_ms(Ms(0)), 0);
    }
}
