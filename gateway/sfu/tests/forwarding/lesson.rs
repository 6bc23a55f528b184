//! A lesson in one thread: virtual clock, cameras with three layers and voices, listeners behind
//! lossy lines who ask for what they miss. Every chance follows from one seed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use media::{Layer, MediaKind, Ms, Packet, Picture, RtpTime, Target};
use sfu::{Feedback, Forward, Input, ListenerId, Output, RoomId, Sfu, Source, Subscribe, TrackId};
use str0m_netem::{Input as NetIn, Netem, NetemConfig, Output as NetOut, Probability, RandomLoss};

use crate::line::{Asked, Ear, Piece, Wire};

const ROOM: RoomId = RoomId(1);
const STEP_MS: u64 = 20;
/// The last repairs come so long after the last frame.
const DRAIN_MS: u64 = 4_000;
/// Packets of a frame, and of a keyframe, in each layer.
const PACKETS: [[u8; 2]; 3] = [[1, 2], [1, 4], [3, 10]];

#[derive(Clone, Copy, Debug)]
pub(crate) struct Lesson {
    pub(crate) seed: u64,
    pub(crate) publishers: u32,
    pub(crate) listeners: u32,
    pub(crate) loss_percent: f32,
    pub(crate) seconds: u64,
}

/// What each subscription brought, by listener and slot.
pub(crate) type Heard = BTreeMap<(ListenerId, u16), Ear>;

