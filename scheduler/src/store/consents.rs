//! Consents of patients, and what the sessions of their cases may do: both are written with the step that changes them.

use booking::UnixS;
use consultation::{Case, ConsentForm, ConsentGiver, ConsentPurpose};
use session::{Clearance, Language, Names};

use super::case_events::tell;
use super::cases::{CareCase, count};
use super::events::Act;
use super::names::names_if;
use super::sessions::{point, seconds, word};
use super::{Connection, Store, StoreError};

/// How a consent is given; checked by [`consultation::check_consent`] before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConsentGiven<'a> {
    pub(crate) giver: ConsentGiver,
    /// Empty for the patient.
    pub(crate) name: &'a str,
    pub(crate) form: ConsentForm,
    /// Empty for what is on paper.
    pub(crate) witness: &'a str,
    /// In which it was read to who consents.
    pub(crate) language: Language,
    /// Of the text that was read.
    pub(crate) text_id: &'a str,
    /// Empty for a recording.
    pub(crate) fee: &'a str,
}

/// A consent as it was given, without what is the same for who withdraws it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConsentKept {
    pub(crate) giver: ConsentGiver,
    pub(crate) name: String,
    pub(crate) form: ConsentForm,
    pub(crate) witness: String,
    pub(crate) language: Language,
    pub(crate) text_id: String,
    pub(crate) fee: String,
}

/// One line of what was given and withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConsentLine {
    pub(crate) purpose: ConsentPurpose,
    /// None of one that is withdrawn.
    pub(crate) given: Option<ConsentKept>,
    pub(crate) at: UnixS,
    pub(crate) by_id: String,
    pub(crate) by_names: Option<Names>,
}

#[derive(sqlx::FromRow)]
struct ConsentRow {
    purpose: String,
    giver: Option<String>,
    giver_name: Option<String>,
    form: Option<String>,
    witness: Option<String>,
    language: Option<String>,
    text_id: Option<String>,
    fee: Option<String>,
    at_s: i64,
    by_id: String,
    by_names: Option<String>,
}

impl ConsentRow {
    fn line(self) -> Result<ConsentLine, StoreError> {
        let given = match (self.giver, self.form, self.language) {
            (Some(giver), Some(form), Some(language)) => Some(ConsentKept {
                giver: word(&giver)?,
                name: self.giver_name.unwrap_or_default(),
                form: word(&form)?,
                witness: self.witness.unwrap_or_default(),
                language: word(&language)?,
                text_id: self.text_id.unwrap_or_default(),
                fee: self.fee.unwrap_or_default(),
            }),
            _ => None,
        };
        Ok(ConsentLine {
            purpose: word(&self.purpose)?,
            given,
            at: point(self.at_s)?,
            by_id: self.by_id,
            by_names: names_if(self.by_names)?,
        })
    }
}

impl Store {
    /// What was consented to and withdrawn in a case, the first one first. To be handed out only after it was written down who
    /// reads it.
    pub(crate) async fn consents(&self, case_id: &str) -> Result<Vec<ConsentLine>, StoreError> {
        let rows: Vec<ConsentRow> = sqlx::query_as(
            "SELECT purpose, giver, giver_name, form, witness, language, text_id, fee, at_s, by_id, person.names AS by_names
             FROM care_case_consent LEFT JOIN person ON person.id = by_id WHERE case_id = $1 ORDER BY version",
        )
        .bind(case_id)
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(ConsentRow::line).collect()
    }

    /// What a session may do now that has, or had, a case; none of one that never had any.
    pub(crate) async fn clearance(
        &self,
        session_id: &str,
    ) -> Result<Option<Clearance>, StoreError> {
        let row: Option<(i64, i64, i64)> = sqlx::query_as(
            "SELECT version, media, recording FROM session_clearance WHERE session_id = $1",
        )
        .bind(session_id)
        .fetch_optional(&self.readers)
        .await?;
        let clearance = |(version, media, recording): (i64, i64, i64)| {
            Ok(Clearance { version: count(version)?, media: media != 0, recording: recording != 0 })
        };
        row.map(clearance).transpose()
    }

    /// Of the cases that ever had this session: how many patients have gone back on the consent to its recording, and how many
    /// cases there are.
    pub(crate) async fn recordings_withdrawn(
        &self,
        session_id: &str,
    ) -> Result<(i64, i64), StoreError> {
        let found = sqlx::query_as(
            "WITH had AS (SELECT DISTINCT case_id FROM care_case_event WHERE kind = 'schedule' AND about = $1),
                  last AS (SELECT (SELECT state FROM care_case_consent WHERE case_id = had.case_id AND purpose = $2
                                   ORDER BY version DESC LIMIT 1) AS state FROM had)
             SELECT (SELECT count(*) FROM last WHERE state = 'withdrawn'), (SELECT count(*) FROM last)",
        )
        .bind(session_id)
        .bind(ConsentPurpose::Recording.as_str())
        .fetch_one(&self.readers)
        .await?;
        Ok(found)
    }

