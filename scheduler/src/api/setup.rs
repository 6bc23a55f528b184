//! The first start: who opens the link that the program prints names the county and is its first administrator. And the
//! other links that work once: by one a person sets a password.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::access_refusals::{link_over, not_hashed};
use super::access_wire::{County, Entered, NewCounty, Once, OpenLink, PasswordByLink};
use super::caller::not_foreign;
use super::extract::Body;
use super::faults::Faults;
use super::login::{entered, new_login};
use super::refusals::store_failed;
use super::{App, wire};
use crate::access::Secret;
use crate::problem::{self, Problem};
use crate::store::{Account, Link, LinkPurpose, LinkState, SetUp, SetUpDone};

/// What the county is called, and whether it is set up; for who has not come in.
#[utoipa::path(
    get, path = "/api/v1/county", tag = "access",
    responses((status = 200, body = County))
)]
pub(super) async fn county(State(app): State<Arc<App>>) -> Result<Json<County>, Problem> {
    let names = app.store.county().await.map_err(|error| store_failed(&error))?;
    let administered = app.store.has_administrator().await.map_err(|error| store_failed(&error))?;
    let set_up = administered || app.config.demo;
    let provider = app.openid.as_ref().map(|provider| provider.name().to_owned());
    Ok(Json(County { names, set_up, provider }))
}

/// What a link is for, if it works. Looking does not use it.
#[utoipa::path(
    post, path = "/api/v1/links", tag = "access", request_body = Once,
    responses(
        (status = 200, body = OpenLink),
        (status = 410, description = "Used, old or of another server: `reason` says which", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn look(
    State(app): State<Arc<App>>,
    body: Body<Once>,
) -> Result<Json<OpenLink>, Problem> {
    let (_, link) = open_link(&app, &body.value.once).await?;
    let (purpose, login_name) = match &link.purpose {
        LinkPurpose::Setup => ("setup", None),
        LinkPurpose::Password(person_id) => {
            ("password", Some(account_of(&app, person_id).await?.login_name))
        }
    };
    Ok(Json(OpenLink { purpose, login_name, ends_at: app.zone.print(link.ends) }))
}

/// The link of this secret, if it works.
async fn open_link(app: &App, once: &str) -> Result<(Secret, Link), Problem> {
    let secret = Secret::read(once).ok_or_else(|| link_over(None))?;
    let link = app.store.link(&secret.sha256(), app.now()).await;
    let link = link.map_err(|error| store_failed(&error))?.ok_or_else(|| link_over(None))?;
    match link.state {
        LinkState::Open => Ok((secret, link)),
        state => Err(link_over(Some((&link.purpose, state)))),
    }
}

async fn account_of(app: &App, person_id: &str) -> Result<Account, Problem> {
    let account = app.store.account(person_id).await.map_err(|error| store_failed(&error))?;
    account.ok_or_else(|| link_over(None))
}

/// Names the county, makes its first administrator and comes in as that person. The link is used by it.
#[utoipa::path(
    post, path = "/api/v1/setup", tag = "access", request_body = NewCounty,
    responses(
        (status = 200, body = Entered),
        (status = 403, description = "Another site's page sent this", body = wire::Problem, content_type = "application/problem+json"),
        (status = 410, description = "The link was used, is old or of another server", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "A name that is none, or a password that is too weak", body = wire::Invalid, content_type = "application/problem+json"),
        (status = 503, description = "Too many come in at once", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_up(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body<NewCounty>,
) -> Result<Response, Problem> {
    not_foreign(&app, &headers)?;
    let said = body.value;
    let mut faults = Faults::default();
    let county = said.county_names.called("countyNames", &mut faults);
    let names = said.names.called("names", &mut faults);
    let login_name = faults.login_name(&said.login_name);
    let typed = login_name.as_ref().map_or(said.login_name.as_str(), |it| it.as_str());
    faults.password(&said.password, typed);
    let login_name = typed.to_owned();
    let (Some(county), Some(names)) = faults.or((county, names))? else {
        return Err(problem::internal("nothing was changed; try again"));
    };
    let (link, Link { purpose, .. }) = open_link(&app, &said.once).await?;
    if purpose != LinkPurpose::Setup {
        return Err(link_over(None));
    }
    let password = app.access.passwords.hash(&said.password).await.map_err(not_hashed)?;
    let (secret, login) = new_login(&app);
    let setup = SetUp {
        link_sha256: link.sha256(),
        county,
        names,
        login_name,
        password,
        login: login.clone(),
    };
    match app.store.set_up(&setup).await.map_err(|error| store_failed(&error))? {
        SetUpDone::Done => {
            tracing::info!("county.set_up");
            Ok(entered(&app, &headers, (&secret, &login)))
        }
        SetUpDone::LinkOver => Err(link_over(Some((&LinkPurpose::Setup, LinkState::Used)))),
        SetUpDone::NameTaken => {
            let mut faults = Faults::default();
            faults.login_name_taken();
            faults.or(())?;
            Err(link_over(None))
        }
    }
}

/// Sets a password by a link from an administrator, and comes in. All other logins of the person end.
#[utoipa::path(
    post, path = "/api/v1/password", tag = "access", request_body = PasswordByLink,
    responses(
        (status = 200, body = Entered),
        (status = 403, description = "Another site's page sent this", body = wire::Problem, content_type = "application/problem+json"),
        (status = 410, description = "The link was used, is old or of another server", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "A password that is too weak", body = wire::Invalid, content_type = "application/problem+json"),
        (status = 503, description = "Too many come in at once", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_password(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body<PasswordByLink>,
) -> Result<Response, Problem> {
    not_foreign(&app, &headers)?;
    let PasswordByLink { once, password } = body.value;
    let (link, Link { purpose, .. }) = open_link(&app, &once).await?;
    let LinkPurpose::Password(person_id) = &purpose else { return Err(link_over(None)) };
    let account = account_of(&app, person_id).await?;
    let mut faults = Faults::default();
    faults.password(&password, &account.login_name);
    faults.or(())?;
    let hash = app.access.passwords.hash(&password).await.map_err(not_hashed)?;
    let (secret, login) = new_login(&app);
    let sha256 = link.sha256();
    let set = app.store.set_password((person_id, &hash), Some(&sha256), &login).await;
    if !set.map_err(|error| store_failed(&error))? {
        return Err(link_over(Some((&purpose, LinkState::Used))));
    }
    app.access.forgive(&account.login_name);
    Ok(entered(&app, &headers, (&secret, &login)))
}
