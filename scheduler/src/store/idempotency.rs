//! Answers kept for requests that may be sent twice (Idempotency-Key).

use booking::UnixS;

use super::sessions::seconds;
use super::{Connection, Store, StoreError};

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

impl Store {
    /// Whether a request with this key was answered before, in whatever way.
    pub(crate) async fn is_answered(&self, key: &Key) -> Result<bool, StoreError> {
        let found: Option<String> =
            sqlx::query_scalar("SELECT key FROM idempotency WHERE person_id = $1 AND key = $2")
                .bind(&key.person_id)
                .bind(&key.key)
                .fetch_optional(&self.readers)
                .await?;
        Ok(found.is_some())
    }
}

/// What is known of `key` at `now`; an answer that is older than is kept is forgotten.
pub(super) async fn look_up(
    connection: &mut Connection,
    key: &Key,
    bounds: Bounds,
    now: UnixS,
) -> Result<EarlierAnswer, StoreError> {
    let row: Option<(Vec<u8>, String, String)> = sqlx::query_as(
        "SELECT request_sha256, session_id, answer FROM idempotency
         WHERE person_id = $1 AND key = $2 AND kept_s >= $3",
    )
    .bind(&key.person_id)
    .bind(&key.key)
    .bind(seconds(now.minus(bounds.keep_s))?)
    .fetch_optional(&mut *connection)
    .await?;
    Ok(match row {
        None => EarlierAnswer::New,
        Some((request, session_id, answer)) if request == key.request_sha256 => {
            EarlierAnswer::Same { session_id, answer }
        }
        Some(_) => EarlierAnswer::Other,
    })
}

/// Keeps an answer; those that are too old go, and over the bound the oldest. Gives how many went before their time.
pub(super) async fn keep(
    change: &mut Connection,
    key: &Key,
    session_id: &str,
    answer: &str,
    bounds: Bounds,
    now: UnixS,
) -> Result<u64, StoreError> {
    sqlx::query("DELETE FROM idempotency WHERE kept_s < $1")
        .bind(seconds(now.minus(bounds.keep_s))?)
        .execute(&mut *change)
        .await?;
    sqlx::query(
        "INSERT INTO idempotency (person_id, key, request_sha256, session_id, answer, kept_s) VALUES ($1, $2, $3, $4, $5, $6)",
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
        "DELETE FROM idempotency WHERE id <= (SELECT id FROM idempotency ORDER BY id DESC LIMIT 1 OFFSET $1)",
    )
    .bind(i64::try_from(bounds.rows_max).unwrap_or(i64::MAX))
    .execute(&mut *change)
    .await?;
    Ok(gone.rows_affected())
}
