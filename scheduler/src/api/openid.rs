//! Coming in by single sign-on: out to the provider, and back from it. Both are steps of a browser, so what goes wrong there is
//! told by the page that it lands on: `#/login?provider=WHY`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::access_wire::{GoThere, MyProvider};
use super::extract::{AccountKeeper, Caller, Params, Path};
use super::login::new_login;
use super::refusals::store_failed;
use super::{App, wire};
use crate::access::{
    Identity, LoginName, NotIdentified, OpenId, ProviderOutcome, Purpose, Trip, cookie_secret,
    set_cookie,
};
use crate::problem::{self, Problem};
use crate::store::{Connected, Owner, StoreError};

/// What the provider sends a browser back with (OpenID Connect Core 1.0, sections 3.1.2.5 and 3.1.2.6).
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// Longest code that is passed on.
const CODE_BYTES_MAX: usize = 4096;

/// Goes to the provider of single sign-on to come in.
#[utoipa::path(
    get, path = "/api/v1/login/provider", tag = "access",
    responses((status = 303, description = "To the provider, or to the login page that says why not"))
)]
pub(super) async fn leave_for_provider(State(app): State<Arc<App>>) -> Response {
    let Some(provider) = &app.openid else { return Redirect::to("/#/login").into_response() };
    match provider.begin(Purpose::Login, app.now()).await {
        Ok((url, trip)) => {
            let cookie = trip.set_cookie(provider.is_secure());
            ([(header::SET_COOKIE, cookie)], Redirect::to(&url)).into_response()
        }
        Err(why) => landed(&app, provider, not_identified(why), None),
    }
}

/// Comes back from the provider: in, connected, or to the page that says why not.
#[utoipa::path(
    get, path = "/api/v1/login/provider/back", tag = "access",
    params(
        ("code" = Option<String>, Query, description = "Of the provider"),
        ("state" = Option<String>, Query, description = "What the browser went with"),
        ("error" = Option<String>, Query, description = "Why there is no code"),
    ),
    responses((status = 303, description = "To the page that the person wanted, or to the one that says why not"))
)]
pub(super) async fn back_from_provider(
    State(app): State<Arc<App>>,
    Params(answer): Params<Answer>,
    headers: HeaderMap,
) -> Response {
    let Some(provider) = &app.openid else { return Redirect::to("/#/login").into_response() };
    let (outcome, cookie) = match arrived(&app, provider, answer, &headers).await {
        Ok((outcome, cookie)) => (outcome, cookie),
        Err(Failed::Ended(outcome)) => (outcome, None),
        Err(Failed::Store(error)) => return store_failed(&error).into_response(),
    };
    landed(&app, provider, outcome, cookie)
}

