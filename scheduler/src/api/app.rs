use booking::UnixS;
use session::Keys;
use tokio::sync::{mpsc, watch};

use crate::access::{Gate, OpenId};
use crate::civil::Zone;
use crate::clock::Clock;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::store::Store;
use crate::webhook::Sender;

/// What every handler can reach.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) store: Store,
    /// Those of now: they may be rotated.
    pub(crate) keys: watch::Receiver<Keys>,
    pub(crate) clock: Clock,
    pub(crate) zone: Zone,
    pub(crate) config: Config,
    pub(crate) metrics: Metrics,
    pub(crate) access: Gate,
    /// The provider of single sign-on, if there is one.
    pub(crate) openid: Option<OpenId>,
    /// Sends messages to webhooks.
    pub(crate) webhooks: Sender,
    /// Ids of bookings that have changed, for who tells the gateway; nobody listens if there is no gateway.
    pub(crate) changed: mpsc::Sender<String>,
}

impl App {
    pub(crate) fn now(&self) -> UnixS {
        self.clock.now()
    }

    /// The keys of now; not to be held over an `await`.
    pub(crate) fn keys(&self) -> watch::Ref<'_, Keys> {
        self.keys.borrow()
    }

    /// A booking has changed: the gateway is to be told. That never holds up who changed it.
    pub(super) fn booking_changed(&self, id: &str) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.changed.try_send(id.to_owned()) {
            self.metrics.untold.inc();
        }
    }
}
