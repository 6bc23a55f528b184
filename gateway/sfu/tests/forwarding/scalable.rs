//! Scalable streams: a publisher with layers within one stream, whose packets are lost, come late and
//! twice, and a listener whose wishes change. Its decoder is modelled from the frame dependencies.

use std::collections::{BTreeMap, BTreeSet};

use media::{Frame, Layer, MediaKind, NEEDS_MAX, Packet, Picture, RtpTime, Target, Targets};
use proptest::prelude::*;
use sfu::{Cut, Forward, Input, Output};

use crate::history::{Fate, fate};
use crate::stage::{CAMERA, PUPIL, ROOM, Stage, forwards, resends};

/// How frames of a stream depend on each other; 4 pictures are a period: T0 T2 T1 T2.
#[derive(Clone, Copy, Debug)]
enum Mode {
    /// Spatial layers meet at key pictures only (L3T3_KEY).
    Key,
    /// Every picture is predicted from its smaller one (L3T3).
    Full,
}

const SPATIAL: u8 = 3;
const TEMPORAL: [u8; 4] = [0, 2, 1, 2];

fn targets(says: impl Fn(Target) -> bool) -> Targets {
    let mut chosen = Targets::default();
    for (spatial, temporal) in (0..SPATIAL).flat_map(|it| (0..3).map(move |t| (it, t))) {
        let target = Target { spatial, temporal };
        if says(target) {
            chosen.insert(target);
        }
    }
    chosen
}

