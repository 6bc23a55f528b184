//! The HTTP face: `/api/v1/...` in JSON, problems in RFC 9457, the description in `/api/openapi.json`.

mod access_refusals;
mod access_wire;
mod accounts;
mod acknowledging;
mod agreement_days;
mod agreements;
mod agreements_wire;
mod answers;
mod app;
mod areas;
mod areas_wire;
mod asking_in;
mod assignments;
mod assignments_wire;
mod attendance;
mod attendance_wire;
mod audit;
mod audit_wire;
mod availability;
mod availability_rules;
mod availability_wire;
mod caller;
mod case_queue;
mod case_refusals;
mod case_schemas;
mod case_steps;
mod cases;
mod cases_wire;
mod changes;
mod changes_wire;
mod changing;
mod consents;
mod consents_wire;
mod day;
mod day_wire;
mod device_day;
mod device_entry;
mod devices;
mod devices_wire;
mod directory_wire;
mod document;
mod ending;
mod events_wire;
mod extract;
mod faults;
mod feed_events;
mod feeds;
mod freshness;
mod guest_entry;
mod guests;
mod guests_wire;
mod holds;
mod holds_wire;
mod hours;
mod imports;
mod join;
mod learning_groups;
mod learning_groups_wire;
mod line_refusals;
mod line_terms;
mod lines;
mod lines_wire;
mod login;
mod mails;
mod materials;
mod materials_wire;
mod minors;
mod names_wire;
mod openid;
mod opinions;
mod opinions_wire;
mod people;
mod permitted;
mod place;
mod places_wire;
mod problem_schemas;
mod receipt_schemas;
mod receipts;
mod receptions;
mod recordings;
mod refusals;
mod register;
mod register_events;
mod register_wire;
mod reminders;
mod reminders_wire;
mod replayed;
mod series;
mod series_changes_wire;
mod series_changing;
mod series_hours;
mod series_members;
mod series_plan;
mod series_times;
mod series_wire;
mod series_wish;
mod sessions;
mod setup;
mod slots;
mod slots_field;
mod slots_told;
mod slots_wire;
mod steps;
mod terminals;
mod tickets_wire;
mod touching;
mod versions;
mod webhook_acts;
mod webhook_messages;
mod webhooks;
mod webhooks_wire;
mod week;
mod window;
mod wire;
mod word_schemas;

pub(crate) use app::App;
pub(crate) use webhook_messages::{signed_message, webhook_body, webhook_kind};

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Router, middleware};
use problems::ProblemKind;
use tower_http::compression::CompressionLayer;

use crate::problem::{self, Problem};

/// What the routes take and answer: OpenAPI 3.1 in JSON, as it stands at `/api/openapi.json`.
#[must_use]
pub fn description() -> &'static str {
    document::text()
}

/// Every route of the room. Unknown paths outside `/api` are left to the other rooms.
pub(crate) fn router(app: Arc<App>) -> Router {
    let (routes, _) = document::routes().split_for_parts();
    routes
        .route("/api", any(unknown_path))
        .route("/api/", any(unknown_path))
        .route("/api/{*rest}", any(unknown_path))
        .method_not_allowed_fallback(unknown_method)
        .layer(middleware::from_fn(freshness::tagged))
        .layer(middleware::from_fn(without_null_character))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), caller::paced))
        .layer(middleware::map_response_with_state(Arc::clone(&app), finish))
        .layer(CompressionLayer::new())
        .with_state(app)
}

/// No text of a store can hold U+0000: an address with it is refused before anything is looked up.
async fn without_null_character(request: Request, next: Next) -> Response {
    if request.uri().query().is_some_and(|query| query.contains("%00")) {
        return problem::bad_parameter("no parameter may hold the character U+0000; leave it out")
            .into_response();
    }
    if request.uri().path().contains("%00") {
        return unknown_path(request.uri().clone()).await.into_response();
    }
    next.run(request).await
}

async fn unknown_path(uri: Uri) -> Problem {
    problem::not_found(format!(
        "there is nothing at {}; see /api/openapi.json for what there is",
        uri.path()
    ))
}

async fn unknown_method(method: Method, request: Request) -> Response {
    let detail =
        format!("{} cannot be used on {}; see /api/openapi.json", method, request.uri().path());
    problem::method_not_allowed(detail).into_response()
}

/// Answers hold names and tokens: nobody keeps them on the way. Problems are counted.
async fn finish(State(app): State<Arc<App>>, mut response: Response) -> Response {
    if let Some(ProblemKind(kind)) = response.extensions().get() {
        app.metrics.problem(kind.strip_prefix("/problems/").unwrap_or(kind));
    }
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
