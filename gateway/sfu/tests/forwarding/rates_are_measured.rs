use media::{Frame, Layer, Packet, Target, Targets, Temporal};
use proptest::collection::vec;
use proptest::prelude::*;
use sfu::{Rate, TrackId};

use crate::stage::{CAMERA, ROOM, Stage, VOICE, delta, key, padding};

/// A camera that is filmed by hand, one packet after another.
struct Camera {
    stage: Stage,
    seqs: [u64; 3],
}

impl Camera {
    fn new(layers: u8) -> Self {
        Self { stage: Stage::open(layers), seqs: [0; 3] }
    }

    /// `bytes` of `layer` come at `ms`, in packets of at most 1,000 bytes that are like `like`.
    fn films(&mut self, ms: u64, layer: u8, bytes: u64, like: Packet) {
        let mut left = bytes;
        let mut burst = vec![];
        while left > 0 {
            let seq = &mut self.seqs[usize::from(layer)];
            *seq += 1;
            let bytes = u16::try_from(left.min(1_000)).unwrap();
            let time = media::RtpTime(ms as u32 * 90);
            burst.push(Packet { seq: *seq, bytes, time, layer: Layer(layer), ..like });
            left -= u64::from(bytes);
        }
        self.stage.at(ms).films(&burst);
    }

    fn rates(&mut self, ms: u64) -> Vec<Rate> {
        self.stage.at(ms);
        self.stage.sfu.rates(self.stage.now, ROOM, CAMERA)
    }

    /// Bits a second of a camera that has one part.
    fn rate(&mut self, ms: u64) -> u64 {
        match self.rates(ms)[..] {
            [rate] => rate.bits_per_second,
            ref rates => panic!("{rates:?}"),
        }
    }
}

fn near(bits: u64, expected: u64, percent: u64) -> bool {
    bits.abs_diff(expected) * 100 <= expected * percent
}

fn part(spatial: u8, temporal: u8) -> Target {
    Target { spatial, temporal }
}

#[test]
fn a_steady_camera_is_known_after_half_a_second_and_right_within_a_twentieth() {
    let mut camera = Camera::new(1);
    for frame in 0..250 {
        let ms = frame * 40;
        if ms > 0 {
            assert_eq!(camera.rates(ms).is_empty(), ms < 500, "{ms}");
        }
        camera.films(ms, 0, 2_500, delta(0, 0));
        if ms >= 1_000 {
            assert!(near(camera.rate(ms + 39), 500_000, 5), "{} at {ms}", camera.rate(ms + 39));
        }
    }
    let rate = camera.rates(10_000)[0];
    assert!(near(rate.packets_per_second, 75, 5) && near(rate.pictures_per_second, 25, 5));
}

#[test]
fn a_keyframe_is_spread_over_eight_seconds() {
    let mut camera = Camera::new(1);
    for frame in 0..1_000 {
        let ms = frame * 40;
        let keyframe = frame % 250 == 249;
        let (bytes, like) = if keyframe { (50_000, key(0, 0)) } else { (2_500, delta(0, 0)) };
        camera.films(ms, 0, bytes, like);
        if ms > 1_000 {
            let bits = camera.rate(ms + 20);
            let most = 500_000 + 50_000 * 8 / 7;
            assert!((470_000..=most * 105 / 100).contains(&bits), "{bits} at {ms}");
        }
    }
}

#[test]
fn a_picture_that_stands_still_keeps_the_rate_that_it_had() {
    let mut camera = Camera::new(1);
    (0..250).for_each(|frame| camera.films(frame * 40, 0, 2_500, delta(0, 0)));
    let before = camera.rate(10_000);
    for later in [11_000, 15_000, 3_600_000] {
        let rates = camera.rates(later);
        assert!(rates[0].bits_per_second * 2 >= before, "{later}: {rates:?} of {before}");
        assert_eq!(rates[0].silent_ms, later - 9_960);
    }
    // It moves again: what it takes now counts, and the hour does not.
    (0..60).for_each(|frame| camera.films(3_600_000 + frame * 40, 0, 5_000, delta(0, 0)));
    assert!(near(camera.rate(3_602_400), 1_000_000, 5));
}

#[test]
fn a_screen_of_one_frame_a_second_is_measured_as_it_is() {
    let mut camera = Camera::new(1);
    for second in 0..60 {
        camera.films(second * 1_000, 0, 5_000, delta(0, 0));
        if second > 3 {
            let bits = camera.rate(second * 1_000 + 990);
            assert!(near(bits, 40_000, 15), "{bits} at {second} s");
        }
    }
}

#[test]
fn copies_and_padding_are_not_counted() {
    let mut camera = Camera::new(1);
    for frame in 0..100 {
        let ms = frame * 40;
        camera.films(ms, 0, 1_000, delta(0, 0));
        let copy = Packet { seq: camera.seqs[0], bytes: 1_000, ..delta(0, 0) };
        camera.seqs[0] += 1;
        let pad = padding(0, camera.seqs[0]);
        camera.stage.films(&[copy, pad, copy]);
    }
    assert!(near(camera.rate(4_000), 200_000, 5));
}

