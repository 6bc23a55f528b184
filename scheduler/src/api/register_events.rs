//! What was done to the register and to access: in order, from a cursor on.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use policy::{Object, Permission};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use session::Names;
use utoipa::ToSchema;

use super::extract::{Caller, Params};
use super::names_wire::NamesSchema;
use super::refusals::store_failed;
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::RegisterEvent;

/// Most events of one answer.
const PAGE: usize = 100;

#[derive(Debug, Deserialize)]
pub(super) struct Since {
    since: Option<String>,
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Done {
    number: i64,
    /// RFC 3339.
    at: String,
    by_id: String,
    /// Null if a part of the scheduler did it.
    #[schema(required = true, value_type = Option<NamesSchema>)]
    by_names: Option<Names>,
    /// `role`, `account`, `minor`, `device`, `hold`, or `area`, `organization`, `room`, `person`, `terminal` of the register.
    kind: String,
    /// Of a role `given`, `taken`; of an account `made`, `enabled`, `disabled`, `link-made`; of a minor `said`; of a device
    /// `code-made`, `paired`, `revoked`; of a hold `made`, `extended`, `released`, `booked`, `expired`; of the register
    /// `made`, `changed`, `retired`, `restored`.
    act: String,
    /// Whom or what it was done to: the person's id, or the entry's; of a device the terminal's.
    subject_id: String,
    /// Of a role which and where; of an account the login name; of a minor what was said; of a device its id and name; of a hold
    /// its time, when it runs out and who or what is held; of the register what it was and became.
    #[schema(value_type = Object)]
    details: Value,
    reason: Option<String>,
}

/// Events, first to last.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DoneList {
    events: Vec<Done>,
    /// `since` of the next request: nothing is missed and nothing told twice.
    next: String,
    /// Whether there are more already.
    more: bool,
}

/// What was done to the register, roles, accounts and minors, by whom, when and why, in order and without gaps. For those who give roles, keep
/// the county or audit it.
#[utoipa::path(
    get, path = "/api/v1/register/events", tag = "audit", security(("person" = []), ("login" = [])),
    params(("since" = Option<String>, Query, description = "`next` of the answer before; from the first event if absent")),
    responses(
        (status = 200, body = DoneList),
        (status = 400, description = "Not a cursor", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Neither an administrator nor an auditor", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Params(Since { since }): Params<Since>,
) -> Result<Json<DoneList>, Problem> {
    let for_whom = [Permission::GiveRoles, Permission::Configure, Permission::ReadAudit];
    if !for_whom.into_iter().any(|permission| person.may(permission, Object::County)) {
        return Err(problem::forbidden(
            "only an administrator or an auditor can do this; ask yours to do it for you",
        ));
    }
    let since = since.as_deref().map(place).transpose()?.unwrap_or_default();
    let found = app.store.register_events_after(since, PAGE + 1).await;
    let mut found = found.map_err(|error| store_failed(&error))?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().map_or(since, |event| event.number).to_string();
    let told = |event: RegisterEvent| Done {
        number: event.number,
        at: app.zone.print(event.at),
        by_id: event.by_id,
        by_names: event.by_names,
        kind: event.kind,
        act: event.act,
        subject_id: event.subject_id,
        details: event.details,
        reason: event.reason,
    };
    Ok(Json(DoneList { events: found.into_iter().map(told).collect(), next, more }))
}

fn place(text: &str) -> Result<i64, Problem> {
    text.parse().ok().filter(|place| *place >= 0).ok_or_else(|| {
        problem::bad_parameter(
            "`since` must be the `next` of an answer; leave it out to begin at the first event",
        )
    })
}
