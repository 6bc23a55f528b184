//! Counters of the room.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode_registry;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::access;
use crate::receipt::Kept;
use crate::webhook;

/// How a booking request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum BookingOutcome {
    Made,
    Changed,
    Replayed,
    Clash,
    LineFull,
    NotOpen,
    HoldOver,
    Refused,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: BookingOutcome,
}

/// What became of a hold, or of a request for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum HoldOutcome {
    Made,
    Replayed,
    Extended,
    Released,
    Clash,
    TooMany,
    Refused,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HoldLabels {
    outcome: HoldOutcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    answered: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReceiptLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProblemLabels {
    kind: &'static str,
}

/// The room's counters.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    bookings: Family<Labels, Counter>,
    holds: Family<HoldLabels, Counter>,
    problems: Family<ProblemLabels, Counter>,
    gateway_calls: Family<CallLabels, Counter>,
    receipts: Family<ReceiptLabels, Counter>,
    /// Looks for receipts that did not work.
    pub(crate) receipts_away: Counter,
    /// Room tokens given out.
    pub(crate) joins: Counter,
    /// Kept idempotency answers dropped before their time.
    pub(crate) answers_forgotten: Counter<u64, AtomicU64>,
    /// Changed bookings that the gateway was not told of at once, because too many waited.
    pub(crate) untold: Counter,
    pub(crate) access: access::Counters,
    pub(crate) webhooks: webhook::Counters,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("shanqiao_scheduler");
        let (bookings, problems) = (Family::default(), Family::default());
        let (gateway_calls, untold) = (Family::default(), Counter::default());
        let (joins, answers_forgotten) = (Counter::default(), Counter::default());
        let help = "Calls to the gateway's room service, by whether they were answered";
        registry.register("gateway_calls", help, Family::clone(&gateway_calls));
        let help =
            "Changed bookings that the gateway was not told of at once, because too many waited";
        registry.register("gateway_untold", help, Counter::clone(&untold));
        let (receipts, receipts_away) = (Family::default(), Counter::default());
        let help = "Receipts of the gateway, by what became of them";
        registry.register("receipts", help, Family::clone(&receipts));
        let help = "Times that receipts could not be taken; they are asked for again";
        registry.register("receipts_away", help, Counter::clone(&receipts_away));
        registry.register("bookings", "Booking requests by outcome", Family::clone(&bookings));
        let holds = Family::default();
        registry.register("holds", "Requests about holds by outcome", Family::clone(&holds));
        registry.register(
            "problems",
            "Requests answered with a problem, by its type",
            Family::clone(&problems),
        );
        registry.register("joins", "Room tokens given out", Counter::clone(&joins));
        let help =
            "Kept Idempotency-Key answers dropped before 24 hours because the table was full";
        registry.register(
            "idempotency_answers_forgotten",
            help,
            Counter::clone(&answers_forgotten),
        );
        let access = access::Counters::new(&mut registry);
        let webhooks = webhook::Counters::new(&mut registry);
        Self {
            registry,
            bookings,
            holds,
            problems,
            gateway_calls,
            receipts,
            receipts_away,
            joins,
            answers_forgotten,
            untold,
            access,
            webhooks,
        }
    }

    pub(crate) fn booking(&self, outcome: BookingOutcome) {
        self.bookings.get_or_create(&Labels { outcome }).inc();
    }

    pub(crate) fn hold(&self, outcome: HoldOutcome) {
        self.holds.get_or_create(&HoldLabels { outcome }).inc();
    }

    pub(crate) fn problem(&self, kind: &'static str) {
        self.problems.get_or_create(&ProblemLabels { kind }).inc();
    }

    pub(crate) fn gateway_call(&self, answered: bool) {
        let answered = if answered { "yes" } else { "no" };
        self.gateway_calls.get_or_create(&CallLabels { answered }).inc();
    }

    /// What became of receipts.
    pub(crate) fn receipts(&self, kept: Kept) {
        let Kept { new, unbooked, again, forgotten } = kept;
        let outcomes =
            [("kept", new), ("unbooked", unbooked), ("again", again), ("forgotten", forgotten)];
        for (outcome, count) in outcomes {
            self.receipts.get_or_create(&ReceiptLabels { outcome }).inc_by(count);
        }
    }

    /// Prometheus text without the closing `# EOF`, so that the rooms' texts can stand one after the other.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode_registry(&mut text, &self.registry);
        text
    }
}
