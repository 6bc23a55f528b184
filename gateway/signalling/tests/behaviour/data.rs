//! Data packets: who may send them, under which name, and once.

use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq, proptest};
use proptest::test_runner::Config;
use session::Own;
use signalling::ids::ConnectionId;
use signalling::input::Input;
use signalling::words::call::{Call, SendData};
use signalling::words::data::{DataPacket, Signature, UserData};
use signalling::words::message::{Message, Refusal};

use crate::world::{Client, World};

fn said(sequence: u32, topic: Option<&str>) -> DataPacket {
    let user = UserData { topic: topic.map(str::to_owned), payload: b"word".to_vec() };
    DataPacket { sequence, user: Some(user), ..DataPacket::default() }
}

fn send(world: &mut World, from: ConnectionId, reliable: bool, packet: &DataPacket) {
    world.give(Input::Data { from, reliable, packet });
}

#[test]
fn data_is_passed_on_for_those_who_may_send_it() {
    let mut world = World::new();
    let mute = world.join("mute", |it| it.can_publish_data = Some(false));
    let free = world.join("free", |_| {});
    let (from_mute, from_free) = (world.channel(mute), world.channel(free));
    let packet = said(0, None);
    send(&mut world, from_mute, true, &packet);
    assert_eq!((world.counted("data_not_allowed"), world.delivered.len()), (1, 0));
    for reliable in [true, false] {
        send(&mut world, from_free, reliable, &packet);
        let it = world.delivered.pop().unwrap();
        assert_eq!((it.reliable, it.to, it.said), (reliable, vec![world.ears(mute)], None));
    }
    let of_servers = DataPacket { servers_only: true, ..DataPacket::default() };
    send(&mut world, from_free, true, &of_servers);
    assert_eq!((world.counted("data_not_allowed"), world.delivered.len()), (2, 0));
}

#[test]
fn a_reliable_message_that_is_sent_again_is_passed_on_once() {
    let mut world = World::new();
    let sender = world.join("li", |_| {});
    world.join("other", |_| {});
    let own = world.channel(sender);
    for (sequence, passed, repeated) in
        [(0, 1, 0), (1, 2, 0), (2, 3, 0), (1, 3, 1), (2, 3, 2), (3, 4, 2), (0, 5, 2)]
    {
        send(&mut world, own, true, &said(sequence, None));
        let counted = (world.delivered.len(), world.counted("data_repeated"));
        assert_eq!(counted, (passed, repeated), "{sequence}");
    }
    let sid = world.own_info(sender).sid;
    let again = world.knock("li", |_| {}, Some(&sid));
    let told = world.heard(again);
    assert!(matches!(told[0], Message::Resumed { last_sequence: 3, .. }), "{told:?}");
}

#[test]
fn pages_of_a_booked_session_are_turned_by_who_runs_it() {
    for (runs_it, booked, refused) in
        [(false, false, 0), (false, true, 1), (true, true, 0), (true, false, 0)]
    {
        let mut world = World::new();
        let session = booked.then(|| "s".to_owned());
        world.own = Some(Own { session, ..Own::default() });
        let person = world.join("person", |it| it.room_admin = runs_it);
        world.join("other", |_| {});
        let line = world.channel(person);
        send(&mut world, line, true, &said(0, Some("slides")));
        assert_eq!(world.counted("data_not_allowed"), refused, "{runs_it} {booked}");
        assert_eq!(world.delivered.len(), 1 - refused);
        send(&mut world, line, true, &said(0, Some("chat")));
        assert_eq!(world.delivered.len(), 2 - refused, "anybody may say other things");
    }
}

#[test]
fn who_hides_signs_nothing() {
    let mut world = World::new();
    let seen = world.join("seen", |_| {});
    let hidden = world.join("hidden", |it| it.hidden = true);
    let (of_seen, of_hidden) = (world.channel(seen), world.channel(hidden));
    send(&mut world, of_hidden, true, &said(0, None));
    assert_eq!(world.delivered.pop().unwrap().signature, Signature::default());
    send(&mut world, of_seen, true, &said(0, None));
    let sid = world.own_info(seen).sid;
    let signature = Signature { identity: "seen".to_owned(), sid };
    assert_eq!(world.delivered.pop().unwrap().signature, signature);
}

