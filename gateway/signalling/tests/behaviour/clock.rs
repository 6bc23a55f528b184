//! The wall clock is set while the gateway runs.

use std::time::Duration;

use archive::tap::Body;
use session::Own;
use signalling::effect::Effect;
use signalling::input::Input;

use crate::world::{Client, World, limits};

/// The box has no battery.
#[test]
fn the_wall_clock_is_followed_and_what_is_recorded_keeps_its_times() {
    let mut world = World::showing(limits(), 5_000_000);
    let start = world.now;
    world.own = Some(Own { record: Some(true), ..Own::default() });
    let enter = |world: &mut World, room: &str| -> Client {
        world.join("li", |it| it.room = room.to_owned())
    };
    enter(&mut world, "early");
    world.now = start + Duration::from_secs(9);
    world.give(Input::Wall(14_010_000));
    // Set right, and a second later nothing new.
    let right_us = 1_795_420_800_000_000;
    world.now = start + Duration::from_secs(10);
    world.give(Input::Wall(right_us));
    world.now = start + Duration::from_secs(11);
    world.give(Input::Wall(right_us + 1_000_000));
    world.now = start + Duration::from_secs(12);
    enter(&mut world, "late");
    let created = |world: &mut World, room: &str| {
        use signalling::words::call::{Answer, Call};
        let Ok(Answer::Rooms(rooms)) = world.call(Call::ListRooms(vec![room.to_owned()])) else {
            panic!("no rooms")
        };
        rooms[0].created_ms
    };
    assert_eq!(created(&mut world, "early"), right_us / 1_000 - 10_000);
    assert_eq!(created(&mut world, "late"), right_us / 1_000 + 2_000);
    let ahead_us = right_us.cast_signed() - 15_000_000;
    let heard = world.others.iter().filter_map(|it| match it {
        Effect::Tap { at_us, body: Body::RoomOpened(it), .. } => Some((*at_us, it.name.clone())),
        Effect::Tap { at_us, body: Body::ClockSet(it), .. } => {
            Some((*at_us, format!("{}", it.ahead_us - ahead_us)))
        }
        _ => None,
    });
    let heard: Vec<_> = heard.collect();
    let heard: Vec<_> = heard.iter().map(|(at, what)| (*at, what.as_str())).collect();
    let (early_us, set_us, late_us) = (5_000_000, 15_000_000, 17_000_000);
    assert_eq!(heard, [(early_us, "early"), (set_us, "0"), (late_us, "late"), (late_us, "0")]);
}
