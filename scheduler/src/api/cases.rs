//! Cases of consultations: request, list, read. What is of the patient is for who cares for the patient, and each read of it
//! stands in the log of reads before it is answered.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use booking::UnixS;
use consultation::{Actor, Doctor, Limits, Request, check, check_line};
use policy::{Object, Permission};
use serde::Deserialize;
use session::Keys;

use super::audit::{self, ReadFrom};
use super::audit_wire::ReadAct;
use super::case_refusals::{faulty, no_such_case, not_of_yours, too_many_cases, too_many_steps};
use super::cases_wire::{
    Case, CaseCard, CaseEvents, CaseReason, CaseRequest, CaseTold, Cases, Clinical, ListedCase,
};
use super::extract::{Body, Caller, IdempotencyKey, Params, Path};
use super::refusals::{not_a_time, store_failed};
use super::replayed::marked;
use super::sessions::KEEP_ANSWER_S;
use super::versions::tag;
use super::{App, touching, wire};
use crate::access::card_mac;
use crate::civil::parse_time;
use crate::problem::{self, Problem};
use crate::store::{Act, Bounds, CareCase, Key, NewCase, Person, RequestedCase, WhichCases};

/// Cases of a page.
const PAGE: usize = 50;

/// Who looks at a case, and what of it is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Viewer<'a> {
    pub(super) actor: Actor<'a>,
    pub(super) cares: bool,
}

impl<'a> Viewer<'a> {
    /// Who treats nobody any more has no part in a case, whatever it was before.
    pub(super) fn of(person: &'a Person, case: &CareCase, schedules: bool) -> Self {
        let treats = person.may(Permission::ReadClinical, Object::Own)
            && person.may(Permission::WriteClinical, Object::Own);
        let id = if treats { person.id.as_str() } else { "" };
        Self { actor: Actor { person: id, schedules }, cares: case.case.cares(id) }
    }
}

/// The case of this id, if this person may see it.
pub(super) async fn seen<'a>(
    app: &App,
    person: &'a Person,
    id: &str,
) -> Result<(CareCase, Viewer<'a>), Problem> {
    let found = app.store.care_case(id).await.map_err(|error| store_failed(&error))?;
    let case = found.ok_or_else(no_such_case)?;
    let site = &case.inviting.organization_id;
    let schedules = touching::books_site(app, person, site).await?;
    let viewer = Viewer::of(person, &case, schedules);
    if viewer.cares || schedules { Ok((case, viewer)) } else { Err(not_of_yours()) }
}

/// The same for who cares for the patient alone.
pub(super) async fn cared_for<'a>(
    app: &App,
    person: &'a Person,
    id: &str,
) -> Result<(CareCase, Viewer<'a>), Problem> {
    let (case, viewer) = seen(app, person, id).await?;
    if viewer.cares { Ok((case, viewer)) } else { Err(not_of_yours()) }
}

/// A case with the tag of its version.
pub(super) type TaggedCase = ([(HeaderName, axum::http::HeaderValue); 1], Json<Case>);

pub(super) fn tagged(app: &App, row: CareCase, viewer: Viewer<'_>) -> TaggedCase {
    ([tag(row.version)], Json(Case::new(app, row, viewer.actor)))
}

#[derive(Debug, Deserialize)]
pub(super) struct Which {
    open: Option<bool>,
    before: Option<String>,
}

