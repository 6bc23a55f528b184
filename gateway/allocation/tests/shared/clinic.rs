//! The clinic: its devices, what they are sent, and what they tell.

use std::collections::VecDeque;

use allocation::{Allocator, Budget, Grant, Part, Purpose, Wish};
use estimate::{EstimateState, Estimator, Fate, PathId, Start};
use line::{Line, Shape};
use media::{ListenerId, Ms, Target, TrackId};

const STEP_US: u64 = 5_000;
const FRAME_US: u64 = 50_000;
const VOICE_US: u64 = 20_000;
const VOICE_BYTES: u32 = 100;
const PACKET_BYTES: u32 = 1_150;
const PADDING_BYTES: u32 = 300;
const FEEDBACK_US: u64 = 60_000;
/// A keyframe is so many times as large as other frames.
const KEYFRAME: u32 = 6;
/// A packet that waited longer than this in the pacer is not sent any more.
const LATE_US: u64 = 500_000;
/// Figures of a class count from here on.
const WARM_US: u64 = 20_000_000;

/// A track: what it is for, and what each of its parts takes, by size and frame rate.
type Track = (TrackId, Purpose, &'static [(u8, u8, u64)]);

/// The voice, who speaks, and somebody else.
const CLASS: &[Track] = &[
    (TrackId(1), Purpose::Sound, &[(0, 0, 40_000)]),
    (TrackId(2), Purpose::Speaker, &[(0, 0, 120_000), (1, 0, 350_000), (2, 0, 900_000)]),
    (TrackId(3), Purpose::Picture, &[(0, 0, 120_000), (1, 0, 350_000), (2, 0, 900_000)]),
];
/// A voice and a face, as a browser sends them: a small size in three frame rates, and a large one.
const CALL: &[Track] = &[
    (TrackId(1), Purpose::Sound, &[(0, 0, 43_000)]),
    (
        TrackId(2),
        Purpose::Speaker,
        &[(0, 0, 104_000), (0, 1, 178_000), (1, 0, 900_000), (1, 1, 1_600_000)],
    ),
];

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    pub(crate) sound_lost: f64,
    pub(crate) sound_waits_p95_ms: u64,
    /// Bits of pictures that each listener got, a second.
    pub(crate) picture_bits: Vec<f64>,
    /// The part of the time in which a listener had some picture of who speaks.
    pub(crate) pictures_shown: f64,
    pub(crate) switches_a_minute: usize,
    /// When packets of pictures came.
    pub(crate) pictures_came_us: Vec<u64>,
    /// What the line was thought to carry, each 100 ms.
    pub(crate) estimates: Vec<estimate::Estimate>,
}

#[derive(Clone, Copy, Debug)]
struct Packet {
    listener: usize,
    number: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sound,
    Picture,
    Padding,
}

/// What a device's feedback says: the first number, and the fates from there on.
type Told = (usize, Vec<Fate>);

#[derive(Debug, Default)]
struct Device {
    sent: Vec<Fate>,
    highest: Option<usize>,
    told: usize,
    granted: Vec<Option<Target>>,
    switched_us: Vec<Vec<u64>>,
    picture_bytes: u64,
    shown: u64,
}

pub(crate) struct Clinic {
    tracks: &'static [Track],
    /// Figures count from here on.
    warm_us: u64,
    estimates: Vec<estimate::Estimate>,
    down: Line<Packet>,
    up: Line<(usize, Told)>,
    devices: Vec<Device>,
    estimator: Estimator,
    allocator: Allocator,
    /// Pictures that wait: since when, for whom, how large.
    pacer: VecDeque<(u64, usize, u32)>,
    credit: f64,
    padding: f64,
    left_bytes: f64,
    sound: (u64, u64),
    waits_ms: Vec<u64>,
    pictures_came_us: Vec<u64>,
    rounds: u64,
}

impl Clinic {
    pub(crate) fn new(listeners: usize, shape: &str, seed: u64) -> Self {
        Self::of(CLASS, WARM_US, listeners, shape, seed)
    }

    /// A listener of one voice and one face, counted from `warm_us` on.
    pub(crate) fn call(warm_us: u64, shape: &str, seed: u64) -> Self {
        Self::of(CALL, warm_us, 1, shape, seed)
    }

    fn of(
        tracks: &'static [Track],
        warm_us: u64,
        listeners: usize,
        shape: &str,
        seed: u64,
    ) -> Self {
        let shape: Shape = shape.parse().expect("a shape");
        let back = Shape { delay_us: shape.delay_us, ..Shape::default() };
        Self {
            down: Line::new(shape, seed),
            up: Line::new(back, seed ^ 1),
            tracks,
            warm_us,
            estimates: Vec::new(),
            devices: (0..listeners)
                .map(|_| Device {
                    granted: vec![None; tracks.len()],
                    switched_us: vec![Vec::new(); tracks.len()],
                    ..Device::default()
                })
                .collect(),
            estimator: Estimator::new(0, Start::Unknown),
            allocator: Allocator::new(),
            pacer: VecDeque::new(),
            credit: 0.0,
            padding: 0.0,
            left_bytes: 0.0,
            sound: (0, 0),
            waits_ms: Vec::new(),
            pictures_came_us: Vec::new(),
            rounds: 0,
        }
    }

