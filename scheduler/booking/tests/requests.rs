//! A request says everything that is wrong with it at once, in words for people.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test fails by panic; its names are its documentation"
)]

use booking::{Limits, Param, Participant, Request, RequestError, UnixS, check};
use session::{Kind, Role};

const NOW: UnixS = UnixS(1_800_000_000);
const DAY_S: u64 = 86_400;

const DOCTORS: &[Participant<'static>] = &[
    Participant { person: "dr-wang", role: Role::Specialist },
    Participant { person: "dr-li", role: Role::VillageDoctor },
];
const CLASS: &[Participant<'static>] = &[
    Participant { person: "teacher-zhang", role: Role::LeadTeacher },
    Participant { person: "class-a", role: Role::Classroom },
];

fn consultation() -> Request<'static> {
    let (start, end) = (NOW.plus(3600), NOW.plus(5400));
    Request {
        kind: Kind::Consultation,
        title: "会诊",
        start,
        end,
        rooms: &["room-1"],
        terminals: &[],
        participants: DOCTORS,
    }
}

fn faults(request: &Request<'_>) -> Vec<RequestError> {
    check(request, &Limits::default(), NOW).unwrap_err()
}

#[test]
fn a_good_request_gives_its_interval() {
    let interval = check(&consultation(), &Limits::default(), NOW).unwrap();
    assert_eq!((interval.start(), interval.seconds()), (NOW.plus(3600), 1800));
    assert!(
        check(
            &Request { kind: Kind::Class, participants: CLASS, ..consultation() },
            &Limits::default(),
            NOW
        )
        .is_ok()
    );
    assert!(check(&Request { rooms: &[], ..consultation() }, &Limits::default(), NOW).is_ok());
}

#[test]
fn the_end_must_be_after_the_start_and_the_start_still_to_come() {
    let good = consultation();
    assert_eq!(faults(&Request { end: good.start, ..good }), [RequestError::Empty]);
    assert_eq!(faults(&Request { end: good.start.minus(1), ..good }), [RequestError::Empty]);
    for (began, end) in [(3600, NOW), (3600, NOW.plus(1)), (301, NOW.plus(1800))] {
        assert_eq!(faults(&Request { start: NOW.minus(began), end, ..good }), [RequestError::Past]);
    }
    let just_now = Request { start: NOW.minus(300), end: NOW.plus(1500), ..good };
    assert!(check(&just_now, &Limits::default(), NOW).is_ok());
}

#[test]
fn every_fault_has_a_code_of_its_own_and_params_that_stand_in_its_sentence() {
    let (kind, role) = (Kind::Class, Role::LeadTeacher);
    let all = [
        RequestError::Title,
        RequestError::LongTitle { most: 120 },
        RequestError::Empty,
        RequestError::TooShort { least: 60 },
        RequestError::TooLong { most: 43_200 },
        RequestError::Past,
        RequestError::TooFarAhead { days: 366 },
        RequestError::Needs { kind, role },
        RequestError::OnlyOne { kind, role },
        RequestError::NobodySpeaks { kind },
        RequestError::PersonTwice("dr-li".into()),
        RequestError::RoomTwice("clinic".into()),
        RequestError::TooManyPeople { most: 50 },
        RequestError::TooManyRooms { most: 10 },
    ];
    let codes: std::collections::BTreeSet<_> = all.iter().map(RequestError::code).collect();
    assert_eq!(codes.len(), all.len());
    for fault in &all {
        for (_, value) in fault.params() {
            let Param::Text(text) = value else { continue };
            assert!(fault.to_string().contains(&text), "{fault}: {text}");
        }
    }
    assert_eq!(RequestError::TooShort { least: 60 }.params(), [("minutes", Param::Number(1))]);
    assert_eq!(RequestError::TooLong { most: 43_200 }.params(), [("hours", Param::Number(12))]);
}

#[test]
fn a_session_lasts_a_minute_to_twelve_hours() {
    let good = consultation();
    let lasting = |seconds| Request { end: good.start.plus(seconds), ..good };
    assert_eq!(faults(&lasting(59)), [RequestError::TooShort { least: 60 }]);
    assert!(check(&lasting(60), &Limits::default(), NOW).is_ok());
    assert!(check(&lasting(12 * 3600), &Limits::default(), NOW).is_ok());
    assert_eq!(faults(&lasting(12 * 3600 + 1)), [RequestError::TooLong { most: 43_200 }]);
}

#[test]
fn a_session_starts_at_most_366_days_from_now() {
    let ahead = |seconds| Request {
        start: NOW.plus(seconds),
        end: NOW.plus(seconds + 600),
        ..consultation()
    };
    assert!(check(&ahead(366 * DAY_S), &Limits::default(), NOW).is_ok());
    assert_eq!(faults(&ahead(366 * DAY_S + 1)), [RequestError::TooFarAhead { days: 366 }]);
    let never = Request { start: UnixS(u64::MAX - 600), end: UnixS(u64::MAX), ..consultation() };
    assert_eq!(faults(&never), [RequestError::TooFarAhead { days: 366 }]);
}

