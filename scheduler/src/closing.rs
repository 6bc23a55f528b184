//! Bookings reach the rooms: each room that is open at the gateway is held against its booking, again and again, so that
//! a lost call or a restart of either side heals by itself.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use booking::UnixS;
use tokio::sync::mpsc;

use crate::api::App;
use crate::gateway::{AnnouncedEnd, Away, Closing, Gateway, OpenRoom, Why};
use crate::store::Session;

/// Bookings that wait to be told at once; one more is left to the next look.
pub(crate) const TOLD_AT_ONCE_MAX: usize = 64;
/// Cancelled bookings whose word has not arrived; over it the oldest is forgotten and counted.
const UNTOLD_MAX: usize = 256;

/// The task that tells the gateway.
pub(crate) struct Teller {
    app: Arc<App>,
    gateway: Gateway,
    /// Bookings that have changed.
    changed: mpsc::Receiver<String>,
    untold: VecDeque<String>,
    /// What was said of rooms, until they are open no more.
    said: BTreeMap<String, Closing>,
    /// Whether the last call was answered.
    away: bool,
}

impl Teller {
    pub(crate) fn new(app: Arc<App>, gateway: Gateway, changed: mpsc::Receiver<String>) -> Self {
        Self { app, gateway, changed, untold: VecDeque::new(), said: BTreeMap::new(), away: false }
    }

    /// Runs until it is aborted: what it was saying is said again at the next start.
    pub(crate) async fn run(mut self) {
        let every = Duration::from_secs(self.app.config.gateway_look_s.max(1));
        loop {
            tokio::select! {
                changed = self.changed.recv() => match changed {
                    Some(id) => self.tell_of(id).await,
                    None => return,
                },
                () = tokio::time::sleep(every) => self.look().await,
            }
        }
    }

    /// Says what has become of a booking, whether its room is open or not.
    async fn tell_of(&mut self, id: String) {
        if !self.tell(&id, None).await {
            if self.untold.len() >= UNTOLD_MAX {
                self.untold.pop_front();
                self.app.metrics.untold.inc();
            }
            self.untold.push_back(id);
        }
    }

    /// Holds every open room against its booking.
    async fn look(&mut self) {
        for _ in 0..self.untold.len() {
            let Some(id) = self.untold.pop_front() else { break };
            if !self.tell(&id, None).await {
                self.untold.push_front(id);
                return;
            }
        }
        let listed = self.gateway.rooms(self.app.now().0).await;
        let Some(rooms) = self.answered(listed) else { return };
        self.said.retain(|id, _| rooms.iter().any(|room| room.name == *id));
        for OpenRoom { name, told } in rooms {
            // A room that no booking has made has another name than a session's id.
            if name.parse::<uuid::Uuid>().is_ok() && !self.tell(&name, Some(told)).await {
                return;
            }
        }
    }

    /// Tells the gateway what holds for a session, unless its room was `told`; `false` if that has to be tried again.
    async fn tell(&mut self, id: &str, told: Option<Option<AnnouncedEnd>>) -> bool {
        let session = match self.app.store.session(id).await {
            Ok(Some(session)) => session,
            Ok(None) => return true,
            Err(error) => {
                tracing::warn!(%error, "closing.store");
                return false;
            }
        };
        let now = self.app.now();
        let Some(closing) = self.closing(&session, told.flatten(), now) else { return true };
        let said = self.gateway.set_closing(&closing, now.0).await;
        let done = self.answered(said).is_some();
        if done {
            tracing::info!(session = %id, why = ?closing.why, "closing.told");
            self.said.insert(id.to_owned(), closing);
        }
        done
    }

    /// What the gateway has to be told of a session; none if its room was told so.
    fn closing(
        &self,
        session: &Session,
        told: Option<AnnouncedEnd>,
        now: UnixS,
    ) -> Option<Closing> {
        let why = if session.cancelled { Why::Cancelled } else { Why::Ended };
        let ends = session.interval.end();
        if told == Some(AnnouncedEnd { ends: ends.0, why }) {
            return None;
        }
        // What a server's own metadata hide is said again, and not put off by that.
        let same = |it: &&Closing| it.ends == ends.0 && it.why == why && it.closes > now.0;
        if let Some(before) = self.said.get(&session.id).filter(same) {
            return Some(before.clone());
        }
        let warned = now.plus(self.app.config.closing_notice_s);
        let closes = match why {
            Why::Cancelled => warned,
            Why::Ended => ends.plus(self.app.config.join_late_s).max(warned),
        };
        Some(Closing { room: session.id.clone(), ends: ends.0, closes: closes.0, why })
    }

    /// Counts a call; a gateway that goes away or comes back is logged once.
    fn answered<T>(&mut self, answer: Result<T, Away>) -> Option<T> {
        let away = match &answer {
            Ok(_) => None,
            Err(why) => Some(why.to_string()),
        };
        self.app.metrics.gateway_call(away.is_none());
        match (&away, self.away) {
            (Some(why), false) => {
                tracing::warn!(%why, "gateway.away: rooms are looked after again when it answers")
            }
            (None, true) => tracing::info!("gateway.back"),
            _ => {}
        }
        self.away = away.is_some();
        answer.ok()
    }
}
