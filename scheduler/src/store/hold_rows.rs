//! The rows of holds: what is kept of one, and how it goes: given back, booked over, or run out. Its claims go with its row.

use booking::{Interval, UnixS};
use serde_json::{Value, json};

use super::events::Act;
use super::register_events::note;
use super::sessions::{interval, point, seconds};
use super::{Connection, StoreError};

/// Who ends the holds that have run out.
const SWEEPER: &str = "holds";

/// People, rooms and lines of one time, kept for somebody who is about to book it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hold {
    pub(crate) id: String,
    pub(crate) held_by: String,
    pub(crate) interval: Interval,
    pub(crate) made: UnixS,
    /// From this second on it is in nobody's way.
    pub(crate) until: UnixS,
}

/// Why nothing can be done with a hold.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HoldRefused {
    #[error("the hold has run out, was given back or was booked")]
    Over,
    #[error("the hold is another person's")]
    OfOther,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for HoldRefused {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

type Row = (String, String, i64, i64, i64, i64);

fn hold((id, held_by, starts_s, ends_s, made_s, until_s): Row) -> Result<Hold, StoreError> {
    let (made, until) = (point(made_s)?, point(until_s)?);
    Ok(Hold { id, held_by, interval: interval(starts_s, ends_s)?, made, until })
}

/// What an event tells of a hold.
fn told(hold: &Hold) -> Value {
    json!({ "startsS": hold.interval.start().0, "endsS": hold.interval.end().0, "untilS": hold.until.0 })
}

/// Tells that something was done to a hold, with more to tell.
pub(super) async fn tell(
    change: &mut Connection,
    (hold, done): (&Hold, &str),
    more: Value,
    (by, at): (&str, UnixS),
) -> Result<(), StoreError> {
    let mut details = told(hold);
    if let (Value::Object(details), Value::Object(more)) = (&mut details, more) {
        details.extend(more);
    }
    note(change, ("hold", done, &hold.id), &details, &Act { by, at, reason: None }).await
}

/// The hold of this id, if it is this person's and has not run out.
pub(super) async fn held(
    connection: &mut Connection,
    id: &str,
    (by, now): (&str, UnixS),
) -> Result<Hold, HoldRefused> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, held_by, starts_s, ends_s, made_s, until_s FROM hold WHERE id = $1 AND until_s > $2",
    )
    .bind(id)
    .bind(seconds(now)?)
    .fetch_optional(connection)
    .await?;
    let found = hold(row.ok_or(HoldRefused::Over)?)?;
    if found.held_by == by { Ok(found) } else { Err(HoldRefused::OfOther) }
}

/// Writes the row of a hold; its claims come after it.
pub(super) async fn insert(change: &mut Connection, hold: &Hold) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO hold (id, held_by, starts_s, ends_s, made_s, until_s) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&hold.id)
    .bind(&hold.held_by)
    .bind(seconds(hold.interval.start())?)
    .bind(seconds(hold.interval.end())?)
    .bind(seconds(hold.made)?)
    .bind(seconds(hold.until)?)
    .execute(change)
    .await?;
    Ok(())
}

/// Takes a hold away with all its claims, and tells what became of it.
pub(super) async fn end(
    change: &mut Connection,
    (hold, done): (&Hold, &str),
    more: Value,
    act: (&str, UnixS),
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM hold WHERE id = $1").bind(&hold.id).execute(&mut *change).await?;
    tell(change, (hold, done), more, act).await
}

/// Takes away the holds that have run out: the rules of the store know no clock, so whoever claims something does this first.
/// There are never more than may be held at once, as holds are made by way of this as well.
pub(super) async fn sweep(change: &mut Connection, now: UnixS) -> Result<(), StoreError> {
    let gone: Vec<Row> = sqlx::query_as(
        "DELETE FROM hold WHERE until_s <= $1 RETURNING id, held_by, starts_s, ends_s, made_s, until_s",
    )
    .bind(seconds(now)?)
    .fetch_all(&mut *change)
    .await?;
    for row in gone {
        let hold = hold(row)?;
        let more = json!({ "heldBy": hold.held_by });
        tell(change, (&hold, "expired"), more, (SWEEPER, hold.until)).await?;
    }
    Ok(())
}
