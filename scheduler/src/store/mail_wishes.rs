//! What a person wants of mails, and how the people of a session were told.

use booking::UnixS;
use session::Names;

use super::mail_queue::series_of;
use super::sessions::point;
use super::{Store, StoreError};

/// What a person wants of mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MailWish {
    /// The address in the register.
    pub(crate) mail: Option<String>,
    pub(crate) wanted: bool,
    /// `zh` or `en`.
    pub(crate) language: String,
}

/// How one person was told of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MailState {
    pub(crate) person_id: String,
    pub(crate) names: Names,
    /// Whether there is an address.
    pub(crate) has_mail: bool,
    pub(crate) wanted: bool,
    /// Whether a mail waits to be sent.
    pub(crate) waiting: bool,
    /// What became of the latest mail: `sent`, `refused` or `given_up`, when, and what the server said.
    pub(crate) latest: Option<(String, UnixS, Option<String>)>,
}

#[derive(sqlx::FromRow)]
struct StateRow {
    id: String,
    #[sqlx(try_from = "String")]
    names: Names,
    has_mail: i64,
    mail_wanted: i64,
    waiting: i64,
    outcome: Option<String>,
    at_s: Option<i64>,
    reply: Option<String>,
}

impl Store {
    /// What this person wants of mails.
    pub(crate) async fn mail_wish(&self, person_id: &str) -> Result<Option<MailWish>, StoreError> {
        let row: Option<(Option<String>, i64, String)> =
            sqlx::query_as("SELECT mail, mail_wanted, mail_language FROM person WHERE id = $1")
                .bind(person_id)
                .fetch_optional(&self.readers)
                .await?;
        Ok(row.map(|(mail, wanted, language)| MailWish { mail, wanted: wanted == 1, language }))
    }

    /// Says what this person wants of mails.
    pub(crate) async fn put_mail_wish(
        &self,
        person_id: &str,
        (wanted, language): (bool, &str),
    ) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        sqlx::query("UPDATE person SET mail_wanted = $1, mail_language = $2 WHERE id = $3")
            .bind(i64::from(wanted))
            .bind(language)
            .bind(person_id)
            .execute(&mut *change)
            .await?;
        Ok(change.commit().await?)
    }

    /// How the people of a session were told of it, or of the series that it stands in; who was taken out as well, if there was
    /// a mail. In the order of their ids.
    pub(crate) async fn mails_of_session(
        &self,
        session_id: &str,
    ) -> Result<Vec<MailState>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let series = series_of(&mut connection, session_id).await?;
        let subject_id = series.as_deref().unwrap_or(session_id);
        let rows: Vec<StateRow> = sqlx::query_as(
            "SELECT p.id, p.names, CASE WHEN p.mail IS NULL THEN 0 ELSE 1 END AS has_mail, p.mail_wanted,
                    CASE WHEN EXISTS (SELECT 1 FROM mail_outbox o WHERE o.subject_id = $2 AND o.person_id = p.id)
                         THEN 1 ELSE 0 END AS waiting, t.outcome, t.at_s, t.reply
             FROM person p LEFT JOIN mail_told t ON t.subject_id = $2 AND t.person_id = p.id
             WHERE t.outcome IS NOT NULL OR p.id IN (SELECT person_id FROM participant WHERE session_id = $1)
             ORDER BY p.id",
        )
        .bind(session_id)
        .bind(subject_id)
        .fetch_all(&mut *connection)
        .await?;
        rows.into_iter().map(StateRow::state).collect()
    }
}

impl StateRow {
    fn state(self) -> Result<MailState, StoreError> {
        let latest = match self.outcome.zip(self.at_s) {
            Some((outcome, at_s)) => Some((outcome, point(at_s)?, self.reply)),
            None => None,
        };
        Ok(MailState {
            person_id: self.id,
            names: self.names,
            has_mail: self.has_mail == 1,
            wanted: self.mail_wanted == 1,
            waiting: self.waiting == 1,
            latest,
        })
    }
}
