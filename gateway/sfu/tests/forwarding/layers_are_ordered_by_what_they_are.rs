use crate::stage::{CAMERA, CLINIC, PUPIL, Stage, delta, got, key, requests};

#[test]
fn a_listener_is_given_what_is_small_whatever_its_number() {
    let mut stage = Stage::with_pupil(3);
    stage.subscribe(CLINIC, CAMERA);
    stage.want(PUPIL, Some(0));
    stage.order(&[2, 1, 0]);
    stage.films(&[key(0, 1), key(1, 1), key(2, 1)]);
    let got_by = |stage: &mut Stage, frame| {
        let out = stage.films(&[delta(0, frame), delta(1, frame), delta(2, frame)]);
        got(&out)
    };
    let mut layers: Vec<u8> = got_by(&mut stage, 2).into_iter().map(|(layer, _)| layer).collect();
    layers.sort_unstable();
    assert_eq!(layers, [0, 2], "the clinic the largest, the pupil the smallest");
    stage.want(PUPIL, Some(1));
    assert_eq!(got(&stage.films(&[key(1, 3)])), [(1, 3)]);
}

#[test]
fn a_listener_changes_at_a_keyframe_when_the_order_turns_out_otherwise() {
    let mut stage = Stage::with_pupil(2);
    stage.want(PUPIL, Some(0));
    stage.films(&[key(0, 1), key(1, 1)]);
    assert_eq!(got(&stage.films(&[delta(0, 2), delta(1, 2)])), [(0, 2)]);
    stage.order(&[1, 0]);
    assert_eq!(
        got(&stage.films(&[delta(0, 3), delta(1, 3)])),
        [(0, 3)],
        "never without a keyframe"
    );
    assert_eq!(requests(&stage.at(600).tick()), [1]);
    assert_eq!(got(&stage.films(&[key(1, 4), delta(0, 4)])), [(1, 4)]);
}

#[test]
fn an_order_that_does_not_name_each_layer_once_is_none() {
    let mut stage = Stage::with_pupil(2);
    stage.want(PUPIL, Some(0));
    for order in [&[][..], &[1], &[1, 1], &[1, 2], &[1, 0, 2]] {
        stage.order(order);
    }
    stage.films(&[key(0, 1), key(1, 1)]);
    assert_eq!(got(&stage.films(&[delta(0, 2), delta(1, 2)])), [(0, 2)]);
}
