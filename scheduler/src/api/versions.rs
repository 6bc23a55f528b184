//! Versions of a session as HTTP tells them: `ETag` and `If-Match` (RFC 9110, sections 8.8.3 and 13.1.1).

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use booking::UnixS;

use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{Person, Session};

/// Most tags of one `If-Match` that are read.
const TAGS_MAX: usize = 16;

/// Most versions of one session; a program that changes one again and again is stopped there.
pub(super) const VERSIONS_MAX: i64 = 1_000;

/// A session with the tag of its version.
pub(super) type Tagged = ([(HeaderName, HeaderValue); 1], Json<wire::Session>);

/// The tag of a version. It tells what was agreed, not what comes and goes with who looks and when (`joinable`, `line`).
pub(super) fn tag(version: i64) -> (HeaderName, HeaderValue) {
    let quoted = format!("\"{version}\"");
    (ETAG, HeaderValue::from_str(&quoted).unwrap_or(HeaderValue::from_static("\"\"")))
}

/// The versions of a session that a request is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IfMatch {
    Any,
    Versions(Vec<i64>),
}

impl IfMatch {
    /// Whether the request is meant for this version.
    pub(super) fn fits(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }

    /// A tag that is weak, or none of ours, names no version.
    fn read(parts: &Parts) -> Option<Self> {
        let mut lines = parts.headers.get_all(IF_MATCH).iter().peekable();
        lines.peek()?;
        let tags = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
        let mut versions = vec![];
        for tag in tags.map(str::trim).take(TAGS_MAX) {
            if tag == "*" {
                return Some(Self::Any);
            }
            let version = tag.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
            versions.extend(version.and_then(|it| it.parse::<i64>().ok()));
        }
        Some(Self::Versions(versions))
    }
}

impl FromRequestParts<Arc<App>> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        Self::read(parts).ok_or_else(|| {
            problem::version_missing(
                "read the session, and send its ETag back as `If-Match` with the change, so that nobody overwrites what another has changed",
            )
        })
    }
}

impl OptionalFromRequestParts<Arc<App>> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Option<Self>, Problem> {
        Ok(Self::read(parts))
    }
}

/// A session as this person sees it, with its ETag.
pub(super) fn tagged(app: &App, session: Session, person: &Person, now: UnixS) -> Tagged {
    let tag = tag(session.version);
    ([tag], Json(wire::Session::new(app, session, &person.id, now)))
}

/// Somebody else was faster; the session as it is now goes along.
pub(super) fn meanwhile(app: &App, session: Session, person: &Person, now: UnixS) -> Problem {
    let session = wire::Session::new(app, session, &person.id, now);
    let session = serde_json::to_value(&session).unwrap_or_default();
    problem::changed_meanwhile(
        "this is not the latest version of the session, and nothing was changed; look at what it is now, and send the change again with its ETag",
    )
    .member("session", session)
}
