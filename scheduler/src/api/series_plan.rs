//! What a change of a series does to each of its occurrences: decided before the store is asked, from the version that was read.

use std::collections::BTreeMap;

use booking::{Interval, RequestError, Standing, UnixS, pair_days};
use jiff::civil::Date;

use super::agreement_days::cover_of_move;
use super::series_members::{Member, differing, prescribed, template_of};
use super::series_wish::{Wish, time_of_day};
use super::versions::VERSIONS_MAX;
use super::window::opens;
use crate::civil::Zone;
use crate::config::Config;
use crate::store::{
    LineTerms, NewSession, Occurrence, PartRevision, PartStep, Revision, Series, SeriesRevision,
    Session, Template, Terms,
};

/// What a change does to one occurrence, as far as nothing is in its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Booked,
    Moved,
    Changed,
    Unchanged,
    Skipped,
    Cancelled,
}

impl What {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Moved => "moved",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What a change does to one occurrence.
#[derive(Debug)]
pub(super) struct PartResult {
    pub(super) number: i64,
    pub(super) what: What,
    /// What its session does not take over, as that was changed of it alone.
    pub(super) kept: Vec<Member>,
    /// What was changed of it alone and is lost.
    pub(super) lost: Vec<Member>,
    /// Why it is skipped.
    pub(super) why: Option<&'static str>,
}

/// A change as it is to be carried out, and what it does.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) revision: SeriesRevision,
    pub(super) results: Vec<PartResult>,
    /// Whether everything is so already.
    pub(super) is_so: bool,
}

/// All that a plan is made from.
pub(super) struct Planning<'a> {
    pub(super) series: &'a Series,
    pub(super) sessions: &'a [Session],
    pub(super) wish: &'a Wish,
    /// The zone in whose time the sessions stay.
    pub(super) zone: &'a Zone,
    /// The county's.
    pub(super) county: &'a Zone,
    pub(super) config: &'a Config,
    pub(super) by: &'a str,
    pub(super) now: UnixS,
}

/// What is to become of one occurrence.
type Part = (PartRevision, PartResult);

