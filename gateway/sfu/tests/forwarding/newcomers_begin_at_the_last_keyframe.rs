use media::{Layer, Packet, RtpTime, Target};
use sfu::{Input, Output, Subscribe};

use crate::stage::{
    CAMERA, CLINIC, PUPIL, ROOM, Stage, VOICE, delta, forwards, got, key, numbers, padding,
    requests,
};

/// A camera that has filmed a keyframe and four frames more, and now it is 200 ms.
fn filmed() -> Stage {
    let mut stage = Stage::open(1);
    stage.films(&[key(0, 10)]);
    (11..15).for_each(|seq| drop(stage.at((seq - 10) * 40).films(&[delta(0, seq)])));
    stage.at(200);
    stage
}

#[test]
fn a_newcomer_gets_the_last_keyframe_and_all_since_and_nobody_is_asked() {
    let mut stage = filmed();
    let out = stage.subscribe(PUPIL, CAMERA);
    assert_eq!(got(&out), [(0, 10), (0, 11), (0, 12), (0, 13), (0, 14)]);
    assert_eq!(numbers(&out), [1_000, 1_001, 1_002, 1_003, 1_004]);
    assert!(requests(&out).is_empty() && requests(&stage.at(900).tick()).is_empty());
}

#[test]
fn the_past_takes_no_time_and_the_newest_frame_is_live() {
    let mut stage = filmed();
    let past = forwards(&stage.subscribe(PUPIL, CAMERA));
    for pair in past.windows(2) {
        let told = pair[1].time.since(pair[0].time);
        assert!((1..=90).contains(&told), "at most a millisecond a frame: {told}");
    }
    let next = forwards(&stage.films(&[delta(0, 15)]))[0];
    assert_eq!(next.time.since(past[4].time), 3_600, "40 ms, as filmed");
}

#[test]
fn a_frame_of_the_past_that_comes_late_is_placed_among_the_others() {
    let mut stage = Stage::open(1);
    stage.films(&[key(0, 10), delta(0, 11), delta(0, 13), delta(0, 14)]);
    let past = forwards(&stage.at(160).subscribe(PUPIL, CAMERA));
    let late = forwards(&stage.films(&[delta(0, 12)]))[0];
    assert_eq!(late.number, 1_002);
    assert!(past[1].time.since(late.time) < 0 && late.time.since(past[2].time) < 0);
    assert_eq!(stage.misses(PUPIL, &[1_002]), [Output::Resend(late)], "again as it was");
}

#[test]
fn a_keyframe_with_several_beginnings_is_entered_at_its_first_packet() {
    let mut stage = Stage::open(1);
    let part = |seq| Packet { time: RtpTime(9), ..key(0, seq) };
    stage.films(&[part(11), part(10), part(12)]);
    assert_eq!(got(&stage.subscribe(PUPIL, CAMERA)), [(0, 10), (0, 11), (0, 12)]);
}

#[test]
fn a_keyframe_that_is_old_or_followed_by_too_much_is_asked_for_anew() {
    let mut stage = filmed();
    (15..47).for_each(|seq| drop(stage.at((seq - 10) * 40).films(&[delta(0, seq)])));
    assert_eq!(got(&stage.at(1_500).subscribe(CLINIC, CAMERA)).len(), 37);
    assert_eq!(requests(&stage.at(1_501).subscribe(PUPIL, CAMERA)), [0]);
    let mut stage = Stage::open(1);
    stage.films(&[key(0, 1)]);
    (2..=196).for_each(|seq| drop(stage.films(&[delta(0, seq)])));
    assert_eq!(got(&stage.subscribe(PUPIL, CAMERA)).len(), 196, "196,000 bytes");
    stage.films(&[delta(0, 197)]);
    assert_eq!(requests(&stage.subscribe(CLINIC, CAMERA)), [0]);
}

