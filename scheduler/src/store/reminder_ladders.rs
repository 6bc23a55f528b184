//! By which steps the people of a session are reminded: written in the transaction of the booking, of the change and of the
//! cancellation itself, so that none is there without the other.
//!
//! A session has at most 5 steps for each of its people and guests ([`reminding::STEPS_MAX`]); they are forgotten 30 days after
//! its start (`reminders`).

use std::collections::BTreeSet;

use booking::{Interval, UnixS};
use reminding::{FIRST_S, Night, Reach, ladder};

use super::sessions::{point, seconds};
use super::texts::placeholders;
use super::{Connection, StoreError};
use crate::civil::Zone;

/// Steps that one statement writes.
const STEPS_AT_ONCE: usize = 100;
/// Sessions of one person whose steps are written anew at once.
const SESSIONS_AT_ONCE: i64 = 500;
/// People that one question asks for.
const PEOPLE_AT_ONCE: usize = 100;

/// A session as it is from now on, as far as reminders need it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reminded<'a> {
    pub(super) session_id: &'a str,
    pub(super) version: i64,
    pub(super) starts: UnixS,
    pub(super) at: UnixS,
}

/// By what the people of one ladder are reached.
#[derive(Debug, sqlx::FromRow)]
struct Reached {
    person_id: String,
    site_id: String,
    app: i64,
    mail: i64,
    sms: i64,
    voice: i64,
    zone: String,
}

/// What happened to the people and the time of a session.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    /// None of a session that is booked.
    pub(super) before: Option<BTreeSet<&'a str>>,
    /// None of one that is cancelled.
    pub(super) after: Option<BTreeSet<&'a str>>,
    /// Whether it is at another time or place than before.
    pub(super) moved: bool,
}

/// Writes the ladders of a session that was booked, changed or cancelled, and ends those that hold no more.
pub(super) async fn turn(
    change: &mut Connection,
    reminded: &Reminded<'_>,
    turn: &Turn<'_>,
) -> Result<(), StoreError> {
    let Some(after) = &turn.after else { return end(change, reminded, "cancelled").await };
    let people: Vec<&str> = after.iter().copied().collect();
    let Some(before) = &turn.before else {
        return climb(change, reminded, reminded.version, &people).await;
    };
    if turn.moved {
        end(change, reminded, "moved").await?;
        climb(change, reminded, reminded.version, &people).await?;
        return guests_climb(change, reminded).await;
    }
    let added: Vec<&str> = after.difference(before).copied().collect();
    if !added.is_empty() {
        let generation = latest(change, reminded).await?;
        climb(change, reminded, generation, &added).await?;
    }
    for gone in before.difference(after) {
        leave(change, reminded.session_id, gone, reminded.at).await?;
    }
    Ok(())
}

/// Nobody is reminded any more of what a session was.
async fn end(
    change: &mut Connection,
    reminded: &Reminded<'_>,
    why: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE reminder SET state = 'dropped', why = $1, at_s = $2 WHERE session_id = $3 AND state = 'waiting'",
    )
    .bind(why)
    .bind(seconds(reminded.at)?)
    .bind(reminded.session_id)
    .execute(change)
    .await?;
    Ok(())
}

/// The generation of the ladders of a session; its version if it has none.
async fn latest(change: &mut Connection, reminded: &Reminded<'_>) -> Result<i64, StoreError> {
    let latest: Option<i64> =
        sqlx::query_scalar("SELECT max(generation) FROM reminder WHERE session_id = $1")
            .bind(reminded.session_id)
            .fetch_one(change)
            .await?;
    Ok(latest.unwrap_or(reminded.version))
}

/// Somebody is in the session no more, or revoked as its guest.
pub(super) async fn leave(
    change: &mut Connection,
    session_id: &str,
    person_id: &str,
    at: UnixS,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE reminder SET why = 'left', at_s = CASE WHEN state = 'waiting' THEN $1 ELSE at_s END,
            state = CASE WHEN state = 'waiting' THEN 'dropped' ELSE state END
         WHERE session_id = $2 AND person_id = $3",
    )
    .bind(seconds(at)?)
    .bind(session_id)
    .bind(person_id)
    .execute(change)
    .await?;
    Ok(())
}

