//! The state of a room, from a packet on a data channel to what the others are told.

use std::time::Duration;

use livekit_protocol as lk;
use lk::data_packet::Value;
use prost::Message as _;
use session::Own;
use signalling::words::message::{Message, Refusal};

use super::World;
use crate::shard::said::Said;

fn packet(topic: &str, payload: &str) -> Vec<u8> {
    let (topic, payload) = (Some(topic.to_owned()), payload.as_bytes().to_vec());
    let user = lk::UserPacket { topic, payload, ..Default::default() };
    lk::DataPacket { value: Some(Value::User(user)), ..Default::default() }.encode_to_vec()
}

/// What each word on the room that somebody was told says of its state, and what was refused.
fn told(world: &mut World, place: usize) -> (Vec<serde_json::Value>, Vec<(u32, Refusal)>) {
    let (mut states, mut answers) = (vec![], vec![]);
    while let Ok(said) = world.said[place].try_recv() {
        let metadata = match *said {
            Said::Message(Message::Room(room)) => room.metadata,
            Said::Welcome(Message::Joined(joined), _) => joined.room.metadata,
            Said::Message(Message::Response { request, refusal, .. }) => {
                answers.push((request, refusal));
                continue;
            }
            _ => continue,
        };
        let mut about: serde_json::Value = serde_json::from_str(&metadata).unwrap();
        states.push(about["state"].take());
    }
    (states, answers)
}

#[test]
fn a_write_to_the_state_of_a_room_is_told_to_all_and_passed_to_nobody() {
    let mut world = World::new();
    let booked = || Some(Own { session: Some("s".to_owned()), ..Own::default() });
    let teacher = world.join("class", "zhang", |token| {
        (token.video.room_admin, token.own) = (true, booked());
    });
    let pupil = world.join("class", "class a", |token| token.own = booked());
    let (of_teacher, of_pupil) = (world.sends(teacher), world.sends(pupil));
    (0..2).for_each(|place| drop(told(&mut world, place)));
    let turn = r#"{"request":3,"slides":{"deck":"d","page":2,"pages":9,"title":"云"}}"#;
    world.data(of_pupil, 1, &packet("room-state", turn));
    assert_eq!(told(&mut world, 1), (vec![], vec![(3, Refusal::NotAllowed)]));
    world.data(of_teacher, 1, &packet("room-state", turn));
    world.data(of_pupil, 1, &packet("room-state", r#"{"hand":true}"#));
    world.now += Duration::from_millis(300);
    world.shard.tick(world.now);
    for (place, answers) in [(0, vec![(3, Refusal::None)]), (1, vec![])] {
        let (states, answered) = told(&mut world, place);
        assert_eq!(answered, answers);
        let seen = states.iter().map(|state| (&state["slides"]["page"], state["hands"].as_array()));
        let seen: Vec<_> = seen.map(|(page, hands)| (page.as_u64(), hands.map(Vec::len))).collect();
        assert_eq!(seen, [(Some(2), Some(0)), (Some(2), Some(1))]);
    }
    let late = world.join("class", "class b", |token| token.own = booked());
    assert_eq!(told(&mut world, 2).0[0]["hands"][0]["of"], "class a", "{late:?}");
    assert_eq!((world.dropped("data_not_sent"), world.dropped("room_state_refused")), (0, 1));
}
