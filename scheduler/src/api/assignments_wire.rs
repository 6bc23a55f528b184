//! The forms of roles and of where they are held.

use policy::{Area, Level, Place, Reach, Scope, StandingRole};
use serde::{Deserialize, Serialize};
use session::Names;
use utoipa::ToSchema;

use super::App;
use super::names_wire::NamesSchema;
use crate::store::{Held, scope_words};

/// Where a role is held.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScopeForm {
    /// `county`, `home` (the person's own site), `area` or `site`.
    pub(super) kind: String,
    /// The code of the area or the id of the organization; absent for the others.
    #[serde(default)]
    pub(super) id: String,
}

impl ScopeForm {
    /// The scope that is meant.
    pub(super) fn scope(&self) -> Option<Scope> {
        let Self { kind, id } = self;
        match kind.as_str() {
            "county" if id.is_empty() => Some(Scope::County),
            "home" if id.is_empty() => Some(Scope::Home),
            "area" => Area::read(id).map(Scope::Area),
            "site" if !id.is_empty() => Some(Scope::Site(Place { site: id.clone(), area: None })),
            _ => None,
        }
    }

    fn of(scope: &Scope) -> Self {
        let (kind, id) = scope_words(scope);
        Self { kind: kind.to_owned(), id: id.to_owned() }
    }
}

/// A role that is to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAssignment {
    /// One of the words of `/api/v1/roles`.
    pub(super) role: String,
    pub(super) scope: ScopeForm,
    /// Why, for the log; at most 200 characters.
    #[serde(default)]
    pub(super) reason: Option<String>,
}

/// A role that a person holds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Assignment {
    role: &'static str,
    scope: ScopeForm,
    /// What the area or the site is called; null for the others.
    #[schema(required = true, value_type = Option<NamesSchema>)]
    scope_names: Option<Names>,
    /// Person id, or `register`, `setup`, `demo`, `upgrade`.
    given_by: String,
    /// RFC 3339.
    given_at: String,
}

/// The roles of a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Assignments {
    assignments: Vec<Assignment>,
}

impl Assignments {
    pub(super) fn new(app: &App, held: Vec<Held>) -> Self {
        let told = |held: Held| Assignment {
            role: held.assignment.role.as_str(),
            scope: ScopeForm::of(&held.assignment.scope),
            scope_names: held.scope_names,
            given_by: held.given_by,
            given_at: app.zone.print(held.given),
        };
        Self { assignments: held.into_iter().map(told).collect() }
    }
}

/// What a role may do on one level.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoleCell {
    /// `province`, `city`, `county`, `township` or `village`.
    level: &'static str,
    /// Words of permissions, of all that lies in the scope.
    of_scope: Vec<&'static str>,
    /// Words of permissions, of what one takes part in and of what is one's own.
    of_own: Vec<&'static str>,
}

/// A standing role.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoleRow {
    role: &'static str,
    levels: Vec<RoleCell>,
}

/// Every standing role, and what it may do on which level of area.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoleTable {
    roles: Vec<RoleRow>,
}

impl RoleTable {
    pub(super) fn new() -> Self {
        let cell = |role: StandingRole, level: Level| {
            let words = |reach: Reach| {
                let grants = policy::cell(role, level).iter().filter(|grant| grant.reach == reach);
                grants.map(|grant| grant.permission.as_str()).collect()
            };
            let (of_scope, of_own) = (words(Reach::Scope), words(Reach::Own));
            RoleCell { level: level_word(level), of_scope, of_own }
        };
        let row = |role: &StandingRole| RoleRow {
            role: role.as_str(),
            levels: Level::ALL.map(|level| cell(*role, level)).into(),
        };
        Self { roles: StandingRole::ALL.iter().map(row).collect() }
    }
}

const fn level_word(level: Level) -> &'static str {
    match level {
        Level::Province => "province",
        Level::City => "city",
        Level::County => "county",
        Level::Township => "township",
        Level::Village => "village",
    }
}

/// When a person was born who is or was a minor, and who answers for the person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MinorForm {
    /// YYYY-MM-DD.
    pub(super) born_on: String,
    /// Person ids, at most 10.
    #[serde(default)]
    pub(super) guardian_ids: Vec<String>,
}
