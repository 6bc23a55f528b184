//! Who is there, who fell silent, and who has gone.

use std::time::{Duration, Instant};

use signalling::ids::ConnectionId;
use signalling::input::{ConnectionEvent, Input};
use signalling::words::message::{Message, Quality};
use signalling::words::participant::{LeaveReason, State};
use signalling::words::request::Request;
use signalling::{ARRIVALS_EVERY, PULSES_EVERY};

use crate::world::{Client, World};

/// A world in which lines are looked at as often as they are to be.
struct Lines {
    world: World,
    next_pulses: Instant,
    next_arrivals: Instant,
    heard: Vec<(ConnectionId, Instant)>,
}

impl Lines {
    fn new() -> Self {
        let world = World::new();
        let now = world.now;
        Self { world, next_pulses: now, next_arrivals: now + ARRIVALS_EVERY, heard: vec![] }
    }

    /// Somebody whose path stands.
    fn there(&mut self, identity: &str) -> (Client, ConnectionId) {
        let client = self.world.join(identity, |_| {});
        let line = self.world.channel(client);
        self.world.connect(client);
        (client, line)
    }

    fn hear(&mut self, line: ConnectionId) {
        self.heard.retain(|(of, _)| *of != line);
        self.heard.push((line, self.world.now));
    }

    /// So much time passes; those of `alive` are heard of all the while.
    fn pass(&mut self, ms: u64, alive: &[(Client, ConnectionId)]) {
        for _ in 0..ms / 50 {
            self.world.now += Duration::from_millis(50);
            for (client, line) in alive {
                self.world.give(Input::Alive(client.signal));
                self.hear(*line);
            }
            self.world.give(Input::Tick);
            if self.world.now >= self.next_arrivals {
                self.next_arrivals = self.world.now + ARRIVALS_EVERY;
                self.world.give(Input::Arrived(&[]));
            }
            if self.world.now >= self.next_pulses {
                self.next_pulses = self.world.now + PULSES_EVERY;
                let heard = self.heard.clone();
                self.world.give(Input::Heard(&heard));
            }
        }
    }

    /// What a client was told of lines since it was last asked.
    fn qualities(&mut self, of: Client) -> Vec<(String, Quality)> {
        let told = self.world.heard(of.signal).into_iter().filter_map(|it| match it {
            Message::Quality(lines) => Some(lines),
            _ => None,
        });
        told.flatten().map(|it| (it.sid, it.quality)).collect()
    }
}

#[test]
fn who_falls_silent_is_lost_within_three_seconds_and_good_again_when_back() {
    let mut lines = Lines::new();
    let (doctor, other) = (lines.there("doctor"), lines.there("other"));
    let name = lines.world.own_info(doctor.0).sid;
    lines.pass(6_000, &[doctor, other]);
    assert!(lines.qualities(other.0).contains(&(name.clone(), Quality::Excellent)));
    lines.pass(2_400, &[other]);
    assert_eq!(lines.qualities(other.0), [], "a short silence is nothing");
    lines.pass(450, &[other]);
    assert_eq!(lines.qualities(other.0), [(name.clone(), Quality::Lost)], "2.85 s");
    lines.pass(6_000, &[other]);
    assert_eq!(lines.qualities(other.0), [], "it is told once");
    // Media alone, or a check alone, is a sign of life.
    lines.hear(doctor.1);
    lines.pass(250, &[other]);
    assert_eq!(lines.qualities(other.0), [(name, Quality::Excellent)]);
}

#[test]
fn a_broken_signalling_connection_alone_is_no_lost_line() {
    let mut lines = Lines::new();
    let (doctor, other) = (lines.there("doctor"), lines.there("other"));
    let name = lines.world.own_info(doctor.0).sid;
    lines.pass(6_000, &[doctor, other]);
    lines.qualities(other.0);
    lines.world.give(Input::SignalLost(doctor.0.signal));
    for _ in 0..6 {
        lines.hear(doctor.1);
        lines.pass(1_000, &[other]);
    }
    assert_eq!(lines.qualities(other.0), [], "its media goes on");
    lines.pass(2_750, &[other]);
    assert_eq!(lines.qualities(other.0), [(name, Quality::Lost)]);
}

#[test]
fn who_hides_is_never_told_to_be_lost() {
    let mut lines = Lines::new();
    let hidden = lines.world.join("hidden", |it| it.hidden = true);
    let other = lines.there("other");
    lines.world.connect(hidden);
    lines.pass(6_000, &[other]);
    let own = lines.world.own_info(other.0).sid;
    assert!(lines.qualities(other.0).iter().all(|(whose, _)| *whose == own));
}

#[test]
fn our_page_is_told_at_the_door_who_left_before() {
    let mut lines = Lines::new();
    lines.there("stays");
    let (lost, _) = lines.there("goes");
    lines.world.give(Input::SignalLost(lost.signal));
    lines.world.later(lines.world.limits.resume.as_secs());
    assert_eq!(lines.world.people(), 1);
    let (goes, _) = lines.there("goes");
    let (back, _) = lines.there("back");
    for gone in [goes, back] {
        lines.world.request(gone, Request::Leave);
    }
    lines.there("back");
    lines.world.later(1);
    let late = lines.world.join("late", |_| {});
    let told = lines.world.told_of(late.signal);
    let gone: Vec<_> = told.iter().filter(|it| it.state == State::Disconnected).collect();
    assert_eq!(gone.len(), 1);
    assert_eq!(
        (gone[0].identity.as_str(), gone[0].left),
        ("goes", Some(LeaveReason::ClientInitiated))
    );
}

#[test]
fn a_connection_that_the_client_closes_is_a_leave_if_the_word_for_it_follows() {
    for (word, page_closes, reason) in [
        (true, false, LeaveReason::ClientInitiated),
        (false, true, LeaveReason::ClientInitiated),
        (false, false, LeaveReason::ConnectionTimeout),
    ] {
        let mut lines = Lines::new();
        let (goes, other) = (lines.there("goes"), lines.there("other"));
        lines.pass(500, &[goes, other]);
        let ears = lines.world.ears(goes.0);
        lines.world.give(Input::Connection(ears, ConnectionEvent::ClosedByClient));
        lines.pass(900, &[goes, other]);
        // Why the one who goes is told to be gone.
        let gone = |lines: &mut Lines| {
            let told = lines.world.told_of(other.0.signal);
            let mut gone = told
                .into_iter()
                .filter(|it| it.identity == "goes" && it.state == State::Disconnected);
            gone.next().map(|it| it.left)
        };
        assert_eq!(gone(&mut lines), None, "the word may be on its way");
        if word {
            lines.world.request(goes.0, Request::Leave);
        }
        if page_closes {
            lines.world.give(Input::SignalLost(goes.0.signal));
        }
        lines.pass(400, &[other]);
        assert_eq!(gone(&mut lines), Some(Some(reason)));
    }
}