#[test]
fn one_who_comes_in_gets_the_best_layer_at_hand_and_climbs_later() {
    let mut stage = Stage::open(3);
    stage.films(&[key(0, 1), key(1, 1), delta(2, 1)]);
    let out = stage.at(100).subscribe(PUPIL, CAMERA);
    assert_eq!((got(&out), requests(&out)), (vec![(1, 1)], vec![2]));
    assert_eq!(got(&stage.films(&[key(2, 2)])), [(2, 2)]);
}

#[test]
fn one_who_wants_nothing_gets_nothing_until_it_does() {
    let mut stage = filmed();
    let (listener, slot) = (PUPIL, 0);
    let it = Subscribe {
        room: ROOM,
        track: CAMERA,
        listener,
        slot,
        want: None,
        allow: Some(Target::ALL),
    };
    assert!(stage.handle(Input::Subscribe(it)).is_empty());
    assert_eq!(got(&stage.want(PUPIL, Some(0))).len(), 5);
}

#[test]
fn one_who_comes_to_a_still_screen_gets_it_at_once_however_old_it_is() {
    let mut stage = filmed();
    let expect = Input::Expect { room: ROOM, track: CAMERA };
    assert!(stage.at(3_600_000).handle(expect).is_empty(), "it is at hand");
    let out = stage.at(3_600_001).subscribe(PUPIL, CAMERA);
    assert_eq!(got(&out), [(0, 10), (0, 11), (0, 12), (0, 13), (0, 14)]);
    assert!(requests(&out).is_empty() && requests(&stage.at(3_602_000).tick()).is_empty());
}

#[test]
fn who_waits_for_a_still_screen_of_which_no_keyframe_is_kept_has_it_asked_for_at_once() {
    let mut stage = Stage::open(1);
    stage.films(&[delta(0, 10)]);
    assert_eq!(requests(&stage.at(60_000).subscribe(PUPIL, CAMERA)), [0]);
    let mut again = vec![];
    for n in 0..60 {
        again.extend(requests(&stage.at(60_000 + n * 50).tick()));
    }
    assert_eq!(again.len(), 5, "two a second until it comes");
    assert_eq!(got(&stage.films(&[key(0, 11)])), [(0, 11)]);
    assert!(requests(&stage.at(90_000).tick()).is_empty());
}

#[test]
fn who_waits_for_what_has_sent_nothing_yet_has_it_asked_for() {
    let mut stage = Stage::open(1);
    assert_eq!(requests(&stage.subscribe(PUPIL, CAMERA)), [0]);
    assert_eq!(requests(&stage.at(500).tick()), [0]);
}

#[test]
fn a_camera_that_is_off_shows_newcomers_nothing_of_before() {
    let mut stage = filmed();
    let mute = |muted| Input::Mute { room: ROOM, track: CAMERA, muted };
    assert!(stage.handle(mute(true)).is_empty());
    let out = stage.at(300).subscribe(PUPIL, CAMERA);
    assert!(got(&out).is_empty() && requests(&out).is_empty());
    assert!(requests(&stage.at(5_000).tick()).is_empty());
    assert!(stage.at(5_001).handle(mute(false)).is_empty());
    assert_eq!(requests(&stage.at(5_050).tick()), [0], "it is back");
    assert_eq!(got(&stage.films(&[key(0, 20)])), [(0, 20)]);
}

#[test]
fn who_is_expected_is_asked_for_once_unless_a_keyframe_is_fresh() {
    let expect = Input::Expect { room: ROOM, track: CAMERA };
    let mut stage = filmed();
    stage.at(400).films(&[delta(0, 15)]);
    assert!(stage.at(499).handle(expect).is_empty());
    assert_eq!(requests(&stage.at(500).handle(expect)), [0]);
    assert!(stage.at(999).handle(expect).is_empty());
    stage.films(&[key(0, 16)]);
    assert!(stage.at(1_300).handle(expect).is_empty());
}

#[test]
fn nobody_is_asked_for_a_voice_or_a_camera_that_is_off() {
    let mut stage = filmed();
    stage.speaks(0..1);
    assert!(stage.at(900).handle(Input::Expect { room: ROOM, track: VOICE }).is_empty());
    stage.handle(Input::Mute { room: ROOM, track: CAMERA, muted: true });
    assert!(stage.at(9_000).handle(Input::Expect { room: ROOM, track: CAMERA }).is_empty());
}

