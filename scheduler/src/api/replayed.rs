//! An answer that an earlier request was given already.

use axum::http::HeaderValue;
use axum::response::Response;

/// The answer, which says so if it was given to an earlier request of the same `Idempotency-Key`.
pub(super) fn marked(mut response: Response, replayed: bool) -> Response {
    if replayed {
        let yes = HeaderValue::from_static("true");
        response.headers_mut().insert("idempotency-replayed", yes);
    }
    response
}
