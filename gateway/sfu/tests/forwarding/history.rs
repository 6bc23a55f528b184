//! A camera whose whole life is a list of chances: what it sends, what its line does to it, and who
//! comes and goes meanwhile. The books kept here say what each packet truly was.

use std::collections::{BTreeMap, BTreeSet};

use media::{Layer, MediaKind, Ms, Packet, Picture, RtpTime, Target, Temporal};
use proptest::prelude::{Strategy, any, prop_oneof};
use sfu::{Cut, Forward, Input, KEYFRAME_GAP_MS, ListenerId, Output, Source};

use crate::stage::{CAMERA, ROOM, Stage};

pub(crate) const LAYERS: u8 = 3;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// A frame of up to four packets on each layer whose bit is set.
    Frame {
        layers: u8,
        packets: u8,
        key: bool,
    },
    /// Padding on a layer.
    Pad(u8),
    /// Silence.
    Wait(u16),
    /// The numbers of a layer begin anew far away.
    Jump(u8),
    /// The track is published again, its numbers beginning anywhere.
    Republish(u16),
    /// The publisher reports on a layer's clock, wrong by so many milliseconds.
    Report(u8, u16),
    Join(u8),
    Leave(u8),
    /// What a listener's client asks for.
    Want(u8, Option<Target>),
    /// What its line carries.
    Allow(u8, Option<Target>),
    Stuck(u8),
    /// A listener misses the number that lies so far back.
    Misses(u8, u8),
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let layer = 0..LAYERS;
    let who = 0..4_u8;
    prop_oneof![
        20 => (1..8_u8, 1..5_u8, any::<u8>())
            .prop_map(|(layers, packets, key)| Step::Frame { layers, packets, key: key < 16 }),
        2 => layer.clone().prop_map(Step::Pad),
        1 => (0..4_000_u16).prop_map(Step::Wait),
        1 => layer.clone().prop_map(Step::Jump),
        2 => (layer, prop_oneof![0..1_u16, any::<u16>()])
            .prop_map(|(layer, wrong)| Step::Report(layer, wrong)),
        1 => any::<u16>().prop_map(Step::Republish),
        2 => who.clone().prop_map(Step::Join),
        1 => who.clone().prop_map(Step::Leave),
        2 => (who.clone(), top()).prop_map(|(who, top)| Step::Want(who, top)),
        2 => (who.clone(), top()).prop_map(|(who, top)| Step::Allow(who, top)),
        1 => who.clone().prop_map(Step::Stuck),
        2 => (who, any::<u8>()).prop_map(|(who, back)| Step::Misses(who, back)),
    ]
}

/// A limit on one of the levers.
fn top() -> impl Strategy<Value = Option<Target>> {
    let target = (0..5_u8, 0..4_u8).prop_map(|(spatial, temporal)| Target { spatial, temporal });
    proptest::option::weighted(0.8, target)
}

/// What the line does to a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    Arrives,
    Lost,
    Twice,
    /// Comes after so many others.
    Late(u8),
}

pub(crate) fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        12 => proptest::strategy::Just(Fate::Arrives),
        1 => proptest::strategy::Just(Fate::Lost),
        1 => proptest::strategy::Just(Fate::Twice),
        2 => (1..40_u8).prop_map(Fate::Late),
    ]
}

/// What a listener got, beside what it was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Got {
    pub(crate) forward: Forward,
    pub(crate) truth: Packet,
    /// The count of its picture.
    pub(crate) shown: u64,
    /// The picture as the listener sees it.
    pub(crate) picture: Picture,
    /// It was filmed before the listener came in.
    pub(crate) past: bool,
}

/// Temporal layers of a period of pictures as libvpx makes them.
const PERIOD: [u8; 8] = [0, 2, 1, 2, 0, 2, 1, 2];

#[derive(Clone, Copy, Debug)]
struct Encoder {
    seq: u64,
    picture: Picture,
    clock: u32,
    key_due: bool,
    /// The place of the next picture in its period.
    phase: usize,
    /// The last picture of each temporal layer since the period began.
    last: [Option<u64>; 3],
    /// The count of the last picture.
    pictures: u64,
}

