//! The text of an invitation or of its end, for one person's mail (iTIP, RFC 5546).

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use jiff::Timestamp;
use jiff::tz::{Dst, Offset, TimeZone};

use crate::lines::{line, property, quoted, utc};
use crate::rule::Rule;

/// What the recipient is to do (RFC 5546, section 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Take it into the calendar, or change what is there.
    Request,
    /// Take it out.
    Cancel,
}

impl Method {
    /// The word of the standard, for METHOD and for the parameter of the media type (RFC 6047, section 2.4).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// How much the recipient is needed (ROLE).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attendance {
    /// It does not go without.
    Required,
    /// It does.
    Optional,
}

/// Somebody with a mail address.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// As people call them.
    pub name: &'a str,
    /// The address, ASCII.
    pub mail: &'a str,
}

/// What is said of all of it.
#[derive(Debug, Clone, Copy)]
pub struct Invitation<'a> {
    /// What is to be done.
    pub method: Method,
    /// Never changes, and is nobody else's.
    pub uid: &'a str,
    /// Grows with each change.
    pub sequence: u32,
    /// When this was written.
    pub made: Timestamp,
    /// Who invites.
    pub organizer: Party<'a>,
    /// The one who is invited; the addresses of others are not told.
    pub attendee: Party<'a>,
    /// How much that one is needed.
    pub attendance: Attendance,
    /// A page of it.
    pub url: &'a str,
    /// A sentence for who opens it.
    pub description: &'a str,
}

/// One time that it takes place.
#[derive(Debug, Clone, Copy)]
pub struct Instance<'a> {
    /// First second.
    pub start: Timestamp,
    /// First second after it.
    pub end: Timestamp,
    /// What it is called.
    pub summary: &'a str,
    /// Where it is; may be empty.
    pub location: &'a str,
}

/// When it takes place.
#[derive(Debug, Clone)]
pub enum Times<'a> {
    /// Once.
    Once(Instance<'a>),
    /// Again and again.
    Series(Box<Repeated<'a>>),
}

/// A series, in the local time of its zone.
#[derive(Debug, Clone)]
pub struct Repeated<'a> {
    /// The zone.
    pub zone: &'a TimeZone,
    /// Its IANA name.
    pub zone_name: &'a str,
    /// The first time, and what all have in common.
    pub first: Instance<'a>,
    /// When the others are.
    pub repetition: Repetition,
    /// The end of its last time.
    pub end: Timestamp,
    /// Those that differ, each with the time at which the series has it.
    pub others: Vec<(Timestamp, Instance<'a>)>,
}

/// Which other times a series has.
#[derive(Debug, Clone)]
pub enum Repetition {
    /// Those of a rule but for some.
    Rule(Rule, Vec<Timestamp>),
    /// These.
    Dates(Vec<Timestamp>),
}

/// The calendar part of a mail. Whatever stands in the texts stays a text.
#[must_use]
pub fn invitation(what: &Invitation<'_>, times: &Times<'_>) -> String {
    let mut text = String::new();
    for fixed in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Shanqiao//Scheduler//EN"] {
        line(&mut text, fixed);
    }
    line(&mut text, &format!("METHOD:{}", what.method.as_str()));
    match times {
        Times::Once(instance) => event(&mut text, what, instance, Form::Utc, &[]),
        Times::Series(series) => repeated(&mut text, what, series),
    }
    line(&mut text, "END:VCALENDAR");
    text
}

/// How times are written.
#[derive(Clone, Copy)]
enum Form<'a> {
    Utc,
    Local(&'a TimeZone, &'a str),
}

impl Form<'_> {
    /// A property with times.
    fn line(self, name: &str, times: &[Timestamp]) -> String {
        let joined = |one: &dyn Fn(&Timestamp) -> String| {
            times.iter().map(one).collect::<Vec<_>>().join(",")
        };
        match self {
            Self::Utc => format!("{name}:{}", joined(&|at| utc(*at))),
            Self::Local(zone, called) => {
                format!("{name};TZID={called}:{}", joined(&|at| local(zone, *at)))
            }
        }
    }
}

