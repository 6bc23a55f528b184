//! Who is there, who fell silent, and which device of a person stays: in virtual time.

use std::time::Duration;

use livekit_protocol as lk;
use lk::ConnectionQuality as Quality;
use lk::participant_info::State;
use lk::signal_request::Message as Ask;
use lk::signal_response::Message;
use lk::{DisconnectReason, leave_request::Action};

use super::tests::World;
use super::{Command, Ticket};
use crate::ids::ConnectionId;

/// Somebody whose path stands.
fn there(world: &mut World, identity: &str) -> (Ticket, ConnectionId) {
    let ticket = world.join(identity, |_| {});
    let line = world.channel(ticket);
    world.shard.active(world.now, ticket.who);
    (ticket, line)
}

/// So much time passes; those of `alive` are heard of all the while.
fn pass(world: &mut World, ms: u64, alive: &[(Ticket, ConnectionId)]) {
    for _ in 0..ms / 50 {
        world.now += Duration::from_millis(50);
        for (ticket, line) in alive {
            world.shard.command(world.now, Command::Alive(*ticket));
            world.shard.connections.get_mut(*line).unwrap().heard_at = world.now;
        }
        world.shard.tick(world.now);
    }
}

/// What the one who came as the `place`th was told of lines since it was last asked.
fn qualities(world: &mut World, place: usize) -> Vec<(String, Quality)> {
    let mut told = vec![];
    while let Ok(message) = world.said[place].try_recv() {
        if let Message::ConnectionQuality(it) = *message {
            told.extend(it.updates.iter().map(|it| (it.participant_sid.clone(), it.quality())));
        }
    }
    told
}

fn sid(world: &World, ticket: Ticket) -> String {
    world.shard.roster.participants[&ticket.who].sid.clone()
}

#[test]
fn who_falls_silent_is_lost_within_three_seconds_and_good_again_when_back() {
    let mut world = World::new();
    let (doctor, other) = (there(&mut world, "doctor"), there(&mut world, "other"));
    let name = sid(&world, doctor.0);
    pass(&mut world, 6_000, &[doctor, other]);
    assert!(qualities(&mut world, 1).contains(&(name.clone(), Quality::Excellent)));
    pass(&mut world, 2_400, &[other]);
    assert_eq!(qualities(&mut world, 1), [], "a short silence is nothing");
    pass(&mut world, 450, &[other]);
    assert_eq!(qualities(&mut world, 1), [(name.clone(), Quality::Lost)], "2.85 s");
    pass(&mut world, 6_000, &[other]);
    assert_eq!(qualities(&mut world, 1), [], "it is told once");
    // Media alone, or a check alone, is a sign of life.
    world.shard.connections.get_mut(doctor.1).unwrap().heard_at = world.now;
    pass(&mut world, 250, &[other]);
    assert_eq!(qualities(&mut world, 1), [(name, Quality::Excellent)]);
}

#[test]
fn a_broken_signalling_connection_alone_is_no_lost_line() {
    let mut world = World::new();
    let (doctor, other) = (there(&mut world, "doctor"), there(&mut world, "other"));
    let name = sid(&world, doctor.0);
    pass(&mut world, 6_000, &[doctor, other]);
    qualities(&mut world, 1);
    world.shard.command(world.now, Command::SignalLost(doctor.0));
    for _ in 0..6 {
        world.shard.connections.get_mut(doctor.1).unwrap().heard_at = world.now;
        pass(&mut world, 1_000, &[other]);
    }
    assert_eq!(qualities(&mut world, 1), [], "its media goes on");
    pass(&mut world, 2_750, &[other]);
    assert_eq!(qualities(&mut world, 1), [(name, Quality::Lost)]);
}

#[test]
fn who_hides_is_never_told_to_be_lost() {
    let mut world = World::new();
    let hidden = world.join("hidden", |it| it.hidden = true);
    let other = there(&mut world, "other");
    world.shard.active(world.now, hidden.who);
    pass(&mut world, 6_000, &[other]);
    let own = sid(&world, other.0);
    assert!(qualities(&mut world, 1).iter().all(|(whose, _)| *whose == own));
}

#[test]
fn our_page_is_told_at_the_door_who_left_before() {
    let mut world = World::new();
    there(&mut world, "stays");
    let (lost, _) = there(&mut world, "goes");
    world.shard.remove(world.now, lost.who, DisconnectReason::SignalClose);
    let (goes, _) = there(&mut world, "goes");
    let (back, _) = there(&mut world, "back");
    for gone in [goes, back] {
        world.shard.remove(world.now, gone.who, DisconnectReason::ClientInitiated);
    }
    there(&mut world, "back");
    world.later(1);
    world.join("late", |_| {});
    let mut told = vec![];
    while let Ok(message) = world.said[5].try_recv() {
        if let Message::Update(update) = *message {
            told.extend(update.participants);
        }
    }
    let gone: Vec<_> = told.iter().filter(|it| it.state() == State::Disconnected).collect();
    assert_eq!(gone.len(), 1);
    assert_eq!(
        (gone[0].identity.as_str(), gone[0].disconnect_reason()),
        ("goes", DisconnectReason::ClientInitiated)
    );
}

