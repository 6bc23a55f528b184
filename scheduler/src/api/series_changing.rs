//! A series is changed or cancelled: from one of its occurrences on, or all that are to come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue};
use booking::UnixS;

use super::changing::what_comes;
use super::extract::{Body, Scheduling};
use super::hours::override_reason;
use super::refusals::{invalid_request, not_booked, reason_given, store_failed};
use super::series::{find, find_own, no_such_series, seen, zone_of};
use super::series_changes_wire::{
    OccurrenceResult, SeriesCancellation, SeriesChangeRequest, SeriesChanged,
    SeriesChangedMeanwhile,
};
use super::series_hours::{Planned, all_refused, check_series};
use super::series_plan::{PartResult, Plan, Planning, What};
use super::series_times::{OCCURRENCES_MAX, too_many};
use super::series_wire::{BlockedBy, Series};
use super::series_wish::{Wish, wish};
use super::versions::{IfMatch, tag};
use super::{App, sessions, touching, wire};
use crate::civil::Zone;
use crate::metrics::BookingOutcome;
use crate::problem::{self, Problem};
use crate::store::{
    self, Act, Blocked, BookError, NewSession, Occurrence, PartRevision, PartStep, Person,
    SeriesCancelled, SeriesChangeError, Session,
};

/// Most occurrences that a series ever has, those that a change took out of it too.
const OCCURRENCES_KEPT_MAX: usize = 2 * OCCURRENCES_MAX;

/// A series with the tag of its version.
type Tagged<T> = ([(HeaderName, HeaderValue); 1], Json<T>);

