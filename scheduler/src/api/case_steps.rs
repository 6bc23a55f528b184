//! The steps of a case, each from the version that was read.

use std::sync::Arc;

use axum::extract::State;
use consultation::{Doctor, Limits, Reply, Step, Verdict, check_line};
use serde_json::json;
use session::Kind;

use super::agreement_days::cover;
use super::case_refusals::{
    case_meanwhile, faulty, no_such_case, not_covered_at, refused, too_many_steps, version_missing,
};
use super::cases::{TaggedCase, Viewer, seen, tagged};
use super::cases_wire::{
    Case, CaseAnswer, CaseMeanwhile, CaseReason, CaseSession, NewDecision, Triage,
};
use super::extract::{Body, Caller, Path};
use super::faults::Faults;
use super::refusals::{invalid, store_failed};
use super::versions::IfMatch;
use super::{App, wire};
use crate::problem::Problem;
use crate::store::{Act, CareCase, Cover, Person, Said, SteppedCase};

/// What is to be done: the step, what is said with it, and why.
pub(super) struct Taken<'a> {
    pub(super) step: Step,
    pub(super) said: Said<'a>,
    pub(super) reason: Option<&'a str>,
}

impl Taken<'_> {
    /// A step of which nothing is said.
    fn plain(step: Step) -> Self {
        Self { step, said: Said::default(), reason: None }
    }
}

/// Takes a step of a case from the version that is meant.
pub(super) async fn take(
    app: &App,
    person: &Person,
    (id, meant): (&str, Option<IfMatch>),
    taken: Taken<'_>,
) -> Result<TaggedCase, Problem> {
    let (_, viewer) = seen(app, person, id).await?;
    take_as(app, (person, viewer), (id, meant), taken).await
}

/// The same by somebody who has seen the case in this request.
pub(super) async fn take_as(
    app: &App,
    (person, viewer): (&Person, Viewer<'_>),
    (id, meant): (&str, Option<IfMatch>),
    taken: Taken<'_>,
) -> Result<TaggedCase, Problem> {
    let meant = meant.ok_or_else(version_missing)?;
    let Taken { step, said, reason } = taken;
    let kind = step.kind();
    let act = Act { by: &person.id, at: app.now(), reason };
    let fits = |version| meant.fits(version);
    let stepped = app.store.step_case((id, fits), (viewer.actor, step), &said, &act).await;
    match stepped.map_err(|error| store_failed(&error))? {
        SteppedCase::Done(row, touched) => {
            for session_id in &touched {
                app.booking_changed(session_id);
            }
            tracing::info!(case = %row.id, step = %kind, "case.stepped");
            Ok(tagged(app, *row, viewer))
        }
        SteppedCase::Meanwhile(row) => Err(case_meanwhile(app, *row, viewer.actor)),
        SteppedCase::Refused(why) => Err(refused(&why)),
        SteppedCase::SessionTaken => {
            let detail = "another case has that session; choose or book another one";
            Err(invalid("sessionId", "session-of-another-case", json!({}), detail))
        }
        SteppedCase::NotCovered(organization, why) => Err(not_covered_at(kind, &organization, why)),
        SteppedCase::TooMany => Err(too_many_steps()),
        SteppedCase::Unknown => Err(no_such_case()),
    }
}

/// A reason that is needed, in the member of this name.
fn needed<'a>(field: &'static str, text: Option<&'a str>) -> Result<&'a str, Problem> {
    let text = text.unwrap_or_default().trim();
    let checked = check_line(field, text, Limits::USUAL.line_chars_max);
    checked.map(|()| text).map_err(|fault| faulty(&[fault]))
}

/// A reason that may be left out.
fn given<'a>(field: &'static str, text: Option<&'a str>) -> Result<Option<&'a str>, Problem> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    text.map(|text| needed(field, Some(text))).transpose()
}

