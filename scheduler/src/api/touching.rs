//! Which sessions a scheduler of a part of the county may see and book: those of which a place lies in that part.

use std::collections::BTreeSet;

use policy::{Object, Permission, Place};

use super::App;
use super::refusals::store_failed;
use crate::problem::{self, Problem};
use crate::store::{Person, Series, Session};

/// Whether this person books such sessions: by the sites of their people.
pub(super) async fn books<I: AsRef<str>>(
    app: &App,
    person: &Person,
    people: &[I],
) -> Result<bool, Problem> {
    if person.is_scheduler() {
        return Ok(true);
    }
    if !person.may_somewhere(Permission::Book) {
        return Ok(false);
    }
    let places = app.store.places_of(people).await.map_err(|error| store_failed(&error))?;
    Ok(books_in(person, &places))
}

fn books_in(person: &Person, places: &[Place]) -> bool {
    person.may(Permission::Book, Object::Session { places, takes_part: false })
}

/// The same of a session that is there.
pub(super) async fn books_session(
    app: &App,
    person: &Person,
    session: &Session,
) -> Result<bool, Problem> {
    let people: Vec<&str> = session.attendees.iter().map(|it| it.person_id.as_str()).collect();
    books(app, person, &people).await
}

/// Whether this person books for the site of this id; of one that is not there who books in all of the county.
pub(super) async fn books_site(app: &App, person: &Person, id: &str) -> Result<bool, Problem> {
    books_all_of(app, person, &[id]).await
}

/// Whether all of these sites are such for which this person books.
pub(super) async fn books_all_of(
    app: &App,
    person: &Person,
    sites: &[&str],
) -> Result<bool, Problem> {
    if person.is_scheduler() {
        return Ok(true);
    }
    let own = own_sites(app, person, sites).await?;
    Ok(!sites.is_empty() && sites.iter().all(|site| own.contains(site)))
}

/// Those of these sites for which this person books.
pub(super) async fn own_sites<'s>(
    app: &App,
    person: &Person,
    sites: &[&'s str],
) -> Result<BTreeSet<&'s str>, Problem> {
    let sites: BTreeSet<&str> = sites.iter().copied().collect();
    if person.is_scheduler() {
        return Ok(sites);
    }
    if !person.may_somewhere(Permission::Book) {
        return Ok(BTreeSet::new());
    }
    let asked: Vec<&str> = sites.iter().copied().collect();
    let places = app.store.places_of_sites(&asked).await.map_err(|error| store_failed(&error))?;
    let own = |site: &str| {
        let place = places.iter().find(|place| place.site == site);
        place.is_some_and(|place| person.may(Permission::Book, Object::Place(place)))
    };
    Ok(sites.into_iter().filter(|site| own(site)).collect())
}

/// Whether this person books a series: what it prescribes, and each of the sessions that are meant.
pub(super) async fn books_series<'a>(
    app: &App,
    person: &Person,
    series: &'a Series,
    sessions: impl Iterator<Item = &'a Session> + Send,
) -> Result<bool, Problem> {
    if person.is_scheduler() {
        return Ok(true);
    }
    // Most sessions have the people of their series: each set of people is looked at once.
    let prescribed = series.template.participants.iter().map(|it| it.person_id.as_str()).collect();
    let mut sets: BTreeSet<Vec<&str>> = BTreeSet::from([prescribed]);
    sets.extend(sessions.map(|session| {
        session.attendees.iter().map(|it| it.person_id.as_str()).collect::<Vec<_>>()
    }));
    for people in &sets {
        if !books(app, person, people).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The sessions of a list that this person takes part in or books; a scheduler of the county sees all.
pub(super) async fn only_seen(
    app: &App,
    person: &Person,
    sessions: Vec<Session>,
) -> Result<Vec<Session>, Problem> {
    if person.is_scheduler() {
        return Ok(sessions);
    }
    let mut seen = Vec::new();
    for session in sessions {
        if session.attendee(&person.id).is_some() || books_session(app, person, &session).await? {
            seen.push(session);
        }
    }
    Ok(seen)
}

/// What somebody is told who does not book for a site.
pub(super) fn other_site() -> Problem {
    problem::forbidden(
        "this is of a place for which you do not book; ask the scheduler of the county",
    )
    .member("rule", "elsewhere")
}

/// What somebody is told who may not book a session of these people.
pub(super) fn elsewhere() -> Problem {
    problem::forbidden(
        "nobody of this session is of a place for which you book; add somebody of yours, or ask the scheduler of the county",
    )
    .member("rule", "elsewhere")
}
