//! A peer against the client side of the same crates, in virtual time.

mod channels;
mod client;
mod hostile;
mod media;
mod stun;
mod waiting;

use super::*;
use client::{GCM, SHA1, World, address};
use stun::{CLIENT_PWD, answer, check, controlled};

fn connected(world: &World) -> usize {
    world.said.iter().filter(|o| matches!(o, Output::Connected)).count()
}

fn closed(world: &World) -> Option<CloseReason> {
    world
        .said
        .iter()
        .find_map(|o| if let Output::Closed(reason) = o { Some(*reason) } else { None })
}

fn retired(world: &World) -> Vec<&str> {
    world
        .said
        .iter()
        .filter_map(|o| if let Output::UfragRetired(u) = o { Some(u.as_str()) } else { None })
        .collect()
}

#[test]
fn both_profiles_connect_and_gcm_is_preferred() {
    for (offered, tag) in [(vec![SHA1, GCM], 16), (vec![GCM], 16), (vec![SHA1], 10)] {
        let mut world = World::new(offered);
        world.expect();
        world.start();
        world.run(500);
        assert_eq!(connected(&world), 1);
        assert!(world.said.iter().any(|o| matches!(o, Output::ChannelsUp)));
        let mut buf = [0x80; 64];
        assert_eq!(world.peer.sender().unwrap().seal_rtp(&mut buf, 40, 12, 5, 5), 40 + tag);
    }
}

#[test]
fn a_handshake_survives_a_bad_line() {
    for seed in 1..31 {
        let mut world = World::new(vec![GCM]);
        (world.loss, world.random) = (20, seed * 77_777);
        world.expect();
        world.start();
        world.run(29_000);
        assert_eq!((connected(&world), closed(&world)), (1, None), "seed {seed}");
        assert!(world.said.iter().any(|o| matches!(o, Output::ChannelsUp)), "seed {seed}");
    }
}

#[test]
fn a_handshake_survives_a_line_that_is_away_for_ten_seconds() {
    let mut world = World::new(vec![GCM]);
    world.expect();
    world.start();
    world.loss = 100;
    world.client.patient = true;
    world.run(10_000);
    world.loss = 0;
    world.run(10_000);
    assert_eq!((connected(&world), closed(&world)), (1, None));
}

#[test]
fn a_description_that_comes_late_admits_a_finished_handshake() {
    let mut world = World::new(vec![GCM]);
    world.start();
    world.run(300);
    assert_eq!(connected(&world), 0);
    assert!(world.peer.sender().is_none());
    world.expect();
    world.run(100);
    assert_eq!(connected(&world), 1);
    assert!(
        world.said.iter().any(|o| matches!(o, Output::ChannelsUp)),
        "what the channels said early is not lost"
    );
}

#[test]
fn another_certificate_closes() {
    for late in [false, true] {
        let mut world = World::new(vec![GCM]);
        let mut out = vec![];
        let wrong = world.client.fingerprint.replace(':', "").chars().rev().collect::<String>();
        if !late {
            world.peer.expect(&wrong, &mut out);
        }
        world.start();
        world.run(300);
        if late {
            world.peer.expect(&wrong, &mut out);
        }
        world.take(out);
        assert_eq!((connected(&world), closed(&world)), (0, Some(CloseReason::WrongFingerprint)));
        assert!(world.peer.closed() && world.peer.sender().is_none());
    }
    let mut world = World::connected();
    let mut out = vec![];
    world.peer.expect("another", &mut out);
    world.take(out);
    assert_eq!(closed(&world), Some(CloseReason::WrongFingerprint));
}

#[test]
fn checks_with_a_wrong_name_or_password_are_not_answered() {
    let mut world = World::new(vec![GCM]);
    let c = world.peer.credentials().clone();
    let good = check(&format!("{}:x", c.ufrag), &c.pwd, true, None);
    let mut cut = good.clone();
    cut.truncate(good.len() - 8); // no FINGERPRINT
    let mut changed = good.clone();
    changed[30] ^= 1;
    for bad in [
        check(&format!("{}:x", c.ufrag), "wrong", true, None),
        check("someone:x", &c.pwd, true, None),
        check("", &c.pwd, true, None),
        cut,
        changed,
        world.peer.credentials().pwd.as_bytes().to_vec(),
    ] {
        world.give(&bad);
        assert!(world.said.is_empty() && world.heard.is_empty() && world.peer.selected().is_none());
    }
    world.give(&good);
    assert!(matches!(world.said[..], [Output::Checked(from), Output::Moved(to)] if from == to));
    assert_eq!(world.heard.len(), 1);
}

