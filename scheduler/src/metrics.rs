//! Counters of the room.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode_registry;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
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

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum MailOutcome {
    Sent,
    Refused,
    PutOff,
    GivenUp,
    /// There was nothing to tell any more, or nobody.
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MailLabels {
    outcome: MailOutcome,
}

/// What became of a step by which somebody is reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum ReminderOutcome {
    Handed,
    /// A gateway will never take it.
    Refused,
    /// Until the morning, or because a gateway did not take it this time.
    PutOff,
    /// The session had begun, or there was no hour left that is not quiet.
    TooLate,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReminderLabels {
    channel: &'static str,
    outcome: ReminderOutcome,
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
    /// Bytes of materials that were taken.
    pub(crate) material_bytes: Counter<u64, AtomicU64>,
    /// Changed bookings that the gateway was not told of at once, because too many waited.
    pub(crate) untold: Counter,
    mails: Family<MailLabels, Counter>,
    mails_waiting: Gauge,
    mails_dropped: Gauge,
    /// Times that the mail server could not be reached.
    pub(crate) mail_server_away: Counter,
    pub(crate) mail_server_untrusted: Counter,
    reminders: Family<ReminderLabels, Counter>,
    reminders_waiting: Gauge,
    pub(crate) access: access::Counters,
    pub(crate) webhooks: webhook::Counters,
}

/// A counter that more than one is added to at a time.
fn wide(registry: &mut Registry, name: &str, help: &str) -> Counter<u64, AtomicU64> {
    let counter = Counter::default();
    registry.register(name, help, Counter::clone(&counter));
    counter
}

fn of_reminders(registry: &mut Registry) -> (Family<ReminderLabels, Counter>, Gauge) {
    let (reminders, waiting) = (Family::default(), Gauge::default());
    let help = "Steps by which people are reminded, by channel and what became of them";
    registry.register("reminders", help, Family::clone(&reminders));
    let help = "Steps by which people are to be reminded, of all schedulers on the store";
    registry.register("reminders_waiting", help, Gauge::clone(&waiting));
    (reminders, waiting)
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("shanqiao_scheduler");
        let (bookings, problems) = (Family::default(), Family::default());
        let (gateway_calls, untold) = (Family::default(), Counter::default());
        let joins = Counter::default();
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
        let answers_forgotten = wide(&mut registry, "idempotency_answers_forgotten", help);
        let help = "Bytes of materials of cases that were taken";
        let material_bytes = wide(&mut registry, "material_bytes", help);
        let mails = Family::default();
        registry.register("mails", "Mails by what became of them", Family::clone(&mails));
        let (mails_waiting, mails_dropped) = (Gauge::default(), Gauge::default());
        let help = "Mails that wait to be sent, of all schedulers on the store";
        registry.register("mails_waiting", help, Gauge::clone(&mails_waiting));
        let help =
            "Mails that were not sent because too many waited, of all schedulers on the store";
        registry.register("mails_dropped", help, Gauge::clone(&mails_dropped));
        let mail_server_away = Counter::default();
        let help = "Times that the mail server could not be reached; it is tried again";
        registry.register("mail_server_away", help, Counter::clone(&mail_server_away));
        let mail_server_untrusted = Counter::default();
        let help =
            "Times of them that it offered no STARTTLS, or a certificate that nobody vouches for";
        registry.register("mail_server_untrusted", help, Counter::clone(&mail_server_untrusted));
        let (reminders, reminders_waiting) = of_reminders(&mut registry);
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
            material_bytes,
            untold,
            mails,
            mails_waiting,
            mails_dropped,
            mail_server_away,
            mail_server_untrusted,
            reminders,
            reminders_waiting,
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

    pub(crate) fn mail(&self, outcome: MailOutcome) {
        self.mails.get_or_create(&MailLabels { outcome }).inc();
    }

    /// How many mails wait, and how many found no room so far.
    pub(crate) fn mails_waiting(&self, waiting: i64, dropped: i64) {
        self.mails_waiting.set(waiting);
        self.mails_dropped.set(dropped);
    }

    pub(crate) fn reminder(&self, channel: &'static str, outcome: ReminderOutcome) {
        self.reminders.get_or_create(&ReminderLabels { channel, outcome }).inc();
    }

    pub(crate) fn reminders_waiting(&self, waiting: i64) {
        self.reminders_waiting.set(waiting);
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
