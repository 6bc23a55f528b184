//! What participants received: kept once each, summed up, and forgotten after a while.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use booking::UnixS;

use super::sessions::seconds;
use super::{Connection, Store, StoreError};
use crate::receipt::{Batch, Kept, LineFigures, Receipt, ReceivedSums, Taken};

/// How long receipts are kept; their sums stay.
const KEPT_MS: u64 = 30 * 86_400_000;
/// And no more than so many, the latest.
const ROWS_MAX: i64 = 5_000_000;
/// The oldest that are looked at when new ones come: more than come at a time, so that the bounds hold.
const LOOKED_AT: i64 = 2_000;

/// What persons received in sessions, by session and identity, as it is after the receipts of a batch.
type Sums<'a> = BTreeMap<(&'a str, &'a str), ReceivedSums>;

/// A receipt with its place in the list.
pub(crate) type Placed = (i64, Receipt);

impl Store {
    /// How far the outbox was taken that was asked last; none if no receipt was ever taken.
    pub(crate) async fn taken(&self) -> Result<Taken, StoreError> {
        let ticket = self.durable.ticket().await?;
        let row: Option<(String, i64)> =
            sqlx::query_as("SELECT name, taken FROM outbox ORDER BY taken_s DESC LIMIT 1")
                .fetch_optional(&self.readers)
                .await?;
        let taken = |(outbox, after): (String, i64)| Taken { outbox, after: after.unsigned_abs() };
        // The gateway forgets what it is told to be here.
        self.keep_told(ticket).await?;
        Ok(row.map(taken).unwrap_or_default())
    }

    /// Keeps what is new of a batch with its sums, the figures of the sites' lines, and how far its outbox is taken now: all
    /// of it or nothing, so that a batch that is sent twice counts once.
    pub(crate) async fn keep_receipts(
        &self,
        batch: &Batch,
        now: UnixS,
    ) -> Result<(Kept, Taken), StoreError> {
        let mut change = self.change().await?;
        let before: Option<i64> = sqlx::query_scalar("SELECT taken FROM outbox WHERE name = $1")
            .bind(&batch.outbox)
            .fetch_optional(&mut *change)
            .await?;
        let before = before.unwrap_or_default().unsigned_abs();
        let mut kept = Kept::default();
        let mut after = before;
        let mut sums = Sums::default();
        for (number, receipt) in batch.numbered() {
            if number <= before {
                kept.again += 1;
                continue;
            }
            after = number;
            let place = (batch.outbox.as_str(), number);
            match insert(&mut change, place, receipt).await? {
                true => {
                    kept.new += 1;
                    add(&mut change, &mut sums, receipt).await?;
                }
                false => kept.unbooked += 1,
            }
        }
        for (of, sums) in &sums {
            put_sums(&mut change, *of, sums).await?;
        }
        sqlx::query(
            "INSERT INTO outbox (name, taken, taken_s) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET taken = excluded.taken, taken_s = excluded.taken_s",
        )
        .bind(&batch.outbox)
        .bind(signed(after))
        .bind(seconds(now)?)
        .execute(&mut *change)
        .await?;
        kept.forgotten = forget_old(&mut change, now).await?;
        change.commit().await?;
        Ok((kept, Taken { outbox: batch.outbox.clone(), after }))
    }

    /// The receipts of a session in the order in which they came, after the one in this place, at most `most`.
    pub(crate) async fn receipts(
        &self,
        session_id: &str,
        after: i64,
        most: usize,
    ) -> Result<Vec<Placed>, StoreError> {
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT id, body FROM receipt WHERE session_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind(session_id)
        .bind(after)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|(id, body)| Ok((id, read(&body)?))).collect()
    }

    /// What everybody received in a session, in the order of their identities.
    pub(crate) async fn attendances(
        &self,
        session_id: &str,
    ) -> Result<Vec<(String, ReceivedSums)>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT identity, sums FROM attendance WHERE session_id = $1 ORDER BY identity",
        )
        .bind(session_id)
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|(identity, sums)| Ok((identity, read(&sums)?))).collect()
    }
}

