//! What a place was in a class follows from what it received, and never from what nobody knows.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test fails by panic; its names are its documentation"
)]

use proptest::prelude::*;
use teaching::{
    Attendance, Attended, Evidence, PARTIAL_FLOOR_MS, PRESENT_PERCENT, Span, Window, attended,
};

/// Forty minutes.
const CLASS_MS: u64 = 2_400_000;

fn span(from_ms: u64, to_ms: u64) -> Span {
    Span::new(from_ms, to_ms).unwrap()
}

fn class() -> Span {
    span(CLASS_MS, 2 * CLASS_MS)
}

/// Spans around a class, some of them outside of it.
fn any_span() -> impl Strategy<Value = Span> {
    (0..3 * CLASS_MS, 1..CLASS_MS).prop_map(|(from_ms, long)| span(from_ms, from_ms + long))
}

fn any_window() -> impl Strategy<Value = Window> {
    (any_span(), 0..=10_u64, 0..=10_u64).prop_map(|(span, received, unknown)| Window {
        span,
        received_ms: span.length_ms() * received / 10,
        unknown_ms: span.length_ms() * unknown / 10,
    })
}

#[derive(Debug, Clone)]
struct Told {
    lead: Vec<Span>,
    windows: Vec<Window>,
    watched: Vec<Span>,
}

fn any_told() -> impl Strategy<Value = Told> {
    let spans = || prop::collection::vec(any_span(), 0..6);
    (spans(), prop::collection::vec(any_window(), 0..12), spans())
        .prop_map(|(lead, windows, watched)| Told { lead, windows, watched })
}

fn of(told: &Told) -> Attended {
    let Told { lead, windows, watched } = told;
    attended(&Evidence { planned: class(), lead, windows, watched })
}

proptest! {
    #[test]
    fn nothing_is_over_what_was_planned(told in any_told()) {
        let it = of(&told);
        prop_assert!(it.received_ms + it.unknown_ms <= it.planned_ms);
        prop_assert!(it.at_least <= it.at_most && it.at_most != Attendance::Unknown);
        let decided = it.at_least == it.at_most;
        prop_assert_eq!(it.attendance, if decided { it.at_least } else { Attendance::Unknown });
    }

    #[test]
    fn more_that_was_received_never_makes_less_of_it(told in any_told(), at in 0_usize..12, more_ms in 0..CLASS_MS) {
        let before = of(&told);
        let mut more = told;
        let Some(window) = more.windows.get_mut(at) else { return Ok(()) };
        window.received_ms += more_ms;
        let after = of(&more);
        prop_assert!(after.received_ms >= before.received_ms);
        prop_assert!(after.at_least >= before.at_least && after.at_most >= before.at_most);
    }

    #[test]
    fn a_client_more_never_takes_anything_away(told in any_told(), window in any_window()) {
        // A receipt also tells that receipts were kept; that alone may make an absence known.
        let mut more = told;
        more.watched.push(window.span);
        let before = of(&more);
        more.windows.push(window);
        let after = of(&more);
        prop_assert!(after.received_ms >= before.received_ms);
        prop_assert!(after.at_least >= before.at_least && after.at_most >= before.at_most);
    }

    /// What is not known any more widens what may have been, and turns nothing into its opposite.
    #[test]
    fn missing_evidence_makes_no_presence_out_of_an_absence(told in any_told(), lost in prop::collection::vec(prop::bool::ANY, 12)) {
        let before = of(&told);
        let mut less = told;
        for (window, lost) in less.windows.iter_mut().zip(lost) {
            if lost {
                (window.received_ms, window.unknown_ms) = (0, window.span.length_ms());
            }
        }
        less.watched.clear();
        let after = of(&less);
        prop_assert!(after.at_least <= before.at_least);
        prop_assert!(before.attendance != Attendance::Absent || after.attendance != Attendance::Present);
        prop_assert!(before.attendance != Attendance::Absent || after.attendance != Attendance::Partial);
    }

    #[test]
    fn what_is_told_twice_counts_once(told in any_told()) {
        let mut twice = told.clone();
        twice.windows.extend(told.windows.iter().copied());
        twice.lead.extend(told.lead.iter().copied());
        twice.watched.extend(told.watched.iter().copied());
        prop_assert_eq!(of(&twice), of(&told));
    }

    /// One client and its windows in pieces say the same, in whatever order.
    #[test]
    fn pieces_say_what_the_whole_said(cuts in prop::collection::btree_set(1..CLASS_MS, 0..9)) {
        let ends: Vec<u64> = std::iter::once(0).chain(cuts).chain([CLASS_MS]).collect();
        let piece = |pair: &[u64]| {
            let span = span(CLASS_MS + pair[0], CLASS_MS + pair[1]);
            Window { span, received_ms: span.length_ms(), unknown_ms: 0 }
        };
        let windows: Vec<Window> = ends.windows(2).map(piece).rev().collect();
        let it = of(&Told { lead: vec![class()], windows, watched: vec![] });
        prop_assert_eq!((it.received_ms, it.unknown_ms), (CLASS_MS, 0));
    }

    /// A millisecond at a time, by the rules as they are said: the sweep over spans is the same.
    #[test]
    fn the_sweep_is_the_sum_of_its_moments(
        lead in prop::collection::vec((0..90_u64, 1..40_u64), 0..4),
        clients in prop::collection::vec((0..90_u64, 1..40_u64, 0..=4_u64, 0..=4_u64), 0..6),
        watched in prop::collection::vec((0..90_u64, 1..40_u64), 0..4),
    ) {
        let planned = span(30, 70);
        let spans = |all: &[(u64, u64)]| all.iter().map(|(from, long)| span(*from, from + long)).collect::<Vec<_>>();
        let (lead, watched) = (spans(&lead), spans(&watched));
        // Quarters of a span: what is told of it is a whole number of thousandths.
        let windows: Vec<Window> = clients.iter().map(|(from, long, received, unknown)| {
            let span = span(from * 4, (from + long) * 4);
            Window { span, received_ms: long * received, unknown_ms: long * unknown }
        }).collect();
        let scaled = |all: &[Span]| all.iter().map(|it| span(it.from_ms() * 4, it.to_ms() * 4)).collect::<Vec<_>>();
        let (lead, watched) = (scaled(&lead), scaled(&watched));
        let planned = span(planned.from_ms() * 4, planned.to_ms() * 4);
        let it = attended(&Evidence { planned, lead: &lead, windows: &windows, watched: &watched });
        let holds = |all: &[Span], at: u64| all.iter().any(|it| (it.from_ms()..it.to_ms()).contains(&at));
        let (mut received, mut unknown) = (0, 0);
        for at in planned.from_ms()..planned.to_ms() {
            let open: Vec<&Window> = windows.iter().filter(|it| (it.span.from_ms()..it.span.to_ms()).contains(&at)).collect();
            if open.is_empty() && !holds(&lead, at) && !holds(&watched, at) {
                unknown += 1_000;
            } else if holds(&lead, at) && !open.is_empty() {
                let permille = |part: u64, it: &Window| 1_000 * part / it.span.length_ms();
                let best = open.iter().map(|it| permille(it.received_ms, it)).max().unwrap();
                let most = open.iter().map(|it| permille(it.received_ms + it.unknown_ms, it)).max().unwrap();
                received += best;
                unknown += most.min(1_000) - best;
            }
        }
        prop_assert_eq!((it.received_ms, it.unknown_ms), (received / 1_000, unknown / 1_000));
    }
}

