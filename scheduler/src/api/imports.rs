//! A table of areas, organizations, rooms, people, terminals and lines comes in: held against the register line by line, carried out as a whole.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::header;
use serde::Deserialize;
use serde_json::{Map, json};

use super::extract::{Administrator, Params, bytes_within};
use super::refusals::{error, no_table, store_failed};
use super::register_wire::ImportReport;
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::register::{Rules, named_areas, plan, sheet};

/// Largest table, bytes.
const BYTES_MAX: usize = 2 * 1024 * 1024;
/// How long a table may be on its way, seconds: some hundred kilobytes on a line of 64 kbit/s.
const SECONDS_MAX: u64 = 60;

#[derive(Debug, Deserialize)]
pub(super) struct ImportParams {
    #[serde(default, rename = "dry-run")]
    dry_run: bool,
}

/// A body that is a table.
pub(super) struct TableFile(Vec<u8>);

impl FromRequest<Arc<App>> for TableFile {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, Problem> {
        let told =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media = told.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("text/csv") {
            return Err(problem::not_csv("send the table with `Content-Type: text/csv`"));
        }
        Ok(Self(bytes_within(request, BYTES_MAX, SECONDS_MAX).await?.into()))
    }
}

/// Takes in a table of areas, organizations, rooms, people, terminals and lines of sites: all of its lines, or none. With `dry-run=true` nothing is changed,
/// and the report says what would become of each line. Administrators only.
///
/// The first line names the columns, in Chinese or English: `table` (area, organization, room, person, terminal, line), `id` (of an
/// area its code), `name`, `name_en`, `name_bo`, `name_ug`, `kind` (of an organization health, education; of a terminal screen, computer, tablet,
/// phone), `area` of an organization (code or name), `organization` and `room` (id or name), `roles` and `interprets` (with `;`
/// between them; languages as `bo-zh`) and `retired` (yes, no). Of the line of a site `down_kbps` and `up_kbps` (kbit/s that may be
/// booked at once), `month_mb` (megabytes a month) and `tariff` (fen for a megabyte by the hour, `00:00=0.5;08:00=2`, or one price);
/// an empty cell leaves what is stored, `none` takes it away. A line without an id means the one of that name in its organization or room. UTF-8, UTF-16 or GB18030; commas, semicolons or tabs.
#[utoipa::path(
    post, path = "/api/v1/imports", tag = "register", security(("person" = [])),
    params(("dry-run" = Option<bool>, Query, description = "Only say what would become of each line")),
    request_body(content = String, content_type = "text/csv", description = "At most 2 MiB and 5000 lines"),
    responses(
        (status = 200, body = ImportReport),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 413, description = "Over 2 MiB", body = wire::Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not CSV", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a table; or lines are at fault, and `report` says which", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn import(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    Params(ImportParams { dry_run }): Params<ImportParams>,
    TableFile(bytes): TableFile,
) -> Result<Json<ImportReport>, Problem> {
    let mut sheet = sheet::read(&bytes).map_err(|why| no_table(&why))?;
    let lines = std::mem::take(&mut sheet.lines);
    let rules = Rules { by: Some(&person.id), entries_max: app.config.register_entries_max };
    let mut new_id = || uuid::Uuid::now_v7().to_string();
    let areas = named_areas(&lines);
    let decide = |register: &_| plan(register, lines, rules, &mut new_id);
    let planned = if dry_run {
        app.store.plan_register(app.now(), &areas, decide).await
    } else {
        app.store.change_register((&person.id, app.now()), &areas, decide).await
    };
    let plan = planned.map_err(|error| store_failed(&error))?;
    let good = plan.is_good();
    let report = ImportReport::new(&sheet, plan, good && !dry_run);
    if good || dry_run {
        return Ok(Json(report));
    }
    let detail =
        "some lines are at fault, and nothing was changed; `report` says what to do in each";
    let errors = vec![error("file", "lines-at-fault", Map::new(), detail)];
    Err(problem::invalid(detail).member("errors", errors).member("report", json!(report)))
}
