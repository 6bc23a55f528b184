//! One client's WebSocket: the token is checked before the upgrade, messages go to the shard, and
//! what the shard says comes back.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use livekit_protocol as lk;
use lk::{signal_request, signal_response};
use session::AccessToken;
use signalling::ids::SignalId;
use signalling::words::message::Refusal;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval_at, timeout, timeout_at};
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::Instrument as _;

use super::frames::{self, FrameFormat};
use super::knock::{Knock, RtcQuery};
use super::life::Life;
use super::{measure, messages, refusal, requests};
use crate::Entry;
use crate::clock::{now, unix_s};
use crate::directory::RoomShard;
use crate::pace;
use crate::shard::{Command, SIGNALS_QUEUED, Said, ShardHandle, SignalWay};

/// The longest that any time here is, however it is set.
const DAY_S: u64 = 86_400;
/// Kept for each client for as long as it is there; a longer message gets a larger one while it is read.
const READ_BUFFER: usize = 4 * 1024;
/// Frames that cannot be read before the client is cut off.
const UNREADABLE_MAX: u32 = 10;

/// `/rtc`, `/rtc/v1` and the same with `/validate`. Pages of any origin may ask: the token decides, not the page.
pub(crate) fn router(entry: Entry) -> Router {
    let any = HeaderValue::from_static("*");
    let header = header::ACCESS_CONTROL_ALLOW_ORIGIN;
    let any_origin = SetResponseHeaderLayer::overriding(header, any);
    Router::new()
        .route("/rtc", get(join))
        .route("/rtc/validate", get(validate))
        .route("/rtc/v1", get(join_v1))
        .route("/rtc/v1/validate", get(validate_v1))
        .with_state(entry)
        .layer(any_origin)
}

fn admit(
    entry: &Entry,
    query: &RtcQuery,
    headers: &HeaderMap,
) -> Result<AccessToken, (StatusCode, String)> {
    read_token(entry, session::bearer(headers).unwrap_or(&query.access_token))
}

/// The room token in `text`; an error is what to answer to who brought it.
pub(crate) fn read_token(entry: &Entry, text: &str) -> Result<AccessToken, (StatusCode, String)> {
    let refuse = |reason: &'static str, status: StatusCode, said: String| {
        entry.metrics.refuse(reason);
        Err((status, said))
    };
    if text.is_empty() {
        let said = "no access token: open the link that you were given".to_owned();
        return refuse("no_token", StatusCode::UNAUTHORIZED, said);
    }
    let token = match AccessToken::read(text, &entry.keys.borrow(), unix_s()) {
        Ok(token) => token,
        Err(refused) => {
            let said = format!("{refused}; ask for a new link");
            let reason = match refused {
                session::Refused::DataBudget => "bad_data_budget",
                _ => "bad_token",
            };
            return refuse(reason, StatusCode::UNAUTHORIZED, said);
        }
    };
    if token.room().is_none() || token.identity.is_empty() {
        let said = "this token is not for a room: join through your home page".to_owned();
        return refuse("wrong_grant", StatusCode::FORBIDDEN, said);
    }
    if token.own.as_ref().and_then(|own| own.closes_s).is_some_and(|at_s| at_s <= unix_s()) {
        let said = "the session is over and its room closed: ask the scheduler for a new time";
        return refuse("closed", StatusCode::FORBIDDEN, said.to_owned());
    }
    Ok(token)
}

async fn validate(
    State(entry): State<Entry>,
    Query(query): Query<RtcQuery>,
    headers: HeaderMap,
) -> Response {
    match admit(&entry, &query, &headers) {
        Ok(_) => "success".into_response(),
        Err(refused) => refused.into_response(),
    }
}

async fn validate_v1(
    State(entry): State<Entry>,
    Query(query): Query<RtcQuery>,
    headers: HeaderMap,
) -> Response {
    match admit(&entry, &query, &headers).and_then(|_| Knock::v1(&entry, &query)) {
        Ok(_) => "success".into_response(),
        Err(refused) => refused.into_response(),
    }
}

async fn join(
    State(entry): State<Entry>,
    Query(query): Query<RtcQuery>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    match come(&entry, &query, &headers) {
        Ok(token) => open(entry, token, Knock::v0(&query), upgrade),
        Err(refused) => refused.into_response(),
    }
}

async fn join_v1(
    State(entry): State<Entry>,
    Query(query): Query<RtcQuery>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let admitted = come(&entry, &query, &headers);
    match admitted.and_then(|token| Ok((token, Knock::v1(&entry, &query)?))) {
        Ok((token, knock)) => open(entry, token, knock, upgrade),
        Err(refused) => refused.into_response(),
    }
}

/// The token of somebody who may come in, and does not come too often.
fn come(
    entry: &Entry,
    query: &RtcQuery,
    headers: &HeaderMap,
) -> Result<AccessToken, (StatusCode, String)> {
    let token = admit(entry, query, headers)?;
    let who = pace::name_of(token.room().unwrap_or_default(), &token.identity);
    if entry.rates.join(now(), &who) {
        return Ok(token);
    }
    entry.metrics.refuse("join_rate");
    Err((StatusCode::TOO_MANY_REQUESTS, "too many tries: wait a second".to_owned()))
}

