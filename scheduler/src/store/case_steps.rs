//! Changing cases of consultations: each step is one transaction with its event, from the version that was read.

use booking::UnixS;
use consultation::{
    Actor, Case, ConsentPurpose, NotCovered, Refused, Reply, Sex, Specialty, State, Step, StepKind,
    Title, Urgency, retained_until_s,
};

use super::bookings::cancel_within;
use super::case_events::{CASE_STEPS_MAX, tell};
use super::cases::load;
use super::consents::{ConsentGiven, clear, has_another_case, keep_consent};
use super::covering::{Cover, begins, not_covered};
use super::events::Act;
use super::idempotency::{self, Bounds, EarlierAnswer, Key};
use super::material_pieces::drop_unfinished;
use super::opinions::{SignedOpinion, keep_opinion};
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
    /// Of a consent.
    pub(crate) consent: Option<ConsentGiven<'a>>,
}

/// What became of a step.
#[derive(Debug)]
pub(crate) enum SteppedCase {
    /// It is taken; the sessions of these ids may do something else than before, or are cancelled.
    Done(Box<CareCase>, Vec<String>),
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
        let kind = step.kind();
        // Each consent is withdrawn once: that is bounded by the steps before.
        if before.version >= CASE_STEPS_MAX && kind != StepKind::Withdraw {
            return Ok(SteppedCase::TooMany);
        }
        let consent = consent_of(&step);
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
        if let Some(purpose) = consent {
            let version = before.version.saturating_add(1);
            let given = said.consent.as_ref().filter(|_| kind == StepKind::Consent);
            keep_consent(&mut change, (id, version), (purpose, given), act).await?;
        }
        let mut touched = clear(&mut change, id, (&before.case, &after)).await?;
        if let (Some(session_id), State::Cancelled) = (&after.kept().session, after.kept().state) {
            // Why is of the patient, and everybody in a session reads its events.
            let act = Act { reason: None, ..*act };
            cancel_within(&mut change, session_id, |_| true, &act).await?;
            touched.push(session_id.clone());
        }
        tell(&mut change, (id, kind.as_str()), &about, act).await?;
        let case = load(&mut change, &[id]).await?.pop();
        let case = case.ok_or_else(|| {
            StoreError::Unreadable("a case that was just written is not there".into())
        })?;
        change.commit().await?;
        Ok(SteppedCase::Done(Box::new(case), touched))
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
        Step::Consent(purpose) | Step::Withdraw(purpose) => purpose.to_string(),
        Step::Answer(_) | Step::Add | Step::CheckIn | Step::Close | Step::Cancel => String::new(),
    }
}

/// The consent that a step is about.
const fn consent_of(step: &Step) -> Option<ConsentPurpose> {
    match step {
        Step::Consent(purpose) | Step::Withdraw(purpose) => Some(*purpose),
        _ => None,
    }
}

async fn insert(change: &mut Connection, new: &NewCase) -> Result<(), StoreError> {
    let kept = new.case.kept();
    sqlx::query(
        "INSERT INTO care_case (id, version, state, inviting_id, organization_id, urgency, specialty, title, wished_s,
                                opinions, requested_s, changed_s, retain_until_s)
         VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $9, $10)",
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
    .bind(seconds(UnixS(retained_until_s(0, new.requested.0)))?)
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
                              opinions = $5, verdict = $6, decided_opinion = $7, changed_s = $8, attested_id = $9,
                              consents = $10, retain_until_s = $11
         WHERE id = $12",
    )
    .bind(kept.state.as_str())
    .bind(said.urgency.unwrap_or(before.urgency).as_str())
    .bind(said.specialty.unwrap_or(before.specialty).as_str())
    .bind(&kept.session)
    .bind(i64::from(kept.opinions))
    .bind(kept.decided.map(|it| it.verdict.as_str()))
    .bind(kept.decided.map(|it| i64::from(it.opinion)))
    .bind(seconds(at)?)
    .bind(&kept.attested)
    .bind(kept.consents.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(" "))
    .bind(seconds(UnixS(retained_until_s(before.retain_until.0, at.0)))?)
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
