use crate::stage::{
    CAMERA, PUPIL, ROOM, Stage, VOICE, delta, forwards, got, key, numbers, requests,
};

#[test]
fn one_who_pauses_gets_nothing_and_goes_on_at_a_keyframe() {
    let mut stage = Stage::with_pupil(1);
    let before = forwards(&stage.films(&[key(0, 1), delta(0, 2)]))[1];
    assert!(stage.want(PUPIL, None).is_empty());
    assert!(got(&stage.films(&[delta(0, 3), key(0, 4), delta(0, 5)])).is_empty());
    stage.at(2_000).films(&[delta(0, 6)]);
    assert_eq!(requests(&stage.want(PUPIL, Some(0))), [0]);
    assert!(got(&stage.films(&[delta(0, 7)])).is_empty());
    let after = forwards(&stage.at(2_100).films(&[key(0, 8)]))[0];
    assert_eq!(after.number, before.number + 1);
    assert_eq!(after.time.since(before.time), 2_100 * 90, "the pause took time");
    assert_eq!(key(0, 8).picture.ahead_of(after.picture).id, 3);
}

#[test]
fn a_voice_goes_on_at_once() {
    let mut stage = Stage::open(1);
    stage.subscribe(PUPIL, VOICE);
    assert_eq!(numbers(&stage.speaks(5..7)), [1_000, 1_001]);
    let mut pause = |top| {
        stage.handle(sfu::Input::Want { room: ROOM, track: VOICE, listener: PUPIL, top });
        numbers(&stage.at(400).speaks(90..92))
    };
    assert!(pause(None).is_empty());
    assert_eq!(pause(Some(media::Target::default())), [1_002, 1_003]);
}

#[test]
fn the_same_wish_twice_changes_nothing() {
    let mut stage = Stage::with_pupil(2);
    stage.films(&[key(0, 1), key(1, 1)]);
    for _ in 0..3 {
        assert!(stage.want(PUPIL, Some(1)).is_empty());
    }
    assert_eq!(got(&stage.films(&[delta(1, 2)])), [(1, 2)]);
    assert!(stage.subscribe(PUPIL, CAMERA).is_empty());
    assert_eq!(got(&stage.films(&[delta(1, 3)])), [(1, 3)]);
}