impl Lesson {
    pub(crate) fn play(&self) -> Heard {
        let mut room = Room::open(self);
        while room.now.0 < self.seconds * 1_000 {
            room.publish();
            room.change();
            room.pass();
        }
        let end = room.now + DRAIN_MS;
        while room.now < end {
            room.pass();
        }
        room.ears
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Encoder {
    next: u64,
    frame: u32,
    key_due: bool,
}

struct Line {
    down: Netem<Wire>,
    up: Netem<Asked>,
}

struct Room {
    now: Ms,
    epoch: Instant,
    chance: Chance,
    sfu: Sfu,
    publishers: u32,
    listeners: u32,
    encoders: BTreeMap<(TrackId, Layer), Encoder>,
    pieces: BTreeMap<Source, Piece>,
    lines: BTreeMap<ListenerId, Line>,
    slots: BTreeMap<(ListenerId, TrackId), u16>,
    ears: Heard,
    next_slot: u16,
}

impl Room {
    fn open(lesson: &Lesson) -> Self {
        let mut room = Self {
            now: Ms(0),
            epoch: epoch(),
            chance: Chance(lesson.seed),
            sfu: Sfu::default(),
            publishers: lesson.publishers,
            listeners: lesson.listeners,
            encoders: BTreeMap::new(),
            pieces: BTreeMap::new(),
            lines: BTreeMap::new(),
            slots: BTreeMap::new(),
            ears: Heard::new(),
            next_slot: 0,
        };
        for publisher in 0..lesson.publishers {
            for (track, kind, layers) in [
                (camera(publisher), MediaKind::Video, 3_u8),
                (voice(publisher), MediaKind::Audio, 1),
            ] {
                room.feed(Input::Publish { room: ROOM, track, kind, layers });
                for layer in 0..layers {
                    let next = 65_000 + room.chance.below(10_000);
                    let encoder = Encoder { next, frame: 0, key_due: true };
                    room.encoders.insert((track, Layer(layer)), encoder);
                }
            }
        }
        for listener in (0..lesson.listeners).map(ListenerId) {
            let seed = lesson.seed ^ u64::from(listener.0) << 32;
            let delay = 20 + room.chance.below(100);
            room.lines.insert(listener, Line::new(seed, delay, lesson.loss_percent));
            (0..lesson.publishers).for_each(|it| room.join(listener, it));
        }
        room
    }

    fn join(&mut self, listener: ListenerId, publisher: u32) {
        for track in [camera(publisher), voice(publisher)] {
            let slot = self.next_slot;
            self.next_slot += 1;
            self.slots.insert((listener, track), slot);
            self.ears.insert((listener, slot), Ear::new(track));
            self.feed(Input::Subscribe(Subscribe {
                room: ROOM,
                track,
                listener,
                slot,
                want: Some(Target::ALL),
                allow: Some(Target::ALL),
            }));
            let feedback = Feedback::Report { track, lost_256: 0, round_trip_ms: None };
            self.feed(Input::Feedback { room: ROOM, listener, feedback });
        }
    }

    fn leave(&mut self, listener: ListenerId, publisher: u32) {
        for track in [camera(publisher), voice(publisher)] {
            if let Some(slot) = self.slots.remove(&(listener, track)) {
                self.ears.remove(&(listener, slot));
            }
            self.feed(Input::Unsubscribe { room: ROOM, track, listener });
        }
    }

    /// Every publisher speaks, and films 25 frames a second; the largest layer is off for 5 s of
    /// every 20.
    fn publish(&mut self) {
        let mut burst = Vec::new();
        for publisher in 0..self.publishers {
            burst.extend(self.frame(voice(publisher), Layer(0), MediaKind::Audio));
            if !self.now.0.is_multiple_of(40) {
                continue;
            }
            let layers = if self.now.0 % 20_000 > 15_000 { 2 } else { 3 };
            for layer in (0..layers).map(Layer) {
                burst.extend(self.frame(camera(publisher), layer, MediaKind::Video));
            }
        }
        self.feed(Input::Packets { room: ROOM, packets: &burst });
    }

    fn frame(&mut self, track: TrackId, layer: Layer, kind: MediaKind) -> Vec<(TrackId, Packet)> {
        let encoder = self.encoders.get_mut(&(track, layer)).expect("published");
        let keyframe = std::mem::take(&mut encoder.key_due) || kind == MediaKind::Audio;
        let of = match kind {
            MediaKind::Audio => 1,
            MediaKind::Video => PACKETS[usize::from(layer.0)][usize::from(keyframe)],
        };
        let (first, frame) = (encoder.next, encoder.frame);
        encoder.next += u64::from(of);
        encoder.frame += 1;
        let clock = (self.now.0 as u32).wrapping_mul(kind.ticks_per_ms());
        let time = RtpTime(u32::MAX - 9_000_000).plus(clock);
        let picture =
            Picture { id: (frame & 0x7fff) as u16, tl0: frame as u8, frame: frame as u16 };
        let packet = |place: u8| {
            let seq = first + u64::from(place);
            let piece = Piece { frame, place, of, keyframe };
            self.pieces.insert(Source { track, layer, seq }, piece);
            let keyframe = keyframe && place == 0;
            (
                track,
                Packet {
                    seq,
                    time,
                    layer,
                    keyframe,
                    picture,
                    frame: None,
                    temporal: None,
                    bytes: 1_000,
                },
            )
        };
        (0..of).map(packet).collect()
    }

    /// Now and then somebody wants something else.
    fn change(&mut self) {
        if self.chance.below(40) != 0 {
            return;
        }
        let listener = ListenerId(self.chance.below(self.listeners.into()) as u32);
        let publisher = self.chance.below(self.publishers.into()) as u32;
        let (room, track) = (ROOM, camera(publisher));
        let here = self.slots.contains_key(&(listener, track));
        match self.chance.below(8) {
            0 if here => self.leave(listener, publisher),
            _ if !here => self.join(listener, publisher),
            1 => self.feed(Input::Want { room, track, listener, top: None }),
            2 => self.feed(Input::KeyframeWanted { room, track, listener }),
            top => {
                let top = Some(Target::up_to(Layer((top % 3) as u8)));
                self.feed(Input::Want { room, track, listener, top });
            }
        }
    }

    /// Time passes: lines bring what they carry, and listeners ask for what they miss.
    fn pass(&mut self) {
        self.now = self.now + STEP_MS;
        self.feed(Input::Tick);
        let now = self.epoch + Duration::from_millis(self.now.0);
        let mut asked = Vec::new();
        for (listener, line) in &mut self.lines {
            line.down.handle_input(NetIn::Timeout(now));
            while let Some(NetOut::Packet(wire)) = line.down.poll_output() {
                if let Some(ear) = self.ears.get_mut(&(*listener, wire.forward.slot)) {
                    ear.hear(self.now, wire);
                }
            }
            for (slot, ear) in self.ears.range_mut((*listener, 0)..=(*listener, u16::MAX)) {
                let numbers = ear.misses(self.now);
                if !numbers.is_empty() {
                    let ask = Asked { slot: slot.1, numbers };
                    line.up.handle_input(NetIn::Packet(now, ask));
                }
            }
            line.up.handle_input(NetIn::Timeout(now));
            while let Some(NetOut::Packet(ask)) = line.up.poll_output() {
                asked.push((*listener, ask));
            }
        }
        for (listener, Asked { slot, numbers }) in asked {
            let Some(track) = self.ears.get(&(listener, slot)).map(|ear| ear.track) else {
                continue;
            };
            self.feed(Input::Lost { room: ROOM, track, listener, numbers: &numbers });
        }
    }

    fn feed(&mut self, input: Input<'_>) {
        let mut out = Vec::new();
        self.sfu.handle(self.now, input, &mut out);
        for output in out {
            match output {
                Output::Forward(forward) | Output::Resend(forward) => self.send(forward),
                Output::RequestKeyframe { track, layer } => {
                    self.encoders.get_mut(&(track, layer)).expect("published").key_due = true;
                }
                Output::Report { .. } | Output::Dropped { .. } => {}
            }
        }
    }

    fn send(&mut self, forward: Forward) {
        let piece = self.pieces[&forward.source];
        let now = self.epoch + Duration::from_millis(self.now.0);
        let line = self.lines.get_mut(&forward.listener).expect("a listener has a line");
        line.down.handle_input(NetIn::Packet(now, Wire { forward, piece }));
    }
}

impl Line {
    fn new(seed: u64, delay_ms: u64, loss_percent: f32) -> Self {
        let config = NetemConfig::new()
            .latency(Duration::from_millis(delay_ms))
            .jitter(Duration::from_millis(15))
            .loss(RandomLoss::new(Probability::new(loss_percent / 100.0)))
            .duplicate(Probability::new(0.01));
        Self { down: Netem::new(config.seed(seed)), up: Netem::new(config.seed(!seed)) }
    }
}

fn camera(publisher: u32) -> TrackId {
    TrackId(publisher * 2)
}

fn voice(publisher: u32) -> TrackId {
    TrackId(publisher * 2 + 1)
}

#[expect(clippy::disallowed_methods, reason = "an opaque origin: only differences are used")]
fn epoch() -> Instant {
    Instant::now()
}

/// SplitMix64: chances that follow from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % bound
    }
}