    pub(crate) fn run(mut self, seconds: u64) -> Figures {
        let end_us = seconds * 1_000_000;
        for now_us in (0..end_us).step_by(STEP_US as usize) {
            self.receive(now_us);
            if now_us.is_multiple_of(50_000) {
                self.estimator.tick(now_us);
            }
            if now_us.is_multiple_of(100_000) {
                self.divide(now_us);
            }
            self.send(now_us);
            self.tell(now_us);
        }
        self.figures(end_us)
    }

    fn leave(&mut self, now_us: u64, listener: usize, bytes: u32, kind: Kind) {
        let device = &mut self.devices[listener];
        let number = device.sent.len();
        device.sent.push(Fate { sent_us: now_us, bytes, arrived_us: None });
        self.estimator.sent(now_us, PathId(listener as u32), bytes);
        self.down.send(now_us, listener as u32, bytes, Packet { listener, number, kind });
        if kind != Kind::Padding {
            self.left_bytes += f64::from(bytes);
        }
        if kind == Kind::Sound && now_us >= self.warm_us {
            self.sound.0 += 1;
        }
    }

    fn receive(&mut self, now_us: u64) {
        while let Some(came) = self.down.take(now_us) {
            let Packet { listener, number, kind } = came.payload;
            let device = &mut self.devices[listener];
            // Its clock is another one.
            device.sent[number].arrived_us = Some(came.at_us + 3_000_000 * (1 + listener as u64));
            device.highest = device.highest.max(Some(number));
            if came.sent_us < self.warm_us || kind == Kind::Padding {
                continue;
            }
            if kind == Kind::Sound {
                self.sound.1 += 1;
                self.waits_ms.push(came.queued_us / 1_000);
            } else {
                device.picture_bytes += u64::from(came.bytes);
                self.pictures_came_us.push(now_us);
            }
        }
        while let Some(came) = self.up.take(now_us) {
            let (listener, (_, fates)) = came.payload;
            self.estimator.feedback(now_us, PathId(listener as u32), &fates);
        }
    }

    fn tell(&mut self, now_us: u64) {
        for (listener, device) in self.devices.iter_mut().enumerate() {
            let due = (now_us + 7_000 * listener as u64) / STEP_US * STEP_US;
            let Some(highest) = device.highest.filter(|_| due.is_multiple_of(FEEDBACK_US)) else {
                continue;
            };
            if device.told <= highest {
                let fates = device.sent[device.told..=highest].to_vec();
                self.up.send(now_us, listener as u32, 100, (listener, (device.told, fates)));
                device.told = highest + 1;
            }
        }
    }

    fn divide(&mut self, now_us: u64) {
        let parts: Vec<Vec<Part>> =
            self.tracks.iter().map(|(_, _, rates)| measured(rates)).collect();
        let wish = |listener: usize, place: usize| {
            let (track, purpose, _) = self.tracks[place];
            let (listener, parts) = (ListenerId(listener as u32), parts[place].as_slice());
            Wish { listener, track, purpose, priority: 0, parts, top: Some(Target::ALL) }
        };
        let wishes: Vec<Wish<'_>> = (0..self.devices.len())
            .flat_map(|listener| (0..self.tracks.len()).map(move |place| (listener, place)))
            .map(|(listener, place)| wish(listener, place))
            .collect();
        let estimate = self.estimator.estimate();
        self.estimates.push(estimate);
        let bits_per_second = estimate.bits_per_second;
        let repair_bits_per_second = bits_per_second / 256 * u64::from(estimate.lost_256);
        let rising = estimate.state == EstimateState::Starting;
        // As the gateway has it: above that figure a line that still rises is trusted as well.
        let settled = !rising || bits_per_second > 240_000;
        let away = estimate.state == EstimateState::Silent;
        let budget = Budget { bits_per_second, repair_bits_per_second, settled, rising, away };
        let mut grants: Vec<Grant> = Vec::new();
        self.allocator.allocate(Ms(now_us / 1_000), budget, &wishes, &mut grants);
        let warm = now_us >= self.warm_us;
        self.rounds += u64::from(warm);
        for (place, grant) in grants.iter().enumerate() {
            let count = self.tracks.len();
            let (listener, track) = (place / count, place % count);
            let device = &mut self.devices[listener];
            if device.granted[track] != grant.allow && warm {
                device.switched_us[track].push(now_us);
            }
            device.shown += u64::from(warm && track == 1 && grant.allow.is_some());
            if track > 0 && grant.allow.is_some() && device.granted[track] != grant.allow {
                let frame = frame_bytes(self.tracks, track, grant.allow);
                self.pacer.extend(packets(frame * KEYFRAME).map(|it| (now_us, listener, it)));
            }
            device.granted[track] = grant.allow;
        }
    }

