//! What came of a class at its places: attendance by what was received, the groups that attend, and how many pupils were counted.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use booking::UnixS;
use policy::{Object, Permission};
use serde_json::json;
use session::Kind;
use sha2::{Digest, Sha256};
use teaching::{GROUPS_MAX, PUPILS_MAX, check_groups, check_pupils};

use super::attendance_wire::{
    CanAtPlace, ClassAttendance, HeadcountForm, PlaceAttendanceTold, RosterForm,
};
use super::extract::{Body, Caller, IdempotencyKey, Path, Scheduling, SessionId};
use super::faults::Faults;
use super::refusals::{invalid, store_failed};
use super::replayed::marked;
use super::sessions::{KEEP_ANSWER_S, find};
use super::touching::{books_session, other_site, own_sites};
use super::window::opens;
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{
    Act, Bounds, ClassPlaces, Counted, Key, NamedGroups, PLACE_COUNTS_MAX, Person, RosterGroup,
    Session,
};

/// How long after its end pupils of a class are counted, and groups of it named, seconds.
const AFTER_S: u64 = 24 * 3_600;

/// A class, and who is where in it.
struct Class {
    session: Session,
    places: ClassPlaces,
    roster: Vec<RosterGroup>,
}

impl Class {
    async fn of(app: &App, session: Session) -> Result<Self, Problem> {
        if session.kind != Kind::Class {
            return Err(problem::not_found(
                "only a class has attendance; what people of other sessions received stands at `receipts`",
            ));
        }
        let places = app.store.class_places(&session.id).await;
        let roster = app.store.roster(&session.id).await;
        let places = places.map_err(|error| store_failed(&error))?;
        let roster = roster.map_err(|error| store_failed(&error))?;
        Ok(Self { session, places, roster })
    }

    /// The sites at which this person is the local teacher: the classroom in the class, or the teacher of a group that attends.
    fn taught_by(&self, person: &Person) -> BTreeSet<&str> {
        let in_class = Object::Session { places: &[], takes_part: true };
        let is_classroom = |site: &str| {
            let place = self.places.place(site);
            place.is_some_and(|it| it.classrooms.iter().any(|(id, _)| *id == person.id))
        };
        let has_group = |site: &str| {
            let own = |it: &RosterGroup| it.site_id == site && it.teacher_id == person.id;
            person.organization.id == site && self.roster.iter().any(own)
        };
        let sites = self.places.places.iter().map(|place| place.site_id.as_str());
        let taught = sites.filter(|site| {
            (is_classroom(site) && person.may(Permission::Teach, in_class))
                || (has_group(site) && person.may(Permission::Teach, Object::Own))
        });
        taught.collect()
    }

    /// Whether this person gives the class.
    fn is_led_by(&self, person: &Person) -> bool {
        let in_class = Object::Session { places: &[], takes_part: true };
        let leads = self.places.lead.as_ref().is_some_and(|(id, _)| *id == person.id);
        leads && person.may(Permission::Teach, in_class)
    }

    /// From when until when pupils are counted.
    fn counted(&self, app: &App) -> (UnixS, UnixS) {
        let at = self.session.interval;
        (opens(&app.config, at), at.end().plus(AFTER_S))
    }

    /// Nothing is changed of what is cancelled, or was over a day ago.
    fn still_changes(&self, app: &App) -> Result<(), Problem> {
        if self.session.cancelled {
            return Err(problem::cancelled("the class is cancelled; nobody attends it"));
        }
        if app.now() >= self.counted(app).1 {
            return Err(problem::too_late(
                "the class was over more than 24 hours ago; what stands there stays",
            ));
        }
        Ok(())
    }
}

