//! The lines of sites: what they carry and cost, and what sessions have booked of them.
//!
//! That the claims on a line are within its capacity at every instant is a rule of the store itself (triggers of
//! `0011_lines.sql` and `0021_holds.sql`); what is read here and in `line_claims` says the same beforehand, and what would fit instead.

use booking::{
    Band, Capacity, Excess, Interval, LineClaim, Load, Tariff, UnixS, excesses, first_excess,
};
use session::Mode;

use super::hold_rows::sweep;
use super::sessions::{SESSION_S_MAX, interval, seconds, word};
use super::{Connection, Store, StoreError};

/// Most claims on one line that are read at once; a longer calendar is searched only as far as they reach.
pub(super) const CLAIMS_MAX: usize = 5_000;

/// What a site has said of its line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct BookableLine {
    pub(crate) capacity: Capacity,
    pub(crate) tariff: Tariff,
}

/// What came of setting a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LinePut {
    Done,
    /// More is booked on it already; this is the first stretch of that.
    Booked(Excess),
    NoSuchOrganization,
}

/// What a site booked of its line for one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BookedLine {
    pub(crate) mode: Mode,
    pub(crate) megabytes: u32,
}

impl Store {
    /// The line of an organization, if anything is known of it.
    pub(crate) async fn line(
        &self,
        organization_id: &str,
    ) -> Result<Option<BookableLine>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        line(&mut connection, organization_id).await
    }

    /// When in `within` the line of an organization cannot carry `load` beside what others have booked and hold on it, but for
    /// one session and what one person holds at a time; `None` if there is more on it than is read at once.
    pub(crate) async fn line_full(
        &self,
        organization_id: &str,
        (load, within): (Load, Interval),
        but_session: &str,
        (holder, now): (&str, UnixS),
    ) -> Result<Option<Vec<Interval>>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let Some(BookableLine { capacity, .. }) = line(&mut connection, organization_id).await?
        else {
            return Ok(Some(Vec::new()));
        };
        let but = But { session: but_session, hold: "", holder, now };
        // What begins or ends beyond is told as far as one session reaches, so that it is known until when the line is full.
        let wider = within.padded(SESSION_S_MAX);
        let claims = claims(&mut connection, organization_id, wider, but).await?;
        if claims.len() >= CLAIMS_MAX {
            return Ok(None);
        }
        let full = excesses(&claims, load, capacity, wider);
        let full = full.into_iter().filter(|excess| excess.interval.overlaps(within));
        Ok(Some(full.map(|excess| excess.interval).collect()))
    }

    /// Sets the line of an organization, or forgets it, unless more is booked on it from `now` on.
    pub(crate) async fn put_line(
        &self,
        organization_id: &str,
        wanted: Option<&BookableLine>,
        now: UnixS,
    ) -> Result<LinePut, StoreError> {
        let mut change = self.change().await?;
        let there: Option<String> = sqlx::query_scalar("SELECT id FROM organization WHERE id = $1")
            .bind(organization_id)
            .fetch_optional(&mut *change)
            .await?;
        if there.is_none() {
            return Ok(LinePut::NoSuchOrganization);
        }
        sweep(&mut change, now).await?;
        let capacity = wanted.map(|line| line.capacity).unwrap_or_default();
        if let Some(excess) = over(&mut change, organization_id, capacity, now).await? {
            return Ok(LinePut::Booked(excess));
        }
        forget(&mut change, organization_id).await?;
        if let Some(line) = wanted {
            insert_line(&mut change, organization_id, line, now).await?;
        }
        change.commit().await?;
        Ok(LinePut::Done)
    }

    /// What the people of an organization have booked of their line in a session, if anything.
    pub(crate) async fn booked_line(
        &self,
        session_id: &str,
        organization_id: &str,
    ) -> Result<Option<BookedLine>, StoreError> {
        let row: Option<(String, i64)> = sqlx::query_as(
            "SELECT mode, megabytes FROM line_claim
             WHERE session_id = $1 AND organization_id = $2 AND state = 'confirmed'",
        )
        .bind(session_id)
        .bind(organization_id)
        .fetch_optional(&self.readers)
        .await?;
        let booked = |(mode, megabytes): (String, i64)| -> Result<BookedLine, StoreError> {
            Ok(BookedLine { mode: word(&mode)?, megabytes: whole(megabytes) })
        };
        row.map(booked).transpose()
    }
}

