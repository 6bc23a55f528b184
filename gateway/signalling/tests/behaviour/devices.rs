//! One person, several devices: which one stays.

use signalling::ids::SignalId;
use signalling::words::message::Message;
use signalling::words::participant::{LeaveReason, Next};
use signalling::words::request::Request;

use crate::world::{Client, WALL_US, World};

/// What a client at the door was told if it was turned away.
fn farewell(world: &mut World, signal: SignalId) -> Option<(LeaveReason, Next)> {
    assert!(world.admitted(signal).is_none() && world.hung_up.contains(&signal));
    match world.heard(signal)[..] {
        [Message::Leave { reason, next }] => Some((reason, next)),
        _ => None,
    }
}

const ELSEWHERE: Option<(LeaveReason, Next)> =
    Some((LeaveReason::DuplicateIdentity, Next::StayAway));

/// A laptop, and three seconds later a phone of the same person; gives when the laptop was chosen, its sid, and the
/// phone.
fn two_devices(world: &mut World) -> (u64, String, Client) {
    let laptop = world.there("doctor");
    let info = world.own_info(laptop);
    world.later(3);
    let phone = world.there("doctor");
    let leave = Message::Leave { reason: LeaveReason::DuplicateIdentity, next: Next::StayAway };
    assert_eq!(world.heard(laptop.signal).last(), Some(&leave));
    (info.joined_ms, info.sid, phone)
}

#[test]
fn a_device_that_comes_back_by_itself_does_not_push_out_the_one_chosen_later() {
    let mut world = World::new();
    let (chosen_ms, laptop, phone) = two_devices(&mut world);
    for sid in [Some(laptop.as_str()), None] {
        world.chosen_ms = Some(chosen_ms);
        let signal = world.knock("doctor", |_| {}, sid);
        assert_eq!(farewell(&mut world, signal), ELSEWHERE, "{sid:?}");
    }
    assert!(!world.hung_up.contains(&phone.signal), "the phone was left alone");
    assert_eq!(world.counted("chosen_elsewhere"), 2);
    // Also once the phone has left: the person has ended there.
    world.request(phone, Request::Leave);
    world.chosen_ms = Some(chosen_ms);
    let signal = world.knock("doctor", |_| {}, None);
    assert_eq!(farewell(&mut world, signal), ELSEWHERE);
    // By a press it comes in.
    world.join("doctor", |_| {});
}

#[test]
fn the_device_chosen_last_comes_back_by_itself_after_a_restart_of_the_gateway() {
    let mut world = World::new();
    let now_ms = WALL_US / 1_000;
    // The laptop is quicker, but was chosen earlier; a claim of the future is one of now.
    world.chosen_ms = Some(now_ms - 9_000);
    let signal = world.knock("doctor", |_| {}, Some("PA_laptop"));
    assert!(world.admitted(signal).is_some());
    world.chosen_ms = Some(now_ms - 5_000);
    let signal = world.knock("doctor", |_| {}, Some("PA_phone"));
    assert!(world.admitted(signal).is_some());
    world.chosen_ms = Some(now_ms - 9_000);
    let signal = world.knock("doctor", |_| {}, None);
    assert_eq!(farewell(&mut world, signal), ELSEWHERE);
    // Its own try whose answer was lost is no other device.
    world.chosen_ms = Some(now_ms - 5_000);
    let signal = world.knock("doctor", |_| {}, Some("PA_phone"));
    assert!(world.admitted(signal).is_some());
    world.chosen_ms = Some(u64::MAX);
    let signal = world.knock("doctor", |_| {}, None);
    assert!(world.admitted(signal).is_some());
    world.later(1);
    let signal = world.knock("doctor", |_| {}, None);
    assert!(world.admitted(signal).is_some());
}

#[test]
fn a_stock_client_that_resumes_a_stay_that_was_replaced_is_sent_away_for_good() {
    let mut world = World::new();
    let (_, laptop, _) = two_devices(&mut world);
    let signal = world.knock("doctor", |_| {}, Some(&laptop));
    assert_eq!(farewell(&mut world, signal), ELSEWHERE);
    // A fresh join replaces, as with LiveKit.
    world.join("doctor", |_| {});
    assert_eq!(world.people(), 1);
}
