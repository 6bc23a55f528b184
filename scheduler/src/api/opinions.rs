//! Opinions of invited doctors: signed over what was asked, told and received.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use consultation::{Limits, MaterialPart, Step, StepKind, check_text};
use serde::Deserialize;

use super::audit::{self, ReadFrom};
use super::audit_wire::ReadAct;
use super::case_refusals::{
    case_meanwhile, faulty, no_such_case, not_of_yours, refused, version_missing,
};
use super::case_steps::{Taken, take_as};
use super::cases::{TaggedCase, cared_for, seen};
use super::cases_wire::{Case, CaseMeanwhile};
use super::extract::{Body, Caller, Params, Path};
use super::opinions_wire::{NewOpinion, Opinion};
use super::refusals::store_failed;
use super::versions::IfMatch;
use super::{App, wire};
use crate::opinion::{
    Ed25519, MaterialStated, PatientStated, Received, RequestStated, Signer, SignerStated,
    Statement,
};
use crate::problem::{self, Problem};
use crate::receipt::ReceivedSums;
use crate::store::{
    CareCase, CaseDoctor, CaseText, Said, ShownMaterial, SignedOpinion, StoreError,
};

/// Signs an opinion, or a new version of it; those before stay as they are. For invited doctors who have accepted.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/opinion", tag = "cases", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Case id"), ("If-Match" = String, Header, description = "`ETag` of the case")),
    request_body = NewOpinion,
    responses(
        (status = 200, body = Case, headers(("ETag" = String, description = "Version of the case"))),
        (status = 409, description = "The case is not at this step (`/problems/case-step`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile", body = CaseMeanwhile, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn sign(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    meant: Option<IfMatch>,
    body: Body<NewOpinion>,
) -> Result<TaggedCase, Problem> {
    let (row, viewer) = seen(&app, &person, &id).await?;
    row.case.may(viewer.actor, StepKind::Sign).map_err(|why| refused(&why))?;
    let said = body.value.opinion.trim();
    check_text("opinion", said, Limits::USUAL.opinion_chars_max)
        .map_err(|fault| faulty(&[fault]))?;
    // What is signed is of the version that was read: any other one is refused.
    if !meant.ok_or_else(version_missing)?.fits(row.version) {
        return Err(case_meanwhile(&app, row, viewer.actor));
    }
    let failed = |error: StoreError| store_failed(&error);
    let text = app.store.case_text(&row.id).await.map_err(failed)?.ok_or_else(no_such_case)?;
    let received = match &row.case.kept().session {
        Some(session_id) => app.store.attendances(session_id).await.map_err(failed)?,
        None => Vec::new(),
    };
    let materials = app.store.shown_materials(&row.id, &person.id).await.map_err(failed)?;
    let doctor = row.invited.iter().find(|it| it.person_id == person.id);
    let doctor = doctor.ok_or_else(not_of_yours)?;
    let opinion = signed(&app, (&row, &text, &received, &materials), (doctor, said))?;
    let meant = Some(IfMatch::Versions(vec![row.version]));
    let said = Said { opinion: Some(&opinion), ..Said::default() };
    let taken = Taken { step: Step::Sign, said, reason: None };
    take_as(&app, (&person, viewer), (&row.id, meant), taken).await
}

/// What an opinion is signed over: the case, what it says, what everybody received, what the signer was shown.
type About<'a> = (&'a CareCase, &'a CaseText, &'a [(String, ReceivedSums)], &'a [ShownMaterial]);

/// The opinion with its signature by the current key of the house.
fn signed(
    app: &App,
    (row, text, received, materials): About<'_>,
    (doctor, said): (&CaseDoctor, &str),
) -> Result<SignedOpinion, Problem> {
    let version = row.case.kept().opinions.saturating_add(1);
    let patient = PatientStated {
        born: text.patient_born,
        card_ends: &text.card_last_four,
        name: &text.patient_name,
        sex: text.patient_sex.as_str(),
    };
    let request = RequestStated {
        by: stated(&row.inviting),
        purpose: &text.purpose,
        reason: &text.reason,
        requested_at: app.zone.print(row.requested),
        specialty: row.specialty.as_str(),
        summary: &text.summary,
    };
    let when = app.zone.print(app.now());
    let mut statement =
        Statement::new((&row.id, said, version), (stated(doctor), when), patient, request);
    statement.session = row.case.kept().session.as_deref();
    statement.attendance = received
        .iter()
        .map(|(person, sums)| Received {
            person,
            picture_s: sums.picture.received_s,
            screen_s: sums.screen.received_s,
            sound_s: sums.sound.received_s,
        })
        .collect();
    statement.materials = materials.iter().map(shown).collect();
    let unsigned = || problem::internal("the opinion could not be signed; tell the operator");
    let statement = serde_json::to_string(&statement).map_err(|_| unsigned())?;
    let signer = Ed25519::of(&app.keys()).ok_or_else(unsigned)?;
    Ok(SignedOpinion {
        version: version.into(),
        algorithm: signer.algorithm().to_owned(),
        key_id: signer.key_id().to_owned(),
        public_key: STANDARD.encode(signer.public_key()),
        signature: STANDARD.encode(signer.sign(statement.as_bytes())),
        statement,
    })
}

fn shown(of: &ShownMaterial) -> MaterialStated<'_> {
    let ShownMaterial { material, original, preview } = of;
    let parts = [(MaterialPart::Original, *original), (MaterialPart::Preview, *preview)];
    let handed = parts.into_iter().filter(|(_, shown)| *shown);
    MaterialStated {
        id: &material.id,
        kind: material.kind.as_str(),
        preview_sha256: material.preview.as_ref().map(|it| it.sha256.as_str()),
        sha256: &material.original.sha256,
        shown: handed.map(|(part, _)| part.as_str()).collect(),
        title: &material.title,
    }
}

fn stated(doctor: &CaseDoctor) -> SignerStated<'_> {
    SignerStated {
        name: doctor.names.zh(),
        organization: &doctor.organization_id,
        organization_name: doctor.organization_names.zh(),
        person: &doctor.person_id,
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct WhichOpinion {
    version: Option<i64>,
}

/// An opinion with its signature: of a version, or the latest. For who cares for the patient.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}/opinion", tag = "cases", security(("person" = []), ("login" = [])),
    params(
        ("id" = String, Path, description = "Case id"),
        ("version" = Option<i64>, Query, description = "From 1; the latest if absent"),
        ("reason" = Option<String>, Query, description = "Why it is read; at most 200 characters"),
    ),
    responses(
        (status = 200, body = Opinion),
        (status = 403, description = "Not one's own case", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such case, or no such opinion in it", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The reason is too long", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    Params(WhichOpinion { version }): Params<WhichOpinion>,
    from: ReadFrom,
) -> Result<Json<Opinion>, Problem> {
    let (row, _) = cared_for(&app, &person, &id).await?;
    audit::note(&app, &person, (ReadAct::Opinion, &row.id), from).await?;
    let found = app.store.opinion(&row.id, version).await.map_err(|error| store_failed(&error))?;
    let opinion = found.ok_or_else(|| {
        problem::not_found(
            "no such opinion is signed in this case; the case says how many there are",
        )
    })?;
    Ok(Json(opinion.into()))
}
