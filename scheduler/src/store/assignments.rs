//! Who is what, and where.

use booking::UnixS;
use policy::{Area, Assignment, Place, Scope, StandingRole};
use serde_json::{Value, json};
use session::Names;

use super::events::Act;
use super::names::{names_if, one_name};
use super::register_events::note;
use super::sessions::{point, seconds};
use super::{Connection, Store, StoreError};

/// Most assignments of one person.
pub(crate) const ASSIGNMENTS_MAX: i64 = 50;

/// An assignment as it is told: who gave it, and what its scope is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) assignment: Assignment,
    /// Names of the area or site of the scope; none of the county and of one's own site.
    pub(crate) scope_names: Option<Names>,
    pub(crate) given_by: String,
    pub(crate) given: UnixS,
}

/// What became of an assignment that was to be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    Done,
    NoSuchPerson,
    NoSuchPlace,
    TooMany,
}

/// What became of an assignment that was to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    Done,
    NotHeld,
    /// Nobody would be left who can give it again.
    LastOne,
}

/// The scope as it stands in the store: kind and id.
pub(crate) fn scope_words(scope: &Scope) -> (&'static str, &str) {
    match scope {
        Scope::County => ("county", ""),
        Scope::Home => ("home", ""),
        Scope::Area(area) => ("area", area.code()),
        Scope::Site(place) => ("site", &place.site),
    }
}

/// A standing role and its scope from the words of the store; `area` is that of the site of the scope.
pub(super) fn assignment(
    role: &str,
    (kind, id): (&str, &str),
    area: &str,
) -> Result<Assignment, StoreError> {
    let unreadable = || StoreError::Unreadable(format!("assignment {role} {kind} {id}"));
    let role = role.parse().map_err(|_| unreadable())?;
    let scope = match kind {
        "county" => Scope::County,
        "home" => Scope::Home,
        "area" => Scope::Area(Area::read(id).ok_or_else(unreadable)?),
        "site" => Scope::Site(Place { site: id.to_owned(), area: Area::read(area) }),
        _ => return Err(unreadable()),
    };
    Ok(Assignment { role, scope })
}

/// The scope in which the register and the set-up give a role.
pub(super) fn usual_scope(role: &str) -> &'static str {
    match role {
        "administrator" | "security_administrator" | "auditor" | "scheduler" => "county",
        _ => "home",
    }
}

/// Gives a role in its usual scope, unless the person holds it anywhere.
pub(super) async fn give_usual(
    change: &mut Connection,
    (person_id, role): (&str, &str),
    (by, now): (&str, UnixS),
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO assignment (person_id, role, scope_kind, scope_id, given_by, given_s)
         SELECT $1, $2, $3, '', $4, $5
         WHERE NOT EXISTS (SELECT 1 FROM assignment WHERE person_id = $1 AND role = $2)",
    )
    .bind(person_id)
    .bind(role)
    .bind(usual_scope(role))
    .bind(by)
    .bind(seconds(now)?)
    .execute(&mut *change)
    .await?;
    Ok(())
}

type Row = (String, String, String, String, i64, Option<String>, Option<String>, Option<String>);

