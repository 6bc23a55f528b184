//! A shard without a thread, for the fuzz targets: told the time, one room, whoever comes.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use session::{AccessToken, Own, VideoGrant};
use signalling::input::Input;
use signalling::words::participant::Abilities;
use signalling::words::request::{FirstOffer, Join, Request};
use signalling::words::visit::Want;
use tokio::sync::{mpsc, oneshot};
use transport::dtls::Identity;
use transport::sdp::Remote;

use super::{Began, Command, SIGNALS_QUEUED, Said, Shard, SignalWay};
use crate::clock;
use crate::config::Config;
use crate::egress::media_socket::MediaSocket;
use crate::ids::{ConnectionId, ShardNumber, SignalId};
use crate::metrics::Metrics;
use crate::tap::{Handed, Tap};

/// A shard in virtual time, and the queues that its words go to.
pub(crate) struct Stage {
    shard: Shard,
    now: Instant,
    /// Those who were let in.
    said: Vec<(SignalId, mpsc::Receiver<Box<Said>>)>,
    knocked: u64,
    tap: Arc<Tap>,
    items: mpsc::Receiver<Handed>,
}

impl Stage {
    /// An empty shard; `None` if the system has no port.
    pub(crate) fn new(now: Instant, identity: Arc<Identity>) -> Option<Self> {
        let socket = MediaSocket::bind(&[IpAddr::V4(Ipv4Addr::LOCALHOST)], 0).ok()?;
        let metrics = Metrics::default();
        let (tap, sender, items) = Tap::new("RUN".to_owned(), metrics.clone());
        let began = Began { now, wall_us: clock::unix_us(), seed: rand::random() };
        let shard = Shard::new(
            began,
            ShardNumber::ONLY,
            &Config::default(),
            socket,
            identity,
            sender,
            metrics,
        );
        Some(Self { shard, now, said: vec![], knocked: 0, tap, items })
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
        (abilities, first): (Abilities, Option<FirstOffer>),
    ) {
        let (said, hears) = mpsc::channel(SIGNALS_QUEUED);
        let (admitted, mut ticket) = oneshot::channel();
        let join = Join {
            token: Self::token(identity),
            auto_subscribe: !odd,
            resume,
            or_join: odd,
            chosen_ms: None,
            reuses_sections: !odd,
            finds_by_section: odd,
            reads_reasons: odd,
            answers_passive: odd,
            abilities,
            first,
            spent: vec![],
        };
        self.knocked += 1;
        let id = SignalId(self.knocked);
        let way = SignalWay { said, probe: Arc::default(), admitted };
        self.shard.command(self.now, Command::Join(id, Box::new(join), way));
        if ticket.try_recv().is_ok() {
            self.said.push((id, hears));
        }
    }

    /// The one who came in as the `place`th, modulo their number.
    fn who(&self, place: usize) -> Option<SignalId> {
        let place = place.checked_rem(self.said.len())?;
        self.said.get(place).map(|(id, _)| *id)
    }

    /// A message of the one who came in as the `place`th.
    pub(crate) fn signal(&mut self, place: usize, request: Request) {
        let Some(id) = self.who(place) else { return };
        self.shard.command(self.now, Command::Request(id, Box::new(request)));
    }

    /// An offer to `/whip`, or to `/whep`.
    pub(crate) fn visit(&mut self, watches: bool, remote: Remote) {
        let (token, remote) = (Self::token("device"), Box::new(remote));
        let want = if watches { Want::Watch(token, remote) } else { Want::Publish(token, remote) };
        let (answer, _) = oneshot::channel();
        self.shard.command(self.now, Command::Visit(Box::new(want), answer));
    }

    /// A message on the data channel of one of the connections on which clients send, the `place`th.
    pub(crate) fn data(&mut self, place: usize, message: &[u8]) {
        let senders = self.shard.media.connections.open_channels_of_senders();
        let id: Option<ConnectionId> =
            place.checked_rem(senders.len()).and_then(|place| senders.get(place)).copied();
        let Some(id) = id else { return };
        self.shard.data(self.now, id, 1, message);
        self.shard.settle(self.now);
    }

    /// A datagram.
    pub(crate) fn datagram(&mut self, from: SocketAddr, datagram: &[u8]) {
        let mut bytes = datagram.to_vec();
        self.shard.datagram(self.now, (from, from), &mut bytes, &mut vec![]);
        self.shard.media.forward_burst(self.now);
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
        self.shard.put(self.now, Input::Shutdown);
        self.shard.settle(self.now);
        let doors = std::mem::take(&mut self.said);
        for (id, _) in doors {
            self.shard.command(self.now, Command::SignalLost(id));
        }
        self.shard.tick(self.now);
        self.shard.entries()
    }
}
