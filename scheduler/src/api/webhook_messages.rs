//! What webhooks are told: that something happened to which session, when it is, and which of its members changed. No names, no
//! titles, no reasons: who may read these asks for them (`GET /api/v1/changes`).

use serde::Serialize;
use session::Kind;
use utoipa::ToSchema;

use super::App;
use super::word_schemas::{MESSAGE_TYPES, event_kind_schema, kind_schema, message_type_schema};
use crate::store::{Event, EventKind, Terms, Webhook};
use crate::webhook::{Message, SigningSecret};

/// What happened to a session, as a webhook is told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookEvent {
    /// Of the event. `GET /api/v1/changes?since=` of one less begins with it.
    number: i64,
    session_id: String,
    #[schema(schema_with = kind_schema)]
    session_kind: Kind,
    /// The version of the session that it made.
    version: i64,
    /// `booked`, `changed` or `cancelled`.
    #[schema(schema_with = event_kind_schema)]
    kind: &'static str,
    /// RFC 3339 in the county's zone, since then; of what was cancelled, until then.
    starts_at: String,
    ends_at: String,
    /// Which of `title`, `startsAt`, `endsAt`, `recording`, `roomIds`, `terminalIds`, `participants` and `endedAt` changed; empty if it was booked or cancelled.
    changed: Vec<&'static str>,
}

/// The body of a message (Standard Webhooks: `type`, `timestamp`, `data`).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookMessage {
    /// `session.` and the kind of the event.
    #[serde(rename = "type")]
    #[schema(schema_with = message_type_schema)]
    kind: &'static str,
    /// When it happened, RFC 3339 in the county's zone.
    timestamp: String,
    data: WebhookEvent,
}

/// The word by which a webhook asks to be told of such an event.
pub(crate) fn webhook_kind(event: &Event) -> &'static str {
    let [booked, changed, cancelled] = MESSAGE_TYPES;
    match event.kind {
        EventKind::Booked => booked,
        EventKind::Changed => changed,
        EventKind::Cancelled => cancelled,
    }
}

/// The body of the message of an event, JSON.
pub(crate) fn webhook_body(app: &App, event: &Event) -> String {
    let latest = event.after.as_ref().or(event.before.as_ref());
    let print = |at_s: Option<u64>| {
        at_s.map(|at_s| app.zone.print(booking::UnixS(at_s))).unwrap_or_default()
    };
    let changed = match (&event.before, &event.after) {
        (Some(before), Some(after)) => changed(before, after),
        _ => Vec::new(),
    };
    let message = WebhookMessage {
        kind: webhook_kind(event),
        timestamp: app.zone.print(event.at),
        data: WebhookEvent {
            number: event.number,
            session_id: event.session_id.clone(),
            session_kind: event.session_kind,
            version: event.version,
            kind: event.kind.as_str(),
            starts_at: print(latest.map(|terms| terms.starts_s)),
            ends_at: print(latest.map(|terms| terms.ends_s)),
            changed,
        },
    };
    // Texts and numbers always have a form in JSON.
    serde_json::to_string(&message).unwrap_or_default()
}

fn changed(before: &Terms, after: &Terms) -> Vec<&'static str> {
    let all = [
        ("title", before.title != after.title),
        ("startsAt", before.starts_s != after.starts_s),
        ("endsAt", before.ends_s != after.ends_s),
        ("recording", before.recording != after.recording),
        ("roomIds", before.rooms != after.rooms),
        ("terminalIds", before.terminals != after.terminals),
        ("participants", before.participants != after.participants),
        ("endedAt", before.ended_s != after.ended_s),
    ];
    all.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// A message to a webhook, signed by its secret, and while that or the keys of the house are being exchanged by those before as well.
pub(crate) fn signed_message(app: &App, webhook: &Webhook, id: String, body: String) -> Message {
    let now = app.now();
    let mut generations = vec![webhook.generation];
    if now < webhook.old_until {
        generations.push(webhook.generation - 1);
    }
    let keys = app.keys();
    let of = |generation| SigningSecret::every(&keys, (&webhook.id, generation), now);
    let secrets = generations.into_iter().flat_map(of);
    let signatures: Vec<_> = secrets.map(|it| it.sign(&id, now.0, &body)).collect();
    let signatures = signatures.join(" ");
    Message { timestamp_s: now.0, signatures, id, body }
}
