use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::guesses::Stopped;
use super::pace::Hurried;

/// How a try to come in by password ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum LoginOutcome {
    In,
    Wrong,
    /// Too many wrong tries of the name.
    HeldName,
    /// Too many wrong tries from the address.
    HeldAddress,
    /// Too many passwords wait to be hashed.
    Busy,
}

/// How a way over the provider of single sign-on ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum ProviderOutcome {
    In,
    Connected,
    /// No account of ours is connected with the identity.
    Unknown,
    /// Another account of ours is connected with it.
    Taken,
    Disabled,
    /// The person, or the provider, said no.
    Denied,
    /// What came back was not what this browser had gone for, or came too late.
    Over,
    Refused,
    Unreachable,
    Busy,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProviderLabels {
    outcome: ProviderOutcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: LoginOutcome,
}

/// How a device's coming ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum DeviceOutcome {
    Paired,
    In,
    /// No device has this key.
    Unknown,
    Revoked,
    /// The challenge is not ours, of another origin, use or key, or its time is over.
    Challenge,
    /// The challenge was used.
    Replayed,
    /// The device's key did not sign it.
    Forged,
    /// The pairing code opens nothing.
    Code,
    /// The terminal has as many devices as it may have.
    TooMany,
    /// Too many challenges of one device in a minute.
    TooOften,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeviceLabels {
    outcome: DeviceOutcome,
}

/// Whose six digits they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DigitsOf {
    Guest,
    Device,
}

/// How a try to come in by six digits ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum DigitsOutcome {
    Right,
    Wrong,
    /// Too many wrong ones from the address.
    HeldAddress,
    /// Too many wrong ones in all.
    HeldAll,
}

impl From<Stopped> for DigitsOutcome {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Address => Self::HeldAddress,
            Stopped::All => Self::HeldAll,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DigitsLabels {
    outcome: DigitsOutcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HurriedLabels {
    whose: Hurried,
}

/// What is counted of logins and tickets, and of requests that are too many.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    logins: Family<OutcomeLabels, Counter>,
    provider: Family<ProviderLabels, Counter>,
    digits: Family<DigitsLabels, Counter>,
    hurried: Family<HurriedLabels, Counter>,
    pairing_digits: Family<DigitsLabels, Counter>,
    devices: Family<DeviceLabels, Counter>,
    /// Devices that could not wait to be told what changes, as too many waited.
    pub(crate) device_not_waited: Counter,
    /// Names and addresses whose tries and requests were forgotten before their time.
    pub(crate) tries_forgotten: Counter<u64, AtomicU64>,
    /// Logins that ended because their person had too many.
    pub(crate) logins_crowded_out: Counter<u64, AtomicU64>,
    /// Requests by cookie that another site's page may have made.
    pub(crate) foreign: Counter,
    /// Reads of what is of patients, and of the log of them.
    pub(crate) audited: Counter,
    /// Entries of that log that were moved into files.
    pub(crate) audit_moved: Counter<u64, AtomicU64>,
    /// Times that they could not be.
    pub(crate) audit_not_moved: Counter,
}

impl Counters {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let it = Self::default();
        let help = "Tries to come in by password, by how they ended";
        registry.register("logins", help, it.logins.clone());
        let help = "Ways over the provider of single sign-on, by how they ended";
        registry.register("provider_logins", help, it.provider.clone());
        let help = "Tries to come in by six digits, by how they ended";
        registry.register("guest_digits", help, it.digits.clone());
        let help = "Tries to pair a device by six digits, by how they ended";
        registry.register("pairing_digits", help, it.pairing_digits.clone());
        let help = "Devices that came, by how it ended";
        registry.register("devices", help, it.devices.clone());
        let help = "Devices that were answered at once because too many waited for changes";
        registry.register("device_not_waited", help, it.device_not_waited.clone());
        let help =
            "Requests that were refused because their person, or their address, sends too many";
        registry.register("hurried_requests", help, it.hurried.clone());
        let help = "Names and addresses whose tries and requests were forgotten because the table was full";
        registry.register("login_tries_forgotten", help, it.tries_forgotten.clone());
        let help = "Logins that ended because their person began too many others";
        registry.register("logins_crowded_out", help, it.logins_crowded_out.clone());
        let help =
            "Requests by cookie that were refused because another site's page may have made them";
        registry.register("foreign_requests", help, it.foreign.clone());
        let help = "Reads of what is of patients that were written into the log of reads";
        registry.register("audited", help, it.audited.clone());
        let help = "Entries of the log of reads that were moved into files";
        registry.register("audit_moved", help, it.audit_moved.clone());
        let help = "Times that entries of the log of reads could not be moved into a file";
        registry.register("audit_not_moved", help, it.audit_not_moved.clone());
        it
    }

    pub(crate) fn login(&self, outcome: LoginOutcome) {
        self.logins.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    pub(crate) fn provider(&self, outcome: ProviderOutcome) {
        self.provider.get_or_create(&ProviderLabels { outcome }).inc();
    }

    pub(crate) fn hurried(&self, whose: Hurried) {
        self.hurried.get_or_create(&HurriedLabels { whose }).inc();
    }

    pub(crate) fn digits(&self, of: DigitsOf, outcome: DigitsOutcome) {
        let counted = match of {
            DigitsOf::Guest => &self.digits,
            DigitsOf::Device => &self.pairing_digits,
        };
        counted.get_or_create(&DigitsLabels { outcome }).inc();
    }

    pub(crate) fn device(&self, outcome: DeviceOutcome) {
        self.devices.get_or_create(&DeviceLabels { outcome }).inc();
    }
}