/// Keeps one receipt; `false` if its room is no session.
async fn insert(
    change: &mut Connection,
    (outbox, number): (&str, u64),
    receipt: &Receipt,
) -> Result<bool, StoreError> {
    let kept = sqlx::query(
        "INSERT INTO receipt (outbox, number, session_id, identity, from_ms, to_ms, body)
         SELECT $1, $2, id, $4, $5, $6, $7 FROM session WHERE id = $3",
    )
    .bind(outbox)
    .bind(signed(number))
    .bind(&receipt.room)
    .bind(&receipt.identity)
    .bind(signed(receipt.from_ms))
    .bind(signed(receipt.to_ms))
    .bind(text(receipt)?)
    .execute(&mut *change)
    .await?;
    if let (Some(line), false) = (receipt.line, receipt.site.is_empty()) {
        note_line(change, receipt, line).await?;
    }
    Ok(kept.rows_affected() > 0)
}

/// Adds a receipt to the sums of its person, which are read once for all of a batch.
async fn add<'a>(
    change: &mut Connection,
    sums: &mut Sums<'a>,
    receipt: &'a Receipt,
) -> Result<(), StoreError> {
    let entry = match sums.entry((receipt.room.as_str(), receipt.identity.as_str())) {
        Entry::Occupied(entry) => entry.into_mut(),
        Entry::Vacant(entry) => {
            let kept: Option<String> = sqlx::query_scalar(
                "SELECT sums FROM attendance WHERE session_id = $1 AND identity = $2",
            )
            .bind(&receipt.room)
            .bind(&receipt.identity)
            .fetch_optional(&mut *change)
            .await?;
            entry.insert(kept.map(|it| read(&it)).transpose()?.unwrap_or_default())
        }
    };
    entry.add(receipt);
    Ok(())
}

/// Keeps the sums of a person in a session.
async fn put_sums(
    change: &mut Connection,
    (session_id, identity): (&str, &str),
    sums: &ReceivedSums,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO attendance (session_id, identity, sums, bytes) VALUES ($1, $2, $3, $4)
         ON CONFLICT (session_id, identity) DO UPDATE SET sums = excluded.sums, bytes = excluded.bytes",
    )
    .bind(session_id)
    .bind(identity)
    .bind(text(sums)?)
    .bind(signed(sums.wire_bytes.saturating_add(sums.up_bytes)))
    .execute(&mut *change)
    .await?;
    Ok(())
}

/// Keeps the latest figures of the line of a site.
async fn note_line(
    change: &mut Connection,
    receipt: &Receipt,
    line: LineFigures,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO site_line (site, at_ms, bits_per_second, loss_percent, round_trip_ms)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (site) DO UPDATE SET at_ms = excluded.at_ms, bits_per_second = excluded.bits_per_second,
            loss_percent = excluded.loss_percent, round_trip_ms = excluded.round_trip_ms
         WHERE excluded.at_ms >= site_line.at_ms",
    )
    .bind(&receipt.site)
    .bind(signed(receipt.to_ms))
    .bind(signed(line.bits_per_second))
    .bind(line.loss_percent)
    .bind(signed(line.round_trip_ms))
    .execute(&mut *change)
    .await?;
    Ok(())
}

/// Forgets receipts that are too old or too many.
async fn forget_old(change: &mut Connection, now: UnixS) -> Result<u64, StoreError> {
    let oldest_ms = now.0.saturating_mul(1_000).saturating_sub(KEPT_MS);
    let gone = sqlx::query(
        "DELETE FROM receipt WHERE id IN (
            SELECT id FROM (SELECT id, to_ms FROM receipt ORDER BY id LIMIT $1) AS oldest
            WHERE to_ms < $2 OR id <= (SELECT max(id) FROM receipt) - $3)",
    )
    .bind(LOOKED_AT)
    .bind(signed(oldest_ms))
    .bind(ROWS_MAX)
    .execute(&mut *change)
    .await?;
    Ok(gone.rows_affected())
}

fn text(of: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(of).map_err(|error| StoreError::Unreadable(error.to_string()))
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable(error.to_string()))
}

/// The store's integers are signed; what lies past them is the largest.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