/// Changes a series from one of its occurrences on, or all that are to come: time, length, rule, rooms, people, title, recording.
/// All of it in one step; of each occurrence the answer says what became of it. What was changed of one session alone it keeps,
/// unless the request says otherwise. The same change sent twice is made once. Schedulers only.
#[utoipa::path(
    patch, path = "/api/v1/series/{id}", tag = "series", security(("person" = []), ("login" = [])),
    request_body = SeriesChangeRequest,
    params(
        ("id" = String, Path, description = "Series id"),
        ("If-Match" = String, Header, description = "The ETag of the series as it was read"),
    ),
    responses(
        (status = 200, description = "Changed as far as nothing was in the way, or so already", body = SeriesChanged,
            headers(("ETag" = String, description = "Version of the series"))),
        (status = 400, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such series or occurrence", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Nothing was changed: something is in the way (`occurrence` is its number), or nothing of the series is to come", body = wire::NotBooked, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed the series or one of its sessions meanwhile: the series as it is now", body = SeriesChangedMeanwhile, content_type = "application/problem+json"),
        (status = 413, description = "Over 64 KiB", body = wire::Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
        (status = 428, description = "No If-Match", body = wire::Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy; try again", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    path: Result<Path<String>, PathRejection>,
    meant: IfMatch,
    body: Body<SeriesChangeRequest>,
) -> Result<Tagged<SeriesChanged>, Problem> {
    let Path(id) = path.map_err(|_| no_such_series())?;
    let (series, sessions) = find_own(&app, &person, &id).await?;
    let (now, zone) = (app.now(), zone_of(&app, &series));
    let reason = reason_given(body.value.reason.as_deref())?.map(str::to_owned);
    let override_reason = override_reason(body.value.override_reason.as_deref())?;
    let mut plan = plan(&app, (&series, &sessions), body.value, (&person.id, now))?;
    if !books_plan(&app, &person, (&series, &sessions), &plan).await? {
        return Err(touching::elsewhere());
    }
    if plan.is_so {
        let results = results(&plan, &BTreeMap::new(), &zone);
        let tag = [tag(series.version)];
        return Ok((tag, Json(SeriesChanged { series: seen(&app, series, &sessions), results })));
    }
    if !meant.fits(series.version) {
        app.metrics.booking(BookingOutcome::Refused);
        return Err(meanwhile(&app, &id).await?);
    }
    fill_in_modes(&app, &mut plan).await?;
    hold_to_hours(&app, &mut plan, &sessions, (override_reason.as_deref(), &person.id, now))
        .await?;
    let act = Act { by: &person.id, at: now, reason: reason.as_deref() };
    let blocked = match app.store.change_series(&plan.revision, &act).await {
        Ok(blocked) => blocked,
        Err(error) => return Err(not_changed(&app, &id, error).await?),
    };
    tell(&app, &plan, &blocked, &sessions, now);
    tracing::info!(series = %id, occurrences = plan.results.len(), "series.changed");
    let results = results(&plan, &blocked, &zone);
    let (series, sessions) = find(&app, &id).await?;
    let tag = [tag(series.version)];
    Ok((tag, Json(SeriesChanged { series: seen(&app, series, &sessions), results })))
}

fn plan(
    app: &App,
    (series, sessions): (&store::Series, &[Session]),
    request: SeriesChangeRequest,
    (by, now): (&str, UnixS),
) -> Result<Plan, Problem> {
    let zone = zone_of(app, series);
    let from = request.from;
    if from.is_some_and(|from| !series.occurrences.iter().any(|it| it.number == from)) {
        return Err(no_such_series());
    }
    let planning = |wish| {
        let (zone, county, config) = (&zone, &app.zone, &app.config);
        Planning { series, sessions, wish, zone, county, config, by, now }
    };
    let nothing = Wish::default();
    let scope = planning(&nothing).scope(from);
    let first = scope.first().ok_or_else(|| {
        problem::too_late("nothing of this series is to come, or it is cancelled; book a new one")
    })?;
    let wish = wish(app, &zone, series, first, request)?;
    let planned = planning(&wish).plan(&scope).map_err(|errors| invalid_request(&errors))?;
    let added = |it: &&PartRevision| matches!(it.step, PartStep::Add(_));
    let added = planned.revision.parts.iter().filter(added).count();
    if series.occurrences.len() + added > OCCURRENCES_KEPT_MAX {
        return Err(too_many("rule"));
    }
    Ok(planned)
}

/// Whether this person books all sessions that are changed, as they are and as they are to be: what is another's is not changed, nor
/// given away.
async fn books_plan(
    app: &App,
    person: &Person,
    (series, sessions): (&store::Series, &[Session]),
    plan: &Plan,
) -> Result<bool, Problem> {
    let wanted = plan.revision.template.participants.iter().map(|it| it.person_id.as_str());
    let parts = plan.revision.parts.iter().filter_map(|part| match &part.step {
        PartStep::Change(revision) => Some(revision.wanted.id.as_str()),
        PartStep::Drop(id) => id.as_deref(),
        PartStep::Keep | PartStep::Book(_) | PartStep::Add(_) => None,
    });
    let meant: BTreeSet<&str> = parts.collect();
    let meant = sessions.iter().filter(|session| meant.contains(session.id.as_str()));
    Ok(touching::books(app, person, &wanted.collect::<Vec<_>>()).await?
        && touching::books_series(app, person, series, meant).await?)
}

/// The modes in which the sites of each session are booked stay, as far as they may have them.
async fn fill_in_modes(app: &App, plan: &mut Plan) -> Result<(), Problem> {
    let failed = |error| store_failed(&error);
    let template = &mut plan.revision.template;
    let modes = std::mem::take(&mut template.modes);
    template.modes =
        app.store.modes_of_people(modes, &template.participants).await.map_err(failed)?;
    for part in &mut plan.revision.parts {
        match &mut part.step {
            PartStep::Change(revision) => {
                let wanted = &mut revision.wanted;
                let modes = app.store.modes_booked(&wanted.id, &wanted.participants).await;
                wanted.lines.modes = modes.map_err(failed)?;
            }
            PartStep::Book(new) | PartStep::Add(new) => {
                let modes = std::mem::take(&mut new.lines.modes);
                let modes = app.store.modes_of_people(modes, &new.participants).await;
                new.lines.modes = modes.map_err(failed)?;
            }
            PartStep::Keep | PartStep::Drop(_) => {}
        }
    }
    Ok(())
}

/// What of the change is closed stays as it is, or nothing is changed; what goes against hours does so with the reason.
async fn hold_to_hours(
    app: &App,
    plan: &mut Plan,
    sessions: &[Session],
    (reason, by, now): (Option<&str>, &str, UnixS),
) -> Result<(), Problem> {
    let standing = |id: &str| sessions.iter().find(|session| session.id == id);
    let (mut planned, mut gone) = (Vec::new(), Vec::new());
    for PartRevision { number, step, .. } in &plan.revision.parts {
        let number = *number;
        match step {
            PartStep::Change(revision) => {
                let (wanted, standing) = (revision.wanted.clone(), standing(&revision.wanted.id));
                let comes =
                    standing.map_or_else(|| wanted.clone(), |it| what_comes(it, &wanted, now));
                planned.push(Planned { number, wanted, comes, standing });
            }
            PartStep::Book(new) | PartStep::Add(new) => {
                let wanted = NewSession::clone(new);
                planned.push(Planned { number, comes: wanted.clone(), wanted, standing: None });
            }
            PartStep::Drop(id) => gone.extend(id.as_deref().and_then(standing)),
            PartStep::Keep => {}
        }
    }
    let held = check_series(app, (planned, &gone), reason, (by, now)).await?;
    if let Some(first) = held.first
        && plan.revision.whole
    {
        return Err(all_refused(app, first));
    }
    for part in &mut plan.revision.parts {
        let against = held.hours.overrides.get(&part.number);
        match &mut part.step {
            PartStep::Change(revision) => revision.wanted.overrides = against.cloned(),
            PartStep::Book(new) | PartStep::Add(new) => new.overrides = against.cloned(),
            PartStep::Keep | PartStep::Drop(_) => {}
        }
    }
    plan.revision.closed = held.hours.closed;
    Ok(())
}

fn results(plan: &Plan, blocked: &BTreeMap<i64, Blocked>, zone: &Zone) -> Vec<OccurrenceResult> {
    let result = |part: &PartResult| {
        let blocked_by = blocked.get(&part.number).map(|by| BlockedBy::new(by, zone));
        let skipped = blocked_by.is_some();
        let lost = part.lost.iter().filter(|_| !skipped);
        OccurrenceResult {
            number: part.number,
            result: if skipped { What::Skipped } else { part.what }.as_str(),
            kept: part.kept.iter().map(|it| it.as_str()).collect(),
            lost: lost.map(|it| it.as_str()).collect(),
            why: part.why,
            blocked_by,
        }
    };
    plan.results.iter().map(result).collect()
}

/// Counts what was done, and tells the rooms whose doors are open.
fn tell(app: &App, plan: &Plan, blocked: &BTreeMap<i64, Blocked>, before: &[Session], now: UnixS) {
    let done = |number: &i64| !blocked.contains_key(number);
    for part in &plan.results {
        let closed = blocked.get(&part.number).is_some_and(|by| by.closed.is_some());
        match part.what {
            _ if closed => app.metrics.booking(BookingOutcome::NotOpen),
            _ if !done(&part.number) => app.metrics.booking(BookingOutcome::Clash),
            What::Booked => app.metrics.booking(BookingOutcome::Made),
            What::Moved | What::Changed => app.metrics.booking(BookingOutcome::Changed),
            What::Unchanged | What::Skipped | What::Cancelled => {}
        }
    }
    let opens = |at: booking::Interval| super::window::opens(&app.config, at);
    for part in plan.revision.parts.iter().filter(|part| done(&part.number)) {
        let (id, after) = match &part.step {
            PartStep::Change(revision) => {
                (revision.wanted.id.as_str(), Some(revision.wanted.interval))
            }
            PartStep::Drop(Some(id)) => (id.as_str(), None),
            PartStep::Book(new) | PartStep::Add(new) => (new.id.as_str(), Some(new.interval)),
            PartStep::Keep | PartStep::Drop(None) => continue,
        };
        let was = before.iter().find(|session| session.id == id).map(|session| session.interval);
        if [was, after].into_iter().flatten().any(|at| opens(at) <= now) {
            app.booking_changed(id);
        }
    }
}

async fn not_changed(app: &App, id: &str, error: SeriesChangeError) -> Result<Problem, Problem> {
    match error {
        SeriesChangeError::Meanwhile => {
            app.metrics.booking(BookingOutcome::Refused);
            meanwhile(app, id).await
        }
        SeriesChangeError::Blocked { number, why } => {
            app.metrics.booking(sessions::outcome(&why));
            Ok(blocked(app, *why).member("occurrence", number))
        }
        SeriesChangeError::Refused(error) => {
            app.metrics.booking(sessions::outcome(&error));
            Ok(not_booked(app, error))
        }
    }
}

fn blocked(app: &App, why: BookError) -> Problem {
    match why {
        BookError::Line(store::LineRefused::Full(_)) => problem::line_full(
            "the line of a site cannot carry one of the sessions then; nothing was changed: choose another time",
        ),
        why => not_booked(app, why),
    }
}

/// Somebody else was faster; the series as it is now goes along.
async fn meanwhile(app: &App, id: &str) -> Result<Problem, Problem> {
    let (series, sessions) = find(app, id).await?;
    let series: Series = seen(app, series, &sessions);
    let series = serde_json::to_value(&series).unwrap_or_default();
    Ok(problem::changed_meanwhile(
        "the series or one of its sessions was changed meanwhile, and nothing was changed now; look at what it is, and send the change again with its ETag",
    )
    .member("series", series))
}

/// Cancels a series from one of its occurrences on, or all that are to come, in one step; what is owed there is owed no more. One
/// session alone is cancelled as any other, and is owed then. What has begun stays. Schedulers only; twice is the same as once.
#[utoipa::path(
    post, path = "/api/v1/series/{id}/cancel", tag = "series", security(("person" = []), ("login" = [])),
    request_body = Option<SeriesCancellation>,
    params(
        ("id" = String, Path, description = "Series id"),
        ("If-Match" = Option<String>, Header, description = "Cancel it only if this is its ETag"),
    ),
    responses(
        (status = 200, description = "What is left", body = Series,
            headers(("ETag" = String, description = "Version of the series"))),
        (status = 400, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such series or occurrence", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed the series or one of its sessions meanwhile: the series as it is now", body = SeriesChangedMeanwhile, content_type = "application/problem+json"),
        (status = 422, description = "The reason is too long", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    path: Result<Path<String>, PathRejection>,
    meant: Option<IfMatch>,
    body: Option<Body<SeriesCancellation>>,
) -> Result<Tagged<Series>, Problem> {
    let Path(id) = path.map_err(|_| no_such_series())?;
    let said = body.map(|body| body.value).unwrap_or_default();
    let reason = reason_given(said.reason.as_deref())?;
    let now = app.now();
    let (series, sessions) = find_own(&app, &person, &id).await?;
    let first = match said.from {
        None => UnixS(0),
        Some(from) => {
            let found = series.occurrences.iter().find(|it| it.number == from);
            found.ok_or_else(no_such_series)?.interval.start()
        }
    };
    let chosen = |series: &store::Series| -> Vec<i64> {
        let meant = |it: &&Occurrence| it.interval.start() >= first && it.is_to_come(now);
        series.occurrences.iter().filter(meant).map(|it| it.number).collect()
    };
    let open = chosen(&series);
    let open = series.occurrences.iter().filter(|it| open.contains(&it.number));
    let open: BTreeSet<&str> =
        open.filter_map(|it| it.session.as_ref()).map(|(id, _)| id.as_str()).collect();
    let to_come = sessions.iter().filter(|it| open.contains(it.id.as_str()));
    if !touching::books_series(&app, &person, &series, to_come).await? {
        return Err(touching::elsewhere());
    }
    let fits = |version| meant.as_ref().is_none_or(|meant| meant.fits(version));
    let act = Act { by: &person.id, at: now, reason };
    let done = app.store.cancel_series(&id, chosen, fits, &act).await;
    match done.map_err(|error| store_failed(&error))? {
        SeriesCancelled::Done(cancelled) => {
            for session_id in &cancelled {
                app.booking_changed(session_id);
            }
        }
        SeriesCancelled::Meanwhile => return Err(meanwhile(&app, &id).await?),
        SeriesCancelled::Unknown => return Err(no_such_series()),
    }
    let (series, sessions) = find(&app, &id).await?;
    Ok(([tag(series.version)], Json(seen(&app, series, &sessions))))
}
