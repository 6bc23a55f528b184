use media::{Layer, Target};
use sfu::Input;

use crate::stage::{CAMERA, PUPIL, ROOM, Stage, delta, got, key, requests};

/// Lets the pupil's line carry layers up to `top`.
fn allow(stage: &mut Stage, top: Option<u8>) -> Vec<sfu::Output> {
    let top = top.map(|top| Target::up_to(Layer(top)));
    stage.handle(Input::Allow { room: ROOM, track: CAMERA, listener: PUPIL, top })
}

/// Three layers are sent; the pupil has the largest.
fn filmed() -> Stage {
    let mut stage = Stage::with_pupil(3);
    stage.films(&[key(0, 1), key(1, 1), key(2, 1)]);
    stage
}

#[test]
fn whichever_lever_is_lower_counts_and_the_other_is_kept() {
    for (want, allow_, best) in [(2, 1, 1), (1, 2, 1), (0, 2, 0), (2, 0, 0), (2, 2, 2)] {
        let mut stage = filmed();
        stage.want(PUPIL, Some(want));
        allow(&mut stage, Some(allow_));
        let keys = [key(0, 2), key(1, 2), key(2, 2)];
        assert_eq!(got(&stage.films(&keys)).last(), Some(&(best, 2)), "{want} {allow_}");
        let deltas = [delta(0, 3), delta(1, 3), delta(2, 3)];
        assert_eq!(got(&stage.films(&deltas)), [(best, 3)], "{want} {allow_}");
    }
    let mut stage = filmed();
    allow(&mut stage, None);
    stage.want(PUPIL, Some(1));
    assert!(got(&stage.films(&[key(0, 2), key(1, 2)])).is_empty(), "the line carries nothing");
    assert_eq!(got(&allow(&mut stage, Some(2))).last(), Some(&(1, 2)), "the wish was kept");
}

#[test]
fn a_smaller_layer_is_asked_for_and_taken_at_its_keyframe() {
    let mut stage = filmed();
    assert_eq!(requests(&allow(stage.at(900), Some(0))), [0]);
    assert_eq!(got(&stage.films(&[delta(0, 2), delta(2, 2)])), [(2, 2)]);
    assert_eq!(got(&stage.films(&[key(0, 3), delta(2, 3)])), [(0, 3)]);
}

#[test]
fn a_picture_too_large_for_the_wish_is_shown_and_one_too_large_for_the_line_is_not() {
    let mut stage = Stage::with_pupil(3);
    stage.want(PUPIL, Some(0));
    assert_eq!(got(&stage.films(&[key(1, 1), delta(1, 2)])), [(1, 1), (1, 2)]);
    allow(&mut stage, Some(0));
    assert!(got(&stage.films(&[key(1, 3), delta(1, 4)])).is_empty());
    assert!(requests(&stage.at(5_000).tick()).is_empty(), "nobody waits for what is not sent");
    assert_eq!(got(&stage.films(&[key(0, 1), delta(1, 5)])), [(0, 1)]);
}
