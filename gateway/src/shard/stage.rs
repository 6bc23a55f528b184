//! A shard without a thread, for the fuzz targets: told the time, one room, whoever comes.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use livekit_protocol::{signal_request, signal_response};
use session::{AccessToken, Own, VideoGrant};
use tokio::sync::{mpsc, oneshot};
use transport::dtls::Identity;
use transport::sdp::Remote;

use super::http::{HttpAsk, Want};
use super::{Command, First, JoinAsk, SIGNALS_QUEUED, Shard, Ticket};
use crate::config::Config;
use crate::connections::Side;
use crate::egress::media_socket::MediaSocket;
use crate::metrics::Metrics;
use crate::room::roster::Abilities;
use crate::tap::{Handed, Tap};

/// A shard in virtual time, and the queues that its words go to.
pub(crate) struct Stage {
    shard: Shard,
    now: Instant,
    said: Vec<(Ticket, mpsc::Receiver<Box<signal_response::Message>>)>,
    tap: Arc<Tap>,
    items: mpsc::Receiver<Handed>,
}

impl Stage {
    /// An empty shard; `None` if the system has no port.
    pub(crate) fn new(now: Instant, identity: Arc<Identity>) -> Option<Self> {
        let socket = MediaSocket::bind(&[IpAddr::V4(Ipv4Addr::LOCALHOST)], 0).ok()?;
        let metrics = Metrics::default();
        let (tap, sender, items) = Tap::new("RUN".to_owned(), metrics.clone());
        let shard = Shard::new(now, Config::default(), socket, identity, sender, metrics);
        Some(Self { shard, now, said: vec![], tap, items })
    }

    fn token(identity: &str) -> AccessToken {
        let video = VideoGrant {
            room: "ward".to_owned(),
            room_join: true,
            can_update_own_metadata: true,
            ..VideoGrant::default()
        };
        let own = Some(Own { record: Some(true), ..Own::default() });
        AccessToken { identity: identity.to_owned(), video, own, ..AccessToken::default() }
    }

    /// Somebody comes in; `odd` turns every option of the client around.
    pub(crate) fn join(&mut self, identity: &str, odd: bool, resume: Option<String>) {
        self.come(identity, odd, resume, (Abilities::default(), None));
    }

    /// Somebody comes in who says something of itself at once.
    pub(crate) fn come(
        &mut self,
        identity: &str,
        odd: bool,
        resume: Option<String>,
        (abilities, first): (Abilities, Option<First>),
    ) {
        let (signal, said) = mpsc::channel(SIGNALS_QUEUED);
        let (admitted, mut ticket) = oneshot::channel();
        let ask = JoinAsk {
            token: Self::token(identity),
            auto_subscribe: !odd,
            resume,
            or_join: odd,
            chosen_ms: None,
            reuses_sections: !odd,
            finds_by_section: odd,
            answers_passive: odd,
            abilities,
            first,
            ask: Arc::default(),
            signal,
            admitted,
        };
        self.shard.command(self.now, Command::Join(Box::new(ask)));
        if let Ok(ticket) = ticket.try_recv() {
            self.said.push((ticket, said));
        }
    }

    /// A message of the one who came in as the `place`th, modulo their number.
    pub(crate) fn signal(&mut self, place: usize, message: signal_request::Message) {
        let place = place.checked_rem(self.said.len()).unwrap_or_default();
        let Some((ticket, _)) = self.said.get(place) else { return };
        self.shard.command(self.now, Command::Signal(*ticket, Box::new(message)));
    }

    /// An offer to `/whip`, or to `/whep`.
    pub(crate) fn visit(&mut self, watches: bool, remote: Remote) {
        let (token, remote) = (Self::token("device"), Box::new(remote));
        let want = if watches { Want::Watch(token, remote) } else { Want::Publish(token, remote) };
        let (answer, _) = oneshot::channel();
        self.shard.command(self.now, Command::Http(Box::new(HttpAsk { want, answer })));
    }

    /// A message on the data channel of the one who came in as the `place`th.
    pub(crate) fn data(&mut self, place: usize, message: &[u8]) {
        let place = place.checked_rem(self.said.len()).unwrap_or_default();
        let who = self.said.get(place).map(|(ticket, _)| ticket.who);
        let me = who.and_then(|who| self.shard.roster.participants.get(&who));
        let Some(own) = me.and_then(|it| it.publisher) else { return };
        if let Some(connection) = self.shard.connections.get_mut(own)
            && connection.side == Side::Publisher
        {
            connection.channels.reliable = Some(1);
        }
        self.shard.data(self.now, own, 1, message);
    }

    /// A datagram.
    pub(crate) fn datagram(&mut self, from: SocketAddr, datagram: &[u8]) {
        let mut bytes = datagram.to_vec();
        self.shard.datagram(self.now, (from, from), &mut bytes, &mut vec![]);
        self.shard.forward_burst(self.now);
    }

    /// Time passes.
    pub(crate) fn wait(&mut self, time: Duration) {
        self.now += time;
        self.shard.tick(self.now);
        for (_, said) in &mut self.said {
            while said.try_recv().is_ok() {}
        }
        let mut batch = vec![];
        while let Ok(item) = self.items.try_recv() {
            batch.push(item);
        }
        self.tap.keep(&mut batch);
    }

    /// Everybody goes; answers how many entries are left in the tables of people, lines and tracks.
    pub(crate) fn end(mut self) -> usize {
        self.said.clear();
        self.shard.dismiss_all();
        let all: Vec<_> = self.shard.roster.participants.keys().copied().collect();
        let reason = livekit_protocol::DisconnectReason::ServerShutdown;
        all.into_iter().for_each(|id| self.shard.remove(self.now, id, reason));
        self.shard.entries()
    }
}
