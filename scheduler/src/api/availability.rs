//! When people, rooms, terminals and sites can be used: read and set by schedulers. And the legal holidays: read by schedulers, set by
//! administrators.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use booking::ResourceKind;
use jiff::civil::Date;
use serde_json::json;
use session::{Language, Names};

use super::availability_rules::read;
use super::availability_wire::{Availability, Holiday, HolidayDays, HolidayYearTold, HolidayYears};
use super::extract::{Administrator, Body, Booker, Path};
use super::faults::Faults;
use super::names_wire::NamesForm;
use super::refusals::store_failed;
use super::{App, wire};
use crate::almanac::{HolidaySpan, HolidayYear, Holidays};
use crate::problem::{self, Problem};
use crate::store::{Keeper, Resource, StoreError};

const SPANS_MAX: usize = 60;
const NAME_CHARS_MAX: usize = 60;

/// When a person, a room, a terminal or all of a site can be used. Schedulers only.
#[utoipa::path(
    get, path = "/api/v1/availability/{kind}/{id}", tag = "availability", security(("person" = [])),
    params(
        ("kind" = String, Path, description = "`person`, `room`, `terminal` or `organization`"),
        ("id" = String, Path, description = "Its id"),
    ),
    responses(
        (status = 200, body = Availability),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nobody and nothing of this id", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    _: Booker,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Json<Availability>, Problem> {
    let wanted = [keeper(&kind, id)?];
    let failed = |error: StoreError| store_failed(&error);
    if app.store.bookables(&wanted).await.map_err(failed)?.is_empty() {
        return Err(unknown());
    }
    let kept = app.store.rules(&wanted).await.map_err(failed)?.remove(&0);
    kept.map_or_else(|| Ok(Json(Availability::default())), |text| said(&text).map(Json))
}

/// Sets when a person, a room, a terminal or all of a site can be used; all of it anew. Schedulers only.
#[utoipa::path(
    put, path = "/api/v1/availability/{kind}/{id}", tag = "availability", security(("person" = [])),
    params(
        ("kind" = String, Path, description = "`person`, `room`, `terminal` or `organization`"),
        ("id" = String, Path, description = "Its id"),
    ),
    request_body = Availability,
    responses(
        (status = 200, body = Availability),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nobody and nothing of this id", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(
    State(app): State<Arc<App>>,
    Booker(person): Booker,
    Path((kind, id)): Path<(String, String)>,
    body: Body<Availability>,
) -> Result<Json<Availability>, Problem> {
    let of = keeper(&kind, id)?;
    read(&body.value)?;
    let text = serde_json::to_string(&body.value).map_err(|error| unwritable(&error))?;
    let done = app.store.put_rules(&of, &text, (&person.id, app.now())).await;
    if !done.map_err(|error| store_failed(&error))? {
        return Err(unknown());
    }
    Ok(Json(body.value))
}