/// Writes the ladders of these people.
pub(super) async fn climb(
    change: &mut Connection,
    reminded: &Reminded<'_>,
    generation: i64,
    people: &[&str],
) -> Result<(), StoreError> {
    if reminded.starts <= reminded.at {
        return Ok(());
    }
    for people in people.chunks(PEOPLE_AT_ONCE) {
        let list = placeholders(1, people.len(), 1);
        let mut asked = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT person.id AS person_id, person.organization_id AS site_id, coalesce(w.app, 1) AS app,
                    CASE WHEN r.mail = 1 AND person.mail IS NOT NULL AND person.mail_wanted = 1 THEN 1 ELSE 0 END AS mail,
                    CASE WHEN r.sms = 1 AND w.phone IS NOT NULL AND w.sms = 1 THEN 1 ELSE 0 END AS sms,
                    CASE WHEN r.voice = 1 AND w.phone IS NOT NULL AND w.voice = 1 THEN 1 ELSE 0 END AS voice, r.zone
             FROM person JOIN reminder_rules r ON r.id = 1 LEFT JOIN reminder_wish w ON w.person_id = person.id
             WHERE person.id IN ({list})"
        )))
        .persistent(people.len() <= 4);
        for person in people {
            asked = asked.bind(*person);
        }
        let reached: Vec<Reached> = asked.fetch_all(&mut *change).await?;
        write(change, reminded, generation, &reached).await?;
    }
    Ok(())
}

/// Somebody is reached by other channels: the steps that wait are written anew, of the next sessions of which the person has not
/// answered, at most [`SESSIONS_AT_ONCE`]. What was handed over stays.
pub(super) async fn climb_anew(
    change: &mut Connection,
    person_id: &str,
    now: UnixS,
) -> Result<(), StoreError> {
    let found: Vec<(String, i64, i64, i64)> = sqlx::query_as(
        "SELECT DISTINCT r.session_id, r.generation, r.starts_s, s.version
         FROM reminder r JOIN session s ON s.id = r.session_id
         WHERE r.person_id = $1 AND r.starts_s > $2 AND s.state = 'scheduled'
           AND (r.why IS NULL OR r.why NOT IN ('left', 'moved'))
           AND r.generation = (SELECT max(n.generation) FROM reminder n WHERE n.session_id = r.session_id)
           AND NOT EXISTS (SELECT 1 FROM reminder_answer a WHERE a.session_id = r.session_id
                AND a.generation = r.generation AND a.person_id = r.person_id)
         ORDER BY r.starts_s, r.session_id LIMIT $3",
    )
    .bind(person_id)
    .bind(seconds(now)?)
    .bind(SESSIONS_AT_ONCE)
    .fetch_all(&mut *change)
    .await?;
    for (session_id, generation, starts_s, version) in &found {
        sqlx::query(
            "DELETE FROM reminder WHERE session_id = $1 AND generation = $2 AND person_id = $3 AND state = 'waiting'",
        )
        .bind(session_id)
        .bind(generation)
        .bind(person_id)
        .execute(&mut *change)
        .await?;
        let (version, starts) = (*version, point(*starts_s)?);
        let reminded = Reminded { session_id, version, starts, at: now };
        climb(change, &reminded, *generation, &[person_id]).await?;
    }
    Ok(())
}

/// Writes the ladders of the guests of a session: they have neither page nor phone here, and are told on paper.
pub(super) async fn guests_climb(
    change: &mut Connection,
    reminded: &Reminded<'_>,
) -> Result<(), StoreError> {
    let reached: Vec<Reached> = sqlx::query_as(
        "SELECT 'guest-' || guest.id AS person_id, guest.organization_id AS site_id, 0 AS app, 0 AS mail, 0 AS sms,
                0 AS voice, r.zone
         FROM guest JOIN reminder_rules r ON r.id = 1 WHERE guest.session_id = $1 AND guest.revoked_s IS NULL",
    )
    .bind(reminded.session_id)
    .fetch_all(&mut *change)
    .await?;
    write(change, reminded, reminded.version, &reached).await
}

