use media::{Packet, RtpTime, Target, Temporal};
use sfu::{Input, Output};

use crate::stage::{CAMERA, PUPIL, ROOM, Stage, delta, forwards, key, requests, resends};

/// Picture `seq` of a camera that makes T0 T2 T1 T2, where the first two above layer 0 sync in every second period.
fn picture(seq: u64) -> Packet {
    let place = seq as usize % 8;
    let temporal = Temporal { layer: [0, 2, 1, 2][place % 4], sync: matches!(place, 1 | 2) };
    let like = if seq == 0 { key(0, seq) } else { delta(0, seq) };
    Packet { temporal: Some(temporal), time: RtpTime(seq as u32 * 3_600), ..like }
}

fn allow(stage: &mut Stage, temporal: u8) -> Vec<Output> {
    let top = Some(Target { spatial: 0, temporal });
    stage.handle(Input::Allow { room: ROOM, track: CAMERA, listener: PUPIL, top })
}

/// Picture, number and picture id of everything that goes out of `seqs`.
fn shown(stage: &mut Stage, seqs: std::ops::Range<u64>) -> Vec<(u64, u64, u16)> {
    let pictures: Vec<Packet> = seqs.map(picture).collect();
    let out = stage.films(&pictures);
    assert!(requests(&out).is_empty());
    let id = |seq| picture(seq).picture;
    let forwards = forwards(&out);
    let told =
        |it: &sfu::Forward| (it.source.seq, it.number, id(it.source.seq).ahead_of(it.picture).id);
    forwards.iter().map(told).collect()
}

#[test]
fn a_line_that_carries_less_has_a_lower_frame_rate_at_once_without_a_keyframe() {
    let mut stage = Stage::with_pupil(1);
    assert_eq!(
        shown(&mut stage, 0..4),
        [(0, 1_000, 1), (1, 1_001, 2), (2, 1_002, 3), (3, 1_003, 4)]
    );
    assert!(allow(&mut stage, 1).is_empty());
    assert_eq!(shown(&mut stage, 4..8), [(4, 1_004, 5), (6, 1_005, 6)]);
    assert!(allow(&mut stage, 0).is_empty());
    assert_eq!(shown(&mut stage, 8..16), [(8, 1_006, 7), (12, 1_007, 8)]);
    assert!(allow(&mut stage, 7).is_empty());
    let climbs = [(16, 1_008, 9), (18, 1_009, 10), (20, 1_010, 11), (22, 1_011, 12)];
    assert_eq!(shown(&mut stage, 16..24), climbs, "T1 syncs at 18");
    assert_eq!(shown(&mut stage, 24..27), [(24, 1_012, 13), (25, 1_013, 14), (26, 1_014, 15)]);
    assert!(requests(&stage.at(60_000).tick()).is_empty());
}

#[test]
fn a_picture_is_sent_again_with_the_id_that_it_had() {
    let mut stage = Stage::with_pupil(1);
    shown(&mut stage, 0..1);
    allow(&mut stage, 0);
    shown(&mut stage, 1..8);
    let again = resends(&stage.misses(PUPIL, &[1_001]));
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].source.seq, 4);
    assert_eq!(picture(4).picture.ahead_of(again[0].picture).id, 2);
}

#[test]
fn a_wish_for_fewer_frames_counts_as_a_line_that_carries_fewer() {
    let mut stage = Stage::with_pupil(1);
    let top = Some(Target { spatial: u8::MAX, temporal: 0 });
    stage.handle(Input::Want { room: ROOM, track: CAMERA, listener: PUPIL, top });
    assert_eq!(shown(&mut stage, 0..8), [(0, 1_000, 1), (4, 1_001, 2)]);
}
