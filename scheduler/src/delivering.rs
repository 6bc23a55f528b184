//! Events reach webhooks: each is sent to every endpoint that wants it, in order, until it is taken. How far an endpoint is is a
//! number in the store, written after the answer: what was sent and not written down is sent again, under the same id.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use booking::UnixS;
use tokio::task::{Id, JoinSet};

use crate::api::{self, App};
use crate::store::{AfterTry, Event, PausedWhy, StoreError, Webhook, WebhookTry, Which};
use crate::webhook::{Failure, GIVE_UP_S, Tried, Turn, wait_s};

/// Most endpoints that are looked after at a look; there are no more in a county.
const DUE_MAX: usize = 64;
/// Events that are read at a time.
const READ_AT_ONCE: usize = 50;
/// Pieces of so many events in one go at an endpoint; then its right to be sent to is given back.
const PIECES_MAX: usize = 20;
/// How long one program alone may send to an endpoint without saying so again, seconds beside what a try takes.
const LEASE_S: u64 = 45;

/// The task that sends.
pub(crate) struct Deliverer {
    app: Arc<App>,
    /// Who this is among the programs on one store.
    holder: Arc<str>,
    sending: JoinSet<()>,
    /// To which endpoint each task sends.
    endpoints: BTreeMap<Id, String>,
}

impl Deliverer {
    pub(crate) fn new(app: Arc<App>, holder: Arc<str>) -> Self {
        Self { app, holder, sending: JoinSet::new(), endpoints: BTreeMap::new() }
    }

    /// Runs until it is aborted, and all that it sends with it.
    pub(crate) async fn run(mut self) {
        let every = Duration::from_millis(self.app.config.webhook_look_ms.max(10));
        let mut failed = false;
        loop {
            tokio::time::sleep(every).await;
            while let Some(done) = self.sending.try_join_next_with_id() {
                let id = match &done {
                    Ok((id, ())) => *id,
                    Err(error) => error.id(),
                };
                self.endpoints.remove(&id);
            }
            let looked = self.look().await;
            if let Err(error) = &looked {
                self.app.metrics.webhooks.not_looked.inc();
                if !failed {
                    tracing::warn!(%error, "webhooks.not_looked: they wait");
                }
            }
            failed = looked.is_err();
        }
    }

    /// Begins to send wherever something is to be sent and nobody does.
    async fn look(&mut self) -> Result<(), StoreError> {
        for id in self.app.store.due_webhooks(self.app.now(), DUE_MAX).await? {
            if self.endpoints.values().any(|busy| *busy == id) {
                continue;
            }
            let delivery = Delivery {
                app: Arc::clone(&self.app),
                holder: Arc::clone(&self.holder),
                id: id.clone(),
            };
            let task = self.sending.spawn(async move {
                if let Err(error) = delivery.run().await {
                    delivery.app.metrics.webhooks.not_looked.inc();
                    tracing::warn!(%error, "webhooks.store: what was not written down is sent again");
                }
            });
            self.endpoints.insert(task.id(), id);
        }
        Ok(())
    }
}

/// Sending to one endpoint what waits for it.
struct Delivery {
    app: Arc<App>,
    holder: Arc<str>,
    id: String,
}

impl Delivery {
    async fn run(&self) -> Result<(), StoreError> {
        let Some(webhook) = self.lease().await? else { return Ok(()) };
        let mut reached = webhook.reached;
        let mut webhook = Some(webhook);
        for _ in 0..PIECES_MAX {
            let events = self.app.store.events_after(Which::All, reached, READ_AT_ONCE).await?;
            let Some(last) = events.last().map(|event| event.number) else { break };
            for event in events {
                webhook = match webhook {
                    Some(webhook) if wants(&webhook, &event) => {
                        self.deliver(webhook, event).await?
                    }
                    other => other,
                };
            }
            if webhook.is_none() {
                return Ok(());
            }
            reached = last;
        }
        self.app.store.leave_webhook((&self.id, &self.holder), reached).await
    }

    async fn lease(&self) -> Result<Option<Webhook>, StoreError> {
        let now = self.app.now();
        self.app.store.lease_webhook(&self.id, &self.holder, (now, self.lease_end(now))).await
    }

    fn lease_end(&self, now: UnixS) -> UnixS {
        now.plus(LEASE_S.saturating_add(self.app.webhooks.try_s_max()))
    }

    /// Sends one event; the endpoint as it is after that, if the next one may follow.
    async fn deliver(&self, webhook: Webhook, event: Event) -> Result<Option<Webhook>, StoreError> {
        let Some(turn) = self.app.webhooks.turn().await else { return Ok(None) };
        let Some(webhook) = self.still_ours(webhook).await? else { return Ok(None) };
        let number = event.number;
        let tried = self.send(&turn, &webhook, event).await;
        drop(turn);
        self.app.metrics.webhooks.tried(tried.outcome());
        let now = self.app.now();
        let after = self.after(&webhook, number, tried, now);
        let row = WebhookTry::new(Some(number), now, &tried);
        let both = (self.id.as_str(), &*self.holder);
        let kept = self.app.store.keep_try(both, (number, &row), after).await?;
        let Some(kept) = kept else {
            self.app.metrics.webhooks.overtaken.inc();
            return Ok(None);
        };
        if let AfterTry::Paused(why) = after {
            self.app.metrics.webhooks.paused(why.word());
            tracing::warn!(webhook = self.id, why = why.word(), "webhooks.paused");
        }
        let goes_on = matches!(after, AfterTry::Taken { .. }) && kept.paused.is_none();
        Ok(goes_on.then_some(kept))
    }

    /// The endpoint, if it is this program's for as long as a try takes. Who waited for a turn says so again.
    async fn still_ours(&self, webhook: Webhook) -> Result<Option<Webhook>, StoreError> {
        if self.app.now().plus(self.app.webhooks.try_s_max()) <= webhook.leased_until {
            return Ok(Some(webhook));
        }
        let leased = self.lease().await?;
        Ok(leased.filter(|leased| leased.reached == webhook.reached))
    }

    async fn send(&self, turn: &Turn<'_>, webhook: &Webhook, event: Event) -> Tried {
        let id = format!("evt_{}_{}", event.number, webhook.id);
        let body = api::webhook_body(&self.app, &event);
        let message = api::signed_message(&self.app, webhook, id, body);
        self.app.webhooks.send(turn, &webhook.url, message).await
    }

    /// What follows from a try that ended `now`.
    fn after(&self, webhook: &Webhook, number: i64, tried: Tried, now: UnixS) -> AfterTry {
        match tried.failure {
            None => AfterTry::Taken { leased_until: self.lease_end(now) },
            Some(Failure::Gone) => AfterTry::Paused(PausedWhy::Gone),
            Some(_) => {
                let since = webhook.first_try.unwrap_or(now);
                if now.since(since) >= GIVE_UP_S {
                    return AfterTry::Paused(PausedWhy::GivenUp);
                }
                let wait_s = wait_s(webhook.tries.saturating_add(1), &webhook.id, number);
                AfterTry::Again { next_try: now.plus(wait_s.max(tried.pause_s.unwrap_or(0))) }
            }
        }
    }
}

fn wants(webhook: &Webhook, event: &Event) -> bool {
    let kind = api::webhook_kind(event);
    webhook.kinds.is_empty() || webhook.kinds.iter().any(|wanted| wanted == kind)
}