#[test]
fn what_is_meant_for_people_who_have_left_does_not_become_something_for_all() {
    let mut world = World::new();
    let (sender, other) = (world.join("li", |_| {}), world.join("other", |_| {}));
    world.join("third", |_| {});
    let own = world.channel(sender);
    let to = vec!["gone".to_owned()];
    send(&mut world, own, true, &DataPacket { to, ..said(0, None) });
    assert!(world.delivered.iter().all(|it| it.to.is_empty()), "{:?}", world.delivered);
    world.delivered.clear();
    let to_sids = vec!["PA_gone".to_owned()];
    send(&mut world, own, true, &DataPacket { to_sids, ..said(0, None) });
    assert_eq!((world.counted("data_for_nobody"), world.delivered.len()), (1, 0));
    let to_sids = vec![world.own_info(other).sid];
    send(&mut world, own, true, &DataPacket { to_sids, ..said(0, None) });
    let it = world.delivered.pop().unwrap();
    assert_eq!((it.to, it.meant), (vec![world.ears(other)], vec!["other".to_owned()]));
}

/// A room of these people, of whom those at `true` are minors, and their channels.
fn classroom(minors: &[bool]) -> (World, Vec<(String, Client, ConnectionId)>) {
    let mut world = World::new();
    let join = |(place, minor): (usize, &bool)| {
        world.own = Some(Own { minor: minor.then_some(true), ..Own::default() });
        let identity = format!("person-{place}");
        let client = world.join(&identity, |_| {});
        (identity, client)
    };
    let people: Vec<(String, Client)> = minors.iter().enumerate().map(join).collect();
    let with_channel = |(identity, client)| (identity, client, world.channel(client));
    let people = people.into_iter().map(with_channel).collect();
    (world, people)
}

#[test]
fn a_teacher_and_a_pupil_say_nothing_to_each_other_alone() {
    let (mut world, people) = classroom(&[false, true, true]);
    let [teacher, pupil, other] = people.as_slice() else { panic!("three came") };
    let to_sids = vec![world.own_info(pupil.1).sid];
    for (from, to) in [(teacher, pupil), (pupil, teacher)] {
        let packet = DataPacket { to: vec![to.0.clone()], ..said(0, Some("lk.chat")) };
        send(&mut world, from.2, true, &packet);
        assert!(world.delivered.is_empty(), "{:?}", world.delivered);
        let told = world.heard(from.1.signal);
        let refused =
            |it: &Message| matches!(it, Message::Response { refusal: Refusal::NotAllowed, .. });
        assert!(told.iter().any(refused), "{told:?}");
    }
    // By their stays it is the same.
    send(&mut world, teacher.2, true, &DataPacket { to_sids, ..said(0, None) });
    assert_eq!((world.counted("data_private_with_minor"), world.delivered.len()), (3, 0));
    send(&mut world, teacher.2, true, &said(0, Some("lk.chat")));
    assert_eq!(world.delivered.pop().unwrap().to.len(), 2, "everybody reads it");
    let among = DataPacket { to: vec![other.0.clone()], ..said(0, None) };
    send(&mut world, pupil.2, true, &among);
    assert_eq!(world.delivered.len(), 1, "pupils among themselves");
    world.delivered.clear();
    // Nor by the call that the token of who leads the lesson opens.
    let call = |to: &str| {
        let (room, to) = ("ward".to_owned(), vec![to.to_owned()]);
        Call::SendData(Box::new(SendData {
            room,
            to,
            payload: b"word".to_vec(),
            ..SendData::default()
        }))
    };
    assert!(world.call(call(&pupil.0)).is_err());
    assert!(world.delivered.is_empty());
    assert!(world.call(call(&teacher.0)).is_ok());
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(64) })]

    /// I15: whoever says something to whomever, it reaches a minor and an adult only if all of the room reads it.
    #[test]
    fn no_private_word_is_between_a_minor_and_an_adult(
        minors in vec(any::<bool>(), 2..6),
        words in vec((0..6_usize, vec(0..6_usize, 0..4)), 1..8),
    ) {
        let (mut world, people) = classroom(&minors);
        for (from, to) in words {
            let from = from % people.len();
            let to: Vec<String> = to.iter().map(|it| people[it % people.len()].0.clone()).collect();
            world.delivered.clear();
            send(&mut world, people[from].2, true, &DataPacket { to: to.clone(), ..said(0, None) });
            let mixed = people.iter().zip(&minors).any(|((identity, ..), minor)| {
                to.contains(identity) && *minor != minors[from]
            });
            prop_assert_eq!(world.delivered.is_empty(), mixed, "{} to {:?} among {:?}", from, to, minors);
        }
    }
}
