//! A booking is held against hours, closed days, buffers and ways, by the same search that offers slots.

use booking::{Cause, Interval, Search, UnixS, Wish};

use super::App;
use super::refusals::reason_in;
use super::slots_field::Field;
use super::slots_told::Told;
use super::slots_wire::Blocker;
use crate::problem::{self, Problem};
use crate::store::{Blocked, NewSession, Override, Resource};

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

/// Within which the nearest fix of a session at this time is looked for; none if it has no end.
pub(super) fn around(at: Interval, now: UnixS) -> Option<Interval> {
    let first = at.start().minus(EARLIER_S).max(now).min(at.start());
    Interval::new(first, at.end().plus(LATER_S)).ok()
}

/// Everybody and everything that a session takes alone, in the order of its request.
pub(super) fn taken_by(new: &NewSession) -> impl Iterator<Item = Resource> {
    new.claims().map(|(resource, _)| resource)
}

/// Holds `new` against the hours of all that it takes, with `but` as the session that it moves. What is taken by others is
/// left to the store, which alone can tell, and what `by` holds is in nobody's way. Against hours it goes only with a reason: that is what comes back then.
pub(super) async fn check_hours(
    app: &App,
    new: &NewSession,
    (but, reason): (Option<&str>, Option<String>),
    (by, now): (&str, UnixS),
) -> Result<Option<Override>, Problem> {
    let Some(span) = around(new.interval, now) else { return Ok(None) };
    let wanted: Vec<Resource> = taken_by(new).collect();
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
    let wanted = Wanted { needs: &needs, at: new.interval, span };
    match look(app, &field, &wanted, (reason.as_deref(), now)).await? {
        Verdict::Open => Ok(None),
        Verdict::Against(against) => Ok(Some(against)),
        Verdict::Closed(closed) => Err(closed.problem()),
    }
}

/// One session that is held against hours.
pub(super) struct Wanted<'a> {
    /// Whom and what it takes, by their places in the field, each a need of its own.
    pub(super) needs: &'a [Vec<usize>],
    pub(super) at: Interval,
    /// Within which the nearest fix is looked for.
    pub(super) span: Interval,
}

/// What hours say of a session.
pub(super) enum Verdict {
    Open,
    /// Closed, and booked all the same.
    Against(Override),
    Closed(Box<ClosedThen>),
}

/// Somebody or something is not open, or has no time for the way.
pub(super) struct ClosedThen {
    /// All that is in the way, as it is told.
    blocking: Vec<Blocker>,
    /// The first of what is closed, as it is kept.
    pub(super) first: Option<Blocked>,
    /// The earliest start at which everybody and everything is open and free.
    next: Option<String>,
}

/// What hours say of one session; with a reason it goes against them.
pub(super) async fn look(
    app: &App,
    field: &Field,
    wanted: &Wanted<'_>,
    (reason, now): (Option<&str>, UnixS),
) -> Result<Verdict, Problem> {
    let start = wanted.at.start();
    let resources = field.resources();
    let wish = Wish { needs: wanted.needs, seconds: wanted.at.seconds(), step_s: STEP_S };
    let mut search = Search::new(wish, &resources, &field.calendar, wanted.span);
    // Other sessions make a way too short only of who needs one.
    if search.is_open(start) && !field.has_buffers() {
        return Ok(Verdict::Open);
    }
    let mut left = app.config.slot_claims_max;
    let blocking = |search: &mut Search<'_>| search.blocking(start);
    let blocking = field.look(app, &mut search, &mut left, blocking).await?;
    let closed = |it: &&booking::Blocker| matches!(it.cause, Cause::Shut { .. } | Cause::Travel(_));
    let Some(first) = blocking.iter().find(closed) else { return Ok(Verdict::Open) };
    let told = Told { app, field, at: Some(start) };
    if let Some(reason) = reason {
        let against = blocking.iter().filter(closed);
        let against = against.take(BLOCKING_MAX).filter_map(|it| told.blocker(it));
        let against = serde_json::to_string(&against.collect::<Vec<_>>()).unwrap_or_default();
        return Ok(Verdict::Against(Override { reason: reason.to_owned(), against }));
    }
    let earliest = |search: &mut Search<'_>| search.earliest(start.max(now), 1);
    let next = field.look(app, &mut search, &mut left, earliest).await?;
    let next = next.first().map(|slot| slot.interval.start());
    let all = blocking.iter().take(BLOCKING_MAX).filter_map(|it| told.blocker(it));
    Ok(Verdict::Closed(Box::new(ClosedThen {
        blocking: all.collect(),
        first: told.kept(first, next),
        next: next.map(|next| app.zone.print(next)),
    })))
}

impl ClosedThen {
    pub(super) fn problem(self) -> Problem {
        let first = self.blocking.first().map(Blocker::sentence).unwrap_or_default();
        let out = match &self.next {
            Some(next) => format!("all that you chose is open and free from {next}"),
            None => "within 31 days there is no time when all that you chose is open and free"
                .to_owned(),
        };
        let detail = format!("{first}; {out}; or say in `overrideReason` why it must be then");
        problem::not_open(detail)
            .member("blocking", serde_json::to_value(self.blocking).unwrap_or_default())
            .member("nextFree", self.next)
    }
}