#[test]
fn a_client_that_claims_to_be_controlled_is_told_to_switch() {
    let mut world = World::new(vec![GCM]);
    let c = world.peer.credentials().clone();
    world.give(&check(&format!("{}:x", c.ufrag), &c.pwd, true, Some(controlled())));
    assert_eq!(world.heard[0][..2], [1, 0x11], "binding error");
    assert!(world.peer.selected().is_none());
}

#[test]
fn the_address_follows_the_client() {
    let mut world = World::connected();
    let (old, new) = (world.from, address(2000));
    world.from = new;
    world.check(false);
    assert_eq!(world.peer.selected(), Some(old), "not nominated yet");
    world.check(true);
    assert_eq!(world.peer.selected(), Some(old), "not proved yet");
    world.prove();
    assert_eq!(world.peer.selected(), Some(new));
    let mut out = vec![];
    let stream = world.peer.open_channel(world.now, "after", true, None, &mut out).unwrap();
    assert!(out.iter().all(|o| matches!(o, Output::Send(to, ..) if *to == new)));
    world.take(out);
    world.run(300);
    assert!(
        world.client.messages.iter().any(|(s, _, _)| *s == stream),
        "DTLS and SCTP are unharmed"
    );
}

#[test]
fn nothing_much_is_sent_to_an_address_that_does_not_answer() {
    let mut world = World::connected();
    let (old, victim) = (world.from, address(3000));
    let c = world.peer.credentials().clone();
    let (mut to_victim, mut received) = (0, 0);
    for second in 0..60 {
        // Every check of a client that lies about where it is, and media that it goes on to be sent.
        let mut datagram = check(&format!("{}:client", c.ufrag), &c.pwd, true, None);
        received += datagram.len();
        let mut out = vec![];
        world.peer.handle(world.now, Input::Datagram(victim, &mut datagram), &mut out);
        world.peer.send_rtcp(world.now, &crate::rtp::receiver_report(&[]), &mut out);
        for _ in 0..100 {
            world.now += Duration::from_millis(10);
            world.peer.handle(world.now, Input::Timeout, &mut out);
        }
        let sent = out.iter().map(|it| match it {
            Output::Send(to, datagram, _) if *to == victim => datagram.len(),
            _ => 0,
        });
        to_victim += sent.sum::<usize>();
        assert_eq!(world.peer.selected(), Some(old), "after {second} s");
    }
    assert!(to_victim <= 5 * received, "{to_victim} bytes for {received}");
    // An answer by somebody who does not know the client's password, and by the client from elsewhere.
    world.from = victim;
    world.check(true);
    let request = world.heard.iter().rev().find(|it| it.starts_with(&[0, 1])).unwrap().clone();
    world.give(&answer(&request, "a password that is not the client's"));
    assert_eq!(world.peer.selected(), Some(old));
    world.from = old;
    world.give(&answer(&request, CLIENT_PWD));
    assert_eq!(world.peer.selected(), Some(old));
    world.from = victim;
    world.give(&answer(&request, CLIENT_PWD));
    assert_eq!(world.peer.selected(), Some(victim), "it is there after all");
}

/// Requests of the peer's among what it sent.
fn requests(world: &World) -> Vec<Vec<u8>> {
    world.heard.iter().filter(|it| it.starts_with(&[0, 1])).cloned().collect()
}

#[test]
fn a_client_that_leaves_the_nomination_for_later_is_prompted() {
    let mut world = World::new(vec![GCM]);
    world.checks = false;
    // Its check comes before its description: then the prompt follows the description.
    world.check(false);
    assert!(requests(&world).is_empty());
    world.expect();
    assert_eq!(world.peer.poll_timeout(), world.now);
    let mut out = vec![];
    world.peer.handle(world.now, Input::Timeout, &mut out);
    world.take(out);
    let asked = requests(&world);
    assert_eq!(asked.len(), 1);
    let request = asked[0].clone();
    assert!(world.peer.poll_timeout() > world.now, "once");
    // Its answer is heard and chooses nothing: nominating is the client's.
    world.said.clear();
    world.give(&answer(&request, CLIENT_PWD));
    assert!(matches!(world.said[..], [Output::Checked(_)]), "{:?}", world.said);
    assert_eq!(world.peer.selected(), None);
    world.give(&answer(&request, "a password that is not the client's"));
    assert_eq!(world.said.len(), 1, "{:?}", world.said);
    world.check(true);
    assert_eq!(world.peer.selected(), Some(world.from));
    world.check(false);
    assert_eq!(requests(&world).len(), 1, "nobody needs to be prompted any more");
}

