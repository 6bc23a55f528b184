//! Webhooks: other programs that are told of events are listed, made, changed, paused and deleted. Administrators only.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::json;

use super::extract::{Administrator, Body, Path};
use super::faults::Faults;
use super::refusals::store_failed;
use super::webhooks_wire::{
    NewWebhook, WEBHOOKS_MAX, Webhook, WebhookChange, WebhookSecret, Webhooks,
};
use super::word_schemas::MESSAGE_TYPES;
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{self, Act, WebhookTerms};
use crate::webhook::{BadTarget, SigningSecret, URL_BYTES_MAX};

const NAME_MAX: usize = 80;

/// The webhooks of the county: where each is, what it is told of, how far it is and why it failed last.
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = "webhooks", security(("person" = []), ("login" = [])),
    responses(
        (status = 200, body = Webhooks),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    _: Administrator,
) -> Result<Json<Webhooks>, Problem> {
    all(&app).await
}

/// Makes a webhook: messages by `POST`, signed as Standard Webhooks 1.0 says (`webhook-id`, `webhook-timestamp`,
/// `webhook-signature`), of all that happens from now on. An event comes at least once and in order; a second time it has the
/// same `webhook-id`. What is not taken with a status 2xx within 10 s is tried again, after 5 s up to an hour, for three days; then
/// the webhook is paused, and what happens waits.
#[utoipa::path(
    post, path = "/api/v1/webhooks", tag = "webhooks", security(("person" = []), ("login" = [])), request_body = NewWebhook,
    responses(
        (status = 201, body = WebhookSecret),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 409, description = "There are as many as there may be", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    body: Body<NewWebhook>,
) -> Result<(StatusCode, Json<WebhookSecret>), Problem> {
    let NewWebhook { name, url, kinds } = body.value;
    let mut faults = Faults::default();
    let name = read_name(&mut faults, &name);
    let kinds = read_kinds(&mut faults, kinds);
    let url = read_url(&app, &mut faults, &url).await;
    let terms = faults.or(WebhookTerms { name, url, kinds, paused: false })?;
    let id = uuid::Uuid::now_v7().to_string();
    let act = Act { by: &person.id, at: app.now(), reason: None };
    let made = app.store.make_webhook((&id, &terms), WEBHOOKS_MAX, &act).await;
    let made = made.map_err(|error| store_failed(&error))?.ok_or_else(|| {
        problem::too_many_webhooks(format!(
            "there are {WEBHOOKS_MAX} webhooks, and no more can be; delete one that nobody needs"
        ))
    })?;
    tracing::debug!(by = person.id, of = id, "webhook.made");
    Ok((StatusCode::CREATED, Json(with_secret(&app, made).await?)))
}

/// Changes a webhook, pauses it or goes on with it. What waits is sent at once to a new address, and when it goes on.
#[utoipa::path(
    patch, path = "/api/v1/webhooks/{id}", tag = "webhooks", security(("person" = []), ("login" = [])), request_body = WebhookChange,
    params(("id" = String, Path, description = "Webhook id")),
    responses(
        (status = 200, body = Webhook),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Faulty: what is wrong, member by member", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    Path(id): Path<String>,
    body: Body<WebhookChange>,
) -> Result<Json<Webhook>, Problem> {
    find(&app, &id).await?;
    let WebhookChange { name, url, kinds, paused } = body.value;
    let mut faults = Faults::default();
    let name = name.map(|name| read_name(&mut faults, &name));
    let kinds = kinds.map(|kinds| read_kinds(&mut faults, kinds));
    let url = match url {
        Some(url) => Some(read_url(&app, &mut faults, &url).await),
        None => None,
    };
    faults.or(())?;
    let decide = |before: &store::Webhook| WebhookTerms {
        name: name.unwrap_or_else(|| before.name.clone()),
        url: url.unwrap_or_else(|| before.url.clone()),
        kinds: kinds.unwrap_or_else(|| before.kinds.clone()),
        paused: paused.unwrap_or(before.paused.is_some()),
    };
    let act = Act { by: &person.id, at: app.now(), reason: None };
    let changed = app.store.change_webhook(&id, decide, &act).await;
    let changed = changed.map_err(|error| store_failed(&error))?.ok_or_else(no_webhook)?;
    Ok(Json(told(&app, changed).await?))
}

