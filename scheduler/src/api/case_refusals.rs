//! Why a case is not requested, and a step of one not taken.

use consultation::{Actor, Fault, NotCovered, Refused, StepKind};
use serde_json::json;

use super::App;
use super::cases_wire::Case;
use super::faults::Faults;
use super::refusals::{invalid, not_covered};
use crate::problem::{self, Problem};
use crate::store::{CASE_STEPS_MAX, CareCase, OPEN_CASES_MAX};

/// Everything that is wrong with what was written: `errors` names the members to change.
pub(super) fn faulty(faults: &[Fault]) -> Problem {
    let mut told = Faults::default();
    for fault in faults {
        let params = fault.params().into_iter().collect();
        told.add(fault.field(), fault.code(), params, &fault.to_string());
    }
    told.problem()
}

pub(super) fn no_such_case() -> Problem {
    problem::not_found("there is no case of this id; go back to the list of cases and choose one")
}

pub(super) fn not_of_yours() -> Problem {
    problem::forbidden(
        "you do not care for the patient of this case; ask its doctors to have you invited. Where a patient is in danger, a doctor reads it by `break-glass` with a reason, and its doctors are told",
    )
}

pub(super) fn too_many_cases() -> Problem {
    problem::too_many_cases(format!(
        "you have {OPEN_CASES_MAX} cases open; close or cancel those that are done before you request another one"
    ))
}

pub(super) fn too_many_steps() -> Problem {
    problem::changed_too_often(format!(
        "this case has had {CASE_STEPS_MAX} steps and takes no more; request a new one"
    ))
}

/// The rules of a case refuse a step.
pub(super) fn refused(why: &Refused) -> Problem {
    let field = match why {
        Refused::NotYours(step) => {
            return problem::forbidden(format!(
                "the step `{step}` is for others: a scheduler triages and books, invited doctors answer and sign, the inviting doctor checks the patient in, notes consents, decides and closes"
            ))
            .member("rule", why.code());
        }
        Refused::NotNow { step, state } => {
            return problem::case_step(format!(
                "{why}; read the case again: its `steps` say what can be done now"
            ))
            .member("step", step.as_str())
            .member("state", state.as_str());
        }
        Refused::NoConsent(_) => "purpose",
        Refused::NobodyInvited
        | Refused::TooManyInvited { .. }
        | Refused::InvitedTwice(_)
        | Refused::OwnSide(_) => "invitedIds",
        Refused::OthersMaterial => "material",
        Refused::OthersSession => "sessionId",
        Refused::TooManyOpinions { .. } => "opinion",
    };
    let params = match why {
        Refused::TooManyInvited { most } => json!({ "most": most }),
        Refused::TooManyOpinions { most } => json!({ "most": most }),
        Refused::NoConsent(purpose) => json!({ "purpose": purpose.as_str() }),
        Refused::InvitedTwice(id) | Refused::OwnSide(id) => json!({ "id": id }),
        _ => json!({}),
    };
    invalid(field, why.code(), params, &why.to_string())
}

/// Somebody else was faster; the case as it is now goes along.
pub(super) fn case_meanwhile(app: &App, row: CareCase, viewer: Actor<'_>) -> Problem {
    let case = serde_json::to_value(Case::new(app, row, viewer)).unwrap_or_default();
    problem::changed_meanwhile(
        "this is not the latest version of the case, and nothing was changed; look at how it is now, and send the step again with its ETag",
    )
    .member("case", case)
}

/// No agreement covers what is asked of this organization in a step.
pub(super) fn not_covered_at(step: StepKind, organization: &str, why: NotCovered) -> Problem {
    let field = match step {
        StepKind::Schedule => "sessionId",
        StepKind::Accept => "reply",
        _ => "invitedIds",
    };
    not_covered(field, organization, why)
}

/// A step without the version that it is meant for.
pub(super) fn version_missing() -> Problem {
    problem::version_missing(
        "read the case, and send its ETag back as `If-Match` with the step, so that nobody overwrites what another has done",
    )
}
