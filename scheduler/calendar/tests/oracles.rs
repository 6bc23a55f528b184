//! Rules in zones against what other programs make of them (`tests/recurrence/run.sh` records and widens this).
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panic; its names are its documentation"
)]

use calendar::{Bounds, Recurrence, Rule};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// A rule, and its instants as recurring-ical-events 3.8.2 and rrule 2.8.1 with Temporal both find them.
#[derive(Deserialize)]
struct Case {
    zone: String,
    dtstart: DateTime,
    rrule: String,
    rdate: Vec<DateTime>,
    exdate: Vec<DateTime>,
    until: i64,
    instants: Vec<i64>,
}

fn instants(case: &Case) -> Vec<i64> {
    let zone = TimeZone::get(&case.zone).unwrap();
    let rule: Rule = case.rrule.parse().unwrap();
    assert_eq!(rule.to_string().parse::<Rule>().as_ref(), Ok(&rule), "{rule}");
    let found = Recurrence::new(case.dtstart, zone, rule)
        .unwrap_or_else(|error| panic!("{error:?}: {} {}", case.dtstart, case.rrule));
    let found = found.with_added(case.rdate.clone()).with_excluded(case.exdate.clone());
    let until = Timestamp::from_second(case.until).unwrap();
    let expansion = found.expand(&Bounds { until, occurrences_max: 1_000 });
    expansion.occurrences.iter().map(|occurrence| occurrence.at.as_second()).collect()
}

#[test]
fn every_rule_has_the_instants_that_two_other_programs_find() {
    // More cases than are kept: `tests/recurrence/run.sh` names a file of them when the tests are built.
    let text = option_env!("RECURRENCE_CASES").map_or_else(
        || include_str!("fixtures/recurrence.jsonl").to_owned(),
        |path| std::fs::read_to_string(path).unwrap(),
    );
    let (mut cases, mut instants_found) = (0, 0);
    let mut differing = Vec::new();
    for line in text.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let found = instants(&case);
        cases += 1;
        instants_found += found.len();
        if found != case.instants {
            differing.push(format!("{line}\n  found {found:?}"));
        }
    }
    println!("{cases} rules, {instants_found} instants, {} differ", differing.len());
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert!(cases >= 300, "{cases} cases");
}
