//! A room is recorded while it is cleared for that, and not a word longer.

use archive::tap::{Body, Recording};
use session::Clearance;
use signalling::effect::Effect;
use signalling::ids::SignalId;
use signalling::input::Input;
use signalling::words::data::{DataPacket, UserData};
use signalling::words::message::Message;
use signalling::words::request::Request;
use signalling::words::track::TrackSource;

use crate::clearance::{own, said, send, set};
use crate::world::{Client, World};

const fn cleared(version: u64, recording: bool) -> Clearance {
    Clearance { version, media: true, recording }
}

/// What was said to the recorder and done about packets since it was last asked for.
fn taped(world: &mut World) -> Vec<&'static str> {
    let effects = world.others.drain(..).filter_map(|effect| match effect {
        Effect::Record(_) => Some("packets"),
        Effect::StopRecording(_) => Some("no packets"),
        Effect::Keyframe(..) => Some("keyframe"),
        Effect::Tap { body, .. } => Some(match body {
            Body::RoomOpened(_) => "opened",
            Body::RoomClosed(_) => "closed",
            Body::ParticipantJoined(_) => "joined",
            Body::ParticipantLeft(_) => "left",
            Body::TrackPublished(_) => "track",
            Body::Data(_) => "data",
            _ => "other",
        }),
        _ => None,
    });
    effects.collect()
}

fn chat(world: &mut World, client: Client) {
    let from = world.mouth(client);
    let (topic, payload) = (Some("chat".to_owned()), br#"{"text":"word"}"#.to_vec());
    let packet = DataPacket { user: Some(UserData { topic, payload }), ..DataPacket::default() };
    world.give(Input::Data { from, reliable: true, packet: &packet });
}

/// Whether a page was last told that the room is recorded.
fn lamp(world: &World, signal: SignalId) -> bool {
    let said = world.said.get(&signal).into_iter().flatten();
    let last = said.rev().find_map(|message| match message {
        Message::Room(room) => Some(room.recording),
        Message::Joined(joined) => Some(joined.room.recording),
        _ => None,
    });
    last.unwrap()
}

#[test]
fn a_recording_begins_when_it_is_cleared_ends_when_that_is_withdrawn_and_begins_anew() {
    let mut world = said(cleared(1, false));
    world.give(Input::Recorder { listens: true, says: Some(Recording::default()) });
    let doctor = world.there("doctor");
    send(&mut world, doctor, 1, TrackSource::Camera);
    chat(&mut world, doctor);
    assert_eq!(taped(&mut world), [""; 0], "nothing goes to the recorder before");
    assert!(!lamp(&world, doctor.signal));
    for version in [2, 4] {
        set(&mut world, cleared(version, true));
        let begins = ["packets", "opened", "joined", "track", "keyframe"];
        assert_eq!(taped(&mut world), begins);
        assert!(lamp(&world, doctor.signal));
        chat(&mut world, doctor);
        let late = world.there("patient");
        assert_eq!(taped(&mut world), ["data", "joined"]);
        world.request(late, Request::Leave);
        taped(&mut world);
        set(&mut world, cleared(version + 1, false));
        assert_eq!(taped(&mut world), ["closed", "no packets"]);
        assert!(!lamp(&world, doctor.signal));
        chat(&mut world, doctor);
        let late = world.there("patient");
        world.request(late, Request::Leave);
        world.give(Input::Recorder { listens: true, says: None });
        assert_eq!(taped(&mut world), [""; 0]);
    }
}

#[test]
fn what_ends_with_the_consent_is_not_said_to_the_recorder() {
    let mut world = said(cleared(1, true));
    let doctor = world.there("doctor");
    send(&mut world, doctor, 1, TrackSource::Microphone);
    assert_eq!(taped(&mut world), ["packets", "opened", "joined", "track"]);
    set(&mut world, Clearance { version: 2, media: false, recording: false });
    assert_eq!(taped(&mut world), ["closed", "no packets"]);
    // Without media it may be recorded all the same.
    set(&mut world, Clearance { version: 3, media: false, recording: true });
    assert_eq!(taped(&mut world), ["packets", "opened", "joined"]);
}

#[test]
fn a_room_that_no_token_wants_recorded_is_not() {
    let mut world = World::new();
    let doctor = world.there("doctor");
    set(&mut world, cleared(1, false));
    set(&mut world, cleared(2, true));
    assert_eq!(taped(&mut world), [""; 0]);
    set(&mut world, cleared(3, false));
    // Somebody comes whose token does, and it is not cleared.
    world.own = own(Some(cleared(1, true)));
    world.there("patient");
    assert_eq!(taped(&mut world), [""; 0]);
    set(&mut world, cleared(4, true));
    assert_eq!(taped(&mut world), ["packets", "opened", "joined", "joined"]);
    world.request(doctor, Request::Leave);
    assert_eq!(taped(&mut world), ["left"]);
}
