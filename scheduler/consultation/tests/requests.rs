//! A request is told everything that is wrong with it, at the member to change.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test fails by panic; its names are its documentation"
)]

use consultation::{Card, Limits, Patient, Request, Specialty, check, check_line, check_text};

const NOW: (u64, u16) = (1_800_000_000, 2027);

fn request() -> Request<'static> {
    Request {
        reason: "皮疹三周，用药无效",
        purpose: "明确诊断",
        wished_s: NOW.0,
        summary: "躯干红斑\n瘙痒",
        patient: Patient { name: "王桂兰", born: 1_958, card: "610527 1958 0101 002x" },
    }
}

fn faults(request: &Request<'_>) -> Vec<(&'static str, &'static str)> {
    let found = check(request, &Limits::USUAL, NOW).err().unwrap_or_default();
    found.into_iter().map(|it| (it.field(), it.code())).collect()
}

#[test]
fn a_card_is_read_however_it_is_typed_and_shows_nothing_of_itself() {
    let card = check(&request(), &Limits::USUAL, NOW).unwrap();
    assert_eq!((card.as_str(), card.last_four()), ("61052719580101002X", "002X"));
    assert_eq!(Card::read("６１０５２７-1958-0101-002Ｘ"), Some(card.clone()));
    assert!(!format!("{card:?}").contains("002X"));
    for typed in ["", "12345", "12345_", "卡号一二三四五六", &"1".repeat(33), &" ".repeat(200)]
    {
        assert_eq!(Card::read(typed), None, "{typed}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let long = "长".repeat(201);
    let wrong = Request {
        reason: " ",
        purpose: &long,
        wished_s: NOW.0 - 8 * 86_400,
        summary: "a\u{7}b",
        patient: Patient { name: "两\n行", born: 2_028, card: "1" },
    };
    assert_eq!(
        faults(&wrong),
        [
            ("reason", "text-missing"),
            ("purpose", "text-too-long"),
            ("wishedAt", "wished-out-of-range"),
            ("summary", "text-not-shown"),
            ("patient.name", "text-not-shown"),
            ("patient.born", "not-a-birth-year"),
            ("patient.card", "not-a-card"),
        ]
    );
    let ahead = Request { wished_s: NOW.0 + 367 * 86_400, ..request() };
    assert_eq!(faults(&ahead), [("wishedAt", "wished-out-of-range")]);
    for wished_s in [NOW.0 - 7 * 86_400, NOW.0 + 366 * 86_400] {
        assert_eq!(faults(&Request { wished_s, ..request() }), []);
    }
}

#[test]
fn bounds_are_counted_in_characters_and_lines_are_one() {
    let most = Limits::USUAL.line_chars_max;
    assert_eq!(check_line("why", &"字".repeat(most), most), Ok(()));
    assert!(check_line("why", &"字".repeat(most + 1), most).is_err());
    assert!(check_line("why", "a\nb", most).is_err());
    assert_eq!(check_text("opinion", "a\nb", most), Ok(()));
    assert!(check_text("opinion", "a\rb", most).is_err());
}

#[test]
fn words_are_read_as_they_are_written() {
    for word in Specialty::ALL {
        assert_eq!(word.as_str().parse(), Ok(*word));
    }
    assert!("内科".parse::<Specialty>().is_err());
}
