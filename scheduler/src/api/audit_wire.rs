//! The form of the log of who read what.

use serde::Serialize;
use session::Names;
use utoipa::ToSchema;

use super::App;
use super::names_wire::NamesSchema;
use super::refusals::store_failed;
use crate::problem::Problem;
use crate::store::{AuditEntry, Chain};

/// What is read of patients, and how: each word is one of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadAct {
    /// What is booked of a consultation: title, people, recording.
    Session,
    /// A token for the room of a consultation.
    Room,
    /// What participants of a consultation received.
    Receipts,
    /// A ticket to the list of all recordings.
    AllRecordings,
    /// A ticket to the recording of a consultation and its slides.
    Recording,
    /// A ticket to delete it.
    Deletion,
    /// A list of cases with the names of their patients.
    Cases,
    /// What a case says of the patient.
    Case,
    /// What happened to a case, with the reasons.
    CaseEvents,
    /// A signed opinion.
    Opinion,
    /// The list of a case's materials.
    Materials,
    /// A file of a material.
    Material,
    /// A case of somebody else's patient, with a reason.
    BrokenGlass,
    /// This log.
    Audit,
}

impl ReadAct {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Room => "room",
            Self::Receipts => "receipts",
            Self::AllRecordings => "all-recordings",
            Self::Recording => "recording",
            Self::Deletion => "recording-deletion",
            Self::Cases => "cases",
            Self::Case => "case",
            Self::CaseEvents => "case-events",
            Self::Opinion => "opinion",
            Self::Materials => "materials",
            Self::Material => "material",
            Self::BrokenGlass => "break-glass",
            Self::Audit => "audit",
        }
    }
}

/// One read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Audited {
    number: i64,
    /// RFC 3339.
    at: String,
    person_id: String,
    /// Null if the person is not in the register any more.
    #[schema(required = true, value_type = Option<NamesSchema>)]
    names: Option<Names>,
    /// `session`, `room`, `receipts`, `all-recordings`, `recording`, `recording-deletion`, `cases`, `case`, `case-events`,
    /// `opinion`, `materials`, `material`, `break-glass` or `audit`.
    act: String,
    /// Id of the session, the recording, the case or the material; empty of lists.
    object: String,
    /// Where it was asked from; of IPv6 the network. Empty if that is not known.
    address: String,
    /// Why, as the reader said; empty if nothing was said.
    reason: String,
    /// SHA-256 of the seal before it and of this entry.
    seal: String,
}

/// Whether the log is as it was written.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditChain {
    /// Number of the first entry that is in the store; those before it are in files of the data folder.
    first: i64,
    latest: i64,
    /// Of the latest entry: written down elsewhere, it shows that nothing before it was made anew.
    seal: String,
    /// The first entry that is missing or not as it was sealed; null if all are whole.
    broken_at: Option<i64>,
}

impl From<Chain> for AuditChain {
    fn from(chain: Chain) -> Self {
        let Chain { first, latest, seal, broken_at } = chain;
        Self { first, latest, seal, broken_at }
    }
}

/// A part of the log, latest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditPage {
    pub(super) entries: Vec<Audited>,
    /// `before` of the request for the next page; null at the end.
    pub(super) next: Option<String>,
}

impl Audited {
    pub(super) fn new(
        app: &App,
        (entry, names): (AuditEntry, Option<Names>),
    ) -> Result<Self, Problem> {
        let at = entry.at().map_err(|error| store_failed(&error))?;
        let AuditEntry { number, person_id, act, object, address, reason, seal, .. } = entry;
        let at = app.zone.print(at);
        Ok(Self { number, at, person_id, names, act, object, address, reason, seal })
    }
}