/// Why nobody came in.
enum Failed {
    Ended(ProviderOutcome),
    Store(StoreError),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn arrived(
    app: &App,
    provider: &OpenId,
    answer: Answer,
    headers: &HeaderMap,
) -> Result<(ProviderOutcome, Option<String>), Failed> {
    let over = || Failed::Ended(ProviderOutcome::Over);
    let trip = Trip::of(headers).ok_or_else(over)?;
    if answer.state.as_deref() != Some(trip.state.as_str()) {
        return Err(over());
    }
    if let Some(error) = &answer.error {
        let denied = error == "access_denied";
        let said: String = error.chars().take(40).collect();
        tracing::info!(?said, "provider.refused");
        let outcome = if denied { ProviderOutcome::Denied } else { ProviderOutcome::Refused };
        return Err(Failed::Ended(outcome));
    }
    let code = answer.code.filter(|code| code.len() <= CODE_BYTES_MAX).ok_or_else(over)?;
    let purpose = trip.purpose;
    let identity = provider.finish(code, trip, app.now()).await;
    let identity = identity.map_err(|why| Failed::Ended(not_identified(why)))?;
    match purpose {
        Purpose::Login => come_in(app, provider, &identity).await,
        Purpose::Connect => connected(app, &identity, headers).await.map(|outcome| (outcome, None)),
    }
}

async fn come_in(
    app: &App,
    provider: &OpenId,
    identity: &Identity,
) -> Result<(ProviderOutcome, Option<String>), Failed> {
    let owner = match app.store.owner_of(&identity.proof).await? {
        Some(owner) => Some(owner),
        None => same_name(app, identity).await?,
    };
    let Some(Owner { person_id, enabled }) = owner else {
        return Err(Failed::Ended(ProviderOutcome::Unknown));
    };
    if !enabled {
        return Err(Failed::Ended(ProviderOutcome::Disabled));
    }
    let (secret, login) = new_login(app);
    let ended = app.store.begin_login(&person_id, &login).await?;
    app.metrics.access.logins_crowded_out.inc_by(ended);
    let cookie = set_cookie(&secret, login.ends.since(login.begins), provider.is_secure());
    Ok((ProviderOutcome::In, Some(cookie)))
}

/// The account of the login name that the provider has proven, which is connected with the identity from now on.
async fn same_name(app: &App, identity: &Identity) -> Result<Option<Owner>, StoreError> {
    let name = identity.login_name.as_deref().and_then(|name| LoginName::read(name).ok());
    let Some(name) = name else { return Ok(None) };
    let Some(kept) = app.store.kept_of(name.as_str()).await? else { return Ok(None) };
    if kept.enabled {
        let done = app.store.connect_identity(&kept.person_id, &identity.proof, app.now()).await?;
        if done != Connected::Done {
            return Ok(None);
        }
    }
    Ok(Some(Owner { person_id: kept.person_id, enabled: kept.enabled }))
}

/// Connects the identity with the account that this browser is in.
async fn connected(
    app: &App,
    identity: &Identity,
    headers: &HeaderMap,
) -> Result<ProviderOutcome, Failed> {
    let over = || Failed::Ended(ProviderOutcome::Over);
    let sha256 = cookie_secret(headers).ok_or_else(over)?.sha256();
    let login = app.store.login(&sha256, app.now(), app.config.login_idle_s).await?;
    let person_id = login.ok_or_else(over)?.person_id;
    match app.store.connect_identity(&person_id, &identity.proof, app.now()).await? {
        Connected::Done => Ok(ProviderOutcome::Connected),
        Connected::NoAccount => Err(over()),
        Connected::Taken | Connected::HasOther => Err(Failed::Ended(ProviderOutcome::Taken)),
    }
}

fn not_identified(why: NotIdentified) -> ProviderOutcome {
    match why {
        NotIdentified::Busy => ProviderOutcome::Busy,
        NotIdentified::Unreachable(error) => {
            tracing::warn!(error, "provider.unreachable");
            ProviderOutcome::Unreachable
        }
        NotIdentified::Refused(error) => {
            tracing::warn!(error, "provider.not_vouched");
            ProviderOutcome::Refused
        }
    }
}

/// The page on which a way over the provider ends; the browser forgets the way.
fn landed(
    app: &App,
    provider: &OpenId,
    outcome: ProviderOutcome,
    cookie: Option<String>,
) -> Response {
    app.metrics.access.provider(outcome);
    let page = match outcome {
        ProviderOutcome::In => "/#/home",
        ProviderOutcome::Connected => "/#/account?provider=connected",
        ProviderOutcome::Taken => "/#/account?provider=taken",
        ProviderOutcome::Unknown => "/#/login?provider=unknown",
        ProviderOutcome::Disabled => "/#/login?provider=disabled",
        ProviderOutcome::Denied => "/#/login?provider=denied",
        ProviderOutcome::Over => "/#/login?provider=over",
        ProviderOutcome::Refused => "/#/login?provider=refused",
        ProviderOutcome::Unreachable => "/#/login?provider=unreachable",
        ProviderOutcome::Busy => "/#/login?provider=busy",
    };
    let forget = Trip::clear_cookie(provider.is_secure());
    let cookies = cookie.into_iter().chain([forget]).map(|value| (header::SET_COOKIE, value));
    (AppendHeaders(cookies.collect::<Vec<_>>()), Redirect::to(page)).into_response()
}

/// The provider of single sign-on, and whether one's account is connected with an identity there.
#[utoipa::path(
    get, path = "/api/v1/me/provider", tag = "access", security(("person" = []), ("login" = [])),
    responses(
        (status = 200, body = MyProvider),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such provider, or the person has no account", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn my_provider(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
) -> Result<Json<MyProvider>, Problem> {
    let provider = provider(&app)?;
    let connected =
        app.store.has_identity(&person.id).await.map_err(|error| store_failed(&error))?;
    let connected = connected.ok_or_else(no_account)?;
    Ok(Json(MyProvider { name: provider.name().to_owned(), connected }))
}

/// Goes to the provider to connect one's account with one's identity there. The browser must be in by login.
#[utoipa::path(
    post, path = "/api/v1/me/provider", tag = "access", security(("login" = [])),
    responses(
        (status = 200, body = GoThere),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such provider, or the person has no account", body = wire::Problem, content_type = "application/problem+json"),
        (status = 502, description = "The provider does not answer", body = wire::Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many ask the provider at once", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn connect(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
) -> Result<Response, Problem> {
    let provider = provider(&app)?;
    let connected =
        app.store.has_identity(&person.id).await.map_err(|error| store_failed(&error))?;
    connected.ok_or_else(no_account)?;
    let begun = provider.begin(Purpose::Connect, app.now()).await;
    let (url, trip) = begun.map_err(|why| match not_identified(why) {
        ProviderOutcome::Busy => problem::busy("too many ask the provider at once; try again in a moment"),
        _ => problem::provider_away("the provider of single sign-on does not answer; try again later, or log in by your password"),
    })?;
    let cookie = trip.set_cookie(provider.is_secure());
    Ok(([(header::SET_COOKIE, cookie)], Json(GoThere { url })).into_response())
}

/// Takes one's identity at the provider from one's account. The password stays as the way in, so there must be one.
#[utoipa::path(
    delete, path = "/api/v1/me/provider", tag = "access", security(("person" = []), ("login" = [])),
    responses(
        (status = 204, description = "Not connected any more"),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no account", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "The account has no password", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn disconnect(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
) -> Result<StatusCode, Problem> {
    let account = app.store.account(&person.id).await.map_err(|error| store_failed(&error))?;
    if !account.ok_or_else(no_account)?.has_password {
        return Err(problem::only_way_in(
            "you have no password, so this is your only way in; ask an administrator for a link to set a password first",
        ));
    }
    app.store.disconnect_identity(&person.id).await.map_err(|error| store_failed(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes another person's identity at the provider from their account, such as when it belongs to somebody else. All their
/// logins end. Administrators only.
#[utoipa::path(
    delete, path = "/api/v1/accounts/{person_id}/provider", tag = "access", security(("person" = []), ("login" = [])),
    params(("person_id" = String, Path, description = "Of the directory")),
    responses(
        (status = 204, description = "Not connected any more"),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "The account is not connected", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn disconnect_other(
    State(app): State<Arc<App>>,
    _: AccountKeeper,
    Path(person_id): Path<String>,
) -> Result<StatusCode, Problem> {
    let was = app.store.disconnect_identity(&person_id).await;
    if !was.map_err(|error| store_failed(&error))? {
        return Err(problem::not_found(
            "the account of this person is not connected with an identity",
        ));
    }
    app.store.end_logins(&person_id).await.map_err(|error| store_failed(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

fn provider(app: &App) -> Result<&OpenId, Problem> {
    let none = || {
        problem::not_found("this server has no provider of single sign-on; log in by your password")
    };
    app.openid.as_ref().ok_or_else(none)
}

fn no_account() -> Problem {
    problem::not_found("you have no account; ask an administrator to make one for you")
}
