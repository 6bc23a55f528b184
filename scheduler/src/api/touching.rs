//! Which sessions a scheduler of a part of the county may see and book: those of which a place lies in that part.

use policy::{Object, Permission, Place};

use super::App;
use super::refusals::store_failed;
use crate::problem::{self, Problem};
use crate::store::{Person, Session};

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

/// What somebody is told who may not book a session of these people.
pub(super) fn elsewhere() -> Problem {
    problem::forbidden(
        "nobody of this session is of a place for which you book; add somebody of yours, or ask the scheduler of the county",
    )
    .member("rule", "elsewhere")
}
