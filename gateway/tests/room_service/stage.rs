//! A gateway in this process, a server that calls it, and pages as far as signalling goes.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use futures_util::{SinkExt as _, StreamExt as _};
use gateway::{Config, Gateway};
use serde_json::{Value, json};
use session::{AccessToken, Keys, Purpose, VideoGrant};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tower::ServiceExt as _;

pub(crate) const ROOM: &str = "lesson";
/// The root of the house's other keys.
const ROOT: &str = "a root that nobody is given, long enough";
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) struct House {
    pub(crate) gateway: Gateway,
    pub(crate) router: Router,
    keys: Keys,
}

#[expect(clippy::disallowed_methods, reason = "tokens are for now")]
fn unix_s() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

impl House {
    pub(crate) async fn start(config: Config) -> Self {
        let keys = Keys::new("test", "a secret that is long enough for tests", ROOT).unwrap();
        let media_ip = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
        let config = Config { media_port: 0, media_ip, ..config };
        let gateway = Gateway::start(config, keys.clone()).await.unwrap();
        Self { router: gateway.router(), gateway, keys }
    }

    pub(crate) fn token(&self, identity: &str, video: VideoGrant) -> String {
        self.token_of(Purpose::Room, identity, video)
    }

    /// A token that is signed with the key for this purpose.
    pub(crate) fn token_of(&self, purpose: Purpose, identity: &str, video: VideoGrant) -> String {
        let plain = AccessToken::for_room("", identity, identity, unix_s(), 600);
        AccessToken { purpose, video, ..plain }.sign(&self.keys).unwrap()
    }

    /// A token with every grant that a server may have.
    pub(crate) fn server(&self) -> String {
        let video = VideoGrant {
            room: ROOM.into(),
            room_admin: true,
            room_create: true,
            room_list: true,
            ..VideoGrant::default()
        };
        self.token("server", video)
    }

    pub(crate) async fn post(
        &self,
        token: &str,
        method: &str,
        form: &str,
        body: Vec<u8>,
    ) -> (StatusCode, Vec<u8>) {
        let request = Request::post(format!("/twirp/livekit.RoomService/{method}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, form)
            .body(Body::from(body))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, body.to_vec())
    }

    pub(crate) async fn json(&self, token: &str, method: &str, ask: Value) -> (StatusCode, Value) {
        let ask = ask.to_string().into_bytes();
        let (status, body) = self.post(token, method, "application/json", ask).await;
        (status, serde_json::from_slice(&body).unwrap())
    }

    /// A call with every grant, which must be done.
    pub(crate) async fn done(&self, method: &str, ask: Value) -> Value {
        let (status, body) = self.json(&self.server(), method, ask).await;
        assert_eq!(status, StatusCode::OK, "{method}: {body}");
        body
    }

    /// A call with every grant, which must not be done; its code.
    pub(crate) async fn fault(&self, method: &str, ask: Value) -> (u16, String) {
        let (status, body) = self.json(&self.server(), method, ask).await;
        assert!(body["msg"].as_str().is_some_and(|it| !it.is_empty()), "{method}: {body}");
        (status.as_u16(), body["code"].as_str().unwrap().to_owned())
    }

    pub(crate) async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        at.to_string()
    }

    pub(crate) async fn join(&self, at: &str, identity: &str) -> Page {
        let video = VideoGrant { room: ROOM.into(), room_join: true, ..VideoGrant::default() };
        let token = self.token(identity, video);
        let url = format!("ws://{at}/rtc?access_token={token}&frames=json");
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let mut page = Page(socket);
        page.hear("join").await;
        page
    }
}

/// A participant's page, as far as signalling goes.
pub(crate) struct Page(pub(crate) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Page {
    pub(crate) async fn say(&mut self, message: Value) {
        self.0.send(Message::Text(message.to_string().into())).await.unwrap();
    }

    /// The next message of this kind.
    pub(crate) async fn hear(&mut self, kind: &str) -> Value {
        let heard = async {
            loop {
                let frame = self.0.next().await.expect(kind).unwrap();
                let Message::Text(text) = frame else { continue };
                let mut message: Value = serde_json::from_str(&text).unwrap();
                if let Some(found) = message.get_mut(kind) {
                    return found.take();
                }
            }
        };
        timeout(LONG, heard).await.unwrap_or_else(|_| panic!("never heard {kind}"))
    }

    pub(crate) async fn ends(&mut self) {
        let ended = async {
            while let Some(Ok(frame)) = self.0.next().await {
                if frame.is_close() {
                    return;
                }
            }
        };
        timeout(LONG, ended).await.expect("the connection ends");
    }

    pub(crate) async fn announce(&mut self) -> String {
        let track = json!({ "cid": "c1", "type": "AUDIO", "source": "MICROPHONE" });
        self.say(json!({ "addTrack": track })).await;
        let published = self.hear("trackPublished").await;
        published["track"]["sid"].as_str().unwrap().to_owned()
    }
}
