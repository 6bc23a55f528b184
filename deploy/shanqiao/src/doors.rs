//! One router of all rooms, the web client behind them, and the pages for operators.

use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::rooms::Open;
use crate::web;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that this process answers.
pub(crate) fn router(rooms: Router, open: Open) -> Router {
    Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(open)
        .merge(rooms)
        .fallback(web::serve)
        .layer(middleware::map_response(no_sniffing))
}

async fn ready(State(open): State<Open>) -> Response {
    match open.ready() {
        Ok(()) => "ready\n".into_response(),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, why).into_response(),
    }
}

async fn metrics(State(open): State<Open>) -> Response {
    ([(CONTENT_TYPE, OPENMETRICS)], open.metrics()).into_response()
}

/// A browser shall believe what we say a thing is, so that an uploaded file never becomes a script.
async fn no_sniffing(mut response: Response) -> Response {
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
