//! What always holds of a case, on every walk of steps that anybody tries.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use consultation::{
    Actor, Case, Cleared, ConsentPurpose, Doctor, INVITED_MAX, Invitation, OPINIONS_MAX, Refused,
    Reply, State, Step, StepKind, Verdict,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn doctor(person: &str, organization: &str) -> Doctor {
    Doctor { person: person.into(), organization: organization.into() }
}

fn by(person: &str) -> Actor<'_> {
    Actor { person, schedules: person == "zhou" }
}

/// The inviting doctor, her neighbour, three specialists of two hospitals, a scheduler and a stranger.
const PEOPLE: [&str; 7] = ["li", "nurse", "wang", "chen", "sun", "zhou", "stranger"];

fn of(person: &str) -> Doctor {
    let organization = match person {
        "li" | "nurse" => "clinic",
        "sun" => "city",
        _ => "hospital",
    };
    doctor(person, organization)
}

fn steps() -> impl Strategy<Value = Step> {
    let people = prop::sample::subsequence(PEOPLE.to_vec(), 0..=PEOPLE.len());
    let invited = prop::sample::subsequence(vec!["nurse", "wang", "chen", "sun"], 0..=3);
    prop_oneof![
        6 => invited.prop_map(|invited| Step::Triage { invited: invited.into_iter().map(of).collect() }),
        9 => prop::sample::select(Reply::ALL).prop_map(Step::Answer),
        6 => (people, prop::sample::select(vec!["s", "t"])).prop_map(|(people, session)| Step::Schedule {
            session: session.into(),
            people: people.into_iter().map(str::to_owned).collect(),
        }),
        6 => Just(Step::CheckIn),
        6 => prop::sample::select(ConsentPurpose::ALL).prop_map(Step::Consent),
        3 => prop::sample::select(ConsentPurpose::ALL).prop_map(Step::Withdraw),
        9 => Just(Step::Sign),
        9 => prop::sample::select(Verdict::ALL).prop_map(Step::Decide),
        3 => Just(Step::Add),
        4 => Just(Step::Close),
        1 => Just(Step::Cancel),
    ]
}

/// Holds one step that was taken against the rules of the field.
fn holds(before: &Case, actor: Actor<'_>, step: &Step, after: &Case) {
    let (was, is) = (before.kept(), after.kept());
    let invitation = |person: &str| {
        was.invited.iter().find(|it| it.doctor.person == person).map(|it| it.invitation)
    };
    assert_eq!(was.inviting, is.inviting, "one inviting side, for ever");
    if is.state != State::Requested && is.state != State::Cancelled {
        assert!((1..=INVITED_MAX).contains(&is.invited.len()), "{is:?}");
    }
    let own = |it: &consultation::Invited| it.doctor.organization == is.inviting.organization;
    assert!(!is.invited.iter().any(own), "nobody is invited by the own side");
    match step.kind() {
        StepKind::Add => {
            assert!(before.cares(actor.person), "only who cares adds");
            assert_eq!(was, is, "nothing else changes");
        }
        StepKind::Sign => {
            assert_eq!(invitation(actor.person), Some(Invitation::Accepted), "only invited sign");
            assert_eq!(is.opinions, was.opinions + 1);
        }
        _ => assert_eq!(is.opinions, was.opinions, "what is signed stays"),
    }
    if is.decided != was.decided {
        assert_eq!(actor.person, "li", "only the inviting side decides");
        assert_eq!(is.decided.unwrap().opinion, is.opinions, "of the latest opinion");
    }
    if is.state == State::Closed {
        assert!(is.opinions > 0 && is.decided.unwrap().opinion == is.opinions);
    }
    if matches!(was.state, State::Closed | State::Cancelled) {
        assert_eq!(step.kind(), StepKind::Withdraw, "an end is an end");
        assert_eq!(was.state, is.state);
    }
    if (&was.attested, &was.consents) != (&is.attested, &is.consents) {
        let by = actor.person;
        let gone_back = step.kind() == StepKind::Withdraw && (before.cares(by) || actor.schedules);
        assert!(by == "li" || gone_back, "who stands beside the patient notes it");
    }
    if is.state == State::Cancelled {
        assert_eq!(is.opinions, 0, "what is signed is not cancelled");
    }
}

/// What a session is cleared for, told from the steps that were taken alone, the latest last.
fn cleared_by(steps: &[Step]) -> Cleared {
    let at = |is: &dyn Fn(&Step) -> bool| steps.iter().rposition(is);
    let session = |step: &Step| match step {
        Step::Schedule { session, .. } => Some(session.clone()),
        _ => None,
    };
    let now = steps.iter().rev().find_map(session);
    let sat = |nth: usize| steps[..nth].iter().rev().find_map(session);
    let attested = at(&|step| *step == Step::CheckIn).is_some_and(|nth| sat(nth) == now);
    let consents = |purpose| {
        at(&|step| *step == Step::Consent(purpose)) > at(&|step| *step == Step::Withdraw(purpose))
    };
    let media = attested && consents(ConsentPurpose::Consultation);
    Cleared { media, recording: media && consents(ConsentPurpose::Recording) }
}

