//! What may be changed of a booking depends on how far it has come.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test fails by panic; its names are its documentation"
)]

use booking::{Interval, Limits, Participant, Request, RequestError, Standing, UnixS, check};
use session::{Kind, Role};

const NOW: UnixS = UnixS(1_800_000_000);
const OPENS_BEFORE_S: u64 = 900;

const DOCTORS: &[Participant<'static>] = &[
    Participant { person: "dr-wang", role: Role::Specialist },
    Participant { person: "dr-li", role: Role::VillageDoctor },
];

fn standing(start: UnixS, end: UnixS) -> Standing {
    let interval = Interval::new(start, end).unwrap();
    Standing { interval, recording: true, opens: start.minus(OPENS_BEFORE_S) }
}

fn wanted(start: UnixS, end: UnixS) -> Request<'static> {
    let (kind, title, rooms) = (Kind::Consultation, "会诊", &["room-1"][..]);
    Request { kind, title, start, end, rooms, terminals: &[], participants: DOCTORS }
}

fn faults(before: &Standing, request: &Request<'_>, recording: bool) -> Vec<RequestError> {
    let checked = before.check_change(request, recording, &Limits::default(), NOW);
    checked.err().unwrap_or_default()
}

#[test]
fn what_is_to_come_can_be_moved_to_any_time_that_could_be_booked() {
    let before = standing(NOW.plus(7_200), NOW.plus(9_000));
    for (start, end) in [(3_600, 5_400), (7_200, 7_260), (7_200, 40_000), (86_400, 90_000)] {
        let moved = wanted(NOW.plus(start), NOW.plus(end));
        assert_eq!(faults(&before, &moved, false), []);
    }
    let past = wanted(NOW.minus(3_600), NOW.plus(60));
    assert_eq!(faults(&before, &past, true), [RequestError::Past]);
    let gone = wanted(NOW.minus(240), NOW.minus(60));
    assert_eq!(faults(&before, &gone, true), [RequestError::EndPast]);
    let far = wanted(NOW.plus(367 * 86_400), NOW.plus(367 * 86_400 + 600));
    assert_eq!(faults(&before, &far, true), [RequestError::TooFarAhead { days: 366 }]);
}

#[test]
fn what_has_begun_can_be_prolonged_or_shortened_and_keeps_its_start() {
    let start = NOW.minus(4_000);
    let before = standing(start, NOW.plus(600));
    for end in [NOW.plus(1), NOW.plus(3_600), start.plus(12 * 3_600)] {
        assert_eq!(faults(&before, &wanted(start, end), true), [], "{end:?}");
    }
    let faulty =
        |start, end, fault| assert_eq!(faults(&before, &wanted(start, end), true), [fault]);
    faulty(NOW.plus(60), NOW.plus(600), RequestError::Begun);
    faulty(start, NOW, RequestError::EndPast);
    faulty(start, start.plus(12 * 3_600 + 1), RequestError::TooLong { most: 12 * 3_600 });
}

#[test]
fn recording_is_settled_once_people_may_be_inside() {
    let soon = standing(NOW.plus(OPENS_BEFORE_S + 1), NOW.plus(3_600));
    let request = wanted(soon.interval.start(), soon.interval.end());
    assert_eq!(faults(&soon, &request, false), []);
    let open = standing(NOW.plus(OPENS_BEFORE_S), NOW.plus(3_600));
    let request = wanted(open.interval.start(), open.interval.end());
    assert_eq!(faults(&open, &request, false), [RequestError::RecordingTold]);
    assert_eq!(faults(&open, &request, true), []);
}

#[test]
fn the_rules_of_a_booking_hold_for_a_changed_one() {
    let before = standing(NOW.plus(7_200), NOW.plus(9_000));
    let alone = Request { participants: &DOCTORS[..1], title: " ", ..wanted(NOW.plus(10), NOW) };
    let kind = Kind::Consultation;
    let needs = RequestError::Needs { kind, role: Role::VillageDoctor };
    assert_eq!(faults(&before, &alone, true), [RequestError::Title, RequestError::Empty, needs]);
}

/// Over many random bookings, times and wishes: whatever is allowed ends in the future, what has begun has kept its start,
/// and what has not is as a new booking could be.
#[test]
fn no_change_moves_anything_into_the_past() {
    let limits = Limits::default();
    let mut seed = 42_u64;
    let mut dice = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let (mut allowed, mut begun) = (0, 0);
    for _ in 0..100_000 {
        let start = NOW.minus(7_200).plus(dice(14_400));
        let before = standing(start, start.plus(60 + dice(7_200)));
        if before.is_over(NOW) {
            continue;
        }
        let from = if dice(2) == 0 { start } else { NOW.minus(7_200).plus(dice(14_400)) };
        let request = wanted(from, from.plus(dice(14_400)));
        let Ok(interval) = before.check_change(&request, true, &limits, NOW) else { continue };
        allowed += 1;
        assert!(interval.end() > NOW && interval.seconds() <= limits.seconds_max);
        if before.interval.start() <= NOW {
            begun += 1;
            assert_eq!(interval.start(), before.interval.start());
        } else if interval.start() != before.interval.start() {
            assert_eq!(check(&request, &limits, NOW), Ok(interval));
        }
    }
    assert!(allowed > 10_000 && begun > 1_000, "{allowed} {begun}");
}