/// The years of which the legal holidays are known. Schedulers only.
#[utoipa::path(
    get, path = "/api/v1/holidays", tag = "availability", security(("person" = [])),
    responses(
        (status = 200, body = HolidayYears),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn holiday_years(
    State(app): State<Arc<App>>,
    _: Booker,
) -> Result<Json<HolidayYears>, Problem> {
    Ok(Json(HolidayYears { published: holidays(&app).await?.published() }))
}

/// The legal holidays of a year and the workdays that make up for them. Schedulers only.
#[utoipa::path(
    get, path = "/api/v1/holidays/{year}", tag = "availability", security(("person" = [])),
    params(("year" = i16, Path, description = "From 1970 to 2199")),
    responses(
        (status = 200, body = HolidayYearTold),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such year", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn holiday_year(
    State(app): State<Arc<App>>,
    _: Booker,
    Path(year): Path<String>,
) -> Result<Json<HolidayYearTold>, Problem> {
    let year = year_of(&year)?;
    Ok(Json(told(year, &holidays(&app).await?)))
}

/// Sets the legal holidays of a year for the county; they stand for those that come with the program. Administrators only.
#[utoipa::path(
    put, path = "/api/v1/holidays/{year}", tag = "availability", security(("person" = [])),
    params(("year" = i16, Path, description = "From 1970 to 2199")),
    request_body = HolidayDays,
    responses(
        (status = 200, body = HolidayYearTold),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such year", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put_holiday_year(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    Path(year): Path<String>,
    body: Body<HolidayDays>,
) -> Result<Json<HolidayYearTold>, Problem> {
    let year = year_of(&year)?;
    let days = checked(year, body.value)?;
    let text = serde_json::to_string(&days).map_err(|error| unwritable(&error))?;
    let done = app.store.put_holiday_year(year, &text, (&person.id, app.now())).await;
    done.map_err(|error| store_failed(&error))?;
    Ok(Json(told(year, &holidays(&app).await?)))
}

/// The holidays as they are known to the county.
pub(super) async fn holidays(app: &App) -> Result<Holidays, Problem> {
    let rows = app.store.holiday_years().await.map_err(|error| store_failed(&error))?;
    let years = rows.into_iter().map(|(year, text)| {
        let days: HolidayYear = serde_json::from_str(&text).map_err(|error| unreadable(&error))?;
        Ok((i16::try_from(year).map_err(|error| unreadable(&error))?, days))
    });
    Ok(Holidays::with(years.collect::<Result<_, Problem>>()?))
}

/// What was said of availability, as it was kept.
pub(super) fn said(text: &str) -> Result<Availability, Problem> {
    serde_json::from_str(text).map_err(|error| unreadable(&error))
}

/// Of whom or what of this kind and id hours are kept.
fn keeper(kind: &str, id: String) -> Result<Keeper, Problem> {
    if kind == "organization" {
        return Ok(Keeper::Organization(id));
    }
    match kind.parse() {
        Ok(kind @ (ResourceKind::Person | ResourceKind::Room | ResourceKind::Terminal)) => {
            Ok(Keeper::Resource(Resource { kind, id }))
        }
        _ => Err(problem::not_found(
            "availability is kept of a `person`, a `room`, a `terminal` or an `organization`",
        )),
    }
}

fn unknown() -> Problem {
    problem::not_found("there is nobody and nothing of this id; choose one from the directory")
}

fn unreadable(error: &dyn std::fmt::Display) -> Problem {
    store_failed(&StoreError::Unreadable(error.to_string()))
}

fn unwritable(error: &serde_json::Error) -> Problem {
    tracing::error!(%error, "availability.unwritable");
    problem::internal("nothing was changed; try again, and tell the operator if it stays")
}

fn year_of(text: &str) -> Result<i16, Problem> {
    let year = text.parse().ok().filter(|year| (1970..2200).contains(year));
    year.ok_or_else(|| problem::not_found("holidays are kept of the years 1970 to 2199"))
}

fn told(year: i16, holidays: &Holidays) -> HolidayYearTold {
    let days = holidays.year(year).cloned().unwrap_or_default();
    let holiday = |span: HolidaySpan| Holiday {
        from: span.from.to_string(),
        to: span.to.to_string(),
        names: NamesForm::from(span.names),
    };
    let days = HolidayDays {
        holidays: days.holidays.into_iter().map(holiday).collect(),
        workdays: days.workdays.iter().map(Date::to_string).collect(),
    };
    let source = holidays.source(year).map(str::to_owned);
    HolidayYearTold { year, published: source.is_some(), source, days }
}

/// What a holiday is called, each name one line of at most [`NAME_CHARS_MAX`] characters.
fn holiday_names(field: &str, said: NamesForm, faults: &mut Faults) -> Option<Names> {
    let field = format!("{field}.names");
    let mut names = said.by_language(&field, faults);
    names.entry(Language::Chinese).or_default();
    names.retain(|language, name| *language == Language::Chinese || !name.is_empty());
    for (language, name) in &names {
        faults.name(&format!("{field}.{language}"), name, NAME_CHARS_MAX);
    }
    Names::try_from(names).ok()
}

fn checked(year: i16, said: HolidayDays) -> Result<HolidayYear, Problem> {
    let mut faults = Faults::default();
    let mut days = HolidayYear::default();
    let lists = [("holidays", said.holidays.len()), ("workdays", said.workdays.len())];
    if !lists.iter().all(|(field, length)| faults.at_most(field, *length, SPANS_MAX)) {
        return faults.or(days);
    }
    for (place, holiday) in said.holidays.into_iter().enumerate() {
        let field = format!("holidays[{place}]");
        let names = holiday_names(&field, holiday.names, &mut faults);
        let from = of_year(&format!("{field}.from"), &holiday.from, year, &mut faults);
        let to = of_year(&format!("{field}.to"), &holiday.to, year, &mut faults);
        let (Some(from), Some(to)) = (from, to) else { continue };
        if to < from {
            let detail = format!("{to} is before {from}; give the first day first");
            faults.add(&format!("{field}.to"), "end-before-start", json!({}), &detail);
        }
        days.holidays.extend(names.map(|names| HolidaySpan { from, to, names }));
    }
    for (place, workday) in said.workdays.iter().enumerate() {
        let day = of_year(&format!("workdays[{place}]"), workday, year, &mut faults);
        days.workdays.extend(day);
    }
    faults.or(days)
}

fn of_year(field: &str, text: &str, year: i16, faults: &mut Faults) -> Option<Date> {
    let day = faults.day(field, text)?;
    if day.year() != year {
        let detail = format!("{day} is not in {year}; put it into its own year");
        faults.add(field, "other-year", json!({ "year": year }), &detail);
        return None;
    }
    Some(day)
}