impl Encoder {
    /// The next picture: its layer, and the counts of those that it is decoded from.
    fn next(&mut self, key: bool) -> (Temporal, Vec<u64>) {
        if key {
            (self.phase, self.last) = (0, [None; 3]);
        }
        let layer = PERIOD[self.phase % PERIOD.len()];
        let needs = match (layer, self.phase % PERIOD.len()) {
            (0, _) => vec![self.last[0]],
            // The first ones of a period are decoded from layer 0 alone.
            (_, 1 | 2) => vec![self.last[0]],
            (1, _) => vec![self.last[0], self.last[1]],
            _ => self.last.to_vec(),
        };
        let sync = matches!(self.phase % PERIOD.len(), 1 | 2);
        self.pictures += 1;
        self.last[usize::from(layer)] = Some(self.pictures);
        self.phase += 1;
        let Picture { id, tl0, frame } = self.picture.next();
        self.picture = Picture { id, tl0: if layer == 0 { tl0 } else { self.picture.tl0 }, frame };
        (Temporal { layer, sync }, needs.into_iter().flatten().collect())
    }
}

/// A picture as it truly was.
#[derive(Debug, Default)]
pub(crate) struct Filmed {
    /// Counts of the pictures of its layer that it is decoded from.
    pub(crate) needs: Vec<u64>,
    /// Whether every packet of it came, in time.
    pub(crate) whole: bool,
}

/// What may be sent to a listener.
#[derive(Clone, Copy, Debug)]
struct Levers {
    want: Option<Target>,
    allow: Option<Target>,
    /// A keyframe of a layer within both has come since they were pulled.
    settled: bool,
}

impl Levers {
    const OPEN: Self = Self { want: Some(Target::ALL), allow: Some(Target::ALL), settled: true };

    fn top(self) -> Option<Target> {
        Some(self.want?.within(self.allow?))
    }
}

#[derive(Debug)]
pub(crate) struct World {
    stage: Stage,
    fates: Vec<Fate>,
    fated: usize,
    encoders: [Encoder; LAYERS as usize],
    under_way: Vec<(u8, Packet)>,
    /// Each packet, when it was filmed, and the count of its picture.
    truth: BTreeMap<(u8, u64), (Packet, Ms, u64)>,
    /// Every picture by layer and count.
    pub(crate) pictures: BTreeMap<(u8, u64), Filmed>,
    levers: BTreeMap<ListenerId, Levers>,
    /// Layers whose numbers began anew and of which nothing has come since.
    jumped: BTreeSet<u8>,
    /// When each listener began with a keyframe of the past.
    entered: BTreeMap<ListenerId, Ms>,
    heard: BTreeMap<ListenerId, Vec<Got>>,
    /// The streams of all who heard the camera, each from a join to a leave.
    pub(crate) streams: Vec<Vec<Got>>,
    asked: BTreeMap<Layer, Ms>,
}

impl World {
    /// Plays `steps` over a line that does `fates` to its packets, again and again.
    pub(crate) fn play(steps: &[Step], fates: Vec<Fate>) -> Self {
        let encoder = |layer: u64| Encoder {
            seq: 65_000 + layer * 300,
            picture: Picture { id: 0x7ff0 + layer as u16, tl0: 250, frame: 65_530 },
            clock: u32::MAX - 100_000 * layer as u32,
            key_due: true,
            phase: 0,
            last: [None; 3],
            pictures: 0,
        };
        let mut world = Self {
            stage: Stage::open(LAYERS),
            fates,
            fated: 0,
            encoders: [0, 1, 2].map(encoder),
            under_way: Vec::new(),
            truth: BTreeMap::new(),
            pictures: BTreeMap::new(),
            levers: BTreeMap::new(),
            jumped: BTreeSet::new(),
            entered: BTreeMap::new(),
            heard: BTreeMap::new(),
            streams: Vec::new(),
            asked: BTreeMap::new(),
        };
        steps.iter().for_each(|step| world.take(*step));
        world.streams.extend(std::mem::take(&mut world.heard).into_values());
        world
    }

