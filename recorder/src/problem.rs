//! Faults of the recorder itself, told to who asks.

use axum::http::StatusCode;
use problems::Problem;

/// A fault of ours; what went wrong goes to the log and not to the caller.
pub(crate) fn internal(doing: &'static str, error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(doing, %error, "a request failed");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "/problems/internal",
        "The recorder has a fault",
        "Try again in a minute; if it stays, tell the operator the time of this message.",
    )
}
