//! The chat of a room: who comes later reads what was written to everybody, once.

use serde_json::{Value, json};
use session::{Own, Role};
use signalling::effect::Deliver;
use signalling::input::{ConnectionEvent, Input};
use signalling::words::data::{DataPacket, UserData};

use crate::world::{Client, World};

fn say(world: &mut World, who: Client, to: &[&str], payload: &Value) {
    let (topic, payload) = (Some("chat".to_owned()), payload.to_string().into_bytes());
    let to = to.iter().map(|name| (*name).to_owned()).collect();
    let packet =
        DataPacket { to, user: Some(UserData { topic, payload }), ..DataPacket::default() };
    let from = world.channel(who);
    world.give(Input::Data { from, reliable: true, packet: &packet });
}

/// What somebody was told of what was written before, piece by piece.
fn caught_up(world: &mut World, who: Client) -> Vec<Vec<Value>> {
    let ears = world.ears(who);
    let mine = |it: &Deliver| it.to == [ears];
    let said = world.delivered.extract_if(.., |it| mine(it)).filter_map(|it| it.said);
    let said = said.filter(|it| it.topic.as_deref() == Some("chat-log"));
    let pieces = said.map(|it| {
        let mut told: Value = serde_json::from_slice(&it.payload).unwrap();
        match told["messages"].take() {
            Value::Array(list) => list,
            other => panic!("{other}"),
        }
    });
    pieces.collect()
}

#[test]
fn a_latecomer_reads_what_was_written_with_who_and_when() {
    let mut world = World::new();
    let li = world.there("li");
    say(&mut world, li, &[], &json!({ "id": "1", "text": "云是水汽变的", "at": 1 }));
    let late = world.there("class b");
    let at = world.core_ms();
    let told = json!({ "id": "1", "identity": "li", "name": "", "at": at, "text": "云是水汽变的" });
    assert_eq!(caught_up(&mut world, late), [[told]]);
    // A path that comes about again tells nothing again.
    let ears = world.ears(late);
    world.give(Input::Connection(ears, ConnectionEvent::ChannelsOpen));
    assert!(caught_up(&mut world, late).is_empty());
}

#[test]
fn what_was_written_while_somebody_came_in_is_not_missed() {
    let mut world = World::new();
    let li = world.there("li");
    let late = world.join("class b", |_| {});
    let ears = world.ears(late);
    world.give(Input::Connection(ears, ConnectionEvent::Connected));
    world.later(5);
    say(&mut world, li, &[], &json!({ "id": "1", "text": "在吗" }));
    world.delivered.clear();
    world.give(Input::Connection(ears, ConnectionEvent::ChannelsOpen));
    assert_eq!(caught_up(&mut world, late).concat()[0]["text"], "在吗");
}

#[test]
fn what_was_meant_for_some_or_is_in_another_form_is_told_to_nobody_later() {
    let mut world = World::new();
    let li = world.there("li");
    world.there("wang");
    say(&mut world, li, &["wang"], &json!({ "id": "1", "text": "to wang" }));
    say(&mut world, li, &[], &json!("text alone"));
    say(&mut world, li, &[], &json!({ "id": "2", "text": "" }));
    say(&mut world, li, &[], &json!({ "id": "3", "text": "x".repeat(8_001) }));
    assert_eq!(world.counted("chat_not_kept"), 2);
    let late = world.there("late");
    assert!(caught_up(&mut world, late).is_empty());
}

#[test]
fn a_long_chat_comes_in_pieces_in_its_order() {
    let mut world = World::new();
    let li = world.there("li");
    for number in 0..120 {
        let text = format!("{number} {}", "x".repeat(200));
        say(&mut world, li, &[], &json!({ "id": number.to_string(), "text": text }));
    }
    let late = world.there("late");
    let pieces = caught_up(&mut world, late);
    assert!(pieces.len() > 1);
    let bytes = pieces.iter().map(|it| json!({ "messages": it }).to_string().len());
    assert!(bytes.max() < Some(13_000));
    let ids: Vec<String> =
        pieces.concat().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, (0..120).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(world.counted("chat_forgotten"), 0);
}

/// What doctors wrote to each other before is not for who comes in by a ticket.
#[test]
fn a_patient_reads_what_is_written_from_then_on() {
    let mut world = World::new();
    let li = world.there("li");
    say(&mut world, li, &[], &json!({ "id": "1", "text": "先不告诉家属" }));
    world.own = Some(Own { role: Some(Role::Patient), ..Own::default() });
    let patient = world.there("guest:1");
    world.own = None;
    assert!(caught_up(&mut world, patient).is_empty());
    let late = world.there("wang");
    assert_eq!(caught_up(&mut world, late).concat().len(), 1);
}
