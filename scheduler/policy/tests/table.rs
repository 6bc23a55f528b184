//! Every cell of the table of roles and levels, written out a second time, by hand.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test may panic; its names are its documentation"
)]

use policy::{
    Area, Assignment, Context, Decision, Level, Object, Permission, Place, Scope, StandingRole,
    Subject, decide,
};

/// Province, city, county, township, village. `a` sums, `s` schedule, `w` books, `c` clinical and `o` writes it (own cases),
/// `t` teaches (own classes), `g` configures, `d` pairs devices, `n` keeps a node, `k` keys, `r` roles, `l` the log, `p` calls, `v` own record,
/// consent and ticket, `i` interprets, `h` helps.
const EXPECTED: [(&str, [&str; 5]); 14] = [
    ("administrator", ["a", "a", "sgd", "snd", ""]),
    ("security_administrator", ["kr", "kr", "kr", "", ""]),
    ("auditor", ["al", "al", "al", "", ""]),
    ("health_supervisor", ["a", "a", "as", "", ""]),
    ("education_supervisor", ["a", "a", "as", "", ""]),
    ("scheduler", ["", "", "swd", "swd", ""]),
    ("specialist", ["", "", "co", "", ""]),
    ("village_doctor", ["", "", "", "cop", "cop"]),
    ("lead_teacher", ["", "", "t", "t", "t"]),
    ("classroom", ["", "", "t", "tp", "tp"]),
    ("village_leader", ["", "", "", "", "sp"]),
    ("villager", ["", "", "", "", "v"]),
    ("interpreter", ["", "", "i", "i", "i"]),
    ("volunteer", ["", "", "h", "", ""]),
];

/// The letter of a permission, and whether it is of what is one's own.
const fn letter(permission: Permission) -> (char, bool) {
    match permission {
        Permission::ReadSums => ('a', false),
        Permission::ReadSchedule => ('s', false),
        Permission::Book => ('w', false),
        Permission::ReadClinical => ('c', true),
        Permission::WriteClinical => ('o', true),
        Permission::Teach => ('t', true),
        Permission::Configure => ('g', false),
        Permission::PairDevices => ('d', false),
        Permission::KeepNode => ('n', false),
        Permission::KeepKeys => ('k', false),
        Permission::GiveRoles => ('r', false),
        Permission::ReadAudit => ('l', false),
        Permission::KeepCallList => ('p', false),
        Permission::ReadOwnRecord | Permission::Consent | Permission::UseTicket => ('v', true),
        Permission::Interpret => ('i', true),
        Permission::Pledge => ('h', true),
    }
}

const CODES: [&str; 5] = ["61", "6105", "610527", "610527102", "610527102201"];

fn place(site: &str, code: &str) -> Place {
    Place { site: site.into(), area: Area::read(code) }
}

fn session(places: &[Place]) -> Object<'_> {
    Object::Session { places, takes_part: false }
}

fn asks(scope: &Scope, role: StandingRole, permission: Permission, object: Object<'_>) -> Decision {
    let home = place("home", "");
    let held = [Assignment { role, scope: scope.clone() }];
    decide(Subject { site: &home, assignments: &held }, permission, object, Context::default())
}

#[test]
fn each_cell_permits_what_is_written_in_it_and_nothing_else() {
    let mut cells = 0;
    for (word, row) in EXPECTED {
        let role: StandingRole = word.parse().unwrap();
        for ((code, cell), level) in CODES.into_iter().zip(row).zip(Level::ALL) {
            let scope = Scope::Area(Area::read(code).unwrap());
            let inside = [place("inside", "610527102201")];
            for permission in Permission::ALL {
                let (letter, is_own) = letter(*permission);
                let expected =
                    if cell.contains(letter) { Decision::Permit } else { Decision::NoRule };
                // An administrator's log is not the administrator's to read.
                let expected = match (*permission, role) {
                    (
                        Permission::ReadAudit,
                        StandingRole::Administrator | StandingRole::SecurityAdministrator,
                    ) => Decision::Forbid(policy::Rule::RolesApart),
                    _ => expected,
                };
                let object = Object::Session { places: &inside, takes_part: is_own };
                let decided = asks(&scope, role, *permission, object);
                assert_eq!(decided, expected, "{word} {level:?} {permission}");
                cells += 1;
            }
        }
    }
    assert_eq!(cells, StandingRole::ALL.len() * 5 * Permission::ALL.len());
    assert_eq!(EXPECTED.len(), StandingRole::ALL.len(), "no role without its row");
}

