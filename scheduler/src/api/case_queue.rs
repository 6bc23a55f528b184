//! Whose case is triaged next: by turns of the sites, for who books.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use consultation::{Served, Waiting, turns};
use policy::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use super::cases::Viewer;
use super::cases_wire::Case;
use super::extract::Caller;
use super::refusals::store_failed;
use super::{App, touching, wire};
use crate::problem::{self, Problem};

/// Cases of the answer.
const SHOWN_MAX: usize = 20;
/// Turns of so long ago count no more: a week.
const SPAN_S: u64 = 7 * 86_400;

/// Cases that wait for doctors to be invited, the next one first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CaseQueue {
    /// At most 20.
    cases: Vec<QueuedCase>,
    /// How many wait in all; of more than 2000 the oldest are counted.
    waiting: usize,
}

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueuedCase {
    case: Case,
    /// How many cases of the same site and specialty had their turn in the last seven days, urgent ones apart.
    turns: u32,
}

/// Cases that wait for doctors to be invited, the next one first: urgent ones by age, and of the others one of each site in a
/// round, those first that had fewer in the last seven days. For who books: those of the sites for which they do.
#[utoipa::path(
    get, path = "/api/v1/cases/queue", tag = "cases", security(("person" = []), ("login" = [])),
    responses(
        (status = 200, body = CaseQueue),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn queue(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
) -> Result<Json<CaseQueue>, Problem> {
    if !person.may_somewhere(Permission::Book) {
        return Err(problem::forbidden(
            "only those who plan consultations see whose turn it is; your own cases are in the list",
        ));
    }
    let found = app.store.waiting_cases().await.map_err(|error| store_failed(&error))?;
    let sites: Vec<&str> = found.iter().map(|it| it.site.as_str()).collect();
    let own = touching::own_sites(&app, &person, &sites).await?;
    let since = app.now().0.saturating_sub(SPAN_S);
    let had = app.store.turns_since(booking::UnixS(since)).await;
    let had = had.map_err(|error| store_failed(&error))?;
    let served: Served<'_> =
        had.iter().map(|it| ((it.site.as_str(), it.specialty), it.cases)).collect();
    let waiting: Vec<Waiting<'_>> = found
        .iter()
        .map(|it| Waiting {
            site: &it.site,
            specialty: it.specialty,
            urgency: it.urgency,
            since_s: it.requested.0,
        })
        .collect();
    // The order is that of all of the county: who sees a part of it sees the same one before the other.
    let next = turns(&waiting, &served).into_iter().filter_map(|place| found.get(place));
    let next: Vec<_> = next.filter(|it| own.contains(it.site.as_str())).collect();
    let ids: Vec<&str> = next.iter().take(SHOWN_MAX).map(|it| it.id.as_str()).collect();
    let rows = app.store.cases_in_order(&ids).await.map_err(|error| store_failed(&error))?;
    let cases = rows.into_iter().map(|row| {
        let turns = served.get(&(row.inviting.organization_id.as_str(), row.specialty));
        let turns = turns.copied().unwrap_or_default();
        let actor = Viewer::of(&person, &row, true).actor;
        QueuedCase { turns, case: Case::new(&app, row, actor) }
    });
    Ok(Json(CaseQueue { cases: cases.collect(), waiting: next.len() }))
}
