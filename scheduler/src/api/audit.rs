//! The log of who read what of patients: written before it is handed out, and read by auditors alone.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use serde::Deserialize;
use session::Kind;

use super::audit_wire::{AuditChain, AuditPage, Audited, ReadAct};
use super::caller::ClientAddress;
use super::extract::{Auditor, Params};
use super::refusals::{reason_given, store_failed};
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{Person, Read, Session};

/// Entries of a page.
const PAGE: usize = 100;

/// From where somebody reads, and why.
pub(super) struct ReadFrom {
    address: String,
    reason: String,
}

impl ReadFrom {
    /// The same for this reason, which was not said in the address.
    pub(super) fn because(self, reason: &str) -> Self {
        Self { reason: reason.to_owned(), ..self }
    }
}

#[derive(Debug, Deserialize)]
struct Why {
    reason: Option<String>,
}

impl FromRequestParts<Arc<App>> for ReadFrom {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
        let Params(Why { reason }) = Params::from_request_parts(parts, app).await?;
        let reason = reason_given(reason.as_deref())?.unwrap_or_default().to_owned();
        let address = address.map(|it| it.to_string()).unwrap_or_default();
        Ok(Self { address, reason })
    }
}

/// Notes that `person` reads something of patients. Who cannot be noted is not told: nothing is read unseen.
pub(super) async fn note(
    app: &App,
    person: &Person,
    (act, object): (ReadAct, &str),
    from: ReadFrom,
) -> Result<(), Problem> {
    let ReadFrom { address, reason } = from;
    let read = Read {
        person_id: person.id.clone(),
        act: act.as_str(),
        object: object.to_owned(),
        address,
        reason,
        at: app.now(),
    };
    app.store.audit(&read).await.map_err(|error| store_failed(&error))?;
    app.metrics.access.audited.inc();
    Ok(())
}

/// The same if the session is one with a patient.
pub(super) async fn note_clinical(
    app: &App,
    person: &Person,
    (act, session): (ReadAct, &Session),
    from: ReadFrom,
) -> Result<(), Problem> {
    if session.kind != Kind::Consultation {
        return Ok(());
    }
    note(app, person, (act, &session.id), from).await
}

#[derive(Debug, Deserialize)]
pub(super) struct Before {
    before: Option<String>,
}

/// Who read what of patients, latest first, 100 entries at a time. For auditors, who hold no role that administers; that they
/// read it is an entry as well.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "audit", security(("person" = []), ("login" = [])),
    params(
        ("before" = Option<String>, Query, description = "`next` of the page before"),
        ("reason" = Option<String>, Query, description = "Why it is read; at most 200 characters"),
    ),
    responses(
        (status = 200, body = AuditPage),
        (status = 400, description = "Not a `next` of ours", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an auditor, or one who administers", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Auditor(person): Auditor,
    Params(Before { before }): Params<Before>,
    from: ReadFrom,
) -> Result<Json<AuditPage>, Problem> {
    let before = before.as_deref().map(place).transpose()?.unwrap_or(i64::MAX);
    note(&app, &person, (ReadAct::Audit, ""), from).await?;
    let found = app.store.audited_before(before, PAGE + 1).await;
    let mut found = found.map_err(|error| store_failed(&error))?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(|(entry, _)| entry.number.to_string());
    let entries =
        found.into_iter().map(|entry| Audited::new(&app, entry)).collect::<Result<_, _>>()?;
    Ok(Json(AuditPage { entries, next }))
}

/// Whether the log is as it was written: every entry that is in the store is held against its seal. For auditors.
#[utoipa::path(
    get, path = "/api/v1/audit/chain", tag = "audit", security(("person" = []), ("login" = [])),
    responses(
        (status = 200, body = AuditChain),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an auditor, or one who administers", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn chain(
    State(app): State<Arc<App>>,
    _: Auditor,
) -> Result<Json<AuditChain>, Problem> {
    let chain = app.store.audit_chain().await.map_err(|error| store_failed(&error))?;
    Ok(Json(chain.into()))
}

fn place(text: &str) -> Result<i64, Problem> {
    let place = text.parse().ok().filter(|place| *place > 0);
    place.ok_or_else(|| {
        problem::bad_parameter("`before` must be the `next` of an answer; leave it out to begin")
    })
}
