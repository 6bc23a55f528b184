//! Reading cases of consultations. What is of the patient stands in a table of its own and is read by [`Store::case_text`]
//! alone, after that was written down in the log of reads.

use booking::UnixS;
use consultation::{
    Case, ConsentPurpose, Decided, Doctor, Invitation, Invited, Kept, Sex, Specialty, State, Title,
    Urgency,
};

use session::Names;

use super::names::names_if;
use super::sessions::{point, word};
use super::texts::placeholders;
use super::{Connection, Store, StoreError};

/// A doctor of a case, as people read who it is.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct CaseDoctor {
    pub(crate) person_id: String,
    #[sqlx(try_from = "String")]
    pub(crate) names: Names,
    pub(crate) organization_id: String,
    #[sqlx(try_from = "String")]
    pub(crate) organization_names: Names,
}

/// A case without anything of the patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CareCase {
    pub(crate) id: String,
    /// Grows by one with each step.
    pub(crate) version: i64,
    pub(crate) case: Case,
    pub(crate) urgency: Urgency,
    pub(crate) specialty: Specialty,
    pub(crate) title: Title,
    pub(crate) wished: UnixS,
    pub(crate) requested: UnixS,
    pub(crate) changed: UnixS,
    /// Until when it is kept at least.
    pub(crate) retain_until: UnixS,
    pub(crate) inviting: CaseDoctor,
    /// In the order of the case's invitations.
    pub(crate) invited: Vec<CaseDoctor>,
}

/// What of a case is of the patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CaseText {
    pub(crate) reason: String,
    pub(crate) purpose: String,
    pub(crate) summary: String,
    pub(crate) patient_name: String,
    pub(crate) patient_sex: Sex,
    pub(crate) patient_born: u16,
    pub(crate) card_last_four: String,
    /// Why the last step was taken that had a reason.
    pub(crate) last_reason: Option<String>,
}

/// Which cases are listed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WhichCases<'a> {
    /// Those for whose patients this person cares; all if there is none.
    pub(crate) of: Option<&'a str>,
    /// Those that are neither closed nor cancelled.
    pub(crate) open: bool,
    /// Those that are older than the case of this id.
    pub(crate) before: Option<&'a str>,
}

/// One event of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CaseEvent {
    pub(crate) number: i64,
    pub(crate) kind: String,
    pub(crate) at: UnixS,
    pub(crate) by_id: String,
    /// What the person is called; none if a part of the scheduler did it.
    pub(crate) by_names: Option<Names>,
    /// Ids and words.
    pub(crate) about: String,
    /// Of the patient.
    pub(crate) reason: Option<String>,
}

#[derive(sqlx::FromRow)]
struct CaseRow {
    id: String,
    version: i64,
    state: String,
    urgency: String,
    specialty: String,
    title: String,
    wished_s: i64,
    session_id: Option<String>,
    attested_id: Option<String>,
    consents: String,
    opinions: i64,
    verdict: Option<String>,
    decided_opinion: Option<i64>,
    requested_s: i64,
    changed_s: i64,
    retain_until_s: i64,
    #[sqlx(flatten)]
    inviting: CaseDoctor,
}

#[derive(sqlx::FromRow)]
struct InvitedRow {
    case_id: String,
    invitation: String,
    #[sqlx(flatten)]
    doctor: CaseDoctor,
}

#[derive(sqlx::FromRow)]
struct TextRow {
    reason: String,
    purpose: String,
    summary: String,
    patient_name: String,
    patient_sex: String,
    patient_born: i64,
    card_last_four: String,
    last_reason: Option<String>,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    number: i64,
    kind: String,
    at_s: i64,
    by_id: String,
    by_names: Option<String>,
    about: String,
    reason: Option<String>,
}

pub(super) fn count<N: TryFrom<i64>>(number: i64) -> Result<N, StoreError> {
    N::try_from(number).map_err(|_| StoreError::Unreadable(format!("{number} is no such number")))
}

impl CaseDoctor {
    fn doctor(&self) -> Doctor {
        Doctor { person: self.person_id.clone(), organization: self.organization_id.clone() }
    }
}

impl CaseRow {
    fn case(self, invited: Vec<InvitedRow>) -> Result<CareCase, StoreError> {
        let invitation = |row: &InvitedRow| {
            let invitation: Invitation = word(&row.invitation)?;
            Ok(Invited { doctor: row.doctor.doctor(), invitation })
        };
        let decided = match (&self.verdict, self.decided_opinion) {
            (Some(verdict), Some(opinion)) => {
                Some(Decided { verdict: word(verdict)?, opinion: count(opinion)? })
            }
            _ => None,
        };
        let consents = self.consents.split_whitespace().map(word::<ConsentPurpose>);
        let kept = Kept {
            state: word::<State>(&self.state)?,
            inviting: self.inviting.doctor(),
            invited: invited.iter().map(invitation).collect::<Result<_, StoreError>>()?,
            session: self.session_id,
            attested: self.attested_id,
            consents: consents.collect::<Result<_, _>>()?,
            opinions: count(self.opinions)?,
            decided,
        };
        Ok(CareCase {
            id: self.id,
            version: self.version,
            case: Case::restored(kept),
            urgency: word(&self.urgency)?,
            specialty: word(&self.specialty)?,
            title: word(&self.title)?,
            wished: point(self.wished_s)?,
            requested: point(self.requested_s)?,
            changed: point(self.changed_s)?,
            retain_until: point(self.retain_until_s)?,
            inviting: self.inviting,
            invited: invited.into_iter().map(|row| row.doctor).collect(),
        })
    }
}

impl Store {
    /// The case of this id.
    pub(crate) async fn care_case(&self, id: &str) -> Result<Option<CareCase>, StoreError> {
        Ok(load(&mut *self.readers.acquire().await?, &[id]).await?.pop())
    }

