//! The forms of webhooks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::word_schemas::{
    MESSAGE_TYPES, failure_schema, message_types_or_none_schema, message_types_schema,
    paused_why_schema,
};
use crate::store;

/// Most webhooks of a county.
pub(super) const WEBHOOKS_MAX: usize = 16;

/// A webhook that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewWebhook {
    /// What people call it: one line, at most 80 characters.
    pub(super) name: String,
    /// Where messages are sent: https, port 443 or 1024 to 65535, at most 500 bytes, not in a private network.
    pub(super) url: String,
    /// Which kinds of events it is told of; all, also those of later versions, if absent or empty.
    #[serde(default)]
    #[schema(schema_with = message_types_schema)]
    pub(super) kinds: Vec<String>,
}

/// What is to be changed of a webhook; a member that is absent or null stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WebhookChange {
    pub(super) name: Option<String>,
    pub(super) url: Option<String>,
    #[schema(schema_with = message_types_or_none_schema)]
    pub(super) kinds: Option<Vec<String>>,
    /// `true`: nothing is sent, and all that happens waits; `false`: what has waited is sent.
    pub(super) paused: Option<bool>,
}

/// How a secret is renewed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Renewal {
    /// How long the secret before signs beside the new one, seconds: 0 to 604,800 (7 days); 86,400 (a day) if absent.
    pub(super) overlap_s: Option<u64>,
}

/// From where messages are sent again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Replay {
    /// The number of the last event that is not sent again, as in `GET /api/v1/changes`: `0` for all of them; `latest` to pass
    /// over all that waits.
    pub(super) since: String,
}

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Webhook {
    id: String,
    name: String,
    url: String,
    /// Empty: all.
    #[schema(schema_with = message_types_schema)]
    kinds: Vec<String>,
    /// Why nothing is sent: `by-hand`, `gone` (the receiver answered 410), `given-up` (an event was not taken for three days).
    #[schema(required = true, schema_with = paused_why_schema)]
    paused: Option<&'static str>,
    /// Since when, RFC 3339.
    #[schema(required = true)]
    paused_at: Option<String>,
    /// The number of the last event that was taken or passed over.
    reached: i64,
    /// How many events wait behind it, of kinds that it is not told of as well.
    waiting: i64,
    /// How often the next one was tried in vain.
    failed_tries: u32,
    /// When it is tried again, if it was.
    #[schema(required = true)]
    next_try_at: Option<String>,
    /// When a message was taken last.
    #[schema(required = true)]
    taken_at: Option<String>,
    /// Until when the secret before signs as well, if it does.
    #[schema(required = true)]
    old_secret_until: Option<String>,
    made_at: String,
    /// The latest try that failed, of those that are kept.
    #[schema(required = true)]
    last_failure: Option<WebhookTry>,
}

/// The webhooks of a county.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Webhooks {
    /// Oldest first.
    pub(super) webhooks: Vec<Webhook>,
    /// How many there may be.
    pub(super) most: usize,
    /// The kinds of events that there are.
    #[schema(schema_with = message_types_schema)]
    pub(super) kinds: [&'static str; MESSAGE_TYPES.len()],
}

/// A webhook and its secret, which is told this once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookSecret {
    pub(super) webhook: Webhook,
    /// `whsec_` and 32 bytes in base64.
    pub(super) secret: String,
}

/// One try to deliver a message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookTry {
    /// The number of the event; null for a test.
    #[schema(required = true)]
    number: Option<i64>,
    /// When it ended, RFC 3339.
    at: String,
    /// How long it took, milliseconds.
    ms: u64,
    /// What the receiver answered; null if it did not.
    #[schema(required = true)]
    status: Option<u16>,
    /// Null if the message was taken; else `status` (an answer other than 2xx), `gone` (410), `redirect` (3xx), `timeout`,
    /// `unknown-name`, `forbidden` (an address that nothing is sent to), `unreachable`, `too-long`.
    #[schema(required = true, schema_with = failure_schema)]
    failure: Option<String>,
}

/// The latest tries of a webhook.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookTries {
    /// The latest first, at most 100; tests as well.
    pub(super) tries: Vec<WebhookTry>,
}

impl WebhookTry {
    pub(super) fn new(app: &App, tried: store::WebhookTry) -> Self {
        let store::WebhookTry { number, at, ms, status, failure } = tried;
        Self { number, at: app.zone.print(at), ms, status, failure }
    }
}

impl Webhook {
    /// `latest` is the number of the latest event of all.
    pub(super) fn new(
        app: &App,
        webhook: store::Webhook,
        latest: i64,
        last_failure: Option<store::WebhookTry>,
    ) -> Self {
        let print = |at| app.zone.print(at);
        let (paused_at, paused) = webhook.paused.map(|(at, why)| (print(at), why.word())).unzip();
        let again = webhook.tries > 0 && paused.is_none();
        let now = app.now();
        Self {
            id: webhook.id,
            name: webhook.name,
            url: webhook.url,
            kinds: webhook.kinds,
            paused,
            paused_at,
            reached: webhook.reached,
            waiting: latest.saturating_sub(webhook.reached).max(0),
            failed_tries: webhook.tries,
            next_try_at: again.then(|| print(webhook.next_try)),
            taken_at: webhook.taken.map(print),
            old_secret_until: (webhook.old_until > now).then(|| print(webhook.old_until)),
            made_at: print(webhook.made),
            last_failure: last_failure.map(|tried| WebhookTry::new(app, tried)),
        }
    }
}
