//! Changing cases of consultations: each step is one transaction with its event, from the version that was read.

use booking::UnixS;
use consultation::{
    Actor, Case, NotCovered, Refused, Reply, Sex, Specialty, State, Step, StepKind, Title, Urgency,
};

use super::bookings::cancel_within;
use super::case_events::{CASE_STEPS_MAX, tell};
use super::cases::load;
use super::covering::{Cover, begins, not_covered};
use super::events::Act;
use super::idempotency::{self, Bounds, EarlierAnswer, Key};
use super::material_pieces::drop_unfinished;
use super::sessions::seconds;
use super::{CareCase, Connection, Store, StoreError};

/// Most cases that one doctor has open at a time.
pub(crate) const OPEN_CASES_MAX: i64 = 200;

/// A case to be kept; checked by [`consultation::check`] before.
#[derive(Debug, Clone)]
pub(crate) struct NewCase {
    pub(crate) id: String,
    pub(crate) case: Case,
    pub(crate) urgency: Urgency,
    pub(crate) specialty: Specialty,
    pub(crate) title: Title,
    pub(crate) wished: UnixS,
    pub(crate) requested: UnixS,
    pub(crate) reason: String,
    pub(crate) purpose: String,
    pub(crate) summary: String,
    pub(crate) patient_name: String,
    pub(crate) patient_sex: Sex,
    pub(crate) patient_born: u16,
    pub(crate) card_mac: String,
    pub(crate) card_last_four: String,
}

/// What became of a request.
#[derive(Debug)]
pub(crate) enum RequestedCase {
    /// It is a case now.
    Made {
        /// Kept answers of others that were dropped to make room for this one.
        forgotten: u64,
    },
    /// The same request was answered before, with the case of this id.
    Before(String),
    /// The key was used for another request.
    KeyReused,
    /// The doctor has as many open cases as may be.
    TooMany,
}

/// An opinion with its signature, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct SignedOpinion {
    pub(crate) version: i64,
    /// What was signed, byte by byte.
    pub(crate) statement: String,
    pub(crate) algorithm: String,
    pub(crate) key_id: String,
    /// Base64.
    pub(crate) public_key: String,
    /// Base64.
    pub(crate) signature: String,
}

/// What is said with a step, and kept with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said<'a> {
    /// Of a triage.
    pub(crate) urgency: Option<Urgency>,
    /// Of a redirection.
    pub(crate) specialty: Option<Specialty>,
    /// Of a signature.
    pub(crate) opinion: Option<&'a SignedOpinion>,
    /// Of a triage, of a session, and of who accepts where there is one: what an agreement must cover.
    pub(crate) cover: Option<Cover>,
}

/// What became of a step.
#[derive(Debug)]
pub(crate) enum SteppedCase {
    /// It is taken; the session of this id was cancelled with the case.
    Done(Box<CareCase>, Option<String>),
    /// The case is of another version.
    Meanwhile(Box<CareCase>),
    /// The rules refuse it.
    Refused(Refused),
    /// Another case that is not over has this session.
    SessionTaken,
    /// No agreement covers the consultation of this organization.
    NotCovered(String, NotCovered),
    /// The case has as many steps as may be.
    TooMany,
    /// There is no such case.
    Unknown,
}

