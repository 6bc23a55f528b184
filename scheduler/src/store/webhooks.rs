//! Webhooks as administrators keep them: made, changed, paused, sent back to an event, deleted. What is done is an event of the
//! register.

use booking::UnixS;
use serde_json::{Value, json};

use super::events::Act;
use super::register_events::note;
use super::sessions::{point, seconds};
use super::{Connection, Store, StoreError};

/// Why nothing is sent to a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PausedWhy {
    /// An administrator wanted it.
    ByHand,
    /// The receiver answered that it wants no messages any more.
    Gone,
    /// An event could not be delivered for too long.
    GivenUp,
}

impl PausedWhy {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::ByHand => "by-hand",
            Self::Gone => "gone",
            Self::GivenUp => "given-up",
        }
    }

    fn of(word: &str) -> Result<Self, StoreError> {
        let all = [Self::ByHand, Self::Gone, Self::GivenUp];
        let found = all.into_iter().find(|why| why.word() == word);
        found.ok_or_else(|| StoreError::Unreadable(format!("`{word}` is no reason of a pause")))
    }
}

/// Another program that is told of events.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) url: String,
    /// Kinds of events, such as `session.booked`; empty: all.
    pub(crate) kinds: Vec<String>,
    /// Of its secrets the one that signs.
    pub(crate) generation: i64,
    /// Until when the secret before it signs as well.
    pub(crate) old_until: UnixS,
    /// The number of the last event that was taken or passed over.
    pub(crate) reached: i64,
    /// How often the event after it was tried in vain.
    pub(crate) tries: u32,
    pub(crate) first_try: Option<UnixS>,
    pub(crate) next_try: UnixS,
    pub(crate) paused: Option<(UnixS, PausedWhy)>,
    /// Until when one program alone sends to it.
    pub(crate) leased_until: UnixS,
    /// When a message was taken last.
    pub(crate) taken: Option<UnixS>,
    pub(crate) made: UnixS,
}

#[derive(sqlx::FromRow)]
pub(super) struct WebhookRow {
    id: String,
    name: String,
    url: String,
    kinds: String,
    generation: i64,
    old_until_s: i64,
    reached: i64,
    tries: i64,
    first_try_s: Option<i64>,
    next_try_s: i64,
    paused_s: Option<i64>,
    paused_why: Option<String>,
    leased_until_s: i64,
    taken_s: Option<i64>,
    made_s: i64,
}

impl WebhookRow {
    pub(super) fn webhook(self) -> Result<Webhook, StoreError> {
        let paused = match self.paused_s.zip(self.paused_why) {
            Some((at_s, why)) => Some((point(at_s)?, PausedWhy::of(&why)?)),
            None => None,
        };
        let kinds = self.kinds.split(',').filter(|kind| !kind.is_empty());
        Ok(Webhook {
            kinds: kinds.map(str::to_owned).collect(),
            id: self.id,
            name: self.name,
            url: self.url,
            generation: self.generation,
            old_until: point(self.old_until_s)?,
            reached: self.reached,
            tries: u32::try_from(self.tries).unwrap_or(u32::MAX),
            first_try: self.first_try_s.map(point).transpose()?,
            next_try: point(self.next_try_s)?,
            paused,
            leased_until: point(self.leased_until_s)?,
            taken: self.taken_s.map(point).transpose()?,
            made: point(self.made_s)?,
        })
    }
}

/// What a webhook is to be.
#[derive(Debug, Clone)]
pub(crate) struct WebhookTerms {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) kinds: Vec<String>,
    pub(crate) paused: bool,
}

impl WebhookTerms {
    /// For the log of what was done: the host alone, as the rest of an address may be secret.
    fn told(&self) -> Value {
        let after = self.url.split_once("//").map_or("", |(_, after)| after);
        let host = after.split(['/', '?', '#']).next().unwrap_or_default();
        json!({ "name": self.name, "host": host, "kinds": self.kinds, "paused": self.paused })
    }
}

impl Store {
    /// All webhooks, oldest first.
    pub(crate) async fn webhooks(&self) -> Result<Vec<Webhook>, StoreError> {
        let rows: Vec<WebhookRow> = sqlx::query_as("SELECT * FROM webhook ORDER BY made_s, id")
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter().map(WebhookRow::webhook).collect()
    }

