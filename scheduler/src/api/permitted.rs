//! Who may ask: each permission that a route wants is one extractor, and all of them one decision.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use policy::{Context, Decision, Object, Permission};

use super::App;
use super::caller::Caller;
use crate::problem::{self, Problem};
use crate::store::Person;

/// One who may book in all of the county and sees everybody's sessions.
pub(super) struct Booker(pub(super) Person);
/// One who may book somewhere: of which session is asked again.
pub(super) struct Scheduling(pub(super) Person);
/// One who sets the county up: its places and its people.
pub(super) struct Administrator(pub(super) Person);
/// One who keeps the accounts: who may come in.
pub(super) struct AccountKeeper(pub(super) Person);
/// One who gives and takes roles.
pub(super) struct RoleGiver(pub(super) Person);
/// One who reads who read what.
pub(super) struct Auditor(pub(super) Person);

/// Takes a permission in all of the county from who asks.
macro_rules! permitted {
    ($($name:ident: $permission:ident, $who:literal;)*) => {$(
        impl FromRequestParts<Arc<App>> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
                let Caller(person) = Caller::from_request_parts(parts, app).await?;
                check(&person, Permission::$permission, $who)?;
                Ok(Self(person))
            }
        }
    )*};
}

permitted! {
    Booker: Book, "a scheduler";
    Administrator: Configure, "an administrator";
    AccountKeeper: KeepKeys, "an administrator of accounts";
    RoleGiver: GiveRoles, "an administrator of accounts";
    Auditor: ReadAudit, "an auditor";
}

impl FromRequestParts<Arc<App>> for Scheduling {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Caller(person) = Caller::from_request_parts(parts, app).await?;
        if person.may_somewhere(Permission::Book) {
            Ok(Self(person))
        } else {
            Err(only("a scheduler"))
        }
    }
}

fn check(person: &Person, permission: Permission, who: &str) -> Result<(), Problem> {
    match person.decide(permission, Object::County, Context::default()) {
        Decision::Permit => Ok(()),
        Decision::NoRule => Err(only(who)),
        Decision::Forbid(rule) => Err(problem::forbidden(
            "who administers the county does not read the log that watches over it; ask an auditor",
        )
        .member("rule", rule.code())),
    }
}

fn only(who: &str) -> Problem {
    problem::forbidden(format!("only {who} can do this; ask yours to do it for you"))
}
