//! Where the scheduler takes receipts: it asks for those after a number, and says which it has for good.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use problems::Problem;
use serde::Deserialize;
use tokio::task;

use super::outbox::EventBatch;
use super::queue::ReceiptStore;
use crate::Entry;
use crate::clock::unix_s;

/// `/receipts`.
pub(crate) fn router(entry: Entry) -> Router {
    Router::new().route("/receipts", get(give).delete(forget)).with_state(entry)
}

/// The outbox that is meant, and a number in it: what was read up to there is not read again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cursor {
    outbox: String,
    after: u64,
}

/// The events after a number, `{ "outbox", "first", "receipts" }`; those of an outbox that is not the named one from the
/// beginning.
async fn give(
    State(entry): State<Entry>,
    headers: HeaderMap,
    cursor: Result<Query<Cursor>, QueryRejection>,
) -> Result<Response, Problem> {
    let (kept, cursor) = admit(&entry, &headers, cursor)?;
    let read = task::spawn_blocking(move || {
        let outbox = kept.lock();
        let after = if outbox.id() == cursor.outbox { cursor.after } else { 0 };
        outbox.after(after).map(|batch| (outbox.id().to_owned(), batch))
    });
    let (id, EventBatch { first, events }) = read.await.map_err(failed)?.map_err(failed)?;
    let (id, events) = (serde_json::Value::from(id), events.join(","));
    let body = format!("{{\"outbox\":{id},\"first\":{first},\"receipts\":[{events}]}}");
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// The scheduler has everything up to a number on its own disk: the outbox may forget it.
async fn forget(
    State(entry): State<Entry>,
    headers: HeaderMap,
    cursor: Result<Query<Cursor>, QueryRejection>,
) -> Result<StatusCode, Problem> {
    let (kept, cursor) = admit(&entry, &headers, cursor)?;
    let metrics = entry.metrics.clone();
    let forgotten = task::spawn_blocking(move || {
        let mut outbox = kept.lock();
        if outbox.id() != cursor.outbox {
            return Ok(false);
        }
        let done = outbox.forget(cursor.after);
        metrics.receipts.set(i64::try_from(outbox.len()).unwrap_or(i64::MAX));
        done.map(|()| true)
    });
    if forgotten.await.map_err(failed)?.map_err(failed)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let (kind, title) = ("/problems/other-outbox", "The receipts are others");
    let detail = "These receipts are of another outbox: ask for them anew, from 0 on.";
    Err(Problem::new(StatusCode::CONFLICT, kind, title, detail))
}

fn admit(
    entry: &Entry,
    headers: &HeaderMap,
    cursor: Result<Query<Cursor>, QueryRejection>,
) -> Result<(ReceiptStore, Cursor), Problem> {
    if !session::is_service(headers, &entry.keys.borrow(), unix_s()) {
        entry.metrics.refuse("receipts");
        let (kind, title) = ("/problems/token-refused", "Receipts are for the scheduler");
        let detail = "Send a service token of this house as `Authorization: Bearer TOKEN`.";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, kind, title, detail));
    }
    let Ok(Query(cursor)) = cursor else {
        let (kind, title) = ("/problems/bad-parameter", "A parameter of the request is wrong");
        let detail = "`after` must be a number that was given before; leave it out to begin.";
        return Err(Problem::new(StatusCode::BAD_REQUEST, kind, title, detail));
    };
    let kept = entry.receipts.clone().ok_or_else(|| {
        let (kind, title) = ("/problems/no-receipts", "No receipts are kept here");
        let detail = "Set `receipts_folder` of the gateway to keep them.";
        Problem::new(StatusCode::NOT_FOUND, kind, title, detail)
    })?;
    Ok((kept, cursor))
}

fn failed(why: impl std::fmt::Display) -> Problem {
    tracing::error!(%why, "receipts cannot be read");
    let (kind, title) = ("/problems/internal", "The receipts cannot be read");
    let detail = "Try again, and look at the log and the disk of the gateway if it stays.";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, kind, title, detail)
}
