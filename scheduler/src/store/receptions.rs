//! What the people of each site are sent, and how much data that may take.

use booking::Interval;
use session::Mode;

use super::sessions::seconds;
use super::{Connection, Store, StoreError};

/// How the people of one site are served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reception {
    /// What they begin with.
    pub(crate) mode: Mode,
    /// The most that they may choose.
    pub(crate) mode_most: Mode,
    /// Megabytes (10^6 bytes) of one person in one session.
    pub(crate) session_mb: Option<u32>,
    /// Megabytes of the site in one month.
    pub(crate) month_mb: Option<u32>,
}

impl Store {
    /// How the people of an organization are served.
    pub(crate) async fn reception(&self, organization_id: &str) -> Result<Reception, StoreError> {
        let mut connection = self.readers.acquire().await?;
        reception(&mut connection, organization_id).await
    }

    /// Bytes on the wire, both ways, of the people of an organization in sessions that begin in `month`, of one session those
    /// of one person alone; and these, as far as receipts tell.
    pub(crate) async fn used(
        &self,
        organization_id: &str,
        month: Interval,
        (session_id, person_id): (&str, &str),
    ) -> Result<(u64, u64), StoreError> {
        let (site, own): (i64, i64) = sqlx::query_as(
            "SELECT CAST(coalesce(sum(CASE WHEN session_id <> $4 OR identity = $5 THEN bytes END), 0) AS BIGINT),
                    CAST(coalesce(sum(CASE WHEN session_id = $4 AND identity = $5 THEN bytes END), 0) AS BIGINT)
             FROM attendance JOIN session ON session.id = session_id JOIN person ON person.id = identity
             WHERE organization_id = $1 AND starts_s >= $2 AND starts_s < $3",
        )
        .bind(organization_id)
        .bind(seconds(month.start())?)
        .bind(seconds(month.end())?)
        .bind(session_id)
        .bind(person_id)
        .fetch_one(&self.readers)
        .await?;
        Ok((site.unsigned_abs(), own.unsigned_abs()))
    }

    /// Serves the people of an organization like this from now on; `false` if there is no such organization.
    pub(crate) async fn put_reception(
        &self,
        organization_id: &str,
        reception: Reception,
    ) -> Result<bool, StoreError> {
        let statement = sqlx::query(
            "INSERT INTO reception (organization_id, mode, mode_most, session_mb, month_mb)
             SELECT id, $1, $2, $3, $4 FROM organization WHERE id = $5
             ON CONFLICT (organization_id) DO UPDATE SET mode = excluded.mode, mode_most = excluded.mode_most,
                session_mb = excluded.session_mb, month_mb = excluded.month_mb",
        )
        .bind(reception.mode.as_str())
        .bind(reception.mode_most.as_str())
        .bind(reception.session_mb.map(i64::from))
        .bind(reception.month_mb.map(i64::from))
        .bind(organization_id);
        let done = self.once(statement).await?;
        Ok(done > 0)
    }
}

pub(super) async fn reception(
    connection: &mut Connection,
    organization_id: &str,
) -> Result<Reception, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT mode, mode_most, session_mb, month_mb FROM reception WHERE organization_id = $1",
    )
    .bind(organization_id)
    .fetch_optional(connection)
    .await?;
    reception_of(row)
}

/// Mode, most of it, and megabytes of a session and of a month.
pub(super) type Row = (String, String, Option<i64>, Option<i64>);

/// What a site has of whose reception nothing was said, or what was.
pub(super) fn reception_of(row: Option<Row>) -> Result<Reception, StoreError> {
    let Some((mode, mode_most, session_mb, month_mb)) = row else {
        return Ok(Reception::default());
    };
    let word = |word: String| {
        word.parse::<Mode>().map_err(|error| StoreError::Unreadable(error.to_string()))
    };
    let amount = |mb: Option<i64>| {
        let read = mb.map(u32::try_from).transpose();
        read.map_err(|error| StoreError::Unreadable(error.to_string()))
    };
    Ok(Reception {
        mode: word(mode)?,
        mode_most: word(mode_most)?,
        session_mb: amount(session_mb)?,
        month_mb: amount(month_mb)?,
    })
}
