//! The HTTP listener: connections are bounded in number, in all and from one address, and in how long they may keep quiet
//! before they ask.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::Layer as _;

use crate::edge::{self, Edge, Sorted};
use crate::limiter::ConnectionLimiter;

/// How long a client may take to say what it wants.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// How long answers under way may take once the program stops.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);
/// Rest after the system refused a connection, for example because no file handle is left.
const REST: Duration = Duration::from_millis(100);

/// Takes the address; the error says what to do.
pub(crate) async fn bind(address: SocketAddr, flag: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| refusal(address, flag))
}

fn refusal(address: SocketAddr, flag: &str) -> String {
    let why = std::net::TcpListener::bind(address).err().map(|it: Error| it.kind());
    let (ip, port) = (address.ip(), address.port());
    match why {
        Some(ErrorKind::AddrInUse) => format!(
            "port {port} on {ip} is used by another program: stop that program, or choose another port with {flag} {}",
            SocketAddr::new(ip, port.saturating_add(1))
        ),
        Some(ErrorKind::AddrNotAvailable) => format!(
            "this machine has no address {ip}: choose one of its own with {flag} ADDR:PORT, or 0.0.0.0:{port} for all"
        ),
        Some(ErrorKind::PermissionDenied) => format!(
            "this user may not open port {port}: choose a port above 1023 with {flag} {}",
            SocketAddr::new(ip, 8080)
        ),
        _ => format!("{address} cannot be opened: choose another address with {flag} ADDR:PORT"),
    }
}

/// Serves until `stop` turns true, then lets answers under way end. With an `edge` connections are sorted first.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    edge: Option<Edge>,
    limiter: ConnectionLimiter,
    mut stop: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let next = async || {
        let free = limiter.free().await;
        (listener.accept().await, free)
    };
    loop {
        let (accepted, free) = tokio::select! {
            taken = next() => taken,
            _ = stop.wait_for(|stopping| *stopping) => break,
        };
        match accepted {
            Ok((stream, from)) => {
                let Some(permit) = limiter.take(free, from.ip()) else { continue };
                // Signalling is small and answered at once: waiting to fill a segment costs 40 ms a message.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "http.nodelay_refused");
                }
                let (router, watcher) = (router.clone(), graceful.watcher());
                match edge.clone() {
                    None => tokio::spawn(async move {
                        converse(stream, from, router, watcher).await;
                        drop(permit);
                    }),
                    Some(edge) => tokio::spawn(async move {
                        match edge.sort(stream, from).await {
                            Sorted::Pages(stream) => converse(*stream, from, router, watcher).await,
                            Sorted::Plain(stream) => {
                                converse(stream, from, edge::to_tls(), watcher).await;
                            }
                            Sorted::Media(carried) => {
                                // Connections that carry media are counted elsewhere, and shutdown does not wait for them.
                                drop((permit, watcher));
                                return carried.await;
                            }
                            Sorted::Nothing => tracing::debug!("edge.nothing_spoken"),
                        }
                        drop(permit);
                    }),
                };
            }
            Err(error) => {
                tracing::warn!(%error, "http.accept_failed");
                tokio::time::sleep(REST).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(ANSWERS_WITHIN, graceful.shutdown()).await.is_err() {
        tracing::debug!("http.answers_cut_off");
    }
}

async fn converse<S>(stream: S, from: SocketAddr, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
    // Wrong passwords are counted by address.
    let service = TowerToHyperService::new(Extension(ConnectInfo(from)).layer(router));
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(%error, "http.connection_ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::metrics::counter::Counter;
    use tokio::net::TcpStream;

    fn limiter(each_max: usize) -> ConnectionLimiter {
        ConnectionLimiter::new(each_max, Counter::default())
    }

    #[tokio::test]
    async fn a_used_port_and_a_foreign_address_say_what_to_do() {
        let taken = bind("127.0.0.1:0".parse().unwrap(), "--http").await.unwrap();
        let address = taken.local_addr().unwrap();
        let refused = bind(address, "--http").await.unwrap_err().to_string();
        assert!(
            refused.contains("used by another program") && refused.contains("--http"),
            "{refused}"
        );
        let refused =
            bind("192.0.2.1:8080".parse().unwrap(), "--edge").await.unwrap_err().to_string();
        assert!(refused.contains("no address 192.0.2.1"), "{refused}");
    }

    #[tokio::test]
    async fn it_stops_with_an_idle_connection_open() {
        let listener = bind("127.0.0.1:0".parse().unwrap(), "--http").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let served = tokio::spawn(serve(listener, Router::new(), None, limiter(9), stopped));
        let _idle = TcpStream::connect(address).await.unwrap();
        stop.send(true).unwrap();
        tokio::time::timeout(Duration::from_secs(3), served).await.unwrap().unwrap();
    }
}
