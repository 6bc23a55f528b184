//! Receipts come here: the gateway is asked for those that are not here yet, again and again, and forgets them only when
//! they are kept.

use std::sync::Arc;
use std::time::Duration;

use booking::UnixS;

use crate::api::App;
use crate::gateway::Gateway;
use crate::receipt::Taken;
use crate::store::StoreError;

/// A gateway that is away is asked again after so long, doubled each time up to this many times.
const DOUBLED_MAX: u32 = 4;
/// Batches that are taken at a look; the rest at the next one.
const BATCHES_MAX: usize = 40;
/// How often it is noted that all receipts are here, seconds.
const WATCH_EVERY_S: u64 = 30;
/// A receipt comes at most so long after what it is of, seconds, if the gateway is there.
const RECEIPT_DELAY_S: u64 = 20;
/// How often classes are settled, seconds.
const SETTLE_EVERY_S: u64 = 600;

/// The task that takes receipts.
pub(crate) struct Collector {
    app: Arc<App>,
    gateway: Gateway,
    /// How often in a row it did not work.
    failed: u32,
    /// Up to where the gateway is known to have forgotten.
    told: Option<Taken>,
    /// When it was noted last that all receipts are here, and when classes were settled.
    watched: Option<UnixS>,
    settled: Option<UnixS>,
}

impl Collector {
    pub(crate) const fn new(app: Arc<App>, gateway: Gateway) -> Self {
        Self { app, gateway, failed: 0, told: None, watched: None, settled: None }
    }

    /// Runs until it is aborted: what was taken and not yet confirmed is given again, and counts once.
    pub(crate) async fn run(mut self) {
        let every = Duration::from_secs(self.app.config.gateway_look_s.max(1));
        loop {
            tokio::time::sleep(every * 2_u32.pow(self.failed.min(DOUBLED_MAX))).await;
            match self.look().await {
                Ok(()) => {
                    if self.failed > 0 {
                        tracing::info!("receipts.come_again");
                    }
                    self.failed = 0;
                }
                Err(why) => {
                    if self.failed == 0 {
                        tracing::warn!(why, "receipts.wait: they are asked for again");
                    }
                    self.app.metrics.receipts_away.inc();
                    self.failed = self.failed.saturating_add(1);
                }
            }
        }
    }

    /// Takes what there is.
    async fn look(&mut self) -> Result<(), String> {
        let mut taken = self.app.store.taken().await.map_err(|error| error.to_string())?;
        for _ in 0..BATCHES_MAX {
            match self.take(&taken).await? {
                Some(more) => taken = more,
                None => return self.all_taken().await.map_err(|error| error.to_string()),
            }
        }
        Ok(())
    }

    /// All receipts that there were are here: that is noted, and what rests on them is settled where no more come.
    async fn all_taken(&mut self) -> Result<(), StoreError> {
        let now = self.app.now();
        if is_due(self.watched, now, WATCH_EVERY_S) {
            self.app.store.watch(now.minus(RECEIPT_DELAY_S)).await?;
            self.watched = Some(now);
        }
        if is_due(self.settled, now, SETTLE_EVERY_S) {
            let classes = self.app.store.settle_classes(now).await?;
            self.settled = Some(now);
            if classes > 0 {
                tracing::info!(classes, "classes.settled");
            }
        }
        Ok(())
    }

    /// Takes one batch; `None` if there is none.
    async fn take(&mut self, taken: &Taken) -> Result<Option<Taken>, String> {
        let now = self.app.now();
        let asked = self.gateway.receipts(taken, now.0).await;
        let batch = asked.map_err(|why| why.to_string())?;
        if batch.receipts.is_empty() {
            // A word that was lost is said again.
            if batch.outbox == taken.outbox && self.told.as_ref() != Some(taken) {
                self.confirm(taken.clone()).await?;
            }
            return Ok(None);
        }
        let kept = self.app.store.keep_receipts(&batch, now).await;
        let (kept, taken) = kept.map_err(|error| error.to_string())?;
        self.app.metrics.receipts(kept);
        self.confirm(taken.clone()).await?;
        Ok(Some(taken))
    }

    /// Says that everything up to there is kept here.
    async fn confirm(&mut self, taken: Taken) -> Result<(), String> {
        let said = self.gateway.forget_receipts(&taken, self.app.now().0).await;
        said.map_err(|why| why.to_string())?;
        self.told = Some(taken);
        Ok(())
    }
}

/// Whether what is done every so many seconds is to be done, also after the clock was set back.
fn is_due(last: Option<UnixS>, now: UnixS, every_s: u64) -> bool {
    last.is_none_or(|last| now >= last.plus(every_s) || now < last)
}
