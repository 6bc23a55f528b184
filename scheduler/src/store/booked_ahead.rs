//! What a person or a room is booked for from now on.

use booking::UnixS;

use super::sessions::seconds;
use super::{Connection, Store, StoreError};
use crate::register::Table;

/// A session to come, or one that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BookedAhead {
    pub(crate) session_id: String,
    pub(crate) title: String,
    pub(crate) starts: UnixS,
    pub(crate) ends: UnixS,
}

impl Store {
    /// How many sessions that are not over have this person or room, and the earliest of them, at most `most`.
    pub(crate) async fn booked_ahead(
        &self,
        (table, id): (Table, &str),
        now: UnixS,
        most: usize,
    ) -> Result<(u64, Vec<BookedAhead>), StoreError> {
        let mut look = self.readers.begin().await?;
        booked_ahead(&mut look, (table, id), now, most).await
    }
}

pub(super) async fn booked_ahead(
    look: &mut Connection,
    (table, id): (Table, &str),
    now: UnixS,
    most: usize,
) -> Result<(u64, Vec<BookedAhead>), StoreError> {
    let now_s = seconds(now)?;
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM claim
         WHERE resource_kind = $1 AND resource_id = $2 AND state = 'confirmed' AND starts_s > $3 - 43200 AND ends_s > $3",
    )
    .bind(table.as_str())
    .bind(id)
    .bind(now_s)
    .fetch_one(&mut *look)
    .await?;
    let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "SELECT session.id, session.title, session.starts_s, session.ends_s
         FROM claim JOIN session ON session.id = claim.session_id
         WHERE resource_kind = $1 AND resource_id = $2 AND claim.state = 'confirmed'
           AND claim.starts_s > $3 - 43200 AND claim.ends_s > $3
         ORDER BY claim.starts_s, session.id LIMIT $4",
    )
    .bind(table.as_str())
    .bind(id)
    .bind(now_s)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(&mut *look)
    .await?;
    let time = |seconds: i64| UnixS(u64::try_from(seconds).unwrap_or(0));
    let ahead = rows.into_iter().map(|(session_id, title, starts_s, ends_s)| BookedAhead {
        session_id,
        title,
        starts: time(starts_s),
        ends: time(ends_s),
    });
    Ok((u64::try_from(count).unwrap_or(0), ahead.collect()))
}