/// Where these people come to with these steps, each of which is held against the rules, and what was cleared on the way.
fn walked(walk: Vec<(&str, Step)>) -> (Case, [bool; 2]) {
    let mut case = Case::requested(of("li"));
    let (mut taken, mut ever) = (Vec::new(), [false; 2]);
    for (person, step) in walk {
        let before = case.clone();
        if let Ok(after) = case.take(by(person), step.clone()) {
            assert!(before.open_to(by(person)).any(|it| it == step.kind()));
            holds(&before, by(person), &step, &after);
            taken.push(step);
            let cleared = after.cleared();
            assert_eq!(cleared, cleared_by(&taken), "{taken:?}");
            ever = [ever[0] | cleared.media, ever[1] | cleared.recording];
            case = after;
        }
        for person in ["nurse", "zhou", "stranger"] {
            assert!(!case.cares(person), "{person} has no part in the care");
        }
    }
    (case, ever)
}

#[test]
fn the_rules_of_the_field_hold_on_every_walk() {
    let config = Config { cases: 3_000, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let (mut ends, mut cleared) = ([0_u32; 4], [0_u32; 2]);
    let walk = prop::collection::vec((prop::sample::select(PEOPLE.to_vec()), steps()), 0..260);
    let ended = core::cell::RefCell::new((&mut ends, &mut cleared));
    TestRunner::new_with_rng(config, rng)
        .run(&walk, |walk| {
            let (case, ever) = walked(walk);
            let at = match case.kept().state {
                State::Closed => 0,
                State::Documented => 1,
                State::Cancelled => 2,
                _ => 3,
            };
            let mut ended = ended.borrow_mut();
            ended.0[at] += 1;
            ended.1[0] += u32::from(ever[0]);
            ended.1[1] += u32::from(ever[1]);
            Ok(())
        })
        .unwrap();
    assert!(ends.iter().all(|count| *count > 20), "every end is reached: {ends:?}");
    assert!(cleared.iter().all(|count| *count > 5), "{cleared:?}");
}

fn triaged(invited: &[&str]) -> Case {
    let invited = invited.iter().map(|it| of(it)).collect();
    Case::requested(of("li")).take(by("zhou"), Step::Triage { invited }).unwrap()
}

fn answer(case: &Case, person: &str, reply: Reply) -> Case {
    case.take(by(person), Step::Answer(reply)).unwrap()
}

#[test]
fn a_case_is_declined_when_nobody_is_left_and_can_be_triaged_anew() {
    let case = answer(&triaged(&["wang", "chen"]), "wang", Reply::Decline);
    assert_eq!(case.kept().state, State::Triaged, "another one may still accept");
    assert!(!case.cares("wang") && case.cares("chen"));
    let case = answer(&case, "chen", Reply::Decline);
    assert_eq!(case.kept().state, State::Declined);
    let case = case.take(by("zhou"), Step::Triage { invited: vec![of("sun")] }).unwrap();
    let case = answer(&case, "sun", Reply::Redirect);
    assert_eq!(case.kept().state, State::Redirected);
    let step = Step::Answer(Reply::Accept);
    assert_eq!(case.take(by("sun"), step), Err(Refused::NotYours(StepKind::Accept)));
}

#[test]
fn a_new_opinion_wants_a_new_decision_before_the_case_is_closed() {
    let case = answer(&triaged(&["wang"]), "wang", Reply::Accept);
    let case = case.take(by("wang"), Step::Sign).unwrap();
    let not_now = |case: &Case, person: &str, step: Step| {
        let refused = Refused::NotNow { step: step.kind(), state: case.kept().state };
        assert_eq!(case.take(by(person), step), Err(refused));
    };
    not_now(&case, "li", Step::Close);
    let case = case.take(by("li"), Step::Decide(Verdict::Adopted)).unwrap();
    not_now(&case, "li", Step::Decide(Verdict::Not));
    let case = case.take(by("wang"), Step::Sign).unwrap();
    not_now(&case, "li", Step::Close);
    let case = case.take(by("li"), Step::Decide(Verdict::Partly)).unwrap();
    let closed = case.take(by("li"), Step::Close).unwrap();
    not_now(&closed, "wang", Step::Sign);
    not_now(&closed, "li", Step::Cancel);
}

#[test]
fn an_invitation_names_at_least_one_and_at_most_five_doctors_of_other_organizations_once() {
    let case = Case::requested(of("li"));
    let invites = |invited: Vec<Doctor>| case.take(by("zhou"), Step::Triage { invited });
    let many = |count: usize| (0..count).map(|it| doctor(&format!("d{it}"), "hospital")).collect();
    assert_eq!(invites(vec![]), Err(Refused::NobodyInvited));
    assert!(invites(many(INVITED_MAX)).is_ok());
    assert_eq!(invites(many(INVITED_MAX + 1)), Err(Refused::TooManyInvited { most: INVITED_MAX }));
    assert_eq!(invites(vec![of("wang"), of("wang")]), Err(Refused::InvitedTwice("wang".into())));
    assert_eq!(invites(vec![of("nurse")]), Err(Refused::OwnSide("nurse".into())));
}

#[test]
fn a_session_of_other_people_is_not_the_one_of_the_case() {
    let case = answer(&triaged(&["wang", "chen"]), "wang", Reply::Accept);
    let books = |people: &[&str]| {
        let people = people.iter().map(|it| (*it).to_owned()).collect();
        case.take(by("zhou"), Step::Schedule { session: "s".into(), people })
    };
    for others in [&["li"][..], &["wang"], &["li", "chen"], &[]] {
        assert_eq!(books(others), Err(Refused::OthersSession), "{others:?}");
    }
    assert_eq!(books(&["li", "wang"]).unwrap().kept().session.as_deref(), Some("s"));
}

#[test]
fn a_session_is_cleared_by_who_the_patient_is_and_by_consent_and_another_session_is_not() {
    let case = answer(&triaged(&["wang"]), "wang", Reply::Accept);
    let li = |case: &Case, step| case.take(by("li"), step).unwrap();
    let books = |case: &Case, session: &str| {
        let people = ["li", "wang"].map(str::to_owned).to_vec();
        case.take(by("zhou"), Step::Schedule { session: session.into(), people }).unwrap()
    };
    let is = |case: &Case, media, recording| {
        assert_eq!(case.cleared(), Cleared { media, recording });
    };
    let not_now = Refused::NotNow { step: StepKind::CheckIn, state: State::Accepted };
    assert_eq!(case.take(by("li"), Step::CheckIn), Err(not_now));
    let case = books(&li(&case, Step::Consent(ConsentPurpose::Consultation)), "s");
    is(&case, false, false);
    let case = li(&case, Step::CheckIn);
    is(&case, true, false);
    let case = li(&case, Step::Consent(ConsentPurpose::Recording));
    is(&case, true, true);
    is(&books(&case, "t"), false, false);
    let case = li(&case, Step::Withdraw(ConsentPurpose::Consultation));
    is(&case, false, false);
    let again = case.take(by("li"), Step::Withdraw(ConsentPurpose::Consultation));
    assert_eq!(again, Err(Refused::NoConsent(ConsentPurpose::Consultation)));
    for other in ["wang", "zhou", "nurse"] {
        let refused = case.take(by(other), Step::Consent(ConsentPurpose::Consultation));
        assert_eq!(refused, Err(Refused::NotYours(StepKind::Consent)), "{other}");
    }
}

#[test]
fn versions_of_an_opinion_are_bounded() {
    let mut case = answer(&triaged(&["wang"]), "wang", Reply::Accept);
    for _ in 0..OPINIONS_MAX {
        case = case.take(by("wang"), Step::Sign).unwrap();
    }
    let refused = Refused::TooManyOpinions { most: OPINIONS_MAX };
    assert_eq!(case.take(by("wang"), Step::Sign), Err(refused));
}

#[test]
fn a_material_is_taken_out_by_who_added_it_or_the_inviting_doctor_until_an_opinion_names_it() {
    let case = answer(&triaged(&["wang", "chen"]), "wang", Reply::Accept);
    let may = |case: &Case, person: &str, whole| case.may_remove(by(person), "wang", whole);
    assert_eq!(may(&case, "wang", true), Ok(()));
    assert_eq!(may(&case, "li", true), Ok(()));
    assert_eq!(may(&case, "chen", true), Err(Refused::OthersMaterial));
    assert_eq!(may(&case, "zhou", true), Err(Refused::NotYours(StepKind::Remove)));
    let signed = case.take(by("wang"), Step::Sign).unwrap();
    let refused = Refused::NotNow { step: StepKind::Remove, state: State::Documented };
    assert_eq!(may(&signed, "wang", true), Err(refused));
    assert_eq!(may(&signed, "wang", false), Ok(()), "what never came is named nowhere");
    let signed = signed.take(by("li"), Step::Decide(Verdict::Adopted)).unwrap();
    let closed = signed.take(by("li"), Step::Close).unwrap();
    assert!(may(&closed, "li", false).is_err());
}
