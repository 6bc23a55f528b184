//! Which side people are told to be weak, and what is done about it.

use std::time::Duration;

use serde_json::{Value, json};
use signalling::ARRIVALS_EVERY;
use signalling::input::{ArrivalCount, Input};
use signalling::words::data::{DataPacket, UserData};
use signalling::words::message::{Message, Quality};
use signalling::words::request::Request;
use signalling::words::stream::{Cause, StreamState, Streamed};
use signalling::words::way::{SecondReport, WayDown};

use crate::streams::Ward;
use crate::world::Client;

/// How the lines do for a while.
#[derive(Clone, Copy)]
struct Lines {
    /// Of 256 packets, those that the listener's way down loses.
    down_256: u8,
    /// Of 100 packets of the doctor's, those that do not come.
    up_percent: u64,
    /// How much of the doctor's picture the listener is given.
    picture: StreamState,
    /// How many layers of it the doctor's line feeds.
    fed: u8,
    late_ms: u32,
}

const GOOD: Lines =
    Lines { down_256: 0, up_percent: 0, picture: StreamState::Whole, fed: u8::MAX, late_ms: 5 };

/// What a page was told, with the second.
type Told = Vec<(u64, Value)>;

impl Ward {
    /// So many seconds pass; what doctor and listener were told meanwhile, with the second.
    fn lines(&mut self, seconds: u64, lines: Lines) -> (Told, Told) {
        let (mut doctor, mut listener) = (vec![], vec![]);
        let [here, there] = [self.doctor, self.listener].map(|it| self.world.ears(it));
        for half in 1..=seconds * 2 {
            self.world.now += Duration::from_millis(500);
            for client in [self.doctor, self.listener] {
                self.accept(client);
            }
            if (half * 500) % ARRIVALS_EVERY.as_millis() as u64 == 0 {
                let of = |track| ArrivalCount { track, expected: 100, missing: lines.up_percent };
                self.world.give(Input::Arrived(&[of(self.camera), of(self.voice)]));
            }
            if half % 2 == 0 {
                let streamed =
                    Streamed { connection: there, track: self.camera, state: lines.picture };
                self.world.give(Input::Streams(&[streamed]));
                self.world.give(Input::Fed(&[(self.camera, lines.fed)]));
                let way = |connection, lost, protected| WayDown {
                    connection,
                    lost_256: Some(lost),
                    bits_per_second: Some(500_000),
                    protected,
                };
                let down = [way(here, 0, false), way(there, lines.down_256, lines.down_256 > 0)];
                self.world.give(Input::Ways(SecondReport { down: &down, late_ms: lines.late_ms }));
            }
            self.world.give(Input::Tick);
            let told = |ward: &mut Self, who| ward.packets_to(who, "side").into_iter();
            doctor.extend(told(self, "doctor").map(|it| (half / 2, it)));
            listener.extend(told(self, "listener").map(|it| (half / 2, it)));
        }
        (doctor, listener)
    }

    /// What a client's page says to the gateway.
    pub(crate) fn page_says(&mut self, client: Client, topic: &str, payload: &[u8]) {
        let from = self.world.mouth(client);
        let user = UserData { topic: Some(topic.to_owned()), payload: payload.to_vec() };
        let packet = DataPacket { user: Some(user), ..DataPacket::default() };
        self.world.give(Input::Data { from, reliable: true, packet: &packet });
    }
}

fn side(side: &str, who: Option<&str>, done: &[&str]) -> Value {
    json!({ "side": side, "who": who, "done": done })
}

#[test]
fn a_listener_behind_a_bad_line_is_told_so_and_the_publisher_nothing() {
    let mut ward = Ward::with(None);
    assert_eq!(ward.lines(30, GOOD), (vec![], vec![]), "there is nothing to say of good lines");
    let (doctor, listener) = ward.lines(60, Lines { down_256: 13, ..GOOD });
    assert_eq!(listener, [(4, side("down", None, &["protected"]))]);
    assert_eq!(doctor, []);
    let (doctor, listener) = ward.lines(60, GOOD);
    let told = vec![(1, side("down", None, &[])), (16, side("none", None, &[]))];
    assert_eq!((doctor, listener), (vec![], told));
}

#[test]
fn a_publisher_behind_a_bad_line_is_told_so_and_so_is_who_hears_it() {
    let mut ward = Ward::with(None);
    ward.lines(5, GOOD);
    // Its losses are missing in the listener's reports as well, which is nobody's fault there.
    let ears = ward.world.ears(ward.listener);
    let report = Input::Report { connection: ears, fraction_lost: 26, round_trip_ms: Some(60) };
    ward.world.give(report);
    let (doctor, listener) = ward.lines(60, Lines { up_percent: 5, ..GOOD });
    assert_eq!(doctor, [(5, side("up", None, &[]))]);
    assert_eq!(listener, [(5, side("theirs", Some("doctor"), &[]))]);
    let told = ward.world.heard(ward.doctor.signal);
    let poor = told.iter().any(|it| match it {
        Message::Quality(all) => all.iter().any(|it| it.quality == Quality::Poor),
        _ => false,
    });
    assert!(!poor, "the listener's line is good");
}

