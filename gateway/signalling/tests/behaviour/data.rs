//! Data packets: who may send them, under which name, and once.

use session::Own;
use signalling::ids::ConnectionId;
use signalling::input::Input;
use signalling::words::data::{DataPacket, Signature, UserData};
use signalling::words::message::Message;

use crate::world::World;

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
