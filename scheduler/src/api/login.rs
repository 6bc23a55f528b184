//! Coming in by login name and password, going out, and changing one's password.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use booking::UnixS;

use super::access_refusals::{account_disabled, login_refused, not_hashed, too_many_tries};
use super::access_wire::{Credentials, Entered, Leaving, PasswordChange};
use super::caller::{Caller, ClientAddress, not_foreign};
use super::extract::Body;
use super::faults::Faults;
use super::refusals::store_failed;
use super::{App, wire};
use crate::access::{
    Address, Held, LOGINS_MAX, LoginName, LoginOutcome, NotHashed, Secret, clear_cookie,
    cookie_secret, is_secure, set_cookie,
};
use crate::problem::Problem;
use crate::store::{Kept, NewLogin};

/// Comes in: a cookie names the login from then on.
#[utoipa::path(
    post, path = "/api/v1/login", tag = "access", request_body = Credentials,
    responses(
        (status = 200, body = Entered),
        (status = 401, description = "Login name or password is wrong", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "The account is disabled, or another site's page sent this", body = wire::Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many wrong tries of the name or from the address", body = wire::Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many come in at once", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn login(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    body: Body<Credentials>,
) -> Result<Response, Problem> {
    not_foreign(&app, &headers)?;
    let Credentials { login_name, password } = body.value;
    let kept = proven(&app, &login_name, &password, address).await?;
    let Some(Kept { person_id, enabled, .. }) = kept else { return Err(login_refused()) };
    if !enabled {
        return Err(account_disabled());
    }
    let (secret, login) = new_login(&app);
    let ended = app.store.begin_login(&person_id, &login).await;
    let ended = ended.map_err(|error| store_failed(&error))?;
    app.metrics.access.logins_crowded_out.inc_by(ended);
    Ok(entered(&app, &headers, (&secret, &login)))
}

/// The account of this name, if the password is its own. Every try is counted, and takes the same whether there is such an
/// account or not.
pub(super) async fn proven(
    app: &App,
    typed: &str,
    password: &str,
    address: Option<Address>,
) -> Result<Option<Kept>, Problem> {
    let name = LoginName::read(typed).ok();
    let tried = name.as_ref().map_or(typed, LoginName::as_str);
    let count = |outcome| app.metrics.access.login(outcome);
    app.access.begin(tried, address, app.now()).map_err(|held| {
        count(match held.0 {
            Held::Name => LoginOutcome::HeldName,
            Held::Address => LoginOutcome::HeldAddress,
        });
        too_many_tries(held)
    })?;
    app.metrics.access.tries_forgotten.inc_by(app.access.forgotten());
    let kept = app.store.kept_of(tried).await.map_err(|error| store_failed(&error))?;
    let hash = kept.as_ref().and_then(|kept| kept.password.as_deref());
    match app.access.passwords.is(password, hash).await {
        Ok(true) => {
            count(LoginOutcome::In);
            app.access.right(tried, address);
            Ok(kept)
        }
        Ok(false) => {
            count(LoginOutcome::Wrong);
            Ok(None)
        }
        Err(why) => {
            if why == NotHashed::Busy {
                count(LoginOutcome::Busy);
            }
            app.access.unanswered(tried, address);
            Err(not_hashed(why))
        }
    }
}

/// A login that may begin now.
pub(super) fn new_login(app: &App) -> (Secret, NewLogin) {
    let (secret, now) = (Secret::random(), app.now());
    let sha256 = secret.sha256();
    let ends = now.plus(app.config.login_s_max);
    (secret, NewLogin { sha256, begins: now, ends, most: LOGINS_MAX })
}

/// The answer to who has come in.
pub(super) fn entered(app: &App, headers: &HeaderMap, login: (&Secret, &NewLogin)) -> Response {
    let (secret, NewLogin { begins, ends, .. }) = login;
    let cookie = set_cookie(secret, ends.since(*begins), is_secure(headers));
    let ends_at = app.zone.print(UnixS(ends.0));
    ([(header::SET_COOKIE, cookie)], Json(Entered { ends_at })).into_response()
}

/// Goes out: here, or on every device. Who is not in is out as well.
#[utoipa::path(
    post, path = "/api/v1/logout", tag = "access", request_body = Leaving,
    responses(
        (status = 204, description = "Out"),
        (status = 403, description = "Another site's page sent this", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn logout(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body<Leaving>,
) -> Result<Response, Problem> {
    not_foreign(&app, &headers)?;
    if let Some(secret) = cookie_secret(&headers) {
        let sha256 = secret.sha256();
        let found = app.store.login(&sha256, app.now(), app.config.login_idle_s).await;
        let found = found.map_err(|error| store_failed(&error))?;
        let ended = match found {
            Some(login) if body.value.everywhere => app.store.end_logins(&login.person_id).await,
            _ => app.store.end_login(&sha256).await,
        };
        ended.map_err(|error| store_failed(&error))?;
    }
    let cookie = clear_cookie(is_secure(&headers));
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Changes one's password. All logins end, on every device, and one begins here.
#[utoipa::path(
    put, path = "/api/v1/me/password", tag = "access", request_body = PasswordChange, security(("person" = []), ("login" = [])),
    responses(
        (status = 200, body = Entered),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "The person has no account", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "The present password is wrong, or the new one too weak", body = wire::Invalid, content_type = "application/problem+json"),
        (status = 429, description = "Too many wrong tries", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change_password(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    body: Body<PasswordChange>,
) -> Result<Response, Problem> {
    let PasswordChange { old_password, password } = body.value;
    let account = app.store.account(&person.id).await.map_err(|error| store_failed(&error))?;
    let account = account.ok_or_else(|| {
        crate::problem::not_found("you have no account; ask an administrator to make one for you")
    })?;
    let mut faults = Faults::default();
    faults.password(&password, &account.login_name);
    faults.or(())?;
    if proven(&app, &account.login_name, &old_password, address).await?.is_none() {
        let mut faults = Faults::default();
        faults.old_password_wrong();
        faults.or(())?;
    }
    let hash = app.access.passwords.hash(&password).await.map_err(not_hashed)?;
    let (secret, login) = new_login(&app);
    let set = app.store.set_password((&person.id, &hash), None, &login).await;
    if !set.map_err(|error| store_failed(&error))? {
        return Err(account_disabled());
    }
    Ok(entered(&app, &headers, (&secret, &login)))
}
