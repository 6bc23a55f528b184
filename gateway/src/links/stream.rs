//! One connection: bytes to datagrams, and back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use transport::framing::Framing;
use transport::turn::Outcome;

use super::landing::{Ended, Landings};
use super::path::Path;
use super::service::{Service, TurnAllocation};
use super::table::{LinkEvent, LinkState, Parcel};
use crate::clock::now;

/// What a connection may bring until then, in bytes: some checks and a handshake.
pub(super) const UNPROVED_BYTES: usize = 64 * 1024;
/// One read.
const READ: usize = 4 * 1024;
/// Bytes on their way into the system before the client is heard again.
const ANSWERS: usize = 128 * 1024;
/// Bytes on their way into the system before the next parcel is taken.
const WRITING: usize = 16 * 1024;

/// How long a connection may keep others waiting.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkTimeouts {
    /// It may stand so long before a check with a good password has come over it.
    pub(super) unproved: Duration,
    /// So long nothing may come: consent is renewed every few seconds (RFC 7675, section 5.1).
    pub(super) idle: Duration,
    /// So long its client may take nothing.
    pub(super) stalled: Duration,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LinkEnd {
    /// The client closed it, or the network did.
    Closed,
    /// The media thread has ended.
    Stopped,
    /// Nobody with a password used it in time.
    Unproved,
    /// Nothing came any more.
    Idle,
    /// The client took nothing for too long.
    Stalled,
    /// Its framing is broken.
    Torn,
}

impl LinkEnd {
    /// What it is counted as.
    pub(super) const fn counted(self) -> Option<&'static str> {
        match self {
            Self::Closed | Self::Stopped => None,
            Self::Unproved => Some("link_unproved"),
            Self::Idle => Some("link_idle"),
            Self::Stalled => Some("link_stalled"),
            Self::Torn => Some("link_torn"),
        }
    }
}

/// The connection's end of its ways to and from the shard.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) number: u64,
    /// The address that the client is told to have.
    pub(super) seen: SocketAddr,
    pub(super) landing: Landings,
    pub(super) parcels: mpsc::Receiver<Parcel>,
    pub(super) load: Arc<LinkState>,
    pub(super) patience: LinkTimeouts,
    /// What each segment takes beside its contents.
    pub(super) segment: usize,
}

/// What a client speaks on its connection.
#[derive(Debug)]
pub(super) enum Dialect {
    /// Its media, framed.
    Ice,
    /// TURN, and its media in it.
    Turn(Box<TurnStream>),
}

impl Dialect {
    pub(super) const fn framing(&self) -> Framing {
        match self {
            Self::Ice => Framing::Length,
            Self::Turn(_) => Framing::Turn,
        }
    }
}

/// A connection's client of the TURN service.
#[derive(Debug)]
pub(super) struct TurnStream {
    client: TurnAllocation,
    service: Arc<Service>,
}

impl TurnStream {
    pub(super) fn new(service: Arc<Service>) -> Self {
        Self { client: TurnAllocation::default(), service }
    }
}

/// A connection while it stands.
struct Talk {
    ends: Ends,
    inbox: BytesMut,
    outbox: BytesMut,
    began: Instant,
    heard: Instant,
    /// Since when the client takes nothing of what waits.
    stuck: Option<Instant>,
    taken: usize,
    dialect: Dialect,
}

/// Carries datagrams until the connection ends; `inbox` is what was read of it already.
pub(super) async fn talk<S>(stream: S, inbox: BytesMut, ends: Ends, dialect: Dialect) -> LinkEnd
where
    S: AsyncRead + AsyncWrite + Send,
{
    let (mut reader, mut writer) = tokio::io::split(stream);
    let began = now();
    let outbox = BytesMut::new();
    let mut talk =
        Talk { ends, inbox, outbox, began, heard: began, stuck: None, taken: 0, dialect };
    if talk.ends.landing.begin().await.is_err() {
        return LinkEnd::Stopped;
    }
    let end = loop {
        if let Err(end) = talk.pass_on().await {
            break end;
        }
        talk.inbox.reserve(READ);
        let waiting = talk.waiting();
        let deadline = tokio::time::Instant::from_std(talk.deadline());
        let went = tokio::select! {
            read = reader.read_buf(&mut talk.inbox), if talk.outbox.len() < ANSWERS => match read {
                Ok(0) | Err(_) => Err(LinkEnd::Closed),
                Ok(_) => talk.hears(),
            },
            parcel = talk.ends.parcels.recv(), if talk.outbox.len() < WRITING => match parcel {
                Some(parcel) => talk.pack(&parcel),
                None => Err(LinkEnd::Stopped),
            },
            written = writer.write(&talk.outbox), if waiting => match written {
                Ok(0) | Err(_) => Err(LinkEnd::Closed),
                Ok(len) => talk.wrote(len, writer.flush()).await,
            },
            () = tokio::time::sleep_until(deadline) => talk.late(),
        };
        if let Err(end) = went {
            break end;
        }
    };
    // A client that is gone cannot be told.
    let _ = tokio::time::timeout(Duration::from_secs(1), writer.shutdown()).await;
    talk.ends.landing.end().await;
    end
}

