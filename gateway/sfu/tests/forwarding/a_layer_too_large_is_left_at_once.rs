use media::{Layer, Target};
use sfu::{Input, Output};

use crate::stage::{CAMERA, PUPIL, ROOM, Stage, delta, forwards, got, key, requests, resends};

/// The pupil's line carries layers up to `top` from now on, and no time for more.
fn gives_way(stage: &mut Stage, top: Option<u8>) -> Vec<Output> {
    let top = top.map(|top| Target::up_to(Layer(top)));
    let (room, track, listener) = (ROOM, CAMERA, PUPIL);
    let mut out = stage.handle(Input::Allow { room, track, listener, top });
    out.extend(stage.handle(Input::Leave { room, track, listener }));
    out
}

fn dropped(out: &[Output]) -> usize {
    out.iter().filter(|it| matches!(it, Output::Dropped { listener: PUPIL, .. })).count()
}

#[test]
fn it_is_not_sent_on_until_the_keyframe_of_a_smaller_one_and_nothing_of_it_again() {
    let mut stage = Stage::with_pupil(3);
    let first = stage.films(&[key(0, 1), key(1, 1), key(2, 1)]);
    let number = forwards(&first).last().unwrap().number as u16;
    assert_eq!(resends(&stage.misses(PUPIL, &[number])).len(), 1);
    let out = gives_way(stage.at(900), Some(0));
    assert_eq!((dropped(&out), requests(&out)), (1, vec![0]));
    assert!(got(&stage.films(&[delta(0, 2), delta(2, 2)])).is_empty());
    assert!(resends(&stage.misses(PUPIL, &[number])).is_empty());
    assert_eq!(got(&stage.films(&[key(0, 3), delta(2, 3)])), [(0, 3)]);
}

#[test]
fn one_that_is_not_too_large_is_kept() {
    let mut stage = Stage::with_pupil(3);
    stage.want(PUPIL, Some(0));
    stage.films(&[key(0, 1)]);
    let out = gives_way(stage.at(900), Some(1));
    assert_eq!((dropped(&out), requests(&out)), (0, vec![]));
    assert_eq!(got(&stage.films(&[delta(0, 2)])), [(0, 2)]);
}

#[test]
fn what_waits_is_dropped_where_nothing_is_carried() {
    let mut stage = Stage::with_pupil(1);
    stage.films(&[key(0, 1)]);
    let out = gives_way(stage.at(900), None);
    assert_eq!((dropped(&out), requests(&out)), (1, vec![]));
}
