//! The forms of agreements, camelCase JSON.

use consultation::{AgreementState, AgreementStep};
use serde::{Deserialize, Serialize};
use session::Names;
use utoipa::ToSchema;

use super::App;
use super::agreement_days::written;
use super::assignments_wire::ScopeForm;
use super::case_schemas::{agreement_state_schema, agreement_step_schema, word};
use super::names_wire::NamesSchema;
use crate::store::KeptAgreement;

/// What two sides agree.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AgreementForm {
    /// Who consults: `site`, `area` (every organization in it) or `county`.
    pub(super) inviting: ScopeForm,
    /// The organization that is consulted.
    pub(super) invited_id: String,
    /// First day on which it holds, YYYY-MM-DD.
    pub(super) from: String,
    /// Last day on which it holds.
    pub(super) until: String,
    /// Most consultations in a calendar month, 1 to 10000; as many as are asked for if absent.
    #[serde(default)]
    pub(super) month_max: Option<u32>,
    /// Number of the paper that both have signed; one line, at most 60 characters.
    pub(super) paper: String,
}

/// A step of an agreement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AgreementAct {
    #[schema(schema_with = agreement_step_schema)]
    #[serde(deserialize_with = "word")]
    pub(super) step: AgreementStep,
    /// Why: one line, at most 200 characters.
    #[serde(default)]
    pub(super) reason: Option<String>,
}

/// An agreement: what was promised, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Agreement)]
pub(super) struct AgreementTold {
    /// Of the order of their making.
    pub(super) id: String,
    /// Grows with each change; in quotes the ETag of the agreement.
    pub(super) version: i64,
    #[schema(schema_with = agreement_state_schema)]
    state: &'static str,
    inviting: ScopeForm,
    /// What the organization or the area is called; null of the county.
    #[schema(required = true, value_type = Option<NamesSchema>)]
    inviting_names: Option<Names>,
    invited_id: String,
    #[schema(value_type = NamesSchema)]
    invited_names: Names,
    from: String,
    until: String,
    #[schema(required = true)]
    month_max: Option<u32>,
    paper: String,
    /// RFC 3339 in the county's zone.
    changed_at: String,
    /// Consultations of its sides in the month, under it or another one, and those of them with a signed opinion.
    booked: u32,
    delivered: u32,
    /// What may be done with it next.
    #[schema(schema_with = agreement_steps_schema)]
    steps: Vec<&'static str>,
}

fn agreement_steps_schema() -> utoipa::openapi::schema::Array {
    utoipa::openapi::schema::ArrayBuilder::new().items(agreement_step_schema()).build()
}

impl AgreementTold {
    pub(super) fn new(app: &App, kept: KeptAgreement) -> Self {
        let terms = kept.terms;
        let steps = AgreementStep::ALL.iter().filter(|step| next(kept.state, **step));
        Self {
            version: kept.version,
            state: kept.state.as_str(),
            inviting: ScopeForm { kind: terms.inviting_kind, id: terms.inviting_id },
            inviting_names: kept.inviting_names,
            invited_id: terms.invited_id,
            invited_names: kept.invited_names,
            from: written(terms.from),
            until: written(terms.until),
            month_max: terms.month_max,
            paper: terms.paper,
            changed_at: app.zone.print(kept.changed),
            booked: kept.booked,
            delivered: kept.delivered,
            steps: steps.map(|step| step.as_str()).collect(),
            id: kept.id,
        }
    }
}

fn next(state: AgreementState, step: AgreementStep) -> bool {
    let it = consultation::Agreement { state, from: 0, until: 0, month_max: None };
    it.take(step).is_ok()
}

/// A page of agreements.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Agreements {
    /// In the order of their making, at most 100.
    pub(super) agreements: Vec<AgreementTold>,
    /// The month of `booked` and `delivered`, YYYY-MM.
    pub(super) month: String,
    /// `after` of the request for the rest; null at the end.
    #[schema(required = true)]
    pub(super) next: Option<String>,
}
