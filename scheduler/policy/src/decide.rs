//! The one decision.

use crate::area::{Area, Level, Place};
use crate::company::{Company, alone_with_minor};
use crate::table::{Reach, cell, level_of_unknown};
use crate::words::{Permission, StandingRole};

/// Where a role is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of the county.
    County,
    /// The person's own site, whichever that is.
    Home,
    /// An area and all that lies in it.
    Area(Area),
    /// One site.
    Site(Place),
}

/// A standing role within a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// What one is.
    pub role: StandingRole,
    /// Where.
    pub scope: Scope,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The person's own site.
    pub site: &'a Place,
    /// What the person is, and where.
    pub assignments: &'a [Assignment],
}

/// What it is asked for.
#[derive(Debug, Clone, Copy)]
pub enum Object<'a> {
    /// All of the county.
    County,
    /// A site, and what belongs to it.
    Place(&'a Place),
    /// A session.
    Session {
        /// The sites of its people.
        places: &'a [Place],
        /// Whether the one who asks takes part in it.
        takes_part: bool,
    },
    /// What is the person's own.
    Own,
}

/// What else counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// Who would be in the room of a session together, where it is asked for that.
    pub company: Option<&'a Company>,
}

/// What nobody may, whatever is permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// An adult would be alone with a minor.
    MinorAlone,
    /// Who administers would read the log that watches over administrators.
    RolesApart,
}

impl Rule {
    /// The word by which a program knows this rule; it never changes.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MinorAlone => "minor-alone",
            Self::RolesApart => "roles-apart",
        }
    }
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may be done.
    Permit,
    /// It may not be done by anybody in this case.
    Forbid(Rule),
    /// Nothing gives this person the right.
    NoRule,
}

/// Whether `subject` may do this. What a rule forbids is looked at first: no assignment opens it.
#[must_use]
pub fn decide(
    subject: Subject<'_>,
    permission: Permission,
    object: Object<'_>,
    context: Context<'_>,
) -> Decision {
    if let Some(rule) = forbidden(subject, permission, context) {
        return Decision::Forbid(rule);
    }
    let permits = |held: &Assignment| permits(held, subject.site, permission, object);
    if subject.assignments.iter().any(permits) { Decision::Permit } else { Decision::NoRule }
}

/// Whether there is anything of which `subject` may do this. Of what, [`decide`] says.
#[must_use]
pub fn may_somewhere(subject: Subject<'_>, permission: Permission) -> bool {
    subject.assignments.iter().any(|held| {
        cell(held.role, level(held, subject.site))
            .iter()
            .any(|grant| grant.permission == permission)
    })
}

fn forbidden(subject: Subject<'_>, permission: Permission, context: Context<'_>) -> Option<Rule> {
    if context.company.is_some_and(|company| alone_with_minor(company).is_some()) {
        return Some(Rule::MinorAlone);
    }
    let administers = |held: &Assignment| {
        matches!(held.role, StandingRole::Administrator | StandingRole::SecurityAdministrator)
    };
    let watched = permission == Permission::ReadAudit;
    (watched && subject.assignments.iter().any(administers)).then_some(Rule::RolesApart)
}

fn permits(held: &Assignment, home: &Place, permission: Permission, object: Object<'_>) -> bool {
    let level = level(held, home);
    let mut grants = cell(held.role, level).iter();
    grants.any(|grant| {
        grant.permission == permission
            && match grant.reach {
                Reach::Scope => covers(&held.scope, home, object),
                Reach::Own => is_own(object),
            }
    })
}

/// On which level of area the role is held.
fn level(held: &Assignment, home: &Place) -> Level {
    let of_site = |place: &Place| {
        place.area.as_ref().map_or_else(|| level_of_unknown(held.role), Area::level)
    };
    match &held.scope {
        Scope::County => Level::County,
        Scope::Area(area) => area.level(),
        Scope::Home => of_site(home),
        Scope::Site(place) => of_site(place),
    }
}

const fn is_own(object: Object<'_>) -> bool {
    matches!(object, Object::Own | Object::Session { takes_part: true, .. })
}

/// Whether the object lies in the scope. A session does if one of its places does.
fn covers(scope: &Scope, home: &Place, object: Object<'_>) -> bool {
    let holds = |place: &Place| match scope {
        Scope::County => true,
        Scope::Home => place.site == home.site,
        Scope::Site(site) => place.site == site.site,
        Scope::Area(area) => place.area.as_ref().is_some_and(|inner| area.holds(inner)),
    };
    match object {
        Object::County => whole_county(scope),
        Object::Place(place) => whole_county(scope) || holds(place),
        Object::Session { places, .. } => whole_county(scope) || places.iter().any(holds),
        Object::Own => true,
    }
}

/// A county is served by one program: an area as wide as a county is this county, or holds it.
fn whole_county(scope: &Scope) -> bool {
    match scope {
        Scope::County => true,
        Scope::Area(area) => area.level() <= Level::County,
        Scope::Home | Scope::Site(_) => false,
    }
}
