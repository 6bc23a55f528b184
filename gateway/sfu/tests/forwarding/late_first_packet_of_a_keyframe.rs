use crate::stage::{PUPIL, Stage, delta, got, key, numbers, requests};

#[test]
fn what_followed_goes_out_with_it_in_order() {
    let mut stage = Stage::with_pupil(1);
    assert!(got(&stage.films(&[delta(0, 3), delta(0, 2), delta(0, 5)])).is_empty());
    assert_eq!(got(&stage.films(&[key(0, 1)])), [(0, 1), (0, 2), (0, 3), (0, 5)]);
    assert_eq!(numbers(&stage.films(&[delta(0, 4), delta(0, 6)])), [1_003, 1_005]);
}

#[test]
fn a_switch_waits_for_it_as_well() {
    let mut stage = Stage::with_pupil(2);
    stage.films(&[key(0, 50), delta(1, 2), delta(1, 3)]);
    let out = stage.films(&[key(1, 1), delta(0, 51)]);
    assert_eq!(got(&out), [(1, 1), (1, 2), (1, 3)]);
    assert_eq!(numbers(&out), [1_001, 1_002, 1_003]);
}

#[test]
fn one_that_is_older_than_what_is_remembered_begins_nothing() {
    let mut stage = Stage::with_pupil(1);
    (2..600).for_each(|seq| drop(stage.films(&[delta(0, seq)])));
    stage.want(PUPIL, Some(0));
    assert!(got(&stage.films(&[delta(0, 1)])).is_empty());
    assert_eq!(got(&stage.films(&[key(0, 88)])).len(), 512, "the oldest that is remembered");
}

#[test]
fn a_copy_of_a_keyframe_begins_the_stream_of_one_who_came_since() {
    let mut stage = Stage::open(1);
    stage.films(&[key(0, 1), delta(0, 2)]);
    stage.at(1_550).films(&[delta(0, 3)]);
    assert!(got(&stage.at(1_600).subscribe(PUPIL, crate::stage::CAMERA)).is_empty());
    assert_eq!(got(&stage.films(&[key(0, 1)])), [(0, 1), (0, 2), (0, 3)]);
    assert!(requests(&stage.at(2_200).tick()).is_empty());
}
