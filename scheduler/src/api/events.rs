//! The inbox for facts from the other rooms of the house.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use session::Event;
use utoipa::ToSchema;

use super::App;
use super::extract::{Body, Service};
use super::refusals::store_failed;
use super::wire;
use crate::problem::Problem;
use crate::store::Kept;

const BATCH_MAX: usize = 100;
const SOURCE_BYTES_MAX: usize = 128;

/// A batch of facts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Batch {
    /// At most 100, each { source, sequence, atMs, type: joined | left | recording_ready, room, ... }.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Event>,
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Receipt {
    /// New and stored.
    stored: u64,
    /// Known before by (source, sequence); nothing was changed.
    known: u64,
}

/// Takes facts from gateway and recorder, each once by (source, sequence). The sender may send a batch again until it is
/// answered with 200.
#[utoipa::path(
    post, path = "/api/v1/events", tag = "events", security(("service" = [])), request_body = Batch,
    responses(
        (status = 200, body = Receipt),
        (status = 400, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a service token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 413, description = "Over 64 KiB", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not events, or over 100", body = wire::Problem, content_type = "application/problem+json"),
        (status = 507, description = "The store is full", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn take(
    State(app): State<Arc<App>>,
    _: Service,
    body: Body<Batch>,
) -> Result<Json<Receipt>, Problem> {
    let events = body.value.events;
    if events.len() > BATCH_MAX {
        return Err(Problem::invalid(format!(
            "at most {BATCH_MAX} events at once; send the rest as another batch"
        )));
    }
    if !events.iter().all(is_sound) {
        let detail = "each event needs a source of 1 to 128 bytes, a room, and numbers below 2^63";
        return Err(Problem::invalid(detail));
    }
    let kept = app.store.keep_events(&events, app.config.event_rows_max).await;
    match kept.map_err(|error| store_failed(&error))? {
        Kept::All { stored, known } => {
            app.metrics.events.inc_by(stored);
            Ok(Json(Receipt { stored, known }))
        }
        Kept::Full => Err(Problem::disk(
            "the events' table is full; tell the operator to raise event_rows_max",
        )),
    }
}

fn is_sound(event: &Event) -> bool {
    let fits = |number: u64| i64::try_from(number).is_ok();
    (1..=SOURCE_BYTES_MAX).contains(&event.source.len())
        && !event.what.room().is_empty()
        && fits(event.sequence)
        && fits(event.at_ms)
}