impl Store {
    /// Keeps a new case, once for all requests of the same key.
    pub(crate) async fn request_case(
        &self,
        new: &NewCase,
        key: Option<(&Key, Bounds)>,
    ) -> Result<RequestedCase, StoreError> {
        let mut change = self.change().await?;
        if let Some((key, bounds)) = key {
            match idempotency::look_up(&mut change, key, bounds, new.requested).await? {
                EarlierAnswer::New => {}
                EarlierAnswer::Same { session_id, .. } => {
                    change.commit().await?;
                    return Ok(RequestedCase::Before(session_id));
                }
                EarlierAnswer::Other => return Ok(RequestedCase::KeyReused),
            }
        }
        let inviting = &new.case.kept().inviting;
        let open: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM care_case WHERE inviting_id = $1 AND state NOT IN ('closed', 'cancelled')",
        )
        .bind(&inviting.person)
        .fetch_one(&mut *change)
        .await?;
        if open >= OPEN_CASES_MAX {
            return Ok(RequestedCase::TooMany);
        }
        insert(&mut change, new).await?;
        let act = Act { by: &inviting.person, at: new.requested, reason: None };
        tell(&mut change, (&new.id, "request"), new.specialty.as_str(), &act).await?;
        let mut forgotten = 0;
        if let Some((key, bounds)) = key {
            let kept = idempotency::keep(&mut change, key, &new.id, "", bounds, new.requested);
            forgotten = kept.await?;
        }
        change.commit().await?;
        Ok(RequestedCase::Made { forgotten })
    }

    /// Takes a step of a case, if its version `fits`. A case that is given up takes its session with it.
    pub(crate) async fn step_case(
        &self,
        (id, fits): (&str, impl Fn(i64) -> bool + Send),
        (actor, step): (Actor<'_>, Step),
        said: &Said<'_>,
        act: &Act<'_>,
    ) -> Result<SteppedCase, StoreError> {
        let mut change = self.change().await?;
        let Some(before) = load(&mut change, &[id]).await?.pop() else {
            return Ok(SteppedCase::Unknown);
        };
        if !fits(before.version) {
            return Ok(SteppedCase::Meanwhile(Box::new(before)));
        }
        if before.version >= CASE_STEPS_MAX {
            return Ok(SteppedCase::TooMany);
        }
        let kind = step.kind();
        let about = about(&step, said);
        let after = match before.case.take(actor, step) {
            Ok(after) => after,
            Err(refused) => return Ok(SteppedCase::Refused(refused)),
        };
        if let Some(cover) = said.cover {
            if kind != StepKind::Triage && !begins(&mut change, &after, cover.at).await? {
                return Ok(SteppedCase::Meanwhile(Box::new(before)));
            }
            let missing = not_covered(&mut change, (kind, &after), (id, cover)).await?;
            if let Some((organization, why)) = missing {
                return Ok(SteppedCase::NotCovered(organization, why));
            }
        }
        if kind == StepKind::Schedule
            && let Some(session_id) = &after.kept().session
            && has_another_case(&mut change, session_id, id).await?
        {
            return Ok(SteppedCase::SessionTaken);
        }
        write(&mut change, &before, &after, said, act.at).await?;
        if matches!(after.kept().state, State::Closed | State::Cancelled) {
            drop_unfinished(&mut change, id).await?;
        }
        if let Some(opinion) = said.opinion {
            keep_opinion(&mut change, id, opinion, act).await?;
        }
        let cancelled = match (&after.kept().session, after.kept().state) {
            (Some(session_id), State::Cancelled) => {
                // Why is of the patient, and everybody in a session reads its events.
                let act = Act { reason: None, ..*act };
                cancel_within(&mut change, session_id, |_| true, &act).await?;
                Some(session_id.clone())
            }
            _ => None,
        };
        tell(&mut change, (id, kind.as_str()), &about, act).await?;
        let case = load(&mut change, &[id]).await?.pop();
        let case = case.ok_or_else(|| {
            StoreError::Unreadable("a case that was just written is not there".into())
        })?;
        change.commit().await?;
        Ok(SteppedCase::Done(Box::new(case), cancelled))
    }

    /// Tells in the case that somebody who does not care for the patient reads it, and why; `false` if it was read so too often.
    pub(crate) async fn tell_broken_glass(
        &self,
        id: &str,
        act: &Act<'_>,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let told: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM care_case_event WHERE case_id = $1 AND kind = 'break-glass'",
        )
        .bind(id)
        .fetch_one(&mut *change)
        .await?;
        if told >= CASE_STEPS_MAX {
            return Ok(false);
        }
        tell(&mut change, (id, "break-glass"), "", act).await?;
        change.commit().await?;
        Ok(true)
    }

    /// An opinion that was signed in a case: of this version, or the latest.
    pub(crate) async fn opinion(
        &self,
        id: &str,
        version: Option<i64>,
    ) -> Result<Option<SignedOpinion>, StoreError> {
        let found = sqlx::query_as(
            "SELECT version, statement, algorithm, key_id, public_key, signature FROM care_case_opinion
             WHERE case_id = $1 AND ($2 IS NULL OR version = $2) ORDER BY version DESC LIMIT 1",
        )
        .bind(id)
        .bind(version)
        .fetch_optional(&self.readers)
        .await?;
        Ok(found)
    }
}