impl Talk {
    /// Whole datagrams go to the shard; its queue holds a fast client back.
    async fn pass_on(&mut self) -> Result<(), LinkEnd> {
        let mut any = false;
        let framing = self.dialect.framing();
        while let Some(datagram) = framing.take(&mut self.inbox).map_err(|_| LinkEnd::Torn)? {
            let Some(arrival) = self.read(datagram) else { continue };
            self.ends.landing.bring(arrival).await.map_err(|Ended| LinkEnd::Stopped)?;
            any = true;
        }
        if any {
            self.ends.landing.wake();
        }
        Ok(())
    }

    /// The datagram for the shard in what the client said; answers go out.
    fn read(&mut self, mut datagram: BytesMut) -> Option<LinkEvent> {
        let link = self.ends.number;
        let Dialect::Turn(turn) = &mut self.dialect else {
            let path = Path { link, peer: 0 }.address();
            return Some(LinkEvent::Datagram(path, self.ends.seen, datagram));
        };
        let (now, had) = (now(), turn.client.relayed());
        let client = &mut turn.client;
        let outcome = turn.service.handle(client, link, (now, self.ends.seen), &datagram);
        let relayed = turn.client.relayed();
        if had.is_some() && relayed.is_none() {
            // The client gave it back: it may go, or begin again.
            self.began = now;
        }
        match outcome {
            Outcome::Reply(answer) | Outcome::Refused(_, answer) => {
                let before = self.outbox.len();
                Framing::Turn.put(&answer, &mut self.outbox);
                let framed = self.outbox.len() - before;
                self.ends.load.answers.add(self.ends.segment + framed);
                None
            }
            Outcome::Datagram(peer, place) => {
                datagram.truncate(place.end);
                datagram.advance(place.start);
                Some(LinkEvent::Datagram(Path { link, peer }.address(), relayed?, datagram))
            }
            Outcome::Dropped => None,
        }
    }

    fn hears(&mut self) -> Result<(), LinkEnd> {
        self.heard = now();
        if self.proved() {
            return Ok(());
        }
        self.taken += self.inbox.len();
        if self.taken > UNPROVED_BYTES { Err(LinkEnd::Unproved) } else { Ok(()) }
    }

    fn pack(&mut self, parcel: &Parcel) -> Result<(), LinkEnd> {
        self.ends.load.queued.fetch_sub(parcel.bytes.len(), Ordering::Relaxed);
        for datagram in parcel.bytes.chunks(parcel.segment) {
            let Dialect::Turn(turn) = &self.dialect else {
                Framing::Length.put(datagram, &mut self.outbox);
                continue;
            };
            let (terms, mut wrapped) = (&turn.service.terms, vec![]);
            match turn.client.wrap(terms, now(), parcel.peer, datagram, &mut wrapped) {
                true => Framing::Turn.put(&wrapped, &mut self.outbox),
                false => turn.service.unpermitted(),
            }
        }
        Ok(())
    }

