//! Why a line could not be set, quoted or booked, in words of what the person can do.

use booking::{Excess, Misfit, ResourceKind, TariffError};
use serde_json::{Value, json};

use super::App;
use super::lines_wire::{LineMisfit, SiteMisfit};
use super::refusals::{invalid, not_booked, store_failed};
use crate::problem::{self, Problem};
use crate::store::{self, BookError, LineRefused, NewSession, Resource};

/// A capacity that is none.
pub(super) fn bad_capacity(field: &str, most: u32) -> Problem {
    let detail =
        format!("`{field}` must be a whole number of kilobits a second from 1 to {most}, or null");
    invalid(field, "not-a-capacity", json!({ "most": most }), &detail)
}

/// A time of a tariff that is none.
pub(super) fn bad_tariff_time() -> Problem {
    let detail = "`from` of each band must be a time of the day written HH:MM, such as 23:00";
    invalid("tariff", "not-a-time-of-day", json!({}), detail)
}

/// Bands that make no tariff.
pub(super) fn bad_tariff(error: TariffError) -> Problem {
    let (code, params) = match error {
        TariffError::TooMany { most } => ("too-many-bands", json!({ "most": most })),
        TariffError::OutOfOrder => ("bands-out-of-order", json!({})),
        TariffError::TooDear { most } => ("too-dear", json!({ "most": most })),
    };
    invalid("tariff", code, params, &error.to_string())
}

/// One site in two modes.
pub(super) fn site_twice(id: &str) -> Problem {
    let detail = format!("the site {id} is in the list twice");
    invalid("sites", "site-twice", json!({ "id": id }), &detail)
}

/// A line that is set to less than is booked on it.
pub(super) fn line_booked(app: &App, excess: Excess) -> Problem {
    let (from, until) =
        (app.zone.print(excess.interval.start()), app.zone.print(excess.interval.end()));
    let detail = format!(
        "sessions have booked more of this line from {from} until {until}; cancel one of them, or set at least what is booked"
    );
    let misfit = LineMisfit::new(app, Misfit::Line(excess));
    with_members(problem::line_booked(detail), &misfit)
}

/// Why no line was booked or quoted.
pub(super) async fn line_refused(app: &App, new: &NewSession, refused: LineRefused) -> Problem {
    let next = match &refused {
        LineRefused::Full(_) => next_fit(app, new).await,
        _ => None,
    };
    line_told(app, refused, next)
}

/// The same, with the next time at which everybody is free and every line carries it, if that is known.
pub(super) fn line_told(app: &App, refused: LineRefused, next: Option<String>) -> Problem {
    match refused {
        LineRefused::Full(sites) => full(app, sites, next),
        LineRefused::NotInSession(id) => {
            let detail = format!("nobody of the site {id} takes part; leave it out of `sites`");
            invalid("sites", "site-not-in-session", json!({ "id": id }), &detail)
        }
        LineRefused::AboveMost { organization_id, most } => {
            let detail = format!(
                "the people of {organization_id} may have {most} at most; choose that or less"
            );
            let params = json!({ "id": organization_id, "mode": most.as_str() });
            invalid("sites", "mode-above-most", params, &detail)
        }
        LineRefused::NoPerson(id) => {
            not_booked(app, BookError::Unknown(Resource { kind: ResourceKind::Person, id }))
        }
        LineRefused::Store(error) => store_failed(&error),
    }
}

async fn next_fit(app: &App, new: &NewSession) -> Option<String> {
    match app.store.next_fit(new).await {
        Ok(next) => next.map(|fit| app.zone.print(fit.start())),
        Err(error) => {
            tracing::warn!(%error, "line.no_next_fit");
            None
        }
    }
}

fn full(app: &App, sites: Vec<store::SiteMisfit>, next: Option<String>) -> Problem {
    let said: Vec<String> = sites.iter().map(|site| sentence(app, site)).collect();
    let sites: Vec<SiteMisfit> = sites.into_iter().map(|it| SiteMisfit::new(app, it)).collect();
    problem::line_full(said.join(" "))
        .member("sites", serde_json::to_value(sites).unwrap_or_default())
        .member("nextFit", next)
}

/// What is too much at a site, and what can be done.
fn sentence(app: &App, site: &store::SiteMisfit) -> String {
    let name = site.organization.names.zh();
    let what = match site.why {
        Misfit::Line(excess) => format!(
            "The line of {name} is {} kbit/s down and {} kbit/s up short from {} until {}",
            excess.over.down_kbps,
            excess.over.up_kbps,
            app.zone.print(excess.interval.start()),
            app.zone.print(excess.interval.end())
        ),
        Misfit::Month { left_mb } => format!(
            "{name} has {left_mb} MB left of the month and this takes up to {} MB",
            site.wanted.megabytes
        ),
    };
    match site.fitting.first() {
        Some(mode) => format!("{what}; the mode {mode} fits."),
        None => format!("{what}; no mode fits: choose another time."),
    }
}

/// The members of a form as members of a problem.
fn with_members(problem: Problem, form: &impl serde::Serialize) -> Problem {
    let Ok(Value::Object(members)) = serde_json::to_value(form) else { return problem };
    members.into_iter().fold(problem, |problem, (name, value)| problem.member(&name, value))
}