    /// The MAC of the card that was shown when a case was requested.
    pub(crate) async fn case_card(&self, case_id: &str) -> Result<Option<String>, StoreError> {
        let found = sqlx::query_scalar("SELECT card_mac FROM care_case_text WHERE case_id = $1")
            .bind(case_id)
            .fetch_optional(&self.readers)
            .await?;
        Ok(found)
    }

    /// The case that has this session and is not over, or the latest that had it.
    pub(crate) async fn case_of_session(
        &self,
        session_id: &str,
    ) -> Result<Option<CareCase>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let id: Option<String> = sqlx::query_scalar(
            "SELECT id FROM care_case WHERE session_id = $1
             ORDER BY CASE WHEN state IN ('closed', 'cancelled') THEN 1 ELSE 0 END, id DESC LIMIT 1",
        )
        .bind(session_id)
        .fetch_optional(&mut *connection)
        .await?;
        match id {
            Some(id) => Ok(super::cases::load(&mut connection, &[id]).await?.pop()),
            None => Ok(None),
        }
    }
}

/// Keeps that a consent is given, or withdrawn if it is not said how.
pub(super) async fn keep_consent(
    change: &mut Connection,
    (case_id, version): (&str, i64),
    (purpose, given): (ConsentPurpose, Option<&ConsentGiven<'_>>),
    act: &Act<'_>,
) -> Result<(), StoreError> {
    let state = if given.is_some() { "given" } else { "withdrawn" };
    sqlx::query(
        "INSERT INTO care_case_consent (case_id, version, purpose, state, giver, giver_name, form, witness, language, text_id,
                                        fee, at_s, by_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(case_id)
    .bind(version)
    .bind(purpose.as_str())
    .bind(state)
    .bind(given.map(|it| it.giver.as_str()))
    .bind(given.map(|it| it.name))
    .bind(given.map(|it| it.form.as_str()))
    .bind(given.map(|it| it.witness))
    .bind(given.map(|it| it.language.as_str()))
    .bind(given.map(|it| it.text_id))
    .bind(given.map(|it| it.fee))
    .bind(seconds(act.at)?)
    .bind(act.by)
    .execute(&mut *change)
    .await?;
    Ok(())
}

/// Writes down what the sessions of the case of this id may do after a step, and says which of them may do something else than
/// before. A session that another open case has is left to that one; one that loses its case may do nothing, whoever sits in it.
pub(super) async fn clear(
    change: &mut Connection,
    id: &str,
    (before, after): (&Case, &Case),
) -> Result<Vec<String>, StoreError> {
    let mut cleared = Vec::new();
    let (was, is) = (&before.kept().session, &after.kept().session);
    if let Some(session_id) = was.as_ref().filter(|_| was != is)
        && set_clearance(change, (session_id, id), (false, false)).await?
    {
        cleared.push(session_id.clone());
    }
    if let Some(session_id) = is {
        let now = after.cleared();
        if set_clearance(change, (session_id, id), (now.media, now.recording)).await? {
            cleared.push(session_id.clone());
        }
    }
    Ok(cleared)
}

/// A session begins at another time: who the patient is has to be attested anew in the case that has it.
pub(super) async fn begin_anew(
    change: &mut Connection,
    session_id: &str,
    act: &Act<'_>,
) -> Result<(), StoreError> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM care_case WHERE attested_id = $1 AND state NOT IN ('closed', 'cancelled')",
    )
    .bind(session_id)
    .fetch_all(&mut *change)
    .await?;
    for id in ids {
        sqlx::query("UPDATE care_case SET attested_id = NULL, version = version + 1 WHERE id = $1")
            .bind(&id)
            .execute(&mut *change)
            .await?;
        // Why a session is moved is no word of the case.
        tell(change, (&id, "moved"), session_id, &Act { reason: None, ..*act }).await?;
        set_clearance(change, (session_id, &id), (false, false)).await?;
    }
    Ok(())
}

/// Sets what a session may do, by its case of this id; `false` if it might do so before, or is another open case's.
async fn set_clearance(
    change: &mut Connection,
    (session_id, id): (&str, &str),
    (media, recording): (bool, bool),
) -> Result<bool, StoreError> {
    if has_another_case(change, session_id, id).await? {
        return Ok(false);
    }
    let done = sqlx::query(
        "INSERT INTO session_clearance (session_id, version, media, recording) VALUES ($1, 1, $2, $3)
         ON CONFLICT (session_id) DO UPDATE SET version = session_clearance.version + 1, media = excluded.media,
                                                recording = excluded.recording
         WHERE session_clearance.media <> excluded.media OR session_clearance.recording <> excluded.recording",
    )
    .bind(session_id)
    .bind(i64::from(media))
    .bind(i64::from(recording))
    .execute(&mut *change)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Whether a case that is not over has this session, beside the one of this id: what one of them gives up, or is signed to have
/// been received in it, would be the other's.
pub(super) async fn has_another_case(
    change: &mut Connection,
    session_id: &str,
    id: &str,
) -> Result<bool, StoreError> {
    let found: Option<String> = sqlx::query_scalar(
        "SELECT id FROM care_case WHERE session_id = $1 AND id <> $2 AND state NOT IN ('closed', 'cancelled') LIMIT 1",
    )
    .bind(session_id)
    .bind(id)
    .fetch_optional(change)
    .await?;
    Ok(found.is_some())
}
