use media::{Layer, Packet, RtpTime};
use sfu::{Input, Output};

use crate::stage::{CAMERA, CLINIC, PUPIL, ROOM, Stage, delta, forwards, key};

fn report(stage: &mut Stage, layer: u8, time: RtpTime) -> Vec<Output> {
    let layer = Layer(layer);
    stage.handle(Input::SenderReport { room: ROOM, track: CAMERA, layer, ntp: 99, time })
}

#[test]
fn a_report_is_told_in_the_numbers_of_each_who_hears_the_layer() {
    let mut stage = Stage::with_pupil(2);
    stage.subscribe(CLINIC, CAMERA);
    stage.want(CLINIC, Some(0));
    stage.films(&[key(0, 10), key(1, 500)]);
    let sent = forwards(&stage.at(40).films(&[delta(0, 11), delta(1, 501)]));
    for (layer, seq, listener, slot) in [(0, 11, CLINIC, 81), (1, 501, PUPIL, 71)] {
        let time = sent.iter().find(|it| it.listener == listener).expect("heard").time;
        let told = report(&mut stage, layer, delta(layer, seq).time);
        assert_eq!(told, [Output::Report { listener, slot, ntp: 99, time }]);
    }
}

#[test]
fn nothing_is_told_to_one_who_has_heard_nothing_or_pauses() {
    let mut stage = Stage::with_pupil(1);
    assert!(report(&mut stage, 0, RtpTime(7)).is_empty());
    stage.films(&[key(0, 10)]);
    stage.want(PUPIL, None);
    assert!(report(&mut stage, 0, RtpTime(7)).is_empty());
}

/// A camera whose layers begin anywhere in time, reported on; the keyframe of the larger one comes
/// 300 ms late.
fn switched(reported: bool) -> i32 {
    let mut stage = Stage::with_pupil(2);
    stage.want(PUPIL, Some(0));
    let last = forwards(&stage.at(4_000).films(&[key(0, 100)]))[0];
    for layer in 0..2_u64 {
        let (ntp, time) =
            ((90 + layer) << 32, delta(0, 75 * layer + 50).time.plus(7 * layer as u32));
        let layer = Layer(layer as u8);
        let input = Input::SenderReport { room: ROOM, track: CAMERA, layer, ntp, time };
        if reported {
            stage.handle(input);
        }
    }
    stage.want(PUPIL, Some(1));
    let late = Packet { time: delta(0, 152).time.plus(7), ..key(1, 152) };
    forwards(&stage.at(4_380).films(&[late]))[0].time.since(last.time)
}

#[test]
fn a_switch_keeps_the_publishers_time_where_reports_tell_it() {
    assert_eq!(switched(false), 380 * 90, "by arrival");
    assert_eq!(switched(true), 80 * 90, "the frame was taken 80 ms after the last one");
}
