//! The county's register: organizations, rooms, people, terminals and lines. What is retired stays, for what points to it.

use std::collections::BTreeSet;

use booking::{Capacity, Excess, UnixS};
use serde_json::{Value, json};

use super::areas::{areas_called, count_areas, put_area};
use super::assignments::give_usual;
use super::booked_ahead::booked_ahead;
use super::class_places::keep_seats;
use super::events::Act;
use super::hold_rows::sweep;
use super::interpreters::{Interpreted, interpreted, put_interpreted};
use super::lines::over;
use super::names::{names, one_name};
use super::register_events::note;
use super::sessions::seconds;
use super::site_lines;
use super::{Connection, Store, StoreError};
use crate::areas::Area;
use crate::register::{Column, Entry, Fault, Outcome, Plan, ROLES, Register, Table, What};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    /// Of an area its one name.
    names: String,
    /// Kind of an organization, organization of a room, a person or a line, room of a terminal.
    special: String,
    /// Area of an organization, kind of a terminal, mail address of a person, what is said of a line.
    more: Option<String>,
    retired_s: Option<i64>,
}

/// The columns of [`Row`] from a table.
const fn rows_of(table: Table) -> &'static str {
    match table {
        Table::Area => {
            "SELECT code AS id, name AS names, '' AS special, CAST(NULL AS TEXT) AS more,
                    CAST(NULL AS BIGINT) AS retired_s
             FROM area WHERE code > $1 ORDER BY code LIMIT $2"
        }
        Table::Organization => {
            "SELECT id, names, kind AS special, area_code AS more, retired_s FROM organization
             WHERE id > $1 ORDER BY id LIMIT $2"
        }
        Table::Room => {
            "SELECT id, names, organization_id AS special, CAST(NULL AS TEXT) AS more, retired_s FROM room
             WHERE id > $1 ORDER BY id LIMIT $2"
        }
        Table::Person => {
            "SELECT id, names, organization_id AS special, mail AS more, retired_s FROM person
             WHERE id > $1 ORDER BY id LIMIT $2"
        }
        Table::Terminal => {
            "SELECT id, names, room_id AS special, kind AS more, retired_s FROM terminal
             WHERE id > $1 ORDER BY id LIMIT $2"
        }
        Table::Line => site_lines::ROWS,
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

    /// What `plan` makes of the register as it is, with these areas; nothing is written.
    pub(crate) async fn plan_register(
        &self,
        now: UnixS,
        areas: &BTreeSet<String>,
        plan: impl FnOnce(&Register) -> Plan + Send,
    ) -> Result<Plan, StoreError> {
        let mut look = self.readers.begin().await?;
        let mut plan = plan(&whole(&mut look, areas).await?);
        keep_booked(&mut look, &mut plan, now).await?;
        Ok(plan)
    }

    /// Carries out what `plan` makes of the register, with these areas, all of it; nothing if a line of it is at fault.
    pub(crate) async fn change_register(
        &self,
        (by, now): (&str, UnixS),
        areas: &BTreeSet<String>,
        plan: impl FnOnce(&Register) -> Plan + Send,
    ) -> Result<Plan, StoreError> {
        let mut change = self.change().await?;
        let register = whole(&mut change, areas).await?;
        let mut plan = plan(&register);
        keep_booked(&mut change, &mut plan, now).await?;
        if !plan.is_good() {
            return Ok(plan);
        }
        // What has run out is in nobody's way, and the rules of lines know no clock.
        sweep(&mut change, now).await?;
        let now_s = seconds(now)?;
        let act = Act { by, at: now, reason: None };
        for (_, outcome) in &plan.lines {
            note_entry(&mut change, &register, outcome, &act).await?;
        }
        for entry in plan.writes() {
            write(&mut change, entry, now_s).await?;
        }
        change.commit().await?;
        Ok(plan)
    }
}

/// Adds what becomes of one entry to the log.
async fn note_entry(
    change: &mut Connection,
    register: &Register,
    outcome: &Outcome,
    act: &Act<'_>,
) -> Result<(), StoreError> {
    let (done, entry) = match outcome {
        Outcome::Made(entry) => ("made", entry),
        Outcome::Changed(entry, columns) if columns.contains(&Column::Retired) => {
            (if entry.retired { "retired" } else { "restored" }, entry)
        }
        Outcome::Changed(entry, _) => ("changed", entry),
        Outcome::Unchanged(_) | Outcome::Faulty(_) => return Ok(()),
    };
    let was = register.get(entry.table(), &entry.id).map(told);
    let details = json!({ "was": was, "became": told(entry) });
    note(change, (entry.table().as_str(), done, &entry.id), &details, act).await
}

