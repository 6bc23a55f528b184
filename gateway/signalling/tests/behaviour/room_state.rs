//! The state of a room: who may write it, who is told, what is left of who goes.

use std::time::Duration;

use archive::tap::Body;
use serde_json::{Value, json};
use session::{Own, VideoGrant};
use signalling::effect::Effect;
use signalling::ids::SignalId;
use signalling::input::Input;
use signalling::words::call::{Call, ClosingReason, SendData, SetClosing, UpdateParticipant};
use signalling::words::data::{DataPacket, UserData};
use signalling::words::message::{Message, Refusal};
use signalling::words::participant::Permission;
use signalling::words::request::Request;

use crate::world::{Client, World};

fn booked() -> World {
    let mut world = World::new();
    let session = Some("s".to_owned());
    world.own = Some(Own { session, record: Some(true), ..Own::default() });
    world
}

/// A booked room that everybody has left for so long that it is gone; page 4 was shown in it, and a hand was up.
fn left() -> World {
    let mut world = booked();
    let teacher = world.join("zhang", lead);
    write(&mut world, teacher, &page(4));
    write(&mut world, teacher, &json!({ "hand": true }));
    world.request(teacher, Request::Leave);
    world.later(1);
    world.later(world.limits.empty_room_s);
    world
}

fn lead(grant: &mut VideoGrant) {
    grant.room_admin = true;
}

fn packet(said: &Value) -> DataPacket {
    let (topic, payload) = (Some("room-state".to_owned()), said.to_string().into_bytes());
    DataPacket { user: Some(UserData { topic, payload }), ..DataPacket::default() }
}

fn write(world: &mut World, who: Client, said: &Value) {
    let from = world.channel(who);
    world.give(Input::Data { from, reliable: true, packet: &packet(said) });
}

fn page(number: u32) -> Value {
    json!({ "slides": { "deck": "d", "page": number, "pages": 9, "title": "云" } })
}

/// The state in the last word on the room that was said on a signalling connection.
fn told(world: &mut World, signal: SignalId) -> Option<Value> {
    let last = world.heard(signal).into_iter().rev().find_map(|message| match message {
        Message::Room(room) => Some(room.metadata),
        Message::Joined(joined) => Some(joined.room.metadata),
        _ => None,
    });
    let about: Value = serde_json::from_str(&last?).expect("metadata are JSON");
    about.get("state").cloned()
}

fn refusals(world: &mut World, signal: SignalId) -> Vec<(u32, Refusal)> {
    let said = world.heard(signal).into_iter().filter_map(|message| match message {
        Message::Response { request, refusal, .. } if refusal != Refusal::None => {
            Some((request, refusal))
        }
        _ => None,
    });
    said.collect()
}

fn pages(world: &World) -> Vec<u64> {
    let taped = world.others.iter().filter_map(|effect| match effect {
        Effect::Tap { body: Body::Data(data), .. } if data.topic == "slides" => {
            serde_json::from_slice::<Value>(&data.payload).unwrap()["page"].as_u64()
        }
        _ => None,
    });
    taped.collect()
}

#[test]
fn a_late_page_and_a_page_on_another_computer_are_told_everything_as_they_come() {
    let mut world = booked();
    let teacher = world.join("zhang", lead);
    let pupil = world.join("class a", |_| {});
    write(&mut world, teacher, &page(4));
    write(&mut world, pupil, &json!({ "hand": true }));
    let at = world.core_ms();
    let state = json!({
        "version": 2,
        "slides": { "deck": "d", "page": 4, "pages": 9, "title": "云", "by": "zhang", "at": at, "version": 1 },
        "hands": [{ "of": "class a", "at": at, "version": 2 }],
    });
    let late = world.join("class b", |_| {});
    assert_eq!(told(&mut world, late.signal).as_ref(), Some(&state));
    let again = world.join("zhang", lead);
    assert_eq!(told(&mut world, again.signal).as_ref(), Some(&state), "on another computer");
    write(&mut world, again, &page(5));
    world.later(1);
    assert_eq!(told(&mut world, late.signal).unwrap()["slides"]["page"], 5, "and turns pages");
    assert_eq!(pages(&world), [4, 5], "the replay follows");
    assert!(world.delivered.is_empty(), "nothing went from page to page");
}

