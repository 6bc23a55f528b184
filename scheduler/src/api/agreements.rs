//! Agreements between who consults and who is consulted: written and signed by administrators, read by who books, with what was
//! promised beside what came of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use booking::UnixS;
use jiff::civil::Date;
use policy::Permission;
use serde::Deserialize;
use serde_json::json;

use super::agreement_days::{counted, month};
use super::agreements_wire::{AgreementAct, AgreementForm, AgreementTold, Agreements};
use super::extract::{Administrator, Body, Caller, Params, Path};
use super::faults::Faults;
use super::refusals::{reason_given, store_failed};
use super::versions::{IfMatch, tag};
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{
    AGREEMENT_CHANGES_MAX, AGREEMENTS_MAX, Act, AgreementChange, AgreementTerms, ChangedAgreement,
};

/// Agreements of a page.
const PAGE: usize = 100;
const PAPER_CHARS_MAX: usize = 60;
const MONTH_MAX_MOST: u32 = 10_000;

type TaggedAgreement = ([(HeaderName, HeaderValue); 1], Json<AgreementTold>);

#[derive(Debug, Deserialize)]
pub(super) struct Which {
    after: Option<String>,
    month: Option<String>,
}

/// Agreements, with the consultations of a month under each: promised, booked, delivered. For who books, and administrators.
#[utoipa::path(
    get, path = "/api/v1/agreements", tag = "cases", security(("person" = []), ("login" = [])),
    params(
        ("after" = Option<String>, Query, description = "`next` of the answer before"),
        ("month" = Option<String>, Query, description = "YYYY-MM; this month if absent"),
    ),
    responses(
        (status = 200, body = Agreements),
        (status = 403, description = "Neither a scheduler nor an administrator", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Params(Which { after, month: wanted }): Params<Which>,
) -> Result<Json<Agreements>, Problem> {
    if !person.may_somewhere(Permission::Book) && !person.is_administrator() {
        return Err(problem::forbidden(
            "agreements are for schedulers and administrators; ask one of them",
        ));
    }
    let at = match wanted.as_deref() {
        None => app.now(),
        Some(text) => month_of(&app, text).ok_or_else(|| {
            problem::bad_parameter("`month` must be written YYYY-MM, such as 2026-11")
        })?,
    };
    let found = app.store.agreements(month(&app, at)?, after.as_deref(), PAGE + 1).await;
    let mut rows = found.map_err(|error| store_failed(&error))?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    let agreements = rows.into_iter().map(|row| AgreementTold::new(&app, row)).collect();
    let month = app.zone.day_at(at).strftime("%Y-%m").to_string();
    Ok(Json(Agreements { agreements, month, next }))
}

/// A time in the month of `text`.
fn month_of(app: &App, text: &str) -> Option<UnixS> {
    let first: Date = (text.len() == 7).then(|| format!("{text}-01").parse().ok())??;
    (1970..2200).contains(&first.year()).then(|| app.zone.month(first))?.map(|it| it.start())
}

/// Writes an agreement; it is in force when it is signed. Administrators only.
#[utoipa::path(
    post, path = "/api/v1/agreements", tag = "cases", security(("person" = []), ("login" = [])), request_body = AgreementForm,
    responses(
        (status = 201, description = "A draft", body = AgreementTold,
            headers(("Location" = String, description = "Path of the agreement"), ("ETag" = String, description = "Version of the agreement"))),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "The county has as many as may be (`/problems/changed-too-often`)", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    body: Body<AgreementForm>,
) -> Result<(StatusCode, [(HeaderName, String); 1], TaggedAgreement), Problem> {
    let terms = terms(body.value)?;
    let act = Act { by: &person.id, at: app.now(), reason: None };
    let id = uuid::Uuid::now_v7().to_string();
    let made = app.store.draft_agreement(&id, &terms, &act).await;
    let told = told(&app, made.map_err(|error| store_failed(&error))?).await?;
    let place = [(header::LOCATION, format!("/api/v1/agreements/{id}"))];
    Ok((StatusCode::CREATED, place, told))
}

/// Writes a draft anew. Administrators only.
#[utoipa::path(
    put, path = "/api/v1/agreements/{id}", tag = "cases", security(("person" = []), ("login" = [])), request_body = AgreementForm,
    params(("id" = String, Path, description = "Agreement id"), ("If-Match" = String, Header, description = "`ETag` of the agreement")),
    responses(
        (status = 200, body = AgreementTold, headers(("ETag" = String, description = "Version of the agreement"))),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is signed already (`/problems/agreement-step`): end it, and write another one; or it was changed as often as may be (`/problems/changed-too-often`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile", body = wire::Problem, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    Path(id): Path<String>,
    meant: IfMatch,
    body: Body<AgreementForm>,
) -> Result<TaggedAgreement, Problem> {
    let terms = terms(body.value)?;
    let act = Act { by: &person.id, at: app.now(), reason: None };
    let fits = |version| meant.fits(version);
    let to = AgreementChange::Terms(&terms);
    let changed = app.store.change_agreement((&id, fits), to, &act).await;
    told(&app, changed.map_err(|error| store_failed(&error))?).await
}

/// Signs an agreement, suspends it, resumes it or ends it. Administrators only. What is booked under it stays booked.
#[utoipa::path(
    post, path = "/api/v1/agreements/{id}/step", tag = "cases", security(("person" = []), ("login" = [])), request_body = AgreementAct,
    params(("id" = String, Path, description = "Agreement id"), ("If-Match" = String, Header, description = "`ETag` of the agreement")),
    responses(
        (status = 200, body = AgreementTold, headers(("ETag" = String, description = "Version of the agreement"))),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "It has not come so far, or is further (`/problems/agreement-step`); or it was changed as often as may be (`/problems/changed-too-often`), and can be ended alone", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile", body = wire::Problem, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn step(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    Path(id): Path<String>,
    meant: IfMatch,
    body: Body<AgreementAct>,
) -> Result<TaggedAgreement, Problem> {
    let AgreementAct { step, reason } = body.value;
    let reason = reason_given(reason.as_deref())?;
    let act = Act { by: &person.id, at: app.now(), reason };
    let fits = |version| meant.fits(version);
    let changed = app.store.change_agreement((&id, fits), AgreementChange::Step(step), &act).await;
    told(&app, changed.map_err(|error| store_failed(&error))?).await
}

/// What is agreed, or everything that is wrong with it.
fn terms(form: AgreementForm) -> Result<AgreementTerms, Problem> {
    let mut faults = Faults::default();
    let AgreementForm { inviting, invited_id, from, until, month_max, paper } = form;
    let is_place = matches!(inviting.kind.as_str(), "site" | "area" | "county");
    if !is_place || inviting.scope().is_none() {
        no_such_side(&mut faults, "inviting");
    }
    if invited_id.is_empty() {
        no_such_side(&mut faults, "invitedId");
    }
    let from = faults.day("from", &from).and_then(counted);
    let until = faults.day("until", &until).and_then(counted);
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        let detail = "`until` must not be before `from`";
        faults.add("until", "ends-before-it-begins", json!({}), detail);
    }
    if month_max.is_some_and(|most| !(1..=MONTH_MAX_MOST).contains(&most)) {
        let detail = format!("`monthMax` must be from 1 to {MONTH_MAX_MOST}, or be left out");
        faults.add("monthMax", "not-so-many", json!({ "most": MONTH_MAX_MOST }), &detail);
    }
    faults.name("paper", &paper, PAPER_CHARS_MAX);
    let (Some(from), Some(until)) = (from, until) else { return Err(faults.problem()) };
    faults.or(AgreementTerms {
        inviting_kind: inviting.kind,
        inviting_id: inviting.id,
        invited_id,
        from,
        until,
        month_max,
        paper: paper.trim().to_owned(),
    })
}

fn no_such_side(faults: &mut Faults, field: &str) {
    let detail = format!(
        "`{field}` names nobody who is there: say the id of an organization, the code of an area, or `county`"
    );
    faults.add(field, "side-unknown", json!({}), &detail);
}

/// The agreement after a change, or why it was not made.
async fn told(app: &App, changed: ChangedAgreement) -> Result<TaggedAgreement, Problem> {
    let id = match changed {
        ChangedAgreement::Done(id) => id,
        ChangedAgreement::TooMany => {
            return Err(problem::changed_too_often(format!(
                "a county has at most {AGREEMENTS_MAX} agreements; write several sites of an area as one"
            )));
        }
        ChangedAgreement::TooOften => {
            return Err(problem::changed_too_often(format!(
                "an agreement is changed at most {AGREEMENT_CHANGES_MAX} times; end this one and write another"
            )));
        }
        ChangedAgreement::NoSuchSide(field) => {
            let mut faults = Faults::default();
            no_such_side(&mut faults, field);
            return Err(faults.problem());
        }
        ChangedAgreement::Meanwhile => {
            return Err(problem::changed_meanwhile(
                "this is not the latest version of the agreement, and nothing was changed; read it again, and send the change with its ETag",
            ));
        }
        ChangedAgreement::NotADraft => {
            return Err(problem::agreement_step(
                "the agreement is signed already; end it, and write another one",
            ));
        }
        ChangedAgreement::Step(why) => {
            let detail = format!("{why}; read it again: its `steps` say what can be done now");
            return Err(problem::agreement_step(detail));
        }
        ChangedAgreement::Unknown => return Err(no_such_agreement()),
    };
    let found = app.store.agreement(&id, month(app, app.now())?).await;
    let kept = found.map_err(|error| store_failed(&error))?.ok_or_else(no_such_agreement)?;
    Ok(([tag(kept.version)], Json(AgreementTold::new(app, kept))))
}

fn no_such_agreement() -> Problem {
    problem::not_found("there is no agreement of this id; choose one from the list")
}