#[test]
fn a_consultation_needs_both_doctors() {
    let kind = Kind::Consultation;
    let [specialist, village] =
        [Role::Specialist, Role::VillageDoctor].map(|role| RequestError::Needs { kind, role });
    assert_eq!(
        faults(&Request { participants: &DOCTORS[1..], ..consultation() }),
        vec![specialist.clone()]
    );
    assert_eq!(
        faults(&Request { participants: &DOCTORS[..1], ..consultation() }),
        vec![village.clone()]
    );
    assert_eq!(
        faults(&Request { participants: CLASS, ..consultation() }),
        vec![specialist.clone(), village.clone()]
    );
    assert_eq!(faults(&Request { participants: &[], ..consultation() }), [specialist, village]);
}

#[test]
fn a_class_has_one_lead_teacher_and_a_classroom() {
    let kind = Kind::Class;
    let class = Request { kind, ..consultation() };
    let [teacher, classroom] =
        [Role::LeadTeacher, Role::Classroom].map(|role| RequestError::Needs { kind, role });
    assert_eq!(faults(&Request { participants: &CLASS[1..], ..class }), [teacher]);
    assert_eq!(faults(&Request { participants: &CLASS[..1], ..class }), [classroom]);
    let second = Participant { person: "teacher-wu", role: Role::LeadTeacher };
    let two = [CLASS, &[second]].concat();
    assert_eq!(
        faults(&Request { participants: &two, ..class }),
        [RequestError::OnlyOne { kind, role: Role::LeadTeacher }]
    );
}

#[test]
fn a_training_or_broadcast_needs_somebody_who_can_speak() {
    let silent = [Participant { person: "a", role: Role::Observer }];
    for kind in [Kind::Training, Kind::Broadcast] {
        assert_eq!(
            faults(&Request { kind, participants: &silent, ..consultation() }),
            [RequestError::NobodySpeaks { kind }]
        );
        assert_eq!(
            faults(&Request { kind, participants: &[], ..consultation() }),
            [RequestError::NobodySpeaks { kind }]
        );
        assert!(check(&Request { kind, ..consultation() }, &Limits::default(), NOW).is_ok());
    }
}

#[test]
fn nobody_and_no_room_is_in_the_list_twice() {
    let thrice = [DOCTORS, &DOCTORS[..1], &DOCTORS[..1]].concat();
    let request = Request { participants: &thrice, rooms: &["r", "s", "r"], ..consultation() };
    assert_eq!(
        faults(&request),
        [RequestError::PersonTwice("dr-wang".into()), RequestError::RoomTwice("r".into())]
    );
    let two_roles = [DOCTORS, &[Participant { person: "dr-li", role: Role::Observer }]].concat();
    assert_eq!(
        faults(&Request { participants: &two_roles, ..consultation() }),
        [RequestError::PersonTwice("dr-li".into())]
    );
}

#[test]
fn fifty_people_and_ten_rooms_are_the_most() {
    let names: Vec<String> = (0..51).map(|n| format!("p{n}")).collect();
    let observers = names.iter().map(|person| Participant { person, role: Role::Observer });
    let people: Vec<_> = DOCTORS.iter().copied().chain(observers).collect();
    assert!(
        check(&Request { participants: &people[..50], ..consultation() }, &Limits::default(), NOW)
            .is_ok()
    );
    assert_eq!(
        faults(&Request { participants: &people[..51], ..consultation() }),
        [RequestError::TooManyPeople { most: 50 }]
    );
    let rooms: Vec<&str> = names.iter().map(String::as_str).collect();
    assert!(
        check(&Request { rooms: &rooms[..10], ..consultation() }, &Limits::default(), NOW).is_ok()
    );
    assert_eq!(
        faults(&Request { rooms: &rooms[..11], ..consultation() }),
        [RequestError::TooManyRooms { most: 10 }]
    );
}

#[test]
fn a_title_is_one_line_of_text() {
    for title in ["", "  ", "a\nb", "\u{0}"] {
        assert_eq!(
            faults(&Request { title, ..consultation() }),
            [RequestError::Title],
            "{title:?}"
        );
    }
    let long = "会".repeat(121);
    assert_eq!(
        faults(&Request { title: &long, ..consultation() }),
        [RequestError::LongTitle { most: 120 }]
    );
    assert!(
        check(&Request { title: &"会".repeat(120), ..consultation() }, &Limits::default(), NOW)
            .is_ok()
    );
}

#[test]
fn every_fault_is_told_at_once_with_the_member_to_change() {
    let request =
        Request { title: "", end: NOW, participants: &[], rooms: &["r", "r"], ..consultation() };
    let found = faults(&request);
    let fields: Vec<_> = found.iter().map(RequestError::field).collect();
    assert_eq!(fields, ["title", "endsAt", "participants", "participants", "roomIds"]);
    assert_eq!(
        found[2].to_string(),
        "a consultation needs at least one participant with the role specialist"
    );
}
