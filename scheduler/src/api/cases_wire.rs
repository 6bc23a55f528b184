//! The forms of cases of consultations, camelCase JSON.

use consultation::{Actor, Reply, Sex, Specialty, Title, Urgency, Verdict};
use serde::{Deserialize, Serialize};
use session::Names;
use utoipa::ToSchema;

use super::App;
use super::case_schemas::{
    case_state_schema, consents_schema, invitation_schema, reply_schema, sex_schema,
    specialty_schema, steps_schema, title_schema, urgency_schema, verdict_schema, word,
    word_or_none,
};
use super::names_wire::NamesSchema;
use super::problem_schemas::Problem;
use crate::store::{CareCase, CaseDoctor, CaseEvent, CaseText};

/// Who is to be helped.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewPatient {
    /// One line, at most 60 characters.
    pub(super) name: String,
    #[schema(schema_with = sex_schema)]
    #[serde(deserialize_with = "word")]
    pub(super) sex: Sex,
    /// Year of birth.
    pub(super) born: u16,
    /// Number of the medical insurance or identity card, 6 to 32 letters and digits. It is not kept: a MAC of it is, and its last
    /// four signs.
    pub(super) card: String,
}

/// What a village doctor asks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CaseRequest {
    pub(super) patient: NewPatient,
    #[schema(schema_with = urgency_schema)]
    #[serde(deserialize_with = "word")]
    pub(super) urgency: Urgency,
    /// Why a consultation is needed; one line, at most 200 characters.
    pub(super) reason: String,
    /// What it is to answer; one line, at most 200 characters.
    pub(super) purpose: String,
    /// When it is wished for, RFC 3339 with an offset, from a week ago to 366 days ahead.
    #[schema(example = "2026-11-23T09:30:00+08:00")]
    pub(super) wished_at: String,
    /// History, findings, treatment so far; at most 1200 characters.
    pub(super) summary: String,
    #[schema(schema_with = specialty_schema)]
    #[serde(deserialize_with = "word")]
    pub(super) specialty: Specialty,
    /// The least title that the invited doctor is to have.
    #[schema(schema_with = title_schema)]
    #[serde(deserialize_with = "word")]
    pub(super) title: Title,
}

/// Who is invited, and how urgent the case is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Triage {
    /// One to five specialists of other organizations, instead of those who were invited before.
    pub(super) invited_ids: Vec<String>,
    /// As it was if absent.
    #[schema(schema_with = urgency_schema)]
    #[serde(default, deserialize_with = "word_or_none")]
    pub(super) urgency: Option<Urgency>,
}

/// What an invited doctor answers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CaseAnswer {
    #[schema(schema_with = reply_schema)]
    #[serde(deserialize_with = "word")]
    pub(super) reply: Reply,
    /// Why, of one that declines or redirects: one line, at most 200 characters. Not told to schedulers.
    #[serde(default)]
    pub(super) reason: Option<String>,
    /// Of one that redirects: what is needed instead.
    #[schema(schema_with = specialty_schema)]
    #[serde(default, deserialize_with = "word_or_none")]
    pub(super) specialty: Option<Specialty>,
}

/// Which session is booked for the case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CaseSession {
    /// Of a consultation in which the inviting doctor takes part, and one who has accepted.
    pub(super) session_id: String,
}

/// What the inviting side decides.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewDecision {
    #[schema(schema_with = verdict_schema)]
    #[serde(deserialize_with = "word")]
    pub(super) verdict: Verdict,
    /// Why: one line, at most 200 characters; needed unless all of it is adopted.
    #[serde(default)]
    pub(super) why: Option<String>,
}

/// Why something is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CaseReason {
    /// One line, at most 200 characters.
    pub(super) reason: String,
}

/// A doctor of a case.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CareDoctor {
    person_id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    organization_id: String,
    #[schema(value_type = NamesSchema)]
    organization_names: Names,
}

impl From<CaseDoctor> for CareDoctor {
    fn from(row: CaseDoctor) -> Self {
        Self {
            person_id: row.person_id,
            names: row.names,
            organization_id: row.organization_id,
            organization_names: row.organization_names,
        }
    }
}

/// A doctor who is invited.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct InvitedDoctor {
    doctor: CareDoctor,
    #[schema(schema_with = invitation_schema)]
    invitation: &'static str,
}

/// What the inviting side has decided.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Decision {
    #[schema(schema_with = verdict_schema)]
    verdict: &'static str,
    /// Of which version of the opinion.
    opinion: u32,
}