/// A guest was asked into a session.
pub(super) async fn guest_climbs(
    change: &mut Connection,
    session_id: &str,
    (person_id, site_id): (&str, &str),
    at: UnixS,
) -> Result<(), StoreError> {
    let found: Option<(i64, i64, String)> = sqlx::query_as(
        "SELECT s.version, s.starts_s, r.zone FROM session s JOIN reminder_rules r ON r.id = 1
         WHERE s.id = $1 AND s.state = 'scheduled'",
    )
    .bind(session_id)
    .fetch_optional(&mut *change)
    .await?;
    let Some((version, starts_s, zone)) = found else { return Ok(()) };
    let reminded = Reminded { session_id, version, starts: point(starts_s)?, at };
    let generation = latest(change, &reminded).await?;
    let (person_id, site_id) = (person_id.to_owned(), site_id.to_owned());
    let guest = Reached { person_id, site_id, app: 0, mail: 0, sms: 0, voice: 0, zone };
    write(change, &reminded, generation, &[guest]).await
}

/// One step to be written.
struct Row<'a> {
    of: &'a Reached,
    rung: i64,
    channel: &'static str,
    due_s: i64,
}

async fn write(
    change: &mut Connection,
    reminded: &Reminded<'_>,
    generation: i64,
    reached: &[Reached],
) -> Result<(), StoreError> {
    let rows = rows(reminded, reached)?;
    for rows in rows.chunks(STEPS_AT_ONCE) {
        // Who comes back into a session goes on where the ladder was left.
        let mut insert = sqlx::query(sqlx::AssertSqlSafe(format!(
            "INSERT INTO reminder (id, session_id, generation, starts_s, person_id, site_id, rung, channel, due_s) VALUES {}
             ON CONFLICT (session_id, generation, person_id, rung) DO UPDATE SET why = NULL,
                due_s = CASE WHEN reminder.state = 'dropped' THEN excluded.due_s ELSE reminder.due_s END,
                state = CASE WHEN reminder.state = 'dropped' THEN 'waiting' ELSE reminder.state END",
            placeholders(1, rows.len(), 9)
        )))
        .persistent(rows.len() <= 4);
        for row in rows {
            insert = insert.bind(uuid::Uuid::now_v7().to_string()).bind(reminded.session_id);
            insert = insert.bind(generation).bind(seconds(reminded.starts)?);
            insert = insert.bind(&row.of.person_id).bind(&row.of.site_id);
            insert = insert.bind(row.rung).bind(row.channel).bind(row.due_s);
        }
        insert.execute(&mut *change).await?;
    }
    Ok(())
}

fn rows<'a>(reminded: &Reminded<'_>, reached: &'a [Reached]) -> Result<Vec<Row<'a>>, StoreError> {
    let Some(first) = reached.first() else { return Ok(Vec::new()) };
    let zone = Zone::named(&first.zone)
        .ok_or_else(|| StoreError::Unreadable(format!("`{}` is no time zone", first.zone)))?;
    let walls = night_walls(&zone, reminded.at, reminded.starts);
    let night = Night { zone: reminding::Zone(&walls), ..Night::default() };
    let mut rows = Vec::new();
    for of in reached {
        let has = |number: i64| number != 0;
        let reach =
            Reach { app: has(of.app), mail: has(of.mail), sms: has(of.sms), voice: has(of.voice) };
        for step in ladder(reach, reminded.starts.0, reminded.at.0, &night) {
            let due_s = seconds(UnixS(step.due_s))?;
            rows.push(Row {
                of,
                rung: i64::from(step.rung),
                channel: step.channel.as_str(),
                due_s,
            });
        }
    }
    Ok(rows)
}

/// How far the wall is ahead of UTC around the ladder of a session.
pub(crate) fn night_walls(zone: &Zone, now: UnixS, starts: UnixS) -> Vec<(u64, i32)> {
    let from = now.max(starts.minus(2 * FIRST_S)).min(starts);
    let span = Interval::new(from.minus(FIRST_S), starts.plus(FIRST_S));
    let offsets = span.map(|span| zone.offsets(span)).unwrap_or_default();
    offsets.into_iter().map(|(from, ahead_s)| (from.0, ahead_s)).collect()
}
