//! Prints a feed with all that is hard to read, for `tests/recurrence/feed.js`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "what it prints is what it is for, and its times are good"
)]

fn main() {
    let at = |text: &str| text.parse().unwrap();
    let summary = "会诊".repeat(40) + "; a,b\\ \n END:VEVENT";
    let cancelled = calendar::Event {
        uid: "1@shanqiao",
        sequence: 1,
        start: at("2026-11-24T01:00:00Z"),
        end: at("2026-11-24T01:30:00Z"),
        summary: &summary,
        location: "会诊室二, B",
        cancelled: true,
        place: calendar::Place::Alone,
    };
    let (uid, summary, location) = ("2@shanqiao", "课", "");
    let plain =
        calendar::Event { uid, sequence: 0, summary, location, cancelled: false, ..cancelled };
    print!("{}", calendar::feed("山桥, 县", at("2026-11-24T00:00:00Z"), [cancelled, plain]));
}