fn local(zone: &TimeZone, at: Timestamp) -> String {
    zone.to_datetime(at).strftime("%Y%m%dT%H%M%S").to_string()
}

fn repeated(text: &mut String, what: &Invitation<'_>, series: &Repeated<'_>) {
    let form = Form::Local(series.zone, series.zone_name);
    let mut own = Vec::new();
    match &series.repetition {
        Repetition::Rule(rule, excluded) => {
            own.push(format!("RRULE:{rule}"));
            if !excluded.is_empty() {
                own.push(form.line("EXDATE", excluded));
            }
        }
        Repetition::Dates(dates) if dates.is_empty() => {}
        Repetition::Dates(dates) => own.push(form.line("RDATE", dates)),
    }
    zone_lines(text, series);
    event(text, what, &series.first, form, &own);
    for (planned, other) in &series.others {
        event(text, what, other, form, &[form.line("RECURRENCE-ID", &[*planned])]);
    }
}

/// The changes of the clock that are told of a zone after the first time of a series.
const CLOCK_CHANGES_MAX: usize = 16;

/// The zone as far as the series reaches (section 3.6.5): what holds where it begins, and every change of the clock after.
fn zone_lines(text: &mut String, series: &Repeated<'_>) {
    line(text, "BEGIN:VTIMEZONE");
    line(text, &format!("TZID:{}", series.zone_name));
    let info = series.zone.to_offset_info(series.first.start);
    let (mut offset, began) = (info.offset(), "19700101T000000".to_string());
    clock(text, info.dst(), (offset, offset), &began);
    let changes = series.zone.following(series.first.start);
    for change in changes.take(CLOCK_CHANGES_MAX).take_while(|it| it.timestamp() <= series.end) {
        // Its time is told as the clock showed it before it was set.
        let at = offset.to_datetime(change.timestamp()).strftime("%Y%m%dT%H%M%S").to_string();
        clock(text, change.dst(), (offset, change.offset()), &at);
        offset = change.offset();
    }
    line(text, "END:VTIMEZONE");
}

fn clock(text: &mut String, dst: Dst, (from, to): (Offset, Offset), at: &str) {
    let kind = if dst.is_dst() { "DAYLIGHT" } else { "STANDARD" };
    line(text, &format!("BEGIN:{kind}"));
    line(text, &format!("DTSTART:{at}"));
    line(text, &format!("TZOFFSETFROM:{}", offset_text(from)));
    line(text, &format!("TZOFFSETTO:{}", offset_text(to)));
    line(text, &format!("END:{kind}"));
}

/// Such as `+0800` (section 3.3.14).
fn offset_text(offset: Offset) -> String {
    let seconds = offset.seconds();
    let (sign, ahead) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    format!("{sign}{:02}{:02}", ahead / 3600, ahead / 60 % 60)
}

