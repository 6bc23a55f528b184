use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WhyLabels {
    why: &'static str,
}

/// What is counted of webhooks.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    tries: Family<OutcomeLabels, Counter>,
    paused: Family<WhyLabels, Counter>,
    /// Tries whose outcome was not kept, because the endpoint was sent elsewhere meanwhile.
    pub(crate) overtaken: Counter,
    /// Looks at what is to be sent that did not work.
    pub(crate) not_looked: Counter,
}

impl Counters {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let it = Self::default();
        let help = "Messages that were sent to webhooks, by what became of each try";
        registry.register("webhook_tries", help, it.tries.clone());
        let help = "Webhooks that the scheduler has paused, by why";
        registry.register("webhooks_paused", help, it.paused.clone());
        let help =
            "Tries whose outcome was not kept, because the webhook was sent elsewhere meanwhile";
        registry.register("webhook_tries_overtaken", help, it.overtaken.clone());
        let help = "Times that the store could not say what is to be sent to webhooks";
        registry.register("webhook_looks_failed", help, it.not_looked.clone());
        it
    }

    /// A try, by its outcome in a word.
    pub(crate) fn tried(&self, outcome: &'static str) {
        self.tries.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    pub(crate) fn paused(&self, why: &'static str) {
        self.paused.get_or_create(&WhyLabels { why }).inc();
    }
}
