//! Answers kept for requests that may be sent twice (Idempotency-Key).

use booking::UnixS;
use sqlx::SqliteConnection;

use super::StoreError;
use super::sessions::seconds;

/// A client's name for one request, and what the request was.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// Whose request; keys of two people never meet.
    pub(crate) person_id: String,
    /// The header's value.
    pub(crate) key: String,
    /// SHA-256 of the request's body.
    pub(crate) request_sha256: [u8; 32],
}

/// How many answers are kept, and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) rows_max: u64,
    pub(crate) keep_s: u64,
}

/// What is known of a key.
pub(super) enum EarlierAnswer {
    /// Never seen, or too long ago.
    New,
    /// The same request was answered with this.
    Same { session_id: String, answer: String },
    /// Another request used the key.
    Other,
}

pub(super) async fn look_up(
    change: &mut SqliteConnection,
    key: &Key,
    bounds: Bounds,
    now: UnixS,
) -> Result<EarlierAnswer, StoreError> {
    sqlx::query("DELETE FROM idempotency WHERE kept_s < ?")
        .bind(seconds(now.minus(bounds.keep_s))?)
        .execute(&mut *change)
        .await?;
    let row: Option<(Vec<u8>, String, String)> = sqlx::query_as(
        "SELECT request_sha256, session_id, answer FROM idempotency WHERE person_id = ? AND key = ?",
    )
    .bind(&key.person_id)
    .bind(&key.key)
    .fetch_optional(&mut *change)
    .await?;
    Ok(match row {
        None => EarlierAnswer::New,
        Some((request, session_id, answer)) if request == key.request_sha256 => {
            EarlierAnswer::Same { session_id, answer }
        }
        Some(_) => EarlierAnswer::Other,
    })
}

/// Keeps an answer; over the bound the oldest go. Gives how many went before their time.
pub(super) async fn keep(
    change: &mut SqliteConnection,
    key: &Key,
    session_id: &str,
    answer: &str,
    bounds: Bounds,
    now: UnixS,
) -> Result<u64, StoreError> {
    sqlx::query(
        "INSERT INTO idempotency (person_id, key, request_sha256, session_id, answer, kept_s) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(&key.person_id)
    .bind(&key.key)
    .bind(key.request_sha256.as_slice())
    .bind(session_id)
    .bind(answer)
    .bind(seconds(now)?)
    .execute(&mut *change)
    .await?;
    let gone = sqlx::query(
        "DELETE FROM idempotency WHERE id IN (SELECT id FROM idempotency ORDER BY id DESC LIMIT -1 OFFSET ?)",
    )
    .bind(i64::try_from(bounds.rows_max).unwrap_or(i64::MAX))
    .execute(&mut *change)
    .await?;
    Ok(gone.rows_affected())
}
