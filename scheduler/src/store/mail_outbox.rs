//! The outbox of mails: who of several schedulers sends, what is due, and what became of it.

use booking::UnixS;
use session::Names;

use super::sessions::{point, seconds};
use super::{Store, StoreError};

/// How mails are sent, as every change of the store has to know it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MailRules {
    /// How long a mail waits for further changes, seconds.
    pub(crate) delay_s: u64,
    /// Most entries of the outbox.
    pub(crate) waiting_max: u32,
}

/// Of what somebody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MailSubject {
    /// A session, by id.
    Session(String),
    /// A series, by id.
    Series(String),
}

/// Whom a mail is for, as the register has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recipient {
    pub(crate) id: String,
    pub(crate) names: Names,
    /// None if there is no address, or no mail is wanted, or the person is retired.
    pub(crate) mail: Option<String>,
    /// `zh` or `en`.
    pub(crate) language: String,
}

/// What the server took last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MailTold {
    /// `request` or `cancel`.
    pub(crate) method: String,
    pub(crate) sequence: i64,
    /// What was agreed, as JSON.
    pub(crate) terms: String,
}

/// A mail as it is sent, the same in every try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SettledMail {
    pub(crate) recipient: String,
    /// All of it (RFC 5322), ASCII.
    pub(crate) message: String,
}

/// What a mail tells, kept to know what the person was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MailFacts {
    /// `request` or `cancel`.
    pub(crate) method: &'static str,
    pub(crate) sequence: i64,
    /// What is agreed, as JSON.
    pub(crate) terms: String,
}

/// An entry whose time has come.
#[derive(Debug, Clone)]
pub(crate) struct DueMail {
    pub(crate) id: String,
    pub(crate) subject: MailSubject,
    pub(crate) recipient: Recipient,
    pub(crate) reason: Option<String>,
    pub(crate) queued: UnixS,
    /// Tries before this one.
    pub(crate) tries: u32,
    /// Grows with each change that joins the entry.
    pub(crate) changes: i64,
    /// Set if it was being sent before.
    pub(crate) settled: Option<SettledMail>,
    pub(crate) told: Option<MailTold>,
}

#[derive(sqlx::FromRow)]
struct DueRow {
    id: String,
    subject_kind: String,
    subject_id: String,
    person_id: String,
    reason: Option<String>,
    queued_s: i64,
    tries: i64,
    changes: i64,
    recipient: Option<String>,
    message: Option<String>,
    #[sqlx(try_from = "String")]
    names: Names,
    mail: Option<String>,
    mail_language: String,
    told_method: Option<String>,
    told_sequence: Option<i64>,
    told_terms: Option<String>,
}

impl DueRow {
    fn due(self) -> Result<DueMail, StoreError> {
        let subject = match self.subject_kind.as_str() {
            "series" => MailSubject::Series(self.subject_id),
            _ => MailSubject::Session(self.subject_id),
        };
        let told = self.told_method.zip(self.told_sequence).zip(self.told_terms);
        let told = told.map(|((method, sequence), terms)| MailTold { method, sequence, terms });
        let settled = self.recipient.zip(self.message);
        Ok(DueMail {
            id: self.id,
            subject,
            recipient: Recipient {
                id: self.person_id,
                names: self.names,
                mail: self.mail,
                language: self.mail_language,
            },
            reason: self.reason,
            queued: point(self.queued_s)?,
            tries: u32::try_from(self.tries).unwrap_or(u32::MAX),
            changes: self.changes,
            settled: settled.map(|(recipient, message)| SettledMail { recipient, message }),
            told,
        })
    }
}

