//! What administrators do with a webhook that is there: renew its secret, test it, send again, and read what became of the latest
//! tries.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use booking::UnixS;
use serde_json::json;

use super::extract::{Administrator, Body, Path};
use super::refusals::{invalid, store_failed};
use super::webhook_messages::signed_message;
use super::webhooks::{find, no_webhook, told, with_secret};
use super::webhooks_wire::{Renewal, Replay, Webhook, WebhookSecret, WebhookTries, WebhookTry};
use super::{App, wire};
use crate::problem::{self, Problem};
use crate::store::{self, Act};

/// How long an old secret signs beside the new one, if nothing is said, and at most.
const OVERLAP_S: u64 = 86_400;
const OVERLAP_S_MAX: u64 = 7 * 86_400;

/// Gives a webhook a new secret, told this once. Both sign, the new one first, until the receiver has had the time to exchange them; of
/// three the oldest signs no more.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/secret", tag = "webhooks", security(("person" = []), ("login" = [])), request_body = Renewal,
    params(("id" = String, Path, description = "Webhook id")),
    responses(
        (status = 200, body = WebhookSecret),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Too long", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn renew_secret(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    Path(id): Path<String>,
    body: Body<Renewal>,
) -> Result<Json<WebhookSecret>, Problem> {
    let overlap_s = body.value.overlap_s.unwrap_or(OVERLAP_S);
    if overlap_s > OVERLAP_S_MAX {
        let detail = format!("`overlapS` must be 0 to {OVERLAP_S_MAX} seconds");
        return Err(invalid("overlapS", "too-long", json!({ "most": OVERLAP_S_MAX }), &detail));
    }
    let now = app.now();
    let act = Act { by: &person.id, at: now, reason: None };
    // An end that is past is none: who had no overlap before has none now.
    let old_until = if overlap_s == 0 { UnixS(0) } else { now.plus(overlap_s) };
    let renewed = app.store.renew_webhook_secret(&id, old_until, &act).await;
    let renewed = renewed.map_err(|error| store_failed(&error))?.ok_or_else(no_webhook)?;
    Ok(Json(with_secret(&app, renewed).await?))
}

/// Sends a test message (`type` `webhook.test`) now, and tells what became of it. It is tried once, and moves nothing.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/test", tag = "webhooks", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Webhook id")),
    responses(
        (status = 200, body = WebhookTry),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook", body = wire::Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many messages are under way", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn test(
    State(app): State<Arc<App>>,
    _: Administrator,
    Path(id): Path<String>,
) -> Result<Json<WebhookTry>, Problem> {
    let webhook = find(&app, &id).await?;
    let turn = app.webhooks.turn_now().ok_or_else(|| {
        problem::busy("many messages are under way; try again in some seconds").retry_after_s(10)
    })?;
    let body = json!({
        "type": "webhook.test", "timestamp": app.zone.print(app.now()), "data": { "webhookId": webhook.id },
    });
    let message_id = format!("test_{}", uuid::Uuid::now_v7());
    let message = signed_message(&app, &webhook, message_id, body.to_string());
    let tried = app.webhooks.send(&turn, &webhook.url, message).await;
    app.metrics.webhooks.tried(tried.outcome());
    let row = store::WebhookTry::new(None, app.now(), &tried);
    app.store.keep_test(&id, &row).await.map_err(|error| store_failed(&error))?;
    Ok(Json(WebhookTry::new(&app, row)))
}

/// Sends again from an event on, in order, under the same ids; or passes over what waits. A webhook that is paused stays so.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/replay", tag = "webhooks", security(("person" = []), ("login" = [])), request_body = Replay,
    params(("id" = String, Path, description = "Webhook id")),
    responses(
        (status = 200, body = Webhook),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook", body = wire::Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a number of an event", body = wire::Invalid, content_type = "application/problem+json"),
    )
)]
pub(super) async fn replay(
    State(app): State<Arc<App>>,
    Administrator(person): Administrator,
    Path(id): Path<String>,
    body: Body<Replay>,
) -> Result<Json<Webhook>, Problem> {
    let latest = app.store.latest_event().await.map_err(|error| store_failed(&error))?;
    let since = match body.value.since.as_str() {
        "latest" => Some(latest),
        text => text.parse().ok().filter(|since| (0..=latest).contains(since)),
    };
    let since = since.ok_or_else(|| {
        let detail = format!(
            "`since` must be the number of an event, 0 to {latest}, or `latest`; the event after it is sent first"
        );
        invalid("since", "not-an-event", json!({ "most": latest }), &detail)
    })?;
    let act = Act { by: &person.id, at: app.now(), reason: None };
    let replayed = app.store.replay_webhook(&id, since, &act).await;
    let replayed = replayed.map_err(|error| store_failed(&error))?.ok_or_else(no_webhook)?;
    Ok(Json(told(&app, replayed).await?))
}

/// What became of the latest 100 tries to deliver messages to a webhook, the latest first.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks", security(("person" = []), ("login" = [])),
    params(("id" = String, Path, description = "Webhook id")),
    responses(
        (status = 200, body = WebhookTries),
        (status = 403, description = "Not an administrator", body = wire::Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook", body = wire::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn deliveries(
    State(app): State<Arc<App>>,
    _: Administrator,
    Path(id): Path<String>,
) -> Result<Json<WebhookTries>, Problem> {
    find(&app, &id).await?;
    let tries = app.store.webhook_tries(&id).await;
    let tries = tries.map_err(|error| store_failed(&error))?;
    Ok(Json(WebhookTries {
        tries: tries.into_iter().map(|it| WebhookTry::new(&app, it)).collect(),
    }))
}
