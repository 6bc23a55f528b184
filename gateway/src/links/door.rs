//! Who may have a connection, and which protocol it speaks.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc;
use tokio::time::timeout;
use transport::framing::StreamProtocol;

use super::landing::{Landing, Landings};
use super::overhead::{Overhead, segment};
use super::permits::Permits;
use super::service::Service;
use super::stream::{Dialect, Ends, LinkTimeouts, TurnStream, talk};
use super::table::{Link, LinkState, PARCELS_QUEUED};
use crate::config::Config;
use crate::metrics::Metrics;

/// Arrivals that wait for the shard; connections wait when it is full.
pub(crate) const ARRIVALS_QUEUED: usize = 1_024;
/// What the system may hold of one connection that is on its way out: little, so that late media
/// is left out here, where sound is told from pictures.
const KERNEL_BUFFER: u32 = 64 * 1024;
/// Connections that the system may hold until they are taken.
const BACKLOG: u32 = 1_024;
/// How soon a client must have shown that it belongs here.
const UNPROVED: Duration = Duration::from_secs(10);
/// How long nothing may come.
const IDLE: Duration = Duration::from_secs(40);
/// Rest after the system refused a connection, for example because no file handle is left.
const REST: Duration = Duration::from_millis(100);

/// Lets connections that carry media in; cheap to clone.
#[derive(Clone, Debug)]
pub struct LinkDoor {
    shared: Arc<Shared>,
    /// What comes is inside TLS, which is another's affair but for the bytes that it adds.
    tls: bool,
}

#[derive(Debug)]
struct Shared {
    shards: Vec<Landing>,
    metrics: Metrics,
    permits: Arc<Permits<IpAddr>>,
    patience: LinkTimeouts,
    turn: Arc<Service>,
}

/// Opens `port` for TCP beside the UDP port of media.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    // Connections inherit it. A system that gives another size is no reason to refuse service.
    let _ = socket.set_send_buffer_size(KERNEL_BUFFER);
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl LinkDoor {
    pub(crate) fn new(
        config: &Config,
        shards: Vec<Landing>,
        turn: Arc<Service>,
        metrics: Metrics,
    ) -> Self {
        let shared = Shared {
            shards,
            permits: Permits::new(
                config.links_max,
                config.links_per_address_max,
                metrics.links.clone(),
            ),
            metrics,
            patience: LinkTimeouts {
                unproved: UNPROVED,
                idle: IDLE,
                stalled: Duration::from_secs(config.stalled_s),
            },
            turn,
        };
        Self { shared: Arc::new(shared), tls: false }
    }

    /// For connections of which the inside of TLS is brought.
    #[must_use]
    pub fn inside_tls(self) -> Self {
        Self { tls: true, ..self }
    }

    /// Takes connections for ever.
    pub(crate) async fn listen(self, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, from)) => {
                    // Media waits for nothing.
                    let _ = stream.set_nodelay(true);
                    tokio::spawn(self.clone().carry(stream, from, BytesMut::new()));
                }
                Err(error) => {
                    tracing::warn!(%error, "links.accept_failed");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }

    /// Carries a client's media over `stream`, which comes from the address `from`, until either
    /// side ends it. `begun` is what was read of it already.
    pub async fn carry<S>(self, stream: S, from: SocketAddr, begun: BytesMut)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let Some(_permit) = self.shared.permits.take(from.ip()) else {
            return self.shared.metrics.drop_one("links_full");
        };
        let (mut stream, mut inbox) = (stream, begun);
        let first = timeout(self.shared.patience.unproved, first(&mut stream, &mut inbox)).await;
        let counted = match first {
            Ok(StreamProtocol::Ice) => self.converse(stream, from, inbox, Dialect::Ice).await,
            Ok(StreamProtocol::Turn) => {
                let turn = TurnStream::new(Arc::clone(&self.shared.turn));
                self.converse(stream, from, inbox, Dialect::Turn(Box::new(turn))).await
            }
            Ok(StreamProtocol::Open) => None,
            Ok(_) => Some("link_unknown"),
            Err(_) => Some("link_unproved"),
        };
        if let Some(reason) = counted {
            self.shared.metrics.drop_one(reason);
        }
    }

    async fn converse<S>(
        &self,
        stream: S,
        seen: SocketAddr,
        inbox: BytesMut,
        dialect: Dialect,
    ) -> Option<&'static str>
    where
        S: AsyncRead + AsyncWrite + Send,
    {
        let shared = &self.shared;
        let number = shared.turn.number();
        let (queue, parcels) = mpsc::channel(PARCELS_QUEUED);
        let load = Arc::new(LinkState::default());
        let overhead = Overhead::tcp(seen.ip(), self.tls, dialect.framing());
        let link = Link { overhead, queue, load: Arc::clone(&load), bell: None };
        let landing = Landings::new(number, link, shared.shards.clone());
        let (patience, segment) = (shared.patience, segment(seen.ip(), self.tls));
        let ends = Ends { number, seen, landing, parcels, load, patience, segment };
        talk(stream, inbox, ends, dialect).await.counted()
    }
}

/// Reads until the protocol is known; `Open` if the stream ends before.
async fn first<S: AsyncRead + Unpin>(stream: &mut S, inbox: &mut BytesMut) -> StreamProtocol {
    loop {
        match StreamProtocol::of(inbox) {
            StreamProtocol::Open => {}
            known => return known,
        }
        match stream.read_buf(inbox).await {
            Ok(0) | Err(_) => return StreamProtocol::Open,
            Ok(_) => {}
        }
    }
}