/// Cases, the latest first: one's own, and for a scheduler those of the sites for which it books, without anything of patients.
#[utoipa::path(
    get, path = "/api/v1/cases", tag = "cases", security(("person" = []), ("login" = [])),
    params(
        ("open" = Option<bool>, Query, description = "Only those that are neither closed nor cancelled"),
        ("before" = Option<String>, Query, description = "`next` of the answer before"),
        ("reason" = Option<String>, Query, description = "Why it is read; at most 200 characters"),
    ),
    responses(
        (status = 200, body = Cases),
        (status = 422, description = "The reason is too long", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Params(Which { open, before }): Params<Which>,
    from: ReadFrom,
) -> Result<Json<Cases>, Problem> {
    if before.as_deref().is_some_and(|it| it.parse::<uuid::Uuid>().is_err()) {
        return Err(problem::bad_parameter(
            "`before` must be the `next` of an answer; leave it out to begin",
        ));
    }
    let of = (!person.may_somewhere(Permission::Book)).then_some(person.id.as_str());
    let which = WhichCases { of, open: open.unwrap_or_default(), before: before.as_deref() };
    let mut rows =
        app.store.care_cases(which, PAGE + 1).await.map_err(|error| store_failed(&error))?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    let sites: Vec<&str> = rows.iter().map(|row| row.inviting.organization_id.as_str()).collect();
    let booked = touching::own_sites(&app, &person, &sites).await?;
    let booked: Vec<bool> = sites.iter().map(|site| booked.contains(site)).collect();
    let viewed = rows.into_iter().zip(booked).map(|(row, schedules)| {
        let viewer = Viewer::of(&person, &row, schedules);
        (row, viewer)
    });
    let shown: Vec<_> = viewed.filter(|(_, it)| it.cares || it.actor.schedules).collect();
    let own: Vec<&str> =
        shown.iter().filter(|(_, it)| it.cares).map(|(row, _)| row.id.as_str()).collect();
    if !own.is_empty() {
        audit::note(&app, &person, (ReadAct::Cases, ""), from).await?;
    }
    let names = app.store.case_patients(&own).await.map_err(|error| store_failed(&error))?;
    let cases = shown.into_iter().map(|(row, viewer)| {
        let named = names.iter().find(|(id, _)| *id == row.id);
        let patient_name = named.map(|(_, name)| name.clone());
        ListedCase { case: Case::new(&app, row, viewer.actor), patient_name }
    });
    Ok(Json(Cases { cases: cases.collect(), next }))
}

/// Requests a consultation. Village doctors only.
#[utoipa::path(
    post, path = "/api/v1/cases", tag = "cases", security(("person" = []), ("login" = [])), request_body = CaseRequest,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 visible ASCII characters. The same request with the same key within 24 hours gives the case of the first one and requests nothing more.")),
    responses(
        (status = 201, description = "Requested", body = Case,
            headers(("Location" = String, description = "Path of the case"), ("ETag" = String, description = "Version of the case, for `If-Match` of a step"), ("Idempotency-Replayed" = String, description = "`true` if it was requested by an earlier request"))),
        (status = 403, description = "Not a village doctor", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "As many cases are open as may be (`/problems/too-many-cases`)", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn request(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    key: Option<IdempotencyKey>,
    body: Body<CaseRequest>,
) -> Result<Response, Problem> {
    let invites = person.roles.iter().any(|it| it == "village_doctor");
    if !invites || !person.may(Permission::WriteClinical, Object::Own) {
        return Err(problem::forbidden(
            "only a village doctor requests a consultation; ask one of your clinic to do it",
        ));
    }
    let now = app.now();
    let new = new_case(&app, body.value, &person, now)?;
    let key = key.map(|IdempotencyKey(key)| Key {
        person_id: person.id.clone(),
        // The keys of bookings are others.
        key: format!("case {key}"),
        request_sha256: body.sha256,
    });
    let bounds = Bounds { rows_max: app.config.idempotency_rows_max, keep_s: KEEP_ANSWER_S };
    let requested = app.store.request_case(&new, key.as_ref().map(|key| (key, bounds))).await;
    let (id, replayed) = match requested.map_err(|error| store_failed(&error))? {
        RequestedCase::Made { forgotten } => {
            app.metrics.answers_forgotten.inc_by(forgotten);
            tracing::info!(case = %new.id, "case.requested");
            (new.id, false)
        }
        RequestedCase::Before(id) => (id, true),
        RequestedCase::KeyReused => {
            return Err(problem::key_reused(
                "this Idempotency-Key was used for another request; make a new one for this case",
            ));
        }
        RequestedCase::TooMany => return Err(too_many_cases()),
    };
    let (row, viewer) = seen(&app, &person, &id).await?;
    let place = [(header::LOCATION, format!("/api/v1/cases/{id}"))];
    let answer = (StatusCode::CREATED, place, tagged(&app, row, viewer)).into_response();
    Ok(marked(answer, replayed))
}

/// The case that is asked for, or everything that is wrong with it.
fn new_case(
    app: &App,
    asked: CaseRequest,
    person: &Person,
    now: UnixS,
) -> Result<NewCase, Problem> {
    let wished = parse_time(&asked.wished_at).ok_or_else(|| not_a_time("wishedAt"))?;
    let patient = &asked.patient;
    let request = Request {
        reason: &asked.reason,
        purpose: &asked.purpose,
        wished_s: wished.0,
        summary: &asked.summary,
        patient: consultation::Patient {
            name: &patient.name,
            born: patient.born,
            card: &patient.card,
        },
    };
    let year = u16::try_from(app.zone.day_at(now).year()).unwrap_or_default();
    let card = check(&request, &Limits::USUAL, (now.0, year)).map_err(|faults| faulty(&faults))?;
    let keys: &Keys = &app.keys();
    Ok(NewCase {
        id: uuid::Uuid::now_v7().to_string(),
        case: consultation::Case::requested(Doctor {
            person: person.id.clone(),
            organization: person.organization.id.clone(),
        }),
        urgency: asked.urgency,
        specialty: asked.specialty,
        title: asked.title,
        wished,
        requested: now,
        reason: asked.reason.trim().to_owned(),
        purpose: asked.purpose.trim().to_owned(),
        summary: asked.summary.trim().to_owned(),
        patient_name: patient.name.trim().to_owned(),
        patient_sex: patient.sex,
        patient_born: patient.born,
        card_mac: card_mac(&card, keys),
        card_last_four: card.last_four().to_owned(),
    })
}

/// One case. What is of the patient is there for who cares for the patient, and the read is written down before.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}", tag = "cases", security(("person" = []), ("login" = [])),
    params(
        ("id" = String, Path, description = "Case id"),
        ("reason" = Option<String>, Query, description = "Why it is read; at most 200 characters"),
    ),
    responses(
        (status = 200, body = CaseCard, headers(("ETag" = String, description = "Version of the case, for `If-Match` of a step"))),
        (status = 403, description = "Not one's own case", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The reason is too long", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    from: ReadFrom,
) -> Result<impl IntoResponse, Problem> {
    let (row, viewer) = seen(&app, &person, &id).await?;
    let clinical = match viewer.cares {
        true => {
            audit::note(&app, &person, (ReadAct::Case, &row.id), from).await?;
            Some(clinical(&app, &row.id).await?)
        }
        false => None,
    };
    let tag = tag(row.version);
    Ok(([tag], Json(CaseCard { case: Case::new(&app, row, viewer.actor), clinical })))
}

/// What is of the patient. Whoever calls this has written down who reads it.
async fn clinical(app: &App, id: &str) -> Result<Clinical, Problem> {
    let text = app.store.case_text(id).await.map_err(|error| store_failed(&error))?;
    Ok(Clinical::new(text.ok_or_else(no_such_case)?))
}

/// What happened to a case, by whom and when; why, for who cares for the patient.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}/events", tag = "cases", security(("person" = []), ("login" = [])),
    params(
        ("id" = String, Path, description = "Case id"),
        ("reason" = Option<String>, Query, description = "Why it is read; at most 200 characters"),
    ),
    responses(
        (status = 200, body = CaseEvents),
        (status = 403, description = "Not one's own case", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The reason is too long", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    from: ReadFrom,
) -> Result<Json<CaseEvents>, Problem> {
    let (row, viewer) = seen(&app, &person, &id).await?;
    if viewer.cares {
        audit::note(&app, &person, (ReadAct::CaseEvents, &row.id), from).await?;
    }
    let found = app.store.case_events(&row.id).await.map_err(|error| store_failed(&error))?;
    let events = found.into_iter().map(|event| CaseTold::new(&app, event, viewer.cares));
    Ok(Json(CaseEvents { events: events.collect() }))
}

/// Reads the case of somebody else's patient in an emergency. Doctors only. The reason stands in the log of reads and among the
/// events of the case, which its doctors read.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/break-glass", tag = "cases", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Case id")), request_body = CaseReason,
    responses(
        (status = 200, body = CaseCard),
        (status = 403, description = "Not a doctor", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "It was read so too often (`/problems/changed-too-often`)", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn break_glass(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    from: ReadFrom,
    body: Body<CaseReason>,
) -> Result<Json<CaseCard>, Problem> {
    if !person.may(Permission::ReadClinical, Object::Own) {
        return Err(problem::forbidden(
            "only a doctor reads the case of another doctor's patient; ask one to do it",
        ));
    }
    let reason = body.value.reason.trim();
    check_line("reason", reason, Limits::USUAL.line_chars_max).map_err(|fault| faulty(&[fault]))?;
    let found = app.store.care_case(&id).await.map_err(|error| store_failed(&error))?;
    let row = found.ok_or_else(no_such_case)?;
    let from = from.because(reason);
    audit::note(&app, &person, (ReadAct::BrokenGlass, &row.id), from).await?;
    let act = Act { by: &person.id, at: app.now(), reason: Some(reason) };
    let told = app.store.tell_broken_glass(&row.id, &act).await;
    if !told.map_err(|error| store_failed(&error))? {
        return Err(too_many_steps());
    }
    let clinical = Some(clinical(&app, &row.id).await?);
    let viewer = Viewer::of(&person, &row, false);
    Ok(Json(CaseCard { case: Case::new(&app, row, viewer.actor), clinical }))
}
