//! How far the county is set up: what its administrator does next.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::Administrator;
use super::refusals::store_failed;
use super::{App, wire};
use crate::problem::Problem;
use crate::store::{Step, StepCount};

/// The steps of setting the county up, in the order in which they are done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CountySteps {
    steps: Vec<CountyStep>,
}

/// One step.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CountyStep {
    /// `areas`, `sites`, `rooms`, `terminals`, `people` (who can be booked), `logins` (those of them who can come in), `lines` or
    /// `sessions`.
    step: &'static str,
    /// How many there are; retired ones are not counted.
    count: u64,
    /// How many lack it: sites without an area (`sites`), a room (`rooms`) or a line (`lines`), rooms without a terminal, people
    /// without a login.
    without: u64,
    /// `done`, `todo`, or `optional`: a county works without it.
    state: &'static str,
}

impl From<StepCount> for CountyStep {
    fn from(counted: StepCount) -> Self {
        let StepCount { step, count, without } = counted;
        // A first session needs two sites with one person each, and a room.
        let (name, least, needed) = match step {
            Step::Areas => ("areas", 1, false),
            Step::Sites => ("sites", 2, true),
            Step::Rooms => ("rooms", 1, true),
            Step::Terminals => ("terminals", 1, false),
            Step::People => ("people", 2, true),
            Step::Logins => ("logins", 2, true),
            Step::Lines => ("lines", 1, false),
            Step::Sessions => ("sessions", 1, true),
        };
        let state = match (count >= least, needed) {
            (true, _) => "done",
            (false, true) => "todo",
            (false, false) => "optional",
        };
        Self { step: name, count, without, state }
    }
}

/// What the county has and what it still needs until the first session. Administrators only.
#[utoipa::path(
    get, path = "/api/v1/county/steps", tag = "access", security(("person" = []), ("login" = [])),
    responses(
        (status = 200, body = CountySteps),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn steps(
    State(app): State<Arc<App>>,
    _: Administrator,
) -> Result<Json<CountySteps>, Problem> {
    let counted = app.store.county_steps().await.map_err(|error| store_failed(&error))?;
    Ok(Json(CountySteps { steps: counted.into_iter().map(CountyStep::from).collect() }))
}
