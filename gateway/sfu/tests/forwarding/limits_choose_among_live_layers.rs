use crate::stage::{PUPIL, Stage, delta, got, key, requests};

#[test]
fn a_limit_above_all_layers_is_the_best_of_them() {
    let mut stage = Stage::with_pupil(3);
    stage.want(PUPIL, Some(200));
    stage.films(&[key(0, 1), key(1, 1)]);
    assert_eq!(got(&stage.films(&[delta(0, 2), delta(1, 2)])), [(1, 2)]);
}

#[test]
fn a_limit_below_all_layers_that_are_sent_is_the_smallest_of_them() {
    let mut stage = Stage::with_pupil(3);
    stage.want(PUPIL, Some(0));
    stage.films(&[delta(2, 1), delta(1, 1)]);
    assert_eq!(requests(&stage.tick()), [1]);
    assert!(got(&stage.films(&[key(2, 2)])).is_empty());
    assert_eq!(got(&stage.films(&[key(1, 2)])), [(1, 2)]);
    stage.films(&[delta(0, 1)]);
    assert_eq!(requests(&stage.at(500).tick()), [0], "one within the limit is sent now");
    assert_eq!(got(&stage.films(&[key(0, 2), delta(1, 3)])), [(0, 2)]);
}

#[test]
fn a_limit_between_layers_that_are_sent_is_the_next_below() {
    let mut stage = Stage::with_pupil(3);
    stage.want(PUPIL, Some(1));
    stage.films(&[key(0, 1), key(2, 1)]);
    assert_eq!(got(&stage.films(&[delta(0, 2), delta(2, 2)])), [(0, 2)]);
}
