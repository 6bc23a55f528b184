//! The text of a calendar feed (RFC 5545, with the properties of RFC 7986).

use alloc::string::String;
use core::fmt::Write as _;

use jiff::Timestamp;

/// Longest line, octets, its end not counted (RFC 5545, section 3.1).
const LINE_OCTETS_MAX: usize = 75;

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
            let mut stamp = String::new();
            // Writing to a String cannot fail.
            let _ = write!(stamp, "{name}:{}", at.strftime("%Y%m%dT%H%M%SZ"));
            line(&mut text, &stamp);
        }
        let mut sequence = String::new();
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

/// A property whose value is a text: a comma or a line's end in it does not end it (section 3.3.11).
fn property(text: &mut String, name: &str, value: &str) {
    let mut whole = String::from(name);
    whole.push(':');
    for letter in value.chars() {
        match letter {
            '\\' | ';' | ',' => {
                whole.push('\\');
                whole.push(letter);
            }
            '\n' => whole.push_str("\\n"),
            other if other.is_control() => {}
            other => whole.push(other),
        }
    }
    line(text, &whole);
}

/// A line, folded between letters where it would have more than 75 octets (section 3.1).
fn line(text: &mut String, whole: &str) {
    let mut octets = 0;
    for letter in whole.chars() {
        if octets + letter.len_utf8() > LINE_OCTETS_MAX {
            text.push_str("\r\n ");
            octets = 1;
        }
        text.push(letter);
        octets += letter.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec::Vec;

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
