//! The tap's client: one connection for all rooms, made again when it breaks.

use crate::gate::now_s;
use crate::journal::{Message, Position, QueueSender};
use crate::metrics::{Health, Metrics};
use archive::tap::{Decoder, Hello, Record, Recording};
use futures_util::{SinkExt as _, StreamExt as _};
use session::{AccessToken, Keys};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Request, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message as Frame};

const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// A gateway that says nothing to a ping for so long is gone.
const SILENCE: Duration = Duration::from_secs(10);
/// A ping goes out after so much silence.
const PING: Duration = Duration::from_secs(3);
/// The longest frame that is taken.
const FRAME_BYTES: usize = 4 << 20;
/// How long the recorder's own token is good, seconds; a new one is made for each connect.
const TOKEN_S: u64 = 60;

/// What ended a connection.
#[derive(Debug, thiserror::Error)]
enum TapError {
    #[error("{0}")]
    Line(Box<tungstenite::Error>),
    #[error("the gateway says nothing")]
    Silent,
    #[error("the gateway ended the connection")]
    Ended,
    #[error("the gateway sent what is no tap: {0}")]
    Nonsense(String),
    #[error("the tap's address or token is wrong: {0}")]
    Address(String),
}

impl From<tungstenite::Error> for TapError {
    fn from(error: tungstenite::Error) -> Self {
        Self::Line(Box::new(error))
    }
}

/// Waits for something new to tell the gateway.
async fn change(telling: &mut watch::Receiver<Recording>) -> String {
    if telling.changed().await.is_err() {
        // The writer has ended: there is nothing more to tell.
        std::future::pending::<()>().await;
    }
    serde_json::to_string(&*telling.borrow()).unwrap_or_default()
}

/// The client of one gateway's tap.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) url: String,
    pub(crate) keys: watch::Receiver<Keys>,
    pub(crate) position: Option<Position>,
    pub(crate) feed: QueueSender,
    pub(crate) metrics: Metrics,
    pub(crate) health: Arc<Health>,
    /// What the gateway is to know.
    pub(crate) telling: watch::Receiver<Recording>,
}

impl Client {
    /// Listens for ever; drop it to end.
    pub(crate) async fn run(&mut self) {
        let mut wait = FIRST_WAIT;
        loop {
            let mut heard = false;
            let broken = match self.listen(&mut heard).await {
                Ok(()) => TapError::Ended,
                Err(broken) => broken,
            };
            if heard {
                self.feed.send(Message::Lost).await;
                wait = FIRST_WAIT;
            }
            tracing::debug!(%broken, "the tap is not connected");
            self.health.tap(Some(format!("the recorder does not hear the gateway: {broken}")));
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn listen(&mut self, heard: &mut bool) -> Result<(), TapError> {
        let request = self.request()?;
        let limits = WebSocketConfig::default()
            .max_message_size(Some(FRAME_BYTES))
            .max_frame_size(Some(FRAME_BYTES));
        let connect = tokio_tungstenite::connect_async_with_config(request, Some(limits), true);
        let (mut socket, _) =
            tokio::time::timeout(SILENCE, connect).await.map_err(|_| TapError::Silent)??;
        let mut silent = Duration::ZERO;
        loop {
            let heard_now = tokio::select! {
                frame = tokio::time::timeout(PING, socket.next()) => frame,
                text = change(&mut self.telling), if *heard => {
                    socket.send(Frame::Text(text.into())).await?;
                    continue;
                }
            };
            let frame = match heard_now {
                Err(_) => {
                    silent += PING;
                    if silent >= SILENCE {
                        return Err(TapError::Silent);
                    }
                    socket.send(Frame::Ping(bytes::Bytes::new())).await?;
                    continue;
                }
                Ok(frame) => frame.ok_or(TapError::Ended)??,
            };
            silent = Duration::ZERO;
            match frame {
                Frame::Text(text) => {
                    self.hello(&text).await?;
                    self.telling.mark_changed();
                    *heard = true;
                }
                Frame::Binary(frame) if *heard => self.records(&frame).await?,
                Frame::Binary(_) => {
                    return Err(TapError::Nonsense("records before hello".to_owned()));
                }
                Frame::Close(_) => return Ok(()),
                Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_) => {}
            }
        }
    }

    async fn hello(&mut self, text: &str) -> Result<(), TapError> {
        let hello: Hello =
            serde_json::from_str(text).map_err(|it| TapError::Nonsense(it.to_string()))?;
        self.metrics.connects.inc();
        self.health.tap(None);
        if self.position.as_ref().is_none_or(|it| it.run != hello.run) {
            self.position = Some(Position { run: hello.run.clone(), after: None });
        }
        self.feed.hello(hello).await;
        Ok(())
    }

    async fn records(&mut self, frame: &[u8]) -> Result<(), TapError> {
        if let Err(malformed) = self.feed.frame(frame).await {
            self.metrics.malformed.inc();
            return Err(TapError::Nonsense(malformed.to_string()));
        }
        let last = Decoder::new(frame).filter_map(Result::ok).map(|it: Record<'_>| it.seq).last();
        if let (Some(position), Some(last)) = (&mut self.position, last) {
            // What was there before is said again under lower numbers.
            position.after = position.after.max(Some(last));
        }
        Ok(())
    }

    fn request(&self) -> Result<Request<()>, TapError> {
        let wrong = |it: &dyn std::fmt::Display| TapError::Address(it.to_string());
        let mut url = self.url.clone();
        if let Some(Position { run, after: Some(after) }) = &self.position {
            url = format!("{url}?after={after}&run={run}");
        }
        let now_s = now_s();
        let token = AccessToken::for_service("recorder", now_s, TOKEN_S);
        let token = token.sign(&self.keys.borrow()).map_err(|it| wrong(&it))?;
        let mut request = url.into_client_request().map_err(|it| wrong(&it))?;
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|it| wrong(&it))?;
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        Ok(request)
    }
}
