use media::Ms;
use sfu::{Arrival, Feedback, Input, ListenerId, Reported, TrackId, TransportLoss};

use crate::stage::{CAMERA, CLINIC, PUPIL, ROOM, Stage, VOICE};

fn reports(
    stage: &mut Stage,
    listener: ListenerId,
    track: TrackId,
    lost_256: u8,
    way: Option<u32>,
) {
    let feedback = Feedback::Report { track, lost_256, round_trip_ms: way };
    let out = stage.handle(Input::Feedback { room: ROOM, listener, feedback });
    assert!(out.is_empty());
}

#[test]
fn each_stream_has_its_own_last_report_and_keeps_the_round_trip_that_it_showed() {
    let mut stage = Stage::with_pupil(1);
    stage.subscribe(PUPIL, VOICE);
    stage.subscribe(CLINIC, CAMERA);
    reports(stage.at(100), PUPIL, CAMERA, 26, Some(300));
    reports(stage.at(150), PUPIL, VOICE, 0, Some(40));
    reports(stage.at(200), PUPIL, CAMERA, 13, None);
    reports(&mut stage, ListenerId(99), CAMERA, 99, Some(1));
    let of = |track, listener| stage.sfu.reported(ROOM, track, listener);
    let told = |at, lost_256, round_trip_ms| Some(Reported { at: Ms(at), lost_256, round_trip_ms });
    assert_eq!(of(CAMERA, PUPIL), told(200, 13, Some(300)));
    assert_eq!(of(VOICE, PUPIL), told(150, 0, Some(40)));
    assert_eq!([of(CAMERA, CLINIC), of(VOICE, CLINIC), of(CAMERA, ListenerId(99))], [None; 3]);
}

#[test]
fn a_stream_that_begins_anew_has_reported_nothing() {
    let mut stage = Stage::with_pupil(1);
    reports(&mut stage, PUPIL, CAMERA, 26, Some(300));
    stage.handle(Input::Unsubscribe { room: ROOM, track: CAMERA, listener: PUPIL });
    stage.subscribe(PUPIL, CAMERA);
    assert_eq!(stage.sfu.reported(ROOM, CAMERA, PUPIL), None);
}

#[test]
fn transport_wide_feedback_is_summed_for_the_connection() {
    let mut stage = Stage::with_pupil(1);
    assert_eq!(stage.sfu.transport_loss(ROOM, PUPIL), None);
    let packets = [(7, Some(1_000)), (8, None), (9, Some(1_400))];
    let packets = packets.map(|(number, came_us)| Arrival { number, came_us });
    let feedback = Feedback::Transport { packets: &packets };
    stage.at(60).handle(Input::Feedback { room: ROOM, listener: PUPIL, feedback });
    let told = TransportLoss { at: Ms(60), packets: 3, missing: 1 };
    assert_eq!(stage.sfu.transport_loss(ROOM, PUPIL), Some(told));
    assert_eq!(stage.sfu.transport_loss(ROOM, CLINIC), None);
}