fn open(entry: Entry, token: AccessToken, knock: Knock, upgrade: WebSocketUpgrade) -> Response {
    let upgrade = upgrade.max_message_size(frames::MAX_FRAME).max_frame_size(frames::MAX_FRAME);
    let upgrade = upgrade.read_buffer_size(READ_BUFFER);
    upgrade.on_upgrade(move |socket| async move {
        let who = pace::name_of(token.room().unwrap_or_default(), &token.identity);
        let (id, format) = (entry.signals.next(), knock.format);
        let Ok(entrance) = entry.rooms.enter(now(), &token) else {
            return refusal::turn_away(&entry, socket, format).await;
        };
        let (shard, life) = (entrance.shard().clone(), Life::default());
        // An operator who has the key file can find a person by this id; nobody else can.
        let trace = entry.keys.borrow().trace_id(token.room().unwrap_or_default(), &token.identity);
        let span = tracing::info_span!(
            "signalling",
            participant.trace = %trace,
            participant.id = tracing::field::Empty,
            signal.id = id.0
        );
        let client = SignalClient { entry, shard, id, format, who, life };
        client.serve(socket, knock, token, entrance).instrument(span).await;
    })
}

/// Whether to go on.
type Go = Result<(), ()>;

struct SignalClient {
    entry: Entry,
    shard: ShardHandle,
    id: SignalId,
    format: FrameFormat,
    /// By whose rate its messages go.
    who: String,
    life: Life,
}

impl SignalClient {
    async fn serve(
        mut self,
        mut socket: WebSocket,
        knock: Knock,
        token: AccessToken,
        entrance: RoomShard,
    ) {
        let (said, mut answers) = mpsc::channel(SIGNALS_QUEUED);
        let (admitted, admission) = oneshot::channel();
        let way = SignalWay { said, probe: Arc::clone(&self.life.probe), admitted };
        let room = token.room().unwrap_or_default();
        let kept = self.entry.receipts.as_ref();
        let spent = kept.map(|kept| kept.spent(unix_s(), room)).unwrap_or_default();
        let join = Box::new(knock.join(token.clone(), spent));
        if !entrance.send(Command::Join(self.id, join, way)).await {
            return;
        }
        let who = admission.await.ok();
        let admitted = who.is_some();
        match who {
            Some(who) => {
                tracing::Span::current().record("participant.id", who.0);
                tracing::info!("in the room");
            }
            None => tracing::info!("not let in"),
        }
        // A client that is in the room keeps its lease, and so the room, open.
        drop(entrance);
        self.talk(&mut socket, &mut answers, admitted, token).await;
        if admitted {
            self.shard.send(Command::SignalLost(self.id)).await;
        }
        tracing::info!("the signalling connection has ended");
        let _ = timeout(self.patience(), socket.send(Message::Close(None))).await;
    }

    /// How long a client may take nothing.
    fn patience(&self) -> Duration {
        Duration::from_secs(self.entry.config.stalled_s)
    }

    async fn talk(
        &mut self,
        socket: &mut WebSocket,
        said: &mut mpsc::Receiver<Box<Said>>,
        admitted: bool,
        token: AccessToken,
    ) {
        let silence = Duration::from_secs(self.entry.config.silent_s.min(DAY_S));
        let mut silent_at = tokio::time::Instant::from_std(now()) + silence;
        let renew_s = self.entry.config.renew_token_s.clamp(1, DAY_S);
        // A token that ends soon would not outlive a broken line.
        let left_s = token.expires_s.saturating_sub(unix_s());
        let first = now() + Duration::from_secs(renew_s.min(left_s / 2).max(1));
        let every = Duration::from_secs(renew_s);
        let mut renewal = interval_at(tokio::time::Instant::from_std(first), every);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut unreadable = 0;
        loop {
            let go = tokio::select! {
                answer = said.recv() => match answer {
                    Some(answer) => self.say(socket, messages::response(*answer)).await,
                    None => Err(()),
                },
                heard = timeout_at(silent_at, socket.recv()) => match (heard, admitted) {
                    (Ok(Some(Ok(frame))), true) => {
                        // A browser answers a ping by itself, even if its page hangs.
                        if !matches!(frame, Message::Pong(_)) {
                            silent_at = tokio::time::Instant::from_std(now()) + silence;
                        }
                        self.hear(socket, frame, &mut unreadable).await
                    }
                    // Not let in: it is told why, whatever it says meanwhile.
                    (Ok(Some(Ok(_))), false) => Ok(()),
                    (Ok(Some(Err(_))), _) => {
                        self.entry.metrics.drop_one("signal_broken");
                        Err(())
                    }
                    (Ok(None) | Err(_), _) => Err(()),
                },
                () = self.life.probe.notified() => Life::demand(socket, self.patience()).await,
                _ = renewal.tick(), if admitted => self.renew(socket, &token).await,
            };
            if go.is_err() {
                return;
            }
        }
    }

