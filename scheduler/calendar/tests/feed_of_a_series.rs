//! A feed tells a series by one UID, and each of its times by when the series has it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test may panic; its names are its documentation"
)]

use calendar::{Event, Place, feed};
use jiff::Timestamp;

#[test]
fn a_series_is_one_uid_whose_times_are_named_by_when_it_has_them() {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let [first, second] = ["2026-11-24T01:00:00Z", "2026-12-01T01:00:00Z"].map(at);
    let others = [second];
    let event = |start, place| Event {
        uid: "s@x",
        sequence: 0,
        start,
        end: at("2026-12-31T00:00:00Z"),
        summary: "",
        location: "",
        cancelled: false,
        place,
    };
    let moved = at("2026-12-02T06:00:00Z");
    let text = feed(
        "",
        first,
        [event(first, Place::Series(&others)), event(moved, Place::Instead(second))],
    );
    assert_eq!(text.matches("\r\nUID:s@x\r\n").count(), 2, "{text}");
    assert!(text.contains("\r\nRDATE:20261201T010000Z\r\n"), "{text}");
    assert!(text.contains("DTSTART:20261202T060000Z"), "{text}");
    assert!(text.contains("\r\nRECURRENCE-ID:20261201T010000Z\r\n"), "{text}");
    assert!(!feed("", first, [event(first, Place::Series(&[]))]).contains("RDATE"));
}