impl Store {
    /// Says how mails are sent from now on, or that none are: what waits is kept for when they are again.
    pub(crate) async fn set_mail_rules(&self, rules: Option<MailRules>) -> Result<(), StoreError> {
        let delay_s = rules.map_or(0, |rules| rules.delay_s);
        let (enabled, delay_s, waiting_max) = (
            i64::from(rules.is_some()),
            i64::try_from(delay_s).unwrap_or(i64::MAX),
            rules.map_or(0, |rules| i64::from(rules.waiting_max)),
        );
        let now: (i64, i64, i64) =
            sqlx::query_as("SELECT enabled, delay_s, waiting_max FROM mail_sender WHERE id = 1")
                .fetch_one(&self.readers)
                .await?;
        // A start beside programs that write all the time does not wait for its turn to write nothing.
        if now == (enabled, delay_s, waiting_max) {
            return Ok(());
        }
        let mut change = self.change().await?;
        sqlx::query(
            "UPDATE mail_sender SET enabled = $1, delay_s = $2, waiting_max = $3 WHERE id = 1",
        )
        .bind(enabled)
        .bind(delay_s)
        .bind(waiting_max)
        .execute(&mut *change)
        .await?;
        Ok(change.commit().await?)
    }

    /// How many entries wait, whether one of them is due, and how many found no room so far.
    pub(crate) async fn mails_waiting(&self, now: UnixS) -> Result<(i64, bool, i64), StoreError> {
        let (waiting, due, dropped): (i64, i64, i64) = sqlx::query_as(
            "SELECT count(o.id), CAST(coalesce(sum(CASE WHEN o.due_s <= $1 THEN 1 ELSE 0 END), 0) AS BIGINT),
                    min(s.dropped)
             FROM mail_sender s LEFT JOIN mail_outbox o ON 1 = 1 WHERE s.id = 1",
        )
        .bind(seconds(now)?)
        .fetch_one(&self.readers)
        .await?;
        Ok((waiting, due > 0, dropped))
    }

    /// Makes `holder` the one who sends until `until`, unless another one is. Whether it is now.
    pub(crate) async fn hold_mails(
        &self,
        holder: &str,
        now: UnixS,
        until: UnixS,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let held = sqlx::query(
            "UPDATE mail_sender SET holder = $1, until_s = $2 WHERE id = 1 AND (holder = $1 OR until_s <= $3)",
        )
        .bind(holder)
        .bind(seconds(until)?)
        .bind(seconds(now)?)
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        Ok(held.rows_affected() > 0)
    }