    async fn say(&self, socket: &mut WebSocket, answer: signal_response::Message) -> Go {
        let Some(frame) = frames::write(answer, self.format) else { return Ok(()) };
        match timeout(self.patience(), socket.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(()),
            Err(_) => {
                self.entry.metrics.drop_one("signal_stalled");
                Err(())
            }
        }
    }

    /// Tells the shard that the client is there.
    async fn alive(&mut self) -> Go {
        let tell = self.life.shows(now());
        if !tell || self.shard.send(Command::Alive(self.id)).await { Ok(()) } else { Err(()) }
    }

    async fn hear(&mut self, socket: &mut WebSocket, frame: Message, unreadable: &mut u32) -> Go {
        let len = match &frame {
            Message::Text(text) => text.len(),
            Message::Binary(bytes) => bytes.len(),
            Message::Ping(_) | Message::Pong(_) => return self.alive().await,
            Message::Close(_) => return Err(()),
        };
        // Before it is read: reading is what costs.
        let too_much = match () {
            () if len > frames::MAX_MESSAGE => Some(("signal_too_long", "the message is too long")),
            () if !self.entry.rates.signal(now(), &self.who, frames::cost(len)) => {
                Some(("signal_rate", "too many messages a second"))
            }
            () => None,
        };
        if let Some((counted, said)) = too_much {
            self.entry.metrics.drop_one(counted);
            return self.refuse(socket, Refusal::LimitExceeded, said).await;
        }
        let request = match &frame {
            Message::Text(text) => {
                self.format = FrameFormat::Json;
                frames::read_text(text)
            }
            Message::Binary(bytes) => frames::read_binary(bytes),
            _ => return Ok(()),
        };
        match request {
            Ok(request) => match request.message {
                Some(message) => self.pass_on(socket, message).await,
                None => Ok(()), // a message of a newer protocol
            },
            Err(why) => {
                self.entry.metrics.drop_one("signal_unreadable");
                *unreadable += 1;
                self.refuse(socket, Refusal::Invalid, &why.to_string()).await?;
                if *unreadable > UNREADABLE_MAX { Err(()) } else { Ok(()) }
            }
        }
    }

    async fn pass_on(&mut self, socket: &mut WebSocket, message: signal_request::Message) -> Go {
        let at_ms = i64::try_from(unix_s()).unwrap_or_default() * 1_000;
        match message {
            signal_request::Message::Ping(_) => {
                self.alive().await?;
                self.say(socket, signal_response::Message::Pong(at_ms)).await
            }
            signal_request::Message::PingReq(ping) => {
                self.alive().await?;
                let pong = lk::Pong { last_ping_timestamp: ping.timestamp, timestamp: at_ms };
                self.say(socket, signal_response::Message::PongResp(pong)).await
            }
            signal_request::Message::Offer(description)
            | signal_request::Message::Answer(description)
                if !measure::fits(&description.sdp) =>
            {
                self.entry.metrics.drop_one("request_invalid");
                let why = "the description is too long in one section";
                self.refuse(socket, Refusal::Invalid, why).await
            }
            other => match requests::request(other) {
                Some(request) => {
                    let request = Command::Request(self.id, Box::new(request));
                    if self.shard.send(request).await { Ok(()) } else { Err(()) }
                }
                None => self.alive().await,
            },
        }
    }

    async fn refuse(&self, socket: &mut WebSocket, why: Refusal, said: &str) -> Go {
        let response = messages::request_response(0, why, said.to_owned());
        self.say(socket, signal_response::Message::RequestResponse(response)).await
    }

    /// A participant needs a fresh token to come back after a broken line: one that says what it may do, how it is
    /// described and when its room closes now, not when it joined.
    async fn renew(&self, socket: &mut WebSocket, own: &AccessToken) -> Go {
        let mut token = own.clone();
        let longer_s = self.entry.config.renew_token_s.max(60).saturating_mul(3);
        token.expires_s = token.expires_s.max(unix_s().saturating_add(longer_s));
        let (done, renewed) = oneshot::channel();
        let sent = self.shard.send(Command::Renew(self.id, Box::new(token), done)).await;
        let Some(token) = (if sent { renewed.await.ok() } else { None }) else { return Ok(()) };
        let signed = token.sign(&self.entry.keys.borrow()).or_else(|_| {
            // A description may be longer than a token: the room has it as long as it is open.
            let (name, metadata) = (own.name.clone(), own.metadata.clone());
            let attributes = own.attributes.clone();
            AccessToken { name, metadata, attributes, ..token }.sign(&self.entry.keys.borrow())
        });
        match signed {
            Ok(text) => self.say(socket, signal_response::Message::RefreshToken(text)).await,
            Err(_) => Ok(()),
        }
    }
}
