//! Still pictures: who is asked for one, and who gets it.

use std::collections::BTreeMap;
use std::time::Duration;

use session::{DataBudget, Megabytes, Own};
use signalling::input::Input;
use signalling::words::request::Request;
use signalling::words::stream::{Cause, StreamState, Streamed};
use signalling::words::usage::Used;
use signalling::words::way::{SecondReport, WayDown};

use crate::streams::Ward;

const PIECE: &[u8] = &[0, 2, 0xff, 0xd8];
const LAST: &[u8] = &[1, 2, 7];

impl Ward {
    fn chooses(&mut self, mode: &str) {
        let attributes = BTreeMap::from([("mode".to_owned(), mode.to_owned())]);
        let (name, metadata) = (String::new(), String::new());
        let ask = Request::Describe { request: 7, name, metadata, attributes };
        self.world.request(self.listener, ask);
    }

    /// So many seconds pass on a line of so many bits a second; how often the doctor's page was asked for a still.
    fn asked(&mut self, seconds: u64, bits_per_second: u64) -> usize {
        let connection = self.world.ears(self.listener);
        for _ in 0..seconds {
            self.world.now += Duration::from_secs(1);
            for client in [self.doctor, self.listener] {
                self.accept(client);
            }
            let down = [WayDown {
                connection,
                lost_256: Some(0),
                bits_per_second: Some(bits_per_second),
                protected: false,
            }];
            self.world.give(Input::Ways(SecondReport { down: &down, late_ms: 5 }));
            self.world.give(Input::Tick);
        }
        self.packets_to("doctor", "still").len()
    }

    /// The doctor's page sends a piece; to whom it goes.
    fn piece(&mut self, piece: &[u8]) -> Vec<&'static str> {
        self.page_says(self.doctor, "still", piece);
        let listener = self.world.ears(self.listener);
        let pieces = self.world.delivered.extract_if(.., |it| it.said.is_none());
        let to = pieces.flat_map(|it| {
            assert!(it.spare && it.reliable && it.signature.identity == "doctor");
            assert!(it.meant.is_empty(), "nobody reads who else takes them");
            it.to
        });
        to.map(|it| if it == listener { "listener" } else { "another" }).collect()
    }
}

#[test]
fn who_chose_text_and_stills_gets_one_in_ten_seconds_and_on_the_thinnest_lines_one_in_thirty() {
    let mut ward = Ward::with(None);
    assert_eq!(ward.asked(30, 500_000), 0, "nobody wants any");
    assert_eq!(ward.piece(PIECE), [] as [&str; 0]);
    assert_eq!(ward.world.counted("still_unasked"), 1);
    ward.chooses("stills");
    for (seconds, bits_per_second) in [(1, 500_000), (10, 500_000), (30, 64_000)] {
        assert_eq!(ward.asked(seconds - 1, bits_per_second), 0, "{seconds}");
        assert_eq!(ward.asked(1, bits_per_second), 1, "{seconds}");
        assert_eq!(ward.piece(PIECE), ["listener"]);
        assert_eq!(ward.piece(LAST), ["listener"]);
        assert_eq!(ward.piece(PIECE), [] as [&str; 0], "one was asked for");
    }
    ward.chooses("voice");
    assert_eq!(ward.asked(60, 500_000), 0);
}

#[test]
fn whose_picture_its_line_has_paused_gets_stills_and_whose_choice_it_was_not() {
    let mut ward = Ward::with(None);
    let connection = ward.world.ears(ward.listener);
    let state = StreamState::Paused(Cause::ThinLine);
    let streamed = Streamed { connection, track: ward.camera, state };
    ward.world.give(Input::Streams(&[streamed]));
    assert_eq!(ward.asked(1, 80_000), 1);
    assert_eq!(ward.piece(PIECE), ["listener"]);
    ward.world.give(Input::Streams(&[Streamed { state: StreamState::Whole, ..streamed }]));
    assert_eq!(ward.piece(LAST), [] as [&str; 0], "the picture itself comes");
    assert_eq!(ward.asked(60, 500_000), 0);
    ward.chooses("slides");
    assert_eq!(ward.asked(60, 500_000), 0, "it wants no faces");
}

#[test]
fn nobody_sees_a_still_of_a_camera_that_is_off_or_that_a_server_has_muted() {
    let mut ward = Ward::with(None);
    ward.chooses("stills");
    assert_eq!(ward.asked(1, 500_000), 1);
    let sid = ward.camera_sid.clone();
    ward.world.request(ward.doctor, Request::Mute { sid, muted: true });
    assert_eq!(ward.piece(PIECE), [] as [&str; 0], "it was asked for before");
    assert_eq!(ward.asked(60, 500_000), 0);
    // Its page stopped the picture for its line's sake, and says so: the camera is on.
    ward.page_says(ward.doctor, "uplink", br#"{"picture":"paused"}"#);
    assert_eq!(ward.asked(60, 500_000), 6, "none came, and one is asked for each ten seconds");
}

#[test]
fn who_has_used_up_its_data_gets_none() {
    let of = |bytes| Some(Megabytes::of_bytes(bytes));
    let budget = DataBudget { session: of(1_000_000), month_left: None, used: of(0) };
    let mut ward = Ward::with(Some(Own { data_budget: Some(budget), ..Own::default() }));
    let used = Used { room: "ward".into(), identity: "listener".into(), bytes: 1_100_000 };
    ward.world.give(Input::Used(&[used]));
    assert_eq!(ward.asked(60, 500_000), 0);
    ward.chooses("stills");
    assert_eq!(ward.asked(60, 500_000), 0, "nor by its own choice");
}
