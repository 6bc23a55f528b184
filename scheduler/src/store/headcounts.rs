//! How many pupils somebody counted at a place of a class: only ever added, the last one counts.

use booking::UnixS;
use session::Names;

use super::cases::count;
use super::events::Act;
use super::idempotency::{self, Bounds, EarlierAnswer, Key};
use super::names::names;
use super::sessions::{point, seconds};
use super::{Store, StoreError};

/// Most headcounts of one place in one class.
pub(crate) const PLACE_COUNTS_MAX: i64 = 50;

/// One headcount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Headcount {
    pub(crate) site_id: String,
    pub(crate) pupils: u32,
    pub(crate) at: UnixS,
    pub(crate) by_id: String,
    pub(crate) by_names: Names,
}

/// What became of a headcount.
#[derive(Debug)]
pub(crate) enum Counted {
    Done,
    /// The same request was carried out before: nothing was added.
    Before,
    /// The place was counted as often as may be.
    TooOften,
    /// Its Idempotency-Key was used for another request.
    KeyReused,
}

impl Store {
    /// Adds a headcount of a place.
    pub(crate) async fn count_pupils(
        &self,
        (session_id, site_id): (&str, &str),
        pupils: u32,
        act: &Act<'_>,
        key: Option<(&Key, Bounds)>,
    ) -> Result<Counted, StoreError> {
        let mut change = self.change().await?;
        if let Some((key, bounds)) = key {
            match idempotency::look_up(&mut change, key, bounds, act.at).await? {
                EarlierAnswer::New => {}
                EarlierAnswer::Same { .. } => return Ok(Counted::Before),
                EarlierAnswer::Other => return Ok(Counted::KeyReused),
            }
        }
        let all: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM headcount WHERE session_id = $1 AND site_id = $2",
        )
        .bind(session_id)
        .bind(site_id)
        .fetch_one(&mut *change)
        .await?;
        if all >= PLACE_COUNTS_MAX {
            return Ok(Counted::TooOften);
        }
        sqlx::query(
            "INSERT INTO headcount (session_id, site_id, pupils, at_s, by_id) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(session_id)
        .bind(site_id)
        .bind(i64::from(pupils))
        .bind(seconds(act.at)?)
        .bind(act.by)
        .execute(&mut *change)
        .await?;
        if let Some((key, bounds)) = key {
            idempotency::keep(&mut change, key, session_id, "", bounds, act.at).await?;
        }
        change.commit().await?;
        Ok(Counted::Done)
    }

    /// The last headcount of each place of a class, in the order of the places.
    pub(crate) async fn headcounts(&self, session_id: &str) -> Result<Vec<Headcount>, StoreError> {
        let rows: Vec<(String, i64, i64, String, String)> = sqlx::query_as(
            "SELECT site_id, pupils, at_s, by_id, person.names FROM headcount JOIN person ON person.id = by_id
             WHERE headcount.id IN (SELECT max(id) FROM headcount WHERE session_id = $1 GROUP BY site_id)
             ORDER BY site_id",
        )
        .bind(session_id)
        .fetch_all(&self.readers)
        .await?;
        let read = |(site_id, pupils, at_s, by_id, by_names): (_, _, _, _, String)| {
            let (at, by_names) = (point(at_s)?, names(&by_names)?);
            Ok(Headcount { site_id, pupils: count(pupils)?, at, by_id, by_names })
        };
        rows.into_iter().map(read).collect()
    }
}