/// The frame of layer `spatial` in picture `phase` of a period; `key` if all is new. Frames are
/// numbered through, so that one layer's last picture is three frames back.
fn frame(mode: Mode, number: u16, spatial: u8, phase: usize, key: bool, active: u8) -> Frame {
    let temporal = if key { 0 } else { TEMPORAL[phase] };
    let made = u16::from(active);
    let mut needs = vec![];
    if !key {
        let pictures_back = match temporal {
            0 => 4,
            1 => 2,
            _ => 1,
        };
        needs.push(made * pictures_back);
    }
    if spatial > 0 && (key || matches!(mode, Mode::Full)) {
        needs.push(1);
    }
    let mut all = [0; NEEDS_MAX];
    all.iter_mut().zip(needs).for_each(|(place, need)| *place = need);
    let inside = |it: Target| {
        let tall = match mode {
            Mode::Key if !key => it.spatial == spatial,
            _ => it.spatial >= spatial,
        };
        tall && it.temporal >= temporal
    };
    let switch = |it: Target| inside(it) && temporal == 0 && (key || it.spatial == spatial);
    Frame {
        number,
        begins: true,
        ends: true,
        spatial,
        within: targets(inside),
        switches: targets(switch),
        active: targets(|it| it.spatial < active),
        needs: all,
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// The next picture, of so many packets a frame.
    Picture {
        packets: u8,
    },
    /// A key picture with so many spatial layers from here on.
    Key {
        layers: u8,
    },
    /// The listener wants no spatial layer above this one, or nothing.
    Want(Option<u8>),
    /// The listener's line carries no more than this, or nothing.
    Allow(Option<Target>),
    /// The numbers of packets and frames begin anew.
    Restart(u64, u16),
    Wait(u16),
    Misses(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        30 => (1..4_u8).prop_map(|packets| Step::Picture { packets }),
        1 => (1..=SPATIAL).prop_map(|layers| Step::Key { layers }),
        3 => proptest::option::weighted(0.9, 0..4_u8).prop_map(Step::Want),
        3 => proptest::option::weighted(0.9, (0..4_u8, 0..4_u8))
            .prop_map(|top| Step::Allow(top.map(|it| Target { spatial: it.0, temporal: it.1 }))),
        1 => (0..1_u64 << 40, any::<u16>()).prop_map(|(seq, frame)| Step::Restart(seq, frame)),
        1 => (0..1_500_u16).prop_map(Step::Wait),
        2 => any::<u8>().prop_map(Step::Misses),
    ]
}

/// A packet as it truly was; frames have a count that never begins anew.
#[derive(Clone, Copy, Debug)]
struct Truth {
    packet: Packet,
    frame: u64,
    /// Counts of the frames that it is decoded from.
    needs: [u64; NEEDS_MAX],
}

struct World {
    stage: Stage,
    mode: Mode,
    fates: Vec<Fate>,
    fated: usize,
    seq: u64,
    number: u16,
    frames: u64,
    pictures: u64,
    phase: usize,
    active: u8,
    key_due: bool,
    /// The best temporal layer that the line carries.
    smooth: u8,
    truth: BTreeMap<u64, Truth>,
    late: Vec<(u8, Packet)>,
    lost: BTreeSet<u64>,
    heard: Vec<(Forward, Truth)>,
}

impl World {
    fn play(mode: Mode, steps: &[Step], fates: Vec<Fate>) -> Self {
        let mut world = Self {
            stage: Stage::open(1),
            mode,
            fates,
            fated: 0,
            seq: 65_000,
            number: 65_500,
            frames: 0,
            pictures: 0,
            phase: 0,
            active: SPATIAL,
            key_due: true,
            smooth: u8::MAX,
            truth: BTreeMap::new(),
            late: vec![],
            lost: BTreeSet::new(),
            heard: vec![],
        };
        let out = world.stage.subscribe(PUPIL, CAMERA);
        world.stage.received(PUPIL, CAMERA);
        world.book(&out);
        steps.iter().for_each(|step| world.take(*step));
        world
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Picture { packets } => self.film(packets),
            Step::Key { layers } => (self.active, self.key_due) = (layers, true),
            Step::Want(top) => {
                self.pause(top.is_none());
                let out = self.stage.want(PUPIL, top);
                self.book(&out);
            }
            Step::Allow(top) => {
                self.pause(top.is_none());
                self.smooth = top.map_or(u8::MAX, |top| top.temporal);
                let (room, track, listener) = (ROOM, CAMERA, PUPIL);
                let out = self.stage.handle(Input::Allow { room, track, listener, top });
                self.book(&out);
            }
            Step::Restart(seq, number) => {
                (self.seq, self.number, self.key_due) = (seq, number, true);
                // What was still under way never comes.
                self.lost.extend(self.late.drain(..).map(|it| it.1.seq));
                self.stage.publish(CAMERA, MediaKind::Video, 1);
            }
            Step::Wait(ms) => self.stage.now = self.stage.now + u64::from(ms),
            Step::Misses(back) => self.miss(u64::from(back)),
        }
        let out = self.stage.tick();
        self.book(&out);
    }

    fn pause(&mut self, paused: bool) {
        if paused {
            // What is under way now comes when nobody is to have it any more.
            self.lost.extend(self.late.iter().map(|it| it.1.seq));
        }
    }

    fn film(&mut self, packets: u8) {
        self.stage.now = self.stage.now + 40;
        let key = std::mem::take(&mut self.key_due);
        self.phase = if key { 0 } else { (self.phase + 1) % 4 };
        self.pictures += 1;
        let time = RtpTime(self.stage.now.0 as u32 * 90);
        let mut burst = vec![];
        for spatial in 0..self.active {
            let whole = frame(self.mode, self.number, spatial, self.phase, key, self.active);
            self.number = self.number.wrapping_add(1);
            self.frames += 1;
            let needs = whole.needs.map(|it| if it == 0 { 0 } else { self.frames - u64::from(it) });
            for place in 0..packets {
                let (begins, ends) = (place == 0, place + 1 == packets);
                let frame = Frame { begins, ends, ..whole };
                self.seq += 1;
                let keyframe = key && begins && spatial == 0;
                let (seq, layer) = (self.seq, Layer(0));
                let id = (self.pictures & 0x7fff) as u16;
                let picture = Picture { id, tl0: id as u8, frame: whole.number };
                let frame = Some(frame);
                let packet = Packet {
                    seq,
                    time,
                    layer,
                    keyframe,
                    picture,
                    frame,
                    temporal: None,
                    bytes: 900,
                };
                self.truth.insert(seq, Truth { packet, frame: self.frames, needs });
                burst.push(packet);
            }
        }
        self.arrive(&burst);
    }

    fn arrive(&mut self, burst: &[Packet]) {
        let mut arrived = vec![];
        for packet in burst {
            let fate = self.fates.get(self.fated).copied().unwrap_or(Fate::Arrives);
            self.fated = (self.fated + 1) % self.fates.len().max(1);
            match fate {
                Fate::Arrives => arrived.push(*packet),
                Fate::Lost => drop(self.lost.insert(packet.seq)),
                Fate::Twice => arrived.extend([*packet; 2]),
                Fate::Late(after) => self.late.push((after, *packet)),
            }
            self.late.iter_mut().for_each(|(after, _)| *after -= 1);
            arrived.extend(self.late.extract_if(.., |it| it.0 == 0).map(|it| it.1));
        }
        let out = self.stage.films(&arrived);
        self.book(&out);
    }

    fn miss(&mut self, back: u64) {
        let Some(last) = self.heard.iter().map(|it| it.0.number).max() else { return };
        let number = last.saturating_sub(back);
        let had = self.heard.iter().map(|it| it.0).filter(|it| it.number == number);
        let had: Vec<_> = had.collect();
        assert_eq!(resends(&self.stage.misses(PUPIL, &[number as u16])), had, "as it was sent");
    }

    fn book(&mut self, out: &[Output]) {
        for forward in forwards(out) {
            let truth = self.truth[&forward.source.seq];
            let within = truth.packet.frame.and_then(|it| it.within.iter().next());
            let smooth = within.is_some_and(|it| it.temporal <= self.smooth);
            assert!(smooth || !self.fates.is_empty(), "{forward:?} of {within:?}: {}", self.smooth);
            self.heard.push((forward, truth));
        }
        self.key_due |= out.iter().any(|it| matches!(it, Output::RequestKeyframe { .. }));
    }

    fn whole(&self) -> bool {
        self.lost.is_empty() && self.late.is_empty()
    }
}

