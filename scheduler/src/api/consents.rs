//! Before the talk: who the patient is, and what the patient consents to. Until both are noted nothing is sent in the session of
//! the case, and nothing is recorded without a consent of its own.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use consultation::{Card, Limits, Step, check_consent, check_line, consent_text};
use serde_json::json;
use session::Language;

use super::audit::{self, ReadFrom};
use super::audit_wire::ReadAct;
use super::case_refusals::{case_meanwhile, faulty, refused, version_missing};
use super::case_steps::{Taken, take, take_as};
use super::cases::{TaggedCase, cared_for, seen};
use super::cases_wire::{Case, CaseMeanwhile};
use super::consents_wire::{CheckIn, Consents, NewConsent, Withdrawal};
use super::extract::{Body, Caller, Path};
use super::join::closing_time;
use super::refusals::{invalid, store_failed};
use super::versions::IfMatch;
use super::{App, wire};
use crate::access::is_card_mac;
use crate::problem::Problem;
use crate::store::{CareCase, ConsentGiven, Said};

/// Attests who the patient is, for the session of the case, from 15 minutes before it starts until it is over. For the inviting
/// doctor, beside whom the patient sits.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/check-in", tag = "cases", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Case id"), ("If-Match" = String, Header, description = "`ETag` of the case")),
    request_body = CheckIn,
    responses(
        (status = 200, body = Case, headers(("ETag" = String, description = "Version of the case"))),
        (status = 409, description = "The case is not at this step (`/problems/case-step`), or its session is not open (`/problems/not-joinable`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile", body = CaseMeanwhile, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn check_in(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    meant: Option<IfMatch>,
    body: Body<CheckIn>,
) -> Result<TaggedCase, Problem> {
    let (row, viewer) = seen(&app, &person, &id).await?;
    row.case.may(viewer.actor, Step::CheckIn.kind()).map_err(|why| refused(&why))?;
    // It is attested for the session that the doctor sees.
    if !meant.ok_or_else(version_missing)?.fits(row.version) {
        return Err(case_meanwhile(&app, row, viewer.actor));
    }
    is_open(&app, &row).await?;
    let known_by = attested(&app, &row, &body.value).await?;
    let meant = Some(IfMatch::Versions(vec![row.version]));
    let taken = Taken { step: Step::CheckIn, said: Said::default(), reason: known_by };
    take_as(&app, (&person, viewer), (&row.id, meant), taken).await
}

/// Whether the session of a case can be joined now.
async fn is_open(app: &App, row: &CareCase) -> Result<(), Problem> {
    let Some(session_id) = &row.case.kept().session else { return Ok(()) };
    let found = app.store.session(session_id).await.map_err(|error| store_failed(&error))?;
    match found {
        Some(session) => closing_time(app, &session, app.now()).map(drop),
        None => Ok(()),
    }
}

/// How the patient is known without a card; none if it is the card of the request.
async fn attested<'a>(
    app: &App,
    row: &CareCase,
    said: &'a CheckIn,
) -> Result<Option<&'a str>, Problem> {
    let known_by = said.known_by.as_deref().map(str::trim).filter(|it| !it.is_empty());
    let card = said.card.as_deref().map(str::trim).filter(|it| !it.is_empty());
    match (card, known_by) {
        (Some(typed), None) => {
            let known = app.store.case_card(&row.id).await.map_err(|error| store_failed(&error))?;
            let (keys, now) = (app.keys(), app.now());
            let is_that = |card: &Card| {
                known.as_deref().is_some_and(|known| is_card_mac(card, known, (&keys, now)))
            };
            if Card::read(typed).is_some_and(|card| is_that(&card)) {
                return Ok(None);
            }
            let detail = "this is not the number of the card of the request; look whether it is the right patient, type it again, or say how you know the patient";
            Err(invalid("card", "card-of-another", json!({}), detail))
        }
        (None, Some(known_by)) => {
            check_line("knownBy", known_by, Limits::USUAL.line_chars_max)
                .map_err(|fault| faulty(&[fault]))?;
            Ok(Some(known_by))
        }
        _ => {
            let detail =
                "give the number of the card, or say how you know the patient: one of both";
            let field =
                if said.card.is_none() && said.known_by.is_some() { "knownBy" } else { "card" };
            Err(invalid(field, "card-or-known-by", json!({}), detail))
        }
    }
}

