use media::{MediaKind, Packet};

use crate::stage::{
    CAMERA, CLINIC, PUPIL, ROOM, Stage, VOICE, delta, forwards, got, key, numbers, requests,
};

/// Sequence numbers near each other and far away, before and after 100,000.
const BEGINNINGS: [u64; 6] = [0, 65_536, 96_999, 99_000, 103_002, 1 << 40];

#[test]
fn a_stream_that_begins_anew_at_a_keyframe_goes_on_there() {
    for begins in BEGINNINGS {
        let mut stage = Stage::with_pupil(1);
        let before = forwards(&stage.films(&[key(0, 100_000), delta(0, 100_001)]))[1];
        let out = forwards(&stage.at(40).films(&[key(0, begins), delta(0, begins + 1)]));
        let sent: Vec<_> = out.iter().map(|it| it.number).collect();
        assert_eq!(sent, [1_002, 1_003], "{begins}");
        assert_eq!(out[0].time.since(before.time), 40 * 90, "{begins}");
    }
}

#[test]
fn a_stream_that_begins_anew_in_the_middle_of_a_burst_goes_on_there() {
    let mut stage = Stage::with_pupil(1);
    stage.subscribe(CLINIC, CAMERA);
    let out =
        stage.films(&[key(0, 9), delta(0, 10), key(0, 70_000), delta(0, 70_001), delta(0, 11)]);
    let each =
        [(0, 9), (0, 10), (0, 9), (0, 10), (0, 70_000), (0, 70_001), (0, 70_000), (0, 70_001)];
    assert_eq!(got(&out), each);
}

#[test]
fn a_stream_that_begins_anew_without_a_keyframe_is_asked_for_one() {
    for begins in BEGINNINGS {
        let mut stage = Stage::with_pupil(1);
        stage.films(&[key(0, 100_000)]);
        assert!(got(&stage.at(40).films(&[delta(0, begins)])).is_empty());
        assert!(requests(&stage.tick()).is_empty(), "one packet may be a stray");
        assert!(got(&stage.films(&[delta(0, begins + 1)])).is_empty());
        assert_eq!(requests(&stage.at(500).tick()), [0], "{begins}");
        assert_eq!(
            numbers(&stage.films(&[key(0, begins + 2), delta(0, begins + 3)])),
            [1_001, 1_002]
        );
    }
}

#[test]
fn a_stray_packet_disturbs_nobody() {
    let mut stage = Stage::with_pupil(1);
    stage.films(&[key(0, 100_000)]);
    assert_eq!(numbers(&stage.films(&[delta(0, 7), delta(0, 100_001)])), [1_001]);
    assert!(stage.tick().is_empty());
    assert_eq!(numbers(&stage.films(&[delta(0, 8), delta(0, 100_002)])), [1_002]);
}

#[test]
fn a_stray_packet_in_a_burst_is_left_out_of_it() {
    let mut stage = Stage::with_pupil(1);
    let out = stage.films(&[key(0, 100_000), delta(0, 7), delta(0, 100_001), delta(0, 900_000)]);
    assert_eq!(got(&out), [(0, 100_000), (0, 100_001)]);
}

#[test]
fn a_long_loss_is_no_new_beginning() {
    let mut stage = Stage::with_pupil(1);
    assert_eq!(numbers(&stage.films(&[key(0, 1), delta(0, 3_001)])), [1_000, 4_000]);
}

#[test]
fn packets_of_the_old_stream_are_not_taken_for_those_of_the_new_one() {
    let mut stage = Stage::with_pupil(1);
    (20_000..20_400).for_each(|seq| drop(stage.films(&[delta(0, seq)])));
    stage.films(&[delta(0, 19_000), delta(0, 19_001)]);
    (19_002..20_010).for_each(|seq| drop(stage.films(&[delta(0, seq)])));
    assert_eq!(got(&stage.films(&[key(0, 20_010)])), [(0, 20_010)]);
}

#[test]
fn a_track_published_again_goes_on_at_its_next_keyframe_under_any_numbers() {
    for begins in [0, 99_990, 100_001, 100_002, 100_050, 7 << 40] {
        let mut stage = Stage::with_pupil(1);
        stage.films(&[key(0, 100_000), delta(0, 100_001)]);
        stage.publish(CAMERA, MediaKind::Video, 2);
        assert!(got(&stage.films(&[delta(0, begins)])).is_empty(), "{begins}");
        assert_eq!(requests(&stage.at(600).tick()), [0], "{begins}");
        assert_eq!(numbers(&stage.films(&[key(0, begins + 1)])), [1_002], "{begins}");
    }
}

#[test]
fn a_voice_that_begins_anew_goes_on_at_once() {
    let mut stage = Stage::open(1);
    stage.subscribe(PUPIL, VOICE);
    assert_eq!(numbers(&stage.speaks([50_000, 50_001])), [1_000, 1_001]);
    assert_eq!(numbers(&stage.speaks([3, 4])), [1_002, 1_003]);
    stage.publish(VOICE, MediaKind::Audio, 1);
    assert_eq!(numbers(&stage.speaks([2, 3])), [1_004, 1_005]);
}

#[test]
fn one_layer_that_begins_anew_leaves_the_others_alone() {
    let mut stage = Stage::with_pupil(2);
    stage.films(&[key(0, 100), key(1, 200)]);
    let packets = [key(0, 60_000), delta(1, 201)].map(|it| (CAMERA, it));
    let out = stage.handle(sfu::Input::Packets { room: ROOM, packets: &packets });
    assert_eq!(got(&out), [(1, 201)]);
}

#[test]
fn sound_without_the_mark_of_a_keyframe_is_heard_all_the_same() {
    let mut stage = Stage::open(1);
    stage.subscribe(PUPIL, VOICE);
    let packets = [(VOICE, Packet { keyframe: false, ..key(0, 4) })];
    let out = stage.handle(sfu::Input::Packets { room: ROOM, packets: &packets });
    assert_eq!(numbers(&out), [1_000]);
}
