use sfu::{Input, Sfu};

use crate::stage::{CAMERA, CLINIC, PUPIL, ROOM, Stage, VOICE, delta, got, key};

/// Whether everything that there was is forgotten.
fn empty(stage: &Stage) -> bool {
    format!("{:?}", stage.sfu) == format!("{:?}", Sfu::default())
}

#[test]
fn a_room_ends_with_its_last_track() {
    let mut stage = Stage::with_pupil(3);
    stage.subscribe(CLINIC, VOICE);
    stage.films(&[key(0, 1)]);
    stage.handle(Input::Unpublish { room: ROOM, track: CAMERA });
    assert!(!empty(&stage));
    stage.handle(Input::Unpublish { room: ROOM, track: VOICE });
    assert!(empty(&stage));
}

#[test]
fn a_closed_room_is_forgotten_whole() {
    let mut stage = Stage::with_pupil(3);
    stage.films(&[key(0, 1)]);
    stage.handle(Input::Close { room: ROOM });
    assert!(empty(&stage));
    assert!(got(&stage.films(&[key(0, 2)])).is_empty());
}

#[test]
fn one_who_leaves_gets_nothing_more_and_others_go_on() {
    let mut stage = Stage::with_pupil(1);
    stage.subscribe(CLINIC, CAMERA);
    stage.films(&[key(0, 1)]);
    stage.handle(Input::Unsubscribe { room: ROOM, track: CAMERA, listener: PUPIL });
    let out = crate::stage::forwards(&stage.films(&[delta(0, 2)]));
    assert_eq!(
        out.iter().map(|it| (it.listener, it.number)).collect::<Vec<_>>(),
        [(CLINIC, 1_001)]
    );
}

#[test]
fn a_thousand_comings_and_goings_leave_what_one_leaves() {
    let mut stage = Stage::open(1);
    let mut come_and_go = || {
        stage.subscribe(PUPIL, CAMERA);
        stage.handle(Input::Unsubscribe { room: ROOM, track: CAMERA, listener: PUPIL });
        format!("{:?}", stage.sfu)
    };
    // The pace of keyframe requests remembers the first.
    come_and_go();
    let once = come_and_go();
    assert!((0..1_000).all(|_| come_and_go() == once));
}
