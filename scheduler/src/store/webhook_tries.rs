//! Sending to webhooks, as the store sees it: who may send, how far that is, and what became of the latest tries.

use booking::UnixS;
use serde_json::json;

use super::events::Act;
use super::register_events::note;
use super::sessions::{point, seconds};
use super::webhooks::{PausedWhy, Webhook, webhook};
use super::{Connection, Store, StoreError};
use crate::webhook::Tried;

/// Who has paused a webhook, in the events of the register.
const BY: &str = "webhooks";

/// Of each webhook so many tries are kept, the latest.
const TRIES_KEPT: i64 = 100;

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WebhookTry {
    /// The event's number; none: a test.
    pub(crate) number: Option<i64>,
    pub(crate) at: UnixS,
    pub(crate) ms: u64,
    /// What the receiver answered, if it did.
    pub(crate) status: Option<u16>,
    /// A word; none: it has taken the message.
    pub(crate) failure: Option<String>,
}

impl WebhookTry {
    /// A try that ended `at`: of the event of this number, or a test.
    pub(crate) fn new(number: Option<i64>, at: UnixS, tried: &Tried) -> Self {
        let failure = tried.failure.map(|failure| failure.word().to_owned());
        Self { number, at, ms: tried.ms, status: tried.status, failure }
    }
}

/// What follows from a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterTry {
    /// The event was taken; this program goes on, and alone may do so until then.
    Taken { leased_until: UnixS },
    /// The event is tried again then; anybody may do it.
    Again { next_try: UnixS },
    /// Nothing is sent any more.
    Paused(PausedWhy),
}

impl Store {
    /// The ids of those to which something is to be sent now, the one that waits longest first, at most `most`.
    pub(crate) async fn due_webhooks(
        &self,
        now: UnixS,
        most: usize,
    ) -> Result<Vec<String>, StoreError> {
        let ids = sqlx::query_scalar(
            "SELECT id FROM webhook WHERE paused_s IS NULL AND next_try_s <= $1 AND leased_until_s <= $1
               AND reached < (SELECT latest FROM event_counter WHERE id = 1) ORDER BY next_try_s, id LIMIT $2",
        )
        .bind(seconds(now)?)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        Ok(ids)
    }

    /// Gives `holder` alone the right to send to a webhook until then; none if somebody has it, or nothing is to be sent now.
    pub(crate) async fn lease_webhook(
        &self,
        id: &str,
        holder: &str,
        (now, until): (UnixS, UnixS),
    ) -> Result<Option<Webhook>, StoreError> {
        let mut change = self.change().await?;
        let leased = sqlx::query(
            "UPDATE webhook SET lease = $1, leased_until_s = $2
             WHERE id = $3 AND paused_s IS NULL AND next_try_s <= $4 AND (leased_until_s <= $4 OR lease = $1)",
        )
        .bind(holder)
        .bind(seconds(until)?)
        .bind(id)
        .bind(seconds(now)?)
        .execute(&mut *change)
        .await?;
        if leased.rows_affected() == 0 {
            return Ok(None);
        }
        let leased = webhook(&mut change, id).await?;
        change.commit().await?;
        Ok(leased)
    }