/// Holds what must hold of everything that the listener got; answers how many frames it can decode.
fn check(world: &World) -> usize {
    let mut got: Vec<_> = world.heard.clone();
    got.sort_by_key(|it| it.0.number);
    let numbers: BTreeSet<u64> = got.iter().map(|it| it.0.number).collect();
    assert_eq!(numbers.len(), got.len(), "a number came twice");
    if world.whole()
        && let (Some(first), Some(last)) = (numbers.first(), numbers.last())
    {
        assert_eq!(last - first + 1, numbers.len() as u64, "a gap: {numbers:?}");
    }
    let (mut decoded, mut pictures) = (BTreeSet::<u64>::new(), BTreeMap::<u32, u8>::new());
    let mut marked = BTreeSet::new();
    let media: Vec<_> = got.iter().filter(|it| it.0.cut != Cut::Filler).collect();
    for pair in media.windows(2) {
        let time = pair[1].0.time.since(pair[0].0.time);
        assert!(time >= 0, "time goes back: {pair:#?}");
        let [a, b] = [pair[0], pair[1]].map(|it| it.1.packet.picture.ahead_of(it.0.picture));
        let step = b.frame.wrapping_sub(a.frame).cast_signed();
        let apart = pair[1].1.frame != pair[0].1.frame;
        assert!(step >= i16::from(apart), "frame numbers stand still: {pair:#?}");
    }
    // What was lost on the publisher's way is the publisher's gap; all else must have been sent.
    let late = world.late.iter().map(|it| it.1.seq);
    let missing = world.lost.iter().copied().chain(late);
    let mut had: BTreeSet<u64> = missing.map(|seq| world.truth[&seq].frame).collect();
    had.extend(media.iter().map(|it| it.1.frame));
    for (forward, truth) in &media {
        let frame = truth.packet.frame.unwrap();
        let needs = truth.needs.iter().filter(|it| **it > 0);
        for need in needs {
            assert!(had.contains(need), "frame {} needs {need}, which was not sent", truth.frame);
        }
        decoded.insert(truth.frame);
        let top = pictures.entry(forward.time.0).or_default();
        *top = frame.spatial.max(*top);
        if forward.cut == Cut::EndsPicture {
            marked.insert((forward.time.0, frame.spatial));
        }
    }
    for (time, spatial) in marked {
        assert_eq!(pictures[&time], spatial, "a picture goes on after its end");
    }
    decoded.len()
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(150)
    })]

    #[test]
    fn nothing_is_sent_that_cannot_be_decoded(
        full: bool, steps in prop::collection::vec(step(), 1..300),
        fates in prop::collection::vec(fate(), 0..40)) {
        let mode = if full { Mode::Full } else { Mode::Key };
        check(&World::play(mode, &steps, fates));
    }

    #[test]
    fn on_a_clean_line_no_number_is_missing(
        full: bool, steps in prop::collection::vec(step(), 1..300)) {
        let mode = if full { Mode::Full } else { Mode::Key };
        let world = World::play(mode, &steps, vec![]);
        let pictures = steps.iter().filter(|it| matches!(it, Step::Picture { .. })).count();
        let stays = steps.iter().all(|it| matches!(it, Step::Picture { .. } | Step::Misses(_)));
        let decoded = check(&world);
        if stays {
            prop_assert!(decoded >= pictures, "{decoded} frames of {pictures} pictures");
        }
    }
}

/// Which spatial layer ends each picture that the listener gets of `pictures`, with a wish before it.
fn ends(mode: Mode, wishes: &[(usize, u8)], pictures: usize) -> (Vec<u8>, usize) {
    let mut world = World::play(mode, &[], vec![]);
    let mut keys = 0;
    for place in 0..pictures {
        for (_, top) in wishes.iter().filter(|it| it.0 == place) {
            world.take(Step::Want(Some(*top)));
        }
        keys += usize::from(world.key_due);
        world.take(Step::Picture { packets: 2 });
    }
    check(&world);
    let mut tops = BTreeMap::<u64, u8>::new();
    for (forward, truth) in &world.heard {
        let top = tops.entry(truth.packet.time.0.into()).or_default();
        *top = truth.packet.frame.unwrap().spatial.max(*top);
        assert_ne!(forward.cut, Cut::Filler);
    }
    (tops.into_values().collect(), keys)
}