/// Deletes a webhook: nothing is sent to it any more, and what waited is told to nobody.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Webhook id")),
    responses(
        (status = 200, description = "Those that are left", body = Webhooks),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    Path(id): Path<String>,
) -> Result<Json<Webhooks>, Problem> {
    let act = Act { by: &person.id, at: app.now(), reason: None };
    let deleted = app.store.delete_webhook(&id, &act).await;
    if !deleted.map_err(|error| store_failed(&error))? {
        return Err(no_webhook());
    }
    tracing::debug!(by = person.id, of = id, "webhook.deleted");
    all(&app).await
}

async fn all(app: &App) -> Result<Json<Webhooks>, Problem> {
    let found = app.store.webhooks().await.map_err(|error| store_failed(&error))?;
    let latest = latest(app).await?;
    let mut webhooks = Vec::with_capacity(found.len());
    for webhook in found {
        webhooks.push(told_at(app, webhook, latest).await?);
    }
    Ok(Json(Webhooks { webhooks, most: WEBHOOKS_MAX, kinds: MESSAGE_TYPES }))
}

/// A webhook as it is told.
pub(super) async fn told(app: &App, webhook: store::Webhook) -> Result<Webhook, Problem> {
    let latest = latest(app).await?;
    told_at(app, webhook, latest).await
}

/// The same where the latest event has this number.
async fn told_at(app: &App, webhook: store::Webhook, latest: i64) -> Result<Webhook, Problem> {
    let failure = app.store.last_webhook_failure(&webhook.id).await;
    let failure = failure.map_err(|error| store_failed(&error))?;
    Ok(Webhook::new(app, webhook, latest, failure))
}

async fn latest(app: &App) -> Result<i64, Problem> {
    app.store.latest_event().await.map_err(|error| store_failed(&error))
}

/// A webhook with the secret that signs from now on.
pub(super) async fn with_secret(
    app: &App,
    webhook: store::Webhook,
) -> Result<WebhookSecret, Problem> {
    let secret = SigningSecret::derive(&app.keys(), &webhook.id, webhook.generation).text();
    Ok(WebhookSecret { webhook: told(app, webhook).await?, secret })
}

pub(super) async fn find(app: &App, id: &str) -> Result<store::Webhook, Problem> {
    let found = app.store.webhook(id).await.map_err(|error| store_failed(&error))?;
    found.ok_or_else(no_webhook)
}

pub(super) fn no_webhook() -> Problem {
    problem::not_found("there is no webhook of this id; read the list again")
}

fn read_name(faults: &mut Faults, typed: &str) -> String {
    faults.name("name", typed, NAME_MAX);
    typed.trim().to_owned()
}

/// Each kind once, in the order of the list.
fn read_kinds(faults: &mut Faults, typed: Vec<String>) -> Vec<String> {
    if let Some(unknown) = typed.iter().find(|kind| !MESSAGE_TYPES.contains(&kind.as_str())) {
        let shown: String = unknown.chars().filter(|sign| !sign.is_control()).take(40).collect();
        let detail =
            format!("`kinds` may have {}; leave it empty for all", MESSAGE_TYPES.join(", "));
        faults.add("kinds", "kind-unknown", json!({ "kind": shown }), &detail);
    }
    let wanted = MESSAGE_TYPES.iter().filter(|kind| typed.iter().any(|it| it == *kind));
    wanted.map(|kind| (*kind).to_owned()).collect()
}

async fn read_url(app: &App, faults: &mut Faults, typed: &str) -> String {
    let refused = match app.webhooks.check(typed.trim()).await {
        Ok(target) => return target.as_str().to_owned(),
        Err(refused) => refused,
    };
    let (code, detail) = match refused {
        BadTarget::Unreadable => (
            "url-unreadable",
            "`url` must be an address such as https://his.example.org/hooks, at most 500 bytes without spaces",
        ),
        BadTarget::NotHttps => (
            "url-not-https",
            "`url` must begin with https://; messages are not sent where others can read them on the way",
        ),
        BadTarget::HasUser => (
            "url-has-user",
            "take the user name or password out of `url`; the receiver knows us by the signature",
        ),
        BadTarget::Port => ("url-port", "the port in `url` must be 443, or one from 1024 to 65535"),
        BadTarget::Forbidden => (
            "url-forbidden",
            "`url` leads into a private network or to this machine; give a public address, or ask the operator to allow private ones (webhook_private_targets)",
        ),
    };
    faults.add("url", code, json!({ "most": URL_BYTES_MAX }), detail);
    String::new()
}