impl Store {
    /// What a person is, and where, in the order of roles.
    pub(crate) async fn assignments_of(&self, person_id: &str) -> Result<Vec<Held>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT role, scope_kind, scope_id, given_by, given_s,
                    site.names, area.name, site.area_code
             FROM assignment
             LEFT JOIN organization AS site ON scope_kind = 'site' AND site.id = scope_id
             LEFT JOIN area ON scope_kind = 'area' AND area.code = scope_id
             WHERE person_id = $1 ORDER BY role, scope_kind, scope_id",
        )
        .bind(person_id)
        .fetch_all(&self.readers)
        .await?;
        let held = |(role, kind, id, given_by, given_s, site, area, code): Row| {
            Ok(Held {
                assignment: assignment(&role, (&kind, &id), code.as_deref().unwrap_or_default())?,
                scope_names: names_if(site)?
                    .map_or_else(|| area.map(one_name).transpose(), |site| Ok(Some(site)))?,
                given_by,
                given: point(given_s)?,
            })
        };
        rows.into_iter().map(held).collect()
    }

    /// Gives a person a role somewhere. Given twice it is given once.
    pub(crate) async fn give(
        &self,
        person_id: &str,
        (role, scope): (StandingRole, &Scope),
        act: &Act<'_>,
    ) -> Result<Given, StoreError> {
        let mut change = self.change().await?;
        let person: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM person WHERE id = $1 AND retired_s IS NULL")
                .bind(person_id)
                .fetch_optional(&mut *change)
                .await?;
        if person.is_none() {
            return Ok(Given::NoSuchPerson);
        }
        let (kind, id) = scope_words(scope);
        if kind == "site" {
            let site: Option<i64> = sqlx::query_scalar(
                "SELECT 1 FROM organization WHERE id = $1 AND retired_s IS NULL",
            )
            .bind(id)
            .fetch_optional(&mut *change)
            .await?;
            if site.is_none() {
                return Ok(Given::NoSuchPlace);
            }
        }
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM assignment WHERE person_id = $1")
            .bind(person_id)
            .fetch_one(&mut *change)
            .await?;
        if count >= ASSIGNMENTS_MAX {
            return Ok(Given::TooMany);
        }
        let done = sqlx::query(
            "INSERT INTO assignment (person_id, role, scope_kind, scope_id, given_by, given_s)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        )
        .bind(person_id)
        .bind(role.as_str())
        .bind(kind)
        .bind(id)
        .bind(act.by)
        .bind(seconds(act.at)?)
        .execute(&mut *change)
        .await?;
        if done.rows_affected() > 0 {
            note(&mut change, ("role", "given", person_id), &told(role, scope), act).await?;
        }
        change.commit().await?;
        Ok(Given::Done)
    }

    /// Takes a role from a person. Those without which nobody could give roles or keep the county stay with the last who can
    /// come in.
    pub(crate) async fn take(
        &self,
        person_id: &str,
        (role, scope): (StandingRole, &Scope),
        act: &Act<'_>,
    ) -> Result<Taken, StoreError> {
        let mut change = self.change().await?;
        let (kind, id) = scope_words(scope);
        let done = sqlx::query(
            "DELETE FROM assignment WHERE person_id = $1 AND role = $2 AND scope_kind = $3 AND scope_id = $4",
        )
        .bind(person_id)
        .bind(role.as_str())
        .bind(kind)
        .bind(id)
        .execute(&mut *change)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(Taken::NotHeld);
        }
        let needed =
            matches!(role, StandingRole::Administrator | StandingRole::SecurityAdministrator);
        if needed && !somebody_holds(&mut change, role).await? {
            return Ok(Taken::LastOne);
        }
        note(&mut change, ("role", "taken", person_id), &told(role, scope), act).await?;
        change.commit().await?;
        Ok(Taken::Done)
    }

    /// The places of these people, each once.
    pub(crate) async fn places_of<I: AsRef<str>>(
        &self,
        person_ids: &[I],
    ) -> Result<Vec<Place>, StoreError> {
        let theirs = "id IN (SELECT organization_id FROM person WHERE person.id IN";
        self.places(|list| format!("{theirs} ({list}))"), person_ids).await
    }

    /// The sites of these ids: where they are. Unknown ones are left out.
    pub(crate) async fn places_of_sites(&self, ids: &[&str]) -> Result<Vec<Place>, StoreError> {
        self.places(|list| format!("id IN ({list})"), ids).await
    }

    /// The sites of which this is true, where `which` is told the placeholders of `ids`.
    async fn places<I: AsRef<str>>(
        &self,
        which: impl Fn(&str) -> String,
        ids: &[I],
    ) -> Result<Vec<Place>, StoreError> {
        let mut places = Vec::new();
        for chunk in ids.chunks(100) {
            let which = which(&super::texts::placeholders(1, chunk.len(), 1));
            let text =
                format!("SELECT id, coalesce(area_code, '') FROM organization WHERE {which}");
            let mut query = sqlx::query_as(sqlx::AssertSqlSafe(text)).persistent(false);
            for id in chunk {
                query = query.bind(id.as_ref());
            }
            let rows: Vec<(String, String)> = query.fetch_all(&self.readers).await?;
            places.extend(
                rows.into_iter().map(|(site, code)| Place { site, area: Area::read(&code) }),
            );
        }
        Ok(places)
    }
}

/// Whether somebody holds this role for all of the county who is neither retired nor disabled.
async fn somebody_holds(change: &mut Connection, role: StandingRole) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT 1 FROM assignment JOIN person ON person.id = assignment.person_id
         LEFT JOIN account ON account.person_id = person.id
         WHERE role = $1 AND scope_kind = 'county' AND retired_s IS NULL AND coalesce(enabled, 1) = 1 LIMIT 1",
    )
    .bind(role.as_str())
    .fetch_optional(&mut *change)
    .await?;
    Ok(found.is_some())
}

fn told(role: StandingRole, scope: &Scope) -> Value {
    let (kind, id) = scope_words(scope);
    json!({ "role": role.as_str(), "scope": { "kind": kind, "id": id } })
}