    fn send(&mut self, now_us: u64) {
        for listener in 0..self.devices.len() {
            if (now_us + STEP_US * listener as u64).is_multiple_of(VOICE_US) {
                self.leave(now_us, listener, VOICE_BYTES, Kind::Sound);
            }
            if (now_us + STEP_US * listener as u64).is_multiple_of(FRAME_US) {
                for track in 1..self.tracks.len() {
                    let granted = self.devices[listener].granted[track];
                    let frame = frame_bytes(self.tracks, track, granted);
                    self.pacer.extend(packets(frame).map(|it| (now_us, listener, it)));
                }
            }
        }
        let demand = self.allocator.demand();
        let wanted = if demand.next.is_some() { demand.whole + demand.whole / 8 } else { 0 };
        let probe = self.estimator.probe_bits_per_second(now_us, wanted);
        let rate = self.estimator.pacing_bits_per_second(now_us).max(probe) as f64 / 8e6;
        self.credit = (self.credit + rate * STEP_US as f64).min(rate * 20_000.0);
        self.pacer.retain(|(since_us, ..)| now_us - since_us <= LATE_US);
        while let Some((_, listener, bytes)) = self.pacer.front().copied() {
            if self.credit < 0.0 {
                break;
            }
            self.pacer.pop_front();
            self.credit -= f64::from(bytes);
            self.leave(now_us, listener, bytes, Kind::Picture);
        }
        // Padding up to the rate that is probed, voices taken off.
        self.padding += probe as f64 / 8e6 * STEP_US as f64;
        self.padding =
            if probe == 0 { 0.0 } else { (self.padding - self.left_bytes).min(20_000.0) };
        while self.padding > f64::from(PADDING_BYTES) && self.pacer.is_empty() {
            self.padding -= f64::from(PADDING_BYTES);
            let turn = self.devices[0].sent.len() % self.devices.len();
            self.leave(now_us, turn, PADDING_BYTES, Kind::Padding);
        }
        self.left_bytes = 0.0;
    }

    fn figures(mut self, end_us: u64) -> Figures {
        let seconds = (end_us - self.warm_us) as f64 / 1e6;
        self.waits_ms.sort_unstable();
        let minute = |times: &Vec<u64>| {
            let within = |from: &u64| {
                times.iter().filter(|it| (*from..from + 60_000_000).contains(*it)).count()
            };
            times.iter().map(within).max().unwrap_or(0)
        };
        let each = self.devices.iter().flat_map(|it| &it.switched_us).map(minute);
        let switches_a_minute = each.max().unwrap_or(0);
        let bits = |it: &Device| it.picture_bytes as f64 * 8.0 / seconds;
        let shown: u64 = self.devices.iter().map(|it| it.shown).sum();
        let (sent, came) = self.sound;
        Figures {
            sound_lost: sent.saturating_sub(came) as f64 / sent.max(1) as f64,
            sound_waits_p95_ms: self.waits_ms[self.waits_ms.len() * 95 / 100],
            picture_bits: self.devices.iter().map(bits).collect(),
            pictures_shown: shown as f64 / (self.rounds * self.devices.len() as u64) as f64,
            switches_a_minute,
            pictures_came_us: self.pictures_came_us,
            estimates: self.estimates,
        }
    }
}

fn measured(rates: &[(u8, u8, u64)]) -> Vec<Part> {
    let part = |(spatial, temporal, rate): &(u8, u8, u64)| Part {
        target: Target { spatial: *spatial, temporal: *temporal },
        bits_per_second: *rate,
        silent: false,
    };
    rates.iter().map(part).collect()
}

fn frame_bytes(tracks: &[Track], track: usize, granted: Option<Target>) -> u32 {
    let parts = tracks[track].2.iter().rev();
    let mut fits =
        parts.filter(|it| granted.is_some_and(|top| (it.0, it.1) <= (top.spatial, top.temporal)));
    fits.next().map_or(0, |it| (it.2 * FRAME_US / 8_000_000) as u32)
}

/// A frame in packets.
fn packets(bytes: u32) -> impl Iterator<Item = u32> {
    let whole = bytes / PACKET_BYTES;
    let rest = bytes % PACKET_BYTES;
    (0..whole).map(|_| PACKET_BYTES).chain((rest > 0).then_some(rest))
}
