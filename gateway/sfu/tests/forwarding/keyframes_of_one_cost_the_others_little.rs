use std::collections::BTreeMap;

use media::{Layer, Packet, RtpTime};
use proptest::prelude::*;
use sfu::Output;

use crate::stage::{CAMERA, CLINIC, PUPIL, Stage, delta, key};

/// A frame each 40 ms; the camera answers a request within so long.
const FRAME_MS: u64 = 40;
const ANSWER_MS: u64 = 120;

/// A camera that makes a keyframe whenever it is asked, and two who watch it.
struct Watched {
    stage: Stage,
    frames: [u64; 2],
    /// Bytes of a frame and of a keyframe.
    bytes: [u16; 2],
    asked: BTreeMap<(u64, u8), ()>,
    requests: Vec<u64>,
    /// Bytes that the clinic got, by when.
    clinic: Vec<(u64, u64)>,
}

impl Watched {
    fn new(bytes: [u16; 2], clinic: bool) -> Self {
        let mut stage = Stage::with_pupil(2);
        if clinic {
            stage.subscribe(CLINIC, CAMERA);
        }
        let (asked, requests, clinic) = (BTreeMap::new(), vec![], vec![]);
        Self { stage, frames: [0; 2], bytes, asked, requests, clinic }
    }

    fn take(&mut self, now: u64, out: &[Output]) {
        for output in out {
            match output {
                Output::RequestKeyframe { layer, .. } => {
                    self.requests.push(now);
                    self.asked.insert((now + ANSWER_MS, layer.0), ());
                }
                Output::Forward(it) if it.listener == CLINIC => {
                    let keyframe = it.source.seq.is_multiple_of(1_000);
                    self.clinic.push((now, self.bytes[usize::from(keyframe)].into()));
                }
                _ => {}
            }
        }
    }

    /// One frame of each layer; numbers of keyframes are round. In the meantime the pupil does what `pupil` says.
    fn frame(&mut self, now: u64, pupil: impl FnOnce(&mut Stage) -> Vec<Output>) {
        let due = |at: &(u64, u8), layer: u8| at.1 == layer && at.0 <= now;
        let mut burst = vec![];
        for layer in 0..2 {
            let asked = self.asked.keys().any(|at| due(at, layer));
            self.asked.retain(|at, ()| !due(at, layer));
            let count = &mut self.frames[usize::from(layer)];
            *count = if asked || *count == 0 { (*count / 1_000 + 1) * 1_000 } else { *count + 1 };
            let like =
                if count.is_multiple_of(1_000) { key(layer, *count) } else { delta(layer, *count) };
            let bytes = self.bytes[usize::from(like.keyframe)];
            burst.push(Packet {
                time: RtpTime(now as u32 * 90),
                bytes,
                layer: Layer(layer),
                ..like
            });
        }
        let out = self.stage.at(now).films(&burst);
        self.take(now, &out);
        let out = self.stage.at(now + 10).tick();
        self.take(now, &out);
        let out = pupil(self.stage.at(now + 20));
        self.take(now, &out);
    }

    fn got(&self, from: u64, to: u64) -> u64 {
        self.clinic.iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, bytes)| bytes).sum()
    }
}

/// What a pupil with a bad line does after a frame.
#[derive(Clone, Copy, Debug)]
enum Does {
    Nothing,
    Stuck,
    Wants(u8),
}

fn does() -> impl Strategy<Value = Does> {
    prop_oneof![
        6 => Just(Does::Nothing),
        3 => Just(Does::Stuck),
        1 => (0u8..2).prop_map(Does::Wants),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// However often one decoder asks and its layer changes: in any half minute what another gets more for that is at
    /// most 3 % of what it would get.
    #[test]
    fn a_bad_line_beside_costs_three_percent(
        frame in 200u16..1_200, times in 2u16..20, pattern in prop::collection::vec(does(), 3..40),
    ) {
        let keyframe = frame * times;
        let mut room = Watched::new([frame, keyframe], true);
        let mut alike = Watched::new([frame, keyframe], true);
        for (count, does) in (0..3_000).zip(pattern.iter().cycle()) {
            let now = count * FRAME_MS;
            alike.frame(now, |_| vec![]);
            room.frame(now, |stage| match does {
                _ if now < 2_000 => vec![],
                Does::Nothing => vec![],
                Does::Stuck => stage.wants_keyframe(PUPIL),
                Does::Wants(layer) => stage.want(PUPIL, Some(*layer)),
            });
        }
        for from in (0..90_000).step_by(1_000) {
            let (with, without) = (room.got(from, from + 30_000), alike.got(from, from + 30_000));
            prop_assert!(with * 1_000 <= without * 1_032, "from {from}: {with} in place of {without}");
        }
    }
}

#[test]
fn one_who_is_alone_in_a_layer_is_not_limited() {
    let mut room = Watched::new([500, 9_000], false);
    (0..750).for_each(|count| room.frame(count * FRAME_MS, |stage| stage.wants_keyframe(PUPIL)));
    assert!((50..=60).contains(&room.requests.len()), "{} in 30 s", room.requests.len());
}

#[test]
fn a_request_over_the_budget_is_served_when_it_has_room_again() {
    // An excess of 0.8 s of the layer.
    let mut room = Watched::new([500, 10_500], true);
    (0..1_500).for_each(|count| {
        let asks = [5_000, 6_000, 6_040].contains(&(count * FRAME_MS));
        let ask = |stage: &mut Stage| stage.wants_keyframe(PUPIL);
        room.frame(count * FRAME_MS, |stage| if asks { ask(stage) } else { vec![] });
    });
    let later: Vec<u64> = room.requests.iter().copied().filter(|at| *at >= 5_000).collect();
    assert_eq!(later, [5_000, 35_040], "and once");
}
