use crate::stage::{Stage, delta, key, numbers, padding};

#[test]
fn padding_is_not_forwarded_and_leaves_no_gap() {
    let mut stage = Stage::with_pupil(1);
    let out = stage.films(&[key(0, 1), padding(0, 2), padding(0, 3), delta(0, 4)]);
    assert_eq!(numbers(&out), [1_000, 1_001]);
    assert_eq!(numbers(&stage.films(&[padding(0, 5), delta(0, 6)])), [1_002]);
}

#[test]
fn padding_that_came_before_a_keyframes_late_first_packet_leaves_no_gap() {
    let mut stage = Stage::with_pupil(1);
    stage.films(&[delta(0, 2), padding(0, 3), delta(0, 4)]);
    assert_eq!(numbers(&stage.films(&[key(0, 1), delta(0, 5)])), [1_000, 1_001, 1_002, 1_003]);
}

#[test]
fn a_gap_before_padding_stays_open_for_its_packets() {
    let mut stage = Stage::with_pupil(1);
    let out = stage.films(&[key(0, 1), padding(0, 4), delta(0, 5)]);
    assert_eq!(numbers(&out), [1_000, 1_003]);
    assert_eq!(numbers(&stage.films(&[delta(0, 3), delta(0, 2)])), [1_002, 1_001]);
}

#[test]
fn a_copy_of_padding_closes_nothing_more() {
    let mut stage = Stage::with_pupil(1);
    let out = stage.films(&[key(0, 1), padding(0, 2), padding(0, 2), delta(0, 3), padding(0, 2)]);
    assert_eq!(numbers(&out), [1_000, 1_001]);
    assert_eq!(numbers(&stage.films(&[delta(0, 4)])), [1_002]);
}

#[test]
fn padding_that_probes_another_layer_changes_nothing() {
    let mut stage = Stage::with_pupil(3);
    stage.films(&[key(0, 1)]);
    let out = stage.films(&[padding(2, 500), padding(0, 2), delta(0, 3)]);
    assert_eq!(numbers(&out), [1_001]);
    assert!(stage.tick().is_empty(), "a layer that only pads is not one to wait for");
}