/// Notes a consent of the patient, or of who consents for the patient, to one purpose. For the inviting doctor.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/consents", tag = "cases", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Case id"), ("If-Match" = String, Header, description = "`ETag` of the case")),
    request_body = NewConsent,
    responses(
        (status = 200, body = Case, headers(("ETag" = String, description = "Version of the case"))),
        (status = 409, description = "The case is over (`/problems/case-step`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile", body = CaseMeanwhile, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn give(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    meant: Option<IfMatch>,
    body: Body<NewConsent>,
) -> Result<TaggedCase, Problem> {
    let new = &body.value;
    let language = new.language().ok_or_else(no_language)?;
    let (name, witness, fee) = (new.name.trim(), new.witness.trim(), new.fee.trim());
    let NewConsent { purpose, giver, form, .. } = *new;
    let checked = consultation::NewConsent { purpose, giver, name, form, witness, fee };
    check_consent(&checked, &Limits::USUAL).map_err(|faults| faulty(&faults))?;
    let text = consent_text(purpose);
    if new.text_id != text.id {
        let detail = "another text is read now; read the case's consents again, and read the text to the patient";
        return Err(invalid("textId", "another-consent-text", json!({ "id": text.id }), detail));
    }
    let consent =
        Some(ConsentGiven { giver, name, form, witness, language, text_id: text.id, fee });
    let said = Said { consent, ..Said::default() };
    let taken = Taken { step: Step::Consent(purpose), said, reason: None };
    take(&app, &person, (&id, meant), taken).await
}

fn no_language() -> Problem {
    let known: Vec<&str> = Language::ALL.iter().map(|it| it.as_str()).collect();
    let known = known.join(", ");
    let detail = format!("`language` must be one of {known}");
    invalid("language", "language-unknown", json!({ "known": known }), &detail)
}

/// Notes that a consent is withdrawn: what it allowed ends at once. For whoever cares for the patient, and who books for the
/// inviting site, at any time.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/withdrawal", tag = "cases", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Case id"), ("If-Match" = String, Header, description = "`ETag` of the case")),
    request_body = Withdrawal,
    responses(
        (status = 200, body = Case, headers(("ETag" = String, description = "Version of the case"))),
        (status = 409, description = "No consent at all is in force (`/problems/case-step`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile", body = CaseMeanwhile, content_type = "application/problem+json"),
        (status = 422, description = "No consent to this purpose is in force", body = wire::Invalid, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn withdraw(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    meant: Option<IfMatch>,
    body: Body<Withdrawal>,
) -> Result<TaggedCase, Problem> {
    let Withdrawal { purpose, reason } = &body.value;
    let reason = reason.as_deref().map(str::trim).filter(|it| !it.is_empty());
    if let Some(reason) = reason {
        check_line("reason", reason, Limits::USUAL.line_chars_max)
            .map_err(|fault| faulty(&[fault]))?;
    }
    let taken = Taken { step: Step::Withdraw(*purpose), said: Said::default(), reason };
    take(&app, &person, (&id, meant), taken).await
}

/// What was consented to and withdrawn in a case, and the texts that are read. For who cares for the patient.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}/consents", tag = "cases", security(("person" = []), ("login" = [])),
    params(
        ("id" = String, Path, description = "Case id"),
        ("reason" = Option<String>, Query, description = "Why it is read; at most 200 characters"),
    ),
    responses(
        (status = 200, body = Consents),
        (status = 403, description = "Not one's own case", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The reason is too long", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    from: ReadFrom,
) -> Result<Json<Consents>, Problem> {
    let (row, _) = cared_for(&app, &person, &id).await?;
    audit::note(&app, &person, (ReadAct::Case, &row.id), from).await?;
    let lines = app.store.consents(&row.id).await.map_err(|error| store_failed(&error))?;
    Ok(Json(Consents::new(&app, lines)))
}
