//! Learning groups: pupils of a site who attend classes together, kept by who books for that site.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use policy::Permission;
use serde::Deserialize;
use serde_json::json;
use teaching::{PUPILS_MAX, check_pupils};

use super::extract::{Body, Params, Path, Scheduling};
use super::faults::Faults;
use super::learning_groups_wire::{
    LearningGroupChange, LearningGroupForm, LearningGroupTold, LearningGroups,
};
use super::refusals::store_failed;
use super::touching::{books_site, other_site};
use super::versions::{IfMatch, tag};
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{
    Act, ChangedGroup, GROUP_CHANGES_MAX, GroupTerms, LearningGroup, Person, SITE_GROUPS_MAX,
};

const NAME_CHARS_MAX: usize = 60;

type TaggedGroup = ([(HeaderName, HeaderValue); 1], Json<LearningGroupTold>);

#[derive(Debug, Deserialize)]
pub(super) struct OfSite {
    site: String,
}

/// The learning groups of a site. For who books for it.
#[utoipa::path(
    get, path = "/api/v1/learning-groups", tag = "classes", security(("person" = []), ("login" = [])),
    params(("site" = String, Query, description = "Organization id")),
    responses(
        (status = 200, body = LearningGroups),
        (status = 403, description = "Does not book for the site", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    Params(OfSite { site }): Params<OfSite>,
) -> Result<Json<LearningGroups>, Problem> {
    if !books_site(&app, &person, &site).await? {
        return Err(other_site());
    }
    let found = app.store.learning_groups(&site).await.map_err(|error| store_failed(&error))?;
    let groups = found.into_iter().map(|kept| LearningGroupTold::new(&app, kept)).collect();
    Ok(Json(LearningGroups { groups }))
}

/// Keeps a learning group. For who books for its site.
#[utoipa::path(
    post, path = "/api/v1/learning-groups", tag = "classes", security(("person" = []), ("login" = [])), request_body = LearningGroupForm,
    responses(
        (status = 201, body = LearningGroupTold,
            headers(("Location" = String, description = "Path of the group"), ("ETag" = String, description = "Version of the group"))),
        (status = 403, description = "Does not book for the site", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "The site has as many as may be (`/problems/changed-too-often`)", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    body: Body<LearningGroupForm>,
) -> Result<(StatusCode, [(HeaderName, String); 1], TaggedGroup), Problem> {
    let LearningGroupForm { site_id, name, pupils, teacher_id } = body.value;
    if !books_site(&app, &person, &site_id).await? {
        return Err(other_site());
    }
    let there = app.store.places_of_sites(&[&site_id]).await.map_err(|it| store_failed(&it))?;
    let mut faults = Faults::default();
    if there.is_empty() {
        let detail = "`siteId` names no organization that is there; choose one from the directory";
        faults.add("siteId", "side-unknown", json!({}), detail);
    }
    let terms = GroupTerms { name: name.trim().to_owned(), pupils, teacher_id, retired: false };
    check(&terms, &mut faults);
    check_teacher(&app, &site_id, &terms, &mut faults).await?;
    let terms = faults.or(terms)?;
    let act = Act { by: &person.id, at: app.now(), reason: None };
    let id = uuid::Uuid::now_v7().to_string();
    let made = app.store.make_learning_group((&id, &site_id), &terms, &act).await;
    let told = told(&app, &id, made.map_err(|error| store_failed(&error))?).await?;
    let place = [(header::LOCATION, format!("/api/v1/learning-groups/{id}"))];
    Ok((StatusCode::CREATED, place, told))
}

/// A learning group. For who books for its site.
#[utoipa::path(
    get, path = "/api/v1/learning-groups/{id}", tag = "classes", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Group id")),
    responses(
        (status = 200, body = LearningGroupTold, headers(("ETag" = String, description = "Version of the group"))),
        (status = 403, description = "Does not book for the site", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    Path(id): Path<String>,
) -> Result<TaggedGroup, Problem> {
    let kept = kept_by(&app, &person, &id).await?;
    Ok(([tag(kept.version)], Json(LearningGroupTold::new(&app, kept))))
}

/// Changes a learning group, or retires it. Classes that have not begun have it as it is now; of others nothing is changed. For
/// who books for its site.
#[utoipa::path(
    patch, path = "/api/v1/learning-groups/{id}", tag = "classes", security(("person" = []), ("login" = [])), request_body = LearningGroupChange,
    params(("id" = String, Path, description = "Group id"), ("If-Match" = String, Header, description = "`ETag` of the group")),
    responses(
        (status = 200, body = LearningGroupTold, headers(("ETag" = String, description = "Version of the group"))),
        (status = 403, description = "Does not book for the site", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "It was changed as often as may be (`/problems/changed-too-often`), and can be retired alone", body = wire::Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else has changed it meanwhile", body = wire::Problem, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Scheduling(person): Scheduling,
    Path(id): Path<String>,
    meant: IfMatch,
    body: Body<LearningGroupChange>,
) -> Result<TaggedGroup, Problem> {
    let kept = kept_by(&app, &person, &id).await?;
    let LearningGroupChange { name, pupils, teacher_id, retired } = body.value;
    let same_teacher = teacher_id.as_ref().is_none_or(|id| *id == kept.terms.teacher_id);
    let terms = GroupTerms {
        name: name.map_or(kept.terms.name, |name| name.trim().to_owned()),
        pupils: pupils.unwrap_or(kept.terms.pupils),
        teacher_id: teacher_id.unwrap_or(kept.terms.teacher_id),
        retired: retired.unwrap_or(kept.terms.retired),
    };
    let mut faults = Faults::default();
    check(&terms, &mut faults);
    // Whoever has left the site keeps nobody from retiring the group.
    if !(terms.retired && same_teacher) {
        check_teacher(&app, &kept.site_id, &terms, &mut faults).await?;
    }
    let terms = faults.or(terms)?;
    let act = Act { by: &person.id, at: app.now(), reason: None };
    // What is absent was taken from the version that was read here.
    let fits = |version| version == kept.version && meant.fits(version);
    let changed = app.store.change_learning_group((&id, fits), &terms, &act).await;
    told(&app, &id, changed.map_err(|error| store_failed(&error))?).await
}

/// The group of this id, if this person keeps it.
async fn kept_by(app: &App, person: &Person, id: &str) -> Result<LearningGroup, Problem> {
    let found = app.store.learning_group(id).await.map_err(|error| store_failed(&error))?;
    let kept = found.ok_or_else(no_such_group)?;
    if !books_site(app, person, &kept.site_id).await? {
        return Err(other_site());
    }
    Ok(kept)
}

/// Everything that is wrong with a group, but for its teacher.
fn check(terms: &GroupTerms, faults: &mut Faults) {
    faults.name("name", &terms.name, NAME_CHARS_MAX);
    if check_pupils(terms.pupils, 1).is_err() {
        let detail =
            format!("`pupils` must be from 1 to {PUPILS_MAX}; make a second group of more");
        faults.add("pupils", "not-so-many", json!({ "most": PUPILS_MAX }), &detail);
    }
}

/// Whether the teacher of a group can be one at this site.
async fn check_teacher(
    app: &App,
    site_id: &str,
    terms: &GroupTerms,
    faults: &mut Faults,
) -> Result<(), Problem> {
    let found = app.store.person(&terms.teacher_id).await.map_err(|error| store_failed(&error))?;
    let teaches =
        |it: &Person| it.organization.id == site_id && it.may_somewhere(Permission::Teach);
    if !found.is_some_and(|teacher| teaches(&teacher)) {
        let detail = "`teacherId` must name a person of the site who may be booked as a classroom";
        faults.add("teacherId", "teacher-not-of-site", json!({}), detail);
    }
    Ok(())
}

/// The group after a change, or why it was not made.
async fn told(app: &App, id: &str, changed: ChangedGroup) -> Result<TaggedGroup, Problem> {
    match changed {
        ChangedGroup::Done => {}
        ChangedGroup::TooMany => {
            return Err(problem::changed_too_often(format!(
                "a site has at most {SITE_GROUPS_MAX} learning groups, retired ones count as well; change one of them"
            )));
        }
        ChangedGroup::TooOften => {
            return Err(problem::changed_too_often(format!(
                "a learning group is changed at most {GROUP_CHANGES_MAX} times; retire this one and make another"
            )));
        }
        ChangedGroup::Meanwhile => {
            return Err(problem::changed_meanwhile(
                "this is not the latest version of the group, and nothing was changed; read it again, and send the change with its ETag",
            ));
        }
        ChangedGroup::Unknown => return Err(no_such_group()),
    }
    let found = app.store.learning_group(id).await.map_err(|error| store_failed(&error))?;
    let kept = found.ok_or_else(no_such_group)?;
    Ok(([tag(kept.version)], Json(LearningGroupTold::new(app, kept))))
}

fn no_such_group() -> Problem {
    problem::not_found(
        "there is no learning group of this id; choose one from the list of its site",
    )
}
