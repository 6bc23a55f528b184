//! The sessions of a series are held against hours, closed days and ways, by one field over all of its time.

use std::collections::BTreeMap;

use booking::{Interval, ResourceKind, UnixS};

use super::App;
use super::hours::{ClosedThen, Verdict, Wanted, around, check_hours, look, taken_by};
use super::slots_field::Field;
use crate::metrics::BookingOutcome;
use crate::problem::Problem;
use crate::store::{NewSession, Override, Resource, SeriesHours, Session, Template};

/// How often it is looked again where a session that stays as it was may be too near to another one that is moved.
const LOOKS_MAX: usize = 3;

/// One session that is to be.
pub(super) struct Planned<'a> {
    /// Number of its occurrence.
    pub(super) number: i64,
    pub(super) wanted: NewSession,
    /// Whom and what of it is held against hours.
    pub(super) comes: NewSession,
    /// The session that it changes.
    pub(super) standing: Option<&'a Session>,
}

/// What hours say of a series.
#[derive(Default)]
pub(super) struct Held {
    pub(super) hours: SeriesHours,
    /// The first occurrence that is closed, and how.
    pub(super) first: Option<(i64, Box<ClosedThen>)>,
}

/// The refusal of all for the first occurrence that is closed.
pub(super) fn all_refused(app: &App, (number, closed): (i64, Box<ClosedThen>)) -> Problem {
    app.metrics.booking(BookingOutcome::NotOpen);
    closed.problem().member("occurrence", number)
}

/// Holds `planned` against the hours of all that it takes; what is taken by others is left to the store. `gone` are sessions that the
/// same change gives back without a new time. With a reason what is closed goes against hours.
pub(super) async fn check_series(
    app: &App,
    (mut planned, gone): (Vec<Planned<'_>>, &[&Session]),
    reason: Option<&str>,
    (by, now): (&str, UnixS),
) -> Result<Held, Problem> {
    planned.sort_by_key(|it| it.wanted.interval);
    let planned = planned.as_slice();
    let Some(span) = span_of(planned, now) else { return Ok(Held::default()) };
    let (wanted, places) = all_of(planned);
    if wanted.is_empty() {
        return Ok(Held::default());
    }
    let Ok(mut field) = Field::read(app, wanted, span, (None, by, now)).await? else {
        // The store says who is not there.
        return Ok(Held::default());
    };
    if field.is_always_open() {
        return Ok(Held::default());
    }
    let mut held = Held::default();
    for _ in 0..LOOKS_MAX {
        let stays = held.hours.closed.len();
        let moved = planned.iter().filter(|it| !held.hours.closed.contains_key(&it.number));
        let given_back = moved.filter_map(|it| it.standing).chain(gone.iter().copied());
        field.changing.gone = given_back.flat_map(|it| claims(it, &places)).collect();
        held = look_at_all(app, &mut field, (planned, &places), (reason, now)).await?;
        let standing = planned.iter().any(|it| it.standing.is_some());
        if held.hours.closed.len() == stays || !standing || !field.has_buffers() {
            break;
        }
    }
    Ok(held)
}

/// What hours say of sessions of a series, each with number, start and id.
pub(super) async fn check_starts<'a>(
    app: &App,
    template: &Template,
    starts: impl Iterator<Item = (i64, UnixS, &'a str)>,
    (reason, by): (Option<&str>, (&str, UnixS)),
) -> Result<Held, Problem> {
    let planned = starts.filter_map(|(number, start, id)| {
        let wanted = template.session(id, (start, &|_| None), by)?;
        Some(Planned { number, comes: wanted.clone(), wanted, standing: None })
    });
    check_series(app, (planned.collect(), &[]), reason, by).await
}

/// What hours say of a session that stands for an owed occurrence.
pub(super) async fn check_make_up(
    app: &App,
    template: &Template,
    start: UnixS,
    (reason, by, now): (Option<String>, &str, UnixS),
) -> Result<Option<Override>, Problem> {
    let Some(wanted) = template.session("", (start, &|_| None), (by, now)) else { return Ok(None) };
    let checked = check_hours(app, &wanted, (None, reason), (by, now)).await;
    checked.inspect_err(|_| app.metrics.booking(BookingOutcome::NotOpen))
}

/// The places in the field, by the kind under which something is claimed and its id: who interprets in one session is the
/// same human in another.
type Places = BTreeMap<(ResourceKind, String), usize>;

fn place_of(resource: &Resource, places: &Places) -> Option<usize> {
    places.get(&(resource.kind.claimed_as(), resource.id.clone())).copied()
}

/// Everybody and everything that these sessions take, once, and where in that.
fn all_of(planned: &[Planned<'_>]) -> (Vec<Resource>, Places) {
    let (mut all, mut places) = (Vec::new(), Places::new());
    let sessions = planned.iter().flat_map(|it| [&it.wanted, &it.comes]);
    for resource in sessions.flat_map(taken_by) {
        let place = all.len();
        let known = places.entry((resource.kind.claimed_as(), resource.id.clone()));
        if *known.or_insert(place) == place {
            all.push(resource);
        }
    }
    (all, places)
}

/// Within which all of them lie with their fixes.
fn span_of(planned: &[Planned<'_>], now: UnixS) -> Option<Interval> {
    let first = planned.iter().map(|it| it.wanted.interval.start()).min()?;
    let last = planned.iter().map(|it| it.wanted.interval.end()).max()?;
    around(Interval::new(first, last).ok()?, now)
}

async fn look_at_all(
    app: &App,
    field: &mut Field,
    (planned, places): (&[Planned<'_>], &Places),
    (reason, now): (Option<&str>, UnixS),
) -> Result<Held, Problem> {
    let mut held = Held::default();
    field.changing.come.clear();
    for Planned { number, wanted, comes, .. } in planned {
        let at = wanted.interval;
        let places_of = |it| taken_by(it).filter_map(|it| place_of(&it, places));
        let needs: Vec<Vec<usize>> = places_of(comes).map(|place| vec![place]).collect();
        let Some(span) = around(at, now) else { continue };
        let one = Wanted { needs: &needs, at, span };
        match look(app, field, &one, (reason, now)).await? {
            Verdict::Open => {}
            Verdict::Against(against) => {
                held.hours.overrides.insert(*number, against);
            }
            Verdict::Closed(closed) => {
                held.hours.closed.extend(closed.first.clone().map(|by| (*number, by)));
                held.first.get_or_insert((*number, closed));
                continue;
            }
        }
        field.changing.come.extend(places_of(wanted).map(|place| (place, at)));
    }
    Ok(held)
}

/// What a session has taken, by the places of the resources.
fn claims(session: &Session, places: &Places) -> Vec<(usize, Interval)> {
    let people = session.attendees.iter();
    let people = people.map(|it| (ResourceKind::of_role(it.role), &it.person_id));
    let rooms = session.rooms.iter().map(|room| (ResourceKind::Room, &room.id));
    let terminals = session.terminals.iter().map(|it| (ResourceKind::Terminal, &it.id));
    let all = people.chain(rooms).chain(terminals);
    let all = all.map(|(kind, id)| Resource { kind, id: id.clone() });
    all.filter_map(|it| Some((place_of(&it, places)?, session.interval))).collect()
}
