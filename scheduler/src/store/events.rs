//! Facts reported by the other rooms of the house.

use session::Event;

use super::{Store, StoreError};

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// All are in the store now: `stored` were new, `known` were there before.
    All { stored: u64, known: u64 },
    /// The table is at its bound; nothing of the batch was stored.
    Full,
}

impl Store {
    /// Stores the events that are new by `(source, sequence)`, all of them or nothing, up to `rows_max` rows in all.
    pub(crate) async fn keep_events(
        &self,
        events: &[Event],
        rows_max: u64,
    ) -> Result<Kept, StoreError> {
        let mut change = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let mut stored = 0;
        for event in events {
            let body = serde_json::to_string(event)
                .map_err(|error| StoreError::Unreadable(error.to_string()))?;
            stored += sqlx::query(
                "INSERT INTO event (source, sequence, at_ms, session_id, type, body) VALUES (?, ?, ?, ?, ?, ?)
                 ON CONFLICT (source, sequence) DO NOTHING",
            )
            .bind(&event.source)
            .bind(signed(event.sequence)?)
            .bind(signed(event.at_ms)?)
            .bind(event.what.room())
            .bind(event.what.word())
            .bind(body)
            .execute(&mut *change)
            .await?
            .rows_affected();
        }
        // Rows are never deleted, so the last id is their number.
        let rows: i64 = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM event")
            .fetch_one(&mut *change)
            .await?;
        if stored > 0 && u64::try_from(rows).unwrap_or(0) > rows_max {
            return Ok(Kept::Full);
        }
        change.commit().await?;
        let known = u64::try_from(events.len()).unwrap_or(u64::MAX).saturating_sub(stored);
        Ok(Kept::All { stored, known })
    }
}

fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|error| StoreError::Unreadable(error.to_string()))
}