#[test]
fn a_client_that_nominates_at_once_is_not_prompted() {
    let mut world = World::new(vec![GCM]);
    world.checks = false;
    world.expect();
    world.check(true);
    world.check(false);
    assert!(requests(&world).is_empty());
}

#[test]
fn a_client_that_never_nominates_is_prompted_so_often_and_no_more() {
    let mut world = World::new(vec![GCM]);
    world.checks = false;
    world.expect();
    for port in 0..100 {
        world.from = address(2000 + port);
        world.check(false);
    }
    assert_eq!(requests(&world).len(), usize::from(crate::ice::PROMPTS_MAX));
}

#[test]
fn a_handshake_that_never_ends_is_answered_so_much_and_no_more() {
    let mut world = World::new(vec![GCM]);
    world.expect();
    world.start();
    let hello = world.client.hello(world.now);
    world.heard.clear();
    for _ in 0..2_000 {
        world.give(&hello);
    }
    let sent: usize = world.heard.iter().map(Vec::len).sum();
    assert!(sent <= HANDSHAKE_BYTES_MAX + 8 * 1024, "{sent}");
}

#[test]
fn old_credentials_end_five_seconds_after_the_first_use_of_new_ones() {
    let mut world = World::connected();
    let old = world.peer.credentials().clone();
    let old_check = check(&format!("{}:x", old.ufrag), &old.pwd, true, None);
    world.peer.restart_ice();
    assert_eq!(world.peer.ufrags().count(), 2);
    world.checks = false;
    world.run(10_000);
    world.heard.clear();
    world.give(&old_check);
    assert_eq!(world.heard.len(), 1, "still answered");
    world.check(true);
    world.run(4_900);
    assert!(retired(&world).is_empty());
    world.run(200);
    assert_eq!(retired(&world), [old.ufrag.as_str()]);
    assert_eq!(world.peer.ufrags().collect::<Vec<_>>(), [world.peer.credentials().ufrag.as_str()]);
    world.heard.clear();
    world.give(&old_check);
    assert!(world.heard.is_empty());
}

#[test]
fn old_credentials_end_after_thirty_seconds_at_most() {
    let mut world = World::connected();
    let old = world.peer.credentials().clone();
    world.peer.restart_ice();
    world.checks = false;
    for _ in 0..14 {
        world.give(&check(&format!("{}:x", old.ufrag), &old.pwd, true, None));
        world.run(2_000);
    }
    assert!(retired(&world).is_empty());
    world.run(2_100);
    assert_eq!(retired(&world), [old.ufrag.as_str()]);
}

#[test]
fn overlapping_restarts_keep_two_names() {
    let mut world = World::connected();
    let first = world.peer.credentials().ufrag.clone();
    for _ in 0..3 {
        world.peer.restart_ice();
    }
    assert_eq!(world.peer.ufrags().count(), 2);
    world.run(5);
    assert_eq!(retired(&world).len(), 2);
    assert!(retired(&world).contains(&first.as_str()));
}

#[test]
fn a_client_that_goes_silent_is_freed() {
    let mut world = World::connected();
    world.checks = false;
    world.run(29_000);
    assert_eq!(closed(&world), None);
    world.run(3_000);
    assert_eq!(closed(&world), Some(CloseReason::ConsentLost));
    assert_eq!((world.peer.table_entries(), world.peer.tracks().count()), (0, 0));
    assert!(world.peer.poll_timeout() > world.now + Duration::from_secs(24 * 3600));
    assert_eq!(world.peer.ufrags().count(), 1, "so that the demultiplexer can forget it");
}

#[test]
fn a_client_that_never_comes_or_never_finishes_is_freed() {
    let mut world = World::new(vec![GCM]);
    world.checks = false;
    world.run(31_000);
    assert_eq!(closed(&world), Some(CloseReason::NeverConnected));
    let mut world = World::new(vec![GCM]);
    world.run(31_000);
    assert_eq!(
        closed(&world),
        Some(CloseReason::HandshakeFailed),
        "checks alone do not hold a peer"
    );
}

#[test]
fn a_close_is_heard_at_the_other_end() {
    let mut world = World::connected();
    let mut out = vec![];
    world.peer.close(&mut out);
    assert!(!out.is_empty() && world.peer.closed());
    world.take(out);
    assert!(world.client.closed);
}
