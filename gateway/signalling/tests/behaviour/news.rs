//! What a room is told of its people, gathered.

use std::time::Duration;

use signalling::input::{ConnectionEvent, Input};
use signalling::words::message::Message;
use signalling::words::participant::State;
use signalling::words::request::Request;

use crate::world::{Client, World, limits};

const GATHER: Duration = Duration::from_millis(100);

/// It describes itself, and so the others are to be told.
fn change(world: &mut World, client: Client, metadata: &str) {
    let (name, attributes) = (String::new(), Default::default());
    let metadata = metadata.to_owned();
    world.request(client, Request::Describe { request: 1, name, metadata, attributes });
}

#[test]
fn a_school_that_comes_in_at_once_is_told_in_few_messages() {
    let mut world =
        World::with(signalling::limits::Limits { joins_per_s_max: 100_000, ..limits() });
    let may_describe = |it: &mut session::VideoGrant| it.can_update_own_metadata = true;
    let school: Vec<Client> =
        (0..150).map(|n| world.join(&format!("class {n}"), may_describe)).collect();
    for it in &school {
        world.connect(*it);
        // And each describes itself a few times.
        (0..3).for_each(|turn| change(&mut world, *it, &turn.to_string()));
    }
    world.now += GATHER;
    world.give(Input::Tick);
    for it in school {
        let told = world.heard(it.signal);
        let updates = told.into_iter().filter_map(|it| match it {
            Message::Participants(people) => Some(people),
            _ => None,
        });
        let updates: Vec<_> = updates.collect();
        assert!(updates.len() <= 5, "{} messages", updates.len());
        let mut known: Vec<_> = updates.concat().into_iter().map(|it| it.identity).collect();
        known.sort();
        known.dedup();
        assert_eq!(known.len(), 150);
    }
}

#[test]
fn who_leaves_is_told_after_what_was_told_before_and_offers_wait_for_the_news() {
    let mut world = World::new();
    let stays = world.join("stays", |_| {});
    let goes = world.join("goes", |it| it.can_update_own_metadata = true);
    let line = world.channel(stays);
    [stays, goes].into_iter().for_each(|it| world.connect(it));
    world.now += GATHER;
    world.give(Input::Tick);
    // So the room was told a moment ago.
    change(&mut world, goes, "one");
    world.now += GATHER;
    world.give(Input::Tick);
    world.heard(stays.signal);
    world.offers.clear();
    change(&mut world, goes, "two");
    world.request(goes, Request::Leave);
    let again = world.join("goes", |_| {});
    world.connect(again);
    world.give(Input::Connection(line, ConnectionEvent::Moved));
    assert_eq!(world.told_of(stays.signal), [], "told a moment ago");
    assert!(!world.offers.contains_key(&stays.signal));
    world.now += GATHER;
    world.give(Input::Tick);
    let told = world.told_of(stays.signal);
    let states: Vec<_> = told.iter().map(|it| (it.identity.as_str(), it.state)).collect();
    assert_eq!(states, [("goes", State::Disconnected), ("goes", State::Active)]);
    assert!(world.offers.contains_key(&stays.signal));
}