#[test]
fn the_entrance_closes_when_the_publisher_begins_anew() {
    let mut stage = filmed();
    stage.films(&[delta(0, 90_000), delta(0, 90_001)]);
    let out = stage.subscribe(PUPIL, CAMERA);
    assert_eq!((got(&out), requests(&out)), (vec![], vec![Layer(0).0]));
}

#[test]
fn padding_that_overtakes_the_first_keyframe_sets_no_clock() {
    let mut stage = Stage::open(1);
    stage.films(&[padding(0, 12), key(0, 10), delta(0, 11)]);
    let past = forwards(&stage.at(80).subscribe(PUPIL, CAMERA));
    let next = forwards(&stage.films(&[delta(0, 13)]))[0];
    assert_eq!(next.time.since(past[1].time), 2 * 3_600, "as filmed");
}

#[test]
fn frames_that_overtake_their_keyframe_are_of_the_past_as_well() {
    let mut stage = Stage::open(1);
    stage.films(&[delta(0, 11), delta(0, 12), key(0, 10)]);
    let past = forwards(&stage.at(80).subscribe(PUPIL, CAMERA));
    assert_eq!(past.len(), 3);
    assert!(past.windows(2).all(|it| (1..=90).contains(&it[1].time.since(it[0].time))));
}

#[test]
fn a_packet_of_the_past_that_comes_ten_seconds_late_has_no_place() {
    let mut stage = Stage::open(1);
    stage.films(&[key(0, 10), delta(0, 12)]);
    assert_eq!(got(&stage.subscribe(PUPIL, CAMERA)).len(), 2);
    assert_eq!(got(&stage.films(&[delta(0, 13), delta(0, 14)])).len(), 2);
    assert_eq!(got(&stage.films(&[delta(0, 264)])), [(0, 264)]);
    assert!(got(&stage.films(&[delta(0, 11)])).is_empty());
    assert_eq!(got(&stage.films(&[delta(0, 200)])), [(0, 200)], "live and late");
}

#[test]
fn what_nobody_reports_of_a_still_source_is_sent_again_with_new_numbers() {
    let mut stage = Stage::open(1);
    stage.films(&[key(0, 10), delta(0, 11)]);
    let first = forwards(&stage.at(2_000).subscribe(PUPIL, CAMERA));
    assert_eq!(first.len(), 2, "before its decoder is there");
    let mut numbers: Vec<u64> = first.iter().map(|it| it.number).collect();
    let mut sent_at = vec![];
    for at in (2_050..30_000).step_by(50) {
        let out = stage.at(at).handle(Input::Tick);
        let again = forwards(&out);
        if !again.is_empty() {
            assert_eq!(got(&out), [(0, 10), (0, 11)]);
            sent_at.push(at);
        }
        numbers.extend(again.iter().map(|it| it.number));
    }
    assert_eq!(sent_at, [2_800, 4_400, 7_600, 14_000], "more and more seldom, and not for ever");
    assert!(numbers.windows(2).all(|it| it[1] == it[0] + 1), "{numbers:?}");
}

#[test]
fn what_is_reported_or_goes_on_is_not_sent_again() {
    let mut stage = Stage::open(1);
    stage.films(&[key(0, 10)]);
    assert_eq!(got(&stage.at(2_000).subscribe(PUPIL, CAMERA)).len(), 1);
    stage.received(PUPIL, CAMERA);
    assert!(stage.at(4_000).handle(Input::Tick).is_empty());
    let mut stage = Stage::open(1);
    stage.films(&[key(0, 10)]);
    stage.at(100).subscribe(PUPIL, CAMERA);
    stage.at(1_000).films(&[delta(0, 11)]);
    assert!(stage.at(1_400).handle(Input::Tick).is_empty(), "its decoder asks for itself");
}