/// A case without anything of the patient.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Case {
    /// UUIDv7.
    pub(super) id: String,
    /// Grows with each step; in quotes the ETag of the case.
    pub(super) version: i64,
    #[schema(schema_with = case_state_schema)]
    state: &'static str,
    #[schema(schema_with = urgency_schema)]
    urgency: &'static str,
    #[schema(schema_with = specialty_schema)]
    specialty: &'static str,
    #[schema(schema_with = title_schema)]
    title: &'static str,
    /// RFC 3339 in the county's zone.
    wished_at: String,
    /// RFC 3339 in the county's zone.
    requested_at: String,
    /// RFC 3339 in the county's zone.
    changed_at: String,
    /// Until when it is kept at least, RFC 3339 in the county's zone; it only grows.
    retain_until: String,
    inviting: CareDoctor,
    /// Those who were invited last.
    invited: Vec<InvitedDoctor>,
    /// The session that is booked for it.
    #[schema(required = true)]
    session_id: Option<String>,
    /// Whether it is attested for this session who the patient is.
    attested: bool,
    /// Those that are in force.
    #[schema(schema_with = consents_schema)]
    consents: Vec<&'static str>,
    /// How many versions of the opinion are signed.
    opinions: u32,
    #[schema(required = true)]
    decision: Option<Decision>,
    /// What the person who asks may do next.
    #[schema(schema_with = steps_schema)]
    steps: Vec<&'static str>,
}

impl Case {
    /// The case as `viewer` sees it.
    pub(super) fn new(app: &App, row: CareCase, viewer: Actor<'_>) -> Self {
        let steps = row.case.open_to(viewer).map(|it| it.as_str()).collect();
        let kept = row.case.kept();
        let invitations = kept.invited.iter().map(|it| it.invitation.as_str());
        let invited = row.invited.into_iter().zip(invitations);
        let invited = invited
            .map(|(doctor, invitation)| InvitedDoctor { doctor: doctor.into(), invitation })
            .collect();
        let decided = kept.decided;
        Self {
            version: row.version,
            state: kept.state.as_str(),
            urgency: row.urgency.as_str(),
            specialty: row.specialty.as_str(),
            title: row.title.as_str(),
            wished_at: app.zone.print(row.wished),
            requested_at: app.zone.print(row.requested),
            changed_at: app.zone.print(row.changed),
            retain_until: app.zone.print(row.retain_until),
            inviting: row.inviting.into(),
            invited,
            session_id: kept.session.clone(),
            attested: kept.session.is_some() && kept.attested == kept.session,
            consents: kept.consents.iter().map(|it| it.as_str()).collect(),
            opinions: kept.opinions,
            decision: decided
                .map(|it| Decision { verdict: it.verdict.as_str(), opinion: it.opinion }),
            steps,
            id: row.id,
        }
    }
}

/// The patient of a case.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Patient {
    name: String,
    #[schema(schema_with = sex_schema)]
    sex: &'static str,
    born: u16,
    /// The last four signs of the card's number.
    card_ends: String,
}

/// What of a case is of the patient.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Clinical {
    patient: Patient,
    reason: String,
    purpose: String,
    summary: String,
    /// The reason that was given last: of an answer, of a cancellation, or of a decision.
    #[schema(required = true)]
    last_reason: Option<String>,
}

impl Clinical {
    pub(super) fn new(text: CaseText) -> Self {
        let patient = Patient {
            name: text.patient_name,
            sex: text.patient_sex.as_str(),
            born: text.patient_born,
            card_ends: text.card_last_four,
        };
        let CaseText { reason, purpose, summary, last_reason, .. } = text;
        Self { patient, reason, purpose, summary, last_reason }
    }
}

/// A case on one page, at most 10 kB.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CaseCard {
    pub(super) case: Case,
    /// For who cares for the patient alone.
    #[schema(required = true)]
    pub(super) clinical: Option<Clinical>,
}

/// A line of a list of cases.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedCase {
    pub(super) case: Case,
    /// For who cares for the patient alone.
    #[schema(required = true)]
    pub(super) patient_name: Option<String>,
}

/// Cases, the latest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cases {
    /// At most 50.
    pub(super) cases: Vec<ListedCase>,
    /// `before` of the request for older ones; null if there are none.
    #[schema(required = true)]
    pub(super) next: Option<String>,
}

/// What happened to a case.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CaseEvent)]
pub(super) struct CaseTold {
    /// From 1, without gaps.
    number: i64,
    /// `request`, a step, `moved`: the session begins at another time, so that the patient is to be checked in anew, or `break-glass`:
    /// somebody who does not care for the patient has read the case.
    kind: String,
    /// RFC 3339 in the county's zone.
    at: String,
    by_id: String,
    #[schema(required = true, value_type = Option<NamesSchema>)]
    by_names: Option<Names>,
    /// Ids of who was invited, of the session, or words: the specialty, the verdict, the version of the opinion.
    about: String,
    /// For who cares for the patient alone.
    #[schema(required = true)]
    reason: Option<String>,
}

impl CaseTold {
    /// The event, with its reason if `clinical`.
    pub(super) fn new(app: &App, event: CaseEvent, clinical: bool) -> Self {
        Self {
            number: event.number,
            kind: event.kind,
            at: app.zone.print(event.at),
            by_id: event.by_id,
            by_names: event.by_names,
            about: event.about,
            reason: event.reason.filter(|_| clinical),
        }
    }
}

/// Everything that happened to a case.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CaseEvents {
    /// The first one first.
    pub(super) events: Vec<CaseTold>,
}

/// The problem of a step from a version that is not the latest.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CaseMeanwhile {
    #[serde(flatten)]
    problem: Problem,
    /// The case as it is now.
    case: Case,
}
