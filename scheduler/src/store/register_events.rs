//! What was done to the register and to access: only added, in order, without gaps.

use booking::UnixS;
use serde_json::Value;
use session::Names;

use super::events::Act;
use super::names::names_if;
use super::sessions::{point, seconds};
use super::{Connection, Store, StoreError};
use crate::kept_names::renew;

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RegisterEvent {
    pub(crate) number: i64,
    pub(crate) at: UnixS,
    pub(crate) by_id: String,
    /// What the person is called; none if a part of the scheduler did it.
    pub(crate) by_names: Option<Names>,
    /// `role`, `account`, `minor`, or a table of the register.
    pub(crate) kind: String,
    pub(crate) act: String,
    /// Id of the person or the entry.
    pub(crate) subject_id: String,
    pub(crate) details: Value,
    pub(crate) reason: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    number: i64,
    at_s: i64,
    by_id: String,
    by_names: Option<String>,
    kind: String,
    act: String,
    subject_id: String,
    details: String,
    reason: Option<String>,
}

impl Row {
    fn event(self) -> Result<RegisterEvent, StoreError> {
        let mut details: Value = serde_json::from_str(&self.details)
            .map_err(|error| StoreError::Unreadable(error.to_string()))?;
        for side in ["was", "became"] {
            if let Some(entry) = details.get_mut(side).and_then(Value::as_object_mut) {
                renew(entry);
            }
        }
        Ok(RegisterEvent {
            number: self.number,
            at: point(self.at_s)?,
            by_id: self.by_id,
            by_names: names_if(self.by_names)?,
            kind: self.kind,
            act: self.act,
            subject_id: self.subject_id,
            details,
            reason: self.reason,
        })
    }
}

/// Adds what was done to `subject_id`: of which kind, and what.
pub(super) async fn note(
    change: &mut Connection,
    (kind, done, subject_id): (&str, &str, &str),
    details: &Value,
    act: &Act<'_>,
) -> Result<(), StoreError> {
    // All changes go one after the other: nobody else has the next number.
    sqlx::query(
        "INSERT INTO register_event (number, at_s, by_id, kind, act, subject_id, details, reason)
         VALUES ((SELECT coalesce(max(number), 0) + 1 FROM register_event), $1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(seconds(act.at)?)
    .bind(act.by)
    .bind(kind)
    .bind(done)
    .bind(subject_id)
    .bind(details.to_string())
    .bind(act.reason)
    .execute(&mut *change)
    .await?;
    Ok(())
}

impl Store {
    /// Events after the one of this number, in their order, at most `most`.
    pub(crate) async fn register_events_after(
        &self,
        number: i64,
        most: usize,
    ) -> Result<Vec<RegisterEvent>, StoreError> {
        let ticket = self.durable.ticket().await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT number, at_s, by_id, person.names AS by_names, kind, act, subject_id,
                    details, reason
             FROM register_event LEFT JOIN person ON person.id = by_id
             WHERE number > $1 ORDER BY number LIMIT $2",
        )
        .bind(number)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        if !rows.is_empty() {
            self.keep_told(ticket).await?;
        }
        rows.into_iter().map(Row::event).collect()
    }
}