#[test]
fn each_layer_that_is_sent_is_told_as_listeners_count_it() {
    let mut camera = Camera::new(3);
    camera.stage.order(&[2, 1, 0]);
    for frame in 0..200 {
        camera.films(frame * 40, 2, 500, delta(2, 0));
        camera.films(frame * 40, 1, 1_500, delta(1, 0));
        if frame < 100 {
            camera.films(frame * 40, 0, 5_000, delta(0, 0));
        }
    }
    let told = |camera: &mut Camera, ms| {
        let rates = camera.rates(ms);
        rates.iter().map(|it| (it.part, it.layer)).collect::<Vec<_>>()
    };
    let both = [(part(0, 0), Layer(2)), (part(1, 0), Layer(1))];
    assert_eq!(told(&mut camera, 8_000), both, "the largest is not sent any more");
    camera.films(8_000, 0, 5_000, delta(0, 0));
    assert_eq!(told(&mut camera, 8_010)[2], (part(2, 0), Layer(0)));
    let bits: Vec<u64> = camera.rates(8_010).iter().map(|it| it.bits_per_second).collect();
    assert!(near(bits[0], 100_000, 5) && near(bits[1], 300_000, 5), "{bits:?}");
}

#[test]
fn a_smoother_part_takes_what_it_is_decoded_from_as_well() {
    let mut camera = Camera::new(2);
    for frame in 0..200 {
        let layer = [0, 2, 1, 2][frame as usize % 4];
        let temporal = Some(Temporal { layer, sync: false });
        camera.films(frame * 40, 0, 1_000, Packet { temporal, ..delta(0, 0) });
        camera.films(frame * 40, 1, 3_000, delta(1, 0));
    }
    let rates = camera.rates(8_000);
    let pictures: Vec<u64> = rates.iter().map(|it| it.pictures_per_second).collect();
    for (told, right) in pictures.iter().zip([6, 12, 25, 25]) {
        assert!(told.abs_diff(right) <= 1, "{pictures:?}");
    }
    let told: Vec<_> = rates.iter().map(|it| (it.part, it.bits_per_second)).collect();
    let expected = [(0, 0, 50_000), (0, 1, 100_000), (0, 2, 200_000), (1, 0, 600_000)];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for ((told, bits), (spatial, temporal, right)) in told.into_iter().zip(expected) {
        assert_eq!(told, part(spatial, temporal));
        assert!(near(bits, right, 10), "{told:?}: {bits}");
    }
}

/// The parts that a frame of two spatial layers is in; the smaller one is a piece of all.
fn within(spatial: u8) -> Targets {
    let mut all = Targets::default();
    (spatial..2).for_each(|spatial| all.insert(part(spatial, 0)));
    all
}

#[test]
fn parts_of_a_scalable_stream_are_measured_by_what_is_in_them() {
    let mut camera = Camera::new(1);
    for picture in 0..200 {
        for (spatial, bytes) in [(0, 500), (1, 2_000)] {
            let within = within(spatial);
            let frame = Some(Frame { spatial, within, active: within, ..Frame::default() });
            camera.films(picture * 40, 0, bytes, Packet { frame, ..delta(0, 0) });
        }
    }
    let pictures: Vec<u64> = camera.rates(8_000).iter().map(|it| it.pictures_per_second).collect();
    assert_eq!(pictures, [25, 25], "a picture of two frames is one");
    let told: Vec<_> = camera.rates(8_000).iter().map(|it| (it.part, it.bits_per_second)).collect();
    assert!(
        matches!(told[..], [(a, x), (b, y)] if a == part(0, 0) && b == part(1, 0)
        && near(x, 100_000, 5) && near(y, 500_000, 5)),
        "{told:?}"
    );
}

#[test]
fn sound_is_measured_and_what_is_unknown_has_no_rate() {
    let mut stage = Stage::open(1);
    for packet in 0..200 {
        stage.at(packet * 20).speaks([packet]);
    }
    let now = stage.at(4_000).now;
    let rates = stage.sfu.rates(now, ROOM, VOICE);
    assert!(matches!(rates[..], [rate] if near(rate.bits_per_second, 400_000, 5)), "{rates:?}");
    assert!(stage.sfu.rates(now, ROOM, CAMERA).is_empty(), "nothing came of it");
    assert!(stage.sfu.rates(now, ROOM, TrackId(9)).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// However the packets of a steady camera are bunched on their way, within 150 ms of their time.
    #[test]
    fn bursts_of_a_steady_camera_change_little(
        late in vec(0..150_u64, 150), bytes in 200..20_000_u64) {
        let mut camera = Camera::new(1);
        let mut came = 0;
        for (frame, late) in (0..).zip(&late) {
            came = (frame * 40 + late).max(came);
            camera.films(came, 0, bytes, delta(0, 0));
            if frame > 60 {
                let bits = camera.rate(came);
                prop_assert!(near(bits, bytes * 200, 15), "{bits} of {} at {came}", bytes * 200);
            }
        }
    }

    /// Whatever comes: a rate is never above what half a second of all that came would make.
    #[test]
    fn nothing_is_measured_that_did_not_come(
        frames in vec((0..3_000_u64, 1..60_000_u64, any::<bool>()), 1..100)) {
        let (mut camera, mut now, mut all) = (Camera::new(1), 0, 0);
        for (gap, bytes, is_key) in frames {
            now += gap;
            all += bytes;
            camera.films(now, 0, bytes, if is_key { key(0, 0) } else { delta(0, 0) });
            for rate in camera.rates(now) {
                prop_assert!(rate.bits_per_second <= all * 16 && rate.silent_ms == 0);
                prop_assert!(rate.bits_per_second > 0);
            }
        }
    }
}