impl<'a> Planning<'a> {
    /// The occurrences that a change from number `from` on is for: those that the series still has and that are to come.
    pub(super) fn scope(&self, from: Option<i64>) -> Vec<&'a Occurrence> {
        let all = &self.series.occurrences;
        let first = from.and_then(|from| all.iter().find(|it| it.number == from));
        let first = first.map_or(UnixS(0), |it| it.interval.start());
        let meant = |it: &&Occurrence| {
            it.interval.start() >= first && it.is_open() && it.is_to_come(self.now)
        };
        all.iter().filter(meant).collect()
    }

    /// The plan for these occurrences, or all that is wrong with what they are to become.
    pub(super) fn plan(&self, scope: &[&Occurrence]) -> Result<Plan, Vec<RequestError>> {
        let (series, template) = (self.series, self.wish.applied(&self.series.template));
        let (places, added) = self.places(scope);
        let mut parts = Vec::new();
        for (occurrence, place) in scope.iter().zip(places) {
            let mut part = match place {
                Some(planned) => self.part(occurrence, planned)?,
                None => self.dropped(occurrence),
            };
            part.0.template = part.0.template.filter(|own| *own != template);
            parts.push(part);
        }
        let last = series.occurrences.iter().map(|it| it.number).max().unwrap_or_default();
        for (number, planned) in (last + 1..).zip(added) {
            parts.push(self.added(number, planned, &template)?);
        }
        let (mut parts, results): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        parts.extend(self.left_behind(scope, &template));
        let rule = self.wish.rule.as_ref().map_or(&series.rule, |(rule, _)| rule).clone();
        let is_so = template == series.template && rule == series.rule;
        let is_so = is_so && parts.iter().all(|part| self.is_so(part));
        let (id, version) = (series.id.clone(), series.version);
        let (whole, closed) = (self.wish.whole, BTreeMap::new());
        let revision = SeriesRevision { id, version, template, rule, parts, whole, closed };
        Ok(Plan { revision, results, is_so })
    }

    /// When the series is to have each occurrence, none if not any more, and what it is to have besides.
    fn places(&self, scope: &[&Occurrence]) -> (Vec<Option<Interval>>, Vec<Interval>) {
        let seconds = |it: &Occurrence| self.wish.seconds.unwrap_or(it.interval.seconds());
        let Some((_, starts)) = &self.wish.rule else {
            let moved = scope.iter().map(|it| {
                let start = self.on_its_day(it.interval.start());
                Interval::new(start, start.plus(seconds(it))).ok().or(Some(it.interval))
            });
            return (moved.collect(), Vec::new());
        };
        let day = |at: UnixS| days_since_1970(self.zone.local(at).date());
        let old: Vec<i32> = scope.iter().map(|it| day(it.interval.start())).collect();
        let new: Vec<i32> = starts.iter().map(|at| day(*at)).collect();
        let places = pair_days(&old, &new);
        let length = self.wish.applied(&self.series.template).seconds;
        let at = |at: usize, length: u64| {
            starts.get(at).and_then(|start| Interval::new(*start, start.plus(length)).ok())
        };
        let free = (0..starts.len()).filter(|it| !places.contains(&Some(*it)));
        let added = free.filter_map(|it| at(it, length)).collect();
        let taken = places.iter().zip(scope).map(|(place, it)| at((*place)?, seconds(it)));
        (taken.collect(), added)
    }

    /// The new time on the day of a start.
    fn on_its_day(&self, start: UnixS) -> UnixS {
        let Some(minute) = self.wish.start else { return start };
        let day = self.zone.local(start).date();
        let local = time_of_day(minute).map(|time| day.to_datetime(time));
        local.and_then(|local| self.zone.at(local)).unwrap_or(start)
    }

    fn part(&self, occurrence: &Occurrence, planned: Interval) -> Result<Part, Vec<RequestError>> {
        let before = template_of(self.series, occurrence);
        let after = self.wish.applied(before);
        let standing = occurrence.session.as_ref().and_then(|(id, _)| self.session(id));
        let (step, result) = match standing {
            Some(session) => {
                let was = prescribed(before, occurrence.interval);
                let will = prescribed(&after, planned);
                let made_up = session.id != occurrence.session_id;
                self.rewritten(occurrence.number, session, (&was, &will, made_up))?
            }
            None => {
                let elsewhere = planned != occurrence.interval
                    || [Member::Rooms, Member::Participants].iter().any(|it| self.wish.names(*it));
                let another = planned != occurrence.interval || after != *before;
                match elsewhere && another && !occurrence.own_cancelled {
                    true => {
                        let (step, result) = self.booked(
                            occurrence.number,
                            &occurrence.session_id,
                            (planned, &after),
                        )?;
                        (step.map_or(PartStep::Keep, |new| PartStep::Book(Box::new(new))), result)
                    }
                    false => (PartStep::Keep, result(occurrence.number, What::Unchanged)),
                }
            }
        };
        let number = occurrence.number;
        Ok((PartRevision { number, planned, template: Some(after), step }, result))
    }

    /// What becomes of the session of an occurrence, from what the series had it be and will have it be. A session that makes
    /// something up stays at its own time.
    fn rewritten(
        &self,
        number: i64,
        session: &Session,
        (was, will, made_up): (&Terms, &Terms, bool),
    ) -> Result<(PartStep, PartResult), Vec<RequestError>> {
        let stands = Terms::of(session);
        let mut wanted = stands.clone();
        let mut told = result(number, What::Unchanged);
        let alone = differing(&stands, was);
        let other = differing(&stands, will);
        for member in other.into_iter().filter(|it| self.wish.names(*it)) {
            let own = alone.contains(&member);
            let stays = own && (!self.wish.replace || (made_up && member == Member::Time));
            match stays {
                true => told.kept.push(member),
                false => member.take(&mut wanted, will),
            }
            if own && !stays {
                told.lost.push(member);
            }
        }
        if wanted == stands {
            return Ok((PartStep::Keep, told));
        }
        if let Some(why) = self.hindered(session, &wanted)? {
            let skipped = PartResult { what: What::Skipped, why: Some(why), ..told };
            return Ok((PartStep::Keep, PartResult { lost: vec![], ..skipped }));
        }
        let moved = differing(&stands, &wanted).contains(&Member::Time);
        told.what = if moved { What::Moved } else { What::Changed };
        let Ok(at) = Interval::new(UnixS(wanted.starts_s), UnixS(wanted.ends_s)) else {
            return Err(vec![RequestError::Empty]);
        };
        let wanted = self.new_session(&session.id, wanted, at, vec![]);
        let times = (session.interval.start(), wanted.interval.start());
        let cover = cover_of_move(self.county, session.kind, times);
        let revision = Revision { version: session.version, wanted, cover };
        Ok((PartStep::Change(Box::new(revision)), told))
    }

    /// Why one session cannot be so while others can; what could be of none is an error.
    fn hindered(
        &self,
        session: &Session,
        wanted: &Terms,
    ) -> Result<Option<&'static str>, Vec<RequestError>> {
        if session.version >= VERSIONS_MAX {
            return Ok(Some("changed-too-often"));
        }
        let (interval, recording) = (session.interval, session.recording);
        let standing = Standing { interval, recording, opens: opens(self.config, interval) };
        let checked = with_request(self.series, wanted, |request| {
            standing.check_change(request, wanted.recording, &self.config.limits(), self.now)
        });
        of_one(checked)
    }

    /// A session for an occurrence that has none.
    fn booked(
        &self,
        number: i64,
        id: &str,
        (planned, template): (Interval, &Template),
    ) -> Result<(Option<NewSession>, PartResult), Vec<RequestError>> {
        let terms = prescribed(template, planned);
        let checked = with_request(self.series, &terms, |request| {
            booking::check(request, &self.config.limits(), self.now)
        });
        Ok(match of_one(checked)? {
            Some(why) => (None, PartResult { why: Some(why), ..result(number, What::Skipped) }),
            None => {
                let new = self.new_session(id, terms, planned, template.modes.clone());
                (Some(new), result(number, What::Booked))
            }
        })
    }

    /// An occurrence that the series did not have. It is within the bounds of any booking, as its rule was.
    fn added(
        &self,
        number: i64,
        planned: Interval,
        template: &Template,
    ) -> Result<Part, Vec<RequestError>> {
        let id = uuid::Uuid::now_v7().to_string();
        let (new, result) = self.booked(number, &id, (planned, template))?;
        let step = new.map_or(PartStep::Drop(None), |new| PartStep::Add(Box::new(new)));
        Ok((PartRevision { number, planned, template: None, step }, result))
    }

    fn dropped(&self, occurrence: &Occurrence) -> Part {
        let was = prescribed(template_of(self.series, occurrence), occurrence.interval);
        let session = occurrence.session.as_ref().map(|(id, _)| id.clone());
        let standing = session.as_deref().and_then(|id| self.session(id));
        let lost = standing.map(|it| differing(&Terms::of(it), &was)).unwrap_or_default();
        let (number, planned) = (occurrence.number, occurrence.interval);
        let template = occurrence.template.clone();
        let part = PartRevision { number, planned, template, step: PartStep::Drop(session) };
        (part, PartResult { lost, ..result(number, What::Cancelled) })
    }

    /// The occurrences that the change is not for keep what they were booked with.
    fn left_behind(&self, scope: &[&Occurrence], template: &Template) -> Vec<PartRevision> {
        if *template == self.series.template {
            return Vec::new();
        }
        let meant: BTreeMap<i64, ()> = scope.iter().map(|it| (it.number, ())).collect();
        let left = self.series.occurrences.iter().filter(|it| !meant.contains_key(&it.number));
        let left = left.filter(|it| it.template.is_none()).map(|it| PartRevision {
            number: it.number,
            planned: it.interval,
            template: Some(self.series.template.clone()),
            step: PartStep::Keep,
        });
        left.collect()
    }

    /// Whether a part says what is so already.
    fn is_so(&self, part: &PartRevision) -> bool {
        let found = self.series.occurrences.iter().find(|it| it.number == part.number);
        found.is_some_and(|it| {
            let same = it.interval == part.planned && it.template == part.template;
            same && matches!(part.step, PartStep::Keep)
        })
    }

    fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id == id)
    }

    fn new_session(
        &self,
        id: &str,
        terms: Terms,
        interval: Interval,
        modes: Vec<(String, session::Mode)>,
    ) -> NewSession {
        let month = self.county.month(self.county.day_at(interval.start()));
        NewSession {
            id: id.to_owned(),
            kind: self.series.template.kind,
            title: terms.title,
            interval,
            recording: terms.recording,
            rooms: terms.rooms,
            terminals: terms.terminals,
            participants: terms.participants,
            booked_by: self.by.to_owned(),
            booked: self.now,
            lines: LineTerms { modes, month },
            overrides: None,
            hold: None,
        }
    }
}