/// An entry as the log tells it.
fn told(entry: &Entry) -> Value {
    let special = match &entry.what {
        What::Area => json!({}),
        What::Organization { kind, area_code } => json!({ "kind": kind, "areaCode": area_code }),
        What::Room { organization_id } => json!({ "organizationId": organization_id }),
        What::Person { organization_id, roles, mail, interprets } => json!({
            "organizationId": organization_id, "roles": roles, "mail": mail, "interprets": interprets
        }),
        What::Terminal { room_id, kind } => json!({ "roomId": room_id, "kind": kind }),
        What::Line { organization_id, line } => json!({
            "organizationId": organization_id,
            "downKbps": line.capacity.down_kbps, "upKbps": line.capacity.up_kbps, "monthMb": line.month_mb,
            "tariff": line.tariff.bands().iter().map(|it| [u32::from(it.from_minute), it.price]).collect::<Vec<_>>(),
        }),
    };
    json!({ "names": entry.names, "retired": entry.retired, "what": special })
}

/// Everything but areas, and of these the ones of these codes and names.
async fn whole(look: &mut Connection, areas: &BTreeSet<String>) -> Result<Register, StoreError> {
    let mut register = Register::default();
    register.areas = count_areas(look).await?;
    for Area { code, name } in areas_called(look, areas).await? {
        let names = one_name(name)?;
        register.put(Entry { id: code, names, retired: false, what: What::Area });
    }
    for table in Table::ALL.into_iter().filter(|table| *table != Table::Area) {
        for entry in read(look, table, "", usize::MAX).await? {
            register.put(entry);
        }
    }
    Ok(register)
}

/// Who and what is booked from now on is not retired, as its sessions would lose it, and no line carries less than is booked on it.
async fn keep_booked(look: &mut Connection, plan: &mut Plan, now: UnixS) -> Result<(), StoreError> {
    for (place, table, id) in plan.retires() {
        let (count, first) = booked_ahead(look, (table, &id), now, 1).await?;
        let Some(first) = first.first() else { continue };
        let detail = format!(
            "{count} sessions to come have it, the first of them `{}`; put another in its place there, or cancel them, and then retire it",
            first.title
        );
        let fault = Fault::new(Column::Retired, "still-booked", detail);
        plan.refuse(place, fault.param("count", count).param("title", first.title.as_str()));
    }
    for (place, organization_id, line) in plan.site_lines() {
        if let Some(excess) = over(look, &organization_id, line.capacity, now).await? {
            plan.refuse(place, line_booked(line.capacity, excess));
        }
    }
    Ok(())
}

/// More is booked on the line of a site than it would carry.
fn line_booked(capacity: Capacity, excess: Excess) -> Fault {
    let booked =
        |bound: Option<u32>, over: u32| bound.map_or(0, |bound| bound.saturating_add(over));
    let down = booked(capacity.down_kbps, excess.over.down_kbps);
    let up = booked(capacity.up_kbps, excess.over.up_kbps);
    let (column, kbps) = match excess.over.down_kbps {
        0 => (Column::UpKbps, up),
        _ => (Column::DownKbps, down),
    };
    let detail = format!(
        "{kbps} kbit/s are booked on it at once already; write at least as much, or change these sessions first"
    );
    Fault::new(column, "line-booked", detail).param("kbps", u64::from(kbps))
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
    let mut languages = match (table, rows.first().zip(rows.last())) {
        (Table::Person, Some((first, last))) => interpreted(look, (&first.id, &last.id)).await?,
        _ => Interpreted::new(),
    };
    let mut entries = Vec::with_capacity(rows.len());
    for Row { id, names: called, special, more, retired_s } in rows {
        let names = if table == Table::Area { one_name(called)? } else { names(&called)? };
        let what = match table {
            Table::Area => What::Area,
            Table::Organization => What::Organization { kind: special, area_code: more },
            Table::Room => What::Room { organization_id: special },
            Table::Person => {
                let own = std::iter::from_fn(|| roles.next_if(|(person_id, _)| *person_id == id));
                What::Person {
                    organization_id: special,
                    roles: own.map(|(_, role)| role).collect(),
                    mail: more,
                    interprets: languages.remove(&id).unwrap_or_default(),
                }
            }
            Table::Terminal => What::Terminal { room_id: special, kind: more.unwrap_or_default() },
            Table::Line => {
                let line = site_lines::read(&more.unwrap_or_default())?;
                What::Line { organization_id: special, line }
            }
        };
        entries.push(Entry { id, names, retired: retired_s.is_some(), what });
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
        "SELECT DISTINCT person_id, role FROM assignment WHERE person_id > $1 AND person_id <= $2
         ORDER BY person_id, role",
    )
    .bind(after)
    .bind(last)
    .fetch_all(&mut *look)
    .await?;
    Ok(rows)
}

