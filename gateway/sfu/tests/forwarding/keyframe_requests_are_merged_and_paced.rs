use media::Layer;
use sfu::{Input, ListenerId};

use crate::stage::{CAMERA, CLINIC, PUPIL, ROOM, Stage, delta, key, requests};

#[test]
fn five_hundred_who_come_at_once_are_one_request() {
    let mut stage = Stage::open(1);
    stage.films(&[delta(0, 1)]);
    let asked: Vec<_> =
        (0..500).flat_map(|it| requests(&stage.at(5).subscribe(ListenerId(it), CAMERA))).collect();
    assert_eq!(asked, [0]);
}

#[test]
fn one_who_waits_is_asked_for_twice_a_second_until_the_keyframe_comes() {
    let mut stage = Stage::with_pupil(1);
    let mut asked = Vec::new();
    for frame in 10..60 {
        stage.at(frame * 50).films(&[delta(0, frame)]);
        asked.extend(requests(&stage.tick()).iter().map(|_| frame * 50));
    }
    assert_eq!(asked, [500, 1_000, 1_500, 2_000, 2_500]);
    stage.films(&[key(0, 60)]);
    assert!(requests(&stage.at(9_000).tick()).is_empty());
}

#[test]
fn a_stuck_decoder_that_asks_once_too_soon_is_served_later() {
    let mut stage = Stage::with_pupil(1);
    stage.films(&[key(0, 1)]);
    assert_eq!(requests(&stage.at(1_000).wants_keyframe(PUPIL)), [0]);
    stage.at(1_200).films(&[key(0, 2)]);
    assert!(requests(&stage.at(1_300).wants_keyframe(PUPIL)).is_empty());
    assert!(requests(&stage.at(1_499).tick()).is_empty());
    assert_eq!(requests(&stage.at(1_500).tick()), [0]);
    assert!(requests(&stage.at(2_500).tick()).is_empty(), "served once");
}

#[test]
fn a_keyframe_on_its_way_serves_those_who_ask_meanwhile() {
    let mut stage = Stage::with_pupil(1);
    stage.films(&[key(0, 1)]);
    assert_eq!(requests(&stage.at(1_000).wants_keyframe(PUPIL)), [0]);
    assert!(requests(&stage.at(1_100).wants_keyframe(PUPIL)).is_empty());
    stage.at(1_200).films(&[key(0, 2)]);
    assert!(requests(&stage.at(2_000).tick()).is_empty());
}

#[test]
fn each_layer_has_its_own_pace() {
    let mut stage = Stage::with_pupil(2);
    stage.subscribe(CLINIC, CAMERA);
    stage.want(CLINIC, Some(0));
    stage.films(&[key(0, 1), key(1, 1)]);
    assert_eq!(requests(&stage.at(800).wants_keyframe(PUPIL)), [1]);
    assert_eq!(requests(&stage.at(801).wants_keyframe(CLINIC)), [0]);
    assert!(requests(&stage.at(802).wants_keyframe(CLINIC)).is_empty());
}

#[test]
fn a_camera_that_does_not_answer_is_asked_seldom_and_a_muted_one_is_not() {
    let mut stage = Stage::with_pupil(1);
    stage.films(&[delta(0, 1)]);
    let asked: usize = (0..1_000).map(|n| requests(&stage.at(n * 50).tick()).len()).sum();
    assert_eq!(asked, 23, "two a second at first, then one in three seconds");
    stage.handle(Input::Mute { room: ROOM, track: CAMERA, muted: true });
    let asked: usize = (1_000..2_000).map(|n| requests(&stage.at(n * 50).tick()).len()).sum();
    assert_eq!(asked, 0);
    stage.handle(Input::Mute { room: ROOM, track: CAMERA, muted: false });
    assert_eq!(requests(&stage.tick()), [0], "back again");
}

#[test]
fn one_who_paused_wants_no_keyframe() {
    let mut stage = Stage::with_pupil(1);
    stage.films(&[key(0, 1)]);
    stage.want(PUPIL, None);
    assert!(requests(&stage.at(700).wants_keyframe(PUPIL)).is_empty());
    assert!(requests(&stage.tick()).is_empty());
    let layer = Layer(0);
    stage.at(1_550).films(&[delta(0, 2)]);
    assert_eq!(requests(&stage.at(1_600).want(PUPIL, Some(layer.0))), [0]);
}

fn refresh(stage: &mut Stage) -> Vec<u8> {
    requests(&stage.handle(Input::Refresh { room: ROOM, track: CAMERA }))
}

#[test]
fn a_recording_asks_for_every_layer_within_the_pace_of_each() {
    let mut stage = Stage::open(3);
    stage.films(&[delta(0, 1), delta(1, 1), delta(2, 1)]);
    assert_eq!(requests(&stage.at(9_800).subscribe(PUPIL, CAMERA)), [2]);
    assert_eq!(refresh(stage.at(10_000)), [0, 1], "the third was asked 200 ms ago");
    assert!(requests(&stage.at(10_250).tick()).is_empty());
    assert_eq!(requests(&stage.at(10_300).tick()), [2], "it is owed");
    stage.films(&[key(0, 2), key(1, 2), key(2, 2)]);
    assert!(requests(&stage.at(12_000).tick()).is_empty());
}

#[test]
fn a_keyframe_that_is_owed_by_a_muted_camera_is_asked_for_when_it_is_on() {
    let mut stage = Stage::open(1);
    stage.films(&[delta(0, 1)]);
    stage.handle(Input::Mute { room: ROOM, track: CAMERA, muted: true });
    assert!(refresh(stage.at(1_000)).is_empty());
    assert!(requests(&stage.at(2_000).tick()).is_empty());
    stage.handle(Input::Mute { room: ROOM, track: CAMERA, muted: false });
    assert_eq!(requests(&stage.at(2_050).tick()), [0]);
    assert!(requests(&stage.at(4_000).tick()).is_empty());
}
