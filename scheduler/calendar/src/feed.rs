//! The text of a calendar feed (RFC 5545, with the properties of RFC 7986).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use jiff::Timestamp;

use crate::lines::{line, property, utc};

/// The UID by which calendars know a session or a series of this id (section 3.8.4.7): the same in feeds and in mails.
#[must_use]
pub fn uid(id: &str) -> String {
    format!("{id}@shanqiao")
}

/// One event of a feed.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Never changes, and is nobody else's.
    pub uid: &'a str,
    /// Grows with each change of the event.
    pub sequence: u32,
    /// First second.
    pub start: Timestamp,
    /// First second after it.
    pub end: Timestamp,
    /// What it is called.
    pub summary: &'a str,
    /// Where it is; may be empty.
    pub location: &'a str,
    /// Whether it will not take place; programs then strike it out.
    pub cancelled: bool,
    /// Which of the events of its UID it is.
    pub place: Place<'a>,
}

/// Which of the events of one UID an event is (RFC 5545, section 3.8.4.4).
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The only one.
    Alone,
    /// The series, of which this is the first time; the others are these.
    Series(&'a [Timestamp]),
    /// What takes the place of the time that the series has here.
    Instead(Timestamp),
}

impl Place<'_> {
    fn write(self, text: &mut String) {
        match self {
            Self::Alone | Self::Series([]) => {}
            Self::Series(others) => {
                let others: Vec<String> = others.iter().map(|at| utc(*at)).collect();
                line(text, &format!("RDATE:{}", others.join(",")));
            }
            Self::Instead(planned) => line(text, &format!("RECURRENCE-ID:{}", utc(planned))),
        }
    }
}

/// A feed called `name`, made at `made`, of `events`. Whatever stands in the texts stays a text.
#[must_use]
pub fn feed<'a>(
    name: &str,
    made: Timestamp,
    events: impl IntoIterator<Item = Event<'a>>,
) -> String {
    let mut text = String::new();
    for fixed in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Shanqiao//Scheduler//EN"] {
        line(&mut text, fixed);
    }
    property(&mut text, "NAME", name);
    property(&mut text, "X-WR-CALNAME", name);
    line(&mut text, "REFRESH-INTERVAL;VALUE=DURATION:PT1H");
    line(&mut text, "X-PUBLISHED-TTL:PT1H");
    for event in events {
        line(&mut text, "BEGIN:VEVENT");
        property(&mut text, "UID", event.uid);
        for (name, at) in [("DTSTAMP", made), ("DTSTART", event.start), ("DTEND", event.end)] {
            property(&mut text, name, &utc(at));
        }
        event.place.write(&mut text);
        let mut sequence = String::new();
        // Writing to a String cannot fail.
        let _ = write!(sequence, "SEQUENCE:{}", event.sequence);
        line(&mut text, &sequence);
        property(&mut text, "SUMMARY", event.summary);
        if !event.location.is_empty() {
            property(&mut text, "LOCATION", event.location);
        }
        line(&mut text, if event.cancelled { "STATUS:CANCELLED" } else { "STATUS:CONFIRMED" });
        line(&mut text, "CLASS:PRIVATE");
        line(&mut text, "END:VEVENT");
    }
    line(&mut text, "END:VCALENDAR");
    text
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn lines_are_folded_by_octets_between_letters_and_texts_stay_texts() {
        let start: Timestamp = "2026-11-24T01:00:00Z".parse().unwrap();
        let summary = "会诊".repeat(40) + "; a,b\\\r\nEND:VCALENDAR";
        let end = "2026-11-24T01:30:00Z".parse().unwrap();
        let event = Event {
            uid: "1@x",
            sequence: 2,
            start,
            end,
            summary: &summary,
            location: "",
            cancelled: true,
            place: Place::Alone,
        };
        let text = feed("山桥", start, [event]);
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert!(lines.iter().all(|line| line.len() <= 75), "{text}");
        assert!(!text.contains('\u{fffd}') && text.ends_with("END:VCALENDAR\r\n"));
        let unfolded = text.replace("\r\n ", "");
        let escaped = "会诊".repeat(40) + "\\; a\\,b\\\\\\nEND:VCALENDAR\r\n";
        assert!(unfolded.contains(&("SUMMARY:".to_string() + &escaped)), "{unfolded}");
        assert_eq!(unfolded.matches("\r\nEND:VCALENDAR").count(), 1);
        for wanted in ["SEQUENCE:2", "STATUS:CANCELLED", "DTSTART:20261124T010000Z", "UID:1@x"] {
            assert!(lines.contains(&wanted), "{wanted}: {text}");
        }
    }
}
