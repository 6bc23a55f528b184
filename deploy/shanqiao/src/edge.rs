//! The one port: pages and signalling over TLS, media over TCP, TURN and TURN over TLS, told apart
//! by their first bytes.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use gateway::{LinkDoor, StreamProtocol};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a client may take to show what it speaks, and again inside of TLS.
const SHOWN_WITHIN: Duration = Duration::from_secs(10);
/// The longest that a client's first words are kept: far more than tells them apart.
const FIRST_MAX: usize = 1024;

/// What the one port needs.
#[derive(Clone)]
pub(crate) struct Edge {
    /// With the certificate as it is now.
    pub(crate) tls: watch::Receiver<TlsAcceptor>,
    pub(crate) links: LinkDoor,
}

/// What a connection turned out to be.
pub(crate) enum Sorted {
    /// Pages and signalling.
    Pages(Box<Begun<TlsStream<Begun<TcpStream>>>>),
    /// Plain HTTP, which is sent to TLS.
    Plain(Begun<TcpStream>),
    /// Media; it has been handed over, and this carries it.
    Media(Pin<Box<dyn Future<Output = ()> + Send>>),
    /// Nothing that anybody here speaks, or nothing in time.
    Nothing,
}

impl Edge {
    /// Finds out what a connection speaks.
    pub(crate) async fn sort(&self, stream: TcpStream, from: SocketAddr) -> Sorted {
        let outer = Begun { first: vec![], stream };
        match timeout(SHOWN_WITHIN, outer.show()).await {
            Ok(Ok((StreamProtocol::Tls, outer))) => self.inside(outer, from).await,
            Ok(Ok((StreamProtocol::Text, outer))) => Sorted::Plain(outer),
            Ok(Ok((StreamProtocol::Ice | StreamProtocol::Turn, outer))) => {
                media(self.links.clone(), outer, from)
            }
            _ => Sorted::Nothing,
        }
    }

    async fn inside(&self, outer: Begun<TcpStream>, from: SocketAddr) -> Sorted {
        let shown = timeout(SHOWN_WITHIN, async {
            let tls = self.tls.borrow().clone();
            let stream = tls.accept(outer).await?;
            Begun { first: vec![], stream }.show().await
        });
        match shown.await {
            Ok(Ok((StreamProtocol::Text, inner))) => Sorted::Pages(Box::new(inner)),
            Ok(Ok((StreamProtocol::Ice | StreamProtocol::Turn, inner))) => {
                media(self.links.clone().inside_tls(), inner, from)
            }
            _ => Sorted::Nothing,
        }
    }
}

fn media<S>(links: LinkDoor, begun: Begun<S>, from: SocketAddr) -> Sorted
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Begun { first, stream } = begun;
    Sorted::Media(Box::pin(links.carry(stream, from, first[..].into())))
}

/// Sends plain HTTP to the same place over TLS.
pub(crate) fn to_tls() -> Router {
    Router::new().fallback(async |request: Request| -> Response {
        let host = request.headers().get(HOST).and_then(|it| it.to_str().ok());
        let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
        let place = host.and_then(|host| format!("https://{host}{path}").parse::<Uri>().ok());
        match place {
            Some(place) => Redirect::permanent(&place.to_string()).into_response(),
            None => StatusCode::BAD_REQUEST.into_response(),
        }
    })
}

/// A stream of which something was read already.
pub(crate) struct Begun<S> {
    first: Vec<u8>,
    stream: S,
}

impl<S: AsyncRead + Unpin> Begun<S> {
    /// Reads until it is known what the stream speaks; `Open` if it ends before.
    async fn show(mut self) -> io::Result<(StreamProtocol, Self)> {
        loop {
            match StreamProtocol::of(&self.first) {
                StreamProtocol::Open if self.first.len() < FIRST_MAX => {}
                known => return Ok((known, self)),
            }
            if self.stream.read_buf(&mut self.first).await? == 0 {
                return Ok((StreamProtocol::Open, self));
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Begun<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.first.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let len = self.first.len().min(buffer.remaining());
        let rest = self.first.split_off(len);
        buffer.put_slice(&self.first);
        self.first = rest;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Begun<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use tokio::io::AsyncWriteExt as _;
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn plain_http_is_sent_to_tls() {
        for (host, status, place) in
            [("county.example:443", 308, "https://county.example:443/a?b=c"), ("bad host", 400, "")]
        {
            let request = Request::get("/a?b=c").header(HOST, host).body(Body::empty()).unwrap();
            let answer = to_tls().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), status);
            let location = answer.headers().get("location").map(|it| it.to_str().unwrap());
            assert_eq!(location.unwrap_or_default(), place);
        }
    }

    #[tokio::test]
    async fn what_was_read_first_is_read_again() {
        let (mut client, ours) = tokio::io::duplex(64);
        client.write_all(b"GET / HTTP/1.1").await.unwrap();
        drop(client);
        let (first, mut begun) = Begun { first: vec![], stream: ours }.show().await.unwrap();
        assert_eq!(first, StreamProtocol::Text);
        let mut small = [0; 3];
        begun.read_exact(&mut small).await.unwrap();
        let mut rest = String::new();
        begun.read_to_string(&mut rest).await.unwrap();
        assert_eq!((&small, rest.as_str()), (b"GET", " / HTTP/1.1"));
    }
}