#[test]
fn the_room_is_told_at_once_and_then_what_has_gathered() {
    let mut world = booked();
    let teacher = world.join("zhang", lead);
    let pupil = world.join("class a", |_| {});
    world.later(1);
    world.heard(pupil.signal);
    for number in 1..=3 {
        write(&mut world, teacher, &page(number));
    }
    let rooms = |messages: Vec<Message>| {
        messages.iter().filter(|it| matches!(it, Message::Room(_))).count()
    };
    assert_eq!(rooms(world.heard(pupil.signal)), 1);
    world.now += Duration::from_millis(200);
    world.give(Input::Tick);
    assert_eq!(rooms(world.heard(pupil.signal)), 0);
    world.now += Duration::from_millis(50);
    world.give(Input::Tick);
    assert_eq!(told(&mut world, pupil.signal).unwrap()["slides"]["page"], 3);
    world.later(1);
    assert_eq!(rooms(world.heard(pupil.signal)), 0, "and nothing is repeated");
}

#[test]
fn who_resumes_has_missed_nothing() {
    let mut world = booked();
    let teacher = world.join("zhang", lead);
    let pupil = world.join("class a", |_| {});
    let sid = world.own_info(pupil).sid;
    world.give(Input::SignalLost(pupil.signal));
    write(&mut world, teacher, &page(7));
    let back = world.knock("class a", |_| {}, Some(&sid));
    assert_eq!(told(&mut world, back).unwrap()["slides"]["page"], 7);
}

#[test]
fn pages_and_the_hands_of_others_are_for_who_leads() {
    for (leads, is_booked, role_free) in
        [(true, true, true), (false, true, false), (false, false, true)]
    {
        let mut world = if is_booked { booked() } else { World::new() };
        let me = world.join("me", |grant| grant.room_admin = leads);
        let other = world.join("other", |_| {});
        write(&mut world, other, &json!({ "hand": true }));
        let mut turn = page(1);
        turn["request"] = json!(1);
        write(&mut world, me, &turn);
        write(&mut world, me, &json!({ "request": 2, "hand": false, "of": "other" }));
        write(&mut world, other, &json!({ "hand": true }));
        write(&mut world, me, &json!({ "request": 3, "call": "other" }));
        // Everybody has the own hand.
        write(&mut world, me, &json!({ "request": 4, "hand": true }));
        write(&mut world, me, &json!({ "request": 5, "hand": false, "of": "me" }));
        let refused = refusals(&mut world, me.signal);
        let all = [1, 2, 3].map(|request| (request, Refusal::NotAllowed));
        assert_eq!(refused, if role_free { vec![] } else { all.to_vec() }, "{leads} {is_booked}");
        assert_eq!(world.counted("room_state_refused"), refused.len());
        assert!(world.delivered.is_empty(), "what was refused goes to nobody either");
    }
}

#[test]
fn a_write_with_a_number_is_answered_under_it_before_the_room_is_told_more() {
    let mut world = booked();
    let teacher = world.join("zhang", lead);
    world.heard(teacher.signal);
    let mut turn = page(1);
    turn["request"] = json!(6);
    write(&mut world, teacher, &turn);
    let said = world.heard(teacher.signal);
    let answer = Message::Response { request: 6, refusal: Refusal::None, text: String::new() };
    let place = said.iter().position(|it| *it == answer);
    let told = said.iter().position(|it| matches!(it, Message::Room(_)));
    assert!(place.is_some() && place < told, "{said:?}");
    write(&mut world, teacher, &page(2));
    let said = world.heard(teacher.signal);
    assert!(!said.iter().any(|it| matches!(it, Message::Response { .. })), "{said:?}");
}

#[test]
fn a_hand_that_is_called_is_down_and_a_hand_that_is_down_is_not_called() {
    let mut world = booked();
    let teacher = world.join("zhang", lead);
    let pupil = world.join("class a", |_| {});
    write(&mut world, pupil, &json!({ "hand": true }));
    write(&mut world, teacher, &json!({ "request": 1, "call": "class a", "seen": 9 }));
    write(&mut world, teacher, &json!({ "request": 2, "call": "nobody" }));
    assert_eq!(
        refusals(&mut world, teacher.signal),
        [(1, Refusal::NotFound), (2, Refusal::NotFound)]
    );
    write(&mut world, teacher, &json!({ "request": 3, "call": "class a", "seen": 1 }));
    write(&mut world, teacher, &json!({ "request": 4, "call": "class a" }));
    assert_eq!(refusals(&mut world, teacher.signal), [(4, Refusal::NotFound)]);
    world.later(1);
    let state = told(&mut world, pupil.signal).unwrap();
    assert_eq!((&state["hands"], &state["called"]["of"]), (&json!([]), &json!("class a")));
    assert_eq!(state["called"]["by"], "zhang");
}

