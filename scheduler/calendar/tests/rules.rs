//! What a rule can say, what it cannot, and when its occurrences are.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panic; its names are its documentation"
)]

use calendar::{Bounds, End, Expansion, Recurrence, Rule, RuleError, StartError};
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;

fn rule(text: &str) -> Rule {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn bounds(until: &str, occurrences_max: usize) -> Bounds {
    Bounds { until: until.parse().unwrap(), occurrences_max }
}

fn expand(start: &str, zone: &str, text: &str) -> Expansion {
    let zone = TimeZone::get(zone).unwrap();
    let start: DateTime = start.parse().unwrap();
    Recurrence::new(start, zone, rule(text)).unwrap().expand(&bounds("2040-01-01T00:00:00Z", 500))
}

fn at(expansion: &Expansion) -> Vec<String> {
    expansion.occurrences.iter().map(|occurrence| occurrence.at.to_string()).collect()
}

#[test]
fn the_words_of_a_fault_say_which_part_it_is() {
    for (text, code, part) in [
        ("", "rule-not-a-part", Some("")),
        ("every monday", "rule-not-a-part", Some("EVERY MONDAY")),
        ("FREQ=WEEKLY;", "rule-not-a-part", Some("")),
        ("BYDAY=MO", "rule-without-frequency", None),
        ("FREQ=HOURLY", "rule-value", Some("FREQ")),
        ("FREQ=DAILY;BYHOUR=9", "rule-unsupported", Some("BYHOUR")),
        ("FREQ=DAILY;FREQ=DAILY", "rule-part-twice", Some("FREQ")),
        ("FREQ=DAILY;INTERVAL=0", "rule-value", Some("INTERVAL")),
        ("FREQ=DAILY;INTERVAL=-1", "rule-value", Some("INTERVAL")),
        ("FREQ=DAILY;INTERVAL=99999999999999999999", "rule-value", Some("INTERVAL")),
        ("FREQ=DAILY;COUNT=0", "rule-value", Some("COUNT")),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101T000000Z", "rule-with-two-ends", None),
        ("FREQ=DAILY;UNTIL=20270101", "rule-value", Some("UNTIL")),
        ("FREQ=DAILY;UNTIL=20270101T000000", "rule-value", Some("UNTIL")),
        ("FREQ=DAILY;UNTIL=20270230T000000Z", "rule-value", Some("UNTIL")),
        ("FREQ=DAILY;BYMONTH=13", "rule-value", Some("BYMONTH")),
        ("FREQ=DAILY;BYMONTH=-1", "rule-value", Some("BYMONTH")),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "rule-value", Some("BYMONTHDAY")),
        ("FREQ=MONTHLY;BYMONTHDAY=1,", "rule-value", Some("BYMONTHDAY")),
        ("FREQ=MONTHLY;BYDAY=0MO", "rule-value", Some("BYDAY")),
        ("FREQ=MONTHLY;BYDAY=54MO", "rule-value", Some("BYDAY")),
        ("FREQ=MONTHLY;BYDAY=é", "rule-value", Some("BYDAY")),
        ("FREQ=MONTHLY;BYDAY=O", "rule-value", Some("BYDAY")),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367", "rule-value", Some("BYSETPOS")),
        ("FREQ=WEEKLY;WKST=XX", "rule-value", Some("WKST")),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "rule-part-not-with-frequency", Some("BYMONTHDAY")),
        ("FREQ=WEEKLY;BYDAY=1MO", "rule-part-not-with-frequency", Some("BYDAY with a number")),
        ("FREQ=DAILY;BYDAY=-1MO", "rule-part-not-with-frequency", Some("BYDAY with a number")),
        ("FREQ=WEEKLY;BYSETPOS=1", "rule-nothing-to-choose-from", None),
    ] {
        let error = text.parse::<Rule>().unwrap_err();
        assert_eq!((error.code(), error.part()), (code, part), "{text}: {error}");
    }
    let long = format!("FREQ=DAILY;BYMONTH={}", "1,".repeat(300));
    assert_eq!(long.parse::<Rule>(), Err(RuleError::TooLong { most: 512 }));
}

#[test]
fn a_rule_is_written_as_the_standard_writes_it() {
    let text = "rrule:freq=monthly;byday=+1mo,-1FR;interval=02;wkst=su;bysetpos=1,-1,1;count=5";
    let written = "FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO,-1FR;BYSETPOS=1,-1;WKST=SU;COUNT=5";
    assert_eq!(rule(text).to_string(), written);
    assert_eq!(rule(written), rule(text));
}

