//! Call lists of sites, slips of paper, and what is shown to each person of reminders.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use booking::UnixS;
use policy::{Object, Permission};
use serde::Deserialize;
use session::Language;

use super::extract::{Caller, Params};
use super::refusals::store_failed;
use super::reminders_wire::{CallList, MyReminders};
use super::touching::books_site;
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::slips::{Slip, printed};
use crate::store::{Person, Reminder, WhichReminders};

/// Days of a call list: today and tomorrow.
const DAYS: i64 = 2;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteParam {
    site: String,
}

/// Whether this person keeps the call list of a site, as its village leader, its health worker or its teacher, or books for it.
pub(super) async fn keeps_calls(app: &App, person: &Person, site: &str) -> Result<bool, Problem> {
    if person.may_somewhere(Permission::KeepCallList) {
        let places = app.store.places_of_sites(&[site]).await;
        let places = places.map_err(|error| store_failed(&error))?;
        let keeps = |place| person.may(Permission::KeepCallList, Object::Place(place));
        if places.iter().any(keeps) {
            return Ok(true);
        }
    }
    books_site(app, person, site).await
}

pub(super) fn not_a_keeper() -> Problem {
    problem::forbidden(
        "only the village leader, the health worker or the teacher of this site, and who books for it, keep its call list; ask one of them",
    )
}

/// The steps of a call list.
async fn called(app: &App, person: &Person, site: &str) -> Result<Vec<Reminder>, Problem> {
    if !keeps_calls(app, person, site).await? {
        return Err(not_a_keeper());
    }
    let now = app.now();
    let days = app.zone.days_from(app.zone.day_at(now), DAYS);
    let until = days.map_or_else(|| UnixS(now.0), |days| days.end());
    let found = app.store.reminders(WhichReminders::Site(site, now, until)).await;
    found.map_err(|error| store_failed(&error))
}

/// Who of a site is to be told of what today and tomorrow, by what each is reminded, and who has answered. For the village leader,
/// the health worker and the teacher of the site, and who books for it.
#[utoipa::path(
    get, path = "/api/v1/reminders", tag = "reminders", security(("person" = []), ("login" = [])),
    params(("site" = String, Query, description = "Organization id")),
    responses(
        (status = 200, body = CallList),
        (status = 400, description = "No site", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Does not keep the call list of this site", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Params(SiteParam { site }): Params<SiteParam>,
) -> Result<Json<CallList>, Problem> {
    let reminders = called(&app, &person, &site).await?;
    Ok(Json(CallList::new(&app, site, reminders)))
}

/// One slip of paper for each person of a call list who has not answered, as a file for a receipt printer (ESC/POS, GB18030): name,
/// day and time, place, and what to bring.
#[utoipa::path(
    get, path = "/api/v1/reminders/slips", tag = "reminders", security(("person" = []), ("login" = [])),
    params(("site" = String, Query, description = "Organization id")),
    responses(
        (status = 200, description = "To be sent to the printer as it is", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 400, description = "No site", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Does not keep the call list of this site", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn slips(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Params(SiteParam { site }): Params<SiteParam>,
) -> Result<impl IntoResponse, Problem> {
    let mut reminders = called(&app, &person, &site).await?;
    reminders.retain(|it| it.answer.is_none());
    reminders.dedup_by(|next, one| {
        (&next.session_id, &next.person_id) == (&one.session_id, &one.person_id)
    });
    let slip = |it| slip(&app, it);
    let bytes = printed(reminders.iter().map(slip));
    let named = "attachment; filename=\"slips.bin\"";
    let headers =
        [(header::CONTENT_TYPE, "application/octet-stream"), (header::CONTENT_DISPOSITION, named)];
    Ok((headers, bytes))
}

fn slip<'a>(app: &'a App, reminder: &'a Reminder) -> Slip<'a> {
    Slip {
        name: reminder.names.zh(),
        kind: reminder.kind,
        starts: reminder.starts,
        place: reminder.room_names.as_ref().unwrap_or(&reminder.site_names).zh(),
        language: Language::Chinese,
        zone: &app.zone,
    }
}

/// What one is reminded of, and who has not answered of the sessions that one booked.
#[utoipa::path(
    get, path = "/api/v1/me/reminders", tag = "reminders", security(("person" = []), ("login" = [])),
    responses(
        (status = 200, body = MyReminders),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn mine(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
) -> Result<Json<MyReminders>, Problem> {
    let now = app.now();
    let notices = app.store.reminders(WhichReminders::Person(&person.id, now)).await;
    let silent = app.store.reminders(WhichReminders::Booker(&person.id, now)).await;
    let notices = notices.map_err(|error| store_failed(&error))?;
    Ok(Json(MyReminders::new(&app, notices, silent.map_err(|error| store_failed(&error))?)))
}
