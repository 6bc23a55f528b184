//! Minors and their guardians.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use booking::UnixS;
use policy::{Birthday, Company, Day};
use serde_json::{Value, json};

use super::assignments_wire::MinorForm;
use super::extract::{Administrator, Body, Path};
use super::faults::Faults;
use super::refusals::store_failed;
use super::{App, wire};
use crate::civil::parse_day;
use crate::problem::{self, Problem};
use crate::store::{Act, GUARDIANS_MAX, Minor, MinorPut, Session};

/// When a person was born who is or was a minor, and who answers for the person. Administrators only.
#[utoipa::path(
    get, path = "/api/v1/people/{id}/minor", tag = "register", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Person id")),
    responses(
        (status = 200, body = MinorForm),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nobody said that this is a minor", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(app): State<Arc<App>>,
    _: Administrator,
    Path(id): Path<String>,
) -> Result<Json<MinorForm>, Problem> {
    let minor = app.store.minor(&id).await.map_err(|error| store_failed(&error))?;
    let told = |Minor { born_on, guardian_ids }| Json(MinorForm { born_on, guardian_ids });
    minor.map(told).ok_or_else(|| {
        problem::not_found("nobody said that this person is a minor; say so with the day of birth")
    })
}

/// Says that a person is a minor: the day of birth, and the guardians. From then on to the eighteenth birthday no session is
/// booked or joined in which an adult would be alone with the person: there are two adults, of whom one holds a role that
/// answers for minors, or a guardian. Administrators only.
#[utoipa::path(
    put, path = "/api/v1/people/{id}/minor", tag = "register", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Person id")), request_body = MinorForm,
    responses(
        (status = 200, body = MinorForm),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such person", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "No day of birth, or a guardian who is none", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(
    State(app): State<Arc<App>>,
    Administrator(by): Administrator,
    Path(id): Path<String>,
    body: Body<MinorForm>,
) -> Result<Json<MinorForm>, Problem> {
    let mut form = body.value;
    form.guardian_ids.sort();
    form.guardian_ids.dedup();
    let mut faults = Faults::default();
    faults.at_most("guardianIds", form.guardian_ids.len(), GUARDIANS_MAX);
    let adult = adult_from(&app, &form.born_on);
    if adult.is_none() {
        let detail = "`bornOn` must be a day that has been, written YYYY-MM-DD, such as 2014-05-01";
        faults.add("bornOn", "not-a-day", json!({}), detail);
    }
    let Some(adult) = adult else { return Err(faults.problem()) };
    faults.or(())?;
    let minor = Minor { born_on: form.born_on.clone(), guardian_ids: form.guardian_ids.clone() };
    let act = Act { by: &by.id, at: app.now(), reason: None };
    let put = app.store.put_minor(&id, (&minor, adult), &act).await;
    let mut faults = Faults::default();
    match put.map_err(|error| store_failed(&error))? {
        MinorPut::Done => {}
        MinorPut::NoSuchPerson => {
            return Err(problem::not_found(
                "there is nobody of this id; choose one from the register",
            ));
        }
        MinorPut::NoSuchGuardian(guardian) => {
            let detail =
                format!("`{guardian}` is nobody who can be a guardian; choose another person");
            faults.add("guardianIds", "person-unknown", json!({ "id": guardian }), &detail);
        }
        MinorPut::GuardianIsMinor(guardian) => {
            let detail = format!("`{guardian}` is a minor and no guardian; choose an adult");
            faults.add("guardianIds", "guardian-is-minor", json!({ "id": guardian }), &detail);
        }
    }
    faults.or(Json(form))
}

/// The first second of the eighteenth birthday; none if this is no day on which somebody was born.
fn adult_from(app: &App, born_on: &str) -> Option<UnixS> {
    let born = parse_day(born_on)?;
    let lived = born <= app.zone.day_at(app.now()) && born.year() >= 1970;
    if !lived {
        return None;
    }
    let day = Day { year: born.year(), month: born.month(), day: born.day() };
    let Day { year, month, day } = Birthday(day).grown_up();
    let grown_up = jiff::civil::Date::new(year, month, day).ok()?;
    Some(app.zone.bounds(grown_up)?.start())
}

/// Who would be together in a session; refuses a way into one in which an adult would be alone with a minor by now, as somebody was
/// retired or disabled.
pub(super) async fn not_alone(app: &App, session: &Session) -> Result<Company, Problem> {
    let company = app.store.company(session, &[]).await.map_err(|error| store_failed(&error))?;
    let Some(alone) = policy::alone_with_minor(&company) else { return Ok(company) };
    if let Some(attendee) = session.attendee(alone.minor) {
        return Err(minor_alone(attendee.names.zh(), json!(attendee.names)));
    }
    let called = app.store.guest_called(alone.minor).await;
    let called = called.map_err(|error| store_failed(&error))?.unwrap_or_default();
    Err(minor_alone(&called, json!({ "zh": called })))
}

/// Refuses to ask a pupil of this name into a session in which an adult would be alone with the pupil.
pub(super) async fn not_alone_with(
    app: &App,
    session: &Session,
    name: &str,
) -> Result<(), Problem> {
    let company = app.store.company(session, &[String::new()]).await;
    let company = company.map_err(|error| store_failed(&error))?;
    match policy::alone_with_minor(&company) {
        Some(_) => Err(minor_alone(name, json!({ "zh": name }))),
        None => Ok(()),
    }
}

fn minor_alone(name: &str, names: Value) -> Problem {
    problem::minor_alone(format!(
        "{name} is a minor, and an adult is never alone with one: ask the scheduler to add a second adult, such as a teacher or a doctor, or a guardian"
    ))
    .member("rule", policy::Rule::MinorAlone.code())
    .param("names", names)
}