pub(super) async fn line(
    connection: &mut Connection,
    organization_id: &str,
) -> Result<Option<BookableLine>, StoreError> {
    let bounds: Option<(Option<i64>, Option<i64>)> =
        sqlx::query_as("SELECT down_kbps, up_kbps FROM line WHERE organization_id = $1")
            .bind(organization_id)
            .fetch_optional(&mut *connection)
            .await?;
    let Some((down_kbps, up_kbps)) = bounds else { return Ok(None) };
    let bands: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT from_minute, price FROM line_tariff WHERE organization_id = $1 ORDER BY from_minute",
    )
    .bind(organization_id)
    .fetch_all(connection)
    .await?;
    let band = |(minute, price): &(i64, i64)| Band {
        from_minute: u16::try_from(*minute).unwrap_or(u16::MAX),
        price: whole(*price),
    };
    let tariff = Tariff::new(bands.iter().map(band).collect());
    let tariff = tariff.map_err(|error| StoreError::Unreadable(error.to_string()))?;
    let (down_kbps, up_kbps) = (down_kbps.map(whole), up_kbps.map(whole));
    Ok(Some(BookableLine { capacity: Capacity { down_kbps, up_kbps }, tariff }))
}

/// The first stretch from `now` on in which more is booked and held on the line of a site than this capacity.
pub(super) async fn over(
    look: &mut Connection,
    organization_id: &str,
    capacity: Capacity,
    now: UnixS,
) -> Result<Option<Excess>, StoreError> {
    let Ok(to_come) = Interval::new(now, UnixS(u64::from(u32::MAX))) else { return Ok(None) };
    let but = But { session: "", hold: "", holder: "", now };
    let claims = claims(look, organization_id, to_come, but).await?;
    let nothing = LineClaim { interval: to_come, load: Load::default() };
    Ok(first_excess(&claims, nothing, capacity))
}

/// Forgets what is known of the bounds and prices of a line.
pub(super) async fn forget(
    change: &mut Connection,
    organization_id: &str,
) -> Result<(), StoreError> {
    for text in [
        "DELETE FROM line_tariff WHERE organization_id = $1",
        "DELETE FROM line WHERE organization_id = $1",
    ] {
        sqlx::query(text).bind(organization_id).execute(&mut *change).await?;
    }
    Ok(())
}

pub(super) async fn insert_line(
    change: &mut Connection,
    organization_id: &str,
    line: &BookableLine,
    now: UnixS,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO line (organization_id, down_kbps, up_kbps, since_s) VALUES ($1, $2, $3, $4)",
    )
    .bind(organization_id)
    .bind(line.capacity.down_kbps.map(i64::from))
    .bind(line.capacity.up_kbps.map(i64::from))
    .bind(seconds(now)?)
    .execute(&mut *change)
    .await
    .map_err(full_or)?;
    for band in line.tariff.bands() {
        sqlx::query(
            "INSERT INTO line_tariff (organization_id, from_minute, price) VALUES ($1, $2, $3)",
        )
        .bind(organization_id)
        .bind(i64::from(band.from_minute))
        .bind(i64::from(band.price))
        .execute(&mut *change)
        .await?;
    }
    Ok(())
}

/// Who does not count: a session and a hold that is to become one, each empty if there is none; and holds that have run out.
#[derive(Debug, Clone, Copy)]
pub(super) struct But<'a> {
    pub(super) session: &'a str,
    pub(super) hold: &'a str,
    /// Whose holds do not count; empty for nobody's.
    pub(super) holder: &'a str,
    pub(super) now: UnixS,
}

/// What others have booked and hold on the line in `within`, earliest first.
pub(super) async fn claims(
    connection: &mut Connection,
    organization_id: &str,
    within: Interval,
    but: But<'_>,
) -> Result<Vec<LineClaim>, StoreError> {
    let rows: Vec<(i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT starts_s, ends_s, down_kbps, up_kbps FROM line_claim
         WHERE organization_id = $1 AND state = 'confirmed' AND starts_s > $2 - 43200 AND starts_s < $3 AND ends_s > $2
           AND session_id <> $4
         UNION ALL
         SELECT starts_s, ends_s, down_kbps, up_kbps FROM line_hold
         WHERE organization_id = $1 AND starts_s > $2 - 43200 AND starts_s < $3 AND ends_s > $2
           AND hold_id IN (SELECT id FROM hold WHERE until_s > $6 AND id <> $7 AND held_by <> $8)
         ORDER BY starts_s LIMIT $5",
    )
    .bind(organization_id)
    .bind(seconds(within.start())?)
    .bind(seconds(within.end())?)
    .bind(but.session)
    .bind(i64::try_from(CLAIMS_MAX).unwrap_or(i64::MAX))
    .bind(seconds(but.now)?)
    .bind(but.hold)
    .bind(but.holder)
    .fetch_all(connection)
    .await?;
    let claim = |(starts_s, ends_s, down, up): &(i64, i64, i64, i64)| {
        let load = Load { down_kbps: whole(*down), up_kbps: whole(*up) };
        Ok(LineClaim { interval: interval(*starts_s, *ends_s)?, load })
    };
    rows.iter().map(claim).collect()
}

/// The rule of the store refused what was within the capacity a moment ago: somebody else was faster, and another try tells.
pub(super) fn full_or(error: sqlx::Error) -> StoreError {
    let full = error.as_database_error().is_some_and(|it| it.message().contains("line-full"));
    if full { StoreError::Busy } else { error.into() }
}

pub(super) fn whole(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}