/// What came of a class at each of its places: whether it was present by what was received there, which groups attend, and how
/// many pupils were counted. For who books the session and who gives the class; a local teacher is told of the own place.
///
/// What is received comes some 20 seconds after it was. What is not known is `unknown`, and never made `present`.
#[utoipa::path(
    get, path = "/api/v1/sessions/{id}/attendance", tag = "classes", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Session id")),
    responses(
        (status = 200, body = ClassAttendance),
        (status = 403, description = "Neither books the session, nor gives it, nor teaches at a place of it", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session, or it is no class", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    SessionId(id): SessionId,
) -> Result<Json<ClassAttendance>, Problem> {
    let class = Class::of(&app, find(&app, &id).await?).await?;
    told(&app, &person, class).await.map(Json)
}

/// The class as this person sees it.
async fn told(app: &App, person: &Person, class: Class) -> Result<ClassAttendance, Problem> {
    let (from, until) = class.counted(app);
    let books = books_session(app, person, &class.session).await?;
    let taught: BTreeSet<String> = class.taught_by(person).into_iter().map(str::to_owned).collect();
    let all = books || class.is_led_by(person);
    if !all && taught.is_empty() {
        return Err(problem::forbidden(
            "attendance is for who books the class, who gives it, and the local teachers of its places; ask one of them",
        ));
    }
    let sites: Vec<&str> = class.places.places.iter().map(|it| it.site_id.as_str()).collect();
    let booked = own_sites(app, person, &sites).await?;
    let booked: BTreeSet<String> = booked.into_iter().map(str::to_owned).collect();
    let open = class.still_changes(app).is_ok();
    let can = |site: &str| CanAtPlace {
        count: open && app.now() >= from && taught.contains(site),
        name: open && booked.contains(site),
    };
    let Class { session, places, roster } = class;
    let planned = (session.id.as_str(), session.interval);
    let found = app.store.class_attendance(planned, &places).await;
    let found = found.map_err(|error| store_failed(&error))?;
    let counts = app.store.headcounts(&session.id).await.map_err(|error| store_failed(&error))?;
    let lead = places.lead.map(Into::into);
    let mut told = Vec::with_capacity(places.places.len());
    for (place, of) in places.places.into_iter().zip(found) {
        if !all && !taught.contains(&place.site_id) {
            continue;
        }
        let groups = roster.iter().filter(|it| it.site_id == place.site_id).cloned().collect();
        let count = counts.iter().find(|it| it.site_id == place.site_id).cloned();
        let can = can(&place.site_id);
        told.push(PlaceAttendanceTold::new(app, place, of, (groups, count), can));
    }
    Ok(ClassAttendance {
        starts_at: app.zone.print(session.interval.start()),
        ends_at: app.zone.print(session.interval.end()),
        counted_from: app.zone.print(from),
        counted_until: app.zone.print(until),
        session_id: session.id,
        title: session.title,
        cancelled: session.cancelled,
        series_id: session.series_id,
        lead,
        places: told,
    })
}

/// Says which groups of a place attend a class, until 24 hours after its end. A group is kept with the class as it is when the
/// class begins, or when it is named later than that. With `later` the same groups attend the later classes of the series there,
/// all of them or none; one that is retired stays in the classes that have it, and comes into no other. For who books for the place.
#[utoipa::path(
    put, path = "/api/v1/sessions/{id}/groups/{site}", tag = "classes", security(("person" = []), ("login" = [])), request_body = RosterForm,
    params(("id" = String, Path, description = "Session id"), ("site" = String, Path, description = "Organization id of the place")),
    responses(
        (status = 200, body = ClassAttendance),
        (status = 403, description = "Does not book for the place", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session, it is no class, or that is no place of it", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Cancelled (`/problems/cancelled`), or over for more than 24 hours (`/problems/too-late`)", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn name_groups(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    Path((id, site)): Path<(String, String)>,
    body: Body<RosterForm>,
) -> Result<Json<ClassAttendance>, Problem> {
    let class = Class::of(&app, find(&app, &id).await?).await?;
    class.places.place(&site).ok_or_else(no_such_place)?;
    if !own_sites(&app, &person, &[site.as_str()]).await?.contains(site.as_str()) {
        return Err(other_site());
    }
    class.still_changes(&app)?;
    let RosterForm { group_ids, later } = body.value;
    let unique: BTreeSet<&String> = group_ids.iter().collect();
    if check_groups(group_ids.len()).is_err() {
        return Err(too_many_groups(GROUPS_MAX));
    }
    if unique.len() < group_ids.len() {
        let detail = "`groupIds` names a group twice; name each once";
        return Err(invalid("groupIds", "named-twice", json!({}), detail));
    }
    let later = match later {
        true => later_classes(&app, &class.session, &site).await?,
        false => Vec::new(),
    };
    let named = app.store.name_groups((&id, &later, &site), &group_ids, GROUPS_MAX).await;
    match named.map_err(|error| store_failed(&error))? {
        NamedGroups::Done => {}
        NamedGroups::TooMany(most) => return Err(too_many_groups(most)),
        NamedGroups::Unknown(group) => {
            let detail = format!(
                "there is no group `{group}` at this place, or it is retired; choose from the list of the place"
            );
            return Err(invalid("groupIds", "group-unknown", json!({ "id": group }), &detail));
        }
    }
    tracing::info!(session = %id, later = later.len(), groups = group_ids.len(), "class.groups_named");
    let class = Class::of(&app, find(&app, &id).await?).await?;
    told(&app, &person, class).await.map(Json)
}

/// The classes of the series after this one that have the place and have not begun.
async fn later_classes(app: &App, session: &Session, site: &str) -> Result<Vec<String>, Problem> {
    let Some(series_id) = &session.series_id else {
        let detail = "the class stands in no series; name its groups without `later`";
        return Err(invalid("later", "no-series", json!({}), detail));
    };
    let since = session.interval.start().max(app.now());
    let found = app.store.later_classes(series_id, site, since).await;
    found.map_err(|error| store_failed(&error))
}

fn too_many_groups(most: usize) -> Problem {
    let detail = format!("a class has at most {most} groups over all its places; name fewer");
    invalid("groupIds", "too-many", json!({ "most": most }), &detail)
}

/// Counts the pupils at a place of a class, from when it can be joined until 24 hours after its end; the last count is told,
/// and none is lost. For the local teacher: the classroom in the class, or the teacher of a group that attends there.
#[utoipa::path(
    put, path = "/api/v1/sessions/{id}/headcounts/{site}", tag = "classes", security(("person" = []), ("login" = [])), request_body = HeadcountForm,
    params(
        ("id" = String, Path, description = "Session id"), ("site" = String, Path, description = "Organization id of the place"),
        ("Idempotency-Key" = Option<String>, Header,
            description = "1 to 128 visible ASCII characters. The same request with the same key within 24 hours adds no second count."),
    ),
    responses(
        (status = 200, body = ClassAttendance, headers(("Idempotency-Replayed" = String, description = "`true` if an earlier request has counted"))),
        (status = 403, description = "Not the local teacher of the place", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session, it is no class, or that is no place of it", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Too early (`/problems/not-joinable`), cancelled (`/problems/cancelled`), over for more than 24 hours (`/problems/too-late`), or counted 50 times (`/problems/changed-too-often`)", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "No number of pupils, or the key was used for another request", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn count(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    Path((id, site)): Path<(String, String)>,
    key: Option<IdempotencyKey>,
    body: Body<HeadcountForm>,
) -> Result<Response, Problem> {
    let class = Class::of(&app, find(&app, &id).await?).await?;
    class.places.place(&site).ok_or_else(no_such_place)?;
    if !class.taught_by(&person).contains(site.as_str()) {
        return Err(problem::forbidden(
            "pupils are counted by the local teacher of the place; ask the teacher who sits there",
        ));
    }
    class.still_changes(&app)?;
    let (from, _) = class.counted(&app);
    if app.now() < from {
        return Err(problem::not_joinable(format!(
            "the class has not begun; count from {} on",
            app.zone.print(from)
        )));
    }
    let HeadcountForm { count } = body.value;
    if check_pupils(count, 0).is_err() {
        let mut faults = Faults::default();
        let detail = format!("`count` must be from 0 to {PUPILS_MAX}");
        faults.add("count", "not-so-many", json!({ "least": 0, "most": PUPILS_MAX }), &detail);
        return Err(faults.problem());
    }
    let key = key.map(|IdempotencyKey(key)| {
        let about = [id.as_bytes(), b"/", site.as_bytes(), b"/", &body.sha256].concat();
        Key { person_id: person.id.clone(), key, request_sha256: Sha256::digest(&about).into() }
    });
    let bounds = Bounds { rows_max: app.config.idempotency_rows_max, keep_s: KEEP_ANSWER_S };
    let act = Act { by: &person.id, at: app.now(), reason: None };
    let key = key.as_ref().map(|key| (key, bounds));
    let counted = app.store.count_pupils((&id, &site), count, &act, key).await;
    let before = match counted.map_err(|error| store_failed(&error))? {
        Counted::Done => false,
        Counted::Before => true,
        Counted::TooOften => {
            return Err(problem::changed_too_often(format!(
                "the pupils of a place are counted at most {PLACE_COUNTS_MAX} times in a class; the last count stays"
            )));
        }
        Counted::KeyReused => {
            return Err(problem::key_reused("use a new Idempotency-Key for a new request"));
        }
    };
    let told = told(&app, &person, class).await?;
    Ok(marked((StatusCode::OK, Json(told)).into_response(), before))
}

fn no_such_place() -> Problem {
    problem::not_found(
        "this class has no classroom at that site; read its attendance for its places",
    )
}