fn event(
    text: &mut String,
    what: &Invitation<'_>,
    instance: &Instance<'_>,
    form: Form<'_>,
    own: &[String],
) {
    line(text, "BEGIN:VEVENT");
    property(text, "UID", what.uid);
    line(text, &format!("SEQUENCE:{}", what.sequence));
    line(text, &format!("DTSTAMP:{}", utc(what.made)));
    line(text, &form.line("DTSTART", &[instance.start]));
    line(text, &form.line("DTEND", &[instance.end]));
    for own in own {
        line(text, own);
    }
    property(text, "SUMMARY", instance.summary);
    if !instance.location.is_empty() {
        property(text, "LOCATION", instance.location);
    }
    if !what.description.is_empty() {
        property(text, "DESCRIPTION", what.description);
    }
    if !what.url.is_empty() {
        line(text, &format!("URL:{}", what.url));
    }
    let Party { name, mail } = what.organizer;
    line(text, &format!("ORGANIZER;CN={}:mailto:{mail}", quoted(name)));
    let Party { name, mail } = what.attendee;
    let role = match what.attendance {
        Attendance::Required => "REQ-PARTICIPANT",
        Attendance::Optional => "OPT-PARTICIPANT",
    };
    // Nobody reads an answer (RSVP): whoever cannot come speaks to who booked.
    let attendee = format!(
        "ATTENDEE;CN={};CUTYPE=INDIVIDUAL;ROLE={role};PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:{mail}",
        quoted(name)
    );
    line(text, &attendee);
    line(
        text,
        match what.method {
            Method::Request => "STATUS:CONFIRMED",
            Method::Cancel => "STATUS:CANCELLED",
        },
    );
    line(text, "CLASS:PRIVATE");
    line(text, "TRANSP:OPAQUE");
    line(text, "END:VEVENT");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn what(name: &'static str) -> Invitation<'static> {
        Invitation {
            method: Method::Request,
            uid: "1@shanqiao",
            sequence: 3,
            made: at("2026-11-23T00:00:00Z"),
            organizer: Party { name: "山桥", mail: "county@example.org" },
            attendee: Party { name, mail: "chen@example.org" },
            attendance: Attendance::Required,
            url: "https://county.example.org/#/join/1",
            description: "",
        }
    }

    fn instance<'a>(start: &str, end: &str, summary: &'a str) -> Instance<'a> {
        Instance { start: at(start), end: at(end), summary, location: "一号会诊室" }
    }

    #[test]
    fn whatever_a_name_or_a_title_holds_lines_are_no_longer_than_75_octets_and_none_is_added() {
        let title = "远程皮肤科会诊，".repeat(30) + "\r\nATTENDEE:mailto:other@example.org";
        let name = "陈\"; ROLE=CHAIR:mailto:x\r\nATTENDEE:mailto:other@example.org";
        let once = instance("2026-11-24T01:00:00Z", "2026-11-24T01:30:00Z", &title);
        let text = invitation(&what(name), &Times::Once(once));
        assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
        let unfolded = text.replace("\r\n ", "");
        assert_eq!(unfolded.matches("\r\nATTENDEE").count(), 1, "{unfolded}");
        assert!(
            unfolded.contains("CN=\"陈^'; ROLE=CHAIR:mailto:xATTENDEE:mailto:other@example.org\";")
        );
        assert!(
            unfolded.contains("\r\nMETHOD:REQUEST\r\n") && unfolded.contains("\r\nSEQUENCE:3\r\n")
        );
    }

    #[test]
    fn a_series_over_a_change_of_the_clock_tells_of_it() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let rule: Rule = "FREQ=WEEKLY;COUNT=3".parse().unwrap();
        let first = instance("2026-10-19T08:00:00Z", "2026-10-19T09:00:00Z", "Klasse");
        let other = instance("2026-11-03T09:00:00Z", "2026-11-03T10:00:00Z", "Klasse");
        let series = Repeated {
            zone: &zone,
            zone_name: "Europe/Berlin",
            first,
            end: at("2026-11-03T10:00:00Z"),
            repetition: Repetition::Rule(rule, Vec::from([at("2026-10-26T09:00:00Z")])),
            others: Vec::from([(at("2026-11-02T09:00:00Z"), other)]),
        };
        let text = invitation(&what("陈"), &Times::Series(Box::new(series)));
        for wanted in [
            "BEGIN:DAYLIGHT\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0200\r\n",
            "BEGIN:STANDARD\r\nDTSTART:20261025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n",
            "DTSTART;TZID=Europe/Berlin:20261019T100000\r\n",
            "RRULE:FREQ=WEEKLY;COUNT=3\r\nEXDATE;TZID=Europe/Berlin:20261026T100000\r\n",
            "DTSTART;TZID=Europe/Berlin:20261103T100000\r\n",
            "RECURRENCE-ID;TZID=Europe/Berlin:20261102T100000\r\n",
        ] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
        assert_eq!(text.matches("UID:1@shanqiao").count(), 2);
    }
}
