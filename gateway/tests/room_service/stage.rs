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

    /// A token to the room with every right.
    pub(crate) fn pass(&self, identity: &str) -> String {
        let video = VideoGrant { room: ROOM.into(), room_join: true, ..VideoGrant::default() };
        self.token(identity, video)
    }

    pub(crate) async fn join(&self, at: &str, identity: &str) -> Page {
        let mut page = Page::knock(at, &self.pass(identity), "").await;
        page.hear("join").await;
        page
    }

    /// Offers sound to `/whip` or asks for it at `/whep`; the status and the problem's type.
    pub(crate) async fn visit(&self, door: &str, token: &str) -> (u16, String) {
        let (print, way) =
            (["AB"; 32].join(":"), if door == "whip" { "sendonly" } else { "recvonly" });
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n\
             a=fingerprint:sha-256 {print}\r\na=setup:actpass\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=rtcp-mux\r\n\
             c=IN IP4 0.0.0.0\r\na=mid:0\r\na={way}\r\na=rtpmap:96 opus/48000/2\r\n"
        );
        let request = Request::post(format!("/{door}/{ROOM}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/sdp")
            .body(Body::from(sdp))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
        (status, problem["type"].as_str().unwrap_or_default().to_owned())
    }
}

/// A participant's page, as far as signalling goes.
pub(crate) struct Page(pub(crate) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Page {
    /// Opens `/rtc`; what it is told is still to be read.
    pub(crate) async fn knock(at: &str, token: &str, more: &str) -> Self {
        let url = format!("ws://{at}/rtc?access_token={token}&frames=json{more}");
        Self(tokio_tungstenite::connect_async(url).await.unwrap().0)
    }

    pub(crate) async fn say(&mut self, message: Value) {
        self.0.send(Message::Text(message.to_string().into())).await.unwrap();
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Value {
        let heard = async {
            loop {
                let frame = self.0.next().await.expect("a message").unwrap();
                if let Message::Text(text) = frame {
                    return serde_json::from_str(&text).unwrap();
                }
            }
        };
        timeout(LONG, heard).await.expect("a message in time")
    }

    /// The next message of this kind.
    pub(crate) async fn hear(&mut self, kind: &str) -> Value {
        let heard = async {
            loop {
                if let Some(found) = self.next().await.get_mut(kind) {
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
