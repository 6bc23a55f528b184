//! Reading sessions.

use std::collections::{BTreeMap, BTreeSet};

use booking::{Interval, UnixS};
use session::Names;

use super::texts::placeholders;
use super::{Attendee, BookableTerminal, Connection, Room, Session, SiteLine, Store, StoreError};
use crate::receipt::LineFigures;

/// Most sessions in one list; the list says so when there are more.
pub(super) const LIST_MAX: usize = 500;
/// No session is longer, seconds (a check of the store's tables).
pub(super) const SESSION_S_MAX: u64 = 43_200;

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: String,
    kind: String,
    title: String,
    starts_s: i64,
    ends_s: i64,
    state: String,
    ended_s: Option<i64>,
    recording: i64,
    version: i64,
    series_id: Option<String>,
}

#[derive(sqlx::FromRow)]
struct AttendeeRow {
    session_id: String,
    person_id: String,
    #[sqlx(try_from = "String")]
    names: Names,
    role: String,
    interprets: Option<String>,
    #[sqlx(try_from = "String")]
    organization_names: Names,
}

#[derive(sqlx::FromRow)]
struct SiteLineRow {
    site: String,
    at_ms: i64,
    bits_per_second: i64,
    loss_percent: f64,
    round_trip_ms: i64,
}

impl SiteLineRow {
    const fn line(&self) -> SiteLine {
        let figures = LineFigures {
            bits_per_second: self.bits_per_second.unsigned_abs(),
            loss_percent: self.loss_percent,
            round_trip_ms: self.round_trip_ms.unsigned_abs(),
        };
        SiteLine { at_ms: self.at_ms.unsigned_abs(), figures }
    }
}

#[derive(sqlx::FromRow)]
struct RoomRow {
    session_id: String,
    #[sqlx(flatten)]
    room: Room,
}

#[derive(sqlx::FromRow)]
struct TerminalRow {
    session_id: String,
    #[sqlx(flatten)]
    terminal: BookableTerminal,
}

impl Store {
    /// The session of this id.
    pub(crate) async fn session(&self, id: &str) -> Result<Option<Session>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        Ok(load(&mut connection, &[id]).await?.pop())
    }

    /// The sessions that share a second with `day`, earliest first, and whether there are more than a list holds.
    /// `person` narrows them to those this person takes part in, `after` to those behind a start and an id.
    pub(crate) async fn sessions_during(
        &self,
        day: Interval,
        person: Option<&str>,
        after: Option<(UnixS, &str)>,
    ) -> Result<(Vec<Session>, bool), StoreError> {
        let mut connection = self.readers.acquire().await?;
        let mut ids: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM session
             WHERE starts_s > $1 - 43200 AND starts_s < $2 AND ends_s > $1
               AND ($3 IS NULL OR EXISTS (SELECT 1 FROM participant WHERE session_id = session.id AND person_id = $3))
               AND ($5 IS NULL OR (starts_s, id) > ($5, $6))
             ORDER BY starts_s, id LIMIT $4",
        )
        .bind(seconds(day.start())?)
        .bind(seconds(day.end())?)
        .bind(person)
        .bind(i64::try_from(LIST_MAX + 1).unwrap_or(i64::MAX))
        .bind(after.map(|(start, _)| seconds(start)).transpose()?)
        .bind(after.map(|(_, id)| id))
        .fetch_all(&mut *connection)
        .await?;
        let more = ids.len() > LIST_MAX;
        ids.truncate(LIST_MAX);
        Ok((load(&mut connection, &ids).await?, more))
    }

    /// When the latest session of this kind that `booked_by` booked ends or ended.
    pub(crate) async fn latest_end(
        &self,
        booked_by: &str,
        kind: session::Kind,
    ) -> Result<Option<UnixS>, StoreError> {
        let end: Option<i64> = sqlx::query_scalar(
            "SELECT max(ends_s) FROM session WHERE booked_by = $1 AND kind = $2",
        )
        .bind(booked_by)
        .bind(kind.as_str())
        .fetch_one(&self.readers)
        .await?;
        end.map(point).transpose()
    }
}

/// The sessions of these ids, earliest first; ids that are not there are left out.
pub(super) async fn load<I: AsRef<str>>(
    connection: &mut Connection,
    ids: &[I],
) -> Result<Vec<Session>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, ids.len(), 1);
    let rows: Vec<SessionRow> = rows_of(
        connection,
        ids,
        format!(
            "SELECT id, kind, title, starts_s, ends_s, state, ended_s, recording, version,
                    (SELECT o.series_id FROM occurrence o WHERE o.session_id = session.id OR o.made_up_by = session.id LIMIT 1)
                    AS series_id
             FROM session
             WHERE id IN ({list}) ORDER BY starts_s, id"
        ),
    )
    .await?;
    let attendees: Vec<AttendeeRow> = rows_of(connection, ids, format!(
        "SELECT session_id, person_id, person.names, participant.role, participant.interprets,
                organization.names AS organization_names
         FROM participant JOIN person ON person.id = person_id JOIN organization ON organization.id = organization_id
          WHERE session_id IN ({list}) ORDER BY session_id, position",
    ))
    .await?;
    let sites = attendees.iter().map(|row| row.organization_names.zh()).collect();
    let lines = site_lines(connection, sites).await?;
    let mut sessions = rows.into_iter().map(session).collect::<Result<Vec<_>, _>>()?;
    for row in attendees {
        let attendee = Attendee {
            role: word(&row.role)?,
            interprets: row.interprets.as_deref().map(word).transpose()?,
            line: lines.get(row.organization_names.zh()).copied(),
            person_id: row.person_id,
            names: row.names,
            organization_names: row.organization_names,
        };
        if let Some(session) = sessions.iter_mut().find(|session| session.id == row.session_id) {
            session.attendees.push(attendee);
        }
    }
    add_places(connection, ids, &mut sessions).await?;
    Ok(sessions)
}

