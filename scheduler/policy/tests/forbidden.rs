//! What is forbidden stays so, whatever is permitted before or after.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test may panic; its names are its documentation"
)]

use policy::{
    Area, Assignment, Company, Context, Decision, Object, Permission, Place, Present, Rule, Scope,
    StandingRole, Subject, alone_with_minor, decide,
};
use proptest::prelude::*;
use proptest::sample::select;

const CODES: [&str; 6] = ["61", "6105", "610527", "610527102", "610527102201", "620000000000"];

fn areas() -> impl Strategy<Value = Area> {
    select(&CODES[..]).prop_map(|code| Area::read(code).unwrap())
}

fn places() -> impl Strategy<Value = Place> {
    (select(&["a", "b", "c"][..]), proptest::option::of(areas()))
        .prop_map(|(site, area)| Place { site: site.into(), area })
}

fn assignments() -> impl Strategy<Value = Vec<Assignment>> {
    let scopes = prop_oneof![
        Just(Scope::County),
        Just(Scope::Home),
        areas().prop_map(Scope::Area),
        places().prop_map(Scope::Site),
    ];
    let held =
        (select(StandingRole::ALL), scopes).prop_map(|(role, scope)| Assignment { role, scope });
    proptest::collection::vec(held, 0..40)
}

fn company() -> impl Strategy<Value = Company> {
    let present = (0..6_u8, any::<bool>(), any::<bool>(), proptest::collection::vec(0..6_u8, 0..3));
    let present = present.prop_map(|(person, minor, responsible, wards)| Present {
        person: person.to_string(),
        minor,
        responsible,
        guardian_of: wards.iter().map(u8::to_string).collect(),
    });
    proptest::collection::vec(present, 0..6).prop_map(Company)
}

fn objects() -> impl Strategy<Value = (u8, Vec<Place>, bool)> {
    (0..4_u8, proptest::collection::vec(places(), 1..4), any::<bool>())
}

fn object((kind, places, takes_part): &(u8, Vec<Place>, bool)) -> Object<'_> {
    match (kind, places.first()) {
        (0, _) => Object::County,
        (1, Some(place)) => Object::Place(place),
        (2, _) => Object::Own,
        _ => Object::Session { places, takes_part: *takes_part },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_permit_opens_what_a_rule_forbids(
        home in places(),
        mut held in assignments(),
        later in assignments(),
        permission in select(Permission::ALL),
        company in company(),
        of in objects(),
    ) {
        let context = Context { company: Some(&company) };
        let asked = |held: &[Assignment]| {
            decide(Subject { site: &home, assignments: held }, permission, object(&of), context)
        };
        let alone = alone_with_minor(&company).is_some();
        prop_assert_eq!(asked(&held) == Decision::Forbid(Rule::MinorAlone), alone);
        // One permit after the other, in any order, and all of them at once.
        for next in later {
            let before = asked(&held);
            held.push(next);
            let after = asked(&held);
            if let Decision::Forbid(_) = before {
                prop_assert_eq!(after, before);
            }
            if before == Decision::Permit {
                prop_assert_ne!(after, Decision::NoRule, "a permit more takes nothing away");
            }
        }
        let every = StandingRole::ALL.iter().map(|role| Assignment { role: *role, scope: Scope::County });
        held.extend(every);
        held.reverse();
        if alone {
            prop_assert_eq!(asked(&held), Decision::Forbid(Rule::MinorAlone));
        }
    }

    #[test]
    fn with_one_adult_and_a_minor_of_somebody_else_nothing_is_permitted(
        held in assignments(),
        permission in select(Permission::ALL),
        responsible in any::<bool>(),
        minors in 1..5_usize,
    ) {
        let present = |person: String, minor| Present {
            person, minor, responsible: responsible && !minor, guardian_of: Vec::new(),
        };
        let minors = (0..minors).map(|nth| present(format!("pupil-{nth}"), true));
        let company = Company(minors.chain([present("adult".into(), false)]).collect());
        let home = Place { site: "a".into(), area: None };
        let context = Context { company: Some(&company) };
        let subject = Subject { site: &home, assignments: &held };
        let session = Object::Session { places: std::slice::from_ref(&home), takes_part: true };
        prop_assert_eq!(decide(subject, permission, session, context), Decision::Forbid(Rule::MinorAlone));
    }

    #[test]
    fn who_administers_reads_no_log_whatever_else_is_given(mut held in assignments()) {
        held.push(Assignment { role: StandingRole::SecurityAdministrator, scope: Scope::Home });
        held.push(Assignment { role: StandingRole::Auditor, scope: Scope::County });
        let home = Place { site: "a".into(), area: None };
        let subject = Subject { site: &home, assignments: &held };
        let decided = decide(subject, Permission::ReadAudit, Object::County, Context::default());
        prop_assert_eq!(decided, Decision::Forbid(Rule::RolesApart));
    }
}