/// Invites doctors, and says how urgent a case is. For who books for the inviting site.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/triage", tag = "cases", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Case id"), ("If-Match" = String, Header, description = "`ETag` of the case")),
    request_body = Triage,
    responses(
        (status = 200, body = Case, headers(("ETag" = String, description = "Version of the case"))),
        (status = 409, description = "The case is not at this step (`/problems/case-step`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile", body = CaseMeanwhile, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn triage(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    meant: Option<IfMatch>,
    body: Body<Triage>,
) -> Result<TaggedCase, Problem> {
    let (row, viewer) = seen(&app, &person, &id).await?;
    let Triage { invited_ids, urgency } = body.value;
    let invited = specialists(&app, invited_ids).await?;
    let cover = Some(cover(&app, row.wished.max(app.now()))?);
    let said = Said { urgency, cover, ..Said::default() };
    let taken = Taken { step: Step::Triage { invited }, said, reason: None };
    take_as(&app, (&person, viewer), (&id, meant), taken).await
}

/// The doctors of these ids, if they are such as can be invited, or everything that is wrong with the list.
async fn specialists(app: &App, ids: Vec<String>) -> Result<Vec<Doctor>, Problem> {
    let mut faults = Faults::default();
    if !faults.at_most("invitedIds", ids.len(), consultation::INVITED_MAX) {
        return Err(faults.problem());
    }
    let mut invited = Vec::new();
    for id in ids {
        let found = app.store.person(&id).await.map_err(|error| store_failed(&error))?;
        let params = json!({ "id": id, "role": "specialist" });
        match found {
            None => {
                let detail = format!("there is nobody of the id {id}; choose somebody else");
                faults.add("invitedIds", "person-unknown", params, &detail);
            }
            Some(it) if !it.roles.iter().any(|role| role == "specialist") => {
                let detail =
                    format!("{id} is not registered as a specialist; choose somebody else");
                faults.add("invitedIds", "role-not-held", params, &detail);
            }
            Some(it) => {
                invited.push(Doctor { person: it.id, organization: it.organization.id });
            }
        }
    }
    faults.or(invited)
}

/// Accepts an invitation, declines it, or says that another specialty is needed. For invited doctors.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/answer", tag = "cases", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Case id"), ("If-Match" = String, Header, description = "`ETag` of the case")),
    request_body = CaseAnswer,
    responses(
        (status = 200, body = Case, headers(("ETag" = String, description = "Version of the case"))),
        (status = 409, description = "The case is not at this step (`/problems/case-step`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile", body = CaseMeanwhile, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    meant: Option<IfMatch>,
    body: Body<CaseAnswer>,
) -> Result<TaggedCase, Problem> {
    let CaseAnswer { reply, reason, specialty } = body.value;
    let reason = match reply {
        Reply::Accept => given("reason", reason.as_deref())?,
        Reply::Decline | Reply::Redirect => Some(needed("reason", reason.as_deref())?),
    };
    if (reply == Reply::Redirect) != specialty.is_some() {
        let detail = "`specialty` says what is needed instead: with `redirect`, and not otherwise";
        return Err(invalid("specialty", "specialty-of-redirection", json!({}), detail));
    }
    let (row, viewer) = seen(&app, &person, &id).await?;
    let cover = match reply {
        Reply::Accept => cover_of_session(&app, &row).await?,
        Reply::Decline | Reply::Redirect => None,
    };
    let said = Said { specialty, cover, ..Said::default() };
    let taken = Taken { step: Step::Answer(reply), said, reason };
    take_as(&app, (&person, viewer), (&id, meant), taken).await
}

/// What is to be covered of a case that has a session: who accepts then takes part in it.
async fn cover_of_session(app: &App, row: &CareCase) -> Result<Option<Cover>, Problem> {
    let Some(session_id) = &row.case.kept().session else { return Ok(None) };
    let found = app.store.session(session_id).await.map_err(|error| store_failed(&error))?;
    let booked = found.filter(|it| !it.cancelled);
    booked.map(|session| cover(app, session.interval.start())).transpose()
}

/// Says which session is booked for a case. For who books for the inviting site; the session is booked by
/// `POST /api/v1/sessions` before.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/schedule", tag = "cases", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Case id"), ("If-Match" = String, Header, description = "`ETag` of the case")),
    request_body = CaseSession,
    responses(
        (status = 200, body = Case, headers(("ETag" = String, description = "Version of the case"))),
        (status = 409, description = "The case is not at this step (`/problems/case-step`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile", body = CaseMeanwhile, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn schedule(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    meant: Option<IfMatch>,
    body: Body<CaseSession>,
) -> Result<TaggedCase, Problem> {
    let (_, viewer) = seen(&app, &person, &id).await?;
    let session_id = body.value.session_id;
    let found = app.store.session(&session_id).await.map_err(|error| store_failed(&error))?;
    let session = found.filter(|it| it.kind == Kind::Consultation && !it.cancelled);
    let Some(session) = session else {
        let detail = "`sessionId` must be of a consultation that is booked and not cancelled";
        return Err(invalid("sessionId", "not-a-consultation", json!({}), detail));
    };
    let people = session.attendees.into_iter().map(|it| it.person_id).collect();
    let step = Step::Schedule { session: session.id, people };
    let said = Said { cover: Some(cover(&app, session.interval.start())?), ..Said::default() };
    take_as(&app, (&person, viewer), (&id, meant), Taken { step, said, reason: None }).await
}

/// Decides what of the latest opinion is adopted: diagnosis and treatment stay with the inviting side. For the inviting doctor.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/decision", tag = "cases", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Case id"), ("If-Match" = String, Header, description = "`ETag` of the case")),
    request_body = NewDecision,
    responses(
        (status = 200, body = Case, headers(("ETag" = String, description = "Version of the case"))),
        (status = 409, description = "The case is not at this step (`/problems/case-step`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile", body = CaseMeanwhile, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn decide(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    meant: Option<IfMatch>,
    body: Body<NewDecision>,
) -> Result<TaggedCase, Problem> {
    let NewDecision { verdict, why } = body.value;
    let reason = match verdict {
        Verdict::Adopted => given("why", why.as_deref())?,
        Verdict::Partly | Verdict::Not => Some(needed("why", why.as_deref())?),
    };
    let taken = Taken { step: Step::Decide(verdict), said: Said::default(), reason };
    take(&app, &person, (&id, meant), taken).await
}

/// Closes a case of which the latest opinion is decided. For the inviting doctor.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/close", tag = "cases", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Case id"), ("If-Match" = String, Header, description = "`ETag` of the case")),
    responses(
        (status = 200, body = Case, headers(("ETag" = String, description = "Version of the case"))),
        (status = 409, description = "The case is not at this step (`/problems/case-step`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile", body = CaseMeanwhile, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn close(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    meant: Option<IfMatch>,
) -> Result<TaggedCase, Problem> {
    take(&app, &person, (&id, meant), Taken::plain(Step::Close)).await
}

/// Gives a case up before an opinion is signed, and cancels its session. For the inviting doctor, and who books for its site.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/cancel", tag = "cases", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Case id"), ("If-Match" = String, Header, description = "`ETag` of the case")),
    request_body = CaseReason,
    responses(
        (status = 200, body = Case, headers(("ETag" = String, description = "Version of the case"))),
        (status = 409, description = "The case is not at this step (`/problems/case-step`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile", body = CaseMeanwhile, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path(id): Path<String>,
    meant: Option<IfMatch>,
    body: Body<CaseReason>,
) -> Result<TaggedCase, Problem> {
    let reason = Some(needed("reason", Some(&body.value.reason))?);
    let taken = Taken { step: Step::Cancel, said: Said::default(), reason };
    take(&app, &person, (&id, meant), taken).await
}