/// Why the one called `identity` is told to be gone, to the one who came as the `place`th.
fn gone(world: &mut World, place: usize, identity: &str) -> Option<DisconnectReason> {
    let mut why = None;
    while let Ok(message) = world.said[place].try_recv() {
        if let Message::Update(update) = *message {
            let gone = |it: &&lk::ParticipantInfo| {
                it.identity == identity && it.state() == State::Disconnected
            };
            why = update.participants.iter().find(gone).map(|it| it.disconnect_reason()).or(why);
        }
    }
    why
}

#[test]
fn a_connection_that_the_client_closes_is_a_leave_if_the_word_for_it_follows() {
    for (word, page_closes, reason) in [
        (true, false, DisconnectReason::ClientInitiated),
        (false, true, DisconnectReason::ClientInitiated),
        (false, false, DisconnectReason::ConnectionTimeout),
    ] {
        let mut world = World::new();
        let (goes, other) = (there(&mut world, "goes"), there(&mut world, "other"));
        pass(&mut world, 500, &[goes, other]);
        let line = world.shard.roster.participants[&goes.0.who].subscriber.unwrap();
        world.shard.connection_closed(world.now, line);
        pass(&mut world, 900, &[goes, other]);
        assert_eq!(gone(&mut world, 1, "goes"), None, "the word may be on its way");
        if word {
            let leave = Ask::Leave(lk::LeaveRequest::default());
            world.shard.command(world.now, Command::Signal(goes.0, Box::new(leave)));
        }
        if page_closes {
            world.shard.command(world.now, Command::SignalLost(goes.0));
        }
        pass(&mut world, 400, &[other]);
        assert_eq!(gone(&mut world, 1, "goes"), Some(reason));
    }
}

/// What a client at the door was told if it was turned away.
fn farewell(world: &mut World) -> Option<(DisconnectReason, Action)> {
    match *world.said.last_mut()?.try_recv().ok()? {
        Message::Leave(it) => Some((it.reason(), it.action())),
        _ => None,
    }
}

const ELSEWHERE: Option<(DisconnectReason, Action)> =
    Some((DisconnectReason::DuplicateIdentity, Action::Disconnect));

/// A laptop, and three seconds later a phone of the same person; gives when the laptop was chosen and its sid.
fn two_devices(world: &mut World) -> (u64, String) {
    let (laptop, _) = there(world, "doctor");
    let it = &world.shard.roster.participants[&laptop.who];
    let (chosen_ms, sid) = (it.joined_ms, it.sid.clone());
    world.later(3);
    there(world, "doctor");
    (chosen_ms, sid)
}

#[test]
fn a_device_that_comes_back_by_itself_does_not_push_out_the_one_chosen_later() {
    let mut world = World::new();
    let (chosen_ms, laptop) = two_devices(&mut world);
    let phone = world.shard.roster.participants.keys().copied().collect::<Vec<_>>();
    for sid in [Some(laptop.as_str()), None] {
        world.chosen_ms = Some(chosen_ms);
        world.knock("doctor", |_| {}, sid).try_recv().unwrap_err();
        assert_eq!(farewell(&mut world), ELSEWHERE, "{sid:?}");
    }
    assert!(world.shard.roster.participants.keys().eq(&phone), "the phone was left alone");
    assert_eq!(world.count("gateway_refused_total{reason=\"chosen_elsewhere\"}"), 2);
    // Also once the phone has left: the person has ended there.
    world.shard.remove(world.now, phone[0], DisconnectReason::ClientInitiated);
    world.chosen_ms = Some(chosen_ms);
    world.knock("doctor", |_| {}, None).try_recv().unwrap_err();
    // By a press it comes in.
    world.knock("doctor", |_| {}, None).try_recv().unwrap();
}

#[test]
fn the_device_chosen_last_comes_back_by_itself_after_a_restart_of_the_gateway() {
    let mut world = World::new();
    let now_ms = world.shard.wall_ms(world.now);
    // The laptop is quicker, but was chosen earlier; a claim of the future is one of now.
    world.chosen_ms = Some(now_ms - 9_000);
    world.knock("doctor", |_| {}, Some("PA_laptop")).try_recv().unwrap();
    world.chosen_ms = Some(now_ms - 5_000);
    world.knock("doctor", |_| {}, Some("PA_phone")).try_recv().unwrap();
    world.chosen_ms = Some(now_ms - 9_000);
    world.knock("doctor", |_| {}, None).try_recv().unwrap_err();
    assert_eq!(farewell(&mut world), ELSEWHERE);
    // Its own try whose answer was lost is no other device.
    world.chosen_ms = Some(now_ms - 5_000);
    world.knock("doctor", |_| {}, Some("PA_phone")).try_recv().unwrap();
    world.chosen_ms = Some(u64::MAX);
    world.knock("doctor", |_| {}, None).try_recv().unwrap();
    world.later(1);
    world.knock("doctor", |_| {}, None).try_recv().unwrap();
}

#[test]
fn a_stock_client_that_resumes_a_stay_that_was_replaced_is_sent_away_for_good() {
    let mut world = World::new();
    let (_, laptop) = two_devices(&mut world);
    world.knock("doctor", |_| {}, Some(&laptop)).try_recv().unwrap_err();
    assert_eq!(farewell(&mut world), ELSEWHERE);
    // A fresh join replaces, as with LiveKit.
    world.knock("doctor", |_| {}, None).try_recv().unwrap();
    assert_eq!(world.count("gateway_participants"), 1);
}
