use media::{Layer, RtpTime, Target};
use sfu::{Feedback, Input, ListenerId, RoomId, Subscribe, TrackId};

use crate::stage::{CAMERA, CLINIC, PUPIL, ROOM, Stage, delta, got, key};

#[test]
fn an_input_that_names_nothing_known_has_no_consequence() {
    let mut stage = Stage::with_pupil(1);
    stage.films(&[key(0, 1)]);
    let before = format!("{:?}", stage.sfu);
    let (room, track, listener) = (ROOM, CAMERA, PUPIL);
    for (room, track, listener) in
        [(RoomId(9), track, listener), (room, TrackId(9), listener), (room, track, CLINIC)]
    {
        let packets = [(TrackId(9), key(0, 2))];
        let (layer, time, top) = (Layer(0), RtpTime(0), Some(Target::default()));
        let feedback = Feedback::Report { track, lost_256: 9, round_trip_ms: Some(40) };
        for input in [
            Input::Unsubscribe { room, track, listener },
            Input::Want { room, track, listener, top },
            Input::Allow { room, track, listener, top },
            Input::Order { room, track, layers: &[] },
            Input::Packets { room, packets: &packets },
            Input::KeyframeWanted { room, track, listener },
            Input::Feedback { room, listener, feedback },
            Input::Refresh { room, track: TrackId(9) },
            Input::Lost { room, track, listener, numbers: &[1_000] },
            Input::SenderReport { room, track: TrackId(9), layer, ntp: 0, time },
            Input::Subscribe(Subscribe {
                room,
                track: TrackId(9),
                listener,
                slot: 0,
                want: Some(Target::ALL),
                allow: Some(Target::ALL),
            }),
            Input::Unpublish { room, track: TrackId(9) },
            Input::Close { room: RoomId(9) },
        ] {
            assert!(stage.at(900).handle(input).is_empty(), "{input:?}");
            assert_eq!(format!("{:?}", stage.sfu), before, "{input:?}");
        }
    }
}

#[test]
fn a_layer_that_the_track_has_not_is_not_forwarded() {
    let mut stage = Stage::with_pupil(1);
    assert!(got(&stage.films(&[key(1, 1), key(255, 1)])).is_empty());
    assert_eq!(got(&stage.films(&[key(0, 1), key(1, 2), delta(0, 2)])), [(0, 1), (0, 2)]);
}

#[test]
fn the_same_ids_in_two_rooms_are_two_things() {
    let mut stage = Stage::with_pupil(1);
    let kind = media::MediaKind::Video;
    stage.handle(Input::Publish { room: RoomId(2), track: CAMERA, kind, layers: 1 });
    let packets = [(CAMERA, key(0, 1))];
    assert!(stage.handle(Input::Packets { room: RoomId(2), packets: &packets }).is_empty());
    assert!(stage.handle(Input::Close { room: RoomId(2) }).is_empty());
    assert_eq!(got(&stage.films(&[key(0, 1)])), [(0, 1)]);
}

#[test]
fn a_listener_may_have_any_number() {
    let mut stage = Stage::open(1);
    for listener in [u32::MAX, 0, 5] {
        let it = Subscribe {
            room: ROOM,
            track: CAMERA,
            listener: ListenerId(listener),
            slot: 0,
            want: Some(Target::ALL),
            allow: Some(Target::ALL),
        };
        stage.handle(Input::Subscribe(it));
    }
    assert_eq!(got(&stage.films(&[key(0, u64::MAX)])).len(), 3);
}
