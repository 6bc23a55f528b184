use media::{Ms, Packet, RtpTime};
use sfu::Output;

use crate::stage::{CAMERA, CLINIC, PUPIL, ROOM, Stage, delta, key, requests};

/// Which layer a listener was sent a packet of last.
fn layer_of(out: &[Output], listener: sfu::ListenerId) -> Option<u8> {
    let mut sent = out.iter().filter_map(|output| match output {
        Output::Forward(it) if it.listener == listener => Some(it.source.layer.0),
        _ => None,
    });
    sent.next_back()
}

/// A camera of two layers with 20 pictures a second that answers each request with keyframes of both.
struct Camera {
    stage: Stage,
    picture: u64,
    numbers: [u64; 2],
    owes_keyframe: bool,
    asked: Vec<u8>,
    /// What the pupil was sent last.
    pupil: Option<u8>,
    switches: usize,
}

impl Camera {
    fn new() -> Self {
        let stage = Stage::with_pupil(2);
        let numbers = [1_000, 9_000];
        Self {
            stage,
            picture: 0,
            numbers,
            owes_keyframe: true,
            asked: vec![],
            pupil: None,
            switches: 0,
        }
    }

    /// Films for so many seconds; of the larger layer every `one_in`th picture comes.
    fn films(&mut self, seconds: u64, one_in: u64) -> &mut Self {
        for _ in 0..seconds * 20 {
            self.picture += 1;
            self.stage.now = Ms(self.picture * 50);
            let large = self.picture.is_multiple_of(one_in) || self.owes_keyframe;
            let mut packets = vec![];
            for layer in (0..2).filter(|layer| *layer == 0 || large) {
                let number = &mut self.numbers[usize::from(layer)];
                *number += 1;
                let of = if self.owes_keyframe { key } else { delta };
                let time = RtpTime(u32::try_from(self.picture * 4_500).expect("minutes"));
                packets.push(Packet { time, ..of(layer, *number) });
            }
            self.owes_keyframe = false;
            let mut out = self.stage.films(&packets);
            out.extend(self.stage.tick());
            let asked = requests(&out);
            self.owes_keyframe = !asked.is_empty();
            self.asked.extend(asked);
            if let Some(layer) = layer_of(&out, PUPIL) {
                self.switches +=
                    usize::from(self.pupil.replace(layer).is_some_and(|it| it != layer));
            }
        }
        self
    }

    fn fed(&self) -> u8 {
        self.stage.sfu.fed(ROOM, CAMERA)
    }
}

#[test]
fn listeners_have_the_smaller_layer_until_the_larger_one_keeps_up() {
    let mut camera = Camera::new();
    camera.films(5, 1);
    assert_eq!((camera.pupil, camera.fed()), (Some(1), u8::MAX));
    camera.asked.clear();
    camera.films(3, 2);
    assert_eq!((camera.pupil, camera.fed()), (Some(0), 1));
    assert_eq!(camera.asked, [0], "one keyframe, of the smaller layer");
    camera.films(20, 2);
    assert_eq!(camera.asked, [0], "nobody waits for what is starved");
    camera.films(6, 1);
    assert_eq!((camera.pupil, camera.fed()), (Some(1), u8::MAX));
    assert_eq!(camera.asked, [0, 1]);
}

#[test]
fn newcomers_begin_with_the_smaller_layer_whatever_comes_first() {
    let mut camera = Camera::new();
    camera.films(6, 2);
    camera.stage.subscribe(CLINIC, CAMERA);
    let numbers = camera.numbers.map(|number| number + 1);
    camera.stage.now = Ms(9_000);
    let out = camera.stage.films(&[key(1, numbers[1])]);
    assert_eq!(layer_of(&out, CLINIC), None);
    let out = camera.stage.films(&[key(0, numbers[0])]);
    assert_eq!(layer_of(&out, CLINIC), Some(0));
}

#[test]
fn what_it_takes_is_not_told_as_nobody_can_have_it() {
    let mut camera = Camera::new();
    camera.films(6, 1);
    let told = |camera: &Camera| camera.stage.sfu.rates(camera.stage.now, ROOM, CAMERA).len();
    assert_eq!(told(&camera), 2);
    camera.films(3, 2);
    assert_eq!(told(&camera), 1);
}

#[test]
fn a_line_on_the_edge_switches_at_most_four_times_a_minute() {
    let mut camera = Camera::new();
    camera.films(5, 1);
    for _ in 0..6 {
        camera.films(7, 1).films(3, 2);
    }
    assert!(camera.switches <= 4, "{} switches", camera.switches);
}