/// What a step was about, in ids and words.
fn about(step: &Step, said: &Said<'_>) -> String {
    match step {
        Step::Triage { invited } => {
            let ids: Vec<&str> = invited.iter().map(|it| it.person.as_str()).collect();
            ids.join(" ")
        }
        Step::Answer(Reply::Redirect) => {
            said.specialty.map(|it| it.to_string()).unwrap_or_default()
        }
        Step::Schedule { session, .. } => session.clone(),
        Step::Sign => said.opinion.map(|it| it.version.to_string()).unwrap_or_default(),
        Step::Decide(verdict) => verdict.to_string(),
        Step::Answer(_) | Step::Add | Step::Close | Step::Cancel => String::new(),
    }
}

async fn insert(change: &mut Connection, new: &NewCase) -> Result<(), StoreError> {
    let kept = new.case.kept();
    sqlx::query(
        "INSERT INTO care_case (id, version, state, inviting_id, organization_id, urgency, specialty, title, wished_s,
                                opinions, requested_s, changed_s)
         VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $9)",
    )
    .bind(&new.id)
    .bind(kept.state.as_str())
    .bind(&kept.inviting.person)
    .bind(&kept.inviting.organization)
    .bind(new.urgency.as_str())
    .bind(new.specialty.as_str())
    .bind(new.title.as_str())
    .bind(seconds(new.wished)?)
    .bind(seconds(new.requested)?)
    .execute(&mut *change)
    .await?;
    sqlx::query(
        "INSERT INTO care_case_text (case_id, reason, purpose, summary, patient_name, patient_sex, patient_born,
                                     card_mac, card_last_four)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&new.id)
    .bind(&new.reason)
    .bind(&new.purpose)
    .bind(&new.summary)
    .bind(&new.patient_name)
    .bind(new.patient_sex.as_str())
    .bind(i64::from(new.patient_born))
    .bind(&new.card_mac)
    .bind(&new.card_last_four)
    .execute(&mut *change)
    .await?;
    Ok(())
}

async fn write(
    change: &mut Connection,
    before: &CareCase,
    after: &Case,
    said: &Said<'_>,
    at: UnixS,
) -> Result<(), StoreError> {
    let kept = after.kept();
    sqlx::query(
        "UPDATE care_case SET version = version + 1, state = $1, urgency = $2, specialty = $3, session_id = $4,
                              opinions = $5, verdict = $6, decided_opinion = $7, changed_s = $8
         WHERE id = $9",
    )
    .bind(kept.state.as_str())
    .bind(said.urgency.unwrap_or(before.urgency).as_str())
    .bind(said.specialty.unwrap_or(before.specialty).as_str())
    .bind(&kept.session)
    .bind(i64::from(kept.opinions))
    .bind(kept.decided.map(|it| it.verdict.as_str()))
    .bind(kept.decided.map(|it| i64::from(it.opinion)))
    .bind(seconds(at)?)
    .bind(&before.id)
    .execute(&mut *change)
    .await?;
    if kept.invited == before.case.kept().invited {
        return Ok(());
    }
    sqlx::query("DELETE FROM care_case_doctor WHERE case_id = $1")
        .bind(&before.id)
        .execute(&mut *change)
        .await?;
    for (position, it) in (0_i64..).zip(&kept.invited) {
        sqlx::query(
            "INSERT INTO care_case_doctor (case_id, person_id, organization_id, position, invitation)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&before.id)
        .bind(&it.doctor.person)
        .bind(&it.doctor.organization)
        .bind(position)
        .bind(it.invitation.as_str())
        .execute(&mut *change)
        .await?;
    }
    Ok(())
}

async fn keep_opinion(
    change: &mut Connection,
    id: &str,
    opinion: &SignedOpinion,
    act: &Act<'_>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO care_case_opinion (case_id, version, statement, algorithm, key_id, public_key, signature,
                                        signed_by, signed_s)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(id)
    .bind(opinion.version)
    .bind(&opinion.statement)
    .bind(&opinion.algorithm)
    .bind(&opinion.key_id)
    .bind(&opinion.public_key)
    .bind(&opinion.signature)
    .bind(act.by)
    .bind(seconds(act.at)?)
    .execute(&mut *change)
    .await?;
    Ok(())
}

/// Whether a case that is not over has this session, beside the one of this id: what one of them gives up, or is signed to have
/// been received in it, would be the other's.
async fn has_another_case(
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
