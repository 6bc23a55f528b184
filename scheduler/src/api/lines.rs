//! The lines of sites: what they carry and cost, set by schedulers, and what a session would take of them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use booking::Capacity;

use super::extract::{Body, Path, Scheduling};
use super::line_refusals::{bad_capacity, bad_tariff, bad_tariff_time, line_booked, line_refused};
use super::lines_wire::{Line, LineBooked, Quote, SiteQuote};
use super::refusals::store_failed;
use super::sessions::{check, new_session};
use super::{App, touching, wire};
use crate::problem::{self, Problem};
use crate::store::{BookableLine, LinePut};

/// What the line of an organization carries and costs. Schedulers of there only.
#[utoipa::path(
    get, path = "/api/v1/organizations/{id}/line", tag = "people", security(("person" = [])),
    params(("id" = String, Path, description = "Organization id")),
    responses(
        (status = 200, description = "Without bounds and prices where nothing is known of it", body = Line),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    Path(id): Path<String>,
) -> Result<Json<Line>, Problem> {
    if !touching::books_site(&app, &person, &id).await? {
        return Err(touching::other_site());
    }
    let line = app.store.line(&id).await.map_err(|error| store_failed(&error))?;
    Ok(Json(line.unwrap_or_default().into()))
}

/// Says what the line of an organization carries and costs; without bounds and prices it is forgotten. Sessions that are booked
/// from then on are held to it; it cannot be less than what is booked already. Schedulers of there only.
#[utoipa::path(
    put, path = "/api/v1/organizations/{id}/line", tag = "people", security(("person" = [])),
    params(("id" = String, Path, description = "Organization id")),
    request_body = Line,
    responses(
        (status = 200, body = Line),
        (status = 400, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such organization", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "More is booked on it", body = LineBooked, content_type = "application/problem+json"),
        (status = 422, description = "No capacity or no tariff", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    Path(id): Path<String>,
    body: Body<Line>,
) -> Result<Json<Line>, Problem> {
    if !touching::books_site(&app, &person, &id).await? {
        return Err(touching::other_site());
    }
    let Line { down_kbps, up_kbps, .. } = body.value;
    for (field, kbps) in [("downKbps", down_kbps), ("upKbps", up_kbps)] {
        if kbps.is_some_and(|kbps| !(1..=Capacity::KBPS_MAX).contains(&kbps)) {
            return Err(bad_capacity(field, Capacity::KBPS_MAX));
        }
    }
    let tariff = body.value.tariff().ok_or_else(bad_tariff_time)?.map_err(bad_tariff)?;
    let line = BookableLine { capacity: Capacity { down_kbps, up_kbps }, tariff };
    let wanted = Some(&line).filter(|line| **line != BookableLine::default());
    match app.store.put_line(&id, wanted, app.now()).await.map_err(|error| store_failed(&error))? {
        LinePut::Done => Ok(Json(line.into())),
        LinePut::Booked(excess) => Err(line_booked(&app, excess)),
        LinePut::NoSuchOrganization => Err(problem::not_found(
            "there is no organization of this id; choose one from the directory",
        )),
    }
}

/// What a session would take of the line of each of its sites, in each mode that they may have, what that costs and whether it
/// fits. Nothing is booked; the title may be missing. Schedulers only.
#[utoipa::path(
    post, path = "/api/v1/sessions/quote", tag = "sessions", security(("person" = [])), request_body = wire::BookingRequest,
    responses(
        (status = 200, body = Quote),
        (status = 400, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn quote(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    body: Body<wire::BookingRequest>,
) -> Result<Json<Quote>, Problem> {
    let (now, mut request) = (app.now(), body.value);
    let people: Vec<&str> = request.participants.iter().map(|it| it.person_id.as_str()).collect();
    if !touching::books(&app, &person, &people).await? {
        return Err(touching::elsewhere());
    }
    if request.title.trim().is_empty() {
        "-".clone_into(&mut request.title);
    }
    let interval = check(&app, &request, now)?;
    let new = new_session(&app, request, interval, &person, now);
    let sites = match app.store.outlook(&new).await {
        Ok(sites) => sites,
        Err(refused) => return Err(line_refused(&app, &new, refused).await),
    };
    let fits = sites.iter().all(|site| site.fits(interval));
    let next_fit = if fits {
        None
    } else {
        match app.store.next_fit(&new).await {
            Ok(next) => next.map(|fit| app.zone.print(fit.start())),
            Err(refused) => return Err(line_refused(&app, &new, refused).await),
        }
    };
    let sites = sites.into_iter().map(|site| SiteQuote::new(&app, site, interval)).collect();
    Ok(Json(Quote { sites, next_fit }))
}
