//! How a guest comes in: by the link of a ticket or its six digits the first time, and then by the cookie of that browser.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use booking::UnixS;
use session::Names;

use super::access_refusals::tried_too_often;
use super::audit::ReadFrom;
use super::caller::{ClientAddress, not_foreign};
use super::extract::Body;
use super::guests_wire::{GuestLook, GuestView, TicketShown};
use super::join::pass;
use super::refusals::store_failed;
use super::{App, wire};
use crate::access::{
    Address, Digits, DigitsOf, DigitsOutcome, Secret, Stopped, guest_cookie_secret, is_secure,
    set_guest_cookie,
};
use crate::problem::{self, Problem};
use crate::store::{Guest, GuestBy, Person, Session, StoreError};

/// What a ticket is for; it is not used by that. The answer names the browser by a cookie, so that what follows, and what
/// is sent again because an answer was lost, comes from the same one.
#[utoipa::path(
    post, path = "/api/v1/guest/look", tag = "guests", request_body = TicketShown,
    responses(
        (status = 200, body = GuestLook),
        (status = 403, description = "Another site's page sent this", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "These digits open nothing now", body = wire::Problem, content_type = "application/problem+json"),
        (status = 410, description = "Revoked, used in another browser, or of another server: `reason` says which", body = wire::Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many wrong digits from the address, or in all", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn look(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    body: Body<TicketShown>,
) -> Result<Response, Problem> {
    not_foreign(&app, &headers)?;
    let known = guest_cookie_secret(&headers);
    let browser = known.clone().unwrap_or_else(Secret::random);
    let shown = body.value;
    let found = shown_ticket(&app, &shown, known.as_ref(), address).await?;
    let ticket = match found {
        Some(guest) => {
            let session = session_of(&app, &guest).await?;
            Some(GuestView::new(&app, &guest, &session))
        }
        None => None,
    };
    let cookie = set_guest_cookie(&browser, is_secure(&headers));
    Ok(([(header::SET_COOKIE, cookie)], Json(GuestLook { ticket })).into_response())
}

/// Comes in: the ticket belongs to this browser from then on. A guest may come back, here, until the room closes.
#[utoipa::path(
    post, path = "/api/v1/guest/join", tag = "guests", request_body = TicketShown,
    responses(
        (status = 200, body = wire::Pass),
        (status = 403, description = "Another site's page sent this", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "These digits open nothing now", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Cancelled, too early (with `opensAt`) or over (with `closedAt`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 410, description = "Revoked, used in another browser, of another server, or nobody came in here: `reason` says which", body = wire::Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many wrong digits from the address, or in all", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn join(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    from: ReadFrom,
    body: Body<TicketShown>,
) -> Result<Response, Problem> {
    not_foreign(&app, &headers)?;
    let browser = guest_cookie_secret(&headers).ok_or_else(|| {
        ticket_over(
            "cookies-off",
            "this browser keeps no cookies, so it could not come back after a reload; allow them for this address, and open the link again",
        )
    })?;
    let guest = shown_ticket(&app, &body.value, Some(&browser), address).await?;
    let guest = guest.ok_or_else(|| {
        let detail = "open the link of your ticket, or type its six digits";
        ticket_over("nothing-shown", detail)
    })?;
    let session = session_of(&app, &guest).await?;
    first_in_time(&app, &guest, &session)?;
    let now = app.now();
    // The answer before what it changes: a session that cannot be joined binds nothing.
    let person = as_person(&guest)?;
    let pass = pass(&app, session, (&person, guest.role), from).await?;
    let bound = app.store.bind_guest(&guest.id, &browser.sha256(), now).await;
    if !bound.map_err(|error| store_failed(&error))? {
        return Err(used_elsewhere());
    }
    let cookie = set_guest_cookie(&browser, is_secure(&headers));
    Ok(([(header::SET_COOKIE, cookie)], Json(pass)).into_response())
}

/// A guest as who is let in by a pass: in no directory, and booked for nothing else.
fn as_person(guest: &Guest) -> Result<Person, Problem> {
    let nameless = |_| problem::internal("this guest has no name; ask for another ticket");
    let names = Names::new(guest.name.as_str()).map_err(nameless)?;
    Ok(Person::unlisted(guest.identity(), names, &guest.organization))
}

/// A ticket lets in for the first time until the booked end; who came in may come back until the room closes.
fn first_in_time(app: &App, guest: &Guest, session: &Session) -> Result<(), Problem> {
    let end = session.interval.end();
    if guest.used.is_none() && !session.cancelled && app.now() >= end {
        let at = app.zone.print(end);
        let detail = "the session is over, and this ticket with it; ask for a new time";
        return Err(problem::not_joinable(detail).member("closedAt", at));
    }
    Ok(())
}

async fn session_of(app: &App, guest: &Guest) -> Result<Session, Problem> {
    let found = app.store.session(&guest.session_id).await;
    found.map_err(|error| store_failed(&error))?.ok_or_else(unknown)
}

/// The guest of what is shown, if the ticket is not revoked and not another browser's; none if nothing is shown and nobody
/// came in here.
async fn shown_ticket(
    app: &App,
    shown: &TicketShown,
    browser: Option<&Secret>,
    address: Option<Address>,
) -> Result<Option<Guest>, Problem> {
    let own = browser.map(Secret::sha256);
    let guest = match (&shown.once, &shown.digits) {
        (Some(once), _) => {
            let secret = Secret::read(once).ok_or_else(unknown)?;
            let found = app.store.guest(GuestBy::Link(&secret.sha256())).await;
            found.map_err(|error| store_failed(&error))?.ok_or_else(unknown)?
        }
        (None, Some(digits)) => by_digits(app, digits, own.as_deref(), address).await?,
        (None, None) => {
            let Some(sha256) = &own else { return Ok(None) };
            let by = GuestBy::Browser(sha256, shown.session_id.as_deref());
            let found = app.store.guest(by).await.map_err(|error| store_failed(&error))?;
            let Some(guest) = found else { return Ok(None) };
            guest
        }
    };
    if guest.revoked.is_some() {
        return Err(ticket_over(
            "revoked",
            "this ticket was taken back; ask the clinic or the school for a new one",
        ));
    }
    match &guest.used {
        Some((sha256, _)) if Some(sha256) != own.as_ref() => Err(used_elsewhere()),
        _ => Ok(Some(guest)),
    }
}

/// The guest of these digits, among the tickets that let in now. What opens nothing is a wrong try, whatever the reason.
async fn by_digits(
    app: &App,
    typed: &str,
    own: Option<&str>,
    address: Option<Address>,
) -> Result<Guest, Problem> {
    let now = app.now();
    let awaited = app.store.guests_awaited(now, app.config.join_early_s).await;
    let awaited = awaited.map_err(|error| store_failed(&error))?;
    let tried = (address, awaited);
    app.access.begin_guess(DigitsOf::Guest, tried, now).map_err(|(stopped, wait_s)| {
        app.metrics.access.digits(DigitsOf::Guest, stopped.into());
        too_many_guesses(stopped, wait_s)
    })?;
    app.metrics.access.tries_forgotten.inc_by(app.access.forgotten());
    let found = of_digits(app, typed).await.map_err(|error| {
        app.access.right_guess(DigitsOf::Guest, tried);
        store_failed(&error)
    })?;
    let Some(guest) = found else { return Err(wrong(app)) };
    let session = session_of(app, &guest).await?;
    let is_now = is_awaited(app, &session, now);
    let elsewhere = guest.used.as_ref().is_some_and(|(sha256, _)| Some(sha256.as_str()) != own);
    if !is_now {
        return Err(wrong(app));
    }
    if elsewhere || guest.revoked.is_some() {
        app.metrics.access.digits(DigitsOf::Guest, DigitsOutcome::Wrong);
    } else {
        app.metrics.access.digits(DigitsOf::Guest, DigitsOutcome::Right);
        app.access.right_guess(DigitsOf::Guest, tried);
    }
    Ok(guest)
}

/// The guest whom these digits name, by the keys of now or of when they were given.
async fn of_digits(app: &App, typed: &str) -> Result<Option<Guest>, StoreError> {
    let Some(digits) = Digits::read(typed) else { return Ok(None) };
    let macs = digits.macs(&app.keys(), app.now());
    for mac in macs {
        if let Some(guest) = app.store.guest(GuestBy::Digits(&mac)).await? {
            return Ok(Some(guest));
        }
    }
    Ok(None)
}

fn is_awaited(app: &App, session: &Session, now: UnixS) -> bool {
    let opens = session.interval.start().minus(app.config.join_early_s);
    !session.cancelled && session.ended.is_none() && opens <= now && now < session.interval.end()
}

fn wrong(app: &App) -> Problem {
    app.metrics.access.digits(DigitsOf::Guest, DigitsOutcome::Wrong);
    let minutes = app.config.join_early_s / 60;
    problem::digits_unknown(format!(
        "these digits open nothing now; look at the slip once more: digits work from {minutes} minutes before the time that stands on it until its end"
    ))
    .param("minutes", minutes)
}

fn too_many_guesses(stopped: Stopped, wait_s: u64) -> Problem {
    tried_too_often(wait_s, |minutes| match stopped {
        Stopped::Address => format!(
            "too many wrong digits came from your network; try again in {minutes} minutes, or open the link of the ticket"
        ),
        Stopped::All => format!(
            "too many wrong digits were typed today; digits open nothing for {minutes} minutes, links go on: scan the code of the ticket"
        ),
    })
}

fn ticket_over(reason: &'static str, detail: &str) -> Problem {
    problem::ticket_over(detail).member("reason", reason)
}

fn unknown() -> Problem {
    ticket_over(
        "unknown",
        "this is no ticket of this server, or a part of its link was lost; scan the code again, or ask for a new ticket",
    )
}

fn used_elsewhere() -> Problem {
    ticket_over(
        "used",
        "this ticket was used in another browser or on another telephone; go on there, or ask the clinic or the school for a new one",
    )
}
