use crate::stage::{CAMERA, CLINIC, PUPIL, Stage, delta, forwards, got, key, numbers, requests};

#[test]
fn nothing_comes_before_the_first_keyframe() {
    let mut stage = Stage::with_pupil(1);
    assert!(got(&stage.films(&[delta(0, 5), delta(0, 6)])).is_empty());
    assert_eq!(got(&stage.films(&[key(0, 7), delta(0, 8)])), [(0, 7), (0, 8)]);
    assert!(got(&stage.films(&[delta(0, 6)])).is_empty(), "late, from before");
}

#[test]
fn one_who_comes_later_asks_for_a_keyframe_and_begins_there() {
    let mut stage = Stage::with_pupil(1);
    stage.films(&[key(0, 7)]);
    stage.at(1_550).films(&[delta(0, 46)]);
    assert_eq!(requests(&stage.at(1_600).subscribe(CLINIC, CAMERA)), [0]);
    let alone = forwards(&stage.films(&[delta(0, 47)]));
    assert!(alone.iter().all(|it| it.listener == PUPIL) && alone.len() == 1);
    let both = forwards(&stage.films(&[key(0, 48)]));
    assert_eq!(both.iter().map(|it| it.listener).collect::<Vec<_>>(), [PUPIL, CLINIC]);
    assert_eq!(both.iter().map(|it| it.number).collect::<Vec<_>>(), [1_041, 1_000]);
}

#[test]
fn a_camera_that_has_sent_nothing_is_asked_and_asked_again_once_it_sends() {
    let mut stage = Stage::open(1);
    assert_eq!(requests(&stage.subscribe(PUPIL, CAMERA)), [0]);
    stage.at(40).films(&[delta(0, 1)]);
    assert!(requests(&stage.at(450).tick()).is_empty());
    assert_eq!(requests(&stage.at(500).tick()), [0]);
}

#[test]
fn numbers_begin_low_so_that_the_rollover_counter_is_zero() {
    let mut stage = Stage::with_pupil(1);
    assert_eq!(numbers(&stage.films(&[key(0, 0x7_ffff), delta(0, 0x8_0000)])), [1_000, 1_001]);
}

#[test]
fn a_burst_comes_listener_by_listener() {
    let mut stage = Stage::with_pupil(1);
    stage.subscribe(CLINIC, CAMERA);
    let burst = forwards(&stage.films(&[key(0, 1), delta(0, 2)]));
    let order: Vec<_> = burst.iter().map(|it| (it.listener, it.slot, it.source.seq)).collect();
    assert_eq!(order, [(PUPIL, 71, 1), (PUPIL, 71, 2), (CLINIC, 81, 1), (CLINIC, 81, 2)]);
}
