use media::Picture;

use crate::stage::{PUPIL, Stage, delta, forwards, got, key, numbers, requests};

/// One who hears layer 2 of three that are sent.
fn on_the_largest() -> Stage {
    let mut stage = Stage::with_pupil(3);
    stage.films(&[key(0, 100), key(1, 200), key(2, 300)]);
    stage
}

#[test]
fn climbs_to_the_largest_in_the_first_burst() {
    let mut stage = Stage::with_pupil(3);
    let out = stage.films(&[key(0, 100), key(1, 200), key(2, 300), delta(0, 101), delta(2, 301)]);
    assert_eq!(got(&out).last(), Some(&(2, 301)));
    let sent = numbers(&out);
    assert!(sent.windows(2).all(|pair| pair[1] == pair[0] + 1), "{sent:?}");
}

#[test]
fn a_lower_limit_takes_effect_at_the_lower_layers_keyframe() {
    let mut stage = on_the_largest();
    assert_eq!(requests(&stage.at(900).want(PUPIL, Some(0))), [0]);
    assert_eq!(got(&stage.films(&[delta(0, 101), delta(2, 301)])), [(2, 301)]);
    assert_eq!(
        got(&stage.films(&[key(0, 102), delta(2, 302), delta(0, 103)])),
        [(0, 102), (0, 103)]
    );
    assert!(got(&stage.films(&[key(1, 201), key(2, 303)])).is_empty());
}

#[test]
fn numbers_time_and_pictures_go_on_across_a_switch() {
    let mut stage = on_the_largest();
    let before = *forwards(&stage.at(40).films(&[delta(2, 301)])).last().expect("forwarded");
    stage.want(PUPIL, Some(1));
    let after = forwards(&stage.at(80).films(&[key(1, 222)]))[0];
    assert_eq!(after.number, before.number + 1);
    assert_eq!(after.time.since(before.time), 40 * 90);
    let pictures = [(before, delta(2, 301)), (after, key(1, 222))]
        .map(|(forward, packet)| packet.picture.ahead_of(forward.picture));
    assert_eq!(pictures[1].ahead_of(pictures[0]), Picture { id: 1, tl0: 1, frame: 1 });
}

#[test]
fn a_layer_that_dies_is_left_for_the_next_that_lives() {
    let mut stage = on_the_largest();
    for frame in 1..40 {
        stage.at(frame * 40).films(&[delta(0, 100 + frame), delta(1, 200 + frame)]);
        let asked = requests(&stage.tick());
        assert_eq!(asked, if frame == 25 { vec![1] } else { vec![] }, "at {} ms", frame * 40);
        if frame == 30 {
            break;
        }
    }
    assert_eq!(got(&stage.at(1_300).films(&[key(1, 231)])), [(1, 231)]);
}

#[test]
fn a_layer_that_comes_back_is_climbed_to() {
    let mut stage = on_the_largest();
    for frame in 1..40 {
        stage.at(frame * 40).films(&[key(1, 200 + frame)]);
    }
    assert_eq!(got(&stage.films(&[delta(1, 240)])), [(1, 240)]);
    stage.films(&[delta(2, 301)]);
    assert_eq!(requests(&stage.tick()), [2]);
    assert_eq!(got(&stage.films(&[delta(2, 302), key(2, 303), delta(1, 241)])), [(2, 303)]);
}

#[test]
fn a_still_screen_changes_no_layers() {
    let mut stage = on_the_largest();
    for second in 1..20 {
        let out = stage.at(second * 1_000).films(&[key(0, 100 + second)]);
        assert!(got(&out).is_empty() && requests(&stage.tick()).is_empty(), "{second} s");
        assert_eq!(got(&stage.at(second * 1_000 + 9).films(&[delta(2, 300 + second)])).len(), 1);
    }
}
