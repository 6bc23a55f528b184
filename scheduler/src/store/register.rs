//! The county's register: organizations, rooms and people. What is retired stays, for what points to it.

use booking::UnixS;

use super::sessions::seconds;
use super::{Connection, Store, StoreError};
use crate::register::{Entry, Plan, ROLES, Register, Table, What};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    name_en: String,
    /// Kind of an organization, organization of all else.
    special: String,
    retired_s: Option<i64>,
}

/// The columns of [`Row`] from a table.
const fn rows_of(table: Table) -> &'static str {
    match table {
        Table::Organization => {
            "SELECT id, name, name_en, kind AS special, retired_s FROM organization
             WHERE id > $1 ORDER BY id LIMIT $2"
        }
        Table::Room => {
            "SELECT id, name, name_en, organization_id AS special, retired_s FROM room
             WHERE id > $1 ORDER BY id LIMIT $2"
        }
        Table::Person => {
            "SELECT id, name, name_en, organization_id AS special, retired_s FROM person
             WHERE id > $1 ORDER BY id LIMIT $2"
        }
    }
}

impl Store {
    /// Entries of a table in the order of their ids, at most `most`, those after the id `after`.
    pub(crate) async fn entries(
        &self,
        table: Table,
        after: &str,
        most: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut look = self.readers.begin().await?;
        read(&mut look, table, after, most).await
    }

    /// What `plan` makes of the register as it is; nothing is written.
    pub(crate) async fn plan_register(
        &self,
        plan: impl FnOnce(&Register) -> Plan + Send,
    ) -> Result<Plan, StoreError> {
        let mut look = self.readers.begin().await?;
        Ok(plan(&whole(&mut look).await?))
    }

    /// Carries out what `plan` makes of the register, all of it; nothing if a line of it is at fault.
    pub(crate) async fn change_register(
        &self,
        now: UnixS,
        plan: impl FnOnce(&Register) -> Plan + Send,
    ) -> Result<Plan, StoreError> {
        let mut change = self.change().await?;
        let plan = plan(&whole(&mut change).await?);
        if !plan.is_good() {
            return Ok(plan);
        }
        let now_s = seconds(now)?;
        for entry in plan.writes() {
            write(&mut change, entry, now_s).await?;
        }
        change.commit().await?;
        Ok(plan)
    }
}

async fn whole(look: &mut Connection) -> Result<Register, StoreError> {
    let mut register = Register::default();
    for table in Table::ALL {
        for entry in read(look, table, "", usize::MAX).await? {
            register.put(entry);
        }
    }
    Ok(register)
}

async fn read(
    look: &mut Connection,
    table: Table,
    after: &str,
    most: usize,
) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(rows_of(table))
        .bind(after)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&mut *look)
        .await?;
    let mut roles = match (table, rows.last()) {
        (Table::Person, Some(last)) => roles(look, after, &last.id).await?,
        _ => Vec::new(),
    }
    .into_iter()
    .peekable();
    let mut entries = Vec::with_capacity(rows.len());
    for Row { id, name, name_en, special, retired_s } in rows {
        let what = match table {
            Table::Organization => What::Organization { kind: special },
            Table::Room => What::Room { organization_id: special },
            Table::Person => {
                let own = std::iter::from_fn(|| roles.next_if(|(person_id, _)| *person_id == id));
                What::Person {
                    organization_id: special,
                    roles: own.map(|(_, role)| role).collect(),
                }
            }
        };
        entries.push(Entry { id, name, name_en, retired: retired_s.is_some(), what });
    }
    Ok(entries)
}

/// Roles of the people with ids after `after` up to `last`, in the order of persons and roles.
async fn roles(
    look: &mut Connection,
    after: &str,
    last: &str,
) -> Result<Vec<(String, String)>, StoreError> {
    let rows = sqlx::query_as(
        "SELECT person_id, role FROM person_role WHERE person_id > $1 AND person_id <= $2
         ORDER BY person_id, role",
    )
    .bind(after)
    .bind(last)
    .fetch_all(&mut *look)
    .await?;
    Ok(rows)
}

/// The change of a table that brings one entry up to date. What was retired before keeps its time.
const fn put_into(table: Table) -> &'static str {
    match table {
        Table::Organization => {
            "INSERT INTO organization (id, name, name_en, kind, retired_s) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, kind = excluded.kind,
                retired_s = CASE WHEN excluded.retired_s IS NULL THEN NULL
                            ELSE coalesce(organization.retired_s, excluded.retired_s) END"
        }
        Table::Room => {
            "INSERT INTO room (id, name, name_en, organization_id, retired_s) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_en = excluded.name_en,
                organization_id = excluded.organization_id,
                retired_s = CASE WHEN excluded.retired_s IS NULL THEN NULL
                            ELSE coalesce(room.retired_s, excluded.retired_s) END"
        }
        Table::Person => {
            "INSERT INTO person (id, name, name_en, organization_id, retired_s) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_en = excluded.name_en,
                organization_id = excluded.organization_id,
                retired_s = CASE WHEN excluded.retired_s IS NULL THEN NULL
                            ELSE coalesce(person.retired_s, excluded.retired_s) END"
        }
    }
}

async fn write(change: &mut Connection, entry: &Entry, now_s: i64) -> Result<(), StoreError> {
    let special = match &entry.what {
        What::Organization { kind } => kind,
        What::Room { organization_id } | What::Person { organization_id, .. } => organization_id,
    };
    sqlx::query(put_into(entry.table()))
        .bind(&entry.id)
        .bind(&entry.name)
        .bind(&entry.name_en)
        .bind(special)
        .bind(entry.retired.then_some(now_s))
        .execute(&mut *change)
        .await?;
    let What::Person { roles, .. } = &entry.what else { return Ok(()) };
    for role in ROLES {
        let text = if roles.iter().any(|held| held == role) {
            "INSERT INTO person_role (person_id, role) VALUES ($1, $2) ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM person_role WHERE person_id = $1 AND role = $2"
        };
        sqlx::query(text).bind(&entry.id).bind(role).execute(&mut *change).await?;
    }
    Ok(())
}
