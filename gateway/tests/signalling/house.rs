//! A gateway behind a real listener, and clients that speak to it in both forms.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use gateway::{Config, Gateway};
use livekit_protocol as lk;
use lk::signal_request::Message as Ask;
use lk::signal_response::Message as Said;
use prost::Message as _;
use session::{AccessToken, Keys, Own, VideoGrant};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// The root of the house's other keys.
const ROOT: &str = "a root that nobody is given, long enough";
/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How a client writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    Protobuf,
    Json,
}

pub(crate) const FORMS: [Form; 2] = [Form::Protobuf, Form::Json];

pub(crate) struct House {
    pub(crate) gateway: Gateway,
    pub(crate) address: String,
    pub(crate) keys: Keys,
    /// Where lines send their media.
    pub(crate) media: SocketAddr,
}

pub(crate) fn now_s() -> u64 {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

/// A token for a room, good for ten minutes.
pub(crate) fn token(room: &str, identity: &str) -> AccessToken {
    AccessToken {
        identity: identity.to_owned(),
        name: format!("name of {identity}"),
        expires_s: now_s() + 600,
        video: VideoGrant { room: room.to_owned(), room_join: true, ..Default::default() },
        ..Default::default()
    }
}

/// A token for a room that is recorded.
pub(crate) fn recorded(room: &str, identity: &str) -> AccessToken {
    let own = Own { session: Some(room.to_owned()), record: Some(true), ..Default::default() };
    AccessToken { own: Some(own), ..token(room, identity) }
}

/// A UDP port that nobody has.
pub(crate) fn free_port() -> u16 {
    std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl House {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config { media_port: 0, ..Config::default() };
        change(&mut config);
        let keys = Keys::new("test", "a secret that is long enough for HS256", ROOT).unwrap();
        let gateway = Gateway::start(config, keys.clone()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = gateway.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let media = SocketAddr::from(([127, 0, 0, 1], gateway.media_port()));
        Self { gateway, address, keys, media }
    }

    /// Opens `/rtc` with more of a query; an error is the status of the answer.
    pub(crate) async fn open(&self, form: Form, token: &str, more: &str) -> Result<Client, u16> {
        let frames = if form == Form::Json { "&frames=json" } else { "" };
        let path = format!("/rtc?access_token={token}&auto_subscribe=1&protocol=15{frames}{more}");
        self.connect(form, &path).await
    }

    async fn connect(&self, form: Form, path: &str) -> Result<Client, u16> {
        let request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        let socket = TcpStream::connect(&self.address).await.unwrap();
        match tokio_tungstenite::client_async(request, MaybeTlsStream::Plain(socket)).await {
            Ok((socket, _)) => Ok(Client { socket, form, asked: 0 }),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(why) => panic!("{why}"),
        }
    }

    /// Opens `/rtc/v1` with a join request; an error is the status of the answer.
    pub(crate) async fn open_v1(&self, token: &str, request: &str) -> Result<Client, u16> {
        let path = format!("/rtc/v1?access_token={token}&join_request={request}");
        self.connect(Form::Protobuf, &path).await
    }

    /// Knocks with a good token; what it is told is still to be read.
    pub(crate) async fn knock(&self, form: Form, token: &AccessToken) -> Client {
        self.open(form, &token.sign(&self.keys).unwrap(), "").await.unwrap()
    }

    /// Joins.
    pub(crate) async fn join(&self, form: Form, token: &AccessToken) -> (Client, lk::JoinResponse) {
        let mut client = self.knock(form, token).await;
        let Said::Join(joined) = client.next().await else { panic!("no join response first") };
        (client, joined)
    }

    /// Joins a room as somebody with all rights.
    pub(crate) async fn enter(&self, room: &str, identity: &str) -> Client {
        self.join(Form::Json, &token(room, identity)).await.0
    }

    /// A server gives a room other metadata.
    pub(crate) async fn rename(&self, room: &str, metadata: &str) {
        let body = serde_json::json!({ "room": room, "metadata": metadata });
        self.govern(room, "UpdateRoomMetadata", &body).await;
    }

    /// A server calls the room service.
    pub(crate) async fn govern(&self, room: &str, call: &str, body: &serde_json::Value) {
        let mut admin = token(room, "server");
        admin.video.room_admin = true;
        let request = axum::http::Request::post(format!("/twirp/livekit.RoomService/{call}"))
            .header("authorization", format!("Bearer {}", admin.sign(&self.keys).unwrap()))
            .header("content-type", "application/json");
        let request = request.body(axum::body::Body::from(body.to_string())).unwrap();
        let answer = tower::ServiceExt::oneshot(self.gateway.router(), request).await.unwrap();
        assert_eq!(answer.status(), 200, "{call}");
    }

    /// A counter or gauge by its name and labels; 0 if it is not there.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let text = self.gateway.metrics();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0, |value| value.parse().unwrap())
    }

    pub(crate) fn dropped(&self, reason: &str) -> u64 {
        self.metric(&format!("gateway_dropped_total{{reason=\"{reason}\"}}"))
    }

    pub(crate) fn refused(&self, reason: &str) -> u64 {
        self.metric(&format!("gateway_refused_total{{reason=\"{reason}\"}}"))
    }
}

/// Waits until `look` is true.
pub(crate) async fn until(what: &str, mut look: impl FnMut() -> bool) {
    within(what, async {
        while !look() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

/// What `work` gives, or a panic that says what did not come.
pub(crate) async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("not in time: {what}"))
}

pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    form: Form,
    asked: i64,
}

impl Client {
    pub(crate) async fn frame(&mut self, frame: Message) {
        self.socket.send(frame).await.unwrap();
    }

    pub(crate) async fn say(&mut self, ask: Ask) {
        let request = lk::SignalRequest { message: Some(ask) };
        let frame = match self.form {
            Form::Protobuf => Message::binary(request.encode_to_vec()),
            Form::Json => Message::text(serde_json::to_string(&request).unwrap()),
        };
        self.frame(frame).await;
    }

    /// What the gateway says next; `None` when it has closed the connection.
    pub(crate) async fn hear(&mut self) -> Option<Said> {
        loop {
            let frame = within("something from the gateway", self.socket.next()).await;
            let said: lk::SignalResponse = match frame {
                Some(Ok(Message::Text(text))) => {
                    assert_eq!(self.form, Form::Json, "{text}");
                    serde_json::from_str(&text).unwrap()
                }
                Some(Ok(Message::Binary(bytes))) => {
                    assert_eq!(self.form, Form::Protobuf);
                    lk::SignalResponse::decode(bytes).unwrap()
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(_) | Err(_)) | None => return None,
            };
            return Some(said.message.unwrap());
        }
    }

    pub(crate) async fn next(&mut self) -> Said {
        self.hear().await.expect("the connection is open")
    }

    /// The first thing said that `pick` takes; all else is skipped.
    pub(crate) async fn first<T>(&mut self, mut pick: impl FnMut(Said) -> Option<T>) -> T {
        loop {
            if let Some(picked) = pick(self.next().await) {
                return picked;
            }
        }
    }

    /// Everything until the gateway closes the connection.
    pub(crate) async fn rest(&mut self) -> Vec<Said> {
        let mut all = vec![];
        while let Some(said) = self.hear().await {
            all.push(said);
        }
        all
    }

    /// The door answers.
    pub(crate) async fn pong(&mut self) {
        self.asked += 1;
        let (timestamp, rtt) = (self.asked, 0);
        self.say(Ask::PingReq(lk::Ping { timestamp, rtt })).await;
        let ours = |said| matches!(said, Said::PongResp(it) if it.last_ping_timestamp == timestamp);
        self.first(|said| ours(said).then_some(())).await;
    }

    /// The shard answers; what was said before is handed out.
    pub(crate) async fn settle(&mut self) -> Vec<Said> {
        self.asked += 1;
        let request_id = u32::try_from(self.asked).unwrap();
        let wish = lk::UpdateParticipantMetadata { request_id, ..Default::default() };
        self.say(Ask::UpdateMetadata(wish)).await;
        let mut before = vec![];
        loop {
            match self.next().await {
                Said::RequestResponse(it) if it.request_id == request_id => return before,
                said => before.push(said),
            }
        }
    }

    /// The reason of the next refusal.
    pub(crate) async fn refusal(&mut self) -> lk::request_response::Reason {
        let pick = |said| match said {
            Said::RequestResponse(it) => Some(it.reason()),
            _ => None,
        };
        self.first(pick).await
    }

    /// The gateway's next offer.
    pub(crate) async fn offer(&mut self) -> lk::SessionDescription {
        self.first(|said| if let Said::Offer(it) = said { Some(it) } else { None }).await
    }

    /// How the next update describes `identity`.
    pub(crate) async fn update_of(&mut self, identity: &str) -> lk::ParticipantInfo {
        let pick = |said| match said {
            Said::Update(it) => it.participants.into_iter().find(|it| it.identity == identity),
            _ => None,
        };
        self.first(pick).await
    }

    /// Announces a track.
    pub(crate) async fn announce(&mut self, cid: &str, source: lk::TrackSource) {
        let audio =
            matches!(source, lk::TrackSource::Microphone | lk::TrackSource::ScreenShareAudio);
        let kind = if audio { lk::TrackType::Audio } else { lk::TrackType::Video };
        self.say(Ask::AddTrack(lk::AddTrackRequest {
            cid: cid.to_owned(),
            name: cid.to_owned(),
            r#type: kind.into(),
            source: source.into(),
            ..Default::default()
        }))
        .await;
    }

    /// Announces a track that is taken.
    pub(crate) async fn add(&mut self, cid: &str, source: lk::TrackSource) -> lk::TrackInfo {
        self.announce(cid, source).await;
        let pick = |said| match said {
            Said::TrackPublished(it) if it.cid == cid => it.track,
            Said::RequestResponse(it) => panic!("refused: {}", it.message),
            _ => None,
        };
        self.first(pick).await
    }

    /// Offers one section of sound for an announced track, and gives the answer.
    pub(crate) async fn publish(&mut self, cid: &str, fingerprint: &str) -> lk::SessionDescription {
        self.add(cid, lk::TrackSource::Microphone).await;
        self.describe("offer", 1, &(head(fingerprint) + &sound(cid))).await;
        self.first(|said| if let Said::Answer(it) = said { Some(it) } else { None }).await
    }

    /// Sends a description.
    pub(crate) async fn describe(&mut self, kind: &str, id: u32, sdp: &str) {
        let description = lk::SessionDescription {
            r#type: kind.to_owned(),
            sdp: sdp.to_owned(),
            id,
            ..Default::default()
        };
        self.say(match kind {
            "offer" => Ask::Offer(description),
            _ => Ask::Answer(description),
        })
        .await;
    }
}

/// Some certificate's fingerprint.
pub(crate) fn print() -> String {
    vec!["AB"; 32].join(":")
}

/// The session part of a client's description.
pub(crate) fn head(fingerprint: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:mine\r\n\
         a=ice-pwd:0123456789abcdef01234567\r\na=fingerprint:sha-256 {fingerprint}\r\n\
         a=setup:active\r\n"
    )
}

/// A section in which sound is sent.
pub(crate) fn sound(cid: &str) -> String {
    format!(
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:{cid}\r\na=sendonly\r\n\
         a=rtpmap:111 opus/48000/2\r\na=msid:stream {cid}\r\na=ssrc:1001 cname:me\r\n"
    )
}

/// The answer of a client that takes all sections of an offer.
pub(crate) fn accept(offer: &str, fingerprint: &str) -> String {
    let mut answer = head(fingerprint);
    for line in offer.lines() {
        match line.strip_prefix("a=sendonly") {
            Some(_) => answer += "a=recvonly\r\n",
            None if ["m=", "a=mid:", "a=rtpmap:"].iter().any(|it| line.starts_with(it)) => {
                answer += &format!("{line}\r\n");
            }
            None => {}
        }
    }
    answer
}

/// A value of the description, such as `ice-ufrag`.
pub(crate) fn value<'a>(sdp: &'a str, key: &str) -> &'a str {
    let start = format!("a={key}:");
    sdp.lines().find_map(|line| line.strip_prefix(start.as_str())).unwrap_or_default()
}
