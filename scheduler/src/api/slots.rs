//! The earliest times at which people, rooms and terminals are free together, and what is in the way of a time that is wished for.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use booking::{Capacity, Interval, Load, ResourceKind, Search, UnixS, Wish};
use serde_json::json;

use super::extract::{Body, Scheduling};
use super::faults::Faults;
use super::refusals::{invalid, store_failed};
use super::slots_field::{Field, Unknown, not_published};
use super::slots_told::Told;
use super::slots_wire::{LineNeed, ResourceId, SlotSearch, SlotsFound};
use super::{App, touching, wire};
use crate::civil::parse_time;
use crate::problem::Problem;
use crate::store::{Person, Resource};

const NEEDS_MAX: usize = 8;
const LINES_MAX: usize = 8;
const CHOICES_MAX: usize = 64;
const MINUTES_MAX: u32 = 720;
const STEPS: [u32; 6] = [5, 10, 15, 20, 30, 60];
const SLOTS_MAX: usize = 50;
const BLOCKING_MAX: usize = 200;
const SPAN_S_MAX: u64 = 31 * 86_400;

/// Finds the earliest times at which one of each need is free, by their hours, holidays, bookings and ways. Schedulers only.
/// Nothing is booked or held: the answer is what it was when it was given. What others hold is taken, what the one who asks
/// holds is free. A scheduler of a part of the county looks for what can be booked there: one need is served by people or rooms of
/// there alone.
#[utoipa::path(
    post, path = "/api/v1/slots:search", tag = "availability", security(("person" = [])), request_body = SlotSearch,
    responses(
        (status = 200, body = SlotsFound),
        (status = 400, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 401, description = "Missing, expired or forged token", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler, or of nobody and nothing for which this one books", body = wire::Problem, content_type = "application/problem+json"),
        (status = 413, description = "Over 64 KiB", body = wire::Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn search(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    body: Body<SlotSearch>,
) -> Result<Json<SlotsFound>, Problem> {
    let asked = checked(&app, &body.value)?;
    let said = with_interpreters(&app, body.value).await?;
    let (resources, needs, loads) = once_each(&said);
    let but = said.but_session.as_deref();
    let field = match Field::read(&app, resources, asked.span, (but, &person.id, app.now())).await?
    {
        Ok(field) => field.with_loads(loads),
        Err(unknown) => return Err(not_known(&said, &needs, &unknown)),
    };
    if !looks_for_own(&app, &person, &field, needs.iter().take(said.needs.len())).await? {
        return Err(touching::elsewhere());
    }
    let resources = field.resources();
    let wish = Wish { needs: &needs, seconds: asked.seconds, step_s: asked.step_s };
    let mut search = Search::new(wish, &resources, &field.calendar, asked.span);
    let told = Told { app: &app, field: &field, at: asked.wished };
    let mut left = app.config.slot_claims_max;
    let (mut wished, mut blocking) = (None, Vec::new());
    if let Some(start) = asked.wished {
        let both = |search: &mut Search<'_>| Ok((search.slot(start)?, search.blocking(start)?));
        (wished, blocking) = field.look(&app, &mut search, &mut left, both).await?;
    }
    let (from, most) = (asked.wished.unwrap_or(asked.span.start()), said.most);
    let earliest = |search: &mut Search<'_>| search.earliest(from, most);
    let slots = field.look(&app, &mut search, &mut left, earliest).await?;
    Ok(Json(SlotsFound {
        time_zone: app.zone.name().to_owned(),
        slots: slots.into_iter().map(|slot| told.slot(&slot)).collect(),
        searched_until: app.zone.print(asked.span.end()),
        wished: wished.map(|slot| told.slot(&slot)),
        blocking_more: blocking.len().saturating_sub(BLOCKING_MAX),
        blocking: blocking.iter().take(BLOCKING_MAX).filter_map(|it| told.blocker(it)).collect(),
        not_published: not_published(&app, &field, asked.span),
    }))
}

/// Whether every slot that may be found is one that this person books: whoever serves one of the needs is of where this person
/// books.
async fn looks_for_own(
    app: &App,
    person: &Person,
    field: &Field,
    needs: impl Iterator<Item = &Vec<usize>> + Send,
) -> Result<bool, Problem> {
    if person.is_scheduler() {
        return Ok(true);
    }
    for need in needs {
        let sites = need.iter().filter_map(|place| field.named.get(*place));
        let mut sites: Vec<&str> = sites.map(|(_, it)| it.organization_id.as_str()).collect();
        sites.sort_unstable();
        sites.dedup();
        if touching::books_all_of(app, person, &sites).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What was asked for, as times.
struct Asked {
    span: Interval,
    wished: Option<UnixS>,
    seconds: u64,
    step_s: u64,
}

fn checked(app: &App, said: &SlotSearch) -> Result<Asked, Problem> {
    let mut faults = Faults::default();
    check_numbers(said, &mut faults);
    check_needs(said, &mut faults);
    check_lines(said, &mut faults);
    let mut time = |field: &str, text: &Option<String>| {
        let time = text.as_deref().map(parse_time);
        if time == Some(None) {
            let detail = format!(
                "`{field}` must be RFC 3339 with an offset, such as 2026-11-23T09:30:00+08:00"
            );
            faults.add(field, "not-a-time", json!({}), &detail);
        }
        time.flatten()
    };
    let (from, until) = (time("from", &said.from), time("until", &said.until));
    let wished = time("startsAt", &said.starts_at);
    let now = app.now();
    let seconds = u64::from(said.minutes) * 60;
    let from = from.unwrap_or(now).max(now);
    let latest = from.plus(SPAN_S_MAX);
    let Ok(span) = Interval::new(from, until.unwrap_or(latest)) else {
        let detail = "`until` must be after `from`, and in the time to come";
        faults.add("until", "end-before-start", json!({}), detail);
        return Err(faults.problem());
    };
    if span.end() > latest {
        let detail = "a search goes over at most 31 days; ask again for those after them";
        faults.add("until", "too-long", json!({ "days": 31 }), detail);
    }
    if wished.is_some_and(|start| start < span.start() || start.plus(seconds) > span.end()) {
        let detail = "`startsAt` must lie between `from` and `until` with all of its minutes, and not in the past";
        faults.add("startsAt", "outside-of-search", json!({}), detail);
    }
    faults.or(Asked { span, wished, seconds, step_s: u64::from(said.step_minutes) * 60 })
}

fn check_numbers(said: &SlotSearch, faults: &mut Faults) {
    if !(1..=MINUTES_MAX).contains(&said.minutes) {
        let detail = format!("`minutes` must be from 1 to {MINUTES_MAX}");
        faults.add("minutes", "out-of-range", json!({ "most": MINUTES_MAX }), &detail);
    }
    if !STEPS.contains(&said.step_minutes) {
        let detail = "`stepMinutes` must be 5, 10, 15, 20, 30 or 60";
        faults.add("stepMinutes", "not-a-step", json!({}), detail);
    }
    if !(1..=SLOTS_MAX).contains(&said.most) {
        let detail = format!("`most` must be from 1 to {SLOTS_MAX}");
        faults.add("most", "out-of-range", json!({ "most": SLOTS_MAX }), &detail);
    }
}

fn check_needs(said: &SlotSearch, faults: &mut Faults) {
    if said.needs.is_empty() {
        faults.add("needs", "nothing-needed", json!({}), "name at least one need");
    }
    if !faults.at_most("needs", said.needs.len(), NEEDS_MAX) {
        return;
    }
    for (place, need) in said.needs.iter().enumerate() {
        let field = format!("needs[{place}].anyOf");
        if need.any_of.is_empty() == need.interpreter_of.is_none() {
            let detail = format!(
                "`{field}` must name at least one person, room or terminal, or else `interpreterOf` two languages"
            );
            faults.add(&field, "nothing-needed", json!({}), &detail);
        }
        if !faults.at_most(&field, need.any_of.len(), CHOICES_MAX) {
            continue;
        }
        let mut seen: Vec<(ResourceKind, &str)> = Vec::new();
        for ResourceId { kind, id } in &need.any_of {
            if seen.contains(&(kind.claimed_as(), id)) {
                let detail = format!("`{field}` names the {} {id} twice", kind.as_str());
                faults.add(&field, "named-twice", json!({ "id": id }), &detail);
            }
            seen.push((kind.claimed_as(), id));
        }
    }
}

fn check_lines(said: &SlotSearch, faults: &mut Faults) {
    if !faults.at_most("lines", said.lines.len(), LINES_MAX) {
        return;
    }
    let most = Capacity::KBPS_MAX;
    let mut seen: Vec<&str> = Vec::new();
    for (place, line) in said.lines.iter().enumerate() {
        for (name, kbps) in [("downKbps", line.down_kbps), ("upKbps", line.up_kbps)] {
            if kbps > most {
                let detail = format!("`{name}` must be at most {most}, in kilobits a second");
                let params = json!({ "most": most });
                faults.add(&format!("lines[{place}].{name}"), "out-of-range", params, &detail);
            }
        }
        let id = line.organization_id.as_str();
        if seen.contains(&id) {
            let detail = format!("`lines` names {id} twice; add what it takes together");
            let field = format!("lines[{place}].organizationId");
            faults.add(&field, "named-twice", json!({ "id": id }), &detail);
        }
        seen.push(id);
    }
}

/// The search, with everybody who interprets a pair of languages where somebody who does is needed.
async fn with_interpreters(app: &App, mut said: SlotSearch) -> Result<SlotSearch, Problem> {
    for (place, need) in said.needs.iter_mut().enumerate() {
        let Some(pair) = &need.interpreter_of else { continue };
        let found = app.store.interpreters(pair, CHOICES_MAX).await;
        let found = found.map_err(|error| store_failed(&error))?;
        if found.is_empty() {
            let detail = format!(
                "nobody in the register interprets {pair}; choose other languages, or enter who does"
            );
            let field = format!("needs[{place}].interpreterOf");
            let params = json!({ "id": pair.as_str() });
            return Err(invalid(&field, "nobody-interprets", params, &detail));
        }
        let interpreter = |id| ResourceId { kind: ResourceKind::Interpreter, id };
        need.any_of = found.into_iter().map(interpreter).collect();
    }
    Ok(said)
}

/// Every resource that is named, once, for each need the places of its choices among them, and what is taken of lines by place.
fn once_each(said: &SlotSearch) -> (Vec<Resource>, Vec<Vec<usize>>, BTreeMap<usize, Load>) {
    let mut places: BTreeMap<(ResourceKind, &str), usize> = BTreeMap::new();
    let mut resources = Vec::new();
    let mut place_of = |it: &'_ ResourceId| {
        resources.push(Resource { kind: it.kind, id: it.id.clone() });
        resources.len() - 1
    };
    let mut needs = Vec::new();
    for need in &said.needs {
        let mut choices = Vec::new();
        for it in &need.any_of {
            let known = places.entry((it.kind.claimed_as(), &it.id));
            choices.push(*known.or_insert_with(|| place_of(it)));
        }
        needs.push(choices);
    }
    let mut loads = BTreeMap::new();
    for LineNeed { organization_id, down_kbps, up_kbps } in &said.lines {
        let place = resources.len();
        resources.push(Resource { kind: ResourceKind::Line, id: organization_id.clone() });
        needs.push(vec![place]);
        loads.insert(place, Load { down_kbps: *down_kbps, up_kbps: *up_kbps });
    }
    (resources, needs, loads)
}

/// Somebody or something that is not in the directory, at the member that names it first.
fn not_known(said: &SlotSearch, needs: &[Vec<usize>], unknown: &Unknown) -> Problem {
    let mut faults = Faults::default();
    for (need, (choices, told)) in needs.iter().zip(&said.needs).enumerate() {
        let Some(at) = choices.iter().position(|choice| *choice == unknown.0) else { continue };
        let Some(ResourceId { kind, id }) = told.any_of.get(at) else { continue };
        let code = match kind {
            ResourceKind::Room => "room-unknown",
            ResourceKind::Terminal => "terminal-unknown",
            ResourceKind::Person | ResourceKind::Interpreter | ResourceKind::Line => {
                "person-unknown"
            }
        };
        let detail = format!("there is no {} `{id}`; choose one from the directory", kind.as_str());
        faults.add(&format!("needs[{need}].anyOf[{at}]"), code, json!({ "id": id }), &detail);
        break;
    }
    for (nth, line) in said.lines.iter().enumerate() {
        if needs.get(said.needs.len() + nth).is_some_and(|places| places.contains(&unknown.0)) {
            let id = &line.organization_id;
            let detail = format!("there is no organization `{id}`; choose one from the directory");
            let field = format!("lines[{nth}].organizationId");
            faults.add(&field, "organization-unknown", json!({ "id": id }), &detail);
        }
    }
    faults.problem()
}
