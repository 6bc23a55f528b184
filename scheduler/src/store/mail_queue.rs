//! Who is to be told by mail of what happened to a session: an entry of the outbox, written in the transaction of the change
//! itself, so that neither is there without the other.

use std::collections::BTreeSet;

use booking::UnixS;

use super::sessions::seconds;
use super::{Connection, StoreError};

/// What happened, as far as mails need it.
#[derive(Debug, Clone, Copy)]
pub(super) struct News<'a> {
    pub(super) session_id: &'a str,
    pub(super) at: UnixS,
    pub(super) reason: Option<&'a str>,
}

/// Notes that these people are to be told of a session, or of the series that it stands in. Who has no address or wants no
/// mail is not; what finds no room in the outbox is counted and holds nobody up. Nothing is noted where no mails are sent.
pub(super) async fn queue(
    change: &mut Connection,
    people: &BTreeSet<&str>,
    news: &News<'_>,
) -> Result<(), StoreError> {
    let sender: Option<(i64, i64)> =
        sqlx::query_as("SELECT delay_s, waiting_max FROM mail_sender WHERE enabled = 1")
            .fetch_optional(&mut *change)
            .await?;
    let Some((delay_s, waiting_max)) = sender else { return Ok(()) };
    let series = series_of(change, news.session_id).await?;
    let (kind, subject_id) = match &series {
        Some(id) => ("series", id.as_str()),
        None => ("session", news.session_id),
    };
    for person_id in people {
        let joined = sqlx::query(
            "UPDATE mail_outbox SET reason = coalesce($1, reason), changes = changes + 1
             WHERE subject_id = $2 AND person_id = $3 AND message IS NULL",
        )
        .bind(news.reason)
        .bind(subject_id)
        .bind(*person_id)
        .execute(&mut *change)
        .await?;
        if joined.rows_affected() > 0 || !is_told(change, person_id).await? {
            continue;
        }
        let waiting: i64 =
            sqlx::query_scalar("SELECT count(*) FROM mail_outbox").fetch_one(&mut *change).await?;
        if waiting >= waiting_max {
            sqlx::query("UPDATE mail_sender SET dropped = dropped + 1 WHERE id = 1")
                .execute(&mut *change)
                .await?;
            continue;
        }
        let queued_s = seconds(news.at)?;
        sqlx::query(
            "INSERT INTO mail_outbox (id, subject_kind, subject_id, person_id, reason, queued_s, due_s)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(uuid::Uuid::now_v7().to_string())
        .bind(kind)
        .bind(subject_id)
        .bind(*person_id)
        .bind(news.reason)
        .bind(queued_s)
        .bind(queued_s.saturating_add(delay_s))
        .execute(&mut *change)
        .await?;
    }
    Ok(())
}

/// A session has become one of a series: what is to be told of it is told of the series.
pub(super) async fn adopt(
    change: &mut Connection,
    session_id: &str,
    series_id: &str,
) -> Result<(), StoreError> {
    for text in [
        "UPDATE mail_outbox SET changes = changes + 1 WHERE subject_id = $2 AND message IS NULL AND person_id IN
            (SELECT person_id FROM mail_outbox WHERE subject_id = $1)",
        "DELETE FROM mail_outbox WHERE subject_id = $1 AND message IS NULL AND person_id IN
            (SELECT person_id FROM mail_outbox WHERE subject_id = $2 AND message IS NULL)",
        "UPDATE mail_outbox SET subject_kind = 'series', subject_id = $2 WHERE subject_id = $1 AND message IS NULL",
    ] {
        sqlx::query(text).bind(session_id).bind(series_id).execute(&mut *change).await?;
    }
    Ok(())
}

/// The series in which a session stands, if any.
pub(super) async fn series_of(
    connection: &mut Connection,
    session_id: &str,
) -> Result<Option<String>, StoreError> {
    let found = sqlx::query_scalar(
        "SELECT series_id FROM occurrence WHERE session_id = $1 OR made_up_by = $1 LIMIT 1",
    )
    .bind(session_id)
    .fetch_optional(connection)
    .await?;
    Ok(found)
}

/// Whether a person has an address and wants mails.
async fn is_told(change: &mut Connection, person_id: &str) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT 1 FROM person WHERE id = $1 AND mail IS NOT NULL AND mail_wanted = 1",
    )
    .bind(person_id)
    .fetch_optional(change)
    .await?;
    Ok(found.is_some())
}
