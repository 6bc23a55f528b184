//! Whoever's signalling connection was broken for a while knows everybody afterwards, and nobody else.

use signalling::input::{ConnectionEvent, Input};
use signalling::words::call::{Call, UpdateParticipant};
use signalling::words::participant::{Permission, State};
use signalling::words::request::Request;
use transport::payload::CodecKind;
use transport::sdp::{Codec, Kind, Section};

use crate::world::{Client, World, announcement, data_section, described};

/// What somebody who goes on with its stay is told of another one, the last word first.
fn told_after_absence(world: &mut World, of: Client, identity: &str) -> Option<State> {
    let sid = world.own_info(of).sid;
    let me = world.own_info(of).identity;
    let again = world.knock(&me, |_| {}, Some(&sid));
    assert_eq!(world.admitted(again).unwrap().who, of.who);
    let told = world.told_of(again);
    told.iter().rev().find(|it| it.identity == identity).map(|it| it.state)
}

fn hide(world: &mut World, identity: &str, hidden: bool) {
    let permission = Some(Permission {
        can_subscribe: true,
        can_publish: true,
        can_publish_data: true,
        hidden,
        ..Permission::default()
    });
    let (room, identity) = ("ward".to_owned(), identity.to_owned());
    let update = UpdateParticipant { room, identity, permission, ..UpdateParticipant::default() };
    world.call(Call::UpdateParticipant(Box::new(update))).unwrap();
}

#[test]
fn who_came_back_unseen_and_left_again_has_left() {
    let mut world = World::new();
    let (stays, goes) = (world.there("stays"), world.there("goes"));
    world.later(1);
    world.give(Input::SignalLost(stays.signal));
    world.request(goes, Request::Leave);
    // Nobody sees it before its path stands.
    let back = world.join("goes", |_| {});
    assert_eq!(told_after_absence(&mut world, stays, "goes"), Some(State::Disconnected));
    world.request(back, Request::Leave);
}

#[test]
fn who_began_to_hide_meanwhile_has_left() {
    let mut world = World::new();
    let (stays, _) = (world.there("stays"), world.there("hides"));
    world.later(1);
    world.give(Input::SignalLost(stays.signal));
    hide(&mut world, "hides", true);
    assert_eq!(told_after_absence(&mut world, stays, "hides"), Some(State::Disconnected));
    let late = world.join("late", |_| {});
    world.later(1);
    assert!(world.told_of(late.signal).iter().all(|it| it.identity != "hides"));
}

#[test]
fn who_hides_no_more_by_a_token_is_shown() {
    let mut world = World::new();
    let other = world.there("other");
    let hidden = world.join("hidden", |it| it.hidden = true);
    world.connect(hidden);
    world.later(1);
    assert!(world.told_of(other.signal).iter().all(|it| it.identity != "hidden"));
    let sid = world.own_info(hidden).sid;
    world.knock("hidden", |_| {}, Some(&sid));
    world.later(1);
    let told = world.told_of(other.signal);
    assert!(told.iter().any(|it| it.identity == "hidden" && it.state == State::Active));
}

#[test]
fn who_was_shown_for_its_track_and_never_connected_is_told_to_have_left() {
    let mut world = World::new();
    let other = world.there("other");
    let stalled = world.join("stalled", |_| {});
    world.request(stalled, Request::Announce(Box::new(announcement("voice"))));
    let voice = |sends| Section {
        mid: "1".to_owned(),
        kind: Kind::Audio,
        codecs: vec![Codec::offered(CodecKind::Opus)],
        sends,
        receives: false,
        track: Some("voice".to_owned()),
        ..data_section()
    };
    for (number, sends) in [(1, true), (2, false)] {
        let offer = described(number, vec![data_section(), voice(sends)]);
        world.request(stalled, Request::Offer(offer));
        world.later(1);
        let told = world.told_of(other.signal);
        let it = told.iter().find(|it| it.identity == "stalled").unwrap();
        assert_eq!((it.state, it.tracks.len()), (State::Joining, usize::from(sends)));
    }
    let ears = world.ears(stalled);
    world.give(Input::Connection(ears, ConnectionEvent::Failed));
    world.later(1);
    let told = world.told_of(other.signal);
    assert!(told.iter().any(|it| it.identity == "stalled" && it.state == State::Disconnected));
}