    fn take(&mut self, step: Step) {
        let listener = |who: u8| ListenerId(u32::from(who));
        match step {
            Step::Frame { layers, packets, key } => self.film(layers, packets, key),
            Step::Pad(layer) => {
                let packet = self.packet(layer, false, None, 0);
                self.arrive(&[packet]);
            }
            Step::Wait(ms) => self.stage.now = self.stage.now + u64::from(ms),
            Step::Jump(layer) => {
                let encoder = &mut self.encoders[usize::from(layer)];
                encoder.seq = encoder.seq.wrapping_mul(31) % (1 << 40) + 100_000;
                self.under_way.retain(|(_, packet)| packet.layer.0 != layer);
                self.jumped.insert(layer);
            }
            Step::Republish(seq) => {
                self.encoders.iter_mut().for_each(|it| it.seq = u64::from(seq));
                self.under_way.clear();
                self.asked.clear();
                self.stage.publish(CAMERA, MediaKind::Video, LAYERS);
            }
            Step::Report(layer, wrong) => self.report(layer, wrong),
            Step::Join(who) => {
                self.levers.entry(listener(who)).or_insert(Levers::OPEN);
                let out = self.stage.subscribe(listener(who), CAMERA);
                self.stage.received(listener(who), CAMERA);
                self.enter(&out);
            }
            Step::Leave(who) => {
                let listener = listener(who);
                self.stage.handle(Input::Unsubscribe { room: ROOM, track: CAMERA, listener });
                self.streams.extend(self.heard.remove(&listener));
                self.levers.remove(&listener);
            }
            Step::Want(who, top) => self.pull(listener(who), |it| it.want = top),
            Step::Allow(who, top) => self.pull(listener(who), |it| it.allow = top),
            Step::Stuck(who) => {
                let out = self.stage.wants_keyframe(listener(who));
                self.book(&out);
            }
            Step::Misses(who, back) => self.miss(listener(who), u64::from(back)),
        }
        let out = self.stage.tick();
        self.book(&out);
    }

    /// Pulls a lever of a listener.
    fn pull(&mut self, listener: ListenerId, lever: impl Fn(&mut Levers)) {
        let Some(levers) = self.levers.get_mut(&listener) else { return };
        let before = *levers;
        lever(levers);
        levers.settled = false;
        let Levers { want, allow, .. } = *levers;
        let (room, track) = (ROOM, CAMERA);
        let input = match before.want == want {
            true => Input::Allow { room, track, listener, top: allow },
            false => Input::Want { room, track, listener, top: want },
        };
        let out = self.stage.handle(input);
        self.enter(&out);
    }

    fn report(&mut self, layer: u8, wrong: u16) {
        let now = self.stage.now.0;
        let ntp = ((now + u64::from(wrong)) << 32) / 1_000;
        let clock = self.encoders[usize::from(layer)].clock;
        let time = RtpTime((now as u32).wrapping_mul(90)).plus(clock);
        let layer = Layer(layer);
        self.stage.handle(Input::SenderReport { room: ROOM, track: CAMERA, layer, ntp, time });
    }

    fn film(&mut self, layers: u8, packets: u8, key: bool) {
        self.stage.now = self.stage.now + 40;
        let mut burst = Vec::new();
        for layer in (0..LAYERS).filter(|layer| layers & 1 << layer != 0) {
            let encoder = &mut self.encoders[usize::from(layer)];
            let key = std::mem::take(&mut encoder.key_due) || key;
            let (temporal, needs) = encoder.next(key);
            // The largest layer says nothing of its temporal layers.
            let temporal = (layer < 2).then_some(temporal);
            self.pictures.insert((layer, encoder.pictures), Filmed { needs, whole: true });
            let packet = |place| self.packet(layer, key && place == 0, temporal, 900);
            burst.extend((0..packets).map(packet));
        }
        self.arrive(&burst);
    }

    fn packet(
        &mut self,
        layer: u8,
        keyframe: bool,
        temporal: Option<Temporal>,
        bytes: u16,
    ) -> Packet {
        let now = self.stage.now.0 as u32;
        let encoder = &mut self.encoders[usize::from(layer)];
        encoder.seq += 1;
        let Encoder { seq, picture, clock, pictures, .. } = *encoder;
        let time = RtpTime(now.wrapping_mul(90)).plus(clock);
        let packet = Packet {
            seq,
            time,
            layer: Layer(layer),
            keyframe,
            picture,
            frame: None,
            temporal,
            bytes,
        };
        self.truth.insert((layer, seq), (packet, self.stage.now, pictures));
        packet
    }

