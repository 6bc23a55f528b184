//! One router of all rooms, the web client behind them, and the pages for operators.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request, State};
use axum::http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use tokio::time::timeout;

use crate::rooms::Open;
use crate::web;

/// Largest body that measures a line; the web client sends half of it.
const LINE_CHECK_BYTES: usize = 64 * 1024;
/// A page that measures its line has sent everything within this time, or has no line.
const LINE_CHECK_WITHIN: Duration = Duration::from_secs(30);
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that this process answers.
pub(crate) fn router(rooms: Router, open: Open) -> Router {
    Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(no_metrics))
        .route("/line-check", post(line_check).layer(DefaultBodyLimit::max(LINE_CHECK_BYTES)))
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

/// What the listener of the counters answers: they are on an address of their own, which strangers do not reach.
pub(crate) fn metrics(open: Open, refusals: Refusals) -> Router {
    let answer = async |State((open, refusals)): State<(Open, Refusals)>| {
        ([(CONTENT_TYPE, OPENMETRICS)], open.metrics(&refusals.text())).into_response()
    };
    Router::new().route("/metrics", get(answer)).with_state((open, refusals))
}

async fn no_metrics() -> Response {
    let told = "the counters have an address of their own: see --metrics\n";
    (StatusCode::NOT_FOUND, told).into_response()
}

/// What the HTTP listeners have refused, counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusals {
    /// Connections over the bound of one address.
    pub(crate) by_address: Counter,
}

impl Refusals {
    fn text(&self) -> String {
        let mut registry = Registry::with_prefix("http");
        registry.register(
            "connections_refused",
            "Connections closed at once because their address has too many",
            self.by_address.clone(),
        );
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &registry);
        text
    }
}

/// Takes what a page sends to measure its line, and forgets it. Who sends nothing does not keep the place.
async fn line_check(request: Request) -> Response {
    match timeout(LINE_CHECK_WITHIN, Bytes::from_request(request, &())).await {
        Ok(Ok(_sent)) => StatusCode::NO_CONTENT.into_response(),
        Ok(Err(refused)) => refused.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

/// A browser shall believe what we say a thing is, so that an uploaded file never becomes a script.
async fn no_sniffing(mut response: Response) -> Response {
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_line_check_is_bounded() {
        let doors = || {
            Router::new().route(
                "/line-check",
                post(line_check).layer(DefaultBodyLimit::max(LINE_CHECK_BYTES)),
            )
        };
        for (bytes, status) in [(32 * 1024, 204), (LINE_CHECK_BYTES + 1, 413)] {
            let request = Request::post("/line-check").body(Body::from(vec![0; bytes])).unwrap();
            assert_eq!(doors().oneshot(request).await.unwrap().status(), status);
        }
    }
}