#[test]
fn what_is_of_the_scope_ends_where_the_scope_ends() {
    let (inside, outside) = (place("a", "610527102201"), place("b", "610527103200"));
    let township = Scope::Area(Area::read("610527102").unwrap());
    let books =
        |object: Object<'_>| asks(&township, StandingRole::Scheduler, Permission::Book, object);
    assert_eq!(books(Object::Place(&inside)), Decision::Permit);
    assert_eq!(books(Object::Place(&outside)), Decision::NoRule);
    assert_eq!(books(Object::Place(&place("c", ""))), Decision::NoRule, "nobody said where it is");
    assert_eq!(books(Object::County), Decision::NoRule);
    let both = [outside.clone(), inside];
    assert_eq!(books(session(&both)), Decision::Permit, "one of its people is of the township");
    let away = [outside];
    assert_eq!(books(session(&away)), Decision::NoRule);
    let taking_part = Object::Session { places: &away, takes_part: true };
    assert_eq!(books(taking_part), Decision::NoRule, "to take part is not to book");
}

#[test]
fn what_belongs_to_a_site_is_permitted_by_each_cell_inside_of_its_area_and_never_outside() {
    let (inside, outside) = (place("inside", "610527102201"), place("outside", "620102001001"));
    for (word, row) in EXPECTED {
        let role: StandingRole = word.parse().unwrap();
        for ((code, cell), level) in CODES.into_iter().zip(row).zip(Level::ALL) {
            let scope = Scope::Area(Area::read(code).unwrap());
            for permission in [Permission::Book, Permission::PairDevices] {
                let has = cell.contains(letter(permission).0);
                let permit = |given: bool| if given { Decision::Permit } else { Decision::NoRule };
                let asks = |of: &Place| asks(&scope, role, permission, Object::Place(of));
                assert_eq!(asks(&inside), permit(has), "{word} {level:?} {permission} inside");
                // A county is served by one program: on that level and above all of it is in the scope.
                let whole = has && level <= Level::County;
                assert_eq!(asks(&outside), permit(whole), "{word} {level:?} {permission} outside");
            }
        }
    }
}

#[test]
fn a_county_an_area_that_holds_it_and_a_site_are_scopes_as_well() {
    let site = place("clinic", "610527102");
    let elsewhere = place("other", "610527102");
    let books = |scope: &Scope, object: Object<'_>| {
        asks(scope, StandingRole::Scheduler, Permission::Book, object)
    };
    assert_eq!(books(&Scope::County, Object::County), Decision::Permit);
    assert_eq!(books(&Scope::County, Object::Place(&site)), Decision::Permit);
    let county = Scope::Area(Area::read("610527").unwrap());
    assert_eq!(books(&county, Object::County), Decision::Permit);
    assert_eq!(books(&Scope::Site(site.clone()), Object::Place(&site)), Decision::Permit);
    assert_eq!(books(&Scope::Site(site.clone()), Object::Place(&elsewhere)), Decision::NoRule);
    assert_eq!(books(&Scope::Site(site), Object::County), Decision::NoRule);
    let home = place("home", "");
    assert_eq!(books(&Scope::Home, Object::Place(&home)), Decision::Permit);
    assert_eq!(books(&Scope::Home, Object::Place(&elsewhere)), Decision::NoRule);
}

#[test]
fn a_role_is_on_the_level_of_its_site_and_of_an_unknown_one_on_its_narrowest() {
    let treats = |place: Place, role| {
        let object = Object::Session { places: &[], takes_part: true };
        asks(&Scope::Site(place), role, Permission::ReadClinical, object)
    };
    let doctor = StandingRole::VillageDoctor;
    assert_eq!(treats(place("hospital", "610527"), StandingRole::Specialist), Decision::Permit);
    assert_eq!(treats(place("clinic", "610527102"), StandingRole::Specialist), Decision::NoRule);
    assert_eq!(treats(place("clinic", "610527102"), doctor), Decision::Permit);
    assert_eq!(treats(place("hospital", "610527"), doctor), Decision::NoRule);
    assert_eq!(treats(place("somewhere", ""), StandingRole::Specialist), Decision::Permit);
    assert_eq!(treats(place("somewhere", ""), doctor), Decision::Permit);
    let keeps = |permission| {
        asks(&Scope::Site(place("x", "")), StandingRole::Administrator, permission, Object::County)
    };
    assert_eq!(keeps(Permission::Configure), Decision::NoRule, "a site is not the county");
}