    /// The line gives `burst` its fate, and brings what is due from earlier ones.
    fn arrive(&mut self, burst: &[Packet]) {
        let mut arrived = Vec::new();
        for packet in burst {
            let fate = self.fates.get(self.fated).copied().unwrap_or(Fate::Arrives);
            self.fated = (self.fated + 1) % self.fates.len().max(1);
            if !matches!(fate, Fate::Arrives | Fate::Twice) {
                self.breaks(packet);
            }
            match fate {
                Fate::Arrives => arrived.push(*packet),
                Fate::Lost => {}
                Fate::Twice => arrived.extend([*packet; 2]),
                Fate::Late(after) => self.under_way.push((after, *packet)),
            }
            self.under_way.iter_mut().for_each(|(after, _)| *after -= 1);
            arrived.extend(self.under_way.extract_if(.., |it| it.0 == 0).map(|it| it.1));
        }
        for packet in &arrived {
            // A number out of reach has no place before a second one confirms it.
            if self.jumped.remove(&packet.layer.0) {
                self.breaks(packet);
            }
        }
        let out = self.stage.films(&arrived);
        self.book(&out);
        let keys: Vec<u8> = arrived.iter().filter(|it| it.keyframe).map(|it| it.layer.0).collect();
        for levers in self.levers.values_mut() {
            levers.settled |=
                levers.top().is_some_and(|top| keys.iter().any(|it| *it <= top.spatial));
        }
    }

    /// The picture of a packet does not come whole.
    fn breaks(&mut self, packet: &Packet) {
        let layer = packet.layer.0;
        let (.., picture) = self.truth[&(layer, packet.seq)];
        self.pictures.get_mut(&(layer, picture)).into_iter().for_each(|it| it.whole = false);
    }

    /// A packet goes out within what its listener is allowed: smooth at once, large from the next keyframe on of a
    /// layer that is allowed.
    fn hold_levers(&self, forward: &Forward, truth: &Packet) {
        let levers = self.levers[&forward.listener];
        let (Some(top), Some(allow)) = (levers.top(), levers.allow) else {
            panic!("{forward:?} is sent where nothing is allowed: {levers:?}")
        };
        let smooth = truth.temporal.is_none_or(|it| it.layer <= top.temporal);
        let large = truth.layer.0 > allow.spatial && levers.settled;
        assert!(forward.cut == Cut::Filler || smooth && !large, "{forward:?} under {levers:?}");
    }

    fn miss(&mut self, listener: ListenerId, back: u64) {
        let Some(sent) = self.heard.get(&listener) else { return };
        let Some(last) = sent.iter().map(|it| it.forward.number).max() else { return };
        let number = last - back.min(last);
        let had: Vec<_> = sent.iter().filter(|it| it.forward.number == number).collect();
        let resent = crate::stage::resends(&self.stage.misses(listener, &[number as u16]));
        let had: Vec<_> = had.iter().map(|it| it.forward).collect();
        assert_eq!(resent, had, "a number is sent again as it was sent");
    }

    fn enter(&mut self, out: &[Output]) {
        let now = self.stage.now;
        self.entered.extend(crate::stage::forwards(out).iter().map(|it| (it.listener, now)));
        self.book(out);
    }

    fn book(&mut self, out: &[Output]) {
        for output in out {
            match *output {
                Output::Forward(forward) => {
                    let Source { layer, seq, .. } = forward.source;
                    let (truth, filmed, shown) = self.truth[&(layer.0, seq)];
                    if self.fates.is_empty() {
                        self.hold_levers(&forward, &truth);
                    }
                    let picture = truth.picture.ahead_of(forward.picture);
                    let past = self.entered.get(&forward.listener).is_some_and(|it| filmed < *it);
                    let got = Got { forward, truth, shown, picture, past };
                    self.heard.entry(forward.listener).or_default().push(got);
                }
                Output::RequestKeyframe { layer, .. } => {
                    let now = self.stage.now;
                    let before = self.asked.insert(layer, now);
                    let paced = before.is_none_or(|before| now.since(before) >= KEYFRAME_GAP_MS);
                    assert!(paced, "{layer:?} was asked at {before:?} and at {now:?}");
                    self.encoders[usize::from(layer.0)].key_due = true;
                }
                Output::Resend(_) | Output::Report { .. } | Output::Dropped { .. } => {}
            }
        }
    }
}

/// No number twice; the same stream put in the order of its numbers.
pub(crate) fn in_order(stream: &[Got]) -> Vec<Got> {
    let numbers: BTreeSet<_> = stream.iter().map(|it| it.forward.number).collect();
    assert_eq!(numbers.len(), stream.len(), "a number came twice");
    let mut stream = stream.to_vec();
    stream.sort_by_key(|it| it.forward.number);
    stream
}