    /// `holder` sends no more: another one need not wait.
    pub(crate) async fn release_mails(&self, holder: &str) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        sqlx::query("UPDATE mail_sender SET until_s = 0 WHERE id = 1 AND holder = $1")
            .bind(holder)
            .execute(&mut *change)
            .await?;
        Ok(change.commit().await?)
    }

    /// The entry that is due first. Of one person and session what is being sent comes before what waits.
    pub(crate) async fn due_mail(&self, now: UnixS) -> Result<Option<DueMail>, StoreError> {
        let row: Option<DueRow> = sqlx::query_as(
            "SELECT o.id, o.subject_kind, o.subject_id, o.person_id, o.reason, o.queued_s, o.tries, o.changes,
                    o.recipient, o.message, p.names, p.mail_language,
                    CASE WHEN p.mail_wanted = 1 AND p.retired_s IS NULL THEN p.mail END AS mail,
                    t.method AS told_method, t.sequence AS told_sequence, t.terms AS told_terms
             FROM mail_outbox o JOIN person p ON p.id = o.person_id
             LEFT JOIN mail_told t ON t.subject_id = o.subject_id AND t.person_id = o.person_id
             WHERE o.due_s <= $1 AND (o.message IS NOT NULL OR NOT EXISTS
                (SELECT 1 FROM mail_outbox s WHERE s.subject_id = o.subject_id AND s.person_id = o.person_id
                    AND s.message IS NOT NULL))
             ORDER BY o.due_s, o.id LIMIT 1",
        )
        .bind(seconds(now)?)
        .fetch_optional(&self.readers)
        .await?;
        row.map(DueRow::due).transpose()
    }

    /// Settles what is sent for an entry, unless it changed since it was read or `holder` is not the one who sends.
    pub(crate) async fn settle_mail(
        &self,
        due: &DueMail,
        (mail, facts): (&SettledMail, &MailFacts),
        (holder, now): (&str, UnixS),
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let settled = sqlx::query(
            "UPDATE mail_outbox SET recipient = $1, message = $2, method = $3, sequence = $4, terms = $5
             WHERE id = $6 AND changes = $7 AND message IS NULL
               AND EXISTS (SELECT 1 FROM mail_sender WHERE holder = $8 AND until_s > $9)",
        )
        .bind(&mail.recipient)
        .bind(&mail.message)
        .bind(facts.method)
        .bind(facts.sequence)
        .bind(&facts.terms)
        .bind(&due.id)
        .bind(due.changes)
        .bind(holder)
        .bind(seconds(now)?)
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        Ok(settled.rows_affected() > 0)
    }

    /// There is nothing to tell, or nobody: the entry goes, unless it changed since it was read.
    pub(crate) async fn forget_mail(&self, due: &DueMail) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        sqlx::query("DELETE FROM mail_outbox WHERE id = $1 AND changes = $2")
            .bind(&due.id)
            .bind(due.changes)
            .execute(&mut *change)
            .await?;
        Ok(change.commit().await?)
    }

    /// The server has taken an entry.
    pub(crate) async fn mail_sent(&self, id: &str, now: UnixS) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        sqlx::query(
            "INSERT INTO mail_told (subject_id, person_id, method, sequence, terms, outcome, at_s)
             SELECT subject_id, person_id, method, sequence, terms, 'sent', CAST($1 AS BIGINT) FROM mail_outbox WHERE id = $2
             ON CONFLICT (subject_id, person_id) DO UPDATE SET method = excluded.method, sequence = excluded.sequence,
                terms = excluded.terms, outcome = excluded.outcome, at_s = excluded.at_s, reply = NULL",
        )
        .bind(seconds(now)?)
        .bind(id)
        .execute(&mut *change)
        .await?;
        sqlx::query("DELETE FROM mail_outbox WHERE id = $1").bind(id).execute(&mut *change).await?;
        Ok(change.commit().await?)
    }

    /// An entry is not tried again: `refused` by the server in these words, or `given_up`.
    pub(crate) async fn mail_failed(
        &self,
        id: &str,
        (outcome, reply): (&'static str, &str),
        now: UnixS,
    ) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        sqlx::query(
            "INSERT INTO mail_told (subject_id, person_id, outcome, at_s, reply)
             SELECT subject_id, person_id, CAST($1 AS TEXT), CAST($2 AS BIGINT), CAST($3 AS TEXT) FROM mail_outbox WHERE id = $4
             ON CONFLICT (subject_id, person_id) DO UPDATE SET outcome = excluded.outcome, at_s = excluded.at_s,
                reply = excluded.reply",
        )
        .bind(outcome)
        .bind(seconds(now)?)
        .bind(reply)
        .bind(id)
        .execute(&mut *change)
        .await?;
        sqlx::query("DELETE FROM mail_outbox WHERE id = $1").bind(id).execute(&mut *change).await?;
        Ok(change.commit().await?)
    }

    /// An entry is tried again at `due`. If the server surely has not taken it (`untaken`), later changes join it; a later entry of
    /// the same person and session takes its place. The mail of a reminder, which has no method, stays as it is.
    pub(crate) async fn put_off_mail(
        &self,
        id: &str,
        due: UnixS,
        untaken: bool,
    ) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        if untaken {
            sqlx::query(
                "DELETE FROM mail_outbox WHERE id = $1 AND EXISTS
                    (SELECT 1 FROM mail_outbox s WHERE s.subject_id = mail_outbox.subject_id
                        AND s.person_id = mail_outbox.person_id AND s.message IS NULL AND s.id <> $1)",
            )
            .bind(id)
            .execute(&mut *change)
            .await?;
        }
        sqlx::query(
            "UPDATE mail_outbox SET due_s = $1, tries = tries + 1,
                message = CASE WHEN $2 = 1 AND method IS NOT NULL THEN NULL ELSE message END WHERE id = $3",
        )
        .bind(seconds(due)?)
        .bind(i64::from(untaken))
        .bind(id)
        .execute(&mut *change)
        .await?;
        Ok(change.commit().await?)
    }
}
