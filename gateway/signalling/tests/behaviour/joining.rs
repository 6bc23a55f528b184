//! Coming in: at the pace that media bears, again, and not for good.

use std::time::Duration;

use signalling::input::{ConnectionEvent, Input};
use signalling::words::message::Message;
use signalling::words::participant::{LeaveReason, Next};

use crate::world::World;

#[test]
fn with_the_times_as_they_are_set_a_stalled_join_ends_and_its_room_after_it() {
    let mut world = World::new();
    let stalled = world.join("stalled", |_| {});
    world.later(29);
    assert_eq!(world.people(), 1);
    world.later(1);
    assert_eq!((world.people(), world.counted("join_stalled")), (0, 1));
    assert!(world.hung_up.contains(&stalled.signal));
    assert_eq!(world.rooms(), 1, "a page may be loading again");
    world.later(1);
    world.later(world.limits.empty_room_s);
    assert_eq!(world.rooms(), 0);
}

/// Everybody comes back after a restart.
#[test]
fn a_storm_of_joins_is_let_in_at_the_pace_that_media_bears() {
    let mut world = World::new();
    let signals: Vec<_> = (0..3_000)
        .map(|it| world.knock(&format!("pupil {it}"), |_| {}, Some("PA_before")))
        .collect();
    let pace = world.limits.joins_per_s_max as usize;
    assert_eq!(world.people(), pace / 2 + 1, "half a second's worth at once");
    assert_eq!(world.counted("join_queue"), 3_000 - 2_048 - world.people());
    let told = world.heard(signals[2_999]);
    assert_eq!(told, [leave(LeaveReason::JoinFailure, Next::JoinAnew)]);
    assert!(world.hung_up.contains(&signals[2_999]));
    world.now += Duration::from_millis(500);
    world.give(Input::Tick);
    assert_eq!(world.people(), pace + 1);
    let next = world.people();
    // These went away.
    signals[next..next + 10].iter().for_each(|it| world.give(Input::SignalLost(*it)));
    world.now += Duration::from_millis(500);
    world.give(Input::Tick);
    assert_eq!(world.people(), pace + 1 + pace / 2, "and cost no turn");
    let last = next + 10 + pace / 2 - 1;
    assert!(world.admitted(signals[last]).is_some() && world.admitted(signals[last + 1]).is_none());
    assert_eq!(world.waited(), 2_048);
}

#[test]
fn who_is_known_goes_on_and_takes_no_turn() {
    let mut world = World::new();
    let li = world.join("li", |_| {});
    let sid = world.own_info(li).sid;
    for turn in 1..100 {
        let signal = world.knock("li", |_| {}, Some(&sid));
        assert_eq!(world.admitted(signal).unwrap().who, li.who, "{turn}");
        assert!(matches!(world.heard(signal)[0], Message::Resumed { .. }));
    }
    let signal = world.knock("li", |_| {}, Some("PA_other"));
    assert_ne!(world.admitted(signal).unwrap().who, li.who);
    assert_eq!(world.people(), 1, "no ghost of the one before");
}

#[test]
fn an_old_signalling_connection_says_nothing_more_for_who_resumed() {
    let mut world = World::new();
    let li = world.join("li", |_| {});
    world.connect(li);
    let sid = world.own_info(li).sid;
    let signal = world.knock("li", |_| {}, Some(&sid));
    world.give(Input::SignalLost(li.signal));
    world.request(li, signalling::words::request::Request::Leave);
    assert_eq!((world.people(), world.counted("request_late")), (1, 1));
    world.later(world.limits.resume.as_secs() + 1);
    assert_eq!(world.people(), 1, "its present one stands");
    world.give(Input::SignalLost(signal));
    world.later(world.limits.resume.as_secs() + 1);
    assert_eq!(world.people(), 0);
}

#[test]
fn who_hides_is_in_no_count() {
    let mut world = World::new();
    world.join("seen", |_| {});
    let hidden = world.join("hidden", |it| it.hidden = true);
    let told = world.heard(hidden.signal);
    let Some(Message::Joined(joined)) = told.first() else { panic!("{told:?}") };
    assert_eq!(joined.room.participants, 1);
}

#[test]
fn when_everybody_has_left_nothing_is_kept() {
    let mut world = World::new();
    let before = world.core.entries();
    for turn in 0..3 {
        let (one, other) = (world.join("one", |_| {}), world.join("other", |_| {}));
        world.channel(one);
        world.connect(one);
        world.connect(other);
        assert!(world.core.entries() > before);
        world.request(one, signalling::words::request::Request::Leave);
        let ears = world.ears(other);
        world.give(Input::Connection(ears, ConnectionEvent::Failed));
        assert_eq!(world.people(), 0, "{turn}");
        world.later(1);
        world.later(world.limits.empty_room_s);
        assert_eq!((world.rooms(), world.core.entries()), (0, before), "{turn}");
    }
}

#[test]
fn a_gateway_that_stops_tells_everybody_to_come_back() {
    let mut world = World::new();
    let all = ["li", "wang"].map(|it| world.join(it, |_| {}));
    world.give(Input::Shutdown);
    assert_eq!((world.people(), world.rooms()), (0, 0));
    for it in all {
        let told = world.heard(it.signal);
        assert_eq!(told.last(), Some(&leave(LeaveReason::ServerShutdown, Next::JoinAnew)));
        assert!(world.hung_up.contains(&it.signal));
    }
}

fn leave(reason: LeaveReason, next: Next) -> Message {
    Message::Leave { reason, next }
}
