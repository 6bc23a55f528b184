//! Who may come in by login name: made, reset and disabled by administrators.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::access_wire::{Account, Accounts, NewAccount, PasswordLink, Switch};
use super::extract::{AccountKeeper, Body, Params, Path};
use super::faults::Faults;
use super::refusals::store_failed;
use super::{App, wire};
use crate::access::{PASSWORD_LINK_LIFE_S, Secret};
use crate::problem::{self, Problem};
use crate::store::{Act, MadeAccount, NewLink, Switched};

/// Most accounts in one answer.
const LISTED_MAX: usize = 200;

#[derive(Debug, Deserialize)]
pub(super) struct After {
    after: Option<String>,
}

/// Everybody who has an account, 200 at a time. For those who keep accounts.
#[utoipa::path(
    get, path = "/api/v1/accounts", tag = "access", security(("person" = []), ("login" = [])),
    params(("after" = Option<String>, Query, description = "`next` of the answer before")),
    responses(
        (status = 200, body = Accounts),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    _: AccountKeeper,
    Params(After { after }): Params<After>,
) -> Result<Json<Accounts>, Problem> {
    let found = app.store.accounts(after.as_deref(), LISTED_MAX + 1).await;
    let mut found = found.map_err(|error| store_failed(&error))?;
    let more = found.len() > LISTED_MAX;
    found.truncate(LISTED_MAX);
    let next = found.last().filter(|_| more).map(|last| last.person_id.clone());
    Ok(Json(Accounts { accounts: found.into_iter().map(Account::from).collect(), next }))
}

/// Makes an account for a person of the directory. The answer has the link by which the person sets a password: it is told
/// once and works for three days. For those who keep accounts.
#[utoipa::path(
    post, path = "/api/v1/accounts", tag = "access", security(("person" = []), ("login" = [])), request_body = NewAccount,
    responses(
        (status = 201, body = PasswordLink),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "The person has an account", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "No such person, a name that is none, or one that somebody has", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make(
    State(app): State<Arc<App>>,
    AccountKeeper(by): AccountKeeper,
    body: Body<NewAccount>,
) -> Result<(StatusCode, Json<PasswordLink>), Problem> {
    let NewAccount { person_id, login_name } = body.value;
    let mut faults = Faults::default();
    let name = faults.login_name(&login_name);
    faults.or(())?;
    let login_name = name.map_or(login_name, |it| it.as_str().to_owned());
    let (secret, link) = new_link(&app);
    let act = Act { by: &by.id, at: app.now(), reason: None };
    let made = app.store.make_account((&person_id, &login_name), &link, &act).await;
    let mut faults = Faults::default();
    match made.map_err(|error| store_failed(&error))? {
        MadeAccount::Made => {}
        MadeAccount::NoSuchPerson => faults.person_unknown(),
        MadeAccount::NameTaken => faults.login_name_taken(),
        MadeAccount::HasOne => {
            return Err(problem::has_account(
                "this person has an account; make a link to set a new password instead",
            ));
        }
    }
    faults.or(())?;
    tracing::debug!(by = by.id, of = person_id, "account.made");
    Ok((StatusCode::CREATED, Json(told(&app, (person_id, login_name), &secret, &link))))
}

/// Lets a person come in, or not any more: then all logins of the person end at once, and no personal link opens anything.
/// For those who keep accounts.
#[utoipa::path(
    put, path = "/api/v1/accounts/{id}", tag = "access", security(("person" = []), ("login" = [])), request_body = Switch,
    params(("id" = String, Path, description = "Person id")),
    responses(
        (status = 200, body = Account),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no account", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Nobody else is administrator", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn switch(
    State(app): State<Arc<App>>,
    AccountKeeper(by): AccountKeeper,
    Path(id): Path<String>,
    body: Body<Switch>,
) -> Result<Json<Account>, Problem> {
    let act = Act { by: &by.id, at: app.now(), reason: None };
    let switched = app.store.switch_account(&id, body.value.enabled, &act).await;
    match switched.map_err(|error| store_failed(&error))? {
        Switched::Done => {
            let enabled = body.value.enabled;
            tracing::debug!(by = by.id, of = id, enabled, "account.switched");
        }
        Switched::NoAccount => return Err(no_account()),
        Switched::LastAdministrator => {
            return Err(problem::last_administrator(
                "nobody else could set the county up; make another administrator first",
            ));
        }
    }
    let account = app.store.account(&id).await.map_err(|error| store_failed(&error))?;
    account.map(|it| Json(it.into())).ok_or_else(no_account)
}

/// Makes a link by which a person sets a new password: it is told once and works for three days. Links before it work no more,
/// and wrong tries are forgotten once it is used. For those who keep accounts.
#[utoipa::path(
    post, path = "/api/v1/accounts/{id}/link", tag = "access", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Person id")),
    responses(
        (status = 200, body = PasswordLink),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no account", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn reset(
    State(app): State<Arc<App>>,
    AccountKeeper(by): AccountKeeper,
    Path(id): Path<String>,
) -> Result<Json<PasswordLink>, Problem> {
    let account = app.store.account(&id).await.map_err(|error| store_failed(&error))?;
    let account = account.ok_or_else(no_account)?;
    let (secret, link) = new_link(&app);
    let act = Act { by: &by.id, at: app.now(), reason: None };
    let made = app.store.put_password_link(&id, &link, &act).await;
    if !made.map_err(|error| store_failed(&error))? {
        return Err(no_account());
    }
    tracing::debug!(by = by.id, of = id, "account.link_made");
    Ok(Json(told(&app, (id, account.login_name), &secret, &link)))
}

fn no_account() -> Problem {
    problem::not_found("this person has no account; make one first")
}

fn new_link(app: &App) -> (Secret, NewLink) {
    let (secret, made) = (Secret::random(), app.now());
    let sha256 = secret.sha256();
    (secret, NewLink { sha256, made, ends: made.plus(PASSWORD_LINK_LIFE_S) })
}

fn told(app: &App, of: (String, String), secret: &Secret, link: &NewLink) -> PasswordLink {
    let (person_id, login_name) = of;
    let (once, ends_at) = (secret.as_str().to_owned(), app.zone.print(link.ends));
    PasswordLink { person_id, login_name, once, ends_at }
}