const fn result(number: i64, what: What) -> PartResult {
    PartResult { number, what, kept: Vec::new(), lost: Vec::new(), why: None }
}

/// What hinders one session alone; any other error is of them all.
fn of_one(
    checked: Result<Interval, Vec<RequestError>>,
) -> Result<Option<&'static str>, Vec<RequestError>> {
    let Err(errors) = checked else { return Ok(None) };
    let alone = |error: &RequestError| {
        matches!(
            error,
            RequestError::Past
                | RequestError::TooFarAhead { .. }
                | RequestError::Begun
                | RequestError::EndPast
                | RequestError::RecordingTold
        )
    };
    match errors.first() {
        Some(first) if errors.iter().all(alone) => Ok(Some(first.code())),
        _ => Err(errors),
    }
}

fn with_request<T>(
    series: &Series,
    terms: &Terms,
    check: impl FnOnce(&booking::Request<'_>) -> T,
) -> T {
    let rooms: Vec<&str> = terms.rooms.iter().map(String::as_str).collect();
    let terminals: Vec<&str> = terms.terminals.iter().map(String::as_str).collect();
    let participants: Vec<_> = terms.participants.iter().map(crate::store::Part::asked).collect();
    check(&booking::Request {
        kind: series.template.kind,
        title: &terms.title,
        start: UnixS(terms.starts_s),
        end: UnixS(terms.ends_s),
        rooms: &rooms,
        terminals: &terminals,
        participants: &participants,
    })
}

fn days_since_1970(day: Date) -> i32 {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.until(day).map_or(0, |span| span.get_days())
}