    /// Cases, the latest first, at most `most`.
    pub(crate) async fn care_cases(
        &self,
        which: WhichCases<'_>,
        most: usize,
    ) -> Result<Vec<CareCase>, StoreError> {
        // One text for both would look through all cases of the county for those of one person.
        let whose = match which.of {
            Some(_) => {
                "id IN (SELECT id FROM care_case WHERE inviting_id = $1
                        UNION SELECT case_id FROM care_case_doctor WHERE person_id = $1 AND invitation <> 'declined')"
            }
            None => "CAST($1 AS TEXT) IS NULL",
        };
        let text = format!(
            "SELECT id FROM care_case WHERE {whose}
               AND (CAST($2 AS BIGINT) = 0 OR state NOT IN ('closed', 'cancelled'))
               AND ($3 IS NULL OR id < $3)
             ORDER BY id DESC LIMIT $4"
        );
        let mut connection = self.readers.acquire().await?;
        let ids: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(text))
            .bind(which.of)
            .bind(i64::from(which.open))
            .bind(which.before)
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_all(&mut *connection)
            .await?;
        load(&mut connection, &ids).await
    }

    /// What of a case is of the patient. To be handed out only after it was written down who reads it.
    pub(crate) async fn case_text(&self, id: &str) -> Result<Option<CaseText>, StoreError> {
        let row: Option<TextRow> = sqlx::query_as(
            "SELECT reason, purpose, summary, patient_name, patient_sex, patient_born, card_last_four,
                    (SELECT step.reason FROM care_case_event step
                     WHERE step.case_id = care_case_text.case_id AND step.reason IS NOT NULL AND step.kind NOT IN ('break-glass', 'check-in', 'withdraw')
                     ORDER BY step.number DESC LIMIT 1) AS last_reason
             FROM care_case_text WHERE case_id = $1",
        )
        .bind(id)
        .fetch_optional(&self.readers)
        .await?;
        let text = |row: TextRow| {
            Ok(CaseText {
                reason: row.reason,
                purpose: row.purpose,
                summary: row.summary,
                patient_name: row.patient_name,
                patient_sex: word(&row.patient_sex)?,
                patient_born: count(row.patient_born)?,
                card_last_four: row.card_last_four,
                last_reason: row.last_reason,
            })
        };
        row.map(text).transpose()
    }

    /// What the patients of these cases are called, by case. The same holds as for [`Self::case_text`].
    pub(crate) async fn case_patients(
        &self,
        ids: &[&str],
    ) -> Result<Vec<(String, String)>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let list = placeholders(1, ids.len(), 1);
        let text =
            format!("SELECT case_id, patient_name FROM care_case_text WHERE case_id IN ({list})");
        let mut asked = sqlx::query_as(sqlx::AssertSqlSafe(text)).persistent(false);
        for id in ids {
            asked = asked.bind(*id);
        }
        Ok(asked.fetch_all(&self.readers).await?)
    }

    /// What happened to a case, from the first on. The reasons are of the patient.
    pub(crate) async fn case_events(&self, id: &str) -> Result<Vec<CaseEvent>, StoreError> {
        let rows: Vec<EventRow> = sqlx::query_as(
            "SELECT number, kind, at_s, by_id, person.names AS by_names, about, reason
             FROM care_case_event LEFT JOIN person ON person.id = by_id WHERE case_id = $1 ORDER BY number",
        )
        .bind(id)
        .fetch_all(&self.readers)
        .await?;
        let event = |row: EventRow| {
            Ok(CaseEvent {
                number: row.number,
                kind: row.kind,
                at: point(row.at_s)?,
                by_id: row.by_id,
                by_names: names_if(row.by_names)?,
                about: row.about,
                reason: row.reason,
            })
        };
        rows.into_iter().map(event).collect()
    }
}

/// The cases of these ids, the latest first; ids that are not there are left out.
pub(super) async fn load<I: AsRef<str>>(
    connection: &mut Connection,
    ids: &[I],
) -> Result<Vec<CareCase>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, ids.len(), 1);
    let cases = format!(
        "SELECT care_case.id, version, state, urgency, specialty, title, wished_s, session_id, attested_id, consents,
                opinions, verdict, decided_opinion, requested_s, changed_s, retain_until_s, inviting_id AS person_id, person.names,
                care_case.organization_id, organization.names AS organization_names
         FROM care_case JOIN person ON person.id = inviting_id
              JOIN organization ON organization.id = care_case.organization_id
         WHERE care_case.id IN ({list}) ORDER BY care_case.id DESC"
    );
    let invited = format!(
        "SELECT case_id, invitation, person_id, person.names, care_case_doctor.organization_id,
                organization.names AS organization_names
         FROM care_case_doctor JOIN person ON person.id = person_id
              JOIN organization ON organization.id = care_case_doctor.organization_id
         WHERE case_id IN ({list}) ORDER BY case_id, position"
    );
    let mut cases = sqlx::query_as(sqlx::AssertSqlSafe(cases)).persistent(ids.len() == 1);
    let mut invitations = sqlx::query_as(sqlx::AssertSqlSafe(invited)).persistent(ids.len() == 1);
    for id in ids {
        cases = cases.bind(id.as_ref());
        invitations = invitations.bind(id.as_ref());
    }
    let rows: Vec<CaseRow> = cases.fetch_all(&mut *connection).await?;
    let mut invited: Vec<InvitedRow> = invitations.fetch_all(&mut *connection).await?;
    let case = |row: CaseRow| {
        let own = invited.extract_if(.., |it| it.case_id == row.id).collect();
        row.case(own)
    };
    rows.into_iter().map(case).collect()
}