#[test]
fn ones_own_line_is_told_before_that_of_somebody_else() {
    let mut ward = Ward::with(None);
    let lines = Lines { down_256: 26, up_percent: 10, ..GOOD };
    let (doctor, listener) = ward.lines(40, lines);
    assert_eq!(listener.last().unwrap().1, side("down", None, &["protected"]));
    assert_eq!(doctor.last().unwrap().1, side("up", None, &[]));
    let (_, listener) = ward.lines(40, Lines { down_256: 0, ..lines });
    assert_eq!(listener.last().unwrap().1, side("theirs", Some("doctor"), &[]));
    let camera = Request::Mute { sid: ward.camera_sid.clone(), muted: true };
    ward.world.request(ward.doctor, camera);
    ward.world.give(Input::Tick);
    assert_eq!(ward.lines(20, lines).1.last().unwrap().1, side("down", None, &["protected"]));
}

#[test]
fn a_line_that_carries_less_than_is_asked_for_is_told_with_what_was_done() {
    let mut ward = Ward::with(None);
    let smaller = StreamState::Smaller(Cause::ThinLine);
    let (_, listener) = ward.lines(5, Lines { picture: smaller, ..GOOD });
    assert_eq!(listener, [], "who has just got a good line waits a little for more");
    let (_, listener) = ward.lines(20, Lines { picture: smaller, ..GOOD });
    assert_eq!(listener.last().unwrap().1, side("down", None, &["smaller"]));
    let paused = StreamState::Paused(Cause::ThinLine);
    let (_, listener) = ward.lines(20, Lines { picture: paused, ..GOOD });
    assert_eq!(listener.last().unwrap().1, side("down", None, &["paused"]));
    // A camera that is switched off is nobody's line.
    let mute = Request::Mute { sid: ward.camera_sid.clone(), muted: true };
    ward.world.request(ward.doctor, mute);
    let (_, listener) = ward.lines(40, Lines { picture: paused, ..GOOD });
    assert_eq!(listener.last().unwrap().1, side("none", None, &[]));
}

#[test]
fn a_page_tells_what_it_does_about_its_own_way_up() {
    let mut ward = Ward::with(None);
    ward.page_says(ward.doctor, "uplink", br#"{"picture":"paused","voice":"protected"}"#);
    let (doctor, listener) = ward.lines(20, GOOD);
    let done = ["paused", "protected"];
    assert_eq!(doctor.last().unwrap().1, side("up", None, &done));
    assert_eq!(listener.last().unwrap().1, side("theirs", Some("doctor"), &done));
    let passed_on = ward.world.delivered.iter().any(|it| it.said.is_none());
    assert!(!passed_on, "it is for the gateway alone");
    for unreadable in [&b"no"[..], &[b' '; 257], &[0xff, 0xfe]] {
        ward.page_says(ward.doctor, "uplink", unreadable);
    }
    assert_eq!(ward.world.counted("uplink_unreadable"), 3);
    ward.page_says(ward.doctor, "uplink", b"{}");
    assert_eq!(ward.lines(40, GOOD).0.last().unwrap().1, side("none", None, &[]));
}

#[test]
fn a_picture_that_starves_for_want_of_anything_but_the_line_blames_no_line() {
    let mut ward = Ward::with(None);
    ward.world.give(Input::SpatialLayers(ward.camera, 2));
    let starved = Lines { fed: 1, ..GOOD };
    assert_eq!(ward.lines(40, starved), (vec![], vec![]), "its page says nothing of its line");
    let mut ward = Ward::with(None);
    ward.world.give(Input::SpatialLayers(ward.camera, 2));
    ward.page_says(ward.doctor, "uplink", br#"{"picture":"smaller"}"#);
    let (doctor, listener) = ward.lines(20, starved);
    assert_eq!(doctor.last().unwrap().1, side("up", None, &["smaller"]));
    assert_eq!(listener.last().unwrap().1, side("theirs", Some("doctor"), &["smaller"]));
}

#[test]
fn while_the_server_is_late_it_says_so_itself_and_blames_nobody() {
    let mut ward = Ward::with(None);
    let lines = Lines { down_256: 60, up_percent: 20, late_ms: 400, ..GOOD };
    let (doctor, listener) = ward.lines(60, lines);
    for told in [doctor, listener] {
        assert_eq!(told, [(4, side("server", None, &[]))]);
    }
}

#[test]
fn lines_that_swing_are_told_at_most_four_times_a_minute() {
    for (bad, good) in [(1, 1), (3, 3), (6, 16), (9, 25)] {
        let mut ward = Ward::with(None);
        let (mut doctor, mut listener, mut began) = (vec![], vec![], 0);
        while began < 600 {
            let swing = Lines { down_256: 30, up_percent: 12, ..GOOD };
            for (seconds, lines) in [(bad, swing), (good, GOOD)] {
                let told = ward.lines(seconds, lines);
                doctor.extend(told.0.into_iter().map(|(at, _)| began + at));
                listener.extend(told.1.into_iter().map(|(at, _)| began + at));
                began += seconds;
            }
        }
        for told in [doctor, listener] {
            let most =
                told.iter().map(|at| told.iter().filter(|it| (*at..at + 60).contains(it)).count());
            assert!(most.max().unwrap_or(0) <= 4, "{bad} {good}: {told:?}");
        }
    }
}

#[test]
fn who_was_away_is_told_again() {
    let mut ward = Ward::with(None);
    let bad = Lines { down_256: 26, ..GOOD };
    ward.lines(10, bad);
    ward.world.give(Input::SignalLost(ward.listener.signal));
    let back = ward.world.knock("listener", |_| {}, Some(""));
    ward.listener = Client { signal: back, ..ward.listener };
    assert_eq!(ward.lines(2, bad).1, [(1, side("down", None, &["protected"]))]);
}