    /// `flush` matters where something between us and the system keeps bytes.
    async fn wrote(
        &mut self,
        len: usize,
        flush: impl Future<Output = std::io::Result<()>>,
    ) -> Result<(), LinkEnd> {
        self.outbox.advance(len);
        self.stuck = Some(now());
        match tokio::time::timeout(self.ends.patience.stalled, flush).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(LinkEnd::Closed),
            Err(_) => Err(LinkEnd::Stalled),
        }
    }

    /// Whether there is something to write; since when is noted.
    fn waiting(&mut self) -> bool {
        let waiting = !self.outbox.is_empty();
        self.stuck = waiting.then(|| self.stuck.unwrap_or_else(now));
        waiting
    }

    fn proved(&self) -> bool {
        self.allocated().is_some() || self.ends.load.proved.load(Ordering::Relaxed)
    }

    /// Until when the client has an allocation.
    fn allocated(&self) -> Option<Instant> {
        match &self.dialect {
            Dialect::Ice => None,
            Dialect::Turn(turn) => turn.client.ends(),
        }
    }

    fn deadline(&self) -> Instant {
        let alive = match (self.allocated(), self.proved()) {
            (Some(ends), _) => ends,
            (None, true) => self.heard + self.ends.patience.idle,
            (None, false) => self.began + self.ends.patience.unproved,
        };
        self.stuck.map_or(alive, |since| alive.min(since + self.ends.patience.stalled))
    }

    fn late(&self) -> Result<(), LinkEnd> {
        let now = now();
        match () {
            () if self.stuck.is_some_and(|since| now >= since + self.ends.patience.stalled) => {
                Err(LinkEnd::Stalled)
            }
            () if now < self.deadline() => Ok(()),
            () if self.proved() => Err(LinkEnd::Idle),
            () => Err(LinkEnd::Unproved),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::landing::Landing;
    use super::super::overhead::Overhead;
    use super::super::table::{Link, Links, PARCELS_QUEUED};
    use super::*;
    use crate::bell::Bell;
    use crate::metrics::Metrics;
    use tokio::io::DuplexStream;
    use tokio::task::JoinHandle;

    struct Stage {
        client: DuplexStream,
        links: Links,
        arrivals: mpsc::Receiver<LinkEvent>,
        task: JoinHandle<LinkEnd>,
        _poll: mio::Poll,
    }

    const LONG: Duration = Duration::from_secs(600);
    const SHORT: Duration = Duration::from_millis(50);
    const PATIENT: LinkTimeouts = LinkTimeouts { unproved: LONG, idle: LONG, stalled: LONG };
    const PATH: Path = Path { link: 7, peer: 0 };

    /// A connection whose client has room for `room` bytes.
    fn stage(room: usize, patience: LinkTimeouts) -> Stage {
        let poll = mio::Poll::new().unwrap();
        let waker = mio::Waker::new(poll.registry(), mio::Token(0)).unwrap();
        let bell = Bell::new(Arc::new(waker));
        let (client, ours) = tokio::io::duplex(room);
        let (to_shard, arrivals) = mpsc::channel(64);
        let (queue, parcels) = mpsc::channel(PARCELS_QUEUED);
        let load = Arc::new(LinkState::default());
        let mut links = Links::new(Metrics::default());
        let overhead = Overhead::tcp([192, 0, 2, 1].into(), false, Framing::Length);
        links.open(PATH.link, Link { overhead, queue, load: Arc::clone(&load), bell: None });
        let landing = Landing { arrivals: to_shard, bell };
        let ends = Ends {
            number: PATH.link,
            seen: "192.0.2.1:5".parse().unwrap(),
            landing: Landings::landed(PATH.link, landing),
            parcels,
            load,
            patience,
            segment: 40,
        };
        let task = tokio::spawn(talk(ours, BytesMut::from(&[0, 2, b'h'][..]), ends, Dialect::Ice));
        Stage { client, links, arrivals, task, _poll: poll }
    }

    #[tokio::test]
    async fn datagrams_go_both_ways() {
        let mut stage = stage(1_000, PATIENT);
        stage.client.write_all(&[b'i', 0, 1, b'!']).await.unwrap();
        for expected in [&b"hi"[..], b"!"] {
            let Some(LinkEvent::Datagram(path, seen, datagram)) = stage.arrivals.recv().await
            else {
                panic!("a datagram")
            };
            assert_eq!((path, seen.port(), &datagram[..]), (PATH.address(), 5, expected));
        }
        stage.links.send(PATH, b"onetwothree", Some(3));
        let mut heard = [0; 19];
        stage.client.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"\0\x03one\0\x03two\0\x03thr\0\x02ee");
        drop(stage.client);
        assert_eq!(stage.task.await.unwrap(), LinkEnd::Closed);
    }

    #[tokio::test]
    async fn who_has_no_password_is_cut_off_whatever_it_says() {
        let mut stage = stage(1_000, LinkTimeouts { unproved: SHORT, ..PATIENT });
        while stage.client.write_all(&[0, 1, 9]).await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
            while stage.arrivals.try_recv().is_ok() {}
        }
        assert_eq!(stage.task.await.unwrap(), LinkEnd::Unproved);
    }

    #[tokio::test]
    async fn who_has_no_password_may_say_only_so_much() {
        let mut stage = stage(1_000, PATIENT);
        let drain = async { while stage.arrivals.recv().await.is_some() {} };
        let frame = [&[3, 0xe8][..], &[7; 1_000]].concat();
        let mut sent = 0;
        stage.client.write_all(b"i").await.unwrap();
        let flood = async {
            while stage.client.write_all(&frame).await.is_ok() {
                sent += frame.len();
            }
        };
        tokio::join!(drain, flood);
        assert_eq!(stage.task.await.unwrap(), LinkEnd::Unproved);
        assert!((UNPROVED_BYTES / 2..3 * UNPROVED_BYTES).contains(&sent), "{sent}");
    }

    #[tokio::test]
    async fn silence_ends_a_connection_that_was_in_use() {
        let stage = stage(1_000, LinkTimeouts { idle: SHORT, ..PATIENT });
        stage.links.prove(PATH);
        assert_eq!(stage.task.await.unwrap(), LinkEnd::Idle);
    }

    #[tokio::test]
    async fn who_takes_nothing_is_cut_off_whatever_it_says() {
        let mut stage = stage(100, LinkTimeouts { stalled: SHORT, ..PATIENT });
        stage.links.prove(PATH);
        stage.links.send(PATH, &[7; 1_000], None);
        while stage.client.write_all(&[0, 1, 9]).await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
            while stage.arrivals.try_recv().is_ok() {}
        }
        assert_eq!(stage.task.await.unwrap(), LinkEnd::Stalled);
    }

    #[tokio::test]
    async fn broken_framing_ends_it() {
        let mut stage = stage(1_000, PATIENT);
        stage.client.write_all(&[b'i', 0xff, 0xff, 1]).await.unwrap();
        assert_eq!(stage.task.await.unwrap(), LinkEnd::Torn);
    }

    #[tokio::test]
    async fn it_ends_with_the_shard() {
        let stage = stage(1_000, PATIENT);
        drop(stage.links);
        assert_eq!(stage.task.await.unwrap(), LinkEnd::Stopped);
    }
}