    /// The webhook of this id.
    pub(crate) async fn webhook(&self, id: &str) -> Result<Option<Webhook>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        webhook(&mut connection, id).await
    }

    /// Makes a webhook that is told of what happens from now on, unless there are `most` already: then none.
    pub(crate) async fn make_webhook(
        &self,
        (id, terms): (&str, &WebhookTerms),
        most: usize,
        act: &Act<'_>,
    ) -> Result<Option<Webhook>, StoreError> {
        let mut change = self.change().await?;
        let there: i64 =
            sqlx::query_scalar("SELECT count(*) FROM webhook").fetch_one(&mut *change).await?;
        if usize::try_from(there).is_ok_and(|there| there >= most) {
            return Ok(None);
        }
        let at_s = seconds(act.at)?;
        sqlx::query(
            "INSERT INTO webhook (id, name, url, kinds, generation, old_until_s, reached, tries, next_try_s, paused_s, paused_why,
                lease, leased_until_s, made_by, made_s)
             VALUES ($1, $2, $3, $4, 1, 0, (SELECT latest FROM event_counter WHERE id = 1), 0, $5, $6, $7, '', 0, $8, $5)",
        )
        .bind(id)
        .bind(&terms.name)
        .bind(&terms.url)
        .bind(terms.kinds.join(","))
        .bind(at_s)
        .bind(terms.paused.then_some(at_s))
        .bind(terms.paused.then_some(PausedWhy::ByHand.word()))
        .bind(act.by)
        .execute(&mut *change)
        .await?;
        note(&mut change, ("webhook", "made", id), &terms.told(), act).await?;
        let made = webhook(&mut change, id).await?;
        change.commit().await?;
        Ok(made)
    }

    /// Makes a webhook what `decide` says of what it is; none if there is no such webhook. What waits is tried at once if it is
    /// sent to again or elsewhere. `decide` may be asked once.
    pub(crate) async fn change_webhook(
        &self,
        id: &str,
        decide: impl FnOnce(&Webhook) -> WebhookTerms + Send,
        act: &Act<'_>,
    ) -> Result<Option<Webhook>, StoreError> {
        let mut change = self.change().await?;
        let Some(before) = webhook(&mut change, id).await? else { return Ok(None) };
        let terms = decide(&before);
        let anew = terms.url != before.url || before.paused.is_some() && !terms.paused;
        let at_s = seconds(act.at)?;
        let (paused_s, paused_why) = match (before.paused, terms.paused) {
            (Some((since, why)), true) => (Some(seconds(since)?), Some(why.word())),
            (None, true) => (Some(at_s), Some(PausedWhy::ByHand.word())),
            (_, false) => (None, None),
        };
        sqlx::query(
            "UPDATE webhook SET name = $1, url = $2, kinds = $3, paused_s = $4, paused_why = $5 WHERE id = $6",
        )
        .bind(&terms.name)
        .bind(&terms.url)
        .bind(terms.kinds.join(","))
        .bind(paused_s)
        .bind(paused_why)
        .bind(id)
        .execute(&mut *change)
        .await?;
        if anew {
            begin_anew(&mut change, id, act.at).await?;
        }
        note(&mut change, ("webhook", "changed", id), &terms.told(), act).await?;
        let after = webhook(&mut change, id).await?;
        change.commit().await?;
        Ok(after)
    }

    /// Gives a webhook another secret; the one before signs beside it until `old_until`.
    pub(crate) async fn renew_webhook_secret(
        &self,
        id: &str,
        old_until: UnixS,
        act: &Act<'_>,
    ) -> Result<Option<Webhook>, StoreError> {
        let mut change = self.change().await?;
        sqlx::query(
            "UPDATE webhook SET generation = generation + 1, old_until_s = $1 WHERE id = $2",
        )
        .bind(seconds(old_until)?)
        .bind(id)
        .execute(&mut *change)
        .await?;
        let Some(after) = webhook(&mut change, id).await? else { return Ok(None) };
        let told = json!({ "generation": after.generation });
        note(&mut change, ("webhook", "secret-renewed", id), &told, act).await?;
        change.commit().await?;
        Ok(Some(after))
    }

    /// Sends a webhook back, or on, to the event after the one of this number. Whoever is sending to it meanwhile cannot say any
    /// more how far that is.
    pub(crate) async fn replay_webhook(
        &self,
        id: &str,
        reached: i64,
        act: &Act<'_>,
    ) -> Result<Option<Webhook>, StoreError> {
        let mut change = self.change().await?;
        sqlx::query(
            "UPDATE webhook SET reached = $1, lease = '', leased_until_s = 0 WHERE id = $2",
        )
        .bind(reached)
        .bind(id)
        .execute(&mut *change)
        .await?;
        begin_anew(&mut change, id, act.at).await?;
        let Some(after) = webhook(&mut change, id).await? else { return Ok(None) };
        note(&mut change, ("webhook", "replayed", id), &json!({ "since": reached }), act).await?;
        change.commit().await?;
        Ok(Some(after))
    }

    /// Deletes a webhook with its tries; false if there is none.
    pub(crate) async fn delete_webhook(&self, id: &str, act: &Act<'_>) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let Some(before) = webhook(&mut change, id).await? else { return Ok(false) };
        for text in
            ["DELETE FROM webhook_try WHERE webhook_id = $1", "DELETE FROM webhook WHERE id = $1"]
        {
            sqlx::query(text).bind(id).execute(&mut *change).await?;
        }
        note(&mut change, ("webhook", "deleted", id), &json!({ "name": before.name }), act).await?;
        change.commit().await?;
        Ok(true)
    }
}

/// Forgets how often the next event was tried: it is tried at once.
async fn begin_anew(change: &mut Connection, id: &str, now: UnixS) -> Result<(), StoreError> {
    sqlx::query("UPDATE webhook SET tries = 0, first_try_s = NULL, next_try_s = $1 WHERE id = $2")
        .bind(seconds(now)?)
        .bind(id)
        .execute(&mut *change)
        .await?;
    Ok(())
}

pub(super) async fn webhook(
    connection: &mut Connection,
    id: &str,
) -> Result<Option<Webhook>, StoreError> {
    let row: Option<WebhookRow> = sqlx::query_as("SELECT * FROM webhook WHERE id = $1")
        .bind(id)
        .fetch_optional(&mut *connection)
        .await?;
    row.map(WebhookRow::webhook).transpose()
}
