//! Words keep their form on the wire.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test fails by panic; its names are its documentation"
)]

use serde_json::json;
use session::{Kind, Role};

#[test]
fn every_word_reads_back_and_no_other_does() {
    for kind in Kind::ALL {
        assert_eq!(kind.as_str().parse(), Ok(*kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), json!(kind.as_str()));
    }
    for role in Role::ALL {
        assert_eq!(role.as_str().parse(), Ok(*role));
        assert_eq!(serde_json::to_value(role).unwrap(), json!(role.as_str()));
    }
    assert!("lecture".parse::<Kind>().is_err());
    assert!("Observer".parse::<Role>().is_err());
}

#[test]
fn an_observer_publishes_nothing_and_two_roles_run_the_room() {
    let quiet: Vec<_> = Role::ALL.iter().filter(|role| !role.publishes()).collect();
    let leading: Vec<_> = Role::ALL.iter().filter(|role| role.runs_the_room()).collect();
    assert_eq!(
        (quiet, leading),
        (vec![&Role::Observer], vec![&Role::Specialist, &Role::LeadTeacher])
    );
}
