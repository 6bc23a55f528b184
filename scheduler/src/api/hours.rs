//! A booking is held against hours, closed days, buffers and ways, by the same search that offers slots.

use booking::{Cause, Interval, Search, UnixS, Wish};

use super::App;
use super::refusals::reason_in;
use super::slots_field::Field;
use super::slots_told::Told;
use crate::problem::{self, Problem};
use crate::store::{NewSession, Override, Resource};

/// How far the nearest fix is looked for, before and after.
const EARLIER_S: u64 = 7 * 86_400;
const LATER_S: u64 = 31 * 86_400;
/// Fixes are at quarters of an hour.
const STEP_S: u64 = 900;
/// Most causes that are told.
const BLOCKING_MAX: usize = 200;

/// The reason for which hours are overridden, if one was given.
pub(super) fn override_reason(text: Option<&str>) -> Result<Option<String>, Problem> {
    Ok(reason_in("overrideReason", text)?.map(str::to_owned))
}

/// Holds `new` against the hours of all that it takes, with `but` as the session that it moves. What is taken by others is
/// left to the store, which alone can tell, and what `by` holds is in nobody's way. Against hours it goes only with a reason: that is what comes back then.
pub(super) async fn check_hours(
    app: &App,
    new: &NewSession,
    (but, reason): (Option<&str>, Option<String>),
    (by, now): (&str, UnixS),
) -> Result<Option<Override>, Problem> {
    let start = new.interval.start();
    let first = start.minus(EARLIER_S).max(now).min(start);
    let Ok(span) = Interval::new(first, new.interval.end().plus(LATER_S)) else { return Ok(None) };
    let wanted: Vec<Resource> = new.claims().map(|(resource, _)| resource).collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    let Ok(field) = Field::read(app, wanted, span, (but, by, now)).await? else {
        // The store says who is not there.
        return Ok(None);
    };
    if field.is_always_open() {
        return Ok(None);
    }
    let needs: Vec<Vec<usize>> = (0..field.resources().len()).map(|place| vec![place]).collect();
    let resources = field.resources();
    let wish = Wish { needs: &needs, seconds: new.interval.seconds(), step_s: STEP_S };
    let mut search = Search::new(wish, &resources, &field.calendar, span);
    let mut left = app.config.slot_claims_max;
    let blocking = |search: &mut Search<'_>| search.blocking(start);
    let blocking = field.look(app, &mut search, &mut left, blocking).await?;
    let closed = |cause| matches!(cause, Cause::Shut { .. } | Cause::Travel(_));
    if !blocking.iter().any(|it| closed(it.cause)) {
        return Ok(None);
    }
    let told = Told { app, field: &field, at: Some(start) };
    if let Some(reason) = reason {
        let against = blocking.iter().filter(|it| closed(it.cause));
        let against = against.take(BLOCKING_MAX).filter_map(|it| told.blocker(it));
        let against = serde_json::to_string(&against.collect::<Vec<_>>()).unwrap_or_default();
        return Ok(Some(Override { reason, against }));
    }
    let earliest = |search: &mut Search<'_>| search.earliest(start.max(now), 1);
    let next = field.look(app, &mut search, &mut left, earliest).await?;
    let next = next.first().map(|slot| app.zone.print(slot.interval.start()));
    Err(not_open(&told, &blocking, next))
}

fn not_open(told: &Told<'_>, blocking: &[booking::Blocker], next: Option<String>) -> Problem {
    let blocking = blocking.iter().take(BLOCKING_MAX).filter_map(|it| told.blocker(it));
    let blocking: Vec<_> = blocking.collect();
    let first = blocking.first().map(super::slots_wire::Blocker::sentence).unwrap_or_default();
    let out = match &next {
        Some(next) => format!("all that you chose is open and free from {next}"),
        None => {
            "within 31 days there is no time when all that you chose is open and free".to_owned()
        }
    };
    let detail = format!("{first}; {out}; or say in `overrideReason` why it must be then");
    problem::not_open(detail)
        .member("blocking", serde_json::to_value(blocking).unwrap_or_default())
        .member("nextFree", next)
}
