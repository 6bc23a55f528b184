//! Invitations by mail: what a person wants of them, and how the people of a session were told.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use session::Names;
use utoipa::ToSchema;

use super::extract::{Body, Caller, SessionId};
use super::names_wire::NamesSchema;
use super::refusals::store_failed;
use super::sessions::seen;
use super::touching::books_session;
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{MailState, MailWish};

/// The languages of mails.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum MailLanguage {
    Zh,
    En,
}

impl MailLanguage {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }
}

/// What a person wants of invitations by mail.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MyMails {
    /// Whether this county sends mails at all.
    sending: bool,
    /// Where they go; null if the register has no address: an administrator writes one down.
    #[schema(required = true)]
    address: Option<String>,
    wanted: bool,
    language: MailLanguage,
}

/// What is to hold from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MailWishForm {
    wanted: bool,
    language: MailLanguage,
}

/// How the people of a session were told by mail.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionMails {
    /// Whether this county sends mails at all.
    sending: bool,
    /// In the order of their ids. Of a session in a series these are the mails of the series; who was taken out is in it as well.
    people: Vec<MailOfPerson>,
}

/// What became of the mails to one person.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum MailFate {
    /// There is no address.
    NoAddress,
    /// The person wants none.
    Unwanted,
    /// One waits to be sent.
    Waiting,
    /// The server took the latest.
    Sent,
    /// The server will never take it, as `reply` says; the address may be wrong.
    Refused,
    /// It was not taken for two days.
    GivenUp,
    /// There was none so far.
    None,
}

/// How one person was told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MailOfPerson {
    person_id: String,
    #[schema(value_type = NamesSchema)]
    names: Names,
    fate: MailFate,
    /// When the server took, refused or did not take the latest mail.
    #[schema(required = true)]
    at: Option<String>,
    /// What the server said when it refused.
    #[schema(required = true)]
    reply: Option<String>,
}

impl MailOfPerson {
    fn new(app: &App, state: MailState) -> Self {
        let MailState { person_id, names, has_mail, wanted, waiting, latest } = state;
        let latest_fate = latest.as_ref().map(|(outcome, ..)| match outcome.as_str() {
            "refused" => MailFate::Refused,
            "given_up" => MailFate::GivenUp,
            _ => MailFate::Sent,
        });
        let fate = match (waiting, latest_fate) {
            (true, _) => MailFate::Waiting,
            (false, Some(fate)) => fate,
            (false, None) if !has_mail => MailFate::NoAddress,
            (false, None) if !wanted => MailFate::Unwanted,
            (false, None) => MailFate::None,
        };
        let at = latest.as_ref().map(|(_, at, _)| app.zone.print(*at));
        let reply = latest.and_then(|(_, _, reply)| reply);
        Self { person_id, names, fate, at, reply }
    }
}

/// What one wants of invitations by mail.
#[utoipa::path(
    get, path = "/api/v1/me/mails", tag = "mails", security(("person" = []), ("login" = [])),
    responses(
        (status = 200, body = MyMails),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read_own(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
) -> Result<Json<MyMails>, Problem> {
    own(&app, &person.id).await
}

/// Says whether one wants invitations by mail, and in which language. The address itself is the register's.
#[utoipa::path(
    put, path = "/api/v1/me/mails", tag = "mails", security(("person" = []), ("login" = [])), request_body = MailWishForm,
    responses(
        (status = 200, body = MyMails),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a wish", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put_own(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    body: Body<MailWishForm>,
) -> Result<Json<MyMails>, Problem> {
    let MailWishForm { wanted, language } = body.value;
    let put = app.store.put_mail_wish(&person.id, (wanted, language.as_str())).await;
    put.map_err(|error| store_failed(&error))?;
    own(&app, &person.id).await
}

async fn own(app: &App, person_id: &str) -> Result<Json<MyMails>, Problem> {
    let found = app.store.mail_wish(person_id).await.map_err(|error| store_failed(&error))?;
    let MailWish { mail, wanted, language } =
        found.ok_or_else(|| problem::not_found("there is nobody of this id"))?;
    let language = if language == "en" { MailLanguage::En } else { MailLanguage::Zh };
    Ok(Json(MyMails { sending: app.config.mail.is_some(), address: mail, wanted, language }))
}

/// How the people of a session were told of it by mail: what waits, what was taken, what was refused and why. For schedulers.
#[utoipa::path(
    get, path = "/api/v1/sessions/{id}/mails", tag = "mails", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Session id")),
    responses(
        (status = 200, body = SessionMails),
        (status = 401, description = "Missing, expired or forged token or login", body = wire::Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not a scheduler of this session", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn of_session(
    State(app): State<Arc<App>>,
    Caller(person): Caller,
    SessionId(id): SessionId,
) -> Result<Json<SessionMails>, Problem> {
    let session = seen(&app, &person, &id).await?;
    if !books_session(&app, &person, &session).await? {
        return Err(problem::forbidden(
            "only a scheduler of this session sees its mails; ask yours to look for you",
        ));
    }
    let found = app.store.mails_of_session(&id).await.map_err(|error| store_failed(&error))?;
    let people = found.into_iter().map(|state| MailOfPerson::new(&app, state)).collect();
    Ok(Json(SessionMails { sending: app.config.mail.is_some(), people }))
}