    /// Writes down what became of a try of the event `number`, and what follows from it, if `holder` still may send: else nothing
    /// is written, and none is given back. Of the tries the latest are kept.
    pub(crate) async fn keep_try(
        &self,
        (id, holder): (&str, &str),
        (number, tried): (i64, &WebhookTry),
        after: AfterTry,
    ) -> Result<Option<Webhook>, StoreError> {
        let mut change = self.change().await?;
        let at_s = seconds(tried.at)?;
        let done = match after {
            AfterTry::Taken { leased_until } => sqlx::query(
                "UPDATE webhook SET reached = $3, tries = 0, first_try_s = NULL, next_try_s = 0, taken_s = $4, leased_until_s = $5
                 WHERE id = $1 AND lease = $2",
            )
            .bind(id)
            .bind(holder)
            .bind(number)
            .bind(at_s)
            .bind(seconds(leased_until)?),
            AfterTry::Again { next_try } => sqlx::query(
                "UPDATE webhook SET reached = $3, tries = tries + 1, first_try_s = coalesce(first_try_s, $4), next_try_s = $5,
                    leased_until_s = 0 WHERE id = $1 AND lease = $2",
            )
            .bind(id)
            .bind(holder)
            .bind(number.saturating_sub(1))
            .bind(at_s)
            .bind(seconds(next_try)?),
            AfterTry::Paused(why) => sqlx::query(
                "UPDATE webhook SET reached = $3, tries = tries + 1, first_try_s = coalesce(first_try_s, $4), leased_until_s = 0,
                    paused_s = coalesce(paused_s, $4), paused_why = coalesce(paused_why, $5) WHERE id = $1 AND lease = $2",
            )
            .bind(id)
            .bind(holder)
            .bind(number.saturating_sub(1))
            .bind(at_s)
            .bind(why.word()),
        };
        if done.execute(&mut *change).await?.rows_affected() == 0 {
            return Ok(None);
        }
        insert(&mut change, id, tried).await?;
        let kept = webhook(&mut change, id).await?;
        if let (AfterTry::Paused(why), Some(kept)) = (after, &kept) {
            let told = json!({ "name": kept.name, "why": why.word() });
            let act = Act { by: BY, at: tried.at, reason: None };
            note(&mut change, ("webhook", "paused", id), &told, &act).await?;
        }
        change.commit().await?;
        Ok(kept)
    }

    /// Writes down what became of a test, unless the webhook is gone.
    pub(crate) async fn keep_test(&self, id: &str, tried: &WebhookTry) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        if webhook(&mut change, id).await?.is_some() {
            insert(&mut change, id, tried).await?;
            change.commit().await?;
        }
        Ok(())
    }

    /// Says that all events up to this number were taken or are not wanted, and that `holder` sends no more for now.
    pub(crate) async fn leave_webhook(
        &self,
        (id, holder): (&str, &str),
        reached: i64,
    ) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        sqlx::query(
            "UPDATE webhook SET reached = $1, leased_until_s = 0 WHERE id = $2 AND lease = $3",
        )
        .bind(reached)
        .bind(id)
        .bind(holder)
        .execute(&mut *change)
        .await?;
        Ok(change.commit().await?)
    }

    /// Gives back all that `holder` alone may send to: it has stopped.
    pub(crate) async fn leave_webhooks(&self, holder: &str) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        sqlx::query("UPDATE webhook SET leased_until_s = 0 WHERE lease = $1")
            .bind(holder)
            .execute(&mut *change)
            .await?;
        Ok(change.commit().await?)
    }

    /// The tries of a webhook that are kept, the latest first.
    pub(crate) async fn webhook_tries(&self, id: &str) -> Result<Vec<WebhookTry>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT number, at_s, ms, status, failure FROM webhook_try WHERE webhook_id = $1 ORDER BY id DESC",
        )
        .bind(id)
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(tried).collect()
    }

    /// The latest of them that failed.
    pub(crate) async fn last_webhook_failure(
        &self,
        id: &str,
    ) -> Result<Option<WebhookTry>, StoreError> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT number, at_s, ms, status, failure FROM webhook_try
             WHERE webhook_id = $1 AND failure IS NOT NULL ORDER BY id DESC LIMIT 1",
        )
        .bind(id)
        .fetch_optional(&self.readers)
        .await?;
        row.map(tried).transpose()
    }
}

type Row = (Option<i64>, i64, i64, Option<i64>, Option<String>);

fn tried((number, at_s, ms, status, failure): Row) -> Result<WebhookTry, StoreError> {
    let status = status.and_then(|status| u16::try_from(status).ok());
    let ms = u64::try_from(ms).unwrap_or_default();
    Ok(WebhookTry { number, at: point(at_s)?, ms, status, failure })
}

async fn insert(change: &mut Connection, id: &str, tried: &WebhookTry) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO webhook_try (webhook_id, number, at_s, ms, status, failure) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(tried.number)
    .bind(seconds(tried.at)?)
    .bind(i64::try_from(tried.ms).unwrap_or(i64::MAX))
    .bind(tried.status.map(i64::from))
    .bind(tried.failure.as_deref())
    .execute(&mut *change)
    .await?;
    sqlx::query(
        "DELETE FROM webhook_try WHERE webhook_id = $1 AND id <=
            (SELECT id FROM webhook_try WHERE webhook_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
    )
    .bind(id)
    .bind(TRIES_KEPT)
    .execute(&mut *change)
    .await?;
    Ok(())
}
