//! Who asks: the person of a token, or of the login that a cookie names.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use booking::UnixS;
use session::{AccessToken, Refused};

use super::App;
use super::access_refusals::too_many_requests;
use super::refusals::store_failed;
use crate::access::{Address, check_origin, cookie_secret};
use crate::problem::{self, Problem};
use crate::store::Person;

/// How often it is noted that a login is used.
const SEEN_EVERY_S: u64 = 300;

/// The person who asks.
pub(super) struct Caller(pub(super) Person);

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let id = match session::bearer(&parts.headers) {
            Some(text) => by_token(text, app)?,
            None => by_cookie(parts, app).await?,
        };
        app.access.person_asks(&id, app.now()).map_err(|hurried| {
            app.metrics.access.hurried(hurried.0);
            too_many_requests(hurried)
        })?;
        let found = app.store.who_asks(&id).await.map_err(|error| store_failed(&error))?;
        let (person, disabled) = found.ok_or_else(|| {
            problem::token_refused("the person of this token is not in the directory any more; ask the scheduler for a new link")
                .member("reason", "unknown-person")
        })?;
        if disabled {
            return Err(problem::token_refused(
                "your account is disabled; ask an administrator of your county",
            )
            .member("reason", "account-disabled"));
        }
        Ok(Self(person))
    }
}

fn by_token(text: &str, app: &App) -> Result<String, Problem> {
    let UnixS(now_s) = app.now();
    let token = AccessToken::read(text, &app.keys(), now_s).map_err(|refused| {
        problem::token_refused(refused.to_string()).member("reason", reason(refused))
    })?;
    token.person().map(str::to_owned).ok_or_else(|| {
        let detail =
            "this token is not a person's; open your own link from the scheduler and try again";
        problem::token_refused(detail).member("reason", "not-a-person-token")
    })
}

const fn reason(refused: Refused) -> &'static str {
    match refused {
        Refused::TooLong => "too-long",
        Refused::Malformed => "malformed",
        Refused::DataBudget => "data-budget",
        Refused::Forged => "forged",
        Refused::UnknownKey => "unknown-key",
        Refused::NotYet { .. } => "not-yet",
        Refused::Expired { .. } => "expired",
    }
}

async fn by_cookie(parts: &Parts, app: &App) -> Result<String, Problem> {
    let Some(secret) = cookie_secret(&parts.headers) else {
        let detail = "log in, open your own link from the scheduler, or send your token as `Authorization: Bearer TOKEN`";
        return Err(problem::token_refused(detail).member("reason", "missing"));
    };
    if !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        not_foreign(app, &parts.headers)?;
    }
    let (sha256, now) = (secret.sha256(), app.now());
    let found = app.store.login(&sha256, now, app.config.login_idle_s).await;
    let Some(login) = found.map_err(|error| store_failed(&error))? else {
        let detail = "your login has ended; log in again";
        return Err(problem::token_refused(detail).member("reason", "login-over"));
    };
    if now.since(login.seen) >= SEEN_EVERY_S
        && let Err(error) = app.store.login_seen(&sha256, now).await
    {
        tracing::debug!(%error, "login.not_noted");
    }
    Ok(login.person_id)
}

/// Refuses what a page of another site may have made the browser send.
pub(super) fn not_foreign(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    check_origin(headers).map_err(|_| {
        app.metrics.access.foreign.inc();
        problem::cross_site(
            "send this from the pages of this server, with a JSON body or the header `X-Requested-With`",
        )
    })
}

/// Where a request comes from, if the listener tells it.
pub(super) struct ClientAddress(pub(super) Option<Address>);

impl FromRequestParts<Arc<App>> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        let told = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Self(told.map(|ip| Address::from(behind_proxy(ip, &parts.headers)))))
    }
}

/// Refuses a request from an address that sends too many, before anything is looked up for it.
pub(super) async fn paced(
    State(app): State<Arc<App>>,
    ClientAddress(from): ClientAddress,
    request: Request,
    next: Next,
) -> Response {
    let asks = from.map_or(Ok(()), |address| app.access.address_asks(address, app.now()));
    match asks {
        Ok(()) => next.run(request).await,
        Err(hurried) => {
            app.metrics.access.hurried(hurried.0);
            too_many_requests(hurried).into_response()
        }
    }
}

/// A proxy on this machine adds the address that it was asked from at the end; nobody else is believed.
fn behind_proxy(ip: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !ip.to_canonical().is_loopback() {
        return ip;
    }
    let lists = headers.get_all("x-forwarded-for").into_iter().next_back();
    let last = lists.and_then(|list| list.to_str().ok()?.rsplit(',').next());
    last.and_then(|text| text.trim().parse().ok()).unwrap_or(ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_on_this_machine_is_believed() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "198.51.100.7, 192.0.2.1".parse().unwrap());
        let behind = |ip: &str| behind_proxy(ip.parse().unwrap(), &headers).to_string();
        assert_eq!(behind("127.0.0.1"), "192.0.2.1");
        assert_eq!(behind("::ffff:127.0.0.1"), "192.0.2.1");
        assert_eq!(behind("203.0.113.9"), "203.0.113.9");
        headers.insert("x-forwarded-for", "nonsense".parse().unwrap());
        assert_eq!(behind_proxy("::1".parse().unwrap(), &headers).to_string(), "::1");
    }
}