#[test]
fn a_lesson_stays_at_its_local_time_when_the_clocks_change() {
    let found = expand("2026-10-18T09:30", "Europe/London", "FREQ=WEEKLY;COUNT=2");
    assert_eq!(at(&found), ["2026-10-18T08:30:00Z", "2026-10-25T09:30:00Z"]);
    let found = expand("1986-04-27T09:30", "Asia/Shanghai", "FREQ=WEEKLY;COUNT=2");
    assert_eq!(at(&found), ["1986-04-27T01:30:00Z", "1986-05-04T00:30:00Z"]);
}

#[test]
fn a_time_that_is_skipped_moves_with_the_clock_and_of_two_the_first_is_meant() {
    let gap = expand("2026-03-28T01:30", "Europe/London", "FREQ=DAILY;COUNT=3");
    let wanted = ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"];
    assert_eq!(at(&gap), wanted, "01:30 is 02:30 on the day without it");
    let fold = expand("2026-10-24T01:30", "Europe/London", "FREQ=DAILY;COUNT=3");
    let wanted = ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
    assert_eq!(at(&fold), wanted);
}

#[test]
fn a_start_that_is_not_in_its_rule_is_refused_with_the_nearest_that_are() {
    let tuesday = date(2026, 9, 1).at(9, 30, 0, 0);
    let start = |text: &str| Recurrence::new(tuesday, TimeZone::UTC, rule(text)).unwrap_err();
    let near = |before: Option<DateTime>, after| StartError::NotInRule { before, after };
    let day = |year, month, day| Some(date(year, month, day).at(9, 30, 0, 0));
    let lessons = start("FREQ=WEEKLY;BYDAY=MO,WE,FR");
    assert_eq!(lessons, near(day(2026, 8, 31), day(2026, 9, 2)));
    let leap = start("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29");
    assert_eq!(leap, near(day(2024, 2, 29), day(2028, 2, 29)));
    let second = start("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2");
    assert_eq!(second, near(day(2026, 8, 4), day(2026, 9, 2)));
    assert_eq!(start("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), near(None, None), "there is none");
    assert_eq!(start("FREQ=DAILY;UNTIL=20260101T000000Z"), StartError::EndsBeforeStart);
}

#[test]
fn what_is_taken_away_counts_and_what_is_added_does_not() {
    let day = |day| date(2026, 11, day).at(9, 0, 0, 0);
    let weekly = rule("FREQ=WEEKLY;COUNT=3");
    let found = Recurrence::new(day(2), TimeZone::UTC, weekly).unwrap();
    let found = found.with_added(vec![day(4), day(16)]).with_excluded(vec![day(9)]);
    let expansion = found.expand(&bounds("2027-01-01T00:00:00Z", 10));
    let days: Vec<i8> = expansion.occurrences.iter().map(|it| it.local.day()).collect();
    assert_eq!((days, expansion.end), (vec![2, 4, 16], End::Rule));
}

#[test]
fn an_expansion_says_why_it_ends() {
    let daily = Recurrence::new(date(2026, 1, 1).at(8, 0, 0, 0), TimeZone::UTC, rule("FREQ=DAILY"));
    let end = |bounds: Bounds| {
        let expansion = daily.as_ref().unwrap().expand(&bounds);
        (expansion.occurrences.len(), expansion.end)
    };
    assert_eq!(end(bounds("2026-01-04T08:00:00Z", 10)), (3, End::Until), "not at the bound itself");
    assert_eq!(end(bounds("2027-01-01T00:00:00Z", 10)), (10, End::Full));
    assert_eq!(end(bounds("9999-01-01T00:00:00Z", 1_000_000)), (40_000, End::GivenUp));
    let all = expand("2026-01-01T08:00", "UTC", "FREQ=DAILY;COUNT=7");
    assert_eq!((all.occurrences.len(), all.end), (7, End::Rule));
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_so_that_it_reads_the_same_and_ends(
        text in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY))(;(INTERVAL|COUNT|BYMONTH|BYMONTHDAY|BYSETPOS)=-?[0-9]{1,3}(,-?[0-9]{1,2}){0,2}){0,2}(;BYDAY=-?[0-9]?(MO|SU))?",
        days in 0..30_000_i32,
    ) {
        if let Ok(rule) = text.parse::<Rule>() {
            prop_assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule.clone()));
            let day = date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let zone = TimeZone::get("America/New_York").unwrap();
            if let Ok(found) = Recurrence::new(day.at(2, 30, 0, 0), zone, rule) {
                let expansion = found.expand(&bounds("2100-01-01T00:00:00Z", 50));
                prop_assert_eq!(expansion.occurrences[0].local, found.start());
                prop_assert!(expansion.occurrences.is_sorted_by(|one, next| one.at < next.at));
            }
        }
    }

    #[test]
    fn no_text_stops_the_reader(text in "\\PC{0,60}") {
        let _ = text.parse::<Rule>();
    }
}