#[test]
fn the_hand_of_who_leaves_goes_and_that_of_who_comes_again_stays() {
    let mut world = booked();
    let teacher = world.join("zhang", lead);
    let pupil = world.join("class a", |_| {});
    write(&mut world, pupil, &json!({ "hand": true }));
    let again = world.join("class a", |_| {});
    world.later(1);
    assert_eq!(told(&mut world, teacher.signal).unwrap()["hands"][0]["of"], "class a");
    world.request(again, Request::Leave);
    world.later(1);
    assert_eq!(told(&mut world, teacher.signal).unwrap()["hands"], json!([]));
}

#[test]
fn who_is_called_is_called_still_when_its_page_comes_back_late() {
    let mut world = booked();
    let teacher = world.join("zhang", lead);
    let pupil = world.join("class a", |_| {});
    write(&mut world, pupil, &json!({ "hand": true }));
    write(&mut world, teacher, &json!({ "request": 1, "call": "class a" }));
    world.request(pupil, Request::Leave);
    world.later(2);
    assert_eq!(told(&mut world, teacher.signal).unwrap().get("called"), None);
    let again = world.join("class a", |_| {});
    world.later(1);
    for who in [teacher, again] {
        assert_eq!(told(&mut world, who.signal).unwrap()["called"]["of"], "class a");
    }
}

#[test]
fn who_may_not_send_data_or_is_hidden_is_told_so() {
    let mut world = World::new();
    let mute = world.join("mute", |grant| grant.can_publish_data = Some(false));
    let hidden = world.join("hidden", |grant| grant.hidden = true);
    for who in [mute, hidden] {
        write(&mut world, who, &json!({ "hand": true }));
        assert_eq!(refusals(&mut world, who.signal), [(0, Refusal::NotAllowed)]);
    }
    write(&mut world, hidden, &page(1));
    world.later(1);
    let state = told(&mut world, mute.signal).unwrap();
    assert_eq!(state["slides"]["by"], "", "nobody reads who hides");
}

#[test]
fn who_begins_to_hide_has_no_hand_any_more() {
    let mut world = World::new();
    let seen = world.join("seen", |_| {});
    let pupil = world.join("pupil", |_| {});
    write(&mut world, pupil, &json!({ "hand": true }));
    let permission = Some(Permission { hidden: true, ..Permission::default() });
    let (room, identity) = ("ward".to_owned(), "pupil".to_owned());
    let ask = UpdateParticipant { room, identity, permission, ..UpdateParticipant::default() };
    world.call(Call::UpdateParticipant(Box::new(ask))).unwrap();
    world.later(1);
    assert_eq!(told(&mut world, seen.signal).unwrap()["hands"], json!([]));
}

#[test]
fn writes_over_the_rate_and_nonsense_are_refused_and_counted() {
    let mut world = booked();
    let teacher = world.join("zhang", lead);
    for number in 0..22 {
        let mut turn = page(1 + number % 2);
        turn["request"] = json!(number + 1);
        write(&mut world, teacher, &turn);
    }
    let refused = refusals(&mut world, teacher.signal);
    assert_eq!(refused, [(21, Refusal::LimitExceeded), (22, Refusal::LimitExceeded)]);
    world.later(1);
    write(&mut world, teacher, &json!({ "request": 9, "quiz": {} }));
    assert_eq!(refusals(&mut world, teacher.signal), [(9, Refusal::Invalid)]);
    assert_eq!(world.counted("room_state_refused"), 3);
}