/// The lines of sites by their Chinese names, under which receipts tell of them.
pub(super) async fn site_lines(
    connection: &mut Connection,
    sites: BTreeSet<&str>,
) -> Result<BTreeMap<String, SiteLine>, StoreError> {
    let sites: Vec<&str> = sites.into_iter().collect();
    if sites.is_empty() {
        return Ok(BTreeMap::new());
    }
    let list = placeholders(1, sites.len(), 1);
    let text = format!(
        "SELECT site, at_ms, bits_per_second, loss_percent, round_trip_ms FROM site_line WHERE site IN ({list})"
    );
    let rows: Vec<SiteLineRow> = rows_of(connection, &sites, text).await?;
    Ok(rows.into_iter().map(|row| (row.site.clone(), row.line())).collect())
}

/// Adds rooms and terminals to the sessions of these ids, in the order in which they were booked.
async fn add_places<I: AsRef<str>>(
    connection: &mut Connection,
    ids: &[I],
    sessions: &mut [Session],
) -> Result<(), StoreError> {
    let list = placeholders(1, ids.len(), 1);
    let rooms: Vec<RoomRow> = rows_of(
        connection,
        ids,
        format!(
            "SELECT session_id, room.id, room.names, room.organization_id
         FROM claim JOIN room ON room.id = resource_id
         WHERE resource_kind = 'room' AND session_id IN ({list}) ORDER BY claim.id",
        ),
    )
    .await?;
    let terminals: Vec<TerminalRow> = rows_of(
        connection,
        ids,
        format!(
            "SELECT session_id, terminal.id, terminal.names, terminal.kind, terminal.room_id,
                room.organization_id
         FROM claim JOIN terminal ON terminal.id = resource_id JOIN room ON room.id = terminal.room_id
         WHERE resource_kind = 'terminal' AND session_id IN ({list}) ORDER BY claim.id",
        ),
    )
    .await?;
    for row in rooms {
        if let Some(session) = sessions.iter_mut().find(|session| session.id == row.session_id) {
            session.rooms.push(row.room);
        }
    }
    for row in terminals {
        if let Some(session) = sessions.iter_mut().find(|session| session.id == row.session_id) {
            session.terminals.push(row.terminal);
        }
    }
    Ok(())
}

/// The rows of a question whose placeholders are these ids.
async fn rows_of<R, I: AsRef<str>>(
    connection: &mut Connection,
    ids: &[I],
    question: String,
) -> Result<Vec<R>, StoreError>
where
    R: for<'r> sqlx::FromRow<'r, sqlx::any::AnyRow> + Send + Unpin,
{
    let mut asked = sqlx::query_as(sqlx::AssertSqlSafe(question)).persistent(ids.len() == 1);
    for id in ids {
        asked = asked.bind(id.as_ref());
    }
    Ok(asked.fetch_all(connection).await?)
}

fn session(row: SessionRow) -> Result<Session, StoreError> {
    let interval = interval(row.starts_s, row.ends_s)?;
    Ok(Session {
        kind: word(&row.kind)?,
        cancelled: row.state == "cancelled",
        ended: row.ended_s.map(point).transpose()?,
        id: row.id,
        title: row.title,
        interval,
        recording: row.recording != 0,
        version: row.version,
        series_id: row.series_id,
        rooms: Vec::new(),
        terminals: Vec::new(),
        attendees: Vec::new(),
    })
}

/// A word of a closed list, or whatever else is kept as its text.
pub(super) fn word<W: std::str::FromStr<Err: std::fmt::Display>>(
    text: &str,
) -> Result<W, StoreError> {
    text.parse().map_err(|error: W::Err| StoreError::Unreadable(error.to_string()))
}

pub(super) fn interval(starts_s: i64, ends_s: i64) -> Result<Interval, StoreError> {
    Interval::new(point(starts_s)?, point(ends_s)?)
        .map_err(|error| StoreError::Unreadable(error.to_string()))
}

pub(super) fn point(seconds: i64) -> Result<UnixS, StoreError> {
    u64::try_from(seconds).map(UnixS).map_err(|error| StoreError::Unreadable(error.to_string()))
}

/// The store's integers are signed; a time past them is nobody's.
pub(super) fn seconds(point: UnixS) -> Result<i64, StoreError> {
    i64::try_from(point.0).map_err(|error| StoreError::Unreadable(error.to_string()))
}
