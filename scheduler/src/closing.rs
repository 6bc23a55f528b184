//! Bookings reach the rooms: each room that is open at the gateway is held against its booking, again and again, so that
//! a lost call or a restart of either side heals by itself.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use booking::UnixS;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use crate::api::App;
use crate::gateway::{
    AnnouncedEnd, Away, Closing, Gateway, OpenRoom, RoomClearance, Why, Withdrawn, WithdrawnTokens,
};
use crate::store::{Session, StoreError};

/// Bookings that wait to be told at once; one more is left to the next look.
pub(crate) const TOLD_AT_ONCE_MAX: usize = 64;
/// Cancelled bookings whose word has not arrived; over it the oldest is forgotten and counted.
const UNTOLD_MAX: usize = 256;

/// People whose tokens are withdrawn by one call; a session that was changed often has more of them.
const WITHDRAWN_AT_ONCE_MAX: usize = 100;

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
        // Bookings that change all the time put no look off.
        let mut looks = tokio::time::interval_at(Instant::now() + every, every);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                changed = self.changed.recv() => match changed {
                    Some(id) => self.tell_of(id).await,
                    None => return,
                },
                _ = looks.tick() => self.look().await,
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
        for room in rooms {
            // A room that no booking has made has another name than a session's id.
            if room.name.parse::<uuid::Uuid>().is_ok() && !self.tell(&room.name, Some(&room)).await
            {
                return;
            }
        }
    }

    /// Tells the gateway what holds for a session, unless its room was told; `false` if that has to be tried again.
    async fn tell(&mut self, id: &str, room: Option<&OpenRoom>) -> bool {
        let session = match self.app.store.session(id).await {
            Ok(Some(session)) => session,
            Ok(None) => return true,
            Err(error) => {
                tracing::warn!(%error, "closing.store");
                return false;
            }
        };
        let now = self.app.now();
        if let Some(closing) = self.closing(&session, room.and_then(|it| it.told), now) {
            let said = self.gateway.set_closing(&closing, now.0).await;
            if self.answered(said).is_none() {
                return false;
            }
            tracing::info!(session = %id, why = ?closing.why, "closing.told");
            self.said.insert(id.to_owned(), closing);
        }
        let cleared = self.clear(id, room, now).await;
        self.withdraw(id, now).await && cleared
    }

    /// Tells the gateway what the session of a case may do, unless its room was told; `false` if that has to be tried again.
    async fn clear(&mut self, id: &str, room: Option<&OpenRoom>, now: UnixS) -> bool {
        let clearance = match self.app.store.clearance(id).await {
            Ok(Some(clearance)) => clearance,
            Ok(None) => return true,
            Err(error) => {
                tracing::warn!(%error, "closing.store");
                return false;
            }
        };
        if room.is_some_and(|it| it.clearance == Some(clearance)) {
            return true;
        }
        let told = RoomClearance { room: id.to_owned(), clearance };
        match self.gateway.set_clearance(&told, now.0).await {
            // One that does not know the word yet is not asked again and again before it is told the rest.
            Err(Away::Refuses(why)) => {
                tracing::warn!(%why, "clearance.refused: start the same version of the gateway");
                true
            }
            said => self.answered(said).is_some(),
        }
    }

    /// Tells the gateway whose tokens of a session hold no more; `false` if that has to be tried again. It is said again at
    /// every look: a gateway that was started anew does not know it, and to one that does it changes nothing.
    async fn withdraw(&mut self, id: &str, now: UnixS) -> bool {
        let ended = match self.ended(id).await {
            Ok(ended) => ended,
            Err(error) => {
                tracing::warn!(%error, "closing.store");
                return false;
            }
        };
        let people: Vec<Withdrawn> = ended
            .into_iter()
            .map(|(identity, until)| Withdrawn { identity, until: until.0 })
            .collect();
        for people in people.chunks(WITHDRAWN_AT_ONCE_MAX) {
            let ended = WithdrawnTokens { room: id.to_owned(), people: people.to_vec() };
            let said = self.gateway.withdraw_tokens(&ended, now.0).await;
            if self.answered(said).is_none() {
                return false;
            }
        }
        true
    }

    /// Whose room tokens of a session hold no more: people who are not booked any more, guests, and devices
    /// of terminals.
    async fn ended(&self, id: &str) -> Result<Vec<(String, UnixS)>, StoreError> {
        let mut ended = self.app.store.tokens_ended(id).await?;
        ended.extend(self.app.store.guests_ended(id).await?);
        ended.extend(self.app.store.devices_ended(id, self.app.now()).await?);
        Ok(ended)
    }

    /// What the gateway has to be told of a session; none if its room was told so.
    fn closing(
        &self,
        session: &Session,
        told: Option<AnnouncedEnd>,
        now: UnixS,
    ) -> Option<Closing> {
        let why = self.why_it_closes(session, now);
        let ends = session.ended.unwrap_or(session.interval.end());
        // One that was ended for all is told until its room is closed.
        if told == Some(AnnouncedEnd { ends: ends.0, why }) && session.ended.is_none() {
            return None;
        }
        // What a server's own metadata hide is said again, and not put off by that.
        let same = |it: &&Closing| it.ends == ends.0 && it.why == why && it.closes > now.0;
        if let Some(before) = self.said.get(&session.id).filter(same) {
            return Some(before.clone());
        }
        let warned = now.plus(self.app.config.closing_notice_s);
        let closes = match why {
            Why::Cancelled | Why::Moved => warned,
            // Whoever ended it for all wants nobody warned.
            Why::Ended if session.ended.is_some() => ends,
            Why::Ended => ends.plus(self.app.config.join_late_s).max(warned),
        };
        Some(Closing { room: session.id.clone(), ends: ends.0, closes: closes.0, why })
    }

    /// A session that nobody may enter yet has no room: one that is open was for another time.
    fn why_it_closes(&self, session: &Session, now: UnixS) -> Why {
        match () {
            () if session.cancelled => Why::Cancelled,
            () if now < session.interval.start().minus(self.app.config.join_early_s) => Why::Moved,
            () => Why::Ended,
        }
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