#[test]
fn the_topic_is_the_gateways_whoever_says_it() {
    let mut world = World::new();
    let me = world.join("me", |_| {});
    world.join("other", |_| {});
    let forged = DataPacket {
        to: vec!["other".to_owned()],
        ..packet(&json!({ "version": 99, "hands": [{ "of": "other" }] }))
    };
    let from = world.channel(me);
    world.give(Input::Data { from, reliable: false, packet: &forged });
    let user = UserData { topic: Some("chat-log".to_owned()), payload: b"{}".to_vec() };
    let log = DataPacket { user: Some(user), ..DataPacket::default() };
    world.give(Input::Data { from, reliable: true, packet: &log });
    let said = SendData {
        room: "ward".to_owned(),
        topic: Some("room-state".to_owned()),
        ..SendData::default()
    };
    assert!(world.call(Call::SendData(Box::new(said))).is_err());
    assert!(world.delivered.is_empty());
}

#[test]
fn a_servers_metadata_keep_their_place_beside_the_state() {
    let mut world = World::new();
    let me = world.join("me", |_| {});
    write(&mut world, me, &page(2));
    for (metadata, stands_beside) in [(r#"{"about":"云","state":"old"}"#, Some("云")), ("", None)]
    {
        world.call(Call::UpdateRoomMetadata("ward".to_owned(), metadata.to_owned())).unwrap();
        let room = world.heard(me.signal).into_iter().rev().find_map(|message| match message {
            Message::Room(room) => Some(room.metadata),
            _ => None,
        });
        let about: Value = serde_json::from_str(&room.unwrap()).unwrap();
        assert_eq!(about["state"]["slides"]["page"], 2);
        assert_eq!(about["about"].as_str(), stands_beside);
    }
    for text in ["free text", "[1]"] {
        world.call(Call::UpdateRoomMetadata("ward".to_owned(), text.to_owned())).unwrap();
        let said = world.heard(me.signal);
        let same = |it: &Message| matches!(it, Message::Room(room) if room.metadata == text);
        assert!(said.iter().any(same), "{said:?}");
    }
}

#[test]
fn a_recording_that_begins_later_begins_with_the_page_that_is_shown() {
    let mut world = World::new();
    let me = world.join("me", |_| {});
    write(&mut world, me, &page(3));
    assert!(pages(&world).is_empty());
    world.own = Some(Own { record: Some(true), ..Own::default() });
    world.join("other", |_| {});
    assert_eq!(pages(&world), [3]);
}

#[test]
fn a_packet_of_slides_from_page_to_page_is_no_page_of_the_room() {
    let mut world = booked();
    let teacher = world.join("zhang", lead);
    let from = world.channel(teacher);
    let payload = page(6)["slides"].to_string().into_bytes();
    let user = Some(UserData { topic: Some("slides".to_owned()), payload });
    world.give(Input::Data {
        from,
        reliable: true,
        packet: &DataPacket { user, ..DataPacket::default() },
    });
    assert!(pages(&world).is_empty());
    let late = world.join("class a", |_| {});
    assert_eq!(told(&mut world, late.signal), None);
}

#[test]
fn a_booked_room_that_everybody_has_left_shows_the_same_to_who_comes_back() {
    let mut world = left();
    assert_eq!(world.rooms(), 0);
    assert!(world.core.is_remembered("ward"), "its shard is");
    let again = world.join("zhang", lead);
    let state = told(&mut world, again.signal).unwrap();
    assert_eq!((&state["slides"]["page"], &state["hands"]), (&json!(4), &json!([])));
    assert_eq!(pages(&world), [4, 4], "and so does the next recording");
    assert!(!world.core.is_remembered("ward"));
    // Another session in the room, and a room that nobody booked, begin with nothing.
    for session in [Some("another".to_owned()), None] {
        let mut world = left();
        world.own = Some(Own { session, ..Own::default() });
        let other = world.join("zhang", lead);
        assert_eq!(told(&mut world, other.signal), None);
    }
}

#[test]
fn a_room_that_is_over_keeps_nothing() {
    let mut world = left();
    let now_s = world.core_ms() / 1_000;
    let (room, why) = ("ward".to_owned(), ClosingReason::Ended);
    let closing = SetClosing { room, ends: now_s, closes: now_s + 5, why };
    world.call(Call::SetClosing(closing)).unwrap();
    assert!(world.core.is_remembered("ward"));
    world.later(6);
    assert!(!world.core.is_remembered("ward"));
}