// Each brings one entry up to date. What was retired before keeps its time.
const PUT_ORGANIZATION: &str = "INSERT INTO organization (id, names, kind, retired_s, area_code)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (id) DO UPDATE SET names = excluded.names,
        kind = excluded.kind, area_code = excluded.area_code,
        retired_s = CASE WHEN excluded.retired_s IS NULL THEN NULL
                    ELSE coalesce(organization.retired_s, excluded.retired_s) END";
const PUT_ROOM: &str = "INSERT INTO room (id, names, organization_id, retired_s)
     VALUES ($1, $2, $3, $4)
     ON CONFLICT (id) DO UPDATE SET names = excluded.names,
        organization_id = excluded.organization_id,
        retired_s = CASE WHEN excluded.retired_s IS NULL THEN NULL
                    ELSE coalesce(room.retired_s, excluded.retired_s) END";
const PUT_PERSON: &str = "INSERT INTO person (id, names, organization_id, retired_s, mail)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (id) DO UPDATE SET names = excluded.names,
        organization_id = excluded.organization_id, mail = excluded.mail,
        retired_s = CASE WHEN excluded.retired_s IS NULL THEN NULL
                    ELSE coalesce(person.retired_s, excluded.retired_s) END";
const PUT_TERMINAL: &str = "INSERT INTO terminal (id, names, room_id, retired_s, kind)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (id) DO UPDATE SET names = excluded.names,
        room_id = excluded.room_id, kind = excluded.kind,
        retired_s = CASE WHEN excluded.retired_s IS NULL THEN NULL
                    ELSE coalesce(terminal.retired_s, excluded.retired_s) END";

async fn write(change: &mut Connection, entry: &Entry, now_s: i64) -> Result<(), StoreError> {
    let (text, special, more) = match &entry.what {
        What::Area => return put_area(change, &entry.id, entry.names.zh()).await,
        What::Organization { kind, area_code } => {
            (PUT_ORGANIZATION, kind, Some(area_code.as_deref()))
        }
        What::Room { organization_id } => (PUT_ROOM, organization_id, None),
        What::Person { organization_id, mail, .. } => {
            let now = UnixS(now_s.unsigned_abs());
            keep_seats(change, (&entry.id, organization_id), now).await?;
            (PUT_PERSON, organization_id, Some(mail.as_deref()))
        }
        What::Terminal { room_id, kind } => (PUT_TERMINAL, room_id, Some(Some(kind.as_str()))),
        What::Line { organization_id, line } => {
            let now = UnixS(now_s.unsigned_abs());
            return site_lines::write(change, organization_id, line, now).await;
        }
    };
    let mut put = sqlx::query(text)
        .bind(&entry.id)
        .bind(entry.names.to_json())
        .bind(special)
        .bind(entry.retired.then_some(now_s));
    if let Some(more) = more {
        put = put.bind(more);
    }
    put.execute(&mut *change).await?;
    let What::Person { roles, interprets, .. } = &entry.what else { return Ok(()) };
    put_interpreted(change, &entry.id, interprets).await?;
    for role in ROLES {
        if roles.iter().any(|held| held == role) {
            give_usual(change, (&entry.id, role), ("register", UnixS(now_s.unsigned_abs())))
                .await?;
        } else {
            // Who is not a scheduler any more is none anywhere.
            sqlx::query("DELETE FROM assignment WHERE person_id = $1 AND role = $2")
                .bind(&entry.id)
                .bind(role)
                .execute(&mut *change)
                .await?;
        }
    }
    Ok(())
}