#[test]
fn a_full_stream_falls_at_the_next_base_frame_and_climbs_at_a_key_picture() {
    let (tops, keys) = ends(Mode::Full, &[(2, 0), (13, 2)], 17);
    assert_eq!(tops, [2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2]);
    assert_eq!(keys, 2, "one to begin, one to climb");
}

#[test]
fn a_stream_of_key_pictures_changes_only_there() {
    let (tops, keys) = ends(Mode::Key, &[(10, 0), (30, 1)], 44);
    assert_eq!((tops[0], tops[29], tops[43], keys), (2, 0, 1, 3));
    assert!(tops.windows(2).filter(|it| it[0] != it[1]).count() == 2, "{tops:?}");
}

#[test]
fn a_smaller_frame_rate_is_taken_at_the_next_picture_and_a_larger_one_without_a_keyframe() {
    for mode in [Mode::Key, Mode::Full] {
        let mut world = World::play(mode, &[], vec![]);
        let mut rates = vec![];
        for picture in 0..48 {
            let temporal = [u8::MAX, 0, 1, 2][picture / 12];
            if picture % 12 == 6 {
                world.take(Step::Allow(Some(Target { spatial: 3, temporal })));
            }
            let before = world.heard.len();
            world.take(Step::Picture { packets: 1 });
            rates.push(world.heard.len() - before);
        }
        check(&world);
        assert!(world.heard.iter().filter(|it| it.1.packet.keyframe).count() == 1, "{mode:?}");
        // All of a picture goes out or nothing.
        let whole = if matches!(mode, Mode::Key) { 1 } else { 3 };
        assert!(rates[1..].iter().all(|it| [0, whole].contains(it)), "{mode:?} {rates:?}");
        let sent = |from: usize| rates[from..from + 12].iter().filter(|it| **it > 0).count();
        // Every fourth picture is of layer 0, and the first that a decoder can climb at; every second of the lower two.
        assert_eq!([sent(6), sent(18), sent(30)], [12, 3, 5], "{mode:?} {rates:?}");
        assert_eq!(rates[44..], [whole; 4], "all again: {mode:?} {rates:?}");
    }
}

#[test]
fn a_layer_that_is_made_no_more_is_left() {
    for mode in [Mode::Key, Mode::Full] {
        let mut world = World::play(mode, &[], vec![]);
        (0..6).for_each(|_| world.take(Step::Picture { packets: 1 }));
        world.take(Step::Key { layers: 1 });
        (0..6).for_each(|_| world.take(Step::Picture { packets: 1 }));
        let last = world.heard.last().unwrap();
        assert_eq!(last.1.frame, world.frames, "the picture goes on");
        assert_eq!(last.0.cut, Cut::EndsPicture);
        check(&world);
    }
}

#[test]
fn what_is_left_out_late_is_filled() {
    let mut world = World::play(Mode::Full, &[], vec![]);
    world.take(Step::Want(Some(0)));
    world.take(Step::Picture { packets: 1 });
    world.fates = vec![Fate::Arrives, Fate::Late(3), Fate::Arrives];
    world.take(Step::Picture { packets: 1 });
    world.fates = vec![];
    world.take(Step::Picture { packets: 1 });
    world.take(Step::Picture { packets: 1 });
    let cuts: Vec<_> = world.heard.iter().map(|it| (it.0.number, it.0.cut)).collect();
    let ends = Cut::EndsPicture;
    assert_eq!(
        cuts,
        [(1_000, ends), (1_001, ends), (1_003, ends), (1_002, Cut::Filler), (1_004, ends)]
    );
    assert!(world.whole());
    check(&world);
}

#[test]
fn a_paused_listener_gets_nothing_and_begins_again_at_a_key_picture() {
    let mut world = World::play(Mode::Key, &[], vec![]);
    world.take(Step::Picture { packets: 1 });
    world.take(Step::Want(None));
    (0..3).for_each(|_| world.take(Step::Picture { packets: 1 }));
    assert_eq!(world.heard.len(), 3);
    world.stage.now = world.stage.now + 2_000;
    world.take(Step::Want(Some(2)));
    (0..20).for_each(|_| world.take(Step::Picture { packets: 1 }));
    assert!(world.heard.len() > 10);
    check(&world);
}

#[test]
fn a_track_that_says_nothing_of_its_frames_goes_as_it_comes() {
    let mut stage = Stage::with_pupil(1);
    let burst = [crate::stage::key(0, 5), crate::stage::delta(0, 6)];
    let out = stage.films(&burst);
    assert!(forwards(&out).iter().all(|it| it.cut == Cut::AsItCame));
    let packets = [(CAMERA, Packet { frame: None, ..crate::stage::delta(0, 7) })];
    let out = stage.handle(Input::Packets { room: ROOM, packets: &packets });
    assert_eq!(forwards(&out).len(), 1);
}