fn heard(from_ms: u64, received_ms: u64) -> Window {
    let span = span(CLASS_MS + from_ms, CLASS_MS + from_ms + received_ms);
    Window { span, received_ms, unknown_ms: 0 }
}

#[test]
fn sixty_percent_is_present_and_half_a_minute_is_partial() {
    let all = vec![class()];
    let by = |received_ms: u64| {
        let windows = vec![heard(0, received_ms)];
        of(&Told { lead: all.clone(), windows, watched: vec![] }).attendance
    };
    let present_ms = CLASS_MS * PRESENT_PERCENT / 100;
    assert_eq!(by(present_ms), Attendance::Present);
    assert_eq!(by(present_ms - 1), Attendance::Partial);
    assert_eq!(by(PARTIAL_FLOOR_MS), Attendance::Partial);
    assert_eq!(by(PARTIAL_FLOOR_MS - 1), Attendance::Absent);
}

#[test]
fn what_is_received_before_after_or_without_the_lead_is_nobodys_class() {
    let early = Window { span: span(0, CLASS_MS), received_ms: CLASS_MS, unknown_ms: 0 };
    let late = Window { span: span(2 * CLASS_MS, 3 * CLASS_MS), ..early };
    let told = Told { lead: vec![class()], windows: vec![early, late], watched: vec![] };
    assert_eq!((of(&told).received_ms, of(&told).attendance), (0, Attendance::Absent));
    let whole = vec![heard(0, CLASS_MS)];
    let alone = Told { lead: vec![], windows: whole, watched: vec![] };
    assert_eq!(of(&alone).attendance, Attendance::Absent, "the teacher never came");
}

#[test]
fn an_outage_is_unknown_unless_the_rest_decides() {
    // Half of the class was kept: the place heard all of it, and has no receipts of the other half.
    let half = span(CLASS_MS, CLASS_MS + CLASS_MS / 2);
    let whole = Told { lead: vec![half], windows: vec![heard(0, CLASS_MS / 2)], watched: vec![] };
    let it = of(&whole);
    assert_eq!((it.attendance, it.unknown_ms), (Attendance::Unknown, CLASS_MS / 2));
    assert_eq!((it.at_least, it.at_most), (Attendance::Partial, Attendance::Present));
    // Of seven tenths it heard enough, whatever the rest was.
    let most = span(CLASS_MS, CLASS_MS + CLASS_MS * 7 / 10);
    let told =
        Told { lead: vec![most], windows: vec![heard(0, CLASS_MS * 6 / 10)], watched: vec![] };
    assert_eq!(of(&told).attendance, Attendance::Present);
    // Nothing was kept of it at all, and then it is known that nobody was there.
    let nothing = Told { lead: vec![], windows: vec![], watched: vec![] };
    assert_eq!(of(&nothing).attendance, Attendance::Unknown);
    let watched = Told { watched: vec![class()], ..nothing };
    assert_eq!(of(&watched).attendance, Attendance::Absent);
}

#[test]
fn a_client_that_heard_nothing_says_nothing_of_one_that_told_nothing() {
    let silent = Window { span: class(), received_ms: 0, unknown_ms: CLASS_MS };
    let deaf = Window { unknown_ms: 0, ..silent };
    for windows in [vec![silent], vec![silent, deaf], vec![deaf, silent]] {
        let it = of(&Told { lead: vec![class()], windows, watched: vec![] });
        assert_eq!((it.attendance, it.unknown_ms), (Attendance::Unknown, CLASS_MS));
    }
}

#[test]
fn words_are_read_as_they_are_written() {
    for word in Attendance::ALL {
        assert_eq!(word.as_str().parse(), Ok(*word));
    }
    assert!("late".parse::<Attendance>().is_err());
}
