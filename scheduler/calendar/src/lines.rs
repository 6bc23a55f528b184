//! How a line of iCalendar is written: escaped, and folded.

use alloc::string::String;
use core::fmt::Write as _;

use jiff::Timestamp;

/// Longest line, octets, its end not counted (RFC 5545, section 3.1).
const LINE_OCTETS_MAX: usize = 75;

/// A property whose value is a text: a comma or a line's end in it does not end it (section 3.3.11).
pub(crate) fn property(text: &mut String, name: &str, value: &str) {
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

/// The quoted value of a parameter: a quotation mark in it is written by RFC 6868.
pub(crate) fn quoted(value: &str) -> String {
    let mut whole = String::from("\"");
    for letter in value.chars() {
        match letter {
            '"' => whole.push_str("^'"),
            '^' => whole.push_str("^^"),
            other if other.is_control() => {}
            other => whole.push(other),
        }
    }
    whole.push('"');
    whole
}

/// A time in UTC.
pub(crate) fn utc(at: Timestamp) -> String {
    let mut stamp = String::new();
    // Writing to a String cannot fail.
    let _ = write!(stamp, "{}", at.strftime("%Y%m%dT%H%M%SZ"));
    stamp
}

/// A line, folded between letters where it would have more than 75 octets (section 3.1).
pub(crate) fn line(text: &mut String, whole: &str) {
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
