//! Whoever leads a session that runs asks a third person in: another specialist, an interpreter.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use booking::UnixS;
use serde::{Deserialize, Serialize};
use serde_json::json;
use session::{LanguagePair, Names, Role};
use utoipa::ToSchema;

use super::changes_wire::ChangedMeanwhile;
use super::changing::carry_out;
use super::extract::{Body, Caller, Params, SessionId};
use super::faults::Faults;
use super::hours::override_reason;
use super::join::closing_time;
use super::lines_wire::NotChanged;
use super::names_wire::NamesSchema;
use super::refusals::{reason_given, store_failed};
use super::sessions::find;
use super::versions::{Tagged, meanwhile, tagged};
use super::word_schemas::role_schema;
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{Candidate, Part, Person, Session, Terms};

/// Longest text that is looked for, characters.
const TEXT_CHARS_MAX: usize = 100;
/// Most people of a list.
const CANDIDATES_MAX: usize = 200;
/// How often it is tried anew because somebody else changes the session at the same time.
const TRIES_MAX: usize = 3;
/// Who is asked in while a session runs; whoever is at the patient's or the pupils' side asks guests in.
const ASKED: [Role; 4] =
    [Role::Specialist, Role::VillageDoctor, Role::LeadTeacher, Role::Interpreter];

/// Somebody to be asked into a session that runs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AskedIn {
    person_id: String,
    #[schema(schema_with = role_schema)]
    role: Role,
    /// Of an interpreter: between which languages, such as `bo-zh`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "bo-zh")]
    interprets: Option<LanguagePair>,
    /// Why, for the people who are booked; one line, at most 200 characters.
    reason: Option<String>,
    /// Why now although the person has other hours; one line, at most 200 characters.
    override_reason: Option<String>,
}

/// Somebody who could be asked in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CandidateView {
    person_id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    #[schema(value_type = NamesSchema)]
    organization_names: Names,
    /// Whether nothing else is booked for the person until the session ends.
    free: bool,
}

impl From<Candidate> for CandidateView {
    fn from(row: Candidate) -> Self {
        let Candidate { id, names, organization_names, free } = row;
        Self { person_id: id, names, organization_names, free: free != 0 }
    }
}

/// Those who could be asked in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Candidates {
    /// At most 200, those who are free first.
    people: Vec<CandidateView>,
    /// Whether there are more than the list holds.
    more: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct CandidateParams {
    role: Option<String>,
    text: Option<String>,
}

/// Who could be asked into a session that runs, in one role. For whoever leads it.
#[utoipa::path(
    get, path = "/api/v1/sessions/{id}/candidates", tag = "sessions", security(("person" = []), ("login" = [])),
    params(
        ("id" = String, Path, description = "Session id"),
        ("role" = Option<String>, Query, description = "`specialist`, `village_doctor`, `lead_teacher` or `interpreter`; `specialist` if absent"),
        ("text" = Option<String>, Query, description = "Part of the person's or the organization's name, at most 100 characters"),
    ),
    responses(
        (status = 200, body = Candidates),
        (status = 400, description = "No such role, or too long a text", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not specialist or lead teacher of this session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Cancelled, too early (with `opensAt`) or over (with `closedAt`)", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn candidates(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    SessionId(id): SessionId,
    Params(CandidateParams { role, text }): Params<CandidateParams>,
) -> Result<Json<Candidates>, Problem> {
    let role = role.as_deref().map_or(Some(Role::Specialist), |word| word.parse().ok());
    let role = role.filter(|role| ASKED.contains(role)).ok_or_else(|| {
        let [first, second, third, last] = ASKED;
        problem::bad_parameter(format!("`role` must be {first}, {second}, {third} or {last}"))
    })?;
    let text = text.unwrap_or_default();
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(problem::bad_parameter(format!(
            "`text` must be at most {TEXT_CHARS_MAX} characters"
        )));
    }
    let now = app.now();
    let session = led(&app, &person, &id, now).await?;
    let rest = session.interval.rest(now);
    let most = i64::try_from(CANDIDATES_MAX + 1).unwrap_or(i64::MAX);
    let found = app.store.candidates((&id, role, &text), (rest, now), most).await;
    let mut found = found.map_err(|error| store_failed(&error))?;
    let more = found.len() > CANDIDATES_MAX;
    found.truncate(CANDIDATES_MAX);
    Ok(Json(Candidates { people: found.into_iter().map(CandidateView::from).collect(), more }))
}

/// Asks a third person into a session that can be joined and is not over; who is booked is told, and the person finds the session on the home
/// page. Whoever leads it does so, and need not wait for a scheduler. The person has to be free from now on; where the session
/// stands in other ways is as for a scheduler's change. Twice is the same as once.
#[utoipa::path(
    post, path = "/api/v1/sessions/{id}/participants", tag = "sessions", security(("person" = []), ("login" = [])), request_body = AskedIn,
    params(("id" = String, Path, description = "Session id")),
    responses(
        (status = 200, body = wire::Session, headers(("ETag" = String, description = "Version of the session"))),
        (status = 400, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not specialist or lead teacher of this session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "The person is taken or has other hours, or a line is too full; or the session is not open, over, cancelled, or was changed 1,000 times", body = NotChanged, content_type = "application/problem+json"),
        (status = 412, description = "Others change it all the time; try again", body = ChangedMeanwhile, content_type = "application/problem+json"),
        (status = 413, description = "Over 64 KiB", body = wire::Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
        (status = 503, description = "Busy; try again", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn ask_in(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    SessionId(id): SessionId,
    body: Body<AskedIn>,
) -> Result<Tagged, Problem> {
    let AskedIn { person_id, role, interprets, reason, override_reason: overrides } = body.value;
    let mut faults = Faults::default();
    if !ASKED.contains(&role) {
        let detail = "`role` must be of somebody who is booked; guests are asked in with a ticket";
        faults.add("role", "role-not-of-kind", json!({}), detail);
    }
    faults.or(())?;
    let reason = reason_given(reason.as_deref())?;
    let overrides = override_reason(overrides.as_deref())?;
    let now = app.now();
    for _ in 0..TRIES_MAX {
        let before = led(&app, &person, &id, now).await?;
        match before.attendee(&person_id) {
            Some(here) if here.role == role => return Ok(tagged(&app, before, &person, now)),
            Some(_) => {
                return Err(problem::forbidden(
                    "this person is in the session in another role; ask the scheduler to change that",
                ));
            }
            None => {}
        }
        let mut wanted = Terms::of(&before);
        wanted.participants.push(Part {
            person_id: person_id.clone(),
            role,
            interprets: interprets.clone(),
        });
        let why = (reason, overrides.clone());
        if let Some(after) = carry_out(&app, (&person, now), (&before, wanted), why).await? {
            return Ok(tagged(&app, after, &person, now));
        }
    }
    Err(meanwhile(&app, find(&app, &id).await?, &person, now))
}

/// The session, for whoever leads it, while it can be joined.
async fn led(app: &App, person: &Person, id: &str, now: UnixS) -> Result<Session, Problem> {
    let session = find(app, id).await?;
    if !session.is_led_by(&person.id) {
        return Err(problem::forbidden(
            "only the specialist or lead teacher of a session asks others in; ask them, or the scheduler",
        ));
    }
    closing_time(app, &session, now)?;
    if session.interval.end() <= now {
        return Err(problem::too_late(
            "the booked time is over; ask the scheduler to prolong the session first",
        ));
    }
    Ok(session)
}
