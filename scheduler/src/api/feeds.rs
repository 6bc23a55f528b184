//! Calendar feeds of a person and of a site, each at a secret address of its own: a calendar program has no login.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use booking::Interval;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::{Booker, Caller};
use super::feed_events::{Told, told};
use super::refusals::store_failed;
use super::{App, wire};
use crate::access::Secret;
use crate::civil::timestamp;
use crate::problem::{self, Problem};
use crate::store::FeedOwner;

/// How far back a feed reaches, and how far ahead.
const BEFORE_S: u64 = 30 * 86_400;
const AHEAD_S: u64 = 366 * 86_400;

/// The address of a feed. It is told once; who knows it reads the feed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FeedAddress {
    /// Path of the feed at this server, for a calendar program to subscribe to.
    path: String,
}

/// Gives one's own feed a new address; the one before leads nowhere from now on.
#[utoipa::path(
    post, path = "/api/v1/calendar", tag = "calendar", security(("person" = [])),
    responses(
        (status = 201, body = FeedAddress),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn renew_own(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
) -> Result<(StatusCode, Json<FeedAddress>), Problem> {
    let owner = FeedOwner::Person(person.id.clone());
    renew(&app, &owner, &person.id).await
}

/// Gives the feed of a site a new address; the one before leads nowhere from now on. Schedulers only.
#[utoipa::path(
    post, path = "/api/v1/organizations/{id}/calendar", tag = "calendar", security(("person" = [])),
    params(("id" = String, Path, description = "Organization id")),
    responses(
        (status = 201, body = FeedAddress),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such organization", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn renew_of_site(
    State(app): State<Arc<App>>,
    Booker(person): Booker,
    path: Result<Path<String>, PathRejection>,
) -> Result<(StatusCode, Json<FeedAddress>), Problem> {
    let Path(id) = path.map_err(|_| no_organization())?;
    renew(&app, &FeedOwner::Organization(id), &person.id).await
}

async fn renew(
    app: &App,
    owner: &FeedOwner,
    by: &str,
) -> Result<(StatusCode, Json<FeedAddress>), Problem> {
    let secret = Secret::random();
    let known = app.store.put_feed(owner, &secret.sha256(), (by, app.now())).await;
    if !known.map_err(|error| store_failed(&error))? {
        return Err(no_organization());
    }
    let path = format!("/api/v1/calendar/{}.ics", secret.as_str());
    Ok((StatusCode::CREATED, Json(FeedAddress { path })))
}

/// A feed: the sessions of the last 30 days and the coming 366, at most 500, cancelled ones marked as such.
#[utoipa::path(
    get, path = "/api/v1/calendar/{file}", tag = "calendar",
    params(("file" = String, Path, description = "The secret part of the address, with `.ics`")),
    responses(
        (status = 200, description = "iCalendar (RFC 5545)", content_type = "text/calendar"),
        (status = 404, description = "No such feed, or its address was renewed", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(file) = path.map_err(|_| no_feed())?;
    let secret = file.strip_suffix(".ics").and_then(Secret::read).ok_or_else(no_feed)?;
    let found = app.store.feed(&secret.sha256()).await.map_err(|error| store_failed(&error))?;
    let (owner, names) = found.ok_or_else(no_feed)?;
    let now = app.now();
    let within = Interval::new(now.minus(BEFORE_S), now.plus(AHEAD_S)).map_err(|_| no_feed())?;
    let sessions = app.store.feed_sessions(&owner, within).await;
    let sessions = sessions.map_err(|error| store_failed(&error))?;
    let ids: Vec<&str> = sessions.iter().map(|session| session.id.as_str()).collect();
    let stand_for = app.store.stand_for(&ids).await.map_err(|error| store_failed(&error))?;
    let told = told(&sessions, &stand_for);
    let text = calendar::feed(names.zh(), timestamp(now), told.iter().map(Told::event));
    Ok(([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], text).into_response())
}

fn no_organization() -> Problem {
    problem::not_found("there is no organization of this id; choose one from the directory")
}

fn no_feed() -> Problem {
    problem::not_found(
        "there is no calendar at this address; its owner may have renewed it: ask for the new one",
    )
}
